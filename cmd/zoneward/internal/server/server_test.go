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
