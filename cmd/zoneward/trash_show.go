package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

func (c *common) trashShowCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show ID",
		Short: "Show what a tombstone keeps",
		Long: `Shows what a tombstone keeps: an RRset, or a whole zone with the settings that it had at its provider, as a master file; what a domain had beside
its zone as a domain file. ID is the id of the tombstone, or how it begins.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.trashShow(cmd.Context(), args[0])
		},
	}
	c.formatFlag(cmd, "text", "json")
	c.statelessFlags(cmd)
	c.serverFlags(cmd, statelessUnfit)
	return cmd
}

func (c *common) trashShow(ctx context.Context, id string) error {
	if err := c.checkID(id); err != nil {
		return err
	}
	r, err := c.openLedger(ctx, toPlan)
	if err != nil {
		return err
	}
	defer r.close()
	doc, text, err := r.stone(ctx, id)
	if err != nil {
		return err
	}
	if c.format == "json" {
		return c.stdout.writeJSON(doc)
	}
	fmt.Fprint(c.stdout, text)
	return nil
}

// shownStone returns all that a tombstone keeps, and that as a file.
func shownStone(t reconcile.Tombstone, now reconcile.Clock) (document.ShownTombstone, string, error) {
	text, err := stoneFile(stoneAt(t, now))
	doc := document.ShownTombstone{Version: document.Version, Tombstone: document.OfTombstone(t, now)}
	if t.Kind == reconcile.KindResource {
		doc.Settings, doc.References, doc.Declaration = fieldsOf(t), t.References, declarationText(t)
	} else {
		doc.Settings, doc.BIND = t.Settings, text
	}
	return doc, text, err
}

// checkID checks the id of a tombstone, or how it begins.
func (c *common) checkID(id string) error {
	if id == "" || len(id) > 16 || strings.Trim(id, "0123456789abcdef") != "" {
		return &usageError{fmt.Errorf("%s: not the id of a tombstone, which has 16 hex digits", render.Shown(id)), c.commandLine("trash", "list") + " has the ids"}
	}
	return nil
}

// stoneFile returns what a tombstone keeps as a master file, or a domain file. What there is to know of it stands in comments at the top.
func stoneFile(t stone) (string, error) {
	lines := []string{
		fmt.Sprintf("tombstone %s: %s on %s, %s", t.ID, stoneSubject(t.Tombstone), t.Target, t.word()),
		"retired " + strings.TrimSpace(render.Stamp(t.BuriedAt)+" by "+t.Actor+", "+byCommit(t.Writer)),
		"kept until " + render.Stamp(t.until),
	}
	if !t.State.Standing() {
		lines[2] = fmt.Sprintf("%s %s", t.State, render.Stamp(t.StateAt))
	}
	if t.Kind != reconcile.KindResource {
		for _, key := range slices.Sorted(maps.Keys(t.Settings)) {
			lines = append(lines, fmt.Sprintf("setting %s: %s", key, t.Settings[key]))
		}
	}
	for i, line := range lines {
		lines[i] = render.Shown(line)
	}
	switch t.Kind {
	case reconcile.KindResource:
		return domainFile(t.Tombstone, lines), nil
	case reconcile.KindZone:
		// It has its own comments.
		return "; " + strings.Join(lines, "\n; ") + "\n" + t.Export, nil
	case reconcile.KindRRset, reconcile.KindProperty:
	}
	zone, err := zonefile.ZoneOf(t.Zone, t.RRset)
	if err != nil {
		return "", fmt.Errorf("tombstone %s: %w", t.ID, err)
	}
	var b strings.Builder
	err = zonefile.FormatBIND(&b, zone, zonefile.FormatOptions{Header: strings.Join(lines, "\n")})
	return b.String(), err
}

// stoneSubject says what a tombstone is about.
func stoneSubject(t reconcile.Tombstone) string {
	switch t.Kind {
	case reconcile.KindZone:
		return "the zone " + t.Zone.String()
	case reconcile.KindResource:
		return render.Resource(t.Resource, t.Key.Name)
	case reconcile.KindRRset, reconcile.KindProperty:
	}
	return t.Key.String()
}
