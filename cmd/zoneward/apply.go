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
	done := c.progress("applying")
	outcomes := w.applier().Apply(ctx, w.tree, plan, approval)
	done()
	if err := c.writeOutcomes(plan, outcomes); err != nil {
		return err
	}
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

// writeOutcomes says what was done, zone by zone. The errors of zones that had no plan were shown with the plan.
func (c *common) writeOutcomes(plan *reconcile.Plan, outcomes []reconcile.Outcome) error {
	if c.format == "json" {
		return writeOutcomesJSON(c.stdout, outcomes)
	}
	applied, changes := 0, 0
	for i, o := range outcomes {
		if err := plan.Zones[i].Err; err != nil && !errors.Is(err, reconcile.ErrStale) {
			continue
		}
		switch o.Status {
		case reconcile.Applied:
			applied++
			changes += len(o.Changes)
			serial := ""
			if o.Serial != 0 {
				serial = fmt.Sprintf(", serial %d", o.Serial)
			}
			fmt.Fprintf(c.stdout, "%s: applied %s%s, in %s\n", o.Ref, count(len(o.Changes), "change", "changes"), serial, roundTime(o.Took))
		case reconcile.Unchanged:
		case reconcile.Held:
			fmt.Fprintf(c.stderr, "%s: held, nothing was written\n", o.Ref)
		case reconcile.Interrupted:
			fmt.Fprintf(c.stderr, "%s: not begun\n", o.Ref)
		case reconcile.Stale, reconcile.Conflict, reconcile.Failed:
			fmt.Fprintf(c.stderr, "error: %s (%s)\n", shownLines(o.Err.Error()), whatWasWritten(o))
		}
	}
	if applied > 0 {
		fmt.Fprintf(c.stdout, "Applied: %s in %s.\n", count(changes, "change", "changes"), count(applied, "zone", "zones"))
	}
	return nil
}

// whatWasWritten says what a person should know about a zone that could not be applied.
func whatWasWritten(o reconcile.Outcome) string {
	switch {
	case len(o.Changes) > 0:
		return fmt.Sprintf("%s live all the same", count(len(o.Changes), "change is", "changes are"))
	case o.Written == reconcile.NotWritten:
		return "nothing was written"
	case o.Written == reconcile.PerhapsWritten:
		return "it is not known whether anything was written; the next plan shows it"
	}
	return "it was written to; the next plan shows what is live"
}

// The JSON form of what apply did, version 1.
type (
	outcomesJSON struct {
		Version int           `json:"version"`
		Zones   []outcomeJSON `json:"zones"`
	}
	outcomeJSON struct {
		Zone    string           `json:"zone"`
		Target  string           `json:"target"`
		Status  reconcile.Status `json:"status"`
		Changes int              `json:"changes"` // that are live now
		Written string           `json:"written"` // whether the provider was written to: no, perhaps, yes
		Serial  uint32           `json:"serial"`  // 0 if it is not known
		Error   *string          `json:"error"`
	}
)

func writeOutcomesJSON(w *output, outcomes []reconcile.Outcome) error {
	doc := outcomesJSON{Version: 1, Zones: make([]outcomeJSON, len(outcomes))}
	for i, o := range outcomes {
		doc.Zones[i] = outcomeJSON{Zone: o.Zone.String(), Target: o.Target, Status: o.Status, Changes: len(o.Changes), Written: o.Written.String(), Serial: o.Serial}
		if o.Err != nil {
			text := o.Err.Error()
			doc.Zones[i].Error = &text
		}
	}
	return w.writeJSON(doc)
}
