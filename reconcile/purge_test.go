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

// purge plans the end of tombstones and applies it.
func (h *house) purge(ids []string, overrides ...Guard) (ZonePlan, Outcome) {
	h.t.Helper()
	plan, err := h.planner.Purge(h.t.Context(), h.tree(), ids)
	if err != nil {
		h.t.Fatal(err)
	}
	return plan.Zones[0], h.apply(plan, overrides...)[0]
}

// stone returns the newest tombstone of a name.
func (h *house) stone(owner string) Tombstone {
	h.t.Helper()
	stones, err := h.store.Tombstones(h.t.Context(), TombstoneQuery{Name: name(owner), Closed: true})
	if err != nil || len(stones) == 0 {
		h.t.Fatalf("no tombstone of %s: %v", owner, err)
	}
	return stones[0]
}

// TestPurge ends a tombstone before its time: the hidden copy goes, and nothing else.
func TestPurge(t *testing.T) {
	for _, tc := range []struct {
		name    string
		options []memory.Option
		then    func(p *memory.Provider, key zonefile.Key)
		want    []string
		writes  int
	}{
		{"hidden", []memory.Option{hiding()}, nil, []string{"purge old A "}, 1},
		{"removed", nil, nil, nil, 0},
		{"hidden, and the copy destroyed", []memory.Option{hiding()}, func(p *memory.Provider, key zonefile.Key) { p.DropHidden(example, key) }, nil, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := newHouse(t)
			h.clocked()
			p := h.target("live", tc.options...)
			h.serve("www 300 A 192.0.2.1", "old 300 A 192.0.2.1", "other 300 A 192.0.2.2")
			h.write("www 300 A 192.0.2.1")
			h.must(Applied)
			stone := h.stone("old")
			if tc.then != nil {
				tc.then(p, stone.Key)
			}
			// What is served, what waits in git, and what else is hidden stay as they are.
			h.write("www 300 A 192.0.2.99")
			before, writes := p.Served(example), h.writes()
			h.applier.Actor = "ann"
			plan, o := h.purge([]string{stone.ID})
			if got := changes(plan); !cmp.Equal(got, tc.want) {
				t.Errorf("changes %q; want %q", got, tc.want)
			}
			if want := map[int]Status{0: Unchanged, 1: Applied}[tc.writes]; o.Status != want || h.writes() != writes+tc.writes {
				t.Errorf("%s, %v, with %d writes", o.Status, o.Err, h.writes()-writes)
			}
			for c := range zonefile.Diff(before, p.Served(example)) {
				if c.Key().Type != zonefile.TypeSOA {
					t.Errorf("%s is served otherwise", c.Key())
				}
			}
			if hidden := p.Hidden(example); hidden.Has(stone.Key) || len(tc.options) > 0 && !hidden.Has(h.stone("other").Key) {
				t.Errorf("hidden now: %d RRsets", hidden.Len())
			}
			if got := h.stone("old").State; got != Purged {
				t.Errorf("the tombstone is %s", got)
			}
			// Who did it is in the audit log, once.
			purges := slices.DeleteFunc(slices.Clone(h.store.entries), func(e Entry) bool { return e.Why != "purge" })
			if len(purges) != 1 || purges[0].Actor != "ann" || (purges[0].Result == Observed) != (tc.writes == 0) ||
				!slices.Equal(purges[0].Purged, []string{stone.ID}) || len(purges[0].Stones) > 0 {
				t.Errorf("entries of the audit log: %+v", purges)
			}
			for e, err := range h.store.History(t.Context(), HistoryQuery{Name: stone.Key.Name, Type: stone.Key.Type}) {
				if err != nil {
					t.Fatal(err)
				}
				if len(e.Changes) != 1 || e.Changes[0].Action != Purge || e.Changes[0].Stone != stone.ID || !e.Live[0] {
					t.Errorf("the last entry of its history is %+v; want the purge", e)
				}
				break
			}
			if got := h.stone("other").State; got != Retired {
				t.Errorf("the other tombstone is %s", got)
			}
			if _, err := h.planner.Purge(t.Context(), h.tree(), []string{stone.ID}); !errors.Is(err, ErrClosed) {
				t.Errorf("once more: %v", err)
			}
			// It can be brought back from its tombstone all the same: that is kept for the history.
			if _, o := h.restore(Restoration{Stone: stone.ID}); o.Status != Applied || h.live("old", zonefile.TypeA) != "192.0.2.1" {
				t.Errorf("restored: %s, %v", o.Status, o.Err)
			}
		})
	}
}

func TestPurgeIsHeld(t *testing.T) {
	h := newHouse(t)
	h.clocked()
	p := h.target("live", hiding())
	h.serve("www 300 A 192.0.2.1", "old 300 A 192.0.2.1")
	h.write("www 300 A 192.0.2.1")
	h.must(Applied)
	if err := h.store.Suspend(t.Context(), Suspension{Reason: "quiet", Actor: "ann"}); err != nil {
		t.Fatal(err)
	}
	stone := h.stone("old")
	_, o := h.purge([]string{stone.ID})
	if o.Status != Held || !p.Hidden(example).Has(stone.Key) || h.stone("old").State != Retired {
		t.Fatalf("%s: %s", o.Status, h.stone("old").State)
	}
	if _, o = h.purge([]string{stone.ID}, GuardSuspended); o.Status != Applied || h.stone("old").State != Purged {
		t.Errorf("overridden: %s, %v", o.Status, o.Err)
	}
}

// TestPurgeOfTwoAtOneKey: the copies of tombstones at one key are removed by one change, and what another one needs stays hidden.
func TestPurgeOfTwoAtOneKey(t *testing.T) {
	setup := func(t *testing.T) (*house, *memory.Provider, []Tombstone) {
		h := newHouse(t)
		h.clocked()
		p := h.target("live", hiding())
		h.serve("www 300 A 192.0.2.1", "old 300 A 192.0.2.1")
		h.write("www 300 A 192.0.2.1")
		h.must(Applied)
		first := h.stone("old")
		second := first
		second.ID = "ffff000000000000"
		second.RRset = zonefile.MustParseRRset("old.example.com. 300 A", "192.0.2.1", "192.0.2.2")
		h.store.stones = append(h.store.stones, second)
		p.DropHidden(example, first.Key)
		p.Hide(example, second.RRset)
		return h, p, []Tombstone{first, second}
	}
	t.Run("both", func(t *testing.T) {
		h, p, stones := setup(t)
		plan, o := h.purge([]string{stones[0].ID, stones[1].ID})
		if got := changes(plan); !cmp.Equal(got, []string{"purge old A "}) || o.Status != Applied || p.Hidden(example).Has(stones[0].Key) {
			t.Errorf("changes %q: %s, %v", got, o.Status, o.Err)
		}
		for _, stone := range h.store.stones {
			if stone.State != Purged {
				t.Errorf("%s is %s", stone.ID, stone.State)
			}
		}
	})
	t.Run("one", func(t *testing.T) {
		h, p, stones := setup(t)
		_, o := h.purge([]string{stones[1].ID})
		kept, _ := p.Hidden(example).Get(stones[0].Key)
		if o.Status != Applied || !slices.Equal(kept.Text(), []string{"192.0.2.1"}) {
			t.Errorf("%s, %v: hidden is %s; want what the other tombstone has", o.Status, o.Err, kept)
		}
		if _, o = h.purge([]string{stones[0].ID}); o.Status != Applied || p.Hidden(example).Has(stones[0].Key) {
			t.Errorf("the other one: %s, %v", o.Status, o.Err)
		}
	})
}

// TestPurgeOfWhatIsGone: where the zone, or the provider, is not there any more the tombstones are closed.
func TestPurgeOfWhatIsGone(t *testing.T) {
	for _, tc := range []struct {
		name    string
		hidden  bool
		then    func(h *house, p *memory.Provider)
		wantErr string
	}{
		{"the zone", true, func(_ *house, p *memory.Provider) { p.DropZone(example) }, ""},
		{"the provider", false, func(h *house, _ *memory.Provider) { delete(h.planner.Targets, "live") }, ""},
		{"the provider, which may have a copy", true, func(h *house, _ *memory.Provider) { delete(h.planner.Targets, "live") }, "may have kept a copy"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := newHouse(t)
			h.clocked()
			var options []memory.Option
			if tc.hidden {
				options = append(options, hiding())
			}
			p := h.target("live", options...)
			h.serve("www 300 A 192.0.2.1", "old 300 A 192.0.2.1")
			h.write("www 300 A 192.0.2.1")
			h.must(Applied)
			tc.then(h, p)
			h.files = map[string]string{} // a repository without zones is no reason to keep it
			plan, o := h.purge([]string{h.stone("old").ID})
			switch {
			case tc.wantErr != "":
				if plan.Err == nil || !strings.Contains(plan.Err.Error(), tc.wantErr) || h.stone("old").State != Retired {
					t.Errorf("%v; want %q, and the tombstone as it was", plan.Err, tc.wantErr)
				}
			case o.Status != Unchanged || h.stone("old").State != Purged:
				t.Errorf("%s, %v: %s", o.Status, o.Err, h.stone("old").State)
			}
		})
	}
}

func TestPurgeOfZone(t *testing.T) {
	h := newHouse(t)
	h.clocked()
	h.planner.Rules[0].Policy.RetireZones, h.planner.Rules[0].Policy.MaxDeletes = true, Percent(100)
	target := h.planner.Targets["live"]
	target.CanRemove = true
	h.planner.Targets["live"] = target
	h.serve("www 300 A 192.0.2.1")
	h.files["example.net.zone"] = "www 300 A 192.0.2.1\n"
	h.apply(h.plan())
	stone, err := h.store.Tombstone(t.Context(), "")
	if err != nil || stone.Kind != KindZone {
		t.Fatalf("%+v, %v", stone, err)
	}
	calls := h.targets["live"].Calls(providers.OperationFetch)
	if _, o := h.purge([]string{stone.ID}); o.Status != Unchanged || h.targets["live"].Calls(providers.OperationFetch) != calls {
		t.Errorf("%s, %v, with a look at the provider that has nothing of it", o.Status, o.Err)
	}
	if got := h.store.stones[0].State; got != Purged {
		t.Errorf("the tombstone is %s", got)
	}
}

// TestPurgeIsOutOfDate: what somebody restored in the meantime is not purged.
func TestPurgeIsOutOfDate(t *testing.T) {
	h := newHouse(t)
	h.clocked()
	h.target("live", hiding())
	h.serve("www 300 A 192.0.2.1", "old 300 A 192.0.2.1")
	h.write("www 300 A 192.0.2.1")
	h.must(Applied)
	plan, err := h.planner.Purge(t.Context(), h.tree(), []string{h.stone("old").ID})
	if err != nil {
		t.Fatal(err)
	}
	h.restore(Restoration{Stone: h.stone("old").ID})
	if o := h.apply(plan)[0]; o.Status != Stale || h.live("old", zonefile.TypeA) == "" || h.stone("old").State != Restored {
		t.Errorf("%s, %v: %s", o.Status, o.Err, h.stone("old").State)
	}
}

func TestPurgeRefuses(t *testing.T) {
	h := newHouse(t)
	h.store.stones = []Tombstone{{ID: "0123456789abcdef", Ref: Ref{example, "live"}, Kind: KindRRset, State: Buried, Key: zonefile.Key{Name: name("old"), Type: zonefile.TypeA}}}
	h.serve("www 300 A 192.0.2.1")
	if _, err := h.planner.Purge(t.Context(), h.tree(), []string{"01"}); err == nil || !strings.Contains(err.Error(), "interrupted") {
		t.Errorf("one of which nobody knows whether it was retired: %v", err)
	}
	if _, err := h.planner.Purge(t.Context(), h.tree(), []string{"ff"}); !errors.Is(err, ErrNoTombstone) {
		t.Errorf("one that is not there: %v", err)
	}
}

// TestPurgesDoNotCountAsChanges: a zone whose retention is over is not held for it.
func TestPurgesDoNotCountAsChanges(t *testing.T) {
	h := newHouse(t)
	pass := h.clocked()
	h.planner.Rules[0].Policy.MaxChanges = Count(2)
	h.target("live", hiding())
	h.serve("www 300 A 192.0.2.1", "a 300 A 192.0.2.1", "b 300 A 192.0.2.1")
	h.write("www 300 A 192.0.2.1")
	h.must(Applied)
	pass(31 * 24 * time.Hour)
	h.write("www 300 A 192.0.2.2")
	if z := h.plan().Zones[0]; len(z.Changes) != 3 || len(z.Holds) != 0 {
		t.Errorf("changes %q held by %q", changes(z), guards(z))
	}
}
