package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/zoneward/zoneward/reconcile"
)

// writeMarkdownPlan writes p as GitHub flavoured markdown: a table for each zone that has changes. Whatever is in a record, it cannot
// end the table, mention anybody, become a link or a comment: see inert.
func writeMarkdownPlan(w io.Writer, p *reconcile.Plan) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "**%s**\n\n", summaryLine(p))
	for i := range p.Zones {
		z := &p.Zones[i]
		if len(z.Changes) == 0 && z.Err == nil {
			continue
		}
		fmt.Fprintf(b, "### %s on %s\n\n", inert(shownName(z.Zone)), inert(z.Target))
		if z.Err != nil {
			fmt.Fprintf(b, "Not planned:\n\n")
			for line := range strings.Lines(z.Err.Error()) {
				fmt.Fprintf(b, "- %s\n", inert(strings.TrimSuffix(line, "\n")))
			}
			fmt.Fprintf(b, "\n")
			continue
		}
		for _, hold := range z.Holds {
			fmt.Fprintf(b, "**Held by %s:** %s\n\n", hold.Guard, inert(hold.Reason))
		}
		fmt.Fprintf(b, "| | Name | Type | Old | New | Source |\n|---|---|---|---|---|---|\n")
		for _, c := range z.Changes {
			writeMarkdownChange(b, c)
		}
		fmt.Fprintf(b, "\nPlan of this zone: %s\n\n", inert(z.ID.String()))
	}
	return b.Flush()
}

func writeMarkdownChange(w *bufio.Writer, c reconcile.Change) {
	typ := "zone"
	if c.Kind == reconcile.KindRRset {
		typ = c.Key.Type.String()
	}
	var old, new []string
	for _, line := range valueLines(c) {
		cell := inert(fmt.Sprintf("%s %s", line.ttl, line.text))
		if line.kind != lineNew {
			old = append(old, cell)
		}
		if line.kind != lineGone {
			new = append(new, cell)
		}
	}
	fmt.Fprintf(w, "| %s | %s | %s | %s | %s | %s |\n", inert(symbols[c.Action]), inert(shownName(c.Key.Name)), inert(typ),
		strings.Join(old, "<br>"), strings.Join(new, "<br>"), inert(c.Source.String()))
}

// inert returns text as a <code> element in which everything but letters, digits, spaces and commas is a character reference.
// Markdown sees nothing in it that it knows, not even an address to link, and GitHub does not look for mentions and issues in code.
func inert(text string) string {
	if text == "" {
		return ""
	}
	var b strings.Builder
	b.WriteString("<code>")
	for _, r := range shown(text) {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == ' ', r == ',':
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "&#%d;", r)
		}
	}
	b.WriteString("</code>")
	return b.String()
}
