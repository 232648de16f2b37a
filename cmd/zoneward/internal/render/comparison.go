package render

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// Comparison is how the zones of two sides differ.
type Comparison struct {
	A, B string // what was compared
	// Zones are those that differ, and those that could not be compared, by name.
	Zones []ZoneDifference
	// Equal, Differing and Failed are how many zones are so.
	Equal, Differing, Failed int
	Notices                  []string
}

// ZoneDifference is how a zone differs.
type ZoneDifference struct {
	Zone zonefile.Name
	// Only says which side alone has the zone, empty if both have it, and Records how many records it has there.
	Only    Side
	Records int
	// Changes are what makes B of A, or the first of that.
	Changes []PlacedChange
	// Create, Update and Delete are how many RRsets only B has, both have, and only A has.
	Create, Update, Delete int
	Err                    error // why it could not be compared
}

// Side is one of the sides of a comparison.
type Side string

// The sides.
const (
	OnlyA Side = "a"
	OnlyB Side = "b"
)

// PlacedChange is an RRset that differs, and where both sides have it; empty if they do not.
type PlacedChange struct {
	reconcile.Change
	A, B string
}

// LeftOut returns how many RRsets differ that are not among the changes.
func (d ZoneDifference) LeftOut() int { return d.Create + d.Update + d.Delete - len(d.Changes) }

// Add adds what came of a zone.
func (c *Comparison) Add(d ZoneDifference) {
	switch {
	case d.Err != nil:
		c.Failed++
	case d.Only == "" && d.Create+d.Update+d.Delete == 0:
		c.Equal++
		return
	default:
		c.Differing++
	}
	c.Zones = append(c.Zones, d)
}

// Differs reports whether there is a difference.
func (c Comparison) Differs() bool { return c.Differing > 0 }

// SummaryLine says what a comparison comes to in a line.
func (c Comparison) SummaryLine() string {
	var create, update, remove int
	for _, d := range c.Zones {
		create, update, remove = create+d.Create, update+d.Update, remove+d.Delete
	}
	var line string
	switch {
	case c.Differing > 0:
		line = fmt.Sprintf("%s. RRsets: %d only in B, %d in both and different, %d only in A.", Count(c.Differing, "zone differs", "zones differ"), create, update, remove)
	case c.Failed == 0 || c.Equal > 0:
		line = "No differences."
	}
	if c.Equal > 0 {
		line += " " + Count(c.Equal, "zone is", "zones are") + " equal."
	}
	if c.Failed > 0 {
		line += " Not compared because of errors: " + Count(c.Failed, "zone", "zones") + "."
	}
	return strings.TrimPrefix(line, " ")
}

// only says that one side alone has a zone.
func (c Comparison) only(d ZoneDifference) string {
	side := c.A
	if d.Only == OnlyB {
		side = c.B
	}
	return fmt.Sprintf("only %s has it: %s", side, Count(d.Records, "record", "records"))
}

// leftOut says how many changes are not shown, empty if all are.
func (d ZoneDifference) leftOut() string {
	n := d.LeftOut()
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("and %s; --max shows more", Count(n, "RRset more that differs", "RRsets more that differ"))
}

// change returns the change with its places as its source.
func (p PlacedChange) change() reconcile.Change {
	c := p.Change
	places := p.A
	if p.A != p.B && p.A != "" && p.B != "" {
		places += ", "
	}
	if p.A != p.B {
		places += p.B
	}
	c.Source = zonefile.Position{File: places}
	return c
}

// TextComparison writes a comparison as TextPlan writes a plan: what turns A into B, with the places on both sides.
func TextComparison(w io.Writer, c Comparison, s Style) error {
	t := NewPrinter(w, s)
	if len(c.Zones) > 0 {
		t.Printf("%sA: %s%s\n%sB: %s%s\n\n", s.Bold, Shown(c.A), s.Reset, s.Bold, Shown(c.B), s.Reset)
	}
	for _, d := range c.Zones {
		t.difference(c, d)
	}
	t.Printf("%s%s%s\n", s.Bold, c.SummaryLine(), s.Reset)
	return t.Flush()
}

func (t Printer) difference(c Comparison, d ZoneDifference) {
	t.Printf("%s%s%s\n", t.Style.Bold, Name(d.Zone), t.Style.Reset)
	switch {
	case d.Err != nil:
		t.failure(d.Err)
	case d.Only != "":
		sign, colour := t.sign(LineGone)
		if d.Only == OnlyB {
			sign, colour = t.sign(LineNew)
		}
		t.Printf("  %s%s %s%s\n", colour, sign, Shown(c.only(d)), t.Style.Reset)
	}
	var cols Columns
	for _, p := range d.Changes {
		cols.Fit(p.Change)
	}
	for _, p := range d.Changes {
		t.Change(p.change(), cols)
	}
	if more := d.leftOut(); more != "" {
		t.Printf("  %s\n", more)
	}
	t.Printf("\n")
}

// MarkdownComparison writes a comparison as MarkdownPlan writes a plan.
func MarkdownComparison(w io.Writer, c Comparison) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "**%s**\n\n", c.SummaryLine())
	if len(c.Zones) > 0 {
		fmt.Fprintf(b, "A is %s, B is %s.\n\n", Inert(c.A), Inert(c.B))
	}
	for _, d := range c.Zones {
		fmt.Fprintf(b, "### %s\n\n", Inert(Name(d.Zone)))
		switch {
		case d.Err != nil:
			for line := range strings.Lines(d.Err.Error()) {
				fmt.Fprintf(b, "- %s\n", Inert(strings.TrimSuffix(line, "\n")))
			}
			fmt.Fprintf(b, "\n")
		case d.Only != "":
			fmt.Fprintf(b, "%s\n\n", Inert(c.only(d)))
		default:
			writeMarkdownHead(b)
			for _, p := range d.Changes {
				writeMarkdownChange(b, p.change(), "")
			}
			fmt.Fprintf(b, "\n")
		}
		if more := d.leftOut(); more != "" {
			fmt.Fprintf(b, "%s\n\n", Inert(more))
		}
	}
	return b.Flush()
}
