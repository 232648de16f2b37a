package pulls_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls/pullstest"
)

func TestSelf(t *testing.T) {
	eachForge(t, pullstest.Options{Login: "Zoneward"}, nil, func(t *testing.T, s site) {
		for range 2 {
			if got, err := s.host.Self(t.Context()); err != nil || got != "Zoneward" {
				t.Errorf("got %q, %v", got, err)
			}
		}
		if n := len(s.Requests()); n != 1 {
			t.Errorf("%d requests, want one", n)
		}
	})
	eachForge(t, pullstest.Options{}, func(o *pulls.Options) { o.Login = "somebody" }, func(t *testing.T, s site) {
		if got, err := s.host.Self(t.Context()); err != nil || got != "somebody" || len(s.Requests()) > 0 {
			t.Errorf("got %q, %v, after %d requests", got, err, len(s.Requests()))
		}
	})
}

// A workflow's token may ask GraphQL, or nothing at all.
func TestSelfOfWorkflow(t *testing.T) {
	for _, tt := range []struct {
		name  string
		opts  pullstest.Options
		fault pullstest.Fault
		want  string
	}{
		{"the viewer", pullstest.Options{Workflow: true}, pullstest.Fault{Path: "nowhere"}, "github-actions[bot]"},
		{"an app", pullstest.Options{Workflow: true, Login: "dns[bot]"}, pullstest.Fault{Path: "nowhere"}, "dns[bot]"},
		{"no GraphQL", pullstest.Options{}, pullstest.Fault{Path: "graphql", Status: 404, Times: -1}, "zoneward-bot"},
		{"neither", pullstest.Options{Workflow: true}, pullstest.Fault{Path: "graphql", Status: 403, Times: -1}, "github-actions[bot]"},
		{"GraphQL says no", pullstest.Options{}, pullstest.Fault{Path: "graphql", Status: 200, Body: `{"data": null, "errors": [{"type": "FORBIDDEN", "message": "no"}]}`}, "zoneward-bot"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := open(t, forge.GitHub, tt.opts, nil)
			s.Fail(tt.fault)
			if got, err := s.host.Self(t.Context()); err != nil || got != tt.want {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
	t.Run("busy", func(t *testing.T) {
		s := open(t, forge.GitHub, pullstest.Options{}, nil)
		s.Fail(pullstest.Fault{Path: "graphql", Status: 502, Times: -1})
		if got, err := s.host.Self(t.Context()); !errors.Is(err, pulls.ErrBusy) {
			t.Errorf("got %q, %v: whoever is busy says nothing about who it is", got, err)
		}
	})
}

func TestPull(t *testing.T) {
	eachForge(t, pullstest.Options{}, nil, func(t *testing.T, s site) {
		repository, fork := s.Repository(), "ann/zones"
		if s.Kind() == forge.GitLab {
			repository, fork = "17", "18" // it has numbers
		}
		number := s.addPull()
		forked := s.AddPull(pulls.Pull{Author: "bob", Base: pulls.Branch{Commit: base}, Head: pulls.Branch{Repository: "ann/zones", Commit: newer}})
		gone := s.AddPull(pulls.Pull{Base: pulls.Branch{Commit: base}, Head: pulls.Branch{Repository: "gone", Commit: newer}})
		closed := s.AddPull(pulls.Pull{State: pulls.Closed, Base: pulls.Branch{Commit: base}, Head: pulls.Branch{Commit: head}})

		got, err := s.host.Pull(t.Context(), number)
		want := pulls.Pull{
			Number: number, Title: "Move www", Author: "ann", State: pulls.Opened,
			Base: pulls.Branch{Repository: repository, Name: "main", Commit: base}, Head: pulls.Branch{Repository: repository, Name: "change", Commit: head},
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(pulls.Pull{}, "URL")); err != nil || diff != "" || got.URL == "" || got.Fork() || got.MergedAs(head) {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		if got, err := s.host.Pull(t.Context(), forked); err != nil || !got.Fork() || got.Head.Repository != fork {
			t.Errorf("of a fork: %+v, %v", got, err)
		}
		if got, err := s.host.Pull(t.Context(), gone); err != nil || !got.Fork() || got.Head.Repository != "" {
			t.Errorf("of a fork that is gone: %+v, %v", got, err)
		}
		if got, err := s.host.Pull(t.Context(), closed); err != nil || got.State != pulls.Closed {
			t.Errorf("closed: %+v, %v", got, err)
		}
		s.Merge(number, merged)
		if got, err := s.host.Pull(t.Context(), number); err != nil || got.State != pulls.Merged || !got.MergedAs(merged) || got.MergedAs("") {
			t.Errorf("merged: %+v, %v", got, err)
		}
		if _, err := s.host.Pull(t.Context(), 99); !errors.Is(err, pulls.ErrNotFound) {
			t.Errorf("one that is not there: %v", err)
		}
		if _, err := s.host.Pull(t.Context(), 0); !errors.Is(err, pulls.ErrInvalid) {
			t.Errorf("number 0: %v", err)
		}
	})
}

func TestPullsOf(t *testing.T) {
	eachForge(t, pullstest.Options{PageSize: 2}, nil, func(t *testing.T, s site) {
		number := s.addPull()
		for range 4 {
			s.addPull()
		}
		s.Merge(number, merged)
		got, err := s.host.PullsOf(t.Context(), merged)
		if err != nil || len(got) != 1 || got[0].Number != number || !got[0].MergedAs(merged) {
			t.Errorf("of the merge: %+v, %v", got, err)
		}
		open := 4
		if s.Kind() == forge.Gitea {
			open = 0 // it knows of merged ones only
		}
		if got, err := s.host.PullsOf(t.Context(), head); err != nil || len(got) != open {
			t.Errorf("of the head: %d of %d, %v", len(got), open, err)
		}
		s.AddCommit(newer)
		if got, err := s.host.PullsOf(t.Context(), newer); err != nil || len(got) != 0 {
			t.Errorf("of a commit that came without: %+v, %v", got, err)
		}
		before := len(s.Requests())
		for _, name := range []string{"main", "HEAD", merged[:39], strings.ToUpper(merged), "../" + head} {
			if _, err := s.host.PullsOf(t.Context(), name); !errors.Is(err, pulls.ErrInvalid) {
				t.Errorf("of %q: %v", name, err)
			}
		}
		if len(s.Requests()) != before {
			t.Error("a name that is no commit's was asked for")
		}
	})
}

func TestOpenPulls(t *testing.T) {
	eachForge(t, pullstest.Options{PageSize: 2}, nil, func(t *testing.T, s site) {
		for range 7 {
			s.addPull()
		}
		s.Merge(3, merged)
		var got []int64
		for p, err := range s.host.OpenPulls(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, p.Number)
		}
		if diff := cmp.Diff([]int64{7, 6, 5, 4, 2, 1}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		before := len(s.Requests())
		for _, err := range s.host.OpenPulls(t.Context()) {
			if err != nil {
				t.Error(err)
			}
			break
		}
		if n := len(s.Requests()) - before; n != 1 {
			t.Errorf("%d pages for the first one", n)
		}
	})
}

// Gitea has answered with a pull request that has nothing to do with the commit.
func TestGiteaPullOfAnother(t *testing.T) {
	s := open(t, forge.Gitea, pullstest.Options{}, nil)
	number := s.addPull()
	s.Merge(number, merged)
	for range 2 {
		s.Fail(pullstest.Fault{Path: "/pull", Status: 200, Body: fmt.Sprintf(`{"number": 1, "state": "closed", "merged_at": "2026-01-01T00:00:00Z", "merge_commit_sha": %q,
			"base": {"ref": "main", "sha": %[2]q, "repo": {"full_name": "example/zones"}}, "head": {"ref": "change", "sha": %[2]q, "repo": null}}`, merged, head)})
	}
	if got, err := s.host.PullsOf(t.Context(), newer); err != nil || len(got) != 0 {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err := s.host.PullsOf(t.Context(), merged); err != nil || len(got) != 1 {
		t.Errorf("the answer is not what the test means: %+v, %v", got, err)
	}
}

func TestComments(t *testing.T) {
	eachForge(t, pullstest.Options{PageSize: 3}, nil, func(t *testing.T, s site) {
		number := s.addPull()
		other := s.addPull()
		s.AddComment(other, "bob", "not here")
		var want []string
		for i := range 10 {
			s.AddComment(number, "bob", fmt.Sprint("comment ", i))
			want = append(want, fmt.Sprint("comment ", i))
		}
		var got []string
		for _, c := range comments(t, s.host, number) {
			got = append(got, c.Body)
			if c.ID <= 0 || c.Author != "bob" || c.URL == "" || c.Created.IsZero() {
				t.Errorf("%+v", c)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}

		made, err := s.host.CreateComment(t.Context(), number, "ours")
		if err != nil || made.Author != s.Login() || made.Body != "ours" {
			t.Fatalf("created %+v, %v", made, err)
		}
		if edited, err := s.host.EditComment(t.Context(), number, made, "changed"); err != nil || edited.ID != made.ID || edited.Body != "changed" {
			t.Errorf("edited %+v, %v", edited, err)
		}
		if err := s.host.Outdate(t.Context(), number, made, "outdated"); err != nil {
			t.Errorf("outdate: %v", err)
		}
		last := s.Comments(number)[10]
		if last.Body != "outdated" || last.Outdated != (s.Kind() == forge.GitHub) {
			t.Errorf("outdated is %+v", last)
		}
		s.DeleteComment(made.ID)
		if _, err := s.host.EditComment(t.Context(), number, made, "again"); !errors.Is(err, pulls.ErrNotFound) {
			t.Errorf("edit one that was deleted: %v", err)
		}
		if err := s.host.Outdate(t.Context(), number, made, "again"); !errors.Is(err, pulls.ErrNotFound) {
			t.Errorf("outdate one that was deleted: %v", err)
		}
	})
}

// Where comments can't be hidden they are edited all the same.
func TestOutdateWithoutMinimize(t *testing.T) {
	for _, fault := range []pullstest.Fault{
		{Status: 200, Body: `{"errors": [{"type": "FORBIDDEN", "message": "Resource not accessible by integration"}]}`}, {Status: 404}, {Status: 502},
	} {
		s := open(t, forge.GitHub, pullstest.Options{}, nil)
		number := s.addPull()
		made, err := s.host.CreateComment(t.Context(), number, "ours")
		if err != nil {
			t.Fatal(err)
		}
		fault.Path, fault.Times = "graphql", -1
		s.Fail(fault)
		if err := s.host.Outdate(t.Context(), number, made, "outdated"); err != nil || s.Comments(number)[0].Body != "outdated" {
			t.Errorf("%d: %v, %+v", fault.Status, err, s.Comments(number))
		}
	}
}

// An address that could end the place where it is put is none.
func TestPageAddress(t *testing.T) {
	for address, want := range map[string]string{
		"https://forge.example/a/b#c-1": "https://forge.example/a/b#c-1", "https://forge.example/?a=> <b": "", "javascript:x": "", "https://u:p@forge.example/": "", "https://a/\x00": "",
	} {
		if got := pulls.Page(address); got != want {
			t.Errorf("%q: got %q", address, got)
		}
	}
}

func TestTooLong(t *testing.T) {
	for kind, most := range map[forge.Kind]int{forge.GitHub: 65536, forge.GitLab: 1_000_000} {
		s := open(t, kind, pullstest.Options{}, nil)
		number := s.addPull()
		_, err := s.host.CreateComment(t.Context(), number, strings.Repeat("ü", most+1))
		if !errors.Is(err, pulls.ErrInvalid) || !strings.Contains(fmt.Sprint(err), "too long") {
			t.Errorf("%s: %v: want what the forge says", kind, err)
		}
		if _, err := s.host.CreateComment(t.Context(), number, strings.Repeat("ü", most)); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

func TestStatuses(t *testing.T) {
	eachForge(t, pullstest.Options{PageSize: 2}, nil, func(t *testing.T, s site) {
		s.AddCommit(head)
		if got, err := s.host.Statuses(t.Context(), head); err != nil || len(got) != 0 {
			t.Errorf("at first: %+v, %v", got, err)
		}
		set := func(context string, state pulls.State, description string) {
			t.Helper()
			if err := s.host.SetStatus(t.Context(), head, pulls.Status{Context: context, State: state, Description: description, URL: "https://ci.example/1"}); err != nil {
				t.Fatal(err)
			}
		}
		set("zoneward/plan", pulls.StatePending, "planning")
		set("zoneward/plan", pulls.StatePending, "planning")
		set("zoneward/plan", pulls.StateSuccess, "1 change")
		set("zoneward/plan", pulls.StateSuccess, "2 changes")
		set("zoneward/plan (b.yaml)", pulls.StateFailure, "held")
		s.AddStatus(head, pulls.Status{Context: "build", State: pulls.StateSuccess, Creator: "bob"})
		s.AddStatus(head, pulls.Status{Context: "zoneward/plan (c.yaml)", State: pulls.StateSuccess, Creator: s.Login()})
		s.AddStatus(head, pulls.Status{Context: "zoneward/plan (c.yaml)", State: pulls.StateSuccess, Creator: "mallory"})
		got, err := s.host.Statuses(t.Context(), head)
		want := []pulls.Status{
			{Context: "build", State: pulls.StateSuccess, Creator: "bob"},
			{Context: "zoneward/plan", State: pulls.StateSuccess, Description: "2 changes", URL: "https://ci.example/1", Creator: s.Login()},
			{Context: "zoneward/plan (b.yaml)", State: pulls.StateFailure, Description: "held", URL: "https://ci.example/1", Creator: s.Login()},
			{Context: "zoneward/plan (c.yaml)", State: pulls.StateSuccess, Creator: "mallory"},
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(pulls.Status{}, "Created")); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		if err := s.host.SetStatus(t.Context(), newer, pulls.Status{Context: "zoneward/plan", State: pulls.StateSuccess}); !errors.Is(err, pulls.ErrInvalid) && !errors.Is(err, pulls.ErrNotFound) {
			t.Errorf("of a commit that is not there: %v", err)
		}
		if err := s.host.SetStatus(t.Context(), "main", pulls.Status{Context: "zoneward/plan", State: pulls.StateSuccess}); !errors.Is(err, pulls.ErrInvalid) {
			t.Errorf("of a branch: %v", err)
		}
	})
}

// A description is cut between characters, and is one line.
func TestDescription(t *testing.T) {
	eachForge(t, pullstest.Options{}, nil, func(t *testing.T, s site) {
		s.AddCommit(head)
		text := "2 changes\n::error::\x1b[31m \u202e " + strings.Repeat("ü", 200)
		if err := s.host.SetStatus(t.Context(), head, pulls.Status{Context: "c", State: pulls.StateSuccess, Description: text}); err != nil {
			t.Fatal(err)
		}
		got := s.Statuses(head)[0].Description
		if n := utf8.RuneCountInString(got); n != pulls.MaxDescription || !utf8.ValidString(got) || !strings.HasPrefix(got, "2 changes ::error:: [31m ü") || !strings.HasSuffix(got, "ü…") {
			t.Errorf("got %d characters: %q", n, got)
		}
	})
	id := "sha256:" + strings.Repeat("0", 64)
	if got := pulls.Describe(id); got != id {
		t.Errorf("got %q", got)
	}
	if got := pulls.Describe(strings.Repeat("x", 140)); len(got) != 140 {
		t.Errorf("got %q", got)
	}
}

func TestLabels(t *testing.T) {
	eachForge(t, pullstest.Options{PageSize: 1}, nil, func(t *testing.T, s site) {
		number := s.addPull()
		if got, err := s.host.Labels(t.Context(), number); err != nil || len(got) != 0 {
			t.Errorf("at first: %+v, %v", got, err)
		}
		s.Label(number, "dns", "ann")
		s.Label(number, "override", "mallory")
		s.Unlabel(number, "override", "bob")
		s.Label(number, "override", "bob")
		s.Label(number, "mistake", "bob")
		s.Unlabel(number, "mistake", "bob")
		got, err := s.host.Labels(t.Context(), number)
		want := []pulls.Label{{Name: "dns", By: "ann"}, {Name: "override", By: "bob"}}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(pulls.Label{}, "At")); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		for _, label := range got {
			if label.At.IsZero() {
				t.Errorf("nobody knows when %s was given", label.Name)
			}
		}
		if _, err := s.host.Labels(t.Context(), 99); !errors.Is(err, pulls.ErrNotFound) {
			t.Errorf("of one that is not there: %v", err)
		}
	})
}

// What the pull request has counts, and not what the events make of it: who gave a label is not known if they do not say.
func TestLabelsBesideEvents(t *testing.T) {
	s := open(t, forge.GitHub, pullstest.Options{}, nil)
	number := s.addPull()
	s.Label(number, "override", "ann")
	s.Fail(pullstest.Fault{Path: "events", Times: -1, Status: 200, Body: `[
		{"event": "labeled", "actor": {"login": "ann"}, "label": {"name": "override"}}, {"event": "unlabeled", "actor": {"login": "ann"}, "label": {"name": "override"}},
		{"event": "labeled", "actor": {"login": "ann"}, "label": {"name": "of old"}}, {"event": "renamed", "actor": null}]`})
	s.Label(number, "dns", "ann")
	got, err := s.host.Labels(t.Context(), number)
	if diff := cmp.Diff([]pulls.Label{{Name: "dns"}, {Name: "override"}}, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestAccess(t *testing.T) {
	eachForge(t, pullstest.Options{}, nil, func(t *testing.T, s site) {
		want := map[string]pulls.Access{
			"ann": pulls.AccessAdmin, "bob": pulls.AccessWrite, "cyd": pulls.AccessRead, "dot": pulls.AccessNone, "nobody": pulls.AccessNone, "": pulls.AccessNone,
		}
		for login, access := range want {
			if login != "nobody" && login != "" {
				s.Allow(login, access)
			}
		}
		for login, access := range want {
			if got, err := s.host.Access(t.Context(), login); err != nil || got != access {
				t.Errorf("%q: got %d, %v, want %d", login, got, err, access)
			}
		}
		for _, login := range []string{".", "..", "ann/../bob", "ann?x=1"} {
			before := len(s.Requests())
			if got, _ := s.host.Access(t.Context(), login); got != pulls.AccessNone {
				t.Errorf("%q: got %d", login, got)
			}
			for _, r := range s.Requests()[before:] {
				if strings.Contains(r.Path, "/.") || strings.Count(r.Path, "/") != strings.Count(s.Requests()[0].Path, "/") {
					t.Errorf("%q: asked %s", login, r)
				}
			}
		}
	})
}
