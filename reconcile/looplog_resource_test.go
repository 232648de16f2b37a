package reconcile

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zoneward/zoneward/providers"
)

// TestLoopLogsResources says each thing of a resource once, when it changes.
func TestLoopLogsResources(t *testing.T) {
	withoutApps := strings.TrimSuffix(strings.SplitAfter(domainFile, "apps:")[0], "apps:")
	for _, tc := range []struct {
		name  string
		steps []func(*estate)
		want  []string // each once, in all that is logged
		never []string
	}{
		{
			"a state, another one, and the end of it",
			[]func(*estate){
				func(e *estate) {
					e.mail.SetStatus(example, providers.ResourceStatus{Phase: providers.Pending, State: "unchecked", Reason: "publish the records"})
				},
				func(e *estate) {
					e.mail.SetStatus(example, providers.ResourceStatus{Phase: providers.Blocked, State: "locked", Reason: "ask the provider"})
				},
				func(e *estate) {
					e.mail.SetStatus(example, providers.ResourceStatus{Phase: providers.Ready, State: "checked"})
				},
			},
			[]string{
				`level=INFO msg="resource pending" zone=example.com. provider=tem commit=1 type=mail owner=example.com. status=unchecked reason="publish the records"`,
				`level=WARN msg="resource blocked" zone=example.com. provider=tem commit=1 type=mail owner=example.com. status=locked reason="ask the provider"`,
				`level=INFO msg="resource ready" zone=example.com. provider=tem commit=1 type=mail owner=example.com. status=checked`,
			},
			[]string{"it is locked"},
		},
		{
			"alerts, of which one is new",
			[]func(*estate){
				func(e *estate) {
					e.mail.Observe(example, providers.Observation{Name: "reputation", Text: "bad", Alert: "its reputation is bad"})
				},
				func(e *estate) {
					e.mail.Observe(example, providers.Observation{Name: "reputation", Text: "bad", Alert: "its reputation is bad"},
						providers.Observation{Name: "sent", Text: "0", Alert: "nothing was sent"})
				},
			},
			[]string{
				`level=WARN msg="resource to be looked at" zone=example.com. provider=tem commit=1 rule=reputation at=zones/example.com.domain.yaml:4:5 reason="mail example.com. on tem: its reputation is bad"`,
				`level=WARN msg="resource to be looked at" zone=example.com. provider=tem commit=1 rule=sent at=zones/example.com.domain.yaml:4:5 reason="mail example.com. on tem: nothing was sent"`,
			},
			nil,
		},
		{
			"what waits",
			[]func(*estate){func(e *estate) { e.files["example.com.domain.yaml"] = withoutApps }},
			[]string{
				`change="retire app www.example.com." for="once www.example.com. leads nowhere on live, and resolvers have forgotten it"`,
				`change="retire app www.example.com." for="once resolvers have forgotten the CNAME www.example.com. (`,
				`level=INFO msg="zone applied" zone=example.com. provider=scalingo commit=2 plan=`,
			},
			nil,
		},
		{
			"what is left in its grace",
			[]func(*estate){func(e *estate) {
				e.planner.Rules[0].Policy.Grace = 1000 * time.Hour
				e.files["example.com.domain.yaml"] = withoutApps
			}},
			[]string{`level=INFO msg="grace begun" zone=example.com. provider=scalingo commit=2 rrsets=www.example.com. until=`},
			nil,
		},
		{
			"drift that is left",
			[]func(*estate){func(e *estate) {
				e.planner.Rules[0].Policy.Drift.Detect = true
				fields, _ := e.delegation.Stored(example)
				fields["transfer_lock"] = "false"
				e.delegation.Set(providers.Resource{Kind: providers.Delegation, Name: example, Fields: fields})
			}},
			[]string{`level=WARN msg="drift found, and left" zone=example.com. provider=glauca commit=2 rrsets="delegation example.com."`},
			nil,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := upEstate(t)
				r := run(t, e.house)
				defer r.stop()
				for _, step := range tc.steps {
					step(e)
					if len(tc.steps) == 1 {
						r.source.push(e.tree(), "2", nil)
					}
					r.after(3 * time.Hour)
				}
				log := r.log.String()
				for _, line := range tc.want {
					if n := strings.Count(log, line); n != 1 {
						t.Errorf("%d times, want once: %s\nin\n%s", n, line, log)
					}
				}
				for _, line := range tc.never {
					if strings.Contains(log, line) {
						t.Errorf("want no %s\nin\n%s", line, log)
					}
				}
			})
		})
	}
}
