package providers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/zoneward/zoneward/zonefile"
)

// RetryPolicy says how often a call is tried, and how long is waited in between. The waits grow by half each time, and vary by half at random.
type RetryPolicy struct {
	// Tries is how often a call is tried in all: 5 if it is 0.
	Tries uint
	// FirstWait is the wait after the first try: half a second if it is 0.
	FirstWait time.Duration
	// MaxWait is the longest wait: 30 seconds if it is 0. A server that wants to be left alone for longer is not asked again.
	MaxWait time.Duration
}

// Retry returns p with calls that fail tried again.
//
// Zones and Fetch are tried again after any error that could be gone the next time: a *BusyError, and what is of no kind of this package
// and not a [PermanentError] that says it is permanent.
// Apply, and CreateZone if p is a [ZoneCreator], are tried again after a *BusyError only, which promises that nothing was written; after any other error the caller has to look
// at the zone first. The wait is never shorter than BusyError.After. The error is that of the last try; if the context ends
// during a wait it wraps the context's too.
//
// Other optional interfaces that [As] finds below are not retried.
func Retry(p ZoneProvider, policy RetryPolicy) ZoneProvider {
	r := &retried{p, RetryPolicy{
		Tries:     cmp.Or(policy.Tries, 5),
		FirstWait: cmp.Or(policy.FirstWait, 500*time.Millisecond),
		MaxWait:   cmp.Or(policy.MaxWait, 30*time.Second),
	}}
	if creator, ok := As[ZoneCreator](p); ok {
		return &retriedCreator{r, creator}
	}
	return r
}

type retried struct {
	ZoneProvider
	policy RetryPolicy
}

// Unwrap returns the provider whose calls are retried.
func (r *retried) Unwrap() ZoneProvider { return r.ZoneProvider }

// Zones is that of the provider below, retried.
func (r *retried) Zones(ctx context.Context) ([]ZoneInfo, error) {
	return retry(ctx, r.policy, passing, func() ([]ZoneInfo, error) { return r.ZoneProvider.Zones(ctx) })
}

// Fetch is that of the provider below, retried.
func (r *retried) Fetch(ctx context.Context, origin zonefile.Name) (*Snapshot, error) {
	return retry(ctx, r.policy, passing, func() (*Snapshot, error) { return r.ZoneProvider.Fetch(ctx, origin) })
}

// Apply is that of the provider below, retried.
func (r *retried) Apply(ctx context.Context, origin zonefile.Name, batch Batch) (Result, error) {
	return retry(ctx, r.policy, busy, func() (Result, error) { return r.ZoneProvider.Apply(ctx, origin, batch) })
}

// retriedCreator is retried above a provider that can create zones.
type retriedCreator struct {
	*retried
	creator ZoneCreator
}

// CreateZone is that of the provider below, retried.
func (r *retriedCreator) CreateZone(ctx context.Context, spec ZoneSpec) error {
	_, err := retry(ctx, r.policy, busy, func() (struct{}, error) { return struct{}{}, r.creator.CreateZone(ctx, spec) })
	return err
}

// busy reports whether err promises that nothing was done, and that asking again may help.
func busy(err error) bool {
	_, ok := errors.AsType[*BusyError](err)
	return ok
}

// passing reports whether err could be gone the next time.
func passing(err error) bool {
	if busy(err) {
		return true
	}
	if e, ok := errors.AsType[PermanentError](err); ok && e.Permanent() {
		return false
	}
	for _, kind := range []error{ErrNoZone, ErrConflict, ErrInvalid, ErrUnsupported, ErrAuth, ErrBlocked, ErrPartial} {
		if errors.Is(err, kind) {
			return false
		}
	}
	return true
}

// retry calls call until it succeeds, fails for good, or was tried often enough.
func retry[T any](ctx context.Context, policy RetryPolicy, again func(error) bool, call func() (T, error)) (T, error) {
	waits := newWaits(policy)
	for try := uint(1); ; try++ {
		result, err := call()
		if err == nil || try >= policy.Tries || ctx.Err() != nil || !again(err) {
			return result, err
		}
		wait := waits.after(err)
		if wait > policy.MaxWait {
			return result, err
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			// The context's error alone would hide what the wait was for.
			return result, fmt.Errorf("%w, while waiting to try again after: %w", ctx.Err(), err)
		}
	}
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

// after returns how long to wait after err: not shorter than the server asked for, and longer than the policy allows only if it did.
func (w waits) after(err error) time.Duration {
	wait := min(w.exponential.NextBackOff(), w.longest) // MaxInterval bounds the wait before it is varied
	if b, ok := errors.AsType[*BusyError](err); ok {
		return max(wait, b.After)
	}
	return wait
}
