//go:build live

package scaidns_test

import (
	"os"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/providertest"
	"github.com/zoneward/zoneward/providers/scaidns"
	"github.com/zoneward/zoneward/zonefile"
)

// TestLive runs the conformance suite against a real ScaiDNS, in one zone that is active there, all of whose records but the NS of the apex it deletes again
// and again, hidden ones too:
//
//	ZONEWARD_LIVE_SCAIDNS_URL=https://scaidns.scailabs.ai ZONEWARD_LIVE_SCAIDNS_KEY=sdk_live_... ZONEWARD_LIVE_SCAIDNS_ZONE=zoneward-test.example.com \
//		go test -tags live -run TestLive -timeout 4h ./providers/scaidns
//
// It makes and removes no zones.
func TestLive(t *testing.T) {
	url, key, zone := variable(t, "URL"), variable(t, "KEY"), variable(t, "ZONE")
	p := open(t, url, key, scaidns.Options{})
	origin, err := zonefile.ParseName(zone+".", zonefile.Name{})
	if err != nil {
		t.Fatalf("ZONEWARD_LIVE_SCAIDNS_ZONE: %v", err)
	}
	// Keys have limits of their own, such as 1,000 requests a minute. Of ours a call makes five and more.
	account := providers.NewAccount(providers.AccountPolicy{Rate: providers.Rate{PerSecond: 2}})
	providertest.Run(t, func(t *testing.T) providertest.Fixture {
		empty(t, p, origin)
		return providertest.Fixture{
			Provider: account.Guard(p),
			Origin:   origin,
			Properties: []providertest.Property{
				{Name: providers.PropertyDescription, Values: []string{"zoneward's test", "the test of zoneward"}},
				{Name: providers.PropertyDefaultTTL, Values: []string{"3600", "300"}},
			},
		}
	})
}

// variable returns one of the variables of the environment.
func variable(t *testing.T, name string) string {
	t.Helper()
	name = "ZONEWARD_LIVE_SCAIDNS_" + name
	value := os.Getenv(name)
	if value == "" {
		t.Fatalf("%s is not set", name)
	}
	return value
}

// empty deletes all that is in the zone, hidden or not, but its SOA and the NS of its apex.
func empty(t *testing.T, p *scaidns.Provider, origin zonefile.Name) {
	t.Helper()
	base, err := p.Fetch(t.Context(), origin)
	if err != nil {
		t.Fatal(err)
	}
	batch := providers.Batch{Base: base}
	if base.Disabled != nil {
		for set := range base.Disabled.All() {
			batch.Ops = append(batch.Ops, undo(providers.Purge, set))
		}
	}
	for set := range base.Zone.All() {
		if apex := set.Key.Name == origin && (set.Key.Type == zonefile.TypeSOA || set.Key.Type == zonefile.TypeNS); !apex {
			batch.Ops = append(batch.Ops, undo(providers.Delete, set))
		}
	}
	if len(batch.Ops) == 0 {
		return
	}
	if _, err := p.Apply(t.Context(), origin, batch); err != nil {
		t.Fatal(err)
	}
}
