package powerdns_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/powerdns"
	"github.com/zoneward/zoneward/providers/providertest/dnsserver"
	"github.com/zoneward/zoneward/zonefile"
)

func TestSerialRises(t *testing.T) {
	backends(t, func(t *testing.T, s *dnsserver.PowerDNSServer) {
		p := open(t, s)
		for edit, starts := range map[string][]uint32{
			"DEFAULT": {0, 1, 2_010_010_101, 4_294_967_295}, "default": {1}, "INCREASE": {0, 1, 4_294_967_295}, "EPOCH": {1}, "SOA-EDIT-INCREASE": {1, 4_294_967_295},
			"SOA-EDIT": {1, 4_294_967_295}, "OFF": {1}, "nonsense": {1}, "": {0, 1, 2_010_010_101, 4_294_967_295},
		} {
			for _, start := range starts {
				t.Run(fmt.Sprintf("%s/%d", edit, start), func(t *testing.T) {
					newZone(t, s, edit, start)
					for i, batch := range []func(base *providers.Snapshot, soa zonefile.SOA, ttl zonefile.TTL) providers.Batch{
						func(base *providers.Snapshot, _ zonefile.SOA, _ zonefile.TTL) providers.Batch {
							return puts(base, www(1))
						},
						func(base *providers.Snapshot, _ zonefile.SOA, _ zonefile.TTL) providers.Batch {
							return puts(base, www(2))
						},
						func(base *providers.Snapshot, soa zonefile.SOA, ttl zonefile.TTL) providers.Batch {
							soa.Serial, soa.Retry = soa.Serial-1000, 1234
							return puts(base, soa.RRset(origin, ttl), www(3))
						},
						func(base *providers.Snapshot, soa zonefile.SOA, _ zonefile.TTL) providers.Batch {
							soa.Serial += 1000
							return puts(base, soa.RRset(origin, 77))
						},
					} {
						base := fetch(t, p)
						set, _ := base.Zone.Get(zonefile.Key{Name: origin, Type: zonefile.TypeSOA})
						soa, err := zonefile.ParseSOA(set)
						if err != nil {
							t.Fatal(err)
						}
						result := apply(t, p, batch(base, soa, set.TTL))
						after := fetch(t, p)
						if !zonefile.SerialAfter(after.Serial, base.Serial) || after.Serial == 0 {
							t.Errorf("step %d: the serial went from %d to %d", i, base.Serial, after.Serial)
						}
						if sentSOA := i >= 2 || base.Serial+1 == 0; result.Serial != after.Serial && (result.Serial != 0 || !sentSOA) {
							t.Errorf("step %d: the result has the serial %d, and the zone %d", i, result.Serial, after.Serial)
						}
					}
					set, _ := fetch(t, p).Zone.Get(zonefile.Key{Name: origin, Type: zonefile.TypeSOA})
					soa, err := zonefile.ParseSOA(set)
					if err != nil {
						t.Fatal(err)
					}
					soa.Serial = 0
					want := zonefile.MustParseRRset("example.com. 77 SOA", "ns1.dns.example. hostmaster.dns.example. 0 7200 1234 1209600 300")
					diff(t, "SOA", want.String(), soa.RRset(origin, set.TTL).String())
				})
			}
		}
	})
}

// EPOCH makes a lower serial of one that is a date.
func TestSerialWouldFall(t *testing.T) {
	s := dnsserver.PowerDNS(t, dnsserver.PowerDNSOptions{})
	newZone(t, s, "EPOCH", uint32(time.Now().Unix())+200_000_000)
	p := open(t, s)
	base := fetch(t, p)
	if _, err := p.Apply(t.Context(), origin, puts(base, www(1))); !is(err, providers.ErrBlocked) {
		t.Errorf("got %v, want ErrBlocked", err)
	}
	diff(t, "serial", base.Serial, fetch(t, p).Serial)
}

func TestSignedZones(t *testing.T) {
	backends(t, func(t *testing.T, s *dnsserver.PowerDNSServer) {
		s.CreateZone(t, "Native", dnsserver.Zone{Origin: testZone, Text: emptyZone, Mode: dnsserver.PolicySigned})
		p := open(t, s)
		apply(t, p, puts(fetch(t, p), www(1)))
		after := fetch(t, p)
		if after.Foreign != nil || !after.Zone.Has(www(1).Key) {
			t.Errorf("foreign: %v, zone: %q", after.Foreign, text(after.Zone))
		}
		if rcode, answer := dnsserver.Query(t, s.Addr, "www.example.com.", "A"); rcode != "NOERROR" || len(answer) != 1 {
			t.Errorf("the server answers %s %q", rcode, answer)
		}
	})
}

func TestStoredSignatures(t *testing.T) {
	backends(t, func(t *testing.T, s *dnsserver.PowerDNSServer) {
		newZone(t, s, "DEFAULT", 1)
		patch(t, s, `{"name":"www.example.com.","type":"RRSIG","ttl":60,"changetype":"REPLACE","records":[{"content":"A 13 2 300 20300101000000 20200101000000 1 example.com. AQID","disabled":false}]}`)
		p := open(t, s)
		base := fetch(t, p)
		if base.Foreign == nil || base.Foreign.Len() != 1 || base.Zone.Len() != 2 {
			t.Errorf("the snapshot has foreign %v", base.Foreign)
		}
		if _, err := p.Apply(t.Context(), origin, puts(base, www(1))); !is(err, providers.ErrBlocked) {
			t.Errorf("got %v, want ErrBlocked", err)
		}
	})
}

func TestKinds(t *testing.T) {
	backends(t, func(t *testing.T, s *dnsserver.PowerDNSServer) {
		kinds := map[string]providers.ZoneKind{
			"Native": providers.Primary, "Master": providers.Primary, "Producer": providers.Primary, "Slave": providers.Secondary, "Consumer": providers.Secondary,
		}
		p := open(t, s)
		for kind, want := range kinds {
			name := zonefile.MustParseName("0/25." + kind + "_.example.")
			s.CreateZone(t, kind, dnsserver.Zone{Origin: name.String(), Text: emptyZone})
			_, err := p.Fetch(t.Context(), name)
			if blocked := errors.Is(err, providers.ErrBlocked); blocked != (want == providers.Secondary) || err != nil && !blocked {
				t.Errorf("Fetch of %s: %v", name, err)
			}
			zones, err := p.Zones(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(zones, func(z providers.ZoneInfo) bool { return z.Origin == name })
			if i < 0 || zones[i].Kind != want || want == providers.Primary && zones[i].Serial != 1 {
				t.Errorf("%s is not as it should be in %v", name, zones)
			}
		}
	})
}

func TestZoneThatTurnsSecondary(t *testing.T) {
	s := dnsserver.PowerDNS(t, dnsserver.PowerDNSOptions{})
	newZone(t, s, "DEFAULT", 1)
	p := open(t, s)
	base := fetch(t, p)
	call(t, s, http.MethodPut, "/zones/"+testZone, map[string]any{"kind": "Slave", "masters": []string{"192.0.2.1"}})
	if _, err := p.Apply(t.Context(), origin, puts(base, www(1))); !is(err, providers.ErrBlocked) {
		t.Errorf("got %v, want ErrBlocked", err)
	}
}

func TestCreateZone(t *testing.T) {
	soa := zonefile.MustParseRRset("example.com. 60 SOA", "ns9.example. admin.example. 5 1 2 3 4")
	ns := zonefile.MustParseRRset("example.com. 60 NS", "ns2.example.", "ns1.example.")
	nsLines := []string{"example.com. 60 IN NS ns1.example.", "example.com. 60 IN NS ns2.example."}
	backends(t, func(t *testing.T, s *dnsserver.PowerDNSServer) {
		p := open(t, s)
		for _, tt := range []struct {
			name  string
			spec  providers.ZoneSpec
			kind  string
			soa   string // with the serial 0
			lines []string
		}{
			{"SOA and NS", providers.ZoneSpec{Apex: []zonefile.RRset{ns, soa}}, "Native", "example.com. 60 IN SOA ns9.example. admin.example. 0 1 2 3 4", nsLines},
			{"NS", providers.ZoneSpec{Apex: []zonefile.RRset{ns}, Kind: "master"}, "Master", "example.com. 3600 IN SOA ns1.example. hostmaster.example.com. 0 10800 3600 604800 3600", nsLines},
			{"SOA", providers.ZoneSpec{Apex: []zonefile.RRset{soa}, Kind: "Producer"}, "Producer", "example.com. 60 IN SOA ns9.example. admin.example. 0 1 2 3 4", []string{}},
			{"nothing", providers.ZoneSpec{}, "Native", "example.com. 3600 IN SOA a.misconfigured.dns.server.invalid. hostmaster.example.com. 0 10800 3600 604800 3600", []string{}},
		} {
			t.Run(tt.name, func(t *testing.T) {
				s.API(t, http.MethodDelete, "/zones/"+testZone, nil, nil)
				tt.spec.Origin = origin
				if err := p.CreateZone(t.Context(), tt.spec); err != nil {
					t.Fatal(err)
				}
				got := fetch(t, p)
				set, _ := got.Zone.Get(soa.Key)
				data, err := zonefile.ParseSOA(set)
				if err != nil {
					t.Fatal(err)
				}
				data.Serial = 0
				diff(t, "SOA", tt.soa, data.RRset(origin, set.TTL).String())
				diff(t, "zone", tt.lines, text(got.Zone))
				var meta struct {
					Kind string `json:"kind"`
					Edit string `json:"soa_edit_api"`
				}
				s.API(t, http.MethodGet, "/zones/"+testZone, nil, &meta)
				if meta.Kind != tt.kind || meta.Edit != "DEFAULT" {
					t.Errorf("got %+v, want the kind %s and DEFAULT", meta, tt.kind)
				}
				if err := p.CreateZone(t.Context(), tt.spec); !is(err, providers.ErrConflict) {
					t.Errorf("once more: %v, want ErrConflict", err)
				}
			})
		}
	})
	p, err := powerdns.New(powerdns.Options{URL: "http://127.0.0.1:1", APIKey: func() (string, error) { return "x", nil }})
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		spec providers.ZoneSpec
		want error
	}{
		"secondary":         {providers.ZoneSpec{Origin: origin, Kind: "Slave"}, providers.ErrUnsupported},
		"unknown kind":      {providers.ZoneSpec{Origin: origin, Kind: "Natvie"}, providers.ErrUnsupported},
		"other type":        {providers.ZoneSpec{Origin: origin, Apex: []zonefile.RRset{www(1).WithName(origin)}}, providers.ErrInvalid},
		"NS below the apex": {providers.ZoneSpec{Origin: origin, Apex: []zonefile.RRset{ns.WithName(www(1).Key.Name)}}, providers.ErrInvalid},
	} {
		if err := p.CreateZone(t.Context(), tt.spec); !is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}
