package reconcile

import (
	"context"
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/zonefile"
)

// slow is a provider for which a write takes that long.
type slow struct {
	providers.ZoneProvider
	takes func()
}

func (s slow) Apply(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
	s.takes()
	return s.ZoneProvider.Apply(ctx, origin, batch)
}

// TestWindowThatBeginsMeanwhile: what was begun before a window that denies is finished, in all of its parts, and what was only planned is not begun.
func TestWindowThatBeginsMeanwhile(t *testing.T) {
	h := newHouse(t)
	pass := h.clocked() // it is noon
	window, err := ParseWindow(WindowSpec{When: "13:00-14:00"})
	if err != nil {
		t.Fatal(err)
	}
	h.planner.Rules[0].Policy.Freeze = NewCalendar(window)
	traits := memory.DefaultTraits()
	traits.Atomicity, traits.Limits.Ops = providers.AtomicRRset, 1
	p := h.target("live", memory.WithTraits(traits))
	h.serve("www 300 A 192.0.2.1", "old 300 A 192.0.2.1")
	h.write("www 300 A 192.0.2.2", "new 300 A 192.0.2.3")
	h.applier.Targets["live"] = slow{p, func() { pass(40 * time.Minute) }} // the first ends before the window, the second in it
	h.must(Applied)
	if h.writes() != 2 || h.live("old", zonefile.TypeA) != "" {
		t.Errorf("%d writes, old is %q; want both parts", h.writes(), h.live("old", zonefile.TypeA))
	}
	pass(23*time.Hour + 30*time.Minute) // it is ten minutes before the next window
	h.write("www 300 A 192.0.2.4", "new 300 A 192.0.2.3")
	plan := h.plan()
	pass(20 * time.Minute)
	if o := h.apply(plan)[0]; o.Status != Stale || h.writes() != 2 {
		t.Errorf("%s with %d writes in the window; want a stale plan", o.Status, h.writes()-2)
	}
	h.must(Held)
}
