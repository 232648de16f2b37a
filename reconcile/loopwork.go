package reconcile

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/zoneward/zoneward/providers"
)

// work plans a group once and brings live what may be. still says that nothing may end by the time alone.
func (l *Loop) work(ctx context.Context, g *group, tree Tree, one *queued, waited time.Duration, still bool) {
	round := Round{Trigger: one.trigger, Start: time.Now(), Waited: waited, Revision: tree.Revision, Author: tree.Author}
	applier, planner := *l.Applier, *l.Applier.Planner
	planner.still = still
	applier.Planner = &planner
	r, err := planner.remember(ctx, g.wanted()...)
	if err == nil {
		round.Plan, err = planner.plan(ctx, tree, g.state, r, g.has)
	}
	round.Planned = time.Since(round.Start)
	if round.Err = err; err != nil {
		answerAll(one.asked, nil, nil, err)
	} else {
		began := time.Now()
		round.Outcomes = l.apply(ctx, &applier, tree, round.Plan, one.asked)
		round.Applied = time.Since(began)
	}
	stones := l.countStones(ctx, g, r, round)
	l.mu.Lock()
	l.record(ctx, g, r, round, stones)
	l.await(round, one.turn)
	for _, ref := range g.refs {
		delete(l.busy, ref)
	}
	l.queue.done(one)
	for _, other := range l.parked {
		l.requeue(other)
	}
	l.parked = nil
	l.mu.Unlock()
	l.report(ctx, round)
	if l.OnRound != nil {
		l.OnRound(round)
	}
	l.wake()
}

// record notes what became of a group, and when its members are to be looked at again.
func (l *Loop) record(ctx context.Context, g *group, r remembered, round Round, stones map[Ref]stoneCount) {
	if round.Err != nil {
		for _, ref := range g.refs {
			if z := l.zone(ref); ctx.Err() == nil {
				z.Attempted, z.Err = round.Start, round.Err
				z.Failures++
				l.meet(appointment{time.Now().Add(backoff(z.Failures)), ref, TriggerRetry})
			}
		}
		return
	}
	planned := make(map[Ref]bool, len(round.Outcomes))
	now := time.Now()
	for i, o := range round.Outcomes {
		planned[o.Ref] = true
		l.recordZone(&round.Plan.Zones[i], o, round, now)
	}
	for _, ref := range g.refs {
		z := l.zone(ref)
		z.Tombstones, z.Expired = stones[ref].standing, stones[ref].expired
		_, standing := r.standing[ref]
		if g.gone && !planned[ref] && !r.has(ref) && !standing && !g.state.present[ref] && !l.state.present[ref] { // nor is it back
			l.forget(ref)
			continue
		}
		if at := later(r.standing[ref], r.clock.Doubted); standing && z.Failures == 0 && (r.clock.Still || at.After(r.clock.Wall)) {
			l.meet(appointment{at, ref, TriggerDue})
		}
		l.meet(appointment{now.Add(vary(l.driftInterval(g))), ref, TriggerDrift})
	}
}

// recordZone notes what became of a zone, and when it is to be looked at again because of that.
func (l *Loop) recordZone(plan *ZonePlan, o Outcome, round Round, now time.Time) {
	if o.Status == Interrupted {
		return
	}
	z := l.zone(o.Ref)
	if !plan.unreviewed || round.Trigger.urgent() {
		delete(l.unreviewed, o.Ref)
	}
	z.Status, z.Err, z.Attempted, z.Revision = o.Status, o.Err, round.Start, round.Revision
	z.Suspended = plan.heldBy(GuardSuspended)
	z.Plan = plan.told(o)
	if plan.Err == nil && plan.State == nil && !plan.Unmoved && plan.desired != nil && plan.desired.file != nil {
		z.Foreign, z.Managed = plan.Foreign, plan.desired.file.Zone.Len()
	}
	if at := plan.nextEnd(l.Applier.now()); !at.IsZero() {
		l.meet(appointment{later(at, round.Plan.clock.Doubted), o.Ref, TriggerDue})
	}
	switch o.Status {
	case Applied, Unchanged:
		z.Succeeded, z.Failures = now, 0
	case Held:
		z.Failures = 0
		if end, passing := plan.heldUntil(l.Applier.now()); passing {
			switch {
			case end.IsZero() && plan.unreviewed:
				end = now.Add(vary(l.patience(o.Ref)))
			case end.IsZero():
				end = now.Add(vary(l.Interval))
			}
			l.meet(appointment{end, o.Ref, TriggerDue})
		}
	case Failed, Stale, Conflict:
		z.Failures++
		if plan.desired != nil && plan.desired.broken() || isRefused(o.Err) { // and will be again until the file is another one
			return
		}
		wait := backoff(z.Failures)
		if busy, ok := errors.AsType[*providers.BusyError](o.Err); ok {
			wait = max(wait, busy.After)
		}
		l.meet(appointment{now.Add(wait), o.Ref, TriggerRetry})
	case Interrupted:
	}
}

// patience is how long it is until a zone is looked at again that no review was found for: twice as long each time, since a merge that the forge did not know of
// yet it knows soon, and with what nobody will ever review a provider and a forge are not to be asked all the time.
func (l *Loop) patience(ref Ref) time.Duration {
	wait := max(l.Interval, min(2*l.unreviewed[ref], lastRetry))
	l.unreviewed[ref] = wait
	return wait
}

// meet makes an appointment, unless there is an earlier one. One whose time has come already although it was just looked at is put off: the clocks differ
// about it.
func (l *Loop) meet(a appointment) {
	now := time.Now()
	if !a.at.After(now) {
		a.at = now.Add(soon)
	}
	a.at = now.Add(a.at.Sub(now)) // by the steady clock, as all are: otherwise their order would change when the wall clock is set
	if other, ok := l.diary.of[a.ref]; !ok || a.at.Before(other.at) {
		l.diary.set(a)
	}
}

// Bounds of the time after which something is tried again that came to nothing.
const (
	firstRetry = 2 * time.Second
	lastRetry  = 10 * time.Minute
)

// backoff returns how long is waited after so many failures in a row.
func backoff(failures int) time.Duration {
	wait := firstRetry
	for range min(failures, 20) - 1 {
		wait = min(2*wait, lastRetry)
	}
	return vary(wait)
}

func isRefused(err error) bool {
	_, ok := errors.AsType[*RefusedError](err)
	return ok
}

// unhurried is when resources that are not ready are looked at again: their providers take their time.
const unhurried = 5 * time.Minute

// soon is when a plan is looked at again that waits for what comes at no certain time.
const soon = time.Minute

// nextEnd returns when the first of what waits or is pinned ends, the zero time if nothing does.
func (z *ZonePlan) nextEnd(now time.Time) time.Time {
	var next time.Time
	sooner := func(at time.Time) {
		if next.IsZero() || at.Before(next) {
			next = at
		}
	}
	for _, w := range z.Waiting {
		sooner(w.Until)
	}
	for _, p := range z.Pinned {
		sooner(p.Until)
	}
	for _, d := range z.Deferred {
		if d.on != (Ref{}) { // see Loop.await
			continue
		}
		if d.Until.IsZero() {
			d.Until = now.Add(soon)
		}
		sooner(d.Until)
	}
	if slices.ContainsFunc(z.Resources, func(v ResourceView) bool { return v.Status.Phase == providers.Pending }) || z.heldBy(GuardRegistrationBlocked) {
		sooner(now.Add(unhurried))
	}
	return next
}

// heldUntil reports whether what holds a plan ends without a change of its zone file, and nobody says when it does: a window closes, the provider lets the zone
// be written. until is when it does if that is known, and zero otherwise. That a suspension has ended is seen without looking at the zone.
func (z *ZonePlan) heldUntil(now time.Time) (until time.Time, passing bool) {
	if z.heldBy(GuardFreeze) {
		_, until = z.desired.rule.Policy.Freeze.Closed(now)
		return until, true
	}
	return time.Time{}, z.State != nil || z.unreviewed ||
		slices.ContainsFunc(z.Holds, func(h Hold) bool { return passes(h.Guard) || h.Guard == GuardRegistrationBlocked })
}

// told returns what there is to say of a plan, without what it was made from; nil if there is nothing.
func (z *ZonePlan) told(o Outcome) *ZonePlan {
	plan := *z
	plan.provenance = provenance{}
	if o.Status == Applied && len(o.Changes) == len(z.Changes) && len(o.Refused) == 0 { // then it is not to be done any more
		plan.Changes, plan.Holds = nil, nil
		plan.ID = digestPlan(&plan)
	}
	if plan.Err == nil && plan.State == nil &&
		len(plan.Changes)+len(plan.Holds)+len(plan.Warnings)+len(plan.Pinned)+len(plan.Waiting)+len(plan.Drift)+len(plan.Deferred)+len(plan.Resources) == 0 {
		return nil
	}
	return &plan
}

// stoneCount counts tombstones.
type stoneCount struct{ standing, expired int }

// countStones counts the tombstones of the members of a group that have some.
func (l *Loop) countStones(ctx context.Context, g *group, r remembered, round Round) map[Ref]stoneCount {
	all := map[Ref]stoneCount{}
	has := map[Ref]bool{}
	for _, o := range round.Outcomes {
		has[o.Ref] = len(o.Tombstones) > 0
	}
	for _, ref := range g.refs {
		if _, standing := r.standing[ref]; !standing && !has[ref] {
			continue
		}
		stones, err := l.Applier.Store.Tombstones(ctx, TombstoneQuery{Zone: ref.Zone, Target: ref.Target})
		if err != nil && len(stones) == 0 {
			continue
		}
		count := stoneCount{standing: len(stones)}
		for _, stone := range stones {
			if r.clock.Over(stone.BuriedAt, stone.PurgeAt) {
				count.expired++
			}
		}
		all[ref] = count
	}
	return all
}
