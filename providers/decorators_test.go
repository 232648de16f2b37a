package providers_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/providers/providertest"
	"github.com/zoneward/zoneward/zonefile"
)

var (
	origin  = zonefile.MustParseName("example.com.")
	created = zonefile.MustParseName("new.example.")
	www     = zonefile.MustParseRRset("www.example.com. 300 A", "192.0.2.1")
	errDown = errors.New("connection refused")
)

// permanent is a providers.PermanentError.
type permanent bool

func (p permanent) Error() string   { return fmt.Sprintf("permanent: %t", bool(p)) }
func (p permanent) Permanent() bool { return bool(p) }

// fake returns a provider with one zone.
func fake(t testing.TB) *memory.Provider {
	t.Helper()
	z, err := zonefile.ZoneOf(origin,
		zonefile.MustParseRRset("example.com. 3600 SOA", "ns1.example. hostmaster.example. 1 7200 3600 1209600 300"),
		zonefile.MustParseRRset("example.com. 3600 NS", "ns1.example."))
	if err != nil {
		t.Fatal(err)
	}
	p := memory.New()
	p.AddZone(z)
	return p
}

// creating returns a batch that creates www.
func creating(t testing.TB, p *memory.Provider) providers.Batch {
	t.Helper()
	base, err := p.Fetch(context.Background(), origin)
	if err != nil {
		t.Fatal(err)
	}
	return providers.NewBatch(base, []zonefile.Change{{New: &www}})
}

// operations call each operation that the decorators decorate.
var operations = map[providers.Operation]func(context.Context, providers.ZoneProvider, providers.Batch) error{
	providers.OperationZones: func(ctx context.Context, p providers.ZoneProvider, _ providers.Batch) error {
		_, err := p.Zones(ctx)
		return err
	},
	providers.OperationFetch: func(ctx context.Context, p providers.ZoneProvider, _ providers.Batch) error {
		_, err := p.Fetch(ctx, origin)
		return err
	},
	providers.OperationApply: func(ctx context.Context, p providers.ZoneProvider, batch providers.Batch) error {
		_, err := p.Apply(ctx, origin, batch)
		return err
	},
	providers.OperationCreateZone: func(ctx context.Context, p providers.ZoneProvider, _ providers.Batch) error {
		creator, ok := providers.As[providers.ZoneCreator](p)
		if !ok {
			return errors.New("no ZoneCreator found")
		}
		return creator.CreateZone(ctx, providers.ZoneSpec{Origin: created})
	},
}

func TestRetryTriesAgain(t *testing.T) {
	wrapped := func(err error) error { return fmt.Errorf("GET /zones: %w", err) }
	reads := []providers.Operation{providers.OperationZones, providers.OperationFetch}
	writes := []providers.Operation{providers.OperationApply, providers.OperationCreateZone}
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
		{"writes in part", wrapped(providers.ErrPartial), writes, 1},
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
					err := operations[op](t.Context(), providers.Retry(p, providers.RetryPolicy{}), batch)
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
			if _, busy := test.err.(*providers.BusyError); (op == providers.OperationApply || op == providers.OperationCreateZone) && !busy { //nolint:errorlint // it is not wrapped
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
					begin := time.Now()
					if err := call(t.Context(), providers.Retry(p, test.policy), batch); !errors.Is(err, test.err) {
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
		_, err := providers.Retry(p, providers.RetryPolicy{}).Fetch(ctx, origin)
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
	_, err := providers.Retry(p, providers.RetryPolicy{}).Fetch(ctx, origin)
	if want := "fetch example.com.: context canceled"; !errors.Is(err, context.Canceled) || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	if got := p.Calls(providers.OperationFetch); got != 1 {
		t.Errorf("%d calls, want 1", got)
	}
}

func TestLimitPerSecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := fake(t)
		batch := creating(t, p)
		limited := providers.Limit(p, providers.Rate{PerSecond: 2, Burst: 3})
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
		limited := providers.Limit(p, providers.Rate{Concurrent: 2})
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
					limited := providers.Limit(p, rate)
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
		limited := providers.Limit(fake(t), providers.Rate{PerSecond: 0.1, Concurrent: 1})
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

func TestObserve(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := fake(t)
		batch := creating(t, p)
		slow := memory.Fault{Before: func() { time.Sleep(3 * time.Second) }, Err: errDown}
		p.Inject(providers.OperationFetch, slow)
		var calls []providers.Call
		observed := providers.Observe(p, func(c providers.Call) { calls = append(calls, c) })
		for _, op := range []providers.Operation{
			providers.OperationZones, providers.OperationFetch, providers.OperationApply, providers.OperationCreateZone,
		} {
			if err := operations[op](t.Context(), observed, batch); (err != nil) != (op == providers.OperationFetch) {
				t.Error(err)
			}
		}
		if len(calls) != 4 || !errors.Is(calls[1].Err, errDown) {
			t.Fatalf("observed %v", calls)
		}
		calls[1].Err = nil
		want := []providers.Call{
			{Operation: providers.OperationZones},
			{Operation: providers.OperationFetch, Zone: origin, Took: 3 * time.Second},
			{Operation: providers.OperationApply, Zone: origin, Ops: 1},
			{Operation: providers.OperationCreateZone, Zone: created},
		}
		if d := cmp.Diff(calls, want, cmp.Comparer(func(a, b zonefile.Name) bool { return a == b })); d != "" {
			t.Errorf("observed (-got +want):\n%s", d)
		}
	})
}

// decorated are all decorators that let an optional interface be found.
func decorated(p providers.ZoneProvider) providers.ZoneProvider {
	return providers.Observe(providers.Retry(providers.Limit(p, providers.Rate{}), providers.RetryPolicy{}), func(providers.Call) {})
}

func TestDecoratorsKeepTheContract(t *testing.T) {
	providertest.Run(t, func(t *testing.T) providertest.Fixture {
		return providertest.Fixture{Provider: decorated(fake(t)), Origin: origin, NewZone: zonefile.MustParseName("new.example.")}
	})
}

func TestAsLooksThroughDecorators(t *testing.T) {
	p := fake(t)
	if found, ok := providers.As[*memory.Provider](decorated(p)); !ok || found != p {
		t.Errorf("found %v, %t, want the provider", found, ok)
	}
}

func TestDecoratorsCreateZonesWhereTheProviderDoes(t *testing.T) {
	for name, decorate := range map[string]func(providers.ZoneProvider) providers.ZoneProvider{
		"limit": func(p providers.ZoneProvider) providers.ZoneProvider { return providers.Limit(p, providers.Rate{}) },
		"retry": func(p providers.ZoneProvider) providers.ZoneProvider {
			return providers.Retry(p, providers.RetryPolicy{})
		},
		"observe": func(p providers.ZoneProvider) providers.ZoneProvider {
			return providers.Observe(p, func(providers.Call) {})
		},
		"all": decorated,
	} {
		t.Run(name, func(t *testing.T) {
			p := fake(t)
			d := decorate(p)
			creator, ok := providers.As[providers.ZoneCreator](d)
			if !ok || any(creator) != any(d) {
				t.Fatalf("found %v, %t, want the decorator", creator, ok)
			}
			if err := creator.CreateZone(t.Context(), providers.ZoneSpec{Origin: created}); err != nil || p.Served(created) == nil {
				t.Errorf("the zone is not created: %v", err)
			}
			plain := struct{ providers.ZoneProvider }{p}
			if _, ok := providers.As[providers.ZoneCreator](decorate(plain)); ok {
				t.Error("found a ZoneCreator in a provider that is none")
			}
		})
	}
}

func TestReadOnlyHidesEverythingElse(t *testing.T) {
	p := fake(t)
	r := providers.ReadOnly(decorated(p))
	if _, ok := providers.As[providers.ZoneProvider](r); ok {
		t.Error("found a ZoneProvider below ReadOnly")
	}
	if _, ok := providers.As[providers.ZoneCreator](r); ok {
		t.Error("found a ZoneCreator below ReadOnly")
	}
	if _, ok := providers.As[providers.Unwrapper](r); ok {
		t.Error("found an Unwrapper in ReadOnly")
	}
	snapshot, err := r.Fetch(t.Context(), origin)
	if err != nil || snapshot.Zone.Len() != 2 {
		t.Errorf("Fetch: %v, %v", snapshot, err)
	}
	if zones, err := r.Zones(t.Context()); err != nil || len(zones) != 1 {
		t.Errorf("Zones: %v, %v", zones, err)
	}
	if got, err := r.Normalize(www); err != nil || got != www {
		t.Errorf("Normalize: %v, %v", got, err)
	}
}
