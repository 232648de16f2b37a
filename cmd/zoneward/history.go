package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/reconcile"
)

// historyFlags are the flags of history.
type historyFlags struct {
	since     string
	limit     int
	revisions bool
}

// usualLimit is how many changes history shows if nobody says.
const usualLimit = 100

func (c *common) historyCommand() *cobra.Command {
	var flags historyFlags
	cmd := &cobra.Command{
		Use:   "history [NAME [TYPE]]",
		Short: "Show who changed what, when, and by which commit",
		Long: `Shows what zoneward has written, the newest first: for each RRset what it was and what it became, when, by which commit and whose, who applied it,
and by which plan. With a NAME only what was done to that, and with a TYPE to that RRset. What somebody else changed at a provider is seen where
it was put right.

With --revisions the states of a zone are shown that its provider has kept by itself; rollback --revision goes back to one.`,
		Args: cobra.MaximumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if flags.revisions {
				return c.revisions(cmd.Context(), args, flags)
			}
			return c.history(cmd.Context(), args, flags)
		},
	}
	c.selectFlags(cmd)
	c.formatFlag(cmd, "text", "json")
	c.statelessFlags(cmd)
	c.serverFlags(cmd, statelessUnfit, unfit{"revisions": "the daemon does not tell which states providers keep"})
	cmd.Flags().StringVar(&flags.since, "since", "", "only what was done since this `TIME`, or so long ago: 2026-01-02, 7d")
	cmd.Flags().BoolVar(&flags.revisions, "revisions", false, "the states of a ZONE that its provider has kept")
	cmd.Flags().IntVar(&flags.limit, "limit", usualLimit, "the most changes that are shown, 0 for all")
	return cmd
}

func (c *common) history(ctx context.Context, args []string, flags historyFlags) error {
	query, err := c.historyQuery(args, flags.since)
	if err != nil {
		return err
	}
	if flags.limit < 0 {
		return &usageError{err: fmt.Errorf("--limit %d: want a number from 0 up", flags.limit)}
	}
	r, err := c.openLedger(ctx, toPlan)
	if err != nil {
		return err
	}
	defer r.close()
	var entries []reconcile.Entry
	left, more := flags.limit, false
	for entry, err := range r.history(ctx, query) {
		if err != nil {
			return err
		}
		if flags.limit > 0 && left <= 0 {
			more = true
			break
		}
		if flags.limit > 0 && len(entry.Changes) > left {
			more = true
			entry.Changes = entry.Changes[:left]
		}
		left -= max(len(entry.Changes), 1)
		entries = append(entries, entry)
	}
	if more {
		fmt.Fprintf(c.stderr, "note: there is more: --limit 0 shows all\n")
	}
	if c.format == "json" {
		doc := document.History{Version: document.Version, Entries: make([]document.Entry, len(entries))}
		for i, entry := range entries {
			doc.Entries[i] = document.OfEntry(entry)
		}
		return c.stdout.writeJSON(doc)
	}
	if len(entries) == 0 {
		fmt.Fprintln(c.stdout, "No history.")
		return nil
	}
	t := render.NewPrinter(c.stdout, c.colours())
	for i := range entries {
		writeEntry(t, &entries[i])
	}
	return t.Flush()
}

// historyQuery returns which entries are wanted.
func (c *common) historyQuery(args []string, since string) (reconcile.HistoryQuery, error) {
	var query reconcile.HistoryQuery
	var err error
	if query.Zone, query.Target, err = c.oneZone(); err != nil {
		return query, err
	}
	if len(args) > 0 {
		typ := ""
		if len(args) > 1 {
			typ = args[1]
		}
		key, err := parseKey(args[0], typ, query.Zone)
		if err != nil {
			return query, err
		}
		query.Name, query.Type = key.Name, key.Type
	}
	if since != "" {
		if query.Since, err = parseMoment(since, time.Now()); err != nil {
			return query, &usageError{err: errors.New("--since " + strings.Replace(err.Error(), wantPoint, "want a time, a day, or how long ago it was (7d)", 1))}
		}
	}
	return query, nil
}

// writeEntry writes an entry of the audit log: a line with what is about all of it, then its changes.
func writeEntry(t render.Printer, e *reconcile.Entry) {
	at := e.Intent.At
	if !e.Open {
		at = e.Conclusion.At
	}
	t.Printf("%s%s  %s%s  %s\n", t.Style.Bold, render.Stamp(at), scopeText(e), t.Style.Reset, strings.Join(entryFacts(e), ", "))
	if s := e.Suspend; s != nil {
		text := s.String()
		if e.Why == "resume" {
			text = "resumed: " + s.Reason
		}
		t.Printf("  %s\n", render.Shown(text))
	}
	if len(e.Changes) == 0 {
		for _, stone := range e.Stones {
			t.Printf("  tombstone %s of %s\n", render.Shown(stone.ID), stoneSubject(stone))
		}
	}
	var cols render.Columns
	for _, c := range e.Changes {
		cols.Fit(c)
	}
	var not []reconcile.Change
	for i, c := range e.Changes {
		if !e.Open && (i >= len(e.Live) || !e.Live[i]) {
			not = append(not, c)
			continue
		}
		t.Change(c, cols)
	}
	if len(not) > 0 {
		t.Printf("  %snot live:%s\n", t.Style.Yellow, t.Style.Reset)
		for _, c := range not {
			t.Change(c, cols)
		}
	}
	if e.Err != "" {
		for line := range strings.Lines(render.Lines(e.Err)) {
			t.Printf("  %serror:%s %s\n", t.Style.Red, t.Style.Reset, strings.TrimSuffix(line, "\n"))
		}
	}
	t.Printf("\n")
}

// scopeText says what an entry is about.
func scopeText(e *reconcile.Entry) string {
	switch {
	case e.Zone.IsZero() && e.Target == "":
		return "everything"
	case e.Zone.IsZero():
		return "the provider " + render.Shown(e.Target)
	case e.Target == "":
		return render.Name(e.Zone)
	}
	return render.Name(e.Zone) + " on " + render.Shown(e.Target)
}

// entryFacts says who did what in an entry and why, and how it ended if not well.
func entryFacts(e *reconcile.Entry) []string {
	facts := []string{render.Shown(e.Why) + " by " + render.Shown(e.Actor)}
	if by := byCommit(e.Writer); by != "" {
		facts = append(facts, by)
	}
	if !e.Plan.IsZero() {
		facts = append(facts, "plan "+shortDigest(e.Plan))
	}
	if len(e.Overrides) > 0 {
		var names []string
		for _, guard := range e.Overrides {
			names = append(names, string(guard))
		}
		facts = append(facts, "overriding "+render.Shown(strings.Join(names, " ")))
	}
	if e.Reason != "" {
		facts = append(facts, "because: "+render.Shown(e.Reason))
	}
	switch {
	case e.Open:
		facts = append(facts, "not known yet what became of it")
	case e.Result != reconcile.Done && e.Result != reconcile.Observed:
		facts = append(facts, string(e.Result))
	}
	if e.Settled {
		facts = append(facts, "settled after an interruption")
	}
	return facts
}
