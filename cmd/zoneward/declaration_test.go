package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render/rendertest"
	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// resourceStone is the tombstone of a resource of example.com.
func resourceStone(kind providers.ResourceKind, name string, fields, references map[string]string) reconcile.Tombstone {
	return reconcile.Tombstone{
		ID: "0123456789abcdef", Ref: reconcile.Ref{Zone: zonefile.MustParseName("example.com."), Target: "there"}, Kind: reconcile.KindResource,
		Key: zonefile.Key{Name: zonefile.MustParseName(name)}, Resource: kind, Settings: fields, References: references,
		Writer: reconcile.Writer{Actor: "ci", Commit: "1a2b3c4d5e6f7a8b", Author: "Ann <ann@example.com>"}, State: reconcile.Retired, BuriedAt: rendertest.At(), PurgeAt: rendertest.At().Add(720 * time.Hour),
	}
}

func TestStoneFileOfResources(t *testing.T) {
	head := func(what string) string {
		return "# tombstone 0123456789abcdef: " + what + " on there, retired\n# retired 2026-11-21T12:00:00Z by ci, commit 1a2b3c4d5e6f by Ann <ann@example.com>\n# kept until 2026-12-21T12:00:00Z\n"
	}
	for _, tc := range []struct {
		name  string
		stone reconcile.Tombstone
		want  string
	}{
		{
			"mail below the domain", resourceStone(providers.Mail, "news.example.com.", map[string]string{"region": "fr-par", "autoconfig": "false", "#id": "f00d"}, nil),
			head("mail news.example.com.") + "# it had autoconfig false, region fr-par\n" +
				"domain: example.com\nmail:\n  - provider: there\n    name: news.example.com\n    region: fr-par\n    autoconfig: false\n",
		},
		{
			"an application with a certificate",
			resourceStone(providers.App, "www.example.com.", map[string]string{"app": "shop", "canonical": "true", "certificate": "CN=www.example.com, until tomorrow", "certificate_sha256": rendertest.Fingerprint},
				map[string]string{"certificate": "${file:/run/secrets/www}"}),
			head("app www.example.com.") + "# it had app shop, canonical true, certificate \"CN=www.example.com, until tomorrow\", certificate_sha256 " + rendertest.Fingerprint + "\n" +
				"domain: example.com\napps:\n  - provider: there\n    app: shop\n    name: www.example.com\n    canonical: true\n    certificate: \"${file:/run/secrets/www}\"\n",
		},
		{
			"a delegation", resourceStone(providers.Delegation, "example.com.", map[string]string{"name_servers": "ns1.example.net., ns2.example.net.", "transfer_lock": "true"}, nil),
			head("delegation example.com.") + "# it had name_servers \"ns1.example.net., ns2.example.net.\", transfer_lock true\n" +
				"domain: example.com\ndelegation:\n  provider: there\n  name_servers:\n    - ns1.example.net.\n    - ns2.example.net.\n  transfer_lock: true\n",
		},
		{"nothing is known of it", resourceStone(providers.Mail, "example.com.", nil, nil), head("mail example.com.") + "domain: example.com\nmail:\n  - provider: there\n"},
	} {
		got, err := stoneFile(stoneAt(tc.stone, reconcile.Clock{Wall: rendertest.At()}))
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
		}
		if d := cmp.Diff(got, tc.want); d != "" {
			t.Errorf("%s: %s", tc.name, d)
		}
	}
}

func TestStoneFileOfHostileResources(t *testing.T) {
	for _, text := range rendertest.Hostile() {
		stone := resourceStone(providers.App, "www.example.com.", map[string]string{"app": text, text: text}, map[string]string{"certificate": text})
		got, err := stoneFile(stoneAt(stone, reconcile.Clock{Wall: rendertest.At()}))
		if err != nil {
			t.Errorf("%q: %v", text, err)
		}
		for _, r := range got {
			if r != '\n' && !render.IsPlain(r) {
				t.Errorf("%q leaves %U on the terminal:\n%s", text, r, got)
			}
		}
		head, _, _ := strings.Cut(got, "\ndomain: ")
		for line := range strings.SplitSeq(head, "\n") {
			if !strings.HasPrefix(line, "# ") {
				t.Errorf("%q ends the comment:\n%s", text, got)
			}
		}
	}
}

func TestHistoryOfResources(t *testing.T) {
	changed := rendertest.OnResource(providers.App, reconcile.Update, "www.example.com.", 12, reconcile.FieldChange{Name: "certificate_sha256", Old: "ab", New: "cd"})
	changed.Resource.References = map[string]string{"certificate": "${file:/run/secrets/www}"}
	entry := reconcile.Entry{
		Intent: reconcile.Intent{
			Ref: reconcile.Ref{Zone: zonefile.MustParseName("example.com."), Target: "paas"}, Writer: reconcile.Writer{Actor: "ci"}, Why: "apply", At: rendertest.At(),
			Changes: []reconcile.Change{changed, rendertest.OnResource(providers.App, reconcile.Retire, "api.example.com.", 0, reconcile.FieldChange{Name: "app", Old: "shop"})},
			Stones:  []reconcile.Tombstone{resourceStone(providers.App, "api.example.com.", nil, nil)},
		},
		Conclusion: reconcile.Conclusion{At: rendertest.At(), Result: reconcile.Partly, Live: []bool{true, false}},
	}
	doc, err := json.Marshal(document.OfEntry(entry).Changes[0])
	if err != nil {
		t.Fatal(err)
	}
	want := `{"kind":"resource","action":"update","name":"www.example.com.","old":null,"new":null,"source":"zones/example.com.domain.yaml:12","cause":"",` +
		`"resource":{"kind":"app","fields":[{"name":"certificate_sha256","old":"ab","new":"cd"}],"references":{"certificate":"${file:/run/secrets/www}"}},"live":true}`
	if d := cmp.Diff(string(doc), want); d != "" {
		t.Error(d)
	}
	var b strings.Builder
	p := render.NewPrinter(&b, render.Style{})
	writeEntry(p, &entry)
	if err := p.Flush(); err != nil {
		t.Fatal(err)
	}
	text := `2026-11-21T12:00:00Z  example.com. on paas  apply by ci, partly
  ~ app www.example.com.  zones/example.com.domain.yaml:12 (certificate from ${file:/run/secrets/www})
      certificate_sha256: ab -> cd
  not live:
  - app api.example.com.  app shop  zones/example.com.domain.yaml (it is unlinked from the application; declared again it is linked anew)

`
	if d := cmp.Diff(b.String(), text); d != "" {
		t.Error(d)
	}
}
