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
		var sets []object
		for _, c := range changes {
			var served zonefile.RRset
			if c.New != nil {
				served = *c.New
			}
			sets = append(sets, replacement(c.Key(), served, zonefile.RRset{}))
		}
		write(t, s, zone, sets)
	}
}

// hiddenWriter writes RRsets with disabled records as somebody else with the API would.
func hiddenWriter(s *dnsserver.PowerDNSServer, zone string) func(testing.TB, zonefile.Key, zonefile.RRset, zonefile.RRset) {
	return func(t testing.TB, key zonefile.Key, served, hidden zonefile.RRset) {
		t.Helper()
		write(t, s, zone, []object{replacement(key, served, hidden)})
	}
}

type object map[string]any

// replacement is an RRset in a PATCH.
func replacement(key zonefile.Key, served, hidden zonefile.RRset) object {
	records := []object{}
	var ttl zonefile.TTL
	for _, set := range []zonefile.RRset{hidden, served} {
		for _, text := range set.Text() {
			records = append(records, object{"content": text, "disabled": set == hidden})
			ttl = set.TTL
		}
	}
	if len(records) == 0 {
		return object{"name": key.Name.String(), "type": key.Type.String(), "changetype": "DELETE"}
	}
	return object{"name": key.Name.String(), "type": key.Type.String(), "changetype": "REPLACE", "ttl": ttl, "records": records}
}

func write(t testing.TB, s *dnsserver.PowerDNSServer, zone string, sets []object) {
	t.Helper()
	var reply string
	if status := s.API(t, http.MethodPatch, "/zones/"+zone, object{"rrsets": sets}, &reply); status != http.StatusNoContent {
		t.Fatalf("the other writer got %d: %s", status, reply)
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
						Provider:    open(t, s),
						Origin:      zonefile.MustParseName(zone),
						Write:       writer(s, zone),
						WriteHidden: hiddenWriter(s, zone),
						Refused:     zonefile.MustParseRRset("mx."+zone+" 300 MX", "10 _no-host.example."),
						Secondary:   zonefile.MustParseName(secondary),
						NewZone:     zonefile.MustParseName(fmt.Sprintf("0/25.new%d.example.", i)),
					}
				})
			})
		}
	}
}

var _ providers.ZoneProvider = (*powerdns.Provider)(nil)
