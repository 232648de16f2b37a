package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// rollbackFlags are the flags of rollback.
type rollbackFlags struct {
	agreement
	to       string
	revision string
	reason   string
	patch    bool
}

func (c *common) rollbackCommand() *cobra.Command {
	var flags rollbackFlags
	cmd := &cobra.Command{
		Use:   "rollback ZONE --to POINT | --revision ID",
		Short: "Bring a zone back to what it was",
		Long: `Makes a plan that brings a zone back to what zoneward had made of it at a POINT, shows it, asks, and applies it: the end of what was written for a
commit or by a plan, a time, or so long ago. What was never written by zoneward stays as it is. With --revision it is all of the zone, as its provider has
kept it: history --revisions has the ids.

The zone is suspended then, so that git does not undo it, until its zone file changes. What git needs to say the same is said at the end; with --patch
it is all that is on standard output, as a patch.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return errors.New("want one ZONE")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.rollback(cmd.Context(), args[0], flags)
		},
	}
	cmd.Flags().StringArrayVar(&c.targets, "target", nil, "only on the target `NAME` (can be repeated)")
	c.formatFlag(cmd, "text", "json")
	agreementFlags(cmd, &flags.agreement)
	cmd.Flags().StringVar(&flags.to, "to", "", "the `POINT`: a plan, a commit, a time, or how long ago it was")
	cmd.Flags().StringVar(&flags.revision, "revision", "", "the `ID` of a state of the zone that its provider has kept")
	cmd.Flags().StringVar(&flags.reason, "reason", "", "why, in a few words, for those who see it suspended")
	cmd.Flags().BoolVar(&flags.patch, "patch", false, "write what git needs as a patch")
	return cmd
}

func (c *common) rollback(ctx context.Context, zone string, flags rollbackFlags) error {
	origin, err := zonefile.ParseUnicodeName(zone, zonefile.Root)
	if err != nil {
		return &usageError{err: fmt.Errorf("%s: %w", render.Shown(zone), err)}
	}
	to, err := c.pointOf(origin, flags)
	if err != nil {
		return err
	}
	if flags.patch && c.format != "text" {
		return &usageError{err: errors.New("--patch: with --format json the patch is in the result")}
	}
	approval, err := c.approval(flags.agreement)
	if err != nil {
		return err
	}
	w, err := c.open(ctx, toWrite)
	if err != nil {
		return err
	}
	defer w.close()
	what := reconcile.Return{
		Only: reconcile.Selection{Zones: []zonefile.Name{origin}, Targets: w.only.Targets}, Reason: flags.reason, Actor: w.actor,
	}
	done := c.follow(w.planner, "planning")
	plan, err := tryPoints(to, func(to reconcile.Point) (*reconcile.Plan, error) {
		what.To = to
		return w.planner.Rollback(ctx, w.tree, what)
	})
	done()
	if err != nil {
		return c.buried(ctx, w, zonefile.Key{Name: origin}, err)
	}
	told := c
	if flags.patch {
		told = c.aside()
	}
	how := carrying{approval: approval, nothing: "Nothing to roll back: the zone is as it was, and is kept so."}
	right := alreadyRight(plan)
	switch {
	case flags.yes:
	case how.appliable(plan).N() == 0:
		how.ask, how.beside = fmt.Sprintf("Suspend %s on %s, so that git does not change it", origin, render.Count(right, "target", "targets")), right
	default:
		how.ask = fmt.Sprintf("Roll %s back on %s", origin, render.Count(how.appliable(plan).N(), "target", "targets"))
	}
	outcomes, applied, err := told.carryOut(ctx, w, plan, how)
	if !applied {
		return err
	}
	needs, err := needsOf(ctx, w, plan, outcomes)
	if err != nil {
		return err
	}
	switch {
	case c.format == "json":
		err = c.writeEditJSON(plan, outcomes, needs)
	case flags.patch:
		err = told.writeOutcomes(plan, outcomes)
		if err == nil {
			err = told.writeRolledBack(ctx, w, outcomes)
		}
		c.writePatch(needs, w.patchFolder())
	default:
		err = c.writeOutcomes(plan, outcomes)
		if err == nil {
			err = c.writeRolledBack(ctx, w, outcomes)
		}
		words := append([]string{"rollback", origin.String()}, pointWords(what.To)...)
		for _, target := range c.targets {
			words = append(words, "--target", target)
		}
		c.writeNeeds(needs, c.commandLine(append(words, "--patch")...))
	}
	if err != nil {
		return err
	}
	return ended(ctx, outcomes)
}

// pointOf returns where a zone is to go back to.
func (c *common) pointOf(origin zonefile.Name, flags rollbackFlags) (reconcile.Point, error) {
	switch {
	case flags.to != "" && flags.revision != "":
		return reconcile.Point{}, &usageError{err: errors.New("--to and --revision: want one of them")}
	case flags.revision != "":
		return reconcile.Point{Revision: flags.revision}, nil
	case flags.to == "":
		return reconcile.Point{}, &usageError{errors.New("--to is missing: where to go back to"), c.commandLine("history", "--zone", origin.String()) + " has the points"}
	}
	to, err := parsePoint(flags.to, time.Now())
	if err != nil {
		return to, &usageError{err: fmt.Errorf("--to %w", err)}
	}
	return to, nil
}

// alreadyRight returns how many zones of a plan have nothing to change.
func alreadyRight(plan *reconcile.Plan) int {
	n := 0
	for i := range plan.Zones {
		if plan.Zones[i].Err == nil && len(plan.Zones[i].Changes) == 0 {
			n++
		}
	}
	return n
}

// writeRolledBack says that zones are suspended now, those that were right already too, and how that is undone.
func (c *common) writeRolledBack(ctx context.Context, w *workspace, outcomes []reconcile.Outcome) error {
	standing, err := suspensionsOf(context.WithoutCancel(ctx), w)
	if err != nil {
		return err
	}
	for _, o := range outcomes {
		i := slices.IndexFunc(standing, func(s reconcile.Suspension) bool { return s.Scope == reconcile.Scope(o.Ref) })
		switch {
		case i < 0 || len(o.Changes) == 0 && o.Status != reconcile.Unchanged:
			continue
		case standing[i].File.IsZero():
			fmt.Fprintf(c.stdout, "%s\n", render.Shown(standing[i].String()))
		default:
			fmt.Fprintf(c.stdout, "%s: suspended until its zone file changes, so that git does not undo this\n", o.Ref)
		}
		fmt.Fprintf(c.stdout, "To undo: %s, and apply\n", c.commandLine("resume", o.Zone.String(), "--target", o.Target, "--reason", "REASON"))
	}
	return nil
}
