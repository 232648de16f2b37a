package server

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// Pulls is how far the pull requests of the zones repository are.
type Pulls struct {
	// Phases is how many open ones there are of each phase: waiting, planning, failing, current.
	Phases map[string]int
	// Failing says that the forge could not be asked for them the last time.
	Failing bool
}

// pullCollector gives what is known of pull requests when it is asked for it; nothing if nobody plans any.
type pullCollector struct {
	mu   sync.Mutex
	pull func() (Pulls, bool)

	pulls, failing *prometheus.Desc
}

func newPullCollector() *pullCollector {
	return &pullCollector{
		pulls:   prometheus.NewDesc("zoneward_pull_requests", "Open pull requests by how far their plans are: waiting, planning, failing, current.", []string{"phase"}, nil),
		failing: prometheus.NewDesc("zoneward_forge_failing", "1 if the forge could not be asked for its pull requests the last time.", nil, nil),
	}
}

// WatchPulls says where the metrics of pull requests come from. It returns false where nobody plans any.
func (m *Metrics) WatchPulls(pulls func() (Pulls, bool)) {
	m.pulls.mu.Lock()
	defer m.pulls.mu.Unlock()
	m.pulls.pull = pulls
}

// Describe is prometheus.Collector's.
func (c *pullCollector) Describe(to chan<- *prometheus.Desc) {
	to <- c.pulls
	to <- c.failing
}

// Collect is prometheus.Collector's.
func (c *pullCollector) Collect(to chan<- prometheus.Metric) {
	c.mu.Lock()
	pull := c.pull
	c.mu.Unlock()
	if pull == nil {
		return
	}
	pulls, ok := pull()
	if !ok {
		return
	}
	for phase, n := range pulls.Phases {
		to <- prometheus.MustNewConstMetric(c.pulls, prometheus.GaugeValue, float64(n), phase)
	}
	failing := 0.0
	if pulls.Failing {
		failing = 1
	}
	to <- prometheus.MustNewConstMetric(c.failing, prometheus.GaugeValue, failing)
}
