package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/runner"
	"github.com/zoneward/zoneward/providers/providertest/dnsserver"
	"github.com/zoneward/zoneward/reconcile"
)

// TestCIMovedWhileLookedAt: what moves after the gate has looked at it stops all of the pull request, the other targets of the zone too.
func TestCIMovedWhileLookedAt(t *testing.T) {
	for _, test := range []struct {
		name string
		move func(t *testing.T, file string)
		said string
	}{
		{"a record", func(t *testing.T, file string) {
			if err := os.WriteFile(file, []byte(strings.ReplaceAll(readFile(t, file), "192.0.2.7", "192.0.2.70")), 0o600); err != nil {
				t.Fatal(err)
			}
		}, "example.com. on two of pull request 1 has moved while it was looked at"},
		{"the provider is down", func(t *testing.T, file string) {
			if err := os.WriteFile(file, []byte("$INCLUDE\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}, "example.com. on two of pull request 1 cannot be planned any more"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newCIWorld(t)
			two := filepath.Join(w.live, "two")
			w.write("zoneward.yaml", strings.ReplaceAll(w.config(""), "zones:\n", fmt.Sprintf(
				"  two: {type: zonedir, directory: %q, nameservers: [ns1.example.net], serial: increment}\nzones:\n  - {match: example.com, targets: [live, two]}\n", two)))
			w.commit("two targets")
			config := filepath.Join(w.clone, "zoneward.yaml")
			if code, said := w.run(nil, "apply", "--yes", "-c", config); code != exitDone {
				t.Fatalf("%d\n%s", code, said)
			}
			if got := w.plan(w.propose(map[string]string{
				"zones/example.com.zone": "$TTL 300\nwww A 192.0.2.2\nold A 192.0.2.7\n", "zones/example.org.zone": "$TTL 300\nwww A 192.0.2.2\n",
			})); got.code != exitDone {
				t.Fatalf("exit code %d\n%s", got.code, got.log)
			}
			before, after := w.merge()

			var log strings.Builder
			out := newOutput(&log)
			c := &common{env: env{stdout: out, stderr: out, lookup: func(name string) (string, bool) { return w.forge.Token(), name == "GITHUB_TOKEN" }}, configFile: config, format: "text"}
			j := &job{Runner: &runner.Runner{System: runner.GitHub, Repository: w.forge.Repository(), APIURL: w.forge.URL(), Token: "GITHUB_TOKEN", Ref: "refs/heads/main"}}
			host, err := c.host(j)
			if err != nil {
				t.Fatal(err)
			}
			in, err := c.openBranch(t.Context(), ciFlags{repository: w.clone}, before, after)
			if err != nil {
				t.Fatal(err)
			}
			defer in.close()
			arrivals, err := in.arrivals(t.Context(), j, host, modeExact)
			if err != nil {
				t.Fatal(err)
			}
			test.move(t, filepath.Join(two, "example.com.zone"))
			done := c.applyGated(t.Context(), in, arrivals, reconcile.Approval{}, ciFlags{})
			if len(done.refused) != 1 || !strings.Contains(done.refused[0].Error(), test.said) || len(done.outcomes) > 0 {
				t.Errorf("refused %v, and %d outcomes; want %q\n%s", done.refused, len(done.outcomes), test.said, &log)
			}
			for _, zone := range []string{"example.com.zone", "example.org.zone"} {
				if strings.Contains(w.zone(zone), "192.0.2.2\n") {
					t.Errorf("%s was applied: a part of what was reviewed", zone)
				}
			}
		})
	}
}

// TestCISharedZone: a pull request is not applied in part because another that was merged with it is refused.
func TestCISharedZone(t *testing.T) {
	w := newCIWorld(t)
	before := w.git("rev-parse", "main")
	if got := w.plan(w.propose(map[string]string{
		"zones/example.com.zone": "$TTL 300\nwww A 192.0.2.2\nold A 192.0.2.7\n", "zones/example.org.zone": "$TTL 300\nwww A 192.0.2.2\n",
	})); got.code != exitDone {
		t.Fatalf("exit code %d\n%s", got.code, got.log)
	}
	w.merge()
	after := ""
	for _, address := range []string{"192.0.2.9", "192.0.2.2"} { // in no pull request, and taken back
		w.write("zones/example.org.zone", "$TTL 300\nwww A "+address+"\n")
		after = w.commit("direct")
		w.forge.AddCommit(after)
	}
	got := w.apply(before, after)
	if got.code != exitStale || !strings.Contains(got.log, "pull request 1 has example.org. on live in common with commit") {
		t.Errorf("exit code %d\n%s", got.code, got.log)
	}
	if strings.Contains(w.zone("example.com.zone"), "192.0.2.2\n") {
		t.Error("a part of what was reviewed was applied")
	}
}

// TestCIApplyNeedsState: as apply does, ci apply refuses a policy that cannot be kept to without a state.
func TestCIApplyNeedsState(t *testing.T) {
	w := newCIWorld(t)
	w.write("zoneward.yaml", w.config("policy: {grace: 24h}\n"))
	w.commit("grace")
	w.plan(w.propose(map[string]string{"zones/example.com.zone": "$TTL 300\nwww A 192.0.2.2\n"}))
	before, after := w.merge()
	if got := w.apply(before, after, "--stateless"); got.code != exitUsage || !strings.Contains(got.log, "the policy has what takes a state") {
		t.Errorf("exit code %d\n%s", got.code, got.log)
	}
}

// TestCIAppliedIsTested: after an apply the DNS tests are run against the name servers, and what they fail is said everywhere.
func TestCIAppliedIsTested(t *testing.T) {
	zone, key := dnsserver.Zone{Origin: "example.com", Text: dnsserver.MasterFile("example.com") + "www A 192.0.2.1\n"}, dnsserver.TestKey()
	for _, test := range []struct {
		name   string
		behind bool // there is another name server, which never gets it
		code   exitCode
		state  pulls.State
		said   string
	}{
		{"served", false, exitDone, pulls.StateSuccess, "1 change applied in 1 zone"},
		{"not served everywhere", true, exitError, pulls.StateFailure, "1 change applied in 1 zone; the name servers fail 1 DNS test"},
	} {
		t.Run(test.name, func(t *testing.T) {
			primary := dnsserver.BIND(t, zone)
			servers := []string{primary.Addr}
			if test.behind {
				servers = append(servers, dnsserver.BIND(t, zone).Addr)
			}
			w := newCIWorld(t)
			w.write("zoneward.yaml", fmt.Sprintf(`version: 1
source: {dir: zones}
state: %s
providers:
  ns1: {type: rfc2136, server: %q, tsig: {name: %s, algorithm: %s, secret: "${TSIG}"}, verify: ["%s"]}
zones:
  - {match: example.com, targets: [ns1], policy: {verify_within: 1s}}
`, filepath.Join(w.live, "ns1.db"), primary.Addr, key.Name, key.Algorithm, strings.Join(servers, `", "`)))
			w.env["TSIG"] = key.Secret
			w.git("rm", "-q", "zones/example.org.zone")
			w.write("zones/example.com.zone", "$TTL 300\nwww A 192.0.2.1\n")
			w.commit("to name servers")
			if code, said := w.run(w.env, "adopt", "-c", filepath.Join(w.clone, "zoneward.yaml")); code != exitDone {
				t.Fatalf("%d\n%s", code, said)
			}
			head := w.propose(map[string]string{
				"zones/example.com.zone": "$TTL 300\nwww A 192.0.2.2\n",
				"zones/tests/web.yaml":   "version: 1\ntests:\n  - www.example.com A 192.0.2.2\n",
			})
			if got := w.plan(head); got.code != exitDone {
				t.Fatalf("exit code %d\n%s", got.code, got.log)
			}
			before, after := w.merge()
			got := w.apply(before, after)
			status := w.status(after, applyContext)
			if got.code != test.code || status.State != test.state || status.Description != test.said || !strings.Contains(got.summary, test.said) {
				t.Errorf("exit code %d, status %+v, summary %q; want %d, %s, %q\n%s", got.code, status, got.summary, test.code, test.state, test.said, got.log)
			}
			failed := "zones/tests/web.yaml:3: DNS test www.example.com. A on ns1: want 192.0.2.2"
			if strings.Contains(got.log, failed) != (test.code != exitDone) {
				t.Errorf("the log has %q or not:\n%s", failed, got.log)
			}
		})
	}
}

// TestCIApplyOut: what is applied is handed to the job's later steps, as what is planned is.
func TestCIApplyOut(t *testing.T) {
	w := newCIWorld(t)
	if got := w.plan(w.propose(map[string]string{"zones/example.com.zone": "$TTL 300\nwww A 192.0.2.2\n"})); got.code != exitDone {
		t.Fatalf("exit code %d\n%s", got.code, got.log)
	}
	before, after := w.merge()
	dir := t.TempDir()
	got := w.apply(before, after, "--out", dir)
	if got.code != exitDone {
		t.Fatalf("exit code %d\n%s", got.code, got.log)
	}
	for _, want := range []string{"changes=true", "create=0", "update=1", "retire=1", "held=0", "plan-id=sha256:", "plan-file=" + filepath.Join(dir, "plan.json"), "report=", "result=applied"} {
		name, value, _ := strings.Cut(want, "=")
		if !strings.Contains(got.output, name+"=") && !strings.Contains(got.output, name+"<<") || !strings.Contains(got.output, value) {
			t.Errorf("the outputs lack %q:\n%s", want, got.output)
		}
	}
	for file, want := range map[string]string{"plan.json": `"retire": 1`, "report.txt": "192.0.2.2", "report.md": "192.0.2.2", "report.sarif": "2.1.0", "report.json": "192.0.2.2"} {
		if text := readFile(t, filepath.Join(dir, file)); !strings.Contains(text, want) {
			t.Errorf("%s lacks %q:\n%s", file, want, text)
		}
	}
	if got := w.apply(before, after, "--out", t.TempDir()); got.code != exitDone || !strings.Contains(got.output, "false") {
		t.Errorf("once more: exit code %d, outputs\n%s", got.code, got.output)
	}
}
