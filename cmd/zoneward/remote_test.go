package main

import (
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
)

// remoteCommands are command lines that ask a daemon, by a name, each with how it ends at the fake.
var remoteCommands = map[string]struct {
	args []string
	code exitCode
}{
	"status":       {[]string{"status"}, exitError}, // a zone is failing
	"plan":         {[]string{"plan"}, exitError},
	"markdown":     {[]string{"plan", "--format", "markdown"}, exitError},
	"apply":        {[]string{"apply", "--yes"}, exitError}, // something is refused
	"trash-list":   {[]string{"trash", "list"}, exitDone},
	"trash-show":   {[]string{"trash", "show", remoteStone}, exitDone},
	"trash-zone":   {[]string{"trash", "show", remoteZoneStone}, exitDone},
	"restore":      {[]string{"restore", remoteStone, "--yes"}, exitDone},
	"history":      {[]string{"history"}, exitDone},
	"suspend":      {[]string{"suspend", "example.com", "--reason", "moving"}, exitDone},
	"suspend-list": {[]string{"suspend", "--list"}, exitDone},
	"resume":       {[]string{"resume", "example.com", "--reason", "done"}, exitDone},
	"verify":       {[]string{"verify"}, exitError}, // a server is behind
	"reconcile":    {[]string{"reconcile"}, exitDone},
}

// TestCommandsAtServer compares what commands write of what a daemon says with testdata/remote/NAME.golden. UPDATE_SCRIPTS=1 writes these.
func TestCommandsAtServer(t *testing.T) {
	for name, command := range remoteCommands {
		t.Run(name, func(t *testing.T) {
			d := startFakeDaemon(t)
			code, stdout, stderr := d.do(command.args...)
			if code != command.code {
				t.Errorf("exit code %d, want %d", code, command.code)
			}
			got := "zoneward " + strings.Join(command.args, " ") + "\n-- stdout --\n" + stdout + "-- stderr --\n" + stderr + "-- asked --\n" + strings.Join(d.asked, "\n") + "\n"
			file := filepath.Join("testdata", "remote", name+".golden")
			if os.Getenv("UPDATE_SCRIPTS") != "" {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("%s differs; it is now:\n%s", file, got)
			}
		})
	}
}

// TestCommandsAtServerInJSON: what commands write is one JSON document of the version that there is.
func TestCommandsAtServerInJSON(t *testing.T) {
	d := startFakeDaemon(t)
	for name, command := range remoteCommands {
		if name == "markdown" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			code, stdout, stderr := d.do(append(slices.Clone(command.args), "--format", "json")...)
			var head document.Head
			if err := json.Unmarshal([]byte(stdout), &head); err != nil || head.Check() != nil || code != command.code {
				t.Errorf("exit code %d, %v, standard error %q and standard output:\n%s", code, err, stderr, stdout)
			}
		})
	}
}

// TestServerTextIsNeutralised: whatever a daemon puts into a text, none of it moves the cursor, hides something, or changes the direction of writing.
func TestServerTextIsNeutralised(t *testing.T) {
	const evil = "\x1b[2J\u202e\x07\u200b\r\x9b1m"
	d := startFakeDaemon(t)
	good := maps.Clone(d.documents)
	lines := map[string]int{}
	for name, command := range remoteCommands {
		d.asked = nil
		d.do(command.args...)
		for route := range good {
			if !slices.ContainsFunc(d.asked, func(asked string) bool { return strings.HasPrefix(asked+" ", strings.TrimSuffix(route, " apply")+" ") }) {
				continue
			}
			for text := range tampered(t, good[route], evil) {
				d.documents[route] = text
				lines[name]++
				_, stdout, stderr := d.do(command.args...)
				for _, out := range []string{stdout, stderr} {
					if i := strings.IndexFunc(out, func(r rune) bool { return r != '\n' && r != '\t' && !render.IsPlain(r) }); i >= 0 {
						t.Fatalf("%s writes %q of what it got from %s:\n%s", name, out[max(0, i-60):min(len(out), i+20)], route, text)
					}
				}
			}
			d.documents[route] = good[route]
		}
		if lines[name] < 2 && name != "reconcile" {
			t.Errorf("%s was tried with %d answers", name, lines[name])
		}
	}
}

// tampered gives a document with each of its texts in turn replaced, wholly and at its end.
func tampered(t *testing.T, text []byte, evil string) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		var doc any
		if err := json.Unmarshal(text, &doc); err != nil {
			t.Fatal(err)
		}
		send := func() bool {
			text, err := json.Marshal(doc)
			if err != nil {
				t.Fatal(err)
			}
			return yield(text)
		}
		var walk func(value any, set func(any)) bool
		walk = func(value any, set func(any)) bool {
			switch value := value.(type) {
			case string:
				defer set(value)
				for _, other := range []string{evil, value + evil} {
					if set(other); !send() {
						return false
					}
				}
			case []any:
				for i := range value {
					if !walk(value[i], func(v any) { value[i] = v }) {
						return false
					}
				}
			case map[string]any:
				for _, key := range slices.Sorted(maps.Keys(value)) {
					if !walk(value[key], func(v any) { value[key] = v }) {
						return false
					}
				}
			}
			return true
		}
		walk(doc, func(any) {})
	}
}

// TestServerFlags says which flags make no sense where a daemon does the work, and what it takes to ask one. Nothing is asked then.
func TestServerFlags(t *testing.T) {
	d := startFakeDaemon(t)
	folder := t.TempDir()
	file := func(name, content string) string {
		name = filepath.Join(folder, name)
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	good := map[string]string{tokenVariable: remoteSecret}
	tests := []struct {
		name        string
		environment map[string]string
		args        []string
		want        string
	}{
		{"a configuration", good, []string{"status", "-c", "zoneward.yaml", "--server", d.URL}, "--config does not go with --server"},
		{"a state", good, []string{"plan", "--stateless", "--server", d.URL}, "--stateless does not go with --server: the daemon has a state"},
		{"tombstones", good, []string{"trash", "list", "--tombstones", "x", "--server", d.URL}, "--tombstones does not go with --server"},
		{"every zone", good, []string{"plan", "--full", "--server", d.URL}, "--full does not go with --server"},
		{"a wait", good, []string{"apply", "--wait", "1s", "--server", d.URL}, "--wait does not go with --server: the daemon goes on by itself"},
		{"revisions", good, []string{"history", "--revisions", "--server", d.URL}, "--revisions does not go with --server"},
		{"a look at resources", good, []string{"status", "--check", "--server", d.URL}, "--check does not go with --server"},
		{"a resolver", good, []string{"verify", "--resolver", "192.0.2.1", "--server", d.URL}, "--resolver does not go with --server"},
		{"a daemon and a name server", good, []string{"verify", "--server", d.URL, "--server", "192.0.2.1"}, "want one daemon, or name servers"},
		{"a token file and no daemon", good, []string{"status", "--token-file", "x"}, "--token-file is for --server"},
		{"certificates and no daemon", good, []string{"verify", "--ca-file", "x"}, "--ca-file is for --server"},
		{"a reason and no daemon", good, []string{"apply", "--yes", "--reason", "because"}, "--reason is for --server"},
		{"reconcile and no daemon", good, []string{"reconcile"}, "reconcile is for a running daemon"},
		{"no token", nil, []string{"status", "--server", d.URL}, "no token for the daemon"},
		{"two tokens", map[string]string{tokenVariable: "one two"}, []string{"status", "--server", d.URL}, "what is in ZONEWARD_TOKEN is no token"},
		{"an empty token file", nil, []string{"status", "--server", d.URL, "--token-file", file("empty", "\n")}, "is no token"},
		{"no TLS", good, []string{"status", "--server", "http://zoneward.example.com"}, "without TLS everybody on the way could read the token"},
		{"an override of what nobody has seen", good, []string{"apply", "--yes", "--override", "ttl", "--server", d.URL}, "nobody has seen"},
		{"an override without a reason", good, []string{"apply", "--plan-id", "sha256:0000", "--override", "ttl", "--server", d.URL}, "--reason is missing"},
		{"an id that is none", good, []string{"apply", "--plan-id", "example.com", "--server", d.URL}, "want the id of a zone's plan"},
		{"an id and a zone", good, []string{"apply", "--plan-id", "sha256:0000", "--zone", "example.com", "--server", d.URL}, "--zone and --target do not go with it"},
		{"nobody to ask", good, []string{"apply", "--server", d.URL}, "nobody can be asked"},
		{"a zone that is none", good, []string{"plan", "--zone", "a..b", "--server", d.URL}, "--zone: "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			code, stdout, stderr := runAt(test.environment, test.args...)
			if code != exitUsage || stdout != "" || !strings.Contains(stderr, test.want) {
				t.Errorf("exit code %d, %q, %q; want %d and an error with %q", code, stdout, stderr, exitUsage, test.want)
			}
		})
	}
	if len(d.asked) > 0 {
		t.Errorf("asked %q", d.asked)
	}
}

// TestServerFromTheEnvironment: the variable is what --server is not given for, and --server= is none.
func TestServerFromTheEnvironment(t *testing.T) {
	d := startFakeDaemon(t)
	environment := map[string]string{serverVariable: d.URL, tokenVariable: remoteSecret}
	if code, stdout, stderr := runAt(environment, "reconcile"); code != exitDone {
		t.Errorf("exit code %d, %q, %q", code, stdout, stderr)
	}
	if _, _, stderr := runAt(environment, "status", "--server=", "-c", filepath.Join(t.TempDir(), "none.yaml")); !strings.Contains(stderr, "none.yaml") {
		t.Errorf("%q, want an error about the configuration", stderr)
	}
	_, _, stderr := runAt(environment, "status", "-c", "zoneward.yaml")
	if !strings.Contains(stderr, "hint: ZONEWARD_SERVER names a daemon; --server= is none") {
		t.Errorf("%q, want a hint", stderr)
	}
}

// TestProblemsOfServer: what a daemon says against it is said with how to mend it, and the exit code tells what kind it is.
func TestProblemsOfServer(t *testing.T) {
	id := heldPlan().Zones[4].ID.String()
	approve := []string{"apply", "--plan-id", id}
	tests := []struct {
		name    string
		route   string
		problem document.DaemonProblem
		args    []string
		code    exitCode
		want    string
	}{
		{"another token", "GET status", document.DaemonProblem{Status: http.StatusUnauthorized, Detail: "no such token"}, []string{"status"}, exitError, "ZONEWARD_TOKEN has another one"},
		{"a role too low", "POST reconcile", document.DaemonProblem{Status: http.StatusForbidden, Role: "operate", Detail: "this needs the role operate"}, []string{"reconcile"}, exitError, "want a token with the role operate"},
		{"no API", "GET history", document.DaemonProblem{Type: "#no-api", Status: http.StatusNotFound, Detail: "there is no API here"}, []string{"history"}, exitError, "once server.tokens has a token"},
		{"no API to resume at", "DELETE suspensions", document.DaemonProblem{Type: "#no-api", Status: http.StatusNotFound, Detail: "there is no API here"}, []string{"resume", "example.org", "--reason", "x"}, exitError, "once server.tokens has a token"},
		{"no tombstone", "GET tombstones/" + remoteStone, document.DaemonProblem{Status: http.StatusNotFound, Detail: "no such tombstone"}, []string{"trash", "show", remoteStone}, exitError, "zoneward trash list --all has the ids"},
		{"another plan", "POST plans/approve", document.DaemonProblem{Status: http.StatusConflict, Detail: "it was applied"}, approve, exitStale, "zoneward plan shows what waits now"},
		{"another restoration", "POST restore", document.DaemonProblem{Status: http.StatusConflict, Detail: "it is live"}, []string{"restore", remoteStone, "--yes"}, exitStale, "it is live"},
		{"not suspended", "DELETE suspensions", document.DaemonProblem{Status: http.StatusNotFound, Detail: "nothing of that is suspended"}, []string{"resume", "example.org", "--reason", "x"}, exitError, "error: example.org. is not suspended\nnote: still, example.com. on ns1 is suspended"},
		{"a time that is over", "POST suspensions", document.DaemonProblem{Status: http.StatusBadRequest, Detail: "until: is over"}, []string{"suspend", "--all", "--reason", "x"}, exitError, "until: is over"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := startFakeDaemon(t)
			d.problems[test.route] = test.problem
			code, _, stderr := d.do(test.args...)
			if code != test.code || !strings.Contains(stderr, test.want) || strings.Contains(stderr, remoteSecret) {
				t.Errorf("exit code %d and %q; want %d and %q", code, stderr, test.code, test.want)
			}
		})
	}
}

// TestNothingFoundAtServer: what is not there is no sign of a wrong address.
func TestNothingFoundAtServer(t *testing.T) {
	d := startFakeDaemon(t)
	d.problems["POST reconcile"] = document.DaemonProblem{Type: "#not-found", Status: http.StatusNotFound, Detail: "no such zone: example.org."}
	if code, _, stderr := d.do("reconcile", "example.org"); code != exitError || strings.Contains(stderr, "hint:") {
		t.Errorf("exit code %d, %q; want no hint", code, stderr)
	}
}

// TestPlansAreNamed: by their ids, by how these begin, or in a saved plan; of what does not wait any more nothing is applied.
func TestPlansAreNamed(t *testing.T) {
	d := startFakeDaemon(t)
	plan := heldPlan()
	saved := filepath.Join(t.TempDir(), "plan.json")
	if err := savePlan(saved, plan); err != nil {
		t.Fatal(err)
	}
	held, waits := plan.Zones[0].ID.String(), plan.Zones[4].ID.String()
	body := func(ids ...string) string { return `POST plans/approve {"plans":["` + strings.Join(ids, `","`) + `"]` }
	tests := []struct {
		name string
		args []string
		code exitCode
		want string // that the daemon was asked last
	}{
		{"an id", []string{"--plan-id", waits}, exitError, body(waits) + `,"reason":"approved as it was shown"}`},
		{"how it begins", []string{"--plan-id", waits[:20]}, exitError, body(waits)},
		{"two", []string{"--plan-id", waits, "--plan-id", held, "--reason", "both"}, exitError, body(held, waits) + `,"reason":"both"}`},
		{"with an override", []string{"--plan-id", held, "--override", "max-deletes", "--reason", "seen"}, exitError, body(held) + `,"overrides":["max-deletes"],"reason":"seen"}`},
		{"a saved plan", []string{saved}, exitError, body(held, waits)},
		{"what no guard holds", []string{"--yes"}, exitError, body(waits)},
		{"one that is over", []string{"--plan-id", "sha256:" + strings.Repeat("0", 64)}, exitStale, "GET plans"},
		{"one of two is over", []string{"--plan-id", waits, "--plan-id", "sha256:" + strings.Repeat("0", 64)}, exitStale, "GET plans"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d.asked = nil
			code, stdout, stderr := d.do(append([]string{"apply"}, test.args...)...)
			if last := d.asked[len(d.asked)-1]; code != test.code || !strings.HasPrefix(last, test.want) {
				t.Errorf("exit code %d, and last asked %s; want %d and %s\n%s%s", code, last, test.code, test.want, stdout, stderr)
			}
		})
	}
}
