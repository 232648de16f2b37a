package reconcile

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/zonefile"
)

// approving returns a running loop whose policy wants approvals, with a push that waits for one.
func approving(t *testing.T, h *house) *running {
	h.planner.Unattended = true
	h.planner.Rules[0].Policy.Approve = true
	h.serve("www 300 A 192.0.2.1")
	h.write("www 300 A 192.0.2.2")
	return run(t, h)
}

// shownID returns the id of the one plan that a loop shows.
func (r *running) shownID() zonefile.Digest {
	r.t.Helper()
	plan := r.loop.Plan(Selection{})
	if len(plan.Zones) != 1 {
		r.t.Fatalf("%d plans are shown; want 1", len(plan.Zones))
	}
	return plan.Zones[0].ID
}

func TestApprovalIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := approving(t, newHouse(t))
		defer r.stop()
		r.after(3 * time.Hour)
		if got := r.value("www"); got != "192.0.2.1" {
			t.Fatalf("%s without an approval; want 192.0.2.1", got)
		}
		plan := r.loop.Plan(Selection{})
		if got, want := guards(plan.Zones[0]), []Guard{GuardApproval}; !cmp.Equal(got, want) {
			t.Errorf("held by %v; want %v", got, want)
		}
		var text strings.Builder
		if err := plan.WriteJSON(&text); err != nil {
			t.Fatal(err)
		}
		again, err := ReadPlan(strings.NewReader(text.String()))
		if err != nil || again.Zones[0].ID != plan.Zones[0].ID {
			t.Fatalf("the plan as it is shown: %v", err)
		}

		_, outcomes, err := r.loop.Approve(t.Context(), Approve{Plans: []zonefile.Digest{again.Zones[0].ID}, Actor: "ann", Reason: "reviewed"})
		if err != nil || len(outcomes) != 1 || outcomes[0].Status != Applied {
			t.Fatalf("approved: %+v, %v; want it applied", outcomes, err)
		}
		if got := r.value("www"); got != "192.0.2.2" {
			t.Errorf("%s; want 192.0.2.2", got)
		}
		last := r.store.entries[len(r.store.entries)-1]
		if last.Actor != "ann" || last.Reason != "reviewed" || !cmp.Equal(last.Overrides, []Guard{GuardApproval}) {
			t.Errorf("the audit log says %q, %q, %v; want who approved, and why", last.Actor, last.Reason, last.Overrides)
		}
		synctest.Wait()
		if n := len(r.loop.Plan(Selection{}).Zones); n != 0 {
			t.Errorf("%d plans are shown when all is applied; want none", n)
		}
		if _, _, err := r.loop.Approve(t.Context(), Approve{Plans: []zonefile.Digest{again.Zones[0].ID}}); !errors.Is(err, ErrNoSuchPlan) {
			t.Errorf("approved again: %v; want ErrNoSuchPlan", err)
		}
	})
}

// TestApprovalOfWhatLeaves: the grace of what is held is over once, and the plan is there until somebody approves it.
func TestApprovalOfWhatLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.planner.Unattended = true
		h.planner.Rules[0].Policy.Approve, h.planner.Rules[0].Policy.Grace = true, 2*time.Hour
		h.serve("www 300 A 192.0.2.1", "old 300 A 192.0.2.1")
		h.write("www 300 A 192.0.2.1")
		r := run(t, h)
		defer r.stop()
		r.after(3 * time.Hour)
		id := r.shownID()
		r.after(12 * time.Hour)
		if again := r.shownID(); again != id {
			t.Fatalf("the plan has become %s; want %s", again, id)
		}
		if _, outcomes, err := r.loop.Approve(t.Context(), Approve{Plans: []zonefile.Digest{id}}); err != nil || outcomes[0].Status != Applied || r.value("old") != "" {
			t.Errorf("approved: %+v, %v; want it retired", outcomes, err)
		}
		if n := len(h.store.graces[Ref{example, "live"}]); n != 0 {
			t.Errorf("%d graces are left; want none", n)
		}
	})
}

// TestApprovalIsOfThatPlan approves what has become another plan since.
func TestApprovalIsOfThatPlan(t *testing.T) {
	for name, meanwhile := range map[string]func(r *running){
		"another push": func(r *running) {
			r.write("www 300 A 192.0.2.3")
			r.source.push(r.tree(), "2", nil)
			r.source.hint <- struct{}{}
			r.after(2 * time.Second)
		},
		"somebody changed it at the provider, which nobody has seen yet": func(r *running) {
			r.targets["live"].Write(example, change("www", "www.example.com. 300 A", "192.0.2.66"))
		},
		"somebody did it by hand": func(r *running) {
			r.targets["live"].Write(example, change("www", "www.example.com. 300 A", "192.0.2.2"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := approving(t, newHouse(t))
				defer r.stop()
				id := r.shownID()
				meanwhile(r)
				before, writes := r.value("www"), r.writes()
				_, outcomes, err := r.loop.Approve(t.Context(), Approve{Plans: []zonefile.Digest{id}, Actor: "ann"})
				if !errors.Is(err, ErrNoSuchPlan) || len(outcomes) != 0 {
					t.Errorf("%+v, %v; want ErrNoSuchPlan", outcomes, err)
				}
				if r.value("www") != before || r.writes() != writes {
					t.Errorf("%s became %s; want nothing written", before, r.value("www"))
				}
			})
		})
	}
}

// TestApprovalIsOfAllTargets has a zone that is applied together on two targets.
func TestApprovalIsOfAllTargets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.rule("*", "live", "other").Policy.Approve = true
		h.planner.Unattended = true
		h.target("other").AddZone(h.zone("www 300 A 192.0.2.1"))
		h.serve("www 300 A 192.0.2.1")
		h.write("www 300 A 192.0.2.2")
		r := run(t, h)
		defer r.stop()
		var ids []zonefile.Digest
		for _, z := range r.loop.Plan(Selection{}).Zones {
			ids = append(ids, z.ID)
		}
		if len(ids) != 2 {
			t.Fatalf("%d plans are shown; want 2", len(ids))
		}
		_, _, err := r.loop.Approve(t.Context(), Approve{Plans: ids[:1], Actor: "ann"})
		if !errors.Is(err, ErrNoSuchPlan) || !strings.Contains(err.Error(), ids[1].String()) {
			t.Errorf("one of two: %v; want the id that is missing", err)
		}
		if r.value("www") != "192.0.2.1" {
			t.Error("one of two was applied")
		}
		_, outcomes, err := r.loop.Approve(t.Context(), Approve{Plans: ids, Actor: "ann"})
		if err != nil || len(outcomes) != 2 || outcomes[0].Status != Applied || outcomes[1].Status != Applied {
			t.Errorf("both: %+v, %v; want both applied", outcomes, err)
		}
	})
}

// TestApprovalOverridesWhatItNames has a plan that another guard holds too.
func TestApprovalOverridesWhatItNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.planner.Rules[0].Policy.Protected = []Pattern{{Name: "www"}}
		r := approving(t, h)
		defer r.stop()
		id := r.shownID()
		_, outcomes, err := r.loop.Approve(t.Context(), Approve{Plans: []zonefile.Digest{id}, Actor: "ann"})
		if err != nil || len(outcomes) != 1 || outcomes[0].Status != Held || r.value("www") != "192.0.2.1" {
			t.Errorf("approved without naming the guard: %+v, %v; want it held", outcomes, err)
		}
		_, outcomes, err = r.loop.Approve(t.Context(), Approve{Plans: []zonefile.Digest{id}, Overrides: []Guard{GuardProtected}, Actor: "ann"})
		if err != nil || len(outcomes) != 1 || outcomes[0].Status != Applied || r.value("www") != "192.0.2.2" {
			t.Errorf("with the guard named: %+v, %v; want it applied", outcomes, err)
		}
	})
}

// TestApprovalGoesOnWithoutWhoAsked has a client that does not wait.
func TestApprovalGoesOnWithoutWhoAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := approving(t, newHouse(t))
		defer r.stop()
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		_, _, err := r.loop.Approve(gone, Approve{Plans: []zonefile.Digest{r.shownID()}, Actor: "ann"})
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
		r.after(time.Second)
		if got := r.value("www"); got != "192.0.2.2" {
			t.Errorf("%s; want it applied all the same", got)
		}
	})
}

// doubter is a Vetter that trusts no commit, or cannot judge.
type doubter struct {
	doubts []Doubt
	err    error
	asked  [][]string
}

func (d *doubter) Vet(_ context.Context, since, revision string, paths []string) ([]Doubt, error) {
	d.asked = append(d.asked, append([]string{since, revision}, paths...))
	return d.doubts, d.err
}

func TestUnsignedCommitsAreHeld(t *testing.T) {
	many := slices.Repeat([]Doubt{{Commit: "0123456789abcdef", Author: "A <a@example.com>", Fingerprint: "SHA256:abc", Reason: "its key is not among the trusted ones"}}, 5)
	for name, test := range map[string]struct {
		doubter *doubter
		want    string
	}{
		"trusted":      {&doubter{}, ""},
		"not signed":   {&doubter{doubts: []Doubt{{Commit: "0123456789abcdef", Author: "A <a@example.com>", Reason: "it is not signed"}}}, "commit 0123456789ab of A <a@example.com>: it is not signed"},
		"unknown keys": {&doubter{doubts: many}, "(key SHA256:abc); and 2 more"},
		"no judgement": {&doubter{err: errors.New("the history is too long")}, "nobody can say who signed the commits it comes from: the history is too long"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.planner.Vetter = test.doubter
			h.serve("www 300 A 192.0.2.1")
			h.files["inc/hosts"] = "www 300 A 192.0.2.2\n"
			h.write("$INCLUDE inc/hosts")
			z := h.plan().Zones[0]
			if held := z.heldBy(GuardUnsignedCommit); held != (test.want != "") {
				t.Errorf("held %t by %v", held, z.Holds)
			}
			for _, hold := range z.Holds {
				if !strings.Contains(hold.Reason, test.want) {
					t.Errorf("%q; want %q", hold.Reason, test.want)
				}
			}
			if want := [][]string{{"", "c0ffee", "example.com.zone", "inc/hosts"}}; !cmp.Equal(test.doubter.asked, want) {
				t.Errorf("asked for %v; want %v", test.doubter.asked, want)
			}
		})
	}
	t.Run("nothing to do", func(t *testing.T) {
		h := newHouse(t)
		d := &doubter{err: errors.New("down")}
		h.planner.Vetter = d
		h.serve("www 300 A 192.0.2.1")
		h.write("www 300 A 192.0.2.1")
		if z := h.plan().Zones[0]; len(z.Holds) > 0 || len(d.asked) > 0 {
			t.Errorf("asked %v, held %v; want neither", d.asked, z.Holds)
		}
	})
	t.Run("a zone that is gone may have left with any commit", func(t *testing.T) {
		h := newHouse(t)
		d := &doubter{}
		h.planner.Vetter = d
		h.planner.Rules[0].Policy.RetireZones = true
		h.serve("www 300 A 192.0.2.1")
		h.anyZone("live", "other.example.")
		target := h.planner.Targets["live"]
		target.CanRemove = true
		h.planner.Targets["live"] = target
		h.plan()
		if want := [][]string{{"", "c0ffee"}}; !cmp.Equal(d.asked, want) {
			t.Errorf("asked for %v; want %v", d.asked, want)
		}
	})
}
