package reconcile

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// unitsOf returns the units that a plan has to look at: those that are declared, and of the wanted those that were applied, or have tombstones that are due, and are not declared
// any more. Left are those that are not declared any more and stay as they are, with what they have published. The notices tell of what is gone and left as it is.
func (p *Planner) unitsOf(state desiredState, r remembered, wanted func(Ref) bool) (units, left []*desiredZone, notices []string) {
	here := map[Ref]bool{}
	for _, unit := range state.domains.all {
		here[unit.Ref] = true
	}
	units = slices.Clone(state.domains.units)
	gone := map[Ref]bool{}
	zones := kinOf(func(yield func(zonefile.Name, Ref) bool) {
		for _, zone := range state.zones {
			if !yield(zone.Zone, zone.Ref) {
				return
			}
		}
	})
	for ref := range r.known {
		gone[ref] = true
	}
	for ref, first := range r.standing {
		if r.clock.Due(first) {
			gone[ref] = true
		}
	}
	for _, ref := range slices.SortedFunc(maps.Keys(gone), Ref.Compare) {
		_, isResource := p.Resources[ref.Target]
		_, isZone := p.Targets[ref.Target]
		if isZone || here[ref] {
			continue
		}
		unit := p.unit(ref, state.domains.files[ref.Zone])
		why := state.domains.doubt(unit, state)
		switch {
		case why == "" && wanted != nil && wanted(ref) && isResource:
			units = append(units, unit)
		case r.has(ref) && some(zones.around(ref.Zone)):
			left = append(left, unit)
			if isResource && why != "" && wanted != nil && wanted(ref) {
				notices = append(notices, fmt.Sprintf("%s: not declared in the zones repository any more, %s", ref, why))
			}
		}
	}
	return units, left, notices
}

// doubt returns why the resources of a unit that is not declared any more are left as they are, empty if they are retired. What a domain's file does not
// declare any more is; a file that is gone may be a mistake.
func (d domains) doubt(unit *desiredZone, state desiredState) string {
	if err := d.unread[unit.Zone]; err != nil {
		return "as far as can be read; nothing of it is touched"
	}
	if _, there := d.files[unit.Zone]; there {
		return ""
	}
	if _, unclear := d.unread[zonefile.Name{}]; unclear {
		return "and a file of which nobody can tell the domain may be its; nothing of it is touched"
	}
	if !unit.rule.Policy.RetireZones {
		return "and left as it is (zone_removal: keep); it is not managed"
	}
	return state.doubt(unit.Ref)
}

// planUnits plans units, many at once.
func (p *Planner) planUnits(
	ctx context.Context, tree Tree, units []*liveUnit, r remembered, state desiredState, zones []ZonePlan, problems map[Ref][]zonefile.Problem,
) []ZonePlan {
	if len(units) == 0 {
		return nil
	}
	around := zonesAround{planner: p, unseen: unseen(state.present, zones), declared: map[string]bool{}}
	for _, unit := range state.domains.all {
		for _, d := range unit.unit.declarations {
			around.declared[declaredAs(p.Resources[unit.Target].System, d.Resource.Name)] = true
		}
	}
	around.plans = kinOf(func(yield func(zonefile.Name, *ZonePlan) bool) {
		for i := range zones {
			if !yield(zones[i].Zone, &zones[i]) {
				return
			}
		}
	})
	plans := make([]ZonePlan, len(units))
	var group errgroup.Group
	group.SetLimit(parallelPlans)
	for i, unit := range units {
		group.Go(func() error {
			defer p.progress(unit.Ref, Planned)
			plans[i] = p.planUnit(ctx, tree, unit, r, around, problems[unit.Ref])
			return nil
		})
	}
	_ = group.Wait() // no member returns an error: it is in its plan
	return plans
}

// unseen returns which of the zones that are there are not planned, in order of their targets.
func unseen(present map[Ref]bool, planned []ZonePlan) map[zonefile.Name][]Ref {
	seen := make(map[Ref]bool, len(planned))
	for i := range planned {
		seen[planned[i].Ref] = true
	}
	all := map[zonefile.Name][]Ref{}
	for _, ref := range slices.SortedFunc(maps.Keys(present), Ref.Compare) {
		if !seen[ref] {
			all[ref.Zone] = append(all[ref.Zone], ref)
		}
	}
	return all
}

// planUnit plans the resources of a domain at one provider.
func (p *Planner) planUnit(ctx context.Context, tree Tree, unit *liveUnit, r remembered, zones zonesAround, problems []zonefile.Problem) (plan ZonePlan) {
	known, target := r.known[unit.Ref], p.Resources[unit.Target]
	again := func(ctx context.Context, p *Planner, r remembered) ZonePlan {
		return p.planUnit(ctx, tree, p.lookAtUnit(ctx, unit.desiredZone, r), r, zones, problems)
	}
	defer func() {
		if cause := recover(); cause != nil {
			plan = panicked(unit.desiredZone, target.System, caught(cause), again)
		}
	}()
	plan = ZonePlan{Ref: unit.Ref, Err: unit.err}
	if errors := errorsOf(problems); plan.Err == nil && len(errors) > 0 {
		plan.Err = &zonefile.ProblemsError{Zone: unit.Zone, Problems: errors}
	}
	if plan.Err == nil {
		in := unitInput{
			liveUnit: unit, policy: unit.rule.Policy, known: p.Stateless || r.has(unit.Ref) && known.System == target.System, keepless: p.Keepless,
			clock: r.clock, suspended: r.suspended(unit.desiredZone), graces: r.graces[unit.Ref],
			writer: Writer{Commit: tree.Revision, Author: tree.Author}, zones: zones,
		}
		in.pins = slices.DeleteFunc(slices.Clone(r.pins[unit.Ref]), func(pin Pin) bool { return !pin.inForce(r.clock, unit.unit.stated(pin.Key.Name)) })
		if r.has(unit.Ref) && !in.known {
			in.formerly = known.System
		}
		plan = planUnit(ctx, in)
		p.remarkUnit(&plan, in, r)
	}
	p.locate(&plan)
	plan.desired, plan.system, plan.why, plan.again = unit.desiredZone, target.System, "apply", again
	if plan.Err != nil {
		plan.ID, plan.Base = zonefile.Digest{}, zonefile.Digest{}
	}
	return plan
}

func errorsOf(problems []zonefile.Problem) []zonefile.Problem {
	return slices.DeleteFunc(slices.Clone(problems), func(p zonefile.Problem) bool { return p.Severity != zonefile.Error })
}

// remarkUnit notes in a plan what applying it needs to know.
func (p *Planner) remarkUnit(plan *ZonePlan, in unitInput, r remembered) {
	plan.known, plan.open, plan.stones = in.known, r.open[in.Ref], in.stones
	for _, pin := range r.pins[in.Ref] {
		if !slices.Contains(in.pins, pin) {
			plan.ended = append(plan.ended, pin)
		}
	}
	plan.released = r.released(in.desiredZone)
	plan.leaving = in.graces
	plan.gracesMoved = !sameGraces(plan.graces, in.graces)
	plan.unit = in.liveUnit
}

// noted returns the resources that are to be noted as applied besides what changes make so, false if the store has them like that: those that are as they are
// declared, and what is watched of each that nobody has noted. What is gone is left out.
func (u *liveUnit) noted(plan *ZonePlan) ([]AppliedResource, bool) {
	changing := map[zonefile.Name]bool{}
	for _, c := range plan.all() {
		changing[c.Key.Name] = true
	}
	for _, c := range plan.Drift {
		changing[c.Key.Name] = true
	}
	var all []AppliedResource
	moved := false
	for i := range u.resources {
		l := &u.resources[i]
		applied := l.applied
		switch {
		case slices.Contains(plan.vanishedResources, l.name):
			moved = true
			continue
		case applied == nil && l.declaration != nil && l.live != nil && !changing[l.name]:
			applied, moved = u.taken(l), true
		case applied == nil:
			continue
		}
		if fields, more := l.filled(u.typ); more {
			with := *applied
			with.Fields, applied, moved = fields, &with, true
		}
		if watched, more := l.watches(applied.Watched, plan.inZones[l.name]); more {
			with := *applied
			with.Watched = watched
			applied, moved = &with, true
		}
		all = append(all, *applied)
	}
	return all, moved
}

// filled returns what is applied of a resource, with the fields that are as they are declared and that nobody has noted, and whether there are such: those of one
// that was brought back were never written.
func (l *liveResource) filled(typ providers.ResourceType) (fields map[string]string, more bool) {
	if l.applied == nil || l.live == nil || l.declaration == nil {
		return nil, false
	}
	fields = maps.Clone(l.applied.Fields)
	for _, spec := range typ.Fields {
		have, known := l.live.Fields[spec.Name]
		want, declared := l.wanted.Fields[spec.Name]
		if !declared {
			want = spec.Default
		}
		if _, noted := fields[spec.Name]; !noted && known && have == want && want != "" {
			if fields == nil {
				fields = map[string]string{}
			}
			fields[spec.Name], more = have, true
		}
	}
	return fields, more
}

// taken returns what is noted of a resource that is as it is declared, and that nobody has applied.
func (u *liveUnit) taken(l *liveResource) *AppliedResource {
	a := &AppliedResource{Kind: u.typ.Kind, Name: l.name, Fields: map[string]string{}}
	for _, spec := range u.typ.Fields {
		if value, ok := l.live.Fields[spec.Name]; ok {
			a.Fields[spec.Name] = value
		}
		if value, ok := l.wanted.Fields[spec.Name]; ok && spec.Rule == providers.WriteOnly {
			a.Fields[spec.Name] = value
		}
	}
	for name, secret := range l.wanted.Secrets {
		if a.References == nil {
			a.References = map[string]string{}
		}
		a.References[name] = secret.Reference
	}
	return a
}

// publishes returns the outputs of a resource that go to zones: those that are to be published, or all if it writes them by itself.
func (l *liveResource) publishes() []providers.Output {
	if l.declaration == nil {
		return nil
	}
	if l.declaration.Resource.Fields["autoconfig"] == "true" {
		return l.live.Outputs
	}
	var all []providers.Output
	for _, p := range l.declaration.Publish {
		if o, ok := l.live.Output(p.Output); ok {
			all = append(all, o)
		}
	}
	return all
}

// watches returns what is watched of a resource, with what nobody has noted yet, and whether there is such. What it wants to be published is noted when it is first seen,
// before it is published, and what takes its place once that is.
func (l *liveResource) watches(known map[string]string, published bool) (watched map[string]string, more bool) {
	watched = maps.Clone(known)
	if l.live == nil {
		return watched, false
	}
	note := func(name, text string) {
		if watched == nil {
			watched = map[string]string{}
		}
		watched[name], more = text, true
	}
	for _, o := range l.live.Observed {
		if _, ok := watched[o.Name]; l.isWatched(o) && !ok {
			note(o.Name, o.Text)
		}
	}
	for _, o := range l.publishes() {
		was, known := watched[outputWatch+o.Name]
		if now := outputText(o); !known || published && was != now {
			note(outputWatch+o.Name, now)
		}
	}
	return watched, more
}
