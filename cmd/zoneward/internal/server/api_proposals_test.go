package server

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/reconcile"
)

// proposal is the body of a request to plan a head.
func proposal(head string) string { return `{"head": "` + commitOf[head] + `", "pull": 12}` }

func TestProposals(t *testing.T) {
	x := newTester(t)
	body := x.ask(http.StatusOK, "reader", http.MethodPost, apiRoot+"proposals", proposal("both"))
	if want := `{"head":"` + commitOf["both"] + `","version":1,"zones":["team-a.example.","team-b.example."]}`; body != want {
		t.Errorf("%s; want what the engine has made, %s", body, want)
	}
	x.ask(http.StatusUnauthorized, "", http.MethodPost, apiRoot+"proposals", proposal("both"))
	x.ask(http.StatusBadRequest, "reader", http.MethodPost, apiRoot+"proposals", `{"head": "`+commitOf["both"]+`", "ref": "refs/heads/\u202emain"}`)
	for _, line := range []string{`"operation":"propose"`, `"actor":"reader (api)"`, `"commit":"` + commitOf["both"] + `"`, `"pull":12`} {
		if logged := x.logged(); !strings.Contains(logged, line) {
			t.Errorf("the log has no %s:\n%s", line, logged)
		}
	}
}

func TestProposalsThatAreNotPlanned(t *testing.T) {
	for name, test := range map[string]struct {
		err    error
		status int
		kind   string
		after  string // Retry-After
	}{
		"no commit":   {fmt.Errorf("%w: abc is not at refs/pull/12/head", ErrNoCommit), 404, "not-found", ""},
		"conflict":    {fmt.Errorf("%w: zones/team-b.example.zone was changed on both sides", ErrNeedsUpdate), 409, "needs-update", ""},
		"source":      {fmt.Errorf("%w: no route to git.example", ErrSource), 503, "unavailable", "10"},
		"large":       {fmt.Errorf("%w: zones/team-b.example.zone has 40 MiB", ErrProposalTooLarge), 413, "too-large", ""},
		"none at all": {fmt.Errorf("%w: source is a directory", ErrNoProposals), 501, "not-configured", ""},
		"other zones": {fmt.Errorf("%w: team-b.example.", ErrOtherZones), 403, "forbidden", ""},
		"starting":    {reconcile.ErrNotRunning, 503, "unavailable", "1"},
		"took long":   {context.DeadlineExceeded, 503, "unavailable", "1"},
		"anything":    {errors.New("disk of /var/lib/secret is full"), 500, "internal", ""},
	} {
		t.Run(name, func(t *testing.T) {
			x := newTester(t)
			x.engine.proposeErr = test.err
			for token, body := range map[string]string{"reader": proposal("both"), "team-a": proposal("team-a")} {
				w := x.do(x.request(token, http.MethodPost, apiRoot+"proposals", body))
				problem := decode[document.DaemonProblem](t, w.Body.String())
				if w.Code != test.status || !strings.HasSuffix(problem.Type, "#"+test.kind) || w.Header().Get("Retry-After") != test.after {
					t.Errorf("%s: %d %+v, Retry-After %q; want %d %s", token, w.Code, problem, w.Header().Get("Retry-After"), test.status, test.kind)
				}
				detail := strings.Contains(problem.Detail, test.err.Error())
				if told := token == "reader" && test.status != 500 && test.status != 403 && !strings.Contains(problem.Detail, "ending") && !strings.Contains(problem.Detail, "took"); detail != told {
					t.Errorf("%s is told: %s", token, problem.Detail)
				}
				if token == "team-a" && strings.Contains(w.Body.String(), "team-b") {
					t.Errorf("the token of team-a is told of team-b: %s", w.Body)
				}
			}
		})
	}
}

// TestProposalsOfOthers plans for a token only what it is for.
func TestProposalsOfOthers(t *testing.T) {
	x := newTester(t)
	x.ask(http.StatusOK, "team-a", http.MethodPost, apiRoot+"proposals", proposal("team-a"))
	if body := x.ask(http.StatusForbidden, "team-a", http.MethodPost, apiRoot+"proposals", proposal("both")); strings.Contains(body, "team-b") {
		t.Errorf("it is told of whom the others are: %s", body)
	}

	all := decode[document.Reviews](t, x.ask(http.StatusOK, "reader", http.MethodGet, apiRoot+"reviews", ""))
	own := decode[document.Reviews](t, x.ask(http.StatusOK, "team-a", http.MethodGet, apiRoot+"reviews", ""))
	zones := func(doc document.Reviews) (all []string) {
		for _, r := range doc.Reviews {
			for _, z := range r.Zones {
				all = append(all, fmt.Sprint(r.Pull, " ", z.Zone))
			}
		}
		return all
	}
	if diff := cmp.Diff(zones(all), []string{"12 team-a.example.", "12 team-b.example.", "11 team-b.example.", "10 team-a.example."}); diff != "" || len(all.Reviews) != 4 {
		t.Errorf("reader: %d, %s", len(all.Reviews), diff)
	}
	if diff := cmp.Diff(zones(own), []string{"12 team-a.example.", "10 team-a.example."}); diff != "" || len(own.Reviews) != 2 {
		t.Errorf("team-a: %d, %s", len(own.Reviews), diff)
	}
	if some := decode[document.Reviews](t, x.ask(http.StatusOK, "team-a", http.MethodGet, apiRoot+"reviews?limit=1", "")); len(some.Reviews) != 1 {
		t.Errorf("%d reviews; want 1", len(some.Reviews))
	}
	for _, query := range []string{"pull=0", "pull=x", "pull=2147483648", "open=yes", "limit=0", "after=1"} {
		x.ask(http.StatusBadRequest, "reader", http.MethodGet, apiRoot+"reviews?"+query, "")
	}
}

// TestTooManyProposals fills their places, of which other requests need none.
func TestTooManyProposals(t *testing.T) {
	x := newTester(t)
	for range proposalsAtOnce {
		x.api.proposals <- struct{}{}
	}
	w := x.do(x.request("reader", http.MethodPost, apiRoot+"proposals", proposal("both")))
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "5" || w.Header().Get("WWW-Authenticate") != "" {
		t.Errorf("%d, %v", w.Code, w.Header())
	}
	x.ask(http.StatusOK, "reader", http.MethodGet, apiRoot+"reviews", "")
	x.ask(http.StatusOK, "operator", http.MethodPost, apiRoot+"verify", "{}")
	if len(x.api.slow) != 0 {
		t.Errorf("%d places are still taken", len(x.api.slow))
	}
	<-x.api.proposals
	for range 2 {
		x.ask(http.StatusOK, "reader", http.MethodPost, apiRoot+"proposals", proposal("both"))
	}
}

// slowProposer takes its time to plan, and says when it was told to stop.
type slowProposer struct {
	*fakeEngine
	takes   time.Duration
	stopped chan error
}

func (e slowProposer) Propose(ctx context.Context, what ProposalRequest) ([]byte, error) {
	select {
	case <-time.After(e.takes):
		return e.fakeEngine.Propose(ctx, what)
	case <-ctx.Done():
		e.stopped <- ctx.Err()
		return nil, ctx.Err()
	}
}

// proposeOver sends a body that is announced as a proposal over a connection of its own, inside of a bubble.
func proposeOver(t *testing.T, body string, takes time.Duration, then func(x *tester, client net.Conn, stopped chan error)) {
	x := newTester(t)
	synctest.Test(t, func(t *testing.T) {
		stopped := make(chan error, 1)
		x.api.engine = slowProposer{x.engine, takes, stopped}
		s := newServer(x.api, nil)
		conns := &pipes{make(chan net.Conn)}
		go func() { _ = s.Serve(conns) }()
		defer s.Close()
		client, server := net.Pipe()
		conns.all <- server
		defer client.Close()
		if _, err := fmt.Fprintf(client, "POST %sproposals HTTP/1.1\r\nHost: zoneward.example\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
			apiRoot, x.tokens["reader"], len(proposal("both")), body); err != nil {
			t.Fatal(err)
		}
		then(x.on(t), client, stopped)
	})
}

// TestSlowProposal plans for longer than a body may take to arrive.
func TestSlowProposal(t *testing.T) {
	proposeOver(t, proposal("both"), bodyTime+requestTime+answerTime, func(x *tester, client net.Conn, _ chan error) {
		resp, err := http.ReadResponse(bufio.NewReader(client), nil)
		if err != nil {
			x.Fatal(err)
		}
		if resp.StatusCode != http.StatusOK {
			x.Errorf("%s", resp.Status)
		}
	})
}

// TestProposalThatNeverArrives is waited for as long as any other body, though it needs no more than the role to look.
func TestProposalThatNeverArrives(t *testing.T) {
	proposeOver(t, proposal("both")[:10], 0, func(x *tester, client net.Conn, _ chan error) {
		began := time.Now()
		resp, err := http.ReadResponse(bufio.NewReader(client), nil)
		if err != nil {
			x.Fatal(err)
		}
		if took := time.Since(began); resp.StatusCode != http.StatusBadRequest || took != bodyTime {
			x.Errorf("after %s: %s", took, resp.Status)
		}
	})
}

// TestAbandonedProposal is not planned on for nobody.
func TestAbandonedProposal(t *testing.T) {
	proposeOver(t, proposal("both"), time.Hour, func(x *tester, client net.Conn, stopped chan error) {
		synctest.Wait()
		began := time.Now()
		_ = client.Close()
		if err := <-stopped; !errors.Is(err, context.Canceled) || time.Since(began) != 0 {
			x.Errorf("after %s: %v", time.Since(began), err)
		}
	})
}
