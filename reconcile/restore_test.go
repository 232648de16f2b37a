package reconcile

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/zonefile"
)

func name(text string) zonefile.Name { return zonefile.MustParseName(text + ".example.com.") }

// restore plans a restoration and applies it.
func (h *house) restore(what Restoration, overrides ...Guard) (ZonePlan, Outcome) {
	h.t.Helper()
	plan, err := h.planner.Restore(h.t.Context(), h.tree(), what)
	if err != nil {
		h.t.Fatal(err)
	}
	return plan.Zones[0], h.apply(plan, overrides...)[0]
}

// TestRetireAndRestore brings back the byte-same RRset, whether the provider has kept a copy, or somebody has destroyed that or changed its TTL.
func TestRetireAndRestore(t *testing.T) {
	set := zonefile.MustParseRRset("old.example.com. 300 TXT", `"a;" "b"`, `"c"`)
	for _, tc := range []struct {
		name    string
		options []memory.Option
		then    func(h *house, p *memory.Provider)
	}{
		{"removed", nil, nil},
		{"hidden", []memory.Option{hiding()}, nil},
		{"hidden, and the copy destroyed", []memory.Option{hiding()}, func(_ *house, p *memory.Provider) { p.DropHidden(example, set.Key) }},
		{"hidden, and the copy has another TTL", []memory.Option{hiding()}, func(_ *house, p *memory.Provider) {
			p.DropHidden(example, set.Key)
			p.Hide(example, set.WithTTL(5))
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := newHouse(t)
			pass := h.clocked()
			p := h.target("live", tc.options...)
			h.serve("www 300 A 192.0.2.1")
			p.Write(example, zonefile.Change{New: &set})
			h.adopt()
			h.write("www 300 A 192.0.2.1")
			h.must(Applied)
			if p.Served(example).Has(set.Key) {
				t.Fatal("it is served")
			}
			if tc.then != nil {
				tc.then(h, p)
			}
			plan, o := h.restore(Restoration{Key: set.Key, Actor: "ann", Reason: "oops"})
			if got := changes(plan); !cmp.Equal(got, []string{"restore old TXT "}) || o.Status != Applied {
				t.Fatalf("changes %q: %s, %v", got, o.Status, o.Err)
			}
			if back, _ := p.Served(example).Get(set.Key); back != set {
				t.Errorf("restored %s; want %s", back, set)
			}
			if hidden := p.Hidden(example); hidden.Has(set.Key) {
				t.Error("the hidden copy is still there")
			}
			// Git does not have it: it is pinned, and every plan says so.
			h.must(Unchanged)
			if z := h.plan().Zones[0]; len(z.Pinned) != 1 || z.Pinned[0].Reason != "oops" || z.Pinned[0].Actor != "ann" {
				t.Errorf("pinned %v", z.Pinned)
			}
			if got := h.store.inState(Restored); len(got) != 1 {
				t.Errorf("%d tombstones restored", len(got))
			}
			pass(25 * time.Hour)
			if got := changes(h.plan().Zones[0]); !cmp.Equal(got, []string{"retire old TXT zones/example.com.zone"}) {
				t.Errorf("changes when the pin is over: %q", got)
			}
		})
	}
}

func TestPinEndsWhenGitSpeaks(t *testing.T) {
	h := newHouse(t)
	h.clocked()
	h.serve("www 300 A 192.0.2.1", "old 300 A 192.0.2.1")
	h.write("www 300 A 192.0.2.1")
	h.must(Applied)
	h.restore(Restoration{Key: zonefile.Key{Name: name("old"), Type: zonefile.TypeA}})
	h.write("www 300 A 192.0.2.1", "old 300 A 192.0.2.1")
	if z := h.plan().Zones[0]; len(z.Pinned)+len(z.Changes) != 0 {
		t.Errorf("pinned %v, changes %v; want git to have it", z.Pinned, changes(z))
	}
	h.must(Unchanged)
	if len(h.store.pins) != 0 {
		t.Error("the pin is still there")
	}
	// And when git lets go of it now, that is meant.
	h.write("www 300 A 192.0.2.1")
	h.must(Applied)
}

func TestRestoreWhatWasUpdated(t *testing.T) {
	h := newHouse(t)
	pass := h.clocked()
	h.serve("www 300 A 192.0.2.1")
	h.write("www 300 A 192.0.2.1", "www 300 A 192.0.2.2")
	h.must(Applied)
	before := h.planner.Clock().Wall
	pass(time.Hour)
	h.write("www 300 A 192.0.2.3")
	h.must(Applied)
	key := zonefile.Key{Name: name("www"), Type: zonefile.TypeA}
	if _, err := h.planner.Restore(t.Context(), h.tree(), Restoration{Key: key}); !errors.Is(err, ErrNothingToRestore) || !strings.Contains(err.Error(), "--at") {
		t.Errorf("without a time: %v", err)
	}
	_, o := h.restore(Restoration{Key: key, At: Point{Time: before}})
	if o.Status != Applied || h.live("www", zonefile.TypeA) != "192.0.2.1 192.0.2.2" {
		t.Fatalf("%s, %v: www is %q", o.Status, o.Err, h.live("www", zonefile.TypeA))
	}
	// Git says what it said: the pin holds until it says something else.
	h.must(Unchanged)
	h.write("www 300 A 192.0.2.4")
	h.must(Applied)
	// Before everything that is written down: what was there then.
	_, o = h.restore(Restoration{Key: key, At: Point{Time: before.Add(-time.Hour)}})
	if o.Status != Applied || h.live("www", zonefile.TypeA) != "192.0.2.1" {
		t.Errorf("%s, %v: www is %q", o.Status, o.Err, h.live("www", zonefile.TypeA))
	}
}

func TestRestoreWhereThePlaceIsTaken(t *testing.T) {
	for _, now := range []string{"old 300 A 192.0.2.99", "old 300 CNAME other.example.net."} {
		t.Run(now, func(t *testing.T) {
			h := newHouse(t)
			h.clocked()
			h.serve("www 300 A 192.0.2.1", "old 300 A 192.0.2.1")
			h.write("www 300 A 192.0.2.1")
			h.must(Applied)
			h.write("www 300 A 192.0.2.1", now)
			h.must(Applied)
			writes := h.writes()
			what := Restoration{Key: zonefile.Key{Name: name("old"), Type: zonefile.TypeA}}
			plan, o := h.restore(what)
			if o.Status != Held || !slices.Contains(guards(plan), GuardTaken) || h.writes() != writes {
				t.Fatalf("%s, held by %q", o.Status, guards(plan))
			}
			if _, o = h.restore(what, GuardTaken); o.Status != Applied || h.live("old", zonefile.TypeA) != "192.0.2.1" || h.live("old", zonefile.TypeCNAME) != "" {
				t.Errorf("overridden: %s, %v", o.Status, o.Err)
			}
			h.must(Unchanged)
		})
	}
}

func TestRollback(t *testing.T) {
	h := newHouse(t)
	pass := h.clocked()
	p := h.target("live", hiding())
	h.serve("www 300 A 192.0.2.1", "a 300 A 192.0.2.1", "b 300 A 192.0.2.1")
	h.write("www 300 A 192.0.2.1", "a 300 A 192.0.2.1", "b 300 A 192.0.2.1", "c 300 A 192.0.2.1")
	h.must(Applied)
	good := p.Served(example)
	then := h.planner.Clock().Wall
	plan := h.store.plans[len(h.store.plans)-1]
	pass(time.Hour)
	h.write("www 300 A 192.0.2.2", "b 300 A 192.0.2.1", "c 60 A 192.0.2.1", "d 300 A 192.0.2.1")
	h.must(Applied)
	pass(time.Hour)
	h.write("www 300 A 192.0.2.3", "b 300 A 192.0.2.1", "c 60 A 192.0.2.1", "d 300 A 192.0.2.2")
	h.must(Applied)
	for _, to := range []Point{{Time: then}, {Plan: plan.ID.String()[:20]}, {Plan: plan.Plan.String()}} {
		t.Run(to.String(), func(t *testing.T) {
			back, err := h.planner.Rollback(t.Context(), h.tree(), Return{Only: Selection{Zones: []zonefile.Name{example}}, To: to, Actor: "ann", Reason: "it broke"})
			if err != nil {
				t.Fatal(err)
			}
			want := []string{"retire d A ", "restore a A ", "update c A zones/example.com.zone:3", "update www A zones/example.com.zone:1"}
			if to.Time.IsZero() {
				want = nil // the first case did it
			}
			var got []string
			for _, c := range back.Zones[0].Changes {
				got = append(got, string(c.Action)+" "+c.Key.Name.Relative(example)+" "+c.Key.Type.String())
			}
			for i := range want {
				want[i] = strings.Join(strings.Fields(want[i])[:3], " ")
			}
			slices.Sort(got)
			slices.Sort(want)
			if !cmp.Equal(got, want) {
				t.Fatalf("changes %q; want %q", got, want)
			}
			for _, o := range h.apply(back) {
				if o.Status != Applied && o.Status != Unchanged {
					t.Fatalf("%s, %v", o.Status, o.Err)
				}
			}
			for c := range zonefile.Diff(good, p.Served(example)) {
				if c.Key().Type != zonefile.TypeSOA {
					t.Errorf("after the rollback %s differs", c.Key())
				}
			}
		})
	}
	// Suspended until git says something else.
	z := h.plan().Zones[0]
	if i := slices.Index(guards(z), GuardSuspended); i < 0 || !strings.Contains(z.Holds[i].Reason, "by ann: rolled back to plan ") {
		t.Errorf("held by %q after a rollback; want suspended", z.Holds)
	}
	bad := h.files["example.com.zone"]
	h.write("www 300 A 192.0.2.1", "a 300 A 192.0.2.1", "b 300 A 192.0.2.1", "c 300 A 192.0.2.1", "e 300 A 192.0.2.1")
	if h.must(Applied); len(h.store.suspend) != 0 {
		t.Errorf("%d suspensions are left", len(h.store.suspend))
	}
	h.files["example.com.zone"] = bad
	h.must(Applied) // it was said twice, so it is meant
	if _, err := h.planner.Rollback(t.Context(), h.tree(), Return{To: Point{Commit: "beef"}}); !errors.Is(err, ErrNoSuchPoint) {
		t.Errorf("a commit that nobody knows: %v", err)
	}
}

func TestZoneIsRetiredAndRestored(t *testing.T) {
	h := newHouse(t)
	pass := h.clocked()
	p := h.target("live")
	rule := &h.planner.Rules[0]
	rule.Policy.RetireZones, rule.Policy.MaxDeletes, rule.Policy.Grace = true, Percent(100), time.Hour
	target := h.planner.Targets["live"]
	target.CanRemove = true
	h.planner.Targets["live"] = target
	h.serve("www 300 A 192.0.2.1", "t 300 TXT \"a;b\"")
	p.SetSettings(example, "special", map[string]string{"color": "green"})
	before := p.Served(example)
	h.files["example.net.zone"] = "www 300 A 192.0.2.1\n"
	ref := Ref{example, "live"}
	// Grace first: it is served.
	if z := h.plan().Zone(ref); z == nil || len(z.Changes) != 0 || len(z.Waiting) != 1 {
		t.Fatalf("plan %+v; want the zone to wait", z)
	}
	h.apply(h.plan())
	if p.Served(example) == nil {
		t.Fatal("it is gone within its grace")
	}
	pass(2 * time.Hour)
	plan := h.plan()
	if z := plan.Zone(ref); !cmp.Equal(changes(*z), []string{"retire zone zones"}) {
		t.Fatalf("changes %q", changes(*z))
	}
	for _, o := range h.apply(plan) {
		if o.Ref == ref && o.Status != Applied {
			t.Fatalf("%s, %v", o.Status, o.Err)
		}
	}
	if p.Served(example) != nil {
		t.Fatal("it is still there")
	}
	if again := h.plan().Zone(ref); again != nil {
		t.Errorf("planned again: %v", changes(*again))
	}
	stones, _ := h.store.Tombstones(t.Context(), TombstoneQuery{Zone: example})
	if len(stones) != 1 || stones[0].Kind != KindZone || stones[0].State != Retired || !strings.Contains(stones[0].Export, "www") {
		t.Fatalf("tombstones %+v", stones)
	}
	z, o := h.restore(Restoration{Stone: stones[0].ID[:6]})
	if o.Status != Applied {
		t.Fatalf("%v: %s, %v", changes(z), o.Status, o.Err)
	}
	for c := range zonefile.Diff(before, p.Served(example)) {
		if c.Key().Type != zonefile.TypeSOA {
			t.Errorf("%s is not as it was", c.Key())
		}
	}
	if kind, settings, err := p.ZoneSettings(t.Context(), example); err != nil || kind != "special" || settings["color"] != "green" {
		t.Errorf("restored as %q with %v, %v", kind, settings, err)
	}
	// It is not in git, and pinned.
	if z := h.plan().Zone(ref); z == nil || len(z.Changes) != 0 || len(z.Pinned) != 1 {
		t.Errorf("plan %+v; want the zone pinned", z)
	}
}

func TestZoneThatIsRetiredIsHeldIfItIsLarge(t *testing.T) {
	h := newHouse(t)
	rule := &h.planner.Rules[0]
	rule.Policy.RetireZones = true
	target := h.planner.Targets["live"]
	target.CanRemove = true
	h.planner.Targets["live"] = target
	var lines []string
	for i := range 12 {
		lines = append(lines, string(rune('a'+i))+" 300 A 192.0.2.1")
	}
	h.serve(lines...)
	h.files["example.net.zone"] = "www 300 A 192.0.2.1\n"
	plan := h.plan()
	if got := guards(*plan.Zone(Ref{example, "live"})); !cmp.Equal(got, []Guard{GuardMaxDeletes}) {
		t.Errorf("held by %q", got)
	}
	for _, o := range h.apply(plan) {
		if o.Zone == example && o.Status != Held {
			t.Errorf("%s", o.Status)
		}
	}
	// A zone that changed since it was planned is left alone.
	plan = h.plan()
	set := zonefile.MustParseRRset("new.example.com. 300 A", "192.0.2.1")
	h.targets["live"].Write(example, zonefile.Change{New: &set})
	for _, o := range h.apply(plan, GuardMaxDeletes) {
		if o.Zone == example && o.Status != Stale {
			t.Errorf("%s, %v; want stale", o.Status, o.Err)
		}
	}
	if h.targets["live"].Calls(providers.OperationRemoveZone) != 0 {
		t.Error("a zone that has changed was removed")
	}
}

// TestRestoreToAnEmptyRepository: a zone comes back although the repository has no zones at all by now.
func TestRestoreToAnEmptyRepository(t *testing.T) {
	h := newHouse(t)
	h.clocked()
	h.serve("www 300 A 192.0.2.1", "old 300 A 192.0.2.1")
	h.write("www 300 A 192.0.2.1")
	h.must(Applied)
	h.files = map[string]string{}
	if _, o := h.restore(Restoration{Key: zonefile.Key{Name: name("old"), Type: zonefile.TypeA}}); o.Status != Applied || h.live("old", zonefile.TypeA) == "" {
		t.Errorf("%s, %v", o.Status, o.Err)
	}
}

// TestEditsLeaveNoMark: after what git did not ask for the zone is not as git has it, so it is looked at in the next round.
func TestEditsLeaveNoMark(t *testing.T) {
	for _, tc := range []struct {
		name string
		edit func(h *house) *Plan
		want []string
	}{
		{"rollback", func(h *house) *Plan {
			plan, err := h.planner.Rollback(t.Context(), h.tree(), Return{To: Point{Time: h.planner.Clock().Wall.Add(-time.Hour)}})
			if err != nil {
				t.Fatal(err)
			}
			h.apply(plan)
			h.store.suspend = nil // resumed, without a change of git
			return h.plan()
		}, []string{"retire old A zones/example.com.zone"}},
		{"purge beside drift", func(h *house) *Plan {
			set := zonefile.MustParseRRset("drift.example.com. 300 A", "192.0.2.66")
			h.targets["live"].Write(example, zonefile.Change{New: &set})
			h.purge([]string{h.stone("old").ID})
			return h.plan()
		}, []string{"retire drift A zones/example.com.zone"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := newHouse(t)
			pass := h.clocked()
			h.target("live", hiding())
			h.serve("www 300 A 192.0.2.1", "old 300 A 192.0.2.1")
			pass(2 * time.Hour)
			h.write("www 300 A 192.0.2.1")
			h.must(Applied)
			h.must(Unchanged)
			plan := tc.edit(h)
			known := h.store.known[Ref{example, "live"}]
			if got := changes(plan.Zones[0]); known.Mark != "" || !cmp.Equal(got, tc.want) {
				t.Errorf("mark %q, changes %q; want none, and %q", known.Mark, got, tc.want)
			}
		})
	}
}

// TestForeignHiddenCopyIsNotOurs: where somebody has hidden something at the key already, what is retired is removed and leaves no copy of ours.
func TestForeignHiddenCopyIsNotOurs(t *testing.T) {
	h := newHouse(t)
	pass := h.clocked()
	p := h.target("live", hiding())
	h.serve("www 300 A 192.0.2.1", "old 300 A 192.0.2.1")
	theirs := zonefile.MustParseRRset("old.example.com. 300 A", "192.0.2.1", "192.0.2.9")
	p.Hide(example, theirs)
	h.write("www 300 A 192.0.2.1")
	h.must(Applied)
	if h.stone("old").Hidden {
		t.Error("the tombstone says that there is a copy")
	}
	pass(31 * 24 * time.Hour)
	h.must(Unchanged)
	if kept, _ := p.Hidden(example).Get(theirs.Key); kept != theirs {
		t.Errorf("hidden is %s; want what somebody else has hidden", kept)
	}
}

// TestRestoreOfWhatWasNotThere: to bring back is not to take away.
func TestRestoreOfWhatWasNotThere(t *testing.T) {
	h := newHouse(t)
	pass := h.clocked()
	h.serve("www 300 A 192.0.2.1")
	h.write("www 300 A 192.0.2.1")
	h.must(Unchanged)
	before := h.planner.Clock().Wall
	pass(time.Hour)
	h.write("www 300 A 192.0.2.1", "new 300 A 192.0.2.2")
	h.must(Applied)
	for _, tc := range []struct{ owner, want string }{{"new", "was not on live at 2026-11-21T12:00:00Z"}, {"www", "has not changed on live since 2026-11-21T12:00:00Z"}} {
		_, err := h.planner.Restore(t.Context(), h.tree(), Restoration{Key: zonefile.Key{Name: name(tc.owner), Type: zonefile.TypeA}, At: Point{Time: before}})
		if !errors.Is(err, ErrNothingToRestore) || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v; want %q", tc.owner, err, tc.want)
		}
	}
}

// TestPointThatNobodyKnows: a commit that was never applied is said to be that, also of a zone that was created by zoneward.
func TestPointThatNobodyKnows(t *testing.T) {
	h := newHouse(t)
	pass := h.clocked()
	target := h.planner.Targets["live"]
	target.CreateZones = true
	h.planner.Targets["live"] = target
	h.write("@ 300 NS ns1.example.net.", "www 300 A 192.0.2.1")
	h.must(Applied)
	pass(time.Hour)
	for _, tc := range []struct {
		to   Point
		want string
	}{
		{Point{Commit: "beef"}, "was not written for commit beef"},
		{Point{Plan: "sha256:0123"}, "was not written for plan sha256:0123"},
		{Point{Time: h.planner.Clock().Wall.Add(-2 * time.Hour)}, "was there only since 2026-11-21T12:00:00Z"},
	} {
		if _, err := h.planner.Rollback(t.Context(), h.tree(), Return{To: tc.to}); !errors.Is(err, ErrNoSuchPoint) || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v; want %q", tc.to, err, tc.want)
		}
	}
}

// TestCommitIsWhatGitSaid: what was restored at a commit is not part of what was written for it.
func TestCommitIsWhatGitSaid(t *testing.T) {
	h := newHouse(t)
	pass := h.clocked()
	h.serve("www 300 A 192.0.2.1")
	before := h.planner.Clock().Wall
	pass(time.Hour)
	h.write("www 300 A 192.0.2.2")
	h.must(Applied) // for c0ffee, as everything here
	h.restore(Restoration{Key: zonefile.Key{Name: name("www"), Type: zonefile.TypeA}, At: Point{Time: before}})
	plan, err := h.planner.Rollback(t.Context(), h.tree(), Return{To: Point{Commit: "c0ff"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := plan.Zones[0].Changes; len(got) != 1 || got[0].New.Text()[0] != "192.0.2.2" {
		t.Errorf("changes %v; want what git said", got)
	}
}

// TestZoneThatComesBackIntoGit has the settings that it had when it was retired, and its tombstone is closed.
func TestZoneThatComesBackIntoGit(t *testing.T) {
	h := newHouse(t)
	h.clocked()
	p := h.target("live")
	create := true
	h.planner.Rules[0].Policy.RetireZones, h.planner.Rules[0].Policy.MaxDeletes, h.planner.Rules[0].CreateZone = true, Percent(100), &create
	target := h.planner.Targets["live"]
	target.CanRemove = true
	h.planner.Targets["live"] = target
	h.serve("www 300 A 192.0.2.1")
	p.SetSettings(example, "special", map[string]string{"color": "green"})
	h.files["example.net.zone"] = "www 300 A 192.0.2.1\n"
	h.apply(h.plan())
	if p.Served(example) != nil {
		t.Fatal("it is not retired")
	}
	h.write("@ 3600 NS ns1.example.net.", "www 300 A 192.0.2.2")
	p.Inject(providers.OperationCreateZone, memory.Fault{Err: providers.ErrPartial, Written: memory.All})
	for _, o := range h.apply(h.plan()) {
		if o.Zone == example && (o.Status != Failed || !errors.Is(o.Err, providers.ErrPartial)) {
			t.Errorf("%s, %v; want failed, since the zone lacks settings", o.Status, o.Err)
		}
	}
	if h.live("www", zonefile.TypeA) != "192.0.2.2" {
		t.Error("a zone that lacks some setting is left without its records")
	}
	if kind, settings, err := p.ZoneSettings(t.Context(), example); err != nil || kind != "special" || settings["color"] != "green" {
		t.Errorf("made as %q with %v, %v", kind, settings, err)
	}
	if got := h.store.inState(Restored); len(got) != 1 {
		t.Errorf("%d tombstones restored; want that of the zone", len(got))
	}
}

// TestRollbackLeavesOthersAlone: what others own by now stays as it is, and does not keep the rest from going back.
func TestRollbackLeavesOthersAlone(t *testing.T) {
	h := newHouse(t)
	pass := h.clocked()
	h.serve("www 300 A 192.0.2.1", "dyn 300 A 192.0.2.1")
	then := h.planner.Clock().Wall
	pass(time.Hour)
	h.write("www 300 A 192.0.2.2", "dyn 300 A 192.0.2.2")
	h.must(Applied)
	h.planner.Rules[0].Policy.Ignore = []Pattern{{Name: "dyn"}}
	h.write("www 300 A 192.0.2.2")
	plan, err := h.planner.Rollback(t.Context(), h.tree(), Return{To: Point{Time: then}})
	if err != nil {
		t.Fatal(err)
	}
	z := plan.Zones[0]
	if got := changes(z); z.Err != nil || !cmp.Equal(got, []string{"update www A "}) {
		t.Errorf("changes %q, %v", got, z.Err)
	}
	if len(z.Warnings) != 1 || z.Warnings[0].String() != "zones/example.com.zone: warning: dyn A: not rolled back: it is left to others" {
		t.Errorf("warnings %v", z.Warnings)
	}
	// Somebody who asks for that very RRset is told.
	plan, err = h.planner.Restore(t.Context(), h.tree(), Restoration{Key: zonefile.Key{Name: name("dyn"), Type: zonefile.TypeA}, At: Point{Time: then}})
	if err != nil || plan.Zones[0].Err == nil {
		t.Errorf("%v; want an error of the zone", err)
	}
}

// TestRollbackOfSomeTargets: a target that was never at the point is said.
func TestRollbackOfSomeTargets(t *testing.T) {
	h := newHouse(t)
	pass := h.clocked()
	h.serve("www 300 A 192.0.2.1")
	h.write("www 300 A 192.0.2.2")
	h.must(Applied) // for c0ffee
	h.target("other").AddZone(h.zone("www 300 A 192.0.2.1"))
	h.rule("example.com", "live", "other")
	h.adopt()
	pass(time.Hour)
	tree := h.tree()
	tree.Revision = "beef"
	h.write("www 300 A 192.0.2.3")
	tree.FS = h.tree().FS
	plan, err := h.planner.Plan(t.Context(), tree, Selection{})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range h.applier.Apply(t.Context(), tree, plan, Approval{}) {
		if o.Status != Applied {
			t.Fatalf("%s, %v", o.Status, o.Err)
		}
	}
	plan, err = h.planner.Rollback(t.Context(), tree, Return{To: Point{Commit: "c0ffee"}})
	if err != nil {
		t.Fatal(err)
	}
	if len(plan.Zones) != 1 || plan.Zones[0].Target != "live" {
		t.Errorf("%d zones", len(plan.Zones))
	}
	if len(plan.Notices) != 1 || !strings.Contains(plan.Notices[0], "not rolled back: ") || !strings.Contains(plan.Notices[0], "example.com. on other") {
		t.Errorf("notices %q", plan.Notices)
	}
}
