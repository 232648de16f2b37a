package server

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// Engine is what the API asks and tells: the daemon. Its methods may be called concurrently. Which zones a token is for is not its business, but for Restore.
type Engine interface {
	// Daemon says what there is to say of the program itself.
	Daemon() Daemon
	// Status, Plan, Reconcile, Look and Approve are those of reconcile.Loop.
	Status() reconcile.LoopStatus
	Plan(only reconcile.Selection) *reconcile.Plan
	Reconcile(ctx context.Context, only reconcile.Selection) (queued int, err error)
	Look()
	Approve(ctx context.Context, a reconcile.Approve) (*reconcile.Plan, []reconcile.Outcome, error)

	// Tombstones are those of reconcile.Store: beside an error are those that can be read.
	Tombstones(ctx context.Context, query reconcile.TombstoneQuery) ([]reconcile.Tombstone, error)
	// Tombstone returns all that the tombstone with exactly that id keeps.
	Tombstone(ctx context.Context, id string) (document.ShownTombstone, error)
	// Clock returns the clocks as they stand, with what there is to doubt of them.
	Clock(ctx context.Context) (reconcile.Clock, error)
	// History is that of reconcile.Store.
	History(ctx context.Context, query reconcile.HistoryQuery) iter.Seq2[reconcile.Entry, error]

	// PlanRestore makes the plan that brings something back.
	PlanRestore(ctx context.Context, what reconcile.Restoration) (*reconcile.Plan, error)
	// Restore makes that plan again and applies it, if its zones have exactly the ids that were agreed to; otherwise the error is an *OtherPlanError.
	Restore(ctx context.Context, what reconcile.Restoration, agreed []zonefile.Digest, approval reconcile.Approval) (document.Applied, error)

	// Suspensions returns those in force.
	Suspensions(ctx context.Context) ([]reconcile.Suspension, error)
	// Suspend keeps each zone that is meant, on each target, from being written: until a time, or with the zero time until somebody resumes it. The zero Selection
	// means everything. The error wraps ErrBadRequest if a zone can be none of ours.
	Suspend(ctx context.Context, only reconcile.Selection, until time.Time, actor, reason string) ([]reconcile.Suspension, error)
	// Resume ends the suspensions of what is meant, has that looked at, and returns them, and those that still stand. A zone without a target is meant on all.
	Resume(ctx context.Context, only reconcile.Selection, actor, reason string) (ended, left []reconcile.Suspension, err error)

	// Verify asks the name servers of zones whether they serve what the providers have.
	Verify(ctx context.Context, what Verification) (document.Verified, error)

	// Propose plans a change of the zones repository, and returns the report of it as JSON. It writes nothing. The error wraps one of ErrNoCommit,
	// ErrNeedsUpdate, ErrSource, ErrProposalTooLarge, ErrOtherZones and ErrNoProposals, if it is of that.
	Propose(ctx context.Context, what ProposalRequest) (json []byte, err error)
	// Reviews returns what was planned of pull requests and is kept, the newest first: of one, or with 0 of all, and only of those that are open.
	Reviews(ctx context.Context, pull int, open bool) ([]document.Review, error)
}

// Daemon is what a daemon knows of itself.
type Daemon struct {
	Program string // its version
	document.Daemon
}

// Verification says what is verified, and how.
type Verification struct {
	Only   reconcile.Selection
	Within time.Duration // 0 to ask once
	Whole  bool          // all RRsets, and not some of them
}

// ErrBadRequest is wrapped by errors of an Engine that are the caller's fault.
var ErrBadRequest = errors.New("bad request")

// OtherPlanError says that a plan is not the one that was agreed to any more.
type OtherPlanError struct {
	Plan *reconcile.Plan // the one that it is now
}

// Error says so.
func (e *OtherPlanError) Error() string { return "the plan is not the one that was agreed to any more" }
