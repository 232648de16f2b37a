package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls"
)

// commentReport runs "ci comment" as GitHub would after the job of a fork whose newest commit is head.
func (w *ciWorld) commentReport(head, file string) ciResult {
	w.Helper()
	return w.job("workflow_run", map[string]any{
		"repository": map[string]any{"full_name": w.forge.Repository()},
		"workflow_run": map[string]any{
			"event": "pull_request", "head_sha": head, "head_branch": "proposal", "head_repository": map[string]any{"full_name": w.fork}, "pull_requests": []any{},
		},
	}, map[string]string{"GITHUB_SHA": w.git("rev-parse", "main"), "GITHUB_REF": "refs/heads/main"}, "comment", "--report", file)
}

// TestCICommentOfAFork: a report of a job that is not trusted is published as such, and one that cannot be of this change is not.
func TestCICommentOfAFork(t *testing.T) {
	for _, test := range []struct {
		name string
		lie  func(w *ciWorld, doc map[string]any)
		code exitCode
		said string // in the log, or in the comment if there is one
	}{
		{"as it was made", func(*ciWorld, map[string]any) {}, exitDone, "A job that is not trusted made this report."},
		{"all is adrift", func(_ *ciWorld, doc map[string]any) {
			zone := doc["zones"].([]any)[0].(map[string]any)
			zone["adrift"], zone["caused"] = zone["caused"], []any{}
		}, exitDone, "A job that is not trusted made this report."},
		{"of another commit", func(w *ciWorld, doc map[string]any) { doc["head"] = w.git("rev-parse", "main") }, exitError, "and this job about"},
		{"of a commit that is none", func(_ *ciWorld, doc map[string]any) { doc["head"] = strings.Repeat("x", 1<<20) }, exitError, "and this job about"},
		{"of another configuration", func(_ *ciWorld, doc map[string]any) { doc["config"] = "other.yaml" }, exitError, "other.yaml"},
		{"of a configuration that never ends", func(_ *ciWorld, doc map[string]any) { doc["config"] = strings.Repeat("x", 1<<20) }, exitError, "is about the configuration"},
		{"with the id of another plan", func(_ *ciWorld, doc map[string]any) { doc["plan_id"] = "sha256:" + strings.Repeat("ab", 32) }, exitError, "its plan does not have its id"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newCIWorld(t)
			w.fork = "mallory/zones"
			out := t.TempDir()
			head := w.propose(map[string]string{"zones/example.com.zone": "$TTL 300\nwww A 192.0.2.2\nold A 192.0.2.7\n"})
			if code, said := w.run(nil, "ci", "plan", "-c", filepath.Join(w.clone, "zoneward.yaml"), "--repository", w.clone, "--base", "main", "--head", "proposal", "--out", out); code != exitDone {
				t.Fatalf("%d\n%s", code, said)
			}
			file := filepath.Join(out, "report.json")
			var doc map[string]any
			if err := json.Unmarshal([]byte(readFile(t, file)), &doc); err != nil {
				t.Fatal(err)
			}
			test.lie(w, doc)
			text, err := json.Marshal(doc)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, text, 0o600); err != nil {
				t.Fatal(err)
			}
			w.git("checkout", "-q", "main")
			got := w.commentReport(head, file)
			shown := got.log
			for _, comment := range w.forge.Comments(w.number) {
				shown = comment.Body
			}
			if got.code != test.code || !strings.Contains(shown, test.said) {
				t.Errorf("exit code %d, want %d, %q:\n%.3000s", got.code, test.code, test.said, shown)
			}
			if published := len(w.forge.Comments(w.number)); published > 0 != (test.code == exitDone) {
				t.Errorf("exit code %d, and %d comments", got.code, published)
			}
			if status := w.status(head, "zoneward/plan"); status.State == pulls.StateSuccess != (test.code == exitDone) {
				t.Errorf("exit code %d, and the status %+v", got.code, status)
			}
			if len(got.log) > 100_000 {
				t.Errorf("the log has %d octets", len(got.log))
			}
		})
	}
}
