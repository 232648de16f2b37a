package forge

import (
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// fuzz reads payloads behind a signature that is right. What is read has to be bounded, printable, and of a repository that is known by one
// name only; what is not has to say so in an error of the package.
func fuzz(f *testing.F, kind Kind, event, pull string, pairs ...string) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content, pairs[1], "1")
		f.Add(content, pull, "1")
	}
	f.Add([]byte(pushOf()), "ping", "")
	f.Add([]byte(`{"repository": "git@[2001:db8::1]:%2e"}`), event, strings.Repeat("1", 200))
	f.Fuzz(func(t *testing.T, body []byte, event, id string) {
		header := signed(kind, string(body), pairs[0], event, pairs[2], id)
		d, err := kind.Open(Message{header, body, testNow}, []string{testSecret})
		if err != nil {
			if !errors.Is(err, ErrPayload) && !errors.Is(err, ErrIgnored) {
				t.Errorf("error of no kind: %v", err)
			}
			if text := err.Error(); len(text) > 1000 || !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Errorf("the error cannot be shown: %q", text)
			}
			return
		}
		checkDelivery(t, kind, d)
	})
}

// checkDelivery checks what the doc comment of Delivery promises.
func checkDelivery(t *testing.T, kind Kind, d Delivery) {
	t.Helper()
	if d.Forge != kind || d.ID == "" || d.Event == "" || len(d.Fingerprints) == 0 {
		t.Errorf("without a forge, an id, an event or fingerprints: %+v", d)
	}
	for _, s := range []string{d.ID, d.Event, d.Name, d.HTTP.String(), d.SSH.String(), d.Ref, d.Branch} {
		if len(s) > 1100 || !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("cannot be shown: %q", s)
		}
	}
	commits := []string{d.Before, d.After}
	if d.Pull != nil {
		checkPull(t, d)
		commits = append(commits, d.Pull.Head.Commit, d.Pull.Base.Commit, d.Pull.MergeCommit)
	}
	for _, commit := range commits {
		if sum, err := hex.DecodeString(commit); err != nil || (len(sum) != 0 && len(sum) != 20 && len(sum) != 32) {
			t.Errorf("no commit: %q", commit)
		}
	}
	if d.Ref != "" && d.Ref != "refs/heads/"+d.Branch {
		t.Errorf("%q is not the ref of the branch %q", d.Ref, d.Branch)
	}
	if d.HTTP == (Repository{}) && d.SSH == (Repository{}) && !d.Ping {
		t.Error("a push to no repository")
	}
	for _, r := range []Repository{d.HTTP, d.SSH} {
		if r == (Repository{}) {
			continue
		}
		url := r.String()
		if !strings.HasPrefix(url, "/") {
			url = "https://" + url
		}
		// A path that ends with .git once more loses it each time that it is written without.
		if again, err := ParseRepository(url + map[bool]string{true: ".git"}[strings.HasSuffix(url, ".git") && url[0] != '/']); err != nil || again != r {
			t.Errorf("%s is %s when it is read again: %v", url, again, err)
		}
	}
}

// checkPull checks what the doc comment of PullEvent promises.
func checkPull(t *testing.T, d Delivery) {
	t.Helper()
	p := d.Pull
	if d.Ping || d.Ref != "" || d.Before != "" || d.After != "" {
		t.Errorf("a pull request that is a push: %+v", d)
	}
	if p.Number < 1 || p.Head.Commit == "" || p.Base.Branch == "" || (p.MergeCommit != "" && p.Action != PullMerged) {
		t.Errorf("without a number, a head or a base, or merged and not: %+v", p)
	}
	if !slices.Contains([]PullAction{PullChanged, PullClosed, PullMerged}, p.Action) {
		t.Errorf("the action %q", p.Action)
	}
	for _, branch := range []string{p.Head.Branch, p.Base.Branch} {
		if branch != "" && !ValidRef("refs/heads/"+branch) || len(branch) > 255 || strings.ContainsFunc(branch, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("no branch: %q", branch)
		}
	}
}

func FuzzGitHub(f *testing.F) {
	fuzz(f, GitHub, "push", "pull_request", "X-GitHub-Event", "push", "X-GitHub-Delivery")
}

func FuzzGitLab(f *testing.F) {
	fuzz(f, GitLab, "Push Hook", "Merge Request Hook", "X-Gitlab-Event", "Push Hook", "Idempotency-Key")
}

func FuzzGitea(f *testing.F) {
	fuzz(f, Gitea, "push", "pull_request", "X-Gitea-Event", "push", "X-Gitea-Delivery")
}

func FuzzGeneric(f *testing.F) {
	fuzz(f, Generic, "", "", "X-Zoneward-Event", "", "X-Zoneward-Delivery")
}
