package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/zoneward/zoneward/reconcile"
)

func (c *common) planCommand() *cobra.Command {
	var out string
	var detailed bool
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Show what would change",
		Long: `Shows what would change at the providers so that they serve what the zone files say. Nothing is written.

With --server it shows what waits or is held at a running daemon, and what else the daemon has to say of its zones.

Exits with 0 unless something went wrong; with --detailed-exitcode with 2 if changes are pending, and 3 if a guard holds some.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.plan(cmd, out, detailed)
		},
	}
	c.selectFlags(cmd)
	c.fullFlag(cmd)
	c.formatFlag(cmd, "text", "json", "markdown")
	c.statelessFlags(cmd)
	c.serverFlags(cmd, statelessUnfit, unfit{"full": daemonPlans})
	cmd.Flags().StringVar(&out, "out", "", "save the plan as JSON in `FILE`, for apply")
	cmd.Flags().BoolVar(&detailed, "detailed-exitcode", false, "exit with 2 if changes are pending, 3 if a guard holds some")
	return cmd
}

func (c *common) plan(cmd *cobra.Command, out string, detailed bool) error {
	ctx := cmd.Context()
	if c.remote.is() {
		return c.planAtServer(ctx, out, detailed)
	}
	w, err := c.open(ctx, toPlan)
	if err != nil {
		return err
	}
	defer w.close()
	plan, err := c.makePlan(ctx, w)
	if err != nil {
		return err
	}
	c.tellNeeds(plan, w.config.policies())
	if out != "" {
		if err := savePlan(out, plan); err != nil {
			return err
		}
	}
	writeNotices(c.stderr, plan)
	if err := c.writePlan(ctx, w, plan); err != nil {
		return err
	}
	return endOfPlan(plan, detailed)
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
		return writeMarkdownPlan(c.stdout, plan)
	}
	a, err := c.adviceOn(ctx, w, plan, reconcile.Approval{}, true)
	if err != nil {
		return err
	}
	return writeTextPlan(c.stdout, plan, c.colours(), a)
}

// savePlan writes a plan to a file that only its owner can read: zones may be private. The file is there whole or not at all; what is no
// regular file, as a pipe, is written to as it is.
func savePlan(file string, plan *reconcile.Plan) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("save the plan in %s: %w", file, err)
		}
	}()
	if info, err := os.Stat(file); err == nil && !info.Mode().IsRegular() {
		f, err := os.OpenFile(file, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		return errors.Join(plan.WriteJSON(f), f.Close())
	}
	if target, err := filepath.EvalSymlinks(file); err == nil {
		file = target // the plan takes the place of what a link leads to, not of the link
	}
	tmp, err := os.CreateTemp(filepath.Dir(file), ".plan-*")
	if err != nil {
		return err
	}
	err = errors.Join(plan.WriteJSON(tmp), tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), file)
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
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
