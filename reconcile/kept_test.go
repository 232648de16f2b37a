package reconcile

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/zonefile"
)

// lively is a house whose provider "live" can do all that a provider can.
func lively(t testing.TB, options ...memory.Option) (*house, *memory.Provider) {
	h := newHouse(t)
	h.pass = h.clocked()
	p := h.target("live", append(options, memory.Keeping())...)
	h.planner.Targets["live"] = NewTarget(p, "live")
	h.planner.Rules[0].CreateZone, h.planner.Rules[0].Policy.RetireZones = new(true), true
	h.files["example.net.zone"] = "www 300 A 192.0.2.1\n" // so that the repository is not empty
	other := zonefile.NewBuilder(zonefile.MustParseName("example.net."))
	_ = other.AddRRset(zonefile.MustParseRRset("www.example.net. 300 A", "192.0.2.1"))
	p.AddZone(other.Zone())
	return h, p
}

var onLive = Ref{example, "live"}

// outcome applies what is planned now and returns what became of example.com.
func (h *house) outcome(overrides ...Guard) Outcome {
	h.t.Helper()
	plan := h.plan()
	for _, o := range h.apply(plan, overrides...) {
		if o.Ref == onLive {
			return o
		}
	}
	return Outcome{}
}

// retired is a lively house whose zone example.com was retired.
func retired(t testing.TB) (*house, *memory.Provider, Tombstone) {
	h, p := lively(t)
	h.serve("www 300 A 192.0.2.1", "mail 300 A 192.0.2.2")
	if o := h.outcome(GuardMaxDeletes); o.Status != Applied {
		t.Fatalf("retire: %s, %v", o.Status, o.Err)
	}
	stones, err := h.store.Tombstones(t.Context(), TombstoneQuery{Zone: example})
	if err != nil || len(stones) != 1 || !stones[0].Hidden || p.Kept(example) == nil || p.Served(example) != nil {
		t.Fatalf("tombstones %+v, %v; want the one of the zone, and the zone kept", stones, err)
	}
	return h, p, stones[0]
}

func TestKeptZoneIsRestored(t *testing.T) {
	for _, tt := range []struct {
		name   string
		before func(*memory.Provider)
		create bool // it is made anew
	}{
		{"from what the provider kept", func(*memory.Provider) {}, false},
		{"from the tombstone", func(p *memory.Provider) { p.DropKept(example) }, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h, p, stone := retired(t)
			tt.before(p)
			writes := p.Calls(providers.OperationApply)
			z, o := h.restore(Restoration{Stone: stone.ID})
			if o.Status != Applied || len(o.Changes) != len(z.Changes) {
				t.Fatalf("%v: %s, %v, %d changes are live", changes(z), o.Status, o.Err, len(o.Changes))
			}
			for _, owner := range []string{"www", "mail"} {
				if h.live(owner, zonefile.TypeA) == "" {
					t.Errorf("%s is not served", owner)
				}
			}
			if wrote := p.Calls(providers.OperationApply) > writes; wrote != tt.create {
				t.Errorf("records were written: %t, want %t", wrote, tt.create)
			}
			applied, known, err := h.store.Applied(t.Context(), onLive)
			if err != nil || !known || !applied.Has(zonefile.Key{Name: name("mail"), Type: zonefile.TypeA}) {
				t.Errorf("applied %v, %t, %v; want all that is back", applied, known, err)
			}
			if again, _ := h.store.Tombstones(t.Context(), TombstoneQuery{Zone: example}); len(again) != 0 {
				t.Errorf("tombstones that stand: %+v", again)
			}
		})
	}
}

// TestKeptZoneWhoseReturnNobodySaw: the answer of the provider that brought it back was lost, and the next restore finds it done.
func TestKeptZoneWhoseReturnNobodySaw(t *testing.T) {
	h, p, stone := retired(t)
	lost := errors.New("connection reset")
	p.Inject(providers.OperationCreateZone, memory.Fault{Err: lost, Written: memory.All})
	if _, o := h.restore(Restoration{Stone: stone.ID}); o.Status != Failed || !errors.Is(o.Err, lost) {
		t.Fatalf("%s, %v", o.Status, o.Err)
	}
	if _, o := h.restore(Restoration{Stone: stone.ID}); o.Status != Unchanged || o.Settled != 1 {
		t.Fatalf("again: %s, %v, settled %d", o.Status, o.Err, o.Settled)
	}
	if applied, known, _ := h.store.Applied(t.Context(), onLive); !known || !applied.Has(zonefile.Key{Name: name("mail"), Type: zonefile.TypeA}) {
		t.Errorf("applied %v, %t", applied, known)
	}
	if z := h.plan().Zone(onLive); z == nil || len(z.Changes) != 0 || len(z.Pinned) != 1 {
		t.Errorf("plan %+v; want the zone pinned", z)
	}
}

// TestKeptZoneThatHasChanged: what nobody has seen in what the provider brings back is neither taken over nor overwritten.
func TestKeptZoneThatHasChanged(t *testing.T) {
	www, extra := zonefile.MustParseRRset("www.example.com. 300 A", "192.0.2.66"), zonefile.MustParseRRset("extra.example.com. 300 A", "192.0.2.67")
	for name, change := range map[string]zonefile.RRset{"another value": www, "one more": extra} {
		t.Run(name, func(t *testing.T) {
			h, p, stone := retired(t)
			p.WriteKept(example, zonefile.Change{New: &change})
			writes := p.Calls(providers.OperationApply)
			_, o := h.restore(Restoration{Stone: stone.ID})
			if o.Status != Stale || !errors.Is(o.Err, ErrStale) || !strings.Contains(o.Err.Error(), change.Key.String()) {
				t.Errorf("%s, %v; want it stale, naming %s", o.Status, o.Err, change.Key)
			}
			if p.Calls(providers.OperationApply) != writes {
				t.Error("records were written that nobody had seen")
			}
			// Nothing of it is known to be ours: a guard looks at what git would do to it.
			h.write("mail 300 A 192.0.2.2")
			if z := h.plan().Zone(onLive); !slices.Equal(guards(*z), []Guard{GuardNewTarget, GuardSuspended}) && !slices.Equal(guards(*z), []Guard{GuardNewTarget}) {
				t.Errorf("%q, held by %q; want new-target", changes(*z), guards(*z))
			}
		})
	}
}

func TestZoneThatIsCreatedAndKeptIsPlannedAsARestore(t *testing.T) {
	h, p, _ := retired(t)
	h.write("www 300 A 192.0.2.1", "mail 300 A 192.0.2.2", "new 300 A 192.0.2.3")
	z := *h.plan().Zone(onLive)
	if got := changes(z); len(got) != 4 || got[0] != "restore zone zones/example.com.zone" {
		t.Fatalf("planned %q", got)
	}
	if o := h.outcome(); o.Status != Applied {
		t.Fatalf("%s, %v", o.Status, o.Err)
	}
	if p.Kept(example) != nil || h.live("new", zonefile.TypeA) == "" || h.live("mail", zonefile.TypeA) == "" {
		t.Error("it is not back, or lacks records")
	}
	if z := h.plan().Zone(onLive); len(z.Changes) != 0 {
		t.Errorf("planned again: %q", changes(*z))
	}
}

// TestZoneMadeAnewHasOneEntry: where nothing was kept, the creation is of the zone alone, and its records come with the entry of their write.
func TestZoneMadeAnewHasOneEntry(t *testing.T) {
	h, _ := lively(t)
	h.write("www 300 A 192.0.2.1")
	if o := h.outcome(); o.Status != Applied {
		t.Fatalf("%s, %v", o.Status, o.Err)
	}
	for e, err := range h.store.History(t.Context(), HistoryQuery{Zone: example}) {
		if err != nil || e.Result != Done {
			t.Errorf("an entry is %s (%s), %v; want each to be done", e.Result, e.Err, err)
		}
	}
}

// TestPinOfAZoneEndsWithItsFile: when git has the zone again, its file counts.
func TestPinOfAZoneEndsWithItsFile(t *testing.T) {
	h, _, stone := retired(t)
	if _, o := h.restore(Restoration{Stone: stone.ID}); o.Status != Applied {
		t.Fatalf("%s, %v", o.Status, o.Err)
	}
	h.write("www 300 A 192.0.2.1", "mail 300 A 192.0.2.2")
	if z := h.plan().Zone(onLive); len(z.Pinned) != 0 || len(z.Changes) != 0 {
		t.Errorf("pinned %v, %q", z.Pinned, changes(*z))
	}
	h.outcome()
	delete(h.files, "example.com.zone")
	if z := h.plan().Zone(onLive); len(z.Changes) != 1 || z.Changes[0].Action != Retire {
		t.Errorf("gone again: pinned %v, %q; want it retired", z.Pinned, changes(*z))
	}
}

// TestZoneThatIsGoneCanBeSelected: what was applied once can be meant by its name, also when its file is gone.
func TestZoneThatIsGoneCanBeSelected(t *testing.T) {
	h, _ := lively(t)
	h.serve("www 300 A 192.0.2.1")
	plan, err := h.planner.Plan(t.Context(), h.tree(), Selection{Zones: []zonefile.Name{example}})
	if err != nil || len(plan.Zones) != 1 || len(plan.Zones[0].Changes) != 1 {
		t.Fatalf("%+v, %v; want the retirement of the zone", plan, err)
	}
	if _, err := h.planner.Plan(t.Context(), h.tree(), Selection{Zones: []zonefile.Name{zonefile.MustParseName("nowhere.example.")}}); !errors.Is(err, ErrNoZone) {
		t.Errorf("a zone that nobody knows: %v", err)
	}
}

func TestKeptZoneIsPurgedWhenItsRetentionIsOver(t *testing.T) {
	h, p, stone := retired(t)
	h.pass(31 * 24 * time.Hour)
	z := h.plan().Zone(onLive)
	if z == nil || !cmp.Equal(changes(*z), []string{"purge zone "}) {
		t.Fatalf("plan %v; want the purge of the zone", z)
	}
	if o := h.outcome(); o.Status != Applied || p.Kept(example) != nil {
		t.Fatalf("%s, %v, kept %t", o.Status, o.Err, p.Kept(example) != nil)
	}
	if got, err := h.store.Tombstone(t.Context(), stone.ID); err != nil || got.State != Purged {
		t.Errorf("the tombstone is %s, %v", got.State, err)
	}
	if z := h.plan().Zone(onLive); z != nil {
		t.Errorf("planned again: %q", changes(*z))
	}
}

func TestKeptZoneIsLeftWhereItCannotBePurged(t *testing.T) {
	h, p, stone := retired(t)
	target := h.planner.Targets["live"]
	target.CanPurge = false
	h.planner.Targets["live"] = target
	h.pass(31 * 24 * time.Hour)
	if z := h.plan().Zone(onLive); z != nil {
		t.Errorf("planned: %q", changes(*z))
	}
	h.outcome()
	if got, err := h.store.Tombstone(t.Context(), stone.ID); err != nil || got.State != Purged || p.Kept(example) == nil {
		t.Errorf("the tombstone is %s, %v, the zone is kept: %t", got.State, err, p.Kept(example) != nil)
	}
	if p.Calls(providers.OperationPurgeZone) != 0 {
		t.Error("the provider was asked to purge")
	}
}

// TestPurgeLeavesAnotherZone: what the provider keeps by now is another zone of that name, which no tombstone is about.
func TestPurgeLeavesAnotherZone(t *testing.T) {
	h, p, stone := retired(t)
	p.DropKept(example)
	p.AddZone(h.zone("other 300 A 192.0.2.9"))
	base, err := p.Fetch(t.Context(), example)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.RemoveZone(t.Context(), base); err != nil {
		t.Fatal(err)
	}
	h.pass(31 * 24 * time.Hour)
	if o := h.outcome(); o.Status != Applied {
		t.Fatalf("%s, %v", o.Status, o.Err)
	}
	if got, _ := h.store.Tombstone(t.Context(), stone.ID); got.State != Purged || p.Kept(example) == nil {
		t.Errorf("the tombstone is %s, the other zone is kept: %t", got.State, p.Kept(example) != nil)
	}
}

func TestPurgeThatFailsIsTriedAgain(t *testing.T) {
	for name, err := range map[string]error{"refused": providers.ErrAuth, "nobody knows": errors.New("connection reset")} {
		t.Run(name, func(t *testing.T) {
			h, p, stone := retired(t)
			h.pass(31 * 24 * time.Hour)
			p.FailNext(providers.OperationPurgeZone, err)
			if o := h.outcome(); o.Status != Failed || !errors.Is(o.Err, err) {
				t.Fatalf("%s, %v", o.Status, o.Err)
			}
			if got, _ := h.store.Tombstone(t.Context(), stone.ID); got.State != Retired {
				t.Errorf("the tombstone is %s", got.State)
			}
			if o := h.outcome(); o.Status != Applied || p.Kept(example) != nil {
				t.Errorf("again: %s, %v", o.Status, o.Err)
			}
		})
	}
}

// pendingState is how a zone begins that somebody has to prove to be his.
func pendingState() *providers.StateError {
	return &providers.StateError{
		State: "pending_validation", Needs: "publish the record", Kind: providers.ErrBlocked,
		Outputs: []providers.Output{{Name: "validation", RRset: zonefile.MustParseRRset("_verify.example.com. 300 TXT", `"token"`)}},
	}
}

func TestZoneInAStateIsNotWritten(t *testing.T) {
	h, p := lively(t)
	h.serve("www 300 A 192.0.2.1")
	h.write("www 300 A 192.0.2.2")
	p.SetState(example, pendingState())
	z := h.plan().Zone(onLive)
	if z.Err != nil || z.State == nil || z.State.Name != "pending_validation" || len(z.State.Outputs) != 1 || len(z.Changes) != 0 {
		t.Fatalf("state %+v, %v, %q", z.State, z.Err, changes(*z))
	}
	if o := h.outcome(); o.Status != Held || o.State == nil || p.Calls(providers.OperationApply) != 0 {
		t.Errorf("%s, %+v", o.Status, o.State)
	}
	p.SetState(example, nil)
	if o := h.outcome(); o.Status != Applied {
		t.Errorf("afterwards: %s, %v", o.Status, o.Err)
	}
}

// TestZoneThatWaitsAfterItsCreation: its records come when it can be written.
func TestZoneThatWaitsAfterItsCreation(t *testing.T) {
	h, p := lively(t, memory.BeginningIn(func(zonefile.Name) *providers.StateError { return pendingState() }))
	h.write("www 300 A 192.0.2.1")
	o := h.outcome()
	if o.Status != Held || o.Err != nil || o.State == nil || len(o.State.Outputs) != 1 || p.Calls(providers.OperationApply) != 0 {
		t.Fatalf("%s, %v, %+v", o.Status, o.Err, o.State)
	}
	if len(o.Changes) != 1 || o.Changes[0].Kind != KindZone {
		t.Errorf("live are %v; want the zone alone", o.Changes)
	}
	if open, err := h.store.Open(t.Context(), onLive); err != nil || len(open) != 0 {
		t.Errorf("open intents %v, %v", open, err)
	}
	if o := h.outcome(); o.Status != Held || p.Calls(providers.OperationCreateZone) != 1 {
		t.Errorf("again: %s", o.Status)
	}
	p.SetState(example, nil)
	if o := h.outcome(); o.Status != Applied || h.live("www", zonefile.TypeA) == "" {
		t.Errorf("when it can be written: %s, %v", o.Status, o.Err)
	}
}

func TestRollbackToARevision(t *testing.T) {
	h, p := lively(t, memory.KeepingRevisions())
	h.serve("www 300 A 192.0.2.1", "old 300 A 192.0.2.2")
	h.write("www 300 A 192.0.2.9")
	if o := h.outcome(GuardMaxDeletes); o.Status != Applied {
		t.Fatalf("%s, %v", o.Status, o.Err)
	}
	all, err := providers.RevisionsOf(p).Revisions(t.Context(), example)
	if err != nil || len(all) == 0 {
		t.Fatalf("revisions %v, %v", all, err)
	}
	back := func(id string) (*Plan, error) {
		return h.planner.Rollback(t.Context(), h.tree(), Return{Only: Selection{Zones: []zonefile.Name{example}}, To: Point{Revision: id}, Actor: "ann"})
	}
	if _, err := back("nonsense"); !errors.Is(err, ErrNoSuchPoint) {
		t.Errorf("a revision that is not there: %v", err)
	}
	plan, err := back(all[len(all)-1].ID)
	if err != nil {
		t.Fatal(err)
	}
	if o := h.apply(plan); len(o) != 1 || o[0].Status != Applied {
		t.Fatalf("%q: %+v", changes(plan.Zones[0]), o)
	}
	if h.live("www", zonefile.TypeA) != "192.0.2.1" || h.live("old", zonefile.TypeA) == "" {
		t.Errorf("www is %q, old %q", h.live("www", zonefile.TypeA), h.live("old", zonefile.TypeA))
	}
	if z := h.plan().Zone(onLive); !slices.Equal(guards(*z), []Guard{GuardSuspended}) {
		t.Errorf("held by %q, want it suspended", guards(*z))
	}
}

// TestZoneThatKeepsItsOwnApex: a zone whose target writes the SOA and NS of the apex by itself comes back with those, and is not asked to take others.
func TestZoneThatKeepsItsOwnApex(t *testing.T) {
	traits := memory.DefaultTraits()
	traits.SOAWritable, traits.ApexNSWritable = false, false
	h, _ := lively(t, memory.WithTraits(traits))
	h.serve("www 300 A 192.0.2.1")
	if o := h.outcome(GuardMaxDeletes); o.Status != Applied {
		t.Fatalf("retire: %s, %v", o.Status, o.Err)
	}
	h.write("@ 60 SOA ns1.example.org. hostmaster.example.org. 1 7200 900 1209600 300", "@ 60 NS ns1.example.org.", "www 300 A 192.0.2.1")
	if o := h.outcome(); o.Status != Applied || len(o.Refused) > 0 {
		t.Fatalf("%s, %v", o.Status, o.Err)
	}
	if z := h.plan().Zone(onLive); len(z.Changes) != 0 || z.Err != nil {
		t.Errorf("planned again: %q, %v", changes(*z), z.Err)
	}
}

// TestOldTombstoneSparesTheCopy: a provider has one copy of a zone, and of two tombstones that it was removed with the younger needs it.
func TestOldTombstoneSparesTheCopy(t *testing.T) {
	for _, byHand := range []bool{false, true} {
		t.Run(fmt.Sprintf("by hand: %t", byHand), func(t *testing.T) {
			h, p, first := retired(t)
			h.pass(20 * 24 * time.Hour)
			// It is back, and nobody noted which tombstone that ended.
			if err := p.CreateZone(t.Context(), providers.ZoneSpec{Origin: example}); err != nil {
				t.Fatal(err)
			}
			h.adopt()
			if o := h.outcome(GuardMaxDeletes); o.Status != Applied {
				t.Fatalf("%s, %v", o.Status, o.Err)
			}
			if byHand {
				plan, err := h.planner.Purge(t.Context(), h.tree(), []string{first.ID})
				if err != nil {
					t.Fatal(err)
				}
				h.apply(plan)
			} else {
				h.pass(11 * 24 * time.Hour)
				h.outcome()
			}
			if p.Kept(example) == nil {
				t.Fatal("the copy is gone, and the younger tombstone has 19 days left")
			}
			if got, _ := h.store.Tombstone(t.Context(), first.ID); got.State != Purged {
				t.Errorf("the old tombstone is %s", got.State)
			}
			h.pass(31 * 24 * time.Hour)
			if o := h.outcome(); o.Status != Applied || p.Kept(example) != nil {
				t.Errorf("when both are due: %s, %v, kept: %t", o.Status, o.Err, p.Kept(example) != nil)
			}
		})
	}
}

// TestZoneReturnsWhenItsTombstoneIsDue: it is needed once more, and is no purge beside what is created.
func TestZoneReturnsWhenItsTombstoneIsDue(t *testing.T) {
	for _, dropped := range []bool{false, true} {
		t.Run(fmt.Sprintf("copy gone: %t", dropped), func(t *testing.T) {
			h, p, _ := retired(t)
			if dropped {
				p.DropKept(example)
			}
			_ = h.store.SetApplied(t.Context(), onLive, AppliedState{System: "live"}, h.zone()) // somebody else has noted it as known
			h.pass(31 * 24 * time.Hour)
			h.write("www 300 A 192.0.2.1", "mail 300 A 192.0.2.2")
			for _, c := range h.plan().Zone(onLive).Changes {
				if c.Action == Purge {
					t.Errorf("planned: purge of %s", c.Key)
				}
			}
			if o := h.outcome(); o.Status != Applied {
				t.Errorf("%s, %v", o.Status, o.Err)
			}
		})
	}
}

// TestTombstoneEndsWithTheReturnThatIsSettled: whoever brought the zone back died, and the next run knows which tombstone that ended.
func TestTombstoneEndsWithTheReturnThatIsSettled(t *testing.T) {
	h, p, stone := retired(t)
	p.Inject(providers.OperationCreateZone, memory.Fault{Err: errors.New("connection reset"), Written: memory.All})
	h.write("www 300 A 192.0.2.1", "mail 300 A 192.0.2.2")
	if o := h.outcome(); o.Status != Failed {
		t.Fatalf("%s, %v", o.Status, o.Err)
	}
	if o := h.outcome(); o.Settled != 1 {
		t.Fatalf("%s, %v, settled %d", o.Status, o.Err, o.Settled)
	}
	if got, _ := h.store.Tombstone(t.Context(), stone.ID); got.State != Restored {
		t.Errorf("the tombstone is %s", got.State)
	}
}

// TestStaleReturnKeepsItsTombstone: what came back is not what the tombstone has, so that is still needed.
func TestStaleReturnKeepsItsTombstone(t *testing.T) {
	h, p, stone := retired(t)
	other := zonefile.MustParseRRset("www.example.com. 300 A", "192.0.2.66")
	p.WriteKept(example, zonefile.Change{New: &other})
	h.restore(Restoration{Stone: stone.ID})
	if got, _ := h.store.Tombstone(t.Context(), stone.ID); got.State != Retired {
		t.Errorf("the tombstone is %s", got.State)
	}
}

// TestForeignInAReturnIsLeft: an answer to a challenge, or what the policy ignores, is nothing that a plan has.
func TestForeignInAReturnIsLeft(t *testing.T) {
	h, p, _ := retired(t)
	challenge := zonefile.MustParseRRset("_acme-challenge.www.example.com. 60 TXT", `"token"`)
	p.WriteKept(example, zonefile.Change{New: &challenge})
	h.write("www 300 A 192.0.2.1", "mail 300 A 192.0.2.2")
	if o := h.outcome(); o.Status != Applied {
		t.Errorf("%s, %v", o.Status, o.Err)
	}
}

// TestPurgeThatNobodySawIsMadeAgain: whether a process that died had purged cannot be seen, so it is not said that it had.
func TestPurgeThatNobodySawIsMadeAgain(t *testing.T) {
	h, p, stone := retired(t)
	h.pass(31 * 24 * time.Hour)
	plan := h.plan().Zone(onLive)
	id, err := h.store.Begin(t.Context(), Intent{Ref: onLive, System: "live", Plan: plan.ID, Why: "purge", Changes: plan.Changes})
	if err != nil {
		t.Fatal(err)
	}
	if o := h.outcome(); o.Status != Applied || p.Kept(example) != nil {
		t.Fatalf("%s, %v", o.Status, o.Err)
	}
	if got, _ := h.store.Tombstone(t.Context(), stone.ID); got.State != Purged {
		t.Errorf("the tombstone is %s", got.State)
	}
	for e, err := range h.store.History(t.Context(), HistoryQuery{Zone: example}) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Intent.ID == id && e.Result == Done {
			t.Error("the purge that was not made is noted as done")
		}
	}
}
