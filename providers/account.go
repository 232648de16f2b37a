package providers

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Account is what all zones and resources share that are asked for at one server with the same credentials: how often it may be asked, when it wants to be left
// alone, how many retries it can bear, and whether it answers at all. There is one for each such account, however many providers are
// guarded with it. Its methods may be called concurrently.
type Account struct {
	retry   RetryPolicy
	turns   *turns
	budget  *budget
	breaker *breaker
}

// AccountPolicy says how an account is used. The zero AccountPolicy has no limits, retries that do no harm, and a breaker.
type AccountPolicy struct {
	Rate    Rate
	Retry   RetryPolicy
	Breaker BreakerPolicy
}

// NewAccount returns an account that nobody has used yet.
func NewAccount(policy AccountPolicy) *Account {
	retry := policy.Retry.withDefaults()
	return &Account{retry, newTurns(policy.Rate, retry.MaxWait), newBudget(retry, time.Now()), newBreaker(policy.Breaker)}
}

// Guard returns p with every call of an [Operation], those of the optional interfaces that p has among them, made in the way that the account allows:
//
//   - it waits for its turn, as Rate says; a call is what counts, whatever it asks for. After a *BusyError with an After no
//     call for any zone of the account begins before that time is over, and no request of [Account.HTTPClient].
//   - one that failed is tried again, as RetryPolicy says. Those that read are after any error that could be gone the next time: a *BusyError, and
//     what is of no kind of this package and not a [PermanentError] that says it is permanent. Those that write are after a *BusyError
//     only, which promises that nothing was written; after any other error the caller has to look first.
//   - it is not made while the account seems to be down, as BreakerPolicy says.
//
// A call that was not begun, for one of these reasons or because ctx ended before, returns a *BusyError, also if it writes: nothing was done. It wraps
// the context's error too if that is why. Otherwise the result and the error are those of the last try.
//
// Optional interfaces whose calls are no Operation are not guarded.
func (a *Account) Guard(p ZoneProvider) ZoneProvider { return decorate(p, a.guarding(true)) }

// GuardRequests is Guard for a provider whose requests are those of [Account.HTTPClient]. They count for Rate.PerSecond, and not the calls that make them.
func (a *Account) GuardRequests(p ZoneProvider) ZoneProvider { return decorate(p, a.guarding(false)) }

// GuardResources is GuardRequests for resources.
func (a *Account) GuardResources(p ResourceProvider) ResourceProvider {
	return decorateResources(p, a.guarding(false))
}

// guarding returns what makes a call in the way that the account allows. It counts if counts is set.
func (a *Account) guarding(counts bool) around {
	return func(ctx context.Context, call Call, do func() error) error { return a.call(ctx, call, counts, do) }
}

// call makes one call, which may be several tries. Each of them counts if counts is set.
func (a *Account) call(ctx context.Context, call Call, counts bool, do func() error) error {
	a.budget.earn(time.Now())
	waits := newWaits(a.retry)
	var last error
	for try := uint(1); ; try++ {
		begun, err := a.try(ctx, call, counts, do)
		if !begun {
			if last != nil {
				// Why it was to be tried again would be hidden otherwise.
				err = fmt.Errorf("%w; it was to be tried again after: %w", err, last)
			}
			return err
		}
		if err == nil || !again(call.Operation, err) || try >= a.retry.Tries || ctx.Err() != nil || a.breaker.refusal() != nil {
			return err
		}
		wait, asked := waits.after(err)
		if wait > a.retry.MaxWait || !asked && !a.budget.spend(time.Now()) {
			return err
		}
		if sleep(ctx, wait) != nil {
			return fmt.Errorf("%w, while waiting to try again after: %w", ctx.Err(), err)
		}
		last = err
	}
}

// try makes one try in its turn. If it was not begun the error is a *BusyError.
func (a *Account) try(ctx context.Context, call Call, counts bool, do func() error) (begun bool, err error) {
	// Before the turn, so that nobody stands in line for a server that is down, and with it, since it may have gone down meanwhile.
	if refusal := a.breaker.refusal(); refusal != nil {
		return false, refusal
	}
	done, err := a.turns.begin(ctx, counts)
	if err != nil {
		return false, err
	}
	defer done()
	begun, err = a.breaker.run(ctx, call, do)
	if b, ok := errors.AsType[*BusyError](err); ok && begun {
		a.turns.pause(b)
	}
	return begun, err
}

// sleep waits. It returns the context's error if that ends before.
func sleep(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
