//go:build live

package scalewaytem_test

import (
	"context"
	"errors"
	"os"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/providertest"
	"github.com/zoneward/zoneward/providers/scalewaytem"
	"github.com/zoneward/zoneward/zonefile"
)

// TestLive runs the conformance suite against Scaleway, with the sending domains "first" and "second" below a domain, which it registers and revokes
// again and again:
//
//	ZONEWARD_LIVE_SCALEWAY_TEM_SECRET_KEY=... ZONEWARD_LIVE_SCALEWAY_TEM_PROJECT_ID=... ZONEWARD_LIVE_SCALEWAY_TEM_DOMAIN=zoneward-test.example.com \
//		go test -tags live -run TestLive -timeout 60m ./providers/scalewaytem
//
// Nothing has to be in DNS, and no mail is sent. Autoconfig stays off: it would write to a zone, and takes some minutes each time.
func TestLive(t *testing.T) {
	key, project, domain := variable(t, "SECRET_KEY"), variable(t, "PROJECT_ID"), variable(t, "DOMAIN")
	p, err := scalewaytem.New(scalewaytem.Options{SecretKey: func() (string, error) { return key, nil }})
	if err != nil {
		t.Fatal(err)
	}
	below, err := zonefile.ParseName(domain+".", zonefile.Name{})
	if err != nil {
		t.Fatalf("ZONEWARD_LIVE_SCALEWAY_TEM_DOMAIN: %v", err)
	}
	in := func(label string, project string) providers.Resource {
		name, err := zonefile.ParseName(label, below)
		if err != nil {
			t.Fatal(err)
		}
		fields := map[string]string{"region": "fr-par", "project": project, "autoconfig": "false"}
		return providers.Resource{Kind: providers.Mail, Name: name, Fields: fields}
	}
	// The product says nothing of a limit: a few requests a second.
	account := providers.NewAccount(providers.AccountPolicy{Rate: providers.Rate{PerSecond: 2}})
	first, second := in("first", project), in("second", project)
	providertest.RunResources(t, func(t *testing.T) providertest.ResourceFixture {
		revoke(t, p, first, second)
		t.Cleanup(func() { revoke(t, p, first, second) })
		return providertest.ResourceFixture{
			Provider: account.GuardResources(p),
			Cases:    []providertest.ResourceCase{{Resource: first}, {Resource: second}},
			Bad:      map[string]providers.Resource{"a project by its name": in("bad", "default"), "a wildcard": in("*", project)},
			Absent:   in("absent", project),
			Secret:   []string{key},
		}
	})
}

// variable returns one of the variables of the environment.
func variable(t *testing.T, name string) string {
	t.Helper()
	name = "ZONEWARD_LIVE_SCALEWAY_TEM_" + name
	value := os.Getenv(name)
	if value == "" {
		t.Fatalf("%s is not set", name)
	}
	return value
}

// revoke revokes those of the domains that are there.
func revoke(t *testing.T, p *scalewaytem.Provider, domains ...providers.Resource) {
	t.Helper()
	// A cleanup is called when the context of the test has ended.
	ctx := context.WithoutCancel(t.Context())
	for _, d := range domains {
		base, err := p.FetchResource(ctx, d)
		if errors.Is(err, providers.ErrNoResource) {
			continue
		}
		if err == nil {
			err = p.RemoveResource(ctx, base)
		}
		if err != nil {
			t.Error(err)
		}
	}
}
