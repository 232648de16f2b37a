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
	Store   OldStore
	// BatchTimeout bounds the writing of one zone, which a cancelled context does not interrupt. 0 is five minutes.
	BatchTimeout time.Duration
}

// Status says what became of the plan of a zone.
type Status string

// The statuses.
const (
	Unchanged   Status = "unchanged"   // there was nothing to do
	Applied     Status = "applied"     // all changes are live, as a second look at the provider shows
	Held        Status = "held"        // a guard holds it, and nothing was written
	Stale       Status = "stale"       // the zone is not what the plan was made from, and nothing was written
	Conflict    Status = "conflict"    // somebody else wrote while the plan was applied
	Failed      Status = "failed"      // Err says why
	Interrupted Status = "interrupted" // not begun
)

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
	// Err is set for Stale, Conflict and Failed.
	Err  error
	Took time.Duration
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
// its order. One zone's failure does not stop another. When ctx is done no further zone is begun; those being written are finished.
func (a *Applier) Apply(ctx context.Context, tree Tree, plan *Plan, approval Approval) []Outcome {
	outcomes := make([]Outcome, len(plan.Zones))
	var group errgroup.Group
	group.SetLimit(parallelPlans)
	for i := range plan.Zones {
		group.Go(func() error {
			start := time.Now()
			outcomes[i] = a.applyZone(ctx, tree, &plan.Zones[i], approval)
			outcomes[i].Ref, outcomes[i].Took = plan.Zones[i].Ref, time.Since(start)
			return nil
		})
	}
	_ = group.Wait() // no member returns an error: it is in its outcome
	return outcomes
}

// applyZone applies one zone plan.
func (a *Applier) applyZone(ctx context.Context, tree Tree, plan *ZonePlan, approval Approval) Outcome {
	switch {
	case errors.Is(plan.Err, ErrStale):
		return Outcome{Status: Stale, Err: plan.Err}
	case plan.Err != nil:
		return Outcome{Status: Failed, Err: plan.Err}
	case len(plan.Changes) == 0:
		return a.settle(ctx, tree, plan)
	case plan.Held(approval):
		return Outcome{Status: Held}
	case ctx.Err() != nil:
		return Outcome{Status: Interrupted, Err: ctx.Err()}
	}
	w := zoneWrite{Applier: a, plan: plan, tree: tree, provider: a.Targets[plan.Target]}
	return w.run(ctx)
}

// settle brings the store up to date for a zone without changes: if nothing was known of it so far, or somebody was interrupted writing it.
func (a *Applier) settle(ctx context.Context, tree Tree, plan *ZonePlan) Outcome {
	if !plan.settled && plan.live != nil {
		if err := a.noteAll(ctx, tree, plan, plan.live); err != nil {
			return Outcome{Status: Failed, Err: fmt.Errorf("note what is applied to %s: %w", plan.Ref, err)}
		}
	}
	return Outcome{Status: Unchanged}
}

// noteAll notes all of a live zone as applied, and what of the tombstones is not live any more as retired.
func (a *Applier) noteAll(ctx context.Context, tree Tree, plan *ZonePlan, live *zonefile.Zone) error {
	stones, err := a.Store.Unretired(ctx, plan.Ref)
	if err != nil {
		return err
	}
	var gone []string
	for _, stone := range stones {
		if set, served := live.Get(stone.RRset.Key); !served || set != stone.RRset {
			gone = append(gone, stone.ID)
		}
	}
	if err := a.Store.Retired(ctx, gone); err != nil {
		return err
	}
	return a.Store.SetApplied(ctx, plan.Ref, plan.system, tree.Revision, plan.ours(live))
}

// ours returns the RRsets of a live zone that are not foreign.
func (z *ZonePlan) ours(live *zonefile.Zone) *zonefile.Zone {
	own := ownership{z.Ref, z.desired.file, z.desired.rule.Policy}
	b := zonefile.NewBuilder(z.Zone)
	for set := range live.All() {
		if !own.foreign(set.Key) {
			_ = b.AddRRset(set) // it is from a zone of the same origin
		}
	}
	return b.Zone()
}

// Held reports whether a guard holds the plan that the approval does not override.
func (z *ZonePlan) Held(approval Approval) bool {
	return slices.ContainsFunc(z.Holds, func(h Hold) bool { return !slices.Contains(approval.Overrides, h.Guard) })
}
