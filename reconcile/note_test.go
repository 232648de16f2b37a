package reconcile

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/zonefile"
)

func TestRetiredTwiceIsBuriedTwice(t *testing.T) {
	h := newHouse(t)
	h.serve("www 300 A 192.0.2.1", "old 300 A 192.0.2.1")
	for _, lines := range [][]string{{"www 300 A 192.0.2.1"}, {"www 300 A 192.0.2.1", "old 300 A 192.0.2.1"}, {"www 300 A 192.0.2.1"}} {
		h.write(lines...)
		if o := h.apply(h.plan())[0]; o.Status != Applied {
			t.Fatalf("%s, %v", o.Status, o.Err)
		}
	}
	stones, _ := h.store.Tombstones(t.Context(), TombstoneQuery{Closed: true})
	if len(stones) != 2 || stones[0].State != Retired || stones[1].State != Restored {
		t.Errorf("tombstones %+v; want one that git brought back, and one that is retired", stones)
	}
}

// TestStoreCatchesUp has a write whose outcome nobody could note, as after a crash: the next run notes what is live.
func TestStoreCatchesUp(t *testing.T) {
	h := newHouse(t)
	h.serve("www 300 A 192.0.2.1", "old 300 A 192.0.2.1")
	h.write("www 300 A 192.0.2.2")
	h.store.lost = errors.New("disk full")
	if o := h.apply(h.plan())[0]; o.Status != Failed || o.Written != IsWritten || len(o.Changes) != 2 {
		t.Fatalf("%s, written %s, %d live, %v; want failed, yes, 2", o.Status, o.Written, len(o.Changes), o.Err)
	}
	h.store.lost = nil
	if o := h.apply(h.plan())[0]; o.Status != Unchanged {
		t.Fatalf("%s, %v; want unchanged", o.Status, o.Err)
	}
	applied, _, _ := h.store.Applied(t.Context(), Ref{example, "live"})
	if got, _ := applied.Get(zonefile.Key{Name: zonefile.MustParseName("www.example.com."), Type: zonefile.TypeA}); applied.Len() != 3 || got.Text()[0] != "192.0.2.2" {
		t.Errorf("%d RRsets applied, www is %s; want what is live", applied.Len(), got)
	}
	if stones, _ := h.store.Tombstones(t.Context(), TombstoneQuery{Closed: true}); len(stones) != 1 || stones[0].State != Retired {
		t.Errorf("tombstones %+v; want one, and that it is retired", stones)
	}
	if o, _ := h.store.Overview(t.Context()); len(o.Open) > 0 {
		t.Error("the zone is still open")
	}
}

func TestWhatWasWrittenIsSaid(t *testing.T) {
	broken := errors.New("connection reset")
	for _, tc := range []struct {
		name  string
		op    providers.Operation
		fault []memory.Fault
		want  Written
	}{
		{"the first look fails", providers.OperationFetch, []memory.Fault{{Err: broken}}, NotWritten},
		{"it is refused", providers.OperationApply, []memory.Fault{{Err: providers.ErrInvalid}}, NotWritten},
		{"the server is busy", providers.OperationApply, []memory.Fault{{Err: &providers.BusyError{}}}, NotWritten},
		{"the connection breaks", providers.OperationApply, []memory.Fault{{Err: broken}}, PerhapsWritten},
		{"it cannot be read back", providers.OperationFetch, []memory.Fault{{}, {Err: broken}}, IsWritten},
	} {
		h := newHouse(t)
		h.serve("www 300 A 192.0.2.1")
		h.write("www 300 A 192.0.2.2")
		plan := h.plan()
		h.targets["live"].Inject(tc.op, tc.fault...)
		if o := h.apply(plan)[0]; o.Status != Failed || o.Written != tc.want {
			t.Errorf("%s: %s, written %s, %v; want failed, %s", tc.name, o.Status, o.Written, o.Err, tc.want)
		}
	}
}

func TestConflictAfterTheWriteIsNotCalledUnwritten(t *testing.T) {
	h := newHouse(t)
	h.serve("www 300 A 192.0.2.1")
	h.write("www 300 A 192.0.2.2")
	plan := h.plan()
	h.targets["live"].Inject(providers.OperationApply, memory.Fault{Err: providers.ErrConflict, Written: memory.All})
	if o := h.apply(plan)[0]; o.Status != Conflict || o.Written == NotWritten || len(o.Changes) != 1 {
		t.Errorf("%s, written %s, %d live, %v; want a conflict, and that something was written", o.Status, o.Written, len(o.Changes), o.Err)
	}
}

func TestAnotherSystemIsANewTarget(t *testing.T) {
	h := newHouse(t)
	h.serve("www 300 A 192.0.2.1", "old 300 A 192.0.2.1")
	h.write("www 300 A 192.0.2.2")
	target := h.planner.Targets["live"]
	target.System = "elsewhere"
	h.planner.Targets["live"] = target
	z := h.plan().Zones[0]
	if !z.heldBy(GuardNewTarget) || !strings.Contains(z.Holds[0].Reason, "another system (live)") {
		t.Errorf("holds %v; want new-target, because it is another system", z.Holds)
	}
}

func TestOneTargetIsHeldWithTheOthers(t *testing.T) {
	h := newHouse(t)
	h.rule("example.com", "a", "b")
	h.targets["a"].AddZone(h.zone())
	h.targets["b"].AddZone(h.zone("old 300 A 192.0.2.1"))
	h.write("www 300 A 192.0.2.1")
	plan, err := h.planner.Plan(t.Context(), h.tree(), Selection{Targets: []string{"a"}})
	if err != nil {
		t.Fatal(err)
	}
	if len(plan.Zones) != 1 || plan.Zones[0].Target != "a" || !plan.Zones[0].heldBy(GuardNewTarget) {
		t.Errorf("zones %v; want the one on a, held as on b", plan.Zones)
	}
}

func TestMissingFileOfTheFirstRule(t *testing.T) {
	h := newHouse(t)
	h.planner.Rules = nil
	h.rule("*.example", "ns1", "pdns").File = "public/{origin}.zone"
	h.rule("*.example", "ns1").File = "internal/{origin}.zone"
	h.files["public/c.example.zone"] = "www 300 A 192.0.2.1\n"
	h.files["internal/c.example.zone"] = "www 300 A 198.51.100.1\n"
	origin := zonefile.MustParseName("c.example.")
	for _, p := range h.targets {
		z, err := zonefile.ZoneOf(origin, zonefile.MustParseRRset("c.example. 300 SOA", soaText))
		if err != nil {
			t.Fatal(err)
		}
		p.AddZone(z)
	}
	h.apply(h.plan())
	delete(h.files, "internal/c.example.zone")
	plan := h.plan()
	ns1 := plan.Zone(Ref{origin, "ns1"})
	if ns1 == nil || ns1.Err == nil || !strings.Contains(ns1.Err.Error(), "internal/c.example.zone") {
		t.Errorf("plan for ns1: %+v; want an error about the missing file: another rule's file must not take its place", ns1)
	}
	if pdns := plan.Zone(Ref{origin, "pdns"}); pdns == nil || pdns.Err != nil || len(pdns.Changes) > 0 {
		t.Errorf("plan for pdns: %+v; want no changes", pdns)
	}
	h.files["public/d.example.zone"] = "www 300 A 192.0.2.1\n"
	if d := h.plan().Zone(Ref{zonefile.MustParseName("d.example."), "ns1"}); d != nil {
		t.Errorf("a zone that never had an internal file: %+v; want no plan for ns1", d)
	}
}

func TestNameServerThatLosesItsAddresses(t *testing.T) {
	h := newHouse(t)
	h.serve("ns7 300 A 192.0.2.7", "ns8 300 A 192.0.2.8", "ns8 300 AAAA 2001:db8::8")
	set := zonefile.MustParseRRset("example.com. 3600 NS", "ns1.example.net.", "ns7.example.com.", "ns8.example.com.")
	h.targets["live"].Write(example, zonefile.Change{Old: &set, New: &set})
	h.write("ns7 300 A 192.0.2.7", "ns8 300 A 192.0.2.8")
	if z := h.plan().Zones[0]; len(z.Holds) > 0 {
		t.Errorf("an address is left: %v; want no hold", z.Holds)
	}
	h.write("ns8 300 A 192.0.2.8")
	z := h.plan().Zones[0]
	if !z.heldBy(GuardApexNS) || !strings.Contains(z.Holds[0].Reason, "ns7.example.com.") {
		t.Errorf("holds %v; want apex-ns, about ns7", z.Holds)
	}
}

func TestQuotaDoesNotCountForeignRecords(t *testing.T) {
	h := newHouse(t)
	var own, live []string
	for i := range 20 {
		own = append(own, "h"+strings.Repeat("x", i)+" 300 A 192.0.2.1")
	}
	for i := range 200 {
		live = append(live, "dyn"+strings.Repeat("x", i%50)+strings.Repeat("y", i/50)+" 300 A 192.0.2.1")
	}
	h.planner.Rules[0].Policy.Ignore = []Pattern{{Name: "dyn*"}}
	h.serve(append(live, own...)...)
	h.write(own[0])
	if z := h.plan().Zones[0]; !z.heldBy(GuardMaxDeletes) {
		t.Errorf("19 of 20 records of ours go: %v; want max-deletes", z.Holds)
	}
}

func TestInterruptedWhileLookingAgain(t *testing.T) {
	h := newHouse(t)
	h.serve("www 300 A 192.0.2.1")
	h.write("www 300 A 192.0.2.2")
	plan := h.plan()
	ctx, cancel := context.WithCancel(t.Context())
	h.targets["live"].Inject(providers.OperationFetch, memory.Fault{Before: cancel, Err: context.Canceled})
	if o := h.applier.Apply(ctx, h.tree(), plan, Approval{})[0]; o.Status != Interrupted || o.Written != NotWritten {
		t.Errorf("%s, written %s, %v; want interrupted, no", o.Status, o.Written, o.Err)
	}
	if n := h.targets["live"].Calls(providers.OperationApply); n != 0 {
		t.Errorf("%d writes; want none", n)
	}
}

func TestLenientAndLimits(t *testing.T) {
	h := newHouse(t)
	traits := memory.DefaultTraits()
	traits.MaxRecords = 2
	h.target("live", memory.WithTraits(traits)).AddZone(h.zone("www 300 A 192.0.2.9"))
	h.adopt()
	h.files["example.com.yaml"] = "www: {type: A, values: [192.0.2.1, 192.0.2.2, 192.0.2.3]}\n"
	z := h.plan().Zones[0]
	if z.Err == nil || !strings.Contains(z.Err.Error(), "3 records, and 2 are the most") {
		t.Errorf("error %v; want that there are too many records", z.Err)
	}
	h.files["example.com.yaml"] = "www: {type: A, values: [192.0.2.1, 192.0.2.2, 192.0.2.3], octodns: {lenient: true}}\n"
	z = h.plan().Zones[0]
	if z.Err != nil || len(z.Changes) > 0 || len(z.Warnings) != 1 {
		t.Errorf("lenient: %v, changes %v, warnings %v; want a warning, and what is live left alone", z.Err, changes(z), z.Warnings)
	}
}

func TestSerialRisesWithTheSOA(t *testing.T) {
	h := newHouse(t)
	h.serve()
	h.write("@ 3600 SOA " + strings.Replace(soaText, " 7200 ", " 3600 ", 1))
	plan := h.plan()
	h.targets["live"].Write(example, change("", "_acme-challenge.example.com. 60 TXT", "x")) // the serial moves, the plan is as good as before
	before := h.targets["live"].Served(example)
	o := h.apply(plan)[0]
	if o.Status != Applied {
		t.Fatalf("%s, %v", o.Status, o.Err)
	}
	soa := func(z *zonefile.Zone) zonefile.SOA {
		set, _ := z.Get(zonefile.Key{Name: example, Type: zonefile.TypeSOA})
		s, err := zonefile.ParseSOA(set)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	was, is := soa(before), soa(h.targets["live"].Served(example))
	if is.Refresh != 3600 || !zonefile.SerialAfter(is.Serial, was.Serial) {
		t.Errorf("refresh %d, serial %d after %d; want 3600, and a serial above", is.Refresh, is.Serial, was.Serial)
	}
}

func TestReviewedPlanNeedsItsBase(t *testing.T) {
	h := newHouse(t)
	h.serve("www 300 A 192.0.2.1", "other 300 A 192.0.2.1")
	h.write("www 300 A 192.0.2.2", "other 300 A 192.0.2.1")
	saved := h.plan()
	// Live and git move together: the changes are the same, and the zone is not the one that was reviewed.
	h.write("www 300 A 192.0.2.2", "other 300 A 192.0.2.7")
	h.targets["live"].Write(example, change("other", "other.example.com. 300 A", "192.0.2.7"))
	fresh := h.plan()
	if saved.Zones[0].ID != fresh.Zones[0].ID {
		t.Fatal("the ids differ: this is not the case that is meant")
	}
	if o := h.apply(Reviewed(saved, fresh))[0]; o.Status != Stale {
		t.Errorf("%s, %v; want stale", o.Status, o.Err)
	}
	if o := h.apply(saved)[0]; o.Status != Stale {
		t.Errorf("without a review: %s, %v; want stale", o.Status, o.Err)
	}
}
