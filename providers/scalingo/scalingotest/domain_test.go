package scalingotest_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers/scalingo/scalingotest"
)

// The life of a domain, from its link to its end.
func TestOnce(t *testing.T) {
	dns := records{}
	s, c := start(t, scalingotest.Options{Lookup: dns.Lookup})
	linked := c.link("www.example.com")
	id := linked.text("id")
	want := object{
		"id": id, "app_id": c.want(http.StatusOK, "GET", "/v1/apps/my-app", "").at("app").text("id"), "name": "www.example.com", "canonical": false, "ssl": false,
		"letsencrypt": false, "letsencrypt_enabled": true, "letsencrypt_status": "pending_dns",
	}
	if d := cmp.Diff(want, linked); d != "" {
		t.Errorf("linked (-want +got):\n%s", d)
	}
	if d := cmp.Diff(want, c.show(id)); d != "" {
		t.Errorf("shown (-want +got):\n%s", d)
	}
	list := c.want(http.StatusOK, "GET", domains, "")
	if d := cmp.Diff(object{"domains": []any{map[string]any(want)}}, list); d != "" {
		t.Errorf("listed (-want +got):\n%s", d)
	}
	want["canonical"] = true
	if d := cmp.Diff(want, c.want(http.StatusOK, "PATCH", domains+"/"+id, `{"domain":{"canonical":true}}`).at("domain")); d != "" {
		t.Errorf("updated (-want +got):\n%s", d)
	}

	dns["www.example.com CNAME"] = []string{target + "."}
	const notFound = `Not Found {"error":"not found","resource":"domain"}`
	if got := c.refused("DELETE", domains+"/"+id, ""); got != notFound {
		t.Errorf("while the name is an alias: %s", got)
	}
	if got := c.show(id).text("id"); got != id {
		t.Errorf("after a refusal it is %q", got)
	}
	delete(dns, "www.example.com CNAME")
	if got := c.do("DELETE", domains+"/"+id, ""); got.status != http.StatusNoContent || got.text != "" {
		t.Errorf("unlinked: %d %q", got.status, got.text)
	}
	if got := c.refused("DELETE", domains+"/"+id, ""); got != notFound {
		t.Errorf("twice: %s", got)
	}
	if again := c.link("www.example.com"); again.text("id") == id || again["canonical"] != false {
		t.Errorf("a new link is %v, the old id was %s", again, id)
	}
	if got := len(s.Domains("my-app")); got != 1 {
		t.Errorf("%d domains", got)
	}
}

func TestNames(t *testing.T) {
	long := ""
	for range 32 {
		long += "1234567."
	}
	_, c := start(t, scalingotest.Options{})
	for name, want := range map[string]int{
		"example.com": 201, "xn--bcher-kva.example": 201, "*.example.com": 201, "a.b.c.example": 201,
		"": 422, "example": 422, "www.example.com.": 422, "WWW.example.com": 422, "a..example.com": 422, "-a.example.com": 422, "_acme.example.com": 422,
		"a.*.example.com": 422, "*": 422, "bücher.example": 422, "https://example.com": 422, "other.osc-fr1.scalingo.io": 422, long + "example": 422,
	} {
		if got := c.do("POST", domains, fmt.Sprintf(`{"domain":{"name":%q}}`, name)); got.status != want {
			t.Errorf("%q: %d %s, want %d", name, got.status, got.text, want)
		}
	}
}

func TestTakenName(t *testing.T) {
	for name, tt := range map[string]struct {
		opts scalingotest.Options
		want string
	}{
		"conflict": {scalingotest.Options{}, `Conflict {"error":"domain www.example.com is already linked to an application"}`},
		"invalid":  {scalingotest.Options{TakenIsInvalid: true}, `Unprocessable Entity {"errors":{"name":["is already linked to an application"]}}`},
	} {
		for where, take := range map[string]func(*scalingotest.Server){
			"the application":     func(s *scalingotest.Server) { s.Link("my-app", scalingotest.Domain{Name: "www.example.com"}) },
			"another application": func(s *scalingotest.Server) { s.Link("other-app", scalingotest.Domain{Name: "www.example.com"}) },
			"another account":     func(s *scalingotest.Server) { s.LinkElsewhere("www.example.com") },
		} {
			s, c := start(t, tt.opts)
			s.AddApp(scalingotest.App{Name: "other-app", Region: "osc-secnum-fr1"})
			take(s)
			if got := c.refused("POST", domains, `{"domain":{"name":"www.example.com"}}`); got != tt.want {
				t.Errorf("%s, %s: %s", name, where, got)
			}
		}
	}
}

func TestDomainLimit(t *testing.T) {
	s, c := start(t, scalingotest.Options{})
	for i := range 20 {
		c.link(fmt.Sprintf("n%d.example.com", i))
	}
	want := `Unprocessable Entity {"errors":{"base":["an application has 20 custom domains at most"]}}`
	if got := c.refused("POST", domains, `{"domain":{"name":"n20.example.com"}}`); got != want {
		t.Errorf("%s", got)
	}
	s.Unlink("my-app", "n0.example.com")
	c.link("n20.example.com")
}

func TestCanonical(t *testing.T) {
	for name, tt := range map[string]struct {
		rule scalingotest.Canonical
		want string // status, and whether a and b are canonical
	}{
		"moves": {scalingotest.CanonicalMoves, "200 false true"}, "refused": {scalingotest.CanonicalRefused, "422 true false"}, "both": {scalingotest.CanonicalBoth, "200 true true"},
	} {
		t.Run(name, func(t *testing.T) {
			s, c := start(t, scalingotest.Options{Canonical: tt.rule})
			a := c.want(http.StatusCreated, "POST", domains, `{"domain":{"name":"a.example.com","canonical":true}}`).at("domain").text("id")
			b := c.link("b.example.com").text("id")
			status := c.do("PATCH", domains+"/"+b, `{"domain":{"canonical":true}}`).status
			if got := fmt.Sprint(status, c.show(a)["canonical"], c.show(b)["canonical"]); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
			// In two steps it is always possible, and a link does what an update does.
			c.want(http.StatusOK, "PATCH", domains+"/"+a, `{"domain":{"canonical":false}}`)
			c.want(http.StatusOK, "PATCH", domains+"/"+b, `{"domain":{"canonical":true}}`)
			c.want(http.StatusOK, "PATCH", domains+"/"+b, `{"domain":{"canonical":true}}`)
			linked := c.do("POST", domains, `{"domain":{"name":"c.example.com","canonical":true}}`).status
			if refused := tt.rule == scalingotest.CanonicalRefused; refused != (linked == http.StatusUnprocessableEntity) || refused != (len(s.Domains("my-app")) == 2) {
				t.Errorf("the link of a third one is answered %d", linked)
			}
		})
	}
}

func TestNullFields(t *testing.T) {
	_, c := start(t, scalingotest.Options{NullFields: true, IdleSSLStatus: "pending"})
	got := c.link("www.example.com")
	want := object{"tlscert": nil, "tlskey": nil, "validity": nil, "acme_dns_fqdn": nil, "acme_dns_value": nil, "acme_dns_error": nil, "ssl_status": "pending"}
	if d := cmp.Diff(want, got.pick("tlscert", "tlskey", "validity", "acme_dns_fqdn", "acme_dns_value", "acme_dns_error", "ssl_status")); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestBehindTheAPI(t *testing.T) {
	s, c := start(t, scalingotest.Options{})
	id := s.Link("my-app", scalingotest.Domain{Name: "www.example.com", LetsEncryptEnabled: true})
	s.Edit("my-app", "www.example.com", func(d *scalingotest.Domain) { d.Canonical, d.LetsEncryptEnabled = true, false })
	want := object{"name": "www.example.com", "canonical": true, "letsencrypt_enabled": false}
	if d := cmp.Diff(want, c.show(id).pick("name", "canonical", "letsencrypt_enabled", "letsencrypt_status")); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	got, ok := s.Domain("my-app", "www.example.com")
	if d := cmp.Diff(scalingotest.Domain{ID: id, Name: "www.example.com", Canonical: true}, got); d != "" || !ok {
		t.Errorf("%t (-want +got):\n%s", ok, d)
	}
	s.Unlink("my-app", "www.example.com")
	c.want(http.StatusNotFound, "GET", domains+"/"+id, "")
	if _, ok := s.Domain("my-app", "www.example.com"); ok {
		t.Error("it is still there")
	}
}

// What a test gives and gets is its own.
func TestDomainsAreCopies(t *testing.T) {
	s, _ := start(t, scalingotest.Options{})
	given := &scalingotest.Certificate{Key: "first"}
	wantKey := func(want string) {
		t.Helper()
		if got, _ := s.Domain("my-app", "www.example.com"); got.Certificate.Key != want {
			t.Errorf("the key is %q, want %q", got.Certificate.Key, want)
		}
	}
	s.Link("my-app", scalingotest.Domain{Name: "www.example.com", Certificate: given})
	given.Key = "changed"
	wantKey("first")
	got, _ := s.Domain("my-app", "www.example.com")
	got.Certificate.Key = "changed"
	wantKey("first")
	s.Edit("my-app", "www.example.com", func(d *scalingotest.Domain) { d.Certificate = given })
	given.Key = "changed again"
	wantKey("changed")
}

func TestMistakesOfATest(t *testing.T) {
	s, _ := start(t, scalingotest.Options{})
	s.Link("my-app", scalingotest.Domain{Name: "www.example.com"})
	for want, call := range map[string]func(){
		`scalingotest: no application "unknown"`:                                                     func() { s.Domains("unknown") },
		`scalingotest: application my-app has no domain "a.example.com"`:                             func() { s.Unlink("my-app", "a.example.com") },
		`scalingotest: www.example.com of my-app has no certificate`:                                 func() { s.ExpireCertificate("my-app", "www.example.com") },
		`scalingotest: www.example.com of my-app is no wildcard with a certificate of Let's Encrypt`: func() { s.RotateChallenge("my-app", "www.example.com") },
	} {
		func() {
			defer func() {
				if got := recover(); got != want {
					t.Errorf("%v, want %s", got, want)
				}
			}()
			call()
		}()
	}
}
