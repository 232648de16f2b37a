package memory_test

import (
	"testing"

	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/providers/providertest"
	"github.com/zoneward/zoneward/zonefile"
)

func TestConformance(t *testing.T) {
	providertest.Run(t, func(t *testing.T) providertest.Fixture {
		origin := zonefile.MustParseName("example.com.")
		z, err := zonefile.ZoneOf(origin,
			zonefile.MustParseRRset("example.com. 3600 SOA", "ns1.example. hostmaster.example. 1 7200 3600 1209600 300"),
			zonefile.MustParseRRset("example.com. 3600 NS", "ns1.example.", "ns2.example."))
		if err != nil {
			t.Fatal(err)
		}
		p := memory.New()
		p.AddZone(z)
		return providertest.Fixture{Provider: p, Origin: origin}
	})
}
