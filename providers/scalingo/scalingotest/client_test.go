package scalingotest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers/scalingo/scalingotest"
)

// The paths of the application that start adds, and the name that the platform gives it.
const (
	domains = "/v1/apps/my-app/domains"
	target  = "my-app.osc-fr1.scalingo.io"
)

// client asks the fake as a person with curl does, without a network.
type client struct {
	t      *testing.T
	server http.Handler
	header http.Header
}

// start returns a fake with an application, and a client with a bearer token.
func start(t *testing.T, opts scalingotest.Options) (*scalingotest.Server, client) {
	t.Helper()
	s := scalingotest.New(opts)
	s.AddApp(scalingotest.App{Name: "my-app"})
	c := client{t, s, http.Header{}}
	return s, c.with("Authorization", "Bearer "+exchange(t, s, s.Token))
}

// with returns the client with another value of a header, empty for none.
func (c client) with(name, value string) client {
	c.header = c.header.Clone()
	c.header.Del(name)
	if value != "" {
		c.header.Set(name, value)
	}
	return c
}

// at returns the client of another handler.
func (c client) at(h http.Handler) client {
	c.server = h
	return c
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	text   string
}

// do makes a request with a body of JSON, without one if it is empty.
func (c client) do(method, path, body string) answer {
	c.t.Helper()
	req := httptest.NewRequestWithContext(c.t.Context(), method, path, strings.NewReader(body))
	req.Header = c.header.Clone()
	if body != "" && req.Header.Get("Content-Type") == "" {
		req.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	c.server.ServeHTTP(w, req)
	text, err := io.ReadAll(w.Result().Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return answer{w.Code, w.Header(), string(text)}
}

// want makes a request that has to be answered with a status, and returns the object of the answer, nil if it has none.
func (c client) want(status int, method, path, body string) object {
	c.t.Helper()
	a := c.do(method, path, body)
	if a.status != status {
		c.t.Fatalf("%s %s %s: %d %s, want %d", method, path, body, a.status, a.text, status)
	}
	if a.header.Get("Content-Type") == "" || status == http.StatusTooManyRequests {
		return nil
	}
	return a.object(c.t)
}

// refused makes a request and returns the status and the body of the answer, "409 {...}".
func (c client) refused(method, path, body string) string {
	c.t.Helper()
	a := c.do(method, path, body)
	return http.StatusText(a.status) + " " + a.text
}

// link links a name to the application, and returns the domain.
func (c client) link(name string) object {
	c.t.Helper()
	return c.want(http.StatusCreated, "POST", domains, `{"domain":{"name":"`+name+`"}}`).at("domain")
}

// show returns a domain of the application.
func (c client) show(id string) object {
	c.t.Helper()
	return c.want(http.StatusOK, "GET", domains+"/"+id, "").at("domain")
}

// object is an object of JSON.
type object map[string]any

func (a answer) object(t *testing.T) object {
	t.Helper()
	var o object
	if err := json.Unmarshal([]byte(a.text), &o); err != nil {
		t.Fatalf("%v in %q", err, a.text)
	}
	return o
}

func (o object) at(name string) object {
	in, _ := o[name].(map[string]any)
	return in
}

func (o object) text(name string) string {
	in, _ := o[name].(string)
	return in
}

// pick returns the fields of those names.
func (o object) pick(names ...string) object {
	out := object{}
	for _, name := range names {
		if value, there := o[name]; there {
			out[name] = value
		}
	}
	return out
}

func exchange(t *testing.T, h http.Handler, token string) string {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), "POST", "/v1/tokens/exchange", http.NoBody)
	req.SetBasicAuth("", token)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	if w.Code != http.StatusOK {
		t.Fatalf("the exchange is answered %d %s", w.Code, w.Body)
	}
	return answer{text: w.Body.String()}.object(t).text("token")
}

// clock is a time that a test sets.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// records is a DNS: values by "name kind".
type records map[string][]string

func (r records) Lookup(name, kind string) []string { return r[name+" "+kind] }
