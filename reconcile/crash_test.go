package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/zonefile"
)

var errDead = errors.New("the process is dead")

// mortal is a process that dies after some steps: from then on nothing that it does has an effect.
type mortal struct {
	Store
	providers.ZoneProvider
	mu    sync.Mutex
	steps int // that are left
}

// alive takes a step, and reports whether there is still somebody to take it.
func (m *mortal) alive() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.steps--
	return m.steps >= 0
}

func (m *mortal) Begin(ctx context.Context, intent Intent) (int64, error) {
	if !m.alive() {
		return 0, errDead
	}
	return m.Store.Begin(ctx, intent)
}

func (m *mortal) Conclude(ctx context.Context, id int64, c Conclusion) error {
	if !m.alive() {
		return errDead
	}
	return m.Store.Conclude(ctx, id, c)
}

func (m *mortal) SetApplied(ctx context.Context, ref Ref, state AppliedState, zone *zonefile.Zone) error {
	if !m.alive() {
		return errDead
	}
	return m.Store.SetApplied(ctx, ref, state, zone)
}

func (m *mortal) Look(ctx context.Context, ref Ref, mark string, graces []Grace) error {
	if !m.alive() {
		return errDead
	}
	return m.Store.Look(ctx, ref, mark, graces)
}

func (m *mortal) Fetch(ctx context.Context, origin zonefile.Name) (*providers.Snapshot, error) {
	if !m.alive() {
		return nil, errDead
	}
	return m.ZoneProvider.Fetch(ctx, origin)
}

func (m *mortal) Apply(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
	if !m.alive() {
		return providers.Result{}, errDead
	}
	return m.ZoneProvider.Apply(ctx, origin, batch)
}

func (m *mortal) CreateZone(ctx context.Context, spec providers.ZoneSpec) error {
	if !m.alive() {
		return errDead
	}
	creator, _ := providers.As[providers.ZoneCreator](m.ZoneProvider)
	return creator.CreateZone(ctx, spec)
}

// TestDeathAtAnyStep has processes that die one after the other while they apply, each at any step. The zone ends as it should; each RRset that
// was retired has a tombstone that stands; and nothing is written twice: the log has one entry for each write that the provider saw.
func TestDeathAtAnyStep(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		h := newHouse(t)
		traits := memory.DefaultTraits()
		traits.CanDisable = rapid.Bool().Draw(rt, "hides")
		traits.Atomicity = rapid.SampledFrom([]providers.Atomicity{
			providers.AtomicNone, providers.AtomicRRset, providers.AtomicBatch, providers.AtomicZone,
		}).Draw(rt, "atomicity")
		traits.Limits.Ops = rapid.IntRange(1, 5).Draw(rt, "ops at once")
		p := h.target("live", memory.WithTraits(traits))
		var lines []string
		for i := range 8 {
			lines = append(lines, fmt.Sprintf("h%d 300 A 192.0.2.1", i))
		}
		h.serve(lines...)
		kept := rapid.IntRange(1, 8).Draw(rt, "kept")
		lines = lines[:kept]
		for i := range rapid.IntRange(0, 4).Draw(rt, "new") {
			lines = append(lines, fmt.Sprintf("n%d 300 CNAME x.example.net.", i))
		}
		lines = append(lines, "h7 60 TXT swap")
		h.write(lines...)
		begun, writes := 0, p.Calls(providers.OperationApply)
		for range rapid.IntRange(1, 4).Draw(rt, "deaths") {
			m := &mortal{Store: h.store, ZoneProvider: p, steps: rapid.IntRange(0, 30).Draw(rt, "steps")}
			a := *h.applier
			a.Store, a.Targets = m, map[string]providers.ZoneProvider{"live": m}
			a.Apply(t.Context(), h.tree(), h.plan(), Approval{Overrides: Guards[:]})
		}
		for _, o := range h.apply(h.plan(), Guards[:]...) {
			if o.Status != Applied && o.Status != Unchanged {
				rt.Fatalf("after the deaths: %s, %v", o.Status, o.Err)
			}
		}
		if z := h.plan().Zones[0]; len(z.Changes) > 0 || z.Err != nil {
			rt.Fatalf("not converged: %v, %v", changes(z), z.Err)
		}
		standing, _ := h.store.Tombstones(t.Context(), TombstoneQuery{})
		if len(standing) != 8-kept {
			rt.Fatalf("%d tombstones stand for %d RRsets that were retired", len(standing), 8-kept)
		}
		touched := map[zonefile.Key]int{}
		for _, e := range h.store.entries {
			if e.Open {
				rt.Fatalf("entry %d is open", e.Seq)
			}
			if e.Result != Refused && e.Result != NotDone {
				begun++
			}
			for i, c := range e.Changes {
				if i < len(e.Live) && e.Live[i] {
					touched[c.Key]++
				}
			}
		}
		for key, n := range touched {
			if n > 1 {
				rt.Errorf("%s was written %d times", key, n)
			}
		}
		if writes = p.Calls(providers.OperationApply) - writes; begun != writes {
			rt.Errorf("the log has %d writes, and the provider saw %d", begun, writes)
		}
		applied, _, _ := h.store.Applied(t.Context(), Ref{example, "live"})
		if want := p.Served(example); applied.Len() != want.Len() {
			rt.Errorf("%d RRsets in the applied state, %d live", applied.Len(), want.Len())
		}
	})
}

// TestDeathWhileAZoneIsCreated: what the provider made of it is no reason to hold the next plan.
func TestDeathWhileAZoneIsCreated(t *testing.T) {
	for _, steps := range []int{2, 3, 4, 5, 6, 7, 8} {
		h := newHouse(t)
		create := true
		h.planner.Rules[0].CreateZone = &create
		h.write("@ 3600 SOA "+soaText, "@ 3600 NS ns1.example.net.", "www 300 A 192.0.2.1")
		p := h.targets["live"]
		m := &mortal{Store: h.store, ZoneProvider: p, steps: steps}
		a := *h.applier
		a.Store, a.Targets = m, map[string]providers.ZoneProvider{"live": m}
		a.Apply(t.Context(), h.tree(), h.plan(), Approval{})
		// A server that has put an SOA of its own in its place.
		if z := p.Served(example); z != nil && z.Len() == 2 {
			own := zonefile.MustParseRRset("example.com. 3600 SOA", "a.misconfigured.invalid. hostmaster.example.com. 8 7200 900 1209600 300")
			p.Write(example, zonefile.Change{New: &own})
		}
		z := h.plan().Zones[0]
		if len(z.Holds) > 0 && slices.Contains(guards(z), GuardNewTarget) {
			t.Errorf("death after %d steps: held by %q", steps, guards(z))
		}
		if o := h.apply(h.plan(), GuardSOA)[0]; o.Status != Applied && o.Status != Unchanged {
			t.Errorf("death after %d steps: %s, %v", steps, o.Status, o.Err)
		}
		if h.live("www", zonefile.TypeA) == "" {
			t.Errorf("death after %d steps: not converged", steps)
		}
	}
}

// TestApexOfANewZoneIsNoted: what a zone is created with is in the applied state and in the log, as all else that is written.
func TestApexOfANewZoneIsNoted(t *testing.T) {
	h := newHouse(t)
	create := true
	h.planner.Rules[0].CreateZone, h.planner.Rules[0].Policy.Additive = &create, true
	h.write("@ 3600 SOA "+soaText, "@ 3600 NS ns1.example.net.", "www 300 A 192.0.2.1")
	h.must(Applied)
	h.write("@ 3600 SOA "+soaText, "@ 3600 NS ns2.example.net.", "www 300 A 192.0.2.1")
	z := h.plan().Zones[0]
	if z.Err != nil || len(z.Changes) != 1 || z.Changes[0].Cause != CauseGit {
		t.Errorf("%v, changes %+v; want the NS to change, and git to be the cause", z.Err, z.Changes)
	}
	found := false
	for e, err := range h.store.History(t.Context(), HistoryQuery{Name: example, Type: zonefile.TypeNS}) {
		if err != nil {
			t.Fatal(err)
		}
		found = found || slices.ContainsFunc(e.Changes, func(c Change) bool { return c.Key.Type == zonefile.TypeNS && c.New != nil })
	}
	if !found {
		t.Error("the log does not have the NS of the apex")
	}
}

// TestDeathAtAZoneThatIsNotKnown: the next run settles what was interrupted and notes what is live, under one lock.
func TestDeathAtAZoneThatIsNotKnown(t *testing.T) {
	for steps := range 6 {
		h := newHouse(t)
		p := h.target("live")
		p.AddZone(h.zone("www 300 A 192.0.2.1"))
		h.write("www 300 A 192.0.2.1", "new 300 A 192.0.2.1")
		m := &mortal{Store: h.store, ZoneProvider: p, steps: steps}
		a := *h.applier
		a.Store, a.Targets = m, map[string]providers.ZoneProvider{"live": m}
		a.Apply(t.Context(), h.tree(), h.plan(), Approval{})
		h.applier.LockTimeout = time.Second
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		o := h.applier.Apply(ctx, h.tree(), h.plan(), Approval{})[0]
		if o.Status != Applied && o.Status != Unchanged {
			t.Errorf("death after %d steps: %s, %v", steps, o.Status, o.Err)
		}
		if applied, known, _ := h.store.Applied(t.Context(), Ref{example, "live"}); !known || applied.Len() != 2 {
			t.Errorf("death after %d steps: what is live is not noted as applied", steps)
		}
	}
}
