package reconcile

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/zonefile"
)

// stateless has the house keep no applied state.
func (h *house) stateless() {
	h.planner.Stateless = true
	h.target("live").AddZone(h.zone("www 300 A 192.0.2.1", "old 300 A 192.0.2.1"))
}

// TestStateless: nobody knows what was applied, so nothing is held for that, and nobody is said to have caused a change.
func TestStateless(t *testing.T) {
	h := newHouse(t)
	h.stateless()
	h.write("www 300 A 192.0.2.2", "new 300 A 192.0.2.3")
	z := h.plan().Zones[0]
	want := []string{"retire old A zones/example.com.zone", "create new A zones/example.com.zone:2", "update www A zones/example.com.zone:1"}
	if !cmp.Equal(changes(z), want) || len(z.Holds) > 0 {
		t.Errorf("changes %q, holds %v; want %q without a hold", changes(z), z.Holds, want)
	}
	for _, c := range z.Changes {
		if c.Cause != CauseUnknown {
			t.Errorf("%s: caused by %q; want that nobody knows", c.Key, c.Cause)
		}
	}
	h.must(Applied)
	h.must(Unchanged)
	if len(h.store.applied)+len(h.store.known) > 0 {
		t.Errorf("noted as applied: %v", h.store.known)
	}
	if got := h.store.inState(Retired); len(got) != 1 || got[0].Name.Relative(example) != "old" {
		t.Errorf("tombstones %v; want that of old", got)
	}
}

// TestKeepless: without anything that keeps a tombstone what retires is held, and the rest goes on.
func TestKeepless(t *testing.T) {
	h := newHouse(t)
	h.stateless()
	h.planner.Keepless = true
	h.write("www 300 A 192.0.2.2", "old 300 A 192.0.2.1")
	h.must(Applied)
	h.write("www 300 A 192.0.2.2")
	if got, want := guards(h.plan().Zones[0]), []Guard{GuardNoStore}; !cmp.Equal(got, want) {
		t.Errorf("held by %q; want %q", got, want)
	}
	h.must(Held)
	if h.live("old", zonefile.TypeA) == "" {
		t.Error("it was retired all the same")
	}
	h.must(Applied, GuardNoStore)
}
