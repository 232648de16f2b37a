package providertest

import (
	"fmt"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// testApex changes the NS and the SOA of the apex, where they can be.
func testApex(t *testing.T, s *subject) {
	original := s.fetch(t)
	was := live(original.Zone, s.ns())
	if was == nil {
		t.Fatal("the zone has no NS at its apex")
	}
	for i, step := range []struct{ name, ns string }{
		{"one more", "@ 300 NS ns1.dns.example.\n@ 300 NS ns2.dns.example.\n@ 300 NS ns3.dns.example."},
		{"TTL only", "@ 900 NS ns1.dns.example.\n@ 900 NS ns2.dns.example.\n@ 900 NS ns3.dns.example."},
		{"all others", "@ 900 NS ns4.dns.example.\n@ 900 NS ns5.dns.example."},
		{"some others", "@ 900 NS ns5.dns.example.\n@ 900 NS ns1.dns.example."},
		{"one left", "@ 900 NS ns1.dns.example."},
		{"back", ""},
	} {
		t.Run("NS/"+step.name, func(t *testing.T) {
			want := *was
			if step.ns != "" {
				want = s.set(t, step.ns)
			}
			base := s.fetch(t)
			if !base.Traits.ApexNSWritable {
				s.refuse(t, providers.NewBatch(base, changesTo(base.Zone, want.WithTTL(want.TTL+1))), providers.ErrUnsupported)
				return
			}
			beside := s.set(t, fmt.Sprintf("www 300 A 192.0.2.%d", i))
			s.apply(t, providers.NewBatch(base, changesTo(base.Zone, want, beside)))
		})
	}
	for _, step := range []struct {
		name   string
		change func(*zonefile.SOA)
	}{
		{"timers", func(soa *zonefile.SOA) { soa.Refresh, soa.Retry, soa.Expire, soa.Minimum = 7201, 3601, 1209601, 301 }},
		{"names", func(soa *zonefile.SOA) {
			soa.MName, soa.RName = zonefile.MustParseName("ns9.dns.example."), zonefile.MustParseName(`a\.b.dns.example.`)
		}},
		{"serial of git is lower", func(soa *zonefile.SOA) { soa.Serial, soa.Minimum = soa.Serial-1, 302 }},
		{"serial of git is 0", func(soa *zonefile.SOA) { soa.Serial, soa.Minimum = 0, 303 }},
	} {
		t.Run("SOA/"+step.name, func(t *testing.T) {
			base := s.fetch(t)
			set := s.someSOA(t, base)
			soa, err := zonefile.ParseSOA(set)
			if err != nil {
				t.Fatal(err)
			}
			step.change(&soa)
			batch := providers.NewBatch(base, changesTo(base.Zone, soa.RRset(s.Origin, set.TTL)))
			if !base.Traits.SOAWritable {
				s.refuse(t, batch, providers.ErrUnsupported)
				return
			}
			s.apply(t, batch)
		})
	}
}
