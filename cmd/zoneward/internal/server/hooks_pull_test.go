package server

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge"
)

// githubPull is a pull request to a branch of a repository, as GitHub sends it.
func githubPull(name, action, branch, id string) *http.Request {
	body := fmt.Sprintf(`{"action": %q, "number": 7, "pull_request": {"number": 7, "merged": false,
		"head": {"ref": "topic", "sha": %q, "repo": {"id": 5}}, "base": {"ref": %q, "sha": %q, "repo": {"id": 5}}},
		"repository": {"id": 5, "full_name": %q, "clone_url": "https://github.com/%[5]s.git"}}`, action, strings.Repeat("b", 40), branch, strings.Repeat("a", 40), name)
	return githubRequest(body, "pull_request", id)
}

// pullTest is a receiver that is told of pull requests to main as well.
func pullTest(t *testing.T, change func(*hookTest)) (h *hookTest, pulls *[]forge.Delivery) {
	pulls = &[]forge.Delivery{}
	h = newHookTest(t, func(h *hookTest) {
		h.hooks.Pull = func(d forge.Delivery) bool {
			*pulls = append(*pulls, d)
			return true
		}
		h.hooks.Follows = func(branch string) bool { return branch == "main" }
		if change != nil {
			change(h)
		}
	})
	return h, pulls
}

// TestHookPull looks who is told of a pull request.
func TestHookPull(t *testing.T) {
	for _, test := range []struct {
		name    string
		request *http.Request
		change  func(*hookTest)
		result  HookResult
	}{
		{"to the branch that is followed", githubPull("example/zones", "opened", "main", "1"), nil, HookAccepted},
		{"any branch is followed", githubPull("example/zones", "opened", "other", "1"), func(h *hookTest) { h.hooks.Follows = nil }, HookAccepted},
		{"to another branch", githubPull("example/zones", "opened", "other", "1"), nil, HookIgnored},
		{"to a branch of nearly that name", githubPull("example/zones", "opened", "main/x", "1"), nil, HookIgnored},
		{"of another repository", githubPull("example/other", "opened", "main", "1"), nil, HookForbiddenRepository},
		{"of another repository, to another branch", githubPull("example/other", "opened", "other", "1"), nil, HookForbiddenRepository},
		{"that got a label", githubPull("example/zones", "labeled", "main", "1"), nil, HookIgnored},
		{"without a signature", set(githubPull("example/zones", "opened", "main", "1"), "X-Hub-Signature-256", ""), nil, HookUnauthorized},
		{"nobody is told", githubPull("example/zones", "opened", "main", "1"), func(h *hookTest) { h.hooks.Pull = nil }, HookIgnored},
	} {
		t.Run(test.name, func(t *testing.T) {
			h, pulls := pullTest(t, test.change)
			w, result := h.send(test.request)
			if result != test.result || len(h.pushes) != 0 || len(*pulls) == 1 != (test.result == HookAccepted) {
				t.Errorf("%s, %d pushes, pulls %+v; want %s", result, len(h.pushes), *pulls, test.result)
			}
			if result == HookIgnored && (w.Code != http.StatusAccepted || w.Body.String() != "ignored\n") {
				t.Errorf("%d %q", w.Code, w.Body)
			}
		})
	}
	// A push is no pull request, whatever branches are followed.
	h, pulls := pullTest(t, func(h *hookTest) { h.hooks.Follows = func(string) bool { return false } })
	if _, result := h.send(githubPush("1")); result != HookAccepted || len(h.pushes) != 1 || len(*pulls) != 0 {
		t.Errorf("a push: %s, %d pushes, pulls %+v", result, len(h.pushes), *pulls)
	}
}

// TestHookPullOnce is told of a delivery once, and again if nobody took it.
func TestHookPullOnce(t *testing.T) {
	takes := false
	h, pulls := pullTest(t, func(h *hookTest) {
		told := h.hooks.Pull
		h.hooks.Pull = func(d forge.Delivery) bool { return takes && told(d) }
	})
	for i, want := range []HookResult{HookUnavailable, HookAccepted, HookDuplicate} {
		takes = i > 0
		if _, got := h.send(githubPull("example/zones", "opened", "main", "1")); got != want {
			t.Errorf("delivery %d: %s, want %s", i, got, want)
		}
	}
	if len(*pulls) != 1 || (*pulls)[0].Pull.Number != 7 {
		t.Fatalf("pulls %+v", *pulls)
	}
	got := *(*pulls)[0].Pull
	want := forge.PullEvent{Number: 7, Action: forge.PullChanged, Head: forge.Tip{Branch: "topic", Commit: strings.Repeat("b", 40)}, Base: forge.Tip{Branch: "main", Commit: strings.Repeat("a", 40)}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if text := h.log.String(); !strings.Contains(text, "repository=github.com/example/zones pull=7 action=changed branch=main commit="+strings.Repeat("b", 40)) {
		t.Errorf("the log: %s", text)
	}
}

// TestHookPullSecret does not tell of a pull request while the secret cannot be read.
func TestHookPullSecret(t *testing.T) {
	h, pulls := pullTest(t, func(h *hookTest) {
		h.hooks.Secrets[forge.GitHub] = func() ([]string, error) { return nil, errors.New("permission denied") }
	})
	if _, result := h.send(githubPull("example/zones", "opened", "main", "1")); result != HookUnavailable || len(*pulls) != 0 {
		t.Errorf("%s, pulls %+v", result, *pulls)
	}
}
