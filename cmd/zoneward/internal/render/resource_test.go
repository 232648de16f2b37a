package render

import (
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render/rendertest"
	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

func TestTextPlanOfResources(t *testing.T) {
	var b strings.Builder
	if err := TextPlan(&b, rendertest.Domain(), Style{}, nil); err != nil {
		t.Fatal(err)
	}
	want := `example.com. on glauca
  ~ delegation example.com.  zones/example.com.domain.yaml:2
      transfer_lock: false -> true
      name_servers: - ns1.example.net.
                    + ns3.example.net.
                      ns2.example.net.
      registrant: + contact_1
  - delegation example.com.  transfer_lock true  zones/example.com.domain.yaml (it stays as it is at the registrar, and is not looked after any more)
  then, in this order:
    once example.com. on scaidns is signed
      ~ delegation example.com.  zones/example.com.domain.yaml:3
          ds: 12345 13 2 AB -> (not known yet)
    once resolvers have forgotten the old name servers, in 47h30m, at 2026-11-23 11:30 UTC
      ~ delegation example.com.  zones/example.com.domain.yaml:3
          ds: 12345 13 2 AB -> (not known yet)
  held by delegation-not-serving: ns3.example.net. does not answer for example.com.: REFUSED
  blocked: delegation example.com. is transfer_pending: it is being moved to another registrar
  alert: delegation example.com. on glauca: somebody changed the registrant from "c1" to "c2" (zones/example.com.domain.yaml:6)

example.com. on scaidns
  + p1._domainkey.example.com.  TXT   3600  "v=DKIM1; p=one"  zones/example.com.domain.yaml:8 (from dkim of mail example.com. on tem)
  then:
    once mail news.example.com. on tem is there
      + dkim of mail news.example.com. on tem  zones/example.com.domain.yaml:9
      + mx of mail news.example.com. on tem  zones/example.com.domain.yaml:9
  resolvers: they may give old answers for up to 5m after the apply

example.com. on scalingo
  ~ app www.example.com.  zones/example.com.domain.yaml:12 (certificate from ${file:/run/secrets/www}; git and drift: somebody changed it live as well)
      canonical: false -> true
      certificate: CN=old.example.com -> CN=www.example.com
      certificate_sha256: + ` + rendertest.Fingerprint + `
  ^ app shop.example.com.  app my-app, canonical false  zones/example.com.domain.yaml:14 (restored from tombstone 0123456789abcdef)
  then:
    once resolvers have forgotten the CNAME blog.example.com., since 2026-11-21 12:00 UTC
      - app blog.example.com.  app my-app  zones/example.com.domain.yaml (it is unlinked from the application; declared again it is linked anew)
  waiting: app api.example.com. retires in 1h, at 2026-11-21 13:00 UTC; put it back in git to keep it
  drift: letsencrypt of app api.example.com. is false live, and git has true; it is left as it is
  drift: app gone.example.com. is not there any more, and git has it; it is left as it is

example.com. on tem
  x mail old.example.com.  region fr-par  it is revoked for good: made again it has another key
  - mail lists.example.com.  region fr-par, autoconfig false  zones/example.com.domain.yaml (it stays at its provider until it is purged; declared again it is as before)
  + mail news.example.com.  region fr-par, project "p1, autoconfig true", autoconfig false  zones/example.com.domain.yaml:9
  pending: mail example.com. is unchecked: publish its records
  alert: mail example.com. on tem: its reputation is bad (zones/example.com.domain.yaml:6)

Plan: 2 to create, 2 to update, 2 to retire, 1 to restore, 1 to purge, 5 to follow in 1 zone and 1 domain. 1 zone is unchanged. Waiting for their grace to end: 1. Drift, left as it is: 2 resources. Held: 1 domain.
`
	if d := cmp.Diff(b.String(), want); d != "" {
		t.Error(d)
	}
}

// TestMarkdownPlanOfResources looks for all that text says in what a pull request gets.
func TestMarkdownPlanOfResources(t *testing.T) {
	var text, markdown strings.Builder
	if err := TextPlan(&text, rendertest.Domain(), Style{}, nil); err != nil {
		t.Fatal(err)
	}
	if err := MarkdownPlan(&markdown, rendertest.Domain()); err != nil {
		t.Fatal(err)
	}
	got := html.UnescapeString(regexp.MustCompile("</?code>").ReplaceAllString(markdown.String(), ""))
	said := regexp.MustCompile("^  ([a-gi-z][a-z ]*: .*)")
	for line := range strings.Lines(text.String()) {
		if found := said.FindStringSubmatch(line); found != nil && !strings.Contains(got, "- "+found[1]+"\n") {
			t.Errorf("markdown does not have: %s", line)
		}
	}
	for _, part := range []string{
		"| ~ | example.com. | delegation | transfer_lock false<br>name_servers ns1.example.net.<br>name_servers ns2.example.net. | " +
			"transfer_lock true<br>name_servers ns3.example.net.<br>name_servers ns2.example.net.<br>registrant contact_1 | zones/example.com.domain.yaml:2 |",
		"\nThen, in this order:\n\n| | Name | Type | Old | New | Source |\n",
		"| ~ | example.com. | delegation | ds 12345 13 2 AB | ds (not known yet) | zones/example.com.domain.yaml:3<br>once example.com. on scaidns is signed |",
		"\nThen:\n\n| | Name | Type | Old | New | Source |\n",
		"| + | dkim of mail news.example.com. on tem |  |  |  | zones/example.com.domain.yaml:9<br>once mail news.example.com. on tem is there |",
		"| zones/example.com.domain.yaml:8<br>from dkim of mail example.com. on tem |",
		"<br>certificate from ${file:/run/secrets/www}<br>git and drift: somebody changed it live as well |",
		"| x | old.example.com. | mail | region fr-par |  | it is revoked for good: made again it has another key |",
		"\n- zones/example.com.domain.yaml:6: warning: another warning\n",
	} {
		if !strings.Contains(got, part) {
			t.Errorf("no %q in\n%s", part, got)
		}
	}
	if n := strings.Count(got, "its reputation is bad"); n != 1 {
		t.Errorf("an alert is there %d times; want it once:\n%s", n, got)
	}
	if zones, domains := strings.Count(got, "Plan of this zone"), strings.Count(got, "Plan of this domain"); zones != 1 || domains != 3 {
		t.Errorf("%d plans of zones and %d of domains; want 1 and 3:\n%s", zones, domains, got)
	}
}

func TestSummaryLineOfResources(t *testing.T) {
	ref := reconcile.Ref{Zone: zonefile.MustParseName("example.com."), Target: "tem"}
	other := reconcile.Ref{Zone: zonefile.MustParseName("example.net."), Target: "tem"}
	there := []reconcile.ResourceView{{Kind: providers.Mail, Name: ref.Zone, Status: providers.ResourceStatus{Phase: providers.Ready}}}
	create := rendertest.OnResource(providers.Mail, reconcile.Create, "example.com.", 4)
	waits := []reconcile.Deferred{{Change: create, For: "once it is"}}
	for _, tc := range []struct {
		name  string
		zones []reconcile.ZonePlan
		want  string
	}{
		{"all is as in git", []reconcile.ZonePlan{{Ref: ref}, {Ref: ref, Resources: there}}, "No changes: 1 zone and 1 domain are as in the zones repository."},
		{"a domain at two providers", []reconcile.ZonePlan{{Ref: ref, Resources: there}, {Ref: ref, Resources: there}}, "No changes: 1 domain is as in the zones repository."},
		{"one of its providers has a change", []reconcile.ZonePlan{{Ref: ref, Resources: there}, {Ref: ref, Changes: []reconcile.Change{create}}}, "Plan: 1 to create, 0 to update, 0 to retire in 1 domain."},
		{"another domain", []reconcile.ZonePlan{{Ref: other, Resources: there}, {Ref: ref, Changes: []reconcile.Change{create}}}, "Plan: 1 to create, 0 to update, 0 to retire in 1 domain. 1 domain is unchanged."},
		{"nothing but what waits", []reconcile.ZonePlan{{Ref: ref, Deferred: waits}}, "Plan: 1 to follow in 1 domain."},
		{"what is not ready", []reconcile.ZonePlan{{Ref: ref, Resources: []reconcile.ResourceView{{Kind: providers.Mail, Name: ref.Zone}}}}, "No changes: 1 domain is as in the zones repository."},
	} {
		if got := SummaryLine(&reconcile.Plan{Zones: tc.zones}); got != tc.want {
			t.Errorf("%s: %s; want %s", tc.name, got, tc.want)
		}
	}
}

// TestFieldsCannotPassForOthers has values that look like what stands beside them in a line.
func TestFieldsCannotPassForOthers(t *testing.T) {
	for _, tc := range []struct{ value, inLine, alone string }{
		{"my-app", "my-app", "my-app"},
		{"p1, autoconfig true", `"p1, autoconfig true"`, `"p1, autoconfig true"`},
		{"a b", `"a b"`, "a b"},
		{"a -> b", `"a -> b"`, `"a -> b"`},
		{"(not known yet)", `"(not known yet)"`, `"(not known yet)"`},
		{"a  zones/x:1", `"a  zones/x:1"`, `"a  zones/x:1"`},
		{"\u202ex", `"\u202ex"`, `"\u202ex"`},
		{"שלום", `"שלום"`, `"שלום"`},
		{"\x1b[31m\n", `"\x1b[31m\n"`, `"\x1b[31m\n"`},
	} {
		f := reconcile.FieldChange{Name: "f", New: tc.value}
		if got := fieldsText(&reconcile.ResourceChange{Fields: []reconcile.FieldChange{f}}); got != "f "+tc.inLine {
			t.Errorf("%q in a line is %s; want %s", tc.value, got, tc.inLine)
		}
		var alone []string
		for _, line := range FieldLines(f) {
			alone = append(alone, line.Text)
		}
		slices.Sort(alone)
		if got := strings.Join(alone, "|"); got != tc.alone {
			t.Errorf("%q in lines of its own is %s; want %s", tc.value, got, tc.alone)
		}
	}
}
