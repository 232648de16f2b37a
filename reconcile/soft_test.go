package reconcile

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/zonefile"
)

// clocked gives the house a clock that the test sets, and returns what moves it on.
func (h *house) clocked() func(time.Duration) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	start := now
	h.planner.Clock = func() Clock { return Clock{Wall: now, Steady: now.Sub(start), Boot: "b"} }
	return func(d time.Duration) { now = now.Add(d) }
}

// hiding is a provider that keeps what is disabled.
func hiding() memory.Option {
	traits := memory.DefaultTraits()
	traits.CanDisable = true
	return memory.WithTraits(traits)
}

// live returns the text of a live RRset, "" if it is not served.
func (h *house) live(name string, t zonefile.Type) string {
	set, ok := h.targets["live"].Served(example).Get(zonefile.Key{Name: zonefile.MustParseName(name + ".example.com."), Type: t})
	if !ok {
		return ""
	}
	return strings.Join(set.Text(), " ")
}

// must applies what is planned now, and fails the test unless the zone ends with that status.
func (h *house) must(status Status, overrides ...Guard) Outcome {
	h.t.Helper()
	o := h.apply(h.plan(), overrides...)[0]
	if o.Status != status {
		h.t.Fatalf("%s, %v; want %s", o.Status, o.Err, status)
	}
	return o
}

func (h *house) writes() int { return h.targets["live"].Calls(providers.OperationApply) }

func TestGrace(t *testing.T) {
	h := newHouse(t)
	pass := h.clocked()
	h.planner.Rules[0].Policy.Grace = 24 * time.Hour
	h.serve("www 300 A 192.0.2.1", "old 300 A 192.0.2.1")
	h.write("www 300 A 192.0.2.1")
	plan := h.plan().Zones[0]
	if len(plan.Changes) != 0 || len(plan.Waiting) != 1 || plan.Waiting[0].Noted {
		t.Fatalf("changes %v, waiting %v; want old to wait, and its time not to run yet", changes(plan), plan.Waiting)
	}
	h.must(Unchanged)
	pass(23 * time.Hour)
	h.must(Unchanged)
	if w := h.plan().Zones[0].Waiting; len(w) != 1 || !w[0].Noted || h.live("old", zonefile.TypeA) == "" {
		t.Fatalf("waiting %v after 23 hours", w)
	}
	// Back within its grace: no write at all, and its time begins anew.
	h.write("www 300 A 192.0.2.1", "old 300 A 192.0.2.1")
	h.must(Unchanged)
	h.write("www 300 A 192.0.2.1")
	pass(2 * time.Hour)
	h.must(Unchanged)
	if h.writes() != 0 {
		t.Fatalf("%d writes; want none within the grace", h.writes())
	}
	pass(24 * time.Hour)
	h.must(Applied)
	if h.live("old", zonefile.TypeA) != "" || h.writes() != 1 {
		t.Errorf("old is %q after its grace, with %d writes; want it gone with one", h.live("old", zonefile.TypeA), h.writes())
	}
	if h.must(Unchanged); h.writes() != 1 {
		t.Error("it is retired twice")
	}
}

func TestNoGraceForWhatIsInTheWay(t *testing.T) {
	h := newHouse(t)
	h.clocked()
	h.planner.Rules[0].Policy.Grace = 24 * time.Hour
	h.serve("www 300 A 192.0.2.1")
	h.write("www 300 CNAME other.example.net.")
	h.must(Applied)
	if h.live("www", zonefile.TypeCNAME) == "" {
		t.Error("the CNAME is not live")
	}
}

// TestClockThatJumps: what only the time ends waits when the wall clock was set.
func TestClockThatJumps(t *testing.T) {
	h := newHouse(t)
	clock := Clock{Wall: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC), Steady: time.Hour, Boot: "b"}
	h.planner.Clock = func() Clock { return clock }
	h.planner.Rules[0].Policy.Grace = time.Hour
	h.target("live", hiding())
	h.serve("www 300 A 192.0.2.1", "old 300 A 192.0.2.1", "older 300 A 192.0.2.1")
	h.write("www 300 A 192.0.2.1", "old 300 A 192.0.2.1")
	h.must(Unchanged)
	for _, jump := range []time.Duration{400 * 24 * time.Hour, 48 * time.Hour, -48 * time.Hour} {
		before := clock
		clock.Wall = clock.Wall.Add(jump)
		clock.Steady += time.Minute
		h.must(Unchanged)
		if h.writes() != 0 || h.live("older", zonefile.TypeA) == "" {
			t.Errorf("a clock that jumps by %s retires", jump)
		}
		h.store.clock, clock = before, before
	}
	clock.Wall, clock.Steady = clock.Wall.Add(2*time.Hour), clock.Steady+2*time.Hour
	h.must(Applied)
}

func TestHiddenCopy(t *testing.T) {
	h := newHouse(t)
	pass := h.clocked()
	p := h.target("live", hiding())
	h.serve("www 300 A 192.0.2.1", "old 300 TXT \"a b\"")
	h.write("www 300 A 192.0.2.1")
	h.must(Applied)
	key := zonefile.Key{Name: zonefile.MustParseName("old.example.com."), Type: zonefile.TypeTXT}
	if !p.Hidden(example).Has(key) {
		t.Fatal("the copy is not hidden but gone")
	}
	// Something of somebody else is hidden beside it.
	other := zonefile.MustParseRRset("theirs.example.com. 300 A", "192.0.2.9")
	p.Hide(example, other)
	if plan := h.plan().Zones[0]; len(plan.Changes) != 0 {
		t.Fatalf("what is hidden makes changes: %v", changes(plan))
	}
	pass(31 * 24 * time.Hour)
	plan := h.plan()
	if got, want := changes(plan.Zones[0]), []string{"purge old TXT "}; !cmp.Equal(got, want) {
		t.Fatalf("changes %q after the retention; want %q", got, want)
	}
	h.must(Applied)
	if p.Hidden(example).Has(key) || !p.Hidden(example).Has(other.Key) {
		t.Error("want our hidden copy purged, and the other one kept")
	}
	if got := h.store.inState(Purged); !slices.Equal(got, []zonefile.Key{key}) {
		t.Errorf("purged: %v", got)
	}
	h.must(Unchanged)
}

func TestRetentionWithoutACopyIsClosed(t *testing.T) {
	h := newHouse(t)
	pass := h.clocked()
	h.serve("www 300 A 192.0.2.1", "old 300 A 192.0.2.1")
	h.write("www 300 A 192.0.2.1")
	h.must(Applied)
	pass(31 * 24 * time.Hour)
	n := h.writes()
	h.must(Unchanged)
	if len(h.store.inState(Purged)) != 1 || h.writes() != n {
		t.Errorf("%d tombstones closed with %d writes; want one with none", len(h.store.inState(Purged)), h.writes()-n)
	}
}

func TestDrift(t *testing.T) {
	other := zonefile.MustParseRRset("www.example.com. 300 A", "192.0.2.66")
	extra := zonefile.MustParseRRset("extra.example.com. 300 A", "192.0.2.66")
	for _, tc := range []struct {
		name    string
		drift   Drift
		lines   []string
		changes []string
		drifts  int
		causes  []Cause
	}{
		{"put right", Drift{}, []string{"www 300 A 192.0.2.1"}, []string{"retire extra A zones/example.com.zone", "update www A zones/example.com.zone:1"}, 0, []Cause{CauseDrift, CauseDrift}},
		{"detected", Drift{Detect: true}, []string{"www 300 A 192.0.2.1"}, nil, 2, nil},
		{"git and drift", Drift{Detect: true}, []string{"www 300 A 192.0.2.2"}, []string{"update www A zones/example.com.zone:1"}, 1, []Cause{CauseBoth}},
		{"git beside drift", Drift{Detect: true}, []string{"www 300 A 192.0.2.1", "new 300 A 192.0.2.1"}, []string{"create new A zones/example.com.zone:2"}, 2, []Cause{CauseGit}},
		{
			"ignored",
			Drift{Ignore: []Pattern{{Name: "extra"}}},
			[]string{"www 300 A 192.0.2.1"},
			[]string{"update www A zones/example.com.zone:1"},
			0,
			[]Cause{CauseDrift},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := newHouse(t)
			h.planner.Rules[0].Policy.Drift = tc.drift
			h.serve("www 300 A 192.0.2.1")
			h.targets["live"].Write(example, zonefile.Change{New: &other}, zonefile.Change{New: &extra})
			h.write(tc.lines...)
			plan := h.plan().Zones[0]
			var causes []Cause
			for _, c := range plan.Changes {
				causes = append(causes, c.Cause)
			}
			if !cmp.Equal(changes(plan), tc.changes) || len(plan.Drift) != tc.drifts || !cmp.Equal(causes, tc.causes) {
				t.Errorf("changes %q for %q, %d drifted; want %q for %q, %d", changes(plan), causes, len(plan.Drift), tc.changes, tc.causes, tc.drifts)
			}
			h.must(map[bool]Status{true: Applied, false: Unchanged}[len(tc.changes) > 0])
		})
	}
}

func TestDriftOfATTL(t *testing.T) {
	h := newHouse(t)
	h.planner.Rules[0].Policy.Drift.TTLs = []Pattern{{Name: "*"}}
	h.serve("www 300 A 192.0.2.1")
	set := zonefile.MustParseRRset("www.example.com. 60 A", "192.0.2.1")
	h.targets["live"].Write(example, zonefile.Change{New: &set})
	h.write("www 300 A 192.0.2.1")
	if plan := h.plan().Zones[0]; len(plan.Changes)+len(plan.Drift) != 0 {
		t.Errorf("changes %v, drift %v; want the other TTL left", changes(plan), plan.Drift)
	}
}

// TestAdditive has 50 RRsets that nobody of us wrote and 10 that we did.
func TestAdditive(t *testing.T) {
	h := newHouse(t)
	h.planner.Rules[0].Policy.Additive = true
	var ours []string
	for i := range 10 {
		ours = append(ours, string(rune('a'+i))+" 300 A 192.0.2.1")
	}
	h.serve(ours...)
	var theirs []zonefile.Change
	for i := range 50 {
		set := zonefile.MustParseRRset("their"+string(rune('a'+i%26))+string(rune('a'+i/26))+".example.com. 300 A", "192.0.2.9")
		theirs = append(theirs, zonefile.Change{New: &set})
	}
	h.targets["live"].Write(example, theirs...)
	h.write(ours[1:]...)
	plan := h.plan().Zones[0]
	if got, want := changes(plan), []string{"retire a A zones/example.com.zone"}; !cmp.Equal(got, want) || plan.Foreign != 52 {
		t.Errorf("changes %q, %d foreign; want %q, 52", got, plan.Foreign, want)
	}
	h.must(Applied)
	h.write(append(ours[1:], "theiraa 300 A 192.0.2.1")...)
	if plan := h.plan().Zones[0]; plan.Err == nil || !strings.Contains(plan.Err.Error(), "zoneward adopt") {
		t.Errorf("git names what is not ours: %v, %v; want an error that says how to adopt", plan.Err, changes(plan))
	}
	if _, err := h.applier.Adopt(t.Context(), h.tree(), Selection{}); err != nil {
		t.Fatal(err)
	}
	if plan := h.plan().Zones[0]; plan.Err != nil {
		t.Errorf("after the adoption: %v", plan.Err)
	}
}

func TestExternalDNSIsLeftAlone(t *testing.T) {
	h := newHouse(t)
	h.serve("www 300 A 192.0.2.1")
	for _, line := range []string{"app 60 A 192.0.2.5", `a-app 60 TXT "heritage=external-dns,external-dns/owner=x,external-dns/resource=ingress/a/b"`} {
		z := h.zone(line)
		for set := range z.All() {
			if set.Key.Type != zonefile.TypeSOA && set.Key.Type != zonefile.TypeNS {
				h.targets["live"].Write(example, zonefile.Change{New: &set})
			}
		}
	}
	h.write("www 300 A 192.0.2.1")
	if plan := h.plan().Zones[0]; len(plan.Changes) != 0 || plan.Foreign != 4 {
		t.Errorf("changes %q, %d foreign; want none, 4", changes(plan), plan.Foreign)
	}
	h.write("www 300 A 192.0.2.1", "app 60 A 192.0.2.6")
	if plan := h.plan().Zones[0]; plan.Err == nil || !strings.Contains(plan.Err.Error(), "external-dns") {
		t.Errorf("%v, %q; want a problem that names external-dns", plan.Err, changes(plan))
	}
}

// TestPrefixThatIsForgotten warns before what external-dns owns is retired because its markers are not understood.
func TestPrefixThatIsForgotten(t *testing.T) {
	h := newHouse(t)
	marker := zonefile.MustParseRRset("x-a-app.example.com. 60 TXT", `"heritage=external-dns,external-dns/owner=x,external-dns/resource=ingress/a/b"`)
	app := zonefile.MustParseRRset("app.example.com. 60 A", "192.0.2.5")
	h.serve("www 300 A 192.0.2.1")
	h.targets["live"].Write(example, zonefile.Change{New: &marker}, zonefile.Change{New: &app})
	h.write("www 300 A 192.0.2.1")
	warned := func() bool {
		return slices.ContainsFunc(h.plan().Zones[0].Warnings, func(p zonefile.Problem) bool { return p.Rule == "external-dns-prefix" })
	}
	if !warned() {
		t.Error("no warning that app would be retired although a marker may be for it")
	}
	h.planner.Rules[0].Policy.ExternalDNS.Prefix = "x-%{record_type}-"
	if z := h.plan().Zones[0]; warned() || len(z.Changes) > 0 {
		t.Errorf("with the right prefix: changes %q", changes(z))
	}
}

func TestSuspension(t *testing.T) {
	h := newHouse(t)
	pass := h.clocked()
	h.serve("www 300 A 192.0.2.1")
	h.write("www 300 A 192.0.2.2")
	plan := h.plan()
	_ = h.store.Suspend(t.Context(), Suspension{Scope: Scope{Target: "live"}, Actor: "ann", Reason: "incident 7", Since: h.planner.Clock().Wall, Until: h.planner.Clock().Wall.Add(time.Hour)})
	// A suspension that came after the plan counts too.
	if o := h.apply(plan)[0]; o.Status != Stale || h.writes() != 0 {
		t.Errorf("%s with %d writes; want stale with none", o.Status, h.writes())
	}
	if z := h.plan().Zones[0]; !slices.Contains(guards(z), GuardSuspended) || !strings.Contains(z.Holds[0].Reason, "incident 7") || !strings.Contains(z.Holds[0].Reason, "ann") {
		t.Errorf("holds %v", z.Holds)
	}
	h.must(Held)
	pass(2 * time.Hour)
	h.must(Applied)
}

func TestFrozenProtectedAndTTL(t *testing.T) {
	h := newHouse(t)
	policy := &h.planner.Rules[0].Policy
	policy.Protected = []Pattern{{Name: "www"}}
	policy.MinTTL, policy.MaxTTL = 60, 86400
	h.serve("www 300 A 192.0.2.1", "short 300 A 192.0.2.1")
	h.write("www 300 A 192.0.2.2", "short 5 A 192.0.2.1", "new 5 A 192.0.2.1")
	if got, want := guards(h.plan().Zones[0]), []Guard{GuardProtected, GuardTTL}; !cmp.Equal(got, want) {
		t.Errorf("held by %q; want %q", got, want)
	}
	h.must(Held)
}

// TestUnmovedZonesAreNotFetched has many zones of which one has changed on one side or the other.
func TestUnmovedZonesAreNotFetched(t *testing.T) {
	h := newHouse(t)
	p := h.target("live")
	names := []string{"a.example.", "b.example.", "c.example.", "d.example.", "e.example."}
	for _, name := range names {
		origin := zonefile.MustParseName(name)
		z, err := zonefile.ZoneOf(origin,
			zonefile.MustParseRRset(name+" 3600 SOA", soaText), zonefile.MustParseRRset(name+" 3600 NS", "ns1.example.net."),
			zonefile.MustParseRRset("www."+name+" 300 A", "192.0.2.1"))
		if err != nil {
			t.Fatal(err)
		}
		p.AddZone(z)
		h.files[strings.TrimSuffix(name, ".")+".zone"] = "www 300 A 192.0.2.1\n"
	}
	h.apply(h.plan())
	fetches := func() int {
		t.Helper()
		before := p.Calls(providers.OperationFetch)
		for _, o := range h.apply(h.plan()) {
			if o.Status != Applied && o.Status != Unchanged {
				t.Fatalf("%s: %s, %v", o.Ref, o.Status, o.Err)
			}
		}
		return p.Calls(providers.OperationFetch) - before
	}
	if n := fetches(); n != 0 {
		t.Errorf("%d fetches although nothing has changed", n)
	}
	h.files["b.example.zone"] = "www 300 A 192.0.2.2\n"
	if n := fetches(); n != 3 {
		t.Errorf("%d fetches for one file that has changed; want 3, all of that zone", n)
	}
	set := zonefile.MustParseRRset("www.c.example. 300 A", "192.0.2.66")
	p.Write(zonefile.MustParseName("c.example."), zonefile.Change{New: &set})
	if n := fetches(); n != 3 {
		t.Errorf("%d fetches for one zone that was changed live; want 3", n)
	}
	if n := fetches(); n != 0 {
		t.Errorf("%d fetches afterwards", n)
	}
	h.planner.Rules[0].Policy.Ignore = []Pattern{{Name: "other"}}
	if n := fetches(); n != len(names) {
		t.Errorf("%d fetches with another policy; want all", n)
	}
	h.planner.Thorough = true
	if n := fetches(); n != len(names) {
		t.Errorf("%d fetches of a thorough planner; want all", n)
	}
}

// TestAdditiveFromTheStart has a zone of others, which zoneward comes to without having adopted anything.
func TestAdditiveFromTheStart(t *testing.T) {
	h := newHouse(t)
	h.planner.Rules[0].Policy.Additive = true
	h.target("live").AddZone(h.zone("theirs 300 A 192.0.2.9", "same 300 A 192.0.2.1"))
	h.write("ours 300 A 192.0.2.1", "same 300 A 192.0.2.1")
	h.must(Applied)
	h.must(Unchanged)
	if z := h.plan().Zones[0]; len(z.Changes) > 0 || z.Foreign != 3 {
		t.Fatalf("changes %q, %d foreign; want none, 3", changes(z), z.Foreign)
	}
	h.write("same 300 A 192.0.2.1")
	h.must(Applied)
	if h.live("theirs", zonefile.TypeA) == "" || h.live("ours", zonefile.TypeA) != "" {
		t.Errorf("theirs %q, ours %q; want theirs alone", h.live("theirs", zonefile.TypeA), h.live("ours", zonefile.TypeA))
	}
}

// TestPurgeAtTheKeyOfAPut has a copy whose retention is over at a key that gets another value in the same plan, also where a copy of an older
// value would keep the server from taking it.
func TestPurgeAtTheKeyOfAPut(t *testing.T) {
	for _, typ := range []string{"A 192.0.2.", "CNAME x"} {
		h := newHouse(t)
		pass := h.clocked()
		p := h.target("live", hiding())
		h.serve("www 300 A 192.0.2.1", "old 300 "+typ+"1")
		h.write("www 300 A 192.0.2.1")
		h.must(Applied)
		pass(31 * 24 * time.Hour)
		h.write("www 300 A 192.0.2.1", "old 300 "+typ+"2")
		h.must(Applied)
		if hidden := p.Hidden(example); hidden.Len() != 0 {
			t.Errorf("%s: %d RRsets are hidden still", typ, hidden.Len())
		}
		h.must(Unchanged)
		if got := h.store.inState(Purged); len(got) != 1 {
			t.Errorf("%s: %d tombstones purged; want one", typ, len(got))
		}
	}
}
