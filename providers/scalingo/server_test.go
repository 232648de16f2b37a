package scalingo_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/providertest"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
	"github.com/zoneward/zoneward/providers/scalingo"
	"github.com/zoneward/zoneward/providers/scalingo/scalingotest"
	"github.com/zoneward/zoneward/zonefile"
)

// platform is the name that the platform gives the application my-app.
const platform = "my-app.osc-fr1.scalingo.io."

// start returns a fake with an application, and the provider for it.
func start(t testing.TB, opts scalingotest.Options) (*scalingotest.Server, *scalingo.Provider) {
	t.Helper()
	s := scalingotest.New(opts)
	s.AddApp(scalingotest.App{Name: "my-app"})
	return s, open(t, s, scalingo.Options{Now: opts.Now})
}

// open returns the provider for a handler that stands for all hosts, or for a fake with its token.
func open(t testing.TB, h http.Handler, o scalingo.Options) *scalingo.Provider {
	t.Helper()
	if s, ok := h.(*scalingotest.Server); ok && o.APIToken == nil {
		o.APIToken = func() (string, error) { return s.Token, nil }
	}
	if o.HTTP == nil {
		o.HTTP = &http.Client{Transport: httpfault.Transport(h)}
	}
	p, err := scalingo.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// clientOf returns a client of a fake whose API has the applications of one region.
func clientOf(s *scalingotest.Server, region string) *http.Client {
	return &http.Client{Transport: httpfault.Transport(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host == "auth.scalingo.com" {
			s.Auth().ServeHTTP(w, r)
			return
		}
		s.API(region).ServeHTTP(w, r)
	}))}
}

// resource returns a name of my-app with other fields, "canonical=true".
func resource(name string, fields ...string) providers.Resource {
	r := providers.Resource{Kind: providers.App, Name: zonefile.MustParseName(name), Fields: map[string]string{"app": "my-app"}}
	for _, field := range fields {
		name, value, _ := strings.Cut(field, "=")
		r.Fields[name] = value
	}
	return r
}

// www is what most tests are about.
func www(fields ...string) providers.Resource { return resource("www.example.com.", fields...) }

// secretly returns a resource with a certificate.
func secretly(r providers.Resource, pem string) providers.Resource {
	r.Secrets = map[string]providers.Secret{"certificate": providers.NewSecret("${file:/run/secrets/www}", func() (string, error) { return pem, nil })}
	return r
}

// selfSigned returns a certificate for names, with its key behind it.
func selfSigned(until time.Time, names ...string) string {
	certificate, key := scalingotest.SelfSigned(nil, until, names...)
	return certificate + key
}

// normal returns a resource as the provider has it.
func normal(t testing.TB, p *scalingo.Provider, r providers.Resource) providers.Resource {
	t.Helper()
	r, err := p.NormalizeResource(r)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// create has a resource be there, and returns it.
func create(t testing.TB, p *scalingo.Provider, r providers.Resource) *providers.ResourceSnapshot {
	t.Helper()
	r = normal(t, p, r)
	if err := p.CreateResource(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	return fetched(t, p, r)
}

// fetched returns a resource that is there.
func fetched(t testing.TB, p *scalingo.Provider, what providers.Resource) *providers.ResourceSnapshot {
	t.Helper()
	s, err := p.FetchResource(t.Context(), what)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// observed returns an observation of a resource, the zero one if there is none of that name.
func observed(s *providers.ResourceSnapshot, name string) providers.Observation {
	i := slices.IndexFunc(s.Observed, func(o providers.Observation) bool { return o.Name == name })
	if i < 0 {
		return providers.Observation{}
	}
	return s.Observed[i]
}

// calls returns what was asked since the log was emptied, without the exchange of tokens.
func calls(s *scalingotest.Server) []string {
	return slices.DeleteFunc(s.Calls(), func(call string) bool { return call == scalingotest.ExchangeToken })
}

func diff(t testing.TB, what string, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// How errors are checked, in short.
var (
	wants     = providertest.CheckKind
	errBusy   = providertest.ErrBusy
	errNoKind = providertest.ErrNoKind
)

// fail has requests of a pattern fail once.
func fail(s *scalingotest.Server, pattern string, f httpfault.Fault) *httpfault.Active {
	return s.Faults.Add(httpfault.Rule{Pattern: pattern, Times: 1, Fault: f})
}

// apiName returns the name of a resource as the API has it.
func apiName(r providers.Resource) string { return strings.TrimSuffix(r.Name.String(), ".") }
