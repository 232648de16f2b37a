package providers_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/zonefile"
)

// tooMany is what a server answers that wants to be left alone.
func tooMany(after time.Duration) error {
	return fmt.Errorf("GET /zones: %w", &providers.BusyError{After: after, Err: errors.New("429 Too Many Requests")})
}

// TestRetryAfterIsForTheWholeAccount has one of many zones told to wait: no call for any of them begins before that time is over, and then all
// succeed.
func TestRetryAfterIsForTheWholeAccount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := fake(t)
		account := providers.NewAccount(providers.AccountPolicy{Rate: providers.Rate{PerSecond: 10, Burst: 5, Concurrent: 4}})
		begin := time.Now()
		var mu sync.Mutex
		var began []time.Duration
		watched := providers.Observe(p, func(providers.Call) {
			mu.Lock()
			defer mu.Unlock()
			began = append(began, time.Since(begin)) // a call of the fake takes no time
		})
		p.FailNext(providers.OperationFetch, tooMany(7*time.Second))
		if _, err := account.Guard(watched).Fetch(shortly(t, time.Second), origin); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("error %v, want the context's", err)
		}
		var wg sync.WaitGroup
		for _, name := range zones(20) {
			p.AddZone(zonefile.NewZone(name))
			guarded := account.Guard(watched)
			wg.Go(func() {
				if _, err := guarded.Fetch(t.Context(), name); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if len(began) != 21 || began[0] != 0 {
			t.Fatalf("the calls began at %s, want 21, the first at once", began)
		}
		for _, at := range began[1:] {
			if at < 7*time.Second {
				t.Errorf("a call began after %s, want none before 7s", at)
			}
		}
	})
}

func shortly(t *testing.T, timeout time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	t.Cleanup(cancel)
	return ctx
}

// TestThePauseAlsoStopsThoseInLine has a call wait for its turn, as the rate wants, when another one is told that the server wants to be left alone.
func TestThePauseAlsoStopsThoseInLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := fake(t)
		guarded := guard(p, providers.AccountPolicy{Rate: providers.Rate{PerSecond: 1}, Retry: once})
		begin := time.Now()
		// It is told so half a second after it has begun, when the other one is waiting for its own second.
		p.Inject(providers.OperationFetch, memory.Fault{Before: func() { time.Sleep(500 * time.Millisecond) }, Err: tooMany(7 * time.Second)})
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := guarded.Fetch(t.Context(), origin); err == nil {
				t.Error("no error")
			}
		})
		synctest.Wait()
		if _, err := guarded.Fetch(t.Context(), origin); err != nil {
			t.Error(err)
		}
		if took := time.Since(begin); took < 7500*time.Millisecond {
			t.Errorf("the second call was made after %s, want 7.5s or more", took)
		}
		wg.Wait()
	})
}

func TestALaterPauseDoesNotShortenOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := fake(t)
		guarded := guard(p, providers.AccountPolicy{Retry: once})
		begin := time.Now()
		p.Inject(providers.OperationZones, memory.Fault{Before: func() { time.Sleep(time.Second) }, Err: tooMany(time.Second)})
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := guarded.Zones(t.Context()); err == nil {
				t.Error("no error")
			}
		})
		synctest.Wait()
		p.FailNext(providers.OperationFetch, tooMany(7*time.Second))
		if _, err := guarded.Fetch(t.Context(), origin); err == nil {
			t.Error("no error")
		}
		wg.Wait()
		if _, err := guarded.Fetch(t.Context(), origin); err != nil || time.Since(begin) != 7*time.Second {
			t.Errorf("the next call was made after %s, %v; want 7s", time.Since(begin), err)
		}
	})
}

// TestACallThatIsNotMadeAgainSaysWhatItHadFailedWith has an account told to wait for long while a call waits to be tried again.
func TestACallThatIsNotMadeAgainSaysWhatItHadFailedWith(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := fake(t)
		guarded := guard(p, providers.AccountPolicy{})
		p.FailNext(providers.OperationFetch, errDown)
		p.FailNext(providers.OperationZones, tooMany(time.Minute))
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := guarded.Fetch(t.Context(), origin)
			if busy, ok := errors.AsType[*providers.BusyError](err); !ok || busy.After == 0 || !errors.Is(err, errDown) {
				t.Errorf("error %v, want a BusyError and what the first try ended with", err)
			}
		})
		synctest.Wait()
		if _, err := guarded.Zones(t.Context()); err == nil {
			t.Error("no error")
		}
		wg.Wait()
		if got := p.Calls(providers.OperationFetch); got != 1 {
			t.Errorf("%d calls, want 1", got)
		}
	})
}

func TestWhatAServerMayAskFor(t *testing.T) {
	for _, test := range []struct {
		name   string
		after  time.Duration
		policy providers.RetryPolicy
		within time.Duration // the deadline of the second call, 0 for none
		took   time.Duration // until the second call has ended
		rest   time.Duration // its BusyError.After if it is not made
	}{
		{"a wait that is short enough", 20 * time.Second, providers.RetryPolicy{}, 0, 20 * time.Second, 0},
		{"one that is longer than the longest", 31 * time.Second, providers.RetryPolicy{}, 0, 0, 31 * time.Second},
		{"one that ends after the deadline", 20 * time.Second, providers.RetryPolicy{}, 10 * time.Second, 0, 20 * time.Second},
		{"for ever", 1000 * time.Hour, providers.RetryPolicy{MaxWait: 24 * time.Hour}, 0, time.Hour, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := fake(t)
				account := providers.NewAccount(providers.AccountPolicy{Retry: test.policy})
				p.FailNext(providers.OperationZones, tooMany(test.after))
				if _, err := account.Guard(p).Zones(shortly(t, time.Nanosecond)); err == nil {
					t.Fatal("no error")
				}
				ctx := t.Context()
				if test.within > 0 {
					ctx = shortly(t, test.within)
				}
				begin := time.Now()
				_, err := account.Guard(p).Fetch(ctx, origin)
				if took := time.Since(begin).Round(time.Second); took != test.took {
					t.Errorf("took %s, want %s", took, test.took)
				}
				if test.rest == 0 {
					if err != nil {
						t.Error(err)
					}
					return
				}
				busy, ok := errors.AsType[*providers.BusyError](err)
				if !ok || busy.After.Round(time.Second) != test.rest || !strings.Contains(err.Error(), "429 Too Many Requests") {
					t.Errorf("error %v, want a BusyError with %s and what the server answered", err, test.rest)
				}
				if errors.Is(err, context.DeadlineExceeded) != (test.within > 0) {
					t.Errorf("error %v, and the deadline is %s", err, test.within)
				}
			})
		})
	}
}

// TestWhatWasNotBegunIsBusy checks that a caller whose write did not get its turn learns that nothing was done.
func TestWhatWasNotBegunIsBusy(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, rate := range map[string]providers.Rate{
		"no limit": {}, "per second": {PerSecond: 0.1}, "concurrent": {Concurrent: 1},
	} {
		for op, call := range operations {
			t.Run(name+"/"+string(op), func(t *testing.T) {
				p := fake(t)
				batch := creating(t, p)
				before := p.Calls(op)
				err := call(cancelled, guard(p, providers.AccountPolicy{Rate: rate}), batch)
				if _, busy := errors.AsType[*providers.BusyError](err); !busy || !errors.Is(err, context.Canceled) {
					t.Errorf("error %v, want a BusyError that wraps the context's", err)
				}
				if got := p.Calls(op) - before; got != 0 {
					t.Errorf("%d calls, want none", got)
				}
			})
		}
	}
}

// TestAccountsDoNotDisturbEachOther has one account that is down and told to wait beside another.
func TestAccountsDoNotDisturbEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := fake(t)
		down := providers.NewAccount(providers.AccountPolicy{Retry: once})
		failAll(t, p, down.Guard(p), zones(5), errDown)
		if _, err := down.Guard(p).Fetch(t.Context(), origin); err == nil {
			t.Fatal("no error")
		}
		begin := time.Now()
		if _, err := guard(p, providers.AccountPolicy{}).Fetch(t.Context(), origin); err != nil || time.Since(begin) != 0 {
			t.Errorf("took %s: %v", time.Since(begin), err)
		}
	})
}
