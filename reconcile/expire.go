package reconcile

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"
)

// expired returns what is to be closed of the wanted zones that the tree does not have, since its retention is over: their own tombstones, and those of
// what was retired of them before. A copy that a provider may still keep is none of them. If it is one of a whole zone that the provider can be asked to
// remove, there is a plan for that.
func (p *Planner) expired(ctx context.Context, tree Tree, state desiredState, r remembered, wanted func(Ref) bool) (expired, purges []ZonePlan, err error) {
	here := make(map[Ref]bool, len(state.zones))
	for _, zone := range state.zones {
		here[zone.Ref] = true
	}
	for _, ref := range slices.SortedFunc(maps.Keys(r.standing), Ref.Compare) {
		if _, ok := p.Resources[ref.Target]; ok {
			continue // no zone: see unitsOf
		}
		if !r.clock.Due(r.standing[ref]) || here[ref] || state.present[ref] || !wanted(ref) || state.doubt(ref) != "" {
			continue
		}
		stones, err := p.Store.Tombstones(ctx, TombstoneQuery{Zone: ref.Zone, Target: ref.Target})
		if err != nil {
			return nil, nil, fmt.Errorf("read the tombstones of %s: %w", ref, err)
		}
		zone := ZonePlan{Ref: ref, provenance: provenance{system: p.Targets[ref.Target].System, stones: stones}}
		var kept []string // whole zones
		for _, stone := range stones {
			switch hidden := stone.Hidden && r.has(ref); {
			case stone.State != Retired || !r.clock.Over(stone.BuriedAt, stone.PurgeAt):
			case stone.Kind == KindZone && stone.Hidden && !r.has(ref) && p.Targets[ref.Target].CanPurge:
				kept = append(kept, stone.ID)
			case !hidden:
				zone.expired = append(zone.expired, stone.ID)
			}
		}
		expired = append(expired, zone)
		if len(kept) > 0 {
			purges = append(purges, p.planPurge(ctx, tree, p.absent(ref), kept, r))
		}
	}
	return expired, purges, nil
}

// expire closes what a plan found to be expired. What the store cannot take now is expired the next time too.
func (a *Applier) expire(ctx context.Context, tree Tree, plan *Plan) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	for i := range plan.expired {
		if err := a.close(ctx, tree, &plan.expired[i]); err != nil {
			return
		}
	}
}
