package server

import (
	"errors"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
)

// Metrics are the daemon's, in a registry of their own. Labels are zones, providers, actions, guards and results, and never owner
// names, commits or text of errors. docs/daemon.md lists them.
type Metrics struct {
	registry *prometheus.Registry

	rounds        *prometheus.CounterVec
	roundSeconds  prometheus.Histogram
	sourceSuccess prometheus.Gauge
	zoneSuccess   *prometheus.GaugeVec
	zoneAttempt   *prometheus.GaugeVec
	zoneFailures  *prometheus.GaugeVec
	foreign       *prometheus.GaugeVec
	drift         *prometheus.GaugeVec
	waiting       *prometheus.GaugeVec
	pinned        *prometheus.GaugeVec
	blocked       *prometheus.GaugeVec
	pending       *prometheus.GaugeVec
	ready         *prometheus.GaugeVec
	observed      *prometheus.GaugeVec
	alerts        *prometheus.GaugeVec
	reconciled    *prometheus.CounterVec
	applied       *prometheus.CounterVec
	corrected     *prometheus.CounterVec
	refused       *prometheus.CounterVec
	verified      *prometheus.CounterVec
	held          *prometheus.GaugeVec
	requests      *prometheus.CounterVec
	requestTime   *prometheus.HistogramVec
}

// NewMetrics returns the metrics of a program of that version.
func NewMetrics(version string) *Metrics {
	zone, resource := []string{"zone", "provider"}, []string{"zone", "provider", "kind"}
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
	}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	buckets := prometheus.ExponentialBucketsRange(0.001, 300, 12)
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		rounds:   counter("zoneward_rounds_total", "Rounds of the loop, by result: success, or error if the source or the state could not be read.", "result"),
		roundSeconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "zoneward_round_duration_seconds", Help: "Time that a round of the loop took.", Buckets: buckets,
		}),
		sourceSuccess: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "zoneward_source_last_success_timestamp_seconds", Help: "When the source was last read, in Unix time.",
		}),
		zoneSuccess:  gauge("zoneward_zone_last_success_timestamp_seconds", "When the zone was last seen to be live as stated, in Unix time.", zone...),
		zoneAttempt:  gauge("zoneward_zone_last_attempt_timestamp_seconds", "When the zone was last planned, in Unix time.", zone...),
		zoneFailures: gauge("zoneward_zone_consecutive_failures", "Attempts in a row that ended with an error, a stale plan or a conflict.", zone...),
		foreign:      gauge("zoneward_zone_foreign_rrsets", "Live RRsets of the zone that are left to others.", zone...),
		drift:        gauge("zoneward_zone_drift_rrsets", "RRsets of the zone that were changed at the provider and are left so.", zone...),
		waiting:      gauge("zoneward_zone_waiting_rrsets", "RRsets of the zone that are served until their grace is over.", zone...),
		pinned:       gauge("zoneward_zone_pinned_rrsets", "RRsets of the zone that are pinned.", zone...),
		blocked:      gauge("zoneward_zone_blocked", "1 if the zone is in a state at its provider in which it cannot be written, such as a validation that is pending.", zone...),
		pending:      gauge("zoneward_zone_pending_changes", "Changes of the last plan that are not live.", zone...),
		ready:        gauge("zoneward_resource_ready", "1 if all resources of the kind that are declared for the domain are ready at the provider.", resource...),
		observed:     gauge("zoneward_resource_observation", "What the provider says of the resource, as a number; the lowest of several resources of the kind.", append(resource, "name")...),
		alerts:       gauge("zoneward_resource_alerts", "What a person should look at of the resources of the kind.", resource...),
		reconciled:   counter("zoneward_reconcile_total", "Zone plans by what became of them.", "provider", "result"),
		applied:      counter("zoneward_changes_applied_total", "Changes that were brought live.", "provider", "action"),
		corrected:    counter("zoneward_drift_corrected_total", "Changes brought live that put right what was changed at the provider.", "provider"),
		refused:      counter("zoneward_changes_refused_total", "Changes that the provider did not take.", "provider"),
		verified:     counter("zoneward_verifications_total", "Inquiries of name servers after an apply, by result: success, failure, or rolled_back.", "provider", "result"),
		held:         gauge("zoneward_zone_held", "1 if the guard holds the zone's plan.", "zone", "provider", "guard"),
		requests:     counter("zoneward_provider_requests_total", "Requests to providers, retries included.", "provider", "operation", "result"),
		requestTime: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "zoneward_provider_request_duration_seconds", Help: "Time that requests to providers took.", Buckets: buckets,
		}, []string{"provider", "operation"}),
	}
	build := gauge("zoneward_build_info", "1, with the version of the program.", "version", "go")
	build.WithLabelValues(version, runtime.Version()).Set(1)
	m.registry.MustRegister(build, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		m.rounds, m.roundSeconds, m.sourceSuccess, m.zoneSuccess, m.zoneAttempt, m.zoneFailures, m.foreign, m.drift, m.waiting, m.pinned, m.blocked, m.pending,
		m.ready, m.observed, m.alerts,
		m.reconciled, m.applied, m.corrected, m.refused, m.verified, m.held, m.requests, m.requestTime)
	return m
}

// Round notes what a round did.
func (m *Metrics) Round(r reconcile.Round) {
	m.roundSeconds.Observe(r.Took.Seconds())
	now := float64(time.Now().Unix())
	if r.Revision != "" {
		m.sourceSuccess.Set(now)
	}
	if r.Err != nil {
		m.rounds.WithLabelValues("error").Inc()
		return
	}
	m.rounds.WithLabelValues("success").Inc()
	for i, o := range r.Outcomes {
		m.zone(now, &r.Plan.Zones[i], o)
	}
}

// oneIf returns 1 for true.
func oneIf(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func (m *Metrics) zone(now float64, plan *reconcile.ZonePlan, o reconcile.Outcome) {
	zone, provider := o.Zone.String(), o.Target
	m.zoneAttempt.WithLabelValues(zone, provider).Set(now)
	m.reconciled.WithLabelValues(provider, string(o.Status)).Inc()
	m.blocked.WithLabelValues(zone, provider).Set(oneIf(o.State != nil))
	if plan.Err == nil && plan.State == nil && !plan.Unmoved { // otherwise nobody has counted
		m.foreign.WithLabelValues(zone, provider).Set(float64(plan.Foreign))
		m.drift.WithLabelValues(zone, provider).Set(float64(len(plan.Drift)))
		m.waiting.WithLabelValues(zone, provider).Set(float64(len(plan.Waiting)))
		m.pinned.WithLabelValues(zone, provider).Set(float64(len(plan.Pinned)))
	}
	m.pending.WithLabelValues(zone, provider).Set(float64(len(plan.Changes) - len(o.Changes)))
	for _, c := range o.Changes {
		m.applied.WithLabelValues(provider, string(c.Action)).Inc()
		if c.Cause == reconcile.CauseDrift || c.Cause == reconcile.CauseBoth {
			m.corrected.WithLabelValues(provider).Inc()
		}
	}
	for _, r := range o.Refused {
		m.refused.WithLabelValues(provider).Add(float64(len(r.Changes)))
	}
	if o.Verification != nil {
		m.verified.WithLabelValues(provider, verification(o)).Inc()
	}
	if plan.OfResources() && plan.Err == nil {
		m.resources(plan)
	}
	m.held.DeletePartialMatch(prometheus.Labels{"zone": zone, "provider": provider})
	for _, hold := range plan.Holds {
		m.held.WithLabelValues(zone, provider, string(hold.Guard)).Set(1)
	}
	switch o.Status {
	case reconcile.Applied, reconcile.Unchanged:
		m.zoneSuccess.WithLabelValues(zone, provider).Set(now)
		m.zoneFailures.WithLabelValues(zone, provider).Set(0)
	case reconcile.Failed, reconcile.Stale, reconcile.Conflict:
		m.zoneFailures.WithLabelValues(zone, provider).Inc()
	case reconcile.Held, reconcile.Interrupted:
	}
}

// verification is what asking the name servers came to, in a word.
func verification(o reconcile.Outcome) string {
	switch {
	case o.RolledBack:
		return "rolled_back"
	case o.Verification.OK():
		return "success"
	}
	return "failure"
}

// Call notes a request to a provider.
func (m *Metrics) Call(provider string, call providers.Call) {
	operation := string(call.Operation)
	m.requests.WithLabelValues(provider, operation, result(call.Err)).Inc()
	m.requestTime.WithLabelValues(provider, operation).Observe(call.Took.Seconds())
}

// result is the kind of an error, in a word.
func result(err error) string {
	if err == nil {
		return "success"
	}
	if _, busy := errors.AsType[*providers.BusyError](err); busy {
		return "busy"
	}
	for _, kind := range []struct {
		err  error
		word string
	}{
		{providers.ErrNoZone, "no_zone"},
		{providers.ErrNoResource, "no_resource"},
		{providers.ErrConflict, "conflict"},
		{providers.ErrInvalid, "invalid"},
		{providers.ErrUnsupported, "unsupported"},
		{providers.ErrAuth, "unauthorized"},
		{providers.ErrBlocked, "blocked"},
		{providers.ErrPartial, "partial"},
	} {
		if errors.Is(err, kind.err) {
			return kind.word
		}
	}
	return "error"
}
