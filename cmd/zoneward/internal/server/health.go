// Package server is what the daemon has to do with HTTP: whether it lives and is ready, its metrics, the hooks of forges, and the API.
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

// NewHealth returns the health of a daemon that is alive now and not ready. It counts as dead when its loop has not beaten for bound.
func NewHealth(bound time.Duration) *Health {
	return &Health{bound: bound, beat: time.Now(), why: "the source has not been read yet"}
}

// Beat notes that the loop is alive.
func (h *Health) Beat() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.beat = time.Now()
}

// lastBeat returns when the loop last beat.
func (h *Health) lastBeat() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.beat
}

// Look notes a look at the source. The daemon is ready from the first one on that could read it.
func (h *Health) Look(look reconcile.Look) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case look.Err == nil:
		h.ready, h.why = true, ""
	case !h.ready:
		h.why = "the source could not be read so far; the log says why"
	}
}

// live answers /healthz: 200 as long as the loop beats. A provider, or a source, that is down does not make the daemon unhealthy: starting it anew would help
// nobody.
func (h *Health) live(w http.ResponseWriter, _ *http.Request) {
	if age := time.Since(h.lastBeat()); age > h.bound {
		http.Error(w, fmt.Sprintf("the loop has not beaten for %s", age.Round(time.Second)), http.StatusServiceUnavailable)
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
