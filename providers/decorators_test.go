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
	providers.OperationZoneSettings: func(ctx context.Context, p providers.ZoneProvider, _ providers.Batch) error {
		remover, ok := providers.As[providers.ZoneRemover](p)
		if !ok {
			return errors.New("no ZoneRemover found")
		}
		_, _, err := remover.ZoneSettings(ctx, origin)
		return err
	},
	providers.OperationRemoveZone: func(ctx context.Context, p providers.ZoneProvider, batch providers.Batch) error {
		remover, ok := providers.As[providers.ZoneRemover](p)
		if !ok {
			return errors.New("no ZoneRemover found")
		}
		return remover.RemoveZone(ctx, batch.Base)
	},
}

// guard returns p guarded by an account of its own.
func guard(p providers.ZoneProvider, policy providers.AccountPolicy) providers.ZoneProvider {
	return providers.NewAccount(policy).Guard(p)
}

func TestObserve(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := fake(t)
		batch := creating(t, p)
		p.Inject(providers.OperationFetch, memory.Fault{Before: func() { time.Sleep(3 * time.Second) }, Err: errDown})
		var calls []providers.Call
		observed := providers.Observe(p, func(c providers.Call) { calls = append(calls, c) })
		for _, op := range []providers.Operation{
			providers.OperationZones, providers.OperationFetch, providers.OperationApply, providers.OperationCreateZone, providers.OperationZoneSettings,
		} {
			if err := operations[op](t.Context(), observed, batch); (err != nil) != (op == providers.OperationFetch) {
				t.Error(err)
			}
		}
		if err := operations[providers.OperationRemoveZone](t.Context(), observed, batch); !errors.Is(err, providers.ErrConflict) {
			t.Errorf("removing a zone that has changed: error %v, want one that wraps ErrConflict", err)
		}
		if len(calls) != 6 || !errors.Is(calls[1].Err, errDown) || !errors.Is(calls[5].Err, providers.ErrConflict) {
			t.Fatalf("observed %v", calls)
		}
		calls[1].Err, calls[5].Err = nil, nil
		want := []providers.Call{
			{Operation: providers.OperationZones},
			{Operation: providers.OperationFetch, Zone: origin, Took: 3 * time.Second},
			{Operation: providers.OperationApply, Zone: origin, Ops: 1},
			{Operation: providers.OperationCreateZone, Zone: created},
			{Operation: providers.OperationZoneSettings, Zone: origin},
			{Operation: providers.OperationRemoveZone, Zone: origin},
		}
		if d := cmp.Diff(calls, want, cmp.Comparer(func(a, b zonefile.Name) bool { return a == b })); d != "" {
			t.Errorf("observed (-got +want):\n%s", d)
		}
	})
}

// decorated are all decorators that let an optional interface be found.
func decorated(p providers.ZoneProvider) providers.ZoneProvider {
	return providers.Observe(guard(p, providers.AccountPolicy{}), func(providers.Call) {})
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

func TestDecoratorsPassOnWhatComesBack(t *testing.T) {
	p := fake(t)
	d := decorated(p)
	remover, ok := providers.As[providers.ZoneRemover](d)
	if !ok {
		t.Fatal("no ZoneRemover found")
	}
	p.SetSettings(origin, "Master", map[string]string{"account": "customer 7"})
	kind, settings, err := remover.ZoneSettings(t.Context(), origin)
	if err != nil || kind != "Master" || settings["account"] != "customer 7" {
		t.Errorf("ZoneSettings: %q, %v, %v", kind, settings, err)
	}
	if err := remover.CreateZone(t.Context(), providers.ZoneSpec{Origin: created}); err != nil || p.Served(created) == nil {
		t.Errorf("the zone is not created: %v", err)
	}
	p.Inject(providers.OperationApply, memory.Fault{Err: providers.ErrPartial, Written: 1})
	result, err := d.Apply(t.Context(), origin, creating(t, p))
	if !errors.Is(err, providers.ErrPartial) || len(result.Applied) != 1 {
		t.Errorf("Apply: %d operations, %v; want the result beside its error", len(result.Applied), err)
	}
	base, err := d.Fetch(t.Context(), origin)
	if err != nil {
		t.Fatal(err)
	}
	if err := remover.RemoveZone(t.Context(), base); err != nil || p.Served(origin) != nil {
		t.Errorf("the zone is not removed: %v", err)
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
	if _, ok := providers.As[providers.ZoneRemover](r); ok {
		t.Error("found a ZoneRemover below ReadOnly")
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
