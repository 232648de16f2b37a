package server

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

func newMetrics() *Metrics {
	return NewMetrics(MetricsOptions{Version: "v1.2.3", Health: NewHealth(time.Minute)})
}

// compare compares some metrics with what is wanted of them, in the format of Prometheus without comments.
func compare(t *testing.T, m *Metrics, want string, names ...string) {
	t.Helper()
	families, err := m.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, family := range families {
		for _, name := range names {
			if family.GetName() == name {
				fmt.Fprintf(&text, "# HELP %s %s\n# TYPE %s %s\n", name, family.GetHelp(), name, strings.ToLower(family.GetType().String()))
			}
		}
	}
	if err := testutil.GatherAndCompare(m.registry, strings.NewReader(text.String()+want), names...); err != nil {
		t.Error(err)
	}
}

var pdns = reconcile.Ref{Zone: zonefile.MustParseName("example.com."), Target: "pdns"}

func TestMetricsCount(t *testing.T) {
	m := newMetrics()
	plan := &reconcile.Plan{Zones: []reconcile.ZonePlan{{Ref: pdns, Changes: make([]reconcile.Change, 3), Holds: []reconcile.Hold{{Guard: reconcile.GuardSOA}}}}}
	round := func(o reconcile.Outcome) {
		o.Ref = pdns
		m.Round(reconcile.Round{Trigger: reconcile.TriggerSource, Waited: time.Second, Plan: plan, Outcomes: []reconcile.Outcome{o}})
	}
	drift, both := reconcile.Change{Action: reconcile.Update, Cause: reconcile.CauseDrift}, reconcile.Change{Action: reconcile.Update, Cause: reconcile.CauseBoth}
	round(reconcile.Outcome{Status: reconcile.Held})
	round(reconcile.Outcome{Status: reconcile.Failed, Verification: &reconcile.Verification{}, RolledBack: true})
	round(reconcile.Outcome{
		Status: reconcile.Applied, Changes: []reconcile.Change{drift, both, {Action: reconcile.Create, Cause: reconcile.CauseGit}},
		Refused:      []reconcile.Refusal{{Changes: make([]reconcile.Change, 2)}},
		Verification: &reconcile.Verification{Servers: make([]reconcile.ServerAnswer, 2)},
	})
	round(reconcile.Outcome{Status: reconcile.Unchanged, Verification: &reconcile.Verification{}})
	m.Round(reconcile.Round{Trigger: reconcile.TriggerDrift, Err: errors.New("no state")})
	m.Call("pdns", providers.Call{Operation: providers.OperationFetch, Took: time.Second, Err: providers.ErrAuth})
	m.Call("pdns", providers.Call{Operation: providers.OperationFetch, Err: &providers.BusyError{}})
	m.Git("fetch", time.Second, nil)
	m.Git("ls-remote", time.Second, errors.New("down"))
	m.Hook("github", "accepted")
	m.Notification("ops", "delivered")
	m.Undelivered("ops", 2)
	m.Reload(nil)
	m.Reload(errors.New("bad"))
	m.Look(reconcile.Look{Changed: true, Files: 3})
	m.Look(reconcile.Look{Err: errors.New("gone"), Files: 5})
	compare(t, m, `
zoneward_changes_applied_total{action="create",provider="pdns"} 1
zoneward_changes_applied_total{action="update",provider="pdns"} 2
zoneward_changes_refused_total{provider="pdns"} 2
zoneward_config_last_reload_successful 0
zoneward_drift_corrected_total{provider="pdns"} 2
zoneward_git_request_total{op="fetch",result="success"} 1
zoneward_git_request_total{op="ls-remote",result="error"} 1
zoneward_guard_blocked_total{guard="soa",zone="example.com."} 1
zoneward_notifications_pending{sink="ops"} 2
zoneward_notifications_total{result="delivered",sink="ops"} 1
zoneward_provider_requests_total{operation="fetch",provider="pdns",result="busy"} 1
zoneward_provider_requests_total{operation="fetch",provider="pdns",result="unauthorized"} 1
zoneward_provider_throttled_total{provider="pdns"} 1
zoneward_reconcile_total{provider="pdns",result="applied"} 1
zoneward_reconcile_total{provider="pdns",result="failed"} 1
zoneward_reconcile_total{provider="pdns",result="held"} 1
zoneward_reconcile_total{provider="pdns",result="unchanged"} 1
zoneward_verifications_total{provider="pdns",result="failure"} 1
zoneward_verifications_total{provider="pdns",result="rolled_back"} 1
zoneward_verifications_total{provider="pdns",result="success"} 1
zoneward_webhook_requests_total{forge="github",result="accepted"} 1
zoneward_zone_files_read_total 3
`, "zoneward_changes_applied_total", "zoneward_changes_refused_total", "zoneward_config_last_reload_successful", "zoneward_drift_corrected_total",
		"zoneward_git_request_total", "zoneward_guard_blocked_total", "zoneward_notifications_pending", "zoneward_notifications_total",
		"zoneward_provider_requests_total", "zoneward_provider_throttled_total", "zoneward_reconcile_total", "zoneward_verifications_total", "zoneward_webhook_requests_total", "zoneward_zone_files_read_total")
	for histogram, want := range map[string]int{
		"zoneward_queue_wait_seconds": 2, "zoneward_reconcile_duration_seconds": 4, "zoneward_git_request_duration_seconds": 2,
	} {
		if n, err := testutil.GatherAndCount(m.registry, histogram); n != want || err != nil {
			t.Errorf("%s: %d series, %v; want %d", histogram, n, err, want)
		}
	}
	lint(t, m)
}

// lint holds names and help against the conventions of Prometheus.
func lint(t *testing.T, m *Metrics) {
	t.Helper()
	problems, err := testutil.GatherAndLint(m.registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

func TestMetricsOfZones(t *testing.T) {
	m := newMetrics()
	set := zonefile.MustParseRRset("www.example.com. 300 A", "192.0.2.1")
	change := func(action reconcile.Action, old, now *zonefile.RRset) reconcile.Change {
		return reconcile.Change{Kind: reconcile.KindRRset, Action: action, Key: set.Key, Old: old, New: now}
	}
	status := reconcile.LoopStatus{
		Revision: "c1", Queued: map[reconcile.Trigger]int{reconcile.TriggerSource: 2}, Running: 1, SourceErr: errors.New("down"),
		Zones: []reconcile.ZoneStatus{{
			Ref: pdns, Status: reconcile.Held, Revision: "c1", Attempted: time.Unix(100, 0), Succeeded: time.Unix(50, 0), Failures: 3, Managed: 7, Foreign: 2,
			Suspended: true, Tombstones: 5, Expired: 2,
			Plan: &reconcile.ZonePlan{
				Changes: []reconcile.Change{change(reconcile.Create, nil, &set), change(reconcile.Retire, &set, nil)},
				Holds:   []reconcile.Hold{{Guard: reconcile.GuardSOA}, {Guard: reconcile.GuardSuspended}},
				Drift:   []reconcile.Change{change(reconcile.Create, nil, &set), change(reconcile.Retire, &set, nil), change(reconcile.Update, &set, &set)},
				Waiting: make([]reconcile.Waiting, 4), Pinned: make([]reconcile.Pin, 6), State: &reconcile.State{Name: "pending"},
			},
		}, {Ref: reconcile.Ref{Zone: pdns.Zone, Target: "ns1"}}},
	}
	m.Watch(func() reconcile.LoopStatus { return status })
	m.Configured("https://git.example.com/zones", "main", 0, nil)
	only := "zoneward_zone_info zoneward_zone_last_success_timestamp_seconds zoneward_zone_last_attempt_timestamp_seconds zoneward_zone_held zoneward_zone_drift_rrsets zoneward_tombstones zoneward_zones zoneward_queue_depth zoneward_source_failing zoneward_git_revision_info"
	compare(t, m, `
zoneward_git_revision_info{branch="main",repo="https://git.example.com/zones",sha="c1"} 1
zoneward_queue_depth{trigger="drift"} 0
zoneward_queue_depth{trigger="due"} 0
zoneward_queue_depth{trigger="request"} 0
zoneward_queue_depth{trigger="retry"} 0
zoneward_queue_depth{trigger="source"} 2
zoneward_source_failing 1
zoneward_tombstones{state="expired",zone="example.com."} 2
zoneward_tombstones{state="pending",zone="example.com."} 3
zoneward_zone_drift_rrsets{kind="changed",provider="ns1",zone="example.com."} 0
zoneward_zone_drift_rrsets{kind="changed",provider="pdns",zone="example.com."} 1
zoneward_zone_drift_rrsets{kind="extra",provider="ns1",zone="example.com."} 0
zoneward_zone_drift_rrsets{kind="extra",provider="pdns",zone="example.com."} 1
zoneward_zone_drift_rrsets{kind="missing",provider="ns1",zone="example.com."} 0
zoneward_zone_drift_rrsets{kind="missing",provider="pdns",zone="example.com."} 1
zoneward_zone_held{guard="soa",provider="pdns",zone="example.com."} 1
zoneward_zone_held{guard="suspended",provider="pdns",zone="example.com."} 1
zoneward_zone_info{provider="ns1",ready="false",revision="",suspended="false",zone="example.com."} 1
zoneward_zone_info{provider="pdns",ready="false",revision="c1",suspended="true",zone="example.com."} 1
zoneward_zone_last_attempt_timestamp_seconds{provider="pdns",zone="example.com."} 100
zoneward_zone_last_success_timestamp_seconds{provider="pdns",zone="example.com."} 50
zoneward_zones{provider="ns1",status="unknown"} 1
zoneward_zones{provider="pdns",status="held"} 1
`, strings.Fields(only)...)
	lint(t, m)

	t.Run("too many to have metrics of their own", func(t *testing.T) {
		m.Configured("", "", 1, nil)
		if n, err := testutil.GatherAndCount(m.registry, "zoneward_zone_info", "zoneward_zone_held"); n != 0 || err != nil {
			t.Errorf("%d series of zones, %v; want none", n, err)
		}
		compare(t, m, `
zoneward_zones{provider="ns1",status="unknown"} 1
zoneward_zones{provider="pdns",status="held"} 1
`, "zoneward_zones")
		m.Round(reconcile.Round{
			Plan:     &reconcile.Plan{Zones: []reconcile.ZonePlan{{Ref: pdns, Holds: []reconcile.Hold{{Guard: reconcile.GuardSOA}}}}},
			Outcomes: []reconcile.Outcome{{Ref: pdns, Status: reconcile.Held}},
		})
		if n, err := testutil.GatherAndCount(m.registry, "zoneward_guard_blocked_total"); n != 0 || err != nil {
			t.Errorf("%d series of guards, %v; want none", n, err)
		}
	})
}

func TestMetricsOfWindows(t *testing.T) {
	m := newMetrics()
	window, err := reconcile.ParseWindow(reconcile.WindowSpec{When: "Mon-Sun"})
	if err != nil {
		t.Fatal(err)
	}
	for active, calendars := range map[string][]reconcile.Calendar{"0": {{}}, "1": {{}, reconcile.NewCalendar(window)}} {
		m.Configured("", "", 0, calendars)
		compare(t, m, `zoneward_sync_window_active{kind="freeze"} `+active+"\n", "zoneward_sync_window_active")
	}
}
