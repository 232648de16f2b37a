package reconcile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// neighbours are the live zones that the plan of a reverse zone depends on beside its own: those with the addresses, and those below it. Each is looked at once, so
// that what is planned again just before it is written comes to the same, whatever was written to them meanwhile. It may be used concurrently.
type neighbours struct {
	planner *Planner
	planned []ZonePlan // those that are planned together with it, in order, as far as they were planned before it
	down    map[string]*breaker
	zones   once[neighbour]
	leaves  func(Ref) bool // whether a zone that was applied is to be retired; nil if nobody knows
}

// neighbour is a live zone that the plan of another one depends on.
type neighbour struct {
	zone *zonefile.Zone // nil if the target does not have it
	left func(zonefile.Key) LeftAlone
}

func (p *Planner) neighbours(planned []ZonePlan) *neighbours {
	n := &neighbours{planner: p, planned: planned, down: make(map[string]*breaker, len(p.Targets))}
	for target := range p.Targets {
		n.down[target] = &breaker{}
	}
	return n
}

// among returns the zone with its neighbours.
func (d *desiredZone) among(n *neighbours) *desiredZone {
	with := &desiredZone{
		Ref: d.Ref, rule: d.rule, source: d.source, beside: d.beside, file: d.file, optional: d.optional, gone: d.gone, unread: d.unread, stated: d.stated, gives: d.gives,
		clashes: d.clashes, parent: d.parent, pointed: d.pointed, neighbours: n,
	}
	if with.stated == nil {
		with.stated = d
	}
	return with
}

// live returns a zone as it is live.
func (n *neighbours) live(ctx context.Context, ref Ref) (neighbour, error) {
	return n.zones.ask(ref.String(), func() (neighbour, error) {
		rule, _ := RuleFor(n.planner.Rules, ref)
		zone, err := n.fetch(ctx, ref)
		if zone == nil || err != nil {
			return neighbour{}, err
		}
		return neighbour{zone, WhatIsLeft(ref, rule.Policy, zone)}, nil
	})
}

// fetch returns a live zone, nil if the target does not have it.
func (n *neighbours) fetch(ctx context.Context, ref Ref) (*zonefile.Zone, error) {
	if i, ok := slices.BinarySearchFunc(n.planned, ref, func(z ZonePlan, ref Ref) int { return z.Ref.Compare(ref) }); ok {
		switch z := &n.planned[i]; {
		case z.Unmoved:
			return z.desired.file.Zone, nil
		case z.served != nil:
			return z.served.Zone, nil
		}
	}
	target, ok := n.planner.Targets[ref.Target]
	if !ok {
		return nil, fmt.Errorf("%s: there is no provider of that name", ref)
	}
	down := n.down[ref.Target]
	if err := down.open(); err != nil {
		return nil, err
	}
	live, err := target.Reader.Fetch(ctx, ref.Zone)
	down.note(err)
	switch {
	case errors.Is(err, providers.ErrNoZone):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return live.Zone, nil
}

// has reports whether a live zone has the address of a name, and nobody else is to have it there.
func (n neighbour) has(name zonefile.Name, address netip.Addr) bool {
	if n.zone == nil {
		return false
	}
	key := addressKey(name, address)
	set, ok := n.zone.Get(key)
	if !ok || n.left(key) != NotLeft {
		return false
	}
	for rdata := range set.RDATA() {
		if rdata == string(address.AsSlice()) {
			return true
		}
	}
	return false
}

// waits returns what a change of a PTR RRset has to wait for, nil for nothing: as long as the address of a name is live, and git has taken it away, the PTR leads
// there; and as long as the zone below is not live that is to have the name, it is nowhere else. It counts for what nothing is stated in the place of.
func (in zoneInput) waits(change Change) *Deferred {
	p := in.pointed
	wait := func(on Ref, at zonefile.Key, format string, args ...any) *Deferred {
		return &Deferred{Change: change, For: fmt.Sprintf(format, args...), planned: true, on: on, at: at}
	}
	if below, ok := p.lower(in.Ref, change.Key.Name); ok {
		switch zone, err := in.neighbour(below); {
		case err != nil:
			return wait(below, change.Key, "once %s, which is to have the name, can be read", below)
		case zone.zone == nil:
			return wait(below, change.Key, "once %s, which is to have the name, is there", below)
		}
		return nil
	}
	address, ok := p.zone.address(change.Key.Name)
	if !ok {
		return nil
	}
	for name := range pointsTo(*change.Old) {
		if change.New != nil && leadsTo(*change.New, name) || p.claim(address, name) {
			continue
		}
		for _, on := range p.view.zonesOf(name) {
			zone, err := in.neighbour(on)
			switch {
			case err != nil:
				return wait(on, addressKey(name, address), "once %s, which may still have the address, can be read", on)
			case zone.has(name, address):
				return wait(on, addressKey(name, address), "once %s does not have the address any more", on)
			}
		}
	}
	return nil
}

// addressKey returns the key of the RRset that has an address of a name.
func addressKey(name zonefile.Name, address netip.Addr) zonefile.Key {
	if address.Is6() {
		return zonefile.Key{Name: name, Type: zonefile.TypeAAAA}
	}
	return zonefile.Key{Name: name, Type: zonefile.TypeA}
}

// leadsTo reports whether one of the records of a PTR RRset leads to a name.
func leadsTo(set zonefile.RRset, name zonefile.Name) bool {
	for to := range pointsTo(set) {
		if to == name {
			return true
		}
	}
	return false
}

// claim reports whether git has an address for a name, with a PTR record or without.
func (p *pointed) claim(address netip.Addr, name zonefile.Name) bool {
	one := claim{address: address, name: name}
	i, _ := slices.BinarySearchFunc(p.claims, one, func(c, one claim) int {
		if n := c.address.Compare(one.address); n != 0 {
			return n
		}
		return c.name.Compare(one.name)
	})
	return i < len(p.claims) && p.claims[i].address == address && p.claims[i].name == name || p.view.silent[claimed{address, name}]
}

// lower returns the zone below a zone that a name in it is in, on the same target.
func (p *pointed) lower(zone Ref, name zonefile.Name) (Ref, bool) {
	for ; name.Below(zone.Zone); name = name.Parent() {
		if ref := (Ref{name, zone.Target}); p.present[ref] {
			return ref, true
		}
	}
	return Ref{}, false
}

// zonesOf returns the zone whose addresses count that a name is in, on its targets; none if its names are left out.
func (v *view) zonesOf(name zonefile.Name) []Ref {
	for zone := range withAncestors(name) {
		targets, known := v.on[zone]
		if !known {
			continue
		}
		if v.leavesOut(name, zone) {
			return nil
		}
		refs := make([]Ref, len(targets))
		for i, target := range targets {
			refs[i] = Ref{zone, target}
		}
		return refs
	}
	return nil
}

// guardedChanges returns what guards look at: the changes, and those that follow as soon as another zone is applied. What would be held then is held at once, so
// that somebody can say now whether it is meant so.
func (z *ZonePlan) guardedChanges() []Change {
	all := slices.Clip(z.Changes)
	for _, d := range z.Deferred {
		if d.on != (Ref{}) {
			all = append(all, d.Change)
		}
	}
	return all
}

// explain says of what waits for another zone of the plan why that is not as it is to be.
func (p *Plan) explain() {
	known := map[Ref]func(zonefile.Key) string{}
	for i := range p.Zones {
		for j := range p.Zones[i].Deferred {
			d := &p.Zones[i].Deferred[j]
			if d.on == (Ref{}) {
				continue
			}
			if known[d.on] == nil {
				known[d.on] = p.Zone(d.on).delayed()
			}
			if why := known[d.on](d.at); why != "" {
				d.For += " (" + why + ")"
			}
		}
	}
}

// delayed returns what says why applying a plan does not bring live what the zones repository has at a key, empty if it does as far as is known.
func (z *ZonePlan) delayed() func(zonefile.Key) string {
	all := ""
	keys := map[zonefile.Key]string{}
	switch {
	case z == nil:
	case z.Err != nil:
		all = "that zone has no plan"
	case z.State != nil:
		all = "that zone cannot be written: " + z.State.Name
	default:
		if len(z.Holds) > 0 {
			var guards []Guard
			for _, hold := range z.Holds {
				guards = append(guards, hold.Guard)
			}
			all = "that zone is held by " + list(guards)
		}
		for _, c := range z.Drift {
			keys[c.Key] = "the policy leaves what somebody changed there"
		}
		for _, p := range z.Pinned {
			keys[p.Key] = "it is pinned"
		}
		for _, w := range z.Waiting {
			keys[w.Key] = "it is served until its grace is over"
		}
	}
	return func(key zonefile.Key) string { return cmp.Or(keys[key], all) }
}
