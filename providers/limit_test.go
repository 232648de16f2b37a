package providers_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
)

func TestLimitPerSecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := fake(t)
		batch := creating(t, p)
		limited := guard(p, providers.AccountPolicy{Rate: providers.Rate{PerSecond: 2, Burst: 3}})
		begin := time.Now()
		var began []time.Duration
		for _, op := range []providers.Operation{
			providers.OperationZones, providers.OperationFetch, providers.OperationApply, // the burst, shared by all
			providers.OperationCreateZone, providers.OperationZones, providers.OperationFetch,
		} {
			if err := operations[op](t.Context(), limited, batch); err != nil {
				t.Fatal(err)
			}
			began = append(began, time.Since(begin))
		}
		want := []time.Duration{0, 0, 0, 500 * time.Millisecond, time.Second, 1500 * time.Millisecond}
		if d := cmp.Diff(began, want); d != "" {
			t.Errorf("the calls began at (-got +want):\n%s", d)
		}
	})
}

func TestLimitConcurrent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := fake(t)
		limited := guard(p, providers.AccountPolicy{Rate: providers.Rate{Concurrent: 2}})
		var mu sync.Mutex
		running, most := 0, 0
		slow := memory.Fault{Before: func() {
			mu.Lock()
			running++
			most = max(most, running)
			mu.Unlock()
			time.Sleep(time.Second)
			mu.Lock()
			running--
			mu.Unlock()
		}}
		begin := time.Now()
		var wg sync.WaitGroup
		for range 3 {
			for _, op := range []providers.Operation{providers.OperationZones, providers.OperationFetch} {
				p.Inject(op, slow)
				wg.Go(func() {
					if err := operations[op](t.Context(), limited, providers.Batch{}); err != nil {
						t.Error(err)
					}
				})
			}
		}
		wg.Wait()
		if most != 2 || time.Since(begin) != 3*time.Second {
			t.Errorf("%d calls at once, over %s; want 2, over 3s", most, time.Since(begin))
		}
	})
}

func TestLimitEndsWithTheContext(t *testing.T) {
	for name, rate := range map[string]providers.Rate{
		"per second": {PerSecond: 0.1},
		"concurrent": {Concurrent: 1},
	} {
		for op, call := range operations {
			t.Run(name+"/"+string(op), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					p := fake(t)
					batch := creating(t, p)
					limited := guard(p, providers.AccountPolicy{Rate: rate})
					release := make(chan struct{})
					p.Inject(providers.OperationFetch, memory.Fault{Before: func() { <-release }})
					var wg sync.WaitGroup
					wg.Go(func() {
						if _, err := limited.Fetch(t.Context(), origin); err != nil {
							t.Error(err)
						}
					})
					synctest.Wait()
					before := p.Calls(op)
					short, cancel := context.WithTimeout(t.Context(), time.Second)
					defer cancel()
					if err := call(short, limited, batch); !errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("error %v, want %v", err, context.DeadlineExceeded)
					}
					cancelled, cancel := context.WithCancel(t.Context())
					cancel()
					if err := call(cancelled, limited, batch); !errors.Is(err, context.Canceled) {
						t.Errorf("error %v, want %v", err, context.Canceled)
					}
					if got := p.Calls(op) - before; got != 0 {
						t.Errorf("%d calls were begun without a turn", got)
					}
					close(release)
					wg.Wait()
					// Whoever gave up has given its turn back.
					if err := call(t.Context(), limited, batch); err != nil {
						t.Error(err)
					}
				})
			})
		}
	}
}

func TestLimitGivesBackWhatItDoesNotUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limited := guard(fake(t), providers.AccountPolicy{Rate: providers.Rate{PerSecond: 0.1, Concurrent: 1}})
		if _, err := limited.Fetch(t.Context(), origin); err != nil {
			t.Fatal(err)
		}
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := limited.Fetch(short, origin); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, want %v", err, context.DeadlineExceeded)
		}
		long, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := limited.Fetch(long, origin); err != nil {
			t.Errorf("the slot of a call that was not begun is lost: %v", err)
		}
	})
}
