package server

import (
	"errors"
	"log/slog"
	"net/http"
	"runtime"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
)

// Metrics are the daemon's, in a registry of their own. Labels are zones, providers, actions, guards and results, and never owner
// names or text of errors. docs/monitoring.md lists them. Its methods may be called concurrently.
type Metrics struct {
	registry *prometheus.Registry
	zones    *zoneCollector
	pulls    *pullCollector

	looked        prometheus.Gauge
	files         prometheus.Counter
	heartbeat     prometheus.GaugeFunc
	reconciled    *prometheus.CounterVec
	phases        *prometheus.HistogramVec
	waited        *prometheus.HistogramVec
	applied       *prometheus.CounterVec
	corrected     *prometheus.CounterVec
	refused       *prometheus.CounterVec
	verified      *prometheus.CounterVec
	guarded       *prometheus.CounterVec
	ready         *prometheus.GaugeVec
	observed      *prometheus.GaugeVec
	alerts        *prometheus.GaugeVec
	requests      *prometheus.CounterVec
	requestTime   *prometheus.HistogramVec
	throttled     *prometheus.CounterVec
	gitRequests   *prometheus.CounterVec
	gitTime       *prometheus.HistogramVec
	hooks         *prometheus.CounterVec
	reloaded      prometheus.Gauge
	reloadedAt    prometheus.Gauge
	notifications *prometheus.CounterVec
	undelivered   *prometheus.GaugeVec

	mu   sync.Mutex
	with map[reconcile.Ref]bool // those that have metrics of resources
}

// MetricsOptions say what the metrics are of.
type MetricsOptions struct {
	Version string
	// Health says when the loop last beat.
	Health *Health
	// Repository and Branch name the source, without credentials; empty for a directory.
	Repository, Branch string
	// Status is what the loop knows; nil until there is one, see Metrics.Watch.
	Status func() reconcile.LoopStatus
	// MostZones is up to how many zones on targets each has metrics of its own; 0 is 10,000. The sums are there in any case.
	MostZones int
	// Calendars are those of the policies.
	Calendars []reconcile.Calendar
}

// NewMetrics returns the metrics of a daemon.
func NewMetrics(opts MetricsOptions) *Metrics {
	resource := []string{"zone", "provider", "kind"}
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
	}
	one := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
	}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	histogram := func(name, help string, labels ...string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: prometheus.ExponentialBucketsRange(0.001, 300, 12)}, labels)
	}
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		with:     map[reconcile.Ref]bool{},
		zones:    newZoneCollector(opts),
		pulls:    newPullCollector(),
		looked:   one("zoneward_source_last_success_timestamp_seconds", "When the source was last read, in Unix time."),
		files:    prometheus.NewCounter(prometheus.CounterOpts{Name: "zoneward_zone_files_read_total", Help: "Zone files that were read, since their content was another one."}),
		heartbeat: prometheus.NewGaugeFunc(
			prometheus.GaugeOpts{Name: "zoneward_loop_heartbeat_timestamp_seconds", Help: "When the loop last said that it is alive, in Unix time."},
			func() float64 { return unix(opts.Health.lastBeat()) },
		),
		reconciled: counter("zoneward_reconcile_total", "Zone plans by what became of them.", "provider", "result"),
		phases: histogram("zoneward_reconcile_duration_seconds",
			"Time that the parts of the work took: fetch and parse of the source, read of a live zone, plan (with its reads), apply.", "phase", "provider"),
		waited:        histogram("zoneward_queue_wait_seconds", "Time that zones waited for their turn.", "trigger"),
		applied:       counter("zoneward_changes_applied_total", "Changes that were brought live.", "provider", "action"),
		corrected:     counter("zoneward_drift_corrected_total", "Changes brought live that put right what was changed at the provider.", "provider"),
		refused:       counter("zoneward_changes_refused_total", "Changes that the provider did not take.", "provider"),
		verified:      counter("zoneward_verifications_total", "Inquiries of name servers after an apply, by result: success, failure, or rolled_back.", "provider", "result"),
		guarded:       counter("zoneward_guard_blocked_total", "Plans that the guard held, each time.", "zone", "guard"),
		ready:         gauge("zoneward_resource_ready", "1 if all resources of the kind that are declared for the domain are ready at the provider.", resource...),
		observed:      gauge("zoneward_resource_observation", "What the provider says of the resource, as a number; the lowest of several resources of the kind.", append(resource, "name")...),
		alerts:        gauge("zoneward_resource_alerts", "What a person should look at of the resources of the kind.", resource...),
		requests:      counter("zoneward_provider_requests_total", "Requests to providers, retries included.", "provider", "operation", "result"),
		requestTime:   histogram("zoneward_provider_request_duration_seconds", "Time that requests to providers took.", "provider", "operation"),
		throttled:     counter("zoneward_provider_throttled_total", "Requests that the provider refused because there were too many.", "provider"),
		gitRequests:   counter("zoneward_git_request_total", "Contacts with the git server, by result: success, or error.", "op", "result"),
		gitTime:       histogram("zoneward_git_request_duration_seconds", "Time that contacts with the git server took.", "op"),
		hooks:         counter("zoneward_webhook_requests_total", "Hooks that came in.", "forge", "result"),
		reloaded:      one("zoneward_config_last_reload_successful", "1 if the configuration that is there now is in force, 0 if it was refused."),
		reloadedAt:    one("zoneward_config_last_reload_timestamp_seconds", "When the configuration in force was read, in Unix time."),
		notifications: counter("zoneward_notifications_total", "Notifications, by sink and what became of them.", "sink", "result"),
		undelivered:   gauge("zoneward_notifications_pending", "Notifications that wait to be delivered.", "sink"),
	}
	m.zones.gone = m.forgetResources
	build := gauge("zoneward_build_info", "1, with the version of the program.", "version", "go")
	build.WithLabelValues(opts.Version, runtime.Version()).Set(1)
	m.registry.MustRegister(build, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		m.zones, m.pulls, m.looked, m.files, m.heartbeat, m.reconciled, m.phases, m.waited, m.applied, m.corrected, m.refused, m.verified, m.guarded,
		m.ready, m.observed, m.alerts, m.requests, m.requestTime, m.throttled, m.gitRequests, m.gitTime, m.hooks, m.reloaded, m.reloadedAt,
		m.notifications, m.undelivered)
	return m
}

const (
	// mostScrapes is how many requests for the metrics are answered at the same time. Each has all of them in memory, 100 MB with 10,000 zones, as long as its
	// sender takes to read them.
	mostScrapes = 4
	// scrapeTime is how long that may be. Prometheus gives up after 10 seconds unless told otherwise.
	scrapeTime = 20 * time.Second
)

// handler answers /metrics. Something that is wrong with a metric leaves that one out, not all of them.
func (m *Metrics) handler(l *slog.Logger) http.Handler {
	opts := promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: mostScrapes}
	if l != nil {
		opts.ErrorLog = slog.NewLogLogger(l.Handler(), slog.LevelWarn)
	}
	metrics := promhttp.HandlerFor(m.registry, opts)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(scrapeTime)) // where there are no deadlines, as in a test, nobody is waiting
		metrics.ServeHTTP(w, r)
	})
}

// Watch says where the metrics of zones come from.
func (m *Metrics) Watch(status func() reconcile.LoopStatus) { m.zones.watch(status) }

// Configured says what a new configuration has.
func (m *Metrics) Configured(repository, branch string, mostZones int, calendars []reconcile.Calendar) {
	m.zones.configure(repository, branch, mostZones, calendars)
}

// Look notes a look at the source.
func (m *Metrics) Look(look reconcile.Look) {
	if look.Fetched > 0 {
		m.phases.WithLabelValues("fetch", "").Observe(look.Fetched.Seconds())
	}
	if look.Err != nil {
		return
	}
	m.looked.Set(unix(time.Now()))
	if look.Changed {
		m.phases.WithLabelValues("parse", "").Observe(look.Parsed.Seconds())
		m.files.Add(float64(look.Files))
	}
}

// Round notes what a round did.
func (m *Metrics) Round(r reconcile.Round) {
	m.waited.WithLabelValues(string(r.Trigger)).Observe(r.Waited.Seconds())
	if r.Err != nil {
		return
	}
	targets := map[string]bool{}
	for i, o := range r.Outcomes {
		m.outcome(&r.Plan.Zones[i], o)
		if !targets[o.Target] {
			targets[o.Target] = true
			m.phases.WithLabelValues("plan", o.Target).Observe(r.Planned.Seconds())
			m.phases.WithLabelValues("apply", o.Target).Observe(r.Applied.Seconds())
		}
	}
}

func (m *Metrics) outcome(plan *reconcile.ZonePlan, o reconcile.Outcome) {
	zone, provider := o.Zone.String(), o.Target
	m.reconciled.WithLabelValues(provider, string(o.Status)).Inc()
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
	if o.Status == reconcile.Held && m.zones.each() {
		for _, guard := range guardsOf(plan.Holds) {
			m.guarded.WithLabelValues(zone, string(guard)).Inc()
		}
	}
	if plan.OfResources() && plan.Err == nil {
		m.resources(plan)
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
	if _, busy := errors.AsType[*providers.BusyError](call.Err); busy {
		m.throttled.WithLabelValues(provider).Inc()
	}
	if call.Operation == providers.OperationFetch {
		m.phases.WithLabelValues("read", provider).Observe(call.Took.Seconds())
	}
}

// Git notes a contact with the git server.
func (m *Metrics) Git(operation string, took time.Duration, err error) {
	m.gitRequests.WithLabelValues(operation, success(err)).Inc()
	m.gitTime.WithLabelValues(operation).Observe(took.Seconds())
}

// Hook notes a hook of a forge.
func (m *Metrics) Hook(forge, result string) { m.hooks.WithLabelValues(forge, result).Inc() }

// Reload notes that a configuration was read, or refused.
func (m *Metrics) Reload(err error) {
	if err != nil {
		m.reloaded.Set(0)
		return
	}
	m.reloaded.Set(1)
	m.reloadedAt.Set(unix(time.Now()))
}

// Notification notes what became of a notification.
func (m *Metrics) Notification(sink, result string) {
	m.notifications.WithLabelValues(sink, result).Inc()
}

// Undelivered notes how many notifications wait.
func (m *Metrics) Undelivered(sink string, n int) {
	m.undelivered.WithLabelValues(sink).Set(float64(n))
}

func success(err error) string {
	if err != nil {
		return "error"
	}
	return "success"
}

// unix returns a time as metrics have it, 0 for none.
func unix(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}

// oneIf returns 1 for true.
func oneIf(b bool) float64 {
	if b {
		return 1
	}
	return 0
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
