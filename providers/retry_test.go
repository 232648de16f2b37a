package providers_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
)

func TestRetryTriesAgain(t *testing.T) {
	wrapped := func(err error) error { return fmt.Errorf("GET /zones: %w", err) }
	reads := []providers.Operation{providers.OperationZones, providers.OperationFetch, providers.OperationZoneSettings}
	writes := []providers.Operation{providers.OperationApply, providers.OperationCreateZone, providers.OperationRemoveZone}
	for _, test := range []struct {
		name  string
		err   error
		of    []providers.Operation
		calls int // with an error that passes after one call
	}{
		{"reads when the server is down", errDown, reads, 2},
		{"reads when a request takes too long", context.DeadlineExceeded, reads, 2},
		{"reads when the server is busy", &providers.BusyError{Err: errDown}, reads, 2},
		{"reads with an error that is permanent", wrapped(permanent(true)), reads, 1},
		{"reads with an error that says it is not permanent", wrapped(permanent(false)), reads, 2},
		{"reads of no zone", wrapped(providers.ErrNoZone), reads, 1},
		{"reads without authorization", wrapped(providers.ErrAuth), reads, 1},
		{"reads of what is blocked", wrapped(providers.ErrBlocked), reads, 1},
		{"reads of what is not supported", wrapped(providers.ErrUnsupported), reads, 1},
		{"writes when the server is down", errDown, writes, 1},
		{"writes when the server is busy", wrapped(&providers.BusyError{Err: errDown}), writes, 2},
		{"writes whose answer was lost", wrapped(context.DeadlineExceeded), writes, 1},
		{"writes with an error that says it is not permanent", wrapped(permanent(false)), writes, 1},
		{"writes in part", wrapped(providers.ErrPartial), writes, 1},
		{"writes in part, and then the server is busy", fmt.Errorf("%w: %w", providers.ErrPartial, &providers.BusyError{Err: errDown}), writes, 1},
		{"writes that conflict", wrapped(providers.ErrConflict), writes, 1},
		{"writes of what is invalid", wrapped(providers.ErrInvalid), writes, 1},
	} {
		for _, op := range test.of {
			t.Run(test.name+"/"+string(op), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					p := fake(t)
					batch := creating(t, p)
					before := p.Calls(op)
					p.FailNext(op, test.err)
					err := operations[op](t.Context(), guard(p, providers.AccountPolicy{}), batch)
					if got := p.Calls(op) - before; got != test.calls {
						t.Errorf("%d calls, want %d", got, test.calls)
					}
					if test.calls > 1 && err != nil || test.calls == 1 && !errors.Is(err, test.err) {
						t.Errorf("error %v", err)
					}
				})
			})
		}
	}
}

// never is a breaker that does not open.
var never = providers.BreakerPolicy{Failures: 1 << 30}

func TestRetryGivesUp(t *testing.T) {
	for _, test := range []struct {
		name        string
		err         error
		policy      providers.RetryPolicy
		calls       int
		least, most time.Duration
	}{
		{"after five tries", errDown, providers.RetryPolicy{}, 5, time.Second, 10 * time.Second},
		{"after waits that grow", errDown, providers.RetryPolicy{Tries: 10}, 10, 15 * time.Second, time.Minute},
		{"after as many tries as it may", errDown, providers.RetryPolicy{Tries: 2}, 2, 250 * time.Millisecond, 750 * time.Millisecond},
		{"after one try", errDown, providers.RetryPolicy{Tries: 1}, 1, 0, 0},
		{"with waits no longer than it may", errDown, providers.RetryPolicy{Tries: 101, MaxWait: time.Second}, 101, 50 * time.Second, 100 * time.Second},
		{
			"with waits as long as the server wants", &providers.BusyError{After: 20 * time.Second, Err: errDown},
			providers.RetryPolicy{Tries: 3},
			3, 40 * time.Second, 40 * time.Second,
		},
		{
			"at once if the server wants too long", &providers.BusyError{After: time.Minute, Err: errDown},
			providers.RetryPolicy{MaxWait: 59 * time.Second},
			1, 0, 0,
		},
	} {
		for op, call := range operations {
			if _, busy := errors.AsType[*providers.BusyError](test.err); op.Writes() && !busy {
				continue
			}
			t.Run(test.name+"/"+string(op), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					p := fake(t)
					batch := creating(t, p)
					before := p.Calls(op)
					for range 200 {
						p.FailNext(op, test.err)
					}
					test.policy.Spare = 1000 // the budget has a test of its own
					begin := time.Now()
					if err := call(t.Context(), guard(p, providers.AccountPolicy{Retry: test.policy, Breaker: never}), batch); !errors.Is(err, test.err) {
						t.Errorf("error %v, want the last one", err)
					}
					if got := p.Calls(op) - before; got != test.calls {
						t.Errorf("%d calls, want %d", got, test.calls)
					}
					if took := time.Since(begin); took < test.least || took > test.most {
						t.Errorf("took %s, want %s to %s", took, test.least, test.most)
					}
				})
			})
		}
	}
}

func TestRetryEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := fake(t)
		for range 5 {
			p.FailNext(providers.OperationFetch, &providers.BusyError{After: 10 * time.Second, Err: errDown})
		}
		ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
		defer cancel()
		begin := time.Now()
		_, err := guard(p, providers.AccountPolicy{}).Fetch(ctx, origin)
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, errDown) {
			t.Errorf("error %v, want the context's and the last one", err)
		}
		if took := time.Since(begin); took != 15*time.Second {
			t.Errorf("took %s, want 15s", took)
		}
		if got := p.Calls(providers.OperationFetch); got != 2 {
			t.Errorf("%d calls, want 2", got)
		}
	})
}

func TestRetryDoesNotTryAgainAfterItsContext(t *testing.T) {
	p := fake(t)
	ctx, cancel := context.WithCancel(t.Context())
	p.Inject(providers.OperationFetch, memory.Fault{Before: cancel})
	_, err := guard(p, providers.AccountPolicy{}).Fetch(ctx, origin)
	if want := "fetch example.com.: context canceled"; !errors.Is(err, context.Canceled) || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	if got := p.Calls(providers.OperationFetch); got != 1 {
		t.Errorf("%d calls, want 1", got)
	}
}

func TestRetriesAreAShareOfTheCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := fake(t)
		policy := providers.RetryPolicy{Share: 0.1, Spare: 5, FirstWait: time.Millisecond, MaxWait: time.Millisecond}
		account := providers.NewAccount(providers.AccountPolicy{Retry: policy, Breaker: never})
		fetch := func(n int) (retries int) {
			t.Helper()
			before := p.Calls(providers.OperationFetch)
			for i := range n {
				// As each zone has its decorators: what they share is the account.
				guarded := account.Guard(p)
				for range 5 {
					p.FailNext(providers.OperationFetch, errDown)
				}
				if _, err := guarded.Fetch(t.Context(), origin); !errors.Is(err, errDown) {
					t.Fatalf("call %d: error %v", i, err)
				}
			}
			return p.Calls(providers.OperationFetch) - before - n
		}
		if got := fetch(1000); got < 100 || got > 5+100 {
			t.Errorf("%d retries of 1000 calls, want Share and Spare of them, 105", got)
		}
		time.Sleep(time.Hour)
		if got := fetch(10); got < 5 || got > 5+1 {
			t.Errorf("%d retries of 10 calls after an hour, want Share and Spare of them, 6", got)
		}
		time.Sleep(24 * time.Second)
		if got := fetch(1); got < 2 || got > 2+1 {
			t.Errorf("%d retries of a call after 24 s more, want the two that have come back, and Share of 11 calls", got)
		}
	})
}

func TestRetriesThatTheServerAskedForAreFree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := fake(t)
		account := providers.NewAccount(providers.AccountPolicy{Retry: providers.RetryPolicy{Share: 0.001, Spare: 1}})
		for i := range 20 {
			p.FailNext(providers.OperationFetch, &providers.BusyError{After: time.Second, Err: errDown})
			if _, err := account.Guard(p).Fetch(t.Context(), origin); err != nil {
				t.Errorf("call %d: %v", i, err)
			}
		}
	})
}

func TestABusyServerIsTriedOnceMoreOnlyForAWriteThatDidNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := fake(t)
		batch := creating(t, p)
		// The first answer promises that nothing was done, the second is lost after the write.
		p.Inject(providers.OperationApply,
			memory.Fault{Err: &providers.BusyError{Err: errDown}}, memory.Fault{Err: errDown, Written: memory.All})
		_, err := guard(p, providers.AccountPolicy{}).Apply(t.Context(), origin, batch)
		if _, busy := errors.AsType[*providers.BusyError](err); busy || !errors.Is(err, errDown) {
			t.Errorf("error %v, want the last one alone", err)
		}
		if got := p.Calls(providers.OperationApply); got != 2 {
			t.Errorf("%d calls, want 2", got)
		}
	})
}
