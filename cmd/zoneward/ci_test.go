package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls/pullstest"
)

// ciWorld is a zones repository on a forge, its providers, and a clone of it in which jobs run.
type ciWorld struct {
	*testing.T
	forge  *pullstest.Server
	clone  string
	live   string // where the provider has its zones
	runs   int64
	number int64
	env    map[string]string // beside what each job has
	fork   string            // the repository that proposals come from, "" for this one
}

// newCIWorld returns a repository whose main has zones that are live as it says.
func newCIWorld(t *testing.T) *ciWorld {
	return newCIWorldOn(t, pullstest.New(forge.GitHub, pullstest.Options{Workflow: true}))
}

// newCIWorldOn is newCIWorld on a forge, which the end of the test ends.
func newCIWorldOn(t *testing.T, host *pullstest.Server) *ciWorld {
	t.Helper()
	program(t, "git")
	w := &ciWorld{T: t, forge: host, clone: t.TempDir(), live: t.TempDir(), env: map[string]string{}}
	t.Cleanup(w.forge.Close)
	w.git("init", "-q", "-b", "main")
	w.write("zoneward.yaml", w.config(""))
	w.write("zones/example.com.zone", "$TTL 300\nwww A 192.0.2.1\nold A 192.0.2.7\n")
	w.write("zones/example.org.zone", "$TTL 300\nwww A 192.0.2.1\n")
	w.commit("begin")
	if code, said := w.run(nil, "apply", "--yes", "-c", filepath.Join(w.clone, "zoneward.yaml")); code != exitDone {
		t.Fatalf("%d\n%s", code, said)
	}
	return w
}

func (w *ciWorld) config(more string) string {
	return fmt.Sprintf(`version: 1
source: {dir: zones}
state: %s
providers:
  live: {type: zonedir, directory: %q, nameservers: [ns1.example.net], serial: increment}
zones:
  - {match: "*", targets: [live]}
%s`, filepath.Join(w.live, "state.db"), filepath.Join(w.live, "zones"), more)
}

func (w *ciWorld) write(name, text string) {
	w.Helper()
	file := filepath.Join(w.clone, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		w.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		w.Fatal(err)
	}
}

func (w *ciWorld) git(args ...string) string {
	w.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=Ann", "-c", "user.email=ann@example.com", "-c", "commit.gpgsign=false"}, args...)...)
	cmd.Dir = w.clone
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
	out, err := cmd.CombinedOutput()
	if err != nil {
		w.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// commit commits all files, and returns the commit.
func (w *ciWorld) commit(message string) string {
	w.Helper()
	w.git("add", "-A")
	w.git("commit", "-q", "-m", message)
	return w.git("rev-parse", "HEAD")
}

// propose opens a pull request in which files have other contents, and returns its newest commit. An empty content removes the file.
func (w *ciWorld) propose(files map[string]string) string {
	w.Helper()
	base := w.git("rev-parse", "main")
	w.git("checkout", "-q", "-B", "proposal", "main")
	head := w.change(files)
	w.number = w.forge.AddPull(pulls.Pull{
		Title: "Change", Author: "ann", Base: pulls.Branch{Repository: w.forge.Repository(), Name: "main", Commit: base},
		Head: pulls.Branch{Repository: cmp.Or(w.fork, w.forge.Repository()), Name: "proposal", Commit: head},
	})
	return head
}

func (w *ciWorld) change(files map[string]string) string {
	w.Helper()
	for name, text := range files {
		if text == "" {
			w.git("rm", "-q", name)
			continue
		}
		w.write(name, text)
	}
	return w.commit("change")
}

// push adds a commit to the pull request.
func (w *ciWorld) push(files map[string]string) string {
	w.Helper()
	head := w.change(files)
	w.forge.Push(w.number, head)
	return head
}

// merge merges the pull request, and returns the commits of main before and after.
func (w *ciWorld) merge() (before, after string) {
	w.Helper()
	before = w.git("rev-parse", "main")
	w.git("checkout", "-q", "main")
	w.git("merge", "-q", "--no-ff", "-m", "merge", "proposal")
	after = w.git("rev-parse", "HEAD")
	w.forge.AddCommit(after)
	w.forge.Merge(w.number, after)
	return before, after
}

// result is what a job left behind.
type ciResult struct {
	code            exitCode
	log             string
	summary, output string
}

// plan runs "ci plan" as GitHub would for the pull request, whose newest commit is head.
func (w *ciWorld) plan(head string, args ...string) ciResult {
	w.Helper()
	base := w.git("rev-parse", "main")
	end := func(commit, name string) map[string]any {
		return map[string]any{"sha": commit, "ref": name, "repo": map[string]any{"full_name": w.forge.Repository()}}
	}
	return w.job("pull_request", map[string]any{
		"action": "synchronize", "number": w.number, "repository": map[string]any{"full_name": w.forge.Repository()},
		"pull_request": map[string]any{"number": w.number, "base": end(base, "main"), "head": end(head, "proposal")},
	}, map[string]string{"GITHUB_SHA": head, "GITHUB_REF": fmt.Sprintf("refs/pull/%d/merge", w.number)}, append([]string{"plan", "--comment"}, args...)...)
}

// apply runs "ci apply" as GitHub would for a push to main.
func (w *ciWorld) apply(before, after string, args ...string) ciResult {
	w.Helper()
	return w.job("push", map[string]any{
		"ref": "refs/heads/main", "before": before, "after": after, "repository": map[string]any{"full_name": w.forge.Repository()},
	}, map[string]string{"GITHUB_SHA": after, "GITHUB_REF": "refs/heads/main"}, append([]string{"apply"}, args...)...)
}

func (w *ciWorld) job(event string, payload map[string]any, env map[string]string, args ...string) ciResult {
	w.Helper()
	w.runs++
	dir := w.TempDir()
	text, err := json.Marshal(payload)
	if err != nil {
		w.Fatal(err)
	}
	for name, content := range map[string][]byte{"event.json": text, "summary": nil, "output": nil} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			w.Fatal(err)
		}
	}
	all := map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": event, "GITHUB_EVENT_PATH": filepath.Join(dir, "event.json"), "GITHUB_REPOSITORY": w.forge.Repository(),
		"GITHUB_API_URL": w.forge.URL(), "GITHUB_GRAPHQL_URL": w.forge.URL() + "/graphql", "GITHUB_SERVER_URL": "https://github.example", "GITHUB_TOKEN": w.forge.Token(), "GITHUB_RUN_ID": "7",
		"GITHUB_RUN_NUMBER": fmt.Sprint(w.runs), "GITHUB_RUN_ATTEMPT": "1", "GITHUB_WORKSPACE": w.clone,
		"GITHUB_OUTPUT": filepath.Join(dir, "output"), "GITHUB_STEP_SUMMARY": filepath.Join(dir, "summary"),
	}
	for _, more := range []map[string]string{env, w.env} {
		for name, value := range more {
			all[name] = value
		}
	}
	args = append([]string{"ci", args[0], "-c", filepath.Join(w.clone, "zoneward.yaml"), "--repository", w.clone}, args[1:]...)
	code, log := w.run(all, args...)
	return ciResult{code, log, readFile(w.T, filepath.Join(dir, "summary")), readFile(w.T, filepath.Join(dir, "output"))}
}

// run runs a command line with an environment, and returns how it ended and what it wrote.
func (w *ciWorld) run(environment map[string]string, args ...string) (exitCode, string) {
	w.Helper()
	var log bytes.Buffer
	out := newOutput(&log)
	code := run(args, env{stdin: strings.NewReader(""), stdout: out, stderr: out, lookup: func(name string) (string, bool) {
		value, ok := environment[name]
		return value, ok
	}})
	return code, log.String()
}

// status returns the newest status of a commit with a context.
func (w *ciWorld) status(commit, context string) pulls.Status {
	var last pulls.Status
	for _, s := range w.forge.Statuses(commit) {
		if s.Context == context {
			last = s
		}
	}
	return last
}

func (w *ciWorld) zone(name string) string {
	return readFile(w.T, filepath.Join(w.live, "zones", name))
}

// TestCIReviewedApply: from a pull request to live DNS, and not once more.
func TestCIReviewedApply(t *testing.T) {
	w := newCIWorld(t)
	head := w.propose(map[string]string{"zones/example.com.zone": "$TTL 300\nwww A 192.0.2.2\nold A 192.0.2.7\n"})
	for range 3 {
		got := w.plan(head)
		if got.code != exitDone || !strings.Contains(got.log, "192.0.2.2") || !strings.Contains(got.output, "changes") {
			t.Fatalf("exit code %d, output %q\n%s", got.code, got.output, got.log)
		}
		head = w.push(map[string]string{fmt.Sprintf("notes%d", w.runs): "x"})
	}
	got := w.plan(head)
	comments := w.forge.Comments(w.number)
	if got.code != exitDone || len(comments) != 1 {
		t.Fatalf("exit code %d, %d comments; want one\n%s", got.code, len(comments), got.log)
	}
	status := w.status(head, "zoneward/plan")
	if status.State != pulls.StateSuccess || !strings.Contains(status.Description, "sha256:") || !strings.Contains(got.output, status.Description[:71]) {
		t.Errorf("status %+v, output %s", status, got.output)
	}
	if strings.Contains(w.zone("example.com.zone"), "192.0.2.2") {
		t.Fatal("a plan has written to the provider")
	}
	before, after := w.merge()
	if got := w.apply(before, after); got.code != exitDone || !strings.Contains(got.log, "example.com. on live: applied 1 change") {
		t.Fatalf("exit code %d\n%s", got.code, got.log)
	}
	if !strings.Contains(w.zone("example.com.zone"), "192.0.2.2") {
		t.Error("it is not live")
	}
	if status := w.status(after, "zoneward/apply"); status.State != pulls.StateSuccess {
		t.Errorf("status %+v", status)
	}
	if got := w.apply(before, after); got.code != exitDone || strings.Contains(got.log, "applied 1 change") {
		t.Errorf("once more: exit code %d\n%s", got.code, got.log)
	}
}

// TestCIGate: what is applied is what was reviewed, or nothing.
func TestCIGate(t *testing.T) {
	const proposed = "$TTL 300\nwww A 192.0.2.2\nold A 192.0.2.7\n"
	edit := func(w *ciWorld, zone, from, to string) {
		file := filepath.Join(w.live, "zones", zone)
		if err := os.WriteFile(file, []byte(strings.ReplaceAll(readFile(w.T, file), from, to)), 0o600); err != nil {
			w.Fatal(err)
		}
	}
	for _, test := range []struct {
		name string
		do   func(w *ciWorld) (before, after string) // after the plan was reviewed
		args []string
		code exitCode
		said string
		live string // of www
	}{
		{"as it was reviewed", func(w *ciWorld) (string, string) { return w.merge() }, nil, exitDone, "applied 1 change", "192.0.2.2"},
		{"what is live has moved", func(w *ciWorld) (string, string) {
			edit(w, "example.com.zone", "192.0.2.1\n", "192.0.2.9\n")
			return w.merge()
		}, nil, exitStale, "www.example.com. A: reviewed 300 192.0.2.1 -> 300 192.0.2.2, now 300 192.0.2.9 -> 300 192.0.2.2", "192.0.2.9"},
		{"another record of the zone has moved", func(w *ciWorld) (string, string) {
			edit(w, "example.com.zone", "192.0.2.7", "192.0.2.70")
			return w.merge()
		}, nil, exitStale, "old.example.com. A: not in the plan that was reviewed, now 300 192.0.2.70 -> 300 192.0.2.7", "192.0.2.1"},
		{"another zone has moved", func(w *ciWorld) (string, string) {
			edit(w, "example.org.zone", "192.0.2.1", "192.0.2.99")
			return w.merge()
		}, nil, exitDone, "applied 1 change", "192.0.2.2"},
		{"somebody's own record has come", func(w *ciWorld) (string, string) {
			edit(w, "example.com.zone", "192.0.2.7\n", "192.0.2.7\n_acme-challenge.example.com. 60 IN TXT \"token\"\n")
			return w.merge()
		}, nil, exitDone, "applied 1 change", "192.0.2.2"},
		{"somebody has done it already", func(w *ciWorld) (string, string) {
			edit(w, "example.com.zone", "192.0.2.1\n", "192.0.2.2\n")
			return w.merge()
		}, nil, exitDone, "", "192.0.2.2"},
		{"another change of the zone was merged before", func(w *ciWorld) (string, string) {
			w.git("checkout", "-q", "main")
			w.write("zones/example.com.zone", "$TTL 300\nwww A 192.0.2.1\nold A 192.0.2.7\n\n\n\n\nmail A 192.0.2.25\n")
			w.commit("mail")
			return w.merge()
		}, nil, exitStale, "mail.example.com. A: not in the plan that was reviewed, now nothing -> 300 192.0.2.25", "192.0.2.1"},
		{"a commit that was not planned", func(w *ciWorld) (string, string) {
			w.push(map[string]string{"zones/example.com.zone": "$TTL 300\nwww A 192.0.2.66\nold A 192.0.2.7\n"})
			return w.merge()
		}, nil, exitStale, "was not reviewed: its newest commit has no status zoneward/plan", "192.0.2.1"},
		{"a status of somebody else", func(w *ciWorld) (string, string) {
			head := w.push(map[string]string{"zones/example.com.zone": "$TTL 300\nwww A 192.0.2.66\nold A 192.0.2.7\n"})
			w.forge.AddStatus(head, pulls.Status{Context: "zoneward/plan", State: pulls.StateSuccess, Description: "sha256:" + strings.Repeat("0", 64), Creator: "mallory"})
			return w.merge()
		}, nil, exitStale, `was set by "mallory", who is not trusted`, "192.0.2.1"},
		{"pushed past the pull request", func(w *ciWorld) (string, string) {
			before := w.git("rev-parse", "main")
			w.git("checkout", "-q", "main")
			w.write("zones/example.com.zone", proposed)
			after := w.commit("direct")
			w.forge.AddCommit(after)
			return before, after
		}, nil, exitStale, "it is in no pull request that was merged", "192.0.2.1"},
		{"another plan, and the label of a maintainer", func(w *ciWorld) (string, string) {
			edit(w, "example.com.zone", "192.0.2.1\n", "192.0.2.9\n")
			w.forge.Allow("ann", pulls.AccessWrite)
			w.forge.Label(w.number, "zoneward-override", "ann")
			return w.merge()
		}, []string{"--mode", "override"}, exitDone, "ann has given it the label zoneward-override", "192.0.2.2"},
		{"another plan, and the label of somebody", func(w *ciWorld) (string, string) {
			edit(w, "example.com.zone", "192.0.2.1\n", "192.0.2.9\n")
			w.forge.Allow("mallory", pulls.AccessRead)
			w.forge.Label(w.number, "zoneward-override", "mallory")
			return w.merge()
		}, []string{"--mode", "override"}, exitStale, "may not write to the repository", "192.0.2.9"},
		{"some of it is done already", func(w *ciWorld) (string, string) {
			w.push(map[string]string{"zones/example.com.zone": "$TTL 300\nwww A 192.0.2.2\nold A 192.0.2.8\n"})
			w.plan(w.git("rev-parse", "proposal"))
			edit(w, "example.com.zone", "192.0.2.7\n", "192.0.2.8\n")
			return w.merge()
		}, []string{"--mode", "subset"}, exitDone, "applied 1 change", "192.0.2.2"},
		{"some of it is done already, and nobody said that this is fine", func(w *ciWorld) (string, string) {
			w.push(map[string]string{"zones/example.com.zone": "$TTL 300\nwww A 192.0.2.2\nold A 192.0.2.8\n"})
			w.plan(w.git("rev-parse", "proposal"))
			edit(w, "example.com.zone", "192.0.2.7\n", "192.0.2.8\n")
			return w.merge()
		}, nil, exitStale, "the plan is out of date", "192.0.2.1"},
		{"more is to be done than was reviewed", func(w *ciWorld) (string, string) {
			edit(w, "example.com.zone", "192.0.2.7\n", "192.0.2.70\n")
			return w.merge()
		}, []string{"--mode", "subset"}, exitStale, "old.example.com. A: not in the plan that was reviewed", "192.0.2.1"},
		{"a part of it starts from something else", func(w *ciWorld) (string, string) {
			edit(w, "example.com.zone", "192.0.2.1\n", "192.0.2.9\n")
			return w.merge()
		}, []string{"--mode", "subset"}, exitStale, "now 300 192.0.2.9 -> 300 192.0.2.2", "192.0.2.9"},
		{"a label without the mode", func(w *ciWorld) (string, string) {
			edit(w, "example.com.zone", "192.0.2.1\n", "192.0.2.9\n")
			w.forge.Allow("ann", pulls.AccessWrite)
			w.forge.Label(w.number, "zoneward-override", "ann")
			return w.merge()
		}, nil, exitStale, "the plan is out of date", "192.0.2.9"},
		{"the branch was rewritten", func(w *ciWorld) (string, string) {
			_, after := w.merge()
			return strings.Repeat("ab", 20), after
		}, nil, exitError, "rewritten", "192.0.2.1"},
		{"the forge does not answer", func(w *ciWorld) (string, string) {
			before, after := w.merge()
			w.forge.Fail(pullstest.Fault{Path: "/statuses", Status: 403, Times: -1})
			return before, after
		}, nil, exitError, "forbidden", "192.0.2.1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newCIWorld(t)
			if got := w.plan(w.propose(map[string]string{"zones/example.com.zone": proposed})); got.code != exitDone {
				t.Fatalf("exit code %d\n%s", got.code, got.log)
			}
			before, after := test.do(w)
			got := w.apply(before, after, test.args...)
			if got.code != test.code || !strings.Contains(got.log, test.said) {
				t.Errorf("exit code %d, want %d, %q:\n%s", got.code, test.code, test.said, got.log)
			}
			if live := w.zone("example.com.zone"); !strings.Contains(live, test.live+"\n") {
				t.Errorf("www is to be %s:\n%s", test.live, live)
			}
			if status := w.status(after, "zoneward/apply"); status.State == pulls.StateSuccess != (got.code == exitDone) && status.State != "" {
				t.Errorf("exit code %d, and the status is %+v", got.code, status)
			}
		})
	}
}

// TestCIConfigurationIsTheBase: what a proposal says of the configuration counts once it is merged.
func TestCIConfigurationIsTheBase(t *testing.T) {
	w := newCIWorld(t)
	other := t.TempDir()
	proposed := strings.ReplaceAll(w.config("policy: {max_deletes: \"100%\"}\n"), w.live, other)
	head := w.propose(map[string]string{"zoneward.yaml": proposed, "zones/example.com.zone": "$TTL 300\nwww A 192.0.2.2\nold A 192.0.2.7\n"})
	got := w.plan(head)
	if got.code != exitDone || !strings.Contains(got.log, "1 to update") {
		t.Errorf("exit code %d; want the plan against what is live by the base:\n%s", got.code, got.log)
	}
	if entries, err := os.ReadDir(other); err != nil || len(entries) > 0 {
		t.Errorf("what the proposal names was looked at: %v, %v", entries, err)
	}
}

// TestCIPlanAfterMerge: a job that is run again once the pull request is merged says nothing there, so that nobody makes a plan count that nobody reviewed.
func TestCIPlanAfterMerge(t *testing.T) {
	w := newCIWorld(t)
	base := w.git("rev-parse", "main")
	head := w.propose(map[string]string{"zones/example.com.zone": "$TTL 300\nwww A 192.0.2.2\nold A 192.0.2.7\n"})
	if got := w.plan(head); got.code != exitDone {
		t.Fatalf("exit code %d\n%s", got.code, got.log)
	}
	reviewed := w.status(head, "zoneward/plan")
	before, after := w.merge()
	live := filepath.Join(w.live, "zones", "example.com.zone")
	if err := os.WriteFile(live, []byte(strings.ReplaceAll(readFile(t, live), "192.0.2.7", "192.0.2.70")), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := w.plan(head, "--base", base, "--head", head); got.code != exitDone || !strings.Contains(got.log, "pull request 1 is merged: its comment and its status stay as they are") {
		t.Errorf("exit code %d\n%s", got.code, got.log)
	}
	if status := w.status(head, "zoneward/plan"); status.Description != reviewed.Description {
		t.Errorf("status %q, want that of the review: %q", status.Description, reviewed.Description)
	}
	if got := w.apply(before, after); got.code != exitStale || !strings.Contains(w.zone("example.com.zone"), "192.0.2.1\n") {
		t.Errorf("exit code %d, want %d\n%s", got.code, exitStale, got.log)
	}
}

// TestCIValidate: what is wrong with the files of a change is said with its line, and neither a secret nor a provider is needed.
func TestCIValidate(t *testing.T) {
	for _, test := range []struct {
		name  string
		files map[string]string
		code  exitCode
		said  string
	}{
		{"nothing", map[string]string{"zones/example.com.zone": "$TTL 300\nwww A 192.0.2.2\n"}, exitDone, "1 zone, 1 record: 0 errors"},
		{"a broken record", map[string]string{"zones/example.com.zone": "$TTL 300\nwww A 192.0.2.300\n"}, exitError, "zones/example.com.zone:2:"},
		{"a test that fails", map[string]string{
			"zones/example.com.zone": "$TTL 300\nwww A 192.0.2.2\n", "zones/tests/web.yaml": "version: 1\ntests:\n  - www.example.com A 192.0.2.1\n",
		}, exitError, "zones/tests/web.yaml:3: www.example.com. A on live: want 192.0.2.1, got 192.0.2.2"},
		{"a broken test", map[string]string{
			"zones/example.com.zone": "$TTL 300\nwww A 192.0.2.2\n", "zones/tests/web.yaml": "version: 1\ntests:\n  - {quest: www.example.com A}\n",
		}, exitError, "zones/tests/web.yaml:3:"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newCIWorld(t)
			w.write("zoneward.yaml", strings.Replace(w.config(""), "providers:\n", "providers:\n  pdns: {type: powerdns, url: \"http://127.0.0.1:1\", api_key: \"${NOT_SET}\"}\n", 1))
			w.commit("a provider with a secret")
			head := w.propose(test.files)
			code, log := w.run(nil, "ci", "validate", "-c", filepath.Join(w.clone, "zoneward.yaml"), "--repository", w.clone, "--base", "main", "--head", head)
			if code != test.code || !strings.Contains(log, test.said) {
				t.Errorf("exit code %d, want %d, %q:\n%s", code, test.code, test.said, log)
			}
		})
	}
}

// TestCIMergeQueue: a merge queue waits for the status of the commit that it has made, which is the newest of no pull request.
func TestCIMergeQueue(t *testing.T) {
	w := newCIWorld(t)
	head := w.propose(map[string]string{"zones/example.com.zone": "$TTL 300\nwww A 192.0.2.2\nold A 192.0.2.7\n"})
	base := w.git("rev-parse", "main")
	w.git("checkout", "-q", "-B", "gh-readonly-queue/main/pr-1", "main")
	w.git("merge", "-q", "--no-ff", "-m", "queue", head)
	group := w.git("rev-parse", "HEAD")
	w.forge.AddCommit(group)
	got := w.job("merge_group", map[string]any{
		"action": "checks_requested", "repository": map[string]any{"full_name": w.forge.Repository()},
		"merge_group": map[string]any{"head_sha": group, "base_sha": base, "head_ref": "refs/heads/gh-readonly-queue/main/pr-1"},
	}, map[string]string{"GITHUB_SHA": group, "GITHUB_REF": "refs/heads/gh-readonly-queue/main/pr-1"}, "plan", "--comment")
	status := w.status(group, "zoneward/plan")
	if got.code != exitDone || status.State != pulls.StateSuccess || !strings.Contains(status.Description, "sha256:") || len(w.forge.Comments(w.number)) > 0 {
		t.Errorf("exit code %d, status %+v, comments %v; want a status alone\n%s", got.code, status, w.forge.Comments(w.number), got.log)
	}
}
