package reconcile

import (
	"testing"
	"time"

	"github.com/zoneward/zoneward/zonefile"
)

// TestClockThatJumpsEndsNothing sets the wall clock while something runs that only the time ends: nothing is written, however often somebody
// looks, until as much time has passed as it was to last.
func TestClockThatJumpsEndsNothing(t *testing.T) {
	const lasts = 30 * 24 * time.Hour
	for _, tc := range []struct {
		name  string
		setup func(h *house, now time.Time)
		// ended is what is served when it has ended, "old A" or "www A" with its data.
		ended func(h *house) bool
	}{
		{"a grace", func(h *house, _ time.Time) {
			h.planner.Rules[0].Policy.Grace = lasts
			h.write("www 300 A 192.0.2.1")
			h.must(Unchanged)
		}, func(h *house) bool { return h.live("old", zonefile.TypeA) == "" }},
		{"a retention", func(h *house, _ time.Time) {
			h.write("www 300 A 192.0.2.1")
			h.must(Applied)
		}, func(h *house) bool { return h.targets["live"].Hidden(example).Len() == 0 }},
		{"a pin", func(h *house, _ time.Time) {
			h.write("www 300 A 192.0.2.1")
			h.must(Applied)
			plan, err := h.planner.Restore(h.t.Context(), h.tree(), Restoration{Stone: h.store.stones[0].ID, For: lasts, Actor: "ann"})
			if err != nil {
				h.t.Fatal(err)
			}
			if o := h.apply(plan)[0]; o.Status != Applied {
				h.t.Fatalf("%s, %v", o.Status, o.Err)
			}
		}, func(h *house) bool { return h.live("old", zonefile.TypeA) == "" }},
		{"a suspension", func(h *house, now time.Time) {
			s := Suspension{Scope: Scope{Target: "live"}, Actor: "ann", Reason: "incident", Since: now, Until: now.Add(lasts)}
			if err := h.store.Suspend(h.t.Context(), s); err != nil {
				h.t.Fatal(err)
			}
			h.write("www 300 A 192.0.2.2", "old 300 A 192.0.2.1")
		}, func(h *house) bool { return h.live("www", zonefile.TypeA) == "192.0.2.2" }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := newHouse(t)
			clock := Clock{Wall: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC), Steady: time.Hour, Boot: "b"}
			h.planner.Clock = func() Clock { return clock }
			h.target("live", hiding())
			h.serve("www 300 A 192.0.2.1", "old 300 A 192.0.2.1")
			h.write("www 300 A 192.0.2.1", "old 300 A 192.0.2.1")
			h.must(Unchanged)
			tc.setup(h, clock.Wall)
			writes := h.writes()
			jumps := []time.Duration{400 * 24 * time.Hour, 40 * 24 * time.Hour, -80 * 24 * time.Hour, 3000 * 24 * time.Hour}
			for _, jump := range jumps {
				clock.Wall, clock.Steady = clock.Wall.Add(jump), clock.Steady+time.Minute
				for range 3 {
					plan := h.plan()
					if len(plan.Notices) == 0 {
						t.Error("the plan does not say that the clock was set")
					}
					h.apply(plan)
					clock.Wall, clock.Steady = clock.Wall.Add(time.Hour), clock.Steady+time.Hour
				}
				if h.writes() != writes || tc.ended(h) {
					t.Fatalf("it has ended when the clock jumped by %s, with %d writes", jump, h.writes()-writes)
				}
			}
			// The last jump was far ahead. When the clocks have agreed for a day its time is believed, and it has not lasted as long as it was to.
			const short = lasts - 12*time.Hour - 34*time.Minute
			for _, pause := range []time.Duration{22 * time.Hour, short - 22*time.Hour} {
				clock.Wall, clock.Steady = clock.Wall.Add(pause), clock.Steady+pause
				h.apply(h.plan())
			}
			if h.writes() != writes || tc.ended(h) {
				t.Fatalf("it has ended early, with %d writes", h.writes()-writes)
			}
			clock.Wall, clock.Steady = clock.Wall.Add(time.Hour), clock.Steady+time.Hour
			h.must(Applied)
			if h.writes() == writes || !tc.ended(h) {
				t.Error("it has not ended when its time was over")
			}
		})
	}
}

// TestClockThatIsSlowEndsNothing dates something while the wall clock is two months behind, and sets it right then.
func TestClockThatIsSlowEndsNothing(t *testing.T) {
	const lasts, slow = 30 * day, 60 * day
	for _, tc := range []struct {
		name string
		// known says that somebody looked at the clocks before they were slow.
		known bool
		// trusted is how long the clock was slow.
		trusted time.Duration
	}{
		{"for a moment", true, time.Minute},
		{"for so long that it was trusted", true, 3 * day},
		{"from the first", false, time.Minute},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := newHouse(t)
			clock := Clock{Wall: looked, Steady: time.Hour, Boot: "b"}
			pass := func(steady, jump time.Duration) {
				clock.Wall, clock.Steady = clock.Wall.Add(steady+jump), clock.Steady+steady
			}
			h.planner.Clock = func() Clock { return clock }
			h.target("live", hiding())
			h.serve("www 300 A 192.0.2.1", "old 300 A 192.0.2.1", "late 300 A 192.0.2.1")
			h.write("www 300 A 192.0.2.1", "old 300 A 192.0.2.1", "late 300 A 192.0.2.1")
			if tc.known {
				h.must(Unchanged)
			}
			pass(time.Minute, -slow)
			h.must(Unchanged)
			pass(tc.trusted, 0)
			h.write("www 300 A 192.0.2.1", "late 300 A 192.0.2.1")
			h.must(Applied) // old is retired
			h.planner.Rules[0].Policy.Grace = lasts
			h.write("www 300 A 192.0.2.1")
			h.must(Unchanged) // the grace of late begins
			pass(time.Minute, slow)
			h.apply(h.plan())
			for range 29 {
				pass(day, 0)
				h.apply(h.plan())
			}
			if late, hidden := h.live("late", zonefile.TypeA), h.targets["live"].Hidden(example).Len(); late == "" || hidden != 1 {
				t.Fatalf("after 29 of 30 days late is %q, and %d RRsets are hidden", late, hidden)
			}
			if w := h.plan().Zones[0].Waiting; len(w) != 1 || w[0].Until.Sub(clock.Wall) > day {
				t.Errorf("waiting %v at %s", w, clock.Wall)
			}
			pass(day, 0)
			h.apply(h.plan())
			if late, purged := h.live("late", zonefile.TypeA), len(h.store.inState(Purged)); late != "" || purged != 1 {
				t.Errorf("after 30 days late is %q, and %d tombstones are purged", late, purged)
			}
		})
	}
}
