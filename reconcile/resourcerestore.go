package reconcile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile/domainfile"
)

// restoreResource makes the plan that brings a resource back from its tombstone: with the fields that it had, and the secrets that its references name now.
func (p *Planner) restoreResource(ctx context.Context, tree Tree, stone Tombstone, what Restoration, r remembered) ZonePlan {
	plan := ZonePlan{Ref: stone.Ref, provenance: provenance{desired: p.unit(stone.Ref, "")}}
	state, err := p.statedBy(ctx, tree, func(ref Ref) bool { return ref == stone.Ref })
	if err != nil {
		plan.Err = err
		return plan
	}
	unit := p.unit(stone.Ref, state.domains.files[stone.Zone])
	declared := state.domains.unit(stone.Ref)
	declaration, err := p.declarationOf(stone)
	if err != nil {
		plan.Err = err
		return plan
	}
	unit.unit.declarations = []domainfile.Declaration{declaration}
	now := r.clock.Wall.UTC().Truncate(time.Second)
	pin := Pin{
		Ref: stone.Ref, Key: stone.Key, Since: now, Until: now.Add(cmp.Or(what.For, defaultPin)), Actor: what.Actor, Reason: what.Reason,
	}
	if declared != nil {
		pin.Stated = declared.unit.stated(stone.Key.Name)
	}
	return p.planReturn(ctx, tree, unit, stone, pin, r)
}

// planReturn plans that a resource comes back from its tombstone, and is pinned.
func (p *Planner) planReturn(ctx context.Context, tree Tree, unit *desiredZone, stone Tombstone, pin Pin, r remembered) ZonePlan {
	plan := p.planAlone(ctx, tree, unit, []Tombstone{stone}, "restore", r)
	for i := range plan.Changes {
		plan.Changes[i].Action, plan.Changes[i].Stone = Restore, stone.ID
	}
	plan.pins = []Pin{pin}
	plan.ID = digestPlan(&plan)
	plan.again = func(ctx context.Context, p *Planner, r remembered) ZonePlan {
		return p.planReturn(ctx, tree, unit, stone, pin, r)
	}
	return plan
}

// unit returns what is declared for a domain at a provider, nil if nothing is.
func (d domains) unit(ref Ref) *desiredZone {
	i := slices.IndexFunc(d.units, func(unit *desiredZone) bool { return unit.Ref == ref && unit.err == nil })
	if i < 0 {
		return nil
	}
	return d.units[i]
}

// declarationOf returns the declaration of what a tombstone is of.
func (p *Planner) declarationOf(stone Tombstone) (domainfile.Declaration, error) {
	target, ok := p.Resources[stone.Target]
	if !ok {
		return domainfile.Declaration{}, fmt.Errorf("%s: there is no provider of that name for resources", stone.Ref)
	}
	typ := target.Reader.ResourceType()
	d := domainfile.Declaration{Provider: stone.Target, Resource: providers.Resource{Kind: stone.Resource, Name: stone.Key.Name, Fields: map[string]string{}}}
	for field, value := range stone.Settings {
		if spec, ok := typ.Field(field); ok && spec.Rule != providers.WriteOnly && spec.Secret == "" {
			d.Resource.Fields[field] = value
		}
	}
	for name, reference := range stone.References {
		if p.Domains.Secret == nil {
			return d, fmt.Errorf("%s: its %s was %s, and no secrets are read here", stone.ID, name, reference)
		}
		secret, err := p.Domains.Secret(reference)
		if err != nil {
			return d, fmt.Errorf("%s: its %s was %s: %w", stone.ID, name, reference, err)
		}
		if d.Resource.Secrets == nil {
			d.Resource.Secrets = map[string]providers.Secret{}
		}
		d.Resource.Secrets[name] = secret
	}
	return d, nil
}

// planAlone plans what tombstones are of, and nothing else of their unit.
func (p *Planner) planAlone(ctx context.Context, tree Tree, unit *desiredZone, stones []Tombstone, why string, r remembered) ZonePlan {
	plan := ZonePlan{Ref: unit.Ref, provenance: provenance{desired: unit}}
	live := p.lookAtUnit(ctx, unit, r)
	if live.err != nil {
		plan.Err = live.err
		return plan
	}
	meant := func(l liveResource) bool {
		return slices.ContainsFunc(stones, func(t Tombstone) bool { return t.Key.Name == l.name })
	}
	live.resources = slices.DeleteFunc(live.resources, func(l liveResource) bool { return !meant(l) })
	r.pins, r.graces = nil, nil
	plan = p.planUnit(ctx, tree, live, r, zonesAround{planner: p}, nil)
	plan.why, plan.check = why, false
	plan.Waiting, plan.graces, plan.gracesMoved, plan.ended, plan.vanishedResources = nil, nil, false, nil, nil
	if why == "restore" {
		plan.expired, plan.ending = nil, nil
	}
	return plan
}

// purgeResources makes the plan that ends tombstones of resources.
func (p *Planner) purgeResources(ctx context.Context, tree Tree, ref Ref, stones []Tombstone, r remembered) ZonePlan {
	state, err := p.statedBy(ctx, tree, func(other Ref) bool { return other == ref })
	unit := p.unit(ref, state.domains.files[ref.Zone])
	if err != nil {
		return ZonePlan{Ref: ref, provenance: provenance{desired: unit}, Err: err}
	}
	if declared := state.domains.unit(ref); declared != nil {
		for _, stone := range stones {
			if declared.unit.declaration(stone.Key.Name) != nil {
				return ZonePlan{Ref: ref, provenance: provenance{desired: unit}, Err: fmt.Errorf("%s: %s is declared in the zones repository again: apply brings it back", stone.ID, stone.Key.Name)}
			}
		}
	}
	unit.ending = stones
	again := func(ctx context.Context, p *Planner, r remembered) ZonePlan {
		return p.planAlone(ctx, tree, unit, stones, "purge", r)
	}
	plan := again(ctx, p, r)
	plan.again = again
	return plan
}

// adoptUnit notes that the resources of a unit are as they are meant to be, also what is watched of them, and returns how many there are.
func (a *Applier) adoptUnit(ctx context.Context, tree Tree, unit *desiredZone, r remembered) (int, error) {
	p := a.Planner
	p.progress(unit.Ref, Fetching)
	defer p.progress(unit.Ref, Finished)
	live := p.lookAtUnit(ctx, unit, r)
	if live.err != nil {
		return 0, p.located(live.err)
	}
	var all []AppliedResource
	var problems []error
	for i := range live.resources {
		l := &live.resources[i]
		switch {
		case l.unread != nil || l.problem != nil:
			problems = append(problems, l.unread, l.problem)
			continue
		case l.live == nil:
			continue
		case l.declaration == nil && l.applied != nil: // it leaves, or is to
			all = append(all, *l.applied)
			continue
		case l.declaration == nil:
			continue
		}
		taken := live.taken(l)
		taken.Watched, _ = l.watches(nil, false)
		all = append(all, *taken)
	}
	if err := errors.Join(problems...); err != nil {
		return 0, fmt.Errorf("%s: %w", unit.Ref, err)
	}
	state := AppliedState{System: p.Resources[unit.Target].System, Commit: tree.Revision}
	if err := a.Store.SetAppliedResources(ctx, unit.Ref, state, all); err != nil {
		return 0, fmt.Errorf("note what is applied to %s: %w", unit.Ref, err)
	}
	err := a.Store.Note(ctx, Intent{Ref: unit.Ref, Writer: a.writer(tree), System: state.System, Why: "adopt", At: a.now()})
	if err != nil {
		return 0, fmt.Errorf("note the adoption of %s: %w", unit.Ref, err)
	}
	return len(all), nil
}
