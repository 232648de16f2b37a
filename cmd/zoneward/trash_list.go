package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/reconcile"
)

func (c *common) trashListCommand() *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the tombstones",
		Long: `Lists the tombstones that stand, the newest first: what was retired, when, by which commit, and until when it is kept. With --all also those
that came to their end: what was restored, purged, or superseded.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.trashList(cmd.Context(), all)
		},
	}
	c.selectFlags(cmd)
	c.formatFlag(cmd, "text", "json")
	c.statelessFlags(cmd)
	c.serverFlags(cmd, statelessUnfit)
	cmd.Flags().BoolVar(&all, "all", false, "also those that came to their end")
	return cmd
}

func (c *common) trashList(ctx context.Context, all bool) error {
	r, err := c.openLedger(ctx, toPlan)
	if err != nil {
		return err
	}
	defer r.close()
	stones, damage := r.stones(ctx, all) // what can be read is listed beside it
	if c.format == "json" {
		doc := document.Tombstones{Version: document.Version, Tombstones: make([]document.Tombstone, len(stones))}
		for i, t := range stones {
			doc.Tombstones[i] = t.document()
		}
		return errors.Join(damage, c.stdout.writeJSON(doc))
	}
	if len(stones) > 0 || damage == nil {
		c.writeTombstones(stones)
	}
	return damage
}

// tombstonesOf returns the tombstones of the zones and targets that are meant, the newest first. Beside an error are those that can be read.
func tombstonesOf(ctx context.Context, w *workspace, closed bool) ([]reconcile.Tombstone, error) {
	query := reconcile.TombstoneQuery{Closed: closed}
	if len(w.only.Zones) == 1 {
		query.Zone = w.only.Zones[0]
	}
	stones, err := w.store.Tombstones(ctx, query)
	if err != nil {
		err = fmt.Errorf("read the tombstones: %w", err)
	}
	return slices.DeleteFunc(stones, func(t reconcile.Tombstone) bool { return !w.only.Has(t.Ref) }), err
}

// clockNow reads the clocks, with what there is to doubt of them.
func clockNow(ctx context.Context, s reconcile.Store) (reconcile.Clock, error) {
	clock, err := s.Clock(ctx)
	if err != nil {
		return reconcile.Clock{}, fmt.Errorf("read the state: %w", err)
	}
	return clock.Next(readClock()), nil
}

// stone is a tombstone as it is shown.
type stone struct {
	reconcile.Tombstone
	due   bool      // the next apply purges it
	until time.Time // it is kept
}

func stoneAt(t reconcile.Tombstone, now reconcile.Clock) stone {
	return stone{t, document.IsDue(t, now), now.End(t.BuriedAt, t.PurgeAt)}
}

// stonesAt returns stoneAt of each.
func stonesAt(all []reconcile.Tombstone, now reconcile.Clock) []stone {
	stones := make([]stone, len(all))
	for i, t := range all {
		stones[i] = stoneAt(t, now)
	}
	return stones
}

// word says in a word how far the tombstone has come.
func (t stone) word() string {
	switch {
	case t.due:
		return "due"
	case t.State == reconcile.Buried:
		return "unsettled"
	}
	return string(t.State)
}

// document returns the tombstone as a list has it.
func (t stone) document() document.Tombstone {
	doc := document.OfTombstone(t.Tombstone, reconcile.Clock{})
	doc.Due, doc.PurgeAt = t.due, t.until.UTC()
	return doc
}

// writeTombstones writes a table.
func (c *common) writeTombstones(stones []stone) {
	if len(stones) == 0 {
		fmt.Fprintln(c.stdout, "No tombstones.")
		return
	}
	style := c.colours()
	width := struct{ name, typ, target int }{len("NAME"), len("TYPE"), len("TARGET")}
	for _, t := range stones {
		width.name = max(width.name, min(utf8.RuneCountInString(render.Name(t.Key.Name)), render.WidestName))
		width.typ = max(width.typ, len(stoneType(t.Tombstone)))
		width.target = max(width.target, utf8.RuneCountInString(t.Target))
	}
	const state = len("superseded")
	fmt.Fprintf(c.stdout, "%s%-16s  %-*s  %-*s  %-*s  %-*s  %-20s  %-20s  BY%s\n",
		style.Dim, "ID", width.name, "NAME", width.typ, "TYPE", width.target, "TARGET", state, "STATE", "RETIRED", "KEPT UNTIL", style.Reset)
	for _, t := range stones {
		by := byCommit(t.Writer)
		if t.Hidden && t.State.Standing() {
			by += " (hidden at the provider)"
		}
		until := ""
		if t.State.Standing() {
			until = render.Stamp(t.until)
		}
		fmt.Fprintf(c.stdout, "%-16s  %-*s  %-*s  %-*s  %-*s  %-20s  %-20s  %s\n",
			render.Shown(t.ID), width.name, render.Name(t.Key.Name), width.typ, stoneType(t.Tombstone), width.target, t.Target, state, t.word(),
			render.Stamp(t.BuriedAt), until, by)
	}
}

// stoneType returns the type of what a tombstone is about.
func stoneType(t reconcile.Tombstone) string {
	switch t.Kind {
	case reconcile.KindZone:
		return "zone"
	case reconcile.KindResource:
		return render.Shown(string(t.Resource))
	case reconcile.KindRRset, reconcile.KindProperty:
	}
	return t.Key.Type.String()
}
