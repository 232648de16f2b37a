package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"
)

// actionFile is what of action.yml is tested.
type actionFile struct {
	Inputs  map[string]struct{ Default string }
	Outputs map[string]struct{ Value string }
	Runs    struct {
		Steps []struct {
			Name, ID, Shell, Run string
			Env                  map[string]string
		}
	}
}

func readAction(t *testing.T) actionFile {
	t.Helper()
	var action actionFile
	if err := yaml.Unmarshal([]byte(readFile(t, root+"/action.yml")), &action); err != nil {
		t.Fatal(err)
	}
	return action
}

// TestActionScripts looks for what lets data into a script or the log, and for what bash 3.2 of macOS does not have.
func TestActionScripts(t *testing.T) {
	action := readAction(t)
	used := ""
	for _, step := range action.Runs.Steps {
		for _, never := range []string{"${{", "set -x", "eval", "${!", "declare -A", "mapfile", "readarray", ",,}", "^^}", "@Q}", "&>>", "|&", "/dev/tcp"} {
			if strings.Contains(step.Run, never) {
				t.Errorf("step %q: the script has %q", step.Name, never)
			}
		}
		if step.Shell != "bash" || !strings.HasPrefix(step.Run, "set -euo pipefail\n") {
			t.Errorf("step %q: shell %q", step.Name, step.Shell)
		}
		for name, value := range step.Env {
			used += value
			if input, ok := strings.CutPrefix(name, "INPUT_"); ok && value != "${{ inputs."+strings.ToLower(strings.ReplaceAll(input, "_", "-"))+" }}" {
				t.Errorf("step %q: %s is %s", step.Name, name, value)
			}
		}
	}
	for input := range action.Inputs {
		if !strings.Contains(used, "inputs."+input+" ") {
			t.Errorf("nothing reads the input %s", input)
		}
	}
}

// TestActionDocs: docs/github-action.md has a row for each input and output, with its default.
func TestActionDocs(t *testing.T) {
	action := readAction(t)
	guide := readFile(t, root+"/docs/github-action.md")
	for name, input := range action.Inputs {
		row := fmt.Sprintf("\n| `%s` | `%s` |", name, strings.NewReplacer("${{ ", "", " }}", "").Replace(input.Default))
		if row = strings.Replace(row, " `` ", " ", 1); !strings.Contains(guide, row) {
			t.Errorf("there is no row for the input %s with the default %q", name, input.Default)
		}
	}
	for name := range action.Outputs {
		if !strings.Contains(guide, fmt.Sprintf("\n| `%s` | ", name)) {
			t.Errorf("there is no row for the output %s", name)
		}
	}
}

// actionRun is a job in which the action runs.
type actionRun struct {
	action          actionFile
	temp, workspace string
	path            string // where programs are looked for
	env             []string
}

// fakeZoneward writes down how it was called, and ends as it is told in a file.
const fakeZoneward = `#!/bin/sh
printf '%s\n' "$@" >"$RUNNER_TEMP/called"
echo "token $GITHUB_TOKEN in $(pwd -P)" >>"$RUNNER_TEMP/called"
echo "to standard output"
echo "to standard error" >&2
echo "plan-id=sha256:00" >>"$GITHUB_OUTPUT"
exit "$(cat "$RUNNER_TEMP/code" 2>/dev/null || echo 0)"
`

// newActionRun returns a job whose Go builds fakeZoneward.
func newActionRun(t *testing.T) *actionRun {
	t.Helper()
	program(t, "bash")
	r := &actionRun{action: readAction(t), temp: t.TempDir(), workspace: t.TempDir()}
	bin := filepath.Join(r.temp, "bin")
	if err := os.Mkdir(bin, 0o700); err != nil {
		t.Fatal(err)
	}
	r.path = bin + string(os.PathListSeparator) + os.Getenv("PATH")
	r.install(t, "fake", fakeZoneward)
	r.install(t, "go", `#!/bin/sh
echo "$@" >"$RUNNER_TEMP/built"
[ "$GOWORK $CGO_ENABLED" = "off 0" ] || exit 9
while [ "$1" != -o ]; do shift; done
cp "$RUNNER_TEMP/bin/fake" "$2"
`)
	return r
}

// install makes a program of the job.
func (r *actionRun) install(t *testing.T, name, script string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(r.temp, "bin", name), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
}

// actionResult is what running the action came to.
type actionResult struct {
	code   int
	log    string // what was written to standard output
	stray  string // what was written to standard error
	output map[string]string
}

// run runs the steps of the action as the runner does, until one fails.
func (r *actionRun) run(t *testing.T, inputs map[string]string) actionResult {
	t.Helper()
	got := actionResult{output: map[string]string{}}
	for _, step := range r.action.Runs.Steps {
		script, output := filepath.Join(r.temp, "script.sh"), filepath.Join(r.temp, "output")
		for file, text := range map[string]string{script: step.Run, output: ""} {
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.CommandContext(t.Context(), "bash", "--noprofile", "--norc", "-e", "-o", "pipefail", script)
		cmd.Dir = r.workspace
		cmd.Env = append([]string{
			"PATH=" + r.path, "HOME=" + r.temp, "RUNNER_TEMP=" + r.temp, "GITHUB_WORKSPACE=" + r.workspace,
			"GITHUB_ACTION_PATH=/the/action", "GITHUB_OUTPUT=" + output, "GITHUB_ACTIONS=true", "CDPATH=/",
		}, r.env...)
		for name, value := range step.Env {
			cmd.Env = append(cmd.Env, name+"="+r.value(value, inputs, got.output))
		}
		var log, stray strings.Builder
		cmd.Stdout, cmd.Stderr = &log, &stray
		err := cmd.Run()
		got.log += log.String()
		got.stray += stray.String()
		for line := range strings.Lines(readFile(t, output)) {
			name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
			got.output[step.ID+"."+name] = value
		}
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			got.code = exit.ExitCode()
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	return got
}

// value returns a value of the environment of a step.
func (r *actionRun) value(text string, inputs, outputs map[string]string) string {
	expression, ok := strings.CutPrefix(text, "${{ ")
	if !ok {
		return text
	}
	expression = strings.TrimSuffix(expression, " }}")
	if input, ok := strings.CutPrefix(expression, "inputs."); ok {
		if value, given := inputs[input]; given {
			return value
		}
		return strings.Replace(r.action.Inputs[input].Default, "${{ github.token }}", "the-token", 1)
	}
	if step, ok := strings.CutPrefix(expression, "steps."); ok {
		return outputs[strings.Replace(step, ".outputs.", ".", 1)]
	}
	return text
}

// called returns how zoneward was called: its arguments, then the token and the folder. It is nil if it was not.
func (r *actionRun) called(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(r.temp, "called"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	temporary := regexp.MustCompile(regexp.QuoteMeta(r.temp)+`/zoneward-out\.\w+`).ReplaceAllString(string(text), "OUT")
	return strings.Split(strings.TrimSuffix(temporary, "\n"), "\n")
}

func TestActionCalls(t *testing.T) {
	const hostile = "a b; $(touch pwned) `touch pwned` ' \" \\ *"
	for _, test := range []struct {
		name   string
		inputs map[string]string
		want   string // arguments, separated by |
		code   int
	}{
		{name: "by default", want: "ci|plan|--config=zoneward.yaml|--out=OUT|--fail-on=error|--comment=true"},
		{
			name:   "a plan with everything",
			inputs: map[string]string{"config": hostile, "fail-on": "changes", "comment": "false", "snapshot": hostile, "token": "other"},
			want:   "ci|plan|--config=" + hostile + "|--out=OUT|--fail-on=changes|--comment=false|--snapshot=" + hostile,
		},
		{
			name: "a daemon, which has its own configuration", inputs: map[string]string{"server": "https://dns.example " + hostile},
			want: "ci|plan|--server=https://dns.example " + hostile + "|--out=OUT|--fail-on=error|--comment=true",
		},
		{name: "a config that looks like a flag", inputs: map[string]string{"config": "--yes"}, want: "ci|plan|--config=--yes|--out=OUT|--fail-on=error|--comment=true"},
		{name: "validate", inputs: map[string]string{"command": "validate"}, want: "ci|validate|--config=zoneward.yaml"},
		{name: "apply", inputs: map[string]string{"command": "apply"}, want: "ci|apply|--config=zoneward.yaml|--out=OUT|--mode=exact|--stateless"},
		{
			name: "apply with everything", inputs: map[string]string{"command": "apply", "mode": "override", "tombstones": "kept here"},
			want: "ci|apply|--config=zoneward.yaml|--out=OUT|--mode=override|--stateless|--tombstones=kept here",
		},
		{name: "comment", inputs: map[string]string{"command": "comment", "report": "r.json"}, want: "ci|comment|--config=zoneward.yaml|--out=OUT|--fail-on=error|--report=r.json"},
		{name: "build", inputs: map[string]string{"command": "build"}},
		{name: "a plan that fails", want: "ci|plan|--config=zoneward.yaml|--out=OUT|--fail-on=error|--comment=true", code: 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newActionRun(t)
			if test.code != 0 {
				if err := os.WriteFile(filepath.Join(r.temp, "code"), []byte(fmt.Sprint(test.code)), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			got := r.run(t, test.inputs)
			if got.code != test.code || got.stray != "" {
				t.Errorf("exit code %d; standard error:\n%s\nstandard output:\n%s", got.code, got.stray, got.log)
			}
			called := r.called(t)
			if test.want == "" {
				if called != nil {
					t.Errorf("zoneward was called: %q", called)
				}
			} else {
				workspace, err := filepath.EvalSymlinks(r.workspace)
				if err != nil {
					t.Fatal(err)
				}
				token := cmp.Or(test.inputs["token"], "the-token")
				want := append(strings.Split(test.want, "|"), fmt.Sprintf("token %s in %s", token, workspace))
				if diff := gocmp.Diff(want, called); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				if got.output["run.exit-code"] != fmt.Sprint(test.code) || got.output["run.plan-id"] != "sha256:00" {
					t.Errorf("outputs: %v", got.output)
				}
				if got.log != "to standard output\nto standard error\n" {
					t.Errorf("log: %q", got.log)
				}
			}
			built, want := readFile(t, filepath.Join(r.temp, "built")), "build -C /the/action -trimpath -buildvcs=false -o "+got.output["program.program"]+" ./cmd/zoneward\n"
			if built != want {
				t.Errorf("go %swant %s", built, want)
			}
			if left, err := os.ReadDir(r.workspace); err != nil || len(left) > 0 {
				t.Errorf("the workspace has %v, %v", left, err)
			}
		})
	}
}

// TestActionFolder: zoneward runs in a folder of the workspace, whatever folder of that name is elsewhere.
func TestActionFolder(t *testing.T) {
	r := newActionRun(t)
	folder := filepath.Join(r.workspace, "etc", "$(id) *")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"etc", "etc/$(id) *", folder} {
		got := r.run(t, map[string]string{"working-directory": name})
		want, err := filepath.EvalSymlinks(r.workspace)
		if err != nil {
			t.Fatal(err)
		}
		want = filepath.Join(want, strings.TrimPrefix(name, r.workspace))
		if called := r.called(t); got.code != 0 || !strings.HasSuffix(strings.Join(called, "\n"), " in "+want) {
			t.Errorf("%s: exit code %d, %q, want it to be in %s\n%s", name, got.code, called, want, got.log)
		}
	}
}

// TestActionOutputs: each output of the action is one of a step.
func TestActionOutputs(t *testing.T) {
	action := readAction(t)
	var steps []string
	for _, step := range action.Runs.Steps {
		steps = append(steps, step.ID)
	}
	for name, output := range action.Outputs {
		match := regexp.MustCompile(`^\$\{\{ steps\.([a-z]+)\.outputs\.` + name + ` }}$`).FindStringSubmatch(output.Value)
		if match == nil || !slices.Contains(steps, match[1]) {
			t.Errorf("%s is %s", name, output.Value)
		}
	}
}

// TestActionRefuses: an input that cannot be ends the step with a constant text, and nothing was run.
func TestActionRefuses(t *testing.T) {
	const hostile = "x\n::error::pwned ##[error]pwned"
	sum := strings.Repeat("0", 64)
	for _, test := range []struct {
		name   string
		inputs map[string]string
		want   string
	}{
		{"a command", map[string]string{"command": hostile}, "command is not one of plan, validate, apply, comment, build"},
		{"no command", map[string]string{"command": ""}, "command is not one of plan, validate, apply, comment, build"},
		{"fail-on", map[string]string{"fail-on": hostile}, "fail-on is not one of error, held, changes"},
		{"comment", map[string]string{"comment": hostile}, "comment is neither true nor false"},
		{"mode", map[string]string{"mode": hostile}, "mode is not one of exact, subset, override"},
		{"no report", map[string]string{"command": "comment"}, "comment needs report"},
		{"a configuration for a daemon", map[string]string{"config": "other.yaml", "server": "https://dns.example"}, "config does not go with server, which has its own"},
		{"a folder that is not there", map[string]string{"working-directory": hostile}, "working-directory is no folder"},
		{"a folder that looks like a flag", map[string]string{"working-directory": "-P"}, "working-directory is no folder"},
		{"a program without its digest", map[string]string{"binary": "/bin/true"}, "binary needs sha256, in lower-case hexadecimal digits"},
		{"a digest without a program", map[string]string{"sha256": sum}, "sha256 is given without binary"},
		{"a digest that is none", map[string]string{"binary": "/bin/true", "sha256": hostile}, "binary needs sha256, in lower-case hexadecimal digits"},
		{"a program that is not there", map[string]string{"binary": hostile, "sha256": sum}, "binary cannot be read"},
		{"a program in the clear", map[string]string{"binary": "http://192.0.2.1/zoneward", "sha256": sum}, "binary is neither a path nor an https URL"},
		{"a program in a file URL", map[string]string{"binary": "file:///bin/true", "sha256": sum}, "binary is neither a path nor an https URL"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newActionRun(t)
			got := r.run(t, test.inputs)
			if want := "::error title=zoneward::" + test.want + "\n"; got.code != 64 || got.log != want || got.stray != "" {
				t.Errorf("exit code %d, log %q, standard error %q, want 64 and %q", got.code, got.log, got.stray, want)
			}
			if called := r.called(t); called != nil {
				t.Errorf("zoneward was called: %q", called)
			}
		})
	}
	t.Run("no Go", func(t *testing.T) {
		r := newActionRun(t)
		r.path = folderWith(t, "mktemp")
		got := r.run(t, nil)
		if got.code != 64 || !strings.Contains(got.log, "Go is needed to build zoneward: run actions/setup-go before this action") {
			t.Errorf("exit code %d\n%s%s", got.code, got.log, got.stray)
		}
	})
}

// folderWith returns a folder with these programs of the machine alone.
func folderWith(t *testing.T, names ...string) string {
	t.Helper()
	folder := t.TempDir()
	for _, name := range append(names, "bash") {
		if err := os.Symlink(program(t, name), filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// digest returns the SHA-256 of a text, in hexadecimal digits.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// TestActionBinary takes a program from a path and by https, and runs it only if it is the one that is meant.
func TestActionBinary(t *testing.T) {
	program(t, "curl")
	var clear string
	mux := http.NewServeMux()
	mux.HandleFunc("/zoneward", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, fakeZoneward) })
	mux.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/zoneward", http.StatusFound) })
	mux.HandleFunc("/downgraded", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, clear+"/zoneward", http.StatusFound) })
	server, plain := httptest.NewTLSServer(mux), httptest.NewServer(mux)
	defer server.Close()
	defer plain.Close()
	clear = plain.URL
	certificate := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(certificate, text, 0o600); err != nil {
		t.Fatal(err)
	}
	const file = "-a b" // in the workspace
	for _, test := range []struct {
		name, binary, sum string
		want              string // "" if it runs
	}{
		{"a path", file, digest(fakeZoneward), ""},
		{"another program", file, digest("another"), "the SHA-256 of binary is another one: it was not run"},
		{"the beginning of the digest", file, digest(fakeZoneward)[:63], "the SHA-256 of binary is another one: it was not run"},
		{"a download", server.URL + "/zoneward", digest(fakeZoneward), ""},
		{"a download that moved", server.URL + "/moved", digest(fakeZoneward), ""},
		{"another download", server.URL + "/zoneward", digest("another"), "the SHA-256 of binary is another one: it was not run"},
		{"a download that moved into the clear", server.URL + "/downgraded", digest(fakeZoneward), "binary cannot be downloaded"},
		{"no download", server.URL + "/none", digest("404 page not found\n"), "binary cannot be downloaded"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newActionRun(t)
			r.env = []string{"CURL_CA_BUNDLE=" + certificate, "NO_PROXY=127.0.0.1"}
			r.install(t, "go", "#!/bin/sh\nexit 9\n")
			if err := os.WriteFile(filepath.Join(r.workspace, file), []byte(fakeZoneward), 0o600); err != nil {
				t.Fatal(err)
			}
			got := r.run(t, map[string]string{"binary": test.binary, "sha256": test.sum})
			ran := r.called(t) != nil
			if test.want == "" && (got.code != 0 || !ran) {
				t.Errorf("exit code %d, run: %t\n%s%s", got.code, ran, got.log, got.stray)
			}
			if test.want != "" && (got.code != 64 || ran || got.log != "::error title=zoneward::"+test.want+"\n") {
				t.Errorf("exit code %d, run: %t, want %s\n%s", got.code, ran, test.want, got.log)
			}
		})
	}
}

// TestActionShasum has the tools of macOS: no sha256sum, but shasum.
func TestActionShasum(t *testing.T) {
	r := newActionRun(t)
	r.install(t, "shasum", "#!/bin/sh\n[ \"$*\" = \"-a 256\" ] && exec "+program(t, "sha256sum")+"\n")
	r.path = filepath.Join(r.temp, "bin") + string(os.PathListSeparator) + folderWith(t, "mktemp", "cp", "chmod", "cat", "sh")
	file := filepath.Join(r.temp, "bin", "fake")
	if got := r.run(t, map[string]string{"binary": file, "sha256": digest(fakeZoneward)}); got.code != 0 || r.called(t) == nil {
		t.Errorf("exit code %d\n%s%s", got.code, got.log, got.stray)
	}
	if got := r.run(t, map[string]string{"binary": file, "sha256": digest("another")}); got.code != 64 {
		t.Errorf("exit code %d\n%s%s", got.code, got.log, got.stray)
	}
}
