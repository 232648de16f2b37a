package forge

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestOpenPull reads events of pull requests that have the shape of the forges' documentation, and of the payloads of Gitea:
//
//   - https://docs.github.com/en/webhooks/webhook-events-and-payloads#pull_request
//   - https://docs.gitlab.com/user/project/integrations/webhook_events/#merge-request-events
//   - https://github.com/go-gitea/gitea/blob/main/modules/structs/hook.go
func TestOpenPull(t *testing.T) {
	const (
		githubHead, githubBase, githubMerge = "ec26c3e57ca3a959ca5aad62de7213c562f8c821", "f95f852bd8fca8fcc58a9a2d6c842781e32a215e", "0d1a26e67d8f5eaf1f6ba5c57fc3c7d91ac0fd1c"
		giteaHead, giteaBase                = "bffeb74224043ba2feb48d137756c8a9331c449a", "28e1879d029cb852e4844d9c718537df08844e03"
		gitlabHead, squashed                = "da1560886d4f094c3e6c9ef40349f7d38b5d27d7", "28e1879d029cb852e4844d9c718537df08844e03"
		merged                              = "6113728f27ae82c7b1a177c8d03f9e96e0adf246"
	)
	header := map[Kind][]string{
		GitHub: {"X-GitHub-Event", "pull_request", "X-GitHub-Delivery", "1"},
		GitLab: {"X-Gitlab-Event", "Merge Request Hook", "Idempotency-Key", "1"},
		Gitea:  {"X-Gitea-Event", "pull_request", "X-Gitea-Event-Type", "pull_request_sync", "X-Gitea-Delivery", "1"},
	}
	repositories := map[Kind]Delivery{
		GitHub: {Event: "pull_request", Name: "Example/Zones", HTTP: mustRepository(t, "https://github.com/example/zones"), SSH: mustRepository(t, "https://github.com/example/zones")},
		GitLab: {Event: "Merge Request Hook", Name: "infra/dns/zones", HTTP: mustRepository(t, "https://gitlab.example.com/infra/dns/zones"), SSH: mustRepository(t, "https://gitlab.example.com/infra/dns/zones")},
		Gitea:  {Event: "pull_request", Name: "dns/zones", HTTP: mustRepository(t, "https://git.example.com:3000/dns/zones"), SSH: mustRepository(t, "ssh://git.example.com:2222/dns/zones")},
	}
	github := PullEvent{Number: 12, Head: Tip{"move-www", githubHead}, Base: Tip{"main", githubBase}}
	gitea := PullEvent{Number: 3, Head: Tip{"move-www", giteaHead}, Base: Tip{"main", giteaBase}}
	gitlab := PullEvent{Number: 1, Head: Tip{"move-www", gitlabHead}, Base: Tip{Branch: "main"}}
	with := func(p PullEvent, action PullAction, change func(*PullEvent)) *PullEvent {
		p.Action = action
		if change != nil {
			change(&p)
		}
		return &p
	}
	fork := func(p *PullEvent) { p.Fork = true }
	for _, test := range []struct {
		kind Kind
		file string
		want *PullEvent // nil if it is ignored
	}{
		{GitHub, "github-pull-opened", with(github, PullChanged, fork)},
		{GitHub, "github-pull-synchronize", with(github, PullChanged, nil)},
		{GitHub, "github-pull-retargeted", with(github, PullChanged, func(p *PullEvent) { p.Base.Branch = "release/1.x" })},
		{GitHub, "github-pull-edited", nil},
		{GitHub, "github-pull-closed", with(github, PullClosed, fork)}, // its repository is gone
		{GitHub, "github-pull-merged", with(github, PullMerged, func(p *PullEvent) { p.MergeCommit = githubMerge })},

		{Gitea, "gitea-pull-synchronized", with(gitea, PullChanged, fork)},
		{Gitea, "gitea-pull-retargeted", with(gitea, PullChanged, nil)},
		{Gitea, "gitea-pull-labelled", nil},
		{Gitea, "gitea-pull-gone", with(gitea, PullChanged, func(p *PullEvent) { p.Head.Branch, p.Fork = "refs/pull/3/head", true })},
		{Gitea, "gitea-pull-merged", with(gitea, PullMerged, func(p *PullEvent) { p.MergeCommit = merged })},

		{GitLab, "gitlab-merge-open", with(gitlab, PullChanged, fork)},
		{GitLab, "gitlab-merge-pushed", with(gitlab, PullChanged, nil)},
		{GitLab, "gitlab-merge-retargeted", with(gitlab, PullChanged, nil)},
		{GitLab, "gitlab-merge-labelled", nil},
		{GitLab, "gitlab-merge-closed", with(gitlab, PullClosed, fork)},
		{GitLab, "gitlab-merge-merged", with(gitlab, PullMerged, func(p *PullEvent) { p.MergeCommit = merged })},
		{GitLab, "gitlab-merge-squashed", with(gitlab, PullMerged, func(p *PullEvent) { p.MergeCommit = squashed })},
	} {
		t.Run(test.file, func(t *testing.T) {
			body := readTestdata(t, test.file+".json")
			got, err := test.kind.Open(Message{signed(test.kind, body, header[test.kind]...), []byte(body), testNow}, []string{testSecret})
			if test.want == nil {
				if !errors.Is(err, ErrIgnored) {
					t.Errorf("%+v, %v; want it to be ignored", got, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			want := repositories[test.kind]
			want.Forge, want.ID, want.Pull = test.kind, "1", test.want
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(Repository{}), cmpopts.IgnoreFields(Delivery{}, "Fingerprints")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestPullUnderOtherNames has the same events come under the other names that they have.
func TestPullUnderOtherNames(t *testing.T) {
	for _, test := range []struct {
		kind   Kind
		file   string
		header []string
		err    error
	}{
		{Gitea, "gitea-pull-synchronized", []string{"X-Gitea-Event", "pull_request_sync"}, nil},
		{Gitea, "gitea-pull-synchronized", []string{"X-Forgejo-Event", "pull_request"}, nil},
		{GitLab, "gitlab-merge-open", []string{"X-Gitlab-Event", "System Hook"}, nil},

		{GitLab, "gitlab-merge-open", []string{"X-Gitlab-Event", "Push Hook"}, ErrIgnored},
		{GitLab, "gitlab-push", []string{"X-Gitlab-Event", "Merge Request Hook"}, ErrIgnored},
		{GitHub, "github-pull-opened", []string{"X-GitHub-Event", "push"}, ErrPayload},
		{GitHub, "github-push", []string{"X-GitHub-Event", "pull_request"}, ErrIgnored},
		{GitHub, "github-pull-opened", []string{"X-GitHub-Event", "pull_request_target"}, ErrIgnored},
		{GitHub, "github-pull-opened", []string{"X-GitHub-Event", "pull_request_review"}, ErrIgnored},
	} {
		body := readTestdata(t, test.file+".json")
		d, err := test.kind.Open(Message{signed(test.kind, body, test.header...), []byte(body), testNow}, []string{testSecret})
		if !errors.Is(err, test.err) || (d.Pull != nil) != (test.err == nil) {
			t.Errorf("%s as %s: %+v, %v; want %v", test.file, test.header, d.Pull, err, test.err)
		}
	}
}

// pullOf returns GitHub's payload of a pull request, with other text in the place of some of it.
func pullOf(pairs ...string) string {
	one, two := strings.Repeat("1", 40), strings.Repeat("2", 40)
	body := fmt.Sprintf(`{"action": "opened", "number": 7, "pull_request": {"number": 7, "merged": false, "merge_commit_sha": null,
		"head": {"ref": "topic", "sha": %q, "repo": {"id": 5}}, "base": {"ref": "main", "sha": %q, "repo": {"id": 5}}},
		"repository": {"id": 5, "full_name": "example/zones", "clone_url": "https://github.com/example/zones.git"}}`, two, one)
	return strings.NewReplacer(pairs...).Replace(body)
}

// mergeOf is pullOf for GitLab.
func mergeOf(pairs ...string) string {
	body := fmt.Sprintf(`{"object_kind": "merge_request", "object_attributes": {"iid": 7, "action": "merge", "oldrev": null, "source_branch": "topic", "target_branch": "main",
		"source_project_id": 5, "target_project_id": 5, "last_commit": {"id": %q}, "merge_commit_sha": null}, "changes": {},
		"project": {"path_with_namespace": "example/zones", "git_http_url": "https://gitlab.example/example/zones.git"}}`, strings.Repeat("2", 40))
	return strings.NewReplacer(pairs...).Replace(body)
}

// TestHostilePulls has what somebody sends who knows the secret.
func TestHostilePulls(t *testing.T) {
	two := strings.Repeat("2", 40)
	github := func(pairs ...string) (Delivery, error) {
		body := pullOf(pairs...)
		return GitHub.Open(Message{signed(GitHub, body, "X-GitHub-Event", "pull_request"), []byte(body), testNow}, []string{testSecret})
	}
	gitlab := func(pairs ...string) (Delivery, error) {
		body := mergeOf(pairs...)
		return GitLab.Open(Message{signed(GitLab, body, "X-Gitlab-Event", "Merge Request Hook"), []byte(body), testNow}, []string{testSecret})
	}
	for _, open := range []func(...string) (Delivery, error){github, gitlab} {
		if d, err := open(); err != nil || d.Pull == nil || d.Pull.Head.Commit != two || d.Pull.Fork || d.Pull.MergeCommit != "" {
			t.Fatalf("the usual one: %+v, %v", d.Pull, err)
		}
	}
	for _, test := range []struct {
		name  string
		open  func(...string) (Delivery, error)
		pairs []string
	}{
		{"no number", github, []string{`"number": 7`, `"n": 7`}},
		{"number 0", github, []string{`"number": 7`, `"number": 0`}},
		{"a negative number", github, []string{`"number": 7`, `"number": -7`}},
		{"half a number", github, []string{`"number": 7`, `"number": 7.5`}},
		{"an exponent", github, []string{`"number": 7`, `"number": 7e0`}},
		{"an endless number", github, []string{`"number": 7`, `"number": 99999999999999999999`}},
		{"a number in quotes", github, []string{`"number": 7`, `"number": "7"`}},
		{"two numbers", github, []string{`"opened", "number": 7`, `"opened", "number": 8`}},
		{"a number twice", github, []string{`"opened",`, `"opened", "number": 8,`}},
		{"no pull request", github, []string{`"pull_request":`, `"pull":`}},
		{"a pull request that is a list", github, []string{`"pull_request": {`, `"pull_request": [], "x": {`}},
		{"merged is a word", github, []string{`"merged": false`, `"merged": "false"`}},
		{"the head is short", github, []string{two, "2222"}},
		{"the head is a branch", github, []string{two, "refs/heads/main"}},
		{"the head is an option", github, []string{two, "--upload-pack=id"}},
		{"the head is no commit", github, []string{two, strings.Repeat("0", 40)}},
		{"no head", github, []string{`"head":`, `"h":`}},
		{"the head is null", github, []string{`"head": {`, `"head": null, "h": {`}},
		{"the branch of the head leaves its directory", github, []string{`"topic"`, `"../../config"`}},
		{"no base", github, []string{`"base":`, `"b":`}},
		{"the base has no branch", github, []string{`"main"`, `""`}},
		{"the base is an option", github, []string{`"main"`, `"--x y"`}},
		{"the base has a line feed", github, []string{`"main"`, `"main\nx"`}},
		{"the base has a bidirectional mark", github, []string{`"main"`, `"\u202emain"`}},
		{"the base is endless", github, []string{`"main"`, `"` + strings.Repeat("a", 2000) + `"`}},
		{"the merge is a path", github, []string{`"merge_commit_sha": null`, `"merge_commit_sha": "../x"`}},
		{"the repository of the head is a word", github, []string{`"repo": {"id": 5}}, "base"`, `"repo": "x"}, "base"`}},
		{"the number of a repository is a word", github, []string{`"repo": {"id": 5}}, "base"`, `"repo": {"id": "x"}}, "base"`}},
		{"no repository", github, []string{`"repository":`, `"r":`}},
		{"the action is a list", github, []string{`"opened"`, `["opened"]`}},
		{"the changes are a word", github, []string{`"opened"`, `"edited", "changes": "base"`}},

		{"GitLab: no number", gitlab, []string{`"iid": 7`, `"iid": null`}},
		{"GitLab: a number in quotes", gitlab, []string{`"iid": 7`, `"iid": "7"`}},
		{"GitLab: no head", gitlab, []string{`"last_commit":`, `"first_commit":`}},
		{"GitLab: the head is short", gitlab, []string{two, "2222"}},
		{"GitLab: the base has no branch", gitlab, []string{`"main"`, `null`}},
		{"GitLab: the merge is a word", gitlab, []string{`"merge_commit_sha": null`, `"merge_commit_sha": "now"`}},
		{"GitLab: a project of another name", gitlab, []string{`"example/zones"`, `"other/zones"`}},
		{"GitLab: the project is a word", gitlab, []string{`"source_project_id": 5`, `"source_project_id": "5"`}},
	} {
		d, err := test.open(test.pairs...)
		if !errors.Is(err, ErrPayload) {
			t.Errorf("%s: %+v, %v", test.name, d.Pull, err)
		} else if text := err.Error(); len(text) > 400 || strings.ContainsAny(text, "\n\x1b\u202e") {
			t.Errorf("%s: the error is too long, or has what does not print: %.500q", test.name, text)
		}
	}
	for name, action := range map[string]string{"a new one": `"\u001b[2J"`, "an endless one": `"` + strings.Repeat("a", 1000) + `"`, "nothing": `null`} {
		if _, err := github(`"opened"`, action); !errors.Is(err, ErrIgnored) && !errors.Is(err, ErrPayload) || len(err.Error()) > 400 || strings.Contains(err.Error(), "\x1b") {
			t.Errorf("the action is %s: %v", name, err)
		}
	}
}

// TestForkOfNobody: where nothing says that the head is in the same repository, it is in another.
func TestForkOfNobody(t *testing.T) {
	for _, pairs := range [][]string{{`"id": 5`, `"x": 5`}, {`"repo": {"id": 5}}, "base"`, `"repo": null}, "base"`}, {`"repo": {"id": 5}}, "base"`, `"repo": {"id": 6}}, "base"`}} {
		body := pullOf(pairs...)
		d, err := GitHub.Open(Message{signed(GitHub, body, "X-GitHub-Event", "pull_request"), []byte(body), testNow}, []string{testSecret})
		if err != nil || !d.Pull.Fork {
			t.Errorf("%s: %+v, %v", pairs, d.Pull, err)
		}
	}
	body := mergeOf(`"source_project_id": 5, "target_project_id": 5`, `"source_project_id": null, "target_project_id": null`)
	d, err := GitLab.Open(Message{signed(GitLab, body, "X-Gitlab-Event", "Merge Request Hook"), []byte(body), testNow}, []string{testSecret})
	if err != nil || !d.Pull.Fork {
		t.Errorf("GitLab: %+v, %v", d.Pull, err)
	}
}

// TestValidRef takes what git takes.
func TestValidRef(t *testing.T) {
	for ref, want := range map[string]bool{
		"refs/heads/main": true, "refs/heads/jo/é/1.x": true, "refs/pull/12/head": true, "refs/merge-requests/7/head": true,
		"": false, "main": false, "refs/": false, "refs/heads/": false, "refs//main": false, "refs/heads/.x": false, "refs/heads/x.": false, "refs/heads/x.lock": false,
		"refs/heads/a..b": false, "refs/heads/@{x": false, "refs/heads/a b": false, "refs/heads/a\nb": false, "refs/heads/a\tb": false, "refs/heads/a\u0085b": false, "refs/heads/*": false,
		"refs/heads/a:b": false, "refs/heads/a\\b": false, "-refs/heads/main": false, "+refs/heads/main": false, "refs/heads/" + strings.Repeat("a", 300): false,
	} {
		if got := ValidRef(ref); got != want {
			t.Errorf("%q: %t", ref, got)
		}
	}
}

// TestMergeCommitOfMerged passes over the commit by which GitHub tries whether a pull request could be merged: nobody reviews that one.
func TestMergeCommitOfMerged(t *testing.T) {
	body := pullOf(`"merge_commit_sha": null`, `"merge_commit_sha": "`+strings.Repeat("3", 40)+`"`)
	d, err := GitHub.Open(Message{signed(GitHub, body, "X-GitHub-Event", "pull_request"), []byte(body), testNow}, []string{testSecret})
	if err != nil || d.Pull.MergeCommit != "" {
		t.Errorf("%+v, %v", d.Pull, err)
	}
}
