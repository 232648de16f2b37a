// Package httpfault makes the fake of an HTTP API go wrong on purpose, as networks, proxies and busy servers do, and keeps a log of
// what was asked of it and answered.
//
// A [Handler] goes in front of a fake. As long as it has no rules it passes everything on. A [Rule] says for which requests, how often,
// and with which [Fault] something happens:
//
//	h := httpfault.New(fake)
//	server := httptest.NewServer(h)
//	h.Add(httpfault.Rule{Pattern: "PATCH /zones/{zone}", Times: 1, Fault: httpfault.After(httpfault.Lost())})
//	... // the first PATCH is done by the fake, and the client never hears of it
//	patches := h.Log().Count("PATCH /zones/{zone}")
//
// Answers are held back until they are whole, so that the log has an exchange before the client has the answer. It is not for fakes
// that stream.
package httpfault

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
)

// Handler is a fake with rules in front of it. It may be used concurrently, and its rules may be changed while it serves.
type Handler struct {
	inner http.Handler
	log   Log

	mu    sync.Mutex
	rules []*Active
	reads map[string]*http.Request // by URI: the reads that reached the fake, to be asked again by Stale
}

// New returns a handler without rules in front of inner.
func New(inner http.Handler) *Handler {
	return &Handler{inner: inner, reads: map[string]*http.Request{}}
}

// Log returns the log of all exchanges, as the client made and had them.
func (h *Handler) Log() *Log { return &h.log }

// Rule says what happens to which requests. A rule without Pattern and Match is for all of them, one without Times and Every happens
// until it is lifted.
type Rule struct {
	// Pattern is as [http.ServeMux] has them, without a host: "/zones/", "PATCH /zones/{zone}", "GET /{path...}".
	Pattern string
	// Match is asked about the requests that Pattern is for. It may read the body.
	Match func(*http.Request) bool
	// Every n means each n-th of the requests that are left: 3 is the third, the sixth and so on. 0 and 1 are all.
	Every int
	// Times is how often it happens at most. 0 is without end.
	Times int
	// Fault is what happens.
	Fault Fault
}

// Fault is what happens to a request in the place of next, to which it may pass the request on, or another one. What next gets is what the
// rules added later, and the fake in the end, do with it.
type Fault func(next http.Handler) http.Handler

// Active is a rule that was added.
type Active struct {
	rule  Rule
	match matcher

	mu     sync.Mutex
	seen   int
	hits   int
	lifted bool
}

// Add puts a rule behind those that are there: it gets the requests that they pass on. It panics if the rule has no fault, or a pattern
// that is none.
func (h *Handler) Add(r Rule) *Active {
	if r.Fault == nil {
		panic(fmt.Sprintf("httpfault: the rule for %q has no fault", r.Pattern))
	}
	a := &Active{rule: r, match: newMatcher(r.Pattern)}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.rules = append(h.rules, a)
	return a
}

// Lift takes all rules away.
func (h *Handler) Lift() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, a := range h.rules {
		a.Lift()
	}
	h.rules = nil
}

// Lift ends the rule. Requests that it happens to are not interrupted.
func (a *Active) Lift() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.lifted = true
}

// Hits returns how often it has happened.
func (a *Active) Hits() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.hits
}

// happens reports whether it happens to r, and counts it.
func (a *Active) happens(r *http.Request, body []byte) bool {
	if !a.match.matches(r) || a.rule.Match != nil && !a.rule.Match(withBody(r, body)) {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.seen++
	switch {
	case a.lifted,
		a.rule.Every > 1 && a.seen%a.rule.Every != 0,
		a.rule.Times > 0 && a.hits >= a.rule.Times:
		return false
	}
	a.hits++
	return true
}

// ServeHTTP passes a request through the rules to the fake.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body := readBody(r)
	entry := h.log.begin(r, body)
	answer := &Answer{Header: http.Header{}}
	h.mu.Lock()
	rules := slices.Clone(h.rules)
	h.mu.Unlock()
	h.chain(rules).ServeHTTP(recorder{answer}, withBody(r, body))
	h.log.end(entry, answer)
	answer.send(w)
}

// chain returns the fake behind rules.
func (h *Handler) chain(rules []*Active) http.Handler {
	if len(rules) == 0 {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h.remember(r)
			h.inner.ServeHTTP(w, r)
		})
	}
	next := h.chain(rules[1:])
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := readBody(r)
		if rules[0].happens(r, body) {
			rules[0].rule.Fault(next).ServeHTTP(w, withBody(r, body))
			return
		}
		next.ServeHTTP(w, withBody(r, body))
	})
}

// readBody returns the body of r, which is read then.
func readBody(r *http.Request) []byte {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler) // nobody is left to answer
	}
	return body
}

// withBody returns a copy of r of which all of body is still to be read.
func withBody(r *http.Request, body []byte) *http.Request {
	c := *r
	c.Body = io.NopCloser(bytes.NewReader(body))
	return &c
}

// matcher says which requests a pattern is for. Nil is for all.
type matcher struct{ mux *http.ServeMux }

func newMatcher(pattern string) matcher {
	if pattern == "" {
		return matcher{}
	}
	mux := http.NewServeMux()
	mux.Handle(pattern, http.NotFoundHandler())
	return matcher{mux}
}

func (m matcher) matches(r *http.Request) bool {
	if m.mux == nil {
		return true
	}
	_, pattern := m.mux.Handler(r)
	return pattern != ""
}
