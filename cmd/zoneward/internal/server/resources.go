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
	m.mu.Lock()
	defer m.mu.Unlock()
	m.forgetResource(plan.Ref)
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
	m.with[plan.Ref] = true
	zone, provider := plan.Zone.String(), plan.Target
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

// forgetResource removes the metrics of the resources that a domain has at a provider. The lock is held.
func (m *Metrics) forgetResource(ref reconcile.Ref) {
	delete(m.with, ref)
	labels := prometheus.Labels{"zone": ref.Zone.String(), "provider": ref.Target}
	for _, vec := range []*prometheus.GaugeVec{m.ready, m.observed, m.alerts} {
		vec.DeletePartialMatch(labels)
	}
}

// forgetResources removes the metrics of what the loop does not know any more, and nobody is going to plan again. Before the source was read it knows nothing.
func (m *Metrics) forgetResources(s reconcile.LoopStatus) {
	if s.Revision == "" {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for ref := range m.with {
		if _, known := slices.BinarySearchFunc(s.Zones, ref, func(z reconcile.ZoneStatus, ref reconcile.Ref) int { return z.Compare(ref) }); !known {
			m.forgetResource(ref)
		}
	}
}
