package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/client"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/server"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// runningDaemon is a daemon that works on two zones in a directory of its own.
type runningDaemon struct {
	*testing.T
	dir, url string
	clients  map[string]*client.Client // by the name of their token
}

// startDaemon starts a daemon whose plans wait for an approval, and which the end of the test ends.
func startDaemon(t *testing.T) *runningDaemon {
	t.Helper()
	r := &runningDaemon{T: t, dir: t.TempDir(), clients: map[string]*client.Client{}}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close() // the daemon takes it
	r.url = "http://" + address
	tokens := map[string]string{}
	config := `version: 1
source: {dir: zones}
providers:
  live: {type: zonedir, directory: live, nameservers: [ns1.example.net.]}
zones: [{match: "*", targets: [live]}]
policy: {apply: approve}
server:
  listen: ` + address + `
  tokens:
`
	for name, more := range map[string]string{"reader": "role: read", "operator": "role: operate", "admin": "role: admin", "team": "role: admin, zones: [b.example]"} {
		tokens[name] = server.NewToken()
		config += "    - {name: " + name + ", " + more + ", hash: \"" + server.HashOf(tokens[name]).String() + "\"}\n"
	}
	r.write("zoneward.yaml", config)
	r.zone("a.example", "www A 192.0.2.1")
	r.zone("b.example", "www A 192.0.2.2")
	ctx, stop := context.WithCancel(t.Context())
	c := &common{env: env{stdout: newOutput(io.Discard), stderr: newOutput(io.Discard), lookup: os.LookupEnv}, configFile: filepath.Join(r.dir, "zoneward.yaml")}
	ended := make(chan error, 1)
	go func() { ended <- c.watch(ctx, slog.New(slog.DiscardHandler)) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil && ctx.Err() == nil {
			t.Error(err)
		}
	})
	for name, token := range tokens {
		opened, err := client.Open(client.Options{URL: r.url, Token: func() (string, error) { return token, nil }})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(opened.Close)
		r.clients[name] = opened
	}
	r.until("both zones wait to be approved", func() bool {
		plan, err := r.clients["reader"].Plan(t.Context(), reconcile.Selection{})
		return err == nil && len(plan.Zones) == 2
	})
	return r
}

func (r *runningDaemon) write(name, text string) {
	r.Helper()
	file := filepath.Join(r.dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		r.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		r.Fatal(err)
	}
}

// zone writes a zone file.
func (r *runningDaemon) zone(name string, lines ...string) {
	r.Helper()
	r.write("zones/"+name+".zone", "$TTL 300\n@ NS ns1.example.net.\n"+strings.Join(lines, "\n")+"\n")
}

// live returns what is served of a zone, empty if it is not there.
func (r *runningDaemon) live(name string) string {
	text, _ := os.ReadFile(filepath.Join(r.dir, "live", name+".zone"))
	return string(text)
}

// until waits for something.
func (r *runningDaemon) until(what string, is func() bool) {
	r.Helper()
	for deadline := time.Now().Add(30 * time.Second); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			r.Fatalf("not within 30 s: %s", what)
		}
	}
}

// plan returns the plan of a zone that waits, once it has something that its file says.
func (r *runningDaemon) plan(zone zonefile.Name, action reconcile.Action) reconcile.ZonePlan {
	r.Helper()
	var found reconcile.ZonePlan
	r.until("a plan of "+zone.String()+" that has a "+string(action), func() bool {
		plan, err := r.clients["reader"].Plan(r.Context(), reconcile.Selection{Zones: []zonefile.Name{zone}})
		if err != nil || len(plan.Zones) != 1 {
			return false
		}
		found = plan.Zones[0]
		for _, c := range found.Changes {
			if c.Action == action {
				return true
			}
		}
		return false
	})
	return found
}

func (r *runningDaemon) approve(who string, id zonefile.Digest) (reconcile.Outcome, error) {
	_, outcomes, err := r.clients[who].Approve(r.Context(), reconcile.Approve{Plans: []zonefile.Digest{id}, Reason: "reviewed by two"})
	if err != nil {
		return reconcile.Outcome{}, err
	}
	return outcomes[0], nil
}

// refused returns the status that an error of the client has, 0 for none.
func refused(err error) int {
	answer, ok := errors.AsType[*client.Error](err)
	if !ok {
		return 0
	}
	return answer.Status
}

// TestDaemonAPI goes from the first approval to the history, with a daemon, its API, and the client.
func TestDaemonAPI(t *testing.T) {
	r := startDaemon(t)
	a, b := zonefile.MustParseName("a.example."), zonefile.MustParseName("b.example.")
	onlyA := reconcile.Selection{Zones: []zonefile.Name{a}}
	first := r.plan(a, reconcile.Create)
	if r.live("a.example") != "" {
		t.Fatal("it was applied, and nobody has approved it")
	}
	if _, err := r.approve("reader", first.ID); refused(err) != http.StatusForbidden {
		t.Errorf("a reader approves: %v", err)
	}
	if _, err := r.approve("team", first.ID); refused(err) != http.StatusConflict {
		t.Errorf("somebody of another zone approves: %v", err)
	}
	if _, err := r.approve("operator", zonefile.Digest{1}); refused(err) != http.StatusConflict {
		t.Errorf("another id: %v", err)
	}
	if outcome, err := r.approve("operator", first.ID); err != nil || outcome.Status != reconcile.Applied || !strings.Contains(r.live("a.example"), "192.0.2.1") {
		t.Fatalf("approved: %+v, %v; live:\n%s", outcome, err, r.live("a.example"))
	}
	if _, err := r.approve("operator", first.ID); refused(err) != http.StatusConflict {
		t.Errorf("approved again: %v", err)
	}
	if outcome, err := r.approve("team", r.plan(b, reconcile.Create).ID); err != nil || outcome.Zone != b {
		t.Errorf("the team's own: %+v, %v", outcome, err)
	}

	r.zone("a.example", "other A 192.0.2.3")
	if outcome, err := r.approve("operator", r.plan(a, reconcile.Retire).ID); err != nil || len(outcome.Tombstones) != 1 {
		t.Fatalf("retired: %+v, %v", outcome, err)
	}
	stones, err := r.clients["reader"].Tombstones(t.Context(), onlyA, false)
	if err != nil || len(stones) != 1 || stones[0].Name != "www.a.example." {
		t.Fatalf("tombstones: %+v, %v", stones, err)
	}
	if shown, err := r.clients["reader"].Tombstone(t.Context(), stones[0].ID); err != nil || !strings.Contains(shown.BIND, "192.0.2.1") {
		t.Errorf("tombstone: %+v, %v", shown, err)
	}
	if _, err := r.clients["team"].Tombstone(t.Context(), stones[0].ID); refused(err) != http.StatusNotFound {
		t.Errorf("a tombstone of another zone: %v", err)
	}
	testRestoreOverAPI(r, stones[0].ID)
	testSuspensionsOverAPI(r, a)

	var why []string
	for entry, err := range r.clients["reader"].History(t.Context(), reconcile.HistoryQuery{Zone: a}) {
		if err != nil {
			t.Fatal(err)
		}
		why = append(why, entry.Why+" by "+entry.Actor+": "+entry.Reason)
	}
	text := strings.Join(why, "\n")
	for _, want := range []string{"apply by operator (api): reviewed by two", "restore by operator (api): gone by mistake"} {
		if !strings.Contains(text, want) {
			t.Errorf("the history has no %q:\n%s", want, text)
		}
	}
	for entry, err := range r.clients["team"].History(t.Context(), reconcile.HistoryQuery{}) {
		if err != nil || entry.Zone == a {
			t.Errorf("the history of another zone: %+v, %v", entry, err)
		}
	}
}

// testRestoreOverAPI restores a tombstone.
func testRestoreOverAPI(r *runningDaemon, stone string) {
	r.Helper()
	what := reconcile.Restoration{Stone: stone, Reason: "gone by mistake", For: time.Hour}
	plan, err := r.clients["operator"].PlanRestore(r.Context(), what)
	if err != nil || len(plan.Zones) != 1 || strings.Contains(r.live("a.example"), "192.0.2.1") {
		r.Fatalf("plan to restore: %v, live:\n%s", err, r.live("a.example"))
	}
	if _, err := r.clients["operator"].Restore(r.Context(), what, []zonefile.Digest{{1}}, nil); refused(err) != http.StatusConflict {
		r.Errorf("restore something else: %v", err)
	}
	if _, err := r.clients["team"].PlanRestore(r.Context(), what); refused(err) != http.StatusNotFound {
		r.Errorf("restore what is of another zone: %v", err)
	}
	doc, err := r.clients["operator"].Restore(r.Context(), what, []zonefile.Digest{plan.Zones[0].ID}, nil)
	if err != nil || doc.Zones[0].Status != reconcile.Applied || !strings.Contains(r.live("a.example"), "192.0.2.1") {
		r.Fatalf("restored: %+v, %v; live:\n%s", doc, err, r.live("a.example"))
	}
	if len(doc.Git) != 1 || doc.Git[0].Patch == nil || !strings.Contains(*doc.Git[0].Patch, "+www") || doc.Kept == nil {
		r.Errorf("what git needs: %+v, kept %v", doc.Git, doc.Kept)
	}
}

// testSuspensionsOverAPI suspends a zone, and lets it go on.
func testSuspensionsOverAPI(r *runningDaemon, zone zonefile.Name) {
	r.Helper()
	only := reconcile.Selection{Zones: []zonefile.Name{zone}}
	made, err := r.clients["operator"].Suspend(r.Context(), only, "moving", time.Time{})
	if err != nil || len(made) != 1 || made[0].Actor != "operator (api)" {
		r.Fatalf("suspended: %+v, %v", made, err)
	}
	if _, err := r.clients["operator"].Suspend(r.Context(), reconcile.Selection{Zones: []zonefile.Name{zonefile.MustParseName("a.example."), zone}, Targets: []string{"nowhere"}}, "x", time.Time{}); err != nil {
		r.Errorf("a target that is not there yet: %v", err)
	}
	if all, err := r.clients["reader"].Suspensions(r.Context(), only); err != nil || len(all) != 2 {
		r.Errorf("suspensions: %+v, %v", all, err)
	}
	if all, err := r.clients["team"].Suspensions(r.Context(), reconcile.Selection{}); err != nil || len(all) != 0 {
		r.Errorf("suspensions of another zone: %+v, %v", all, err)
	}
	if _, _, err := r.clients["team"].Resume(r.Context(), only, "x"); refused(err) != http.StatusForbidden {
		r.Errorf("resume another zone: %v", err)
	}
	ended, left, err := r.clients["operator"].Resume(r.Context(), only, "moved")
	if err != nil || len(ended) != 2 || len(left) != 0 {
		r.Errorf("resumed: %+v, still %+v, %v", ended, left, err)
	}
	status, err := r.clients["admin"].Status(r.Context())
	if err != nil || status.StartedAt.IsZero() || status.Configuration.ReadAt.IsZero() || status.Program == "" {
		r.Errorf("status: %+v, %v", status, err)
	}
}

// TestDaemonReadsTokensAgain takes a token out of the configuration while the daemon runs.
func TestDaemonReadsTokensAgain(t *testing.T) {
	r := startDaemon(t)
	file := filepath.Join(r.dir, "zoneward.yaml")
	config, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var kept []string
	for line := range strings.Lines(string(config)) {
		if !strings.Contains(line, "name: operator") {
			kept = append(kept, line)
		}
	}
	r.write("zoneward.yaml", strings.Join(kept, ""))
	r.until("the token is none any more", func() bool {
		_, err := r.clients["operator"].Status(t.Context())
		return refused(err) == http.StatusUnauthorized
	})
	if _, err := r.clients["reader"].Status(t.Context()); err != nil {
		t.Error(err)
	}
	r.write("zoneward.yaml", "nonsense")
	r.until("the status says that the configuration is refused", func() bool {
		status, err := r.clients["reader"].Status(t.Context())
		return err == nil && status.Configuration.Error != nil
	})
}

func TestTokenNew(t *testing.T) {
	var stdout, stderr bytes.Buffer
	code := run([]string{"token", "new", "--name", "ci", "--role", "operate", "--zone", "Bücher.example", "--zone", "*.example.com", "--for", "90d"}, env{
		stdin: strings.NewReader(""), stdout: newOutput(&stdout), stderr: newOutput(&stderr), lookup: func(string) (string, bool) { return "", false },
	})
	if code != exitDone {
		t.Fatalf("%d: %s", code, stderr.String())
	}
	text := strings.TrimSuffix(stdout.String(), "\n")
	if strings.Contains(stderr.String(), text) || len(text) != 76 {
		t.Errorf("the token is %q, and beside it:\n%s", text, stderr.String())
	}
	_, line, _ := strings.Cut(stderr.String(), "- ")
	c, err := parseConfig("zoneward.yaml", []byte("version: 1\nsource: {dir: zones}\nproviders: {p: {type: zonedir, directory: live, nameservers: [ns1.example.net.]}}\nzones: []\nserver:\n  tokens:\n    - "+line), os.LookupEnv, true)
	if err != nil {
		t.Fatal(err)
	}
	token := c.server.tokens[0]
	if token.Name != "ci" || token.Role != server.RoleOperate || token.Hash != server.HashOf(text) || len(token.Zones) != 2 || token.Expires.Before(time.Now().Add(89*24*time.Hour)) {
		t.Errorf("the configuration has %+v", token)
	}
	for _, args := range [][]string{{}, {"new"}, {"new", "--name", "a b"}, {"new", "--name", "ci", "--role", "root"}, {"new", "--name", "ci", "--zone", "a*"}, {"new", "--name", "ci", "--for", "x"}, {"new", "ci"}} {
		stdout.Reset()
		code := run(append([]string{"token"}, args...), env{
			stdin: strings.NewReader(""), stdout: newOutput(&stdout), stderr: newOutput(io.Discard), lookup: func(string) (string, bool) { return "", false },
		})
		if code != exitUsage || strings.Contains(stdout.String(), "zw_") {
			t.Errorf("token %v: %d, %s", args, code, stdout.String())
		}
	}
}

// TestIsAgreed compares plans with what was agreed to.
func TestIsAgreed(t *testing.T) {
	change := []reconcile.Change{{}}
	plan := &reconcile.Plan{Zones: []reconcile.ZonePlan{{ID: zonefile.Digest{1}, Changes: change}, {ID: zonefile.Digest{2}, Changes: change}, {ID: zonefile.Digest{3}}}}
	for _, tc := range []struct {
		agreed []zonefile.Digest
		want   bool
	}{
		{[]zonefile.Digest{{1}, {2}}, true},
		{[]zonefile.Digest{{2}, {1}, {3}}, true},
		{[]zonefile.Digest{{1}}, false},
		{[]zonefile.Digest{{1}, {2}, {4}}, false},
		{nil, false},
	} {
		if got := isAgreed(plan, tc.agreed); got != tc.want {
			t.Errorf("%v: %t", tc.agreed, got)
		}
	}
}
