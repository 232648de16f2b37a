//go:build unix

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls/pullstest"
)

// actions is GitHub Actions on this machine: act runs the workflows of a zones repository in a shell, and a fake answers for GitHub's API.
// https://github.com/nektos/act
type actions struct {
	actTools
	folder string   // all that anybody writes is below it
	work   string   // the zones repository
	key    string   // the secret PDNS_API_KEY
	env    []string // what jobs have in their environment beside what act gives them
	forge  *pullstest.Server
	runs   int
}

// actTools are what all tests with act share: it takes a while to build them.
type actTools struct {
	act    string   // the program
	source string   // the action, as it would be checked out
	bin    string   // a folder with keptBuild, as go
	caches []string // of go, which have what the action is built from: NAME=VALUE
}

// keptBuild is go, but builds the action once: what comes of it is the same each time, and takes most of the time of a job.
const keptBuild = `#!/bin/sh
case "$*" in "build -C "*" ./cmd/zoneward") ;; *) exec '%[1]s' "$@" ;; esac
for argument; do
	[ "$before" != -o ] || out=$argument
	before=$argument
done
[ ! -e '%[2]s' ] || exec cp '%[2]s' "$out"
'%[1]s' "$@" && cp "$out" "$out.kept" && mv "$out.kept" '%[2]s'
`

// newActTools builds act, and copies the action from the work tree.
func newActTools(t *testing.T) actTools {
	t.Helper()
	for _, name := range []string{"go", "git", "bash"} {
		program(t, name)
	}
	tools := actTools{act: filepath.Join(t.TempDir(), "act"), source: t.TempDir(), bin: t.TempDir()}
	build := exec.CommandContext(t.Context(), "go", "build", "-modfile=.ci/tools/act/go.mod", "-o", tools.act, "github.com/nektos/act")
	build.Dir = root
	build.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		if os.Getenv("ZONEWARD_REQUIRE_SERVERS") == "" {
			t.Skipf("act cannot be built: %v\n%s", err, out)
		}
		t.Fatalf("build act: %v\n%s", err, out)
	}
	script := fmt.Sprintf(keptBuild, program(t, "go"), filepath.Join(tools.bin, "kept"))
	if err := os.WriteFile(filepath.Join(tools.bin, "go"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"GOMODCACHE", "GOCACHE"} {
		out, err := exec.CommandContext(t.Context(), "go", "env", name).Output()
		if err != nil {
			t.Fatal(err)
		}
		tools.caches = append(tools.caches, name+"="+strings.TrimSpace(string(out)))
	}
	for _, name := range []string{"action.yml", "go.mod", "go.sum", "cmd", "providers", "reconcile", "zonefile"} {
		copySource(t, filepath.Join(root, name), filepath.Join(tools.source, name))
	}
	return tools
}

// copySource copies a file, or the files below a folder that a build needs.
func copySource(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && entry.Name() == "testdata":
			return filepath.SkipDir
		case entry.IsDir() || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		target := filepath.Join(to, strings.TrimPrefix(path, from))
		if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, content, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// newActions returns a machine without a zones repository.
func newActions(t *testing.T, tools actTools) *actions {
	t.Helper()
	a := &actions{actTools: tools, folder: t.TempDir(), key: "hush-key"}
	a.work = filepath.Join(a.folder, "zones")
	a.forge = pullstest.New(forge.GitHub, pullstest.Options{Workflow: true})
	t.Cleanup(a.forge.Close)
	a.stubs(t)
	return a
}

// newActionsWith returns a machine with a zones repository that has these files on its branch main, which is checked out.
func newActionsWith(t *testing.T, tools actTools, files map[string]string) *actions {
	t.Helper()
	a := newActions(t, tools)
	a.begin(t, files)
	return a
}

// begin makes the zones repository.
func (a *actions) begin(t *testing.T, files map[string]string) {
	t.Helper()
	a.git(t, "init", "-q", "-b", "main", a.work)
	a.git(t, "remote", "add", "origin", "https://github.com/"+a.forge.Repository()+".git")
	a.commit(t, "begin", files)
}

// stubs makes what the workflows use of GitHub's own actions. Artifacts and the cache are folders.
func (a *actions) stubs(t *testing.T) {
	t.Helper()
	artifact, cache := `"`+a.folder+`/artifacts/$NAME"`, `"`+a.folder+`/cache"`
	for action, script := range map[string]string{
		"setup-go":          "go version",
		"upload-artifact":   "mkdir -p " + artifact + `; printf '%s\n' "$FILES" | while read -r file; do [ -z "$file" ] || cp -r -- "$file" ` + artifact + `; done`,
		"download-artifact": `mkdir -p "$FILES"; cp -- ` + artifact + `/* "$FILES"`,
		"cache/save":        "mkdir -p " + cache + `; cp -- "$FILES" ` + cache,
		"cache/restore":     "cp -- " + cache + `/"$FILES" .`,
	} {
		text, err := json.Marshal(map[string]any{
			"name": action, "inputs": map[string]any{"name": map[string]any{}, "path": map[string]any{}},
			"runs": map[string]any{"using": "composite", "steps": []any{map[string]any{
				"shell": "bash", "run": script, "env": map[string]any{"NAME": "${{ inputs.name }}", "FILES": "${{ inputs.path }}"},
			}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		a.write(t, "stubs/"+action+"/action.yml", string(text))
	}
}

// write writes a file below the folder.
func (a *actions) write(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(a.folder, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// path is where the machine's programs are looked for, after those in more.
func (a *actions) path(more ...string) string {
	return strings.Join(append(more, a.bin, os.Getenv("PATH")), string(os.PathListSeparator))
}

// environ is what the machine's programs are given: nothing of them ends up elsewhere, and nothing is fetched.
func (a *actions) environ(t *testing.T, more ...string) []string {
	t.Helper()
	home := filepath.Join(a.folder, "home")
	env := []string{
		"PATH=" + a.path(), "HOME=" + home, "XDG_CACHE_HOME=" + filepath.Join(home, "cache"), "XDG_CONFIG_HOME=" + filepath.Join(home, "config"),
		"TMPDIR=" + filepath.Join(a.folder, "tmp"), "GIT_CONFIG_NOSYSTEM=1", "GOPROXY=off", "GOTOOLCHAIN=local", "GOTELEMETRY=off",
		"GIT_AUTHOR_NAME=Ann", "GIT_AUTHOR_EMAIL=ann@example.com", "GIT_COMMITTER_NAME=Ann", "GIT_COMMITTER_EMAIL=ann@example.com",
		"GIT_AUTHOR_DATE=2026-01-02T03:04:05Z", "GIT_COMMITTER_DATE=2026-01-02T03:04:05Z",
	}
	if err := os.MkdirAll(filepath.Join(a.folder, "tmp"), 0o700); err != nil {
		t.Fatal(err)
	}
	return slices.Concat(env, a.caches, more)
}

// git runs git in the zones repository, and returns what it writes.
func (a *actions) git(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	if cmd.Dir = a.work; args[0] == "init" {
		cmd.Dir = a.folder
	}
	cmd.Env = a.environ(t)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %q: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// commit commits files, and returns the commit.
func (a *actions) commit(t *testing.T, message string, files map[string]string) string {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		a.write(t, "zones/"+name, files[name])
	}
	a.git(t, "add", ".")
	a.git(t, "commit", "-q", "-m", message)
	return a.git(t, "rev-parse", "HEAD")
}

// mergeOf checks out what merging a branch into main would be, as GitHub offers it to jobs, and returns it.
func (a *actions) mergeOf(t *testing.T, branch string) string {
	t.Helper()
	a.git(t, "switch", "-q", "--detach", "main")
	a.git(t, "merge", "-q", "--no-ff", "-m", "Merge "+branch, branch)
	return a.git(t, "rev-parse", "HEAD")
}

// open opens a pull request of a branch.
func (a *actions) open(t *testing.T, branch, repository string) int64 {
	t.Helper()
	end := func(name string) pulls.Branch { return pulls.Branch{Name: name, Commit: a.git(t, "rev-parse", name)} }
	p := pulls.Pull{Title: branch, Author: "ann", Base: end("main"), Head: end(branch)}
	p.Head.Repository = repository
	return a.forge.AddPull(p)
}

// pullEvent is the event of a pull request.
func (a *actions) pullEvent(t *testing.T, number int64, branch, repository string) map[string]any {
	t.Helper()
	end := func(name, repository string) map[string]any {
		return map[string]any{"ref": name, "sha": a.git(t, "rev-parse", name), "repo": map[string]any{"full_name": repository}}
	}
	return map[string]any{
		"action": "synchronize", "number": number, "repository": map[string]any{"full_name": a.forge.Repository(), "default_branch": "main"},
		"pull_request": map[string]any{"number": number, "base": end("main", a.forge.Repository()), "head": end(branch, repository)},
	}
}

// actJob is what became of a run.
type actJob struct {
	ok          bool
	log         string // as people see it
	summary     string
	annotations []map[string]string // with the level and message
	outputs     map[string]string   // of its steps: those of zoneward alone have any
	commands    []string            // that were taken from the log, each once
}

// run runs the workflows in a file for an event.
func (a *actions) run(t *testing.T, workflow, name string, event map[string]any) actJob {
	t.Helper()
	a.runs++
	text, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	file := a.write(t, "event.json", string(text))
	// act 0.2.89 does not know what GitHub has since May 2026.
	flow := a.write(t, "workflows/"+workflow, strings.Replace(readFile(t, filepath.Join(a.work, ".github/workflows", workflow)), "  queue: max\n", "", 1))
	args := []string{
		name, "--eventpath", file, "--workflows", flow, "--json", "--platform", "ubuntu-latest=-self-hosted",
		"--action-offline-mode", "--no-cache-server", "--actor", "ann", "--secret", "GITHUB_TOKEN=" + a.forge.Token(), "--secret", "PDNS_API_KEY=" + a.key,
		"--env", "GITHUB_API_URL=" + a.forge.URL(), "--env", "GITHUB_GRAPHQL_URL=" + a.forge.URL() + "/graphql", "--env", fmt.Sprintf("GITHUB_RUN_NUMBER=%d", a.runs),
		"--local-repository", "zoneward/zoneward@main=" + a.source,
	}
	for _, variable := range a.env {
		args = append(args, "--env", variable)
	}
	for _, stub := range []string{"setup-go@v6", "upload-artifact@v6", "download-artifact@v7", "cache@v5"} {
		name, _, _ := strings.Cut(stub, "@")
		args = append(args, "--local-repository", "actions/"+stub+"="+filepath.Join(a.folder, "stubs", name))
	}
	cmd := exec.CommandContext(t.Context(), a.act, args...)
	cmd.Dir, cmd.Env = a.work, a.environ(t)
	// Should it not end, what it has started ends with it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 10 * time.Second
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); err != nil && (!ok || exit.ExitCode() != 1) {
		t.Fatalf("act: %v\n%s", err, out.String())
	}
	job := readActLog(t, out.String())
	job.ok = err == nil
	return job
}

// readActLog reads what act says, one JSON object a line.
func readActLog(t *testing.T, text string) actJob {
	t.Helper()
	job := actJob{outputs: map[string]string{}}
	var log strings.Builder
	lines := bufio.NewScanner(strings.NewReader(text))
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var line struct {
			Command, Arg, Name, Content, Msg string
			KVPairs                          map[string]string
			StepID                           []string
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			fmt.Fprintln(&log, lines.Text()) // how it ends
			continue
		}
		fmt.Fprintln(&log, strings.TrimSuffix(line.Msg, "\n"))
		if line.Command != "" && !slices.Contains(job.commands, line.Command) {
			job.commands = append(job.commands, line.Command)
		}
		ours := len(line.StepID) == 1 // of the workflow's step, and not of one in an action
		switch line.Command {
		case "error", "warning", "notice":
			annotation := maps.Clone(line.KVPairs)
			annotation["level"], annotation["message"] = line.Command, line.Arg
			job.annotations = append(job.annotations, annotation)
		case "summary":
			if ours {
				job.summary += line.Content
			}
		case "set-output":
			if ours {
				job.outputs[line.Name] = line.Arg
			}
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	job.log = log.String()
	return job
}
