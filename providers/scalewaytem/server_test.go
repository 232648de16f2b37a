package scalewaytem_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/providertest"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
	"github.com/zoneward/zoneward/providers/scalewaytem"
	"github.com/zoneward/zoneward/providers/scalewaytem/scalewaytemtest"
	"github.com/zoneward/zoneward/zonefile"
)

// domainText is the name of the domain of most tests.
const domainText = "mail.example.com"

// begin is when time begins in tests that move it.
var begin = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// clock is a time that tests move.
type clock struct{ time.Time }

func (c *clock) now() time.Time { return c.Time }

// start returns a fake, and the provider for it.
func start(t testing.TB, opts scalewaytemtest.Options) (*scalewaytemtest.Fake, *scalewaytem.Provider) {
	t.Helper()
	f := scalewaytemtest.New(t, opts)
	return f, open(t, f, f.Token)
}

// startWith is start with one domain that nobody has checked.
func startWith(t testing.TB, opts scalewaytemtest.Options) (*scalewaytemtest.Fake, *scalewaytem.Provider) {
	t.Helper()
	f, p := start(t, opts)
	f.AddDomain(domainText, "")
	return f, p
}

// open returns the provider for a server, with a key.
func open(t testing.TB, server http.Handler, key string) *scalewaytem.Provider {
	t.Helper()
	p, err := scalewaytem.New(scalewaytem.Options{
		SecretKey: func() (string, error) { return key, nil }, HTTP: &http.Client{Transport: httpfault.Transport(server)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// mail is a resource with fields, each "NAME=VALUE".
func mail(name string, fields ...string) providers.Resource {
	r := providers.Resource{Kind: providers.Mail, Name: zonefile.MustParseName(name + "."), Fields: map[string]string{}}
	for _, field := range fields {
		key, value, _ := strings.Cut(field, "=")
		r.Fields[key] = value
	}
	return r
}

// fetched returns the domain of most tests as the provider has it.
func fetched(t testing.TB, p *scalewaytem.Provider) *providers.ResourceSnapshot {
	t.Helper()
	s, err := p.FetchResource(t.Context(), mail(domainText))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func diff(t *testing.T, what string, want, got any) {
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

// fail has one request of a pattern fail.
func fail(f *scalewaytemtest.Fake, pattern string, fault httpfault.Fault) *httpfault.Active {
	return f.Faults.Add(httpfault.Rule{Pattern: pattern, Times: 1, Fault: fault})
}

// asked returns the requests since the last time, "GET /{id}" for those of a domain, and empties the log.
func asked(f *scalewaytemtest.Fake) []string {
	var all []string
	for _, x := range f.Faults.Log().All() {
		_, path, _ := strings.Cut(x.Path, "/domains")
		if len(path) > 36 {
			path = "/{id}" + path[37:]
		}
		if x.Query != "" {
			path += "?" + strings.ReplaceAll(x.Query, f.Project, "PROJECT")
		}
		all = append(all, x.Method+" "+path)
	}
	f.Faults.Log().Reset()
	return all
}
