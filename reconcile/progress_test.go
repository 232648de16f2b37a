package reconcile

import (
	"errors"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
)

// TestPhases goes through what is said of a zone on its way.
func TestPhases(t *testing.T) {
	h := newHouse(t)
	var mu sync.Mutex
	var got []Phase
	h.planner.Progress = func(ref Ref, phase Phase) {
		mu.Lock()
		defer mu.Unlock()
		if ref != (Ref{example, "live"}) {
			t.Errorf("%s is %s", ref, phase)
		}
		got = append(got, phase)
	}
	h.applier.Verifiers = map[string]Verifier{"live": &fakeVerifier{answers: []ServerAnswer{{Server: "a"}}}}
	h.serve("www 300 A 192.0.2.1")
	h.write("www 300 A 192.0.2.2")
	plan := h.plan()
	if d := cmp.Diff(got, []Phase{Queued, Fetching, Planned}); d != "" {
		t.Errorf("planning: %s", d)
	}
	got = nil
	if o := h.apply(plan)[0]; o.Status != Applied {
		t.Fatalf("%s, %v", o.Status, o.Err)
	}
	if d := cmp.Diff(got, []Phase{Queued, Locking, Fetching, Writing, Reading, Verifying, Finished}); d != "" {
		t.Errorf("applying: %s", d)
	}
	plan = h.plan()
	got = nil
	if h.apply(plan); len(got) > 0 {
		t.Errorf("applying nothing: %q", got)
	}
	if _, err := h.applier.Adopt(t.Context(), h.tree(), Selection{}); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(got, []Phase{Queued, Fetching, Finished}); d != "" {
		t.Errorf("adopting: %s", d)
	}
}

func TestOutcomeNamesTombstones(t *testing.T) {
	h := newHouse(t)
	h.clocked()
	h.serve("www 300 A 192.0.2.1", "old 300 A 192.0.2.1")
	h.write("www 300 A 192.0.2.2")
	o := h.must(Applied)
	stones, err := h.store.Tombstones(t.Context(), TombstoneQuery{})
	if err != nil {
		t.Fatal(err)
	}
	if len(stones) != 1 || len(o.Tombstones) != 1 || o.Tombstones[0] != stones[0].ID {
		t.Errorf("the outcome names %q, and the store has %v", o.Tombstones, stones)
	}
	if !o.Began.Equal(h.planner.Clock().Wall) {
		t.Errorf("it began at %s, and the clock stands at %s", o.Began, h.planner.Clock().Wall)
	}
	// What is refused leaves none.
	h.write("new 300 A 192.0.2.2")
	h.targets["live"].FailNext(providers.OperationApply, providers.ErrAuth)
	if o := h.must(Failed); len(o.Tombstones) != 0 {
		t.Errorf("nothing was retired, and the outcome names %q", o.Tombstones)
	}
}

func TestOutcomeCountsWhatWasSettled(t *testing.T) {
	h := newHouse(t)
	h.serve("www 300 A 192.0.2.1")
	h.write("www 300 A 192.0.2.2")
	h.store.lost = errors.New("the disk is full")
	if o := h.must(Failed); o.Settled != 0 {
		t.Errorf("%d were settled at first", o.Settled)
	}
	h.store.lost = nil
	if o := h.must(Unchanged); o.Settled != 1 {
		t.Errorf("%d were settled; want the one that was not concluded", o.Settled)
	}
}
