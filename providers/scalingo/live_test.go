//go:build live

package scalingo_test

import (
	"cmp"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/providertest"
	"github.com/zoneward/zoneward/providers/scalingo"
	"github.com/zoneward/zoneward/zonefile"
)

// TestLive runs the conformance suite against Scalingo, with two names of one application, which it links and unlinks again and again, and whose canonical
// name it changes. No CNAME may lead from them to the application:
//
//	ZONEWARD_LIVE_SCALINGO_API_TOKEN=tk-us-... ZONEWARD_LIVE_SCALINGO_APP=zoneward-test ZONEWARD_LIVE_SCALINGO_DOMAIN=zoneward-test.example.com \
//		go test -tags live -run TestLive -timeout 60m ./providers/scalingo
//
// They are "a" and "b" below the domain. ZONEWARD_LIVE_SCALINGO_REGION is osc-fr1 if it is not set.
func TestLive(t *testing.T) {
	token, app, domain := variable(t, "API_TOKEN"), variable(t, "APP"), variable(t, "DOMAIN")
	// The product has a limit of 60 requests a minute.
	account := providers.NewAccount(providers.AccountPolicy{
		Rate: providers.Rate{PerSecond: 50. / 60, Burst: 10}, Retry: providers.RetryPolicy{MaxWait: 90 * time.Second},
	})
	p, err := scalingo.New(scalingo.Options{
		APIToken: func() (string, error) { return token, nil },
		Region:   cmp.Or(os.Getenv("ZONEWARD_LIVE_SCALINGO_REGION"), scalingo.DefaultRegion),
		HTTP:     account.HTTPClient(),
	})
	if err != nil {
		t.Fatal(err)
	}
	guarded := account.GuardResources(p)
	of := func(label string, fields ...string) providers.Resource {
		return resource(label+"."+domain+".", append([]string{"app=" + app}, fields...)...)
	}
	certificate := selfSigned(time.Now().AddDate(0, 6, 0), "a."+domain)
	providertest.RunResources(t, func(t *testing.T) providertest.ResourceFixture {
		for _, label := range []string{"a", "b"} {
			gone(t, guarded, of(label))
		}
		return providertest.ResourceFixture{
			Provider: guarded,
			Cases: []providertest.ResourceCase{
				{Resource: of("a"), Updates: []providers.Resource{of("a", "letsencrypt=false"), secretly(of("a", "canonical=true"), certificate)}},
				{Resource: of("b")},
			},
			Absent: providers.Resource{Kind: providers.App, Name: zonefile.MustParseName("absent." + domain + "."), Fields: map[string]string{"app": app}},
			Secret: []string{token},
		}
	})
}

// variable returns one of the variables of the environment.
func variable(t *testing.T, name string) string {
	t.Helper()
	name = "ZONEWARD_LIVE_SCALINGO_" + name
	value := os.Getenv(name)
	if value == "" {
		t.Fatalf("%s is not set", name)
	}
	return value
}

// gone unlinks a name, if it is linked.
func gone(t *testing.T, p providers.ResourceProvider, what providers.Resource) {
	t.Helper()
	base, err := p.FetchResource(t.Context(), what)
	if errors.Is(err, providers.ErrNoResource) {
		return
	}
	if err == nil {
		err = p.RemoveResource(t.Context(), base)
	}
	if err != nil {
		t.Fatal(err)
	}
}
