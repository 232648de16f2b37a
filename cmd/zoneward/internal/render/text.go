package render

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

// Style has the escape sequences of a terminal, empty ones for plain text.
type Style struct {
	Reset, Bold, Dim, Red, Green, Yellow, StrongRed, StrongGreen string
}

// Colours returns the style for terminals that have colours.
func Colours() Style {
	return Style{
		Reset: "\x1b[0m", Bold: "\x1b[1m", Dim: "\x1b[2m", Red: "\x1b[31m", Green: "\x1b[32m", Yellow: "\x1b[33m",
		StrongRed: "\x1b[31;7m", StrongGreen: "\x1b[32;7m",
	}
}

// Advice says what there is to know beside a plan about what holds it. It may be nil: then nothing is.
type Advice interface {
	// Overridden reports whether a guard does not count.
	Overridden(guard reconcile.Guard) bool
	// On says what to do about a hold of a plan, where its reason does not; empty if there is nothing to do.
	On(z *reconcile.ZonePlan, hold reconcile.Hold) string
}

// Printer writes plans for people at a terminal.
type Printer struct {
	Style Style

	w *bufio.Writer
	// indent is in front of each line of a change, beside what all have.
	indent string
}

// NewPrinter returns one that writes to w, as soon as it is flushed.
func NewPrinter(w io.Writer, s Style) Printer { return Printer{w: bufio.NewWriter(w), Style: s} }

// Flush writes what was printed, and returns the first error of it all.
func (t Printer) Flush() error { return t.w.Flush() }

// TextPlan writes p: each zone with something to say, its changes with old and new values below each other and the line that
// caused them, what holds it, what else there is to know, and a line that sums up.
func TextPlan(w io.Writer, p *reconcile.Plan, s Style, a Advice) error {
	t := NewPrinter(w, s)
	for i := range p.Zones {
		if z := &p.Zones[i]; Speaks(z) {
			t.zone(z, p.CreatedAt, a)
		}
	}
	t.Printf("%s%s%s\n", s.Bold, SummaryLine(p), s.Reset)
	return t.w.Flush()
}

// Indented returns a printer whose changes stand further to the right.
func (t Printer) Indented(more string) Printer {
	t.indent += more
	return t
}

// Printf prints text, which is as it may be shown.
func (t Printer) Printf(format string, args ...any) { fmt.Fprintf(t.w, format, args...) }

// zone writes the plan of a zone, which was made at that time.
func (t Printer) zone(z *reconcile.ZonePlan, at time.Time, a Advice) {
	t.Printf("%s%s on %s%s\n", t.Style.Bold, Name(z.Zone), z.Target, t.Style.Reset)
	if z.Err != nil {
		t.failure(z.Err)
		t.Printf("\n")
		return
	}
	var cols Columns
	for _, c := range z.Changes {
		cols.Fit(c)
	}
	for _, c := range z.Changes {
		t.Change(c, cols)
	}
	t.following(z, at)
	for _, hold := range z.Holds {
		overridden, hint := "", ""
		if a != nil {
			hint = a.On(z, hold)
			if a.Overridden(hold.Guard) {
				overridden = " (overridden)"
			}
		}
		t.Printf("  %sheld by %s%s:%s %s\n", t.Style.Yellow, hold.Guard, overridden, t.Style.Reset, Shown(hold.Reason))
		if hint != "" {
			t.Printf("    %shint: %s%s\n", t.Style.Dim, hint, t.Style.Reset)
		}
	}
	for _, r := range Remarks(z, at) {
		t.Printf("  %s%s:%s %s\n", t.Style.Bold, r.Topic, t.Style.Reset, Shown(r.Text))
	}
	if z.State != nil {
		t.Printf("  %s%s:%s %s\n", t.Style.Yellow, Shown(z.State.Name), t.Style.Reset, Shown(z.State.Needs))
		for _, output := range Outputs(z.State) {
			t.Printf("    %s\n", output)
		}
	}
	t.Printf("\n")
}

// Columns are the widths of the Columns of one zone's changes, in characters. What is wider than its column may be stands out of it.
type Columns struct{ name, typ, ttl, value int }

// The widest that Columns get, so that one long name or value does not push all others to the right.
const (
	WidestName  = 40
	widestValue = 40
)

// Fit makes the columns wide enough for a change.
func (w *Columns) Fit(c reconcile.Change) {
	if c.Kind != reconcile.KindRRset || IsPending(c) {
		return
	}
	w.name = max(w.name, min(len(c.Key.Name.String()), WidestName))
	w.typ = max(w.typ, len(c.Key.Type.String()))
	for _, line := range ValueLines(c) {
		w.ttl = max(w.ttl, len(line.TTL.String()))
		w.value = max(w.value, min(len(line.Text), widestValue))
	}
}

// Change prints a change, in columns of those widths.
func (t Printer) Change(c reconcile.Change, w Columns) {
	colour := map[reconcile.Action]string{
		reconcile.Create: t.Style.Green, reconcile.Update: t.Style.Yellow, reconcile.Retire: t.Style.Red,
		reconcile.Restore: t.Style.Green, reconcile.Purge: t.Style.StrongRed,
	}[c.Action]
	about := t.about(c)
	whole := func(what string) {
		t.Printf("%s  %s%s %s%s%s\n", t.indent, colour, Symbol(c.Action), what, t.Style.Reset, about)
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
	case IsPending(c):
		whole(Shown(c.From))
		return
	}
	head := fmt.Sprintf("%s  %s%s %-*s  %-*s%s", t.indent, colour, Symbol(c.Action), w.name, c.Key.Name, w.typ, c.Key.Type, t.Style.Reset)
	indent := t.indent + strings.Repeat(" ", 4+w.name+2+w.typ)
	lines := ValueLines(c)
	from, to := t.emphasize(lines)
	for i, line := range lines {
		text := line.Text
		switch {
		case i == 0 && from != "":
			text = from
		case i == 1 && to != "":
			text = to
		}
		sign, colour := t.sign(line.Kind)
		if c.Old == nil || c.New == nil {
			sign = " " // that the whole RRset comes or goes is said in front
		}
		pad := strings.Repeat(" ", max(w.value-len(line.Text), 0))
		t.Printf("%s %s%s %*s  %s%s", head, colour, sign, w.ttl, line.TTL, text, t.Style.Reset)
		if i == 0 && about != "" {
			t.Printf("%s%s", pad, about)
		}
		t.Printf("\n")
		head = indent
	}
}

// sign returns what is in front of a value, and its colour.
func (t Printer) sign(kind LineKind) (sign, colour string) {
	switch kind {
	case LineGone:
		return "-", t.Style.Red
	case LineNew:
		return "+", t.Style.Green
	case LineSame:
	}
	return " ", t.Style.Dim
}

// about returns where a change comes from and what else there is to say of it, with space in front; it may be empty.
func (t Printer) about(c reconcile.Change) string {
	source, all := Shown(c.Source.String()), Notes(c)
	if unicode, differs := c.Key.Name.Unicode(); differs && c.Kind == reconcile.KindRRset && !IsPending(c) {
		all = slices.Insert(all, 0, Shown(unicode))
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
	return "  " + t.Style.Dim + source + t.Style.Reset + notes
}

// emphasize returns the old and the new text of a change of one long value to another with what differs in it made to stand out.
// Both are empty if the change is of another kind, or there are no colours.
func (t Printer) emphasize(lines []ValueLine) (from, to string) {
	const long = 40
	if t.Style == (Style{}) || len(lines) < 2 || lines[0].Kind != LineGone || lines[1].Kind != LineNew ||
		len(lines) > 2 && lines[2].Kind != LineSame || len(lines[0].Text) < long && len(lines[1].Text) < long {
		return "", ""
	}
	diff := diffmatchpatch.New()
	parts := diff.DiffCleanupSemantic(diff.DiffMain(lines[0].Text, lines[1].Text, false))
	var a, b strings.Builder
	for _, part := range parts {
		switch part.Type {
		case diffmatchpatch.DiffEqual:
			a.WriteString(part.Text)
			b.WriteString(part.Text)
		case diffmatchpatch.DiffDelete:
			a.WriteString(t.Style.StrongRed + part.Text + t.Style.Reset + t.Style.Red)
		case diffmatchpatch.DiffInsert:
			b.WriteString(t.Style.StrongGreen + part.Text + t.Style.Reset + t.Style.Green)
		}
	}
	return a.String(), b.String()
}

// failure writes why there is nothing else to say.
func (t Printer) failure(err error) {
	for line := range strings.Lines(Lines(err.Error())) {
		t.Printf("  %serror:%s %s\n", t.Style.Red, t.Style.Reset, strings.TrimSuffix(line, "\n"))
	}
}

// Problems returns problems one a line, as compilers write them, so that editors find the places.
func Problems(problems []zonefile.Problem) string {
	var b strings.Builder
	for _, p := range problems {
		b.WriteString(Shown(p.String()) + "\n")
	}
	return b.String()
}

// Notices returns what a plan says besides its changes, one a line.
func Notices(p *reconcile.Plan) string {
	var b strings.Builder
	seen := map[string]bool{}
	for _, z := range p.Zones {
		for _, warning := range z.Warnings {
			if line := Shown(warning.String()); !seen[line] { // one file may be for many targets
				seen[line] = true
				b.WriteString(line + "\n")
			}
		}
	}
	for _, notice := range p.Notices {
		b.WriteString("note: " + Shown(notice) + "\n")
	}
	return b.String()
}
