package glauca_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/glauca"
	"github.com/zoneward/zoneward/providers/glauca/glaucatest"
	"github.com/zoneward/zoneward/providers/providertest"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
	"github.com/zoneward/zoneward/zonefile"
)

// at is where the fakes are. Nothing is sent there.
const at = "https://domains.example/api"

// The name of the domain of most tests, and as a resource.
const domainName = "example.com"

var example = providers.Resource{Kind: providers.Delegation, Name: zonefile.MustParseName(domainName + ".")}

// Digests of 32 octets, as fields have them.
var (
	digestA = strings.Repeat("ab", 32)
	digestB = strings.Repeat("cd", 32)
)

// Keys of 32 octets, as they are for algorithm 15 (RFC 8080 §3).
const (
	keyA = "l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4="
	keyB = "zPnZ/QwEe7S8C5SPz2OfS5RR40ATk2/rYnE9xHIEijs="
)

// start returns a fake without domains, and the provider for it. At the end nothing must have been asked of it that ends a registration, costs money or makes another
// authorization code.
func start(t *testing.T, opts glaucatest.Options) (*glaucatest.Server, *glauca.Provider) {
	t.Helper()
	s := glaucatest.New(t, opts)
	t.Cleanup(func() {
		if calls := s.Forbidden(); len(calls) > 0 {
			t.Errorf("what must never be asked by itself: %q", calls)
		}
	})
	return s, open(t, s, glauca.Options{Token: always(s.Token)})
}

// with returns a fake with the domain, and the provider for it.
func with(t *testing.T, opts glaucatest.Options, d glaucatest.Domain) (*glaucatest.Server, *glauca.Provider) {
	t.Helper()
	s, p := start(t, opts)
	d.Name = domainName
	if d.NameServers == nil {
		d.NameServers = glaucatest.Hosts("ns1.example.net", "ns2.example.net")
	}
	s.AddDomain(d)
	return s, p
}

// open returns a provider whose requests a fake answers.
func open(t *testing.T, s http.Handler, opts glauca.Options) *glauca.Provider {
	t.Helper()
	opts.URL, opts.HTTP = at, &http.Client{Transport: httpfault.Transport(s)}
	p, err := glauca.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func always(secret string) func() (string, error) {
	return func() (string, error) { return secret, nil }
}

// fetch returns the domain as the provider has it.
func fetch(t *testing.T, p *glauca.Provider) *providers.ResourceSnapshot {
	t.Helper()
	s, err := p.FetchResource(t.Context(), example)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// change gives the domain other values of some fields.
func change(t *testing.T, p *glauca.Provider, fields map[string]string) error {
	t.Helper()
	return changeFrom(t, p, fetch(t, p), fields)
}

// changeFrom is change with a base.
func changeFrom(t *testing.T, p *glauca.Provider, base *providers.ResourceSnapshot, fields map[string]string) error {
	t.Helper()
	var names []string
	for name := range fields {
		names = append(names, name)
	}
	return p.UpdateResource(t.Context(), base, example.With(fields), names)
}

// fault has requests of a pattern fail, all of them, until it is lifted.
func fault(s *glaucatest.Server, pattern string, f httpfault.Fault) *httpfault.Active {
	return s.Faults.Add(httpfault.Rule{Pattern: pattern, Fault: f})
}

// bodies returns the bodies of the PATCHes that were sent since the log was reset.
func bodies(s *glaucatest.Server) []string {
	var all []string
	for _, x := range s.Faults.Log().All() {
		if x.Method == http.MethodPatch {
			all = append(all, x.Body)
		}
	}
	return all
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
