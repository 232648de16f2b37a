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
