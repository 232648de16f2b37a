package powerdns_test

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/powerdns"
	"github.com/zoneward/zoneward/providers/providertest"
	"github.com/zoneward/zoneward/providers/providertest/dnsserver"
	"github.com/zoneward/zoneward/zonefile"
)

// emptyZone is a zone with an SOA and NS whose names are outside it.
const emptyZone = `$TTL 3600
@ IN SOA ns1.dns.example. hostmaster.dns.example. 1 7200 3600 1209600 300
@ IN NS ns1.dns.example.
@ IN NS ns2.dns.example.
`

func open(t *testing.T, s *dnsserver.PowerDNSServer) *powerdns.Provider {
	t.Helper()
	p, err := powerdns.New(powerdns.Options{URL: s.URL, ServerID: s.ServerID, APIKey: func() (string, error) { return s.APIKey, nil }})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// writer makes changes as somebody else with the API would.
func writer(s *dnsserver.PowerDNSServer, zone string) func(testing.TB, []zonefile.Change) {
	return func(t testing.TB, changes []zonefile.Change) {
		t.Helper()
		type object map[string]any
		var sets []object
		for _, c := range changes {
			set := object{"name": c.Key().Name.String(), "type": c.Key().Type.String(), "changetype": "DELETE"}
			if c.New != nil {
				var records []object
				for _, text := range c.New.Text() {
					records = append(records, object{"content": text, "disabled": false})
				}
				set["changetype"], set["ttl"], set["records"] = "REPLACE", c.New.TTL, records
			}
			sets = append(sets, set)
		}
		var reply string
		if status := s.API(t, http.MethodPatch, "/zones/"+zone, object{"rrsets": sets}, &reply); status != http.StatusNoContent {
			t.Fatalf("the other writer got %d: %s", status, reply)
		}
	}
}

func TestConformance(t *testing.T) {
	for _, backend := range []string{"gsqlite3", "lmdb"} {
		for _, tt := range []struct {
			name string
			edit string // soa_edit_api
			mode dnsserver.Mode
		}{
			{"DEFAULT", "DEFAULT", dnsserver.Unsigned},
			{"INCREASE", "INCREASE", dnsserver.Unsigned},
			{"none", "", dnsserver.Unsigned},
			{"signed", "DEFAULT", dnsserver.PolicySigned},
		} {
			t.Run(backend+"/"+tt.name, func(t *testing.T) {
				t.Parallel()
				s := dnsserver.PowerDNS(t, dnsserver.PowerDNSOptions{Backend: backend})
				var n atomic.Int32
				providertest.Run(t, func(t *testing.T) providertest.Fixture {
					i := n.Add(1)
					zone := fmt.Sprintf("zone%d.example.", i)
					secondary := fmt.Sprintf("secondary%d.example.", i)
					s.CreateZone(t, "Native", dnsserver.Zone{Origin: zone, Text: emptyZone, Mode: tt.mode})
					s.CreateZone(t, []string{"Slave", "Consumer"}[i%2], dnsserver.Zone{Origin: secondary})
					if status := s.API(t, http.MethodPut, "/zones/"+zone, map[string]any{"soa_edit_api": tt.edit}, nil); status != http.StatusNoContent {
						t.Fatalf("status %d", status)
					}
					return providertest.Fixture{
						Provider:  open(t, s),
						Origin:    zonefile.MustParseName(zone),
						Write:     writer(s, zone),
						Refused:   zonefile.MustParseRRset("mx."+zone+" 300 MX", "10 _no-host.example."),
						Secondary: zonefile.MustParseName(secondary),
						NewZone:   zonefile.MustParseName(fmt.Sprintf("0/25.new%d.example.", i)),
					}
				})
			})
		}
	}
}

var _ providers.ZoneProvider = (*powerdns.Provider)(nil)
