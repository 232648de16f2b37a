package reconcile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// planZone fetches one zone and plans it.
func (p *Planner) planZone(ctx context.Context, tree Tree, zone *desiredZone, r remembered, down *breaker) (plan ZonePlan) {
	target, ok := p.Targets[zone.Target]
	if zone.pointed != nil && zone.neighbours == nil {
		zone = zone.among(p.neighbours(nil))
	}
	again := func(ctx context.Context, p *Planner, r remembered) ZonePlan {
		return p.planZone(ctx, tree, zone, r, &breaker{})
	}
	defer func() {
		if cause := recover(); cause != nil {
			plan = panicked(zone, target.System, caught(cause), again)
		}
	}()
	plan = ZonePlan{Ref: zone.Ref}
	var unread error // of the live zone; a file that it names is none of the zones repository
	switch {
	case !ok:
		plan.Err = fmt.Errorf("%s: there is no provider of that name", zone.Ref)
	case zone.err != nil:
		plan.Err = zone.err
	case zone.file.Err() != nil:
		plan = planZone(zoneInput{Ref: zone.Ref, file: zone.file})
	default:
		live, kept, err := p.fetch(ctx, zone, target, down)
		if plan.State = blockedState(err); plan.State != nil {
			plan.ID = digestChanges(zone.Ref, nil)
			break
		}
		if err != nil {
			unread = fmt.Errorf("%s: %w", zone.Ref, err)
			break
		}
		in := p.input(ctx, tree, zone, live, r)
		in.kept = kept
		plan = planZone(in)
		p.made(&plan, in, zone, r)
	}
	p.locate(&plan)
	plan.Err = cmp.Or(plan.Err, unread)
	plan.desired, plan.system, plan.why = zone, target.System, "apply"
	plan.again = again
	if plan.Err != nil {
		plan.ID, plan.Base = zonefile.Digest{}, zonefile.Digest{}
	}
	return plan
}

// input returns what the plan of a zone is made of.
func (p *Planner) input(ctx context.Context, tree Tree, zone *desiredZone, live *providers.Snapshot, r remembered) zoneInput {
	target, known := p.Targets[zone.Target], r.known[zone.Ref]
	in := zoneInput{
		Ref: zone.Ref, file: zone.file, source: zone.source, gone: zone.gone, live: live, policy: zone.rule.Policy, normalize: target.Reader.Normalize,
		known: p.Stateless || r.has(zone.Ref) && known.System == target.System, keepless: p.Keepless,
		clock: r.clock, graces: r.graces[zone.Ref], writer: Writer{Commit: tree.Revision, Author: tree.Author},
		kind: zone.rule.Kind, declared: zone.rule.Properties, normalizeProperties: target.NormalizeProperties,
		canPurge: target.CanPurge, gives: zone.gives, parent: zone.parent, pointed: zone.pointed, folder: p.Folder,
	}
	in.served = func(refs []Ref) (map[Ref]bool, error) { return p.stillServed(ctx, refs) }
	if zone.neighbours != nil {
		in.neighbour, in.leaves = func(ref Ref) (neighbour, error) { return zone.neighbours.live(ctx, ref) }, zone.neighbours.leaves
	}
	in.suspended, in.pins = r.suspended(zone), r.pinned(zone)
	switch {
	case in.known:
	case r.has(zone.Ref):
		in.formerly = known.System
	case r.open[zone.Ref]:
		in.known = p.creating(ctx, zone.Ref, target.System) && live != nil && zone.made(live.Zone)
	}
	if first, ok := r.standing[zone.Ref]; ok {
		in.purging = r.clock.Due(first)
	}
	if !p.Stateless {
		in.applied = func(keys []zonefile.Key) (map[zonefile.Key]zonefile.RRset, error) {
			return p.Store.AppliedAt(ctx, zone.Ref, keys)
		}
	}
	in.stones = func() ([]Tombstone, error) {
		if _, standing := r.standing[zone.Ref]; !standing {
			return nil, nil
		}
		return p.Store.Tombstones(ctx, TombstoneQuery{Zone: zone.Zone, Target: zone.Target})
	}
	return in
}

// creating reports whether somebody was interrupted creating the zone there.
func (p *Planner) creating(ctx context.Context, ref Ref, system string) bool {
	intents, err := p.Store.Open(ctx, ref)
	return err == nil && slices.ContainsFunc(intents, func(i Intent) bool { return i.System == system && creates(i) })
}

// made notes in a plan what applying it needs to know.
func (p *Planner) made(plan *ZonePlan, in zoneInput, zone *desiredZone, r remembered) {
	known := r.known[zone.Ref]
	plan.known, plan.open, plan.marked = in.known, r.open[zone.Ref], known.Mark
	for _, pin := range r.pins[zone.Ref] {
		if !slices.Contains(in.pins, pin) {
			plan.ended = append(plan.ended, pin)
		}
	}
	plan.released = r.released(zone)
	plan.leaving = in.graces
	plan.gracesMoved = !sameGraces(plan.graces, in.graces)
	if plan.Err != nil || in.live == nil {
		return
	}
	if !plan.known {
		plan.live = in.live.Zone
	}
	if len(plan.Changes) == 0 {
		plan.version = in.live.Version
	}
	plan.Parts = p.parts(plan, in)
}

// fetch returns the live zone, nil if the target does not have it and it is to be created. kept says that creating it brings back the one that was removed.
func (p *Planner) fetch(ctx context.Context, zone *desiredZone, target Target, down *breaker) (live *providers.Snapshot, kept bool, err error) {
	if err := down.open(); err != nil {
		return nil, false, err
	}
	live, err = target.Reader.Fetch(ctx, zone.Zone)
	down.note(err)
	if errors.Is(err, providers.ErrNoZone) {
		return nil, isKept(err), p.mayCreate(zone, target, err)
	}
	return live, false, err
}

// mayCreate returns nil if a zone that a target does not have is to be created there, and otherwise why it is not.
func (p *Planner) mayCreate(zone *desiredZone, target Target, missing error) error {
	create := target.CreateZones
	if zone.rule.CreateZone != nil {
		create = *zone.rule.CreateZone
	}
	switch {
	case !create:
		return fmt.Errorf("%w; create it there, or set create_zone: true in its rule", missing)
	case !target.CanCreate:
		return fmt.Errorf("%w, and zones cannot be created through it", missing)
	}
	return nil
}
