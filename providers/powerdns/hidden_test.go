package powerdns_test

import (
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/providertest/dnsserver"
	"github.com/zoneward/zoneward/zonefile"
)

// What is disabled is as if it were not there for everybody who asks, and so it is after a purge.
func TestHiddenIsNotServed(t *testing.T) {
	backends(t, func(t *testing.T, s *dnsserver.PowerDNSServer) {
		newZone(t, s, "DEFAULT", 1)
		p := open(t, s)
		address, below := www(1), set("*.example.com. 300 A 192.0.2.99")
		asks := func(name, wantCode string, want ...string) {
			t.Helper()
			code, answer := dnsserver.Query(t, s.Addr, name, "A")
			diff(t, "answer for "+name, append([]string{wantCode}, want...), append([]string{code}, answer...))
		}
		step := func(verb providers.Verb, c zonefile.Change) {
			t.Helper()
			apply(t, p, providers.Batch{Base: fetch(t, p), Ops: []providers.Op{{Verb: verb, Change: c}}})
		}
		served := "www.example.com. 300 IN A 192.0.2.1"

		step(providers.Put, change(nil, &address))
		asks("www.example.com.", "NOERROR", served)
		step(providers.Disable, change(&address, nil))
		asks("www.example.com.", "NXDOMAIN")
		step(providers.Put, change(nil, &below))
		asks("www.example.com.", "NOERROR", "www.example.com. 300 IN A 192.0.2.99") // a wildcard takes over
		step(providers.Enable, change(nil, &address))
		asks("www.example.com.", "NOERROR", served)
		step(providers.Disable, change(&address, nil))
		step(providers.Delete, change(&below, nil))
		step(providers.Purge, change(&address, nil))
		asks("www.example.com.", "NXDOMAIN")
		if after := fetch(t, p); after.Disabled != nil {
			t.Errorf("there is still %q", text(after.Disabled))
		}
	})
}

// Only a serial that rises with each change is a version. The list does not know: it has one that no snapshot has then.
func TestVersions(t *testing.T) {
	backends(t, func(t *testing.T, s *dnsserver.PowerDNSServer) {
		p := open(t, s)
		for edit, rises := range map[string]bool{
			"DEFAULT": true, "INCREASE": true, "SOA-EDIT-INCREASE": true, "EPOCH": false, "SOA-EDIT": false, "OFF": false, "": false,
		} {
			t.Run(edit, func(t *testing.T) {
				newZone(t, s, edit, 5)
				before := fetch(t, p)
				if (before.Version != "") != rises {
					t.Errorf("the version is %q", before.Version)
				}
				if listed := listedVersion(t, p); rises && listed != before.Version {
					t.Errorf("the list has %q, and the snapshot %q", listed, before.Version)
				}
				patch(t, s, theirs)
				if after := fetch(t, p); rises && (after.Version == before.Version || after.Version != listedVersion(t, p)) {
					t.Errorf("the version was %q, is %q, and the list has %q", before.Version, after.Version, listedVersion(t, p))
				}
			})
		}
		t.Run("no SOA", func(t *testing.T) {
			newZone(t, s, "DEFAULT", 5)
			patch(t, s, `{"name":"example.com.","type":"SOA","changetype":"DELETE"}`)
			if got, listed := fetch(t, p).Version, listedVersion(t, p); got != "" || listed != "" {
				t.Errorf("the version is %q, and %q in the list", got, listed)
			}
		})
	})
}

func listedVersion(t *testing.T, p providers.ZoneProvider) string {
	t.Helper()
	zones, err := p.Zones(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, z := range zones {
		if z.Origin == origin {
			return z.Version
		}
	}
	t.Fatalf("%s is not listed", origin)
	return ""
}
