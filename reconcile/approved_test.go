package reconcile

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/zonefile"
)

// TestAdoptionWithAdditiveOwnership takes what the zone file states, and nothing of what others own.
func TestAdoptionWithAdditiveOwnership(t *testing.T) {
	h := newHouse(t)
	h.clocked()
	h.planner.Rules[0].Policy.Additive = true
	var theirs []string
	for i := range 7 {
		theirs = append(theirs, fmt.Sprintf("theirs%d 300 A 192.0.2.9", i))
	}
	h.target("live").AddZone(h.zone(append(theirs, "www 300 A 192.0.2.1")...))
	h.write("www 300 A 192.0.2.2")
	if _, err := h.applier.Adopt(t.Context(), h.tree(), Selection{}); err != nil {
		t.Fatal(err)
	}
	z := h.plan().Zones[0]
	o := h.apply(h.plan())[0]
	if h.live("theirs0", zonefile.TypeA) == "" {
		t.Errorf("retired what others own: %s %v changes %q holds %v", o.Status, o.Err, changes(z), guards(z))
	}
}

// TestStaleReadBackKeepsTheTombstone has a provider that shows the old state for once after a write.
func TestStaleReadBackKeepsTheTombstone(t *testing.T) {
	for _, opt := range [][]memory.Option{nil, {hiding()}} {
		h := newHouse(t)
		h.clocked()
		p := h.target("live", opt...)
		h.serve("www 300 A 192.0.2.1", "old 300 A 192.0.2.1")
		h.write("www 300 A 192.0.2.1")
		plan := h.plan()
		p.Inject(providers.OperationFetch, memory.Fault{}, memory.Fault{Stale: true})
		h.apply(plan)
		h.apply(h.plan())
		if h.live("old", zonefile.TypeA) != "" {
			t.Fatal("still served")
		}
		stones, _ := h.store.Tombstones(t.Context(), TombstoneQuery{})
		if len(stones) == 0 {
			t.Errorf("old is retired and no tombstone stands: %v", h.store.stones[0].State)
		}
		_, err := h.planner.Restore(t.Context(), h.tree(), Restoration{Key: zonefile.Key{Name: name("old"), Type: zonefile.TypeA}})
		if err != nil {
			t.Errorf("restore: %v", err)
		}
		_, err = h.planner.Restore(t.Context(), h.tree(), Restoration{Key: zonefile.Key{Name: name("old"), Type: zonefile.TypeA}, At: Point{Time: h.planner.Clock().Wall.Add(-time.Hour)}})
		if err != nil {
			t.Errorf("restore --at: %v", err)
		}
	}
}

// TestStaleReadBackOfARemovedZone has a provider that shows a zone for once more after it was removed.
func TestStaleReadBackOfARemovedZone(t *testing.T) {
	h := newHouse(t)
	h.clocked()
	p := h.target("live")
	tg := h.planner.Targets["live"]
	tg.CanRemove = true
	h.planner.Targets["live"] = tg
	h.planner.Rules[0].Policy.RetireZones, h.planner.Rules[0].Policy.MaxDeletes = true, Percent(100)
	h.serve("www 300 A 192.0.2.1")
	old := p.Served(example)
	other := zonefile.MustParseName("other.example.")
	b := zonefile.NewBuilder(other)
	_ = b.AddRRset(zonefile.MustParseRRset("other.example. 3600 A", "192.0.2.1"))
	p.AddZone(b.Zone())
	h.files["other.example.zone"] = "@ 3600 A 192.0.2.1\n"
	plan, err := h.planner.Plan(t.Context(), h.tree(), Selection{Zones: []zonefile.Name{example}, Lenient: true})
	if err != nil {
		t.Fatal(err)
	}
	p.Inject(providers.OperationFetch, memory.Fault{}, memory.Fault{Before: func() { p.AddZone(old) }, After: func() { p.DropZone(example) }})
	for range 2 {
		h.apply(plan)
		plan = h.plan()
	}
	stones, _ := h.store.Tombstones(t.Context(), TombstoneQuery{})
	if p.Served(example) == nil && len(stones) == 0 {
		t.Errorf("the zone is deleted and no tombstone stands: %s", h.store.stones[0].State)
	}
}

// TestSomebodyElseInTheMiddleOfAPartialWrite leaves a value that came between two parts.
func TestSomebodyElseInTheMiddleOfAPartialWrite(t *testing.T) {
	h := newHouse(t)
	h.clocked()
	p := h.target("live")
	h.serve("a 300 A 192.0.2.1", "b 300 A 192.0.2.1")
	h.write("a 300 A 192.0.2.2", "b 300 A 192.0.2.2")
	plan := h.plan()
	p.Inject(providers.OperationApply, memory.Fault{Err: providers.ErrPartial, Written: 1, After: func() {
		p.Write(example, change("b 300 A", "b.example.com. 300 A", "192.0.2.77"))
	}})
	o := h.apply(plan)[0]
	if h.live("b", zonefile.TypeA) != "192.0.2.77" {
		t.Errorf("somebody else's value of b was overwritten with nobody's approval: %s", o.Status)
	}
}

// TestSomebodyElseCreatesTheZone has a creation that failed and a zone that somebody else made since.
func TestSomebodyElseCreatesTheZone(t *testing.T) {
	h := newHouse(t)
	h.clocked()
	create := true
	h.planner.Rules[0].CreateZone = &create
	h.write("@ 3600 NS ns1.example.net.", "www 300 A 192.0.2.1")
	p := h.targets["live"]
	p.Inject(providers.OperationCreateZone, memory.Fault{Err: errors.New("502 bad gateway")})
	o := h.apply(h.plan())[0]
	var lines []string
	for i := range 8 {
		lines = append(lines, fmt.Sprintf("theirs%d 300 A 192.0.2.9", i))
	}
	p.AddZone(h.zone(lines...))
	z := h.plan().Zones[0]
	o = h.apply(h.plan())[0]
	if h.live("theirs0", zonefile.TypeA) == "" {
		t.Errorf("a zone that somebody else made was emptied without new-target: %s, %q, holds %q", o.Status, changes(z), guards(z))
	}
}

// TestWhatTheServerPutIntoANewZone is found by the next plan.
func TestWhatTheServerPutIntoANewZone(t *testing.T) {
	h := newHouse(t)
	h.clocked()
	create := true
	h.planner.Rules[0].CreateZone = &create
	p := h.targets["live"]
	for i := range 6 {
		h.files[fmt.Sprintf("z%d.example.zone", i)] = "@ 3600 NS ns1.example.net.\nwww 300 A 192.0.2.1\n"
	}
	z3 := zonefile.MustParseName("z3.example.")
	set := zonefile.MustParseRRset("*.z3.example. 60 A", "192.0.2.66")
	for range 6 {
		p.Inject(providers.OperationCreateZone, memory.Fault{After: func() {
			if z := p.Served(z3); z != nil && !z.Has(set.Key) {
				p.Write(z3, zonefile.Change{New: &set})
			}
		}})
	}
	h.apply(h.plan())
	plan := h.plan()
	z := plan.Zone(Ref{z3, "live"})
	if z.Unmoved && p.Served(z3).Has(set.Key) {
		t.Errorf("live has what git does not, and the zone is taken to be as it should be; changes %v", changes(*z))
	}
}

// TestHeldPurge closes no tombstone.
func TestHeldPurge(t *testing.T) {
	h := newHouse(t)
	h.clocked()
	p := h.target("live", hiding())
	h.serve("www 300 A 192.0.2.1", "a 300 A 192.0.2.1", "b 300 A 192.0.2.1")
	h.write("www 300 A 192.0.2.1")
	h.must(Applied)
	p.DropHidden(example, zonefile.Key{Name: name("a"), Type: zonefile.TypeA})
	_ = h.store.Suspend(t.Context(), Suspension{Reason: "incident", Actor: "ann"})
	z, o := h.purge([]string{h.stone("a").ID, h.stone("b").ID})
	if n := len(h.store.inState(Purged)); n > 0 {
		t.Errorf("%s by %q, and %d tombstones were closed for good", o.Status, guards(z), n)
	}
}

// TestDetectLeavesAZoneThatIsGone has a zone that somebody removed: without its records it is not made anew.
func TestDetectLeavesAZoneThatIsGone(t *testing.T) {
	h := newHouse(t)
	h.clocked()
	create := true
	h.planner.Rules[0].CreateZone = &create
	h.planner.Rules[0].Policy.Drift.Detect = true
	p := h.target("live")
	h.serve("www 300 A 192.0.2.1", "@ 300 MX 10 mx.example.net.")
	h.write("@ 3600 SOA "+soaText, "@ 3600 NS ns1.example.net.", "www 300 A 192.0.2.1", "@ 300 MX 10 mx.example.net.")
	h.must(Unchanged)
	p.DropZone(example)
	z := h.plan().Zones[0]
	o := h.apply(h.plan())[0]
	if s := p.Served(example); s != nil && s.Len() <= 2 {
		soa, _ := s.Get(zonefile.Key{Name: example, Type: zonefile.TypeSOA})
		t.Errorf("%s: an empty zone was created: %q, drift %d, holds %q, served %d RRsets, SOA %v", o.Status, changes(z), len(z.Drift), guards(z), s.Len(), soa.Text())
	}
}

// TestAnOldPlanDoesNotForget has a plan without changes that is applied after another one.
func TestAnOldPlanDoesNotForget(t *testing.T) {
	h := newHouse(t)
	h.clocked()
	h.target("live").AddZone(h.zone("www 300 A 192.0.2.1"))
	h.write("www 300 A 192.0.2.1")
	first := h.plan() // nothing to do, not known
	h.write("www 300 A 192.0.2.1", "new 300 A 192.0.2.1")
	h.must(Applied)
	h.write("www 300 A 192.0.2.1")
	h.apply(first)
	applied, _, _ := h.store.Applied(t.Context(), Ref{example, "live"})
	if !applied.Has(zonefile.Key{Name: name("new"), Type: zonefile.TypeA}) {
		h.planner.Rules[0].Policy.Drift.Detect = true
		z := h.plan().Zones[0]
		t.Errorf("what we wrote is not noted any more: with drift: detect it is never retired: changes %q, drift %d", changes(z), len(z.Drift))
	}
}

// TestNoGraceForWhatWasNeverOurs has a zone that nobody adopted.
func TestNoGraceForWhatWasNeverOurs(t *testing.T) {
	for _, more := range []string{"", "new 300 A 192.0.2.2"} {
		h := newHouse(t)
		pass := h.clocked()
		h.planner.Rules[0].Policy.Grace = 24 * time.Hour
		var theirs []string
		for i := range 8 {
			theirs = append(theirs, fmt.Sprintf("theirs%d 300 A 192.0.2.9", i))
		}
		h.target("live").AddZone(h.zone(append(theirs, "www 300 A 192.0.2.1")...))
		h.write("www 300 A 192.0.2.1", more)
		h.apply(h.plan())
		pass(25 * time.Hour)
		z := h.plan().Zones[0]
		o := h.apply(h.plan())[0]
		if h.live("theirs0", zonefile.TypeA) == "" {
			t.Errorf("%s: %q, holds %q: nobody adopted the zone", o.Status, changes(z), guards(z))
		}
	}
}

// TestRestoreTakesNothingOver has a restore to a system that nothing was applied to.
func TestRestoreTakesNothingOver(t *testing.T) {
	h := newHouse(t)
	pass := h.clocked()
	h.serve("www 300 A 192.0.2.1", "old 300 A 192.0.2.1")
	h.write("www 300 A 192.0.2.1")
	h.must(Applied)
	pass(time.Hour)
	// The target is another server now, with records that zoneward has never seen.
	tg := h.planner.Targets["live"]
	tg.System = "another"
	h.planner.Targets["live"] = tg
	var lines []string
	for i := range 8 {
		lines = append(lines, fmt.Sprintf("theirs%d 300 A 192.0.2.9", i))
	}
	h.targets["live"].AddZone(h.zone(append(lines, "www 300 A 192.0.2.1")...))
	if got := guards(h.plan().Zones[0]); !slices.Contains(got, GuardNewTarget) {
		t.Fatal("not held at first", got)
	}
	_, o := h.restore(Restoration{Key: zonefile.Key{Name: name("old"), Type: zonefile.TypeA}})
	if o.Status != Applied {
		t.Skip(o.Status, o.Err)
	}
	z := h.plan().Zones[0]
	if !slices.Contains(guards(z), GuardNewTarget) {
		t.Errorf("after a restore nothing holds: changes %q, holds %q", changes(z), guards(z))
	}
}

// TestRemovalOfUnknownOutcome is settled by the next run.
func TestRemovalOfUnknownOutcome(t *testing.T) {
	h := newHouse(t)
	h.clocked()
	tg := h.planner.Targets["live"]
	tg.CanRemove = true
	h.planner.Targets["live"] = tg
	h.planner.Rules[0].Policy.RetireZones, h.planner.Rules[0].Policy.MaxDeletes = true, Percent(100)
	p := h.target("live")
	h.serve("www 300 A 192.0.2.1")
	other := zonefile.MustParseName("other.example.")
	b := zonefile.NewBuilder(other)
	_ = b.AddRRset(zonefile.MustParseRRset("other.example. 3600 A", "192.0.2.1"))
	p.AddZone(b.Zone())
	h.files["other.example.zone"] = "@ 3600 A 192.0.2.1\n"
	plan, err := h.planner.Plan(t.Context(), h.tree(), Selection{Zones: []zonefile.Name{example}, Lenient: true})
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("reset")
	p.Inject(providers.OperationRemoveZone, memory.Fault{Err: broken, Written: memory.All})
	old := p.Served(example)
	p.Inject(providers.OperationFetch, memory.Fault{}, memory.Fault{Err: broken, Before: func() { p.AddZone(old) }, After: func() { p.DropZone(example) }})
	h.apply(plan)
	for range 3 {
		h.apply(h.plan())
	}
	for _, e := range h.store.entries {
		if e.Open {
			t.Errorf("entry %d (%s) is open for ever; its tombstone is %s", e.Seq, e.Changes[0].Action, h.store.stones[0].State)
		}
	}
}

// TestOneAnswerForgetsNoZone has a provider that does not find a zone for once.
func TestOneAnswerForgetsNoZone(t *testing.T) {
	h := newHouse(t)
	h.clocked()
	tg := h.planner.Targets["live"]
	tg.CanRemove = true
	h.planner.Targets["live"] = tg
	h.planner.Rules[0].Policy.RetireZones, h.planner.Rules[0].Policy.MaxDeletes = true, Percent(100)
	h.planner.Rules[0].Policy.Grace = 24 * time.Hour
	p := h.target("live")
	h.serve("www 300 A 192.0.2.1")
	h.files["other.example.zone"] = "@ 3600 A 192.0.2.1\n"
	only := Selection{Zones: []zonefile.Name{example}, Lenient: true}
	p.Inject(providers.OperationFetch, memory.Fault{Err: providers.ErrNoZone})
	plan, _ := h.planner.Plan(t.Context(), h.tree(), only)
	h.apply(plan)
	plan, _ = h.planner.Plan(t.Context(), h.tree(), only)
	if len(plan.Zones) == 0 && len(plan.Notices) == 0 {
		t.Errorf("served, and not managed any more, without a word: %v", plan.Notices)
	}
}
