package gate

import (
	"bytes"
	"context"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls/pullstest"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/store"
	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// line is a branch: commits, the oldest first.
type line []string

func (l line) IsAncestor(_ context.Context, one, of string) (bool, error) {
	i, j := slices.Index(l, one), slices.Index(l, of)
	return i >= 0 && j >= i, nil
}

// scene is a zone, a forge, and a store with what was reviewed.
type scene struct {
	*testing.T
	forge    *pullstest.Server
	state    *store.Store
	live     *memory.Provider
	planner  *reconcile.Planner
	reviewer *Reviewer
	grace    time.Duration
}

var example = zonefile.MustParseName("example.com.")

func newScene(t *testing.T, branch ...string) *scene {
	t.Helper()
	s := &scene{T: t, live: memory.New()}
	var g *Gate
	s.forge, g = forgeOf(t, forge.Gitea)
	var err error
	if s.state, err = store.Open(t.Context(), filepath.Join(t.TempDir(), "state.db")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.state.Close() })
	commits := make(line, len(branch))
	for i, name := range branch {
		commits[i] = commit(name)
	}
	s.reviewer = &Reviewer{Gate: g, Reviews: s.state, Branch: commits, Log: slog.New(slog.DiscardHandler)}
	policy := reconcile.DefaultPolicy()
	policy.Review = true
	s.planner = &reconcile.Planner{
		Store: s.state, Targets: map[string]reconcile.Target{"live": {Reader: providers.ReadOnly(s.live), System: "live", CanCreate: true}},
		Rules: []reconcile.Rule{{Match: []string{"*"}, Targets: []string{"live"}, Policy: policy}},
	}
	return s
}

// serve has the provider serve www with an address, as if the zone had been applied from a commit.
func (s *scene) serve(address, from string) {
	s.Helper()
	zone := s.zone("@ 300 SOA ns1.example.net. hostmaster.example.com. 1 3600 900 1209600 300\n@ 300 NS ns1.example.net.\nwww 300 A " + address + "\n")
	s.live.AddZone(zone)
	if from != "" {
		if err := s.state.SetApplied(s.Context(), reconcile.Ref{Zone: example, Target: "live"}, reconcile.AppliedState{System: "live", Commit: commit(from)}, zone); err != nil {
			s.Fatal(err)
		}
	}
}

func (s *scene) zone(text string) *zonefile.Zone {
	s.Helper()
	file, err := zonefile.Parse(fstest.MapFS{"example.com.zone": {Data: []byte(text)}}, "example.com.zone", zonefile.ParseOptions{Origin: example})
	if err != nil {
		s.Fatal(err)
	}
	return file.Zone
}

func (s *scene) tree(at string, lines ...string) reconcile.Tree {
	return reconcile.Tree{FS: fstest.MapFS{"example.com.zone": {Data: []byte(strings.Join(lines, "\n") + "\n")}}, Revision: commit(at)}
}

// plan plans what a tree states, for somebody who looks at it.
func (s *scene) plan(tree reconcile.Tree) *reconcile.Plan {
	s.Helper()
	planner := *s.planner
	planner.Rules = slices.Clone(planner.Rules)
	planner.Rules[0].Policy.Grace = s.grace
	plan, err := planner.Plan(s.Context(), tree, reconcile.Selection{})
	if err != nil {
		s.Fatal(err)
	}
	return plan
}

// show keeps what was shown for a pull request, which is merged as a commit later.
func (s *scene) show(number int64, head string, plan *reconcile.Plan) {
	s.Helper()
	var document bytes.Buffer
	if err := plan.WriteJSON(&document); err != nil {
		s.Fatal(err)
	}
	z := plan.Zones[0]
	if err := s.state.KeepReview(s.Context(), store.Review{
		Pull: int(number), URL: "https://forge.example/1", Context: "zoneward/plan", Head: commit(head), Base: commit("base"), Plan: plan.ID(), Document: document.Bytes(),
		Zones: []store.ReviewedZone{{Ref: z.Ref, ID: z.ID}}, MadeAt: time.Now(),
	}); err != nil {
		s.Fatal(err)
	}
}

// open adds a pull request.
func (s *scene) open(head string) int64 {
	return s.forge.AddPull(pulls.Pull{
		Title: head, Author: "ann", Base: pulls.Branch{Repository: s.forge.Repository(), Name: "main", Commit: commit("base")},
		Head: pulls.Branch{Repository: s.forge.Repository(), Name: head, Commit: commit(head)},
	})
}

// reviewed asks the reviewer as a daemon does, and returns what it says.
func (s *scene) reviewed(tree reconcile.Tree) (*reconcile.Review, string) {
	s.Helper()
	s.reviewer.Forget()
	seen := &asked{Reviewer: s.reviewer}
	planner := *s.planner
	planner.Unattended, planner.Reviewer = true, seen
	s.planner.Rules[0].Policy.Grace = s.grace
	plan, err := planner.Plan(s.Context(), tree, reconcile.Selection{})
	if err != nil || len(plan.Zones) != 1 || len(plan.Zones[0].Changes) == 0 {
		s.Fatalf("%+v, %v; want a plan with changes", plan, err)
	}
	if held := slices.ContainsFunc(plan.Zones[0].Holds, func(h reconcile.Hold) bool { return h.Guard == reconcile.GuardApproval }); held != (seen.review == nil) {
		s.Errorf("held: %v, and reviewed: %v", held, seen.review)
	}
	if seen.review != nil {
		s.reviewer.Carried(s.Context(), seen.review, &plan.Zones[0], reconcile.Outcome{Ref: plan.Zones[0].Ref, Status: reconcile.Applied})
	}
	return seen.review, seen.why
}

// asked remembers what the reviewer said.
type asked struct {
	*Reviewer
	review *reconcile.Review
	why    string
}

func (a *asked) Reviewed(ctx context.Context, tree reconcile.Tree, plan *reconcile.ZonePlan) (*reconcile.Review, string, error) {
	review, why, err := a.Reviewer.Reviewed(ctx, tree, plan)
	a.review, a.why = review, why
	return review, why, err
}

func TestReviewer(t *testing.T) {
	const www2 = "www 300 A 192.0.2.2"
	for _, test := range []struct {
		name string
		do   func(s *scene) reconcile.Tree // what was reviewed, and returns what is to be applied
		want string                        // why not; empty for yes
	}{
		{"reviewed and merged", func(s *scene) reconcile.Tree {
			n := s.open("head")
			s.show(n, "head", s.plan(s.tree("head", www2)))
			s.forge.Merge(n, commit("merge"))
			return s.tree("merge", www2)
		}, ""},
		{"merged, and other commits came since", func(s *scene) reconcile.Tree {
			n := s.open("head")
			s.show(n, "head", s.plan(s.tree("head", www2)))
			s.forge.Merge(n, commit("merge"))
			return s.tree("later", www2)
		}, ""},
		{"not merged", func(s *scene) reconcile.Tree {
			s.show(s.open("head"), "head", s.plan(s.tree("head", www2)))
			return s.tree("merge", www2)
		}, "no pull request that was merged had this plan"},
		{"merged with another commit", func(s *scene) reconcile.Tree {
			n := s.open("head")
			s.show(n, "head", s.plan(s.tree("head", www2)))
			s.forge.Push(n, commit("sneaked in"))
			s.forge.Merge(n, commit("merge"))
			return s.tree("merge", www2)
		}, "no pull request that was merged had this plan"},
		{"merged elsewhere", func(s *scene) reconcile.Tree {
			n := s.open("head")
			s.show(n, "head", s.plan(s.tree("head", www2)))
			s.forge.Merge(n, commit("of another branch"))
			return s.tree("merge", www2)
		}, "no pull request that was merged had this plan"},
		{"what is live has moved", func(s *scene) reconcile.Tree {
			n := s.open("head")
			s.show(n, "head", s.plan(s.tree("head", www2)))
			s.forge.Merge(n, commit("merge"))
			s.serve("192.0.2.9", "")
			return s.tree("merge", www2)
		}, "pull request 1 was reviewed with another plan: example.com. on live: www.example.com. A: reviewed 300 192.0.2.1 -> 300 192.0.2.2, now 300 192.0.2.9 -> 300 192.0.2.2"},
		{"what is stated has moved", func(s *scene) reconcile.Tree {
			n := s.open("head")
			s.show(n, "head", s.plan(s.tree("head", www2)))
			s.forge.Merge(n, commit("merge"))
			return s.tree("merge", "www 300 A 192.0.2.3")
		}, "now 300 192.0.2.1 -> 300 192.0.2.3"},
		{"applied with that commit already", func(s *scene) reconcile.Tree {
			n := s.open("head")
			s.show(n, "head", s.plan(s.tree("head", www2)))
			s.forge.Merge(n, commit("merge"))
			s.serve("192.0.2.1", "merge") // somebody has put it back by hand since
			return s.tree("merge", www2)
		}, "pull request 1 had this plan, and the zone was applied with it already"},
		{"the end of a grace that was shown", func(s *scene) reconcile.Tree {
			s.grace = time.Hour
			n := s.open("head")
			s.show(n, "head", s.plan(s.tree("head", "mail 300 A 192.0.2.25")))
			s.forge.Merge(n, commit("merge"))
			if review, why := s.reviewed(s.tree("merge", "mail 300 A 192.0.2.25")); review == nil {
				s.Fatal(why)
			}
			s.grace = 0
			s.live.AddZone(s.zone("@ 300 SOA ns1.example.net. hostmaster.example.com. 1 3600 900 1209600 300\n@ 300 NS ns1.example.net.\nwww 300 A 192.0.2.1\nmail 300 A 192.0.2.25\n"))
			return s.tree("merge", "mail 300 A 192.0.2.25")
		}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newScene(t, "base", "merge", "later")
			s.serve("192.0.2.1", "base")
			tree := test.do(s)
			review, why := s.reviewed(tree)
			if (review != nil) != (test.want == "") || !strings.Contains(why, test.want) {
				t.Fatalf("%+v, %q; want %q", review, why, test.want)
			}
			if review == nil {
				return
			}
			if !strings.Contains(review.Reason, "reviewed as pull request 1, https://forge.example/1") {
				t.Errorf("reason %q", review.Reason)
			}
			if again, _ := s.reviewed(tree); again != nil {
				t.Error("it counts once more")
			}
		})
	}
}

// TestReviewerAdopts: what a trusted status tells of a pull request counts as what was planned here, if the plan is the same.
func TestReviewerAdopts(t *testing.T) {
	const www2 = "www 300 A 192.0.2.2"
	for _, test := range []struct {
		name, by string
		same     bool
		want     bool
	}{{"the same plan", "planner", true, true}, {"another plan", "planner", false, false}, {"by somebody else", "mallory", true, false}} {
		t.Run(test.name, func(t *testing.T) {
			s := newScene(t, "base", "merge")
			s.serve("192.0.2.1", "base")
			n := s.open("head")
			shown := s.plan(s.tree("head", www2))
			s.forge.AddStatus(commit("head"), succeed(test.by, shown.ID().String()))
			s.forge.Merge(n, commit("merge"))
			s.reviewer.Arrived = func(ctx context.Context, since, to string) ([]Arrived, error) {
				arrivals, err := s.reviewer.Gate.Arrivals(ctx, since, []string{to})
				now := shown
				if !test.same {
					now = s.plan(s.tree("merge", www2, "mail 300 A 192.0.2.25"))
				}
				return []Arrived{{arrivals[0], now}}, err
			}
			if review, why := s.reviewed(s.tree("merge", www2)); (review != nil) != test.want {
				t.Errorf("%+v, %q; want it reviewed: %v", review, why, test.want)
			}
		})
	}
}

// TestReviewerAsksAForgeThatIsDown: it is an error, which is not for long, and nothing counts as reviewed.
// A forge that does not know yet what was merged is asked again soon, and then less and less often.
func TestReviewerAsksAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, began := &Reviewer{}, time.Now()
		asks := func(until time.Duration) (at []int) {
			for ; time.Since(began) <= until; time.Sleep(time.Second) {
				if r.mayAsk("since", "commit") {
					at = append(at, int(time.Since(began).Seconds()))
				}
			}
			return at
		}
		if diff := cmp.Diff(asks(200*time.Second), []int{0, 2, 6, 14, 30, 62, 122, 182}); diff != "" {
			t.Errorf("asked after so many seconds (-got +want):\n%s", diff)
		}
		if !r.mayAsk("since", "other") {
			t.Error("not asked about another commit")
		}
		r.Forget()
		if diff := cmp.Diff(asks(205*time.Second), []int{201, 203}); diff != "" {
			t.Errorf("asked after something was merged (-got +want):\n%s", diff)
		}
	})
}

func TestReviewerAsksAForgeThatIsDown(t *testing.T) {
	s := newScene(t, "base", "merge")
	s.serve("192.0.2.1", "base")
	tree := s.tree("merge", "www 300 A 192.0.2.2")
	n := s.open("head")
	s.show(n, "head", s.plan(s.tree("head", "www 300 A 192.0.2.2")))
	s.forge.Merge(n, commit("merge"))
	s.forge.Fail(pullstest.Fault{Path: "/pulls/", Status: 403})
	plan := s.plan(tree)
	if review, _, err := s.reviewer.Reviewed(t.Context(), tree, &plan.Zones[0]); review != nil || err == nil {
		t.Fatalf("%+v, %v; want an error", review, err)
	}
	if review, why, err := s.reviewer.Reviewed(t.Context(), tree, &plan.Zones[0]); review == nil || err != nil {
		t.Errorf("%q, %v; want the review, at once", why, err)
	}
}
