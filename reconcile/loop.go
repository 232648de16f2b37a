package reconcile

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// Loop keeps live equal to desired: it looks for a new state of the zones repository again and again, plans the zones that have changed,
// applies what no guard holds, and now and then goes through all zones to correct what was changed elsewhere.
type Loop struct {
	Source  Source
	Applier *Applier
	// Interval is the time from one look at the source to the next; it varies by a tenth so that many programs do not ask at once.
	Interval time.Duration
	// DriftInterval is the time from one pass over all zones to the next, with the same variation.
	DriftInterval time.Duration
	Log           *slog.Logger
	// Observe is called after each round, and may be nil.
	Observe func(Round)

	tree    Tree
	state   desiredState
	done    map[Ref]zonefile.Digest // the state of each zone's file that needs nothing more until it is due, or the next full pass
	due     map[Ref]time.Time       // when a zone is to be looked at again although its file is as it was: a grace or a pin ends
	said    map[Ref]string          // what was last logged of a zone, so that it is not said again and again
	notices map[string]bool
	failure string    // of the last round as a whole, not to say it again and again
	full    time.Time // when the next full pass is due
}

// Round is what the loop did once.
type Round struct {
	Start    time.Time
	Took     time.Duration
	Revision string // of the source; empty if it could not be read
	Full     bool   // all zones were gone through
	Plan     *Plan  // nil if there was nothing to plan
	Outcomes []Outcome
	// Err is why the round as a whole failed: then no zone was touched.
	Err error
}

// Run works until ctx is done: what it is writing then is finished first. The first round goes through all zones.
func (l *Loop) Run(ctx context.Context) {
	l.due = map[Ref]time.Time{}
	l.done, l.said, l.notices = map[Ref]zonefile.Digest{}, map[Ref]string{}, map[string]bool{}
	for ctx.Err() == nil {
		round := l.round(ctx)
		l.report(ctx, round)
		wait := vary(l.Interval)
		if round.Err == nil {
			wait = min(wait, max(time.Until(l.full), time.Second))
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-l.Source.Changed():
		}
		timer.Stop()
	}
}

// vary returns d more or less a tenth.
func vary(d time.Duration) time.Duration {
	if d < 10 {
		return d
	}
	return d - d/10 + rand.N(d/5)
}

// round looks at the source once and brings live what has changed.
func (l *Loop) round(ctx context.Context) (r Round) {
	r.Start = time.Now()
	defer func() { r.Took = time.Since(r.Start) }()
	tree, err := l.Source.Tree(ctx)
	if err != nil {
		r.Err = err
		return r
	}
	r.Revision = tree.Revision
	if tree.Revision != l.tree.Revision {
		state, err := l.Applier.Planner.read(ctx, tree, Selection{})
		if err != nil {
			r.Err = err
			return r
		}
		if len(goneUnits(l.state.domains, state.domains)) > 0 {
			l.full = r.Start // what was published of them is seen where all is gone through
		}
		l.tree, l.state = tree, state
	}
	if l.goneDue(l.Applier.now()) {
		l.full = r.Start
	}
	state := l.state
	if r.Full = !r.Start.Before(l.full); !r.Full {
		state.zones, state.domains.units = l.pending(l.Applier.now())
	}
	if len(state.zones)+len(state.domains.units) == 0 {
		return r
	}
	var also func(Ref) bool
	if r.Full {
		also = Selection{}.Has
	}
	planner := *l.Applier.Planner
	planner.Thorough = r.Full
	known, err := planner.remember(ctx)
	if err != nil {
		r.Err = err
		return r
	}
	if r.Plan, err = planner.plan(ctx, l.tree, state, known, also); err != nil {
		r.Err = err
		return r
	}
	r.Outcomes = l.Applier.Apply(ctx, l.tree, r.Plan, Approval{})
	for i, o := range r.Outcomes {
		zone := r.Plan.Zones[i].desired
		delete(l.due, o.Ref)
		if at := r.Plan.Zones[i].nextEnd(l.Applier.now()); !at.IsZero() {
			l.due[o.Ref] = at
		}
		_, refused := errors.AsType[*RefusedError](o.Err) // and will be refused again
		if o.Status == Applied || o.Status == Unchanged || o.Status == Held && !r.Plan.Zones[i].heldForNow() || zone.broken() || refused {
			l.done[o.Ref] = zone.digest()
		} else {
			delete(l.done, o.Ref)
		}
	}
	if r.Full && ctx.Err() == nil {
		l.full = r.Start.Add(vary(l.DriftInterval))
	}
	return r
}

// goneDue reports whether something is due of what the zones repository does not have any more: only a pass over all finds it.
func (l *Loop) goneDue(now time.Time) bool {
	here := map[Ref]bool{}
	for _, zone := range slices.Concat(l.state.zones, l.state.domains.units) {
		here[zone.Ref] = true
	}
	for ref, due := range l.due {
		if !here[ref] && !now.Before(due) {
			return true
		}
	}
	return false
}

// goneUnits returns which resources of domains are not declared any more.
func goneUnits(before, now domains) []*desiredZone {
	return having(before.units, func(unit *desiredZone) bool {
		return !slices.ContainsFunc(now.units, func(other *desiredZone) bool { return other.Ref == unit.Ref })
	})
}

// pending returns the zones, and the resources of domains, whose files have changed since they were done with, and those that are to be tried again, on all of
// their targets. What may have to do with one of them is among it: a zone is never planned without the resources that give it records.
func (l *Loop) pending(now time.Time) (zones, units []*desiredZone) {
	open := map[zonefile.Name]bool{}
	for _, zone := range slices.Concat(l.state.zones, l.state.domains.units) {
		done, ok := l.done[zone.Ref]
		due, ends := l.due[zone.Ref]
		if !ok || done != zone.digest() || ends && !now.Before(due) {
			open[zone.Zone] = true
		}
	}
	if len(open) == 0 {
		return nil, nil
	}
	for grown := len(l.state.domains.units) > 0; grown; {
		grown = false
		for _, unit := range l.state.domains.units {
			for _, zone := range l.state.zones {
				if concerned(unit.Zone, zone.Zone) && open[unit.Zone] != open[zone.Zone] {
					open[unit.Zone], open[zone.Zone], grown = true, true, true
				}
			}
		}
	}
	isOpen := func(d *desiredZone) bool { return open[d.Zone] }
	return having(l.state.zones, isOpen), having(l.state.domains.units, isOpen)
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

// heldForNow reports whether what holds a plan ends without a change of its zone file: a suspension is lifted, a window closes, the provider lets the zone
// be written.
func (z *ZonePlan) heldForNow() bool {
	return z.heldBy(GuardSuspended) || z.heldBy(GuardFreeze) || z.State != nil ||
		slices.ContainsFunc(z.Holds, func(h Hold) bool { return passes(h.Guard) || h.Guard == GuardRegistrationBlocked })
}

// report logs what a round did, and what it could not do when that is new, and tells who observes.
func (l *Loop) report(ctx context.Context, r Round) {
	if r.Err != nil {
		if ctx.Err() != nil && errors.Is(r.Err, ctx.Err()) {
			return
		}
		if text := r.Err.Error(); text != l.failure {
			l.failure = text
			l.Log.Error("round failed, nothing was touched", "commit", r.Revision, "err", r.Err)
		}
	} else {
		l.failure = ""
	}
	if r.Plan != nil {
		for _, notice := range r.Plan.Notices {
			if !l.notices[notice] {
				l.notices[notice] = true
				l.Log.Warn("not managed", "notice", notice)
			}
		}
	}
	for i, o := range r.Outcomes {
		l.reportZone(r, &r.Plan.Zones[i], o)
	}
	if l.Observe != nil {
		l.Observe(r)
	}
}
