package main

import (
	"bytes"
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/reconcile"
)

func (c *common) planCommand() *cobra.Command {
	var out string
	var detailed bool
	var from snapshotFlags
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Show what would change",
		Long: `Shows what would change at the providers so that they serve what the zone files say. Nothing is written.

With --snapshot it asks no provider, and needs no secret: it plans from what zoneward snapshot has saved.

With --server it shows what waits or is held at a running daemon, and what else the daemon has to say of its zones.

Exits with 0 unless something went wrong; with --detailed-exitcode with 2 if changes are pending, and 3 if a guard holds some.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.plan(cmd.Context(), from, out, detailed)
		},
	}
	c.selectFlags(cmd)
	c.fullFlag(cmd)
	c.formatFlag(cmd, "text", "json", "markdown")
	c.statelessFlags(cmd)
	from.add(cmd)
	c.serverFlags(cmd, statelessUnfit, snapshotUnfit, unfit{"full": daemonPlans})
	cmd.Flags().StringVar(&out, "out", "", "save the plan as JSON in `FILE`, for apply")
	cmd.Flags().BoolVar(&detailed, "detailed-exitcode", false, "exit with 2 if changes are pending, 3 if a guard holds some")
	return cmd
}

func (c *common) plan(ctx context.Context, from snapshotFlags, out string, detailed bool) error {
	if c.remote.is() {
		return c.planAtServer(ctx, out, detailed)
	}
	w, err := c.openToPlan(ctx, from)
	if err != nil {
		return err
	}
	defer w.close()
	plan, err := c.makePlan(ctx, w)
	if err != nil {
		return err
	}
	if err := from.tell(plan); err != nil {
		return err
	}
	c.tellNeeds(plan, w.config.policies())
	if out != "" {
		if err := savePlan(out, plan); err != nil {
			return err
		}
	}
	fmt.Fprint(c.stderr, render.Notices(plan))
	if err := c.writePlan(ctx, w, plan); err != nil {
		return err
	}
	return endOfPlan(plan, detailed)
}

// openToPlan opens everything that a plan needs: the providers, or a snapshot of them.
func (c *common) openToPlan(ctx context.Context, from snapshotFlags) (*workspace, error) {
	if !from.is() {
		return c.open(ctx, toPlan)
	}
	w, err := c.openBase(ctx, false)
	if err != nil {
		return nil, err
	}
	if err := c.openSnapshot(ctx, w, from); err != nil {
		w.close()
		return nil, err
	}
	if err := c.readSource(ctx, w); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

// makePlan makes the plan of the zones that are meant.
func (c *common) makePlan(ctx context.Context, w *workspace) (*reconcile.Plan, error) {
	defer c.follow(w.planner, "planning")()
	w.planner.Thorough = c.full
	return w.planner.Plan(ctx, w.tree, w.only)
}

// writePlan writes a plan to standard output in the format that was asked for.
func (c *common) writePlan(ctx context.Context, w *workspace, plan *reconcile.Plan) error {
	switch c.format {
	case "json":
		return plan.WriteJSON(c.stdout)
	case "markdown":
		return render.MarkdownPlan(c.stdout, plan)
	}
	a, err := c.adviceOn(ctx, w, plan, reconcile.Approval{}, true)
	if err != nil {
		return err
	}
	return render.TextPlan(c.stdout, plan, c.colours(), a)
}

// savePlan writes a plan to a file that only its owner can read: zones may be private.
func savePlan(file string, plan *reconcile.Plan) error {
	if err := saveFile(file, plan.WriteJSON); err != nil {
		return fmt.Errorf("save the plan in %s: %w", file, err)
	}
	return nil
}

// loadPlan reads a saved plan.
func loadPlan(file string) (*reconcile.Plan, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, &usageError{err: fmt.Errorf("read the plan: %w", err)}
	}
	plan, err := reconcile.ReadPlan(bytes.NewReader(content))
	if err != nil {
		return nil, fmt.Errorf("read the plan %s: %w", file, err)
	}
	return plan, nil
}
