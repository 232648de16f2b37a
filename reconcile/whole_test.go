package reconcile

import (
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
)

// TestAllOrNothing: where somebody wants a plan as a whole, a record that is refused is not left out.
func TestAllOrNothing(t *testing.T) {
	h := newHouse(t)
	traits := memory.DefaultTraits()
	traits.Whole = true
	h.target("live", memory.WithTraits(traits), poison("bad"))
	h.serve("old 300 A 192.0.2.1")
	h.write("good 300 A 192.0.2.1", "bad 300 A 192.0.2.1", "better 300 A 192.0.2.1")
	o := h.apply(h.plan())[0]
	if o.Status != Failed || len(o.Changes) != 0 || h.targets["live"].Calls(providers.OperationApply) != 1 || h.targets["live"].Served(example).Len() != 3 {
		t.Errorf("%s with %d live after %d writes, %v; want failed with none after one", o.Status, len(o.Changes), h.targets["live"].Calls(providers.OperationApply), o.Err)
	}
}
