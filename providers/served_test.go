package providers_test

import (
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

func TestServed(t *testing.T) {
	key := zonefile.MustParseRRset("example.com. 300 DNSKEY", "257 3 13 AAAA")
	p := fake(t)
	base, err := p.Fetch(t.Context(), origin)
	if err != nil {
		t.Fatal(err)
	}
	s := providers.Snapshot{Zone: base.Zone}
	if s.Served() != s.Zone {
		t.Error("without anything foreign it is not the zone")
	}
	s.Foreign = zonefile.NewZone(origin)
	if err := s.Foreign.Put(key); err != nil {
		t.Fatal(err)
	}
	if served := s.Served(); !served.Has(key.Key) || served.Len() != s.Zone.Len()+1 || s.Zone.Has(key.Key) {
		t.Errorf("got %v, want the zone and its DNSKEY", served)
	}
}
