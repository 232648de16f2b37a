package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/reconcile"
)

// fullTable returns the table of the zones, a row for each, empty without zones.
func fullTable(zones []zone) string {
	if len(zones) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("| Zone | On | Create | Update | Retire | Later | Adrift | Settled | Old answers | |\n|---|---|---|---|---|---|---|---|---|---|\n")
	for i := range zones {
		z := &zones[i]
		n := counts(z.caused)
		fmt.Fprintf(&b, "|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|\n", inert(render.Name(z.Zone)), said(z.Target), number(n[reconcile.Create]), number(n[reconcile.Update]),
			number(n[reconcile.Retire]), number(following(z.later)), number(len(z.adrift)+following(z.others)), number(len(z.settled)), lingering(z), state(z))
	}
	return b.String() + "\n"
}

// number returns a number for a table, in which 0 is nothing.
func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func lingering(z *zone) string {
	if z.lingers == 0 {
		return ""
	}
	return render.Span(z.lingers)
}

// state says in a few words what is special about a zone.
func state(z *zone) string {
	n := counts(z.caused)
	var all []string
	if len(z.failure) > 0 {
		all = append(all, "**not planned**")
	}
	for _, h := range z.holds {
		all = append(all, "held: "+said(string(h.Guard)))
	}
	if z.leaves {
		all = append(all, "leaves")
	}
	for _, more := range []struct {
		n    int
		what string
	}{{n[reconcile.Restore], "to restore"}, {n[reconcile.Purge], "to purge"}, {len(z.warnings), "warned of"}} {
		if more.n > 0 {
			all = append(all, fmt.Sprintf("%d %s", more.n, more.what))
		}
	}
	if !z.speaks() {
		all = append(all, "as it is")
	}
	return strings.Join(all, ", ")
}

// compactTable is fullTable in as few octets as can be read: + create, ~ update, - retire, ^ restore, x purge, > later; of them adrift; ! held, ? not planned.
func compactTable(zones []zone) string {
	if len(zones) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString(compactHead)
	many := hasTargets(zones)
	for i := range zones {
		b.WriteString(compactRow(&zones[i], many))
	}
	return b.String() + "\n"
}

const compactHead = "`+` create, `~` update, `-` retire, `^` restore, `x` purge, `>` later, `=` settled, `!` held, `?` not planned, `<` leaves; behind `/` what is adrift.\n\n|Zone||\n|-|-|\n"

// hasTargets reports whether the zones are on more than one target.
func hasTargets(zones []zone) bool {
	return slices.ContainsFunc(zones, func(z zone) bool { return z.Target != zones[0].Target })
}

// compactRow returns the row of a zone, with its target if there are others.
func compactRow(z *zone, targets bool) string {
	name := render.Name(z.Zone)
	if targets {
		name += " on " + clipped(z.Target, mostText)
	}
	return "|" + inert(name) + "|" + inert(marks(z)) + "|\n"
}

// marks returns the counts of a zone in signs: "+3 ~1 !" or, of one with something adrift, "+3 / ~2".
func marks(z *zone) string {
	signs := func(changes []reconcile.Change, later []render.Following) []string {
		n := counts(changes)
		var all []string
		for _, action := range []reconcile.Action{reconcile.Create, reconcile.Update, reconcile.Retire, reconcile.Restore, reconcile.Purge} {
			if n[action] > 0 {
				all = append(all, render.Symbol(action)+strconv.Itoa(n[action]))
			}
		}
		if n := following(later); n > 0 {
			all = append(all, fmt.Sprintf(">%d", n))
		}
		return all
	}
	all := signs(z.caused, z.later)
	for _, mark := range []struct {
		so   bool
		sign string
	}{{len(z.settled) > 0, "=" + strconv.Itoa(len(z.settled))}, {len(z.holds) > 0, "!"}, {len(z.failure) > 0, "?"}, {z.leaves, "<"}} {
		if mark.so {
			all = append(all, mark.sign)
		}
	}
	if adrift := signs(z.adrift, z.others); len(adrift) > 0 {
		all = append(append(all, "/"), adrift...)
	}
	return strings.Join(all, " ")
}

// cutTable returns as many rows of the compact table as there is room for, those that matter most, and says what the others come to.
func cutTable(zones []zone, room int) string {
	order := make([]int, len(zones))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(weight(&zones[b]), weight(&zones[a])) })
	many, used := hasTargets(zones), len(compactHead)+mostLeftOut
	var in, out []int
	for _, i := range order {
		if n := len(compactRow(&zones[i], many)); used+n <= room {
			used += n
			in = append(in, i)
		} else {
			out = append(out, i)
		}
	}
	slices.Sort(in)
	var b strings.Builder
	if len(in) > 0 {
		b.WriteString(compactHead)
		for _, i := range in {
			b.WriteString(compactRow(&zones[i], many))
		}
		b.WriteString("\n")
	}
	var caused, adrift tally
	held, failed := 0, 0
	for _, i := range out {
		z := &zones[i]
		caused.add(z.caused, z.later)
		adrift.add(z.adrift, z.others)
		if len(z.holds) > 0 {
			held++
		}
		if len(z.failure) > 0 {
			failed++
		}
	}
	if text := b.String() + fmt.Sprintf("**%s more, for which there is no room: %s; adrift: %s; %d held, %d not planned.**\n\n",
		render.Count(len(out), "zone", "zones"), orNothing(&caused), orNothing(&adrift), held, failed); len(text) <= room {
		return text
	}
	return ""
}

func orNothing(t *tally) string {
	if t.changes() == 0 {
		return "nothing"
	}
	return t.String()
}

// weight says how much a reviewer has to see of a zone. More is greater.
func weight(z *zone) int {
	switch {
	case len(z.failure) > 0:
		return 5
	case len(z.holds) > 0:
		return 4
	case z.leaves || counts(z.caused)[reconcile.Retire] > 0:
		return 3
	case len(z.caused)+len(z.later) > 0:
		return 2
	case z.speaks():
		return 1
	}
	return 0
}
