package main

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/sergi/go-diff/diffmatchpatch"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// style has the escape sequences of a terminal, empty ones for plain text.
type style struct {
	reset, bold, dim, red, green, yellow, strongRed, strongGreen string
}

// plainStyle is for files and pipes, colourStyle for terminals.
var (
	plainStyle  = style{}
	colourStyle = style{
		reset: "\x1b[0m", bold: "\x1b[1m", dim: "\x1b[2m", red: "\x1b[31m", green: "\x1b[32m", yellow: "\x1b[33m",
		strongRed: "\x1b[31;7m", strongGreen: "\x1b[32;7m",
	}
)

// textPlan writes plans for people at a terminal.
type textPlan struct {
	w     *bufio.Writer
	style style
	// indent is in front of each line of a change, beside what all have.
	indent string
}

func newTextPlan(w io.Writer, s style) textPlan { return textPlan{w: bufio.NewWriter(w), style: s} }

// writeTextPlan writes p: each zone with something to say, its changes with old and new values below each other and the line that
// caused them, what holds it, what else there is to know, and a line that sums up.
func writeTextPlan(w io.Writer, p *reconcile.Plan, s style, a advice) error {
	t := newTextPlan(w, s)
	for i := range p.Zones {
		if z := &p.Zones[i]; speaks(z) {
			t.zone(z, p.CreatedAt, a)
		}
	}
	t.printf("%s%s%s\n", s.bold, summaryLine(p), s.reset)
	return t.w.Flush()
}

func (t textPlan) printf(format string, args ...any) { fmt.Fprintf(t.w, format, args...) }

// zone writes the plan of a zone, which was made at that time.
func (t textPlan) zone(z *reconcile.ZonePlan, at time.Time, a advice) {
	t.printf("%s%s on %s%s\n", t.style.bold, shownName(z.Zone), z.Target, t.style.reset)
	if z.Err != nil {
		for line := range strings.Lines(shownLines(z.Err.Error())) {
			t.printf("  %serror:%s %s\n", t.style.red, t.style.reset, strings.TrimSuffix(line, "\n"))
		}
		t.printf("\n")
		return
	}
	var cols columns
	for _, c := range z.Changes {
		cols.fit(c)
	}
	for _, c := range z.Changes {
		t.change(c, cols)
	}
	t.following(z, at)
	for _, hold := range z.Holds {
		overridden := ""
		if a.overridden(hold.Guard) {
			overridden = " (overridden)"
		}
		t.printf("  %sheld by %s%s:%s %s\n", t.style.yellow, hold.Guard, overridden, t.style.reset, shown(hold.Reason))
		if hint := a.on(z, hold); hint != "" {
			t.printf("    %shint: %s%s\n", t.style.dim, hint, t.style.reset)
		}
	}
	for _, r := range remarks(z, at) {
		t.printf("  %s%s:%s %s\n", t.style.bold, r.topic, t.style.reset, shown(r.text))
	}
	if z.State != nil {
		t.printf("  %s%s:%s %s\n", t.style.yellow, shown(z.State.Name), t.style.reset, shown(z.State.Needs))
		for _, output := range outputTexts(z.State) {
			t.printf("    %s\n", output)
		}
	}
	t.printf("\n")
}

// columns are the widths of the columns of one zone's changes, in characters. What is wider than its column may be stands out of it.
type columns struct{ name, typ, ttl, value int }

// The widest that columns get, so that one long name or value does not push all others to the right.
const (
	widestName  = 40
	widestValue = 40
)

func (w *columns) fit(c reconcile.Change) {
	if c.Kind != reconcile.KindRRset || isPending(c) {
		return
	}
	w.name = max(w.name, min(len(c.Key.Name.String()), widestName))
	w.typ = max(w.typ, len(c.Key.Type.String()))
	for _, line := range valueLines(c) {
		w.ttl = max(w.ttl, len(line.ttl.String()))
		w.value = max(w.value, min(len(line.text), widestValue))
	}
}

func (t textPlan) change(c reconcile.Change, w columns) {
	colour := map[reconcile.Action]string{
		reconcile.Create: t.style.green, reconcile.Update: t.style.yellow, reconcile.Retire: t.style.red,
		reconcile.Restore: t.style.green, reconcile.Purge: t.style.strongRed,
	}[c.Action]
	about := t.about(c)
	whole := func(what string) {
		t.printf("%s  %s%s %s%s%s\n", t.indent, colour, symbols[c.Action], what, t.style.reset, about)
	}
	switch {
	case c.Kind == reconcile.KindZone:
		whole("the zone itself")
		return
	case c.Kind == reconcile.KindProperty:
		whole(propertyText(c.Property))
		return
	case c.Kind == reconcile.KindResource:
		t.resource(c, colour, about)
		return
	case isPending(c):
		whole(shown(c.From))
		return
	}
	head := fmt.Sprintf("%s  %s%s %-*s  %-*s%s", t.indent, colour, symbols[c.Action], w.name, c.Key.Name, w.typ, c.Key.Type, t.style.reset)
	indent := t.indent + strings.Repeat(" ", 4+w.name+2+w.typ)
	lines := valueLines(c)
	from, to := t.emphasize(lines)
	for i, line := range lines {
		text := line.text
		switch {
		case i == 0 && from != "":
			text = from
		case i == 1 && to != "":
			text = to
		}
		sign, colour := t.sign(line.kind)
		if c.Old == nil || c.New == nil {
			sign = " " // that the whole RRset comes or goes is said in front
		}
		pad := strings.Repeat(" ", max(w.value-len(line.text), 0))
		t.printf("%s %s%s %*s  %s%s", head, colour, sign, w.ttl, line.ttl, text, t.style.reset)
		if i == 0 && about != "" {
			t.printf("%s%s", pad, about)
		}
		t.printf("\n")
		head = indent
	}
}

// sign returns what is in front of a value, and its colour.
func (t textPlan) sign(kind lineKind) (sign, colour string) {
	switch kind {
	case lineGone:
		return "-", t.style.red
	case lineNew:
		return "+", t.style.green
	case lineSame:
	}
	return " ", t.style.dim
}

// about returns where a change comes from and what else there is to say of it, with space in front; it may be empty.
func (t textPlan) about(c reconcile.Change) string {
	source, all := shown(c.Source.String()), notes(c)
	if unicode, differs := c.Key.Name.Unicode(); differs && c.Kind == reconcile.KindRRset && !isPending(c) {
		all = slices.Insert(all, 0, shown(unicode))
	}
	notes := strings.Join(all, "; ")
	switch {
	case source == "" && notes == "":
		return ""
	case source == "":
		return "  " + notes
	case notes != "":
		notes = " (" + notes + ")"
	}
	return "  " + t.style.dim + source + t.style.reset + notes
}

// emphasize returns the old and the new text of a change of one long value to another with what differs in it made to stand out.
// Both are empty if the change is of another kind, or there are no colours.
func (t textPlan) emphasize(lines []valueLine) (from, to string) {
	const long = 40
	if t.style == plainStyle || len(lines) < 2 || lines[0].kind != lineGone || lines[1].kind != lineNew ||
		len(lines) > 2 && lines[2].kind != lineSame || len(lines[0].text) < long && len(lines[1].text) < long {
		return "", ""
	}
	diff := diffmatchpatch.New()
	parts := diff.DiffCleanupSemantic(diff.DiffMain(lines[0].text, lines[1].text, false))
	var a, b strings.Builder
	for _, part := range parts {
		switch part.Type {
		case diffmatchpatch.DiffEqual:
			a.WriteString(part.Text)
			b.WriteString(part.Text)
		case diffmatchpatch.DiffDelete:
			a.WriteString(t.style.strongRed + part.Text + t.style.reset + t.style.red)
		case diffmatchpatch.DiffInsert:
			b.WriteString(t.style.strongGreen + part.Text + t.style.reset + t.style.green)
		}
	}
	return a.String(), b.String()
}

// writeProblems writes problems one a line, as compilers do, so that editors find the places.
func writeProblems(w *output, problems []zonefile.Problem) {
	for _, p := range problems {
		fmt.Fprintln(w, shown(p.String()))
	}
}

// writeNotices writes what a plan says besides its changes.
func writeNotices(w *output, p *reconcile.Plan) {
	seen := map[string]bool{}
	for _, z := range p.Zones {
		for _, warning := range z.Warnings {
			if line := shown(warning.String()); !seen[line] { // one file may be for many targets
				seen[line] = true
				fmt.Fprintln(w, line)
			}
		}
	}
	for _, notice := range p.Notices {
		fmt.Fprintln(w, "note: "+shown(notice))
	}
}
