package main

import (
	"context"
	"fmt"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/reconcile"
)

// restoreAtServer has a daemon bring back what was retired, or what was there before: the plan is shown, asked about, and applied if it is still the same.
func (c *common) restoreAtServer(ctx context.Context, what reconcile.Restoration, approval reconcile.Approval, flags restoreFlags) error {
	opened, err := c.openRemoteLedger()
	if err != nil {
		return err
	}
	defer opened.close()
	daemon := opened.daemon
	if what.Stone != "" {
		if what.Stone, err = opened.wholeID(ctx, what.Stone); err != nil {
			return err
		}
	}
	done := c.progress("the daemon plans")
	plan, err := daemon.PlanRestore(ctx, what)
	done.done()
	if err != nil {
		return err
	}
	told := c
	if flags.patch {
		told = c.aside()
	}
	fmt.Fprint(c.stderr, render.Notices(plan))
	c.warnOverrides(plan, approval)
	if s := plan.Summary(); c.format == "text" && s.Changes()+s.Deferred+s.Errors == 0 {
		fmt.Fprintln(told.stdout, nothingToRestore)
	} else if c.format == "text" {
		a, err := c.adviceAtServer(ctx, daemon, plan)
		if err != nil {
			return err
		}
		a.waiting, a.approval = nil, approval // it waits nowhere: it is applied now, or not at all
		if err := render.TextPlan(told.stdout, plan, c.colours(), a); err != nil {
			return err
		}
	}
	if len(plan.Zones) == 0 {
		return declined(plan)
	}
	how := carrying{approval: approval}
	if n := how.appliable(plan); !flags.yes && n.N() > 0 {
		yes, err := c.ask(ctx, fmt.Sprintf("Have the daemon restore this in %s%s?", n, overriding(approval)))
		if err != nil {
			return fmt.Errorf("ask: %w", err)
		}
		if !yes {
			fmt.Fprintln(c.stderr, "Nothing was applied.")
			return declined(plan)
		}
	}
	done = c.progress("the daemon applies")
	doc, err := daemon.Restore(ctx, what, idsOf(plan), approval.Overrides)
	done.done()
	if err != nil {
		return err
	}
	return c.tellRestored(ctx, told, doc, what, flags)
}

// tellRestored says what became of a restoration at a daemon, and what git needs so that it stays.
func (c *common) tellRestored(ctx context.Context, told *common, doc document.Applied, what reconcile.Restoration, flags restoreFlags) error {
	plan, outcomes, err := doc.Outcomes()
	if err != nil {
		return fmt.Errorf("restore it: it was applied, and what became of it cannot be read: %w", err)
	}
	needs, err := needsAtServer(doc.Git)
	if err != nil {
		return fmt.Errorf("restore it: it was applied, and what git needs cannot be read: %w", err)
	}
	if c.format == "json" {
		return c.stdout.writeJSON(editJSON{document.OfOutcomes(plan, outcomes), doc.Plan, doc.Git})
	}
	if err := told.writeOutcomes(plan, outcomes); err != nil {
		return err
	}
	until := plan.CreatedAt.Add(time.Duration(flags.keep))
	if doc.Kept != nil {
		until = *doc.Kept
	}
	told.writeKept(outcomes, until)
	if flags.patch {
		c.writePatch(needs, "")
	} else {
		c.writeNeeds(needs, c.recall(plan, what)...)
		if len(needs) == 0 {
			c.writeNoNeed(outcomes)
		}
	}
	return ended(ctx, outcomes)
}
