package reconcile

import (
	"slices"

	"github.com/zoneward/zoneward/zonefile"
)

// ownership says which RRsets of a zone on a target are ours to touch.
type ownership struct {
	ref      Ref
	file     *zonefile.File
	policy   Policy
	pinned   map[zonefile.Key]bool   // kept as they are until git says something new of them
	external map[zonefile.Key]bool   // those of external-dns
	idle     []zonefile.Name         // its markers that are for nothing that is live
	left     map[zonefile.Key]bool   // where there may be an output of a resource that is not declared any more
	taken    map[zonefile.Key]string // what a resource writes by itself, and which
}

// newOwnership returns what is ours in a zone as it is live now.
func newOwnership(in zoneInput) ownership {
	o := ownership{ref: in.Ref, file: in.file, policy: in.policy, taken: in.given().taken, left: in.given().left}
	if in.live != nil {
		o.external, o.idle = in.policy.ExternalDNS.marked(in.live.Zone)
	}
	for _, pin := range in.pins {
		if o.pinned == nil {
			o.pinned = make(map[zonefile.Key]bool, len(in.pins))
		}
		o.pinned[pin.Key] = true
	}
	return o
}

// foreign reports whether the live RRset of that key is left alone:
// because it is pinned, because external-dns says it is its own, because the policy ignores it, because the zone file says so for this target, because it is what every zone has and the file does not
// state (the SOA and the apex NS), or because it is an ACME challenge (RFC 8555 §8.4) or a record made by signing that the file does not
// state: a zone that is signed after zoneward has written it stays signed.
func (o ownership) foreign(key zonefile.Key) bool {
	return o.pinned[key] || o.taken[key] != "" || o.external[key] || o.ignored(key) || o.elsewhere(key) || (o.usual(key) || o.left[key]) && !o.file.Zone.Has(key)
}

// usual reports whether the RRset is of those that are ours only if the zone file states them.
func (o ownership) usual(key zonefile.Key) bool {
	switch key.Type {
	case zonefile.TypeSOA, zonefile.TypeNS:
		return key.Name == o.ref.Zone
	case zonefile.TypeTXT:
		return isChallenge(key.Name)
	}
	return key.Type.Signing()
}

// ignored reports whether the policy leaves the RRset to others.
func (o ownership) ignored(key zonefile.Key) bool {
	for _, p := range o.policy.Ignore {
		if p.Matches(key, o.ref.Zone) {
			return true
		}
	}
	return false
}

// others reports whether the RRset is left to others for good: the policy ignores it, or external-dns says that it is its own.
func (o ownership) others(key zonefile.Key) bool { return o.ignored(key) || o.external[key] }

// elsewhere reports whether the zone file states the RRset, and not for this target.
func (o ownership) elsewhere(key zonefile.Key) bool {
	options := o.file.Options(key)
	return options.Ignored || !options.For(o.ref.Target)
}

func isChallenge(name zonefile.Name) bool {
	return name.FirstLabel() == "_acme-challenge"
}

// othersIn returns which RRsets may be live in the zones of one file although that does not have them, as far as it is known without asking: what a policy leaves to others,
// and ACME challenges. It keeps nothing of the zones.
func othersIn(zones []*desiredZone) func(zonefile.Key) bool {
	challenge := func(key zonefile.Key) bool { return key.Type == zonefile.TypeTXT && isChallenge(key.Name) }
	var ignored []Pattern
	for _, d := range zones {
		if d.rule.Policy.Additive {
			return func(zonefile.Key) bool { return true }
		}
		ignored = append(ignored, d.rule.Policy.Ignore...)
	}
	if len(ignored) == 0 {
		return challenge
	}
	origin := zones[0].Zone
	return func(key zonefile.Key) bool {
		return challenge(key) || slices.ContainsFunc(ignored, func(p Pattern) bool { return p.Matches(key, origin) })
	}
}
