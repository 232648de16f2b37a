package scalingotest_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers/scalingo/scalingotest"
)

// statuses returns what letsencrypt_status is in so many requests.
func (c client) statuses(id string, n int) []string {
	c.t.Helper()
	var all []string
	for range n {
		all = append(all, c.show(id).text("letsencrypt_status"))
	}
	return all
}

func (c client) wantStatuses(id string, want ...string) {
	c.t.Helper()
	if d := cmp.Diff(want, c.statuses(id, len(want))); d != "" {
		c.t.Errorf("letsencrypt_status (-want +got):\n%s", d)
	}
}

func TestLetsEncrypt(t *testing.T) {
	for name, serve := range map[string]records{
		"CNAME":              {"www.example.com CNAME": {target}},
		"CNAME with a dot":   {"www.example.com CNAME": {"My-App.osc-fr1.scalingo.io."}},
		"CNAME in two steps": {"www.example.com CNAME": {"a.example.net."}, "a.example.net CNAME": {target}},
		"address":            {"www.example.com A": {"192.0.2.1", "192.0.2.2"}, target + " A": {"192.0.2.2"}},
		"IPv6 address":       {"www.example.com AAAA": {"2001:db8::1"}, target + " AAAA": {"2001:db8::1"}},
	} {
		t.Run(name, func(t *testing.T) {
			dns := records{}
			_, c := start(t, scalingotest.Options{Lookup: dns.Lookup})
			id := c.link("www.example.com").text("id")
			c.wantStatuses(id, "pending_dns", "pending_dns")
			for key, values := range serve {
				dns[key] = values
			}
			c.wantStatuses(id, "new", "created", "created")
			if c.show(id)["letsencrypt"] != true {
				t.Error("letsencrypt is not true")
			}
			clear(dns)
			c.wantStatuses(id, "created")
		})
	}
}

// What does not lead to the application leaves a name as it is.
func TestWrongWays(t *testing.T) {
	for name, serve := range map[string]records{
		"nothing":             {},
		"another application": {"www.example.com CNAME": {"other-app.osc-fr1.scalingo.io."}},
		"another address":     {"www.example.com A": {"192.0.2.1"}, target + " A": {"192.0.2.2"}},
		"circle":              {"www.example.com CNAME": {"a.example."}, "a.example CNAME": {"www.example.com."}},
	} {
		t.Run(name, func(t *testing.T) {
			_, c := start(t, scalingotest.Options{Lookup: serve.Lookup})
			id := c.link("www.example.com").text("id")
			c.wantStatuses(id, "pending_dns", "pending_dns")
			c.want(http.StatusNoContent, "DELETE", domains+"/"+id, "")
		})
	}
}

// Only a CNAME keeps a name linked.
func TestAddressDoesNotKeepALink(t *testing.T) {
	dns := records{"example.com A": {"192.0.2.1"}, target + " A": {"192.0.2.1"}}
	_, c := start(t, scalingotest.Options{Lookup: dns.Lookup})
	c.want(http.StatusNoContent, "DELETE", domains+"/"+c.link("example.com").text("id"), "")
}

func TestErrorOfLetsEncrypt(t *testing.T) {
	dns := records{"www.example.com CNAME": {target}}
	_, c := start(t, scalingotest.Options{Lookup: dns.Lookup})
	id := c.link("www.example.com").text("id")
	c.wantStatuses(id, "new")
	clear(dns)
	c.wantStatuses(id, "error", "error")
	if got := c.show(id).text("acme_dns_error"); got == "" {
		t.Error("no acme_dns_error")
	}
	dns["www.example.com CNAME"] = []string{target}
	c.wantStatuses(id, "new", "created")
	if _, there := c.show(id)["acme_dns_error"]; there {
		t.Error("the acme_dns_error stays")
	}
}

func TestWildcard(t *testing.T) {
	dns := records{"*.example.com CNAME": {target}}
	s, c := start(t, scalingotest.Options{Lookup: dns.Lookup})
	linked := c.link("*.example.com")
	if d := cmp.Diff(object{"letsencrypt_status": "pending_dns"}, linked.pick("letsencrypt_status", "acme_dns_fqdn", "acme_dns_value")); d != "" {
		t.Errorf("linked (-want +got):\n%s", d)
	}
	id := linked.text("id")
	c.wantStatuses(id, "dns_required", "dns_required")
	shown := c.show(id)
	if got := shown.text("acme_dns_fqdn"); got != "_acme-challenge.example.com" {
		t.Errorf("acme_dns_fqdn %q", got)
	}
	if got, there := shown["acme_dns_error"]; there {
		t.Errorf("acme_dns_error %q, and nothing is there to be wrong", got)
	}
	value := shown.text("acme_dns_value")
	if len(value) != 43 {
		t.Errorf("acme_dns_value %q is not 43 characters long, as RFC 8555 has it", value)
	}
	dns["_acme-challenge.example.com TXT"] = []string{"another"}
	if got := c.show(id).text("acme_dns_error"); got != "the TXT record has another value" {
		t.Errorf("acme_dns_error %q", got)
	}
	dns["_acme-challenge.example.com TXT"] = []string{"another", value}
	c.wantStatuses(id, "new", "created", "created")
	if got := c.show(id); got["letsencrypt"] != true || got["acme_dns_error"] != nil || got.text("acme_dns_value") != value {
		t.Errorf("created: %v", got)
	}

	next := s.RotateChallenge("my-app", "*.example.com")
	if next == value {
		t.Error("the value is the same")
	}
	c.wantStatuses(id, "dns_required")
	if got := c.show(id); got["letsencrypt"] != true || got.text("acme_dns_value") != next {
		t.Errorf("while it is renewed: %v", got)
	}
	dns["_acme-challenge.example.com TXT"] = []string{next}
	c.wantStatuses(id, "new", "created")

	c.want(http.StatusNotFound, "DELETE", domains+"/"+id, "")
	delete(dns, "*.example.com CNAME")
	c.want(http.StatusNoContent, "DELETE", domains+"/"+id, "")
	again := c.link("*.example.com").text("id")
	if got := c.show(again).text("acme_dns_value"); got == next || got == "" {
		t.Errorf("linked again it needs the value %q", got)
	}
}

func TestFormsOfTheChallenge(t *testing.T) {
	dns := records{"_acme-challenge.example.com TXT": {"wrong"}}
	for name, tt := range map[string]struct {
		form    scalingotest.AcmeError
		without any
		with    any
	}{
		"text":          {scalingotest.AcmeErrorText, nil, "the TXT record has another value"},
		"object":        {scalingotest.AcmeErrorObject, nil, map[string]any{"dns_provider": "manual", "variables": []any{"the TXT record has another value"}}},
		"always object": {scalingotest.AcmeErrorObjectAlways, map[string]any{"dns_provider": "", "variables": []any{}}, map[string]any{"dns_provider": "manual", "variables": []any{"the TXT record has another value"}}},
	} {
		t.Run(name, func(t *testing.T) {
			_, c := start(t, scalingotest.Options{Lookup: dns.Lookup, AcmeError: tt.form, ChallengeAtOnce: true, DotAfterFQDN: true})
			linked := c.link("*.example.com")
			if got := linked.text("letsencrypt_status") + " " + linked.text("acme_dns_fqdn"); got != "dns_required _acme-challenge.example.com." {
				t.Errorf("linked: %s", got)
			}
			if d := cmp.Diff(tt.without, linked["acme_dns_error"]); d != "" {
				t.Errorf("without an error (-want +got):\n%s", d)
			}
			if d := cmp.Diff(tt.with, c.show(linked.text("id"))["acme_dns_error"]); d != "" {
				t.Errorf("with an error (-want +got):\n%s", d)
			}
		})
	}
}

func TestStatusOfATest(t *testing.T) {
	dns := records{"www.example.com CNAME": {target}}
	s, c := start(t, scalingotest.Options{Lookup: dns.Lookup})
	id := c.link("www.example.com").text("id")
	s.SetStatus("my-app", "www.example.com", scalingotest.StatusError, "DNS problem")
	c.wantStatuses(id, "error", "error")
	if got := c.show(id).text("acme_dns_error"); got != "DNS problem" {
		t.Errorf("acme_dns_error %q", got)
	}
	s.Resume("my-app", "www.example.com")
	c.wantStatuses(id, "new", "created")
	s.SetStatus("my-app", "www.example.com", "pending", "")
	c.wantStatuses(id, "pending", "pending")
	s.Resume("my-app", "www.example.com")
	c.wantStatuses(id, "pending_dns", "new", "created")
}

func TestLetsEncryptOff(t *testing.T) {
	dns := records{"_acme-challenge.example.com TXT": {"wrong"}}
	s, c := start(t, scalingotest.Options{Lookup: dns.Lookup})
	id := c.want(http.StatusCreated, "POST", domains, `{"domain":{"name":"*.example.com","letsencrypt_enabled":false}}`).at("domain").text("id")
	c.wantStatuses(id, "", "")
	c.want(http.StatusOK, "PATCH", domains+"/"+id, `{"domain":{"letsencrypt_enabled":true}}`)
	c.wantStatuses(id, "dns_required", "dns_required")
	c.want(http.StatusOK, "PATCH", domains+"/"+id, `{"domain":{"letsencrypt_enabled":false}}`)
	got, _ := s.Domain("my-app", "*.example.com")
	if d := cmp.Diff(scalingotest.Domain{ID: id, Name: "*.example.com"}, got); d != "" {
		t.Errorf("off again (-want +got):\n%s", d)
	}
}

// A certificate of the application's own comes first, until it ends.
func TestOwnCertificateComesFirst(t *testing.T) {
	now := newClock()
	s, c := start(t, scalingotest.Options{Now: now.Now, BearerLifetime: 1000 * time.Hour})
	id := s.Link("my-app", scalingotest.Domain{
		Name: "www.example.com", LetsEncryptEnabled: true, Status: scalingotest.StatusCreated,
		Certificate: &scalingotest.Certificate{Subject: "/CN=www.example.com", Validity: now.Now().Add(time.Hour), Status: scalingotest.SSLSuccess},
	})
	if got := c.show(id); got["letsencrypt"] != false || got.text("letsencrypt_status") != "created" {
		t.Errorf("with a certificate of its own: %v", got)
	}
	now.pass(time.Hour)
	if got := c.show(id); got["letsencrypt"] != true || got["ssl"] != true {
		t.Errorf("when that has ended: %v", got)
	}
}

// The platform looks at the DNS when it is time to, and not when it is asked.
func TestCheckEvery(t *testing.T) {
	now := newClock()
	var asked []string
	dns := records{"www.example.com CNAME": {target}}
	_, c := start(t, scalingotest.Options{Now: now.Now, BearerLifetime: 1000 * time.Hour, CheckEvery: time.Minute, Lookup: func(name, kind string) []string {
		asked = append(asked, name+" "+kind)
		return dns.Lookup(name, kind)
	}})
	id := c.link("www.example.com").text("id")
	now.pass(59 * time.Second)
	c.wantStatuses(id, "pending_dns", "pending_dns")
	if len(asked) != 0 {
		t.Errorf("the DNS was asked %q", asked)
	}
	now.pass(time.Second)
	c.wantStatuses(id, "new", "new")
	now.pass(24 * time.Hour)
	c.wantStatuses(id, "created", "created")
	if len(asked) > 5 {
		t.Errorf("the DNS was asked %d times", len(asked))
	}
	now.pass(59 * time.Second)
	id = c.link("a.example.com").text("id")
	now.pass(3 * time.Minute)
	c.wantStatuses(id, "pending_dns")
	dns["a.example.com CNAME"] = []string{target}
	now.pass(time.Minute)
	if got := c.statuses(id, 1); !slices.Contains(got, "new") {
		t.Errorf("%q, want new", got)
	}
	now.pass(2 * time.Minute)
	c.wantStatuses(id, "created")
}
