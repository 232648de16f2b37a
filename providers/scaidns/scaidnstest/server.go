package scaidnstest

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/zoneward/zoneward/providers/providertest/dnsserver"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
)

// Server is the fake. It serves until the test ends. Its methods that take a testing.TB are for the goroutine of the test, the others may be
// called concurrently.
type Server struct {
	// URL is the base of the API's paths: "http://127.0.0.1:PORT", without /api/v1.
	URL string
	// DNS is the address that serves the zones: "127.0.0.1:PORT", UDP and TCP.
	DNS string
	// PowerDNS is what has the zones. What is written to it by another way than [Server.Write] may not be seen.
	PowerDNS *dnsserver.PowerDNSServer
	// Faults is in front of the API: add rules to it, and look at its log.
	Faults *httpfault.Handler

	live   *store
	mu     sync.Mutex // held while a request is answered: the product's requests are transactions
	opts   Options
	broken Broken
	zones  []*zone // in the order of their making, soft-deleted ones too
	keys   map[string]*key
	hidden *store // has the zones that are not served and can be read and written; nil until one is needed
}

// New starts the API and its PowerDNS, without zones and keys. Where PowerDNS is not installed it skips the test, see [dnsserver].
func New(t testing.TB, opts Options) *Server {
	t.Helper()
	pdns := dnsserver.PowerDNS(t, dnsserver.PowerDNSOptions{})
	live, err := newStore(pdns)
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{DNS: pdns.Addr, PowerDNS: pdns, live: live, opts: opts.withDefaults(), keys: map[string]*key{}}
	if opts.StorePending {
		s.needHidden(t)
	}
	s.Faults = httpfault.New(http.HandlerFunc(s.serve))
	server := httptest.NewServer(s.Faults)
	t.Cleanup(server.Close)
	s.URL = server.URL
	return s
}

// Configure changes the options while the fake serves. StorePending and the clock stay as they were.
func (s *Server) Configure(change func(*Options)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	opts := s.opts
	change(&opts)
	opts.StorePending, opts.Now = s.opts.StorePending, s.opts.Now
	s.opts = opts.withDefaults()
}

// Broken is what can go wrong with this API and no other. The zero Broken is nothing.
type Broken struct {
	// BulkAfter has an atomic bulk create write that many of its records, and then answer 500: it is not atomic. 0 is off.
	BulkAfter int
	// MissingZones and MissingRecords are how many more than there are the total of a list has.
	MissingZones, MissingRecords int
}

// Break has the API go wrong from now on. Break(Broken{}) has it right again.
func (s *Server) Break(b Broken) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = b
}

// needHidden starts the PowerDNS of the zones that are not served.
func (s *Server) needHidden(t testing.TB) {
	t.Helper()
	if s.hidden != nil {
		return
	}
	hidden, err := newStore(dnsserver.PowerDNS(t, dnsserver.PowerDNSOptions{}))
	if err != nil {
		t.Fatal(err)
	}
	s.hidden = hidden
}

// call is a request that is to be answered.
type call struct {
	*http.Request
	ctx  context.Context // of what is asked of PowerDNS: it does not end when the client goes away
	key  *key
	body []byte
	zone string // id in the path
	id   string // of the record in the path
}

// reply is an answer that is not an error. A nil body is null, and nothing where the status has no body.
type reply struct {
	status int
	body   any
	header http.Header
}

func success(body any) (reply, error) { return reply{status: http.StatusOK, body: body}, nil }

func noContent() (reply, error) { return reply{status: http.StatusNoContent}, nil }

// created is success for a POST that has made something.
func (s *Server) created(body any) (reply, error) {
	if s.opts.Created {
		return reply{status: http.StatusCreated, body: body}, nil
	}
	return success(body)
}

// serve answers a request.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	answer, err := s.answer(r)
	if err != nil {
		refused := asRefusal(err)
		answer = reply{status: refused.status, body: map[string]any{"detail": refused.detail}, header: refused.header}
	}
	send(w, answer)
}

func send(w http.ResponseWriter, r reply) {
	a := httpfault.Answer{Status: r.status, Header: http.Header{}}
	switch body := r.body.(type) {
	case plain:
		a.Header.Set("Content-Type", "text/plain; charset=utf-8")
		a.Body = []byte(body)
	default:
		if r.status != http.StatusNoContent && r.status != http.StatusTemporaryRedirect {
			a = answerJSON(r.status, body)
		}
	}
	maps.Copy(w.Header(), a.Header)
	maps.Copy(w.Header(), r.header)
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body) // whoever is gone does not read it
}

// plain is a body that is no JSON.
type plain string

func answerJSON(status int, body any) httpfault.Answer {
	text, err := json.Marshal(body)
	if err != nil {
		panic(fmt.Sprintf("scaidnstest: %v", err)) // what is answered is made here
	}
	return httpfault.Answer{Status: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: text}
}
