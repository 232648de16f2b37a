package scwtest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers/internal/scwtest"
)

// fake is an API of one list and one thing, with an organization that has a project.
type fake struct {
	*scwtest.API
	organization, project string
}

func newFake(now func() time.Time) fake {
	accounts := scwtest.NewAccounts(now)
	f := fake{organization: accounts.AddOrganization()}
	f.project = accounts.AddProject(f.organization)
	list := func(c *scwtest.Call) (any, error) { return scwtest.Page(c, "things", c.Query["name"], 2) }
	put := func(c *scwtest.Call) (any, error) {
		var in struct {
			Size int `json:"size"`
		}
		if err := c.Decode(&in); err != nil {
			return nil, err
		}
		return map[string]any{"args": c.Args, "size": in.Size, "sees": accounts.Sees(c.Token, f.project)}, nil
	}
	f.API = &scwtest.API{Prefix: "/v1/regions/{}", Accounts: accounts, Endpoints: []scwtest.Endpoint{
		{Method: "GET", Path: "things", Query: append([]string{"name", "project_id"}, scwtest.PageParameters()...), Repeat: []string{"name"}, Do: list},
		{Method: "PUT", Path: "things/{}", Do: put},
	}}
	return f
}

// ask sends "METHOD URI BODY", and returns the status and the body of the answer.
func ask(t *testing.T, h http.Handler, secret, request string) string {
	t.Helper()
	method, rest, _ := strings.Cut(request, " ")
	uri, body, _ := strings.Cut(rest, " ")
	r := httptest.NewRequestWithContext(t.Context(), method, uri, strings.NewReader(body))
	r.Header.Set("X-Auth-Token", secret)
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Header().Get("Content-Type") != "application/json" || w.Header().Get("X-Request-Id") == "" {
		t.Errorf("%s: header %v", request, w.Header())
	}
	text, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	status, _, _ := strings.Cut(w.Result().Status, " ")
	return status + " " + string(text)
}

func TestRequests(t *testing.T) {
	f := newFake(time.Now)
	secret := f.Accounts.AddToken(scwtest.Token{Organization: f.organization})
	for request, want := range map[string]string{
		"GET /v1/regions/a/things":                             `200 {"things":[],"total_count":0}`,
		"GET /v1/regions/a/things?name=x&name=y&name=z":        `200 {"things":["x","y"],"total_count":3}`,
		"GET /v1/regions/a/things?name=x&name=y&page=2":        `200 {"things":[],"total_count":2}`,
		"GET /v1/regions/a/things?name=x&page_size=1":          `200 {"things":["x"],"total_count":1}`,
		"GET /v1/regions/a/things?page_size=1001":              "400 " + invalid("page_size", "constraint", "want 1 to 1000"),
		"GET /v1/regions/a/things?page=1&page=2":               "400 " + invalid("page", "format", "given more than once"),
		"GET /v1/regions/a/things?size=1":                      "400 " + invalid("size", "unknown", "no such parameter"),
		"GET /v1/regions/a/things?project_id=1":                "400 " + invalid("project_id", "format", "want a UUID"),
		"GET /v1/regions/a/things {}":                          "400 " + invalid("body", "unknown", "this method has none"),
		"GET /v1/regions//things":                              `404 {"message":"no such path"}`,
		"GET /v1/regions/a/things/":                            `404 {"message":"no such path"}`,
		"POST /v1/regions/a/things {}":                         `405 {"message":"method POST is not allowed, use GET"}`,
		`PUT /v1/regions/a/things/b%2Fc {"size":7}`:            `200 {"args":["a","b/c"],"sees":true,"size":7}`,
		`PUT /v1/regions/a/things/b {"sise":7}`:                "400 " + invalid("sise", "unknown", "no such field"),
		`PUT /v1/regions/a/things/b {"size":7}{}`:              "400 " + invalid("body", "format", "something follows the JSON value"),
		"GET /v1/regions/a/things?name=x&name=y&page_size=two": "400 " + invalid("page_size", "format", "want a number"),
	} {
		if got := ask(t, f, secret, request); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", request, got, want)
		}
	}
}

func invalid(argument, reason, help string) string {
	return `{"details":[{"argument_name":"` + argument + `","help_message":"` + help + `","reason":"` + reason +
		`"}],"message":"invalid argument(s)","type":"invalid_arguments"}`
}

func TestTokens(t *testing.T) {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	f := newFake(func() time.Time { return now })
	const read, write = "GET /v1/regions/a/things", "PUT /v1/regions/a/things/b {}"
	denied := func(reason string) string {
		return `401 {"message":"authentication is denied","method":"api_key","reason":"` + reason + `","type":"denied_authentication"}`
	}
	forbidden := func(action string) string {
		return `403 {"details":[{"action":"` + action + `","resource":"domain"}],"message":"insufficient permissions","type":"permissions_denied"}`
	}
	const list, seen, unseen = `200 {"things":[],"total_count":0}`, `200 {"args":["a","b"],"sees":true,"size":0}`, `200 {"args":["a","b"],"sees":false,"size":0}`
	other := f.Accounts.AddProject(f.organization)
	for _, tt := range []struct {
		name, secret string
		want         [2]string
	}{
		{"all", f.Accounts.AddToken(scwtest.Token{Organization: f.organization}), [2]string{list, seen}},
		{"the project", f.Accounts.AddToken(scwtest.Token{Organization: f.organization, Projects: []string{f.project}}), [2]string{list, seen}},
		{"another project", f.Accounts.AddToken(scwtest.Token{Organization: f.organization, Projects: []string{other}}), [2]string{list, unseen}},
		{"another organization", f.Accounts.AddToken(scwtest.Token{Organization: f.Accounts.AddOrganization()}), [2]string{list, unseen}},
		{"reads only", f.Accounts.AddToken(scwtest.Token{Organization: f.organization, Access: scwtest.ReadOnly}), [2]string{list, forbidden("write")}},
		{"nothing", f.Accounts.AddToken(scwtest.Token{Organization: f.organization, Access: scwtest.NoAccess}), [2]string{forbidden("read"), forbidden("write")}},
		{"expired", f.Accounts.AddToken(scwtest.Token{Organization: f.organization, Expires: now}), [2]string{denied("expired"), denied("expired")}},
		{"unknown", "11111111-1111-1111-1111-111111111111", [2]string{denied("not_found"), denied("not_found")}},
		{"no UUID", "secret", [2]string{denied("invalid_argument"), denied("invalid_argument")}},
	} {
		if d := cmp.Diff(tt.want, [2]string{ask(t, f, tt.secret, read), ask(t, f, tt.secret, write)}); d != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, d)
		}
	}
}
