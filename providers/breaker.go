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
// answer for does not stop the others. Then no call is made. It returns at once, with a *BusyError whose After is the rest of the time, and
// which says since when the account is down and what the last try ended with. When the time is over one call is made to see: if it
// succeeds, or fails for a reason of its own, all is as before; if not the time begins again.
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
	failed map[zonefile.Name]bool // the zones of the failures in a row; the zero Name stands for the list
	last   string                 // the last of them
	since  time.Time              // when the circuit was opened
	until  time.Time              // when a call is made again to see whether it can be closed
}

func newBreaker(policy BreakerPolicy) *breaker {
	failures := uint32(cmp.Or(policy.Failures, 5))
	b := &breaker{open: cmp.Or(policy.Open, 30*time.Second), failed: map[zonefile.Name]bool{}}
	b.circuit = gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
		// A circuit is still open at the very end of its time, when whoever waited as long as After comes.
		Timeout: b.open - time.Nanosecond,
		ReadyToTrip: func(counts gobreaker.Counts) bool {
			return counts.ConsecutiveFailures >= failures && b.manyZones()
		},
		OnStateChange: func(_ string, from, to gobreaker.State) { b.changed(from, to) },
		IsExcluded:    excluded,
		IsSuccessful:  func(err error) bool { return err == nil || !passing(err) },
	})
	return b
}

// excluded reports whether err says nothing about whether the server is there. What is not supported is often found without asking it.
func excluded(err error) bool {
	busy, ok := errors.AsType[*BusyError](err)
	return errors.Is(err, context.Canceled) || errors.Is(err, ErrUnsupported) || ok && busy.After > 0
}

// run makes a call, unless the circuit is open. Then begun is false, and the error is a *BusyError.
func (b *breaker) run(call Call, do func() error) (begun bool, err error) {
	_, err = b.circuit.Execute(func() (struct{}, error) {
		begun = true
		err := do()
		b.note(call, err)
		return struct{}{}, err
	})
	if !begun {
		return false, b.busy() // it is open, or another call is just finding out whether it can be closed
	}
	return true, err
}

// note notes how a call ended.
func (b *breaker) note(call Call, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case err != nil && excluded(err):
	case err == nil, !passing(err):
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

func (b *breaker) changed(from, to gobreaker.State) {
	if to != gobreaker.StateOpen {
		return
	}
	now := time.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
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
func (b *breaker) busy() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return &BusyError{
		After: max(time.Until(b.until), 0),
		Err:   fmt.Errorf("down since %s, as call after call fails, the last with: %s", b.since.UTC().Format(time.RFC3339), b.last),
	}
}
