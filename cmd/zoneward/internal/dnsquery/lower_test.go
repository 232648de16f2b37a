package dnsquery

import (
	"net/http"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/powerdns"
	"github.com/zoneward/zoneward/providers/providertest/dnsserver"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// TestLowerSerial has a server with a lower serial than that which was made, which it may count by itself.
func TestLowerSerial(t *testing.T) {
	f := serve(t, zoneAnswers(t, "example.com.", exampleSOA, exampleWWW))
	www := wants("www.example.com. 300 A", "192.0.2.1")
	soa := wants("example.com. 300 SOA", "ns1.example.com. hostmaster.example.com. 8 3600 600 604800 300")
	for _, test := range []struct {
		name    string
		changes []reconcile.Change
		sampled bool
		lags    bool
	}{
		{"it serves all", []reconcile.Change{www}, false, false},
		{"it serves all, the SOA too", []reconcile.Change{soa, www}, false, false},
		{"what is gone is gone", []reconcile.Change{wantsNone("old.example.com.", "A")}, false, false},
		{"of some nobody can tell", []reconcile.Change{www, wants("example.com. 300 ALIAS", "web.example.net.")}, false, false},
		{"nothing to ask", nil, false, true},
		{"of all nobody can tell", []reconcile.Change{wants("example.com. 300 ALIAS", "web.example.net.")}, false, true},
		{"the SOA alone", []reconcile.Change{soa}, false, true},
		{"something is wrong", []reconcile.Change{www, wants("new.example.com. 300 A", "192.0.2.1")}, false, true},
		{"a sample", []reconcile.Change{www}, true, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			result := verify(t, reconcile.Expectation{Serial: 8, Changes: test.changes, Sampled: test.sampled}, Options{Servers: []Server{f.server}})
			want := f.addr.String() + ": its serial 7 is lower, and it serves what was asked for as it should: a server that signs may count its own"
			noted := strings.Contains(strings.Join(result.Notes, "\n"), want)
			if a := result.Servers[0]; a.Lags != test.lags || a.OK() == test.lags || noted == test.lags || a.Serial != 7 {
				t.Errorf("got %+v, want that it lags: %t", result, test.lags)
			}
		})
	}
}

// TestServerThatCountsItsOwn has PowerDNS serve other serials than those that are stored.
func TestServerThatCountsItsOwn(t *testing.T) {
	s := dnsserver.PowerDNS(t, dnsserver.PowerDNSOptions{})
	zone := "$ORIGIN example.com.\n$TTL 300\n@ SOA ns1 hostmaster 7 3600 600 604800 300\n@ NS ns1\nns1 A 192.0.2.53\n"
	s.CreateZone(t, "Native", dnsserver.Zone{Origin: "example.com.", Text: zone, Mode: dnsserver.PolicySigned})
	s.API(t, http.MethodPut, "/zones/example.com.", map[string]any{"soa_edit": "EPOCH"}, nil)
	p, err := powerdns.New(powerdns.Options{URL: s.URL, APIKey: func() (string, error) { return s.APIKey, nil }})
	if err != nil {
		t.Fatal(err)
	}
	base, err := p.Fetch(t.Context(), exampleRef.Zone)
	if err != nil {
		t.Fatal(err)
	}
	www := wants("www.example.com. 300 A", "192.0.2.1")
	done, err := p.Apply(t.Context(), exampleRef.Zone, providers.NewBatch(base, []zonefile.Change{{New: www.New}}))
	if err != nil {
		t.Fatal(err)
	}
	result := verify(t, reconcile.Expectation{Serial: done.Serial, Changes: []reconcile.Change{www}}, Options{Servers: []Server{serverAt(t, s.Addr)}})
	if !result.OK() || len(result.Notes) != 1 {
		t.Errorf("%d was made: %+v", done.Serial, result)
	}
}
