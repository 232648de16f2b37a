package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/newstore"
	"github.com/zoneward/zoneward/reconcile"
)

// applyFlags are the flags of apply.
type applyFlags struct {
	planFile  string
	yes       bool
	overrides []string
}

func (c *common) applyCommand() *cobra.Command {
	var flags applyFlags
	cmd := &cobra.Command{
		Use:   "apply [PLAN]",
		Short: "Make the providers serve what the zone files say",
		Long: `Makes a plan, shows it, asks, and applies it. With a PLAN that "plan --out" saved, applies that one, without asking,
to the zones that are as they were when it was made; a zone that is not is left alone, and the exit code is 4.

A guard that holds a zone is overridden by name: --override max-deletes, with a saved plan or at the prompt.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				flags.planFile = args[0]
			}
			return c.apply(cmd.Context(), flags)
		},
	}
	c.selectFlags(cmd)
	c.formatFlag(cmd, "text", "json")
	cmd.Flags().BoolVar(&flags.yes, "yes", false, "do not ask")
	cmd.Flags().StringArrayVar(&flags.overrides, "override", nil, "apply what the `GUARD` holds (can be repeated)")
	return cmd
}

func (c *common) apply(ctx context.Context, flags applyFlags) error {
	approval, err := approvalOf(flags)
	if err != nil {
		return err
	}
	reviewed := flags.planFile != ""
	if !reviewed && !flags.yes && !c.canAsk() {
		return &usageError{errors.New("nobody can be asked: standard input is not a terminal"), "give --yes, or a plan that was saved with plan --out"}
	}
	if !reviewed && !flags.yes && c.format != "text" {
		return &usageError{errors.New("nobody can be asked: --format " + c.format + " does not show the plan"), "give --yes, or a plan that was saved with plan --out"}
	}
	var saved *reconcile.Plan
	if reviewed {
		if len(c.zones)+len(c.targets) > 0 {
			return &usageError{err: errors.New("a saved plan says which zones it is for: --zone and --target do not go with it")}
		}
		if saved, err = loadPlan(flags.planFile); err != nil {
			return err
		}
	}
	w, err := c.open(ctx, store.Open)
	if err != nil {
		return err
	}
	defer w.close()
	if reviewed {
		w.only = zonesOf(saved)
	}
	plan, err := c.makePlan(ctx, w)
	if err != nil {
		return err
	}
	if reviewed {
		plan = reconcile.Reviewed(saved, plan)
	}
	writeNotices(c.stderr, plan)
	c.warnOverrides(plan, approval)
	if c.format == "text" {
		if err := writeTextPlan(c.stdout, withoutStale(plan), c.colours()); err != nil {
			return err
		}
	}
	if !reviewed && !flags.yes && appliable(plan, approval) > 0 {
		yes, err := c.ask(ctx, question(plan, approval))
		if err != nil {
			return fmt.Errorf("ask: %w", err)
		}
		if !yes {
			fmt.Fprintln(c.stderr, "Nothing was applied.")
			return declined(plan)
		}
	}
	done := c.follow(w.planner, "applying")
	outcomes := w.applier().Apply(ctx, w.tree, plan, approval)
	done()
	if err := c.writeOutcomes(plan, outcomes); err != nil {
		return err
	}
	c.writeUndo(outcomes)
	codes := make([]exitCode, len(outcomes))
	for i, o := range outcomes {
		codes[i] = codeOfOutcome(o)
	}
	if ctx.Err() != nil {
		codes = append(codes, exitInterrupted)
	}
	if code := worst(codes...); code != exitDone {
		return exitStatus(code)
	}
	return nil
}

// zonesOf selects the zones of a plan, as far as they are still there.
func zonesOf(plan *reconcile.Plan) reconcile.Selection {
	only := reconcile.Selection{Lenient: true}
	for _, z := range plan.Zones {
		if !slices.Contains(only.Zones, z.Zone) {
			only.Zones = append(only.Zones, z.Zone)
		}
	}
	return only
}

// declined is how apply ends when nothing was applied: as a plan would, if it has errors or holds.
func declined(plan *reconcile.Plan) error {
	code := exitDone
	for _, z := range plan.Zones {
		switch {
		case z.Err != nil:
			code = worst(code, exitError)
		case len(z.Holds) > 0:
			code = worst(code, exitHeld)
		}
	}
	if code != exitDone {
		return exitStatus(code)
	}
	return nil
}

// withoutStale returns a plan without the zones that are out of date, which are told with what became of the others.
func withoutStale(plan *reconcile.Plan) *reconcile.Plan {
	fresh := *plan
	fresh.Zones = slices.DeleteFunc(slices.Clone(plan.Zones), func(z reconcile.ZonePlan) bool { return errors.Is(z.Err, reconcile.ErrStale) })
	return &fresh
}

// approvalOf checks the guards that are overridden. An override is for a plan that somebody has seen.
func approvalOf(flags applyFlags) (reconcile.Approval, error) {
	var approval reconcile.Approval
	for _, name := range flags.overrides {
		guard := reconcile.Guard(name)
		if !slices.Contains(reconcile.Guards[:], guard) {
			var all []string
			for _, g := range reconcile.Guards {
				all = append(all, string(g))
			}
			return approval, &usageError{err: fmt.Errorf("--override %q: the guards are %s", name, strings.Join(all, ", "))}
		}
		approval.Overrides = append(approval.Overrides, guard)
	}
	if len(approval.Overrides) > 0 && flags.yes && flags.planFile == "" {
		return approval, &usageError{
			errors.New("--override with --yes would override a guard for a plan that nobody has seen"),
			"save the plan (plan --out FILE), look at it, and give it to apply; or leave out --yes",
		}
	}
	return approval, nil
}

// warnOverrides says which overrides do nothing.
func (c *common) warnOverrides(plan *reconcile.Plan, approval reconcile.Approval) {
	for _, guard := range approval.Overrides {
		held := slices.ContainsFunc(plan.Zones, func(z reconcile.ZonePlan) bool {
			return slices.ContainsFunc(z.Holds, func(h reconcile.Hold) bool { return h.Guard == guard })
		})
		if !held {
			fmt.Fprintf(c.stderr, "warning: --override %s: this guard holds nothing\n", guard)
		}
	}
}

// appliable returns how many zones would be written to.
func appliable(plan *reconcile.Plan, approval reconcile.Approval) int {
	n := 0
	for _, z := range plan.Zones {
		if z.Err == nil && len(z.Changes) > 0 && !z.Held(approval) {
			n++
		}
	}
	return n
}

func question(plan *reconcile.Plan, approval reconcile.Approval) string {
	q := fmt.Sprintf("Apply this to %s?", count(appliable(plan, approval), "zone", "zones"))
	if len(approval.Overrides) > 0 {
		var names []string
		for _, guard := range approval.Overrides {
			names = append(names, string(guard))
		}
		q = fmt.Sprintf("Apply this to %s, overriding %s?", count(appliable(plan, approval), "zone", "zones"), strings.Join(names, ", "))
	}
	return q
}
