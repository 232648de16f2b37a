package scalingo_test

import (
	"flag"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
	"github.com/zoneward/zoneward/providers/scalingo/scalingotest"
)

var update = flag.Bool("update", false, "write what is asked and answered to the golden files")

// What is asked of the API, and what it answers, is in testdata for each of the calls.
func TestGolden(t *testing.T) {
	certificate := selfSigned(now.AddDate(0, 6, 0), "www.example.com")
	records := map[string][]string{"cname.example.com CNAME": {platform}}
	const (
		fetch = iota
		list
		link
		change // the fields that are declared
		unlink
	)
	for _, tt := range []struct {
		name string
		do   int
		what providers.Resource
		kind error // of the error that there is to be, nil if there is none
	}{
		{"fetch", fetch, resource("*.example.com.", "app=other-app"), nil},
		{"fetch-absent", fetch, www(), providers.ErrNoResource},
		{"fetch-unknown-app", fetch, www("app=unknown-app"), providers.ErrInvalid},
		{"list", list, providers.Resource{Kind: providers.App}, nil},
		{"link", link, www(), nil},
		{"link-with-certificate", link, secretly(www("canonical=true", "letsencrypt=false"), certificate), nil},
		{"link-taken", link, resource("taken.example.com."), providers.ErrBlocked},
		{"update", change, resource("plain.example.com.", "canonical=true", "letsencrypt=false"), nil},
		{"update-certificate", change, secretly(resource("plain.example.com."), selfSigned(now.AddDate(0, 6, 0), "plain.example.com")), nil},
		{"remove-certificate", change, resource("plain.example.com.", "certificate=", "certificate_sha256="), nil},
		{"unlink", unlink, resource("plain.example.com."), nil},
		{"unlink-still-cnamed", unlink, resource("cname.example.com."), providers.ErrBlocked},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, p := start(t, scalingotest.Options{Now: clock, Lookup: func(name, kind string) []string { return records[name+" "+kind] }})
			s.AddApp(scalingotest.App{Name: "other-app"})
			s.LinkElsewhere("taken.example.com")
			for _, name := range []string{"plain.example.com", "cname.example.com"} {
				s.Link("my-app", scalingotest.Domain{Name: name, LetsEncryptEnabled: true})
			}
			s.Link("other-app", scalingotest.Domain{Name: "*.example.com", Canonical: true, LetsEncryptEnabled: true})
			var err error
			switch tt.do {
			case fetch:
				_, err = p.FetchResource(t.Context(), tt.what)
			case list:
				_, err = p.Resources(t.Context(), tt.what)
			case link:
				err = p.CreateResource(t.Context(), normal(t, p, tt.what))
			case change, unlink:
				base := fetched(t, p, tt.what)
				s.Faults.Log().Reset()
				if tt.do == unlink {
					err = p.RemoveResource(t.Context(), base)
					break
				}
				r := normal(t, p, tt.what)
				fields := slices.DeleteFunc(slices.Sorted(maps.Keys(r.Fields)), func(name string) bool { return name == "app" })
				err = p.UpdateResource(t.Context(), base, r, fields)
			}
			if tt.kind != nil {
				wants(t, err, tt.kind)
			} else if err != nil {
				t.Error(err)
			}
			replace := func(expression, with string) func(string) string {
				re := regexp.MustCompile(expression)
				return func(text string) string { return re.ReplaceAllString(text, with) }
			}
			got := httpfault.Format{
				Headers: []string{"Authorization", "Accept", "Content-Type"},
				Replace: []func(string) string{
					replace(`Basic \S+`, "Basic API-TOKEN"), replace(`Bearer \S+`, "Bearer BEARER"), replace(`"token": "[^"]+"`, `"token": "BEARER"`),
					replace(`"-----BEGIN ([A-Z ]+)-----[^"]*"`, `"PEM of a $1"`),
				},
			}.Text(s.Faults.Log().All())
			if strings.Contains(got, "-----BEGIN") {
				t.Error("a key is in it")
			}
			httpfault.CompareGolden(t, filepath.Join("testdata", tt.name+".txt"), got, *update)
		})
	}
}
