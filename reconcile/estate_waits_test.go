package reconcile

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// delegatedElsewhere is an estate whose domain is delegated to name servers that do not sign.
func delegatedElsewhere(t *testing.T) *estate {
	e := newEstate(t)
	e.delegation.Set(providers.Resource{Kind: providers.Delegation, Name: example, Fields: elsewhere()})
	return e
}

func elsewhere() map[string]string {
	return map[string]string{"transfer_lock": "false", "registrant": "c1", "name_servers": "ns1.old.example., ns2.old.example."}
}

const delegationLine = "delegation: {provider: glauca, name_servers: from-zone, ds: from-zone, transfer_lock: true}\n"

// TestDSWaitsForOldNameServers moves a domain away from name servers that do not sign, and does something that may forget when: whoever validates, and still
// asks them, refuses what they say.
func TestDSWaitsForOldNameServers(t *testing.T) {
	for name, meanwhile := range map[string]func(*testing.T, *estate){
		"nothing happens": func(*testing.T, *estate) {},
		"an adopt": func(t *testing.T, e *estate) {
			if _, err := e.applier.Adopt(t.Context(), e.tree(), Selection{Zones: []zonefile.Name{example}, Targets: []string{"glauca"}}); err != nil {
				t.Fatal(err)
			}
		},
		"the registrar is at another address": func(_ *testing.T, e *estate) {
			target := e.planner.Resources["glauca"]
			target.System = "https://api.glauca.example/v2"
			e.planner.Resources["glauca"] = target
		},
		"the delegation leaves, and comes back": func(_ *testing.T, e *estate) {
			file := e.files["example.com.domain.yaml"]
			e.files["example.com.domain.yaml"] = strings.Replace(domainFile, delegationLine, "", 1)
			e.converge(time.Minute)
			e.files["example.com.domain.yaml"] = file
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := delegatedElsewhere(t)
				e.converge(time.Hour, GuardNewTarget)
				if got := e.delegated("name_servers"); !strings.Contains(got, "ns1.example.net.") {
					t.Fatalf("it is delegated to %s", got)
				}
				meanwhile(t, e)
				e.converge(time.Minute)
				if e.delegated("ds") != "" {
					t.Error("a DS an hour after the move")
				}
			})
		})
	}
}

// TestDSWaitsForAllOldNameServers moves a domain twice: the second move is between signed ones, and the first ones are still asked.
func TestDSWaitsForAllOldNameServers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := delegatedElsewhere(t)
		e.files["example.com.domain.yaml"] = strings.Replace(domainFile, "ds: from-zone, ", "", 1)
		e.converge(time.Hour, GuardNewTarget)
		time.Sleep(time.Hour)
		e.write(zoneAt("ns1.example.net.", "ns3.example.net.")...)
		e.files["example.com.domain.yaml"] = domainFile
		e.converge(time.Hour, GuardApexNS)
		e.converge(time.Hour, GuardApexNS)
		if got := e.delegated("name_servers"); !strings.Contains(got, "ns3.example.net.") {
			t.Fatalf("it is delegated to %s", got)
		}
		if e.delegated("ds") != "" {
			t.Error("a DS some hours after the first move")
		}
	})
}

// TestSignaturesWaitForDSRemovedElsewhere has somebody else take the DS away: resolvers have it for a while, and refuse what is not signed.
func TestSignaturesWaitForDSRemovedElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := upEstate(t)
		fields, _ := e.delegation.Stored(example)
		fields["ds"] = ""
		e.delegation.Set(providers.Resource{Kind: providers.Delegation, Name: example, Fields: fields})
		e.files["example.com.domain.yaml"] = "domain: example.com\ndelegation: {provider: glauca, name_servers: from-zone, transfer_lock: true}\n"
		e.planner.Rules[0].Properties = map[string]string{providers.PropertyDNSSEC: "off"}
		e.converge(time.Minute)
		if e.dnssec() == "off" {
			t.Error("not signed any more a minute after the DS was taken away")
		}
	})
}

// TestTombstoneStandsUntilAllIsBack restores a delegation whose DS has to wait: a tombstone that closes before would lose it.
func TestTombstoneStandsUntilAllIsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := upEstate(t)
		want := e.delegated("ds")
		e.files["example.com.domain.yaml"] = strings.Replace(domainFile, delegationLine, "", 1)
		e.converge(time.Minute)
		stone := e.stone("glauca")
		meanwhile := elsewhere()
		meanwhile["ds"] = ""
		e.delegation.Set(providers.Resource{Kind: providers.Delegation, Name: example, Fields: meanwhile})
		e.restore(stone)
		time.Sleep(time.Hour)
		e.converge(100 * time.Hour)
		time.Sleep(100 * time.Hour)
		e.converge(100 * time.Hour)
		after, err := e.store.Tombstone(t.Context(), stone.ID)
		if err != nil {
			t.Fatal(err)
		}
		if got := e.delegated("ds"); got != want && after.State == Restored {
			t.Errorf("its tombstone is closed, and the DS is %q, and was %q", got, want)
		}
	})
}
