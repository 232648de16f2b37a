package filestore

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"time"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// ErrNoState is wrapped where something is to be remembered that only a state can.
var ErrNoState = errors.New("there is no state to keep it in")

// Nothing is a reconcile.Store that remembers nothing but which intents are open, and that for as long as the process lasts. It is for planning, and
// for applying what retires nothing. The zero Nothing is ready for use.
type Nothing struct {
	mu    sync.Mutex
	begun int64
	open  map[int64]bool
	locks map[reconcile.Ref]chan struct{} // with something in it while the zone is locked
}

var _ reconcile.Store = (*Nothing)(nil)

// Overview returns the zero Overview: nothing is known.
func (*Nothing) Overview(context.Context, ...reconcile.Ref) (reconcile.Overview, error) {
	return reconcile.Overview{}, nil
}

// AppliedAt returns nothing.
func (*Nothing) AppliedAt(context.Context, reconcile.Ref, []zonefile.Key) (map[zonefile.Key]zonefile.RRset, error) {
	return nil, nil
}

// Applied returns that there is no applied state.
func (*Nothing) Applied(context.Context, reconcile.Ref) (*zonefile.Zone, bool, error) {
	return nil, false, nil
}

// SetApplied returns an error that wraps ErrNoState.
func (*Nothing) SetApplied(_ context.Context, ref reconcile.Ref, _ reconcile.AppliedState, _ *zonefile.Zone) error {
	return fmt.Errorf("what is applied to %s: %w", ref, ErrNoState)
}

// AppliedResources returns nothing.
func (*Nothing) AppliedResources(context.Context, reconcile.Ref) ([]reconcile.AppliedResource, error) {
	return nil, nil
}

// SetAppliedResources returns an error that wraps ErrNoState.
func (*Nothing) SetAppliedResources(_ context.Context, ref reconcile.Ref, _ reconcile.AppliedState, _ []reconcile.AppliedResource) error {
	return fmt.Errorf("what is applied to %s: %w", ref, ErrNoState)
}

// Look does nothing, as there is no zone with applied state.
func (*Nothing) Look(context.Context, reconcile.Ref, string, []reconcile.Grace) error { return nil }

// Forget does nothing.
func (*Nothing) Forget(context.Context, reconcile.Ref) error { return nil }

// Begin returns a number.
func (n *Nothing) Begin(context.Context, reconcile.Intent) (int64, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.open == nil {
		n.open = map[int64]bool{}
	}
	n.begun++
	n.open[n.begun] = true
	return n.begun, nil
}

// Conclude notes that an intent is not open any more.
func (n *Nothing) Conclude(_ context.Context, id int64, _ reconcile.Conclusion) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch {
	case n.open[id]:
		delete(n.open, id)
		return nil
	case id < 1 || id > n.begun:
		return noIntent(id)
	}
	return concluded(id)
}

func noIntent(id int64) error  { return fmt.Errorf("there is no intent %d", id) }
func concluded(id int64) error { return fmt.Errorf("intent %d: %w", id, reconcile.ErrConcluded) }

// Open returns nothing: what another process has begun is not known.
func (*Nothing) Open(context.Context, reconcile.Ref) ([]reconcile.Intent, error) { return nil, nil }

// Note does nothing.
func (*Nothing) Note(context.Context, reconcile.Intent) error { return nil }

// History returns nothing.
func (*Nothing) History(context.Context, reconcile.HistoryQuery) iter.Seq2[reconcile.Entry, error] {
	return func(func(reconcile.Entry, error) bool) {}
}

// VerifyAudit returns that there are no entries.
func (*Nothing) VerifyAudit(context.Context) (int, error) { return 0, nil }

// Tombstones returns nothing.
func (*Nothing) Tombstones(context.Context, reconcile.TombstoneQuery) ([]reconcile.Tombstone, error) {
	return nil, nil
}

// Tombstone returns an error that wraps ErrNoTombstone.
func (*Nothing) Tombstone(_ context.Context, id string) (reconcile.Tombstone, error) {
	return reconcile.Tombstone{}, noTombstone(id)
}

func noTombstone(id string) error { return fmt.Errorf("%w: %q", reconcile.ErrNoTombstone, id) }

// CloseTombstones returns an error that wraps ErrNoTombstone if there are ids.
func (*Nothing) CloseTombstones(_ context.Context, ids []string, _ reconcile.StoneState, _ time.Time) error {
	if len(ids) > 0 {
		return noTombstone(ids[0])
	}
	return nil
}

// Unpin does nothing: there are no pins.
func (*Nothing) Unpin(context.Context, []reconcile.Pin) error { return nil }

// Suspend returns an error that wraps ErrNoState.
func (*Nothing) Suspend(context.Context, reconcile.Suspension) error {
	return fmt.Errorf("suspend: %w", ErrNoState)
}

// Resume returns that there was no suspension.
func (*Nothing) Resume(context.Context, reconcile.Scope, time.Time, string, string) (bool, error) {
	return false, nil
}

// RecordPlan does nothing.
func (*Nothing) RecordPlan(context.Context, reconcile.PlanRecord) error { return nil }

// Plans returns nothing.
func (*Nothing) Plans(context.Context, zonefile.Name, int) ([]reconcile.PlanRecord, error) {
	return nil, nil
}

// Clock returns the zero Clock.
func (*Nothing) Clock(context.Context) (reconcile.Clock, error) { return reconcile.Clock{}, nil }

// SetClock does nothing.
func (*Nothing) SetClock(context.Context, reconcile.Clock) error { return nil }

// Lock keeps others in this process out. Where another process is to be kept out too, there has to be a place that both know.
func (n *Nothing) Lock(ctx context.Context, ref reconcile.Ref) (release func(), err error) {
	n.mu.Lock()
	lock, ok := n.locks[ref]
	if !ok {
		if n.locks == nil {
			n.locks = map[reconcile.Ref]chan struct{}{}
		}
		lock = make(chan struct{}, 1)
		n.locks[ref] = lock
	}
	n.mu.Unlock()
	select {
	case lock <- struct{}{}:
		return sync.OnceFunc(func() { <-lock }), nil
	case <-ctx.Done():
		return nil, fmt.Errorf("%s is being written by this process: %w", ref, ctx.Err())
	}
}

// Close does nothing.
func (*Nothing) Close() error { return nil }
