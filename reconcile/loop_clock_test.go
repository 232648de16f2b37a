package reconcile

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// TestLoopWhenTheClockIsSet: what is over by a clock that is doubted does not end, and is not looked at again and again until it does.
func TestLoopWhenTheClockIsSet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		start := time.Now()
		const behind = 30 * 24 * time.Hour
		var set atomic.Bool
		h.planner.Clock = func() Clock {
			now := Clock{Wall: time.Now(), Steady: time.Since(start), Boot: "b"}
			if !set.Load() {
				now.Wall = now.Wall.Add(-behind)
			}
			return now
		}
		h.planner.Rules[0].Policy.Grace, h.planner.Rules[0].Policy.Retention = 48*time.Hour, 96*time.Hour
		h.serve("www 300 A 192.0.2.1", "old 300 A 192.0.2.1")
		h.write("www 300 A 192.0.2.1")
		h.store.mu.Lock()
		h.store.stones = append(h.store.stones, Tombstone{
			ID: "1", Ref: Ref{example, "live"}, Kind: KindRRset, Key: zonefile.Key{Name: zonefile.MustParseName("older.example.com."), Type: zonefile.TypeA},
			State: Retired, BuriedAt: start.Add(-behind), StateAt: start, PurgeAt: start.Add(96*time.Hour - behind),
		})
		h.store.mu.Unlock()
		r := run(t, h)
		defer r.stop()
		r.after(2 * time.Hour)
		set.Store(true)
		r.after(2 * time.Hour) // what was to be looked at is
		before := h.targets["live"].Calls(providers.OperationFetch)
		r.after(12 * time.Hour)
		if n := h.targets["live"].Calls(providers.OperationFetch) - before; n > 15 {
			t.Errorf("%d fetches in 12 hours in which a clock is doubted; want one an hour", n)
		}
		if stones, err := h.store.Tombstones(t.Context(), TombstoneQuery{}); err != nil || len(stones) != 1 || r.value("old") == "" {
			t.Errorf("%d tombstones, %v, old is %q; want nothing to end", len(stones), err, r.value("old"))
		}
	})
}
