package providertest_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/providers/providertest"
	"github.com/zoneward/zoneward/zonefile"
)

var (
	lostBefore = memory.Fault{Err: errLost}
	lostAfter  = memory.Fault{Err: errLost, Written: memory.All}
	www        = zonefile.MustParseRRset("www.example.com. 300 A", "192.0.2.1")
	theirs     = zonefile.MustParseRRset("www.example.com. 300 A", "192.0.2.9")
	other      = zonefile.MustParseRRset("other.example.com. 300 A", "192.0.2.9")
)

// faulty returns a fake with a zone, and faults in its next calls of an operation.
func faulty(op providers.Operation, faults []memory.Fault) (*memory.Provider, providers.ZoneProvider) {
	p := memory.New(everything()...)
	p.AddZone(apexOf(origin))
	p.Inject(op, faults...)
	return p, providertest.Persistent(p)
}

func find[T any](t *testing.T, p providers.ZoneProvider) T {
	t.Helper()
	found, ok := providers.As[T](p)
	if !ok {
		t.Fatalf("it is not a %T", *new(T))
	}
	return found
}

func TestPersistentApply(t *testing.T) {
	write := func(set zonefile.RRset) func(*memory.Provider) {
		return func(p *memory.Provider) { p.Write(origin, zonefile.Change{New: &set}) }
	}
	invalid := memory.Fault{Err: providers.ErrInvalid}
	for _, test := range []struct {
		name      string
		traits    providers.Traits
		faults    []memory.Fault
		meanwhile func(*memory.Provider) // before the second try
		err       error
		calls     int
	}{
		{"lost before the write", all, []memory.Fault{lostBefore}, nil, nil, 2},
		{"lost after the write", all, []memory.Fault{lostAfter}, nil, nil, 1},
		{"busy for an hour", all, []memory.Fault{{Err: &providers.BusyError{After: time.Hour, Err: errLost}}}, nil, nil, 2},
		{"in part", stepwise, []memory.Fault{{Err: providers.ErrPartial, Written: 1}}, nil, nil, 2},
		{"invalid", all, []memory.Fault{invalid}, nil, providers.ErrInvalid, 1},
		{"in part, and then invalid", stepwise, []memory.Fault{{Err: errLost, Written: 1}, invalid}, nil, providers.ErrPartial, 2},
		{"they remove the zone", all, []memory.Fault{lostBefore}, func(p *memory.Provider) { p.DropZone(origin) }, providers.ErrNoZone, 2},
		{"they write the same", all, []memory.Fault{lostBefore}, write(theirs), providers.ErrPartial, 1},
		{"they write another", all, []memory.Fault{lostBefore}, write(other), nil, 2},
		{"they write another, and the zone is compared", zoneTrait, []memory.Fault{lostBefore}, write(other), providers.ErrConflict, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.meanwhile == nil {
				test.meanwhile = func(*memory.Provider) {}
			}
			p := memory.New(memory.WithTraits(test.traits))
			p.AddZone(apexOf(origin))
			base, err := p.Fetch(t.Context(), origin)
			if err != nil {
				t.Fatal(err)
			}
			test.faults[0].After = func() { test.meanwhile(p) }
			p.Inject(providers.OperationApply, test.faults...)
			www2 := www.WithName(zonefile.MustParseName("www2.example.com."))
			result, err := providertest.Persistent(p).Apply(t.Context(), origin, providers.NewBatch(base, []zonefile.Change{{New: &www}, {New: &www2}}))
			if !errors.Is(err, test.err) || (err == nil) != (test.err == nil) {
				t.Errorf("error %v, want %v", err, test.err)
			}
			if err == nil && (len(result.Applied) != 2 || result.Serial != serialOf(p.Served(origin))) {
				t.Errorf("%d operations applied, and the serial %d", len(result.Applied), result.Serial)
			}
			if got := p.Calls(providers.OperationApply); got != test.calls {
				t.Errorf("%d calls of Apply, want %d", got, test.calls)
			}
		})
	}
	t.Run("never", func(t *testing.T) {
		faults := make([]memory.Fault, 1000)
		for i := range faults {
			faults[i] = lostBefore
		}
		_, p := faulty(providers.OperationApply, faults)
		base, err := p.Fetch(t.Context(), origin)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Apply(t.Context(), origin, providers.NewBatch(base, []zonefile.Change{{New: &www}})); !errors.Is(err, errLost) {
			t.Errorf("error %v, want %v", err, errLost)
		}
	})
}

func TestPersistentConfigure(t *testing.T) {
	seconds := map[string]string{providers.PropertyDefaultTTL: "60"}
	both := map[string]string{providers.PropertyDefaultTTL: "60", providers.PropertyDescription: "ours"}
	for _, test := range []struct {
		name      string
		set       map[string]string
		faults    []memory.Fault
		meanwhile func(*memory.Provider) // before the second try
		err       error
		calls     int
	}{
		{"lost before", both, []memory.Fault{lostBefore}, nil, nil, 2},
		{"lost after", both, []memory.Fault{lostAfter}, nil, nil, 1},
		{"in part", both, []memory.Fault{{Err: providers.ErrPartial, Written: 1}}, nil, nil, 2},
		{"in part, and then invalid", both, []memory.Fault{{Err: errLost, Written: 1}, {Err: providers.ErrInvalid}}, nil, providers.ErrPartial, 2},
		{"unknown", map[string]string{"color": "green"}, []memory.Fault{{}}, nil, providers.ErrUnsupported, 1},
		{"they set it", seconds, []memory.Fault{lostBefore}, func(p *memory.Provider) {
			p.SetProperties(origin, map[string]string{providers.PropertyDefaultTTL: "120"})
		}, providers.ErrConflict, 1},
		{"they remove the zone", seconds, []memory.Fault{lostBefore}, func(p *memory.Provider) { p.DropZone(origin) }, providers.ErrNoZone, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, persistent := faulty(providers.OperationConfigure, nil)
			base, err := p.Fetch(t.Context(), origin)
			if err != nil {
				t.Fatal(err)
			}
			test.faults[0].After = func() {
				if test.meanwhile != nil {
					test.meanwhile(p)
				}
			}
			p.Inject(providers.OperationConfigure, test.faults...)
			err = find[providers.ZoneConfigurer](t, persistent).Configure(t.Context(), base, test.set)
			if !errors.Is(err, test.err) || (err == nil) != (test.err == nil) {
				t.Errorf("error %v, want %v", err, test.err)
			}
			if got := p.Calls(providers.OperationConfigure); got != test.calls {
				t.Errorf("%d calls of Configure, want %d", got, test.calls)
			}
			if err != nil {
				return
			}
			after, err := p.Fetch(t.Context(), origin)
			if err != nil || after.Properties[providers.PropertyDefaultTTL] != "60" || after.Properties[providers.PropertyDescription] != "ours" {
				t.Errorf("the properties are %v, %v", after.Properties, err)
			}
		})
	}
}

func TestPersistentCreateZone(t *testing.T) {
	spec := newZone()
	spec.Properties = map[string]string{providers.PropertyDescription: "ours"}
	partial := memory.Fault{Err: providers.ErrPartial, Written: memory.All}
	for _, test := range []struct {
		name   string
		before func(*memory.Provider)
		faults []memory.Fault
		err    error
	}{
		{"lost before it is there", nil, []memory.Fault{lostBefore}, nil},
		{"lost when it is there", nil, []memory.Fault{lostAfter}, nil},
		{"without its properties", nil, []memory.Fault{partial}, nil},
		{"that is there", func(p *memory.Provider) { p.AddZone(apexOf(created)) }, []memory.Fault{lostBefore, lostBefore}, providers.ErrConflict},
		{"refused", nil, []memory.Fault{lostBefore, {Err: providers.ErrAuth}}, providers.ErrAuth},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, persistent := faulty(providers.OperationCreateZone, test.faults)
			if test.before != nil {
				test.before(p)
			}
			err := find[providers.ZoneCreator](t, persistent).CreateZone(t.Context(), spec)
			if !errors.Is(err, test.err) || (err == nil) != (test.err == nil) {
				t.Errorf("error %v, want %v", err, test.err)
			}
			if test.err != nil {
				return
			}
			made, err := p.Fetch(t.Context(), created)
			if err != nil || made.Properties[providers.PropertyDescription] != "ours" || made.Zone.Len() != 2 {
				t.Errorf("created %+v, %v", made, err)
			}
		})
	}
	t.Run("lost, with what cannot be set any more", func(t *testing.T) {
		_, persistent := faulty(providers.OperationCreateZone, []memory.Fault{partial})
		if err := find[providers.ZoneCreator](t, persistent).CreateZone(t.Context(), reverse); !errors.Is(err, providers.ErrPartial) {
			t.Errorf("error %v, want one that wraps ErrPartial", err)
		}
	})
	t.Run("lost when it is there, without its NS", func(t *testing.T) {
		p, persistent := faulty(providers.OperationCreateZone, []memory.Fault{{Err: errLost}})
		want := zonefile.MustParseRRset("new.example. 3600 NS", "ns9.example.")
		spec := newZone(zonefile.Change{New: &want})
		p.Inject(providers.OperationFetch, memory.Fault{}, memory.Fault{Before: func() { p.AddZone(apexOf(created)) }})
		if err := find[providers.ZoneCreator](t, persistent).CreateZone(t.Context(), spec); err != nil {
			t.Fatal(err)
		}
		if got, _ := p.Served(created).Get(want.Key); got != want {
			t.Errorf("the NS is\n%s\nwant\n%s", got, want)
		}
	})
}

// newZone returns a spec with an SOA and an NS, which may be changed.
func newZone(changes ...zonefile.Change) providers.ZoneSpec {
	return providers.ZoneSpec{Origin: created, Apex: slices.Collect(apexOf(created).With(changes).All())}
}

// forgetful is a fake whose first answer to RemoveZone is lost, whatever it was.
type forgetful struct {
	*memory.Provider
	calls int
}

func (f *forgetful) RemoveZone(ctx context.Context, base *providers.Snapshot) error {
	err := f.Provider.RemoveZone(ctx, base)
	if f.calls++; f.calls == 1 {
		return errLost
	}
	return err
}

func TestPersistentRemoveZone(t *testing.T) {
	for _, test := range []struct {
		name      string
		meanwhile func(*memory.Provider)
		err       error
	}{
		{"lost when it is gone", func(*memory.Provider) {}, nil},
		{"that is not there", func(p *memory.Provider) { p.DropZone(origin) }, providers.ErrNoZone},
		{"that has changed", func(p *memory.Provider) { p.Write(origin) }, providers.ErrConflict},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := memory.New()
			p.AddZone(apexOf(origin))
			base, err := p.Fetch(t.Context(), origin)
			if err != nil {
				t.Fatal(err)
			}
			test.meanwhile(p)
			err = find[providers.ZoneRemover](t, providertest.Persistent(&forgetful{Provider: p})).RemoveZone(t.Context(), base)
			if !errors.Is(err, test.err) || (err == nil) != (test.err == nil) {
				t.Errorf("error %v, want %v", err, test.err)
			}
		})
	}
}
