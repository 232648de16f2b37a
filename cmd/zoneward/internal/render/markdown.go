package render

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/zoneward/zoneward/reconcile"
)

// MarkdownPlan writes p as GitHub flavoured markdown: a table for each zone that has changes, and what else there is to say of it, warnings
// among it. Whatever is in a record, it cannot end the table, mention anybody, become a link or a comment: see [Inert].
func MarkdownPlan(w io.Writer, p *reconcile.Plan) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "**%s**\n\n", SummaryLine(p))
	for i := range p.Zones {
		z := &p.Zones[i]
		if Speaks(z) || len(z.Warnings) > 0 {
			writeMarkdownZone(b, z, p.CreatedAt)
		}
	}
	return b.Flush()
}

// writeMarkdownZone writes the plan of a zone, which was made at that time.
func writeMarkdownZone(b *bufio.Writer, z *reconcile.ZonePlan, at time.Time) {
	fmt.Fprintf(b, "### %s on %s\n\n", Inert(Name(z.Zone)), Inert(z.Target))
	if z.Err != nil {
		fmt.Fprintf(b, "Not planned:\n\n")
		for line := range strings.Lines(z.Err.Error()) {
			fmt.Fprintf(b, "- %s\n", Inert(strings.TrimSuffix(line, "\n")))
		}
		fmt.Fprintf(b, "\n")
		return
	}
	for _, hold := range z.Holds {
		fmt.Fprintf(b, "**Held by %s:** %s\n\n", hold.Guard, Inert(hold.Reason))
	}
	if z.State != nil {
		fmt.Fprintf(b, "**%s:** %s\n\n", Inert(z.State.Name), Inert(z.State.Needs))
		for _, output := range Outputs(z.State) {
			fmt.Fprintf(b, "- %s\n", Inert(output))
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
	if later := Planned(z.Deferred, at); len(later) > 0 {
		fmt.Fprintf(b, "T%s\n\n", strings.TrimPrefix(Then(later), "t"))
		writeMarkdownHead(b)
		for _, f := range later {
			for _, c := range f.Changes {
				writeMarkdownChange(b, c, f.What)
			}
		}
		fmt.Fprintf(b, "\n")
	}
	said := Remarks(z, at)
	for _, r := range said {
		fmt.Fprintf(b, "- %s: %s\n", r.Topic, Inert(r.Text))
	}
	warnings := Warnings(z)
	for _, w := range warnings {
		fmt.Fprintf(b, "- %s\n", Inert(w.String()))
	}
	if len(said)+len(warnings) > 0 {
		fmt.Fprintf(b, "\n")
	}
	if len(z.Changes)+len(z.Deferred) > 0 {
		what := "zone"
		if z.OfResources() {
			what = "domain"
		}
		fmt.Fprintf(b, "Plan of this %s: %s\n\n", what, Inert(z.ID.String()))
	}
}

func writeMarkdownHead(w *bufio.Writer) {
	fmt.Fprintf(w, "| | Name | Type | Old | New | Source |\n|---|---|---|---|---|---|\n")
}

// writeMarkdownChange writes a change as a row. what is what it waits for, empty if it does not.
func writeMarkdownChange(w *bufio.Writer, c reconcile.Change, what string) {
	cells := func(texts []string) string {
		all := make([]string, len(texts))
		for i, text := range texts {
			all[i] = Inert(text)
		}
		return strings.Join(all, "<br>")
	}
	r := RowOf(c, what)
	fmt.Fprintf(w, "| %s | %s | %s | %s | %s | %s |\n", Inert(Symbol(c.Action)), Inert(r.Name), Inert(r.Type), cells(r.Old), cells(r.New), cells(r.About))
}

// Inert returns text as a <code> element in which everything but letters, digits, spaces and commas is a character reference.
// Markdown sees nothing in it that it knows, not even an address to link, and GitHub does not look for mentions and issues in code.
func Inert(text string) string {
	if text == "" {
		return ""
	}
	var b strings.Builder
	b.WriteString("<code>")
	for _, r := range Shown(text) {
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
