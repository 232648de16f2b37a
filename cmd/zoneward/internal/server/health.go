// Package server is what the daemon tells about itself over HTTP: whether it lives, whether it is ready, and its metrics.
package server

import (
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/zoneward/zoneward/reconcile"
)

// Health says whether the daemon lives and is ready. Its methods may be called concurrently.
type Health struct {
	bound time.Duration

	mu    sync.Mutex
	beat  time.Time
	ready bool
	why   string
}

// NewHealth returns the health of a daemon that is alive now and not ready. It counts as dead when no round has ended for bound.
func NewHealth(bound time.Duration) *Health {
	return &Health{bound: bound, beat: time.Now(), why: "the source has not been read yet"}
}

// Round notes that a round has ended. The daemon is ready from the first round on in which the source could be read.
func (h *Health) Round(r reconcile.Round) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.beat = time.Now()
	switch {
	case r.Err == nil:
		h.ready, h.why = true, ""
	case !h.ready:
		h.why = "the source could not be read so far; the log says why"
	}
}

// live answers /healthz: 200 as long as rounds end. A provider that is down does not make the daemon unhealthy.
func (h *Health) live(w http.ResponseWriter, _ *http.Request) {
	h.mu.Lock()
	age := time.Since(h.beat)
	h.mu.Unlock()
	if age > h.bound {
		http.Error(w, fmt.Sprintf("no round has ended for %s", age.Round(time.Second)), http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ok")
}

// readiness answers /readyz.
func (h *Health) readiness(w http.ResponseWriter, _ *http.Request) {
	h.mu.Lock()
	ready, why := h.ready, h.why
	h.mu.Unlock()
	if !ready {
		http.Error(w, why, http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ok")
}
