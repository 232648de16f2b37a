package reconcile

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/zonefile"
)

// manyMailDomains is an estate of n domains that have mail, which are up.
func manyMailDomains(t *testing.T, n int) *estate {
	e := newEstate(t)
	delete(e.files, "example.com.domain.yaml")
	for i := range n {
		domain := fmt.Sprintf("d%d.example", i)
		e.files[domain+".zone"] = "$TTL 300\n@ NS ns1.example.net.\n@ NS ns2.example.net.\nwww A 192.0.2.1\n"
		e.files[domain+".domain.yaml"] = "domain: " + domain + "\nmail:\n  - {provider: tem, region: fr-par, project: p1, publish: [mx]}\n"
	}
	e.mailAt(memory.NewResources(mailType, memory.WithOutputs(func(r providers.Resource) []providers.Output {
		return []providers.Output{outputOf("mx", r.Name.String()+" 3600 MX", "10 blackhole.tem.example.")}
	})))
	e.converge(time.Hour)
	e.applyAll()
	return e
}

// mailFetches returns how often the mail provider was asked for a domain while do ran.
func (e *estate) mailFetches(do func()) int {
	before := e.mail.Calls(providers.OperationFetchResource)
	do()
	return e.mail.Calls(providers.OperationFetchResource) - before
}

// TestPlanOfOneDomainAsksForOne plans one domain of many: a provider that allows few requests would make each plan wait for all.
func TestPlanOfOneDomainAsksForOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := manyMailDomains(t, 20)
		n := e.mailFetches(func() {
			if _, err := e.planner.Plan(t.Context(), e.tree(), Selection{Zones: []zonefile.Name{zonefile.MustParseName("d0.example.")}}); err != nil {
				t.Fatal(err)
			}
		})
		if n != 1 {
			t.Errorf("a plan of one domain asked for %d mail domains", n)
		}
	})
}

// TestPushToOneZoneAsksForNoMail pushes a zone without resources: a loop would spend its requests for nothing each time.
func TestPushToOneZoneAsksForNoMail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := manyMailDomains(t, 20)
		r := run(t, e.house)
		defer r.stop()
		e.files["example.net.zone"] = "www 300 A 192.0.2.2\n"
		n := e.mailFetches(func() {
			r.source.push(e.tree(), "2", nil)
			r.after(70 * time.Second)
		})
		set, _ := e.zones.Served(zonefile.MustParseName("example.net.")).Get(keyOf("www.example.net.", "A"))
		if got := set.Text(); len(got) != 1 || got[0] != "192.0.2.2" {
			t.Fatalf("the push is not served: %q", got)
		}
		if n > 0 {
			t.Errorf("asked for %d mail domains", n)
		}
	})
}
