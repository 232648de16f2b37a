package server

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

func TestHealth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHealth(time.Minute)
		status := func(handler http.HandlerFunc) int {
			w := httptest.NewRecorder()
			handler(w, httptest.NewRequest(http.MethodGet, "/", nil))
			return w.Code
		}
		check := func(when string, live, ready int) {
			t.Helper()
			if l, r := status(h.live), status(h.readiness); l != live || r != ready {
				t.Errorf("%s: live %d, ready %d; want %d, %d", when, l, r, live, ready)
			}
		}
		check("at the start", 200, 503)
		h.Round(reconcile.Round{Err: errors.New("no source")})
		check("the source cannot be read", 200, 503)
		h.Round(reconcile.Round{})
		check("after a round", 200, 200)
		h.Round(reconcile.Round{Err: errors.New("no source")})
		check("the source is gone again", 200, 200)
		time.Sleep(61 * time.Second)
		check("no round ends", 503, 200)
	})
}

func TestMetrics(t *testing.T) {
	m := NewMetrics("v1.2.3")
	ref := reconcile.Ref{Zone: zonefile.MustParseName("example.com."), Target: "pdns"}
	plan := &reconcile.Plan{Zones: []reconcile.ZonePlan{{
		Ref: ref, Foreign: 2, Changes: make([]reconcile.Change, 3), Holds: []reconcile.Hold{{Guard: reconcile.GuardSOA}},
	}}}
	m.Round(reconcile.Round{Revision: "c1", Plan: plan, Outcomes: []reconcile.Outcome{{Ref: ref, Status: reconcile.Held}}})
	m.Round(reconcile.Round{Revision: "c1", Plan: plan, Outcomes: []reconcile.Outcome{{Ref: ref, Status: reconcile.Failed}}})
	m.Round(reconcile.Round{Err: errors.New("no source")})
	m.Call("pdns", providers.Call{Operation: providers.OperationFetch, Took: time.Second, Err: providers.ErrAuth})
	m.Call("pdns", providers.Call{Operation: providers.OperationFetch, Err: &providers.BusyError{}})

	want := `
# HELP zoneward_provider_requests_total Requests to providers, retries included.
# TYPE zoneward_provider_requests_total counter
zoneward_provider_requests_total{operation="fetch",provider="pdns",result="busy"} 1
zoneward_provider_requests_total{operation="fetch",provider="pdns",result="unauthorized"} 1
# HELP zoneward_reconcile_total Zone plans by what became of them.
# TYPE zoneward_reconcile_total counter
zoneward_reconcile_total{provider="pdns",result="failed"} 1
zoneward_reconcile_total{provider="pdns",result="held"} 1
# HELP zoneward_rounds_total Rounds of the loop, by result: success, or error if the source or the state could not be read.
# TYPE zoneward_rounds_total counter
zoneward_rounds_total{result="error"} 1
zoneward_rounds_total{result="success"} 2
# HELP zoneward_zone_consecutive_failures Attempts in a row that ended with an error, a stale plan or a conflict.
# TYPE zoneward_zone_consecutive_failures gauge
zoneward_zone_consecutive_failures{provider="pdns",zone="example.com."} 1
# HELP zoneward_zone_held 1 if the guard holds the zone's plan.
# TYPE zoneward_zone_held gauge
zoneward_zone_held{guard="soa",provider="pdns",zone="example.com."} 1
# HELP zoneward_zone_pending_changes Changes of the last plan that are not live.
# TYPE zoneward_zone_pending_changes gauge
zoneward_zone_pending_changes{provider="pdns",zone="example.com."} 3
`
	if err := testutil.GatherAndCompare(m.registry, strings.NewReader(want), "zoneward_provider_requests_total", "zoneward_reconcile_total", "zoneward_rounds_total",
		"zoneward_zone_consecutive_failures", "zoneward_zone_held", "zoneward_zone_pending_changes"); err != nil {
		t.Error(err)
	}
	problems, err := testutil.GatherAndLint(m.registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

func TestMetricsOfWhatIsLeft(t *testing.T) {
	m := NewMetrics("v1.2.3")
	ref := reconcile.Ref{Zone: zonefile.MustParseName("example.com."), Target: "pdns"}
	left := &reconcile.Plan{Zones: []reconcile.ZonePlan{{
		Ref: ref, Foreign: 2, Changes: make([]reconcile.Change, 3), Drift: make([]reconcile.Change, 4), Waiting: make([]reconcile.Waiting, 5), Pinned: make([]reconcile.Pin, 6),
	}}}
	drift, both := reconcile.Change{Action: reconcile.Update, Cause: reconcile.CauseDrift}, reconcile.Change{Action: reconcile.Update, Cause: reconcile.CauseBoth}
	m.Round(reconcile.Round{Revision: "c1", Plan: left, Outcomes: []reconcile.Outcome{{
		Ref: ref, Status: reconcile.Applied, Changes: []reconcile.Change{drift, both, {Action: reconcile.Create, Cause: reconcile.CauseGit}},
		Refused:      []reconcile.Refusal{{Changes: make([]reconcile.Change, 2)}},
		Verification: &reconcile.Verification{Servers: make([]reconcile.ServerAnswer, 2)},
	}}})
	// What nobody has counted stays as it was.
	other := &reconcile.Plan{Zones: []reconcile.ZonePlan{{Ref: ref, Unmoved: true}}}
	m.Round(reconcile.Round{Revision: "c1", Plan: other, Outcomes: []reconcile.Outcome{{Ref: ref, Status: reconcile.Unchanged, Verification: &reconcile.Verification{}}}})
	other = &reconcile.Plan{Zones: []reconcile.ZonePlan{{Ref: ref, Err: errors.New("down")}}}
	m.Round(reconcile.Round{Revision: "c1", Plan: other, Outcomes: []reconcile.Outcome{{Ref: ref, Status: reconcile.Failed, Verification: &reconcile.Verification{}, RolledBack: true}}})
	state := &reconcile.State{Name: "pending_validation"}
	other = &reconcile.Plan{Zones: []reconcile.ZonePlan{{Ref: ref, State: state}}}
	m.Round(reconcile.Round{Revision: "c1", Plan: other, Outcomes: []reconcile.Outcome{{Ref: ref, Status: reconcile.Held, State: state}}})

	want := `
# HELP zoneward_changes_applied_total Changes that were brought live.
# TYPE zoneward_changes_applied_total counter
zoneward_changes_applied_total{action="create",provider="pdns"} 1
zoneward_changes_applied_total{action="update",provider="pdns"} 2
# HELP zoneward_changes_refused_total Changes that the provider did not take.
# TYPE zoneward_changes_refused_total counter
zoneward_changes_refused_total{provider="pdns"} 2
# HELP zoneward_drift_corrected_total Changes brought live that put right what was changed at the provider.
# TYPE zoneward_drift_corrected_total counter
zoneward_drift_corrected_total{provider="pdns"} 2
# HELP zoneward_verifications_total Inquiries of name servers after an apply, by result: success, failure, or rolled_back.
# TYPE zoneward_verifications_total counter
zoneward_verifications_total{provider="pdns",result="failure"} 1
zoneward_verifications_total{provider="pdns",result="rolled_back"} 1
zoneward_verifications_total{provider="pdns",result="success"} 1
# HELP zoneward_zone_blocked 1 if the zone is in a state at its provider in which it cannot be written, such as a validation that is pending.
# TYPE zoneward_zone_blocked gauge
zoneward_zone_blocked{provider="pdns",zone="example.com."} 1
# HELP zoneward_zone_drift_rrsets RRsets of the zone that were changed at the provider and are left so.
# TYPE zoneward_zone_drift_rrsets gauge
zoneward_zone_drift_rrsets{provider="pdns",zone="example.com."} 4
# HELP zoneward_zone_foreign_rrsets Live RRsets of the zone that are left to others.
# TYPE zoneward_zone_foreign_rrsets gauge
zoneward_zone_foreign_rrsets{provider="pdns",zone="example.com."} 2
# HELP zoneward_zone_pinned_rrsets RRsets of the zone that are pinned.
# TYPE zoneward_zone_pinned_rrsets gauge
zoneward_zone_pinned_rrsets{provider="pdns",zone="example.com."} 6
# HELP zoneward_zone_waiting_rrsets RRsets of the zone that are served until their grace is over.
# TYPE zoneward_zone_waiting_rrsets gauge
zoneward_zone_waiting_rrsets{provider="pdns",zone="example.com."} 5
`
	if err := testutil.GatherAndCompare(m.registry, strings.NewReader(want), "zoneward_changes_applied_total", "zoneward_changes_refused_total",
		"zoneward_drift_corrected_total", "zoneward_verifications_total", "zoneward_zone_blocked", "zoneward_zone_drift_rrsets", "zoneward_zone_foreign_rrsets",
		"zoneward_zone_pinned_rrsets", "zoneward_zone_waiting_rrsets"); err != nil {
		t.Error(err)
	}
}

func TestServe(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s, err := Listen(ctx, "127.0.0.1:0", NewHealth(time.Minute), NewMetrics("v1.2.3"))
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx) }()
	for path, want := range map[string]string{"/healthz": "ok", "/readyz": "not been read", "/metrics": `zoneward_build_info{`, "/": "not found"} {
		resp, err := http.Get("http://" + s.Addr() + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || !strings.Contains(string(body), want) {
			t.Errorf("%s: %s, %v; want %q", path, body, err, want)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("Serve: %v; want nil after ctx is done", err)
	}
	if _, err := Listen(t.Context(), "127.0.0.1:99999", nil, NewMetrics("")); err == nil || !strings.Contains(err.Error(), "listen on 127.0.0.1:99999") {
		t.Errorf("error %v; want the address in it", err)
	}
}
