package reconcile

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/zonefile"
)

// group is what is planned together: a zone on the targets where it is held together, and the resources of domains with the zones that they may have to do with.
// Two groups have nothing to do with each other.
type group struct {
	// refs are its members in order, which are zones and resources of the zones repository, and what was applied and has left it.
	refs  []Ref
	state desiredState // with nothing in it but the members
	gone  bool         // some have left the zones repository
	// digest is of all that the zones repository says of the members.
	digest zonefile.Digest
	// lane names the targets of the members: groups with the same targets wait for each other, and others do not wait for them.
	lane string
}

// key names a group.
func (g *group) key() Ref { return g.refs[0] }

// has reports whether a zone on a target, or the resources of a domain at a provider, are in the group.
func (g *group) has(ref Ref) bool {
	_, ok := slices.BinarySearchFunc(g.refs, ref, Ref.Compare)
	return ok
}

// wanted returns the members that the store is asked about: none means all, which removing zones depends on.
func (g *group) wanted() []Ref {
	if g.gone {
		return nil
	}
	return g.refs
}

// groupsOf returns the groups of a state, by member. known are what was applied or has tombstones that stand, of which isResource says what is no zone.
func groupsOf(state desiredState, known []Ref, isResource func(Ref) bool) map[Ref]*group {
	g := grouping{of: map[Ref]Ref{}, zones: map[zonefile.Name][]Ref{}, domains: map[zonefile.Name][]Ref{}}
	here := make(map[Ref]*desiredZone, len(state.zones)+len(state.domains.all))
	together := map[zonefile.Name]bool{}
	for _, zone := range state.zones {
		here[zone.Ref] = zone
		g.zones[zone.Zone] = append(g.zones[zone.Zone], zone.Ref)
		together[zone.Zone] = together[zone.Zone] || zone.rule.Policy.Together
	}
	for _, unit := range state.domains.all {
		here[unit.Ref] = unit
		g.domains[unit.Zone] = append(g.domains[unit.Zone], unit.Ref)
	}
	for domain := range state.domains.files {
		g.domains[domain] = slices.Clip(g.domains[domain]) // one that proves a zone and declares nothing else, too
	}
	var gone []Ref
	for _, ref := range known {
		if here[ref] != nil {
			continue
		}
		gone = append(gone, ref)
		if isResource(ref) {
			g.domains[ref.Zone] = append(g.domains[ref.Zone], ref)
		} else {
			g.zones[ref.Zone] = append(g.zones[ref.Zone], ref)
		}
	}
	for zone, refs := range g.zones {
		if together[zone] {
			g.unite(refs...)
		}
	}
	for domain, refs := range g.domains {
		g.unite(slices.Concat(refs, g.zones[domain])...)
		for above := range ancestors(domain) {
			g.unite(slices.Concat(refs, g.zones[above])...)
		}
	}
	for zone, refs := range g.zones {
		for above := range ancestors(zone) {
			if _, ok := g.domains[above]; ok {
				g.unite(slices.Concat(g.domains[above], g.zones[above], refs)...)
			}
		}
	}
	return g.groups(state, here, gone)
}

// grouping unites what belongs together (disjoint sets).
type grouping struct {
	of             map[Ref]Ref // the one that stands for it, itself if there is none
	zones, domains map[zonefile.Name][]Ref
}

func (g grouping) find(ref Ref) Ref {
	for {
		up, ok := g.of[ref]
		if !ok || up == ref {
			return ref
		}
		if higher, ok := g.of[up]; ok {
			g.of[ref] = higher // so that the way is shorter the next time
		}
		ref = up
	}
}

func (g grouping) unite(refs ...Ref) {
	for i := 1; i < len(refs); i++ {
		if a, b := g.find(refs[0]), g.find(refs[i]); a != b {
			g.of[b] = a
		}
	}
}

// groups returns the groups when all is united.
func (g grouping) groups(state desiredState, here map[Ref]*desiredZone, gone []Ref) map[Ref]*group {
	all := make(map[Ref]*group, len(here)+len(gone))
	byFirst := map[Ref]*group{}
	of := func(ref Ref) *group {
		first := g.find(ref)
		if byFirst[first] == nil {
			byFirst[first] = &group{}
		}
		all[ref] = byFirst[first]
		byFirst[first].refs = append(byFirst[first].refs, ref)
		return byFirst[first]
	}
	for _, zone := range state.zones {
		one := of(zone.Ref)
		one.state.zones = append(one.state.zones, zone)
	}
	for _, unit := range state.domains.all {
		one := of(unit.Ref)
		one.state.domains.units = append(one.state.domains.units, unit)
	}
	for _, ref := range gone {
		of(ref).gone = true
	}
	for _, one := range byFirst {
		slices.SortFunc(one.refs, Ref.Compare)
		one.complete(state, here)
	}
	return all
}

// complete adds what a plan of the members needs to know beside them.
func (g *group) complete(whole desiredState, here map[Ref]*desiredZone) {
	units := g.state.domains.units
	g.state.domains = whole.domains
	g.state.domains.units = units
	g.state.claimed, g.state.blind, g.state.beside = whole.claimed, whole.blind, whole.present
	g.state.present = make(map[Ref]bool, len(g.refs))
	targets := map[string]bool{}
	var said strings.Builder
	for _, ref := range g.refs {
		targets[ref.Target] = true
		if whole.present[ref] {
			g.state.present[ref] = true
		}
		if member := here[ref]; member != nil {
			fmt.Fprintf(&said, "%s %s\n", ref, member.digest())
		} else {
			fmt.Fprintf(&said, "%s gone %q\n", ref, whole.doubt(ref))
		}
		if proof, ok := whole.domains.proofs[ref]; ok {
			fmt.Fprintf(&said, "%+v\n", proof)
		}
	}
	g.digest = sha256.Sum256([]byte(said.String()))
	g.lane = strings.Join(slices.Sorted(maps.Keys(targets)), " ")
}
