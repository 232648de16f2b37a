package providers

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
	"golang.org/x/time/rate"
)

// Rate says how often an account may be asked: what is counted are the requests of [Account.HTTPClient], and the calls of [Account.Guard]. The zero Rate is no
// limit.
type Rate struct {
	// PerSecond is how many may begin in a second, 0 if there is no limit.
	PerSecond float64
	// Burst is how many may begin at once after a pause: at least 1.
	Burst int
	// Concurrent is how many calls may be under way at the same time, 0 if there is no limit.
	Concurrent int
}

// longestPause bounds how long an account is left alone, whatever the server asks for: a wrong number would be the end of it.
const longestPause = time.Hour

// errPaused is in the error of what was not begun because of a pause, which it must not lengthen.
var errPaused = errors.New("the server wants to be left alone")

// turns lets the calls and the requests of an account begin one after the other.
type turns struct {
	rate    *rate.Limiter
	slots   *semaphore.Weighted // nil if there is no limit
	longest time.Duration       // how long one may wait for the end of a pause

	mu    sync.Mutex
	until time.Time // the end of the pause
	why   string    // what the server answered
}

func newTurns(r Rate, longest time.Duration) *turns {
	t := &turns{rate: rate.NewLimiter(rate.Inf, 0), longest: longest}
	if r.PerSecond > 0 {
		t.rate = rate.NewLimiter(rate.Limit(r.PerSecond), max(r.Burst, 1))
	}
	if r.Concurrent > 0 {
		t.slots = semaphore.NewWeighted(int64(r.Concurrent))
	}
	return t
}

// pause keeps calls and requests from beginning for as long as the server asks.
func (t *turns) pause(busy *BusyError) {
	if busy.After <= 0 || errors.Is(busy.Err, errPaused) {
		return
	}
	until := time.Now().Add(min(busy.After, longestPause))
	t.mu.Lock()
	defer t.mu.Unlock()
	if until.After(t.until) {
		t.until, t.why = until, fmt.Sprint(busy.Err)
	}
}

// paused returns the rest of the pause, 0 if there is none, and what the server answered that asked for it.
func (t *turns) paused() (rest time.Duration, why string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return max(time.Until(t.until), 0), t.why
}

// begin waits for a turn, and as long as the rate wants if the call counts. The caller calls done when the call has ended. The error is a *BusyError: the call was not begun.
func (t *turns) begin(ctx context.Context, counts bool) (done func(), err error) {
	done = func() {}
	if t.slots != nil {
		if err := t.slots.Acquire(ctx, 1); err != nil {
			return nil, &BusyError{Err: fmt.Errorf("wait for a turn: %w", err)}
		}
		done = func() { t.slots.Release(1) }
	}
	if err := t.wait(ctx, counts); err != nil {
		done()
		return nil, err
	}
	return done, nil
}

// wait waits for the end of the pause, and then as long as the rate wants if the call or request counts. The error is a *BusyError.
func (t *turns) wait(ctx context.Context, counts bool) error {
	for {
		if err := t.sitOut(ctx); err != nil {
			return err
		}
		if counts {
			if err := t.count(ctx); err != nil {
				return err
			}
		}
		// Another one may have been told to wait meanwhile. A turn that came within the pause is lost: else all of them would be taken at its end, at once.
		if rest, _ := t.paused(); rest == 0 {
			return nil
		}
	}
}

// count waits as long as the rate wants. The error is a *BusyError.
func (t *turns) count(ctx context.Context) error {
	err := t.rate.Wait(ctx)
	if err == nil {
		return nil
	}
	if ctx.Err() == nil {
		// The limiter does not begin to wait for a turn that comes after the deadline, and says so in words only.
		err = fmt.Errorf("%w: %w", context.DeadlineExceeded, err)
	}
	return &BusyError{Err: fmt.Errorf("wait for a turn: %w", err)}
}

// sitOut waits for the end of the pause. The error is a *BusyError.
func (t *turns) sitOut(ctx context.Context) error {
	for {
		rest, why := t.paused()
		if rest == 0 {
			return nil
		}
		if rest > t.longest {
			return &BusyError{After: rest, Err: fmt.Errorf("%w: %s", errPaused, why)}
		}
		ended := ctx.Err()
		if deadline, ok := ctx.Deadline(); ended == nil && ok && time.Until(deadline) < rest {
			ended = context.DeadlineExceeded
		}
		if ended == nil {
			ended = sleep(ctx, rest)
		}
		if ended != nil {
			rest, why = t.paused()
			return &BusyError{After: rest, Err: fmt.Errorf("wait for a turn: %w: %w: %s", ended, errPaused, why)}
		}
	}
}
