package reconcile

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/zoneward/zoneward/zonefile"
)

// TestIDOfManyChangesThatWait looks what the id of a plan costs in which many changes wait: not the square of their number.
func TestIDOfManyChangesThatWait(t *testing.T) {
	plan := ZonePlan{Ref: Ref{reverseNet, "live"}}
	for i := range 1 << 14 {
		name := zonefile.MustParseName(fmt.Sprintf("%d.%d.2.0.192.in-addr.arpa.", i&255, i>>8))
		change := Change{Kind: KindRRset, Action: Retire, Key: zonefile.Key{Name: name, Type: zonefile.TypePTR}}
		plan.Deferred = append(plan.Deferred, Deferred{Change: change, planned: true})
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	digestPlan(&plan)
	runtime.ReadMemStats(&after)
	if took := (after.TotalAlloc - before.TotalAlloc) >> 20; took > 500 {
		t.Errorf("it took %d MiB", took)
	}
}
