package reconcile

import (
	"slices"
	"testing"
	"time"

	"github.com/zoneward/zoneward/zonefile"
)

// TestTombstonesOfAZoneThatIsGoneExpire: its own, and those of what was retired of it before.
func TestTombstonesOfAZoneThatIsGoneExpire(t *testing.T) {
	h := newHouse(t)
	pass := h.clocked()
	h.target("live", hiding())
	h.retiring().serve("www 300 A 192.0.2.1", "old 300 A 192.0.2.1")
	h.files["example.net.zone"] = "www 300 A 192.0.2.1\n"
	h.write("www 300 A 192.0.2.1")
	h.apply(h.plan())
	pass(time.Hour)
	delete(h.files, "example.com.zone")
	h.apply(h.plan())
	want := func(when string, retired, purged int) {
		t.Helper()
		if r, p := len(h.store.inState(Retired)), len(h.store.inState(Purged)); r != retired || p != purged {
			t.Errorf("%s: %d stand and %d are purged; want %d and %d", when, r, p, retired, purged)
		}
	}
	want("at first", 2, 0)
	pass(30*24*time.Hour - time.Minute)
	plan := h.plan()
	want("when it is planned", 2, 0)
	h.apply(plan)
	want("when the retention of the first is over", 1, 1)
	pass(time.Minute)
	plan, err := h.planner.Plan(t.Context(), h.tree(), Selection{Zones: []zonefile.Name{zonefile.MustParseName("example.net.")}})
	if err != nil {
		t.Fatal(err)
	}
	h.apply(plan)
	want("when another zone is applied", 1, 1)
	h.apply(h.plan())
	want("when both are over", 0, 2)
	last := h.store.entries[len(h.store.entries)-1]
	if last.Why != "purge" || last.Ref != (Ref{example, "live"}) || len(last.Changes) != 1 || last.Changes[0].Kind != KindZone || !slices.Equal(last.Purged, []string{last.Changes[0].Stone}) || last.System != "live" {
		t.Errorf("the last entry is %+v; want the purge of the zone", last)
	}
	n := len(h.store.entries)
	if h.apply(h.plan()); len(h.store.entries) != n {
		t.Error("the next apply noted something again")
	}
}

// TestTombstoneOfAZoneIsKept: where the clock is doubted, where the zone may be in the tree, and where it is to be created anew.
func TestTombstoneOfAZoneIsKept(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(h *house)
		kept   bool
	}{
		{"gone", func(*house) {}, false},
		{"the clock was set", func(h *house) { h.store.clock.Doubted = h.planner.Clock().Wall.Add(time.Hour) }, true},
		{"in git, and not created yet", func(h *house) { h.write("www 300 A 192.0.2.1"); h.planner.Rules[0].CreateZone = new(bool) }, true},
		{"in git, and broken", func(h *house) { h.write("www 300 A nonsense") }, true},
		{"live again", func(h *house) {
			h.write("www 300 A 192.0.2.1")
			h.serve("www 300 A 192.0.2.1")
		}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := newHouse(t).retiring()
			pass := h.clocked()
			h.serve("www 300 A 192.0.2.1")
			h.files["example.net.zone"] = "www 300 A 192.0.2.1\n"
			h.apply(h.plan())
			pass(31 * 24 * time.Hour)
			h.store.clock = h.planner.Clock()
			tc.change(h)
			h.apply(h.plan())
			if kept := len(h.store.inState(Retired)) == 1; kept != tc.kept {
				t.Errorf("kept: %v; want %v (%s)", kept, tc.kept, h.store.stones[0].State)
			}
		})
	}
}

// TestTombstonesOfTwoTries have two ids, also where the clock stands still.
func TestTombstonesOfTwoTries(t *testing.T) {
	h := newHouse(t)
	h.clocked()
	h.serve("www 300 A 192.0.2.1", "old 300 A 192.0.2.1")
	h.write("www 300 A 192.0.2.1")
	plan := h.plan()
	w := zoneWrite{Applier: h.applier, plan: &plan.Zones[0], tree: h.tree()}
	one, two := w.tombstone(plan.Zones[0].Changes[0]), w.tombstone(plan.Zones[0].Changes[0])
	if one.ID == two.ID || len(one.ID) != 16 || len(two.ID) != 16 {
		t.Errorf("ids %q and %q", one.ID, two.ID)
	}
}
