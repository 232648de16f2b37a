package dnsquery

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers/providertest/dnsserver"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// signers start each server that signs the zones that it is given.
var signers = []struct {
	name string
	open func(t *testing.T, zone dnsserver.Zone) *dnsserver.Server
}{
	{"bind", func(t *testing.T, zone dnsserver.Zone) *dnsserver.Server { return dnsserver.BIND(t, zone) }},
	{"knot", func(t *testing.T, zone dnsserver.Zone) *dnsserver.Server { return dnsserver.Knot(t, zone) }},
	{"powerdns", func(t *testing.T, zone dnsserver.Zone) *dnsserver.Server {
		s := dnsserver.PowerDNS(t, dnsserver.PowerDNSOptions{})
		s.CreateZone(t, "Native", zone)
		return s.Server
	}},
}

// TestProbeRealServers asks each server that signs for its keys, and makes the DS of them. Knot publishes that DS itself, as CDS.
func TestProbeRealServers(t *testing.T) {
	kid := zonefile.MustParseName("kid.example.com.")
	soa, ns, dnskey, cds := zonefile.Key{Name: kid, Type: zonefile.TypeSOA}, zonefile.Key{Name: kid, Type: zonefile.TypeNS}, zonefile.Key{Name: kid, Type: zonefile.TypeDNSKEY}, zonefile.Key{Name: kid, Type: zonefile.TypeCDS}
	for _, server := range signers {
		t.Run(server.name, func(t *testing.T) {
			t.Parallel()
			s := server.open(t, dnsserver.Zone{Origin: kid.String(), Mode: dnsserver.PolicySigned})
			p := NewProber(ProberOptions{Servers: map[zonefile.Name][]Server{ns1: {serverAt(t, s.Addr)}}})
			probes, err := p.Probe(t.Context(), kid, []zonefile.Name{ns1}, nil, []zonefile.Key{soa, ns, dnskey, cds})
			if err != nil || len(probes) != 1 || probes[0].Err != nil {
				t.Fatalf("got %+v, %v", probes, err)
			}
			sets := probes[0].Sets
			if served, err := zonefile.ParseSOA(sets[soa]); err != nil || served.Serial != probes[0].Serial || probes[0].Serial == 0 {
				t.Errorf("serial %d, SOA %s, %v", probes[0].Serial, sets[soa], err)
			}
			if want := zonefile.MustParseRRset("kid.example.com. 300 NS", "ns.invalid."); sets[ns] != want {
				t.Errorf("NS %s, want %s", sets[ns], want)
			}
			ds := dsOf(t, sets[dnskey])
			if records, err := zonefile.ParseDS(ds); err != nil || len(records) != 1 || !records[0].Matches(kid, sets[dnskey]) {
				t.Errorf("%s of %s, %v", ds, sets[dnskey], err)
			}
			if server.name == "knot" && !slices.Equal(sets[cds].Text(), ds.Text()) {
				t.Errorf("DS %s, want %s", ds, sets[cds])
			}
			probes, err = p.Probe(t.Context(), kid.Parent(), []zonefile.Name{ns1}, nil, nil)
			if err != nil || probes[0].Err == nil {
				t.Errorf("a zone that it does not have: %+v, %v", probes, err)
			}
		})
	}
}

// dsOf makes the DS of those keys that are marked as entry points.
func dsOf(t *testing.T, keys zonefile.RRset) zonefile.RRset {
	t.Helper()
	parsed, err := zonefile.ParseDNSKEY(keys)
	if err != nil {
		t.Fatal(err)
	}
	var records []zonefile.DS
	for _, key := range parsed {
		if !key.SEP() {
			continue
		}
		ds, err := key.DS(keys.Key.Name, zonefile.DigestSHA256)
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, ds)
	}
	set, err := zonefile.DSRRset(keys.Key.Name, 7200, records...)
	if err != nil {
		t.Fatalf("DS of %s: %v", keys, err)
	}
	return set
}

// TestParentOfRealServers asks each server for delegations, with a DS and without, that it has and that it has not.
func TestParentOfRealServers(t *testing.T) {
	zone := dnsserver.Zone{Origin: "example.com", Text: strings.Replace(dnsserver.MasterFile("example.com"), " 604800 300", " 604800 120", 1) + `
secure 3600 NS ns1.secure
secure 3600 NS ns.example.net.
secure 7200 DS 55648 13 2 B4C8C1FE2E7477127B27115656AD6256F424625BF5C1E2770CE6D6E37DF61D17
ns1.secure A 192.0.2.1
insecure 3600 NS ns.example.net.
deep.er 3600 NS ns.example.net.
`}
	ns := func(name string, texts ...string) zonefile.RRset {
		return zonefile.MustParseRRset(name+" 3600 NS", texts...)
	}
	for _, server := range openers {
		t.Run(server.name, func(t *testing.T) {
			t.Parallel()
			s := server.open(t, zone)
			p := NewProber(ProberOptions{Parents: []Server{serverAt(t, s.Addr)}})
			for origin, want := range map[string]reconcile.ParentView{
				"secure.example.com.": {
					NS: ns("secure.example.com.", "ns.example.net.", "ns1.secure.example.com."),
					DS: zonefile.MustParseRRset("secure.example.com. 7200 DS", "55648 13 2 B4C8C1FE2E7477127B27115656AD6256F424625BF5C1E2770CE6D6E37DF61D17"),
				},
				"insecure.example.com.": {NS: ns("insecure.example.com.", "ns.example.net."), NegativeTTL: 120},
				"deep.er.example.com.":  {NS: ns("deep.er.example.com.", "ns.example.net."), NegativeTTL: 120},
				"er.example.com.":       {NegativeTTL: 120},
				"none.example.com.":     {NegativeTTL: 120},
			} {
				got, err := p.Parent(t.Context(), zonefile.MustParseName(origin))
				if err != nil {
					t.Error(err)
				}
				if diff := cmp.Diff([]string{want.NS.String(), want.DS.String(), want.NegativeTTL.String()}, []string{got.NS.String(), got.DS.String(), got.NegativeTTL.String()}); diff != "" {
					t.Errorf("%s (-want +got)\n%s", origin, diff)
				}
			}
			for origin, want := range map[string]string{
				"www.secure.example.com.": "refers to the servers of secure.example.com.",
				"example.com.":            "",
				"example.org.":            "",
			} {
				view, err := p.Parent(t.Context(), zonefile.MustParseName(origin))
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%s: got %+v, %v", origin, view, err)
				}
			}
		})
	}
}

// TestSecureDelegation makes a delegation secure as it is done: the keys are seen at the child's server, then the DS comes to the parent's, and leaves again.
func TestSecureDelegation(t *testing.T) {
	kid := zonefile.MustParseName("kid.example.com.")
	child := dnsserver.BIND(t, dnsserver.Zone{Origin: kid.String(), Mode: dnsserver.PolicySigned, Text: "$ORIGIN kid.example.com.\n$TTL 300\n@ SOA ns1 hostmaster 1 3600 600 604800 300\n@ NS ns1\nns1 A 192.0.2.1\n"})
	parent := dnsserver.Knot(t, dnsserver.Zone{Origin: "example.com", Mode: dnsserver.PolicySigned, Text: dnsserver.MasterFile("example.com") + "kid NS ns1.kid\nns1.kid A 192.0.2.1\n"})
	resolver := serve(t, zoneAnswers(t, ".", "example.com. 300 IN SOA . . 1 2 3 4 5", "example.com. 300 IN NS ns.invalid."))
	p := NewProber(ProberOptions{Resolver: resolver.addr, Servers: map[zonefile.Name][]Server{
		zonefile.MustParseName("ns1.kid.example.com."): {serverAt(t, child.Addr)},
		zonefile.MustParseName("ns.invalid."):          {serverAt(t, parent.Addr)},
	}})
	ask := func() reconcile.ParentView {
		view, err := p.Parent(t.Context(), kid)
		if err != nil {
			t.Fatal(err)
		}
		if want := zonefile.MustParseRRset("kid.example.com. 300 NS", "ns1.kid.example.com."); view.NS != want {
			t.Errorf("NS %s, want %s", view.NS, want)
		}
		return view
	}
	if view := ask(); !view.DS.IsZero() || view.NegativeTTL != 300 {
		t.Errorf("before: %+v", view)
	}
	dnskey := zonefile.Key{Name: kid, Type: zonefile.TypeDNSKEY}
	probes, err := p.Probe(t.Context(), kid, []zonefile.Name{zonefile.MustParseName("ns1.kid.example.com.")}, nil, []zonefile.Key{dnskey})
	if err != nil || len(probes) != 1 || probes[0].Err != nil {
		t.Fatalf("%+v, %v", probes, err)
	}
	ds := dsOf(t, probes[0].Sets[dnskey])
	parent.Update(t, "zone example.com\nupdate add kid.example.com 7200 DS "+ds.Text()[0])
	if view := ask(); view.DS != ds || view.NegativeTTL != 0 {
		t.Errorf("with the DS: %+v, want %s", view, ds)
	}
	parent.Update(t, "zone example.com\nupdate delete kid.example.com DS")
	if view := ask(); !view.DS.IsZero() || view.NegativeTTL != 300 {
		t.Errorf("after: %+v", view)
	}
}
