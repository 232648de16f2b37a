package providers

import (
	"cmp"
	"errors"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// RetryPolicy says how often a call is tried, and how long is waited in between. The waits grow by half each time, and vary by half at random;
// none is shorter than BusyError.After.
//
// Over a time in which there are n calls, no more than Spare and Share·n are tried again, and Spare more for each minute: an account that is
// down does not get five times as much to do. Tries at a time that the server named do not count.
type RetryPolicy struct {
	// Tries is how often a call is tried in all: 5 if it is 0.
	Tries uint
	// FirstWait is the wait after the first try: half a second if it is 0.
	FirstWait time.Duration
	// MaxWait is the longest wait: 30 seconds if it is 0. A server that wants to be left alone for longer is not asked again.
	MaxWait time.Duration
	// Share is how many retries come with each call: 0.2 if it is 0.
	Share float64
	// Spare is how many retries there may be beside those: 10 if it is 0.
	Spare int
}

func (p RetryPolicy) withDefaults() RetryPolicy {
	return RetryPolicy{
		Tries:     cmp.Or(p.Tries, 5),
		FirstWait: cmp.Or(p.FirstWait, 500*time.Millisecond),
		MaxWait:   cmp.Or(p.MaxWait, 30*time.Second),
		Share:     cmp.Or(p.Share, 0.2),
		Spare:     cmp.Or(p.Spare, 10),
	}
}

// again reports whether a call that ended with err may be made again.
func again(op Operation, err error) bool {
	if _, busy := errors.AsType[*BusyError](err); op.Writes() {
		return busy && !hasKind(err) // with a kind some of it may have been written
	}
	return Passing(err)
}

// waits gives the waits between the tries of one call.
type waits struct {
	exponential *backoff.ExponentialBackOff
	longest     time.Duration
}

func newWaits(policy RetryPolicy) waits {
	exponential := backoff.NewExponentialBackOff()
	exponential.InitialInterval = policy.FirstWait
	exponential.MaxInterval = policy.MaxWait
	return waits{exponential, policy.MaxWait}
}

// after returns how long to wait after err: not shorter than the server asked for, if it asked, and longer than the policy allows only if it did.
func (w waits) after(err error) (wait time.Duration, asked bool) {
	wait = min(w.exponential.NextBackOff(), w.longest) // MaxInterval bounds the wait before it is varied
	if b, ok := errors.AsType[*BusyError](err); ok && b.After > 0 {
		return max(wait, b.After), true
	}
	return wait, false
}

// budget says how many retries an account can still bear: a bucket that each call puts something into, and each minute, and each retry takes
// one from.
type budget struct {
	share, spare float64

	mu   sync.Mutex
	left float64
	at   time.Time // when left was right
}

func newBudget(policy RetryPolicy, now time.Time) *budget {
	spare := float64(policy.Spare)
	return &budget{share: policy.Share, spare: spare, left: spare, at: now}
}

// earn notes a call.
func (b *budget) earn(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fill(b.share, now)
}

// spend takes a retry, if there is one left.
func (b *budget) spend(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fill(0, now)
	if b.left < 1 {
		return false
	}
	b.left--
	return true
}

// fill puts in what has come since the last time, and more.
func (b *budget) fill(more float64, now time.Time) {
	b.left = min(b.left+b.spare*now.Sub(b.at).Minutes()+more, b.spare)
	b.at = now
}
