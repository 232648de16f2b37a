package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/client"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls/pullstest"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/git"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/report"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/server"
	"github.com/zoneward/zoneward/reconcile"
)

// reviewingDaemon is a daemon that plans the pull requests of a repository, and applies what was reviewed.
type reviewingDaemon struct {
	*ciWorld
	*client.Client
}

func startReviewing(t *testing.T, kind forge.Kind, trust string) *reviewingDaemon {
	t.Helper()
	w := newCIWorldOn(t, pullstest.New(kind, pullstest.Options{}))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address, token := listener.Addr().String(), server.NewToken()
	listener.Close() // the daemon takes it
	file := filepath.Join(w.live, "daemon.yaml")
	config := fmt.Sprintf(`version: 1
source: {git: {url: %q, branch: main, path: zones, interval: 1s}}
state: state.db
providers:
  live: {type: zonedir, directory: zones, nameservers: [ns1.example.net], serial: increment}
zones: [{match: "*", targets: [live]}]
policy: {apply: reviewed}
pull_requests: {forge: %s, repository: %s, api: %q, token: "${FORGE}", interval: 1s%s}
server:
  listen: %s
  tokens: [{name: ann, role: read, hash: %q}]
`, w.clone, kind, w.forge.Repository(), w.forge.URL(), trust, address, server.HashOf(token).String())
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	c := &common{env: env{stdout: newOutput(io.Discard), stderr: newOutput(io.Discard), lookup: func(name string) (string, bool) { return w.forge.Token(), name == "FORGE" }}, configFile: file}
	ended := make(chan error, 1)
	go func() { ended <- c.watch(ctx, slog.New(slog.NewTextHandler(t.Output(), nil))) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil && ctx.Err() == nil {
			t.Error(err)
		}
	})
	asks, err := client.Open(client.Options{URL: "http://" + address, Token: func() (string, error) { return token, nil }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(asks.Close)
	return &reviewingDaemon{w, asks}
}

// propose opens a pull request, and has the repository keep its newest commit as forges do.
func (d *reviewingDaemon) propose(files map[string]string) string {
	d.Helper()
	head := d.ciWorld.propose(files)
	ref := "refs/pull/%d/head"
	if d.forge.Kind() == forge.GitLab {
		ref = "refs/merge-requests/%d/head"
	}
	d.git("update-ref", fmt.Sprintf(ref, d.number), head)
	return head
}

func (d *reviewingDaemon) until(what string, is func() bool) {
	d.Helper()
	for deadline := time.Now().Add(60 * time.Second); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			d.Fatalf("not within a minute: %s", what)
		}
	}
}

// planned waits until the daemon has said what it thinks of a commit, and returns the one comment.
func (d *reviewingDaemon) planned(head string) (pulls.Status, pullstest.Comment) {
	d.Helper()
	d.until("the plan of the pull request", func() bool { return d.status(head, "zoneward/plan").State == pulls.StateSuccess })
	comments := d.forge.Comments(d.number)
	if len(comments) != 1 {
		d.Fatalf("%d comments; want 1", len(comments))
	}
	return d.status(head, "zoneward/plan"), comments[0]
}

// heldBecause returns why the zone example.com waits, empty if it does not.
func (d *reviewingDaemon) heldBecause() string {
	plan, err := d.Plan(d.Context(), reconcile.Selection{})
	if err != nil {
		return ""
	}
	for _, z := range plan.Zones {
		for _, h := range z.Holds {
			if h.Guard == reconcile.GuardApproval {
				return h.Reason
			}
		}
	}
	return ""
}

// TestDaemonPlansPullRequests: from a pull request to live DNS with nothing but a daemon, on each forge.
func TestDaemonPlansPullRequests(t *testing.T) {
	for _, kind := range []forge.Kind{forge.GitHub, forge.Gitea, forge.GitLab} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			d := startReviewing(t, kind, "")
			head := d.propose(map[string]string{"zones/example.com.zone": "$TTL 300\nwww A 192.0.2.2\nold A 192.0.2.7\n"})
			status, comment := d.planned(head)
			marker, ok := report.ParseMarker(comment.Body)
			if !ok || !strings.HasPrefix(status.Description, marker.Plan.String()) || marker.Head != head {
				t.Errorf("status %+v, marker %+v", status, marker)
			}
			// The same by the API, for jobs that have no keys.
			text, err := d.Propose(t.Context(), document.ProposeRequest{Head: head, Pull: int(d.number), Ref: map[forge.Kind]string{
				forge.GitHub: "refs/pull/1/head", forge.Gitea: "refs/pull/1/head", forge.GitLab: "refs/merge-requests/1/head",
			}[kind]})
			if err != nil || !strings.Contains(string(text), marker.Plan.String()) {
				t.Errorf("by the API: %v\n%s", err, text)
			}
			if strings.Contains(d.zone("example.com.zone"), "192.0.2.2") {
				t.Fatal("it is live before it was merged")
			}
			d.merge()
			d.until("what was merged is live", func() bool { return strings.Contains(d.zone("example.com.zone"), "192.0.2.2\n") })
			after := d.git("rev-parse", "main")
			d.until("the reviewers are told", func() bool {
				return d.status(after, "zoneward/apply").State == pulls.StateSuccess && strings.Contains(d.forge.Comments(1)[0].Body, "1 change applied in 1 zone")
			})
			var reasons []string
			for e, err := range d.History(t.Context(), reconcile.HistoryQuery{}) {
				if err != nil {
					t.Fatal(err)
				}
				reasons = append(reasons, e.Reason)
			}
			if !strings.Contains(strings.Join(reasons, "\n"), "reviewed as pull request 1") {
				t.Errorf("the history does not say why: %q", reasons)
			}

			// What is live moves between the review and the merge: nothing is applied, and what moved is said.
			head = d.propose(map[string]string{"zones/example.com.zone": "$TTL 300\nwww A 192.0.2.3\nold A 192.0.2.7\n"})
			d.planned(head)
			file := filepath.Join(d.live, "zones", "example.com.zone")
			if err := os.WriteFile(file, []byte(strings.ReplaceAll(d.zone("example.com.zone"), "192.0.2.2\n", "192.0.2.99\n")), 0o600); err != nil {
				t.Fatal(err)
			}
			d.merge()
			d.until("it is said why the zone waits", func() bool {
				return strings.Contains(d.heldBecause(), "pull request 2 was reviewed with another plan: example.com. on live: www.example.com. A: reviewed 300 192.0.2.2 -> 300 192.0.2.3, now 300 192.0.2.99 -> 300 192.0.2.3")
			})
			if !strings.Contains(d.zone("example.com.zone"), "192.0.2.99\n") {
				t.Error("it was applied")
			}
		})
	}
}

// TestDaemonTakesTheStatusOfAJob: what a job has planned counts, if the configuration trusts who has set the status.
func TestDaemonTakesTheStatusOfAJob(t *testing.T) {
	const proposed = "$TTL 300\nwww A 192.0.2.2\nold A 192.0.2.7\n"
	d := startReviewing(t, forge.GitHub, ", trust: [planner]")
	d.ciWorld.propose(map[string]string{"zones/example.com.zone": proposed}) // its commit is where the daemon does not find it
	code, text := d.run(nil, "plan", "-c", filepath.Join(d.clone, "zoneward.yaml"), "--zone", "example.com", "--format", "json")
	if code != exitDone {
		t.Fatal(text)
	}
	id := text[strings.Index(text, "sha256:"):][:71]
	d.forge.AddStatus(d.git("rev-parse", "proposal"), pulls.Status{Context: "zoneward/plan", State: pulls.StateSuccess, Description: id + " 1 update", Creator: "planner"})
	d.merge()
	d.until("what was merged is live", func() bool { return strings.Contains(d.zone("example.com.zone"), "192.0.2.2\n") })
}

// TestDaemonTakesTheStatusOfANewZone: also of a zone of which nobody knows a commit from which it was applied.
func TestDaemonTakesTheStatusOfANewZone(t *testing.T) {
	d := startReviewing(t, forge.GitHub, ", trust: [planner]")
	d.ciWorld.propose(map[string]string{"zones/fresh.example.zone": "$TTL 300\nwww A 192.0.2.2\n"})
	code, text := d.run(nil, "plan", "-c", filepath.Join(d.clone, "zoneward.yaml"), "--zone", "fresh.example", "--format", "json")
	if code != exitDone {
		t.Fatal(text)
	}
	id := text[strings.Index(text, "sha256:"):][:71]
	d.forge.AddStatus(d.git("rev-parse", "proposal"), pulls.Status{Context: "zoneward/plan", State: pulls.StateSuccess, Description: id + " 2 create", Creator: "planner"})
	d.merge()
	d.until("what was merged is live", func() bool {
		live, err := os.ReadFile(filepath.Join(d.live, "zones", "fresh.example.zone"))
		return err == nil && strings.Contains(string(live), "192.0.2.2")
	})
}

// TestBroughtBy: the forge is asked about so many commits, and no more.
func TestBroughtBy(t *testing.T) {
	w := newCIWorld(t)
	ids := []string{w.git("rev-parse", "HEAD")}
	for i := range mostArrived + 5 {
		w.git("commit", "-q", "--allow-empty", "-m", fmt.Sprint(i))
		ids = append(ids, w.git("rev-parse", "HEAD"))
	}
	last := len(ids) - 1
	repository, err := git.OpenRepository(git.RepositoryOptions{URL: w.clone})
	if err != nil {
		t.Fatal(err)
	}
	defer repository.Close()
	for _, test := range []struct {
		name           string
		since, to      int // -1: not known
		before, oldest int
		count          int
	}{
		{"since a commit", last - 3, last, last - 3, last - 2, 3},
		{"since long ago", 0, last, last - mostArrived, last - mostArrived + 1, mostArrived},
		{"never", -1, last, last - mostArrived, last - mostArrived + 1, mostArrived},
		{"never, of a young branch", -1, 2, 0, 1, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			since := ""
			if test.since >= 0 {
				since = ids[test.since]
			}
			before, got, err := broughtBy(t.Context(), repository, since, ids[test.to])
			if err != nil {
				t.Fatal(err)
			}
			if before != ids[test.before] || len(got) != test.count || got[0] != ids[test.oldest] || got[len(got)-1] != ids[test.to] {
				t.Errorf("%d commits from %.8s, after %.8s; want %d from %.8s, after %.8s", len(got), got[0], before, test.count, ids[test.oldest], ids[test.before])
			}
		})
	}
}

// TestDaemonDoesNotWaitForTheForge: a zone is held while the forge wants to be left alone, which is said at once, and applied when it answers.
func TestDaemonDoesNotWaitForTheForge(t *testing.T) {
	d := startReviewing(t, forge.GitHub, "")
	d.planned(d.propose(map[string]string{"zones/example.com.zone": "$TTL 300\nwww A 192.0.2.2\nold A 192.0.2.7\n"}))
	var once sync.Once
	answers := make(chan struct{})
	d.forge.Fail(pullstest.Fault{Method: http.MethodGet, Times: -1, Status: http.StatusTooManyRequests, Header: map[string]string{"Retry-After": "90"}, Hook: func() {
		once.Do(func() { close(answers) })
	}})
	d.merge()
	<-answers
	d.until("it is said why the zone waits", func() bool { return strings.Contains(d.heldBecause(), "nobody can say whether it was") })
}

// TestDaemonHasNoSuchProposal: what nobody can plan is not there, and nothing that the daemon's log has to say more about.
func TestDaemonHasNoSuchProposal(t *testing.T) {
	d := startReviewing(t, forge.GitHub, "")
	head := d.propose(map[string]string{"zones/example.com.zone": "$TTL 300\nwww A 192.0.2.2\nold A 192.0.2.7\n"})
	d.planned(head)
	for _, wrong := range []document.ProposeRequest{
		{Head: head, Ref: "refs/pull/99/head"},
		{Head: head, Ref: "refs/heads/main"},
		{Head: strings.Repeat("a", 40)},
		{Head: strings.Repeat("a", 40), Ref: "refs/pull/1/head"},
		{Head: head, Base: strings.Repeat("a", 40)},
		{Head: d.git("rev-parse", "main^{tree}")},
	} {
		_, err := d.Propose(t.Context(), wrong)
		if problem, ok := errors.AsType[*client.Error](err); !ok || problem.Status != http.StatusNotFound {
			t.Errorf("%+v: %v; want 404", wrong, err)
		}
	}
}
