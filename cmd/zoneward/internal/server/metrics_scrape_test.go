package server

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/zoneward/zoneward/reconcile"
)

// One guard may hold a plan for two reasons, as last-ns does that of a zone which two registrars delegate to.
func TestMetricsOfAGuardWithTwoReasons(t *testing.T) {
	m := newMetrics()
	plan := reconcile.ZonePlan{Ref: pdns, Holds: []reconcile.Hold{{Guard: reconcile.GuardLastNS, Reason: "one"}, {Guard: reconcile.GuardLastNS, Reason: "other"}}}
	m.Watch(func() reconcile.LoopStatus {
		return reconcile.LoopStatus{Zones: []reconcile.ZoneStatus{{Ref: pdns, Plan: &plan}}}
	})
	m.Round(reconcile.Round{Plan: &reconcile.Plan{Zones: []reconcile.ZonePlan{plan}}, Outcomes: []reconcile.Outcome{{Ref: pdns, Status: reconcile.Held}}})
	compare(t, m, `
zoneward_guard_blocked_total{guard="last-ns",zone="example.com."} 1
zoneward_zone_held{guard="last-ns",provider="pdns",zone="example.com."} 1
`, "zoneward_guard_blocked_total", "zoneward_zone_held")
}

// What is wrong with one metric is no reason to have none.
func TestMetricsBesideOneThatIsWrong(t *testing.T) {
	m := newMetrics()
	m.Watch(func() reconcile.LoopStatus { // a zone that is there twice
		return reconcile.LoopStatus{Zones: []reconcile.ZoneStatus{{Ref: pdns}, {Ref: pdns}}}
	})
	address := startServer(t, m)
	resp, err := http.Get("http://" + address + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK || !bytes.Contains(body, []byte("zoneward_build_info{")) || err != nil {
		t.Errorf("%s, %v:\n%.200s\nwant the metrics that can be told", resp.Status, err, body)
	}
}

// Many who ask for all metrics at once take neither the memory nor the answers of others.
func TestScrapesAtOnce(t *testing.T) {
	m := newMetrics()
	asked, end := make(chan struct{}, mostScrapes+1), make(chan struct{})
	m.Watch(func() reconcile.LoopStatus {
		asked <- struct{}{}
		<-end
		return reconcile.LoopStatus{}
	})
	address := startServer(t, m)
	var scrapes sync.WaitGroup
	defer scrapes.Wait()
	defer close(end)
	for range mostScrapes {
		scrapes.Go(func() {
			if resp, err := http.Get("http://" + address + "/metrics"); err == nil {
				_ = resp.Body.Close()
			}
		})
		<-asked
	}
	client := http.Client{Timeout: 10 * time.Second}
	for path, want := range map[string]int{"/metrics": http.StatusServiceUnavailable, "/healthz": http.StatusOK} {
		resp, err := client.Get("http://" + address + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s: %s; want %d", path, resp.Status, want)
		}
	}
}

// startServer serves metrics until the test ends, and returns where.
func startServer(t *testing.T, m *Metrics) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	s, err := Listen(ctx, Options{Address: "127.0.0.1:0", Health: NewHealth(time.Minute), Metrics: m})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return s.Addr()
}
