package server

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/time/rate"
)

const (
	// mostRemotes is how many addresses are remembered that have failed; the one that failed least recently makes way.
	mostRemotes = 4096
	// failureBurst is how often an address may fail at once, and failureEvery how long it takes until it may once more.
	failureBurst = 10
	failureEvery = 10 * time.Second
	// failureLines is how many failures are logged at once, and then one each second, from wherever they come.
	failureLines = 20
)

// failures counts requests that are not authenticated. A good token is never kept waiting for them: who shares an address with somebody who guesses is not
// locked out, and guessing one of 2^256 secrets needs no slowing down. It is the log, and the work for answers, that is bounded.
type failures struct {
	mu      sync.Mutex
	remotes *lru.LRU[netip.Prefix, *rate.Limiter]
	lines   *rate.Limiter
	unsaid  atomic.Int64 // that were not logged since the last that was
}

func newFailures() *failures {
	remotes, _ := lru.NewLRU[netip.Prefix, *rate.Limiter](mostRemotes, nil) // its error is for a size that is none
	return &failures{remotes: remotes, lines: rate.NewLimiter(1, failureLines)}
}

// note counts a failure of a sender, see hookSender, and reports whether it has failed too often.
func (f *failures) note(sender netip.Prefix, now time.Time) (tooOften bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	limiter, ok := f.remotes.Get(sender)
	if !ok {
		limiter = rate.NewLimiter(rate.Every(failureEvery), failureBurst)
		f.remotes.Add(sender, limiter)
	}
	return !limiter.AllowN(now, 1)
}

// say reports whether a failure is to be logged, and how many were not since the last one.
func (f *failures) say(now time.Time) (unsaid int64, ok bool) {
	if !f.lines.AllowN(now, 1) {
		f.unsaid.Add(1)
		return 0, false
	}
	return f.unsaid.Swap(0), true
}
