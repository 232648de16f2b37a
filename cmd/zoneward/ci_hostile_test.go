package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls/pullstest"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/report"
)

// TestCIHostileProposals: whatever a pull request brings, it is an error of its own zone, and the others are planned.
func TestCIHostileProposals(t *testing.T) {
	const good = "$TTL 300\nwww A 192.0.2.2\n" // of example.org
	for _, test := range []struct {
		name string
		do   func(w *ciWorld) // in the work tree of the proposal
		said string
	}{
		{"a link out of the tree", func(w *ciWorld) {
			w.link("/etc/passwd", "zones/evil.example.zone")
		}, "evil.example"},
		{"a link to the configuration", func(w *ciWorld) {
			w.link("../zoneward.yaml", "zones/evil.example.zone")
		}, "evil.example"},
		{"an $INCLUDE out of the tree", func(w *ciWorld) {
			w.write("zones/evil.example.zone", "$TTL 300\n$INCLUDE ../../../../etc/passwd\n")
		}, "evil.example"},
		{"an $INCLUDE of a link out of the tree", func(w *ciWorld) {
			w.link("/etc/passwd", "zones/inc/passwd")
			w.write("zones/evil.example.zone", "$TTL 300\n$INCLUDE inc/passwd\n")
		}, "evil.example"},
		{"a $GENERATE without end", func(w *ciWorld) {
			w.write("zones/evil.example.zone", "$TTL 300\n$GENERATE 0-2147483647 h-$ A 192.0.2.1\n")
		}, "evil.example"},
		{"aliases without end", func(w *ciWorld) {
			w.write("zones/evil.example.yaml", "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d,*d,*d,*d,*d]\n")
		}, "evil.example"},
		{"a zone of 40 MB", func(w *ciWorld) {
			w.write("zones/evil.example.zone", "$TTL 300\n"+strings.Repeat("; "+strings.Repeat("x", 1000)+"\n", 40_000)+"www A 192.0.2.999\n")
		}, "evil.example"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newCIWorld(t)
			head := w.proposed(func() {
				w.write("zones/example.org.zone", good)
				test.do(w)
			})
			got := w.plan(head)
			if got.code != exitError || !strings.Contains(got.log, test.said) || !strings.Contains(got.log, "192.0.2.2") {
				t.Errorf("exit code %d; want 1, with the error and the plan of the other zone:\n%.3000s", got.code, got.log)
			}
			comments := w.forge.Comments(w.number)
			if len(comments) != 1 || strings.Contains(comments[0].Body+got.log+got.summary, "root:") {
				t.Errorf("%d comments; want one, without what is outside", len(comments))
			}
			if s := w.status(head, "zoneward/plan"); s.State != pulls.StateFailure || strings.Contains(s.Description, "sha256:") {
				t.Errorf("status %+v; want a failure without a plan", s)
			}
		})
	}
}

// outsideStops returns the part of a log in which a runner looks for commands.
func outsideStops(log string) string {
	var b strings.Builder
	for {
		before, rest, stops := strings.Cut(log, "::stop-commands::")
		b.WriteString(before)
		if !stops {
			return b.String()
		}
		token, rest, _ := strings.Cut(rest, "\n")
		_, log, _ = strings.Cut(rest, "\n::"+token+"::\n")
	}
}

// link makes a symbolic link in the work tree.
func (w *ciWorld) link(to, name string) {
	w.Helper()
	file := filepath.Join(w.clone, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		w.Fatal(err)
	}
	if err := os.Symlink(to, file); err != nil {
		w.Fatal(err)
	}
}

// proposed opens a pull request with what edit does in the work tree, and returns its newest commit.
func (w *ciWorld) proposed(edit func()) string {
	w.Helper()
	base := w.git("rev-parse", "main")
	w.git("checkout", "-q", "-B", "proposal", "main")
	edit()
	head := w.commit("change")
	w.number = w.forge.AddPull(pulls.Pull{
		Title: "Change", Author: "mallory", Base: pulls.Branch{Repository: w.forge.Repository(), Name: "main", Commit: base},
		Head: pulls.Branch{Repository: w.forge.Repository(), Name: "proposal", Commit: head},
	})
	return head
}

// TestCIHostileRecords: a record that has our own marker, commands of the runner, markdown and mentions in it changes nothing but its own text.
func TestCIHostileRecords(t *testing.T) {
	w := newCIWorld(t)
	marker := report.Marker{Config: "zoneward.yaml", Head: strings.Repeat("a", 40)}
	marker.Plan[0] = 1
	hostile := marker.String() + "\n```\n| @org/team <!-- --> <img src=x> [a](https://example.com) #1 ::error::pwned\n::set-output name=changes::false\n\u202e</code></details><script>"
	var text strings.Builder
	for _, b := range []byte(hostile) {
		fmt.Fprintf(&text, "\\%03d", b)
	}
	head := w.proposed(func() {
		w.write("zones/example.com.zone", "$TTL 300\nwww A 192.0.2.1\nold A 192.0.2.7\ntxt TXT \""+text.String()[:800]+"\" \""+text.String()[800:]+"\"\n")
	})
	w.forge.AddComment(w.number, "mallory", marker.String()+"\nNothing will change.")
	for range 2 {
		got := w.plan(head)
		if got.code != exitDone {
			t.Fatalf("exit code %d\n%s", got.code, got.log)
		}
		comments := w.forge.Comments(w.number)
		if len(comments) != 2 || comments[0].Author != "mallory" || !strings.HasSuffix(comments[0].Body, "Nothing will change.") {
			t.Fatalf("%d comments; want somebody else's as it was, and one of ours", len(comments))
		}
		body := comments[1].Body
		if got, ok := report.ParseMarker(body); !ok || got.Plan == marker.Plan {
			t.Errorf("the marker is %+v", got)
		}
		first, rest, _ := strings.Cut(body, "\n")
		for _, never := range []string{"```", "@org", "<!--", "<img", "<script", "](http", "\u202e"} {
			if strings.Contains(rest, never) || strings.Contains(got.summary, never) {
				t.Errorf("it has %q", never)
			}
		}
		if strings.Count(first, "-->") != 1 {
			t.Errorf("the first line is %.200s", first)
		}
		if obeyed := outsideStops(got.log); strings.Contains(obeyed, "pwned") {
			t.Errorf("the runner looks for commands in: %q", obeyed)
		}
	}
}

// TestCIForgeTrouble: what a forge may answer, and what is done about it.
func TestCIForgeTrouble(t *testing.T) {
	for _, test := range []struct {
		name  string
		fault pullstest.Fault
		code  exitCode
		said  string
	}{
		{"403", pullstest.Fault{Method: "POST", Path: "/comments", Status: 403, Times: -1}, exitError, "forbidden"},
		{"404", pullstest.Fault{Method: "POST", Path: "/comments", Status: 404, Times: -1}, exitError, "not found"},
		{"422", pullstest.Fault{Method: "POST", Path: "/comments", Status: 422, Body: `{"message": "Validation Failed"}`, Times: -1}, exitError, "Validation Failed"},
		{"429, once", pullstest.Fault{Path: "/pulls/1", Status: 429, Header: map[string]string{"Retry-After": "1"}}, exitDone, ""},
		{"502 after it was written", pullstest.Fault{Method: "POST", Path: "/comments", Status: 502, Done: true}, exitDone, ""},
		{"502 before it was written", pullstest.Fault{Method: "POST", Path: "/comments", Status: 502}, exitDone, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newCIWorld(t)
			head := w.propose(map[string]string{"zones/example.com.zone": "$TTL 300\nwww A 192.0.2.2\nold A 192.0.2.7\n"})
			w.forge.Fail(test.fault)
			got := w.plan(head)
			if got.code != test.code || !strings.Contains(got.log, test.said) {
				t.Errorf("exit code %d, want %d, %q:\n%s", got.code, test.code, test.said, got.log)
			}
			if !strings.Contains(got.log, "192.0.2.2") || !strings.Contains(got.summary, "192") || !strings.Contains(got.output, "plan-id") {
				t.Error("the plan is not in the log, the summary and the outputs")
			}
			if n := len(w.forge.Comments(w.number)); test.code == exitDone && n != 1 {
				t.Errorf("%d comments", n)
			}
		})
	}
}

// TestCIDeletedComment: one that somebody has deleted is written again.
func TestCIDeletedComment(t *testing.T) {
	w := newCIWorld(t)
	head := w.propose(map[string]string{"zones/example.com.zone": "$TTL 300\nwww A 192.0.2.2\nold A 192.0.2.7\n"})
	w.plan(head)
	w.forge.DeleteComment(w.forge.Comments(w.number)[0].ID)
	if got := w.plan(head); got.code != exitDone || len(w.forge.Comments(w.number)) != 1 {
		t.Errorf("exit code %d, %d comments; want one\n%s", got.code, len(w.forge.Comments(w.number)), got.log)
	}
}

// TestCILargePlan: 15,000 changes are one comment with all zones in its table, and the id of all of it.
func TestCILargePlan(t *testing.T) {
	w := newCIWorld(t)
	const zones, records = 150, 100
	head := w.proposed(func() {
		for i := range zones {
			w.write(fmt.Sprintf("zones/zone%03d.example.zone", i), fmt.Sprintf("$TTL 300\n$GENERATE 1-%d host-with-a-long-name-$ A 192.0.2.1\n", records-1))
		}
	})
	out := t.TempDir()
	got := w.plan(head, "--out", out)
	if got.code != exitDone {
		t.Fatalf("exit code %d\n%.3000s", got.code, got.log)
	}
	plan, err := loadPlan(filepath.Join(out, "plan.json"))
	if err != nil {
		t.Fatal(err)
	}
	if n := plan.Summary().Changes(); n != zones*records {
		t.Errorf("%d changes", n)
	}
	comments := w.forge.Comments(w.number)
	if len(comments) != 1 {
		t.Fatalf("%d comments", len(comments))
	}
	body := comments[0].Body
	if len(body) > 60_000 {
		t.Errorf("the comment has %d octets", len(body))
	}
	if len(got.summary) > 1<<20 {
		t.Errorf("the summary has %d octets", len(got.summary))
	}
	for i := range zones {
		if name := fmt.Sprintf("zone%03d", i); !strings.Contains(body, name) {
			t.Errorf("%s is not in the table", name)
		}
	}
	marker, ok := report.ParseMarker(body)
	if !ok || marker.Plan != plan.ID() || !strings.HasPrefix(w.status(head, "zoneward/plan").Description, plan.ID().String()) {
		t.Errorf("marker %+v; want the id %s", marker, plan.ID())
	}
}

// TestCIRedacted: what is private is in no public text, and the plan can still be applied.
func TestCIRedacted(t *testing.T) {
	w := newCIWorld(t)
	w.write("zoneward.yaml", w.config("redact: {zones: [example.com]}\n"))
	w.commit("redact")
	out := t.TempDir()
	head := w.propose(map[string]string{"zones/example.com.zone": "$TTL 300\nwww A 198.51.100.77\nold A 192.0.2.7\n"})
	got := w.plan(head, "--out", out)
	if got.code != exitDone {
		t.Fatalf("exit code %d\n%s", got.code, got.log)
	}
	public := got.summary + got.output + w.forge.Comments(w.number)[0].Body + fmt.Sprint(w.forge.Requests())
	for _, name := range []string{"report.md", "report.json", "report.sarif", "report.txt"} {
		public += readFile(t, filepath.Join(out, name))
	}
	for _, never := range []string{"198.51.100.77", "198&#46;51"} {
		if strings.Contains(public, never) {
			t.Errorf("it has %s", never)
		}
	}
	before, after := w.merge()
	if got := w.apply(before, after); got.code != exitDone || !strings.Contains(w.zone("example.com.zone"), "198.51.100.77") || strings.Contains(got.log+got.summary, "198.51.100.77") {
		t.Errorf("exit code %d\n%s", got.code, got.log)
	}
}

// TestCIPlanRefuses: what cannot be planned is said, in the status too, and leaves nothing behind.
func TestCIPlanRefuses(t *testing.T) {
	for _, test := range []struct {
		name string
		args func(w *ciWorld) []string
		code exitCode
		said string
	}{
		{"no such commit", func(*ciWorld) []string { return []string{"--base", "main", "--head", "nosuch"} }, exitError, "no such commit"},
		{"a base without a configuration", func(w *ciWorld) []string {
			w.git("checkout", "-q", "--orphan", "other")
			w.git("rm", "-q", "--cached", "zoneward.yaml")
			w.git("commit", "-q", "-m", "no configuration")
			return []string{"--base", "other", "--head", "proposal"}
		}, exitUsage, "the configuration counts once it is merged"},
		{"a history that is cut off", func(w *ciWorld) []string {
			shallow := filepath.Join(w.TempDir(), "shallow")
			w.git("clone", "-q", "--depth", "1", "--branch", "proposal", "file://"+w.clone, shallow)
			return []string{"--repository", shallow, "-c", filepath.Join(shallow, "zoneward.yaml")}
		}, exitError, "fetch-depth: 0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newCIWorld(t)
			t.Setenv("TMPDIR", t.TempDir())
			head := w.propose(map[string]string{"zones/example.com.zone": "$TTL 300\nwww A 192.0.2.2\nold A 192.0.2.7\n"})
			got := w.plan(head, test.args(w)...)
			if got.code != test.code || !strings.Contains(got.log, test.said) {
				t.Errorf("exit code %d, want %d, %q:\n%s", got.code, test.code, test.said, got.log)
			}
			if status := w.status(head, "zoneward/plan"); status.State != pulls.StateError || status.Description != "no plan could be made" {
				t.Errorf("status %+v, want an error and no plan", status)
			}
			if body := w.forge.Comments(w.number)[0].Body; !strings.Contains(body, "**No plan could be made.**") || strings.Contains(body, "This change:") || !strings.Contains(body, "This is about `"+head+"`.") {
				t.Errorf("the comment is\n%s", body)
			}
			if left, err := filepath.Glob(filepath.Join(os.TempDir(), "zoneward-base-*")); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}

// TestCIFullSummary: what there is no room for on the job's page is in the comment all the same, and the step says what is missing.
func TestCIFullSummary(t *testing.T) {
	w := newCIWorld(t)
	full := filepath.Join(t.TempDir(), "summary")
	if err := os.WriteFile(full, bytes.Repeat([]byte("x"), 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	w.env["GITHUB_STEP_SUMMARY"] = full
	head := w.propose(map[string]string{"zones/example.com.zone": "$TTL 300\nwww A 192.0.2.2\nold A 192.0.2.7\n"})
	got := w.plan(head)
	if got.code != exitError || !strings.Contains(got.log, "there is no room for it") {
		t.Errorf("exit code %d\n%s", got.code, got.log)
	}
	if comments := w.forge.Comments(w.number); len(comments) != 1 || w.status(head, "zoneward/plan").State != pulls.StateSuccess {
		t.Errorf("%d comments, and the status %+v", len(comments), w.status(head, "zoneward/plan"))
	}
}

// TestCIConfigurationBehindALink: whichever links are in the work tree, or lead there, the configuration is that of the base.
func TestCIConfigurationBehindALink(t *testing.T) {
	for _, test := range []struct {
		name   string
		config func(w *ciWorld, evil string) string
	}{
		{"a folder that the proposal has replaced by a link", func(w *ciWorld, evil string) string {
			w.git("rm", "-q", "-r", "conf")
			w.link(evil, "conf")
			return filepath.Join(w.clone, "conf", "zoneward.yaml")
		}},
		{"a folder that the proposal has removed", func(w *ciWorld, _ string) string {
			w.git("rm", "-q", "-r", "conf")
			return filepath.Join(w.clone, "conf", "zoneward.yaml")
		}},
		{"a link to the folder from outside", func(w *ciWorld, evil string) string {
			w.write("conf/zoneward.yaml", readFile(w.T, filepath.Join(evil, "zoneward.yaml")))
			return filepath.Join(linkOutside(w.T, filepath.Join(w.clone, "conf")), "zoneward.yaml")
		}},
		{"a link to the file from outside", func(w *ciWorld, evil string) string {
			w.write("conf/zoneward.yaml", readFile(w.T, filepath.Join(evil, "zoneward.yaml")))
			return linkOutside(w.T, filepath.Join(w.clone, "conf", "zoneward.yaml"))
		}},
		{"a link to the repository", func(w *ciWorld, _ string) string {
			return filepath.Join(linkOutside(w.T, w.clone), "conf", "zoneward.yaml")
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newCIWorld(t)
			w.write("conf/zoneward.yaml", strings.ReplaceAll(w.config(""), "dir: zones", "dir: ../zones"))
			w.commit("another place")
			evil, elsewhere := t.TempDir(), t.TempDir()
			other := strings.NewReplacer("dir: zones", "dir: "+filepath.Join(w.clone, "zones"), w.live, elsewhere).Replace(w.config(""))
			if err := os.WriteFile(filepath.Join(evil, "zoneward.yaml"), []byte(other), 0o600); err != nil {
				t.Fatal(err)
			}
			w.git("checkout", "-q", "-b", "links")
			config := test.config(w, evil)
			w.write("zones/example.com.zone", "$TTL 300\nwww A 192.0.2.2\nold A 192.0.2.7\n")
			head := w.commit("a link")
			code, said := w.run(nil, "ci", "plan", "-c", config, "--repository", w.clone, "--base", "main", "--head", head)
			if code != exitDone || !strings.Contains(said, "0 to create, 1 to update") {
				t.Errorf("exit code %d, want the plan by the configuration of the base\n%s", code, said)
			}
		})
	}
}

// linkOutside returns a link, in a folder of its own, to a file or a folder.
func linkOutside(t *testing.T, to string) string {
	t.Helper()
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(to, link); err != nil {
		t.Fatal(err)
	}
	return link
}
