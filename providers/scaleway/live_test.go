//go:build live

package scaleway_test

import (
	"os"
	"slices"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/providertest"
	"github.com/zoneward/zoneward/providers/scaleway"
	"github.com/zoneward/zoneward/zonefile"
)

// TestLive runs the conformance suite against Scaleway, in one zone, all of whose records but the NS of the apex it deletes again and again:
//
//	ZONEWARD_LIVE_SCALEWAY_SECRET_KEY=... ZONEWARD_LIVE_SCALEWAY_PROJECT_ID=... ZONEWARD_LIVE_SCALEWAY_ZONE=zoneward-test.example.com \
//		go test -tags live -run TestLive -timeout 60m ./providers/scaleway
//
// It makes and removes the zone "new" below it.
func TestLive(t *testing.T) {
	key, project, zone := variable(t, "SECRET_KEY"), variable(t, "PROJECT_ID"), variable(t, "ZONE")
	p, err := scaleway.New(scaleway.Options{SecretKey: func() (string, error) { return key, nil }, ProjectID: project})
	if err != nil {
		t.Fatal(err)
	}
	origin, err := zonefile.ParseName(zone+".", zonefile.Name{})
	if err != nil {
		t.Fatalf("ZONEWARD_LIVE_SCALEWAY_ZONE: %v", err)
	}
	// The product says nothing of a limit: a few requests a second.
	account := providers.NewAccount(providers.AccountPolicy{Rate: providers.Rate{PerSecond: 2}})
	providertest.Run(t, func(t *testing.T) providertest.Fixture {
		return providertest.Fixture{Provider: account.Guard(p), Origin: empty(t, p, origin), NewZone: absent(t, p, origin)}
	})
}

// variable returns one of the variables of the environment.
func variable(t *testing.T, name string) string {
	t.Helper()
	name = "ZONEWARD_LIVE_SCALEWAY_" + name
	value := os.Getenv(name)
	if value == "" {
		t.Fatalf("%s is not set", name)
	}
	return value
}

// empty deletes all that is in the zone but the NS of its apex.
func empty(t *testing.T, p *scaleway.Provider, origin zonefile.Name) zonefile.Name {
	t.Helper()
	base, err := p.Fetch(t.Context(), origin)
	if err != nil {
		t.Fatal(err)
	}
	var changes []zonefile.Change
	for set := range base.Zone.All() {
		if set.Key.Name != origin || set.Key.Type != zonefile.TypeNS {
			changes = append(changes, zonefile.Change{Old: &set})
		}
	}
	if len(changes) > 0 {
		if _, err := p.Apply(t.Context(), origin, providers.NewBatch(base, changes)); err != nil {
			t.Fatal(err)
		}
	}
	return origin
}

// absent removes the zone "new" below the zone, if it is there.
func absent(t *testing.T, p *scaleway.Provider, origin zonefile.Name) zonefile.Name {
	t.Helper()
	name, err := zonefile.ParseName("new", origin)
	if err != nil {
		t.Fatal(err)
	}
	zones, err := p.Zones(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(zones, func(z providers.ZoneInfo) bool { return z.Origin == name }) {
		return name
	}
	base, err := p.Fetch(t.Context(), name)
	if err == nil {
		err = p.RemoveZone(t.Context(), base)
	}
	if err != nil {
		t.Fatal(err)
	}
	return name
}
