package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/inorder"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// comparer compares the zones of two sides.
type comparer struct {
	a, b *diffSide
	all  bool // nothing is left out
}

// origins returns the zones that one side has, or of those the ones that are meant.
func (c comparer) origins(only []zonefile.Name) ([]zonefile.Name, error) {
	if len(only) > 0 {
		for _, origin := range only {
			if !c.a.origins[origin] && !c.b.origins[origin] && !c.a.open && !c.b.open {
				return nil, &usageError{err: fmt.Errorf("--zone: neither %s nor %s has %s", c.a.label, c.b.label, render.Name(origin))}
			}
		}
		only = slices.SortedFunc(slices.Values(only), zonefile.Name.Compare)
		return slices.Compact(only), nil
	}
	for _, s := range []*diffSide{c.a, c.b} {
		if !s.file.IsZero() {
			return []zonefile.Name{s.file}, nil
		}
	}
	var all []zonefile.Name
	for _, s := range []*diffSide{c.a, c.b} {
		for origin := range s.origins {
			all = append(all, origin)
		}
	}
	if len(all) == 0 && (c.a.open || c.b.open) {
		return nil, &usageError{err: errors.New("diff: the providers cannot list their zones: name them with --zone")}
	}
	slices.SortFunc(all, zonefile.Name.Compare)
	return slices.Compact(all), nil
}

// zoneComparison is what comes of a zone: its Changes are not noted yet.
type zoneComparison struct {
	render.ZoneDifference
	// changes gives what differs, as often as it is asked, nil for nothing.
	changes iter.Seq[render.PlacedChange]
}

// noted returns what comes of a zone with its changes, at most so many of them; 0 is all.
func (z zoneComparison) noted(most int) render.ZoneDifference {
	for change := range z.first(most) {
		z.Changes = append(z.Changes, change)
	}
	return z.ZoneDifference
}

// first gives the first of the changes, at most so many; 0 is all.
func (z zoneComparison) first(most int) iter.Seq[render.PlacedChange] {
	return func(yield func(render.PlacedChange) bool) {
		if z.changes == nil {
			return
		}
		n := 0
		for change := range z.changes {
			if !yield(change) {
				return
			}
			if n++; n == most {
				return
			}
		}
	}
}

// each compares zones, some at once, and gives what comes of each to take in their order.
func (c comparer) each(ctx context.Context, origins []zonefile.Name, progress *progress, take func(zoneComparison)) {
	ref := func(n int) reconcile.Ref { return reconcile.Ref{Zone: origins[n], Target: c.b.label} }
	for n := range origins {
		progress.zone(ref(n), reconcile.Queued)
	}
	inorder.Each(len(origins), zonesTogether, func(n int) zoneComparison {
		progress.zone(ref(n), reconcile.Reading)
		defer progress.zone(ref(n), reconcile.Finished)
		return c.zone(ctx, origins[n])
	}, func(_ int, z zoneComparison) { take(z) })
}

// zone compares one zone.
func (c comparer) zone(ctx context.Context, origin zonefile.Name) zoneComparison {
	d := zoneComparison{ZoneDifference: render.ZoneDifference{Zone: origin}}
	if d.Err = ctx.Err(); d.Err != nil {
		return d
	}
	a, inA, errA := c.a.zone(ctx, origin)
	b, inB, errB := c.b.zone(ctx, origin)
	switch d.Err = errors.Join(errA, errB); {
	case d.Err != nil:
	case !inA && !inB:
		d.Err = fmt.Errorf("%s: neither %s nor %s has it", origin, c.a.label, c.b.label)
	case !inB:
		d.Only, d.Records = render.OnlyA, a.zone.Records()
	case !inA:
		d.Only, d.Records = render.OnlyB, b.zone.Records()
	default:
		c.compare(&d, a, b)
	}
	return d
}

// zone reads a zone, and says whether the side has it.
func (s *diffSide) zone(ctx context.Context, origin zonefile.Name) (zone sideZone, has bool, err error) {
	if !s.open && !s.origins[origin] {
		return zone, false, nil
	}
	zone, err = s.read(ctx, origin)
	if errors.Is(err, providers.ErrNoZone) {
		return zone, false, nil
	}
	return zone, err == nil, err
}

// compare counts what differs in a zone that both sides have.
func (c comparer) compare(d *zoneComparison, a, b sideZone) {
	from, to := a.zone, b.zone
	if !c.all {
		from, to = compared(a, b)
	}
	for change := range zonefile.Diff(from, to) {
		switch {
		case change.Old == nil:
			d.Create++
		case change.New == nil:
			d.Delete++
		default:
			d.Update++
		}
	}
	if d.Create+d.Update+d.Delete == 0 {
		return // and the zones need not be kept
	}
	d.changes = func(yield func(render.PlacedChange) bool) {
		for change := range zonefile.Diff(from, to) {
			if !yield(placed(change, a, b)) {
				return
			}
		}
	}
}

// placed returns a change with where both sides have it.
func placed(change zonefile.Change, a, b sideZone) render.PlacedChange {
	p := render.PlacedChange{Change: reconcile.Change{Kind: reconcile.KindRRset, Action: reconcile.Update, Key: change.Key(), Old: change.Old, New: change.New}}
	if change.Old == nil {
		p.Action = reconcile.Create
	} else {
		p.A = a.place(change.Key())
	}
	if change.New == nil {
		p.Action = reconcile.Retire
	} else {
		p.B = b.place(change.Key())
	}
	return p
}

// compared returns two zones without what a plan does not look at where one of them is live.
func compared(a, b sideZone) (from, to *zonefile.Zone) {
	switch {
	case a.live != nil && b.live != nil:
		return unsigned(a.zone), withSerialOf(unsigned(b.zone), a.zone)
	case a.live != nil:
		return planned(a, b)
	case b.live != nil:
		to, from = planned(b, a)
		return from, to
	}
	return a.zone, b.zone
}

// planned returns a live zone without what a plan leaves alone, and a stated one as the provider would read it back.
func planned(live, stated sideZone) (served, desired *zonefile.Zone) {
	l := live.live
	var out, edits []zonefile.Change
	elsewhere := func(key zonefile.Key) bool {
		options := stated.file.Options(key)
		return options.Ignored || !options.For(l.target) || key.Name == live.zone.Origin() &&
			(key.Type == zonefile.TypeSOA && !l.traits.SOAWritable || key.Type == zonefile.TypeNS && !l.traits.ApexNSWritable)
	}
	for set := range live.zone.All() {
		if elsewhere(set.Key) || l.left(set.Key) != reconcile.NotLeft && !stated.zone.Has(set.Key) {
			out = append(out, zonefile.Change{Old: &set})
		}
	}
	for set := range stated.zone.All() {
		if elsewhere(set.Key) {
			edits = append(edits, zonefile.Change{Old: &set})
			continue
		}
		if normal, err := l.normalize(set); err == nil && normal != set {
			edits = append(edits, zonefile.Change{Old: &set, New: &normal})
		}
	}
	return edited(live.zone, out), withSerialOf(edited(stated.zone, edits), live.zone)
}

// unsigned returns a zone without what a server makes that signs it.
func unsigned(zone *zonefile.Zone) *zonefile.Zone {
	var out []zonefile.Change
	for set := range zone.All() {
		if set.Key.Type.Signing() {
			out = append(out, zonefile.Change{Old: &set})
		}
	}
	return edited(zone, out)
}

// withSerialOf returns a zone with the serial of another one in its SOA, if both have one.
func withSerialOf(zone, other *zonefile.Zone) *zonefile.Zone {
	key := zonefile.Key{Name: zone.Origin(), Type: zonefile.TypeSOA}
	set, ok := zone.Get(key)
	their, theirs := other.Get(key)
	if !ok || !theirs {
		return zone
	}
	soa, err := zonefile.ParseSOA(set)
	has, otherErr := zonefile.ParseSOA(their)
	if err != nil || otherErr != nil || soa.Serial == has.Serial {
		return zone
	}
	soa.Serial = has.Serial
	with := soa.RRset(key.Name, set.TTL)
	return zone.With([]zonefile.Change{{Old: &set, New: &with}})
}

// edited is [zonefile.Zone.With] that copies nothing if there is nothing to change.
func edited(zone *zonefile.Zone, changes []zonefile.Change) *zonefile.Zone {
	if len(changes) == 0 {
		return zone
	}
	return zone.With(changes)
}
