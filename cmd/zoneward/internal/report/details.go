package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/reconcile"
)

// leastDetail is for how many octets it is worth to begin with the details of a zone.
const leastDetail = 500

// detailsIn returns the details of the zones in at most so many octets, and what is left out of them. Zones with little are whole, and what matters most is there
// if there is not room for all.
func detailsIn(zones []zone, room int) (text string, out omitted) {
	var all []detail
	for i := range zones {
		if d := detailOf(&zones[i]); len(d.groups) > 0 {
			all = append(all, d)
		}
	}
	in := make([]bool, len(all))
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return weight(all[b].zone) - weight(all[a].zone) })
	worth := 0
	for _, i := range order {
		least := min(all[i].size(), leastDetail)
		if worth+least > room {
			break
		}
		worth, in[i] = worth+least, true
	}
	sizes := make([]int, len(all))
	for i := range all {
		if in[i] {
			sizes[i] = all[i].size()
		}
	}
	var b strings.Builder
	for i, share := range shares(sizes, room) {
		shown := ""
		left := all[i].rows()
		if in[i] {
			shown, left = all[i].in(share)
		}
		b.WriteString(shown)
		if left.changes > 0 {
			left.zones = 1
		}
		out = omitted{out.changes + left.changes, out.zones + left.zones, out.lines + left.lines}
	}
	return b.String(), out
}

// detail is all that there is to show of a zone beside its row in the table, and what holds it.
type detail struct {
	zone   *zone
	head   string
	groups []group
}

const detailEnd = "</details>\n\n"

func detailOf(z *zone) detail {
	d := detail{zone: z, head: fmt.Sprintf("<details><summary>%s</summary>\n\n", inHTML(clipped(z.Ref.String(), mostText)))}
	if unicode, differs := z.Zone.Unicode(); differs {
		d.head = fmt.Sprintf("<details><summary>%s %s</summary>\n\n", inHTML(clipped(z.Ref.String(), mostText)), inHTML(clipped(unicode, mostText)))
	}
	add := func(g group) {
		if len(g.rows) > 0 {
			d.groups = append(d.groups, g)
		}
	}
	add(changed("**This change:**", z.caused))
	add(follow("**This change, later:**", z.later))
	add(changed("**Already adrift,** and put right by the same apply:", z.adrift))
	add(follow("**Would follow without this change too:**", z.others))
	add(changed("**Would be done without this change,** and is not with it:", z.settled))
	var more []string
	for _, m := range z.remarks {
		more = append(more, "- "+said(m.Topic+": "+m.Text)+"\n")
	}
	for _, w := range z.warnings {
		more = append(more, "- "+said(w.String())+"\n")
	}
	add(group{rows: more})
	if z.records() > 0 && !z.id.IsZero() {
		d.groups = append(d.groups, group{rows: []string{"Plan of this zone: " + inert(z.id.String()) + "\n"}})
	}
	return d
}

const changesHead = "\n\n| | Name | Type | Old | New | Source |\n|---|---|---|---|---|---|\n"

func changed(title string, changes []reconcile.Change) group {
	return follow(title, []render.Following{{Changes: changes}})
}

func follow(title string, all []render.Following) group {
	g := group{head: title + changesHead, records: true}
	var changes []reconcile.Change
	for _, f := range all {
		for _, c := range f.Changes {
			g.rows, changes = append(g.rows, row(c, f.What)), append(changes, c)
		}
	}
	g.brief = func(i int) string { return briefRow(changes[i], len(g.rows[i])) }
	return g
}

// row returns a change as a row of a table. Values are whole.
func row(c reconcile.Change, what string) string {
	r := render.RowOf(c, what)
	for i, text := range r.About {
		r.About[i] = clipped(text, mostText)
	}
	return fmt.Sprintf("|%s|%s|%s|%s|%s|%s|\n", inert(render.Symbol(c.Action)), inert(r.Name), inert(r.Type), inertLines(r.Old), inertLines(r.New), inertLines(r.About))
}

// longRow is from how many octets on a row has a brief one in its place if there is no room for it: one record does not hide all that stand behind it.
const longRow = 4000

// briefRow returns a change as a row with how many octets that is which has its values.
func briefRow(c reconcile.Change, octets int) string {
	r := render.RowOf(c, "")
	return fmt.Sprintf("|%s|%s|%s|||**%d octets, not shown here** %s|\n", inert(render.Symbol(c.Action)), inert(r.Name), inert(r.Type), octets, said(c.Source.String()))
}

// inertLines returns texts of somebody else as the lines of a cell of a table.
func inertLines(texts []string) string {
	all := make([]string, len(texts))
	for i, text := range texts {
		all[i] = inert(text)
	}
	return strings.Join(all, "<br>")
}

func (d detail) size() int {
	n := len(d.head) + len(detailEnd)
	for _, g := range d.groups {
		n += g.size()
	}
	return n
}

// rows returns how much there is of it.
func (d detail) rows() (n omitted) {
	for _, g := range d.groups {
		if g.records {
			n.changes += len(g.rows)
		} else {
			n.lines += len(g.rows)
		}
	}
	return n
}

// in returns the detail in at most so many octets, and how much is left out of it. A row is whole or not there.
func (d detail) in(room int) (text string, left omitted) {
	left = d.rows()
	var b strings.Builder
	b.WriteString(d.head)
	if d.size() > room {
		room -= mostLeftOut / 4 // for what says so
	}
	room -= len(detailEnd)
	for _, g := range d.groups {
		begun := false
		for i, row := range g.rows {
			need, whole := 1, true
			if !begun {
				need += len(g.head)
			}
			if b.Len()+need+len(row) > room && g.brief != nil && len(row) > longRow {
				row, whole = g.brief(i), false
			}
			if b.Len()+need+len(row) > room {
				break // what is behind it may be shorter, and would stand where nobody expects it
			}
			if !begun {
				b.WriteString(g.head)
				begun = true
			}
			b.WriteString(row)
			switch {
			case !whole:
			case g.records:
				left.changes--
			default:
				left.lines--
			}
		}
		if begun {
			b.WriteString("\n")
		}
	}
	if b.Len() == len(d.head) {
		return "", d.rows()
	}
	if left.changes+left.lines > 0 {
		fmt.Fprintf(&b, "Not shown here: %s, %s.\n\n", render.Count(left.changes, "change", "changes"), render.Count(left.lines, "line", "lines"))
	}
	return b.String() + detailEnd, left
}
