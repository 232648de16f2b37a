package main

import (
	"slices"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/scalingo"
	"github.com/zoneward/zoneward/reconcile/domainfile"
	"github.com/zoneward/zoneward/zonefile"
)

// TestImportedDomain looks which domain a resource belongs to.
func TestImportedDomain(t *testing.T) {
	known := declaredDomains{names: map[zonefile.Name]bool{}}
	for _, name := range []string{"example.com.", "shop.example.com.", "example."} {
		known.names[zonefile.MustParseName(name)] = true
	}
	for _, test := range []struct {
		kind        providers.ResourceKind
		name, other string
		want        string
	}{
		{providers.App, "www.example.com.", "", "example.com."},
		{providers.App, "example.com.", "", "example.com."},
		{providers.App, "a.b.shop.example.com.", "", "shop.example.com."},
		{providers.App, "*.shop.example.com.", "", "shop.example.com."},
		{providers.App, "www.example.com.", "www.example.com.", "example.com."},
		{providers.Mail, "mail.example.org.", "", "mail.example.org."},
		{providers.Mail, "mail.example.org.", "example.org.", "example.org."},
		{providers.Mail, "mail.example.org.", "example.net.", "mail.example.org."},
		{providers.App, "*.example.org.", "", "example.org."},
		{providers.Delegation, "sub.example.com.", "example.com.", "sub.example.com."},
	} {
		var other zonefile.Name
		if test.other != "" {
			other = zonefile.MustParseName(test.other)
		}
		got := known.domainOf(providers.Resource{Kind: test.kind, Name: zonefile.MustParseName(test.name)}, other)
		if got.String() != test.want {
			t.Errorf("%s %s, with --domain %q: %s, want %s", test.kind, test.name, test.other, got, test.want)
		}
	}
}

// TestImportedFields: what is written says what is there, and what cannot be written is told.
func TestImportedFields(t *testing.T) {
	name := zonefile.MustParseName("www.example.com.")
	typ := new(scalingo.Provider).ResourceType()
	for _, test := range []struct {
		name   string
		fields map[string]string
		want   map[string]string
		notes  []string
	}{
		{"all", map[string]string{"app": "shop", "canonical": "true", "letsencrypt": "false"}, map[string]string{"app": "shop", "canonical": "true", "letsencrypt": "false"}, nil},
		{"what is empty", map[string]string{"app": "shop", "certificate": ""}, map[string]string{"app": "shop"}, nil},
		{"what is none of its fields", map[string]string{"app": "shop", "name": "x"}, map[string]string{"app": "shop"}, nil},
		{"a certificate", map[string]string{"app": "shop", "certificate": "CN=x\x1b"}, map[string]string{"app": "shop"}, []string{
			`app www.example.com. on paas: not written: certificate, which is "CN=x\x1b" there; it stays as it is unless the file says how it is to be`,
		}},
		{"what would be a reference", map[string]string{"app": "shop", "canonical": "${KEY}"}, map[string]string{"app": "shop"}, []string{
			`app www.example.com. on paas: not written: canonical, which is "${KEY}" there; it stays as it is unless the file says how it is to be`,
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			domain := zonefile.MustParseName("example.com.")
			live := &providers.ResourceSnapshot{Resource: providers.Resource{Kind: providers.App, Name: name, Fields: test.fields}}
			d, notes := asDeclared("paas", typ, domain, live)
			if diff := cmp.Diff(notes, test.notes); diff != "" {
				t.Errorf("notes (-got +want):\n%s", diff)
			}
			text := domainfile.Format(&domainfile.File{Domain: domain, Declarations: []domainfile.Declaration{d}})
			const path = "example.com.domain.yaml"
			file, err := domainfile.Parse(fstest.MapFS{path: {Data: text}}, path, domainfile.Options{})
			if err != nil || file.Err() != nil || len(file.Declarations) != 1 {
				t.Fatalf("%v, %v:\n%s", err, file, text)
			}
			if diff := cmp.Diff(file.Declarations[0].Resource.Fields, test.want); diff != "" {
				t.Errorf("fields (-got +want):\n%s", diff)
			}
		})
	}
}

// TestImportLeavesOut: what is declared already is not declared again.
func TestImportLeavesOut(t *testing.T) {
	app := func(name string) providers.Resource {
		return providers.Resource{Kind: providers.App, Name: zonefile.MustParseName(name), Fields: map[string]string{"app": "shop"}}
	}
	known := declaredDomains{declarations: []domainfile.Declaration{{Provider: "paas", Resource: app("a.example.")}, {Provider: "other", Resource: app("b.example.")}}}
	all := []*providers.ResourceSnapshot{{Resource: app("a.example.")}, {Resource: app("b.example.")}}
	files, notes := known.undeclared("paas", new(scalingo.Provider).ResourceType(), all, zonefile.Name{})
	if len(files) != 1 || files[0].Domain != zonefile.MustParseName("b.example.") || files[0].Path != "b.example.domain.yaml" {
		t.Errorf("%+v, want the file of b.example. alone", files)
	}
	if want := []string{"1 resource of paas is declared already"}; !slices.Equal(notes, want) {
		t.Errorf("notes %q, want %q", notes, want)
	}
}
