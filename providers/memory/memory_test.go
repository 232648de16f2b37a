package memory_test

import (
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/providers/providertest"
	"github.com/zoneward/zoneward/zonefile"
)

var origin = zonefile.MustParseName("example.com.")

// zoneNamed returns a zone with an SOA and an NS RRset.
func zoneNamed(t testing.TB, origin zonefile.Name) *zonefile.Zone {
	t.Helper()
	z, err := zonefile.ZoneOf(origin,
		zonefile.MustParseRRset(origin.String()+" 3600 SOA", "ns1.example. hostmaster.example. 4294967290 7200 3600 1209600 300"),
		zonefile.MustParseRRset(origin.String()+" 3600 NS", "ns1.example.", "ns2.example."))
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestConformance(t *testing.T) {
	everything := providers.Traits{
		Atomicity: providers.AtomicZone, Preconditions: providers.ComparesZone | providers.ComparesRRsets,
		SOAWritable: true, ApexNSWritable: true, CanDisable: true,
	}
	for name, traits := range map[string]providers.Traits{
		"default":    memory.DefaultTraits(),
		"everything": everything,
		"nothing":    {},
		"compares the zone": {
			Atomicity: providers.AtomicZone, Preconditions: providers.ComparesZone, SOAWritable: true, ApexNSWritable: true,
		},
		"notices afterwards": {
			Atomicity: providers.AtomicBatch, Preconditions: providers.NoticesAfterwards, SOAWritable: true, ApexNSWritable: true, CanDisable: true,
		},
		"small batches": {
			Atomicity: providers.AtomicBatch, Preconditions: providers.ComparesRRsets, Limits: providers.BatchLimits{Ops: 7},
		},
		"bounds": {
			Atomicity: providers.AtomicRRset, Preconditions: providers.ComparesRRsets, MinTTL: 60, MaxTTL: 86400, MaxRecords: 100,
			Types: []zonefile.Type{
				zonefile.TypeA, zonefile.TypeAAAA, zonefile.TypeCNAME, zonefile.TypeMX, zonefile.TypeTXT, zonefile.TypeNS, zonefile.TypeCAA, zonefile.TypeSRV,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			providertest.Run(t, func(t *testing.T) providertest.Fixture {
				refused := zonefile.MustParseRRset("refused.example.com. 300 A", "192.0.2.1")
				p := memory.New(memory.WithTraits(traits), memory.Refusing(func(set zonefile.RRset) bool { return set.Key == refused.Key }))
				secondary := zonefile.MustParseName("secondary.example.")
				p.AddZone(zoneNamed(t, origin))
				p.AddSecondary(zoneNamed(t, secondary))
				p.SetForeign(origin, zonefile.MustParseRRset("server.example.com. 300 A", "192.0.2.200"))
				return providertest.Fixture{
					Provider: p, Origin: origin, Refused: refused, Secondary: secondary, NewZone: zonefile.MustParseName("new.example."),
					Write: func(_ testing.TB, changes []zonefile.Change) { p.Write(origin, changes...) },
				}
			})
		})
	}
}
