package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/reconcile"
)

// ledger is what was written, retired and suspended, as far as it is of the zones and targets that are meant: that of the state, or that of a running daemon.
type ledger interface {
	// meant returns which zones and targets are.
	meant() reconcile.Selection
	// history returns entries of the audit log, the newest first. They are of the query alone, whatever is meant.
	history(ctx context.Context, query reconcile.HistoryQuery) iter.Seq2[reconcile.Entry, error]
	// stones returns the tombstones, with all also those that came to their end, the newest first. Beside an error are those that can be read.
	stones(ctx context.Context, all bool) ([]stone, error)
	// stone returns all that the tombstone whose id begins so keeps, and that as a file.
	stone(ctx context.Context, id string) (document.ShownTombstone, string, error)
	// suspensions returns those in force that have something in common with what is meant.
	suspensions(ctx context.Context) ([]reconcile.Suspension, error)
	// suspend suspends what is meant: until a time, or with the zero time until somebody resumes it.
	suspend(ctx context.Context, reason string, until time.Time) ([]reconcile.Suspension, error)
	// resume ends the suspensions of what is meant, and returns them, and those that still stand.
	resume(ctx context.Context, reason string) (ended, left []reconcile.Suspension, err error)
	close()
}

// openLedger opens that of the state, or of the daemon if there is one.
func (c *common) openLedger(ctx context.Context, state openState) (ledger, error) {
	if c.remote.is() {
		l, err := c.openRemoteLedger()
		if err != nil {
			return nil, err
		}
		return l, nil
	}
	w, err := c.openRecords(ctx, state)
	if err != nil {
		return nil, err
	}
	return &stateLedger{c, w}, nil
}

// stateLedger is the ledger of the state.
type stateLedger struct {
	*common
	w *workspace
}

func (l *stateLedger) meant() reconcile.Selection { return l.w.only }

func (l *stateLedger) close() { l.w.close() }

func (l *stateLedger) history(ctx context.Context, query reconcile.HistoryQuery) iter.Seq2[reconcile.Entry, error] {
	return func(yield func(reconcile.Entry, error) bool) {
		for entry, err := range l.w.store.History(ctx, query) {
			if err != nil {
				err = fmt.Errorf("read the audit log: %w", err)
			}
			if !yield(entry, err) {
				return
			}
		}
	}
}

func (l *stateLedger) stones(ctx context.Context, all bool) ([]stone, error) {
	found, damage := tombstonesOf(ctx, l.w, all)
	clock, err := clockNow(ctx, l.w.store)
	if err != nil {
		return nil, errors.Join(damage, err)
	}
	return stonesAt(found, clock), damage
}

func (l *stateLedger) stone(ctx context.Context, id string) (document.ShownTombstone, string, error) {
	found, err := l.w.store.Tombstone(ctx, id)
	if err != nil {
		return document.ShownTombstone{}, "", err
	}
	clock, err := clockNow(ctx, l.w.store)
	if err != nil {
		return document.ShownTombstone{}, "", err
	}
	return shownStone(found, clock)
}

func (l *stateLedger) suspensions(ctx context.Context) ([]reconcile.Suspension, error) {
	all, err := suspensionsOf(ctx, l.w)
	return slices.DeleteFunc(all, func(s reconcile.Suspension) bool { return !slices.ContainsFunc(l.w.only.Scopes(), s.Overlaps) }), err
}

func (l *stateLedger) suspend(ctx context.Context, reason string, until time.Time) ([]reconcile.Suspension, error) {
	if err := l.checkZones(ctx, l.w); err != nil {
		return nil, err
	}
	now := time.Now().UTC()
	var made []reconcile.Suspension
	for _, scope := range l.w.only.Scopes() {
		s := reconcile.Suspension{Scope: scope, Reason: reason, Actor: l.w.actor, Since: now, Until: until}
		if err := l.w.store.Suspend(ctx, s); err != nil {
			return nil, fmt.Errorf("suspend: %w", err)
		}
		made = append(made, s)
	}
	return made, nil
}

func (l *stateLedger) resume(ctx context.Context, reason string) (ended, left []reconcile.Suspension, err error) {
	standing, err := l.suspensions(ctx)
	if err != nil {
		return nil, nil, err
	}
	asked := l.w.only.Scopes()
	for _, s := range standing {
		if !slices.ContainsFunc(asked, func(a reconcile.Scope) bool { return ends(a, s.Scope) }) {
			left = append(left, s)
			continue
		}
		resumed, err := l.w.store.Resume(ctx, s.Scope, time.Now(), l.w.actor, reason)
		if err != nil {
			return nil, nil, fmt.Errorf("resume: %w", err)
		}
		if resumed {
			ended = append(ended, s)
		} else {
			left = append(left, s)
		}
	}
	return ended, left, nil
}
