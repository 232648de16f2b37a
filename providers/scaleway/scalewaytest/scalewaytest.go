// Package scalewaytest is a fake of the zone half of Scaleway Domains and DNS, version v2beta1, for tests.
//
// It is written from the API's public description (https://www.scaleway.com/en/developers/api/domains-and-dns/), the JSON names of the
// official SDK (github.com/scaleway/scaleway-sdk-go, api/domain/v2beta1) and the exchanges with the product that the tests of Scaleway's Terraform
// provider have recorded, not from a client of this project: its own tests run the SDK against it. It is strict where a client can
// be wrong: about the token, unknown fields and parameters, methods, slashes at the end of a path, and paging.
//
// What the product does and nobody has written down is a switch in [Options]. Faults of networks and proxies come from
// [httpfault], by way of [Server.Faults].
//
//	s := scalewaytest.New(t, scalewaytest.Options{})
//	s.AddZone("example.com", scalewaytest.Zone{})
//	client, err := scaleway.New(scaleway.Options{URL: s.URL, ...}) // with s.Token, s.Project
//	s.Faults.Add(httpfault.Rule{Pattern: scalewaytest.PatchRecords, Times: 1, Fault: httpfault.After(httpfault.Lost())})
package scalewaytest

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers/internal/scwtest"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
)

// Patterns of the endpoints, for the rules and the log of [Server.Faults].
const (
	ListZones      = "GET " + prefix + "/dns-zones"
	CreateZone     = "POST " + prefix + "/dns-zones"
	DeleteZone     = "DELETE " + prefix + "/dns-zones/{zone}"
	ListRecords    = "GET " + prefix + "/dns-zones/{zone}/records"
	PatchRecords   = "PATCH " + prefix + "/dns-zones/{zone}/records"
	ListVersions   = "GET " + prefix + "/dns-zones/{zone}/versions"
	VersionRecords = "GET " + prefix + "/dns-zones/version/{id}"
	RestoreVersion = "POST " + prefix + "/dns-zones/version/{id}/restore"
)

const prefix = "/domain/v2beta1"

// Order is the order in which the changes of one PATCH are made.
type Order int

// The orders.
const (
	ArrayOrder   Order = iota // as they are sent
	DeletesFirst              // deletes and clears, then sets, then adds
	AddsFirst                 // the other way round
)

// Token is an API key.
type Token = scwtest.Token

// What a [Token] may do with zones and records.
const (
	FullAccess = scwtest.FullAccess
	ReadOnly   = scwtest.ReadOnly
	NoAccess   = scwtest.NoAccess
)

// Options say how the fake behaves where it is not known how the product does. The zero Options are the likely product.
type Options struct {
	// Partial leaves what a PATCH has done before the change that is refused. Otherwise all of it is undone.
	Partial bool
	// Order of the changes of a PATCH.
	Order Order
	// UnknownZone404 answers 404 not_found for a zone that is not there or is somebody else's, instead of 403.
	UnknownZone404 bool
	// Pending is how often a zone is listed as pending after a change, before it is active again. 0 is once, less is never.
	Pending int
	// RefusePending answers a write to a zone that is pending with transient_state.
	RefusePending bool
	// VersionsBefore has a version hold the records as they were before its edit, not as they are after it.
	VersionsBefore bool
	// VersionsOldestFirst turns the list of versions round.
	VersionsOldestFirst bool
	// AllowDuplicates takes an add of a record that is there already, and leaves one. Otherwise it is refused.
	AllowDuplicates bool
	// AllowMissing takes a delete that matches no record. Otherwise it is refused.
	AllowMissing bool
	// FixedApexNS refuses changes of the NS records of the apex.
	FixedApexNS bool
	// MaxZones of an organization, MaxRecords of a zone, MaxChanges of a PATCH. 0 is without end.
	MaxZones, MaxRecords, MaxChanges int
	// PageSize is that of lists that are asked for without one. 0 is 20.
	PageSize int
	// Now is the time, nil for that of the machine. The API shows whole seconds of it.
	Now func() time.Time
}

// Server is the fake, with one organization that has one project and one token. Its methods may be called concurrently, and while it
// serves. They fail the test if a zone is not there.
type Server struct {
	*scwtest.Accounts        // that the API knows
	URL               string // of the API, without a path
	Organization      string // id
	Project           string // id
	Token             string // secret key, which may do everything in Organization
	// Faults is in front of the fake.
	Faults *httpfault.Handler

	t    testing.TB
	opts Options

	mu       sync.Mutex
	domains  map[string]string // registered names, to projects
	zones    map[string]*zone
	versions map[string]*version
}

// New starts a server that ends with the test.
func New(t testing.TB, opts Options) *Server {
	t.Helper()
	if opts.Pending == 0 {
		opts.Pending = 1
	}
	if opts.PageSize == 0 {
		opts.PageSize = 20
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	s := &Server{t: t, opts: opts, domains: map[string]string{}, zones: map[string]*zone{}, versions: map[string]*version{}}
	s.Accounts = scwtest.NewAccounts(s.now)
	s.Organization = s.AddOrganization()
	s.Project = s.AddProject(s.Organization)
	s.Token = s.AddToken(Token{Organization: s.Organization})
	api := &scwtest.API{Prefix: prefix, Endpoints: s.endpoints(), Accounts: s.Accounts}
	s.Faults = httpfault.New(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		api.ServeHTTP(w, r)
	}))
	server := httptest.NewServer(s.Faults)
	t.Cleanup(server.Close)
	s.URL = server.URL
	return s
}

// now returns the time as the API shows it.
func (s *Server) now() time.Time { return s.opts.Now().UTC().Truncate(time.Second) }

// Zones returns the names of all zones, sorted.
func (s *Server) Zones() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.zones))
}
