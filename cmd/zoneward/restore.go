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

// restoreFlags are the flags of restore.
type restoreFlags struct {
	agreement
	at     string
	keep   spanFlag
	kept   bool // keep was given
	reason string
	patch  bool
}

func (c *common) restoreCommand() *cobra.Command {
	flags := restoreFlags{keep: spanFlag(24 * time.Hour)}
	cmd := &cobra.Command{
		Use:   "restore {ID | NAME TYPE}",
		Short: "Bring back what was retired, or what was there before",
		Long: `Makes a plan that brings back what a tombstone keeps, shows it, asks, and applies it. One argument is the ID of a tombstone, or how it begins; two
are the NAME and TYPE of an RRset, of which the newest tombstone is meant, or with --at its state at that point. What a domain had beside its zone comes back by the
ID of its tombstone.

What is restored is kept as it is live for a time, whatever git says of it now: until git says something else, or the time is over. What git needs
so that it stays is said at the end; with --patch it is all that is on standard output, as a patch.

With --server a running daemon makes the plan, and applies what was shown.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 || len(args) > 2 {
				return errors.New("want the ID of a tombstone, or a NAME and a TYPE")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			flags.kept = cmd.Flags().Changed("for")
			return c.restore(cmd.Context(), args, flags)
		},
	}
	c.selectFlags(cmd)
	c.formatFlag(cmd, "text", "json")
	agreementFlags(cmd, &flags.agreement)
	c.statelessFlags(cmd)
	c.serverFlags(cmd, statelessUnfit)
	cmd.Flags().StringVar(&flags.at, "at", "", "bring back what was there at this `POINT`: a time, how long ago it was, a commit, or a plan")
	cmd.Flags().Var(&flags.keep, "for", "how long it is kept although git does not have it: 24h, 7d")
	cmd.Flags().StringVar(&flags.reason, "reason", "", "why, in a few words, for those who see it kept")
	cmd.Flags().BoolVar(&flags.patch, "patch", false, "write what git needs as a patch")
	return cmd
}

func (c *common) restore(ctx context.Context, args []string, flags restoreFlags) error {
	what, err := c.restoration(args, flags)
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
	if c.remote.is() {
		return c.restoreAtServer(ctx, what, approval, flags)
	}
	w, err := c.open(ctx, toWrite)
	if err != nil {
		return err
	}
	defer w.close()
	what.Actor = w.actor
	done := c.follow(w.planner, "planning")
	plan, what, err := w.planRestore(ctx, what)
	done()
	if err != nil {
		return c.buried(ctx, w, what.Key, err)
	}
	how := carrying{approval: approval, nothing: nothingToRestore}
	if !flags.yes {
		how.ask = fmt.Sprintf("Restore this in %s", how.appliable(plan))
	}
	told := c
	if flags.patch {
		told = c.aside()
	}
	outcomes, applied, err := told.carryOut(ctx, w, plan, how)
	if !applied {
		return err
	}
	needs, err := w.restorationNeeds(ctx, plan, outcomes, what)
	if err != nil {
		return err
	}
	if c.format == "json" {
		err = c.writeEditJSON(plan, outcomes, needs)
	} else {
		if err = told.writeOutcomes(plan, outcomes); err == nil {
			told.writeKept(outcomes, plan.CreatedAt.Add(time.Duration(flags.keep)))
		}
		if flags.patch {
			c.writePatch(needs, w.patchFolder())
		} else {
			c.writeNeeds(needs, c.recall(plan, what)...)
			if len(needs) == 0 {
				c.writeNoNeed(outcomes)
			}
		}
	}
	if err != nil {
		return err
	}
	return ended(ctx, outcomes)
}

// nothingToRestore is what is said of a plan that has nothing to do.
const nothingToRestore = "Nothing to restore: it is live as it was."

// planRestore makes the plan that brings something back, and returns what that is with the point that was found.
func (w *workspace) planRestore(ctx context.Context, what reconcile.Restoration) (*reconcile.Plan, reconcile.Restoration, error) {
	plan, err := tryPoints(what.At, func(at reconcile.Point) (*reconcile.Plan, error) {
		what.At = at
		return w.planner.Restore(ctx, w.tree, what)
	})
	return plan, what, err
}

// restorationNeeds returns what the zones repository needs so that what was restored stays.
func (w *workspace) restorationNeeds(
	ctx context.Context, plan *reconcile.Plan, outcomes []reconcile.Outcome, what reconcile.Restoration,
) ([]need, error) {
	needs, err := needsOf(ctx, w, plan, outcomes)
	if err != nil {
		return nil, err
	}
	declarations, err := declarationNeeds(ctx, w, plan, outcomes, what.Stone)
	return append(needs, declarations...), err
}

// restoration returns what is to be brought back.
func (c *common) restoration(args []string, flags restoreFlags) (reconcile.Restoration, error) {
	what := reconcile.Restoration{For: time.Duration(flags.keep), Reason: flags.reason}
	err := c.needTombstones()
	switch {
	case err != nil:
		return what, err
	case c.stateless && flags.kept:
		return what, &usageError{err: errors.New("--for does not go with --stateless: what is kept, and until when, is in the state")}
	case c.stateless && len(args) == 2:
		return what, &usageError{errors.New("with --stateless a tombstone is named by its ID: what was where is in the state"), c.commandLine("trash", "list") + " has the ids"}
	}
	if what.Zone, what.Target, err = c.oneZone(); err != nil {
		return what, err
	}
	if flags.at != "" {
		if what.At, err = parsePoint(flags.at, time.Now()); err != nil {
			return what, &usageError{err: fmt.Errorf("--at %w", err)}
		}
	}
	if len(args) == 2 {
		what.Key, err = parseKey(args[0], args[1], what.Zone)
		return what, err
	}
	switch err := c.checkID(args[0]); {
	case err != nil && strings.Contains(args[0], "."):
		return what, &usageError{fmt.Errorf("%s: a NAME needs a TYPE behind it", render.Shown(args[0])), "zoneward restore " + shellWord(args[0]) + " TYPE"}
	case err != nil:
		return what, err
	case flags.at != "":
		return what, &usageError{err: errors.New("--at does not go with an ID: a tombstone is of one point")}
	case len(c.zones)+len(c.targets) > 0:
		return what, &usageError{err: errors.New("--zone and --target do not go with an ID, which says what it is of")}
	}
	what.Stone = args[0]
	return what, nil
}

// aside returns c with what it says on standard output on standard error.
func (c *common) aside() *common {
	other := *c
	other.stdout = c.stderr
	return &other
}

// writeKept says until when what was restored is kept.
func (c *common) writeKept(outcomes []reconcile.Outcome, until time.Time) {
	for _, o := range outcomes {
		switch {
		case o.Status != reconcile.Applied:
		case c.stateless:
			fmt.Fprintf(c.stdout, "%s: not kept beyond the next apply, which retires it again unless git has it by then\n", o.Ref)
		default:
			fmt.Fprintf(c.stdout, "%s: kept as it is until %s, or until git says something else of it\n", o.Ref, render.Time(until))
		}
	}
}

// writeNoNeed says that git has what was restored.
func (c *common) writeNoNeed(outcomes []reconcile.Outcome) {
	for _, o := range outcomes {
		if o.Status == reconcile.Applied || o.Status == reconcile.Unchanged {
			fmt.Fprintln(c.stdout, "Git says so already: nothing needs to be changed there.")
			return
		}
	}
}

// recall returns the command lines that show once more what git needs for a restoration: one, or one for each tombstone whose targets need something
// else of git.
func (c *common) recall(plan *reconcile.Plan, what reconcile.Restoration) []string {
	switch {
	case what.Stone != "":
		return []string{c.commandLine("restore", what.Stone, "--patch")}
	case !what.At.IsZero():
		return []string{c.recallNamed(what, "--at", pointWords(what.At)[1])}
	}
	var lines []string
	var covered []string // what the tombstones so far need, as text
	for i := range plan.Zones {
		z := &plan.Zones[i]
		at := slices.IndexFunc(z.Changes, func(c reconcile.Change) bool { return c.Stone != "" })
		if at < 0 {
			continue
		}
		var more []string
		for _, change := range z.Restatement().Changes {
			if text := fmt.Sprint(z.Zone, change.Key(), render.Value(change.New)); !slices.Contains(covered, text) {
				more = append(more, text)
			}
		}
		if len(more) > 0 {
			lines, covered = append(lines, c.commandLine("restore", z.Changes[at].Stone, "--patch")), append(covered, more...)
		}
	}
	if len(lines) == 0 { // it was live already, and its tombstones stand
		lines = append(lines, c.recallNamed(what))
	}
	return lines
}

// recallNamed is recall for a restoration by name.
func (c *common) recallNamed(what reconcile.Restoration, how ...string) string {
	words := append([]string{"restore", what.Key.Name.String(), what.Key.Type.String()}, how...)
	if !what.Zone.IsZero() {
		words = append(words, "--zone", what.Zone.String())
	}
	if what.Target != "" {
		words = append(words, "--target", what.Target)
	}
	return c.commandLine(append(words, "--patch")...)
}
