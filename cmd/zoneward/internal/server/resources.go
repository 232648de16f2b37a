package server

import (
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
)

// resources notes how the resources of a domain at a provider are. All of them are of one kind, and their names are no labels: what is observed of several is
// the lowest value, which of a score and of a time that ends something is the worst.
func (m *Metrics) resources(plan *reconcile.ZonePlan) {
	labels := prometheus.Labels{"zone": plan.Zone.String(), "provider": plan.Target}
	for _, vec := range []*prometheus.GaugeVec{m.ready, m.observed, m.alerts} {
		vec.DeletePartialMatch(labels)
	}
	var kind providers.ResourceKind
	ready := true
	for what, live := range plan.Declared() {
		kind, ready = what.Kind, ready && live != nil
	}
	lowest := map[string]float64{}
	var names []string
	for _, r := range plan.Resources {
		kind, ready = r.Kind, ready && r.Status.Phase == providers.Ready
		for _, o := range r.Observed {
			names = append(names, o.Name)
			if value, seen := lowest[o.Name]; o.Metric && (!seen || o.Value < value) {
				lowest[o.Name] = o.Value
			}
		}
	}
	if kind == "" {
		return // there are none
	}
	zone, provider := labels["zone"], labels["provider"]
	m.ready.WithLabelValues(zone, provider, string(kind)).Set(oneIf(ready))
	for name, value := range lowest {
		m.observed.WithLabelValues(zone, provider, string(kind), name).Set(value)
	}
	alerts := 0
	for _, w := range plan.Warnings {
		if w.Rule == "blocked" || slices.Contains(names, w.Rule) { // a warning about something that is observed has its name as the rule
			alerts++
		}
	}
	m.alerts.WithLabelValues(zone, provider, string(kind)).Set(float64(alerts))
}
