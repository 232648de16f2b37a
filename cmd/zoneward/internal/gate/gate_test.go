package gate

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls/pullstest"
	"github.com/zoneward/zoneward/zonefile"
)

// commit returns the id of a commit of that name.
func commit(name string) string {
	return fmt.Sprintf("%040x", name)
}

// plan returns an id that is made of a name.
func plan(name string) zonefile.Digest {
	var d zonefile.Digest
	copy(d[:], name)
	return d
}

// forgeOf is a forge of a kind, and the gate that asks it.
func forgeOf(t *testing.T, kind forge.Kind) (*pullstest.Server, *Gate) {
	t.Helper()
	s := pullstest.New(kind, pullstest.Options{})
	t.Cleanup(s.Close)
	host, err := pulls.Open(kind, pulls.Options{
		URL: s.URL(), Repository: s.Repository(), Login: s.Login(), Token: tokenOf(s),
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, &Gate{Host: host, Branch: "main", Context: StatusContext(""), Trust: []string{"planner"}}
}

// merged adds a pull request that was merged, and returns its number.
func merged(s *pullstest.Server, head, as string) int64 {
	number := s.AddPull(pulls.Pull{
		Title: head, Author: "ann", Base: pulls.Branch{Repository: s.Repository(), Name: "main", Commit: commit("base")},
		Head: pulls.Branch{Repository: s.Repository(), Name: head, Commit: commit(head)},
	})
	s.AddCommit(commit(as))
	s.Merge(number, commit(as))
	return number
}

func succeed(by, description string) pulls.Status {
	return pulls.Status{Context: "zoneward/plan", State: pulls.StateSuccess, Description: description, Creator: by}
}

func TestArrivals(t *testing.T) {
	good := plan("good")
	for _, test := range []struct {
		name     string
		statuses []pulls.Status // of the head, the oldest first
		want     string
	}{
		{"reviewed", []pulls.Status{succeed("planner", good.String()+" 1 update")}, good.String()},
		{"none", nil, "has no status zoneward/plan"},
		{"by somebody else", []pulls.Status{succeed("mallory", good.String())}, `was set by "mallory", who is not trusted`},
		{"by somebody else, later", []pulls.Status{succeed("planner", good.String()), succeed("mallory", plan("bad").String())}, "who is not trusted"},
		{"of another configuration", []pulls.Status{{Context: "zoneward/plan (other.yaml)", State: pulls.StateSuccess, Description: good.String(), Creator: "planner"}}, "has no status zoneward/plan"},
		{"failed", []pulls.Status{{Context: "zoneward/plan", State: pulls.StateFailure, Description: good.String(), Creator: "planner"}}, "is failure"},
		{"still planning", []pulls.Status{{Context: "zoneward/plan", State: pulls.StatePending, Description: good.String(), Creator: "planner"}}, "is pending"},
		{"no id", []pulls.Status{succeed("planner", "all is well")}, "has no plan that could be applied"},
		{"part of an id", []pulls.Status{succeed("planner", good.String()[:40])}, "has no plan that could be applied"},
		{"more than an id", []pulls.Status{succeed("planner", good.String()+"00")}, "has no plan that could be applied"},
	} {
		for _, kind := range []forge.Kind{forge.GitHub, forge.Gitea, forge.GitLab} {
			t.Run(test.name+" "+string(kind), func(t *testing.T) {
				s, g := forgeOf(t, kind)
				number := merged(s, "head", "merge")
				for _, status := range test.statuses {
					s.AddStatus(commit("head"), status)
				}
				got, err := g.Arrivals(t.Context(), commit("before"), []string{commit("merge")})
				if err != nil || len(got) != 1 {
					t.Fatalf("%+v, %v; want one arrival", got, err)
				}
				a := got[0]
				if a.Pull == nil || a.Pull.Number != number || a.Before != commit("before") || a.After != commit("merge") {
					t.Errorf("%+v", a)
				}
				if said := a.Plan.String() + a.Why; !strings.Contains(said, test.want) || a.Plan.IsZero() != (a.Why != "") {
					t.Errorf("plan %s, why %q; want %q", a.Plan, a.Why, test.want)
				}
			})
		}
	}
}

// TestArrivalsOfAPush: each pull request is by itself, and what was pushed beside them has no review.
func TestArrivalsOfAPush(t *testing.T) {
	s, g := forgeOf(t, forge.GitHub)
	merged(s, "one", "merge1")
	s.AddCommit(commit("direct"))
	merged(s, "two", "merge2")
	elsewhere := s.AddPull(pulls.Pull{
		Title: "x", Author: "ann", Base: pulls.Branch{Repository: s.Repository(), Name: "staging", Commit: commit("base")},
		Head: pulls.Branch{Repository: s.Repository(), Name: "x", Commit: commit("x")},
	})
	s.AddCommit(commit("direct2"))
	s.Merge(elsewhere, commit("direct2"))
	s.AddStatus(commit("one"), succeed(s.Login(), plan("one").String()))
	s.AddStatus(commit("two"), succeed("PLANNER", plan("two").String()))
	s.AddStatus(commit("x"), succeed("planner", plan("x").String()))

	got, err := g.Arrivals(t.Context(), commit("before"), []string{commit("merge1"), commit("direct"), commit("merge2"), commit("direct2")})
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, a := range got {
		said = append(said, fmt.Sprintf("%s %x %s", a, strings.TrimRight(string(a.Plan[:]), "\x00"), a.Why))
	}
	want := []string{
		"pull request 1 6f6e65 ",
		"commit " + commit("direct")[:12] + "  it is in no pull request that was merged",
		"pull request 2 74776f ",
		"commit " + commit("direct2")[:12] + "  it is in no pull request that was merged",
	}
	if diff := cmp.Diff(said, want); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
	if got[2].Before != commit("direct") {
		t.Errorf("the second one is in front of %s", got[2].Before)
	}
}

func TestOverridden(t *testing.T) {
	for _, kind := range []forge.Kind{forge.GitHub, forge.Gitea, forge.GitLab} {
		for _, test := range []struct {
			name string
			do   func(s *pullstest.Server, number int64)
			who  string
			why  string
		}{
			{"by a maintainer", func(s *pullstest.Server, n int64) {
				s.Allow("ann", pulls.AccessWrite)
				s.Label(n, OverrideLabel, "ann")
			}, "ann", ""},
			{"by somebody who may read", func(s *pullstest.Server, n int64) {
				s.Allow("mallory", pulls.AccessRead)
				s.Label(n, OverrideLabel, "mallory")
			}, "", "may not write to the repository"},
			{"another label", func(s *pullstest.Server, n int64) { s.Allow("ann", pulls.AccessWrite); s.Label(n, "bug", "ann") }, "", "does not have the label"},
			{"taken away", func(s *pullstest.Server, n int64) {
				s.Allow("ann", pulls.AccessWrite)
				s.Label(n, OverrideLabel, "ann")
				s.Unlabel(n, OverrideLabel, "ann")
			}, "", "does not have the label"},
		} {
			t.Run(test.name+" "+string(kind), func(t *testing.T) {
				s, g := forgeOf(t, kind)
				number := merged(s, "head", "merge")
				test.do(s, number)
				who, why, err := g.Overridden(t.Context(), number)
				if err != nil || who != test.who || !strings.Contains(why, test.why) {
					t.Errorf("%q, %q, %v; want %q, %q", who, why, err, test.who, test.why)
				}
			})
		}
	}
}

func tokenOf(s *pullstest.Server) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return s.Token(), nil }
}
