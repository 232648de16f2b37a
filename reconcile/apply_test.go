package reconcile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/zonefile"
)

// TestApplyConverges walks a zone from one drawn state to the next: after each apply the plan is empty and the zone is as stated.
func TestApplyConverges(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		h := newHouse(t)
		h.serve()
		for range rapid.IntRange(1, 4).Draw(rt, "states") {
			names := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c", "d.a", "*"}), 0, 5, rapid.ID).Draw(rt, "names")
			lines := []string{"@ 300 TXT stays"}
			for _, name := range names {
				ttl := rapid.IntRange(1, 3).Draw(rt, "ttl")
				switch rapid.IntRange(0, 3).Draw(rt, "kind") {
				case 0:
					lines = append(lines, fmt.Sprintf("%s %d CNAME x.example.net.", name, ttl))
				case 1:
					lines = append(lines, fmt.Sprintf("%s %d TXT %d", name, ttl, rapid.IntRange(0, 2).Draw(rt, "text")))
				default:
					for _, last := range rapid.SliceOfNDistinct(rapid.IntRange(1, 4), 1, 3, rapid.ID).Draw(rt, "addresses") {
						lines = append(lines, fmt.Sprintf("%s %d A 192.0.2.%d", name, ttl, last))
					}
				}
			}
			h.write(lines...)
			plan := h.plan()
			for _, o := range h.apply(plan, Guards[:]...) {
				if o.Status != Applied && o.Status != Unchanged {
					rt.Fatalf("%s: %s, %v", o.Ref, o.Status, o.Err)
				}
			}
			if again := h.plan().Zones[0]; len(again.Changes) > 0 || again.Err != nil {
				rt.Fatalf("not converged: %v, %v", changes(again), again.Err)
			}
			if applied, _, _ := h.store.Applied(t.Context(), Ref{example, "live"}); applied.Len() != h.targets["live"].Served(example).Len() &&
				applied.Len() != h.targets["live"].Served(example).Len()-2 {
				rt.Fatalf("applied state has %d RRsets, live has %d", applied.Len(), h.targets["live"].Served(example).Len())
			}
		}
	})
}

func TestStaleWritesNothing(t *testing.T) {
	for _, tc := range []struct {
		name  string
		write zonefile.Change
		stale bool
	}{
		{"another RRset appears", change("", "other.example.com. 60 A", "192.0.2.7"), true},
		{"the RRset to change is changed", change("www", "www.example.com. 60 A", "192.0.2.7"), true},
		{"an ACME challenge appears", change("", "_acme-challenge.example.com. 60 TXT", "x"), false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := newHouse(t)
			h.serve("www 300 A 192.0.2.1")
			h.write("www 300 A 192.0.2.2")
			plan := h.plan()
			live := h.targets["live"]
			live.Write(example, tc.write)
			before := live.Served(example)
			o := h.apply(plan)[0]
			if !tc.stale {
				if o.Status != Applied {
					t.Errorf("%s, %v; want applied", o.Status, o.Err)
				}
				return
			}
			if o.Status != Stale || !errors.Is(o.Err, ErrStale) {
				t.Errorf("%s, %v; want stale", o.Status, o.Err)
			}
			if live.Calls(providers.OperationApply) != 0 || !live.Served(example).Equal(before) {
				t.Error("a stale plan was written")
			}
		})
	}
}

// change makes a change to one RRset; old says that there is one, by the name of its owner.
func change(old, head string, texts ...string) zonefile.Change {
	set := zonefile.MustParseRRset(head, texts...)
	c := zonefile.Change{New: &set}
	if old != "" {
		was := set.WithTTL(1)
		c.Old = &was
	}
	return c
}

func TestSomebodyElseWritesWhileWeDo(t *testing.T) {
	for _, tc := range []struct {
		name   string
		race   zonefile.Change
		status Status
		want   string
	}{
		{"elsewhere in the zone", change("", "other.example.com. 60 A", "192.0.2.7"), Conflict, "other.example.com. A"},
		{"a challenge", change("", "_acme-challenge.example.com. 60 TXT", "x"), Applied, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := newHouse(t)
			h.serve("www 300 A 192.0.2.1")
			h.write("www 300 A 192.0.2.2")
			plan := h.plan()
			h.targets["live"].Inject(providers.OperationApply, memory.Fault{Race: []zonefile.Change{tc.race}})
			o := h.apply(plan)[0]
			if o.Status != tc.status || tc.want != "" && !strings.Contains(o.Err.Error(), tc.want) {
				t.Errorf("%s, %v; want %s with %q", o.Status, o.Err, tc.status, tc.want)
			}
			if len(o.Changes) != 1 {
				t.Errorf("%d changes are live; want 1", len(o.Changes))
			}
		})
	}
}

func TestFaultsOfAProvider(t *testing.T) {
	broken := errors.New("connection reset")
	for _, tc := range []struct {
		name   string
		op     providers.Operation
		faults []memory.Fault
		status Status
		live   int // changes that are live afterwards
		says   string
	}{
		{"the zone cannot be fetched again", providers.OperationFetch, []memory.Fault{{Err: broken}}, Failed, 0, "connection reset"},
		{"every write is refused", providers.OperationApply, slices.Repeat([]memory.Fault{{Err: providers.ErrInvalid}}, 4), Failed, 0, "does not accept"},
		{"the write is refused, and in parts it is not", providers.OperationApply, []memory.Fault{{Err: providers.ErrInvalid}}, Applied, 3, ""},
		{"a conflict is refused", providers.OperationApply, []memory.Fault{{Err: providers.ErrConflict}}, Stale, 0, "changed in the meantime"},
		{"the answer is lost and the work is done", providers.OperationApply, []memory.Fault{{Err: broken, Written: memory.All}}, Applied, 3, ""},
		{"the work is done in part", providers.OperationApply, []memory.Fault{{Err: providers.ErrPartial, Written: 1}}, Applied, 3, ""},
		{"it cannot be read back", providers.OperationFetch, []memory.Fault{{}, {Err: broken}}, Failed, 0, "read example.com. on live back"},
		{"an old state is read back", providers.OperationFetch, []memory.Fault{{}, {Stale: true}}, Failed, 0, "reported success"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := newHouse(t)
			h.serve("www 300 A 192.0.2.1", "old 300 A 192.0.2.1")
			h.write("www 300 A 192.0.2.2", "new 300 A 192.0.2.2")
			plan := h.plan()
			h.targets["live"].Inject(tc.op, tc.faults...)
			o := h.apply(plan)[0]
			if o.Status != tc.status || len(o.Changes) != tc.live || tc.says != "" && !strings.Contains(fmt.Sprint(o.Err), tc.says) {
				t.Errorf("%s with %d live, %v; want %s with %d, %q", o.Status, len(o.Changes), o.Err, tc.status, tc.live, tc.says)
			}
			// Whatever happened: a second try ends where it should.
			for _, o := range h.apply(h.plan()) {
				if o.Status != Applied && o.Status != Unchanged {
					t.Errorf("second try: %s, %v", o.Status, o.Err)
				}
			}
			if stones, _ := h.store.Tombstones(t.Context(), TombstoneQuery{Closed: true}); len(stones) == 0 || !slices.ContainsFunc(stones, func(s Tombstone) bool {
				return s.RRset == zonefile.MustParseRRset("old.example.com. 300 A", "192.0.2.1")
			}) {
				t.Errorf("no tombstone of what was retired: %v", stones)
			}
		})
	}
}

func TestTombstoneIsWrittenFirst(t *testing.T) {
	h := newHouse(t)
	h.serve("old 300 A 192.0.2.1", "www 300 A 192.0.2.1")
	h.write("www 300 A 192.0.2.1")
	plan := h.plan()
	h.store.fail = errors.New("disk full")
	o := h.apply(plan)[0]
	if o.Status != Failed || h.targets["live"].Calls(providers.OperationApply) != 0 {
		t.Fatalf("%s with %d writes; want failed with none: nothing is retired without a tombstone", o.Status, h.targets["live"].Calls(providers.OperationApply))
	}
	h.store.fail = nil
	h.targets["live"].Inject(providers.OperationApply, memory.Fault{Before: func() {
		stones, _ := h.store.Tombstones(t.Context(), TombstoneQuery{Closed: true})
		if len(stones) != 1 || stones[0].State != Buried {
			t.Errorf("tombstones as the provider is written to: %v; want one that is not retired yet", stones)
		}
	}})
	if o := h.apply(plan)[0]; o.Status != Applied {
		t.Fatalf("%s, %v", o.Status, o.Err)
	}
	stones, _ := h.store.Tombstones(t.Context(), TombstoneQuery{Closed: true})
	got := stones[0]
	if got.State != Retired || got.Commit != "c0ffee" || got.Author != "A <a@example.com>" || got.PurgeAt.Sub(got.BuriedAt) != DefaultPolicy().Retention {
		t.Errorf("tombstone %+v", got)
	}
}

func TestDryRunCannotWrite(t *testing.T) {
	h := newHouse(t)
	h.serve("www 300 A 192.0.2.1")
	h.write("www 300 A 192.0.2.2")
	for name, target := range h.planner.Targets {
		if w, ok := providers.As[interface {
			Apply(context.Context, zonefile.Name, providers.Batch) (providers.Result, error)
		}](target.Reader); ok {
			t.Errorf("the planner's %s can write: %T", name, w)
		}
	}
	h.plan()
	if n := h.targets["live"].Calls(providers.OperationApply); n != 0 {
		t.Errorf("planning wrote %d times", n)
	}
}

func TestInterruption(t *testing.T) {
	h := newHouse(t)
	h.serve("www 300 A 192.0.2.1")
	h.write("www 300 A 192.0.2.2")
	plan := h.plan()
	ctx, cancel := context.WithCancel(t.Context())
	h.targets["live"].Inject(providers.OperationApply, memory.Fault{Before: cancel})
	if o := h.applier.Apply(ctx, h.tree(), plan, Approval{})[0]; o.Status != Applied {
		t.Errorf("cancelled while it was written: %s, %v; want applied", o.Status, o.Err)
	}
	h.write("www 300 A 192.0.2.3")
	plan = h.plan()
	if o := h.applier.Apply(ctx, h.tree(), plan, Approval{})[0]; o.Status != Interrupted {
		t.Errorf("cancelled before: %s, %v; want interrupted", o.Status, o.Err)
	}
	if n := h.targets["live"].Calls(providers.OperationApply); n != 1 {
		t.Errorf("%d writes; want 1", n)
	}
}

func TestCreateZone(t *testing.T) {
	h := newHouse(t)
	yes := true
	h.planner.Rules[0].CreateZone = &yes
	h.write("@ 3600 SOA "+soaText, "@ 3600 NS ns1.example.net.", "www 300 A 192.0.2.1")
	plan := h.plan()
	want := []string{
		"create zone zones/example.com.zone", "create @ NS zones/example.com.zone:2", "create @ SOA zones/example.com.zone:1", "create www A zones/example.com.zone:3",
	}
	if d := cmp.Diff(changes(plan.Zones[0]), want); d != "" {
		t.Fatalf("changes (-got +want):\n%s", d)
	}
	if o := h.apply(plan)[0]; o.Status != Applied || len(o.Changes) != 4 {
		t.Fatalf("%s with %d, %v; want applied with 4", o.Status, len(o.Changes), o.Err)
	}
	if again := h.plan().Zones[0]; len(again.Changes) > 0 || again.Err != nil {
		t.Errorf("not converged: %v, %v", changes(again), again.Err)
	}
}

func TestSavedPlan(t *testing.T) {
	save := func(t *testing.T, p *Plan) *Plan {
		t.Helper()
		var b bytes.Buffer
		if err := p.WriteJSON(&b); err != nil {
			t.Fatal(err)
		}
		saved, err := ReadPlan(&b)
		if err != nil {
			t.Fatal(err)
		}
		return saved
	}
	for _, tc := range []struct {
		name   string
		moves  func(*house)
		status Status
		says   string
	}{
		{"nothing moved", func(*house) {}, Applied, ""},
		{"a comment was added to the file", func(h *house) { h.write("; hello", "www 300 A 192.0.2.2", "new 300 TXT x") }, Applied, ""},
		{"the file moved", func(h *house) { h.write("www 300 A 192.0.2.3", "new 300 TXT x") }, Stale, "www.example.com. A is to be 300 192.0.2.3, and was to be 300 192.0.2.2"},
		{"the file has more", func(h *house) { h.write("www 300 A 192.0.2.2", "new 300 TXT x", "more 300 TXT x") }, Stale, "more.example.com. TXT was not to create"},
		{"live moved", func(h *house) { h.targets["live"].Write(example, change("www", "www.example.com. 300 A", "192.0.2.9")) }, Stale, "www.example.com. A is live as 300 192.0.2.9, and was 300 192.0.2.1"},
		{"live moved elsewhere", func(h *house) { h.targets["live"].Write(example, change("", "x.example.com. 300 A", "192.0.2.9")) }, Stale, "x.example.com. A was not to retire"},
		{"it is done already", func(h *house) {
			h.targets["live"].Write(example, change("www", "www.example.com. 300 A", "192.0.2.2"), change("", "new.example.com. 300 TXT", "x"))
		}, Stale, "nothing to update any more"},
		{"the zone is gone", func(h *house) { delete(h.files, "example.com.zone"); h.files["example.net.zone"] = "\n" }, Stale, "not in the zones repository any more"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := newHouse(t)
			h.serve("www 300 A 192.0.2.1")
			h.write("www 300 A 192.0.2.2", "new 300 TXT x")
			saved := save(t, h.plan())
			if d := cmp.Diff(saved.ID(), h.plan().ID()); d != "" {
				t.Fatalf("the id differs after saving: %s", d)
			}
			tc.moves(h)
			writes := h.targets["live"].Calls(providers.OperationApply)
			o := h.apply(Reviewed(saved, h.plan()))[0]
			if o.Status != tc.status || tc.says != "" && !strings.Contains(fmt.Sprint(o.Err), tc.says) {
				t.Errorf("%s, %v; want %s with %q", o.Status, o.Err, tc.status, tc.says)
			}
			if tc.status == Stale && h.targets["live"].Calls(providers.OperationApply) != writes {
				t.Error("a stale plan was written")
			}
		})
	}
}

func TestPlanFileThatWasChangedIsRefused(t *testing.T) {
	h := newHouse(t)
	h.serve("www 300 A 192.0.2.1")
	h.write("www 300 A 192.0.2.2")
	var b bytes.Buffer
	if err := h.plan().WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ name, old, new string }{
		{"another value", "192.0.2.2", "192.0.2.66"},
		{"another action", `"update"`, `"create"`},
		{"another zone", `"zone": "example.com."`, `"zone": "example.net."`},
		{"an unknown field", `"holds"`, `"hold"`},
		{"a newer version", `"version": 1`, `"version": 2`},
		{"cut off", "\n}\n", ""},
		{"something behind it", "\n}\n", "\n}\n{}"},
	} {
		text := strings.Replace(b.String(), tc.old, tc.new, 1)
		if text == b.String() {
			t.Fatalf("%s: nothing was replaced in\n%s", tc.name, text)
		}
		if _, err := ReadPlan(strings.NewReader(text)); err == nil {
			t.Errorf("%s: the plan was accepted", tc.name)
		}
	}
}
