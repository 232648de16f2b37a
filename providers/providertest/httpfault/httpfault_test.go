package httpfault_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers/providertest/httpfault"
)

// counter is a fake that holds a number: a POST adds what its body says, a GET returns it.
type counter struct{ n, posts atomic.Int64 }

func (c *counter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	status := http.StatusOK
	if r.Method == http.MethodPost {
		c.posts.Add(1)
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(err)
		}
		var add int64
		if _, err := fmt.Sscan(string(body), &add); err != nil || r.ContentLength != int64(len(body)) {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		c.n.Add(add)
		status = http.StatusCreated
	}
	text := fmt.Sprintf(`{"n":%d}`, c.n.Load())
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}

// setup is a counter behind a handler, and a client whose connections are used once.
type setup struct {
	*httpfault.Handler
	counter
	url    string
	client *http.Client
}

func start(t *testing.T) *setup {
	t.Helper()
	s := &setup{}
	s.Handler = httpfault.New(&s.counter)
	server := httptest.NewServer(s.Handler)
	t.Cleanup(server.Close)
	s.url, s.client = server.URL, &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return s
}

// do makes a request and returns "STATUS BODY", or "error: ..." with what of the connection's end can be told for sure.
func (s *setup) do(t *testing.T, method, path, body string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return "error: no answer"
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return fmt.Sprintf("error: %s after %q", err, text)
	}
	return fmt.Sprintf("%d %s", resp.StatusCode, text)
}

func TestRulesChooseRequests(t *testing.T) {
	const ok, bad = `200 {"n":0}`, `500 {"message":"Internal Server Error"}`
	gets := func(n int, path string) []string { return slices.Repeat([]string{"GET " + path}, n) }
	for _, tt := range []struct {
		name     string
		rule     httpfault.Rule
		requests []string
		want     []string
	}{
		{"always", httpfault.Rule{}, gets(3, "/"), []string{bad, bad, bad}},
		{"the first two", httpfault.Rule{Times: 2}, gets(3, "/"), []string{bad, bad, ok}},
		{"every second", httpfault.Rule{Every: 2}, gets(5, "/"), []string{ok, bad, ok, bad, ok}},
		{"every one", httpfault.Rule{Every: 1}, gets(2, "/"), []string{bad, bad}},
		{"the third alone", httpfault.Rule{Every: 3, Times: 1}, gets(6, "/"), []string{ok, ok, bad, ok, ok, ok}},
		{
			"method",
			httpfault.Rule{Pattern: "POST /"},
			[]string{"GET /", "POST / 0", "PATCH /"},
			[]string{ok, bad, ok},
		},
		{
			"path",
			httpfault.Rule{Pattern: "/zones/{zone}/records"},
			[]string{"GET /zones/a/records", "GET /zones/a%2Fb/records", "GET /zones/a/b/records", "GET /zones/a", "GET /zones/a/records?page=2"},
			[]string{bad, bad, ok, ok, bad},
		},
		{"below a path", httpfault.Rule{Pattern: "GET /a/"}, []string{"GET /a/", "GET /a/b/c", "GET /b"}, []string{bad, bad, ok}},
		{
			"function that reads the body",
			httpfault.Rule{Match: func(r *http.Request) bool {
				body, err := io.ReadAll(r.Body)
				return err == nil && string(body) == "7"
			}},
			[]string{"POST / 1", "POST / 7", "POST / 2"},
			[]string{`201 {"n":1}`, bad, `201 {"n":3}`},
		},
		{
			"those that do not match are not counted",
			httpfault.Rule{Pattern: "GET /a", Every: 2},
			[]string{"GET /a", "GET /b", "GET /a", "GET /b"},
			[]string{ok, ok, bad, ok},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t)
			tt.rule.Fault = httpfault.Status(500)
			active := s.Add(tt.rule)
			var got []string
			hits := 0
			for _, line := range tt.requests {
				method, rest, _ := strings.Cut(line, " ")
				path, body, _ := strings.Cut(rest, " ")
				got = append(got, s.do(t, method, path, body))
				if got[len(got)-1] == bad {
					hits++
				}
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("answers (-want +got):\n%s", d)
			}
			if active.Hits() != hits {
				t.Errorf("%d hits, want %d", active.Hits(), hits)
			}
			active.Lift()
			if got := s.do(t, "GET", "/zones/a/records", ""); !strings.HasPrefix(got, "200 ") {
				t.Errorf("after Lift: %s", got)
			}
		})
	}
}

func TestRulesGoOneAfterTheOther(t *testing.T) {
	s := start(t)
	var order []string
	note := func(name string) httpfault.Fault {
		return httpfault.Call(func(*http.Request) { order = append(order, name) })
	}
	s.Add(httpfault.Rule{Fault: note("first")})
	s.Add(httpfault.Rule{Times: 1, Fault: httpfault.Status(503)})
	last := s.Add(httpfault.Rule{Fault: note("last")})
	s.do(t, "GET", "/", "")
	if last.Hits() != 0 {
		t.Error("a rule has counted a request that one before it has answered")
	}
	s.do(t, "GET", "/", "")
	if d := cmp.Diff([]string{"first", "first", "last"}, order); d != "" {
		t.Errorf("order (-want +got):\n%s", d)
	}
	s.Lift()
	s.do(t, "GET", "/", "")
	if len(order) != 3 {
		t.Error("a rule goes on after Lift")
	}
}

// A rule that is lifted while a request is on its way to it does not happen to that one either.
func TestLiftUnderWay(t *testing.T) {
	s := start(t)
	s.Add(httpfault.Rule{Fault: httpfault.Call(func(*http.Request) { s.Lift() })})
	s.Add(httpfault.Rule{Fault: httpfault.Status(500)})
	if got := s.do(t, "GET", "/", ""); got != `200 {"n":0}` {
		t.Error(got)
	}
}

func TestAddPanics(t *testing.T) {
	for name, rule := range map[string]httpfault.Rule{
		"no fault":    {Pattern: "/"},
		"bad pattern": {Pattern: "GET zones", Fault: httpfault.Lost()},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			httpfault.New(http.NotFoundHandler()).Add(rule)
		})
	}
}

// Rules come and go while requests are served, and a count is exact whoever asks.
func TestConcurrent(t *testing.T) {
	s := start(t)
	const clients, each, times = 4, 20, 30
	limited := s.Add(httpfault.Rule{Pattern: "POST /", Times: times, Fault: httpfault.Status(429)})
	var refused atomic.Int64
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			for range each {
				other := s.Add(httpfault.Rule{Pattern: "GET /", Fault: s.Stale(1)})
				if strings.HasPrefix(s.do(t, "POST", "/", "1"), "429") {
					refused.Add(1)
				}
				s.do(t, "GET", "/", "")
				other.Lift()
				s.Log().All()
			}
		})
	}
	wg.Wait()
	if refused.Load() != times || limited.Hits() != times || s.n.Load() != clients*each-times {
		t.Errorf("%d refused, %d hits, %d done", refused.Load(), limited.Hits(), s.n.Load())
	}
	if got := s.Log().Count(""); got != 2*clients*each {
		t.Errorf("%d exchanges in the log, want %d", got, 2*clients*each)
	}
}
