package main

import (
	"time"
	_ "time/tzdata" // freeze windows name time zones, and not every machine has them

	"github.com/zoneward/zoneward/reconcile"
)

// readClock returns how the clocks of this machine stand.
func readClock() reconcile.Clock {
	steady, boot := steadyClock()
	return reconcile.Clock{Wall: time.Now().Round(0), Steady: steady, Boot: boot} // Round takes the monotonic reading away
}
