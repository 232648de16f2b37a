package reconcile

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/zonefile"
)

// TestConvergeEnds has another program take back each round what was applied, while something waits: two programs would write for ever.
func TestConvergeEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := upEstate(t)
		e.files["example.com.domain.yaml"] = withoutApps // which waits for the TTL of its CNAME
		theirs := zonefile.MustParseRRset("api.example.com. 300 A", "192.0.2.99")
		e.zones.Write(example, zonefile.Change{New: &theirs})
		const most = 50
		looks := 0
		e.planner.Progress = func(ref Ref, phase Phase) {
			if ref.Zone != example || ref.Target != "live" || phase != Finished || looks > most {
				return
			}
			looks++
			e.zones.Write(example, zonefile.Change{New: &theirs})
		}
		e.converge(0)
		if looks > most {
			t.Errorf("still writing after %d rounds", looks)
		}
	})
}

// TestUnknownOutcomeEndsAResource loses the answer to the first of two changes: the second may be wrong after the first, and nobody knows what became of that.
func TestUnknownOutcomeEndsAResource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := upEstate(t)
		e.files["example.com.domain.yaml"] = strings.NewReplacer("transfer_lock: true", "transfer_lock: false", "ds: from-zone", "ds: none").Replace(domainFile)
		plan := e.plan()
		e.calls = nil
		e.delegation.Inject(providers.OperationUpdateResource, memory.Fault{Err: errUnavailable, Written: memory.All})
		e.delegation.Inject(providers.OperationFetchResource, memory.Fault{}, memory.Fault{Err: errUnavailable})
		e.apply(plan)
		if updates := linesWith(e.calls, "glauca update"); len(updates) != 1 {
			t.Errorf("the updates were %q; want the one whose answer was lost", updates)
		}
	})
}

// TestPlanOfFullApplicationsIsTheSame plans names that wait for others to leave: a plan that is another one each time cannot be approved by its id.
func TestPlanOfFullApplicationsIsTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEstate(t)
		var declared, after strings.Builder
		for _, file := range []*strings.Builder{&declared, &after} {
			file.WriteString("domain: example.com\napps:\n")
		}
		for _, app := range []string{"a", "b", "c"} {
			for i := range 5 {
				fmt.Fprintf(&declared, "  - {provider: scalingo, app: %s, name: %s%d.example.com}\n", app, app, i)
				fmt.Fprintf(&after, "  - {provider: scalingo, app: %s, name: %s%d.example.com}\n", app, app, i+1)
			}
		}
		e.files["example.com.domain.yaml"] = declared.String()
		e.converge(time.Hour)
		e.applyAll()
		e.files["example.com.domain.yaml"] = after.String()
		want := e.plan().Zone(Ref{example, "scalingo"}).ID
		for range 20 {
			if got := e.plan().Zone(Ref{example, "scalingo"}).ID; got != want {
				t.Fatalf("planned again it is %s, and was %s", got, want)
			}
		}
	})
}
