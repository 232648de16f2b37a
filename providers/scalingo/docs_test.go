package scalingo_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/scalingo/scalingotest"
)

const page = "../../docs/providers/scalingo.md"

func readPage(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestCalls counts the calls of the API for each of what is done, and compares them with the table in the docs.
func TestCalls(t *testing.T) {
	text := readPage(t)
	records := map[string][]string{}
	s, p := start(t, scalingotest.Options{Lookup: func(name, kind string) []string { return records[name+" "+kind] }})
	s.AddApp(scalingotest.App{Name: "other-app"})
	base := create(t, p, www())
	fetch := func(what providers.Resource) error {
		_, err := p.FetchResource(t.Context(), what)
		return err
	}
	for _, tt := range []struct {
		what string
		do   func() error
		kind error
	}{
		{"read a name", func() error { return fetch(www()) }, nil},
		{"read a name that is not there", func() error { return fetch(resource("a.example.com.")) }, providers.ErrNoResource},
		{"link", func() error { return p.CreateResource(t.Context(), resource("a.example.com.")) }, nil},
		{"change, whatever it is", func() error {
			return p.UpdateResource(t.Context(), base, www("canonical=true", "letsencrypt=false"), []string{"canonical", "letsencrypt"})
		}, nil},
		{"unlink a name that still leads to the application", func() error {
			base = fetched(t, p, www())
			s.Faults.Log().Reset()
			records["www.example.com CNAME"] = []string{platform}
			defer clear(records)
			return p.RemoveResource(t.Context(), base)
		}, providers.ErrBlocked},
		{"unlink", func() error { return p.RemoveResource(t.Context(), base) }, nil},
		{"list an application", func() error { return list(t.Context(), p) }, nil},
		{"list 2 applications", func() error {
			_, err := p.Resources(t.Context(), providers.Resource{Kind: providers.App})
			return err
		}, nil},
	} {
		s.Faults.Log().Reset()
		if err := tt.do(); tt.kind != nil {
			wants(t, err, tt.kind)
		} else if err != nil {
			t.Fatalf("%s: %v", tt.what, err)
		}
		if row := fmt.Sprintf("| %s | %d |", tt.what, len(s.Calls())); !strings.Contains(text, row) {
			t.Errorf("%s has no line %q", page, row)
		}
	}
}

// TestDocumentedFields looks for every field that the API has in the tables of the docs, for every status, and for what is observed.
func TestDocumentedFields(t *testing.T) {
	names := map[string]bool{}
	add := func(all string) {
		for name := range strings.FieldsSeq(all) {
			names[name] = true
		}
	}
	// What the pages of the API name, and the fake does not say.
	add("status git_url owner links force_https flags limits regions display_name api dashboard database_api ssh default events new_domain edit_domain delete_domain")
	add("dns_provider variables error code resource url errors pending success pending_dns new created dns_required")
	for _, opts := range []scalingotest.Options{{Now: clock}, {Now: clock, ChallengeAtOnce: true, AcmeError: scalingotest.AcmeErrorObjectAlways}} {
		s, p := start(t, opts)
		first, second := selfSigned(now.AddDate(0, 6, 0), "www.example.com"), selfSigned(now.AddDate(0, 7, 0), "www.example.com")
		base := create(t, p, secretly(www(), first))
		create(t, p, resource("*.example.com.", "canonical=true"))
		r := normal(t, p, secretly(www("letsencrypt=false"), second))
		if err := p.UpdateResource(t.Context(), base, r, []string{"letsencrypt", "certificate"}); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Resources(t.Context(), providers.Resource{Kind: providers.App}); err != nil {
			t.Fatal(err)
		}
		wants(t, p.CreateResource(t.Context(), resource("c.example.com.", "app=other-app")), providers.ErrInvalid)
		for _, x := range s.Faults.Log().All() {
			for _, name := range x.FieldNames() {
				names[name] = true
			}
		}
		for _, o := range fetched(t, p, www()).Observed {
			names[o.Name] = true
		}
	}
	if len(names) < 60 {
		t.Errorf("only %d names are looked for", len(names))
	}
	var rows strings.Builder
	for line := range strings.Lines(readPage(t)) {
		if strings.HasPrefix(line, "| ") {
			rows.WriteString(line)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if !strings.Contains(rows.String(), "`"+name+"`") {
			t.Errorf("no table of %s has %s", page, name)
		}
	}
}
