package reconcile

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/zonefile"
)

// TestStopBetweenSteps stops while a zone is written in five steps of two minutes each: those that begin within five minutes are carried out, the others are
// said not to be begun, and the next apply does them.
func TestStopBetweenSteps(t *testing.T) {
	told := errors.New("told to stop")
	for _, tc := range []struct {
		name   string
		stop   int // the step in which it is stopped, from 1
		steps  int // how many are carried out
		status Status
		says   string
	}{
		{"early", 1, 3, Failed, "stopped, and 3 changes were not begun: told to stop"},
		{"in the second", 2, 4, Failed, "stopped, and 1 change was not begun: told to stop"},
		{"with few left", 3, 5, Applied, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHouse(t)
				p := h.target("live", memoryOf(providers.AtomicRRset))
				h.serve("a 300 A 192.0.2.1", "b 300 A 192.0.2.1", "c 300 A 192.0.2.1", "old 300 A 192.0.2.1")
				h.write("a 300 CNAME new", "b 300 CNAME new", "c 300 CNAME new", "new 300 A 192.0.2.1")
				plan := h.plan()
				ctx, stop := context.WithCancelCause(t.Context())
				defer stop(nil)
				for step := range 5 {
					p.Inject(providers.OperationApply, memory.Fault{Before: func() {
						if step+1 == tc.stop {
							stop(told)
						}
						time.Sleep(2 * time.Minute)
					}})
				}
				o := h.applier.Apply(ctx, h.tree(), plan, Approval{})[0]
				if o.Status != tc.status || h.writes() != tc.steps {
					t.Fatalf("%s in %d steps, %v; want %s in %d", o.Status, h.writes(), o.Err, tc.status, tc.steps)
				}
				if o.Status == Applied {
					return
				}
				if !errors.Is(o.Err, told) || !strings.Contains(o.Err.Error(), tc.says) {
					t.Errorf("%v; want %q", o.Err, tc.says)
				}
				for _, owner := range []string{"a", "b", "c", "new", "old"} {
					if h.live(owner, zonefile.TypeA)+h.live(owner, zonefile.TypeCNAME) == "" {
						t.Errorf("%s is bare", owner)
					}
				}
				if slices.ContainsFunc(h.store.entries, func(e Entry) bool { return e.Open }) {
					t.Error("an entry is open")
				}
				h.must(Applied)
			})
		})
	}
}
