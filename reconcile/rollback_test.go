package reconcile

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/zonefile"
)

// TestRollbackWhileAWriteIsOpen rolls back to before, and to after, a write that was interrupted: whether it was done or not the zone is as it was before,
// and what was after it nobody knows.
func TestRollbackWhileAWriteIsOpen(t *testing.T) {
	broken := errors.New("connection reset")
	for _, tc := range []struct {
		name  string
		fault memory.Fault
		want  []string // the changes of the way back
	}{
		{"done", memory.Fault{Written: memory.All, Err: broken}, []string{"retire new A ", "update www A "}},
		{"not done", memory.Fault{Err: broken}, []string{"update www A "}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := newHouse(t)
			pass := h.clocked()
			h.serve("www 300 A 192.0.2.1")
			before := h.planner.Clock().Wall
			pass(time.Hour)
			h.write("www 300 A 192.0.2.2")
			h.must(Applied)
			pass(time.Hour)
			h.write("www 300 A 192.0.2.2", "new 300 A 192.0.2.3")
			plan := h.plan()
			h.targets["live"].Inject(providers.OperationApply, tc.fault)
			h.targets["live"].Inject(providers.OperationFetch, memory.Fault{}, memory.Fault{Err: broken})
			if o := h.apply(plan)[0]; o.Status != Failed || !h.store.entries[1].Open {
				t.Fatalf("%s, %v, and the entry is open: %t", o.Status, o.Err, h.store.entries[1].Open)
			}
			pass(time.Hour)
			for _, to := range []Point{{Time: h.planner.Clock().Wall}, {Time: h.store.entries[1].Intent.At}, {Plan: plan.ID().String()}, {Commit: "c0ffee"}} {
				plan, err := h.planner.Rollback(t.Context(), h.tree(), Return{To: to})
				if err != nil {
					t.Fatal(err)
				}
				if z := plan.Zones[0]; !errors.Is(z.Err, ErrUnsettled) || !strings.Contains(z.Err.Error(), "the next apply settles it (it began at 2026-") {
					t.Errorf("to %s: changes %q, %v; want %v", to, changes(z), z.Err, ErrUnsettled)
				}
			}
			back, err := h.planner.Rollback(t.Context(), h.tree(), Return{To: Point{Time: before}})
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(changes(back.Zones[0]), tc.want); d != "" {
				t.Errorf("changes (-got +want):\n%s", d)
			}
			if o := h.apply(back)[0]; o.Status != Applied || o.Settled != 1 {
				t.Errorf("%s, %v, %d settled", o.Status, o.Err, o.Settled)
			}
			if got := []string{h.live("www", zonefile.TypeA), h.live("new", zonefile.TypeA)}; !slices.Equal(got, []string{"192.0.2.1", ""}) {
				t.Errorf("www and new are %q; want what they were", got)
			}
		})
	}
}

// TestRollbackBesideOthers leaves out what could only come back in the place of something that is left to others by now.
func TestRollbackBesideOthers(t *testing.T) {
	h := newHouse(t)
	pass := h.clocked()
	h.serve("www 300 A 192.0.2.1", "dyn 300 CNAME www")
	before := h.planner.Clock().Wall
	pass(time.Hour)
	h.write("www 300 A 192.0.2.2")
	h.must(Applied)
	h.planner.Rules[0].Policy.Ignore = []Pattern{{Name: "dyn", Types: []zonefile.Type{zonefile.TypeA}}}
	theirs := zonefile.MustParseRRset("dyn.example.com. 300 A", "192.0.2.9")
	h.targets["live"].Write(example, zonefile.Change{New: &theirs})
	plan, err := h.planner.Rollback(t.Context(), h.tree(), Return{To: Point{Time: before}})
	if err != nil {
		t.Fatal(err)
	}
	z := plan.Zones[0]
	if got := changes(z); z.Err != nil || !slices.Equal(got, []string{"update www A "}) {
		t.Errorf("changes %q, %v", got, z.Err)
	}
	if len(z.Warnings) != 1 || !strings.Contains(z.Warnings[0].Message, "dyn CNAME: not rolled back: it cannot stand beside the A at its name") {
		t.Errorf("warnings %v", z.Warnings)
	}
}

// TestZoneWithIgnoredComesBack restores a zone in which there was something that policy leaves to others: it went with the zone, and comes with it.
func TestZoneWithIgnoredComesBack(t *testing.T) {
	h := newHouse(t)
	h.clocked()
	target := h.planner.Targets["live"]
	target.CanRemove = true
	h.planner.Targets["live"] = target
	h.planner.Rules[0].Policy.RetireZones, h.planner.Rules[0].Policy.MaxDeletes = true, Percent(100)
	h.planner.Rules[0].Policy.Ignore = []Pattern{{Name: "dyn"}}
	h.serve("www 300 A 192.0.2.1", "dyn 300 A 192.0.2.5")
	h.files["other.example.zone"] = "@ 3600 A 192.0.2.1\n"
	if o := h.apply(h.plan(), GuardMaxDeletes)[0]; o.Status != Applied {
		t.Fatalf("%s, %v", o.Status, o.Err)
	}
	if _, o := h.restore(Restoration{Stone: h.store.stones[0].ID}); o.Status != Applied {
		t.Fatalf("%s, %v", o.Status, o.Err)
	}
	if got := h.live("dyn", zonefile.TypeA); got != "192.0.2.5" {
		t.Errorf("dyn is %q", got)
	}
}
