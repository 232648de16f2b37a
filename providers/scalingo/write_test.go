package scalingo_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
	"github.com/zoneward/zoneward/providers/scalingo/scalingotest"
)

// state returns the state that an error says has to change first.
func state(t testing.TB, err error) string {
	t.Helper()
	wants(t, err, providers.ErrBlocked)
	e, ok := errors.AsType[*providers.StateError](err)
	if !ok {
		t.Fatalf("error %v is no StateError", err)
	}
	return e.State
}

// A name that leads to the application is not unlinked, and what says that is not taken for the name being gone.
func TestStillCNAMEd(t *testing.T) {
	records := map[string][]string{"www.example.com CNAME": {platform}}
	s, p := start(t, scalingotest.Options{Lookup: func(name, kind string) []string { return records[name+" "+kind] }})
	base := create(t, p, www())
	err := p.RemoveResource(t.Context(), base)
	if got := state(t, err); got != "still_cnamed" || !strings.Contains(err.Error(), "take the CNAME of www.example.com. to the application away") {
		t.Errorf("state %s: %v", got, err)
	}
	fetched(t, p, www())

	fail(s, scalingotest.ShowDomain, scalingotest.Internal().Fault())
	wants(t, p.RemoveResource(t.Context(), base), errBusy, "after a refusal, which was 404")
	fail(s, scalingotest.ShowDomain, httpfault.Proxy(http.StatusNotFound))
	wants(t, p.RemoveResource(t.Context(), base), errNoKind)
	fail(s, scalingotest.UnlinkDomain, httpfault.Proxy(http.StatusNotFound))
	wants(t, p.RemoveResource(t.Context(), base), errNoKind, "404")
	fail(s, scalingotest.UnlinkDomain, httpfault.Call(func(*http.Request) { s.Unlink("my-app", "www.example.com") }))
	wants(t, p.RemoveResource(t.Context(), base), providers.ErrNoResource, "somebody has unlinked it")

	base = create(t, p, www())
	clear(records)
	if err := p.RemoveResource(t.Context(), base); err != nil {
		t.Error(err)
	}
	_, err = p.FetchResource(t.Context(), www())
	wants(t, err, providers.ErrNoResource, "no custom domain of the application my-app")
}

// How a 404 is worded that means a CNAME is said nowhere: whether the name is there tells what it means.
func TestStillCNAMEdInOtherWords(t *testing.T) {
	for _, tt := range []struct {
		name   string
		fields map[string]any
		kind   error
	}{
		{"no resource", map[string]any{"error": "domain is still CNAME-ed"}, providers.ErrBlocked},
		{"resource in another case", map[string]any{"error": "not found", "resource": "Domain"}, providers.ErrBlocked},
		{"resource of another name", map[string]any{"error": "still CNAME-ed", "resource": "custom_domain"}, providers.ErrBlocked},
		{"the application", map[string]any{"error": "not found", "resource": "app"}, providers.ErrInvalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, p := start(t, scalingotest.Options{})
			base := create(t, p, www())
			refused := (&scalingotest.Error{Status: http.StatusNotFound, Fields: tt.fields}).Fault()
			fail(s, scalingotest.UnlinkDomain, refused)
			err := p.RemoveResource(t.Context(), base)
			wants(t, err, tt.kind, fmt.Sprint(tt.fields["error"]))
			if errors.Is(tt.kind, providers.ErrBlocked) && state(t, err) != "still_cnamed" {
				t.Errorf("error %v", err)
			}
			fetched(t, p, www())

			fail(s, scalingotest.UnlinkDomain, refused)
			fail(s, scalingotest.ShowDomain, refused)
			if err := p.RemoveResource(t.Context(), base); errors.Is(err, providers.ErrNoResource) {
				t.Errorf("a name that nobody says is gone is taken for that: %v", err)
			}
		})
	}
}

// Only what the list of the application says makes a name be gone: not that the application is, or cannot be seen.
func TestApplicationThatCannotBeSeen(t *testing.T) {
	for access, kind := range map[scalingotest.Access]error{scalingotest.NotListed: providers.ErrInvalid, scalingotest.Denied: providers.ErrAuth} {
		s, p := start(t, scalingotest.Options{})
		base := create(t, p, www())
		s.SetAccess("my-app", access)
		_, err := p.FetchResource(t.Context(), www())
		wants(t, err, kind)
		_, err = p.Resources(t.Context(), www())
		wants(t, err, kind)
		wants(t, p.CreateResource(t.Context(), resource("a.example.com.")), kind)
		wants(t, p.UpdateResource(t.Context(), base, www("canonical=true"), []string{"canonical"}), kind)
		wants(t, p.RemoveResource(t.Context(), base), kind)
	}
	s, p := start(t, scalingotest.Options{})
	base := create(t, p, www())
	s.SetAccess("my-app", scalingotest.ReadOnly)
	fetched(t, p, www())
	wants(t, p.RemoveResource(t.Context(), base), providers.ErrAuth)
	s.RemoveApp("my-app")
	_, err := p.FetchResource(t.Context(), www())
	wants(t, err, providers.ErrInvalid, `there is no application "my-app" in this region, or the account of the API token may not see it`)
}

func TestTwentyDomains(t *testing.T) {
	s, p := start(t, scalingotest.Options{})
	for i := range 20 {
		if got := observed(create(t, p, resource(fmt.Sprintf("n%d.example.com.", i))), "domains_of_app"); (got.Alert == "") != (i+1 < 18) || got.Value != float64(i+1) || got.Text != fmt.Sprintf("%d of 20", i+1) {
			t.Errorf("with %d domains it is %v", i+1, got)
		}
	}
	s.Faults.Log().Reset()
	wants(t, p.CreateResource(t.Context(), www()), providers.ErrInvalid, "the application my-app has 20 custom domains, which is the most")
	if got := s.Faults.Log().Count(scalingotest.LinkDomain); got != 0 {
		t.Errorf("%d links", got)
	}
	s.Unlink("my-app", "n7.example.com")
	create(t, p, www())
}

// A name of another application is not a change in the meantime: it would be planned again for ever.
func TestLinkedElsewhere(t *testing.T) {
	for _, invalid := range []bool{false, true} {
		s, p := start(t, scalingotest.Options{TakenIsInvalid: invalid})
		s.LinkElsewhere("www.example.com")
		err := p.CreateResource(t.Context(), www())
		if invalid {
			wants(t, err, providers.ErrInvalid, "is already linked to an application")
		} else if got := state(t, err); got != "linked_elsewhere" || !strings.Contains(err.Error(), "domain www.example.com is already linked") {
			t.Errorf("state %s: %v", got, err)
		}

		// One that somebody links meanwhile is there.
		fail(s, scalingotest.LinkDomain, httpfault.Call(func(*http.Request) { s.Link("my-app", scalingotest.Domain{Name: "a.example.com"}) }))
		wants(t, p.CreateResource(t.Context(), resource("a.example.com.")), providers.ErrConflict, "it is there")

		// Without another look nobody knows.
		s.Faults.Add(httpfault.Rule{Pattern: scalingotest.ListDomains, Every: 2, Times: 1, Fault: httpfault.Lost()})
		kind := providers.ErrConflict
		if invalid {
			kind = providers.ErrInvalid
		}
		wants(t, p.CreateResource(t.Context(), www()), kind)
	}
}

// Each provider writes its own domain only: the canonical one has to give it up first.
func TestCanonicalOfAnother(t *testing.T) {
	s, p := start(t, scalingotest.Options{})
	create(t, p, resource("a.example.com.", "canonical=true"))
	if got := state(t, p.CreateResource(t.Context(), www("canonical=true"))); got != "canonical_elsewhere" {
		t.Errorf("the link is refused as %s", got)
	}
	base := create(t, p, www())
	diff(t, "holder", "a.example.com.", base.Holders["canonical"].String())
	s.Faults.Log().Reset()
	err := p.UpdateResource(t.Context(), base, www("canonical=true"), []string{"canonical"})
	if got := state(t, err); got != "canonical_elsewhere" || !strings.Contains(err.Error(), "canonical: false for a.example.com.") {
		t.Errorf("the update is refused as %s: %v", got, err)
	}
	if got := s.Faults.Log().Count(scalingotest.UpdateDomain); got != 0 {
		t.Errorf("%d updates", got)
	}

	// One that became canonical since is a change in the meantime.
	s.Edit("my-app", "a.example.com", func(d *scalingotest.Domain) { d.Canonical = false })
	base = fetched(t, p, www())
	create(t, p, resource("b.example.com.", "canonical=true"))
	wants(t, p.UpdateResource(t.Context(), base, www("canonical=true"), []string{"canonical"}), providers.ErrConflict, "b.example.com.")
	// Other fields are not about that.
	if err := p.UpdateResource(t.Context(), base, www("letsencrypt=false"), []string{"letsencrypt"}); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"www.example.com", "a.example.com"} {
		if d, _ := s.Domain("my-app", name); d.Canonical {
			t.Errorf("%s is canonical", name)
		}
	}
}

// A certificate is written with its key, whichever field is meant, and only if it is the one that was planned.
func TestUpdateCertificate(t *testing.T) {
	until := now.AddDate(0, 6, 0)
	first, second := selfSigned(until, "www.example.com"), selfSigned(until.Add(time.Hour), "www.example.com")
	for _, field := range []string{"certificate", "certificate_sha256"} {
		s, p := start(t, scalingotest.Options{Now: clock})
		base := create(t, p, www("canonical=true"))
		pem := first
		r := www()
		r.Secrets = map[string]providers.Secret{"certificate": providers.NewSecret("${file:/run/secrets/www}", func() (string, error) { return pem, nil })}
		r = normal(t, p, r)
		pem = second
		wants(t, p.UpdateResource(t.Context(), base, r, []string{field}), providers.ErrConflict, "the secret gives another certificate than when this was planned")
		wants(t, p.CreateResource(t.Context(), func() providers.Resource { r.Name = resource("a.example.com.").Name; return r }()), providers.ErrInvalid, "it is not for a.example.com")
		r.Name = base.Name
		pem = first
		if err := p.UpdateResource(t.Context(), base, r, []string{field}); err != nil {
			t.Fatal(err)
		}
		after := fetched(t, p, www())
		want := map[string]string{"app": "my-app", "canonical": "true", "letsencrypt": "true", "certificate": "CN=www.example.com, until 2027-05-20T12:00:00Z"}
		diff(t, "fields", want, after.Fields)

		// Somebody else uploads another one.
		s.Edit("my-app", "www.example.com", func(d *scalingotest.Domain) { d.Certificate.Validity = until.Add(time.Minute) })
		wants(t, p.UpdateResource(t.Context(), after, r, []string{field}), providers.ErrConflict, "until 2027-05-20T12:01:00Z")

		// It can be taken away.
		none := www("certificate=", "certificate_sha256=")
		if err := p.UpdateResource(t.Context(), fetched(t, p, www()), none, []string{"certificate", "certificate_sha256"}); err != nil {
			t.Fatal(err)
		}
		delete(want, "certificate")
		diff(t, "fields without it", want, fetched(t, p, www()).Fields)
		if d, _ := s.Domain("my-app", "www.example.com"); d.Certificate != nil {
			t.Errorf("the certificate is %v", d.Certificate)
		}
	}
}

// Nothing but what was asked for is written, and what nobody gives a value is not.
func TestBadWrites(t *testing.T) {
	s, p := start(t, scalingotest.Options{})
	base := create(t, p, www())
	update := func(r providers.Resource, fields ...string) error {
		return p.UpdateResource(t.Context(), base, r, fields)
	}
	noApp := *base
	noApp.Fields = nil
	s.Faults.Log().Reset()
	for _, tt := range []struct {
		name  string
		err   error
		kind  error
		field string
	}{
		{"update without a base", p.UpdateResource(t.Context(), nil, www(), nil), providers.ErrInvalid, ""},
		{"update of another name", update(resource("a.example.com.", "canonical=true"), "canonical"), providers.ErrInvalid, ""},
		{"update of another kind", update(providers.Resource{Kind: providers.Mail, Name: base.Name, Fields: www("canonical=true").Fields}, "canonical"), providers.ErrInvalid, ""},
		{"no value", update(www(), "canonical"), providers.ErrInvalid, "canonical"},
		{"another form", update(www("canonical=1"), "canonical"), providers.ErrInvalid, "canonical"},
		{"another application", update(www("app=other-app"), "app"), providers.ErrUnsupported, "app"},
		{"unknown field", update(www("colour=red"), "colour"), providers.ErrUnsupported, "colour"},
		{"no value of a certificate", update(www(), "certificate"), providers.ErrInvalid, "certificate"},
		{"certificate without its secret", update(www("certificate=CN=a"), "certificate"), providers.ErrInvalid, "certificate"},
		{"certificate that is empty in part", update(www("certificate=", "certificate_sha256=aa"), "certificate"), providers.ErrInvalid, "certificate"},
		{"base without its application", p.UpdateResource(t.Context(), &noApp, www("canonical=true"), []string{"canonical"}), providers.ErrInvalid, "app"},
		{"remove without a base", p.RemoveResource(t.Context(), nil), providers.ErrInvalid, ""},
		{"remove of a base without its application", p.RemoveResource(t.Context(), &noApp), providers.ErrInvalid, "app"},
		{"create of another kind", p.CreateResource(t.Context(), providers.Resource{Kind: providers.Mail, Name: base.Name, Fields: base.Fields}), providers.ErrInvalid, "kind"},
		{"create with a secret alone", p.CreateResource(t.Context(), secretly(resource("a.example.com."), "")), providers.ErrInvalid, "certificate"},
		{"create that is not normal", p.CreateResource(t.Context(), resource("a.example.com.", "letsencrypt=0")), providers.ErrInvalid, "letsencrypt"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			wants(t, tt.err, tt.kind)
			bad, ok := errors.AsType[*providers.FieldError](tt.err)
			if ok != (tt.field != "") || ok && bad.Field != tt.field {
				t.Errorf("error %v, want one about the field %q", tt.err, tt.field)
			}
		})
	}
	if err := update(www()); err != nil {
		t.Errorf("update of nothing: %v", err)
	}
	wants(t, p.CreateResource(t.Context(), www()), providers.ErrConflict, "it is there")
	for _, call := range calls(s) {
		if !strings.HasPrefix(call, "GET ") {
			t.Errorf("%s was asked", call)
		}
	}
	// Empty fields of a certificate are none that a new name has to lose.
	create(t, p, resource("a.example.com.", "certificate=", "certificate_sha256="))
}

func TestGoneInTheMeantime(t *testing.T) {
	s, p := start(t, scalingotest.Options{})
	base := create(t, p, www())
	fail(s, scalingotest.UpdateDomain, httpfault.Call(func(*http.Request) { s.Unlink("my-app", "www.example.com") }))
	wants(t, p.UpdateResource(t.Context(), base, www("canonical=true"), []string{"canonical"}), providers.ErrNoResource, "somebody has unlinked it")
}
