package scalingotest_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers/providertest/httpfault"
	"github.com/zoneward/zoneward/providers/scalingo/scalingotest"
)

// Each error is answered as the pages have it.
func TestErrors(t *testing.T) {
	for _, tt := range []struct {
		err  *scalingotest.Error
		want string
	}{
		{scalingotest.BadRequest("bad_request", "no"), `400 {"code":"bad_request","error":"no"}`},
		{scalingotest.Unauthorized(), `401 {"error":"the authentication token is invalid or has expired"}`},
		{scalingotest.PaymentRequired(), `402 {"error":"this account has to be verified first","url":"https://dashboard.scalingo.com/billing"}`},
		{scalingotest.Forbidden(), `403 {"code":"forbidden","error":"this account may not do that"}`},
		{scalingotest.NotFound("app"), `404 {"error":"not found","resource":"app"}`},
		{scalingotest.Conflict("modified since last fetch"), `409 {"error":"modified since last fetch"}`},
		{scalingotest.Invalid(map[string][]string{"name": {"is wrong", "is long"}}), `422 {"errors":{"name":["is wrong","is long"]}}`},
		{scalingotest.Invalid(nil), `422 {"errors":{}}`},
		{scalingotest.RetryLater(0), "429 Retry later\n"},
		{scalingotest.Internal(), `500 {"error":"an internal error has occurred"}`},
		{scalingotest.Unavailable(), `503 {"error":"the service is unavailable"}`},
	} {
		s, c := start(t, scalingotest.Options{})
		rule := s.Faults.Add(httpfault.Rule{Pattern: scalingotest.LinkDomain, Times: 1, Fault: tt.err.Fault()})
		got := c.do("POST", domains, `{"domain":{"name":"www.example.com"}}`)
		if got := fmt.Sprintf("%d %s", got.status, got.text); got != tt.want || tt.err.Error() != tt.want {
			t.Errorf("got %s and %s, want %s", got, tt.err, tt.want)
		}
		wantKind := "application/json; charset=utf-8"
		if tt.err.Status == http.StatusTooManyRequests {
			wantKind = "text/plain; charset=utf-8"
		}
		if kind := got.header.Get("Content-Type"); kind != wantKind {
			t.Errorf("%d has the type %q", tt.err.Status, kind)
		}
		if len(s.Domains("my-app")) != 0 || rule.Hits() != 1 {
			t.Error("something was done")
		}
		c.link("www.example.com")
	}
}

func TestRetryLaterInSeconds(t *testing.T) {
	s, c := start(t, scalingotest.Options{})
	s.Faults.Add(httpfault.Rule{Fault: scalingotest.RetryLater(1500 * time.Millisecond).Fault()})
	if got := c.do("GET", domains, "").header.Get("Retry-After"); got != "2" {
		t.Errorf("Retry-After %q", got)
	}
}

// One request of several can go wrong, by its number and by what it asks.
func TestFaultOfOneRequest(t *testing.T) {
	s, c := start(t, scalingotest.Options{})
	s.Faults.Add(httpfault.Rule{Every: 3, Times: 1, Fault: httpfault.Proxy(http.StatusBadGateway)})
	s.Faults.Add(httpfault.Rule{Pattern: scalingotest.ShowApp, Fault: scalingotest.Internal().Fault()})
	var got []int
	for _, path := range []string{domains, "/v1/apps/my-app", domains, domains, domains, domains} {
		got = append(got, c.do("GET", path, "").status)
	}
	if d := cmp.Diff([]int{200, 500, 502, 200, 200, 200}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestLie(t *testing.T) {
	s, c := start(t, scalingotest.Options{})
	id := c.link("www.example.com").text("id")
	rule := s.Faults.Add(httpfault.Rule{Fault: scalingotest.Lie(func(d map[string]any) { d["name"] = "other.example"; delete(d, "id") })})
	if d := cmp.Diff(object{"name": "other.example"}, c.show(id).pick("id", "name")); d != "" {
		t.Errorf("shown (-want +got):\n%s", d)
	}
	list := c.want(http.StatusOK, "GET", domains, "")["domains"].([]any)
	if d := cmp.Diff(object{"name": "other.example"}, object(list[0].(map[string]any)).pick("id", "name")); d != "" || len(list) != 1 {
		t.Errorf("listed (-want +got):\n%s", d)
	}
	if got := c.want(http.StatusOK, "GET", "/v1/apps/my-app", "").at("app").text("name"); got != "my-app" {
		t.Errorf("the application is %q", got)
	}
	c.want(http.StatusNoContent, "DELETE", domains+"/"+id, "")
	if rule.Hits() != 4 {
		t.Errorf("%d hits", rule.Hits())
	}
}

// The faults of networks are there for this fake too, over a network: the answer to a link is lost before and after it was made, and
// somebody else comes between reading and writing.
func TestFaultsOfANetwork(t *testing.T) {
	s, c := start(t, scalingotest.Options{})
	server := httptest.NewServer(s)
	defer server.Close()
	post := func(name string) (*http.Response, error) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+domains, strings.NewReader(`{"domain":{"name":"`+name+`"}}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header = http.Header{"Authorization": c.header["Authorization"], "Content-Type": {"application/json"}}
		return http.DefaultTransport.RoundTrip(req)
	}
	for _, tt := range []struct {
		name  string
		fault httpfault.Fault
		done  bool
	}{
		{"lost.example.com", httpfault.Lost(), false},
		{"done.example.com", httpfault.After(httpfault.Lost()), true},
	} {
		s.Faults.Add(httpfault.Rule{Pattern: scalingotest.LinkDomain, Times: 1, Fault: tt.fault})
		if resp, err := post(tt.name); err == nil {
			resp.Body.Close()
			t.Errorf("%s is answered %d", tt.name, resp.StatusCode)
		}
		if _, done := s.Domain("my-app", tt.name); done != tt.done {
			t.Errorf("%s was done: %t", tt.name, done)
		}
	}
	s.Faults.Add(httpfault.Rule{Pattern: scalingotest.LinkDomain, Times: 1, Fault: httpfault.CutOff()})
	resp, err := post("cut.example.com")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(resp.Body); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("the body ends with %v", err)
	}
	resp.Body.Close()
	s.Faults.Add(httpfault.Rule{Pattern: scalingotest.LinkDomain, Times: 1, Fault: httpfault.Redirect(http.StatusTemporaryRedirect, "http://192.0.2.1")})
	if got := c.do("POST", domains, "{}").header.Get("Location"); got != "http://192.0.2.1"+domains {
		t.Errorf("sent to %q", got)
	}
	s.Faults.Add(httpfault.Rule{Pattern: scalingotest.LinkDomain, Times: 1, Fault: httpfault.Call(func(*http.Request) { s.LinkElsewhere("race.example.com") })})
	c.want(http.StatusConflict, "POST", domains, `{"domain":{"name":"race.example.com"}}`)
	if got := len(s.Faults.Log().Match(scalingotest.LinkDomain)); got != 5 {
		t.Errorf("the log has %d links, want 5", got)
	}
}

// The patterns that the package has names for are those of the endpoints.
func TestPatterns(t *testing.T) {
	s, c := start(t, scalingotest.Options{})
	id := c.link("www.example.com").text("id")
	for pattern, ask := range map[string][2]string{
		scalingotest.ListRegions: {"/v1/regions"}, scalingotest.ListApps: {"/v1/apps"}, scalingotest.ShowApp: {"/v1/apps/my-app"}, scalingotest.ListDomains: {domains},
		scalingotest.LinkDomain: {domains, `{"domain":{"name":"a.example.com"}}`}, scalingotest.ShowDomain: {domains + "/" + id},
		scalingotest.UpdateDomain: {domains + "/" + id, `{"domain":{"canonical":true}}`}, scalingotest.UnlinkDomain: {domains + "/541067ec736f7504a5000000"},
	} {
		s.Faults.Log().Reset()
		method, _, _ := strings.Cut(pattern, " ")
		if got := c.do(method, ask[0], ask[1]); got.status >= 300 && pattern != scalingotest.UnlinkDomain {
			t.Errorf("%s: %d %s", pattern, got.status, got.text)
		}
		if got := s.Faults.Log().Count(pattern); got != 1 {
			t.Errorf("%s is for %d of one request", pattern, got)
		}
	}
}
