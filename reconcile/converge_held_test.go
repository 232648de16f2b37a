package reconcile

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestConvergeWaitsForNameServers has name servers that get the zone a little later, and nothing else that waits for them.
func TestConvergeWaitsForNameServers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEstate(t)
		e.planner.Rules[0].Properties = nil
		e.files["example.com.domain.yaml"] = strings.Replace(domainFile, "ds: from-zone, ", "", 1)
		e.lag = time.Minute
		var said []string
		outcomes := e.applier.Converge(t.Context(), e.tree(), e.plan(), Approval{}, Convergence{Within: time.Hour, Waiting: func(still []Deferred, _ time.Time) {
			for _, d := range still {
				said = append(said, d.For)
			}
		}})
		for _, o := range outcomes {
			if o.Status != Applied {
				t.Errorf("%s: %s, held by %v, %v; want it applied", o.Ref, o.Status, o.Holds, o.Err)
			}
		}
		want := "once delegation-not-serving does not hold example.com. on glauca any more: ns1.example.net. does not answer for example.com.: REFUSED"
		if !slices.ContainsFunc(said, func(what string) bool { return strings.HasPrefix(what, want) }) {
			t.Errorf("waiting for %q; want %q", said, want)
		}
		fields, _ := e.delegation.Stored(example)
		if fields["name_servers"] != "ns1.example.net., ns2.example.net." {
			t.Errorf("the name servers are %q", fields["name_servers"])
		}
	})
}

// TestConvergeDoesNotWaitForPeople ends at once where only a person can go on.
func TestConvergeDoesNotWaitForPeople(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := upEstate(t)
		e.mail.Remove(example)
		began := time.Now()
		e.converge(time.Hour)
		if took := time.Since(began); took > time.Minute {
			t.Errorf("it took %s, and the plan is\n%s", took, strings.Join(e.todo(), "\n"))
		}
	})
}
