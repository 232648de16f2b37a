package scalewaytemtest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/providers/scalewaytem/scalewaytemtest"
)

// What of a request is wrong before anything is done.
func TestStrictness(t *testing.T) {
	f := scalewaytemtest.New(t, scalewaytemtest.Options{})
	at := create(t, f)
	const unknown = domains + "/11111111-1111-1111-1111-111111111111"
	for _, tt := range []struct {
		name, request string
		header        map[string]string
		want          string
	}{
		{"list", "GET " + domains, nil, "200"},
		{"list with all parameters", "GET " + domains + "?page=1&page_size=1000&status=checked&status=unchecked&name=example.com&project_id=" + f.Project + "&organization_id=" + f.Organization, nil, "200"},
		{"get", "GET " + at, nil, "200"},
		{"no token", "GET " + at, map[string]string{"X-Auth-Token": ""}, "401 denied_authentication"},
		{"token elsewhere", "GET " + at, map[string]string{"X-Auth-Token": "", "Authorization": "Bearer " + f.Token}, "401 denied_authentication"},
		{"token that is no UUID", "GET " + at, map[string]string{"X-Auth-Token": "secret"}, "401 denied_authentication"},
		{"slash at the end", "GET " + at + "/", nil, "404 no such path"},
		{"slash at the end of the list", "GET " + domains + "/", nil, "404 no such path"},
		{"other version", "GET " + strings.Replace(domains, "v1alpha1", "v1", 1), nil, "404 no such path"},
		{"other region", "GET " + strings.Replace(domains, "fr-par", "nl-ams", 1), nil, "400 invalid_arguments"},
		{"HTTP DELETE", "DELETE " + at, nil, "405 method DELETE is not allowed, use GET, PATCH"},
		{"PUT", "PUT " + at + " {}", nil, "405 method PUT is not allowed, use GET, PATCH"},
		{"check with GET", "GET " + at + "/check", nil, "405 method GET is not allowed, use POST"},
		{"verification with POST", "POST " + at + "/verification {}", nil, "405 method POST is not allowed, use GET"},
		{"id that is no UUID", "GET " + domains + "/example.com", nil, "400 invalid_arguments"},
		{"unknown id", "GET " + unknown, nil, "404 not_found"},
		{"unknown id of a check", "POST " + unknown + "/check {}", nil, "404 not_found"},
		{"unknown id of a revoke", "POST " + unknown + "/revoke {}", nil, "404 not_found"},
		{"unknown id of a verification", "GET " + unknown + "/verification", nil, "404 not_found"},
		{"unknown parameter", "GET " + domains + "?domain_name=example.com", nil, "400 invalid_arguments"},
		{"parameter twice", "GET " + domains + "?name=a&name=b", nil, "400 invalid_arguments"},
		{"parameter of a get", "GET " + at + "?page=1", nil, "400 invalid_arguments"},
		{"status", "GET " + domains + "?status=valid", nil, "400 invalid_arguments"},
		{"page 0", "GET " + domains + "?page=0", nil, "400 invalid_arguments"},
		{"pages of 1001", "GET " + domains + "?page_size=1001", nil, "400 invalid_arguments"},
		{"project that is no UUID", "GET " + domains + "?project_id=default", nil, "400 invalid_arguments"},
		{"unknown project", "GET " + domains + "?project_id=11111111-1111-1111-1111-111111111111", nil, "403 permissions_denied"},
		{"other organization", "GET " + domains + "?organization_id=11111111-1111-1111-1111-111111111111", nil, "403 permissions_denied"},
		{"body of a GET", "GET " + at + " {}", nil, "400 invalid_arguments"},
		{"no type of the body", "POST " + at + "/check {}", map[string]string{"Content-Type": ""}, `415 the body has the type "", want application/json`},
		{"no body", "POST " + at + "/check", map[string]string{"Content-Type": "application/json"}, "400 invalid_arguments"},
		{"unknown field of a check", `POST ` + at + `/check {"id":"1"}`, nil, "400 invalid_arguments"},
		{"unknown field of a revoke", `POST ` + at + `/revoke {"force":true}`, nil, "400 invalid_arguments"},
		{"change of the name", `PATCH ` + at + ` {"name":"example.net"}`, nil, "400 invalid_arguments"},
		{"change of the project", `PATCH ` + at + ` {"autoconfig":false,"project_id":"` + f.Project + `"}`, nil, "400 invalid_arguments"},
		{"change that is no boolean", `PATCH ` + at + ` {"autoconfig":"false"}`, nil, "400 invalid_arguments"},
		{"change of nothing", "PATCH " + at + " {}", nil, "200"},
		{"create without anything", "POST " + domains + " {}", nil, "400 invalid_arguments"},
		{"create without a name", fmt.Sprintf(`POST %s {"project_id":%q}`, domains, f.Project), nil, "400 invalid_arguments"},
		{"create without a project", `POST ` + domains + ` {"domain_name":"example.net"}`, nil, "400 invalid_arguments"},
		{"create in a project that is no UUID", `POST ` + domains + ` {"domain_name":"example.net","project_id":"default"}`, nil, "400 invalid_arguments"},
		{"create in an unknown project", `POST ` + domains + ` {"domain_name":"example.net","project_id":"11111111-1111-1111-1111-111111111111"}`, nil, "403 permissions_denied"},
		{"create with an unknown field", fmt.Sprintf(`POST %s {"project_id":%q,"name":"example.net"}`, domains, f.Project), nil, "400 invalid_arguments"},
		{"create with a dot at the end", "POST " + domains + " " + creation(f, "example.net."), nil, "400 invalid_arguments"},
		{"create in capitals", "POST " + domains + " " + creation(f, "Example.net"), nil, "400 invalid_arguments"},
		{"create of a label", "POST " + domains + " " + creation(f, "example"), nil, "400 invalid_arguments"},
		{"create of an empty label", "POST " + domains + " " + creation(f, "example..net"), nil, "400 invalid_arguments"},
		{"create of a wildcard", "POST " + domains + " " + creation(f, "*.example.net"), nil, "400 invalid_arguments"},
		{"create of what is there", "POST " + domains + " " + creation(f, "example.com"), nil, "409 domain already exists"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := send(t, f, tt.request, tt.header)
			if strings.HasPrefix(tt.want, "200") != (got.status == http.StatusOK) || got.status != http.StatusOK && got.kind() != tt.want {
				t.Errorf("got %s, want %s", got.kind(), tt.want)
			}
			if got.header.Get("Content-Type") != "application/json" || got.header.Get("X-Request-Id") == "" {
				t.Errorf("header %v", got.header)
			}
			if n, status := len(f.Domains()), f.Domain("example.com").Status; n != 1 || status != scalewaytemtest.Unchecked {
				t.Errorf("something was done: %d domains, %s", n, status)
			}
		})
	}
}

func TestTokens(t *testing.T) {
	f := scalewaytemtest.New(t, scalewaytemtest.Options{})
	at := create(t, f)
	second, stranger := f.AddProject(f.Organization), f.AddOrganization()
	const denied, expired, gone = "403 permissions_denied", "401 denied_authentication", "404 not_found"
	for _, tt := range []struct {
		name              string
		token             scalewaytemtest.Token
		list              int // domains, -1 for a refusal
		read, write, make string
	}{
		{"all of the organization", scalewaytemtest.Token{Organization: f.Organization}, 1, "200", "200", "409 domain already exists"},
		{"the project", scalewaytemtest.Token{Organization: f.Organization, Projects: []string{f.Project}}, 1, "200", "200", "409 domain already exists"},
		{"another project", scalewaytemtest.Token{Organization: f.Organization, Projects: []string{second}}, 0, denied, denied, denied},
		{"another organization", scalewaytemtest.Token{Organization: stranger}, 0, gone, gone, denied},
		{"reads only", scalewaytemtest.Token{Organization: f.Organization, Access: scalewaytemtest.ReadOnly}, 1, "200", denied, denied},
		{"another product", scalewaytemtest.Token{Organization: f.Organization, Access: scalewaytemtest.NoAccess}, -1, denied, denied, denied},
		{"expired", scalewaytemtest.Token{Organization: f.Organization, Expires: start}, -1, expired, expired, expired},
	} {
		t.Run(tt.name, func(t *testing.T) {
			header := map[string]string{"X-Auth-Token": f.AddToken(tt.token)}
			list := send(t, f, "GET "+domains, header)
			if n := strings.Count(list.body, `"name":"example.com"`); tt.list >= 0 && n != tt.list || (tt.list < 0) != (list.status != http.StatusOK) {
				t.Errorf("sees %d domains, want %d: %s", n, tt.list, list.body)
			}
			for request, want := range map[string]string{
				"GET " + at: tt.read, "GET " + at + "/verification": tt.read, "POST " + at + "/check {}": tt.write, "PATCH " + at + " {}": tt.write,
				"POST " + domains + " " + creation(f, "example.com"): tt.make,
			} {
				if got := send(t, f, request, header).kind(); got != want {
					t.Errorf("%s: %s, want %s", request, got, want)
				}
			}
		})
	}
	f.SetToken(f.Token, scalewaytemtest.Token{Organization: f.Organization, Expires: start})
	if got := send(t, f, "GET "+at, nil).kind(); got != expired {
		t.Errorf("token that has expired meanwhile: %s, want %s", got, expired)
	}
}

func TestQuota(t *testing.T) {
	f := scalewaytemtest.New(t, scalewaytemtest.Options{MaxDomains: 1})
	at := create(t, f)
	more := "POST " + domains + " " + creation(f, "example.net")
	want := `{"details":[{"current":1,"quota":1,"resource":"domains"}],"message":"quota(s) exceeded for this resource","type":"quotas_exceeded"}`
	if got := send(t, f, more, nil); got.status != http.StatusForbidden || got.body != want {
		t.Errorf("got %d %s", got.status, got.body)
	}
	send(t, f, "POST "+at+"/revoke {}", nil)
	if got := send(t, f, more, nil); got.status != http.StatusOK {
		t.Errorf("when one is revoked: %s", got.body)
	}
}

func TestDuplicate(t *testing.T) {
	f := scalewaytemtest.New(t, scalewaytemtest.Options{DuplicateInvalid: true})
	at := create(t, f)
	again := "POST " + domains + " " + creation(f, "example.com")
	if got := send(t, f, again, nil).kind(); got != "400 invalid_arguments" {
		t.Errorf("got %s", got)
	}
	for _, status := range []scalewaytemtest.Status{scalewaytemtest.Checked, scalewaytemtest.Invalid, scalewaytemtest.Locked, scalewaytemtest.Pending} {
		f.SetStatus("example.com", status, "")
		if got := send(t, f, again, nil).kind(); got != "400 invalid_arguments" {
			t.Errorf("%s: %s", status, got)
		}
	}
	elsewhere := strings.Replace(again, f.Project, f.AddProject(f.Organization), 1)
	if got := send(t, f, elsewhere, nil); got.status != http.StatusOK {
		t.Errorf("another project: %s", got.body)
	}
	f.SetStatus(strings.TrimPrefix(at, domains+"/"), scalewaytemtest.Revoked, "")
	if got := send(t, f, again, nil); got.status != http.StatusOK {
		t.Errorf("when it is revoked: %s", got.body)
	}
}

func TestRegion404(t *testing.T) {
	f := scalewaytemtest.New(t, scalewaytemtest.Options{UnknownRegion404: true})
	if got := send(t, f, "GET "+strings.Replace(domains, "fr-par", "nl-ams", 1), nil).kind(); got != "404 region not found" {
		t.Errorf("got %s", got)
	}
}
