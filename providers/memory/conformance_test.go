package memory_test

import (
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/providers/providertest"
	"github.com/zoneward/zoneward/zonefile"
)

// refused is what the fakes of the suite refuse.
var refused = zonefile.MustParseRRset("refused.example.com. 300 A", "192.0.2.1")

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
		"one after the other": {Preconditions: providers.ComparesRRsets, SOAWritable: true, ApexNSWritable: true, CanDisable: true},
		"bounds": {
			Atomicity: providers.AtomicRRset, Preconditions: providers.ComparesRRsets, MinTTL: 60, MaxTTL: 86400, MaxRecords: 100,
			Types: []zonefile.Type{
				zonefile.TypeA, zonefile.TypeAAAA, zonefile.TypeCNAME, zonefile.TypeMX, zonefile.TypeTXT, zonefile.TypeNS, zonefile.TypeCAA, zonefile.TypeSRV,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			providertest.Run(t, func(t *testing.T) providertest.Fixture { return fixture(t, memory.WithTraits(traits)) })
		})
	}
	pending := memory.BeginningIn(func(zonefile.Name) *providers.StateError {
		return &providers.StateError{State: "pending", Needs: "publish it", Outputs: []providers.Output{{Name: "validation", RRset: first}}}
	})
	for name, options := range map[string][]memory.Option{
		"keeping":     {memory.Keeping()},
		"properties":  {withProperties()},
		"signing":     {withProperties(), memory.Signing()},
		"revisions":   {memory.KeepingRevisions()},
		"without SOA": {memory.WithoutSOA(), memory.KeepingRevisions()},
		"all of it":   {memory.WithTraits(everything), memory.Keeping(), withProperties(), memory.Signing(), memory.KeepingRevisions(), pending},
	} {
		t.Run(name, func(t *testing.T) {
			providertest.Run(t, func(t *testing.T) providertest.Fixture { return fixture(t, options...) })
		})
	}
}

// fixture returns all that the suite can be given.
func fixture(t *testing.T, options ...memory.Option) providertest.Fixture {
	p := memory.New(append(options, memory.Refusing(func(set zonefile.RRset) bool { return set.Key == refused.Key }))...)
	secondary := zonefile.MustParseName("secondary.example.")
	p.AddZone(zoneNamed(t, origin))
	p.AddSecondary(zoneNamed(t, secondary))
	p.SetForeign(origin, zonefile.MustParseRRset("server.example.com. 300 A", "192.0.2.200"))
	return providertest.Fixture{
		Provider: p, Origin: origin, Refused: refused, Secondary: secondary, NewZone: zonefile.MustParseName("new.example."),
		NewZones: []providers.ZoneSpec{{
			Origin: zonefile.MustParseName("2.0.192.in-addr.arpa."), Kind: "reverse", Properties: map[string]string{providers.PropertyCIDR: "192.0.2.0/24"},
		}},
		Write: func(_ testing.TB, changes []zonefile.Change) { p.Write(origin, changes...) },
		WriteHidden: func(_ testing.TB, key zonefile.Key, served, hidden zonefile.RRset) {
			writeHidden(p, key, served, hidden)
		},
		Activate:        func(_ testing.TB, origin zonefile.Name) { p.SetState(origin, nil) },
		DropKept:        func(_ testing.TB, origin zonefile.Name) { p.DropKept(origin) },
		WriteProperties: func(_ testing.TB, properties map[string]string) { p.SetProperties(origin, properties) },
		Properties: []providertest.Property{
			{Name: providers.PropertyDescription, Values: []string{"", "one", "Two; \"2\""}},
			{Name: providers.PropertyDefaultTTL, Values: []string{"300", "03600"}, Bad: []string{"an hour", ""}},
			{Name: providers.PropertyCIDR, Values: []string{"192.0.2.0/24", "192.0.2.0/25"}},
			{Name: providers.PropertyDNSSEC, Values: []string{"off", "ECDSAP256SHA256", "ED25519"}, Bad: []string{"13"}},
			{Name: providers.PropertyDS, Values: []string{"unpublished", "published"}, With: map[string]string{providers.PropertyDNSSEC: "ED25519"}},
		},
		States: map[string]func(testing.TB) func(testing.TB){
			"inactive": func(testing.TB) func(testing.TB) {
				p.SetState(origin, &providers.StateError{State: "inactive", Needs: "switch it on"})
				return func(testing.TB) { p.SetState(origin, nil) }
			},
		},
	}
}

// writeHidden leaves served and hidden at a key, and nothing else. Either may be the zero RRset.
func writeHidden(p *memory.Provider, key zonefile.Key, served, hidden zonefile.RRset) {
	change := zonefile.Change{Old: &zonefile.RRset{Key: key}}
	if served.Len() > 0 {
		change.New = &served
	}
	p.Write(origin, change)
	p.DropHidden(origin, key)
	if hidden.Len() > 0 {
		p.Hide(origin, hidden)
	}
}

// TestConformanceAlone runs the suite with nothing but a zone: the provider itself stands in for somebody else.
func TestConformanceAlone(t *testing.T) {
	providertest.Run(t, func(t *testing.T) providertest.Fixture {
		p := memory.New()
		p.AddZone(zoneNamed(t, origin))
		return providertest.Fixture{Provider: p, Origin: origin}
	})
}
