package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/notify"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/server"
	"github.com/zoneward/zoneward/reconcile"
)

// daemonAPI is a daemon as its API asks and tells it. What is asked for is done as the commands do it, with the configuration that is in force then.
type daemonAPI struct{ d *daemon }

// Daemon says what there is to say of the program itself.
func (a daemonAPI) Daemon() server.Daemon {
	a.d.mu.Lock()
	defer a.d.mu.Unlock()
	return server.Daemon{Program: version(), Daemon: document.Daemon{
		StartedAt: a.d.started.UTC(), Configuration: document.Configuration{ReadAt: a.d.loaded.UTC(), Error: document.OfError(a.d.refused)},
	}}
}

// Status is that of the loop.
func (a daemonAPI) Status() reconcile.LoopStatus { return a.d.current().loop.Status() }

// Plan is that of the loop.
func (a daemonAPI) Plan(only reconcile.Selection) *reconcile.Plan {
	return a.d.current().loop.Plan(only)
}

// Reconcile is that of the loop.
func (a daemonAPI) Reconcile(ctx context.Context, only reconcile.Selection) (int, error) {
	return a.d.current().loop.Reconcile(ctx, only)
}

// Look is that of the loop.
func (a daemonAPI) Look() { a.d.current().loop.Look() }

// Approve is that of the loop.
func (a daemonAPI) Approve(ctx context.Context, approve reconcile.Approve) (*reconcile.Plan, []reconcile.Outcome, error) {
	return a.d.current().loop.Approve(ctx, approve)
}

// Tombstones are those of the state.
func (a daemonAPI) Tombstones(ctx context.Context, query reconcile.TombstoneQuery) ([]reconcile.Tombstone, error) {
	return a.d.state.Tombstones(ctx, query)
}

// Tombstone returns what "trash show" does.
func (a daemonAPI) Tombstone(ctx context.Context, id string) (document.ShownTombstone, error) {
	doc, _, err := a.ledger(reconcile.Selection{}, "").stone(ctx, id)
	return doc, err
}

// Clock returns the clocks, with what there is to doubt of them.
func (a daemonAPI) Clock(ctx context.Context) (reconcile.Clock, error) {
	return clockNow(ctx, a.d.state)
}

// History is that of the state.
func (a daemonAPI) History(ctx context.Context, query reconcile.HistoryQuery) iter.Seq2[reconcile.Entry, error] {
	return a.d.state.History(ctx, query)
}

// Suspensions returns those in force.
func (a daemonAPI) Suspensions(ctx context.Context) ([]reconcile.Suspension, error) {
	return a.ledger(reconcile.Selection{}, "").suspensions(ctx)
}

// Suspend does what "suspend" does.
func (a daemonAPI) Suspend(ctx context.Context, only reconcile.Selection, until time.Time, actor, reason string) ([]reconcile.Suspension, error) {
	made, err := a.ledger(only, actor).suspend(ctx, reason, until)
	a.d.current().teller.suspensions(made, notify.Suspension, actor, reason)
	return made, asRequest(err)
}

// Resume does what "resume" does, and has what is resumed looked at.
func (a daemonAPI) Resume(ctx context.Context, only reconcile.Selection, actor, reason string) (ended, left []reconcile.Suspension, err error) {
	ended, left, err = a.ledger(only, actor).resume(ctx, reason)
	a.d.current().teller.suspensions(ended, notify.Resumption, actor, reason)
	if err == nil && len(ended) > 0 {
		a.lookAgain(ctx, only)
	}
	return ended, left, err
}

// lookAgain has zones looked at that something was done with beside the loop.
func (a daemonAPI) lookAgain(ctx context.Context, only reconcile.Selection) {
	if _, err := a.d.current().loop.Reconcile(ctx, only); err != nil && !errors.Is(err, reconcile.ErrNoZone) {
		a.d.log.Warn("zones are not looked at before their turn", "err", err)
	}
}

// Verify does what "verify" does.
func (a daemonAPI) Verify(ctx context.Context, what server.Verification) (document.Verified, error) {
	w, err := a.workspace(ctx, what.Only, "")
	if err != nil {
		return document.Verified{}, err
	}
	flags := verifyFlags{within: what.Within, all: what.Whole}
	opts, err := flags.options()
	if err != nil {
		return document.Verified{}, err
	}
	zones, err := a.quiet().verifyZones(ctx, w, flags, opts)
	return verifiedDocument(zones), err
}

// ledger returns the state as the commands see it that work with nothing else.
func (a daemonAPI) ledger(only reconcile.Selection, actor string) ledger {
	return &stateLedger{a.quiet(), &workspace{config: a.d.current().config, only: only, store: a.d.state, actor: actor}}
}

// quiet returns what commands share, with nobody to whom they could say anything beside their result.
func (a daemonAPI) quiet() *common {
	quiet := *a.d.common
	quiet.stdout, quiet.stderr = newOutput(io.Discard), newOutput(io.Discard)
	return &quiet
}

// workspace returns what a command works with that needs the zones repository and the providers. It is not closed: all of it is the daemon's.
func (a daemonAPI) workspace(ctx context.Context, only reconcile.Selection, actor string) (*workspace, error) {
	e := a.d.current()
	planner := *e.planner
	planner.Unattended = false // somebody is there who has seen the plan
	w := &workspace{config: e.config, only: only, source: e.source, store: a.d.state, planner: &planner, targets: e.targets, actor: actor}
	return w, a.quiet().readSource(ctx, w)
}

// asRequest returns an error, and has one of how something was asked for be known as that.
func asRequest(err error) error {
	if usage, ok := errors.AsType[*usageError](err); ok {
		return fmt.Errorf("%w: %w", server.ErrBadRequest, usage.err)
	}
	return err
}
