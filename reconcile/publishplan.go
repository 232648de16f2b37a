package reconcile

import (
	"context"
	"slices"

	"github.com/zoneward/zoneward/zonefile"
)

// concerned reports whether the resources of a domain may have to do with a zone: one is in the other.
func concerned(domain, zone zonefile.Name) bool { return domain.In(zone) || zone.In(domain) }

// kin returns the units that are meant by their domains.
func (d domains) kin() kin[*desiredZone] {
	return kinOf(func(yield func(zonefile.Name, *desiredZone) bool) {
		for _, unit := range d.units {
			if !yield(unit.Zone, unit) {
				return
			}
		}
	})
}

// keep leaves out the units that have nothing to do with the zones that are meant; none named means all.
func (d *domains) keep(only Selection) {
	if len(only.Zones) == 0 {
		return
	}
	near := map[*desiredZone]bool{}
	all := d.kin()
	for _, zone := range only.Zones {
		for unit := range all.around(zone) {
			near[unit] = true
		}
	}
	d.units = having(d.units, func(unit *desiredZone) bool { return near[unit] })
}

// planPublished plans zones with what resources and other hosts give them. The problems are those of units.
func (p *Planner) planPublished(ctx context.Context, tree Tree, zones []*desiredZone, state desiredState, units, left []*liveUnit, r remembered) (
	plans []ZonePlan, problems map[Ref][]zonefile.Problem, err error,
) {
	gives, problems := publications(units, left, state.present, p.Stateless)
	parents := p.parents(ctx, units)
	byDomain := kinOf(func(yield func(zonefile.Name, *liveUnit) bool) {
		for _, u := range units {
			if !yield(u.Zone, u) {
				return
			}
		}
	})
	with := func(some []*desiredZone) []*desiredZone {
		all := make([]*desiredZone, len(some))
		for i, zone := range some {
			given, around := gives[zone.Ref], slices.Collect(byDomain.around(zone.Zone))
			if given == nil && len(around) > 0 {
				given = newPublished() // resources may ask what is in it
			}
			all[i] = zone.withAround(given, parents[zone.Zone], around)
			for _, problem := range all[i].clashes {
				for _, u := range around {
					if u.source == problem.Position.File {
						problems[u.Ref] = append(problems[u.Ref], problem) // nothing is made for which there is no place
					}
				}
			}
		}
		return all
	}
	proves := func(d *desiredZone) bool { _, ok := state.domains.proofs[d.Ref]; return ok }
	proving := having(zones, proves)
	others := having(zones, func(d *desiredZone) bool { return !proves(d) && d.pointed == nil })
	reverse := having(zones, func(d *desiredZone) bool { return !proves(d) && d.pointed != nil })
	first, err := p.planZones(ctx, tree, with(proving), r)
	if err != nil {
		return nil, nil, err
	}
	for i := range first {
		prove(&first[i], state.domains.proofs[first[i].Ref], gives)
	}
	second, err := p.planZones(ctx, tree, with(others), r)
	if err != nil {
		return nil, nil, err
	}
	plans = slices.Concat(first, second)
	byRef := func(a, b ZonePlan) int { return a.Compare(b.Ref) }
	slices.SortFunc(plans, byRef)
	if len(reverse) > 0 { // they look at what the others have live
		around := p.neighbours(plans)
		around.leaves = func(ref Ref) bool { return p.leaves(state, ref) }
		reverse = with(reverse)
		for i := range reverse {
			reverse[i] = reverse[i].among(around)
		}
		third, err := p.planZones(ctx, tree, reverse, r)
		around.planned = nil // what was asked is known, and they are large
		if err != nil {
			return nil, nil, err
		}
		plans = slices.Concat(plans, third)
		slices.SortFunc(plans, byRef)
	}
	for i := range plans {
		if proof, ok := state.domains.proofs[plans[i].Ref]; ok && plans[i].State != nil {
			plans[i].prove = proved(plans, &plans[i], proof)
		}
	}
	return plans, problems, nil
}

// withAround returns a zone with what resources give it, of which the units are, and what is known of its delegation.
func (d *desiredZone) withAround(gives *published, parent *parentSide, units []*liveUnit) *desiredZone {
	if gives == nil && parent == nil || d.err != nil || d.file == nil {
		return d
	}
	around := &desiredZone{
		Ref: d.Ref, rule: d.rule, source: d.source, beside: d.beside, file: d.file, optional: d.optional, gone: d.gone, unread: d.unread, stated: d, gives: gives, parent: parent,
		pointed: d.pointed,
	}
	if gives != nil {
		around.file = d.file.With(gives.added)
		if len(gives.expected) > 0 {
			with := *around.file
			with.Problems = around.file.With(gives.expected).Problems
			around.clashes = slices.DeleteFunc(slices.Clone(with.Problems), func(p zonefile.Problem) bool { return slices.Contains(around.file.Problems, p) })
			around.file = &with
		}
		with := *gives
		with.warnings = slices.Clone(gives.warnings)
		for _, u := range units {
			if u.err == nil {
				with.warnings = append(with.warnings, u.spfAdvice(around.file.Zone)...)
			}
		}
		around.gives = &with
	}
	return around
}
