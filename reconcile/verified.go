package reconcile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/zoneward/zoneward/providers"
)

// verify asks the name servers whether they serve what was applied, if the target has some to ask. What they answer does not change that it was applied; but
// if policy wants it, and several of them agree that it is not served, the way back is applied. live is the zone with what was applied, nil if there is none.
func (w zoneWrite) verify(ctx context.Context, outcome *Outcome, live *providers.Snapshot) {
	verifier, ok := w.Verifiers[w.plan.Target]
	if !ok {
		return
	}
	// What is hidden was not served before, and there is nothing to see of its end.
	changes := slices.DeleteFunc(slices.Clone(outcome.Changes), func(c Change) bool { return c.Action == Purge })
	if len(changes) == 0 {
		return
	}
	whole := slices.ContainsFunc(changes, func(c Change) bool { return c.Kind == KindZone })
	policy := w.plan.desired.rule.Policy.Verify
	w.Planner.progress(w.plan.Ref, Verifying)
	expect := Expectation{Ref: w.plan.Ref, Serial: outcome.Serial, Changes: changes, Within: policy.within()}
	if live != nil {
		expect.Served = live.Served()
	}
	verification, err := verifier.Verify(ctx, expect)
	if err != nil {
		verification.Servers = append(verification.Servers, ServerAnswer{Err: err})
	}
	outcome.Verification = &verification
	if verification.OK() || !policy.Rollback || whole || ctx.Err() != nil {
		return
	}
	if len(verification.against()) < 2 {
		return
	}
	outcome.Err = w.wayBack(ctx, changes)
	outcome.RolledBack = outcome.Err == nil
	outcome.Status = Failed
	if outcome.RolledBack {
		outcome.Changes, outcome.Tombstones = nil, nil
		outcome.Err = fmt.Errorf("apply %s: %w, and what was there before is back", w.plan.Ref, ErrNotServed)
	}
}

// against returns the hosts that do not serve what was applied: by their names, and those of which only the address is known by that. Two addresses of one
// host are not two that agree.
func (v Verification) against() map[string]bool {
	hosts := map[string]bool{}
	for _, s := range v.Servers {
		if s.Err == nil && len(s.Wrong) > 0 {
			hosts[cmp.Or(s.Host, s.Server)] = true
		}
	}
	return hosts
}

// ErrNotServed says that several name servers do not serve what was applied.
var ErrNotServed = errors.New("several of its name servers do not serve what was applied")

// wayBack applies the reverse of changes, to RRsets that are still as the changes made them, and suspends the zone: the next plan
// would do the same again. What was restored and is taken back is not pinned any more.
func (w zoneWrite) wayBack(ctx context.Context, changes []Change) error {
	live, err := w.provider.Fetch(ctx, w.plan.Zone)
	if err != nil {
		return fmt.Errorf("go back to what %s was: %w", w.plan.Ref, err)
	}
	var back []Change
	for _, c := range changes {
		if !isLive(c, live) {
			continue
		}
		reverse := Change{Kind: KindRRset, Action: Update, Key: c.Key, Old: c.New, New: c.Old}
		switch {
		case c.Old == nil:
			reverse.Action = Retire
		case c.New == nil:
			reverse.Action = Restore
		}
		back = append(back, reverse)
	}
	if len(back) == 0 {
		return nil
	}
	plan := *w.plan
	if plan.stones, err = w.Store.Tombstones(ctx, TombstoneQuery{Zone: plan.Zone, Target: plan.Target}); err != nil {
		return fmt.Errorf("go back to what %s was: read its tombstones: %w", w.plan.Ref, err)
	}
	plan.Changes, plan.ID, plan.why = back, digestChanges(plan.Ref, back), "rollback"
	plan.suspend = &Suspension{
		Scope: Scope(plan.Ref), Actor: w.Actor, Since: w.Planner.clock().Wall.UTC(), File: plan.desired.digest(),
		Reason: "its name servers did not serve what was applied, and that was taken back",
	}
	plan.expired, plan.ended, plan.pins = nil, nil, nil
	again := w
	again.plan = &plan
	outcome, _ := again.write(ctx, live)
	if err := errors.Join(outcome.Err, w.unpin(ctx, outcome.Changes)); err != nil {
		return fmt.Errorf("go back to what %s was: %w", w.plan.Ref, err)
	}
	return nil
}

// unpin ends the pins that came with the plan and are of changes that were taken back.
func (w zoneWrite) unpin(ctx context.Context, back []Change) error {
	pins := slices.DeleteFunc(slices.Clone(w.plan.pins), func(pin Pin) bool {
		return !slices.ContainsFunc(back, func(c Change) bool { return c.Key == pin.Key })
	})
	if len(pins) == 0 {
		return nil
	}
	ctx, cancel := w.unhurried(ctx)
	defer cancel()
	return w.Store.Unpin(ctx, pins)
}
