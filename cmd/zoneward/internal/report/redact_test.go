package report

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/dnstest"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render/rendertest"
	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// secret is what no form of a redacted report may have in it.
const secret = "hunter2"

// secretive has the secret wherever RDATA may be and, with fields, in what is of no type: properties of a zone, and resources.
func secretive(fields bool) *Report {
	ref := reconcile.Ref{Zone: zonefile.MustParseName("corp.example."), Target: "pdns"}
	set := zonefile.MustParseRRset("key.corp.example. 300 TXT", secret)
	other := zonefile.MustParseRRset("key.corp.example. 300 TXT", secret+" too")
	at := zonefile.Position{File: "zones/corp.example.zone", Line: 3}
	said := "key TXT: it has " + secret
	update := reconcile.Change{Kind: reconcile.KindRRset, Action: reconcile.Update, Key: set.Key, Old: &set, New: &other, Source: at}
	property := reconcile.Change{
		Kind: reconcile.KindProperty, Action: reconcile.Update, Key: zonefile.Key{Name: ref.Zone}, Property: reconcile.Property{Name: "soa", Old: secret, New: secret + " 2"},
	}
	resource := rendertest.OnResource(providers.App, reconcile.Update, "www.corp.example.", 1, reconcile.FieldChange{Name: "app", Old: secret, New: secret + " 2"})
	resource.Resource.References = map[string]string{"app": secret}
	deferred := reconcile.Deferred{Change: update, For: "once " + secret + " is gone"}
	p := &reconcile.Proposal{Plan: &reconcile.Plan{CreatedAt: rendertest.At(), Notices: []string{said}, Zones: []reconcile.ZonePlan{
		{
			Ref: ref, Changes: []reconcile.Change{update, property}, Drift: []reconcile.Change{update}, Deferred: []reconcile.Deferred{deferred}, Parts: said,
			Holds:    []reconcile.Hold{{Guard: reconcile.GuardProtected, Reason: said}},
			Warnings: []zonefile.Problem{{Position: at, Rule: "spf", Severity: zonefile.Warning, Message: said}},
			Pinned:   []reconcile.Pin{{Ref: ref, Key: set.Key, Actor: "ann", Reason: said}},
			State:    &reconcile.State{Name: "pending", Needs: said, Outputs: []providers.Output{{Name: "proof", RRset: set}}},
		}, {
			Ref: reconcile.Ref{Zone: ref.Zone, Target: "scalingo"}, Changes: []reconcile.Change{resource},
			Resources: []reconcile.ResourceView{{Kind: providers.App, Name: ref.Zone, Status: providers.ResourceStatus{Phase: providers.Pending, State: "pending", Reason: said}}},
		}, {
			Ref: reconcile.Ref{Zone: ref.Zone, Target: "z"}, Err: &zonefile.ProblemsError{Problems: []zonefile.Problem{{Position: at, Severity: zonefile.Error, Message: said}}},
		}, {
			Ref: reconcile.Ref{Zone: ref.Zone, Target: "zz"}, Err: errors.New("the server says " + secret),
		},
	}}}
	if !fields {
		p.Plan.Zones[0].Changes = p.Plan.Zones[0].Changes[:1]
		p.Plan.Zones[1].Changes = nil
	}
	for i := range p.Plan.Zones {
		z := &p.Plan.Zones[i]
		p.Zones = append(p.Zones, reconcile.ProposedZone{ZonePlan: z, Caused: z.Changes, Adrift: z.Changes, Settled: z.Changes, Later: z.Deferred})
	}
	return &Report{
		Config: "zoneward.yaml", Proposal: p,
		Problems: []zonefile.Problem{{Position: at, Rule: "spf", Severity: zonefile.Error, Message: said}, {Position: zonefile.Position{File: "zones/x"}, Severity: zonefile.Error, Message: "what is " + secret + "?"}},
		Tests: []dnstest.Result{
			{File: "tests/a.yaml", Line: 1, Name: secret, Why: secret, Query: "key.corp.example. TXT", Zone: "corp.example.", Target: "pdns", Status: dnstest.Failed, Want: secret, Got: secret},
			{File: "tests/a.yaml", Line: 9, Name: secret, Query: "key.corp.example. TXT", Status: dnstest.Undecided, Want: secret, Got: secret},
		},
	}
}

// TestNothingOfWhatIsRedacted looks for the secret in every form.
func TestNothingOfWhatIsRedacted(t *testing.T) {
	for _, tc := range []struct {
		name   string
		redact Redaction
	}{
		{"the zone", Redaction{Zones: []string{"corp.example"}}},
		{"a pattern of zones", Redaction{Zones: []string{"*.example"}}},
		{"with a dot", Redaction{Zones: []string{"corp.example."}}},
	} {
		for form, text := range formsOf(t, secretive(true), tc.redact) {
			if strings.Contains(text, secret) {
				t.Errorf("%s: %s has it:\n%s", tc.name, form, text)
			}
		}
	}
	shown := formsOf(t, secretive(true), Redaction{Zones: []string{"other.example"}})
	for _, form := range []string{"text", "markdown", "comment", "JSON", "differences"} {
		if !strings.Contains(shown[form], secret) {
			t.Errorf("%s never has the secret: this test does not try it", form)
		}
	}
}

// TestRedactedTypes: of a type that is not shown there is no RDATA, and of others there is.
func TestRedactedTypes(t *testing.T) {
	r := example(t)
	r.Redact = Redaction{Types: []zonefile.Type{zonefile.TypeTXT}}
	text := r.Comment(MaxComment)
	if strings.Contains(text, "v=spf1") || !strings.Contains(text, "|`300 (not shown)`|") || !strings.Contains(text, "`3600 192.0.2.2`") {
		t.Error(text)
	}
	for form, text := range formsOf(t, secretive(false), r.Redact) {
		if strings.Contains(text, secret) {
			t.Errorf("%s has it:\n%s", form, text)
		}
	}
}

// formsOf returns all that is made of the report that has the secret.
func formsOf(t *testing.T, r *Report, redact Redaction) map[string]string {
	t.Helper()
	r.Redact = redact
	var text, markdown, doc, sarif strings.Builder
	if err := errors.Join(r.WriteText(&text, render.Style{}), r.WriteMarkdown(&markdown), r.WriteJSON(&doc), r.WriteSARIF(&sarif)); err != nil {
		t.Fatal(err)
	}
	comment := r.Comment(MaxComment)
	m, _ := ParseMarker(comment)
	data, err := base64.RawURLEncoding.DecodeString(m.Data)
	if err != nil {
		t.Fatal(err)
	}
	other := &reconcile.Plan{Zones: []reconcile.ZonePlan{{Ref: r.Proposal.Plan.Zones[0].Ref, ID: zonefile.Digest{1}}}}
	return map[string]string{
		"text": text.String(), "markdown": markdown.String(), "JSON": doc.String(), "SARIF": sarif.String(), "comment": comment, "summary": r.Summary(MaxSummary),
		"annotations": fmt.Sprint(r.Annotations()), "status": r.StatusDescription(), "data": string(data),
		"differences": strings.Join(append(redact.Differences(other, r.Proposal.Plan), redact.Differences(r.Proposal.Plan, other)...), "\n"),
	}
}

// TestRedactedBesideATest: what a test of a zone that is shown got from one that is not, or of a type that is not, is not shown.
func TestRedactedBesideATest(t *testing.T) {
	for _, tc := range []struct {
		name   string
		redact Redaction
		beside []string
		status dnstest.Status
		hidden bool
	}{
		{"of its own zone", Redaction{Zones: []string{"corp.example"}}, nil, dnstest.Failed, false},
		{"of another zone", Redaction{Zones: []string{"corp.example"}}, []string{"example.net."}, dnstest.Failed, false},
		{"of a zone that is not shown", Redaction{Zones: []string{"corp.example"}}, []string{"corp.example.", "example.net."}, dnstest.Passed, true},
		{"of a type that is shown", Redaction{Types: []zonefile.Type{zonefile.TypeTXT}}, nil, dnstest.Failed, false},
		{"of a type that is not shown", Redaction{Types: []zonefile.Type{zonefile.TypeA}}, nil, dnstest.Failed, true},
		{"an alias in its place", Redaction{Types: []zonefile.Type{zonefile.TypeCNAME}}, nil, dnstest.Failed, true},
		{"a delegation in its place", Redaction{Types: []zonefile.Type{zonefile.TypeNS}}, nil, dnstest.Failed, true},
		{"why nobody can tell", Redaction{Types: []zonefile.Type{zonefile.TypeTXT}}, nil, dnstest.Undecided, true},
	} {
		r := example(t)
		r.Redact = tc.redact
		r.Tests = []dnstest.Result{{
			File: "tests/a.yaml", Line: 1, Query: "www.example.com. A", Zone: "example.com.", Target: "pdns", Status: tc.status, Want: secret, Got: secret, Beside: tc.beside,
		}}
		if got := !strings.Contains(written(t, r), secret); got != tc.hidden {
			t.Errorf("%s: hidden is %v; want %v", tc.name, got, tc.hidden)
		}
	}
}

// TestRedactedHasNoData: a marker has no plan if some of it is not shown, and JSON has none either.
func TestRedactedHasNoData(t *testing.T) {
	r := example(t)
	if m, _ := ParseMarker(r.Comment(MaxComment)); m.Data == "" {
		t.Error("a plan that is shown is not in the marker")
	}
	r.Redact = Redaction{Zones: []string{"example.com"}}
	if m, ok := ParseMarker(r.Comment(MaxComment)); !ok || m.Data != "" || m.Plan != r.Proposal.Plan.ID() {
		t.Errorf("the marker is %+v, %v", m, ok)
	}
	if doc := written(t, r); !strings.Contains(doc, `"plan": null`) {
		t.Error("the JSON has the plan")
	}
}

// TestRedactionLeavesTheReport: what is made of it does not change it.
func TestRedactionLeavesTheReport(t *testing.T) {
	r := secretive(true)
	r.Redact = Redaction{Zones: []string{"*"}}
	_ = r.Comment(MaxComment)
	r.Redact = Redaction{}
	if text := r.Comment(MaxComment); !strings.Contains(text, secret) || strings.Contains(text, render.NotShown) {
		t.Errorf("it has lost what it had:\n%s", text)
	}
}
