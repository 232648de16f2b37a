//go:build live

package glauca_test

import (
	"maps"
	"os"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/glauca"
)

// TestLive reads what an account at Glauca has, and asks what one of its domains would cost. Nothing is written:
//
//	ZONEWARD_LIVE_GLAUCA_TOKEN=... go test -tags live -run TestLive -v ./providers/glauca
//
// A token with the scope domains:domain.read is enough.
func TestLive(t *testing.T) {
	const variable = "ZONEWARD_LIVE_GLAUCA_TOKEN"
	token := os.Getenv(variable)
	if token == "" {
		t.Fatalf("%s is not set", variable)
	}
	p, err := glauca.New(glauca.Options{Token: always(token)})
	if err != nil {
		t.Fatal(err)
	}
	all, err := p.Resources(t.Context(), providers.Resource{Kind: providers.Delegation})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		t.Fatal("the account has no domains, so that nothing can be seen")
	}
	for _, listed := range all {
		t.Run(listed.Name.String(), func(t *testing.T) { testLive(t, p, listed) })
	}
	prices, err := p.Prices(t.Context(), all[0])
	if err != nil {
		t.Error(err)
	}
	available, err := p.Availability(t.Context(), all[0].Name)
	if err != nil {
		t.Error(err)
	}
	t.Logf("%s: %+v %+v", all[0].Name, prices, available)
}

// testLive reads one domain, and compares it with what the list has of it.
func testLive(t *testing.T, p *glauca.Provider, listed *providers.ResourceSnapshot) {
	got, err := p.FetchResource(t.Context(), listed.Resource)
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "fields in the list, and when it is asked for", listed.Fields, got.Fields)
	normal, err := p.NormalizeResource(got.Resource)
	if err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(normal.Fields, got.Fields) {
		t.Errorf("read as %v, and normalized to %v", got.Fields, normal.Fields)
	}
	t.Logf("%+v %+v", got.Status, got.Observed)
}
