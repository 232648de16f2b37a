package reconcile

import (
	"testing"

	"github.com/zoneward/zoneward/zonefile"
)

// TestApprovalEndsWithWhatItWasFor: what was approved that had to wait may be done once, and not again when the same comes up later.
func TestApprovalEndsWithWhatItWasFor(t *testing.T) {
	h := newHouse(t)
	h.planner.Unattended, h.planner.Rules[0].Policy.Approve = true, true
	h.serve("www 300 A 192.0.2.1")
	h.write("www 300 A 192.0.2.2")
	loop := NewLoop(LoopOptions{Applier: h.applier})
	approve := func() Outcome {
		t.Helper()
		return loop.apply(t.Context(), h.applier, h.tree(), h.plan(), nil)[0]
	}
	waited := *h.plan()
	waited.Zones[0].Deferred = []Deferred{{Change: waited.Zones[0].Changes[0], For: "something else"}}
	loop.followUp(&waited, Approve{Plans: []zonefile.Digest{waited.Zones[0].ID}, Actor: "ann"})
	if o := approve(); o.Status != Applied {
		t.Fatalf("%s, %v; want what was approved to be applied", o.Status, o.Err)
	}
	h.targets["live"].Write(example, change("www", "www.example.com. 300 A", "192.0.2.1"))
	if o := approve(); o.Status != Held {
		t.Errorf("the same again: %s; want it held", o.Status)
	}
}
