package reconcile

import (
	"fmt"
	"sync"

	"github.com/zoneward/zoneward/providers"
)

// breaker has a plan stop asking a target that does not answer, so that a server that is down costs a few time-outs and not one for each zone. That of a
// [providers.Account] is for all calls, and so asks again after half a minute, and waits as often as a server wants to be left alone: a plan ends.
type breaker struct {
	mu       sync.Mutex
	failures int // in a row, that say nothing about a zone
	err      error
}

// breakAfter is how many failures in a row are enough.
const breakAfter = 3

// open returns an error if the target is not asked any more.
func (b *breaker) open() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failures < breakAfter {
		return nil
	}
	return fmt.Errorf("not asked for, after %d zones in a row could not be fetched there: %w", breakAfter, b.err)
}

// note notes how a fetch ended.
func (b *breaker) note(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err == nil || !providers.Passing(err) {
		b.failures = 0
		return
	}
	b.failures++
	b.err = err
}
