package main

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// writeMarkdownPlan writes p as GitHub flavoured markdown: a table for each zone that has changes, and what else there is to say of it, warnings
// among it. Whatever is in a record, it cannot end the table, mention anybody, become a link or a comment: see inert.
func writeMarkdownPlan(w io.Writer, p *reconcile.Plan) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "**%s**\n\n", summaryLine(p))
	for i := range p.Zones {
		z := &p.Zones[i]
		if speaks(z) || len(z.Warnings) > 0 {
			writeMarkdownZone(b, z, p.CreatedAt)
		}
	}
	return b.Flush()
}

// writeMarkdownZone writes the plan of a zone, which was made at that time.
func writeMarkdownZone(b *bufio.Writer, z *reconcile.ZonePlan, at time.Time) {
	fmt.Fprintf(b, "### %s on %s\n\n", inert(shownName(z.Zone)), inert(z.Target))
	if z.Err != nil {
		fmt.Fprintf(b, "Not planned:\n\n")
		for line := range strings.Lines(z.Err.Error()) {
			fmt.Fprintf(b, "- %s\n", inert(strings.TrimSuffix(line, "\n")))
		}
		fmt.Fprintf(b, "\n")
		return
	}
	for _, hold := range z.Holds {
		fmt.Fprintf(b, "**Held by %s:** %s\n\n", hold.Guard, inert(hold.Reason))
	}
	if z.State != nil {
		fmt.Fprintf(b, "**%s:** %s\n\n", inert(z.State.Name), inert(z.State.Needs))
		for _, output := range outputTexts(z.State) {
			fmt.Fprintf(b, "- %s\n", inert(output))
		}
		fmt.Fprintf(b, "\n")
	}
	if len(z.Changes) > 0 {
		writeMarkdownHead(b)
		for _, c := range z.Changes {
			writeMarkdownChange(b, c, "")
		}
		fmt.Fprintf(b, "\n")
	}
	if later := plannedToFollow(z, at); len(later) > 0 {
		fmt.Fprintf(b, "T%s\n\n", strings.TrimPrefix(then(later), "t"))
		writeMarkdownHead(b)
		for _, f := range later {
			for _, c := range f.changes {
				writeMarkdownChange(b, c, f.what)
			}
		}
		fmt.Fprintf(b, "\n")
	}
	said := remarks(z, at)
	for _, r := range said {
		fmt.Fprintf(b, "- %s: %s\n", r.topic, inert(r.text))
	}
	warnings := slices.DeleteFunc(slices.Clone(z.Warnings), func(w zonefile.Problem) bool { return isRemark(z, w) })
	for _, w := range warnings {
		fmt.Fprintf(b, "- %s\n", inert(w.String()))
	}
	if len(said)+len(warnings) > 0 {
		fmt.Fprintf(b, "\n")
	}
	if len(z.Changes)+len(z.Deferred) > 0 {
		what := "zone"
		if z.OfResources() {
			what = "domain"
		}
		fmt.Fprintf(b, "Plan of this %s: %s\n\n", what, inert(z.ID.String()))
	}
}

func writeMarkdownHead(w *bufio.Writer) {
	fmt.Fprintf(w, "| | Name | Type | Old | New | Source |\n|---|---|---|---|---|---|\n")
}

// writeMarkdownChange writes a change as a row. what is what it waits for, empty if it does not.
func writeMarkdownChange(w *bufio.Writer, c reconcile.Change, what string) {
	name, typ := shownName(c.Key.Name), "zone"
	var old, new []string
	switch c.Kind {
	case reconcile.KindZone:
	case reconcile.KindResource:
		typ = string(c.Resource.Kind)
		for _, f := range c.Resource.Fields {
			for _, line := range fieldLines(f) {
				cell := inert(shown(f.Name) + " " + line.text)
				if line.kind != lineNew {
					old = append(old, cell)
				}
				if line.kind != lineGone {
					new = append(new, cell)
				}
			}
		}
	case reconcile.KindRRset:
		if typ = c.Key.Type.String(); isPending(c) {
			name, typ = shown(c.From), ""
		}
	case reconcile.KindProperty:
		typ, new = "zone "+c.Property.Name, []string{inert(c.Property.New)}
		if c.Property.Old != "" {
			old = []string{inert(c.Property.Old)}
		}
	}
	for _, line := range valueLines(c) {
		cell := inert(fmt.Sprintf("%s %s", line.ttl, line.text))
		if line.kind != lineNew {
			old = append(old, cell)
		}
		if line.kind != lineGone {
			new = append(new, cell)
		}
	}
	about := []string{inert(c.Source.String())}
	if about[0] == "" {
		about = nil
	}
	if what != "" {
		about = append(about, inert(what))
	}
	for _, note := range notes(c) {
		about = append(about, inert(note))
	}
	fmt.Fprintf(w, "| %s | %s | %s | %s | %s | %s |\n", inert(symbols[c.Action]), inert(name), inert(typ),
		strings.Join(old, "<br>"), strings.Join(new, "<br>"), strings.Join(about, "<br>"))
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
