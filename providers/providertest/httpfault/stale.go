package httpfault

import (
	"context"
	"maps"
	"net/http"
	"sync"
)

// Stale answers reads with what they were before the last write that was done, for the next n reads after each write, as a server does
// that reads from a copy. Reads are GET and HEAD. A read that was never asked before the write is answered as things are: nobody knows what it
// would have been.
//
// Its rule has to match reads and writes, and has no Times or Every.
func (h *Handler) Stale(n int) Fault {
	var mu sync.Mutex
	var before map[string]*Answer
	left := 0
	take := func(uri string) (*Answer, bool) {
		mu.Lock()
		defer mu.Unlock()
		a, ok := before[uri]
		if !ok || left == 0 {
			return nil, false
		}
		left--
		return a, true
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if isRead(r) {
				if a, ok := take(r.URL.RequestURI()); ok {
					a.send(w)
					return
				}
				next.ServeHTTP(w, r)
				return
			}
			answers := h.askAgain()
			a := ask(next, r)
			if a.Status < http.StatusBadRequest {
				mu.Lock()
				before, left = answers, n
				mu.Unlock()
			}
			a.send(w)
		})
	}
}

func isRead(r *http.Request) bool { return r.Method == http.MethodGet || r.Method == http.MethodHead }

// remember keeps r to be asked again, if it is a read.
func (h *Handler) remember(r *http.Request) {
	if !isRead(r) {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.reads[r.URL.RequestURI()] = r.Clone(context.WithoutCancel(r.Context()))
}

// askAgain returns what the fake answers now to each of the reads that reached it, by URI. The log has none of it.
func (h *Handler) askAgain() map[string]*Answer {
	h.mu.Lock()
	reads := maps.Clone(h.reads)
	h.mu.Unlock()
	answers := map[string]*Answer{}
	for uri, r := range reads {
		answers[uri] = ask(h.inner, withBody(r, nil))
	}
	return answers
}
