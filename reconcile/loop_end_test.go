package reconcile

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/zonefile"
)

// TestBeatGoesOnWhileTheLastWriteIsFinished: what takes long to end, for another configuration as often as not, is alive.
func TestBeatGoesOnWhileTheLastWriteIsFinished(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.serve("www 300 A 192.0.2.1")
		h.write("www 300 A 192.0.2.2")
		h.targets["live"].Inject(providers.OperationApply, memory.Fault{Before: func() { time.Sleep(4 * time.Minute) }})
		var last time.Time
		silent := func() {
			if d := time.Since(last); d > 2*beat && !last.IsZero() {
				t.Errorf("silent for %s", d)
			}
			last = time.Now()
		}
		loop := NewLoop(LoopOptions{
			Source: &fakeSource{tree: h.tree()}, Applier: h.applier, Interval: time.Minute, DriftInterval: time.Hour, Log: slog.New(slog.DiscardHandler), OnBeat: silent,
		})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); loop.Run(ctx) }()
		for h.targets["live"].Calls(providers.OperationApply) == 0 {
			time.Sleep(time.Second)
		}
		cancel()
		<-done
		silent()
		set, _ := h.targets["live"].Served(example).Get(zonefile.Key{Name: zonefile.MustParseName("www.example.com."), Type: zonefile.TypeA})
		if got := set.Text(); !slices.Equal(got, []string{"192.0.2.2"}) {
			t.Errorf("%s; want 192.0.2.2", got)
		}
	})
}
