//go:build unix

package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls"
	"github.com/zoneward/zoneward/providers/providertest/dnsserver"
)

// fakeGH writes down what it is asked to do, with its standard input.
const fakeGH = `#!/bin/sh
printf '%s\n' "$*" >>"$GH_CALLS"
case "$*" in *"--input -"*) cat >>"$GH_INPUT"; echo >>"$GH_INPUT" ;; esac
`

// actGuide is docs/guides/github.md on a machine.
type actGuide struct {
	*actions
	pdns   *dnsserver.PowerDNSServer
	text   string // of the guide, with the addresses that there are here
	blocks []codeBlock
	ran    []int // the blocks that were run
}

// shell runs the block of the guide that has a text in it, after the one that says what all of them need.
func (g *actGuide) shell(t *testing.T, has string) {
	t.Helper()
	i := slices.IndexFunc(g.blocks, func(b codeBlock) bool { return strings.Contains(b.text, has) })
	if i < 0 {
		t.Fatalf("docs/guides/github.md has no block with %q", has)
	}
	cmd := exec.CommandContext(t.Context(), "bash", "-e", "-u", "-c", g.blocks[0].text+"[ ! -d zones/.git ] || cd zones\n"+g.blocks[i].text)
	cmd.Dir = g.folder
	cmd.Env = g.environ(t,
		"PATH="+g.path(filepath.Join(g.folder, "bin")),
		"GH_CALLS="+filepath.Join(g.folder, "gh.calls"), "GH_INPUT="+filepath.Join(g.folder, "gh.input"),
		"PDNS_READ_KEY=read-key", "PDNS_API_KEY="+g.pdns.APIKey, "HOOK=https://zoneward.example.com/hooks/github", "WEBHOOK_SECRET=hush-hook",
		// What is pushed to GitHub goes to a folder.
		"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=url."+g.folder+"/github/.insteadOf", "GIT_CONFIG_VALUE_0=https://github.com/",
	)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("docs/guides/github.md:%d: %v\n%s", g.blocks[i].line, err, out)
	}
	g.ran = append(g.ran, i)
}

// testActGuide goes the way of docs/guides/github.md: each command is run, the jobs by act, and the zone is served in the end.
func testActGuide(t *testing.T, tools actTools) {
	a := newActions(t, tools)
	g := &actGuide{actions: a, pdns: dnsserver.PowerDNS(t, dnsserver.PowerDNSOptions{}), ran: []int{0}}
	a.key = g.pdns.APIKey
	g.text = strings.ReplaceAll(readFile(t, root+"/docs/guides/github.md"), "https://pdns.example.com", g.pdns.URL)
	g.blocks = codeBlocks(g.text, "sh")
	if err := os.Chmod(a.write(t, "bin/gh", fakeGH), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(a.folder, "zoneward/examples/github"), os.DirFS(root+"/examples/github")); err != nil {
		t.Fatal(err)
	}
	bare := exec.CommandContext(t.Context(), "git", "init", "-q", "--bare", filepath.Join(a.folder, "github/example/zones.git"))
	if out, err := bare.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}

	g.shell(t, "gh repo create")
	a.write(t, "zones/zoneward.yaml", codeBlocks(g.text, "yaml")[0].text)
	g.shell(t, "git push -q -u origin main")
	g.shell(t, "gh secret set")
	g.shell(t, "/branches/main/protection")
	a.write(t, "zones/zones/example.com.zone", codeBlocks(g.text, "zone")[0].text)
	g.shell(t, "gh pr create")
	number := a.open(t, "first", "")
	plan := func() actJob {
		t.Helper()
		a.mergeOf(t, "first")
		job := a.run(t, "plan.yml", "pull_request", a.pullEvent(t, number, "first", a.forge.Repository()))
		if !job.ok {
			t.Fatal(job.log)
		}
		a.git(t, "switch", "-q", "first")
		return job
	}
	first := plan()
	g.shell(t, "www has IPv6")
	a.forge.Push(number, a.git(t, "rev-parse", "first"))
	second := plan()
	if comments := a.forge.Comments(number); len(comments) != 1 || first.outputs["create"] != "3" || second.outputs["create"] != "4" {
		t.Errorf("create %s and then %s, comments: %+v", first.outputs["create"], second.outputs["create"], comments)
	}

	g.shell(t, "gh pr merge")
	before := a.git(t, "rev-parse", "main")
	merge := a.mergeOf(t, "first")
	a.forge.Merge(number, merge)
	a.git(t, "branch", "-f", "main", merge)
	a.git(t, "switch", "-q", "main")
	if job := a.run(t, "apply.yml", "push", a.pushEvent(before, merge)); !job.ok {
		t.Fatal(job.log)
	}
	if statuses := a.forge.Statuses(merge); len(statuses) != 1 || statuses[0].State != pulls.StateSuccess {
		t.Errorf("statuses of the merge: %+v", statuses)
	}
	served := func(typ string) string {
		_, answer := dnsserver.Query(t, g.pdns.Addr, "www.example.com", typ)
		return strings.Join(answer, "\n")
	}
	if four, six := served("A"), served("AAAA"); !strings.HasSuffix(four, " A 192.0.2.10") || !strings.HasSuffix(six, " AAAA 2001:db8::10") {
		t.Errorf("served: %q, %q", four, six)
	}

	// At night all is well, until somebody edits by hand.
	night := map[string]any{"schedule": "17 3 * * *", "repository": map[string]any{"full_name": a.forge.Repository(), "default_branch": "main"}}
	if job := a.run(t, "drift.yml", "schedule", night); !job.ok {
		t.Errorf("the first night:\n%s", job.log)
	}
	g.pdns.Update(t, "zone example.com\nupdate delete www.example.com AAAA\nsend\n")
	if job := a.run(t, "drift.yml", "schedule", night); job.ok || !strings.Contains(job.summary, "AAAA") || served("AAAA") != "" {
		t.Errorf("the second night: ok: %t\n%s", job.ok, job.log)
	}

	g.shell(t, "/hooks\"")
	shown := codeBlocks(g.text, "yaml")
	daemon, _, _ := strings.Cut(shown[1].text, "server:\n")
	for _, text := range []string{shown[1].text, daemon + shown[2].text} {
		if _, err := loadConfig(a.write(t, "daemon.yaml", text), func(string) (string, bool) { return "hush", true }, true); err != nil {
			t.Errorf("the daemon's configuration: %v\n%s", err, text)
		}
	}
	for i, block := range g.blocks {
		if !slices.Contains(g.ran, i) {
			t.Errorf("docs/guides/github.md:%d: nobody runs this", block.line)
		}
	}
	g.asked(t)
}

// asked compares what gh was to do.
func (g *actGuide) asked(t *testing.T) {
	t.Helper()
	want := []string{
		"repo create example/zones --private",
		"secret set PDNS_API_KEY --repo example/zones --body read-key",
		"api -X PUT repos/example/zones/environments/dns --input -",
		"secret set PDNS_API_KEY --repo example/zones --env dns --body " + g.pdns.APIKey,
		"api -X PUT repos/example/zones/branches/main/protection --input -",
		"pr create --repo example/zones --base main --head first --title example.com --body ",
		"pr merge first --repo example/zones --merge",
		"api repos/example/zones/hooks --input -",
	}
	got := strings.Split(strings.TrimSuffix(readFile(t, filepath.Join(g.folder, "gh.calls")), "\n"), "\n")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("gh (-want +got):\n%s", diff)
	}
	bodies := json.NewDecoder(strings.NewReader(readFile(t, filepath.Join(g.folder, "gh.input"))))
	for range 3 {
		var body map[string]any
		if err := bodies.Decode(&body); err != nil {
			t.Errorf("what gh is given: %v", err)
		}
	}
}
