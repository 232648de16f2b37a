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

// once is a policy without retries.
var once = providers.RetryPolicy{Tries: 1}

// zones returns n names of zones.
func zones(n int) []zonefile.Name {
	names := make([]zonefile.Name, n)
	for i := range names {
		names[i] = zonefile.MustParseName(fmt.Sprintf("zone%d.example.", i))
	}
	return names
}

// failAll fetches zones one after the other, each of which fails.
func failAll(t *testing.T, p *memory.Provider, guarded providers.ZoneProvider, names []zonefile.Name, fails error) {
	t.Helper()
	for _, name := range names {
		if p.Served(name) == nil {
			p.AddZone(zonefile.NewZone(name))
		}
		before := p.Calls(providers.OperationFetch)
		p.FailNext(providers.OperationFetch, fails)
		_, err := guarded.Fetch(t.Context(), name)
		if p.Calls(providers.OperationFetch) == before {
			t.Fatalf("%s was not asked for: %v", name, err)
		}
	}
}

func TestBreakerOpens(t *testing.T) {
	one := zones(1)
	repeated := []zonefile.Name{one[0], one[0], one[0], one[0], one[0], one[0], one[0], one[0]}
	wrapped := fmt.Errorf("GET /zones: %w", errDown)
	for _, test := range []struct {
		name  string
		zones []zonefile.Name
		err   error
		opens bool
	}{
		{"after five failures", zones(5), wrapped, true},
		{"after five answers that the server is busy", zones(5), &providers.BusyError{Err: errDown}, true},
		{"after five timeouts", zones(5), context.DeadlineExceeded, true},
		{"not after four", zones(4), wrapped, false},
		{"not after many of one zone", repeated, wrapped, false},
		{"not after many of two zones", append(repeated, zones(2)...), wrapped, false},
		{"not when the server says how long", zones(5), &providers.BusyError{After: time.Nanosecond, Err: errDown}, false},
		{"not when the calls are cancelled", zones(5), context.Canceled, false},
		{"not without the zones", zones(5), providers.ErrNoZone, false},
		{"not for what is not authorized", zones(5), providers.ErrAuth, false},
		{"not for what is blocked", zones(5), providers.ErrBlocked, false},
		{"not for what is not supported", zones(5), providers.ErrUnsupported, false},
		{"not for what is in conflict", zones(5), providers.ErrConflict, false},
		{"not for what is not accepted", zones(5), fmt.Errorf("NEWTYPE: %w", providers.ErrInvalid), false},
		{"not for what was done in part", zones(5), providers.ErrPartial, false},
		{"not for what is permanent", zones(5), fmt.Errorf("fetch: %w", permanent(true)), false},
		{"after five that are not permanent", zones(5), fmt.Errorf("fetch: %w", permanent(false)), true},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := fake(t)
				account := providers.NewAccount(providers.AccountPolicy{Retry: once})
				failAll(t, p, account.Guard(p), test.zones, test.err)
				time.Sleep(time.Millisecond)
				before := p.Calls(providers.OperationFetch)
				_, err := account.Guard(p).Fetch(t.Context(), origin)
				if open := p.Calls(providers.OperationFetch) == before; open != test.opens || (err != nil) != test.opens {
					t.Errorf("open %t, want %t; error %v", open, test.opens, err)
				}
			})
		})
	}
}

func TestBreakerOpensWhenTheListFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := fake(t)
		guarded := guard(p, providers.AccountPolicy{Retry: once})
		for range 5 {
			p.FailNext(providers.OperationZones, errDown)
			if _, err := guarded.Zones(t.Context()); !errors.Is(err, errDown) {
				t.Fatal(err)
			}
		}
		if _, err := guarded.Zones(t.Context()); err == nil || p.Calls(providers.OperationZones) != 5 {
			t.Errorf("%d calls, %v; want 5, and an error", p.Calls(providers.OperationZones), err)
		}
	})
}

func TestSuccessesKeepTheBreakerClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := fake(t)
		guarded := guard(p, providers.AccountPolicy{Retry: once})
		for range 10 {
			failAll(t, p, guarded, zones(4), errDown)
			if _, err := guarded.Fetch(t.Context(), origin); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestASuccessForgetsTheZonesThatFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := fake(t)
		guarded := guard(p, providers.AccountPolicy{Retry: once})
		failAll(t, p, guarded, zones(4), errDown)
		if _, err := guarded.Fetch(t.Context(), origin); err != nil {
			t.Fatal(err)
		}
		for range 10 {
			failAll(t, p, guarded, zones(1), errDown)
		}
	})
}

func TestWhatSaysNothingCountsForNeitherSide(t *testing.T) {
	for name, nothing := range map[string]error{
		"cancelled": context.Canceled, "not supported": providers.ErrUnsupported, "told to wait": tooMany(time.Nanosecond),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := fake(t)
				guarded := guard(p, providers.AccountPolicy{Retry: once})
				failAll(t, p, guarded, zones(4), errDown)
				failAll(t, p, guarded, zones(1), nothing)
				time.Sleep(time.Nanosecond)
				failAll(t, p, guarded, zones(1), errDown)
				if _, err := guarded.Fetch(t.Context(), origin); err == nil {
					t.Error("five failures did not open the breaker")
				}
			})
		})
	}
}

func TestOpenBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := fake(t)
		batch := creating(t, p)
		account := providers.NewAccount(providers.AccountPolicy{
			Rate: providers.Rate{PerSecond: 0.01, Burst: 5}, Breaker: providers.BreakerPolicy{Open: time.Minute}, Retry: once,
		})
		since := time.Now()
		failAll(t, p, account.Guard(p), zones(5), fmt.Errorf("GET /zones: %w: %w", errDown, context.DeadlineExceeded))
		time.Sleep(20 * time.Second)
		for op, call := range operations {
			before, begin := p.Calls(op), time.Now()
			err := call(t.Context(), account.Guard(p), batch)
			busy, ok := errors.AsType[*providers.BusyError](err)
			if !ok || busy.After != 40*time.Second {
				t.Errorf("%s: error %v, want a BusyError with the rest of the minute", op, err)
				continue
			}
			if text := err.Error(); !strings.Contains(text, since.UTC().Format(time.RFC3339)) || !strings.Contains(text, "GET /zones: connection refused") {
				t.Errorf("%s: the error does not say since when and why: %s", op, text)
			}
			if errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: the error is that of another call: %v", op, err)
			}
			if p.Calls(op) != before || time.Since(begin) != 0 {
				t.Errorf("%s: %d calls in %s, want none, at once", op, p.Calls(op)-before, time.Since(begin))
			}
		}
	})
}

// opened returns what an account guards whose breaker was opened and may be closed again.
func opened(t *testing.T, p *memory.Provider) providers.ZoneProvider {
	t.Helper()
	guarded := guard(p, providers.AccountPolicy{Retry: once})
	failAll(t, p, guarded, zones(5), errDown)
	_, err := guarded.Fetch(t.Context(), origin)
	busy, ok := errors.AsType[*providers.BusyError](err)
	if !ok {
		t.Fatalf("error %v, want a BusyError", err)
	}
	time.Sleep(busy.After)
	return guarded
}

func TestBreakerTriesAgain(t *testing.T) {
	bad := errors.New("status 500")
	for _, test := range []struct {
		name  string
		errs  []error // of the calls that are made to see, each for another zone
		opens bool
	}{
		{"and is closed by a success", []error{nil}, false},
		{"and is closed by an answer about the zone", []error{providers.ErrNoZone}, false},
		{"and is closed by an answer that makes no sense", []error{permanent(true)}, false},
		{"and goes on trying after a bad zone", []error{bad}, false},
		{"and is closed by a success after two bad zones", []error{bad, bad, nil}, false},
		{"and opens again after three zones", []error{errDown, errDown, errDown}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := fake(t)
				guarded := opened(t, p)
				for i, want := range test.errs {
					if want != nil {
						failAll(t, p, guarded, zones(5)[i:i+1], want)
					} else if _, err := guarded.Fetch(t.Context(), origin); err != nil {
						t.Fatal(err)
					}
				}
				_, err := guarded.Fetch(t.Context(), origin)
				busy, ok := errors.AsType[*providers.BusyError](err)
				if ok != test.opens || (err != nil) != test.opens || ok && busy.After != 30*time.Second {
					t.Errorf("afterwards: %v", err)
				}
			})
		})
	}
}

func TestOneBadZoneDoesNotKeepTheBreakerOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := fake(t)
		guarded := opened(t, p)
		for range 10 {
			failAll(t, p, guarded, zones(1), errDown)
		}
		if _, err := guarded.Fetch(t.Context(), origin); err != nil {
			t.Errorf("a zone that is well: %v", err)
		}
	})
}

// TestCallsWaitForTheOneThatSees has two calls begin while another is made to see whether the server answers.
func TestCallsWaitForTheOneThatSees(t *testing.T) {
	for _, test := range []struct {
		name string
		errs []error       // of the call that is made to see, and of those that come to be made to see after it
		took time.Duration // by the call that is made to see
		ends time.Duration // when the others end
		says string        // what they end with, empty for no error
	}{
		{"it answers", []error{nil}, 10 * time.Second, 10 * time.Second, ""},
		{"it does not", []error{errDown, errDown, errDown}, 10 * time.Second, 10 * time.Second, "refused"},
		{"it takes long", []error{nil}, time.Minute, 30 * time.Second, "down since"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := fake(t)
				guarded := opened(t, p)
				for i, err := range test.errs {
					fault := memory.Fault{Err: err}
					if i == 0 {
						fault.Before = func() { time.Sleep(test.took) }
					}
					p.Inject(providers.OperationFetch, fault)
				}
				before, begin := p.Calls(providers.OperationFetch), time.Now()
				var calls sync.WaitGroup
				calls.Go(func() { _, _ = guarded.Fetch(t.Context(), zones(3)[0]) })
				synctest.Wait()
				for _, name := range zones(3)[1:] {
					calls.Go(func() {
						_, err := guarded.Fetch(t.Context(), name)
						if took := time.Since(begin); took != test.ends || (err != nil) != (test.says != "") || err != nil && !strings.Contains(err.Error(), test.says) {
							t.Errorf("%s: %v after %s, want %q after %s", name, err, took, test.says, test.ends)
						}
					})
				}
				synctest.Wait()
				if n := p.Calls(providers.OperationFetch) - before; n != 1 {
					t.Errorf("%d calls are made to see whether the server answers, want 1", n)
				}
				calls.Wait()
			})
		})
	}
	t.Run("until its context ends", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := fake(t)
			guarded := opened(t, p)
			p.Inject(providers.OperationFetch, memory.Fault{Before: func() { time.Sleep(time.Minute) }})
			var calls sync.WaitGroup
			calls.Go(func() { _, _ = guarded.Fetch(t.Context(), origin) })
			synctest.Wait()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, err := guarded.Fetch(ctx, origin)
			if _, ok := errors.AsType[*providers.BusyError](err); !ok || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error %v, want a BusyError of the deadline", err)
			}
			calls.Wait()
		})
	})
}

func TestRetriesEndWhenTheBreakerOpens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := fake(t)
		account := providers.NewAccount(providers.AccountPolicy{Breaker: providers.BreakerPolicy{Failures: 7}})
		for _, name := range zones(3) {
			p.AddZone(zonefile.NewZone(name))
			for range 5 {
				p.FailNext(providers.OperationFetch, errDown)
			}
			begin := time.Now()
			_, err := account.Guard(p).Fetch(t.Context(), name)
			if _, busy := errors.AsType[*providers.BusyError](err); busy || !errors.Is(err, errDown) {
				t.Errorf("%s: error %v, want its own alone", name, err)
			}
			if opens, took := name == zones(3)[2], time.Since(begin); opens != (took == 0) {
				t.Errorf("%s took %s", name, took)
			}
		}
		if got := p.Calls(providers.OperationFetch); got != 5+5+1 {
			t.Errorf("%d calls, want 11: the first for a third zone opens the breaker", got)
		}
	})
}
