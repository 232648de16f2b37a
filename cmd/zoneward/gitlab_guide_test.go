package main

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls/pullstest"
	"github.com/zoneward/zoneward/providers/providertest/dnsserver"
)

// gitlabGuide is what docs/guides/gitlab.md needs: a fake of GitLab's API beside a bare repository, a PowerDNS, and a folder to work in. There is no real GitLab here, so the
// pipelines of its project are run by the test.
type gitlabGuide struct {
	api      *pullstest.Server
	pdns     *dnsserver.PowerDNSServer
	pipeline gitlabPipeline
	dir      string
	text     string // of the guide, with the addresses that there are here
	jobs     int
}

func newGitLabGuide(t *testing.T) *gitlabGuide {
	t.Helper()
	g := &gitlabGuide{
		api: pullstest.New(forge.GitLab, pullstest.Options{Repository: "dns/zones"}), pdns: dnsserver.PowerDNS(t, dnsserver.PowerDNSOptions{}),
		pipeline: readGitLabPipeline(t), dir: t.TempDir(),
	}
	t.Cleanup(g.api.Close)
	g.text = strings.ReplaceAll(readFile(t, root+"/docs/guides/gitlab.md"), "https://pdns.example.com", g.pdns.URL)
	if err := os.CopyFS(filepath.Join(g.dir, "zoneward/examples/gitlab"), os.DirFS(root+"/examples/gitlab")); err != nil {
		t.Fatal(err)
	}
	g.git(t, g.dir, "init", "-q", "--bare", "-b", "main", "zones.git")
	g.git(t, g.dir, "clone", "-q", "zones.git", "zones")
	return g
}

// git runs git in a folder, and returns what it prints.
func (g *gitlabGuide) git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	return g.command(t, dir, "git", args...)
}

func (g *gitlabGuide) command(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "ZONEWARD="+filepath.Join(g.dir, "zoneward"), "GIT_CONFIG_GLOBAL="+os.DevNull,
		"GIT_AUTHOR_NAME=Ann", "GIT_AUTHOR_EMAIL=ann@example.com", "GIT_COMMITTER_NAME=Ann", "GIT_COMMITTER_EMAIL=ann@example.com")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// zones is the work tree of whoever reads the guide.
func (g *gitlabGuide) zones() string { return filepath.Join(g.dir, "zones") }

// shell runs the block of the guide that has a text in it.
func (g *gitlabGuide) shell(t *testing.T, has string) {
	t.Helper()
	blocks := codeBlocks(g.text, "sh")
	i := slices.IndexFunc(blocks, func(b codeBlock) bool { return strings.Contains(b.text, has) })
	if i < 0 {
		t.Fatalf("docs/guides/gitlab.md has no block with %q", has)
	}
	g.command(t, g.zones(), "bash", "-e", "-u", "-c", blocks[i].text)
}

func (g *gitlabGuide) write(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join(g.zones(), name)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// run runs a job of the pipeline at a commit, in a clone as GitLab's runner makes it with GIT_DEPTH 0, and with these predefined variables.
func (g *gitlabGuide) run(t *testing.T, name, commit string, variables map[string]string) (exitCode, string) {
	t.Helper()
	g.jobs++
	job := forgeJob{dir: filepath.Join(t.TempDir(), "builds"), env: map[string]string{
		"CI": "true", "GITLAB_CI": "true", "CI_PROJECT_ID": "17", "CI_PROJECT_PATH": "dns/zones", "CI_API_V4_URL": g.api.URL(),
		"CI_SERVER_URL": strings.TrimSuffix(g.api.URL(), "/api/v4"), "CI_COMMIT_SHA": commit, "CI_DEFAULT_BRANCH": "main", "CI_PIPELINE_IID": strconv.Itoa(g.jobs),
		"GITLAB_USER_LOGIN": "ann", "GITLAB_TOKEN": g.api.Token(), "PDNS_API_KEY": g.pdns.APIKey,
	}}
	job.env["CI_PROJECT_DIR"] = job.dir
	maps.Copy(job.env, variables)
	g.git(t, g.dir, "clone", "-q", "--no-checkout", "zones.git", job.dir)
	g.git(t, job.dir, "checkout", "-q", "--detach", commit)
	code := exitDone
	for _, line := range append(slices.Clone(g.pipeline.Default.BeforeScript), g.pipeline.Jobs[name].Script...) {
		if code == exitDone {
			code = exitOf(t, job.shell(t, line, nil))
		}
	}
	return code, job.log.String()
}

// TestGitLabGuide goes through the guide, from an empty project to the first reviewed apply.
func TestGitLabGuide(t *testing.T) {
	t.Parallel()
	program(t, "git")
	program(t, "bash")
	g := newGitLabGuide(t)
	g.write(t, "zoneward.yaml", codeBlocks(g.text, "yaml")[0].text)
	g.shell(t, ".gitlab-ci.yml")
	base := g.git(t, g.zones(), "rev-parse", "HEAD")
	push := map[string]string{"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "main", "CI_COMMIT_BEFORE_SHA": strings.Repeat("0", 40)}
	if code, log := g.run(t, "apply", base, push); code != exitDone {
		t.Fatalf("the first push ends with %d:\n%s", code, log)
	}

	g.write(t, "zones/example.com.zone", codeBlocks(g.text, "zone")[0].text)
	g.shell(t, "git switch -q -c first")
	head := g.git(t, g.zones(), "rev-parse", "HEAD")
	number := g.api.AddPull(pulls.Pull{Title: "example.com", Base: pulls.Branch{Commit: base}, Head: pulls.Branch{Commit: head, Name: "first"}})
	request := map[string]string{
		"CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_IID": strconv.FormatInt(number, 10), "CI_MERGE_REQUEST_PROJECT_ID": "17",
		"CI_MERGE_REQUEST_PROJECT_PATH": "dns/zones", "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH": "dns/zones",
		"CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main", "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "first",
	}
	for range 2 { // the second time nothing has changed
		if code, log := g.run(t, "plan", head, request); code != exitDone {
			t.Fatalf("the merge request's job ends with %d:\n%s", code, log)
		}
	}
	comments := g.api.Comments(number)
	if len(comments) != 1 || !strings.Contains(comments[0].Body, "192.0.2.10") {
		t.Fatalf("comments: %+v", comments)
	}
	if code, log := g.run(t, "validate", head, request); code != exitDone {
		t.Errorf("validate ends with %d:\n%s", code, log)
	}

	g.git(t, g.zones(), "checkout", "-q", "main")
	g.git(t, g.zones(), "merge", "-q", "--no-ff", "-m", "Merge branch 'first'", "first")
	g.git(t, g.zones(), "push", "-q", "origin", "main")
	merge := g.git(t, g.zones(), "rev-parse", "HEAD")
	g.api.Merge(number, merge)
	push["CI_COMMIT_BEFORE_SHA"] = base
	if code, log := g.run(t, "apply", merge, push); code != exitDone {
		t.Fatalf("the merge ends with %d:\n%s", code, log)
	}
	if _, answer := dnsserver.Query(t, g.pdns.Addr, "www.example.com", "A"); len(answer) != 1 || !strings.HasSuffix(answer[0], " IN A 192.0.2.10") {
		t.Errorf("what was merged is not live: %q", answer)
	}

	night := map[string]string{"CI_PIPELINE_SOURCE": "schedule", "CI_COMMIT_BRANCH": "main"}
	if code, log := g.run(t, "drift", merge, night); code != exitDone {
		t.Errorf("the night after ends with %d:\n%s", code, log)
	}
	g.pdns.Update(t, "zone example.com\nupdate delete www.example.com A\nupdate add www.example.com 300 A 192.0.2.99")
	if code, log := g.run(t, "drift", merge, night); code != exitChanges || !strings.Contains(log, "192.0.2.99") {
		t.Errorf("with drift the job ends with %d:\n%s", code, log)
	}
}
