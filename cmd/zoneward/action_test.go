package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"
)

// actionFile is what of action.yml is tested.
type actionFile struct {
	Inputs map[string]struct{ Default string }
	Runs   struct {
		Steps []struct {
			Name, Shell, Run string
			Env              map[string]string
		}
	}
}

func readAction(t *testing.T) actionFile {
	t.Helper()
	var action actionFile
	if err := yaml.Unmarshal([]byte(readFile(t, root+"/action.yml")), &action); err != nil {
		t.Fatal(err)
	}
	if len(action.Runs.Steps) != 2 {
		t.Fatalf("action.yml has %d steps, want one that builds and one that plans", len(action.Runs.Steps))
	}
	return action
}

// TestActionScripts looks for what lets data into a script or the log.
func TestActionScripts(t *testing.T) {
	for _, step := range readAction(t).Runs.Steps {
		for _, never := range []string{"${{", "set -x", "eval"} {
			if strings.Contains(step.Run, never) {
				t.Errorf("step %q: the script has %q", step.Name, never)
			}
		}
		if step.Shell != "bash" {
			t.Errorf("step %q: shell %q", step.Name, step.Shell)
		}
	}
}

// runner is what a job of GitHub Actions gives its steps.
type runner struct {
	temp, workspace, action string
}

// newRunner returns a runner with a workspace that has these files. Its Go builds this test's binary, which is zoneward if it is called so.
func newRunner(t *testing.T, files map[string]string) runner {
	t.Helper()
	program(t, "bash")
	action, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	r := runner{t.TempDir(), t.TempDir(), action}
	for name, text := range files {
		file := filepath.Join(r.workspace, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	fake := fmt.Sprintf("#!/bin/sh\necho \"$@\" >%[1]s/built\nln -s %[2]s %[1]s/zoneward\n", r.temp, self)
	if err := os.MkdirAll(filepath.Join(r.temp, "bin"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(r.temp, "bin", "go"), []byte(fake), 0o700); err != nil {
		t.Fatal(err)
	}
	return r
}

// result is what running the action came to.
type result struct {
	code            int
	log             string
	summary, output string
}

// run runs the steps of the action as the runner does, until one fails.
func (r runner) run(t *testing.T, inputs map[string]string) result {
	t.Helper()
	action := readAction(t)
	script := filepath.Join(r.temp, "script.sh")
	summary, output := filepath.Join(r.temp, "summary"), filepath.Join(r.temp, "output")
	var got result
	for _, step := range action.Runs.Steps {
		if err := os.WriteFile(script, []byte(step.Run), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, file := range []string{summary, output} {
			if err := os.WriteFile(file, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.Command("bash", "--noprofile", "--norc", "-e", "-o", "pipefail", script)
		cmd.Dir = r.workspace
		cmd.Env = []string{
			"PATH=" + filepath.Join(r.temp, "bin") + string(os.PathListSeparator) + os.Getenv("PATH"), "HOME=" + r.temp,
			"RUNNER_TEMP=" + r.temp, "GITHUB_WORKSPACE=" + r.workspace, "GITHUB_ACTION_PATH=" + r.action,
			"GITHUB_STEP_SUMMARY=" + summary, "GITHUB_OUTPUT=" + output, "GITHUB_ACTIONS=true",
		}
		for name, value := range step.Env {
			if input, ok := strings.CutPrefix(value, "${{ inputs."); ok {
				input = strings.TrimSuffix(input, " }}")
				if value, ok = inputs[input]; !ok {
					value = action.Inputs[input].Default
				}
			}
			cmd.Env = append(cmd.Env, name+"="+value)
		}
		out, err := cmd.CombinedOutput()
		got.log += string(out)
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			got.code = exit.ExitCode()
		} else if err != nil {
			t.Fatal(err)
		}
		if got.code != 0 {
			break
		}
	}
	got.summary, got.output = readFile(t, summary), readFile(t, output)
	return got
}

// commands returns the lines of a log that the runner takes for commands: what stands between ::stop-commands:: and its end it does not.
func commands(log string) []string {
	var found []string
	stopped := ""
	for line := range strings.Lines(log) {
		line = strings.TrimSpace(line)
		switch token, stops := strings.CutPrefix(line, "::stop-commands::"); {
		case stopped != "":
			if line == "::"+stopped+"::" {
				stopped = ""
			}
		case stops:
			stopped = token
		case strings.HasPrefix(line, "::"), strings.HasPrefix(line, "##["):
			found = append(found, line)
		}
	}
	return append(found, stopped)
}

const actionConfig = `version: 1
source: {dir: zones}
providers:
  live: {type: zonedir, directory: live, nameservers: [ns1.example.net]}
zones:
  - {match: "*.com", targets: [live]}
`

func TestAction(t *testing.T) {
	const zone, broken = "$TTL 300\nwww A 192.0.2.1\n", "$TTL 300\nwww A 192.0.2.300\n"
	live := `$TTL 300
@ SOA ns1.example.net. hostmaster.example.com. 1 3600 900 1209600 300
@ NS ns1.example.net.
www A 192.0.2.9
`
	for _, test := range []struct {
		name    string
		files   map[string]string
		inputs  map[string]string
		code    int
		output  string
		summary string // a part of it
		errors  []string
	}{
		{name: "changes", files: map[string]string{"zones/example.com.zone": zone}, output: "exit-code=2\n", summary: "**Plan: 2 to create, 0 to update, 0 to retire in 1 zone.**\n\n### "},
		{
			name: "changes that are to fail", files: map[string]string{"zones/example.com.zone": zone}, inputs: map[string]string{"fail-on": "changes"},
			code: 2, output: "exit-code=2\n", summary: "**Plan: 2 to create",
			errors: []string{"::error title=zoneward::zoneward plan ended with 2: see the summary"},
		},
		{
			name: "held", files: map[string]string{"zones/example.com.zone": zone, "live/example.com.zone": live},
			output: "exit-code=3\n", summary: "**Held by new-target:** ",
		},
		{
			name: "held that is to fail", files: map[string]string{"zones/example.com.zone": zone, "live/example.com.zone": live}, inputs: map[string]string{"fail-on": "held"},
			code: 3, output: "exit-code=3\n", summary: "**Held by new-target:** ",
			errors: []string{"::error title=zoneward::zoneward plan ended with 3: see the summary"},
		},
		{
			name: "a broken zone file", files: map[string]string{"zones/example.com.zone": broken, "zones/other.com.zone": zone},
			code: 1, output: "exit-code=1\n", summary: "Not planned:\n\n- <code>zones&#47;example&#46;com&#46;zone&#58;2&#58;7&#58; www A&#58; ",
			errors: []string{"::error title=zoneward::zoneward plan ended with 1: see the summary"},
		},
		{
			name: "no configuration", files: map[string]string{"zones/example.com.zone": zone}, inputs: map[string]string{"config": "-no such <file>.yaml"},
			code: 64, output: "exit-code=64\n", summary: "<pre>\nerror: read the configuration: open -no such &lt;file&gt;.yaml: no such file or directory\nhint: ",
			errors: []string{"::error title=zoneward::zoneward plan ended with 64: see the summary"},
		},
		{
			name: "an unknown fail-on", files: map[string]string{"zones/example.com.zone": zone}, inputs: map[string]string{"fail-on": "warning\n::error::x"},
			code: 64, errors: []string{"::error title=zoneward::fail-on is not one of error, held, changes"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.files["zoneward.yaml"] = actionConfig
			r := newRunner(t, test.files)
			got := r.run(t, test.inputs)
			if got.code != test.code || got.output != test.output || !strings.Contains(got.summary, test.summary) {
				t.Errorf("exit code %d, output %q, want %d, %q; summary:\n%s\nlog:\n%s", got.code, got.output, test.code, test.output, got.summary, got.log)
			}
			if diff := cmp.Diff(commands(got.log), append(test.errors, "")); diff != "" {
				t.Errorf("commands (-got +want):\n%s", diff)
			}
			built := readFile(t, filepath.Join(r.temp, "built"))
			if want := fmt.Sprintf("build -C %s -trimpath -buildvcs=false -o %s/zoneward ./cmd/zoneward\n", r.action, r.temp); built != want {
				t.Errorf("go %swant %s", built, want)
			}
			if _, err := os.Stat(filepath.Join(r.workspace, "live", "example.com.zone")); err == nil && test.files["live/example.com.zone"] == "" {
				t.Error("a plan has written to the provider")
			}
		})
	}
}

// TestActionHostile has in zone files what would break out of a table, a comment, a log or an output.
func TestActionHostile(t *testing.T) {
	hostile := "```\n| @org/team <!-- --> <img src=x> [a](https://example.com) #1 $(id) `id` ::error::pwned\n::set-output name=exit-code::0\n\u202e</pre><script>"
	var text strings.Builder
	for _, b := range []byte(hostile) {
		fmt.Fprintf(&text, "\\%03d", b)
	}
	r := newRunner(t, map[string]string{
		"zoneward.yaml":    strings.Replace(actionConfig, "dir: zones", "dir: .", 1),
		"example.com.zone": "$TTL 300\ntxt TXT \"" + text.String() + "\"\n",
		"broken.com.zone":  "$TTL 300\n@org|``` A \"::error::pwned <!-- @org/team\"\n",
		// Folders are in errors of the zones below them, and in notices about the files.
		"::error::pwned\n::error::pwned @org <!-- </pre>/other.com.zone":  "$TTL 300\nwww A 192.0.2.1\nwww A 192.0.2.1\n",
		"::error::pwned\n::error::pwned @org <!-- </pre>/other..com.zone": "$TTL 300\n",
	})
	got := r.run(t, nil)
	if got.code != 1 || got.output != "exit-code=1\n" {
		t.Errorf("exit code %d, output %q", got.code, got.output)
	}
	if diff := cmp.Diff(commands(got.log), []string{"::error title=zoneward::zoneward plan ended with 1: see the summary", ""}); diff != "" {
		t.Errorf("commands (-got +want):\n%s\nlog:\n%s", diff, got.log)
	}
	if !strings.Contains(got.summary, "pwned") || !strings.Contains(got.summary, "characters in its path that do not print") ||
		!strings.Contains(got.summary, "not the file of a zone") {
		t.Fatalf("the summary does not have what was stated:\n%s", got.summary)
	}
	for _, never := range []string{"```", "@", "<!--", "<img", "<script", "](", "https://", "\u202e"} {
		if strings.Contains(got.summary, never) {
			t.Errorf("the summary has %q:\n%s", never, got.summary)
		}
	}
	if n := strings.Count(got.summary, "</pre>"); n != 1 || !strings.HasSuffix(got.summary, "</pre>\n") {
		t.Errorf("the summary ends %d elements <pre>, want 1 at its end:\n%s", n, got.summary)
	}
	for row := range strings.Lines(got.summary) {
		if strings.HasPrefix(row, "|") && strings.Count(row, "|") != 7 {
			t.Errorf("a row of the table has other columns: %s", row)
		}
	}
}

// TestActionSize has more zones than a summary has room for, and one that is too large by itself.
func TestActionSize(t *testing.T) {
	files := map[string]string{"zoneward.yaml": actionConfig}
	for i := range 30 {
		files[fmt.Sprintf("zones/zone%02d.com.zone", i)] = fmt.Sprintf("$TTL 300\n$GENERATE 1-%d host-$ A 192.0.2.1\n", 200)
	}
	files["zones/large.com.zone"] = "$TTL 300\n$GENERATE 1-6000 host-$ A 192.0.2.1\n"
	got := newRunner(t, files).run(t, nil)
	if got.code != 0 {
		t.Fatalf("exit code %d\n%s", got.code, got.log)
	}
	if len(got.summary) > 1<<20 || len(got.summary) < 500_000 {
		t.Errorf("the summary has %d octets", len(got.summary))
	}
	shown := strings.Count(got.summary, "\n### ")
	left := regexp.MustCompile(`\n\*\*([0-9]+) zones are not shown`).FindStringSubmatch(got.summary)
	if left == nil || fmt.Sprint(31-shown) != left[1] {
		t.Errorf("%d zones of 31 are shown, and said to be left out are %s", shown, left)
	}
	if strings.Contains(got.summary, "large&#46;com") {
		t.Error("the zone that does not fit is shown")
	}
	// Each zone that is there is there whole.
	if rows := strings.Count(got.summary, "| <code>&#43;</code> |"); rows != shown*201 {
		t.Errorf("%d rows, want %d", rows, shown*201)
	}
}
