package scalewaytest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers/scaleway/scalewaytest"
)

// What of a request is wrong before anybody looks at zones.
func TestStrictness(t *testing.T) {
	s := withZone(t, scalewaytest.Options{})
	records := path + "/example.com/records"
	for _, tt := range []struct {
		name string
		request
		want string
	}{
		{"all is well", request{method: "GET", path: records}, "200"},
		{"no token", request{method: "GET", path: path, header: map[string]string{"X-Auth-Token": ""}}, "401 denied_authentication"},
		{"token elsewhere", request{method: "GET", path: path, header: map[string]string{"X-Auth-Token": "", "Authorization": "Bearer " + s.Token}}, "401 denied_authentication"},
		{"token that is no UUID", request{method: "GET", path: path, header: map[string]string{"X-Auth-Token": "secret"}}, "401 denied_authentication"},
		{"unknown token", request{method: "GET", path: path, header: map[string]string{"X-Auth-Token": "11111111-1111-1111-1111-111111111111"}}, "401 denied_authentication"},
		{"slash at the end", request{method: "GET", path: records + "/"}, "404 no such path"},
		{"slash at the end of the list", request{method: "GET", path: path + "/"}, "404 no such path"},
		{"two slashes", request{method: "GET", path: "/domain//v2beta1/dns-zones"}, "404 no such path"},
		{"other version", request{method: "GET", path: strings.Replace(path, "v2beta1", "v2", 1)}, "404 no such path"},
		{"one zone, for which there is no endpoint", request{method: "GET", path: path + "/example.com"}, "405 method GET is not allowed, use PATCH, DELETE"},
		{"method", request{method: "PUT", path: records, body: "{}"}, "405 method PUT is not allowed, use GET, PATCH, DELETE"},
		{"unknown parameter", request{method: "GET", path: records + "?nam=www"}, "400 invalid_arguments"},
		{"parameter twice", request{method: "GET", path: records + "?name=a&name=b"}, "400 invalid_arguments"},
		{"bad query", request{method: "GET", path: records + "?name=%zz"}, "400 invalid_arguments"},
		{"body of a GET", request{method: "GET", path: records, body: "{}"}, "400 invalid_arguments"},
		{"body of a DELETE", request{method: "DELETE", path: records, body: "{}"}, "400 invalid_arguments"},
		{"no type of the body", request{method: "PATCH", path: records, body: changesJSON(add("a", "A", "192.0.2.1")), header: map[string]string{"Content-Type": ""}}, `415 the body has the type "", want application/json`},
		{"no body", request{method: "PATCH", path: records, header: map[string]string{"Content-Type": "application/json"}}, "400 invalid_arguments"},
		{"not JSON", request{method: "PATCH", path: records, body: "{"}, "400 invalid_arguments"},
		{"two bodies", request{method: "PATCH", path: records, body: changesJSON(add("a", "A", "192.0.2.1")) + "{}"}, "400 invalid_arguments"},
		{"unknown field", request{method: "PATCH", path: records, body: `{"changes":[{"delete":{"idFields":{"name":"www","type":"A"}}}]}`}, "400 invalid_arguments"},
		{"unknown field of a record", request{method: "PATCH", path: records, body: `{"changes":[{"add":{"records":[{"name":"www","type":"A","content":"192.0.2.1"}]}}]}`}, "400 invalid_arguments"},
		{"number that is none", request{method: "GET", path: records + "?page=first"}, "400 invalid_arguments"},
		{"page 0", request{method: "GET", path: records + "?page=0"}, "400 invalid_arguments"},
		{"pages of 0", request{method: "GET", path: records + "?page_size=0"}, "400 invalid_arguments"},
		{"pages of 1000", request{method: "GET", path: records + "?page_size=1000"}, "200"},
		{"pages of 1001", request{method: "GET", path: records + "?page_size=1001"}, "400 invalid_arguments"},
		{"order", request{method: "GET", path: records + "?order_by=name"}, "400 invalid_arguments"},
		{"type", request{method: "GET", path: records + "?type=SOA"}, "400 invalid_arguments"},
		{"any type", request{method: "GET", path: records + "?type=unknown&name=&order_by=name_asc"}, "200"},
		{"order of zones", request{method: "GET", path: path + "?order_by=name_asc"}, "400 invalid_arguments"},
		{"date", request{method: "GET", path: path + "?created_after=yesterday"}, "400 invalid_arguments"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := s.Versions("example.com")
			got := send(t, s, tt.request)
			if got.kind() != tt.want {
				t.Errorf("got %s, want %s", got.kind(), tt.want)
			}
			if got.header.Get("Content-Type") != "application/json" || got.header.Get("X-Request-Id") == "" {
				t.Errorf("header %v", got.header)
			}
			if after := s.Versions("example.com"); len(after) != len(before) {
				t.Error("something was written")
			}
		})
	}
}

// Which argument is wrong, and how, is in the details.
func TestDetailsOfUnknownField(t *testing.T) {
	s := withZone(t, scalewaytest.Options{})
	got := send(t, s, request{method: "PATCH", path: path + "/example.com/records", body: `{"change":[]}`}).body
	want := `{"details":[{"argument_name":"change","help_message":"no such field","reason":"unknown"}],"message":"invalid argument(s)","type":"invalid_arguments"}`
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestTokens(t *testing.T) {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	s := withZone(t, scalewaytest.Options{Now: func() time.Time { return now }})
	stranger := s.AddOrganization()
	second := s.AddProject(s.Organization)
	const notFound, denied, expired = "403 subdomain not found", "403 permissions_denied", "401 denied_authentication"
	for _, tt := range []struct {
		name        string
		token       scalewaytest.Token
		list        int // zones
		read, write string
	}{
		{"all of the organization", scalewaytest.Token{Organization: s.Organization}, 1, "200", "200"},
		{"the project", scalewaytest.Token{Organization: s.Organization, Projects: []string{s.Project}}, 1, "200", "200"},
		{"another project", scalewaytest.Token{Organization: s.Organization, Projects: []string{second}}, 0, "403 domain not found", "403 domain not found"},
		{"another organization", scalewaytest.Token{Organization: stranger}, 0, "403 domain not found", "403 domain not found"},
		{"reads only", scalewaytest.Token{Organization: s.Organization, Access: scalewaytest.ReadOnly}, 1, "200", denied},
		{"another product", scalewaytest.Token{Organization: s.Organization, Access: scalewaytest.NoAccess}, -1, denied, denied},
		{"expires later", scalewaytest.Token{Organization: s.Organization, Expires: now.Add(time.Second)}, 1, "200", "200"},
		{"is expired", scalewaytest.Token{Organization: s.Organization, Expires: now}, -1, expired, expired},
	} {
		t.Run(tt.name, func(t *testing.T) {
			header := map[string]string{"X-Auth-Token": s.AddToken(tt.token)}
			list := send(t, s, request{method: "GET", path: path, header: header})
			if zones := strings.Count(list.body, `"domain":"example.com"`); tt.list >= 0 && zones != tt.list {
				t.Errorf("sees %d zones, want %d: %s", zones, tt.list, list.body)
			}
			if got := send(t, s, request{method: "GET", path: path + "/example.com/records", header: header}).kind(); got != tt.read {
				t.Errorf("read: %s, want %s", got, tt.read)
			}
			if got := send(t, s, request{method: "POST", path: path + "/example.com/refresh", body: "{}", header: header}).kind(); got != tt.write {
				t.Errorf("write: %s, want %s", got, tt.write)
			}
		})
	}
	if got := send(t, s, request{method: "GET", path: path + "/www.example.com/records"}).kind(); got != notFound {
		t.Errorf("below a domain of one's own: %s, want %s", got, notFound)
	}
	s.SetToken(s.Token, scalewaytest.Token{Organization: s.Organization, Expires: now})
	if got := send(t, s, request{method: "GET", path: path}).kind(); got != expired {
		t.Errorf("token that has expired meanwhile: %s, want %s", got, expired)
	}
}
