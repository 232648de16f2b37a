package reconcile

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/zoneward/zoneward/zonefile"
)

// remembered is what the store knows of the zones that a plan is made of.
type remembered struct {
	known       map[Ref]Known
	pins        map[Ref][]Pin
	graces      map[Ref]map[zonefile.Key]Grace
	standing    map[Ref]time.Time // when the first tombstone may be purged, at the earliest
	open        map[Ref]bool      // somebody was interrupted writing it
	suspensions []Suspension
	units       map[string]bool // the names of the providers of resources
	clock       Clock           // as it is now
	noted       Clock           // as it was noted last
}

// remember reads what the store knows of the zones on targets that are wanted, of all if none is named. It writes nothing.
func (p *Planner) remember(ctx context.Context, wanted ...Ref) (remembered, error) {
	all, err := p.Store.Overview(ctx, wanted...)
	if err != nil {
		return remembered{}, fmt.Errorf("read the state: %w", err)
	}
	r := remembered{
		known: make(map[Ref]Known, len(all.Known)), pins: map[Ref][]Pin{}, graces: map[Ref]map[zonefile.Key]Grace{},
		open: map[Ref]bool{}, standing: all.Standing, suspensions: all.Suspensions, clock: all.Clock.Next(p.clock()), noted: all.Clock,
	}
	r.clock.Still = p.still
	r.units = make(map[string]bool, len(p.Resources))
	for name := range p.Resources {
		r.units[name] = true
	}
	for _, ref := range all.Open {
		r.open[ref] = true
	}
	for _, k := range all.Known {
		r.known[k.Ref] = k
	}
	for _, pin := range all.Pins {
		r.pins[pin.Ref] = append(r.pins[pin.Ref], pin)
	}
	for _, g := range all.Graces {
		if r.graces[g.Ref] == nil {
			r.graces[g.Ref] = map[zonefile.Key]Grace{}
		}
		r.graces[g.Ref][g.Key] = g
	}
	return r, nil
}

// clock reads the clocks.
func (p *Planner) clock() Clock {
	if p.Clock != nil {
		return p.Clock()
	}
	return Clock{Wall: time.Now()}
}

// isUnit reports whether a domain at a provider is meant, and no zone.
func (r remembered) isUnit(ref Ref) bool { return r.units[ref.Target] }

func (r remembered) has(ref Ref) bool {
	_, ok := r.known[ref]
	return ok
}

// suspended returns the suspension that keeps a zone from being written, nil if none does.
func (r remembered) suspended(zone *desiredZone) *Suspension {
	for i := range r.suspensions {
		s := &r.suspensions[i]
		if s.Has(zone.Ref) && !s.ended(r.clock, zone) {
			return s
		}
	}
	return nil
}

// released reports whether a suspension of the zone, there, is over because its file has changed.
func (r remembered) released(zone *desiredZone) bool {
	return slices.ContainsFunc(r.suspensions, func(s Suspension) bool {
		return s.Scope == Scope{zone.Zone, zone.Target} && !s.File.IsZero() && zone.digest() != s.File
	})
}

// ended reports whether a suspension is over: its time has come, or the zone file is another one than it was for.
func (s *Suspension) ended(now Clock, zone *desiredZone) bool {
	return now.Over(s.Since, s.Until) || !s.File.IsZero() && zone.digest() != s.File
}

// inForce reports whether a pin still counts, given the digest of what the zone file says of its key.
func (p Pin) inForce(now Clock, stated zonefile.Digest) bool {
	return !now.Over(p.Since, p.Until) && stated == p.Stated
}

// pinned returns the pins of a zone that are in force. One is over too when the file states what cannot stand beside what is pinned, unless that is
// pinned as well: then the file said so before, and it made way.
func (r remembered) pinned(zone *desiredZone) []Pin {
	stated := zone.file.Zone
	pins := slices.DeleteFunc(slices.Clone(r.pins[zone.Ref]), func(pin Pin) bool { return !pin.inForce(r.clock, statedDigest(stated, pin.Key)) })
	return slices.DeleteFunc(slices.Clone(pins), func(pin Pin) bool {
		for other := range stated.At(pin.Key.Name) {
			options := zone.file.Options(other.Key)
			madeWay := slices.ContainsFunc(pins, func(p Pin) bool { return p.Key == other.Key })
			if cannotStandBeside(pin.Key, other.Key) && !madeWay && !options.Ignored && options.For(zone.Target) {
				return true
			}
		}
		return false
	})
}

// statedDigest returns the digest of what a zone says of a key, the zero Digest if nothing. That of the zone itself is of all that it says.
func statedDigest(zone *zonefile.Zone, key zonefile.Key) zonefile.Digest {
	if key.Type == 0 {
		if zone.Len() == 0 {
			return zonefile.Digest{}
		}
		return baseOf(zone, func(zonefile.Key) bool { return false })
	}
	set, ok := zone.Get(key)
	if !ok {
		return zonefile.Digest{}
	}
	set = withoutSerial(set)
	return zonefile.DigestOf(func(yield func(zonefile.RRset) bool) { yield(set) })
}

// String says what is suspended, by whom, why, and until when.
func (s *Suspension) String() string {
	what := "everything is suspended"
	switch {
	case !s.Zone.IsZero() && s.Target != "":
		what = fmt.Sprintf("%s on %s is suspended", s.Zone, s.Target)
	case !s.Zone.IsZero():
		what = fmt.Sprintf("%s is suspended", s.Zone)
	case s.Target != "":
		what = fmt.Sprintf("the provider %s is suspended", s.Target)
	}
	text := fmt.Sprintf("%s since %s by %s: %s", what, s.Since.UTC().Format(time.RFC3339), s.Actor, s.Reason)
	switch {
	case !s.File.IsZero():
		text += " (until its zone file changes)"
	case !s.Until.IsZero():
		text += fmt.Sprintf(" (until %s)", s.Until.UTC().Format(time.RFC3339))
	}
	return text
}
