package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/reconcile"
)

// purgeFlags are the flags of trash purge.
type purgeFlags struct {
	agreement
	expired bool
}

func (c *common) trashPurgeCommand() *cobra.Command {
	var flags purgeFlags
	cmd := &cobra.Command{
		Use:   "purge [ID...]",
		Short: "End tombstones for good",
		Long: `Ends tombstones for good: those whose retention is over, or those with the given IDs, whenever that is. What a provider has hidden of them is
removed there, and a domain that sent mail is revoked; nothing that is served is touched. What they were stays in the history, and
"zoneward restore ID" still knows it, unless that is what a domain had beside its zone.`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.trashPurge(cmd.Context(), args, flags)
		},
	}
	c.selectFlags(cmd)
	c.formatFlag(cmd, "text", "json")
	agreementFlags(cmd, &flags.agreement)
	c.statelessFlags(cmd)
	cmd.Flags().BoolVar(&flags.expired, "expired", false, "only those whose retention is over, as without an ID")
	return cmd
}

func (c *common) trashPurge(ctx context.Context, ids []string, flags purgeFlags) error {
	if len(ids) > 0 && len(c.zones)+len(c.targets) > 0 {
		return &usageError{err: errors.New("--zone and --target do not go with an ID, which says what it is of")}
	}
	for _, id := range ids {
		if err := c.checkID(id); err != nil {
			return err
		}
	}
	if err := c.needTombstones(); err != nil {
		return err
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
	stones, err := c.toPurge(ctx, w, ids, flags.expired)
	if err != nil {
		return err
	}
	chosen := make([]string, len(stones))
	for i, t := range stones {
		chosen[i] = t.ID
	}
	done := c.follow(w.planner, "planning")
	plan, err := w.planner.Purge(ctx, w.tree, chosen)
	done()
	if err != nil {
		return err
	}
	how := carrying{approval: approval, beside: len(stones), nothing: "No provider keeps a copy of what is purged."}
	switch {
	case len(stones) == 0:
		how.nothing = "Nothing to purge: the retention of no tombstone is over."
	case slices.ContainsFunc(stones, func(t reconcile.Tombstone) bool { return t.Kind == reconcile.KindZone && t.Hidden }):
		how.nothing = "What providers keep of the zones that they have removed is left to them."
	}
	if len(stones) > 0 && !flags.yes {
		how.ask = fmt.Sprintf("End %s for good", render.Count(len(stones), "tombstone", "tombstones"))
	}
	if c.format == "text" && len(stones) > 0 {
		clock, err := clockNow(ctx, w.store)
		if err != nil {
			return err
		}
		c.writeTombstones(stonesAt(stones, clock))
		fmt.Fprintln(c.stdout)
	}
	outcomes, applied, err := c.carryOut(ctx, w, plan, how)
	if !applied {
		return err
	}
	if err := c.writePurged(ctx, w, plan, outcomes, stones); err != nil {
		return err
	}
	return ended(ctx, outcomes)
}

// toPurge returns the tombstones that are meant: those of the ids, or all that are due.
func (c *common) toPurge(ctx context.Context, w *workspace, ids []string, expired bool) ([]reconcile.Tombstone, error) {
	clock, err := clockNow(ctx, w.store)
	if err != nil {
		return nil, err
	}
	if doubt := clock.Doubt(); doubt != "" {
		fmt.Fprintln(c.stderr, "note: "+doubt)
	}
	isDue := func(t reconcile.Tombstone) bool { return document.IsDue(t, clock) }
	if len(ids) == 0 {
		stones, err := tombstonesOf(ctx, w, false)
		if err != nil {
			return nil, err
		}
		return slices.DeleteFunc(stones, func(t reconcile.Tombstone) bool { return !isDue(t) }), nil
	}
	var stones []reconcile.Tombstone
	for _, id := range ids {
		stone, err := w.store.Tombstone(ctx, id)
		switch {
		case err != nil:
			return nil, err
		case expired && !isDue(stone):
			fmt.Fprintf(c.stderr, "note: %s is kept until %s\n", stone.ID, render.Stamp(clock.End(stone.BuriedAt, stone.PurgeAt)))
		case !slices.ContainsFunc(stones, func(t reconcile.Tombstone) bool { return t.ID == stone.ID }):
			stone.Export = ""
			stones = append(stones, stone)
		}
	}
	return stones, nil
}

// writePurged says what became of the tombstones.
func (c *common) writePurged(ctx context.Context, w *workspace, plan *reconcile.Plan, outcomes []reconcile.Outcome, stones []reconcile.Tombstone) error {
	ctx = context.WithoutCancel(ctx)
	var purged, standing []string
	for _, t := range stones {
		now, err := w.store.Tombstone(ctx, t.ID)
		switch {
		case err != nil:
			return err
		case now.State == reconcile.Purged:
			purged = append(purged, t.ID)
		default:
			standing = append(standing, t.ID)
		}
	}
	if c.format == "json" {
		doc := struct {
			document.Outcomes
			Purged   []string `json:"purged"`
			Standing []string `json:"standing"`
		}{document.OfOutcomes(plan, outcomes), append([]string{}, purged...), append([]string{}, standing...)}
		return c.stdout.writeJSON(doc)
	}
	if err := c.writeOutcomes(plan, outcomes); err != nil {
		return err
	}
	if len(purged) > 0 {
		fmt.Fprintf(c.stdout, "Purged: %s.\n", render.Count(len(purged), "tombstone", "tombstones"))
	}
	if len(standing) > 0 {
		fmt.Fprintf(c.stderr, "%s as before\n", render.Count(len(standing), "tombstone stands", "tombstones stand"))
	}
	return nil
}
