package glaucatest_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers/glauca/glaucatest"
)

const denied = `{"detail":"You do not have permission to perform this action."}`

// What of a request is wrong before anybody looks at a domain.
func TestStrictness(t *testing.T) {
	for _, tt := range []struct {
		name, method, path, body string
		header                   map[string]string
		status                   int
		want                     string // of the body, empty if it is HTML
	}{
		{"no such path", "GET", "/api/domain/", "", nil, 404, ""},
		{"no such collection of a domain", "GET", first + "records/", "", nil, 404, ""},
		{"id with a dot", "GET", domains + "example.com/", "", nil, 404, ""},
		{"two slashes", "GET", "/api//domains/", "", nil, 404, ""},
		{"other prefix", "GET", "/domains/", "", nil, 404, ""},
		{"no such domain", "GET", domains + "domain_9/", "", nil, 404, `{"detail":"Not found."}`},
		{"no create", "POST", domains, "{}", nil, 405, `{"detail":"Method \"POST\" not allowed."}`},
		{"GET of an action", "GET", domains + "check/", "", nil, 405, `{"detail":"Method \"GET\" not allowed."}`},
		{"POST of the price of a restore", "POST", first + "check_restore/", "{}", nil, 405, `{"detail":"Method \"POST\" not allowed."}`},
		{"parameter", "GET", domains + "?domain=example.com", "", nil, 400, `{"detail":"Parameter that would be passed over: domain"}`},
		{"parameter twice", "GET", domains + "?limit=1&limit=2", "", nil, 400, `{"detail":"Parameter that would be passed over: limit"}`},
		{"body of a GET", "GET", first, "{}", nil, 400, `{"detail":"Body that would be passed over."}`},
		{"HTML alone", "GET", first, "", map[string]string{"Accept": "text/html"}, 406, `{"detail":"Could not satisfy the request Accept header."}`},
		{"HTML or anything", "GET", domains + "domain_9/", "", map[string]string{"Accept": "text/html, */*;q=0.8"}, 404, `{"detail":"Not found."}`},
		{"JSON alone", "GET", domains + "domain_9/", "", map[string]string{"Accept": "application/json"}, 404, `{"detail":"Not found."}`},
		{"application", "GET", domains + "domain_9/", "", map[string]string{"Accept": "application/*"}, 404, `{"detail":"Not found."}`},
		{"text", "PATCH", first, "{}", map[string]string{"Content-Type": "text/plain"}, 415, `{"detail":"Unsupported media type \"text/plain\" in request."}`},
		{"no type", "PATCH", first, "{}", map[string]string{"Content-Type": ""}, 415, `{"detail":"Unsupported media type \"\" in request."}`},
		{"charset", "PATCH", domains + "domain_9/", "{}", map[string]string{"Content-Type": "application/json; charset=utf-8"}, 404, `{"detail":"Not found."}`},
		{"no JSON", "PATCH", first, "{", nil, 400, `{"detail":"JSON parse error - Expecting value: line 1 column 1 (char 0)"}`},
		{"two bodies", "PATCH", first, "{}{}", nil, 400, `{"detail":"JSON parse error - Expecting value: line 1 column 1 (char 0)"}`},
		{"list", "PATCH", first, "[]", nil, 400, `{"non_field_errors":["Invalid data. Expected a dictionary, but got list."]}`},
		{"unknown field", "PATCH", first, `{"nameservers":[]}`, nil, 400, `{"nameservers":["Field that would be passed over."]}`},
		{"field that can only be read", "PATCH", first, `{"expiry":null}`, nil, 400, `{"expiry":["Field that would be passed over."]}`},
		{"nothing", "PATCH", first, "", nil, 200, "-"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, c := start(t, glaucatest.Options{})
			before := c.read().text
			got, err := c.send(tt.method, tt.path, tt.body, tt.header)
			if err != nil || got.status != tt.status {
				t.Fatalf("%d %s %v, want %d", got.status, got.text, err, tt.status)
			}
			want, kind := tt.want, "application/json"
			if want == "" {
				want, kind = got.text, "text/html; charset=utf-8"
			}
			if got.text != want && want != "-" {
				t.Errorf("body %s, want %s", got.text, want)
			}
			if got.header.Get("Content-Type") != kind {
				t.Errorf("Content-Type %q, want %q", got.header.Get("Content-Type"), kind)
			}
			if after := c.read().text; after != before {
				t.Errorf("something was written: %s", after)
			}
		})
	}
}

// A lenient fake passes over what the framework does, and does nothing for it.
func TestLenient(t *testing.T) {
	_, c := start(t, glaucatest.Options{Lenient: true})
	before := c.read().text
	for _, r := range [][3]string{
		{"PATCH", first, `{"nameservers":[],"expiry":null}`},
		{"GET", domains + "?domain=example.com", ""},
		{"GET", domains, "{}"},
	} {
		c.want(200, r[0], r[1], r[2])
	}
	if after := c.read().text; after != before {
		t.Errorf("got %s, want %s", after, before)
	}
}

func TestMethods(t *testing.T) {
	_, c := start(t, glaucatest.Options{})
	if got := c.want(405, "POST", first, "{}").header.Get("Allow"); got != "GET, PUT, PATCH, DELETE" {
		t.Errorf("Allow is %q", got)
	}
	if a := c.want(200, "HEAD", first, ""); a.text != "" {
		t.Errorf("HEAD has the body %s", a.text)
	}
}

// The slash at the end of a path is not a matter of taste.
func TestSlash(t *testing.T) {
	for _, tt := range []struct {
		method, path string
		option       int
		status       int
		location     string
	}{
		{"GET", "/api/domains", 0, 301, "/api/domains/"},
		{"GET", "/api/domains?limit=5", 0, 301, "/api/domains/?limit=5"},
		{"GET", "/api/domains/domain_1", 404, 301, "/api/domains/domain_1/"},
		{"HEAD", "/api/domains/nobody", 0, 301, "/api/domains/nobody/"},
		{"PATCH", "/api/domains/domain_1", 0, 500, ""},
		{"PUT", "/api/domains/domain_1", 0, 500, ""},
		{"POST", "/api/domains/check", 0, 500, ""},
		{"PATCH", "/api/domains/domain_1", 404, 404, ""},
		{"PATCH", "/api/domains/domain_1", 301, 301, "/api/domains/domain_1/"},
		{"GET", "/api/nothing", 0, 404, ""},
	} {
		s, c := start(t, glaucatest.Options{SlashlessWrite: tt.option})
		body := ""
		if tt.method != "GET" && tt.method != "HEAD" {
			body = servers("ns.example.org")
		}
		c.token = "" // nobody has looked at it yet
		a := c.want(tt.status, tt.method, tt.path, body)
		if got := a.header.Get("Location"); got != tt.location {
			t.Errorf("%s %s: to %q, want %q", tt.method, tt.path, got, tt.location)
		}
		if got := s.NS("example.com"); len(got) != 2 {
			t.Errorf("%s %s: it was done", tt.method, tt.path)
		}
	}
}

func TestTokens(t *testing.T) {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	s, c := start(t, glaucatest.Options{Now: func() time.Time { return now }})
	pat := func(token glaucatest.Token) string { return "X-AS207960-PAT " + s.AddToken(token) }
	bearer := func(token glaucatest.Token) string {
		token.Bearer = true
		return "Bearer " + s.AddToken(token)
	}
	scoped := func(scopes ...string) string { return pat(glaucatest.Token{Scopes: scopes}) }
	const invalid = `{"detail":"Invalid token"}`
	patch := func(body string) string { return "PATCH " + first + " " + body }
	for _, tt := range []struct {
		name, token, call string
		status            int
		want              string
	}{
		{"personal", pat(glaucatest.Token{}), "GET " + first, 200, ""},
		{"bearer", bearer(glaucatest.Token{}), "GET " + first, 200, ""},
		{"bearer before its end", bearer(glaucatest.Token{Expires: now.Add(time.Second)}), "GET " + first, 200, ""},
		{"bearer at its end", bearer(glaucatest.Token{Expires: now}), "GET " + first, 403, invalid},
		{"personal at its end", pat(glaucatest.Token{Expires: now}), "GET " + first, 403, invalid},
		{"unknown", "Bearer x", "GET " + first, 403, invalid},
		{"personal as bearer", "Bearer " + s.Token, "GET " + first, 403, invalid},
		{"bearer as personal", "X-AS207960-PAT " + strings.TrimPrefix(bearer(glaucatest.Token{}), "Bearer "), "GET " + first, 403, invalid},
		{"other scheme", "Token " + s.Token, "GET " + first, 403, denied},
		{"scheme in lower case", "bearer " + s.Token, "GET " + first, 403, denied},
		{"none", "", "GET " + domains, 403, denied},
		{"none for a check", "", "POST " + domains + "check/ " + checkBody("example.org"), 403, denied},
		{"no scopes for a check", scoped(), "POST " + domains + "check/ " + checkBody("example.org"), 200, ""},
		{"scope to read", scoped(glaucatest.ReadDomainScope), "GET " + first, 200, ""},
		{"scope to read for a write", scoped(glaucatest.ReadDomainScope), patch("{}"), 403, denied},
		{"scope to write for a read", scoped(glaucatest.DomainScope), "GET " + domains, 200, ""},
		{"scope to write", scoped(glaucatest.DomainScope), patch("{}"), 200, ""},
		{"scope of contacts for domains", scoped(glaucatest.ContactScope), "GET " + domains, 403, denied},
		{"scope of domains for contacts", scoped(glaucatest.DomainScope), "GET /api/contacts/", 403, denied},
		{"scope to read contacts", scoped(glaucatest.ReadContactScope), "GET /api/contacts/", 200, ""},
		{"scope to read addresses", scoped(glaucatest.ReadAddressScope), "GET /api/contact_addresses/", 200, ""},
		{"scope to read name servers", scoped(glaucatest.ReadNameServerScope), "GET /api/name_servers/", 200, ""},
		{"scope to read name servers for a write", scoped(glaucatest.ReadNameServerScope), `POST /api/name_servers/ {"name_server":"ns.example.com","addresses":[]}`, 403, denied},
		{"everyday scopes for a renewal", pat(glaucatest.Token{}), "POST " + first + `renew/ {"period":{"unit":"y","value":1}}`, 403, denied},
		{"another account's domain", pat(glaucatest.Token{Account: "other"}), "GET " + first, 403, denied},
		{"another account's list", pat(glaucatest.Token{Account: "other"}), "GET " + domains, 200, "[]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			method, rest, _ := strings.Cut(tt.call, " ")
			path, body, _ := strings.Cut(rest, " ")
			a := client{t, c.url, tt.token}.want(tt.status, method, path, body)
			if tt.want != "" && a.text != tt.want {
				t.Errorf("body %s, want %s", a.text, tt.want)
			}
		})
	}
}

// A token that ends while it is used ends with the clock, or by hand.
func TestTokenEnds(t *testing.T) {
	s, c := start(t, glaucatest.Options{Unauthorized: true})
	c.read()
	s.SetToken(s.Token, glaucatest.Token{Expires: time.Date(2026, 11, 20, 11, 59, 59, 0, time.UTC)})
	a := c.want(401, "GET", first, "")
	if a.header.Get("WWW-Authenticate") == "" || a.text != `{"detail":"Invalid token"}` {
		t.Errorf("%v %s", a.header, a.text)
	}
	s.SetToken(s.Token, glaucatest.Token{Scopes: []string{glaucatest.ReadDomainScope}})
	c.read()
	c.patch(403, "{}")
}

// The order of calls is known over several fakes, and with what never reaches this one.
func TestCalls(t *testing.T) {
	var hooked []string
	s, c := start(t, glaucatest.Options{Hook: func(call string) { hooked = append(hooked, call) }})
	c.do("GET", "/api/domains", "")
	c.do("GET", domains+"?limit=5", "")
	s.Faults.Add(always(glaucatest.RegistryFailure("Command failed")))
	c.do("PATCH", first, "{}")
	want := []string{"GET /api/domains", "GET /api/domains/?limit=5", "PATCH /api/domains/domain_1/"}
	if d := cmp.Diff(want, s.Calls()); d != "" {
		t.Errorf("calls (-want +got):\n%s", d)
	}
	if !slices.Equal(hooked, want) {
		t.Errorf("the hook was called with %q", hooked)
	}
}
