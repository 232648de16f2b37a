package server

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge"
)

const hookSecret = "It's a Secret to Everybody"

// hookTest is a receiver of webhooks whose clock stands still, with what it did.
type hookTest struct {
	hooks   Hooks
	handler http.Handler
	now     time.Time
	log     strings.Builder

	mu      sync.Mutex
	pushes  []forge.Delivery
	results []HookResult
}

// newHookTest takes webhooks of all forges, of the repository github.com/example/zones; change is made before it starts.
func newHookTest(t testing.TB, change func(*hookTest)) *hookTest {
	t.Helper()
	repository, err := forge.ParseRepository("https://github.com/example/zones")
	if err != nil {
		t.Fatal(err)
	}
	h := &hookTest{now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}
	h.hooks = Hooks{
		Secrets:      map[forge.Kind]func() ([]string, error){},
		Repositories: []forge.Repository{repository},
		Trigger: func(d forge.Delivery) bool {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.pushes = append(h.pushes, d)
			return true
		},
		Observe: func(_ forge.Kind, r HookResult) {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.results = append(h.results, r)
		},
		Log: slog.New(slog.NewTextHandler(&h.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Now: func() time.Time { return h.now },
	}
	for _, kind := range forge.Kinds() {
		h.hooks.Secrets[kind] = func() ([]string, error) { return []string{hookSecret}, nil }
	}
	if change != nil {
		change(h)
	}
	h.handler = h.hooks.Handler()
	return h
}

// send has the receiver answer a request. It returns the answer, and what became of it.
func (h *hookTest) send(r *http.Request) (*httptest.ResponseRecorder, HookResult) {
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.results) == 0 {
		return w, ""
	}
	return w, h.results[len(h.results)-1]
}

// hexHMAC signs as GitHub does.
func hexHMAC(secret, body string) string {
	sum := hmac.New(sha256.New, []byte(secret))
	sum.Write([]byte(body))
	return hex.EncodeToString(sum.Sum(nil))
}

// pushTo is GitHub's payload of a push to a repository of github.com.
func pushTo(name string) string {
	return fmt.Sprintf(`{"ref": "refs/heads/main", "before": "%040d", "after": "%s",
		"repository": {"full_name": %q, "clone_url": "https://github.com/%[3]s.git", "ssh_url": "git@github.com:%[3]s.git"}}`, 0, strings.Repeat("a", 40), name)
}

// githubPush is a push to example/zones, as GitHub sends it.
func githubPush(id string) *http.Request { return githubRequest(pushTo("example/zones"), "push", id) }

func githubRequest(body, event, id string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/hooks/github", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-GitHub-Event", event)
	r.Header.Set("X-GitHub-Delivery", id)
	r.Header.Set("X-Hub-Signature-256", "sha256="+hexHMAC(hookSecret, body))
	return r
}

// gitlabPush is a push to example/zones, told by a GitLab.
func gitlabPush() *http.Request {
	body := `{"object_kind": "push", "event_name": "push", "ref": "refs/heads/main", "project": {"path_with_namespace": "example/zones", "git_http_url": "https://github.com/example/zones.git"}}`
	r := httptest.NewRequest(http.MethodPost, "/hooks/gitlab", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Gitlab-Event", "Push Hook")
	r.Header.Set("X-Gitlab-Token", hookSecret)
	return r
}

func giteaPush() *http.Request {
	r := githubPush("")
	r.URL.Path = "/hooks/gitea"
	r.Header.Set("X-Gitea-Event", "push")
	r.Header.Set("X-Gitea-Signature", hexHMAC(hookSecret, pushTo("example/zones")))
	return r
}

func genericPush() *http.Request {
	body := `{"repository": "git@github.com:example/zones.git"}`
	r := httptest.NewRequest(http.MethodPost, "/hooks/generic", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Zoneward-Signature", "sha256="+hexHMAC(hookSecret, body))
	return r
}

// set returns the request with a header, or without it if the value is "".
func set(r *http.Request, name, value string) *http.Request {
	r.Header.Del(name)
	if value != "" {
		r.Header.Set(name, value)
	}
	return r
}

func add(r *http.Request, name, value string) *http.Request {
	r.Header.Add(name, value)
	return r
}

// TestHooks looks at what single webhooks are answered with, and whether they trigger anything.
func TestHooks(t *testing.T) {
	mac := hexHMAC(hookSecret, pushTo("example/zones"))
	for _, test := range []struct {
		name    string
		request *http.Request
		status  int
		text    string
		result  HookResult
	}{
		{"GitHub", githubPush("1"), 202, "accepted", HookAccepted},
		{"GitLab", gitlabPush(), 202, "accepted", HookAccepted},
		{"Gitea", giteaPush(), 202, "accepted", HookAccepted},
		{"generic", genericPush(), 202, "accepted", HookAccepted},
		{"content type with a parameter", set(githubPush("1"), "Content-Type", "application/json; charset=utf-8"), 202, "accepted", HookAccepted},

		{"ping", githubRequest(strings.Replace(pushTo("example/zones"), "{", `{"zen": "x",`, 1), "ping", "1"), 200, "pong", HookIgnored},
		{"ping of an organization", githubRequest(`{"zen": "Design for failure.", "hook_id": 31}`, "ping", "1"), 200, "pong", HookIgnored},
		{"ping of another repository", githubRequest(strings.Replace(pushTo("example/other"), "{", `{"zen": "x",`, 1), "ping", "1"), 403, "repository", HookForbiddenRepository},
		{"another event", githubRequest(`{"action": "opened"}`, "issues", "1"), 202, "ignored", HookIgnored},
		{"a tag", githubRequest(strings.Replace(pushTo("example/zones"), "heads", "tags", 1), "push", "1"), 202, "ignored", HookIgnored},

		{"no signature", set(githubPush("1"), "X-Hub-Signature-256", ""), 401, "signature", HookUnauthorized},
		{"SHA-1", set(set(githubPush("1"), "X-Hub-Signature-256", ""), "X-Hub-Signature", "sha1="+mac[:40]), 401, "signature", HookUnauthorized},
		{"another secret", set(githubPush("1"), "X-Hub-Signature-256", "sha256="+hexHMAC("other", pushTo("example/zones"))), 401, "signature", HookUnauthorized},
		{"the empty secret", set(githubPush("1"), "X-Hub-Signature-256", "sha256="+hexHMAC("", pushTo("example/zones"))), 401, "signature", HookUnauthorized},
		{"upper case", set(githubPush("1"), "X-Hub-Signature-256", "sha256="+strings.ToUpper(mac)), 401, "signature", HookUnauthorized},
		{"truncated", set(githubPush("1"), "X-Hub-Signature-256", "sha256="+mac[:63]), 401, "signature", HookUnauthorized},
		{"two signatures", add(githubPush("1"), "X-Hub-Signature-256", "sha256="+mac), 401, "signature", HookUnauthorized},
		{"another forge's signature", set(set(githubPush("1"), "X-Hub-Signature-256", ""), "X-Gitlab-Token", hookSecret), 401, "signature", HookUnauthorized},
		{"what does not parse, without a signature", set(githubRequest("{", "push", "1"), "X-Hub-Signature-256", "sha256="+mac), 401, "signature", HookUnauthorized},
		{"what does not parse", githubRequest("{", "push", "1"), 400, "malformed", HookMalformed},
		{"two events", add(githubPush("1"), "X-GitHub-Event", "push"), 400, "malformed", HookMalformed},
		{"two ids", add(githubPush("1"), "X-GitHub-Delivery", "2"), 400, "malformed", HookMalformed},

		{"a form", set(githubPush("1"), "Content-Type", "application/x-www-form-urlencoded"), 415, "choose application/json as the content type of the webhook", HookMalformed},
		{"no content type", set(githubPush("1"), "Content-Type", ""), 415, "choose application/json as the content type of the webhook", HookMalformed},
		{"gzip", set(githubPush("1"), "Content-Encoding", "gzip"), 415, "send the body without a content encoding", HookMalformed},
		{"gzip in another case", set(githubPush("1"), "Content-Encoding", "GZIP"), 415, "send the body without a content encoding", HookMalformed},
		{"too large", githubRequest(strings.Repeat(" ", 3<<20+1), "push", "1"), 413, "too large", HookTooLarge},
		{"just not too large", githubRequest(pushTo("example/zones")+strings.Repeat(" ", 3<<20-len(pushTo("example/zones"))), "push", "1"), 202, "accepted", HookAccepted},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := newHookTest(t, nil)
			w, result := h.send(test.request)
			if w.Code != test.status || w.Body.String() != test.text+"\n" || result != test.result {
				t.Errorf("%d %q, %s; want %d %q, %s", w.Code, w.Body, result, test.status, test.text, test.result)
			}
			if triggered := len(h.pushes) == 1; triggered != (test.result == HookAccepted) {
				t.Errorf("triggered: %t", triggered)
			}
			if len(h.results) != 1 {
				t.Errorf("observed as %s", h.results)
			}
			if w.Header().Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("header %v", w.Header())
			}
		})
	}
}

// TestHookRepositories sends hooks of repositories that look like the one that is configured. The secret of each is right.
func TestHookRepositories(t *testing.T) {
	for name, repository := range map[string]string{
		"another name":            "https://github.com/example/other",
		"another owner":           "https://github.com/other/zones",
		"another host":            "https://github.com.example.org/example/zones",
		"the host as user":        "https://github.com@example.org/example/zones",
		"the host as password":    "https://x:github.com@example.org/example/zones",
		"the host as path":        "https://example.org/github.com/example/zones",
		"a path on this machine":  "/github.com/example/zones",
		"another port":            "https://github.com:8443/example/zones",
		"a path behind it":        "https://github.com/example/zones/x",
		"a path in front":         "https://github.com/x/example/zones",
		"a letter that looks so":  "https://github.com/exаmple/zones", // а is Cyrillic
		"a host that looks so":    "https://gіthub.com/example/zones", // і is Cyrillic
		"an address of this host": "http://127.0.0.1/example/zones",
	} {
		h := newHookTest(t, nil)
		body := fmt.Sprintf(`{"repository": %q}`, repository)
		r := httptest.NewRequest(http.MethodPost, "/hooks/generic", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Signature", "sha256="+hexHMAC(hookSecret, body))
		if w, result := h.send(r); w.Code != http.StatusForbidden || result != HookForbiddenRepository || len(h.pushes) != 0 {
			t.Errorf("%s: %d, %s, %d triggers", name, w.Code, result, len(h.pushes))
		} else if strings.Contains(w.Body.String(), "zones") {
			t.Errorf("%s: the answer quotes the request: %s", name, w.Body)
		}
	}
	h := newHookTest(t, func(h *hookTest) { h.hooks.Repositories = nil })
	if _, result := h.send(githubPush("1")); result != HookForbiddenRepository {
		t.Errorf("no repository is configured: %s", result)
	}
	// A source without a forge has no repository that a hook could name by leaving it out.
	h = newHookTest(t, func(h *hookTest) { h.hooks.Repositories = []forge.Repository{{}} })
	if _, result := h.send(githubPush("1")); result != HookForbiddenRepository {
		t.Errorf("no repository at all: %s", result)
	}
}

// TestHookSecrets reads the secret each time.
func TestHookSecrets(t *testing.T) {
	var secrets []string
	var err error
	h := newHookTest(t, func(h *hookTest) {
		h.hooks.Secrets[forge.GitHub] = func() ([]string, error) { return secrets, err }
	})
	for _, step := range []struct {
		name    string
		secrets []string
		err     error
		want    HookResult
	}{
		{"one", []string{hookSecret}, nil, HookAccepted},
		{"a new one is tried first", []string{"new", hookSecret}, nil, HookAccepted},
		{"the old one is gone", []string{"new"}, nil, HookUnauthorized},
		{"the file cannot be read", nil, errors.New("open /run/secrets/hook: permission denied"), HookUnavailable},
		{"none", nil, nil, HookUnavailable},
		{"an empty one", []string{""}, nil, HookUnavailable},
		{"an empty one beside it", []string{"", hookSecret}, nil, HookAccepted},
	} {
		secrets, err = step.secrets, step.err
		h.now = h.now.Add(2 * time.Hour)
		w, got := h.send(githubPush("1"))
		if got != step.want {
			t.Errorf("%s: %s, want %s", step.name, got, step.want)
		}
		if strings.Contains(w.Body.String(), "/run") {
			t.Errorf("%s: the answer tells where the secret is: %s", step.name, w.Body)
		}
	}
}

// TestHookPaths asks for what is not there, and in other ways.
func TestHookPaths(t *testing.T) {
	h := newHookTest(t, func(h *hookTest) { delete(h.hooks.Secrets, forge.GitLab) })
	for _, test := range []struct {
		method, path string
		status       int
	}{
		{http.MethodPost, "/hooks/gitlab", 404}, // no secret is configured
		{http.MethodPost, "/hooks/bitbucket", 404},
		{http.MethodPost, "/hooks/", 404},
		{http.MethodPost, "/hooks/github/", 404},
		{http.MethodPost, "/hooks/github/x", 404},
		{http.MethodPost, "/hooks/GitHub", 404},
		{http.MethodPost, "/hooks//github", 307},
		{http.MethodPost, "/hooks/x/../github", 307},
		{http.MethodPost, "/hooks/github%2f", 404},
		{http.MethodPost, "/hooks/github%00", 404},
		{http.MethodGet, "/hooks/github", 405},
		{http.MethodHead, "/hooks/github", 405},
		{http.MethodPut, "/hooks/github", 405},
		{http.MethodOptions, "/hooks/github", 405},
		{http.MethodConnect, "/hooks/github", 405},
		{"post", "/hooks/github", 405},
	} {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(pushTo("example/zones")))
		r.Header = githubPush("1").Header
		r.Method = test.method
		parsed, err := r.URL.Parse(test.path)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(test.path, "..") {
			parsed.Path = test.path // Parse has resolved it
		}
		r.URL = parsed
		if w, _ := h.send(r); w.Code != test.status {
			t.Errorf("%s %s: %d, want %d", test.method, test.path, w.Code, test.status)
		}
	}
	if len(h.results) != 0 || len(h.pushes) != 0 {
		t.Errorf("observed as %s, %d triggers", h.results, len(h.pushes))
	}
	// A header does not make another method, or another path, of it.
	r := githubPush("1")
	r.Method = http.MethodGet
	if w, _ := h.send(set(r, "X-HTTP-Method-Override", "POST")); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("overridden: %d", w.Code)
	}
}

// TestHookDelivery hands on what was pushed.
func TestHookDelivery(t *testing.T) {
	h := newHookTest(t, nil)
	h.send(githubPush("72d3162e"))
	if len(h.pushes) != 1 {
		t.Fatalf("%d triggers", len(h.pushes))
	}
	got := h.pushes[0]
	want := []string{"github", "72d3162e", "push", "example/zones", "github.com/example/zones", "refs/heads/main", "main", "", strings.Repeat("a", 40)}
	if diff := cmp.Diff(want, []string{string(got.Forge), got.ID, got.Event, got.Name, got.HTTP.String(), got.Ref, got.Branch, got.Before, got.After}); diff != "" {
		t.Error(diff)
	}
}
