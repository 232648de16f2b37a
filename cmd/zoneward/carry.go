package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/reconcile"
)

// agreement is how a person agrees to a plan.
type agreement struct {
	yes       bool // before it was made
	savable   bool // such plans can be saved and looked at
	reviewed  bool // this one was
	overrides []string
}

// orSaved returns how else a person can agree, with a saved plan if there is such a thing.
func (a agreement) orSaved(way string) string {
	if a.savable {
		return way + ", or a plan that was saved with plan --out"
	}
	return way
}

// agreementFlags adds the flags by which a person agrees.
func agreementFlags(cmd *cobra.Command, a *agreement) {
	cmd.Flags().BoolVar(&a.yes, "yes", false, "do not ask")
	cmd.Flags().StringArrayVar(&a.overrides, "override", nil, "apply what the `GUARD` holds (can be repeated)")
}

// approval returns what a person allows. It is a usageError if an override is for a plan that nobody has seen, or if nobody can be asked.
func (c *common) approval(a agreement) (reconcile.Approval, error) {
	approval, err := approvalOf(a)
	if err != nil || a.yes || a.reviewed {
		return approval, err
	}
	switch {
	case !c.canAsk():
		err = errors.New("nobody can be asked: standard input is not a terminal")
	case c.format != "text":
		err = errors.New("nobody can be asked: --format " + c.format + " does not show the plan")
	default:
		return approval, nil
	}
	return approval, &usageError{err, a.orSaved("give --yes")}
}

// approvalOf checks the guards that are overridden. An override is for a plan that somebody has seen.
func approvalOf(a agreement) (reconcile.Approval, error) {
	var approval reconcile.Approval
	for _, name := range a.overrides {
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
	if len(approval.Overrides) > 0 && a.yes && !a.reviewed {
		return approval, &usageError{
			errors.New("--override with --yes would override a guard for a plan that nobody has seen"),
			a.orSaved("leave out --yes, and look at the plan"),
		}
	}
	return approval, nil
}

// carrying says how a plan is carried out.
type carrying struct {
	approval reconcile.Approval
	// ask is the question that a person is asked, empty to ask nobody. It is not put if there is nothing to do.
	ask string
	// beside is how much there is to do beside writing to zones.
	beside int
	// nothing is what is said of a plan in which there is nothing to do; empty to show the plan.
	nothing string
	// savable says that such plans can be saved and looked at.
	savable bool
	// follow is nil, or for how long the plan is followed: what of it has to wait is done as soon as that is possible, see reconcile.Convergence.
	follow *time.Duration
}

// carryOut shows a plan, asks, and applies it, and returns what became of it. It reports false if it was not applied: then the error, or nil, is
// how the command ends.
func (c *common) carryOut(ctx context.Context, w *workspace, plan *reconcile.Plan, how carrying) (outcomes []reconcile.Outcome, applied bool, err error) {
	fmt.Fprint(c.stderr, render.Notices(plan))
	c.warnOverrides(plan, how.approval)
	if c.format == "text" {
		if s := plan.Summary(); how.nothing != "" && s.Changes()+s.Deferred+s.Errors == 0 {
			fmt.Fprintln(c.stdout, how.nothing)
		} else {
			a, err := c.adviceOn(ctx, w, plan, how.approval, how.savable)
			if err != nil {
				return nil, false, err
			}
			if err := render.TextPlan(c.stdout, withoutStale(plan), c.colours(), a); err != nil {
				return nil, false, err
			}
		}
	}
	if how.ask != "" && how.appliable(plan).N()+how.beside > 0 {
		yes, err := c.ask(ctx, how.ask+overriding(how.approval)+"?")
		if err != nil {
			return nil, false, fmt.Errorf("ask: %w", err)
		}
		if !yes {
			fmt.Fprintln(c.stderr, "Nothing was applied.")
			return nil, false, declined(plan)
		}
	}
	return c.carry(ctx, w, plan, how), true, nil
}

// carry applies a plan, and shows how far that is.
func (c *common) carry(ctx context.Context, w *workspace, plan *reconcile.Plan, how carrying) []reconcile.Outcome {
	if how.follow == nil {
		defer c.follow(w.planner, "applying")()
		return w.applier().Apply(ctx, w.tree, plan, how.approval)
	}
	p, done := c.following(w.planner, "applying", *how.follow)
	defer done()
	return w.applier().Converge(ctx, w.tree, plan, how.approval, reconcile.Convergence{Only: w.only, Within: *how.follow, Waiting: p.waiting})
}

// ended is how a command ends that has applied a plan.
func ended(ctx context.Context, outcomes []reconcile.Outcome) error {
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

// declined is how a command ends when nothing was applied: as a plan would, if it has errors or holds.
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

// warnOverrides says which overrides do nothing. What waits may be held when it can be done.
func (c *common) warnOverrides(plan *reconcile.Plan, approval reconcile.Approval) {
	if plan.Summary().Deferred > 0 {
		return
	}
	for _, guard := range approval.Overrides {
		held := slices.ContainsFunc(plan.Zones, func(z reconcile.ZonePlan) bool {
			return slices.ContainsFunc(z.Holds, func(h reconcile.Hold) bool { return h.Guard == guard })
		})
		if !held {
			fmt.Fprintf(c.stderr, "warning: --override %s: this guard holds nothing\n", guard)
		}
	}
}

// appliable returns what would be written to, now or while the plan is followed.
func (how carrying) appliable(plan *reconcile.Plan) render.Extent {
	return render.ExtentOf(plan.Zones, func(z *reconcile.ZonePlan) bool {
		return z.Err == nil && !z.Held(how.approval) && (len(z.Changes) > 0 || slices.ContainsFunc(z.Deferred, func(d reconcile.Deferred) bool {
			return how.follow != nil && (d.Until.IsZero() || !d.Until.After(plan.CreatedAt.Add(*how.follow)))
		}))
	})
}

// overriding is what a question says of the guards that are overridden.
func overriding(approval reconcile.Approval) string {
	if len(approval.Overrides) == 0 {
		return ""
	}
	var names []string
	for _, guard := range approval.Overrides {
		names = append(names, string(guard))
	}
	return ", overriding " + strings.Join(names, ", ")
}
