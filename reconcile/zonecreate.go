package reconcile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// createZone creates the zone, with the SOA and NS that the plan has for its apex, and its properties. Where the provider keeps what it removes it brings
// that back: what is in it then has to be what the plan has.
func (s *writing) createZone(ctx context.Context, change Change) bool {
	creator, ok := providers.As[providers.ZoneCreator](s.provider)
	if !ok {
		s.fail(Failed, fmt.Errorf("create %s: %w", s.plan.Ref, providers.ErrUnsupported))
		return false
	}
	if s.plan.spec == nil {
		s.plan.spec = s.retired()
	}
	if s.plan.spec != nil {
		change.Stone = s.plan.spec.ID // so that whoever settles this knows which tombstone it ends
	}
	spec, changes := s.creation(change)
	id, ok := s.begin(ctx, s.intent(changes, nil))
	if !ok {
		return false
	}
	s.Planner.progress(s.plan.Ref, Writing)
	end := Conclusion{Live: make([]bool, len(changes))}
	if err := creator.CreateZone(ctx, spec); errors.Is(err, providers.ErrPartial) {
		// It is there and lacks some of its settings: its records are of more use with it than without.
		s.lacks = fmt.Errorf("create %s: %w", s.plan.Ref, err)
		end.Err = err.Error()
	} else if err != nil {
		s.outcome.Written = writtenAfter(err, 0)
		s.fail(Failed, fmt.Errorf("create %s: %w", s.plan.Ref, err))
		if s.outcome.Written == NotWritten {
			s.conclude(ctx, id, Conclusion{Result: Refused, Err: err.Error()})
		}
		return false
	}
	s.outcome.Written = IsWritten
	return s.created(ctx, id, changes, end)
}

// creation returns what the zone is created with, and the changes that may be live then.
func (s *writing) creation(change Change) (providers.ZoneSpec, []Change) {
	_, sets, properties := split(s.plan.Changes)
	spec := providers.ZoneSpec{Origin: s.plan.Zone, Kind: s.plan.desired.rule.Kind, Properties: propertiesOf(properties)}
	if stone := s.plan.spec; stone != nil {
		var kind string
		kind, spec.Settings, spec.Export = settingsOf(*stone)
		if spec.Kind == "" || s.plan.why == "restore" {
			spec.Kind = kind
		}
	}
	changes := []Change{change}
	for _, c := range sets {
		own := c.New != nil && isApex(c.Key, s.plan.Zone)
		if own {
			spec.Apex = append(spec.Apex, *c.New)
		}
		if own || s.plan.kept {
			changes = append(changes, c)
		}
	}
	return spec, append(changes, properties...)
}

// isApex reports whether a key is that of the SOA or the NS of a zone's apex, which every zone has.
func isApex(key zonefile.Key, origin zonefile.Name) bool {
	return key.Name == origin && (key.Type == zonefile.TypeSOA || key.Type == zonefile.TypeNS)
}

// created looks at the zone that was created and notes what of the changes is live.
func (s *writing) created(ctx context.Context, id int64, changes []Change, end Conclusion) bool {
	if s.plan.spec != nil {
		end.Restored = []string{s.plan.spec.ID}
	}
	live, err := s.provider.Fetch(ctx, s.plan.Zone)
	if state := blockedState(err); state != nil {
		// It is there, and its records have to wait.
		end.Live[0], end.Result = true, resultOf(1, len(changes))
		s.conclude(ctx, id, end)
		s.outcome.Status, s.outcome.State, s.outcome.Changes = cmp.Or(s.outcome.Status, Held), state, changes[:1]
		return false
	}
	if err != nil {
		s.fail(Failed, fmt.Errorf("read %s, which was created: %w", s.plan.Ref, err))
		return false
	}
	s.live, end.Serial = live, live.Serial
	if other := s.unplanned(ctx); len(other) > 0 {
		// It is there, and nothing in it is ours before somebody has seen it: it is not known, so that new-target holds what would update or retire.
		err := fmt.Errorf("%w: %s is there, and what came with it is not as planned: %s; a new plan shows what to do about it", ErrStale, s.plan.Ref, list(other))
		s.conclude(ctx, id, Conclusion{Result: NotDone, Live: make([]bool, len(changes)), Err: err.Error(), Serial: live.Serial})
		s.outcome.Changes = changes[:1]
		s.fail(Stale, err)
		return false
	}
	n := 0
	for i, c := range changes {
		if end.Live[i] = isLive(c, live); end.Live[i] {
			n++
		}
	}
	end.Result = resultOf(n, len(changes))
	s.conclude(ctx, id, end)
	s.plan.known, s.suspended = true, true
	return !s.broken()
}

// unplanned says what of a zone that was just created is neither what the plan has, nor foreign, nor what any new zone has: nobody has seen it when it was
// planned. Of properties that is so where the provider has brought the zone back: those of a new one are set next.
//
// What is in its tombstone, and may be an output that the plan waits for, was ours, and is as good as planned.
func (s *writing) unplanned(ctx context.Context) []string {
	planned := make(map[zonefile.Key]Change, len(s.plan.Changes))
	var other []string
	for _, c := range s.plan.Changes {
		switch {
		case c.Kind == KindRRset:
			planned[c.Key] = c
		case c.Kind == KindProperty && s.plan.kept && !isLive(c, s.live):
			other = append(other, fmt.Sprintf("the %s of the zone (%q)", c.Property.Name, s.live.Properties[c.Property.Name]))
		}
	}
	for set := range s.live.Zone.All() {
		key := set.Key
		if isApex(key, s.plan.Zone) || key.Type.Signing() || s.plan.own.foreign(key) {
			continue
		}
		if c, ok := planned[key]; !ok || !isLive(c, s.live) {
			other = append(other, key.String())
		}
	}
	if len(other) > 0 && slices.ContainsFunc(s.plan.Deferred, func(d Deferred) bool { return d.From != "" }) {
		buried := s.buried(ctx)
		other = slices.DeleteFunc(other, func(text string) bool { return buried[text] })
	}
	slices.Sort(other)
	return other
}

// buried returns which of the live RRsets the tombstone of the zone has just so, by their keys.
func (s *writing) buried(ctx context.Context) map[string]bool {
	if s.plan.spec == nil {
		return nil
	}
	stone, err := s.Store.Tombstone(ctx, s.plan.spec.ID)
	if err != nil {
		return nil
	}
	whole, err := exported(stone.Export, stone.Zone)
	if err != nil {
		return nil
	}
	all := map[string]bool{}
	for set := range whole.All() {
		if live, ok := s.live.Zone.Get(set.Key); ok && live == set {
			all[set.Key.String()] = true
		}
	}
	return all
}

// retired returns the newest tombstone of the zone, if it was retired: a zone that comes back into git comes back with the settings that it had.
func (s *writing) retired() *Tombstone {
	var newest *Tombstone
	for i := range s.plan.stones {
		stone := &s.plan.stones[i]
		if stone.Kind == KindZone && stone.State == Retired && (newest == nil || stone.BuriedAt.After(newest.BuriedAt)) {
			newest = stone
		}
	}
	return newest
}
