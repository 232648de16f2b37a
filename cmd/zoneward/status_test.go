package main

import (
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render/rendertest"
	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// foundPlan has a domain with resources in each phase, a zone that cannot be written, and one without anything to say.
func foundPlan() *reconcile.Plan {
	name := zonefile.MustParseName
	domain := name("example.com.")
	ref := func(provider string) reconcile.Ref { return reconcile.Ref{Zone: domain, Target: provider} }
	file := zonefile.Position{File: "zones/example.com.domain.yaml", Line: 3}
	proof := zonefile.MustParseRRset("_proof.example.com. 300 TXT", `"token"`)
	app := func(action reconcile.Action, text string) reconcile.Change {
		return reconcile.Change{Kind: reconcile.KindResource, Action: action, Key: zonefile.Key{Name: name(text)}, Resource: &reconcile.ResourceChange{Kind: providers.App}}
	}
	ds := reconcile.Change{
		Kind: reconcile.KindResource, Action: reconcile.Update, Key: zonefile.Key{Name: domain}, Resource: &reconcile.ResourceChange{Kind: providers.Delegation},
	}
	return &reconcile.Plan{CreatedAt: rendertest.At(), Zones: []reconcile.ZonePlan{{
		Ref: ref("glauca"),
		Resources: []reconcile.ResourceView{{
			Kind: providers.Delegation, Name: domain, Status: providers.ResourceStatus{Phase: providers.Ready, State: "ok"},
			Observed: []providers.Observation{
				providers.ObservedTime("expiry", rendertest.At().Add(20*24*time.Hour)), {Name: "registrant", Text: "c1", Watched: true},
			},
		}},
		Deferred: []reconcile.Deferred{{Change: ds, For: "once example.com. is signed on hosted"}},
		Holds:    []reconcile.Hold{{Guard: reconcile.GuardDSWithoutDNSKEY, Reason: "ns2.example.net. does not serve the key"}},
		Warnings: []zonefile.Problem{{Position: file, Message: "delegation example.com. on glauca: it expires in 20 days"}},
	}, {
		Ref:   ref("hosted"),
		State: &reconcile.State{Name: "pending_validation", Needs: "publish this at the current host", Outputs: []providers.Output{{RRset: proof, Until: rendertest.At().Add(time.Hour)}}},
	}, {
		Ref: ref("paas"),
		Resources: []reconcile.ResourceView{{
			Kind: providers.App, Name: name("www.example.com."), Status: providers.ResourceStatus{Phase: providers.Blocked, State: "error", Reason: "the certificate is gone"},
		}},
		Changes:  []reconcile.Change{app(reconcile.Create, "new.example.com."), app(reconcile.Update, "www.example.com.")},
		Deferred: []reconcile.Deferred{{Change: app(reconcile.Retire, "old.example.com."), For: "once resolvers have forgotten it", Until: rendertest.At().Add(2 * time.Hour)}},
	}, {
		Ref: ref("tem"),
		Resources: []reconcile.ResourceView{{
			Kind: providers.Mail, Name: domain, Status: providers.ResourceStatus{Phase: providers.Pending, State: "unchecked", Reason: "the SPF record is missing"},
			Observed: []providers.Observation{{Name: "reputation", Text: "bad", Value: 20, Metric: true, Alert: "it is bad"}},
		}},
		Warnings: []zonefile.Problem{{Position: file, Message: "mail example.com. on tem: the reputation is bad"}},
	}, {
		Ref: reconcile.Ref{Zone: name("broken.example."), Target: "hosted"}, Err: errors.New("connection refused"),
	}, {
		Ref: reconcile.Ref{Zone: name("quiet.example."), Target: "hosted"}, Warnings: []zonefile.Problem{{Message: "of a zone file"}},
	}}}
}

func statusText(t *testing.T, s domainsStatus) string {
	t.Helper()
	var b strings.Builder
	if err := writeTextStatus(&b, s, render.Style{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTextStatus(t *testing.T) {
	want := `alert: delegation example.com. on glauca: it expires in 20 days
  zones/example.com.domain.yaml:3
alert: mail example.com. on tem: the reputation is bad
  zones/example.com.domain.yaml:3

RESOURCE                 PROVIDER  PHASE    STATE
delegation example.com.  glauca    ready    ok
  expiry      2026-12-11T12:00:00Z
  registrant  c1
app www.example.com.     paas      blocked  error
  the certificate is gone
app new.example.com.     paas      absent   -
  the next apply makes it
mail example.com.        tem       pending  unchecked
  the SPF record is missing
  reputation  bad

example.com. on glauca
  waiting: update delegation example.com. once example.com. is signed on hosted
  held by ds-without-dnskey: ns2.example.net. does not serve the key

example.com. on hosted
  pending_validation: publish this at the current host
    _proof.example.com. 300 IN TXT "token" ; until 2026-11-21 13:00 UTC

example.com. on paas
  waiting: retire app old.example.com. once resolvers have forgotten it, in 2h, at 2026-11-21 14:00 UTC

broken.example. on hosted
  error: connection refused

4 resources: 1 ready, 1 pending, 1 blocked, 1 absent. Alerts: 2. Zones that cannot be written: 1. Changes that wait: 2. Held: 1. Errors: 1.
`
	if diff := cmp.Diff(statusText(t, statusOf(foundPlan())), want); diff != "" {
		t.Errorf("-got +want:\n%s", diff)
	}
}

// TestStatusAfterCheck has the providers asked to look: one finds what was missing, one says nothing else, and one does not look.
func TestStatusAfterCheck(t *testing.T) {
	before := statusOf(foundPlan())
	plan := foundPlan()
	plan.Zones[3].Resources[0].Status = providers.ResourceStatus{Phase: providers.Ready, State: "checked"}
	var inspections []reconcile.Inspection
	for _, r := range before.resources {
		i := reconcile.Inspection{Ref: r.Ref, Kind: r.Kind, Name: r.Name}
		switch r.Target {
		case "paas":
			i.Err = errors.New("too many requests")
		case "glauca", "tem":
		}
		inspections = append(inspections, i)
	}
	text := statusText(t, statusOf(plan).after(before, inspections))
	for _, want := range []string{
		"delegation example.com.  glauca    ready    ok\n  its provider was asked to look at it, and says nothing else so far\n",
		"app www.example.com.     paas      blocked  error\n  the certificate is gone\n  error: its provider does not look at it: too many requests\n",
		"mail example.com.        tem       ready    checked\n  its provider has looked at it; before it was unchecked\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not have %q:\n%s", want, text)
		}
	}
}

// TestStatusOfRestored has a resource that is there, although a change restores it: its provider has kept it.
func TestStatusOfRestored(t *testing.T) {
	plan := foundPlan()
	mail := &plan.Zones[3]
	mail.Changes = []reconcile.Change{{
		Kind: reconcile.KindResource, Action: reconcile.Restore, Key: zonefile.Key{Name: mail.Zone}, Resource: &reconcile.ResourceChange{Kind: providers.Mail},
	}}
	var got []providers.ResourcePhase
	for _, r := range statusOf(plan).resources {
		if r.Target == "tem" {
			got = append(got, r.Status.Phase)
		}
	}
	if want := []providers.ResourcePhase{providers.Pending}; !slices.Equal(got, want) {
		t.Errorf("it is %q, want %q", got, want)
	}
}

// TestStatusOfNothing has nothing declared.
func TestStatusOfNothing(t *testing.T) {
	if got, want := statusText(t, statusOf(&reconcile.Plan{})), "0 resources.\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestHostileStatus has hostile text wherever something comes from outside.
func TestHostileStatus(t *testing.T) {
	for _, text := range rendertest.Hostile() {
		plan := foundPlan()
		z := &plan.Zones[0]
		z.Warnings[0].Message, z.Warnings[0].Position.File = text, text
		z.Resources[0].Status = providers.ResourceStatus{Phase: providers.Pending, State: text, Reason: text}
		z.Resources[0].Observed = []providers.Observation{{Name: text, Text: text, Alert: text}}
		z.Deferred[0].For, z.Holds[0].Reason = text, text
		plan.Zones[1].State.Name, plan.Zones[1].State.Needs = text, text
		plan.Zones[4].Err = errors.New(text)
		s := statusOf(plan)
		s.resources[0].checked, s.resources[0].before.State = true, text
		s.resources[1].checkErr = errors.New(text)
		for _, r := range statusText(t, s) {
			if r != '\n' && !render.IsPlain(r) {
				t.Errorf("%q leaves %U on the terminal", text, r)
			}
		}
	}
}

// TestDocumentedStatus looks for every field of the JSON form in the part of docs/command-line.md about the command.
func TestDocumentedStatus(t *testing.T) {
	s := statusOf(foundPlan())
	s.resources[0].checked = true
	text, err := json.Marshal(s.document())
	if err != nil {
		t.Fatal(err)
	}
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(readFile(t, root+"/docs/command-line.md"), "\n## status\n")
	section, _, _ = strings.Cut(section, "\n## ")
	for key := range fields(value) {
		if !regexp.MustCompile("`[^`\n]*\\b" + key + "\\b[^`\n]*`").MatchString(section) {
			t.Errorf("the page does not have the field %s", key)
		}
	}
}
