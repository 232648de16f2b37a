package reconcile

import (
	"fmt"
	"time"
)

// Bounds of what counts as a clock that was set.
const (
	// clockTolerance is how far the wall clock may move otherwise than the steady one. Keeping time over the network moves both alike, save for
	// small steps.
	clockTolerance = 5 * time.Minute
	// clockAgreement is how long the clocks must agree until what is due by the time alone is due again.
	clockAgreement = 24 * time.Hour
	// longestPause is the longest that nobody looks. A wall clock that went further ahead than that was wrong before, or is now.
	longestPause = 365 * 24 * time.Hour
)

// Next returns now, with what there is to doubt of its wall clock. c is how the clocks stood when somebody last looked, the zero Clock if nobody did;
// now is how they stand, as they were read: its Doubted says nothing.
//
// Within one start of the machine both clocks must have moved alike, give or take five minutes: otherwise the wall clock was set. Across a start, or where
// there is no steady clock, nobody knows how much time has passed: there the wall clock was set if it went back, or more than a year ahead.
// The doubt passes when the clocks have agreed for 24 hours of steady time.
func (c Clock) Next(now Clock) Clock {
	now.Wall, now.Doubted = now.Wall.Round(0), time.Time{} // a monotonic reading would hide that the wall clock was set
	if c.Wall.IsZero() {
		return now
	}
	moved := now.Wall.Sub(c.Wall.Round(0))
	passed, known := c.passed(now)
	switch {
	case known && (moved-passed).Abs() > clockTolerance,
		!known && (moved < -clockTolerance || moved > longestPause):
		now.Doubted = now.Wall.Add(clockAgreement)
	case !c.Doubted.IsZero():
		if left := c.Doubted.Sub(c.Wall) - passed; left > 0 {
			now.Doubted = now.Wall.Add(left)
		}
	}
	return now
}

// passed returns how much time has passed from c to now, and whether that is known. If it is not, it is the least that it can be: since the machine was
// started anew it has run for so long; and without a steady clock there is nothing but the wall clock to ask.
func (c Clock) passed(now Clock) (passed time.Duration, known bool) {
	switch {
	case c.Boot == "" || now.Boot == "":
		return max(now.Wall.Sub(c.Wall.Round(0)), 0), false
	case c.Boot == now.Boot:
		return now.Steady - c.Steady, true
	}
	return now.Steady, false
}

// Due reports whether at has come, which nobody can say while the wall clock is doubted. The zero time never comes.
func (c Clock) Due(at time.Time) bool {
	return c.Doubted.IsZero() && !at.IsZero() && !c.Wall.Before(at)
}

// Doubt returns a sentence on what waits because the wall clock was set, empty if nothing does.
func (c Clock) Doubt() string {
	if c.Doubted.IsZero() {
		return ""
	}
	return fmt.Sprintf("the clock of this machine was set: what only the time ends (grace, retention, pins, suspensions) waits until its clocks have agreed for a day, which will be at %s",
		c.Doubted.UTC().Format("2006-01-02 15:04 UTC"))
}
