package scalingo_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/scalingo/scalingotest"
)

const page = "../../docs/providers/scalingo.md"

// TestCalls counts the calls of the API for each of what is done, and compares them with the table in the docs.
func TestCalls(t *testing.T) {
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
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
		if row := fmt.Sprintf("| %s | %d |", tt.what, len(s.Calls())); !strings.Contains(string(text), row) {
			t.Errorf("%s has no line %q", page, row)
		}
	}
}
