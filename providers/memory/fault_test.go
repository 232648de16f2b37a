package memory_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/zonefile"
)

var (
	errDown = errors.New("connection reset")
	first   = zonefile.MustParseRRset("a.example.com. 300 A", "192.0.2.1")
	second  = zonefile.MustParseRRset("b.example.com. 300 A", "192.0.2.2")
	theirs  = zonefile.MustParseRRset("a.example.com. 300 A", "192.0.2.99")
)

// begin returns a fake with one zone, and a batch that creates first and second in it.
func begin(t *testing.T, options ...memory.Option) (*memory.Provider, providers.Batch) {
	t.Helper()
	p := memory.New(options...)
	p.AddZone(zoneNamed(t, origin))
	base, err := p.Fetch(t.Context(), origin)
	if err != nil {
		t.Fatal(err)
	}
	return p, providers.NewBatch(base, []zonefile.Change{{New: &first}, {New: &second}})
}

// addresses returns the A RRsets that a zone serves.
func addresses(z *zonefile.Zone) []string {
	var all []string
	for set := range z.All() {
		if set.Key.Type == zonefile.TypeA {
			all = append(all, set.String())
		}
	}
	return all
}

func TestFaultsOfApply(t *testing.T) {
	notices := providers.Traits{Atomicity: providers.AtomicZone, Preconditions: providers.NoticesAfterwards}
	traits := memory.DefaultTraits()
	busy := &providers.BusyError{Err: errDown}
	race := memory.Fault{Race: []zonefile.Change{{New: &theirs}}}
	both := []string{first.String(), second.String()}
	for _, test := range []struct {
		name    string
		traits  providers.Traits
		fault   memory.Fault
		err     error
		served  []string
		applied int // operations in the result
	}{
		{"none", traits, memory.Fault{}, nil, both, 2},
		{"busy", traits, memory.Fault{Err: busy}, busy, nil, 0},
		{"answer lost", traits, memory.Fault{Err: errDown, Written: memory.All}, errDown, both, 0},
		{"broken off", traits, memory.Fault{Err: errDown, Written: 1}, errDown, both[:1], 0},
		{"in part", traits, memory.Fault{Err: providers.ErrPartial, Written: 1}, providers.ErrPartial, both[:1], 1},
		{"race that is not seen", traits, race, nil, both, 2},
		{"race that is noticed", notices, race, providers.ErrConflict, both, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, batch := begin(t, memory.WithTraits(test.traits))
			p.Inject(providers.OperationApply, test.fault)
			result, err := p.Apply(t.Context(), origin, batch)
			if !errors.Is(err, test.err) {
				t.Errorf("error %v, want %v", err, test.err)
			}
			if d := cmp.Diff(addresses(p.Served(origin)), test.served); d != "" {
				t.Errorf("served (-got +want):\n%s", d)
			}
			if len(result.Applied) != test.applied {
				t.Errorf("%d operations applied, want %d", len(result.Applied), test.applied)
			}
		})
	}
}

func TestFaultsComeInTurn(t *testing.T) {
	p, _ := begin(t)
	p.Inject(providers.OperationFetch, memory.Fault{}, memory.Fault{Err: errDown})
	p.FailNext(providers.OperationFetch, providers.ErrAuth)
	p.FailNext(providers.OperationZones, errDown)
	for i, want := range []error{nil, errDown, providers.ErrAuth, nil} {
		if _, err := p.Fetch(t.Context(), origin); !errors.Is(err, want) || (err == nil) != (want == nil) {
			t.Errorf("Fetch %d: error %v, want %v", i, err, want)
		}
	}
	if _, err := p.Zones(t.Context()); !errors.Is(err, errDown) {
		t.Errorf("Zones: error %v, want %v", err, errDown)
	}
	if got := p.Calls(providers.OperationFetch); got != 5 {
		t.Errorf("%d calls of Fetch, want 5", got)
	}
	if got := p.Calls(providers.OperationApply); got != 0 {
		t.Errorf("%d calls of Apply, want 0", got)
	}
}

func TestStaleFetch(t *testing.T) {
	p, batch := begin(t)
	if _, err := p.Apply(t.Context(), origin, batch); err != nil {
		t.Fatal(err)
	}
	p.Inject(providers.OperationFetch, memory.Fault{Stale: true})
	for _, want := range []*zonefile.Zone{batch.Base.Zone, p.Served(origin)} {
		got, err := p.Fetch(t.Context(), origin)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(addresses(got.Zone), addresses(want)); d != "" {
			t.Errorf("fetched (-got +want):\n%s", d)
		}
	}
}

func TestBeforeMayUseTheProvider(t *testing.T) {
	p, batch := begin(t)
	p.Inject(providers.OperationApply, memory.Fault{Before: func() { p.Write(origin, zonefile.Change{New: &theirs}) }})
	if _, err := p.Apply(t.Context(), origin, batch); !errors.Is(err, providers.ErrConflict) {
		t.Errorf("error %v, want one that wraps ErrConflict", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	p.Inject(providers.OperationFetch, memory.Fault{Before: cancel})
	if _, err := p.Fetch(ctx, origin); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
}

func TestCreateZoneThatIsReportedAsFailed(t *testing.T) {
	p := memory.New()
	for _, test := range []struct {
		fault memory.Fault
		there bool
	}{
		{memory.Fault{Err: errDown}, false},
		{memory.Fault{Err: errDown, Written: memory.All}, true},
	} {
		p.Inject(providers.OperationCreateZone, test.fault)
		if err := p.CreateZone(t.Context(), providers.ZoneSpec{Origin: origin}); !errors.Is(err, errDown) {
			t.Errorf("error %v, want %v", err, errDown)
		}
		if there := p.Served(origin) != nil; there != test.there {
			t.Errorf("Written %d: the zone is there: %v, want %v", test.fault.Written, there, test.there)
		}
	}
	if !p.DropZone(origin) || p.DropZone(origin) || p.Served(origin) != nil {
		t.Error("DropZone did not remove the zone")
	}
}
