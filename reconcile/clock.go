package reconcile

import (
	"fmt"
	"slices"
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
	// mostJumps is how many jumps are remembered.
	mostJumps = 16
	// furthest is the furthest that a jump counts for: with some in a row a Duration still has room for them.
	furthest = 100 * 365 * 24 * time.Hour
)

// Next returns now, with what there is to doubt of its wall clock. c is how the clocks stood when somebody last looked, the zero Clock if nobody did;
// now is how they stand, as they were read: its Doubted says nothing.
//
// Within one start of the machine both clocks must have moved alike, give or take five minutes: otherwise the wall clock was set. Across a start, or where
// there is no steady clock, nobody knows how much time has passed: there the wall clock was set if it went back, or more than a year ahead.
// The doubt passes when the clocks have agreed for 24 hours of steady time. What was dated before the wall clock was set ends later by as much as it was
// set ahead since, see [Clock.End].
func (c Clock) Next(now Clock) Clock {
	now.Wall, now.Doubted, now.Jumps = now.Wall.Round(0), time.Time{}, c.Jumps // a monotonic reading would hide that the wall clock was set
	if c.Wall.IsZero() {
		return now
	}
	moved := now.Wall.Sub(c.Wall.Round(0))
	passed, known := c.passed(now)
	switch {
	case known && (moved-passed).Abs() > clockTolerance,
		!known && (moved < -clockTolerance || moved > longestPause):
		now.Doubted = now.Wall.Add(clockAgreement)
		now.Jumps = append(slices.Clone(c.Jumps), c.jump(now))
		now.Jumps = now.Jumps[max(0, len(now.Jumps)-mostJumps):]
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

// jump returns how the wall clock was set from c to now. Of the time that passed only what is certain counts.
func (c Clock) jump(now Clock) Jump {
	passed, known := c.passed(now)
	if !known {
		passed = min(passed, now.Steady)
	}
	passed = max(passed, 0)
	moved := max(-furthest, min(furthest, now.Wall.Sub(c.Wall.Round(0))))
	return Jump{Before: c.Wall.Round(0).Add(passed), After: now.Wall.Add(-passed), By: moved - passed}
}

// End returns when something ends that was dated by the wall clock at since, and was to end at at. If the wall clock was set ahead since then that is
// as much later: whether it was slow before or is fast now, nothing ends before as much time has passed as it was to last. Where the wall clock has
// shown the same time more than once, and nobody can tell which since was, it is the latest that it can be.
//
// Without a steady clock, or while the machine was off, a jump of less than a year cannot be told from a pause, and no more than 16 jumps are
// remembered. What was dated while the wall clock was fast, and is right now, ends later by as much as that.
func (c Clock) End(since, at time.Time) time.Time {
	if at.IsZero() {
		return at
	}
	var ahead, most time.Duration
	for i, jump := range slices.Backward(c.Jumps) {
		ahead = max(-furthest, min(furthest, ahead+jump.By))
		begun := i == 0 || !since.Before(c.Jumps[i-1].After.Add(-clockTolerance))
		if begun && !since.After(jump.Before.Add(clockTolerance)) {
			most = max(most, ahead)
		}
	}
	return at.Add(most)
}

// Over reports whether what was dated at since, and was to end at at, has ended: see End and Due.
func (c Clock) Over(since, at time.Time) bool { return c.Due(c.End(since, at)) }

// Due reports whether at has come, which nobody can say while the wall clock is doubted. The zero time never comes.
func (c Clock) Due(at time.Time) bool {
	return !c.Still && c.Doubted.IsZero() && !at.IsZero() && !c.Wall.Before(at)
}

// Doubt returns a sentence on what waits because the wall clock was set, empty if nothing does.
func (c Clock) Doubt() string {
	if c.Doubted.IsZero() {
		return ""
	}
	return fmt.Sprintf("the clock of this machine was set: what only the time ends (grace, retention, pins, suspensions) waits until its clocks have agreed for a day, which will be at %s",
		c.Doubted.UTC().Format("2006-01-02 15:04 UTC"))
}
