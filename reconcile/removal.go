package reconcile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// removals plans the zones that were applied and are not in the repository any more: those of the wanted that policy retires. Of the others the
// notices tell.
func (p *Planner) removals(ctx context.Context, tree Tree, state desiredState, r remembered, wanted func(Ref) bool) (plans []ZonePlan, notices []string) {
	here := make(map[Ref]bool, len(state.zones))
	for _, zone := range state.zones {
		here[zone.Ref] = true
	}
	masses := newMasses(r.clock.Wall)
	var gone []*desiredZone
	for _, ref := range slices.SortedFunc(maps.Keys(r.known), Ref.Compare) {
		if _, ok := p.Resources[ref.Target]; ok {
			continue // no zone: see unitsOf
		}
		masses.known[ref.Target]++
		if here[ref] || state.present[ref] || state.beside[ref] {
			continue
		}
		zone := p.absent(ref)
		why := cmp.Or(p.kept(zone), state.doubt(ref))
		switch {
		case why != "" && wanted(ref):
			notices = append(notices, fmt.Sprintf("%s: not in the zones repository any more, %s", ref, why))
		case why != "":
		case wanted(ref):
			gone = append(gone, zone)
		default:
			masses.count(ref, p.leaving(zone, r))
		}
	}
	plans = make([]ZonePlan, len(gone))
	var group errgroup.Group
	group.SetLimit(parallelPlans)
	for i, zone := range gone {
		p.progress(zone.Ref, Queued)
		group.Go(func() error {
			plans[i] = p.planRemoval(ctx, tree, zone, r)
			return nil
		})
	}
	_ = group.Wait() // no member returns an error: it is in its plan
	masses.hold(plans)
	return plans, notices
}

// absent returns what there is to say of a zone that the repository does not have: the rule that would be for it, and an empty file.
func (p *Planner) absent(ref Ref) *desiredZone {
	zone := &desiredZone{Ref: ref, gone: true, rule: Rule{Policy: DefaultPolicy()}, file: &zonefile.File{Zone: zonefile.NewZone(ref.Zone)}}
	for _, rule := range p.Rules {
		if rule.matches(ref.Zone) && slices.Contains(rule.Targets, ref.Target) {
			zone.rule = rule
			break
		}
	}
	return zone
}

// kept returns why a zone that is gone from the repository is not retired, empty if it is.
func (p *Planner) kept(zone *desiredZone) string {
	target, ok := p.Targets[zone.Target]
	switch {
	case !ok:
		return fmt.Sprintf("and there is no provider %s any more; it is not managed", zone.Target)
	case !zone.rule.Policy.RetireZones:
		return "and it is served on as it is (zone_removal: keep); it is not managed"
	case !target.CanRemove:
		return "and its provider cannot remove zones; it is served on as it is, and not managed"
	}
	return ""
}

// leaves reports whether a zone is retired, if it was applied: the repository does not have it, and policy does not keep it.
func (p *Planner) leaves(state desiredState, ref Ref) bool {
	return !p.Stateless && !state.present[ref] && !state.beside[ref] && cmp.Or(p.kept(p.absent(ref)), state.doubt(ref)) == ""
}

// planRemoval plans the retirement of a zone.
func (p *Planner) planRemoval(ctx context.Context, tree Tree, zone *desiredZone, r remembered) (plan ZonePlan) {
	target := p.Targets[zone.Target]
	again := func(ctx context.Context, p *Planner, r remembered) ZonePlan { return p.planRemoval(ctx, tree, zone, r) }
	defer func() {
		if cause := recover(); cause != nil {
			plan = panicked(zone, target.System, caught(cause), again)
		}
	}()
	plan = ZonePlan{Ref: zone.Ref}
	plan.desired, plan.system, plan.why, plan.again = zone, target.System, "apply", again
	p.progress(zone.Ref, Fetching)
	defer p.progress(zone.Ref, Planned)
	live, err := target.Reader.Fetch(ctx, zone.Zone)
	if errors.Is(err, providers.ErrNoZone) {
		plan.ID, plan.open = digestChanges(zone.Ref, nil), r.open[zone.Ref]
		plan.vanished = !p.listed(ctx, zone.Ref)
		return plan
	}
	if plan.State = blockedState(err); plan.State != nil {
		plan.ID = digestChanges(zone.Ref, nil)
		return plan
	}
	if err != nil {
		plan.Err = fmt.Errorf("%s: %w", zone.Ref, err)
		return plan
	}
	in := p.input(ctx, tree, zone, live, r)
	plan.own = newOwnership(in)
	whole := Change{Kind: KindZone, Action: Retire, Key: zonefile.Key{Name: zone.Zone}, Source: zonefile.Position{File: p.Folder}, Cause: CauseGit}
	if pinned := slices.IndexFunc(in.pins, func(pin Pin) bool { return pin.Key == whole.Key }); pinned >= 0 {
		plan.Pinned = in.pins[pinned : pinned+1]
	} else if wait, still := in.wait(whole); still && in.policy.Grace > 0 {
		plan.Waiting, plan.graces = []Waiting{wait}, []Grace{in.grace(whole.Key)}
	} else {
		plan.Changes = []Change{whole}
	}
	plan.Base = baseOf(live.Zone, func(key zonefile.Key) bool { return key.Type.Signing() })
	plan.ID = digestChanges(zone.Ref, plan.Changes)
	p.made(&plan, in, zone, r)
	plan.version, plan.live, plan.Parts, plan.served = "", nil, "", live
	if len(plan.Changes) > 0 {
		plan.Holds = p.removalHolds(in, whole, live)
	}
	return plan
}

// listed reports whether the provider lists a zone, as far as it can tell: one answer that it is not there is not enough to forget it.
func (p *Planner) listed(ctx context.Context, ref Ref) bool {
	all, err := p.Targets[ref.Target].Reader.Zones(ctx)
	if errors.Is(err, providers.ErrUnsupported) {
		return false
	}
	return err != nil || slices.ContainsFunc(all, func(z providers.ZoneInfo) bool { return z.Origin == ref.Zone })
}

// removalHolds returns what holds the retirement of a zone: all of its records are lost at once.
func (p *Planner) removalHolds(in zoneInput, whole Change, live *providers.Snapshot) []Hold {
	losses := []Change{whole}
	for set := range live.Zone.All() {
		if key := set.Key; key.Type != zonefile.TypeSOA && (key.Name != in.Zone || key.Type != zonefile.TypeNS) {
			losses = append(losses, Change{Kind: KindRRset, Action: Retire, Key: key, Old: &set})
		}
	}
	g := guarded{
		ref: in.Ref, changes: losses, live: live.Zone, desired: zonefile.NewZone(in.Zone), stated: 1, known: in.known, formerly: in.formerly,
		policy: in.policy, suspended: in.suspended, keepless: in.keepless, now: in.clock.Wall, whole: true,
	}
	return g.holds()
}
