package server

import (
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

func TestMetricsOfResources(t *testing.T) {
	domain := zonefile.MustParseName("example.com.")
	app := func(name string, phase providers.ResourcePhase, observed ...providers.Observation) reconcile.ResourceView {
		return reconcile.ResourceView{Kind: providers.App, Name: zonefile.MustParseName(name), Status: providers.ResourceStatus{Phase: phase}, Observed: observed}
	}
	metric := func(name string, value float64) providers.Observation {
		return providers.Observation{Name: name, Value: value, Metric: true}
	}
	apps, mail := reconcile.Ref{Zone: domain, Target: "paas"}, reconcile.Ref{Zone: domain, Target: "tem"}
	round := func(m *Metrics, views []reconcile.ResourceView, warnings ...string) {
		plan := reconcile.ZonePlan{Ref: apps, Resources: views}
		for _, rule := range warnings {
			plan.Warnings = append(plan.Warnings, zonefile.Problem{Rule: rule})
		}
		score := []providers.Observation{metric("reputation", 95), {Name: "registrant", Text: "c1"}}
		m.Round(reconcile.Round{Revision: "c1", Plan: &reconcile.Plan{Zones: []reconcile.ZonePlan{plan, {
			Ref: mail, Resources: []reconcile.ResourceView{{Kind: providers.Mail, Name: domain, Status: providers.ResourceStatus{Phase: providers.Ready}, Observed: score}},
		}}}, Outcomes: []reconcile.Outcome{{Ref: apps, Status: reconcile.Unchanged}, {Ref: mail, Status: reconcile.Unchanged}}})
	}
	const alerts = `
# HELP zoneward_resource_alerts What a person should look at of the resources of the kind.
# TYPE zoneward_resource_alerts gauge
`
	const observed = `# HELP zoneward_resource_observation What the provider says of the resource, as a number; the lowest of several resources of the kind.
# TYPE zoneward_resource_observation gauge
`
	const ready = `# HELP zoneward_resource_ready 1 if all resources of the kind that are declared for the domain are ready at the provider.
# TYPE zoneward_resource_ready gauge
`
	const mailAlerts = `zoneward_resource_alerts{kind="mail",provider="tem",zone="example.com."} 0
`
	const mailObserved = `zoneward_resource_observation{kind="mail",name="reputation",provider="tem",zone="example.com."} 95
`
	const mailReady = `zoneward_resource_ready{kind="mail",provider="tem",zone="example.com."} 1
`
	m := newMetrics()
	for _, step := range []struct {
		name string
		do   func()
		want string
	}{
		{
			"two names, of which one waits", func() {
				round(m, []reconcile.ResourceView{
					app("a.example.com.", providers.Ready, metric("validity", 200), metric("domains", 3)), app("b.example.com.", providers.Pending, metric("validity", 100)),
				}, "validity", "blocked", "unused-ttl")
			},
			alerts + `zoneward_resource_alerts{kind="app",provider="paas",zone="example.com."} 2
` + mailAlerts + observed + `zoneward_resource_observation{kind="app",name="domains",provider="paas",zone="example.com."} 3
zoneward_resource_observation{kind="app",name="validity",provider="paas",zone="example.com."} 100
` + mailObserved + ready + `zoneward_resource_ready{kind="app",provider="paas",zone="example.com."} 0
` + mailReady,
		},
		{
			"one that is ready", func() { round(m, []reconcile.ResourceView{app("a.example.com.", providers.Ready)}) },
			alerts + `zoneward_resource_alerts{kind="app",provider="paas",zone="example.com."} 0
` + mailAlerts + observed + mailObserved + ready + `zoneward_resource_ready{kind="app",provider="paas",zone="example.com."} 1
` + mailReady,
		},
	} {
		step.do()
		if err := testutil.GatherAndCompare(m.registry, strings.NewReader(step.want), "zoneward_resource_alerts", "zoneward_resource_observation", "zoneward_resource_ready"); err != nil {
			t.Errorf("%s: %v", step.name, err)
		}
	}
	problems, err := testutil.GatherAndLint(m.registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

// TestMetricsOfResourcesThatAreGone: of a domain, or a provider, that is not in the configuration any more nothing stays that an alert could go by.
func TestMetricsOfResourcesThatAreGone(t *testing.T) {
	m := newMetrics()
	for _, ref := range []reconcile.Ref{pdns, {Zone: pdns.Zone, Target: "tem"}} {
		m.Round(reconcile.Round{
			Plan: &reconcile.Plan{Zones: []reconcile.ZonePlan{{Ref: ref, Resources: []reconcile.ResourceView{
				{Kind: providers.Mail, Name: pdns.Zone, Status: providers.ResourceStatus{Phase: providers.Pending}},
			}}}},
			Outcomes: []reconcile.Outcome{{Ref: ref, Status: reconcile.Unchanged}},
		})
	}
	for _, step := range []struct {
		name string
		s    reconcile.LoopStatus
		want int
	}{
		{"a loop that has read nothing yet", reconcile.LoopStatus{}, 2},
		{"one provider is gone", reconcile.LoopStatus{Revision: "c1", Zones: []reconcile.ZoneStatus{{Ref: pdns}}}, 1},
		{"all are gone", reconcile.LoopStatus{Revision: "c2"}, 0},
	} {
		m.Watch(func() reconcile.LoopStatus { return step.s })
		for range 2 { // what is gone is noticed while it is read
			if _, err := m.registry.Gather(); err != nil {
				t.Fatal(err)
			}
		}
		if n := testutil.CollectAndCount(m.ready); n != step.want {
			t.Errorf("%s: %d series, want %d", step.name, n, step.want)
		}
	}
}
