//go:build gitea

package pulls_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/giteatest"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls"
)

// giteaEstate is a repository of ann's with an open pull request from bob's fork, asked by the account zoneward, which may write to it.
type giteaEstate struct {
	pulls.Host
	ann, bob, zoneward *giteatest.User
	repo, fork         *giteatest.Repository
	head               string
}

func newGiteaEstate(t *testing.T) giteaEstate {
	server := giteatest.Start(t)
	e := giteaEstate{ann: server.User(t, "ann"), bob: server.User(t, "bob"), zoneward: server.User(t, "zoneward")}
	e.repo = e.ann.Repository(t, "zones", map[string]string{"zones/example.com.zone": "www 300 A 192.0.2.1\n"})
	e.allow(t, "write")
	e.fork = e.repo.Fork(t, e.bob)
	e.fork.Git(t, "checkout", "-q", "-b", "change")
	e.head = e.fork.Commit(t, "move www", map[string]string{"zones/example.com.zone": "www 300 A 192.0.2.2\n"})
	e.fork.Push(t, "change")
	e.repo.Open(t, e.bob, "bob:change", "move www")
	token := e.zoneward.NewToken(t, "write:repository", "write:issue", "read:user")
	host, err := pulls.Open(forge.Gitea, pulls.Options{URL: server.URL + "/api/v1", Repository: e.repo.Name, Token: func(context.Context) (string, error) { return token, nil }})
	if err != nil {
		t.Fatal(err)
	}
	e.Host = host
	return e
}

// allow gives the account zoneward a permission on the repository.
func (e giteaEstate) allow(t *testing.T, permission string) {
	e.ann.Do(t, "PUT", "/repos/ann/zones/collaborators/zoneward", map[string]any{"permission": permission}, nil)
}

// TestGiteaPulls asks a real Gitea for pull requests: one that is open, from a fork that is gone then, and those that were merged in each way.
func TestGiteaPulls(t *testing.T) {
	e := newGiteaEstate(t)
	if self, err := e.Self(t.Context()); err != nil || self != "zoneward" {
		t.Errorf("self: %q, %v", self, err)
	}
	got, err := e.Pull(t.Context(), 1)
	want := pulls.Pull{
		Number: 1, Title: "move www", Author: "bob", State: pulls.Opened,
		Base: pulls.Branch{Repository: "ann/zones", Name: "main", Commit: e.repo.Git(t, "rev-parse", "HEAD")},
		Head: pulls.Branch{Repository: "bob/zones", Name: "change", Commit: e.head},
	}
	if diff := cmp.Diff(got, want, cmpopts.IgnoreFields(pulls.Pull{}, "URL")); diff != "" || err != nil || !got.Fork() || !strings.HasSuffix(got.URL, "/ann/zones/pulls/1") {
		t.Errorf("pull request 1: %v, %s; -got +want:\n%s", err, got.URL, diff)
	}
	if _, err := e.Pull(t.Context(), 2); !errors.Is(err, pulls.ErrNotFound) {
		t.Errorf("one that is not there: %v", err)
	}
	if found, err := e.PullsOf(t.Context(), e.head); err != nil || len(found) != 0 {
		t.Errorf("of a head: %+v, %v", found, err)
	}
	for _, how := range []string{"merge", "squash", "rebase"} {
		branch := "by-" + how
		e.repo.Git(t, "fetch", "-q", e.ann.Remote("ann/zones"), "main")
		e.repo.Git(t, "checkout", "-q", "-b", branch, "FETCH_HEAD")
		head := e.repo.Commit(t, how, map[string]string{how: how})
		e.repo.Push(t, branch)
		number := e.repo.Open(t, e.ann, branch, how).Number
		commit := e.repo.Merge(t, number, how)
		found, err := e.PullsOf(t.Context(), commit)
		if err != nil || len(found) != 1 || found[0].Number != int64(number) || !found[0].MergedAs(commit) || found[0].Head.Commit != head {
			t.Errorf("%s: %+v, %v", how, found, err)
		}
	}
	e.bob.Do(t, "DELETE", "/repos/bob/zones", nil, nil)
	if got, err := e.Pull(t.Context(), 1); err != nil || got.Head.Repository != "" || got.Head.Commit != e.head || !got.Fork() {
		t.Errorf("without the fork: %+v, %v", got, err)
	}
}

// TestGiteaPublish publishes to a real Gitea: three times one after the other, four times at once, and after the comment was deleted. There is one comment.
func TestGiteaPublish(t *testing.T) {
	e := newGiteaEstate(t)
	const marker = "<!-- test -->\n"
	publish := func(text string) (pulls.Outcome, error) {
		return pulls.Publish(t.Context(), e, pulls.Publication{Number: 1, Body: marker + text, Match: func(body string) bool { return strings.HasPrefix(body, marker) }})
	}
	ours := func() []string {
		var bodies []string
		for c, err := range e.Comments(t.Context(), 1) {
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(c.Body, marker) && c.Author == "zoneward" {
				bodies = append(bodies, strings.TrimPrefix(c.Body, marker))
			}
		}
		return bodies
	}
	e.bob.Do(t, "POST", "/repos/ann/zones/issues/1/comments", map[string]any{"body": marker + "forged"}, nil)
	var last pulls.Outcome
	for i, want := range []pulls.Action{pulls.Created, pulls.Edited, pulls.Edited} {
		said, err := publish(fmt.Sprint("plan ", i, strings.Repeat(" é&<", 15_000)))
		if err != nil || said.Action != want {
			t.Fatalf("push %d: %s, %v", i, said.Action, err)
		}
		last = said
	}
	if got := ours(); len(got) != 1 || !strings.HasPrefix(got[0], "plan 2") {
		t.Errorf("%d comments after three pushes", len(got))
	}
	e.ann.Do(t, "DELETE", fmt.Sprintf("/repos/ann/zones/issues/comments/%d", last.Comment.ID), nil, nil)
	var runs sync.WaitGroup
	for i := range 4 {
		runs.Go(func() {
			if _, err := publish(fmt.Sprint("run ", i)); err != nil {
				t.Error(err)
			}
		})
	}
	runs.Wait()
	if got := ours(); len(got) != 1 || !strings.HasPrefix(got[0], "run ") {
		t.Errorf("after four runs at once: %q", got)
	}
}

// TestGiteaStatuses: of several within one second the one that was set last counts, and it says who set it.
func TestGiteaStatuses(t *testing.T) {
	e := newGiteaEstate(t)
	id := "sha256:" + strings.Repeat("0123456789abcdef", 4)
	for i := range 3 {
		if err := e.SetStatus(t.Context(), e.head, pulls.Status{Context: "zoneward/plan", State: pulls.StateSuccess, Description: fmt.Sprint(i, " to update, ", id)}); err != nil {
			t.Fatal(err)
		}
	}
	e.ann.Do(t, "POST", "/repos/ann/zones/statuses/"+e.head, map[string]any{"context": "other", "state": "warning"}, nil)
	got, err := e.Statuses(t.Context(), e.head)
	want := []pulls.Status{
		{Context: "other", State: pulls.StateError, Creator: "ann"},
		{Context: "zoneward/plan", State: pulls.StateSuccess, Description: "2 to update, " + id, Creator: "zoneward"},
	}
	if diff := cmp.Diff(got, want, cmpopts.IgnoreFields(pulls.Status{}, "Created")); diff != "" || err != nil {
		t.Errorf("%v; -got +want:\n%s", err, diff)
	}
}

// TestGiteaLabels: labels come with who gave them, and what that account may do only an administrator of the repository is told.
func TestGiteaLabels(t *testing.T) {
	e := newGiteaEstate(t)
	for _, name := range []string{"one", "two"} {
		e.ann.Do(t, "POST", "/repos/ann/zones/labels", map[string]any{"name": name, "color": "#ff0000"}, nil)
		e.ann.Do(t, "POST", "/repos/ann/zones/issues/1/labels", map[string]any{"labels": []string{name}}, nil)
	}
	for i := range 60 { // more than a page of the timeline
		e.bob.Do(t, "POST", "/repos/ann/zones/issues/1/comments", map[string]any{"body": fmt.Sprint(i)}, nil)
	}
	e.ann.Do(t, "DELETE", "/repos/ann/zones/issues/1/labels/1", nil, nil)
	e.zoneward.Do(t, "POST", "/repos/ann/zones/issues/1/labels", map[string]any{"labels": []string{"one"}}, nil)
	labels, err := e.Labels(t.Context(), 1)
	if diff := cmp.Diff(labels, []pulls.Label{{Name: "one", By: "zoneward"}, {Name: "two", By: "ann"}}, cmpopts.IgnoreFields(pulls.Label{}, "At")); diff != "" || err != nil {
		t.Errorf("labels: %v; -got +want:\n%s", err, diff)
	}
	if _, err := e.Access(t.Context(), "ann"); !errors.Is(err, pulls.ErrForbidden) {
		t.Errorf("who may write asks what others may: %v", err)
	}
	e.allow(t, "admin")
	var got []pulls.Access
	for _, login := range []string{"ann", "zoneward", "bob", "nobody"} {
		access, err := e.Access(t.Context(), login)
		if err != nil {
			t.Error(err)
		}
		got = append(got, access)
	}
	if !slices.Equal(got, []pulls.Access{pulls.AccessAdmin, pulls.AccessAdmin, pulls.AccessRead, pulls.AccessNone}) {
		t.Errorf("access: %v", got)
	}
}
