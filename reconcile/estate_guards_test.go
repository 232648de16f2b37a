package reconcile

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/zonefile"
)

// zoneAt returns lines of a zone whose name servers are others.
func zoneAt(servers ...string) []string {
	lines := slices.DeleteFunc(slices.Clone(zoneText), func(line string) bool { return strings.HasPrefix(line, "@ NS") })
	for _, server := range servers {
		lines = append(lines, "@ NS "+server)
	}
	return lines
}

// TestGuardsOfEstates has for each guard a plan that it holds, and shows that whoever overrides it has an outage.
func TestGuardsOfEstates(t *testing.T) {
	tests := []struct {
		name  string
		guard Guard
		// change makes a plan that the guard holds; more are guards that hold it too, and that the test overrides.
		change func(*estate)
		more   []Guard
		// outage is what somebody who overrides the guard gets to hear, or part of it.
		outage string
	}{
		{
			name: "new name servers that do not serve the domain", guard: GuardDelegationNotServing,
			change: func(e *estate) {
				e.write(zoneAt("ns1.example.org.", "ns2.example.org.")...)
				e.apply(e.plan(), GuardApexNS)
			},
			more: []Guard{GuardApexNS, GuardDSWithoutDNSKEY}, outage: "does not find api.example.com",
		},
		{
			name: "new name servers with another content", guard: GuardDelegationNotServing,
			change: func(e *estate) {
				other := zonefile.NewBuilder(example)
				_ = other.AddRRset(zonefile.MustParseRRset("example.com. 300 NS", "ns1.example.org.", "ns2.example.org."))
				e.target("other", memory.Signing()).AddZone(other.Zone())
				delete(e.planner.Targets, "other")
				e.write(zoneAt("ns1.example.org.", "ns2.example.org.")...)
				e.apply(e.plan(), GuardApexNS)
			},
			more: []Guard{GuardApexNS, GuardDSWithoutDNSKEY}, outage: "does not find api.example.com",
		},
		{
			name: "name servers without the key of the DS", guard: GuardDSWithoutDNSKEY,
			change: func(e *estate) {
				served := e.zones.Served(example).With([]zonefile.Change{{New: new(zonefile.MustParseRRset("example.com. 300 NS", "ns1.example.org.", "ns2.example.org."))}})
				e.target("other", memory.Signing()).AddZone(served) // unsigned
				delete(e.planner.Targets, "other")
				e.write(zoneAt("ns1.example.org.", "ns2.example.org.")...)
				e.apply(e.plan(), GuardApexNS)
			},
			more: []Guard{GuardApexNS}, outage: "whoever validates",
		},
		{
			name: "a DS of a key that nobody has", guard: GuardDSWithoutDNSKEY,
			change: func(e *estate) {
				e.files["example.com.domain.yaml"] = strings.Replace(domainFile, "ds: from-zone",
					`ds: ["12345 13 2 `+strings.Repeat("AB", 32)+`"]`, 1)
			},
			outage: "whoever validates",
		},
		{
			name: "one name server only", guard: GuardLastNS,
			change: func(e *estate) {
				e.write(zoneAt("ns1.example.net.")...)
				e.apply(e.plan(), GuardApexNS)
			},
		},
		{
			name: "a zone that the domain is delegated to", guard: GuardLastNS,
			change: func(e *estate) { delete(e.files, "example.com.zone"); delete(e.files, "example.com.domain.yaml") },
			more:   []Guard{GuardMaxDeletes}, outage: "does not find api.example.com",
		},
		{
			name: "an application that a name still leads to", guard: GuardAppStillCNAMEd,
			change: func(e *estate) {
				e.files["example.com.domain.yaml"] = strings.TrimSuffix(strings.SplitAfter(domainFile, "apps:")[0], "apps:")
				e.write(append(slices.Clone(zoneText), "www CNAME my-app.example.")...)
				e.applyAll()
			},
			outage: "whoever opens www.example.com",
		},
		{
			name: "a domain in redemption", guard: GuardRegistrationBlocked,
			change: func(e *estate) {
				e.delegation.SetStatus(example, providers.ResourceStatus{Phase: providers.Blocked, State: "redemption_grace_period", Reason: "it was deleted, and a person has to restore it"})
				e.files["example.com.domain.yaml"] = strings.Replace(domainFile, "transfer_lock: true", "transfer_lock: false", 1)
			},
		},
		{
			name: "a key of mail that has changed", guard: GuardMailKeyChange,
			change: func(e *estate) {
				e.mail.RotateOutput(example, providers.Output{Name: "dkim", RRset: zonefile.MustParseRRset("p1._domainkey.example.com. 3600 TXT", `"v=DKIM1; p=two"`)})
			},
		},
		{
			name: "a mail domain that was revoked elsewhere", guard: GuardMailKeyChange,
			change: func(e *estate) { e.mail.Remove(example) },
		},
		{
			name: "a challenge that has changed", guard: GuardOutputChanged,
			change: func(e *estate) {
				e.apps.RotateOutput(zonefile.MustParseName("www.example.com."), providers.Output{Name: "acme", RRset: zonefile.MustParseRRset("_acme-challenge.www.example.com. 300 TXT", `"two"`)})
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := upEstate(t)
				tt.change(e)
				if got := linesWith(e.todo(), "held by "+string(tt.guard)); len(got) == 0 {
					t.Fatalf("the plan is\n%s\nwant %s to hold it", strings.Join(e.todo(), "\n"), tt.guard)
				}
				e.converge(time.Minute, tt.more...)
				if got := e.outage(); got != "" {
					t.Fatalf("with the guard: %s", got)
				}
				if got := linesWith(e.todo(), "held by "+string(tt.guard)); len(got) == 0 {
					t.Errorf("without being overridden it does not hold the plan any more:\n%s", strings.Join(e.todo(), "\n"))
				}
				if tt.outage == "" {
					return
				}
				e.converge(time.Minute, append(tt.more, tt.guard)...)
				if got := e.outage(); !strings.Contains(got, tt.outage) {
					t.Errorf("whoever overrides it gets %q, want %q: the test does not show what it is for\n%s", got, tt.outage, strings.Join(e.todo(), "\n"))
				}
			})
		})
	}
}

// TestDNSSECLeavesAfterItsDS has the way back: the DS leaves the parent zone, resolvers forget it, and then only is the zone not signed any more.
func TestDNSSECLeavesAfterItsDS(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := upEstate(t)
		e.planner.Rules[0].Properties = map[string]string{providers.PropertyDNSSEC: "off"}
		first := e.todo()
		if len(linesWith(first, "property example.com. on live dnssec", "once the parent zone has no DS any more")) != 1 {
			t.Fatalf("the plan is\n%s\nwant the signatures to wait for the DS", strings.Join(first, "\n"))
		}
		e.converge(time.Hour)
		if got := e.outage(); got != "" {
			t.Fatal(got)
		}
		fields, _ := e.delegation.Stored(example)
		live, err := e.zones.Fetch(t.Context(), example)
		if err != nil || fields["ds"] != "" || live.Properties[providers.PropertyDNSSEC] == "off" {
			t.Fatalf("after an hour the DS is %q and dnssec %q, %v; want no DS, and signatures as long as resolvers may have it",
				fields["ds"], live.Properties[providers.PropertyDNSSEC], err)
		}
		time.Sleep(24 * time.Hour)
		e.applyAll()
		live, err = e.zones.Fetch(t.Context(), example)
		if err != nil || live.Properties[providers.PropertyDNSSEC] != "off" || live.Properties[providers.PropertyDS] != "unpublished" {
			t.Errorf("dnssec is %q a day later, %v; the plan is\n%s", live.Properties[providers.PropertyDNSSEC], err, strings.Join(e.todo(), "\n"))
		}
	})
}
