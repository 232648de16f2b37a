package server

import (
	"cmp"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/zoneward/zoneward/reconcile"
)

// usualMostZones is up to how many zones on targets each has metrics of its own.
const usualMostZones = 10_000

// zoneCollector gives what the loop knows when it is asked for it: a zone that is gone leaves nothing behind.
type zoneCollector struct {
	mu                 sync.Mutex
	status             func() reconcile.LoopStatus
	repository, branch string
	most               int
	calendars          []reconcile.Calendar
	many               bool                       // more than most the last time
	gone               func(reconcile.LoopStatus) // is told what there is, and forgets the rest

	info, success, attempt, failures, managed, foreign, drift, waiting, pinned, blocked, pending, held, stones *prometheus.Desc
	zones, queued, running, failing, revision, window                                                          *prometheus.Desc
}

func newZoneCollector(opts MetricsOptions) *zoneCollector {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("zoneward_"+name, help, labels, nil)
	}
	zone := []string{"zone", "provider"}
	with := func(more ...string) []string { return append(zone[:2:2], more...) }
	return &zoneCollector{
		status: opts.Status, repository: opts.Repository, branch: opts.Branch, most: cmp.Or(opts.MostZones, usualMostZones), calendars: opts.Calendars,
		info:     desc("zone_info", "1, with the revision that the zone was last planned at, whether it is live as stated, and whether it is suspended.", with("revision", "ready", "suspended")...),
		success:  desc("zone_last_success_timestamp_seconds", "When the zone was last seen to be live as stated, in Unix time.", zone...),
		attempt:  desc("zone_last_attempt_timestamp_seconds", "When the zone was last planned, in Unix time.", zone...),
		failures: desc("zone_consecutive_failures", "Attempts in a row that ended with an error, a stale plan or a conflict.", zone...),
		managed:  desc("zone_managed_rrsets", "RRsets that the zone file states.", zone...),
		foreign:  desc("zone_foreign_rrsets", "Live RRsets of the zone that are left to others.", zone...),
		drift:    desc("zone_drift_rrsets", "RRsets of the zone that were changed at the provider and are left so, by what is the matter: missing, extra, or changed.", with("kind")...),
		waiting:  desc("zone_waiting_rrsets", "RRsets of the zone that are served until their grace is over.", zone...),
		pinned:   desc("zone_pinned_rrsets", "RRsets of the zone that are pinned.", zone...),
		blocked:  desc("zone_blocked", "1 if the zone is in a state at its provider in which it cannot be written, such as a validation that is pending.", zone...),
		pending:  desc("zone_pending_changes", "Changes of the last plan that are not live.", with("action")...),
		held:     desc("zone_held", "1 if the guard holds the zone's plan.", with("guard")...),
		stones:   desc("tombstones", "Tombstones that stand, by state: pending, or expired, which are due to be purged.", "zone", "state"),
		zones:    desc("zones", "Zones on targets by what became of them the last time; unknown if they were not looked at yet.", "provider", "status"),
		queued:   desc("queue_depth", "Groups of zones that wait for their turn.", "trigger"),
		running:  desc("queue_running", "Groups of zones that are worked on."),
		failing:  desc("source_failing", "1 if the source cannot be read."),
		revision: desc("git_revision_info", "1, with the commit that is worked on.", "repo", "branch", "sha"),
		window:   desc("sync_window_active", "1 if a freeze of that kind keeps some zones from being written now.", "kind"),
	}
}

func (c *zoneCollector) watch(status func() reconcile.LoopStatus) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.status = status
}

func (c *zoneCollector) configure(repository, branch string, most int, calendars []reconcile.Calendar) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.repository, c.branch, c.most, c.calendars = repository, branch, cmp.Or(most, usualMostZones), calendars
}

// each reports whether each zone has metrics of its own.
func (c *zoneCollector) each() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.many
}

// Describe is prometheus.Collector's.
func (c *zoneCollector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		c.info, c.success, c.attempt, c.failures, c.managed, c.foreign, c.drift, c.waiting, c.pinned, c.blocked, c.pending, c.held, c.stones,
		c.zones, c.queued, c.running, c.failing, c.revision, c.window,
	} {
		to <- d
	}
}

// Collect is prometheus.Collector's.
func (c *zoneCollector) Collect(to chan<- prometheus.Metric) {
	c.mu.Lock()
	status, repository, branch, most, calendars := c.status, c.repository, c.branch, c.most, c.calendars
	c.mu.Unlock()
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	closed := false
	for _, calendar := range calendars {
		reason, _ := calendar.Closed(time.Now())
		closed = closed || reason != ""
	}
	gauge(c.window, oneIf(closed), "freeze")
	if status == nil {
		return
	}
	s := status()
	c.gone(s)
	for _, trigger := range reconcile.Triggers {
		gauge(c.queued, float64(s.Queued[trigger]), string(trigger))
	}
	gauge(c.running, float64(s.Running))
	gauge(c.failing, oneIf(s.SourceErr != nil))
	if repository != "" && s.Revision != "" {
		gauge(c.revision, 1, repository, branch, s.Revision)
	}
	many := len(s.Zones) > most
	c.mu.Lock()
	c.many = many
	c.mu.Unlock()
	sums := map[[2]string]int{}
	stones := map[string][2]int{}
	for i := range s.Zones {
		z := &s.Zones[i]
		sums[[2]string{z.Target, string(cmp.Or(z.Status, "unknown"))}]++
		if many {
			continue
		}
		c.zone(gauge, z)
		if z.Tombstones > 0 {
			n := stones[z.Zone.String()]
			stones[z.Zone.String()] = [2]int{n[0] + z.Tombstones - z.Expired, n[1] + z.Expired}
		}
	}
	for labels, n := range sums {
		gauge(c.zones, float64(n), labels[0], labels[1])
	}
	for zone, n := range stones {
		gauge(c.stones, float64(n[0]), zone, "pending")
		gauge(c.stones, float64(n[1]), zone, "expired")
	}
}

// zone gives what is known of one zone on one target.
func (c *zoneCollector) zone(gauge func(d *prometheus.Desc, value float64, labels ...string), z *reconcile.ZoneStatus) {
	zone, provider := z.Zone.String(), z.Target
	ready := z.Status == reconcile.Applied || z.Status == reconcile.Unchanged
	gauge(c.info, 1, zone, provider, z.Revision, strconv.FormatBool(ready), strconv.FormatBool(z.Suspended))
	if !z.Succeeded.IsZero() {
		gauge(c.success, unix(z.Succeeded), zone, provider)
	}
	if !z.Attempted.IsZero() {
		gauge(c.attempt, unix(z.Attempted), zone, provider)
	}
	gauge(c.failures, float64(z.Failures), zone, provider)
	gauge(c.managed, float64(z.Managed), zone, provider)
	gauge(c.foreign, float64(z.Foreign), zone, provider)
	plan := z.Plan
	if plan == nil {
		plan = &reconcile.ZonePlan{}
	}
	gauge(c.waiting, float64(len(plan.Waiting)), zone, provider)
	gauge(c.pinned, float64(len(plan.Pinned)), zone, provider)
	gauge(c.blocked, oneIf(plan.State != nil), zone, provider)
	drift := map[string]int{"missing": 0, "extra": 0, "changed": 0}
	for _, change := range plan.Drift {
		drift[driftKind(change)]++
	}
	for kind, n := range drift {
		gauge(c.drift, float64(n), zone, provider, kind)
	}
	pending := map[reconcile.Action]int{}
	for _, change := range plan.Changes {
		pending[change.Action]++
	}
	for _, action := range []reconcile.Action{reconcile.Create, reconcile.Update, reconcile.Retire, reconcile.Restore, reconcile.Purge} {
		gauge(c.pending, float64(pending[action]), zone, provider, string(action))
	}
	for _, guard := range guardsOf(plan.Holds) {
		gauge(c.held, 1, zone, provider, string(guard))
	}
}

// guardsOf returns the guards that hold a plan, each once: one may have several reasons, and a series that is there twice spoils all metrics.
func guardsOf(holds []reconcile.Hold) []reconcile.Guard {
	var guards []reconcile.Guard
	for _, hold := range holds {
		if !slices.Contains(guards, hold.Guard) {
			guards = append(guards, hold.Guard)
		}
	}
	return guards
}

// driftKind says what is the matter with what was changed at a provider, given the change that would put it right.
func driftKind(c reconcile.Change) string {
	switch {
	case c.Old == nil && c.Resource == nil:
		return "missing"
	case c.New == nil && c.Resource == nil:
		return "extra"
	}
	return "changed"
}
