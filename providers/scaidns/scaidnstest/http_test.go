package scaidnstest_test

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers/scaidns/scaidnstest"
)

// TestRefusals checks what any endpoint refuses, with the whole body: each of the three shapes is among them.
func TestRefusals(t *testing.T) {
	t.Parallel()
	s, c := start(t, scaidnstest.Options{})
	zone := domains + s.AddZone(t, scaidnstest.Zone{Name: "example.com"})
	s.Write(t, strings.TrimPrefix(zone, domains), set("www", "A", "192.0.2.1"))
	const extra = `{"detail":[{"loc":["body","x"],"msg":"extra fields not permitted","type":"value_error.extra"}]}`
	tests := []struct {
		name         string
		method, path string
		body         string
		status       int
		want         string
	}{
		{"no such path", "GET", "/api/v1/nothing", "", 404, `{"detail":"Not Found"}`},
		{"path with two slashes", "GET", "/api/v1//domains/", "", 404, `{"detail":"Not Found"}`},
		{"method", "PUT", zone, "", 405, `{"detail":"Method Not Allowed"}`},
		{"no such zone", "GET", domains + "x", "", 404, `{"detail":"Domain not found"}`},
		{"no such record", "GET", zone + "/records/x", "", 404, `{"detail":"Record not found"}`},
		{"parameter", "GET", domains + "?x=1", "", 422, `{"detail":[{"loc":["query","x"],"msg":"extra fields not permitted","type":"value_error.extra"}]}`},
		{"parameter twice", "GET", domains + "?page=1&page=2", "", 422, `{"detail":[{"loc":["query","page"],"msg":"ensure this parameter is given once","type":"value_error.list"}]}`},
		{"page that is no number", "GET", domains + "?page=x", "", 422, `{"detail":[{"loc":["query","page"],"msg":"value is not a valid integer","type":"type_error.integer"}]}`},
		{"page 0", "GET", domains + "?page=0", "", 422, `{"detail":[{"loc":["query","page"],"msg":"ensure this value is greater than or equal to 1","type":"value_error.number.not_ge"}]}`},
		{"page size 101", "GET", domains + "?page_size=101", "", 422, `{"detail":[{"loc":["query","page_size"],"msg":"ensure this value is less than or equal to 100","type":"value_error.number.not_le"}]}`},
		{"flag", "GET", domains + "?include_deleted=perhaps", "", 422, `{"detail":[{"loc":["query","include_deleted"],"msg":"value could not be parsed to a boolean","type":"type_error.bool"}]}`},
		{"status", "GET", domains + "?status=gone", "", 422, `{"detail":[{"loc":["query","status"],"msg":"value is not a valid enumeration member; permitted: 'pending_validation', 'active', 'inactive', 'deleted'","type":"type_error.enum"}]}`},
		{"type", "GET", domains + "?domain_type=native", "", 422, `{"detail":[{"loc":["query","domain_type"],"msg":"value is not a valid enumeration member; permitted: 'primary', 'secondary', 'reverse_ipv4', 'reverse_ipv6'","type":"type_error.enum"}]}`},
		{"no body", "POST", domains, "", 422, `{"detail":[{"loc":["body"],"msg":"field required","type":"value_error.missing"}]}`},
		{"body that is not wanted", "POST", zone + "/restore", "{}", 422, `{"detail":[{"loc":["body"],"msg":"extra fields not permitted","type":"value_error.extra"}]}`},
		{"body that is no JSON", "POST", domains, "{", 422, `{"detail":[{"loc":["body",0],"msg":"Expecting value: line 1 column 1 (char 0)","type":"value_error.jsondecode"}]}`},
		{"body that is no object", "POST", domains, "[]", 422, `{"detail":[{"loc":["body"],"msg":"value is not a valid dict","type":"type_error.dict"}]}`},
		{"missing fields", "POST", domains, "{}", 422, `{"detail":[{"loc":["body","name"],"msg":"field required","type":"value_error.missing"},{"loc":["body","domain_type"],"msg":"field required","type":"value_error.missing"}]}`},
		{"extra field", "PATCH", zone, `{"x":1}`, 422, extra},
		{"field that cannot be changed", "PATCH", zone, `{"name":"example.org"}`, 422, strings.Replace(extra, `"x"`, `"name"`, 1)},
		{"null", "PATCH", zone, `{"default_ttl":null}`, 422, `{"detail":[{"loc":["body","default_ttl"],"msg":"none is not an allowed value","type":"type_error.none.not_allowed"}]}`},
		{"number as a text", "PATCH", zone, `{"default_ttl":"300"}`, 422, `{"detail":[{"loc":["body","default_ttl"],"msg":"value is not a valid integer","type":"type_error.integer"}]}`},
		{"TTL", "PATCH", zone, `{"default_ttl":2147483648}`, 422, `{"detail":[{"loc":["body","default_ttl"],"msg":"ensure this value is between 0 and 2147483647","type":"value_error.number"}]}`},
		{"text as a number", "PATCH", zone, `{"description":1}`, 422, `{"detail":[{"loc":["body","description"],"msg":"str type expected","type":"type_error.str"}]}`},
		{"settings that are a list", "PATCH", zone, `{"settings":[]}`, 422, `{"detail":[{"loc":["body","settings"],"msg":"value is not a valid dict","type":"type_error.dict"}]}`},
		{"record's field that cannot be changed", "PATCH", zone + "/records/x", `{"name":"www"}`, 422, strings.Replace(extra, `"x"`, `"name"`, 1)},
		{"flag as a number", "PATCH", zone + "/records/x", `{"disabled":1}`, 422, `{"detail":[{"loc":["body","disabled"],"msg":"value could not be parsed to a boolean","type":"type_error.bool"}]}`},
		{"field of a record in a bulk", "POST", zone + "/records/bulk", `{"records":[{"name":"a","type":"A"}]}`, 422, `{"detail":[{"loc":["body","records",0,"content"],"msg":"field required","type":"value_error.missing"}]}`},
		{"records that are an object", "POST", zone + "/records/bulk", `{"records":{}}`, 422, `{"detail":[{"loc":["body","records"],"msg":"value is not a valid list","type":"type_error.list"}]}`},
		{"record's type", "POST", zone + "/records", `{"name":"a","type":"a","content":"192.0.2.1"}`, 400, `{"detail":{"message":"Invalid record type: a","field":"type"}}`},
		{"template", "POST", domains, `{"name":"example.net","domain_type":"primary","template_id":"x"}`, 400, `{"detail":"Template not found"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := c.do(tt.method, tt.path, tt.body)
			if a.status != tt.status {
				t.Errorf("status %d, want %d", a.status, tt.status)
			}
			if diff := cmp.Diff(tt.want, a.text); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
			if got := a.header.Get("Content-Type"); got != "application/json" {
				t.Errorf("Content-Type is %q", got)
			}
		})
	}
	if got := c.do("PUT", zone, "").header.Get("Allow"); got != "GET, PATCH, DELETE" {
		t.Errorf("Allow is %q", got)
	}
	header := http.Header{"X-Api-Key": {c.key}, "Content-Type": {"text/plain"}}
	if a := c.send("POST", domains, `{"name":"example.net","domain_type":"primary"}`, header); a.status != 422 {
		t.Errorf("JSON that is said to be text is answered %d %s", a.status, a.text)
	}
	large := `{"description":"` + strings.Repeat("x", 10<<20) + `"}`
	if a := c.do("PATCH", zone, large); a.status != 413 {
		t.Errorf("a body of 10 MB is answered %d", a.status)
	}
}

// TestTrailingSlash checks that the other form of a path is redirected, with its query.
func TestTrailingSlash(t *testing.T) {
	t.Parallel()
	s, c := start(t, scaidnstest.Options{})
	zone := domains + s.AddZone(t, scaidnstest.Zone{Name: "example.com"})
	tests := []struct{ method, path, want string }{
		{"GET", "/api/v1/domains?page=2", domains + "?page=2"},
		{"POST", "/api/v1/domains", domains},
		{"GET", zone + "/", zone},
		{"GET", zone + "/records/?type=A", zone + "/records?type=A"},
	}
	for _, tt := range tests {
		t.Run(tt.method+" "+tt.path, func(t *testing.T) {
			a := client{t, c.url, ""}.do(tt.method, tt.path, "") // the key is not looked at
			if got := a.header.Get("Location"); a.status != 307 || got != c.url+tt.want {
				t.Errorf("%d to %q, want 307 to %q", a.status, got, c.url+tt.want)
			}
		})
	}
}

// TestKeys checks what a key may do.
func TestKeys(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 4, 1, 10, 0, 0, 0, time.UTC)
	s, c := start(t, scaidnstest.Options{Now: func() time.Time { return now }})
	zone := domains + s.AddZone(t, scaidnstest.Zone{Name: "example.com"})
	other := domains + s.AddZone(t, scaidnstest.Zone{Name: "example.net", Tenant: "other"})
	tests := []struct {
		name         string
		key          scaidnstest.Key
		method, path string
		status       int
		want         string
	}{
		{"all", scaidnstest.Key{}, "GET", zone, 200, ""},
		{"another tenant's zone", scaidnstest.Key{}, "GET", other, 404, `{"detail":"Domain not found"}`},
		{"its own tenant's zone", scaidnstest.Key{Tenant: "other"}, "GET", other, 200, ""},
		{"permission", scaidnstest.Key{Permissions: []string{"domains:read"}}, "GET", zone, 200, ""},
		{"permission for all of a kind", scaidnstest.Key{Permissions: []string{"domains:*"}}, "GET", zone, 200, ""},
		{"other permission", scaidnstest.Key{Permissions: []string{"domains:read"}}, "GET", zone + "/records", 403, `{"detail":"Permission denied: records:read"}`},
		{"no permissions", scaidnstest.Key{Permissions: []string{}}, "GET", zone, 403, `{"detail":"Permission denied: domains:read"}`},
		{"address", scaidnstest.Key{IPs: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}, "GET", zone, 200, ""},
		{"other address", scaidnstest.Key{IPs: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}}, "GET", zone, 403, `{"detail":"IP address not allowed for this API key"}`},
		{"before its end", scaidnstest.Key{Expires: now.Add(time.Second)}, "GET", zone, 200, ""},
		{"at its end", scaidnstest.Key{Expires: now}, "GET", zone, 401, `{"detail":"API key has expired"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := client{t, s.URL, s.MintKey(tt.key)}.do(tt.method, tt.path, "")
			if a.status != tt.status || tt.want != "" && a.text != tt.want {
				t.Errorf("%d %s, want %d %s", a.status, a.text, tt.status, tt.want)
			}
		})
	}
	if a := c.send("GET", zone, "", http.Header{}); a.status != 401 || a.text != `{"detail":"Not authenticated"}` {
		t.Errorf("without a key: %d %s", a.status, a.text)
	}
	if a := (client{t, s.URL, "sdk_live_x"}).do("GET", zone, ""); a.status != 401 || a.text != `{"detail":"Invalid API key"}` {
		t.Errorf("with an unknown key: %d %s", a.status, a.text)
	}
	s.ExpireKey(c.key)
	if a := c.do("GET", zone, ""); a.status != 401 {
		t.Errorf("with a key that was ended: %d %s", a.status, a.text)
	}
}

// TestPermissions checks which permission each endpoint wants.
func TestPermissions(t *testing.T) {
	t.Parallel()
	s, _ := start(t, scaidnstest.Options{})
	none := client{t, s.URL, s.MintKey(scaidnstest.Key{Permissions: []string{}})}
	const zone = domains + "x"
	tests := []struct{ endpoint, want string }{
		{"GET " + domains, "domains:read"},
		{"POST " + domains, "domains:create"},
		{"GET " + domains + "types", "domains:read"},
		{"GET " + zone, "domains:read"},
		{"PATCH " + zone, "domains:update"},
		{"DELETE " + zone, "domains:delete"},
		{"POST " + zone + "/restore", "domains:update"},
		{"GET " + zone + "/soa", "domains:read"},
		{"GET " + zone + "/export", "domains:read"},
		{"GET " + zone + "/export/download", "domains:read"},
		{"GET " + zone + "/records", "records:read"},
		{"POST " + zone + "/records", "records:create"},
		{"POST " + zone + "/records/bulk", "records:create"},
		{"POST " + zone + "/records/bulk-delete", "records:delete"},
		{"POST " + zone + "/records/search", "records:read"},
		{"GET " + zone + "/records/x", "records:read"},
		{"PATCH " + zone + "/records/x", "records:update"},
		{"DELETE " + zone + "/records/x", "records:delete"},
		{"GET " + zone + "/validation", "domains:read"},
		{"POST " + zone + "/validation", "domains:update"},
		{"POST " + zone + "/validation/check", "domains:update"},
		{"DELETE " + zone + "/validation", "domains:update"},
		{"GET " + zone + "/dnssec", "dnssec:read"},
		{"POST " + zone + "/dnssec/enable", "dnssec:enable"},
		{"POST " + zone + "/dnssec/disable", "dnssec:disable"},
		{"POST " + zone + "/dnssec/rotate-zsk", "dnssec:rotate"},
		{"POST " + zone + "/dnssec/rotate-ksk", "dnssec:rotate"},
		{"POST " + zone + "/dnssec/confirm-ds-published", "dnssec:enable"},
	}
	for _, tt := range tests {
		t.Run(tt.endpoint, func(t *testing.T) {
			method, path, _ := strings.Cut(tt.endpoint, " ")
			a := none.do(method, path, "")
			if want := `{"detail":"Permission denied: ` + tt.want + `"}`; a.status != 403 || a.text != want {
				t.Errorf("%d %s, want 403 %s", a.status, a.text, want)
			}
		})
	}
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 4, 1, 10, 0, 0, 0, time.UTC)
	s := scaidnstest.New(t, scaidnstest.Options{Now: func() time.Time { return now }})
	c := client{t, s.URL, s.MintKey(scaidnstest.Key{RateLimit: 2})}
	c.ok("GET", domains, "")
	now = now.Add(20 * time.Second)
	c.ok("GET", domains, "")
	a := c.do("GET", domains, "")
	if a.status != 429 || a.header.Get("Retry-After") != "40" || a.text != `{"detail":"Rate limit exceeded"}` {
		t.Errorf("%d %q %s, want 429 after 40 seconds", a.status, a.header.Get("Retry-After"), a.text)
	}
	now = now.Add(40 * time.Second)
	c.ok("GET", domains, "")
}

// set returns an RRset with a TTL of 300.
func set(name, typ string, contents ...string) scaidnstest.RRset {
	out := scaidnstest.RRset{Name: name, Type: typ, TTL: 300}
	for _, content := range contents {
		out.Records = append(out.Records, scaidnstest.Record{Content: content})
	}
	return out
}
