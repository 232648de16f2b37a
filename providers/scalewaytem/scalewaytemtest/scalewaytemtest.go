// Package scalewaytemtest is a fake of the sending domains of Scaleway Transactional Email, version v1alpha1, for tests.
//
// It is written from the API's public description (https://www.scaleway.com/en/developers/api/transactional-email/domains/), the JSON names of the
// official SDK (github.com/scaleway/scaleway-sdk-go, api/tem/v1alpha1) and the exchanges with the product that the tests of Scaleway's Terraform
// provider have recorded, not from a client of this project: its own tests run the SDK against it. It is strict where a client can be wrong:
// about the token, unknown fields and parameters, methods, slashes at the end of a path, and paging.
//
// What the product does and nobody has written down is a switch in [Options]. Faults are rules in [Fake.Faults]: those of networks, proxies and servers
// are in [httpfault], the refusals of the API in [scwtest], and those of domains are here:
//
//	f := scalewaytemtest.New(t, scalewaytemtest.Options{Lookup: zone.values})
//	server := httptest.NewServer(f)
//	f.Faults.Add(httpfault.Rule{Pattern: scalewaytemtest.Create, Times: 1, Fault: httpfault.After(httpfault.Lost())})
//	f.Faults.Add(httpfault.Rule{Pattern: scalewaytemtest.Get, Fault: scalewaytemtest.Altered("name", "other.example")})
package scalewaytemtest

import (
	"cmp"
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers/internal/scwtest"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
)

// Region is the only one that there is.
const Region = "fr-par"

// Patterns of the endpoints, for the rules and the log of [Fake.Faults].
const (
	List         = "GET " + path
	Create       = "POST " + path
	Get          = "GET " + path + "/{id}"
	Update       = "PATCH " + path + "/{id}"
	Check        = "POST " + path + "/{id}/check"
	Revoke       = "POST " + path + "/{id}/revoke"
	Verification = "GET " + path + "/{id}/verification"
)

const path = "/transactional-email/v1alpha1/regions/{region}/domains"

// Options say what is around the fake, and how it behaves where it is not known how the product does. The zero Options are the likely product, for
// which nothing is in DNS.
type Options struct {
	// Lookup returns the values that a name has in DNS, which checks look at: name is "_dmarc.example.com.", typ is TXT or MX. A value is the text of a
	// TXT record without quotes and in one piece, or "10 mail.example.com.". It may be called at any request, and must not call the fake. Nil finds
	// nothing.
	Lookup func(ctx context.Context, name, typ string) []string
	// Autoconfigurable returns why Scaleway cannot write records for a domain, domain_not_found or permission_denied, or "" if it can. Nil is
	// that it can.
	Autoconfigurable func(domain string) (reason string)
	// Publish writes records where Lookup finds them, as autoconfiguration does in a zone that Scaleway hosts. It is called as Lookup is. Nil keeps
	// them in the fake, where checks find them as well.
	Publish func(ctx context.Context, records []Record)
	// OnCall is called with each request, "GET /transactional-email/v1alpha1/regions/fr-par/domains", before anything else happens to it. Several fakes
	// that have the same one tell the order of all requests.
	OnCall func(call string)
	// Now is the time, nil for that of the machine.
	Now func() time.Time

	// CheckTakes is how long after it was asked for a check looks at DNS: when the fake is asked anything then. 0 is before the answer, which does not tell
	// what was found all the same.
	CheckTakes time.Duration
	// CheckEvery is how often a domain that was valid once is checked by itself. 0 is a minute, less is never.
	CheckEvery time.Duration
	// AutoconfigTakes is how long after it was asked for autoconfiguration writes records. 0 is 20 minutes.
	AutoconfigTakes time.Duration
	// RevokedReadable answers a domain that is revoked as what it is, as the product did until 2024, instead of 404 not_found.
	RevokedReadable bool
	// HideRevoked leaves the domains that are revoked out of lists.
	HideRevoked bool
	// RefuseTransient answers a change of a domain that is pending or autoconfiguring with transient_state.
	RefuseTransient bool
	// DuplicateInvalid refuses a name that is there already with invalid_arguments, instead of 409.
	DuplicateInvalid bool
	// UnknownRegion404 answers 404 for a region that there is not, instead of invalid_arguments.
	UnknownRegion404 bool
	// MaxDomains of an organization. 0 is without end.
	MaxDomains int
	// PageSize is that of lists that are asked for without one. 0 is 20.
	PageSize int
}

// Token is an API key.
type Token = scwtest.Token

// What a [Token] may do with domains.
const (
	FullAccess = scwtest.FullAccess
	ReadOnly   = scwtest.ReadOnly
	NoAccess   = scwtest.NoAccess
)

// Fake is the API, with one organization that has one project and one token. It is for [httptest.NewServer], and for a transport that calls
// ServeHTTP. It starts nothing and waits for nothing: what takes time is done as soon as the fake is asked after it. Its methods may be
// called concurrently, and while it serves. They fail the test if a domain is not there.
type Fake struct {
	*scwtest.Accounts        // that the API knows
	Organization      string // id
	Project           string // id
	Token             string // secret key, which may do everything in Organization
	// Faults is in front of the fake.
	Faults *httpfault.Handler

	t    testing.TB
	opts Options

	mu      sync.Mutex
	keys    int       // DKIM keys that were made
	domains []*domain // in the order in which they were made
}

// New returns a fake without domains.
func New(t testing.TB, opts Options) *Fake {
	t.Helper()
	if opts.Lookup == nil {
		opts.Lookup = func(context.Context, string, string) []string { return nil }
	}
	if opts.Autoconfigurable == nil {
		opts.Autoconfigurable = func(string) string { return "" }
	}
	if opts.OnCall == nil {
		opts.OnCall = func(string) {}
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	opts.CheckEvery = cmp.Or(opts.CheckEvery, time.Minute)
	opts.AutoconfigTakes = cmp.Or(opts.AutoconfigTakes, 20*time.Minute)
	opts.PageSize = cmp.Or(opts.PageSize, 20)
	f := &Fake{t: t, opts: opts, Accounts: scwtest.NewAccounts(opts.Now)}
	f.Organization = f.AddOrganization()
	f.Project = f.AddProject(f.Organization)
	f.Token = f.AddToken(Token{Organization: f.Organization})
	api := f.api()
	f.Faults = httpfault.New(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.settle(r.Context())
		api.ServeHTTP(w, r)
	}))
	return f
}

// ServeHTTP answers a request.
func (f *Fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.opts.OnCall(r.Method + " " + r.URL.EscapedPath())
	f.Faults.ServeHTTP(w, r)
}

// Calls returns the requests as "GET /transactional-email/v1alpha1/regions/fr-par/domains", in their order. [httpfault.Handler.Log] has more of them.
func (f *Fake) Calls() []string {
	var calls []string
	for _, x := range f.Faults.Log().All() {
		calls = append(calls, x.Method+" "+x.Path)
	}
	return calls
}
