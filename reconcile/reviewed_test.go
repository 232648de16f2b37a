package reconcile

import (
	"fmt"
	"testing"
	"time"

	"github.com/zoneward/zoneward/zonefile"
)

// TestEveryApplyNotesTheClock sets the wall clock, and applies once a plan of each kind: the next look knows that the clock was set.
func TestEveryApplyNotesTheClock(t *testing.T) {
	for _, tc := range []struct {
		name string
		plan func(h *house) (*Plan, error)
	}{
		{"plan", func(h *house) (*Plan, error) { return h.plan(), nil }},
		{"saved plan", func(h *house) (*Plan, error) { return Reviewed(h.plan(), h.plan()), nil }},
		{"restore", func(h *house) (*Plan, error) {
			return h.planner.Restore(h.t.Context(), h.tree(), Restoration{Stone: h.stone("old").ID})
		}},
		{"rollback", func(h *house) (*Plan, error) {
			return h.planner.Rollback(h.t.Context(), h.tree(), Return{To: Point{Commit: "c0ffee"}})
		}},
		{"purge", func(h *house) (*Plan, error) {
			return h.planner.Purge(h.t.Context(), h.tree(), []string{h.stone("old").ID})
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := newHouse(t)
			clock := Clock{Wall: looked, Steady: time.Hour, Boot: "b"}
			h.planner.Clock = func() Clock { return clock }
			h.serve("www 300 A 192.0.2.1", "old 300 A 192.0.2.1")
			h.write("www 300 A 192.0.2.1")
			h.must(Applied)
			clock.Wall, clock.Steady = clock.Wall.Add(60*day), clock.Steady+time.Minute
			plan, err := tc.plan(h)
			if err != nil {
				t.Fatal(err)
			}
			h.apply(plan)
			clock.Wall, clock.Steady = clock.Wall.Add(time.Minute), clock.Steady+time.Minute
			if got := h.store.clock.Next(clock); got.Doubted.IsZero() {
				t.Errorf("the store has %+v: nobody knows that the clock was set", h.store.clock)
			}
		})
	}
}

// TestClockSetDuringAnApply sets the clock back when the plan is made already: what is written is dated by it, so the store has to know.
func TestClockSetDuringAnApply(t *testing.T) {
	h := newHouse(t)
	clock := Clock{Wall: looked, Steady: time.Hour, Boot: "b"}
	h.planner.Clock = func() Clock { return clock }
	h.serve("www 300 A 192.0.2.1")
	h.write("www 300 A 192.0.2.2")
	plan := h.plan()
	clock.Wall, clock.Steady = clock.Wall.Add(-60*day), clock.Steady+time.Minute
	h.apply(plan)
	if h.store.clock.Doubted.IsZero() {
		t.Errorf("the store has %+v: nobody knows that the clock was set", h.store.clock)
	}
}

// TestReviewedMovedWithoutChanges has zones with nothing to do when the plan is saved and when it is applied: whatever moved meanwhile, and whether
// they were fetched or not, they are not out of date.
func TestReviewedMovedWithoutChanges(t *testing.T) {
	h := newHouse(t)
	h.clocked()
	var origins []zonefile.Name
	for i := range 6 {
		origin := zonefile.MustParseName(fmt.Sprintf("z%d.example.", i))
		origins = append(origins, origin)
		h.targets["live"].AddZone(zoneOf(t, origin, "@ SOA "+soaText, "@ NS ns1.example.net.", "www A 192.0.2.1"))
		h.files[fmt.Sprintf("z%d.example.zone", i)] = "www 300 A 192.0.2.1\n"
	}
	h.apply(h.plan())
	saved := h.plan()
	for _, z := range saved.Zones {
		if !z.Unmoved {
			t.Fatalf("%s was fetched", z.Ref)
		}
	}
	// Somebody validates a certificate, and somebody adds what git states next.
	challenge := zonefile.MustParseRRset("_acme-challenge.www.z3.example. 60 TXT", `"x"`)
	mail := zonefile.MustParseRRset("mail.z4.example. 300 A", "192.0.2.1")
	h.targets["live"].Write(origins[3], zonefile.Change{New: &challenge})
	h.targets["live"].Write(origins[4], zonefile.Change{New: &mail})
	h.files["z4.example.zone"] += "mail 300 A 192.0.2.1\n"
	for _, o := range h.apply(Reviewed(saved, h.plan())) {
		if o.Status != Unchanged {
			t.Errorf("%s: %s, %v; want unchanged", o.Ref, o.Status, o.Err)
		}
	}
}
