package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/zoneward/zoneward/reconcile"
)

// following are changes of a plan that wait for the same.
type following struct {
	what    string // "once example.com. is signed on scaidns"
	changes []reconcile.Change
}

// followingOf returns the changes that wait, in their order, those next to each other that wait for the same together. waits says for what.
func followingOf(deferred []reconcile.Deferred, waits func(reconcile.Deferred) string) []following {
	var all []following
	for _, d := range deferred {
		what := waits(d)
		if n := len(all); n > 0 && all[n-1].what == what {
			all[n-1].changes = append(all[n-1].changes, d.Change)
			continue
		}
		all = append(all, following{what, []reconcile.Change{d.Change}})
	}
	return all
}

// plannedToFollow returns the changes of a plan that wait. Times are counted from at, when it was made.
func plannedToFollow(z *reconcile.ZonePlan, at time.Time) []following {
	return followingOf(z.Deferred, func(d reconcile.Deferred) string { return waitsFor(d, at) })
}

// waitsFor says what has to be so before a change can be made, and how long that takes if it is a matter of time.
func waitsFor(d reconcile.Deferred, at time.Time) string {
	if d.Until.IsZero() {
		return shown(d.For)
	}
	what := shown(strings.TrimSuffix(d.For, " ("+stamped(d.Until)+")")) // in other words
	if left := d.Until.Sub(at); left > 0 {
		return fmt.Sprintf("%s, in %s, at %s", what, span(left), shownTime(d.Until))
	}
	return what + ", since " + shownTime(d.Until)
}

// then is above what waits.
func then(all []following) string {
	if len(all) == 1 {
		return "then:"
	}
	return "then, in this order:"
}

// following writes the changes of a plan that wait, below what each waits for.
func (t textPlan) following(z *reconcile.ZonePlan, at time.Time) {
	all := plannedToFollow(z, at)
	if len(all) == 0 {
		return
	}
	t.printf("  %s%s%s\n", t.style.bold, then(all), t.style.reset)
	t.indent += "    "
	for _, f := range all {
		t.printf("    %s\n", f.what)
		var cols columns
		for _, c := range f.changes {
			cols.fit(c)
		}
		for _, c := range f.changes {
			t.change(c, cols)
		}
	}
}
