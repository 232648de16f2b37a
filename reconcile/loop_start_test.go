package reconcile

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/zonefile"
)

// TestListThatHangsAtTheStart is asked of a provider that does not heed a deadline: the zones of others are worked on all the same.
func TestListThatHangsAtTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.crowd("slow", 5)
		h.rule("*.slow.example", "slow")
		h.serve("www 300 A 192.0.2.1")
		h.write("www 300 A 192.0.2.2")
		for ref, known := range h.store.known {
			known.Mark = markOf("state", time.Now())
			h.store.known[ref] = known
		}
		free := make(chan struct{})
		h.targets["slow"].Inject(providers.OperationZones, memory.Fault{Before: func() { <-free }, Err: errors.New("it hung")})
		loop := NewLoop(LoopOptions{
			Source: &fakeSource{tree: h.tree()}, Applier: h.applier, Interval: time.Minute, DriftInterval: time.Hour, Log: slog.New(slog.DiscardHandler),
		})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); loop.Run(ctx) }()
		time.Sleep(time.Minute)
		synctest.Wait()
		set, _ := h.targets["live"].Served(example).Get(zonefile.Key{Name: zonefile.MustParseName("www.example.com."), Type: zonefile.TypeA})
		if got := set.Text(); len(got) != 1 || got[0] != "192.0.2.2" {
			t.Errorf("%s a minute after the start; want 192.0.2.2", got)
		}
		close(free)
		cancel()
		<-done
	})
}
