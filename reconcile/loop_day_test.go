package reconcile

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// TestDay lets a day pass in which most of what a loop has to do with time happens: synthetic time begins at midnight UTC.
func TestDay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		policy := &h.planner.Rules[0].Policy
		window, err := ParseWindow(WindowSpec{When: "08:00-16:00"})
		if err != nil {
			t.Fatal(err)
		}
		h.planner.Rules[0].Match = []string{"example.com"}
		policy.Freeze = NewCalendar(window)
		policy.Grace, policy.Retention = 2*time.Hour, 6*time.Hour
		slow := h.rule("slow.example", "slow")
		slow.Policy.DriftInterval = 4 * time.Hour
		h.anyZone("slow", "slow.example.")
		h.serve("www 300 A 192.0.2.1", "old 300 A 192.0.2.1", "api 300 A 192.0.2.1")
		h.write("www 300 A 192.0.2.1", "api 300 A 192.0.2.1") // old leaves at midnight
		start := time.Now()
		at := func(hour, minute int) {
			t.Helper()
			if d := time.Until(start.Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)); d > 0 {
				time.Sleep(d)
			}
			synctest.Wait()
		}
		r := run(t, h)
		defer r.stop()
		push := func(revision string, lines ...string) {
			h.write(lines...)
			r.source.push(h.tree(), revision, nil)
		}
		expect := func(when, name, want string) {
			t.Helper()
			if got := r.value(name); got != want {
				t.Errorf("%s: %s is %q; want %q", when, name, got, want)
			}
		}

		at(1, 55)
		expect("within its grace", "old", "192.0.2.1")
		at(2, 2)
		expect("after its grace", "old", "")
		stones, err := h.store.Tombstones(t.Context(), TombstoneQuery{})
		if err != nil || len(stones) != 1 {
			t.Fatalf("%d tombstones, %v; want 1", len(stones), err)
		}

		// Drift comes at night, and is put right within the interval.
		h.targets["live"].Write(example, change("www", "www.example.com. 300 A", "192.0.2.66"))
		at(3, 15)
		expect("an interval after it was changed", "www", "192.0.2.1")

		// Somebody restores something with a pin that ends at five.
		pin := Pin{Ref: Ref{example, "live"}, Key: zonefile.Key{Name: zonefile.MustParseName("api.example.com."), Type: zonefile.TypeA}, Since: time.Now(), Until: start.Add(5 * time.Hour), Actor: "ann"}
		pin.Stated = statedDigest(h.zone("api 300 A 192.0.2.1"), pin.Key)
		h.store.mu.Lock()
		h.store.pins = append(h.store.pins, pin)
		h.store.mu.Unlock()
		at(4, 30) // it has been seen
		h.targets["live"].Write(example, change("api", "api.example.com. 300 A", "192.0.2.77"))
		at(4, 59)
		expect("pinned", "api", "192.0.2.77")
		at(5, 3)
		expect("after the pin", "api", "192.0.2.1")

		// The provider is down from six to seven.
		for range 100 {
			h.targets["slow"].FailNext(providers.OperationFetch, errors.New("down"))
		}
		at(6, 0)
		fetches := h.targets["slow"].Calls(providers.OperationFetch)
		if _, err := r.loop.Reconcile(t.Context(), Selection{Targets: []string{"slow"}}); err != nil {
			t.Fatal(err)
		}
		at(7, 0)
		if n := h.targets["slow"].Calls(providers.OperationFetch) - fetches; n < 8 || n > 20 {
			t.Errorf("%d tries in the hour in which a provider was down", n)
		}
		h.targets["slow"].Lift()
		at(7, 15)
		if z := r.loop.Status().Zones; z[slices.IndexFunc(z, func(z ZoneStatus) bool { return z.Target == "slow" })].Failures != 0 {
			t.Error("it still fails after the provider is back")
		}

		// A push within the freeze waits for its end. The tombstone expires within it: that is no write.
		at(9, 0)
		push("2", "www 300 A 192.0.2.2", "api 300 A 192.0.2.1")
		at(15, 58)
		expect("frozen", "www", "192.0.2.1")
		if stones, _ := h.store.Tombstones(t.Context(), TombstoneQuery{}); len(stones) != 0 {
			t.Errorf("%d tombstones stand hours after their retention; want none", len(stones))
		}
		at(16, 1)
		expect("after the freeze", "www", "192.0.2.2")

		// In the evening nothing happens, and little is asked for: a comparison every hour, and one every four.
		at(16, 30)
		live, other, looks := h.targets["live"].Calls(providers.OperationFetch), h.targets["slow"].Calls(providers.OperationFetch), r.source.reads()
		at(24, 0)
		if n := h.targets["live"].Calls(providers.OperationFetch) - live; n < 6 || n > 9 {
			t.Errorf("%d fetches in an evening; want about 7", n)
		}
		if n := h.targets["slow"].Calls(providers.OperationFetch) - other; n < 1 || n > 3 {
			t.Errorf("%d fetches in an evening with an interval of four hours; want about 2", n)
		}
		if n := r.source.reads() - looks; n < 400 || n > 500 {
			t.Errorf("%d looks at the source in an evening; want about 450", n)
		}
	})
}

// TestManyReconciles has ten thousand of them leave nothing behind, neither goroutines nor memory.
func TestManyReconciles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.crowd("live", 100)
		for i := range 10 { // some fail again and again, and some are held
			h.targets["live"].DropZone(zonefile.MustParseName(fmt.Sprintf("n%d.live.example.", i)))
		}
		source := &fakeSource{tree: h.tree(), hint: make(chan struct{})}
		reconciled := make(chan struct{}, 1_000_000)
		loop := NewLoop(LoopOptions{
			Source: source, Applier: h.applier, Interval: time.Minute, DriftInterval: time.Minute, Log: slog.New(slog.DiscardHandler),
			OnRound: func(Round) { reconciled <- struct{}{} },
		})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); loop.Run(ctx) }()
		measure := func(n int) (goroutines int, heap uint64) {
			for range n {
				<-reconciled
			}
			synctest.Wait()
			runtime.GC()
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			return runtime.NumGoroutine(), m.HeapAlloc
		}
		before, small := measure(1000)
		forget := func() { // which the fake keeps for ever
			h.store.mu.Lock()
			defer h.store.mu.Unlock()
			h.store.plans = nil
		}
		forget()
		after, large := measure(10_000)
		forget()
		t.Logf("goroutines %d and %d, heap %d and %d KiB", before, after, small>>10, large>>10)
		if after > before+2 {
			t.Errorf("%d goroutines became %d", before, after)
		}
		if large > small+small/2+(2<<20) {
			t.Errorf("a heap of %d became %d", small, large)
		}
		cancel()
		<-done
		if n := len(loop.queue.in) + len(loop.parked) + len(loop.busy); n > 0 || len(loop.diary.order) > 1000 {
			t.Errorf("%d wait or are worked on at the end, %d appointments", n, len(loop.diary.order))
		}
	})
}
