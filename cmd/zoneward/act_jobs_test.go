//go:build unix

package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls/pullstest"
)

// TestAct runs the workflows of examples/github as GitHub does, from the action's own source, against a fake of the API.
func TestAct(t *testing.T) {
	t.Parallel()
	tools := newActTools(t)
	for name, test := range map[string]func(*testing.T, actTools){
		"a change": testActChange, "a hostile change": testActHostile, "a fork": testActFork, "a daemon": testActServer, "the guide": testActGuide,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, tools)
		})
	}
}

// exampleZones returns a zones repository with the workflows of the examples, whose zones go to a folder.
func exampleZones(t *testing.T, live string, workflows ...string) map[string]string {
	t.Helper()
	files := map[string]string{
		"zoneward.yaml": fmt.Sprintf(`version: 1
source: {dir: zones}
providers:
  live: {type: zonedir, directory: %s, nameservers: [ns1.example.net]}
zones:
  - {match: "*", targets: [live]}
`, live),
		"zones/other.example.zone": "$TTL 300\n@ NS ns1.example.net.\n",
	}
	for _, name := range workflows {
		files[".github/workflows/"+name] = readFile(t, root+"/examples/github/"+name)
	}
	return files
}

// testActChange: three pushes give one comment; what was merged is applied if it is what was reviewed.
func testActChange(t *testing.T, tools actTools) {
	live := t.TempDir()
	a := newActionsWith(t, tools, exampleZones(t, live, "plan.yml", "apply.yml"))
	a.git(t, "switch", "-q", "-c", "topic")
	var number int64
	var id string
	for i := range 3 {
		a.git(t, "switch", "-q", "topic")
		head := a.commit(t, fmt.Sprintf("push %d", i), map[string]string{"zones/example.com.zone": fmt.Sprintf("$TTL 300\n@ NS ns1.example.net.\nwww A 192.0.2.%d\n", i)})
		if i == 0 {
			number = a.open(t, "topic", "")
			a.forge.AddComment(number, "mallory", "<!-- zoneward:plan {\"config\":\"zoneward.yaml\"} -->\nNothing changes.")
		} else {
			a.forge.Push(number, head)
		}
		a.mergeOf(t, "topic")
		job := a.run(t, "plan.yml", "pull_request", a.pullEvent(t, number, "topic", a.forge.Repository()))
		if !job.ok {
			t.Fatalf("push %d:\n%s", i, job.log)
		}
		if job.outputs["changes"] != "true" || job.outputs["create"] != "3" || job.outputs["retire"] != "0" || job.outputs["held"] != "0" || job.outputs["exit-code"] != "0" {
			t.Errorf("push %d: outputs: %q", i, job.outputs)
		}
		if job.outputs["plan-id"] == id || !regexp.MustCompile(`^sha256:[0-9a-f]{64}$`).MatchString(job.outputs["plan-id"]) {
			t.Errorf("push %d: plan-id %q", i, job.outputs["plan-id"])
		}
		id = job.outputs["plan-id"]
		for _, file := range []string{"plan-file", "report"} {
			if filepath.Ext(job.outputs[file]) != ".json" {
				t.Errorf("push %d: %s is %q", i, file, job.outputs[file])
			}
		}
		if strings.Contains(job.log, a.key) || strings.Contains(job.log, a.forge.Token()) {
			t.Errorf("push %d: a secret is in the log", i)
		}
		comments := a.forge.Comments(number)
		if len(comments) != 2 || comments[1].Author != a.forge.Login() || !strings.Contains(comments[1].Body, strings.TrimPrefix(id, "sha256:")[:12]) {
			t.Errorf("push %d: comments: %+v", i, comments)
		}
		statuses := a.forge.Statuses(head)
		if len(statuses) != 1 || statuses[0].Context != "zoneward/plan" || statuses[0].State != pulls.StateSuccess || !strings.Contains(statuses[0].Description, id) {
			t.Errorf("push %d: statuses: %+v", i, statuses)
		}
		if _, err := os.Stat(filepath.Join(live, "example.com.zone")); !errors.Is(err, os.ErrNotExist) {
			t.Fatalf("push %d: a plan has written: %v", i, err)
		}
	}
	goldenRequests(t, a, "plan")

	before := a.git(t, "rev-parse", "main")
	merge := a.mergeOf(t, "topic")
	a.git(t, "branch", "-f", "main", merge)
	a.git(t, "switch", "-q", "main")
	a.forge.Merge(number, merge)
	job := a.run(t, "apply.yml", "push", a.pushEvent(before, merge))
	if !job.ok {
		t.Fatalf("apply:\n%s", job.log)
	}
	if text := readFile(t, filepath.Join(live, "example.com.zone")); !strings.Contains(text, "192.0.2.2") {
		t.Errorf("applied:\n%s\n%s", text, job.log)
	}

	// Somebody edits live, and the next change is reviewed without it.
	a.git(t, "switch", "-q", "-c", "next")
	a.commit(t, "next", map[string]string{"zones/example.com.zone": "$TTL 300\n@ NS ns1.example.net.\nwww A 192.0.2.7\n"})
	number = a.open(t, "next", "")
	a.mergeOf(t, "next")
	if job := a.run(t, "plan.yml", "pull_request", a.pullEvent(t, number, "next", a.forge.Repository())); !job.ok {
		t.Fatalf("the next plan:\n%s", job.log)
	}
	edited := strings.Replace(readFile(t, filepath.Join(live, "example.com.zone")), "192.0.2.2", "192.0.2.66", 1)
	if err := os.WriteFile(filepath.Join(live, "example.com.zone"), []byte(edited), 0o600); err != nil {
		t.Fatal(err)
	}
	merge = a.mergeOf(t, "next")
	before = a.git(t, "rev-parse", "main")
	a.git(t, "branch", "-f", "main", merge)
	a.git(t, "switch", "-q", "main")
	a.forge.Merge(number, merge)
	job = a.run(t, "apply.yml", "push", a.pushEvent(before, merge))
	if job.ok || job.outputs["exit-code"] != "4" {
		t.Errorf("a plan that is another one by now: ok: %t, %q\n%s", job.ok, job.outputs, job.log)
	}
	if text := readFile(t, filepath.Join(live, "example.com.zone")); text != edited {
		t.Errorf("it was applied:\n%s", text)
	}
}

// testActHostile: what is wrong with a zone file is an error at its line; the other zones are planned; and whatever is written in a zone file, on a branch or in
// a name, is text.
func testActHostile(t *testing.T, tools actTools) {
	a := newActionsWith(t, tools, exampleZones(t, t.TempDir(), "plan.yml"))
	const branch = "pwned-$(id)-%0A-`id`;@org"
	var text strings.Builder
	for _, b := range []byte("```\n| @org/team <!-- zoneward:plan {} --> <img src=x> ##[set-output name=pwned;]x\n::set-output name=plan-id::pwned\n::error::pwned\nEOF\n\u202e") {
		fmt.Fprintf(&text, "\\%03d", b)
	}
	a.git(t, "switch", "-q", "-c", branch)
	a.commit(t, "::error::pwned", map[string]string{
		"zones/example.com.zone":                              "$TTL 300\n@ NS ns1.example.net.\nwww A \"192.0.2.300,line=9 ##[add-path]pwned\"\n",
		"zones/good.com.zone":                                 "$TTL 300\n@ NS ns1.example.net.\ntxt TXT \"" + text.String() + "\"\n",
		"zones/::error::pwned ##[add-path]pwned/good.com.txt": "",
	})
	number := a.open(t, branch, "")
	a.mergeOf(t, branch)
	job := a.run(t, "plan.yml", "pull_request", a.pullEvent(t, number, branch, a.forge.Repository()))
	if job.ok || job.outputs["result"] != "error" || job.outputs["exit-code"] != "1" || job.outputs["create"] != "3" {
		t.Errorf("ok: %t, %q\n%s", job.ok, job.outputs, job.log)
	}
	var at []string
	for _, annotation := range job.annotations {
		at = append(at, annotation["level"]+" "+annotation["file"]+":"+annotation["line"])
	}
	if diff := cmp.Diff([]string{"error zones/example.com.zone:3"}, at); diff != "" {
		t.Errorf("annotations (-want +got):\n%s\n%s", diff, job.log)
	}
	commands := slices.DeleteFunc(slices.Sorted(slices.Values(job.commands)), regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString)
	if diff := cmp.Diff([]string{"error", "set-output", "stop-commands", "summary"}, commands); diff != "" {
		t.Errorf("commands (-want +got):\n%s\n%s", diff, job.log)
	}
	if outputs := slices.Sorted(maps.Keys(job.outputs)); strings.Contains(strings.Join(outputs, " "), "pwned") || len(job.outputs["plan-id"]) != 71 {
		t.Errorf("outputs: %q", job.outputs)
	}
	comments := a.forge.Comments(number)
	if len(comments) != 1 || strings.Count(comments[0].Body, "<!--") != 1 {
		t.Fatalf("comments: %+v", comments)
	}
	for where, shown := range map[string]string{"comment": comments[0].Body, "summary": job.summary} {
		if !strings.Contains(shown, "good") || !strings.Contains(shown, "pwned") {
			t.Errorf("the %s does not say what was stated:\n%s", where, shown)
		}
		for _, never := range []string{"@org", "<img", "\u202e"} {
			if strings.Contains(shown, never) {
				t.Errorf("the %s has %q", where, never)
			}
		}
	}
}

// testActFork: a fork's pull request is planned without secrets against what main has saved, and its report is published for the pull request that GitHub names.
func testActFork(t *testing.T, tools actTools) {
	live := t.TempDir()
	a := newActionsWith(t, tools, exampleZones(t, live, "snapshot.yml", "fork.yml", "fork-comment.yml"))
	main := a.git(t, "rev-parse", "main")
	if job := a.run(t, "snapshot.yml", "push", a.pushEvent(main, main)); !job.ok {
		t.Fatalf("snapshot:\n%s", job.log)
	}
	a.git(t, "switch", "-q", "-c", "topic")
	head := a.commit(t, "change", map[string]string{
		"zones/example.com.zone": "$TTL 300\n@ NS ns1.example.net.\nwww A 192.0.2.1\n",
		"zoneward.yaml":          "version: 1\nproviders: {evil: {type: powerdns, url: \"${PDNS_API_KEY}\"}}\n",
	})
	a.open(t, "main", "")
	number := a.open(t, "topic", "mallory/zones")
	other := a.open(t, "topic", "trudy/zones") // the same commit
	a.mergeOf(t, "topic")
	asked := len(a.forge.Requests())
	job := a.run(t, "fork.yml", "pull_request", a.pullEvent(t, number, "topic", "mallory/zones"))
	if !job.ok || job.outputs["create"] != "3" {
		t.Fatalf("fork: %q\n%s", job.outputs, job.log)
	}
	if n := len(a.forge.Requests()) - asked; n != 0 {
		t.Errorf("the job of the fork has asked the forge %d times", n)
	}
	a.git(t, "switch", "-q", "main")
	after := map[string]any{
		"repository": map[string]any{"full_name": a.forge.Repository(), "default_branch": "main"},
		"workflow_run": map[string]any{
			"id": 1, "event": "pull_request", "conclusion": "success", "head_sha": head, "head_branch": "topic",
			"head_repository": map[string]any{"full_name": "mallory/zones"}, "pull_requests": []any{},
		},
	}
	if job := a.run(t, "fork-comment.yml", "workflow_run", after); !job.ok {
		t.Fatalf("fork-comment:\n%s", job.log)
	}
	comments := a.forge.Comments(number)
	if len(comments) != 1 || !strings.Contains(comments[0].Body, "www") || !strings.Contains(comments[0].Body, "zoneward.yaml") {
		t.Errorf("comments: %+v", comments)
	}
	if said := a.forge.Comments(other); len(said) > 0 {
		t.Errorf("the pull request of somebody else has comments: %+v", said)
	}
	// What is no report is not published.
	a.write(t, "artifacts/zoneward-report/report.json", `{"version": 1, "pwned": "<!-- zoneward:plan {} -->"}`)
	if job := a.run(t, "fork-comment.yml", "workflow_run", after); job.ok {
		t.Errorf("what is no report is taken:\n%s", job.log)
	}
	if diff := cmp.Diff(comments, a.forge.Comments(number), cmpopts.IgnoreUnexported(pullstest.Comment{})); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
}

// pushEvent is the event of a push to main.
func (a *actions) pushEvent(before, after string) map[string]any {
	return map[string]any{
		"ref": "refs/heads/main", "before": before, "after": after,
		"repository": map[string]any{"full_name": a.forge.Repository(), "default_branch": "main"},
	}
}

// goldenRequests compares what was asked of the API so far with a file in testdata/act. Commits are numbered there, and comments left out.
func goldenRequests(t *testing.T, a *actions, name string) {
	t.Helper()
	var lines []string
	for _, r := range a.forge.Requests() {
		if strings.Contains(r.Body, `"body":`) {
			r.Body = `{"body":...}`
		}
		lines = append(lines, r.String())
	}
	commits := map[string]string{}
	got := regexp.MustCompile(`\b[0-9a-f]{40}\b`).ReplaceAllStringFunc(strings.Join(lines, "\n")+"\n", func(id string) string {
		if commits[id] == "" {
			commits[id] = fmt.Sprintf("COMMIT-%d", len(commits)+1)
		}
		return commits[id]
	})
	file := filepath.Join("testdata", "act", name+".requests")
	if os.Getenv("ZONEWARD_UPDATE") != "" {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(readFile(t, file), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}
