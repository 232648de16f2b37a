package server

import (
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge"
)

// Bounds of what is kept of deliveries.
const (
	maxHookRepeats = 1 << 14
	hookRepeatTime = time.Hour
)

// hookRepeats knows the deliveries of the last hour, or the last ones of it if there were many. Its methods may be called concurrently.
type hookRepeats struct {
	mu   sync.Mutex
	seen *simplelru.LRU[forge.Fingerprint, time.Time]
}

func newHookRepeats() *hookRepeats {
	seen, _ := simplelru.NewLRU[forge.Fingerprint, time.Time](maxHookRepeats, nil) // the error is that of a size of 0
	return &hookRepeats{seen: seen}
}

// add notes a delivery. It reports whether it is a new one.
func (h *hookRepeats) add(fingerprints []forge.Fingerprint, now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, f := range fingerprints {
		if at, ok := h.seen.Peek(f); ok && now.Sub(at) < hookRepeatTime {
			return false
		}
	}
	for _, f := range fingerprints {
		h.seen.Add(f, now)
	}
	return true
}

// forget takes a delivery back.
func (h *hookRepeats) forget(fingerprints []forge.Fingerprint) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, f := range fingerprints {
		h.seen.Remove(f)
	}
}
