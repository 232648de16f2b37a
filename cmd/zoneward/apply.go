package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoneward/zoneward/reconcile"
)

// applyFlags are the flags of apply.
type applyFlags struct {
	agreement
	planFile string
	wait     time.Duration
	planIDs  []string
	reason   string // for a daemon
}

// usualWait is how long apply waits for what of a plan cannot be done at once.
const usualWait = 10 * time.Minute

func (c *common) applyCommand() *cobra.Command {
	flags := applyFlags{agreement: agreement{savable: true}}
	cmd := &cobra.Command{
		Use:   "apply [PLAN]",
		Short: "Make the providers serve what the zone files say",
		Long: `Makes a plan, shows it, asks, and applies it. With a PLAN that "plan --out" saved, applies that one, without asking,
to the zones that are as they were when it was made; a zone that is not is left alone, and the exit code is 4.

What of the plan has to wait for something else is done as soon as that is possible. What still waits after --wait is said; the next apply goes on.

With --plan-id it applies, without asking, the plan that has this id, of a zone or as a whole. If none has it any more, nothing is applied, and the exit
code is 4.

A guard that holds a zone is overridden by name: --override max-deletes, with a saved plan, an id, or at the prompt.

With --server it shows what waits or is held at a running daemon, asks, and has the daemon apply what was shown. A PLAN that was saved, or the ids of plans
with --plan-id, say what without asking. Of what the daemon plans differently by then nothing is applied, and the exit code is 4.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				flags.planFile, flags.reviewed = args[0], true
			}
			if c.remote.is() {
				return c.applyAtServer(cmd.Context(), flags)
			}
			if flags.reason != "" {
				return &usageError{err: errors.New("--reason is for --server")}
			}
			return c.apply(cmd.Context(), flags)
		},
	}
	c.selectFlags(cmd)
	c.fullFlag(cmd)
	c.formatFlag(cmd, "text", "json")
	agreementFlags(cmd, &flags.agreement)
	c.statelessFlags(cmd)
	c.serverFlags(cmd, statelessUnfit, unfit{"full": daemonPlans, "wait": "the daemon goes on by itself"})
	cmd.Flags().StringArrayVar(&flags.planIDs, "plan-id", nil, "apply the plan with this `ID`, without asking (can be repeated)")
	cmd.Flags().StringVar(&flags.reason, "reason", "", "with --server: why, in a few words, for the history")
	cmd.Flags().DurationVar(&flags.wait, "wait", usualWait, "wait for what cannot be done at once for this `TIME` at most; 0s: do not wait")
	return cmd
}

func (c *common) apply(ctx context.Context, flags applyFlags) error {
	ids, err := parseReviewedIDs(flags.planIDs)
	if err != nil {
		return err
	}
	if flags.planFile != "" && len(ids) > 0 {
		return &usageError{err: errors.New("want a saved plan or --plan-id, not both")}
	}
	flags.reviewed = flags.reviewed || len(ids) > 0
	approval, err := c.approval(flags.agreement)
	if err != nil {
		return err
	}
	if flags.wait < 0 {
		return &usageError{err: fmt.Errorf("--wait %s: want a time from 0s up", flags.wait)}
	}
	var saved *reconcile.Plan
	if flags.planFile != "" {
		if len(c.zones)+len(c.targets) > 0 {
			return &usageError{err: errors.New("a saved plan says which zones it is for: --zone and --target do not go with it")}
		}
		if saved, err = loadPlan(flags.planFile); err != nil {
			return err
		}
	}
	w, err := c.open(ctx, toWrite)
	if err != nil {
		return err
	}
	defer w.close()
	if err := c.refuseNeeds(w.config.policies()); err != nil {
		return err
	}
	if saved != nil {
		w.only = zonesOf(saved)
	}
	plan, err := c.makePlan(ctx, w)
	if err != nil {
		return err
	}
	switch {
	case saved != nil:
		plan = reconcile.Reviewed(saved, plan)
	case len(ids) > 0:
		if plan, err = ids.among(plan); err != nil {
			return err
		}
	}
	how := carrying{approval: approval, savable: true, follow: &flags.wait}
	if !flags.reviewed && !flags.yes {
		how.ask = fmt.Sprintf("Apply this to %s", how.appliable(plan))
	}
	outcomes, applied, err := c.carryOut(ctx, w, plan, how)
	if !applied {
		return err
	}
	if err := c.writeOutcomes(plan, outcomes); err != nil {
		return err
	}
	c.writeUndo(outcomes)
	return ended(ctx, outcomes)
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
