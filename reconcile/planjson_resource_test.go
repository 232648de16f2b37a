package reconcile

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

func planText(t *testing.T, p *Plan) string {
	t.Helper()
	var b strings.Builder
	if err := p.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// domainPlan is a plan of resources in which everything has something to say.
func domainPlan() *Plan {
	at := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	source := zonefile.Position{File: "zones/example.com.domain.yaml", Line: 3, Column: 5}
	app := Change{
		Kind: KindResource, Action: Update, Key: zonefile.Key{Name: zonefile.MustParseName("www.example.com.")}, Source: source, Cause: CauseDrift,
		Resource: &ResourceChange{
			Kind: providers.App, Fields: []FieldChange{{Name: "canonical", Old: "false", New: "true"}, {Name: "certificate_sha256", New: "ab"}},
			References: map[string]string{"certificate": "${file:/run/secrets/www}"},
		},
	}
	restored := Change{
		Kind: KindResource, Action: Restore, Key: zonefile.Key{Name: example}, Source: source, Stone: "0123456789abcdef",
		Resource: &ResourceChange{Kind: providers.Mail},
	}
	signed := Change{
		Kind: KindResource, Action: Update, Key: zonefile.Key{Name: example}, Source: source,
		Resource: &ResourceChange{Kind: providers.Delegation, Fields: []FieldChange{{Name: "ds", Old: "12345 13 2 AB", After: "example.com. on live is signed"}}},
	}
	dkim := zonefile.MustParseRRset("p1._domainkey.example.com. 3600 TXT", `"v=DKIM1; p=one"`)
	units := ZonePlan{
		Ref: Ref{example, "apps"}, Base: zonefile.Digest{1}, Changes: []Change{app, restored}, Drift: []Change{app},
		Deferred: []Deferred{{Change: signed, For: "once example.com. on live is signed"}, {Change: signed, For: "once resolvers have forgotten", Until: at.Add(time.Hour)}},
		Holds:    []Hold{{GuardDSWithoutDNSKEY, "ns1.example.net. does not serve the key"}},
		Resources: []ResourceView{{
			Kind: providers.App, Name: app.Key.Name, Status: providers.ResourceStatus{Phase: providers.Blocked, State: "dns_required", Reason: "publish it"},
			Observed: []providers.Observation{
				{Name: "expiry", Text: "2027-01-01T00:00:00Z", Value: 1798761600, Metric: true, Alert: "it ends soon"}, {Name: "issuer", Text: "R3"},
			},
		}},
		Waiting: []Waiting{{Kind: KindResource, Key: zonefile.Key{Name: zonefile.MustParseName("api.example.com.")}, Since: at, Until: at.Add(time.Hour)}},
	}
	units.ID = digestPlan(&units)
	zone := ZonePlan{
		Ref: Ref{example, "live"}, Changes: []Change{{Kind: KindRRset, Action: Create, Key: dkim.Key, New: &dkim, Source: source, From: "dkim of mail example.com. on tem"}},
		Deferred: []Deferred{{
			Change: Change{Kind: KindRRset, Action: Create, Key: zonefile.Key{Name: example}, Source: source, Cause: CauseGit, From: "mx of mail example.com. on tem"},
			For:    "once mail example.com. on tem is there",
		}},
	}
	zone.ID = digestPlan(&zone)
	return &Plan{Commit: "c1", CreatedAt: at, Zones: []ZonePlan{units, zone}}
}

func TestPlanJSONOfResourcesReadsBack(t *testing.T) {
	want := planText(t, domainPlan())
	read, err := ReadPlan(strings.NewReader(want))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(planText(t, read), want); d != "" {
		t.Errorf("what was read is not what was written: %s", d)
	}
	if read.ID() != domainPlan().ID() {
		t.Errorf("the id is %s, and was %s", read.ID(), domainPlan().ID())
	}
	for _, part := range []string{`"deferred": 3`, `"after": "example.com. on live is signed"`, `"until": "2026-11-21T13:00:00Z"`, `"phase": "blocked"`, `"value": 1798761600`} {
		if !strings.Contains(want, part) {
			t.Errorf("no %s in\n%s", part, want)
		}
	}
}

// TestPlanJSONOfEstates reads back what is planned of a domain on its way up and down.
func TestPlanJSONOfEstates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEstate(t)
		e.lag, e.keyless = time.Minute, 2*time.Minute
		check := func(when string) {
			text := planText(t, e.plan())
			read, err := ReadPlan(strings.NewReader(text))
			if err != nil {
				t.Fatalf("%s: %v in\n%s", when, err, text)
			}
			if d := cmp.Diff(planText(t, read), text); d != "" {
				t.Errorf("%s: what was read is not what was written: %s", when, d)
			}
		}
		check("with nothing there")
		e.converge(5 * time.Second)
		check("on its way up")
		e.up()
		check("up")
		e.files["example.com.domain.yaml"] = strings.TrimSuffix(strings.SplitAfter(domainFile, "mail:")[0], "mail:")
		check("on its way down")
	})
}

// TestPlanJSONOfResourcesIsRefused has plans that somebody edited: the ids are over all that is done, also over what waits.
func TestPlanJSONOfResourcesIsRefused(t *testing.T) {
	text := planText(t, domainPlan())
	for _, tc := range []struct {
		name, old, new string
		digest         bool // the id does not go with it, and otherwise it makes no sense
	}{
		{"a field", `"new": "true"`, `"new": "other"`, true},
		{"what a field was", `"old": "false"`, `"old": ""`, true},
		{"the name of a field", `"name": "canonical"`, `"name": "letsencrypt"`, true},
		{"what has to be done before", `"after": "example.com. on live is signed"`, `"after": "nothing"`, true},
		{"the name of a resource", `"name": "www.example.com.",`, `"name": "api.example.com.",`, true},
		{"an action", `"action": "update"`, `"action": "retire"`, true},
		{"what an output is of", `"from": "mx of mail example.com. on tem"`, `"from": "dkim of mail example.com. on tem"`, true},
		{"another kind of resource", `"kind": "app",`, `"kind": "mail",`, true},
		{"a kind that there is not", `"kind": "app",`, `"kind": "key",`, false},
		{"an action that there is not", `"action": "update"`, `"action": "destroy"`, false},
		{"a field that there is not", `"for": "once mail`, `"because": "once mail`, false},
	} {
		edited := strings.Replace(text, tc.old, tc.new, 1)
		if edited == text {
			t.Fatalf("%s: nothing was replaced in\n%s", tc.name, text)
		}
		if _, err := ReadPlan(strings.NewReader(edited)); err == nil || errors.Is(err, errPlanID) != tc.digest {
			t.Errorf("%s: %v; want it refused", tc.name, err)
		}
	}
}
