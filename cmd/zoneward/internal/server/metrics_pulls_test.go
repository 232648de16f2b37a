package server

import (
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"
)

func TestMetricsOfPullRequests(t *testing.T) {
	m := NewMetrics(MetricsOptions{Health: NewHealth(0)})
	planned := false
	m.WatchPulls(func() (Pulls, bool) {
		return Pulls{Failing: true, Phases: map[string]int{"waiting": 3, "current": 1}}, planned
	})
	names := []string{"zoneward_pull_requests", "zoneward_forge_failing"}
	if err := testutil.GatherAndCompare(m.registry, strings.NewReader(""), names...); err != nil {
		t.Errorf("where nobody plans any: %v", err)
	}
	planned = true
	if err := testutil.GatherAndCompare(m.registry, strings.NewReader(`
# HELP zoneward_forge_failing 1 if the forge could not be asked for its pull requests the last time.
# TYPE zoneward_forge_failing gauge
zoneward_forge_failing 1
# HELP zoneward_pull_requests Open pull requests by how far their plans are: waiting, planning, failing, current.
# TYPE zoneward_pull_requests gauge
zoneward_pull_requests{phase="current"} 1
zoneward_pull_requests{phase="waiting"} 3
`), names...); err != nil {
		t.Error(err)
	}
}
