package scalingo_test

import (
	"strings"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
	"github.com/zoneward/zoneward/providers/scalingo"
	"github.com/zoneward/zoneward/providers/scalingo/scalingotest"
	"github.com/zoneward/zoneward/zonefile"
)

// An application that is named by its id has its name in the answer, so that it is not taken for another application.
func TestApplicationByItsID(t *testing.T) {
	_, p := start(t, scalingotest.Options{})
	base := create(t, p, www())
	byID := www("app=541067ec736f7504a5000002") // behind that of the token
	got := fetched(t, p, byID)
	diff(t, "fields", base.Fields, got.Fields)
	diff(t, "id", base.ID, got.ID)
	list, err := p.Resources(t.Context(), byID)
	if err != nil || len(list) != 1 {
		t.Fatalf("%d in the list, error %v", len(list), err)
	}
	diff(t, "fields in the list", base.Fields, list[0].Fields)
}

// All names of all applications, in order. The canonical one of each is known to its other names.
func TestAllApplications(t *testing.T) {
	s, p := start(t, scalingotest.Options{})
	s.AddApp(scalingotest.App{Name: "other-app"})
	s.AddApp(scalingotest.App{Name: "empty-app"})
	s.AddApp(scalingotest.App{Name: "far-app", Region: "osc-secnum-fr1"})
	for _, r := range []providers.Resource{
		www(), resource("example.org.", "app=other-app", "canonical=true"), resource("a.example.com.", "canonical=true"), resource("www.example.org.", "app=other-app"),
		resource("far.example.com.", "app=far-app"),
	} {
		create(t, p, r)
	}
	near := open(t, s, scalingo.Options{HTTP: clientOf(s, "osc-fr1")})
	s.Faults.Log().Reset()
	list, err := near.Resources(t.Context(), providers.Resource{Kind: providers.App})
	if err != nil {
		t.Fatal(err)
	}
	var got [][3]string
	for _, one := range list {
		holder := ""
		if name, ok := one.Holders["canonical"]; ok {
			holder = name.String()
		}
		got = append(got, [3]string{one.Name.String(), one.Fields["app"], holder})
	}
	diff(t, "list", [][3]string{
		{"a.example.com.", "my-app", ""},
		{"www.example.com.", "my-app", "a.example.com."},
		{"example.org.", "other-app", ""},
		{"www.example.org.", "other-app", "example.org."},
	}, got)
	diff(t, "calls", []string{"GET /v1/apps", "GET /v1/apps/my-app/domains", "GET /v1/apps/other-app/domains", "GET /v1/apps/empty-app/domains"}, calls(s))

	// An application that goes while all are listed is none of them.
	fail(s, "GET /v1/apps/other-app/domains", scalingotest.NotFound("app").Fault())
	if list, err = near.Resources(t.Context(), providers.Resource{Kind: providers.App}); err != nil || len(list) != 2 {
		t.Errorf("without one that has gone there are %d in the list, error %v", len(list), err)
	}
	fail(s, "GET /v1/apps/other-app/domains", scalingotest.NotFound("app").Fault())
	_, err = near.Resources(t.Context(), www("app=other-app"))
	wants(t, err, providers.ErrInvalid, `there is no application "other-app"`)
	fail(s, "GET /v1/apps/other-app/domains", scalingotest.Forbidden().Fault())
	_, err = near.Resources(t.Context(), providers.Resource{Kind: providers.App})
	wants(t, err, providers.ErrAuth, "other-app")
}

// The CNAME leads to where the platform has the application, whatever its canonical name. Where it does not say that, nothing is to be published.
func TestCNAME(t *testing.T) {
	s, p := start(t, scalingotest.Options{CanonicalURL: true})
	s.AddApp(scalingotest.App{Name: "far-app", Region: "osc-secnum-fr1"})
	diff(t, "outputs", []string{"cname: example.com. 300 IN CNAME " + platform}, outputs(create(t, p, resource("example.com.", "canonical=true"))))
	diff(t, "outputs", []string{"cname: www.example.com. 300 IN CNAME far-app.osc-secnum-fr1.scalingo.io."}, outputs(create(t, p, www("app=far-app"))))
	for base, want := range map[string]int{`"https://` + strings.TrimSuffix(platform, ".") + `"`: 1, `"my-app"`: 0, `"https://a..b"`: 0, `"%"`: 0, `null`: 0} {
		fail(s, scalingotest.ShowApp, httpfault.Edit(func(a *httpfault.Answer) { a.Body = []byte(`{"app":{"name":"my-app","base_url":` + base + `}}`) }))
		if got := outputs(fetched(t, p, resource("example.com."))); len(got) != want {
			t.Errorf("with %s: %q", base, got)
		}
	}
}

// A name that is there in another case, or with a dot, is the same name.
func TestNamesOfTheAPI(t *testing.T) {
	s, p := start(t, scalingotest.Options{})
	for _, name := range []string{"WWW.Example.com", "a.example.com."} {
		s.Link("my-app", scalingotest.Domain{Name: name})
	}
	for _, name := range []string{"www.example.com.", "a.example.com."} {
		got := fetched(t, p, resource(name))
		diff(t, "name", zonefile.MustParseName(name).String(), got.Name.String())
		if err := p.UpdateResource(t.Context(), got, resource(name, "letsencrypt=true"), []string{"letsencrypt"}); err != nil {
			t.Error(err)
		}
		if err := p.RemoveResource(t.Context(), fetched(t, p, resource(name))); err != nil {
			t.Error(err)
		}
	}
}

// What is wrong with a question is said before anybody is asked.
func TestBadQuestions(t *testing.T) {
	s, p := start(t, scalingotest.Options{})
	without := www()
	without.Fields = nil
	for name, r := range map[string]providers.Resource{
		"another kind": {Kind: providers.Mail, Name: www().Name, Fields: www().Fields}, "no application": without, "a path": www("app=a/b"), "no host name": resource("_a.example.com."),
	} {
		_, err := p.FetchResource(t.Context(), r)
		wants(t, err, providers.ErrInvalid)
		if name == "a path" {
			_, err := p.Resources(t.Context(), r)
			wants(t, err, providers.ErrInvalid)
		}
	}
	if len(s.Calls()) > 0 {
		t.Errorf("%q was asked", s.Calls())
	}
}
