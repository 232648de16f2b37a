package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// ErrClosed is wrapped where a tombstone was asked for that came to its end before.
var ErrClosed = errors.New("the tombstone is closed")

// Purge makes the plan that ends tombstones for good, whether their retention is over or not. Its changes remove what providers have hidden of
// them; a tombstone without such a copy has no change, and is closed when the plan is applied. Nothing that is served is touched.
func (p *Planner) Purge(ctx context.Context, tree Tree, ids []string) (*Plan, error) {
	r, err := p.remember(ctx)
	if err != nil {
		return nil, err
	}
	chosen, resources := map[Ref][]string{}, map[Ref][]Tombstone{}
	for _, id := range ids {
		stone, err := p.Store.Tombstone(ctx, id)
		switch {
		case err != nil:
			return nil, err
		case !stone.State.Standing():
			return nil, fmt.Errorf("%s: %w since %s: it was %s", stone.ID, ErrClosed, stone.StateAt.UTC().Format(time.RFC3339), stone.State)
		case stone.State == Buried:
			return nil, fmt.Errorf("%s: it is not known yet whether %s was retired: somebody was interrupted, and the next apply of %s settles it", stone.ID, stone.Key.Name, stone.Ref)
		}
		if stone.Kind == KindResource {
			if !slices.ContainsFunc(resources[stone.Ref], func(t Tombstone) bool { return t.ID == stone.ID }) {
				resources[stone.Ref] = append(resources[stone.Ref], stone)
			}
			continue
		}
		if !slices.Contains(chosen[stone.Ref], stone.ID) {
			chosen[stone.Ref] = append(chosen[stone.Ref], stone.ID)
		}
	}
	state, err := p.statedBy(ctx, tree, func(ref Ref) bool { return chosen[ref] != nil })
	if err != nil {
		return nil, err
	}
	plan := &Plan{Commit: tree.Revision, CreatedAt: r.clock.Wall.UTC().Truncate(time.Second), clock: r.clock, noted: r.noted}
	for ref, ids := range chosen {
		plan.Zones = append(plan.Zones, p.planPurge(ctx, tree, p.zoneOf(state, ref), ids, r))
	}
	for ref, stones := range resources {
		plan.Zones = append(plan.Zones, p.purgeResources(ctx, tree, ref, stones, r))
	}
	slices.SortFunc(plan.Zones, func(a, b ZonePlan) int { return a.Compare(b.Ref) })
	return plan, nil
}

// planPurge makes the plan that ends tombstones of one zone on one target. Those that came to another end in the meantime are left out.
func (p *Planner) planPurge(ctx context.Context, tree Tree, zone *desiredZone, ids []string, r remembered) ZonePlan {
	target, ok := p.Targets[zone.Target]
	plan := ZonePlan{Ref: zone.Ref}
	plan.desired, plan.system, plan.why = zone, target.System, "purge"
	plan.again = func(ctx context.Context, p *Planner, r remembered) ZonePlan {
		return p.planPurge(ctx, tree, zone, ids, r)
	}
	stones, err := p.Store.Tombstones(ctx, TombstoneQuery{Zone: zone.Zone, Target: zone.Target})
	if err != nil {
		plan.Err = fmt.Errorf("read the tombstones of %s: %w", zone.Ref, err)
		return plan
	}
	plan.stones = stones
	chosen := slices.DeleteFunc(slices.Clone(stones), func(t Tombstone) bool { return !slices.Contains(ids, t.ID) })
	hidden := slices.ContainsFunc(chosen, func(t Tombstone) bool { return t.Hidden })
	switch {
	case !ok && hidden:
		plan.Err = fmt.Errorf("%s: there is no provider of that name any more, and it may have kept a copy", zone.Ref)
		return plan
	case !ok:
		for _, stone := range chosen {
			plan.expired = append(plan.expired, stone.ID)
		}
		plan.ID = digestChanges(plan.Ref, nil)
		return plan
	}
	var live *providers.Snapshot
	if hidden {
		p.progress(zone.Ref, Fetching)
		defer p.progress(zone.Ref, Planned)
		live, err = target.Reader.Fetch(ctx, zone.Zone)
		if plan.State = blockedState(err); plan.State != nil {
			plan.ID = digestChanges(plan.Ref, nil)
			return plan
		}
		// Where the zone is gone its hidden copies are too.
		if err != nil && !errors.Is(err, providers.ErrNoZone) {
			plan.Err = fmt.Errorf("%s: %w", zone.Ref, err)
			return plan
		}
	}
	in := p.input(ctx, tree, zone, live, r)
	plan.own = newOwnership(in)
	plan.Changes, plan.expired, plan.ending = in.purge(chosen, stones)
	p.made(&plan, in, zone, r)
	plan.version, plan.live, plan.ended, plan.gracesMoved = "", nil, nil, false
	have := zonefile.NewZone(in.Zone)
	if live != nil {
		have = live.Zone
	}
	plan.Base = baseOf(have, plan.own.foreign)
	g := guarded{
		ref: in.Ref, changes: plan.Changes, live: have, desired: have, stated: have.Len(), known: true, policy: in.policy,
		suspended: in.suspended, now: in.clock.Wall,
	}
	plan.Holds = g.holds()
	plan.ID = digestChanges(plan.Ref, plan.Changes)
	return plan
}

// purges returns what of the tombstones is removed for good because their retention is over: see purge. That of a zone which is about to be created
// anew is kept for that.
func (in zoneInput) purges(stones []Tombstone) (changes []Change, closed, ending []string) {
	var due []Tombstone
	for _, stone := range stones {
		if kept := stone.Kind == KindZone && in.live == nil; !kept && stone.State == Retired && in.clock.Over(stone.BuriedAt, stone.PurgeAt) {
			due = append(due, stone)
		}
	}
	return in.purge(due, stones)
}

// purge returns what it takes to end the chosen of all tombstones that stand: changes that remove the copies that the provider has kept, one
// for each key, and one for each zone that it has kept as a whole; the ids of those without a copy, which only have to be closed; and of those that end with the change of another at their key.
// Records that a tombstone which is not chosen has too stay hidden.
func (in zoneInput) purge(chosen, all []Tombstone) (changes []Change, closed, ending []string) {
	at := map[zonefile.Key]int{}
	for _, stone := range chosen {
		keptByProvider := stone.Kind == KindZone && stone.Hidden && in.canPurge && in.live == nil
		if keptByProvider && slices.ContainsFunc(all, func(t Tombstone) bool { return t.Kind == KindZone && t.Hidden && !isAmong(t, chosen) }) {
			closed = append(closed, stone.ID) // the provider has one copy, and another tombstone needs it
			continue
		}
		if keptByProvider {
			changes = append(changes, Change{Kind: KindZone, Action: Purge, Key: stone.Key, Stone: stone.ID})
			continue
		}
		hidden, ok := in.hidden(stone)
		for _, other := range all {
			if ok && other.Key == stone.Key && other.Hidden && !isAmong(other, chosen) {
				hidden, ok = without(hidden, other.RRset)
			}
		}
		if !ok {
			closed = append(closed, stone.ID)
			continue
		}
		if i, twice := at[stone.Key]; twice {
			union := together(*changes[i].Old, hidden)
			changes[i].Old = &union
			ending = append(ending, stone.ID)
			continue
		}
		at[stone.Key] = len(changes)
		changes = append(changes, Change{Kind: KindRRset, Action: Purge, Key: stone.Key, Old: &hidden, Stone: stone.ID})
	}
	return changes, closed, ending
}

// isAmong reports whether a tombstone is one of some.
func isAmong(stone Tombstone, some []Tombstone) bool {
	return slices.ContainsFunc(some, func(t Tombstone) bool { return t.ID == stone.ID })
}
