package powerdns_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/powerdns"
	"github.com/zoneward/zoneward/providers/providertest/dnsserver"
	"github.com/zoneward/zoneward/zonefile"
)

// Tests against a real PowerDNS of what the conformance suite does not ask.

const testZone = "example.com."

var origin = zonefile.MustParseName(testZone)

// backends runs test with each backend that can be written through the API.
func backends(t *testing.T, test func(t *testing.T, s *dnsserver.PowerDNSServer)) {
	for _, backend := range []string{"gsqlite3", "lmdb"} {
		t.Run(backend, func(t *testing.T) {
			t.Parallel()
			test(t, dnsserver.PowerDNS(t, dnsserver.PowerDNSOptions{Backend: backend}))
		})
	}
}

// newZone makes testZone, with an soa_edit_api and a first serial.
func newZone(t *testing.T, s *dnsserver.PowerDNSServer, edit string, serial uint32) {
	t.Helper()
	s.API(t, http.MethodDelete, "/zones/"+testZone, nil, nil)
	s.CreateZone(t, "Native", dnsserver.Zone{Origin: testZone, Text: strings.Replace(emptyZone, " 1 ", fmt.Sprintf(" %d ", serial), 1)})
	call(t, s, http.MethodPut, "/zones/"+testZone, map[string]any{"soa_edit_api": edit})
}

// call makes a request to the API that has to succeed.
func call(t *testing.T, s *dnsserver.PowerDNSServer, method, path string, body any) {
	t.Helper()
	var reply string
	if status := s.API(t, method, path, body, &reply); status/100 != 2 {
		t.Fatalf("%s %s: %d %s", method, path, status, reply)
	}
}

// patch changes testZone by RRsets in JSON.
func patch(t *testing.T, s *dnsserver.PowerDNSServer, sets ...string) {
	t.Helper()
	call(t, s, http.MethodPatch, "/zones/"+testZone, rawJSON(`{"rrsets":[`+strings.Join(sets, ",")+`]}`))
}

type rawJSON string

func (r rawJSON) MarshalJSON() ([]byte, error) { return []byte(r), nil }

// set returns an RRset from lines of "NAME TTL TYPE RDATA" with absolute names and one RDATA a line, all of one key.
func set(lines ...string) zonefile.RRset {
	var head string
	var texts []string
	for _, line := range lines {
		f := strings.SplitN(line, " ", 4)
		head = strings.Join(f[:3], " ")
		texts = append(texts, f[3])
	}
	return zonefile.MustParseRRset(head, texts...)
}

func fetch(t *testing.T, p providers.ZoneProvider) *providers.Snapshot {
	t.Helper()
	s, err := p.Fetch(t.Context(), origin)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// puts makes a batch that puts sets.
func puts(base *providers.Snapshot, sets ...zonefile.RRset) providers.Batch {
	var changes []zonefile.Change
	for _, s := range sets {
		c := zonefile.Change{New: &s}
		if old, ok := base.Zone.Get(s.Key); ok {
			c.Old = &old
		}
		changes = append(changes, c)
	}
	return providers.NewBatch(base, changes)
}

func apply(t *testing.T, p providers.ZoneProvider, batch providers.Batch) providers.Result {
	t.Helper()
	result, err := p.Apply(t.Context(), origin, batch)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// text returns a zone as lines, without the SOA.
func text(z *zonefile.Zone) []string {
	lines := []string{}
	if z != nil {
		for s := range z.All() {
			if s.Key.Type != zonefile.TypeSOA {
				lines = append(lines, strings.Split(s.String(), "\n")...)
			}
		}
	}
	return lines
}

// front is a proxy in front of a server that has something happen around the PATCHes.
type front struct {
	url     string
	patches atomic.Int32
	// before is called before the nth PATCH is passed on, from 0; if it answers itself that is not done.
	before func(n int, w http.ResponseWriter) (answered bool)
	// after is called in the place of the answer.
	after func(n int, w http.ResponseWriter)
}

func newFront(t *testing.T, s *dnsserver.PowerDNSServer) *front {
	t.Helper()
	target, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	f := &front{}
	proxy := httputil.NewSingleHostReverseProxy(target)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPatch {
			proxy.ServeHTTP(w, r)
			return
		}
		n := int(f.patches.Add(1)) - 1
		if f.before != nil && f.before(n, w) {
			return
		}
		if f.after != nil {
			proxy.ServeHTTP(httptest.NewRecorder(), r)
			f.after(n, w)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	f.url = server.URL
	return f
}

func openAt(t *testing.T, address string, s *dnsserver.PowerDNSServer) *powerdns.Provider {
	t.Helper()
	p, err := powerdns.New(powerdns.Options{URL: address, APIKey: func() (string, error) { return s.APIKey, nil }})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// www is an RRset to write, with the last octet of its address.
func www(last int) zonefile.RRset { return set(fmt.Sprintf("www.example.com. 300 A 192.0.2.%d", last)) }

// is reports whether err is an error of that kind and no other. The kind nil is that of errors that promise nothing, errBusy that of
// a *providers.BusyError.
func is(err, kind error) bool {
	if err == nil {
		return false
	}
	for _, k := range []error{
		providers.ErrNoZone, providers.ErrConflict, providers.ErrInvalid, providers.ErrUnsupported, providers.ErrAuth, providers.ErrBlocked, providers.ErrPartial,
	} {
		if errors.Is(err, k) != errors.Is(kind, k) {
			return false
		}
	}
	_, busy := errors.AsType[*providers.BusyError](err)
	return busy == errors.Is(kind, errBusy)
}

var errBusy = errors.New("busy")

func diff(t *testing.T, what string, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func change(old, new *zonefile.RRset) zonefile.Change { return zonefile.Change{Old: old, New: new} }
