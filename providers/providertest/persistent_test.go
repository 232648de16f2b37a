package providertest_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/providers/providertest"
	"github.com/zoneward/zoneward/zonefile"
)

// TestPersistent runs the suite against fakes that fail in every third call or so, before the write or after it.
func TestPersistent(t *testing.T) {
	one := providers.Traits{Atomicity: providers.AtomicRRset, Preconditions: providers.ComparesRRsets, SOAWritable: true, ApexNSWritable: true, CanDisable: true}
	record := providers.Traits{Preconditions: providers.NoticesAfterwards, SOAWritable: true, ApexNSWritable: true, CanDisable: true}
	inState := memory.BeginningIn(func(zonefile.Name) *providers.StateError { return &inactive })
	for name, b := range map[string]breakage{
		"everything, beginning in a state": {options: append(everything(), inState)},
		"comparing the zone":               {real: &zoneTrait, options: everything()},
		"noticing":                         {real: &notices},
		"promising nothing":                {real: &careless},
		"one RRset at a time":              {real: &one},
		"one record at a time":             {real: &record},
		"not writing at the apex":          {real: &cannot, options: []memory.Option{memory.WithoutSOA(), memory.KeepingRevisions()}},
		"with the provider for others":     {alone: true, options: everything()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			providertest.Run(t, func(*testing.T) providertest.Fixture {
				fixture := open(b)
				breaksOff := b.traits().Atomicity == providers.AtomicNone
				if breaksOff {
					fixture.States = nil // it would write in any
				}
				p := fixture.Provider.(*broken).Provider
				fail(p, b.traits().Atomicity)
				fixture.Provider = providertest.Persistent(&unreliable{Provider: p, breaksOff: breaksOff})
				return fixture
			})
		})
	}
}

var errLost = errors.New("connection lost")

// fail queues faults for the calls of a test. What can fail in a write depends on how much is written at once.
func fail(p *memory.Provider, atomicity providers.Atomicity) {
	random := rand.New(rand.NewPCG(1, 2))
	busy := &providers.BusyError{After: time.Hour, Err: errors.New("429")}
	before := []memory.Fault{{}, {}, {}, {}, {}, {Err: errLost}, {Err: busy}}
	after := slices.Concat(before, []memory.Fault{{Err: errLost, Written: memory.All}})
	halfway := slices.Concat(after, []memory.Fault{{Err: errLost, Written: 1}, {Err: providers.ErrPartial, Written: 1}})
	apply := after
	if atomicity < providers.AtomicBatch {
		apply = halfway
	}
	for op, faults := range map[providers.Operation][]memory.Fault{
		providers.OperationZones: before, providers.OperationFetch: before, providers.OperationZoneSettings: before, providers.OperationExportZone: before,
		providers.OperationSigning: before, providers.OperationRevisions: before, providers.OperationRevision: before,
		providers.OperationApply: apply, providers.OperationConfigure: halfway,
		providers.OperationCreateZone: after, providers.OperationRemoveZone: after, providers.OperationPurgeZone: after,
	} {
		for range 5000 {
			p.Inject(op, faults[random.IntN(len(faults))])
		}
	}
}

// unreliable shows the zone as it was before a write, once after each.
type unreliable struct {
	*memory.Provider
	breaksOff bool // within an RRset, in every second write that could

	mu         sync.Mutex
	last, past *providers.Snapshot
	writes     int
}

func (u *unreliable) Fetch(ctx context.Context, origin zonefile.Name) (*providers.Snapshot, error) {
	snapshot, err := u.Provider.Fetch(ctx, origin)
	u.mu.Lock()
	defer u.mu.Unlock()
	if past := u.past; past != nil && past.Zone.Origin() == origin && err == nil {
		u.past = nil
		return past, nil
	}
	if err == nil {
		u.last = snapshot
	}
	return snapshot, err
}

func (u *unreliable) Apply(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if now := u.Served(origin); u.breaksOff && ctx.Err() == nil && len(batch.Ops) > 0 && now != nil && batch.Base.Serial == serialOf(now) {
		if u.writes++; u.writes%2 == 0 && u.breakOff(origin, batch.Ops[0]) {
			return providers.Result{}, errLost
		}
	}
	result, err := u.Provider.Apply(ctx, origin, batch)
	if err == nil && len(batch.Ops) > 0 {
		u.past = u.last
	}
	return result, err
}

// breakOff writes one record of an operation and leaves the others, if it has several.
func (u *unreliable) breakOff(origin zonefile.Name, op providers.Op) bool {
	was, want := op.Change.Old, op.Change.New
	switch {
	case op.Change.Key().Name == origin:
	case op.Verb == providers.Delete && was.Len() > 1:
		left := only(*was, 1)
		u.Write(origin, zonefile.Change{Old: was, New: &left})
		return true
	case op.Verb == providers.Disable && was.Len() > 1:
		hidden, left := only(*was, 1), others(*was)
		if set, ok := u.Hidden(origin).Get(hidden.Key); ok {
			hidden = merge(hidden, set)
		}
		u.Hide(origin, hidden)
		u.Write(origin, zonefile.Change{Old: was, New: &left})
		return true
	case op.Verb == providers.Enable && want.Len() > 1 && hides(u.Hidden(origin), *want):
		served := only(*want, 1)
		u.Hide(origin, others(*want))
		u.Write(origin, zonefile.Change{New: &served})
		return true
	case op.Verb == providers.Put && was != nil && want.Key.Type == zonefile.TypeA:
		both := merge(only(*want, 1), *was)
		u.Write(origin, zonefile.Change{Old: was, New: &both})
		return true
	}
	return false
}

// hides reports whether all records of a set are in a zone.
func hides(hidden *zonefile.Zone, set zonefile.RRset) bool {
	all, ok := hidden.Get(set.Key)
	return ok && merge(all, set).SameData(all)
}

// others returns all but the first record of a set.
func others(set zonefile.RRset) zonefile.RRset {
	return rrset(set.Key, set.TTL, slices.Collect(set.RDATA())[1:])
}
