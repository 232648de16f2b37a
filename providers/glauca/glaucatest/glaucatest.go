// Package glaucatest is a fake of the API of Glauca Digital's registrar, https://domains.glauca.digital/api/, for tests.
//
// It is written from the API's pages (https://docs.glauca.digital/domains/api/) and from what the published source of the server does
// (https://github.com/AS207960/domains), not from a client of this project. The server is a Django REST Framework application, and so are the slashes,
// the refusals and the lists of the fake. In one thing it is stricter: what the API would pass over in silence (an unknown field, a field that can only
// be read, a parameter, a body that nobody reads) is refused with 400, unless [Options.Lenient] is set.
//
// Behind the API is a registry: what it refuses is a 500 that says so, an update may be pending with it, and [Server.NS] and [Server.DS] are what it has
// the parent zone serve. What the service does and nobody has written down is a switch in [Options]. Faults of networks and proxies come from
// [httpfault], by way of [Server.Faults].
//
//	s := glaucatest.New(t, glaucatest.Options{})
//	s.AddDomain(glaucatest.Domain{Name: "example.com", NameServers: glaucatest.Hosts("ns1.example.net", "ns2.example.net")})
//	server := httptest.NewServer(s)
//	... // a client of server.URL + "/api", with the personal access token s.Token
//	s.Faults.Add(httpfault.Rule{Pattern: glaucatest.PatchDomain, Times: 1, Fault: httpfault.After(httpfault.Lost())})
//
// It starts no goroutines and does not sleep, so that it can be asked in a bubble of testing/synctest by calling [Server.ServeHTTP].
package glaucatest

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers/providertest/httpfault"
)

// Patterns of the endpoints, for the rules and the log of [Server.Faults].
const (
	ListDomains     = "GET /api/domains/{$}"
	GetDomain       = "GET /api/domains/{id}/{$}"
	PutDomain       = "PUT /api/domains/{id}/{$}"
	PatchDomain     = "PATCH /api/domains/{id}/{$}"
	CheckDomain     = "POST /api/domains/check/{$}"
	CheckTransfer   = "POST /api/domains/check_transfer/{$}"
	CheckRenew      = "POST /api/domains/{id}/check_renew/{$}"
	CheckRestore    = "GET /api/domains/{id}/check_restore/{$}"
	ListNameServers = "GET /api/name_servers/{$}"
	ListContacts    = "GET /api/contacts/{$}"
)

// Server is the fake, with one account that has one contact and one token. It is an [http.Handler]. Its methods may be called concurrently, and while
// it serves. They fail the test, without ending it, if what they are about is not there.
type Server struct {
	// Account is the name of the account.
	Account string
	// Contact is the id of its contact.
	Contact string
	// Token is a personal access token of it that has [EverydayScopes].
	Token string
	// Faults is in front of the fake.
	Faults *httpfault.Handler

	t    testing.TB
	opts Options

	mu        sync.Mutex
	ids       map[string]int // the last number of each kind
	tokens    map[string]Token
	domains   []*domain // in the order in which they were added, as the others are
	hosts     []*host
	contacts  []*Contact
	addresses []*ContactAddress
}

// New returns a fake that reports to t what is wrong with how it is used.
func New(t testing.TB, opts Options) *Server {
	t.Helper()
	s := &Server{Account: "owner", t: t, opts: opts.withDefaults(), ids: map[string]int{}, tokens: map[string]Token{}}
	s.Contact = s.AddContact(Contact{Description: "Owner"})
	s.Token = s.AddToken(Token{})
	s.Faults = httpfault.New(http.HandlerFunc(s.serve))
	return s
}

// ServeHTTP answers a request, if no fault does.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.opts.Hook != nil {
		s.opts.Hook(callText(r.Method, r.URL.EscapedPath(), r.URL.RawQuery))
	}
	s.Faults.ServeHTTP(w, r)
}

// Calls returns what was asked, in its order, as "PATCH /api/domains/domain_1/", with the query if there is one. What a fault has answered is among
// them. It starts anew when the log of [Server.Faults] does.
func (s *Server) Calls() []string {
	var calls []string
	for _, x := range s.Faults.Log().All() {
		calls = append(calls, callText(x.Method, x.Path, x.Query))
	}
	return calls
}

func callText(method, path, query string) string {
	if query != "" {
		path += "?" + query
	}
	return method + " " + path
}

// newID returns "domain_1", "domain_2" and so on. The service's ids are opaque: https://docs.glauca.digital/domains/api/objects/domains/#id
func (s *Server) newID(kind string) string {
	s.ids[kind]++
	return fmt.Sprintf("%s_%d", kind, s.ids[kind])
}

// now returns the time as the API shows it.
func (s *Server) now() time.Time { return s.opts.Now().UTC().Truncate(time.Microsecond) }

// find returns the first element that is so, nil if there is none.
func find[T any](all []*T, is func(*T) bool) *T {
	if i := slices.IndexFunc(all, is); i >= 0 {
		return all[i]
	}
	return nil
}
