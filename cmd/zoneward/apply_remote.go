package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// applyAtServer has a daemon apply what waits or is held there: what is named, or what it shows and somebody agrees to.
func (c *common) applyAtServer(ctx context.Context, flags applyFlags) error {
	meant, err := c.plansMeant(&flags)
	if err != nil {
		return err
	}
	approval, err := c.approval(flags.agreement)
	if err != nil {
		return err
	}
	if flags.reason, err = flags.why(); err != nil {
		return err
	}
	daemon, err := c.openRemote()
	if err != nil {
		return err
	}
	defer daemon.Close()
	plan, err := c.waiting(ctx, daemon)
	if err != nil {
		return err
	}
	if flags.reviewed {
		if plan, err = meant.among(plan); err != nil {
			return err
		}
	}
	fmt.Fprint(c.stderr, render.Notices(plan))
	c.warnOverrides(plan, approval)
	if c.format == "text" {
		if err := c.writeWaiting(ctx, daemon, plan, approval); err != nil {
			return err
		}
	}
	can := approvable(plan, approval)
	if flags.reviewed {
		can = approvable(plan, reconcile.Approval{Overrides: reconcile.Guards[:]}) // what the daemon holds it says
	}
	if len(can.Zones) == 0 {
		if c.format == "json" {
			if err := c.writeOutcomes(can, nil); err != nil {
				return err
			}
		}
		return declined(plan)
	}
	if !flags.reviewed && !flags.yes {
		yes, err := c.ask(ctx, fmt.Sprintf("Have the daemon apply this to %s%s?", render.ExtentOf(can.Zones, isApprovable), overriding(approval)))
		if err != nil {
			return fmt.Errorf("ask: %w", err)
		}
		if !yes {
			fmt.Fprintln(c.stderr, "Nothing was applied.")
			return declined(plan)
		}
	}
	done := c.progress("the daemon applies")
	made, outcomes, err := daemon.Approve(ctx, reconcile.Approve{Plans: idsOf(can), Overrides: approval.Overrides, Reason: flags.reason})
	done.done()
	if err != nil {
		return err
	}
	if err := c.writeOutcomes(made, outcomes); err != nil {
		return err
	}
	c.writeUndo(outcomes)
	return ended(ctx, outcomes)
}

// why returns the reason that the history gets. Who overrides a guard has to give one.
func (f applyFlags) why() (string, error) {
	reason := strings.TrimSpace(f.reason)
	switch {
	case reason != "":
		return reason, nil
	case len(f.overrides) > 0:
		return "", &usageError{err: errors.New("--reason is missing: the history wants to know why a guard was overridden")}
	}
	return "approved as it was shown", nil
}

// planNames name plans by their ids, or by how these begin.
type planNames []string

// plansMeant returns the plans that are named: by their ids, or in a saved plan. If there are any, they count as seen.
func (c *common) plansMeant(flags *applyFlags) (planNames, error) {
	named := planNames(flags.planIDs)
	if flags.planFile != "" {
		if len(named) > 0 {
			return nil, &usageError{err: errors.New("want a saved plan or --plan-id, not both")}
		}
		saved, err := loadPlan(flags.planFile)
		if err != nil {
			return nil, err
		}
		for _, id := range idsOf(approvable(saved, reconcile.Approval{Overrides: reconcile.Guards[:]})) {
			named = append(named, id.String())
		}
		if len(named) == 0 {
			return nil, fmt.Errorf("the plan %s has nothing that could be applied", flags.planFile)
		}
	}
	for _, name := range named {
		if !planPattern.MatchString(name) {
			return nil, &usageError{err: fmt.Errorf("--plan-id %q: want the id of a zone's plan (sha256:...)", name)}
		}
	}
	if flags.reviewed = len(named) > 0; flags.reviewed && len(c.zones)+len(c.targets) > 0 {
		return nil, &usageError{err: errors.New("a plan says which zone it is for: --zone and --target do not go with it")}
	}
	return named, nil
}

// among returns the part of a plan that is named. A name that fits none, or more than one, is an error, which wraps reconcile.ErrStale if it fits none.
func (names planNames) among(plan *reconcile.Plan) (*reconcile.Plan, error) {
	part := *plan
	part.Zones = nil
	var ids []zonefile.Digest
	for _, name := range names {
		found := slices.DeleteFunc(slices.Clone(plan.Zones), func(z reconcile.ZonePlan) bool {
			return !isApprovable(&z) || !strings.HasPrefix(z.ID.String(), strings.ToLower(name))
		})
		switch len(found) {
		case 0:
			return nil, fmt.Errorf("%w: none that begins with %s waits or is held at the daemon: it was applied, or something has changed since it was shown",
				reconcile.ErrStale, name)
		case 1:
			ids = append(ids, found[0].ID)
		default:
			return nil, &usageError{err: fmt.Errorf("--plan-id %s: the ids of %d plans begin so", name, len(found))}
		}
	}
	part.Zones = slices.DeleteFunc(slices.Clone(plan.Zones), func(z reconcile.ZonePlan) bool { return !slices.Contains(ids, z.ID) })
	return &part, nil
}

// isApprovable reports whether there is something in a plan that somebody could have applied.
func isApprovable(z *reconcile.ZonePlan) bool {
	return z.Err == nil && z.State == nil && len(z.Changes) > 0
}

// approvable returns the part of a plan that a daemon applies if somebody agrees to it: what waits for nothing else, and what no guard holds but those that are
// overridden.
func approvable(plan *reconcile.Plan, approval reconcile.Approval) *reconcile.Plan {
	approval.Overrides = append(slices.Clone(approval.Overrides), reconcile.GuardApproval)
	part := *plan
	part.Zones = slices.DeleteFunc(slices.Clone(plan.Zones), func(z reconcile.ZonePlan) bool { return !isApprovable(&z) || z.Held(approval) })
	return &part
}

// idsOf returns the ids of the plans of zones, which those with an error do not have.
func idsOf(plan *reconcile.Plan) []zonefile.Digest {
	var ids []zonefile.Digest
	for _, z := range plan.Zones {
		if !z.ID.IsZero() {
			ids = append(ids, z.ID)
		}
	}
	return ids
}
