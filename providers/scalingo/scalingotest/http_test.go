package scalingotest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers/scalingo/scalingotest"
)

func TestStrictRequests(t *testing.T) {
	s, c := start(t, scalingotest.Options{})
	id := s.Link("my-app", scalingotest.Domain{Name: "www.example.com"})
	link := `{"domain":{"name":"a.example.com"}}`
	for _, tt := range []struct {
		name, method, path, body string
		header                   [2]string
		want                     string
	}{
		{name: "unknown application", method: "GET", path: "/v1/apps/unknown/domains", want: `Not Found {"error":"not found","resource":"app"}`},
		{name: "application in other case", method: "GET", path: "/v1/apps/My-App", want: `Not Found {"error":"not found","resource":"app"}`},
		{name: "unknown domain", method: "GET", path: domains + "/541067ec736f7504a5ffffff", want: `Not Found {"error":"not found","resource":"domain"}`},
		{name: "name in the place of the id", method: "GET", path: domains + "/www.example.com", want: `Not Found {"error":"not found","resource":"domain"}`},
		{name: "slash at the end", method: "GET", path: domains + "/", want: `Not Found {"error":"no such path, or not with this method"}`},
		{name: "two slashes", method: "GET", path: "/v1//apps/my-app/domains", want: `Not Found {"error":"no such path, or not with this method"}`},
		{name: "no version", method: "GET", path: "/apps/my-app/domains", want: `Not Found {"error":"no such path, or not with this method"}`},
		{name: "PUT", method: "PUT", path: domains + "/" + id, body: link, want: `Not Found {"error":"no such path, or not with this method"}`},
		{name: "DELETE of all", method: "DELETE", path: domains, want: `Not Found {"error":"no such path, or not with this method"}`},
		{name: "parameter", method: "GET", path: domains + "?page=1", want: `Bad Request {"code":"bad_request","error":"there are no query parameters here"}`},
		{name: "body of a GET", method: "GET", path: domains, body: "{}", want: `Bad Request {"code":"bad_request","error":"this has no body"}`},
		{name: "body of a DELETE", method: "DELETE", path: domains + "/" + id, body: "{}", want: `Bad Request {"code":"bad_request","error":"this has no body"}`},
		{name: "accepts XML only", method: "GET", path: domains, header: [2]string{"Accept", "text/xml, text/html"}, want: `Not Acceptable {"error":"all answers are application/json"}`},
		{name: "no type", method: "POST", path: domains, body: link, header: [2]string{"Content-Type", "text/plain"}, want: `Unprocessable Entity {"errors":{"domain":["missing field"]}}`},
		{name: "no body", method: "POST", path: domains, want: `Unprocessable Entity {"errors":{"domain":["missing field"]}}`},
		{name: "no root", method: "POST", path: domains, body: `{"name":"a.example.com"}`, want: `Unprocessable Entity {"errors":{"domain":["missing field"]}}`},
		{name: "empty root", method: "PATCH", path: domains + "/" + id, body: `{"domain":{}}`, want: `Unprocessable Entity {"errors":{"domain":["missing field"]}}`},
		{name: "not JSON", method: "POST", path: domains, body: `{"domain":`, want: `Bad Request {"code":"invalid_json","error":"There was a problem in the JSON you submitted: unexpected end of JSON input"}`},
		{name: "two values", method: "POST", path: domains, body: link + link, want: `Bad Request {"code":"invalid_json","error":"There was a problem in the JSON you submitted: invalid character '{' after top-level value"}`},
		{name: "beside the root", method: "POST", path: domains, body: `{"domain":{"name":"a.example.com"},"x":1}`, want: `Unprocessable Entity {"errors":{"x":["unknown field"]}}`},
		{name: "types", method: "POST", path: domains, body: `{"domain":{"name":1,"canonical":"yes","letsencrypt_enabled":null}}`, want: `Unprocessable Entity {"errors":{"canonical":["is of another type"],"letsencrypt_enabled":["is of another type"],"name":["is of another type"]}}`},
		{name: "no name", method: "POST", path: domains, body: `{"domain":{"canonical":true}}`, want: `Unprocessable Entity {"errors":{"name":["missing field"]}}`},
		{name: "field in other case", method: "POST", path: domains, body: `{"domain":{"name":"a.example.com","Canonical":true}}`, want: `Unprocessable Entity {"errors":{"Canonical":["unknown field, or one that cannot be set"]}}`},
		{name: "read-only fields", method: "POST", path: domains, body: `{"domain":{"name":"a.example.com","ssl":true,"validity":""}}`, want: `Unprocessable Entity {"errors":{"ssl":["unknown field, or one that cannot be set"],"validity":["unknown field, or one that cannot be set"]}}`},
		{name: "other name", method: "PATCH", path: domains + "/" + id, body: `{"domain":{"name":"b.example.com"}}`, want: `Unprocessable Entity {"errors":{"name":["unknown field, or one that cannot be set"]}}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := c.with("X", "")
			if tt.header[0] != "" {
				c = c.with(tt.header[0], tt.header[1])
			}
			if d := cmp.Diff(tt.want, c.refused(tt.method, tt.path, tt.body)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
	want := []scalingotest.Domain{{ID: id, Name: "www.example.com"}}
	if d := cmp.Diff(want, s.Domains("my-app")); d != "" {
		t.Errorf("something was done (-want +got):\n%s", d)
	}
	for _, accept := range []string{"application/json", "text/html, application/json;q=0.9", "*/*"} {
		c.with("Accept", accept).want(http.StatusOK, "GET", domains, "")
	}
}

func TestIgnoredFields(t *testing.T) {
	s, c := start(t, scalingotest.Options{IgnoreUnknown: true})
	id := c.want(http.StatusCreated, "POST", domains, `{"domain":{"name":"www.example.com","ssl":true},"x":1}`).at("domain").text("id")
	c.want(http.StatusOK, "PATCH", domains+"/"+id, `{"domain":{"name":"other.example.com","canonical":true}}`)
	got, _ := s.Domain("my-app", "www.example.com")
	want := scalingotest.Domain{ID: id, Name: "www.example.com", Canonical: true, LetsEncryptEnabled: true, Status: "pending_dns"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// Each host has its own paths, and the API of a region its own applications.
func TestHosts(t *testing.T) {
	s, c := start(t, scalingotest.Options{})
	s.AddApp(scalingotest.App{Name: "other-app", Region: "osc-secnum-fr1"})
	for _, tt := range []struct {
		name   string
		server http.Handler
		want   map[string]int
	}{
		{"all in one", s, map[string]int{"/v1/regions": 200, "/v1/apps/my-app": 200, "/v1/apps/other-app/domains": 200}},
		{"auth", s.Auth(), map[string]int{"/v1/regions": 200, "/v1/apps/my-app": 404, "/v1/apps/other-app/domains": 404}},
		{"first region", s.API("osc-fr1"), map[string]int{"/v1/regions": 404, "/v1/apps/my-app": 200, "/v1/apps/other-app/domains": 404}},
		{"second region", s.API("osc-secnum-fr1"), map[string]int{"/v1/regions": 404, "/v1/apps/my-app": 404, "/v1/apps/other-app/domains": 200}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for path, want := range tt.want {
				if got := c.at(tt.server).do("GET", path, "").status; got != want {
					t.Errorf("%s: %d, want %d", path, got, want)
				}
			}
		})
	}
	exchange(t, s.Auth(), s.Token)
	c.at(s.API("osc-fr1")).with("Authorization", basic("", s.Token)).want(http.StatusNotFound, "POST", "/v1/tokens/exchange", "")
}

func TestRegions(t *testing.T) {
	s, c := start(t, scalingotest.Options{})
	server := httptest.NewServer(s)
	defer server.Close()
	type region struct{ Name, API, SSH string }
	names := func(o object) []region {
		var all []region
		for _, r := range o["regions"].([]any) {
			r := object(r.(map[string]any))
			all = append(all, region{r.text("name"), r.text("api"), r.text("ssh")})
		}
		return all
	}
	want := []region{{"osc-fr1", "http://example.com", "ssh.osc-fr1.scalingo.com:22"}, {"osc-secnum-fr1", "http://example.com", "ssh.osc-secnum-fr1.scalingo.com:22"}}
	if d := cmp.Diff(want, names(c.want(http.StatusOK, "GET", "/v1/regions", ""))); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	_, c = start(t, scalingotest.Options{Regions: []scalingotest.Region{{Name: "local", API: "http://192.0.2.1"}}})
	if d := cmp.Diff([]region{{"local", "http://192.0.2.1", ""}}, names(c.want(http.StatusOK, "GET", "/v1/regions", ""))); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestApp(t *testing.T) {
	s, c := start(t, scalingotest.Options{Now: newClock().Now})
	if got := s.AddApp(scalingotest.App{Name: "other-app", Region: "osc-secnum-fr1"}); got != "other-app.osc-secnum-fr1.scalingo.io" {
		t.Errorf("the platform's name is %s", got)
	}
	s.Link("my-app", scalingotest.Domain{Name: "www.example.com", Canonical: true})
	app := c.want(http.StatusOK, "GET", "/v1/apps/my-app", "").at("app")
	want := object{"name": "my-app", "url": "https://" + target, "base_url": "https://" + target, "created_at": "2026-11-20T14:00:00.000+02:00"}
	if d := cmp.Diff(want, app.pick("name", "url", "base_url", "created_at")); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if got := c.want(http.StatusOK, "GET", "/v1/apps/"+app.text("id"), "").at("app").text("name"); got != "my-app" {
		t.Errorf("by its id it is %q", got)
	}

	s, c = start(t, scalingotest.Options{CanonicalURL: true})
	s.Link("my-app", scalingotest.Domain{Name: "www.example.com", Canonical: true})
	app = c.want(http.StatusOK, "GET", "/v1/apps/my-app", "").at("app")
	if d := cmp.Diff(object{"url": "https://www.example.com", "base_url": "https://" + target}, app.pick("url", "base_url")); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestListApps(t *testing.T) {
	s, c := start(t, scalingotest.Options{})
	s.AddApp(scalingotest.App{Name: "other-app", Region: "osc-secnum-fr1"})
	s.AddApp(scalingotest.App{Name: "third-app"})
	s.SetAccess("third-app", scalingotest.ReadOnly)
	names := func(h http.Handler) []string {
		var all []string
		for _, a := range c.at(h).want(http.StatusOK, "GET", "/v1/apps", "")["apps"].([]any) {
			all = append(all, object(a.(map[string]any)).text("name"))
		}
		return all
	}
	if d := cmp.Diff([]string{"my-app", "other-app", "third-app"}, names(s)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	s.SetAccess("my-app", scalingotest.NotListed)
	if d := cmp.Diff([]string{"third-app"}, names(s.API("osc-fr1"))); d != "" {
		t.Errorf("of a region, without one that is not listed (-want +got):\n%s", d)
	}
}

func TestAccess(t *testing.T) {
	s, c := start(t, scalingotest.Options{})
	const link = `{"domain":{"name":"a.example.com"}}`
	for access, want := range map[scalingotest.Access]string{
		scalingotest.FullAccess: "200 201", scalingotest.ReadOnly: "200 403", scalingotest.Denied: "403 403", scalingotest.NotListed: "404 404",
	} {
		s.SetAccess("my-app", access)
		if got := fmt.Sprint(c.do("GET", domains, "").status, c.do("POST", domains, link).status); got != want {
			t.Errorf("%d: %s, want %s", access, got, want)
		}
	}
	s.SetAccess("my-app", scalingotest.ReadOnly)
	c.want(http.StatusOK, "GET", domains, "")
	if got := c.do("HEAD", domains, "").status; got != http.StatusOK {
		t.Errorf("HEAD is answered %d", got)
	}
	s.SetAccess("my-app", scalingotest.Denied)
	if got, want := c.refused("GET", domains, ""), `Forbidden {"code":"forbidden","error":"this account may not do that"}`; got != want {
		t.Errorf("%s", got)
	}
	s.RemoveApp("my-app")
	c.want(http.StatusNotFound, "GET", domains, "")
}

// One order is kept for several fakes, and each has its own.
func TestCalls(t *testing.T) {
	var order []string
	opts := scalingotest.Options{OnCall: func(call string) { order = append(order, call) }}
	s, c := start(t, opts)
	_, other := start(t, opts)
	c.link("www.example.com")
	other.want(http.StatusOK, "GET", domains, "")
	c.do("GET", domains+"?page=2", "")
	want := []string{"POST /v1/tokens/exchange", "POST /v1/apps/my-app/domains", "GET /v1/apps/my-app/domains?page=2"}
	if d := cmp.Diff(want, s.Calls()); d != "" {
		t.Errorf("Calls (-want +got):\n%s", d)
	}
	want = []string{
		"POST /v1/tokens/exchange", "POST /v1/tokens/exchange", "POST /v1/apps/my-app/domains", "GET /v1/apps/my-app/domains", "GET /v1/apps/my-app/domains?page=2",
	}
	if d := cmp.Diff(want, order); d != "" {
		t.Errorf("OnCall (-want +got):\n%s", d)
	}
}

// A request of a client, which has no body where there is none, may go to the fake directly.
func TestRequestOfAClient(t *testing.T) {
	s, c := start(t, scalingotest.Options{})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://api.example"+domains, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Body, req.Header = nil, c.header
	w := httptest.NewRecorder()
	s.ServeHTTP(w, req)
	if w.Code != http.StatusOK || w.Body.String() != `{"domains":[]}` {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestConcurrentUse(t *testing.T) {
	s, c := start(t, scalingotest.Options{MaxDomains: 50})
	server := httptest.NewServer(s)
	defer server.Close()
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			name := fmt.Sprintf("n%d.example.com", i)
			for _, ask := range [][2]string{{"POST", `{"domain":{"name":"` + name + `"}}`}, {"GET", ""}} {
				req, err := http.NewRequestWithContext(t.Context(), ask[0], server.URL+domains, strings.NewReader(ask[1]))
				if err != nil {
					t.Error(err)
					return
				}
				req.Header = http.Header{"Authorization": c.header["Authorization"], "Content-Type": {"application/json"}}
				resp, err := http.DefaultClient.Do(req)
				if err != nil {
					t.Error(err)
					return
				}
				resp.Body.Close()
				if resp.StatusCode >= 300 {
					t.Errorf("%s is answered %d", ask[0], resp.StatusCode)
				}
			}
			s.Edit("my-app", name, func(d *scalingotest.Domain) { d.Canonical = true })
		})
	}
	wg.Wait()
	if got := len(s.Domains("my-app")); got != 20 {
		t.Errorf("%d domains, want 20", got)
	}
}
