package reconcile

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

const day = 24 * time.Hour

// looked is a time at which somebody looked at the clocks.
var looked = time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)

func TestClockNext(t *testing.T) {
	at := func(wall, steady time.Duration, boot string) Clock {
		return Clock{Wall: looked.Add(wall), Steady: steady, Boot: boot}
	}
	doubted := func(c Clock, left time.Duration) Clock {
		c.Doubted = c.Wall.Add(left)
		return c
	}
	for _, tc := range []struct {
		name      string
		last, now Clock
		doubt     time.Duration // what is left of it
	}{
		{"nobody looked before", Clock{}, at(0, time.Hour, "a"), 0},
		{"nobody looked before, no steady clock", Clock{}, at(0, 0, ""), 0},

		{"agree", at(0, time.Hour, "a"), at(time.Minute, time.Hour+time.Minute, "a"), 0},
		{"agree over years", at(0, time.Hour, "a"), at(800*day, time.Hour+800*day, "a"), 0},
		{"small step ahead", at(0, time.Hour, "a"), at(6*time.Minute, time.Hour+time.Minute, "a"), 0},
		{"small step back", at(0, time.Hour, "a"), at(-4*time.Minute, time.Hour+time.Minute, "a"), 0},
		{"set ahead", at(0, time.Hour, "a"), at(7*time.Minute, time.Hour+time.Minute, "a"), day},
		{"set ahead by a month", at(0, time.Hour, "a"), at(30*day, time.Hour+time.Minute, "a"), day},
		{"set back", at(0, time.Hour, "a"), at(-5*time.Minute, time.Hour+time.Minute, "a"), day},
		{"set back, though less than has passed", at(0, time.Hour, "a"), at(time.Hour, 3*time.Hour, "a"), day},
		{
			"set further than a duration goes",
			Clock{Wall: time.Unix(0, 0), Steady: time.Hour, Boot: "a"},
			Clock{Wall: time.Date(2400, 1, 1, 0, 0, 0, 0, time.UTC), Steady: time.Hour, Boot: "a"},
			day,
		},
		{
			"set back further than a duration goes",
			Clock{Wall: time.Date(2400, 1, 1, 0, 0, 0, 0, time.UTC), Steady: time.Hour, Boot: "a"},
			Clock{Wall: time.Unix(0, 0), Steady: 2 * time.Hour, Boot: "a"},
			day,
		},
		{"another process looked a moment later", at(0, time.Hour, "a"), at(-time.Second, time.Hour-time.Second, "a"), 0},
		{"the machine went back to a snapshot", at(0, 9*time.Hour, "a"), at(time.Minute, time.Hour, "a"), day},

		{"started anew", at(0, 9*day, "a"), at(time.Hour, time.Minute, "b"), 0},
		{"started anew after months", at(0, 9*day, "a"), at(200*day, time.Minute, "b"), 0},
		{"started anew after too long", at(0, 9*day, "a"), at(366*day, time.Minute, "b"), day},
		{"started anew with a clock a little behind", at(0, 9*day, "a"), at(-5*time.Minute, time.Minute, "b"), 0},
		{"started anew with a clock behind", at(0, 9*day, "a"), at(-6*time.Minute, time.Minute, "b"), day},

		{"no steady clock", at(0, 0, ""), at(200*day, 0, ""), 0},
		{"no steady clock, back", at(0, 0, ""), at(-time.Hour, 0, ""), day},
		{"no steady clock, far ahead", at(0, 0, ""), at(366*day, 0, ""), day},
		{"a steady clock for the first time", at(0, 0, ""), at(time.Minute, 300*day, "a"), 0},
		{"no steady clock any more", at(0, time.Hour, "a"), at(time.Minute, 0, ""), 0},

		{"doubted, and agree", doubted(at(0, time.Hour, "a"), day), at(time.Hour, 2*time.Hour, "a"), 23 * time.Hour},
		{"doubted, and agree for long enough", doubted(at(0, time.Hour, "a"), time.Hour), at(time.Hour, 2*time.Hour, "a"), 0},
		{"doubted, and a small step ahead gains nothing", doubted(at(0, time.Hour, "a"), time.Hour), at(63*time.Minute, 119*time.Minute, "a"), time.Minute},
		{"doubted, and set again", doubted(at(0, time.Hour, "a"), time.Hour), at(2*time.Hour, time.Hour+time.Minute, "a"), day},
		{"doubted, and set back to where it was", doubted(at(0, time.Hour, "a"), 23*time.Hour), at(-30*day, 2*time.Hour, "a"), day},
		{"doubted, and started anew: what was between is not known", doubted(at(0, time.Hour, "a"), 23*time.Hour), at(40*day, 2*time.Hour, "b"), 21 * time.Hour},
		{"doubted, and started anew, and ran for long", doubted(at(0, time.Hour, "a"), 23*time.Hour), at(2*day, 25*time.Hour, "b"), 0},
		{"doubted, no steady clock", doubted(at(0, 0, ""), 23*time.Hour), at(3*time.Hour, 0, ""), 20 * time.Hour},
		{"doubted, no steady clock, a little back", doubted(at(0, 0, ""), 23*time.Hour), at(-time.Minute, 0, ""), 23 * time.Hour},
		{"doubted, a steady clock for the first time", doubted(at(0, 0, ""), 23*time.Hour), at(time.Hour, 300*day, "a"), 22 * time.Hour},
	} {
		t.Run(tc.name, func(t *testing.T) {
			want := tc.now
			if tc.doubt > 0 {
				want.Doubted = want.Wall.Add(tc.doubt)
			}
			stale := doubted(tc.now, 9*day) // says nothing
			for _, now := range []Clock{tc.now, stale} {
				got := tc.last.Next(now)
				if jumped := len(got.Jumps) > 0; jumped != (tc.doubt == day) {
					t.Errorf("jumps %v", got.Jumps)
				}
				if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Clock{}, "Jumps")); diff != "" {
					t.Errorf("-want +got\n%s", diff)
				}
			}
		})
	}
}

func TestClockNextStripsMonotonicReading(t *testing.T) {
	got := Clock{}.Next(Clock{Wall: time.Now()}).Wall
	if got != got.Round(0) {
		t.Errorf("%v has a monotonic reading", got)
	}
}

func TestClockDue(t *testing.T) {
	clock := Clock{Wall: looked}
	for _, tc := range []struct {
		name  string
		clock Clock
		at    time.Time
		want  bool
	}{
		{"past", clock, looked.Add(-time.Hour), true},
		{"now", clock, looked, true},
		{"future", clock, looked.Add(time.Nanosecond), false},
		{"never", clock, time.Time{}, false},
		{"past, but doubted", Clock{Wall: looked, Doubted: looked.Add(time.Minute)}, looked.Add(-time.Hour), false},
	} {
		if got := tc.clock.Due(tc.at); got != tc.want {
			t.Errorf("%s: %v; want %v", tc.name, got, tc.want)
		}
	}
}

func TestClockDoubt(t *testing.T) {
	if got := (Clock{Wall: looked}).Doubt(); got != "" {
		t.Errorf("not doubted: %q", got)
	}
	got := Clock{Wall: looked, Doubted: looked.In(time.FixedZone("east", 3600)).Add(day)}.Doubt()
	want := "the clock of this machine was set: what only the time ends (grace, retention, pins, suspensions) waits until its clocks have agreed for a day, " +
		"which will be at 2026-11-22 08:00 UTC"
	if got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestClockEnd(t *testing.T) {
	// set has the wall clock set by so much in turn, at looks that are an hour apart.
	set := func(by ...time.Duration) Clock {
		clock := Clock{Wall: looked, Steady: time.Hour, Boot: "a"}
		for _, by := range by {
			clock = clock.Next(Clock{Wall: clock.Wall.Add(time.Hour + by), Steady: clock.Steady + time.Hour, Boot: "a"})
		}
		return clock
	}
	anew := func(c Clock, wall time.Time) Clock { return c.Next(Clock{Wall: wall, Steady: time.Minute, Boot: "b"}) }
	for _, tc := range []struct {
		name  string
		clock Clock
		since time.Time
		later time.Duration
	}{
		{"never set", set(0, 0), looked, 0},
		{"dated before it was set ahead", set(60 * day), looked.Add(-day), 60 * day},
		{"dated in the hour when it was set ahead, before", set(60 * day), looked.Add(time.Hour), 60 * day},
		{"dated in the hour when it was set ahead, after", set(60 * day), looked.Add(60 * day), 0},
		{"dated before it was set back", set(-60 * day), looked.Add(-day), 0},
		{"dated when it was slow", set(-60*day, 60*day), looked.Add(90*time.Minute - 60*day), 60 * day},
		{"dated before it was slow", set(-60*day, 60*day), looked.Add(-day), 0},
		{"dated before it was slow, or then", set(-60*day, 60*day), looked.Add(-60 * day), 60 * day},
		{"dated before it was fast", set(60*day, -60*day), looked.Add(-day), 0},
		{"dated when it was fast", set(60*day, -60*day), looked.Add(60*day + time.Hour), 0},
		{"dated when it was slow twice", set(-60*day, 60*day, -90*day, 90*day), looked.Add(90*time.Minute - 60*day), 60 * day},
		{"dated between two steps ahead", set(30*day, 20*day), looked.Add(30*day + time.Hour), 20 * day},
		{"dated before two steps ahead", set(30*day, 20*day), looked, 50 * day},
		{"started without a clock", anew(set(0), time.Unix(100, 0)).Next(Clock{Wall: looked, Steady: 2 * time.Minute, Boot: "b"}), looked, 0},
		{
			"dated when it was started without a clock",
			anew(set(0), time.Unix(100, 0)).Next(Clock{Wall: time.Unix(160, 0).Add(365 * day), Steady: 2 * time.Minute, Boot: "b"}),
			time.Unix(130, 0), 365 * day,
		},
		{"far ahead when it was started anew", anew(set(0), looked.Add(500*day)), looked, 500*day - time.Hour - time.Minute},
		{"a pause", anew(set(0), looked.Add(300*day)), looked, 0},
		{"no steady clock, far ahead", Clock{Wall: looked}.Next(Clock{Wall: looked.Add(500 * day)}), looked, 500 * day},
		{"further than a duration goes", anew(set(0), looked.AddDate(900, 0, 0)), looked, furthest - time.Minute},
	} {
		at := tc.since.Add(7 * day)
		if got := tc.clock.End(tc.since, at).Sub(at); got != tc.later {
			t.Errorf("%s: ends %s later; want %s", tc.name, got, tc.later)
		}
	}
	if got := set(day).End(looked, time.Time{}); !got.IsZero() {
		t.Errorf("what never ends ends at %s", got)
	}
}

// Whatever the wall clock does, what was dated by it is not over before as much time has passed as it was to last.
func TestClockEndsNothingEarly(t *testing.T) {
	type dated struct {
		since   time.Time
		at      time.Duration // steady
		lasting time.Duration
	}
	rapid.Check(t, func(t *rapid.T) {
		wall, steady := looked, time.Hour
		clock := Clock{}.Next(Clock{Wall: wall, Steady: steady, Boot: "a"})
		var all []dated
		for range rapid.IntRange(1, mostJumps).Draw(t, "looks") {
			// Somebody looks, and dates something, and looks again; the clock is set at most once between two looks.
			jump := rapid.IntRange(0, 2).Draw(t, "when it is set")
			for when := range 3 {
				pause := time.Duration(rapid.Int64Range(0, int64(40*day)).Draw(t, "pause"))
				wall, steady = wall.Add(pause), steady+pause
				if when == jump {
					wall = wall.Add(time.Duration(rapid.Int64Range(-100, 100).Draw(t, "set")) * day)
				}
				all = append(all, dated{wall, steady, time.Duration(rapid.Int64Range(0, int64(60*day)).Draw(t, "lasting"))})
			}
			clock = clock.Next(Clock{Wall: wall, Steady: steady, Boot: "a"})
			for _, d := range all {
				trusted := clock
				trusted.Doubted = time.Time{} // the doubt is not what this is about
				if passed := steady - d.at; trusted.Over(d.since, d.since.Add(d.lasting)) && passed < d.lasting {
					t.Fatalf("what was to last %s is over after %s", d.lasting, passed)
				}
			}
		}
	})
}

// Whatever the wall clock does and however often somebody looks, nothing is due within a day of steady time after it was set.
func TestClockDoubtLastsADay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		clock := Clock{Wall: looked, Steady: time.Hour, Boot: "a"}
		sinceSet := time.Duration(-1) // steady time since the wall clock was last set, negative if it never was
		for range rapid.IntRange(1, 60).Draw(t, "looks") {
			pause := time.Duration(rapid.Int64Range(0, int64(4*time.Hour)).Draw(t, "pause"))
			step := time.Duration(rapid.Int64Range(-int64(clockTolerance), int64(clockTolerance)).Draw(t, "step"))
			if sinceSet >= 0 {
				sinceSet += pause
			}
			if rapid.IntRange(0, 9).Draw(t, "set") == 0 {
				step = rapid.SampledFrom([]time.Duration{-400 * day, -time.Hour, time.Hour, 30 * day}).Draw(t, "jump")
				sinceSet = 0
			}
			now := Clock{Wall: clock.Wall.Add(pause + step), Steady: clock.Steady + pause, Boot: "a"}
			clock = clock.Next(now)
			if got, want := clock.Due(looked.Add(-1000*day)), sinceSet < 0 || sinceSet >= day; got != want {
				t.Fatalf("%v after the clock was set: due is %v; want %v", sinceSet, got, want)
			}
		}
	})
}
