// Package scalingotest is a fake of the part of Scalingo's API that links domain names to applications, for tests.
//
// It is written from the public pages https://developers.scalingo.com/domains, /apps, /regions, /tokens and the general one before them, not from a
// client, and is strict where a client can be wrong: about tokens, methods, paths, parameters and the fields of a body. What the product does and no page
// says is a switch in [Options]. Certificates are parsed, and their keys have to fit.
//
// A [Server] is an http.Handler without goroutines, with the clock and the DNS that it is given. It stands for the auth host and the API of each region at once, unless a
// test takes [Server.Auth] and [Server.API] apart:
//
//	s := scalingotest.New(scalingotest.Options{Lookup: zones.Lookup})
//	s.AddApp(scalingotest.App{Name: "my-app"})
//	server := httptest.NewServer(s)
//	... // a client with server.URL twice, and s.Token
//
// Faults of networks and proxies come from [httpfault] by way of [Server.Faults]; [Error.Fault] and [Lie] are those of this API:
//
//	s.Faults.Add(httpfault.Rule{Pattern: scalingotest.LinkDomain, Times: 1, Fault: httpfault.After(httpfault.Lost())}) // done, and never answered
//	s.Faults.Add(httpfault.Rule{Every: 3, Times: 1, Fault: scalingotest.RetryLater(0).Fault()})                        // the third request, and no other
//	s.Faults.Add(httpfault.Rule{Pattern: scalingotest.ShowDomain, Fault: httpfault.Proxy(502)})                        // HTML of a gateway
//
// Its methods that name an application or a domain that is not there panic: that is a mistake of the test.
package scalingotest

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/zoneward/zoneward/providers/providertest/httpfault"
)

// Patterns of the endpoints, for the rules and the log of [Server.Faults].
const (
	ExchangeToken = "POST /v1/tokens/exchange"
	ListRegions   = "GET /v1/regions"
	ListApps      = "GET /v1/apps"
	ShowApp       = "GET /v1/apps/{app}"
	ListDomains   = "GET /v1/apps/{app}/domains"
	LinkDomain    = "POST /v1/apps/{app}/domains"
	ShowDomain    = "GET /v1/apps/{app}/domains/{domain}"
	UpdateDomain  = "PATCH /v1/apps/{app}/domains/{domain}"
	UnlinkDomain  = "DELETE /v1/apps/{app}/domains/{domain}"
)

// Server is the fake, with one account that has one API token. Its methods may be called concurrently, and while it serves.
type Server struct {
	// Token is an API token, "tk-us-...".
	Token string
	// Faults is in front of the fake.
	Faults *httpfault.Handler

	opts Options

	mu        sync.Mutex
	ids       int
	tokens    map[string]bool
	bearers   map[string]time.Time // to when they end
	apps      []*app
	elsewhere map[string]bool // names that applications of others have
	window    window
}

// New returns a fake without applications.
func New(opts Options) *Server {
	s := &Server{opts: opts.withDefaults(), tokens: map[string]bool{}, bearers: map[string]time.Time{}, elsewhere: map[string]bool{}}
	s.Token = s.AddToken()
	s.Faults = httpfault.New(s.routes())
	return s
}

// ServeHTTP answers for all hosts of the product.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.receive(w, r, host{auth: true, api: true})
}

// Auth returns the auth host: tokens and regions, and nothing else.
func (s *Server) Auth() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.receive(w, r, host{auth: true}) })
}

// API returns the API of a region: it has the applications of that region, and nothing else.
func (s *Server) API(region string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.receive(w, r, host{api: true, region: region}) })
}

// host is where a request came to.
type host struct {
	auth, api bool
	region    string // of the API, empty for all
}

// has reports whether an application is there.
func (h host) has(a *app) bool { return h.region == "" || h.region == a.Region }

type hostKey struct{}

func (s *Server) receive(w http.ResponseWriter, r *http.Request, at host) {
	if s.opts.OnCall != nil {
		s.opts.OnCall(callOf(r.Method, r.URL.EscapedPath(), r.URL.RawQuery))
	}
	r = r.WithContext(context.WithValue(r.Context(), hostKey{}, at))
	if r.Body == nil {
		r.Body = http.NoBody // of a client, which may leave it out
	}
	s.Faults.ServeHTTP(w, r)
}

// Calls returns what was asked of the fake, in order: "POST /v1/apps/my-app/domains". Requests that a fault kept from it are among them.
func (s *Server) Calls() []string {
	calls := []string{}
	for _, x := range s.Faults.Log().All() {
		calls = append(calls, callOf(x.Method, x.Path, x.Query))
	}
	return calls
}

func callOf(method, path, query string) string {
	return strings.TrimSuffix(method+" "+path+"?"+query, "?")
}

// newID returns an id that nothing else has. They are the same in each run.
func (s *Server) newID() string {
	s.ids++
	return fmt.Sprintf("541067ec736f7504a5%06x", s.ids)
}
