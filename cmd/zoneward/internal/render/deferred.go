package render

import (
	"fmt"
	"strings"
	"time"

	"github.com/zoneward/zoneward/reconcile"
)

// Following are changes of a plan that wait for the same.
type Following struct {
	What    string // "once example.com. is signed on scaidns"
	Changes []reconcile.Change
}

// FollowingOf returns the changes that wait, in their order, those next to each other that wait for the same together. waits says for what.
func FollowingOf(deferred []reconcile.Deferred, waits func(reconcile.Deferred) string) []Following {
	var all []Following
	for _, d := range deferred {
		what := waits(d)
		if n := len(all); n > 0 && all[n-1].What == what {
			all[n-1].Changes = append(all[n-1].Changes, d.Change)
			continue
		}
		all = append(all, Following{what, []reconcile.Change{d.Change}})
	}
	return all
}

// Planned returns changes of a plan that wait. Times are counted from at, when it was made.
func Planned(deferred []reconcile.Deferred, at time.Time) []Following {
	return FollowingOf(deferred, func(d reconcile.Deferred) string { return WaitsFor(d, at) })
}

// WaitsFor says what has to be so before a change can be made, and how long that takes if it is a matter of time.
func WaitsFor(d reconcile.Deferred, at time.Time) string {
	if d.Until.IsZero() {
		return Shown(d.For)
	}
	what := Shown(strings.TrimSuffix(d.For, " ("+Stamp(d.Until)+")")) // in other words
	if left := d.Until.Sub(at); left > 0 {
		return fmt.Sprintf("%s, in %s, at %s", what, Span(left), Time(d.Until))
	}
	return what + ", since " + Time(d.Until)
}

// Then is above what waits.
func Then(all []Following) string {
	if len(all) == 1 {
		return "then:"
	}
	return "then, in this order:"
}

// following writes the changes of a plan that wait, below what each waits for.
func (t Printer) following(z *reconcile.ZonePlan, at time.Time) {
	all := Planned(z.Deferred, at)
	if len(all) == 0 {
		return
	}
	t.Printf("  %s%s%s\n", t.Style.Bold, Then(all), t.Style.Reset)
	t.indent += "    "
	for _, f := range all {
		t.Printf("    %s\n", f.What)
		var cols Columns
		for _, c := range f.Changes {
			cols.Fit(c)
		}
		for _, c := range f.Changes {
			t.Change(c, cols)
		}
	}
}
