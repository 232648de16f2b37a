package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/server"
)

// TestPullsThatNobodyPlans are ignored: GitLab turns a webhook off that is answered with errors.
func TestPullsThatNobodyPlans(t *testing.T) {
	c, err := configOf(withServer(`{webhooks: {github: {secret: "${A}"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	d := &daemon{log: slog.New(slog.DiscardHandler), metrics: server.NewMetrics(server.MetricsOptions{Health: server.NewHealth(heartbeat)})}
	commit := strings.Repeat("1", 40)
	body := `{"action": "opened", "number": 7, "pull_request": {"number": 7, "head": {"ref": "x", "sha": "` + commit + `"}, "base": {"ref": "main", "sha": "` + commit + `"}},
		"repository": {"id": 5, "full_name": "team/zones", "clone_url": "https://git.example.com/team/zones.git"}}`
	r := httptest.NewRequest(http.MethodPost, "/hooks/github", strings.NewReader(body))
	mac := hmac.New(sha256.New, []byte("value of A"))
	mac.Write([]byte(body))
	for name, value := range map[string]string{"Content-Type": "application/json", "X-GitHub-Event": "pull_request", "X-Hub-Signature-256": "sha256=" + hex.EncodeToString(mac.Sum(nil))} {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	d.hooksOf(&engine{config: c}).ServeHTTP(w, r)
	if w.Code != http.StatusAccepted || w.Body.String() != "ignored\n" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// TestFollowedBranch says to which branches pull requests are looked at.
func TestFollowedBranch(t *testing.T) {
	git := withServer("{}")
	for _, test := range []struct {
		config, branch string
		want           bool
	}{
		{strings.Replace(git, `.git"}`, `.git", branch: main}`, 1), "main", true},
		{strings.Replace(git, `.git"}`, `.git", branch: main}`, 1), "other", false},
		{strings.Replace(git, `.git"}`, `.git", branch: main}`, 1), "Main", false},
		{strings.Replace(git, `.git"}`, `.git", branch: main}`, 1), "", false},
		{git, "main", true}, // it may be the repository's own
		{strings.Replace(git, `{git: {url: "https://git.example.com/team/zones.git"}}`, "{dir: zones}", 1), "main", false},
	} {
		c, err := configOf(test.config)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.follows(test.branch); got != test.want {
			t.Errorf("%q of\n%s: %t", test.branch, test.config, got)
		}
	}
}
