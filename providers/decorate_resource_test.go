package providers_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/zonefile"
)

var (
	mail = providers.ResourceType{
		Kind:    providers.Mail,
		Fields:  []providers.FieldSpec{{Name: "autoconfig", Rule: providers.Mutable, Default: "false"}},
		Removal: providers.RemovedAtPurge,
	}
	sender    = providers.Resource{Kind: providers.Mail, Name: origin, Fields: map[string]string{"autoconfig": "true"}}
	newSender = providers.Resource{Kind: providers.Mail, Name: created}
)

// fakeResources returns a provider with one resource, which can be checked, and that.
func fakeResources(t testing.TB) (*memory.ResourceProvider, *providers.ResourceSnapshot) {
	t.Helper()
	p := memory.NewResources(mail, memory.Checking(func(zonefile.Name) {}))
	p.Set(providers.Resource{Kind: providers.Mail, Name: origin})
	base, err := p.FetchResource(context.Background(), sender)
	if err != nil {
		t.Fatal(err)
	}
	return p, base
}

// resourceOperations call each operation of resources.
var resourceOperations = map[providers.Operation]func(context.Context, providers.ResourceProvider, *providers.ResourceSnapshot) error{
	providers.OperationResources: func(ctx context.Context, p providers.ResourceProvider, _ *providers.ResourceSnapshot) error {
		_, err := p.Resources(ctx, sender)
		return err
	},
	providers.OperationFetchResource: func(ctx context.Context, p providers.ResourceProvider, _ *providers.ResourceSnapshot) error {
		_, err := p.FetchResource(ctx, sender)
		return err
	},
	providers.OperationCreateResource: func(ctx context.Context, p providers.ResourceProvider, _ *providers.ResourceSnapshot) error {
		return p.CreateResource(ctx, newSender)
	},
	providers.OperationUpdateResource: func(ctx context.Context, p providers.ResourceProvider, base *providers.ResourceSnapshot) error {
		return p.UpdateResource(ctx, base, sender, []string{"autoconfig"})
	},
	providers.OperationRemoveResource: func(ctx context.Context, p providers.ResourceProvider, base *providers.ResourceSnapshot) error {
		return p.RemoveResource(ctx, base)
	},
	providers.OperationCheckResource: func(ctx context.Context, p providers.ResourceProvider, base *providers.ResourceSnapshot) error {
		checker, ok := providers.AsResource[providers.ResourceChecker](p)
		if !ok {
			return errors.New("no ResourceChecker found")
		}
		return checker.CheckResource(ctx, base)
	},
}

func TestObserveResources(t *testing.T) {
	for op, want := range map[providers.Operation]providers.Call{
		providers.OperationResources:      {},
		providers.OperationFetchResource:  {Zone: origin},
		providers.OperationCreateResource: {Zone: created},
		providers.OperationUpdateResource: {Zone: origin, Ops: 1},
		providers.OperationRemoveResource: {Zone: origin},
		providers.OperationCheckResource:  {Zone: origin},
	} {
		t.Run(string(op), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, base := fakeResources(t)
				p.Inject(op, memory.Fault{Before: func() { time.Sleep(3 * time.Second) }, Err: errDown}, memory.Fault{})
				var calls []providers.Call
				// Twice, so that nobody gets by one decorator in another.
				outer := providers.NewAccount(providers.AccountPolicy{Retry: providers.RetryPolicy{Tries: 1}})
				observed := outer.GuardResources(providers.ObserveResources(p, func(c providers.Call) { calls = append(calls, c) }))
				for _, want := range []error{errDown, nil} {
					if err := resourceOperations[op](t.Context(), observed, base); !errors.Is(err, want) {
						t.Errorf("error %v, want %v", err, want)
					}
				}
				if len(calls) != 2 || !errors.Is(calls[0].Err, errDown) || calls[0].Took != 3*time.Second {
					t.Fatalf("observed %v", calls)
				}
				want.Operation = op
				if d := cmp.Diff(calls[1], want, cmp.Comparer(func(a, b zonefile.Name) bool { return a == b })); d != "" {
					t.Errorf("observed (-got +want):\n%s", d)
				}
			})
		})
	}
}

func TestGuardResourcesTriesAgain(t *testing.T) {
	busy := &providers.BusyError{Err: errDown}
	for op, call := range resourceOperations {
		reads := op == providers.OperationFetchResource || op == providers.OperationResources
		for _, tt := range []struct {
			err   error
			again bool
		}{
			{busy, true},
			{errDown, reads},
			{fmt.Errorf("written in part: %w: %w", providers.ErrPartial, busy), reads},
			{providers.ErrNoResource, false},
			{providers.ErrConflict, false},
		} {
			t.Run(fmt.Sprintf("%s/%v", op, tt.err), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					p, base := fakeResources(t)
					before := p.Calls(op)
					p.FailNext(op, tt.err)
					guarded := providers.NewAccount(providers.AccountPolicy{}).GuardResources(p)
					if err := call(t.Context(), guarded, base); (err == nil) != tt.again {
						t.Errorf("error %v", err)
					}
					if got := p.Calls(op) - before; (got == 2) != tt.again || got > 2 {
						t.Errorf("%d calls, to be called again: %t", got, tt.again)
					}
				})
			})
		}
	}
}

// The requests of an account count for its rate, and not the calls that make them.
func TestGuardResourcesCountsNoCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, base := fakeResources(t)
		guarded := providers.NewAccount(providers.AccountPolicy{Rate: providers.Rate{PerSecond: 1}}).GuardResources(p)
		begin := time.Now()
		for range 5 {
			if err := resourceOperations[providers.OperationFetchResource](t.Context(), guarded, base); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(begin); took > 0 {
			t.Errorf("five calls took %s", took)
		}
	})
}

// A server that fails for one resource after the other is down, and one that says that it does not have them is not.
func TestBreakerOfResources(t *testing.T) {
	for err, opens := range map[error]bool{errDown: true, providers.ErrNoResource: false} {
		t.Run(err.Error(), func(t *testing.T) {
			p, base := fakeResources(t)
			guarded := providers.NewAccount(providers.AccountPolicy{
				Retry: providers.RetryPolicy{Tries: 1}, Breaker: providers.BreakerPolicy{Failures: 3},
			}).GuardResources(p)
			for _, name := range []string{"a.example.", "b.example.", "c.example."} {
				p.FailNext(providers.OperationFetchResource, err)
				_, got := guarded.FetchResource(t.Context(), providers.Resource{Kind: providers.Mail, Name: zonefile.MustParseName(name)})
				if !errors.Is(got, err) {
					t.Errorf("%s: error %v, want %v", name, got, err)
				}
			}
			calls := p.Calls(providers.OperationFetchResource)
			_, busy := errors.AsType[*providers.BusyError](resourceOperations[providers.OperationFetchResource](t.Context(), guarded, base))
			if asked := p.Calls(providers.OperationFetchResource) > calls; busy != opens || asked == opens {
				t.Errorf("the next call: asked %t, busy %t; want the breaker open: %t", asked, busy, opens)
			}
		})
	}
}

func TestAsResourceLooksThroughDecorators(t *testing.T) {
	decorated := func(p providers.ResourceProvider) providers.ResourceProvider {
		return providers.ObserveResources(providers.NewAccount(providers.AccountPolicy{}).GuardResources(p), func(providers.Call) {})
	}
	p, _ := fakeResources(t)
	if found, ok := providers.AsResource[*memory.ResourceProvider](decorated(p)); !ok || found != p {
		t.Errorf("found %v, %t, want the provider", found, ok)
	}
	if _, ok := providers.AsResource[providers.ResourceChecker](decorated(memory.NewResources(mail))); ok {
		t.Error("found a ResourceChecker, and the provider is none")
	}
}

func TestReadOnlyResourcesHidesEverythingElse(t *testing.T) {
	p, base := fakeResources(t)
	r := providers.ReadOnlyResources(providers.ObserveResources(p, func(providers.Call) {}))
	if _, ok := providers.AsResource[providers.ResourceProvider](r); ok {
		t.Error("found a ResourceProvider below ReadOnlyResources")
	}
	if _, ok := providers.AsResource[providers.ResourceChecker](r); ok {
		t.Error("found a ResourceChecker below ReadOnlyResources")
	}
	if _, ok := providers.AsResource[providers.ResourceUnwrapper](r); ok {
		t.Error("found a ResourceUnwrapper in ReadOnlyResources")
	}
	snapshot, err := r.FetchResource(t.Context(), sender)
	if err != nil || snapshot.ID != base.ID {
		t.Errorf("FetchResource: %v, %v", snapshot, err)
	}
	if all, err := r.Resources(t.Context(), sender); err != nil || len(all) != 1 {
		t.Errorf("Resources: %v, %v", all, err)
	}
	if got, err := r.NormalizeResource(sender); err != nil || got.Name != origin {
		t.Errorf("NormalizeResource: %v, %v", got, err)
	}
	if got := r.ResourceType(); got.Kind != providers.Mail {
		t.Errorf("ResourceType: %v", got)
	}
}
