//go:build gitea

package giteatest

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const zones = "/repos/ann/zones"

// estate is a repository of ann's with an open pull request from bob's fork. The user zoneward may write to the repository; bob may not.
type estate struct {
	*Server
	ann, bob, zoneward *User
	repo, fork         *Repository
	head               string // the newest commit of pull request 1
	runner             *Runner
}

func build(t *testing.T) estate {
	s := Start(t)
	e := estate{Server: s, ann: s.User(t, "ann"), bob: s.User(t, "bob"), zoneward: s.User(t, "zoneward")}
	e.repo = e.ann.Repository(t, "zones", map[string]string{
		"zones/example.com.zone":   "www 300 A 192.0.2.1\n",
		".gitea/workflows/dns.yml": "on: [pull_request]\njobs: {plan: {runs-on: ubuntu-latest, steps: [{run: ls}]}}\n",
	})
	e.runner = e.repo.Runner(t)
	e.ann.Do(t, http.MethodPut, zones+"/collaborators/zoneward", map[string]any{"permission": "write"}, nil)
	e.ann.Do(t, http.MethodPost, zones+"/labels", map[string]any{"name": "override", "color": "#ff0000"}, nil)
	e.fork = e.repo.Fork(t, e.bob)
	e.fork.Git(t, "checkout", "-q", "-b", "change")
	e.head = e.fork.Commit(t, "move www", map[string]string{"zones/example.com.zone": "www 300 A 192.0.2.2\n"})
	e.fork.Push(t, "change")
	if pull := e.repo.Open(t, e.bob, "bob:change", "move www"); pull.Number != 1 {
		t.Fatalf("the first pull request is %d", pull.Number)
	}
	return e
}

// who is a user as the API says it.
type who struct{ Login string }

func login(w *who) string {
	if w == nil {
		return "nobody"
	}
	return w.Login
}

// TestGiteaStatuses: anybody who may write sets statuses. The list of them is not in the order in which they were set when that was within one second, whatever it is sorted by,
// but their ids are.
func TestGiteaStatuses(t *testing.T) {
	e := build(t)
	at := zones + "/statuses/" + e.head
	for i, by := range []*User{e.zoneward, e.ann, e.zoneward} {
		by.Do(t, http.MethodPost, at, map[string]any{"context": "zoneward/plan", "state": "success", "description": fmt.Sprint("set ", i)}, nil)
	}
	if status, answer := e.bob.Call(t, http.MethodPost, at, map[string]any{"context": "zoneward/plan", "state": "success"}); status != http.StatusForbidden {
		t.Errorf("who may not write sets a status: %d %s", status, answer)
	}
	if status, answer := e.zoneward.Call(t, http.MethodPost, zones+"/statuses/"+strings.Repeat("1", 40), map[string]any{"context": "zoneward/plan", "state": "success"}); status < 400 {
		t.Errorf("a status of a commit that is not there: %d %s", status, answer)
	}
	type status struct {
		ID                   int
		Context, Description string
		Creator              *who
	}
	var list []status
	e.zoneward.Do(t, http.MethodGet, at, nil, &list)
	slices.SortFunc(list, func(a, b status) int { return a.ID - b.ID })
	var got []string
	for _, each := range list {
		if each.Context == "zoneward/plan" {
			got = append(got, each.Description+" by "+login(each.Creator))
		}
	}
	if diff := cmp.Diff(got, []string{"set 0 by zoneward", "set 1 by ann", "set 2 by zoneward"}); diff != "" {
		t.Errorf("statuses by id (-got +want):\n%s", diff)
	}
}

// TestGiteaJobToken: the token of a job comments as gitea-actions, and its statuses have no creator.
func TestGiteaJobToken(t *testing.T) {
	e := build(t)
	// Jobs of strangers wait for an approval, so this one is of ann's.
	e.repo.Git(t, "checkout", "-q", "-b", "own")
	head := e.repo.Commit(t, "move www", map[string]string{"zones/example.com.zone": "www 300 A 192.0.2.3\n"})
	e.repo.Push(t, "own")
	pull := e.repo.Open(t, e.ann, "own", "move www elsewhere")
	job := e.runner.Take(t)
	got := map[string]any{}
	for _, key := range []string{"event_name", "ref", "base_ref", "head_ref", "sha", "repository", "server_url", "api_url"} {
		got[key] = job.Context[key]
	}
	if diff := cmp.Diff(got, map[string]any{
		"event_name": "pull_request", "ref": fmt.Sprintf("refs/pull/%d/head", pull.Number), "base_ref": "main", "head_ref": "own", "sha": head, "repository": "ann/zones",
		"server_url": e.URL + "/", "api_url": e.URL + "/api/v1",
	}); diff != "" {
		t.Errorf("the context of a job (-got +want):\n%s", diff)
	}
	token, _ := job.Context["token"].(string)
	actions := e.As("a job", token)
	var self who
	actions.Do(t, http.MethodGet, "/user", nil, &self)
	var comment struct{ User *who }
	actions.Do(t, http.MethodPost, fmt.Sprintf("%s/issues/%d/comments", zones, pull.Number), map[string]any{"body": "hello"}, &comment)
	var status struct{ Creator *who }
	actions.Do(t, http.MethodPost, zones+"/statuses/"+head, map[string]any{"context": "zoneward/plan", "state": "success"}, &status)
	if got := []string{self.Login, login(comment.User), login(status.Creator)}; !slices.Equal(got, []string{"gitea-actions", "gitea-actions", "nobody"}) {
		t.Errorf("login, author, creator: %q", got)
	}
	e.runner.Finish(t, job)
}

// TestGiteaLabels: somebody who may only read gives labels to a pull request that he opens, and to none that is there. The timeline says who it was. What others may do
// only an administrator of the repository is told.
func TestGiteaLabels(t *testing.T) {
	e := build(t)
	if status, answer := e.bob.Call(t, http.MethodPost, zones+"/issues/1/labels", map[string]any{"labels": []string{"override"}}); status != http.StatusForbidden {
		t.Errorf("who may only read gives a label: %d %s", status, answer)
	}
	e.fork.Git(t, "checkout", "-q", "-b", "labelled")
	e.fork.Commit(t, "move www", map[string]string{"zones/example.com.zone": "www 300 A 192.0.2.4\n"})
	e.fork.Push(t, "labelled")
	var pull Pull
	e.bob.Do(t, http.MethodPost, zones+"/pulls", map[string]any{"base": "main", "head": "bob:labelled", "title": "apply me", "labels": []int{1}}, &pull)
	var events []struct {
		Type string
		User *who
	}
	e.zoneward.Do(t, http.MethodGet, fmt.Sprintf("%s/issues/%d/timeline", zones, pull.Number), nil, &events)
	var got []string
	for _, event := range events {
		if event.Type == "label" {
			got = append(got, login(event.User))
		}
	}
	if !slices.Equal(got, []string{"bob"}) {
		t.Errorf("labels were given by %q", got)
	}
	access := zones + "/collaborators/bob/permission"
	if status, answer := e.zoneward.Call(t, http.MethodGet, access, nil); status != http.StatusForbidden {
		t.Errorf("who may write asks what others may: %d %s", status, answer)
	}
	e.ann.Do(t, http.MethodPut, zones+"/collaborators/zoneward", map[string]any{"permission": "admin"}, nil)
	var may struct{ Permission string }
	e.zoneward.Do(t, http.MethodGet, access, nil, &may)
	if may.Permission != "read" {
		t.Errorf("bob may %s", may.Permission)
	}
}

// TestGiteaComments: all come at once, however many are asked for. What is not a comment is edited without an error and without an answer; what is gone is not there.
func TestGiteaComments(t *testing.T) {
	e := build(t)
	at := zones + "/issues/1/comments"
	var made struct{ ID int }
	for range 60 {
		e.zoneward.Do(t, http.MethodPost, at, map[string]any{"body": strings.Repeat("é", 30_000)}, &made)
	}
	var list []struct{ ID int }
	e.zoneward.Do(t, http.MethodGet, at+"?limit=2&page=2", nil, &list)
	if len(list) != 60 {
		t.Errorf("%d comments", len(list))
	}
	one := fmt.Sprintf("%s/issues/comments/%d", zones, made.ID)
	if status, answer := e.bob.Call(t, http.MethodPatch, one, map[string]any{"body": "no"}); status != http.StatusForbidden {
		t.Errorf("edited by another: %d %s", status, answer)
	}
	var edited struct {
		Body string
		User *who
	}
	e.ann.Do(t, http.MethodPatch, one, map[string]any{"body": "by the owner"}, &edited)
	if edited.Body != "by the owner" || login(edited.User) != "zoneward" {
		t.Errorf("edited by the owner: %+v", edited)
	}
	// The first thing in the timeline is the push.
	if status, answer := e.zoneward.Call(t, http.MethodPatch, zones+"/issues/comments/1", map[string]any{"body": "x"}); status != http.StatusNoContent {
		t.Errorf("a push edited: %d %s", status, answer)
	}
	e.zoneward.Do(t, http.MethodDelete, one, nil, nil)
	if status, answer := e.zoneward.Call(t, http.MethodPatch, one, map[string]any{"body": "x"}); status != http.StatusNotFound {
		t.Errorf("edited after it was deleted: %d %s", status, answer)
	}
}

// TestGiteaMerges: the pull request of a commit is found by what it was merged as, however that was done, and by nothing before. Its head can be fetched without its fork.
func TestGiteaMerges(t *testing.T) {
	e := build(t)
	if refs := e.repo.Git(t, "ls-remote", e.ann.Remote("ann/zones"), "refs/pull/1/*"); refs != e.head+"\trefs/pull/1/head" {
		t.Errorf("refs: %s", refs)
	}
	if status, answer := e.zoneward.Call(t, http.MethodGet, zones+"/commits/"+e.head+"/pull", nil); status != http.StatusNotFound {
		t.Errorf("of a head: %d %s", status, answer)
	}
	for i, how := range []string{"merge", "squash", "rebase", "rebase-merge"} {
		branch := fmt.Sprint("change-", how)
		e.repo.Git(t, "fetch", "-q", e.ann.Remote("ann/zones"), "main")
		e.repo.Git(t, "checkout", "-q", "-b", branch, "FETCH_HEAD")
		for range 2 {
			e.repo.Commit(t, "something", map[string]string{fmt.Sprint("file-", i): e.repo.Git(t, "rev-parse", "HEAD")})
		}
		e.repo.Push(t, branch)
		pull := e.repo.Open(t, e.ann, branch, how)
		commit := e.repo.Merge(t, pull.Number, how)
		var found Pull
		e.zoneward.Do(t, http.MethodGet, zones+"/commits/"+commit+"/pull", nil, &found)
		if found.Number != pull.Number || !found.Merged || found.Commit != commit {
			t.Errorf("%s: found %+v", how, found)
		}
		if tip := e.repo.Git(t, "ls-remote", e.ann.Remote("ann/zones"), "refs/heads/main"); !strings.HasPrefix(tip, commit) {
			t.Errorf("%s: main is at %s, merged as %s", how, tip, commit)
		}
	}
	e.bob.Do(t, http.MethodDelete, "/repos/bob/zones", nil, nil)
	Until(t, func() error {
		if got := e.repo.Pull(t, 1); got.Head.Repo.FullName != "" || got.Head.SHA != e.head {
			return fmt.Errorf("without the fork: %+v", got)
		}
		return nil
	})
}

// TestGiteaMoved: a repository that has another name is redirected to, whatever the method.
func TestGiteaMoved(t *testing.T) {
	e := build(t)
	e.ann.Do(t, http.MethodPatch, zones, map[string]any{"name": "dns"}, nil)
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		if status, answer := e.zoneward.Call(t, method, zones+"/issues/1/comments", nil); status != http.StatusMovedPermanently {
			t.Errorf("%s: %d %s", method, status, answer)
		}
	}
}

// TestGiteaScopes: what a token needs for all that is asked, and that each of it is needed.
func TestGiteaScopes(t *testing.T) {
	e := build(t)
	all := []string{"write:repository", "write:issue", "read:user"}
	refused := func(scopes []string) error {
		user := e.As("zoneward", e.zoneward.NewToken(t, scopes...))
		return errors.Join(
			user.try(http.MethodGet, "/user", nil, nil),
			user.try(http.MethodGet, zones+"/pulls/1", nil, nil),
			user.try(http.MethodPost, zones+"/issues/1/comments", map[string]any{"body": "hello"}, nil),
			user.try(http.MethodGet, zones+"/issues/1/timeline", nil, nil),
			user.try(http.MethodPost, zones+"/statuses/"+e.head, map[string]any{"context": "zoneward/plan", "state": "success"}, nil),
		)
	}
	if err := refused(all); err != nil {
		t.Error(err)
	}
	for i, scope := range all {
		if refused(slices.Delete(slices.Clone(all), i, i+1)) == nil {
			t.Errorf("%s is not needed", scope)
		}
	}
}
