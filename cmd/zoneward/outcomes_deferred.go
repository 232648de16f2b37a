package main

import (
	"fmt"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/reconcile"
)

// writeStill says what of a plan still has to wait, and for what.
func (c *common) writeStill(o reconcile.Outcome) {
	for _, f := range render.FollowingOf(o.Deferred, func(d reconcile.Deferred) string { return render.Shown(d.For) }) {
		fmt.Fprintf(c.stdout, "%s: still to do %s: %s\n", o.Ref, f.What, changesText(f.Changes))
	}
}

// writeGoOn says how what still has to wait is done, and when, as far as the time alone tells.
func (c *common) writeGoOn(outcomes []reconcile.Outcome) {
	n := 0
	var first time.Time
	for _, o := range outcomes {
		for _, d := range o.Deferred {
			n++
			if !d.Until.IsZero() && (first.IsZero() || d.Until.Before(first)) {
				first = d.Until
			}
		}
	}
	if n == 0 {
		return
	}
	when := "when that is so"
	if !first.IsZero() {
		when = "after " + render.Time(first.Add(time.Minute-time.Nanosecond)) // the whole minute
	}
	if c.remote.is() {
		fmt.Fprintf(c.stdout, "Still to do: %s. The daemon goes on %s.\n", render.Count(n, "change", "changes"), when)
		return
	}
	words := []string{"apply"}
	for _, zone := range c.zones {
		words = append(words, "--zone", zone)
	}
	for _, target := range c.targets {
		words = append(words, "--target", target)
	}
	fmt.Fprintf(c.stdout, "Still to do: %s. To go on %s: %s\n", render.Count(n, "change", "changes"), when, c.commandLine(words...))
}
