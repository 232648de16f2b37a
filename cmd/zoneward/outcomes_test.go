package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render/rendertest"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// printed returns what is written of outcomes, on standard output and standard error.
func printed(t *testing.T, format string, plan *reconcile.Plan, outcomes []reconcile.Outcome) (stdout, stderr string) {
	t.Helper()
	var out, err strings.Builder
	c := &common{env: env{stdout: newOutput(&out), stderr: newOutput(&err)}, format: format, configFile: defaultConfigFile}
	if err := c.writeOutcomes(plan, outcomes); err != nil {
		t.Fatal(err)
	}
	c.writeUndo(outcomes)
	return out.String(), err.String()
}

// changing is a change of NAME.example.com. A from one TTL to another; 0 is absent.
func changing(name string, action reconcile.Action, from, to int) reconcile.Change {
	c := reconcile.Change{Kind: reconcile.KindRRset, Action: action, Source: zonefile.Position{File: "zones/example.com.zone", Line: 3}}
	for ttl, side := range map[int]**zonefile.RRset{from: &c.Old, to: &c.New} {
		if ttl > 0 {
			set := zonefile.MustParseRRset(fmt.Sprintf("%s.example.com. %d A", name, ttl), "192.0.2.1")
			c.Key, *side = set.Key, &set
		}
	}
	return c
}

func TestOutcomes(t *testing.T) {
	ref := reconcile.Ref{Zone: zonefile.MustParseName("example.com."), Target: "live"}
	update, create, retire := changing("www", reconcile.Update, 3600, 60), changing("new", reconcile.Create, 0, 60), changing("old", reconcile.Retire, 300, 0)
	all := []reconcile.Change{retire, create, update}
	right := reconcile.ServerAnswer{Server: "ns1.example.net. (192.0.2.1:53)", Serial: 8}
	late := reconcile.ServerAnswer{Server: "ns2.example.net. (192.0.2.2:53)", Serial: 7, Lags: true, Wrong: []string{"www.example.com. A: serves 192.0.2.9"}}
	silent := reconcile.ServerAnswer{Server: "ns3.example.net. (192.0.2.3:53)", Err: errors.New("timeout")}
	refused := []reconcile.Refusal{{Changes: []reconcile.Change{create}, Err: errors.New("it says \x1b[31mno")}}
	for _, tc := range []struct {
		name           string
		outcome        reconcile.Outcome
		stdout, stderr string
	}{
		{
			"applied",
			reconcile.Outcome{Status: reconcile.Applied, Changes: all, Serial: 8, Tombstones: []string{"0123456789abcdef"}},
			`example.com. on live: applied 3 changes, serial 8, in 2s
  resolvers may give old answers until 13:00:02Z
Applied: 3 changes in 1 zone.
To undo: zoneward rollback example.com. --to 2026-11-21T12:00:00Z
`, "",
		},
		{
			"applied, and verified",
			reconcile.Outcome{Status: reconcile.Applied, Changes: []reconcile.Change{create}, Verification: &reconcile.Verification{Servers: []reconcile.ServerAnswer{right, right}, Notes: []string{"ALIAS: not compared"}}},
			`example.com. on live: applied 1 change, in 2s
  resolvers may give old answers until 12:05:02Z
  verified: 2 name servers serve it
  note: ALIAS: not compared
Applied: 1 change in 1 zone.
`, "",
		},
		{
			"applied, and not served",
			reconcile.Outcome{Status: reconcile.Applied, Verification: &reconcile.Verification{Servers: []reconcile.ServerAnswer{right, late, silent}}},
			"example.com. on live: applied 0 changes, in 2s\nApplied: 0 changes in 1 zone.\n",
			`warning: example.com. on live: 2 of 3 name servers do not serve what was applied
  server                           serial      state
  ns2.example.net. (192.0.2.2:53)  7           behind
    www.example.com. A: serves 192.0.2.9
  ns3.example.net. (192.0.2.3:53)  -           no answer
    timeout
`,
		},
		{
			"applied, and nobody to ask",
			reconcile.Outcome{Status: reconcile.Applied, Verification: &reconcile.Verification{Servers: []reconcile.ServerAnswer{{Err: errors.New("no such host")}}}},
			"example.com. on live: applied 0 changes, in 2s\nApplied: 0 changes in 1 zone.\n",
			"warning: example.com. on live: no name server could be asked: no such host\n",
		},
		{
			"refused",
			reconcile.Outcome{
				Status: reconcile.Failed, Changes: []reconcile.Change{update}, Refused: refused, Skipped: []reconcile.Change{retire},
				Err: &reconcile.RefusedError{Ref: ref, Refused: refused, Skipped: []reconcile.Change{retire}},
			},
			"",
			`error: example.com. on live: 1 of 3 changes was refused (1 change is live all the same)
  refused: new.example.com. A (zones/example.com.zone:3): it says \u{1b}[31mno
  not retired, since not all that is new is live: old.example.com. A (zones/example.com.zone:3)
  resolvers may give old answers until 13:00:02Z
`,
		},
		{
			"refused, and more went wrong",
			reconcile.Outcome{Status: reconcile.Failed, Refused: refused, Err: errors.New("the store is full")},
			"",
			"error: the store is full (nothing was written)\n  refused: new.example.com. A (zones/example.com.zone:3): it says \\u{1b}[31mno\n",
		},
		{
			"rolled back",
			reconcile.Outcome{
				Status: reconcile.Failed, RolledBack: true, Err: reconcile.ErrNotServed, Written: reconcile.IsWritten,
				Verification: &reconcile.Verification{Servers: []reconcile.ServerAnswer{late, late}},
			},
			"",
			`error: several of its name servers do not serve what was applied (the zone is suspended until its file changes)
hint: zoneward resume example.com. --target live --reason REASON ends that sooner
warning: example.com. on live: 2 of 2 name servers do not serve what was applied
  server                           serial      state
  ns2.example.net. (192.0.2.2:53)  7           behind
    www.example.com. A: serves 192.0.2.9
  ns2.example.net. (192.0.2.2:53)  7           behind
    www.example.com. A: serves 192.0.2.9
`,
		},
		{"an interrupted write", reconcile.Outcome{Status: reconcile.Unchanged, Settled: 1}, "", "note: example.com. on live: 1 write had been interrupted; what became of it is noted now\n"},
		{"held", reconcile.Outcome{Status: reconcile.Held}, "", "example.com. on live: held, nothing was written\n"},
		{"interrupted", reconcile.Outcome{Status: reconcile.Interrupted}, "", "example.com. on live: not begun\n"},
		{"out of date", reconcile.Outcome{Status: reconcile.Stale, Err: errors.New("it moved")}, "", "error: it moved (nothing was written)\n"},
		{"lost", reconcile.Outcome{Status: reconcile.Failed, Err: errors.New("reset"), Written: reconcile.PerhapsWritten}, "", "error: reset (it is not known whether anything was written; the next plan shows it)\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.outcome.Ref, tc.outcome.Began, tc.outcome.Took = ref, rendertest.At(), 2*time.Second
			plan := &reconcile.Plan{Zones: []reconcile.ZonePlan{{Ref: ref, Changes: all, NegativeTTL: 300}}}
			stdout, stderr := printed(t, "text", plan, []reconcile.Outcome{tc.outcome})
			if d := cmp.Diff(stdout, tc.stdout) + cmp.Diff(stderr, tc.stderr); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestOutcomesUntilAnotherDay(t *testing.T) {
	ref := reconcile.Ref{Zone: zonefile.MustParseName("example.com."), Target: "live"}
	change := changing("www", reconcile.Update, 86400, 60)
	stdout, _ := printed(t, "text", &reconcile.Plan{Zones: []reconcile.ZonePlan{{Ref: ref}}},
		[]reconcile.Outcome{{Ref: ref, Status: reconcile.Applied, Changes: []reconcile.Change{change}, Began: rendertest.At()}})
	if want := "  resolvers may give old answers until 2026-11-22 12:00:00Z\n"; !strings.Contains(stdout, want) {
		t.Errorf("%s; want %s", stdout, want)
	}
}

func TestOutcomesJSON(t *testing.T) {
	ref := reconcile.Ref{Zone: zonefile.MustParseName("example.com."), Target: "live"}
	create, retire := changing("new", reconcile.Create, 0, 60), changing("old", reconcile.Retire, 300, 0)
	plan := &reconcile.Plan{Zones: []reconcile.ZonePlan{{Ref: ref}, {Ref: ref}}}
	stdout, stderr := printed(t, "json", plan, []reconcile.Outcome{{
		Ref: ref, Status: reconcile.Failed, Changes: []reconcile.Change{changing("www", reconcile.Update, 60, 300)}, Written: reconcile.IsWritten, Serial: 8,
		Refused: []reconcile.Refusal{{Changes: []reconcile.Change{create}, Err: errors.New("no")}}, Skipped: []reconcile.Change{retire},
		Tombstones: []string{"0123456789abcdef"}, Settled: 1, Began: rendertest.At(), Took: 1500 * time.Millisecond, Err: errors.New("refused"),
		Verification: &reconcile.Verification{Servers: []reconcile.ServerAnswer{{Server: "192.0.2.1:53", Err: errors.New("timeout")}}, Took: time.Second},
	}, {Ref: ref, Status: reconcile.Unchanged, Began: rendertest.At()}})
	if stderr != "" {
		t.Errorf("standard error: %s", stderr)
	}
	want := `{"version": 1, "zones": [{
		"zone": "example.com.", "target": "live", "status": "failed", "changes": 1, "written": "yes", "serial": 8,
		"refused": [{"changes": [{"action": "create", "name": "new.example.com.", "type": "A", "source": "zones/example.com.zone:3"}], "error": "no"}],
		"skipped": [{"action": "retire", "name": "old.example.com.", "type": "A", "source": "zones/example.com.zone:3"}],
		"tombstones": ["0123456789abcdef"],
		"verification": {"ok": false, "servers": [{"server": "192.0.2.1:53", "state": "no answer", "serial": 0, "wrong": [], "error": "timeout"}], "notes": [], "took": 1},
		"rolled_back": false, "settled": 1, "began": "2026-11-21T12:00:00Z", "took": 1.5, "until": "2026-11-21T12:01:01Z", "state": null, "deferred": [], "holds": [], "error": "refused"
	}, {
		"zone": "example.com.", "target": "live", "status": "unchanged", "changes": 0, "written": "no", "serial": 0,
		"refused": [], "skipped": [], "tombstones": [], "verification": null,
		"rolled_back": false, "settled": 0, "began": "2026-11-21T12:00:00Z", "took": 0, "until": null, "state": null, "deferred": [], "holds": [], "error": null
	}]}`
	value := func(text string) (v any) {
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	if d := cmp.Diff(value(stdout), value(want)); d != "" {
		t.Error(d)
	}
}

func TestUndoLines(t *testing.T) {
	of := func(zone, target string, began time.Time, changes ...reconcile.Change) reconcile.Outcome {
		return reconcile.Outcome{Ref: reconcile.Ref{Zone: zonefile.MustParseName(zone), Target: target}, Changes: changes, Began: began, Tombstones: []string{"0123456789abcdef"}}
	}
	retire, whole := changing("old", reconcile.Retire, 300, 0), reconcile.Change{Kind: reconcile.KindZone, Action: reconcile.Retire}
	later := rendertest.At().Add(1500 * time.Millisecond)
	for _, tc := range []struct {
		name     string
		outcomes []reconcile.Outcome
		want     []string
	}{
		{"nothing was retired", []reconcile.Outcome{{Changes: []reconcile.Change{retire}}}, nil},
		{"a zone on two targets", []reconcile.Outcome{of("example.com.", "a", later, retire), of("example.com.", "b", rendertest.At(), retire)}, []string{"rollback example.com. --to 2026-11-21T12:00:00Z"}},
		{"two zones", []reconcile.Outcome{of("example.com.", "a", later, retire), of("example.net.", "a", later, retire)}, []string{"rollback example.com. --to 2026-11-21T12:00:01.5Z", "rollback example.net. --to 2026-11-21T12:00:01.5Z"}},
		{"a zone itself", []reconcile.Outcome{of("example.com.", "a", rendertest.At(), whole)}, []string{"restore 0123456789abcdef"}},
		{"both", []reconcile.Outcome{of("example.com.", "a", rendertest.At(), whole), of("example.net.", "a", rendertest.At(), whole), of("example.org.", "a", rendertest.At(), retire)}, []string{"rollback example.org. --to 2026-11-21T12:00:00Z", "restore 0123456789abcdef", "restore 0123456789abcdef"}},
		{"a name that a shell would read", []reconcile.Outcome{of("$(id).example.", "a", rendertest.At(), retire)}, []string{`rollback \$\(id\).example. --to 2026-11-21T12:00:00Z`}},
	} {
		var got []string
		for _, words := range undoLines(tc.outcomes) {
			got = append(got, strings.Join(words, " "))
		}
		if d := cmp.Diff(got, tc.want); d != "" {
			t.Errorf("%s: %s", tc.name, d)
		}
	}
}

// TestShellWord has a shell read each word.
func TestShellWord(t *testing.T) {
	for _, text := range []string{"example.com.", "0/25.2.0.192.in-addr.arpa.", "$(id)", "`id`", "a b", "it's", "'", "", "*", `a\"b`, "~root", "-x;ls", "{a,b}", "!1"} {
		out, err := exec.Command("sh", "-c", "printf %s "+shellWord(text)).Output()
		if err != nil || string(out) != text {
			t.Errorf("%q becomes %s, which is %q, %v", text, shellWord(text), out, err)
		}
	}
}
