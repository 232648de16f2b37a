package providers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/sony/gobreaker/v2"

	"github.com/zoneward/zoneward/zonefile"
)

// BreakerPolicy says when an account is taken to be down, and left alone for a time.
//
// That is after Failures tries in a row that say nothing about a zone: each ended with a *BusyError that names no time, or with an error that
// could be gone the next time. They have to be for three zones at least, or for the list of zones, so that one zone which its server cannot
// answer for does not stop the others. What is said of zones here counts for resources too. Then no call is made. It returns at once, with a
// *BusyError whose After is the rest of the time, and which says since when the account is down and what the last try ended with.
//
// When the time is over calls are made to see, one after the other, while others wait for what they come to, for as long as Open at most. After one that
// succeeds, or fails for a reason of its own, all is as before. After some that say nothing about a zone, for three zones or for the list, the time
// begins again.
//
// A try whose context is cancelled, or that ends with ErrUnsupported or with a *BusyError that names a time, counts for neither side.
type BreakerPolicy struct {
	// Failures is how many are enough: 5 if it is 0.
	Failures int
	// Open is how long the account is left alone: 30 seconds if it is 0.
	Open time.Duration
}

// breakerZones is for how many zones the failures have to be.
const breakerZones = 3

// breaker keeps calls from an account that is down.
type breaker struct {
	circuit *gobreaker.CircuitBreaker[struct{}]
	open    time.Duration

	mu     sync.Mutex
	failed map[zonefile.Name]bool // the zones of the failures in a row, since the circuit was last open; the zero Name stands for the list
	last   string                 // the last of them
	trying bool                   // calls are made to see whether the circuit can be closed
	ended  chan struct{}          // is closed when the next call ends
	since  time.Time              // when the circuit was opened
	until  time.Time              // when a call is made again to see whether it can be closed
}

func newBreaker(policy BreakerPolicy) *breaker {
	failures := uint32(cmp.Or(policy.Failures, 5))
	b := &breaker{open: cmp.Or(policy.Open, 30*time.Second), failed: map[zonefile.Name]bool{}, ended: make(chan struct{})}
	b.circuit = gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
		// A circuit is still open at the very end of its time, when whoever waited as long as After comes.
		Timeout: b.open - time.Nanosecond,
		ReadyToTrip: func(counts gobreaker.Counts) bool {
			return counts.ConsecutiveFailures >= failures && b.manyZones()
		},
		OnStateChange: func(_ string, from, to gobreaker.State) { b.changed(from, to) },
		// The first call to see may be for the one zone that the server cannot answer for.
		IsExcluded:   func(err error) bool { return excluded(err) || b.isTrying() && Passing(err) && !b.manyZones() },
		IsSuccessful: func(err error) bool { return err == nil || !Passing(err) },
	})
	return b
}

// excluded reports whether err says nothing about whether the server is there. What is not supported is often found without asking it.
func excluded(err error) bool {
	busy, ok := errors.AsType[*BusyError](err)
	return errors.Is(err, context.Canceled) || errors.Is(err, ErrUnsupported) || ok && busy.After > 0
}

// run makes a call, unless the circuit is open. Then begun is false, and the error is a *BusyError. While another call is just finding out whether the
// circuit can be closed run waits.
func (b *breaker) run(ctx context.Context, call Call, do func() error) (begun bool, err error) {
	timer := time.NewTimer(b.open)
	defer timer.Stop()
	for {
		ended := b.nextEnd() // before the circuit is asked, so that no end is missed
		begun, err := b.execute(call, do)
		switch {
		case begun:
			return true, err
		case !errors.Is(err, gobreaker.ErrTooManyRequests):
			return false, b.busy()
		}
		select {
		case <-ended:
		case <-timer.C:
			return false, b.busy()
		case <-ctx.Done():
			busy := b.busy()
			busy.Err = fmt.Errorf("wait until it is known whether the server answers again: %w: %w", ctx.Err(), busy.Err)
			return false, busy
		}
	}
}

// execute makes a call if the circuit lets it. Otherwise begun is false, and the error is the circuit's.
func (b *breaker) execute(call Call, do func() error) (begun bool, err error) {
	defer func() {
		if begun {
			b.end()
		}
	}()
	_, err = b.circuit.Execute(func() (struct{}, error) {
		begun = true
		err := do()
		b.note(call, err)
		return struct{}{}, err
	})
	return begun, err
}

// nextEnd returns what is closed when the next call has ended, and the circuit knows.
func (b *breaker) nextEnd() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.ended
}

// end tells those who wait that a call has ended.
func (b *breaker) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.ended)
	b.ended = make(chan struct{})
}

// note notes how a call ended.
func (b *breaker) note(call Call, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case err != nil && excluded(err):
	case err == nil, !Passing(err):
		clear(b.failed)
	default:
		b.failed[call.Zone] = true
		b.last = err.Error() // in words only: errors.Is must not find in the error of one call what ended another
	}
}

func (b *breaker) manyZones() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.failed) >= breakerZones || b.failed[zonefile.Name{}]
}

// isTrying reports whether calls are made to see whether the circuit can be closed.
func (b *breaker) isTrying() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.trying
}

func (b *breaker) changed(from, to gobreaker.State) {
	now := time.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.trying = to == gobreaker.StateHalfOpen
	if to != gobreaker.StateOpen {
		return
	}
	clear(b.failed)
	if from == gobreaker.StateClosed {
		b.since = now
	}
	b.until = now.Add(b.open)
}

// refusal returns a *BusyError while the circuit is open, and nil otherwise.
func (b *breaker) refusal() error {
	if b.circuit.State() != gobreaker.StateOpen {
		return nil
	}
	return b.busy()
}

// busy returns the error of a call that is not made.
func (b *breaker) busy() *BusyError {
	b.mu.Lock()
	defer b.mu.Unlock()
	return &BusyError{
		After: max(time.Until(b.until), 0),
		Err:   fmt.Errorf("down since %s, as call after call fails, the last with: %s", b.since.UTC().Format(time.RFC3339), b.last),
	}
}
