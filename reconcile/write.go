package reconcile

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// zoneWrite is the application of one zone plan: keep others out, say what became of writes that were interrupted, fetch again and compare,
// and then step by step: note the intent and bury, write, read back and compare, note the outcome.
type zoneWrite struct {
	*Applier
	plan     *ZonePlan
	tree     Tree
	provider providers.ZoneProvider
	approval Approval
}

// run applies the plan. Until the first write ctx ends it; from then on what was begun is finished and noted.
func (w zoneWrite) run(ctx context.Context) Outcome {
	release, err := w.lock(ctx)
	switch {
	case err != nil && ctx.Err() != nil:
		return Outcome{Status: Interrupted, Err: err}
	case err != nil:
		return Outcome{Status: Failed, Err: err}
	}
	defer release()
	before, settled, err := w.refetch(ctx)
	outcome := w.carryOut(ctx, before, err)
	outcome.Settled = settled
	return outcome
}

// settleAlone is settle for a zone that needs no write, with the lock where it is wanted.
func (w zoneWrite) settleAlone(ctx context.Context) Outcome {
	if !w.plan.known && w.plan.live != nil && !w.Planner.Stateless {
		release, err := w.lock(ctx)
		if err != nil {
			return Outcome{Status: Failed, Err: err}
		}
		defer release()
	}
	return w.settle(ctx, w.tree, w.plan)
}

// carryOut writes the plan, and has the name servers asked. before and err are what refetch returned.
func (w zoneWrite) carryOut(ctx context.Context, before *providers.Snapshot, err error) Outcome {
	switch {
	case err != nil && ctx.Err() != nil:
		return Outcome{Status: Interrupted, Err: err}
	case blockedState(err) != nil: // since it was planned
		return Outcome{Status: Held, State: blockedState(err)}
	case errors.Is(err, ErrStale):
		return Outcome{Status: Stale, Err: err}
	case err != nil:
		return Outcome{Status: Failed, Err: err}
	case len(w.plan.Changes) == 0:
		return w.settle(ctx, w.tree, w.plan)
	}
	// What is not begun stays undone when ctx ends; what is begun is finished.
	outcome, after := w.write(ctx, before)
	if outcome.Status == Applied {
		w.verify(ctx, &outcome, after)
	}
	return outcome
}

// lock waits until nobody else writes the zone.
func (w zoneWrite) lock(ctx context.Context) (release func(), err error) {
	timeout := w.LockTimeout
	if timeout == 0 {
		timeout = time.Minute
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	w.Planner.progress(w.plan.Ref, Locking)
	if release, err = w.Store.Lock(ctx, w.plan.Ref); err != nil {
		return nil, fmt.Errorf("%s: wait for whoever writes it: %w", w.plan.Ref, err)
	}
	return release, nil
}

// unhurried returns a context that goes on when ctx is cancelled, for BatchTimeout at most.
func (w zoneWrite) unhurried(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), cmp.Or(w.BatchTimeout, batchTimeout))
}

// lasting returns a context that ends BatchTimeout after ctx does: until then what was begun goes on.
func (w zoneWrite) lasting(ctx context.Context) (context.Context, context.CancelFunc) {
	lasting, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		timer := time.AfterFunc(cmp.Or(w.BatchTimeout, batchTimeout), func() { cancel(context.Cause(ctx)) })
		context.AfterFunc(lasting, func() { timer.Stop() })
	})
	return lasting, func() { stop(); cancel(context.Canceled) }
}

// batchTimeout is the BatchTimeout if none is given.
const batchTimeout = 5 * time.Minute

// refetch plans the zone again, from what is live and what the store has now. It returns the live zone if that gives the same plan from the same
// base, nil if the plan is to create the zone, and otherwise an error that wraps ErrStale. settled is the number of interrupted writes that were settled.
func (w zoneWrite) refetch(ctx context.Context) (live *providers.Snapshot, settled int, err error) {
	w.Planner.progress(w.plan.Ref, Fetching)
	again := &fetchOnce{ZoneReader: w.provider}
	if _, err := again.Fetch(ctx, w.plan.Zone); err != nil && !errors.Is(err, providers.ErrNoZone) {
		return nil, 0, fmt.Errorf("%s: %w", w.plan.Ref, err)
	}
	if settled, err = w.settleOpen(ctx, again.snapshot); err != nil {
		return nil, settled, err
	}
	target := w.Planner.Targets[w.plan.Target]
	target.Reader = again
	planner := *w.Planner
	planner.Targets, planner.Progress = map[string]Target{w.plan.Target: target}, nil
	r, err := planner.remember(ctx, w.plan.Ref)
	if err != nil {
		return nil, settled, err
	}
	now := w.plan.again(ctx, &planner, r)
	switch {
	case now.Err != nil && ctx.Err() != nil:
		return nil, settled, now.Err
	case now.Err != nil:
		return nil, settled, fmt.Errorf("%w: %w", ErrStale, now.Err)
	case now.Base != w.plan.Base || now.ID != w.plan.ID:
		return nil, settled, staleError(w.plan, &now)
	}
	for _, hold := range now.Holds {
		if !w.plan.heldBy(hold.Guard) && now.Held(w.approval) {
			return nil, settled, fmt.Errorf("%w: %s: held by %s since it was planned: %s", ErrStale, w.plan.Ref, hold.Guard, hold.Reason)
		}
	}
	// The store may have moved on: what is to be noted is as it is now.
	w.plan.provenance = now.provenance
	return again.snapshot, settled, nil
}

// fetchOnce fetches once, and returns that again.
type fetchOnce struct {
	providers.ZoneReader
	fetched  bool
	snapshot *providers.Snapshot
	err      error
}

// Fetch fetches from the provider below the first time.
func (f *fetchOnce) Fetch(ctx context.Context, origin zonefile.Name) (*providers.Snapshot, error) {
	if !f.fetched {
		f.snapshot, f.err = f.ZoneReader.Fetch(ctx, origin)
		f.fetched = true
	}
	return f.snapshot, f.err
}

// writtenAfter says what an error of a provider means for whether it was written to, by the contract of providers.ZoneProvider.
func writtenAfter(err error, applied int) Written {
	if err == nil {
		return IsWritten
	}
	if applied > 0 {
		return IsWritten
	}
	if _, busy := errors.AsType[*providers.BusyError](err); busy {
		return NotWritten
	}
	for _, kind := range []error{
		providers.ErrConflict, providers.ErrInvalid, providers.ErrUnsupported, providers.ErrAuth, providers.ErrNoZone, providers.ErrNoResource, providers.ErrBlocked,
	} {
		if errors.Is(err, kind) {
			return NotWritten
		}
	}
	return PerhapsWritten
}

// intent returns the intent of a step that makes such changes.
func (w zoneWrite) intent(changes []Change, stones []Tombstone) Intent {
	intent := Intent{
		Ref: w.plan.Ref, Writer: w.writer(w.tree), System: w.plan.system, Plan: w.plan.ID, Why: w.plan.why, At: w.now(),
		Overrides: w.overridden(), Reason: w.Reason, Changes: changes, Stones: stones,
	}
	if len(w.plan.pins) > 0 {
		keys := map[zonefile.Key]bool{}
		for _, c := range changes {
			keys[c.Key] = true
		}
		intent.Pins = slices.DeleteFunc(slices.Clone(w.plan.pins), func(p Pin) bool { return !keys[p.Key] })
	}
	intent.Suspend = w.plan.suspend
	return intent
}

// overridden returns the guards that hold the plan, which were all overridden.
func (w zoneWrite) overridden() []Guard {
	var guards []Guard
	for _, hold := range w.plan.Holds {
		guards = append(guards, hold.Guard)
	}
	return guards
}

// tombstones returns a tombstone for each RRset that the changes retire.
func (w zoneWrite) tombstones(live *providers.Snapshot, changes []Change) []Tombstone {
	var stones []Tombstone
	for _, c := range changes {
		if c.Kind != KindRRset || c.Action != Retire {
			continue
		}
		stone := w.tombstone(c)
		stone.RRset = *c.Old
		stone.Hidden = hides(live, c.Key)
		stones = append(stones, stone)
	}
	return stones
}

// tombstone returns the tombstone of what a change retires, without what is kept of it.
func (w zoneWrite) tombstone(c Change) Tombstone {
	var id [8]byte
	_, _ = rand.Read(id[:]) // it returns no error
	writer := w.writer(w.tree)
	if g, ok := w.plan.leaving[c.Key]; ok { // the commit that removed it, which is not the one at which its grace is over
		writer.Commit, writer.Author = g.Commit, g.Author
	}
	at := w.now().Truncate(time.Second)
	return Tombstone{
		ID: hex.EncodeToString(id[:]), Ref: w.plan.Ref, Kind: c.Kind, Key: c.Key, Writer: writer, Plan: w.plan.ID,
		BuriedAt: at, PurgeAt: at.Add(w.plan.desired.rule.Policy.Retention), State: Buried, StateAt: at,
	}
}
