package reconcile

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile/domainfile"
	"github.com/zoneward/zoneward/zonefile"
)

// liveUnit is all that is known of a domain's resources at a provider: what is declared, applied and live.
type liveUnit struct {
	*desiredZone
	typ       providers.ResourceType
	resources []liveResource // in order of their names
	stones    []Tombstone    // of resources, that stand
	// normalize is that of the provider, see providers.ResourceReader.
	normalize func(providers.Resource) (providers.Resource, error)
	// list is Resources of the provider.
	list func(context.Context, providers.Resource) ([]*providers.ResourceSnapshot, error)
	err  error // why nothing is known
}

// liveResource is all that is known of one resource.
type liveResource struct {
	name zonefile.Name
	// declaration is nil if the zones repository does not declare it, and wanted is what it comes to.
	declaration *domainfile.Declaration
	wanted      providers.Resource
	// live is nil if the provider does not have it.
	live *providers.ResourceSnapshot
	// applied is nil if it was never applied.
	applied *AppliedResource
	// stone is the newest tombstone of it that stands, nil if there is none.
	stone *Tombstone
	// past is what we have changed of a delegation, see Planner.past.
	past []pastField
	// problem is what is wrong with the declaration, and unread why the provider did not tell.
	problem, unread error
}

// resource returns what is known of the resource of that name, nil if nothing is.
func (u *liveUnit) resource(name zonefile.Name) *liveResource {
	i, ok := slices.BinarySearchFunc(u.resources, name, func(r liveResource, name zonefile.Name) int { return r.name.Compare(name) })
	if !ok {
		return nil
	}
	return &u.resources[i]
}

// lookAtUnits finds out what there is of the resources of units, many at once.
func (p *Planner) lookAtUnits(ctx context.Context, units []*desiredZone, r remembered) []*liveUnit {
	all := make([]*liveUnit, len(units))
	var group errgroup.Group
	group.SetLimit(parallelPlans)
	for i, unit := range units {
		p.progress(unit.Ref, Queued)
		group.Go(func() error {
			p.progress(unit.Ref, Fetching)
			all[i] = p.lookAtUnit(ctx, unit, r)
			return nil
		})
	}
	_ = group.Wait() // no member returns an error: it is in its unit
	return all
}

// lookAtUnit finds out what there is of the resources of a unit.
func (p *Planner) lookAtUnit(ctx context.Context, unit *desiredZone, r remembered) (u *liveUnit) {
	defer func() {
		if cause := recover(); cause != nil {
			u = &liveUnit{desiredZone: unit, err: fmt.Errorf("%s: %w", unit.Ref, caught(cause))}
		}
	}()
	u = &liveUnit{desiredZone: unit}
	target, ok := p.Resources[unit.Target]
	switch {
	case unit.err != nil:
		u.err = unit.err
		return u
	case !ok:
		u.err = fmt.Errorf("%s: there is no provider of that name for resources", unit.Ref)
		applied, err := p.Store.AppliedResources(ctx, unit.Ref)
		if err == nil && len(applied) == 0 {
			u.err = nil // it was for zones
		}
		for _, a := range applied {
			u.resources = append(u.resources, liveResource{name: a.Name, applied: &a, unread: u.err})
		}
		return u
	}
	u.typ, u.normalize, u.list = target.Reader.ResourceType(), target.Reader.NormalizeResource, target.Reader.Resources
	byName := map[zonefile.Name]*liveResource{}
	at := func(name zonefile.Name) *liveResource {
		if byName[name] == nil {
			byName[name] = &liveResource{name: name}
		}
		return byName[name]
	}
	for i := range unit.unit.declarations {
		d := &unit.unit.declarations[i]
		at(d.Resource.Name).declaration = d
	}
	if r.has(unit.Ref) && r.known[unit.Ref].System == target.System {
		applied, err := p.Store.AppliedResources(ctx, unit.Ref)
		if err != nil {
			u.err = fmt.Errorf("read what was applied of %s: %w", unit.Ref, err)
			return u
		}
		for _, a := range applied {
			at(a.Name).applied = &a
		}
	}
	if _, standing := r.standing[unit.Ref]; standing {
		stones, err := p.Store.Tombstones(ctx, TombstoneQuery{Zone: unit.Zone, Target: unit.Target})
		if err != nil {
			u.err = fmt.Errorf("read the tombstones of %s: %w", unit.Ref, err)
			return u
		}
		for _, stone := range stones { // the newest first
			if u.stones = append(u.stones, stone); stone.Kind == KindResource && at(stone.Key.Name).stone == nil {
				at(stone.Key.Name).stone = &stone
			}
		}
	}
	for _, name := range slices.SortedFunc(maps.Keys(byName), zonefile.Name.Compare) {
		one := byName[name]
		if u.typ.Kind == providers.Delegation {
			var err error
			if one.past, err = p.past(ctx, unit.Ref, name); err != nil {
				u.err = fmt.Errorf("read what was done to %s: %w", unit.Ref, err)
				return u
			}
		}
		if one.look(ctx, target.Reader, u.typ); one.unread != nil {
			one.unread = fmt.Errorf("%s: %s %s: %w", unit.Ref, u.typ.Kind, name, one.unread)
		}
		u.resources = append(u.resources, *one)
	}
	return u
}

// look asks the provider for the resource.
func (l *liveResource) look(ctx context.Context, reader providers.ResourceReader, typ providers.ResourceType) {
	what := providers.Resource{Kind: typ.Kind, Name: l.name}
	switch {
	case l.declaration != nil:
		if l.wanted, l.problem = reader.NormalizeResource(l.declaration.Resource); l.problem != nil {
			return // where it is to be looked for may be what is wrong
		}
		what = l.wanted
	case l.applied != nil:
		what.Fields = l.applied.Fields
	case l.stone != nil:
		what.Fields = maps.Clone(l.stone.Settings)
		delete(what.Fields, idSetting)
	}
	live, err := reader.FetchResource(ctx, what)
	if errors.Is(err, providers.ErrNoResource) && l.declaration != nil && l.applied != nil && l.moves(typ) {
		// It is where it was declared to be before, and cannot be declared to be elsewhere.
		what.Fields = l.applied.Fields
		live, err = reader.FetchResource(ctx, what)
	}
	switch {
	case errors.Is(err, providers.ErrNoResource):
	case err != nil:
		l.unread = err
	case live.Name != l.name || live.Kind != typ.Kind:
		l.unread = fmt.Errorf("the answer is about %s", live.Resource)
	default:
		l.live = live
	}
}

// moves reports whether the resource is declared to be elsewhere than it was applied.
func (l *liveResource) moves(typ providers.ResourceType) bool {
	return slices.ContainsFunc(typ.Fields, func(spec providers.FieldSpec) bool {
		return spec.Rule == providers.WriteOnce && l.applied.Fields[spec.Name] != l.wanted.Fields[spec.Name]
	})
}
