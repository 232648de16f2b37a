package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// Applier carries plans out.
type Applier struct {
	// Planner made the plans. It is used to plan again what is about to be written.
	Planner *Planner
	// Targets are the providers by name, as those of the Planner.
	Targets map[string]providers.ZoneProvider
	// Resources are the providers of resources by name, as those of the Planner.
	Resources map[string]providers.ResourceProvider
	Store     Store
	// Actor is the person or program that applies, and Reason why, empty if nobody asked; both for the audit log.
	Actor, Reason string
	// Verifiers ask the name servers of a target after an apply. A target without one is not asked.
	Verifiers map[string]Verifier
	// LockTimeout is how long is waited for another process that writes the zone. 0 is a minute.
	LockTimeout time.Duration
	// BatchTimeout bounds one write and one reading back, which a cancelled context does not interrupt. For as long after that the steps of a zone that
	// is being written go on; no further one is begun then. 0 is five minutes.
	BatchTimeout time.Duration
}

// Status says what became of the plan of a zone.
type Status string

// The statuses.
const (
	Unchanged   Status = "unchanged"   // there was nothing to do
	Applied     Status = "applied"     // all changes are live, as a second look at the provider shows
	Held        Status = "held"        // a guard holds it, and nothing was written; or its State does, and at most the zone was created
	Stale       Status = "stale"       // the zone is not what the plan was made from, and nothing was written; or what came back with the zone is not
	Conflict    Status = "conflict"    // somebody else wrote while the plan was applied
	Failed      Status = "failed"      // Err says why
	Interrupted Status = "interrupted" // not begun
)

// Refusal is what a provider does not take.
type Refusal struct {
	// Changes belong together, see [Outcome]: mostly it is one.
	Changes []Change
	Err     error
}

// Outcome is what became of the plan of one zone on one target.
type Outcome struct {
	Ref
	Status Status
	// Changes are those of the plan that are live now. After an error they are those that a second look found.
	Changes []Change
	// Written says whether the provider was written to.
	Written Written
	// Serial is that of the SOA afterwards, 0 if it is not known.
	Serial uint32
	// Refused are the changes that the provider does not take: the others were applied without them.
	Refused []Refusal
	// Skipped are retires that were not begun, since something that is new is not live.
	Skipped []Change
	// Verification is what the name servers answered, nil if they were not asked.
	Verification *Verification
	// RolledBack says that they did not serve what was applied, and the way back was applied: nothing of the plan is live.
	RolledBack bool
	// Tombstones are the ids of those of what was retired.
	Tombstones []string
	// Settled are the writes that somebody was interrupted in, of which it was found out now what had become of them.
	Settled int
	// State is nil, or the state of the zone at its provider that keeps it from being written.
	State *State
	// Deferred are the changes that still have to wait, see Applier.Converge, and Holds what holds those that would have been next.
	Deferred []Deferred
	Holds    []Hold
	// Err is set for Stale, Conflict and Failed.
	Err     error
	checked bool // its provider has looked at its resources
	// Began is when it was begun, before anything was written, and Took how long it took.
	Began time.Time
	Took  time.Duration
}

// Written says whether a provider was written to.
type Written int

const (
	// NotWritten is certain: nothing was sent, or the provider promises that it did nothing.
	NotWritten Written = iota
	// PerhapsWritten: the provider was asked to write, and did not say what became of it.
	PerhapsWritten
	// IsWritten is certain.
	IsWritten
)

// String returns "no", "perhaps" or "yes".
func (w Written) String() string {
	switch w {
	case NotWritten:
		return "no"
	case PerhapsWritten:
		return "perhaps"
	case IsWritten:
		return "yes"
	}
	return "unknown"
}

// Approval says what a person allowed when a plan is applied.
type Approval struct {
	// Overrides are the guards whose holds do not count.
	Overrides []Guard
}

// Apply carries out a plan that its Planner just made, zone by zone, several at a time, and returns one outcome for each zone of the plan, in
// its order. One zone's failure does not stop another. When ctx is done no further zone is begun; those being written are finished, see BatchTimeout.
func (a *Applier) Apply(ctx context.Context, tree Tree, plan *Plan, approval Approval) []Outcome {
	outcomes := make([]Outcome, len(plan.Zones))
	for i := range plan.Zones {
		if plan.Zones[i].begins(approval) {
			a.Planner.progress(plan.Zones[i].Ref, Queued)
		}
	}
	var group errgroup.Group
	group.SetLimit(parallelPlans)
	for i := range plan.Zones {
		group.Go(func() error {
			start, began := time.Now(), a.now()
			outcomes[i] = a.applyZone(ctx, tree, &plan.Zones[i], approval)
			outcomes[i].Ref, outcomes[i].Began, outcomes[i].Took = plan.Zones[i].Ref, began, time.Since(start)
			return nil
		})
	}
	_ = group.Wait() // no member returns an error: it is in its outcome
	a.record(ctx, tree, plan, outcomes)
	a.expire(ctx, tree, plan)
	return outcomes
}

// begins reports whether applying the plan comes to looking at the live zone again.
func (z *ZonePlan) begins(approval Approval) bool {
	return z.Err == nil && z.State == nil && !z.Unmoved && (z.open || len(z.Changes) > 0) && !z.Held(approval)
}

// applyZone applies one zone plan.
func (a *Applier) applyZone(ctx context.Context, tree Tree, plan *ZonePlan, approval Approval) Outcome {
	w := zoneWrite{Applier: a, plan: plan, tree: tree, provider: a.Targets[plan.Target], approval: approval}
	switch {
	case errors.Is(plan.Err, ErrStale):
		return Outcome{Status: Stale, Err: plan.Err}
	case plan.Err != nil:
		return Outcome{Status: Failed, Err: plan.Err}
	case plan.Unmoved:
		return Outcome{Status: Unchanged}
	case plan.State != nil:
		return Outcome{Status: Held, State: plan.State, Err: a.prove(ctx, plan)}
	case plan.unit != nil && len(plan.Changes) == 0 && !plan.open:
		return a.noteAlone(ctx, tree, plan)
	case len(plan.Changes) == 0 && !plan.open:
		return w.settleAlone(ctx)
	case plan.Held(approval) && plan.why != "apply":
		return Outcome{Status: Held}
	case plan.Held(approval):
		plan.keepGraces()
		return Outcome{Status: Held, Err: a.lookAt(ctx, tree, plan)}
	case ctx.Err() != nil:
		return Outcome{Status: Interrupted, Err: ctx.Err()}
	}
	if plan.unit != nil {
		return a.applyUnit(ctx, tree, plan, approval)
	}
	outcome := w.run(ctx)
	a.Planner.progress(plan.Ref, Finished)
	return outcome
}

// settle brings the store up to date for a zone without changes. If there is something to note that another process may have noted, the lock of the zone is
// held. A rollback suspends it all the same: git would undo what is live.
func (a *Applier) settle(ctx context.Context, tree Tree, plan *ZonePlan) Outcome {
	if err := a.note(ctx, tree, plan); err != nil {
		return Outcome{Status: Failed, Err: fmt.Errorf("note what is applied to %s: %w", plan.Ref, err)}
	}
	if err := a.keepBack(ctx, plan); err != nil {
		return Outcome{Status: Failed, Err: fmt.Errorf("suspend %s: %w", plan.Ref, err)}
	}
	return Outcome{Status: Unchanged}
}

// keepBack puts the suspension in force that comes with a plan. One that somebody made of the same scope stays, as it does not end with the zone file.
func (a *Applier) keepBack(ctx context.Context, plan *ZonePlan) error {
	if plan.suspend == nil {
		return nil
	}
	overview, err := a.Store.Overview(ctx, plan.Ref)
	if err != nil {
		return err
	}
	now := overview.Clock.Next(a.Planner.clock())
	for _, s := range overview.Suspensions {
		if s.Scope == plan.suspend.Scope && s.File.IsZero() && !now.Over(s.Since, s.Until) {
			return nil
		}
	}
	suspend := *plan.suspend
	suspend.Since = a.now() // not the second of the plan, which may be before the last write: the audit log is in the order of time
	return a.Store.Suspend(ctx, suspend)
}

func (a *Applier) note(ctx context.Context, tree Tree, plan *ZonePlan) error {
	state := AppliedState{System: plan.system, Commit: tree.Revision}
	switch {
	case plan.vanished:
		return a.Store.Forget(ctx, plan.Ref)
	case !plan.known && plan.live != nil && !a.Planner.Stateless:
		if err := a.noteAll(ctx, plan, state); err != nil {
			return err
		}
	}
	return a.lookAt(ctx, tree, plan)
}

// noteAll notes what is ours of a zone as applied that nothing was known of, unless somebody else has done so since the plan was made. The lock of the zone is held.
func (a *Applier) noteAll(ctx context.Context, plan *ZonePlan, state AppliedState) error {
	r, err := a.Planner.remember(ctx, plan.Ref)
	if err != nil || r.has(plan.Ref) && r.known[plan.Ref].System == plan.system {
		return err
	}
	if len(plan.graces) == 0 { // with which the mark would be noted
		state.Mark = plan.mark(a.Planner.Version, a.now())
	}
	if err := a.Store.SetApplied(ctx, plan.Ref, state, plan.ours(plan.live)); err != nil {
		return err
	}
	plan.marked = state.Mark
	return nil
}

// lookAt notes what changes by looking at a zone, without a write to its provider: the graces that begin and end, the pins and the
// suspension that are over, the tombstones that have expired.
func (a *Applier) lookAt(ctx context.Context, tree Tree, plan *ZonePlan) error {
	if err := a.close(ctx, tree, plan); err != nil {
		return err
	}
	if len(plan.ended) > 0 {
		if err := a.Store.Unpin(ctx, plan.ended); err != nil {
			return err
		}
	}
	if plan.released && plan.why == "apply" {
		if _, err := a.Store.Resume(ctx, Scope{plan.Zone, plan.Target}, a.now(), a.Actor, "its zone file has changed"); err != nil {
			return err
		}
	}
	if mark := plan.mark(a.Planner.Version, a.now()); plan.gracesMoved || mark != plan.marked {
		return a.Store.Look(ctx, plan.Ref, mark, plan.graces)
	}
	return nil
}

// keepGraces has the graces stay that are over: what a guard holds has not left, and is not to wait for its grace once more when nothing holds it.
func (z *ZonePlan) keepGraces() {
	for _, c := range z.Changes {
		if g, ok := z.leaving[c.Key]; ok && c.Action == Retire && !slices.Contains(z.graces, g) {
			z.graces = append(z.graces, g)
		}
	}
	z.gracesMoved = !sameGraces(z.graces, z.leaving)
}

// close ends the tombstones of a plan for which nothing has to be done at a provider. The audit log has who did it, as of those for which something has.
func (a *Applier) close(ctx context.Context, tree Tree, plan *ZonePlan) error {
	if len(plan.expired) == 0 {
		return nil
	}
	if err := a.Store.CloseTombstones(ctx, plan.expired, Purged, a.now()); err != nil {
		return err
	}
	in := Intent{Ref: plan.Ref, Writer: a.writer(tree), System: plan.system, Why: "purge", At: a.now()}
	for _, stone := range plan.stones {
		if !slices.Contains(plan.expired, stone.ID) {
			continue
		}
		change := Change{Kind: stone.Kind, Action: Purge, Key: stone.Key, Stone: stone.ID}
		switch stone.Kind {
		case KindRRset:
			change.Old = &stone.RRset
		case KindResource:
			change.Resource = &ResourceChange{Kind: stone.Resource}
		case KindZone, KindProperty:
		}
		in.Changes = append(in.Changes, change)
	}
	return a.Store.Note(ctx, in)
}

// mark returns the mark of the state that both sides are in, empty if they are not equal or the plan has something to say all the same. What a plan does
// that does not come from git leaves nobody knows which difference behind. The mark that the store has stays for half of its time.
func (z *ZonePlan) mark(program string, now time.Time) string {
	if z.desired.gives != nil || z.desired.parent != nil || len(z.Deferred) > 0 { // what it is to be does not follow from its file alone
		return ""
	}
	if z.why != "apply" || len(z.Waiting)+len(z.Drift)+len(z.Pinned)+len(z.pins)+len(z.Warnings) > 0 {
		return ""
	}
	state := z.desired.state(z.version, z.system, program)
	if state != "" && marked(z.marked, state, now, markLasts/2) {
		return z.marked
	}
	return markOf(state, now)
}

// ours returns what of a live zone is to be noted as applied if nothing was noted before: the RRsets that are not foreign, and if policy has
// only what zoneward writes as its own, those that the zone file states.
func (z *ZonePlan) ours(live *zonefile.Zone) *zonefile.Zone {
	if z.own.policy.Additive {
		return z.taken(live, z.own.file.Zone.Has)
	}
	return z.taken(live, func(zonefile.Key) bool { return true })
}

// taken returns the RRsets of a live zone that are not foreign and are wanted.
func (z *ZonePlan) taken(live *zonefile.Zone, wanted func(zonefile.Key) bool) *zonefile.Zone {
	b := zonefile.NewBuilder(z.Zone)
	for set := range live.All() {
		if !z.own.foreign(set.Key) && wanted(set.Key) {
			_ = b.AddRRset(set) // it is from a zone of the same origin
		}
	}
	return b.Zone()
}

// Held reports whether a guard holds the plan that the approval does not override.
func (z *ZonePlan) Held(approval Approval) bool {
	return slices.ContainsFunc(z.Holds, func(h Hold) bool { return !slices.Contains(approval.Overrides, h.Guard) })
}

// record notes the plans of zones that had something to do, and what became of them. A store that cannot take them has said so with the writes.
func (a *Applier) record(ctx context.Context, tree Tree, plan *Plan, outcomes []Outcome) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	if now := plan.clock.Next(a.Planner.clock()); !plan.clock.Wall.IsZero() && plan.clockStale(now) {
		// As it is now: it may have been set while the plan was applied, and what was written then is dated by it.
		_ = a.Store.SetClock(ctx, now)
	}
	id := plan.ID()
	for i, o := range outcomes {
		z := &plan.Zones[i]
		if o.Status == Unchanged || o.Status == Interrupted {
			continue
		}
		record := PlanRecord{
			Ref: z.Ref, ID: z.ID, Plan: id, Base: z.Base, Writer: a.writer(tree), At: a.now(), Status: o.Status,
			Changes: len(z.Changes), Live: len(o.Changes), Holds: z.Holds,
		}
		if o.Err != nil {
			record.Err = o.Err.Error()
		}
		_ = a.Store.RecordPlan(ctx, record)
	}
}

// clockKeeps is how long a clock that was noted says enough: it is a durable write, and there may be many zones in a second.
const clockKeeps = 10 * time.Second

// clockStale reports whether it is time to note how the clocks stand.
func (p *Plan) clockStale(now Clock) bool {
	passed := now.Wall.Sub(p.noted.Wall)
	return p.noted.Wall.IsZero() || passed < 0 || passed >= clockKeeps || now.Boot != p.noted.Boot || len(now.Jumps) != len(p.noted.Jumps) ||
		now.Doubted.IsZero() != p.noted.Doubted.IsZero()
}

// now is the time of the wall clock.
func (a *Applier) now() time.Time { return a.Planner.clock().Wall.UTC() }

func (a *Applier) writer(tree Tree) Writer {
	return Writer{Actor: a.Actor, Commit: tree.Revision, Author: tree.Author}
}
