package httpfault_test

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers/providertest/httpfault"
)

// Each fault is put in front of a POST that adds 1.
func TestFaults(t *testing.T) {
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.FixedZone("", 3600))
	for _, tt := range []struct {
		name   string
		fault  httpfault.Fault
		want   string
		header map[string]string // of the answer
		done   int64             // how often the fake has done it
	}{
		{"status", httpfault.Status(502), `502 {"message":"Bad Gateway"}`, map[string]string{"Content-Type": "application/json", "Retry-After": ""}, 0},
		{"busy, in seconds", httpfault.RetryIn(429, 1500*time.Millisecond), `429 {"message":"Too Many Requests"}`, map[string]string{"Retry-After": "2"}, 0},
		{"busy, as a date", httpfault.RetryAt(503, at), `503 {"message":"Service Unavailable"}`, map[string]string{"Retry-After": "Fri, 20 Nov 2026 11:00:00 GMT"}, 0},
		{
			"answer of the caller's", httpfault.Respond(httpfault.Answer{Status: 418, Header: http.Header{"X-A": {"b"}}, Body: []byte("short")}),
			"418 short",
			map[string]string{"X-A": "b"},
			0,
		},
		{"redirect", httpfault.Redirect(307, "http://192.0.2.1"), "307 ", map[string]string{"Location": "http://192.0.2.1/n?x=1"}, 0},
		{"lost", httpfault.Lost(), "error: no answer", nil, 0},
		{"lost after it was done", httpfault.After(httpfault.Lost()), "error: no answer", nil, 1},
		{"cut off", httpfault.CutOff(), `error: unexpected EOF after "{\"n"`, nil, 1},
		{"half", httpfault.Half(), `201 {"n`, map[string]string{"Content-Type": "application/json"}, 1},
		{"huge", httpfault.Huge(3), `201    {"n":1}`, map[string]string{"Content-Type": "application/json"}, 1},
		{"not JSON", httpfault.NotJSON(), "201 upstream says: {ok", map[string]string{"Content-Type": "application/json"}, 1},
		{"changed answer", httpfault.Edit(func(a *httpfault.Answer) { a.Status, a.Body = 202, append(a.Body, '!') }), `202 {"n":1}!`, nil, 1},
		{"changed request", httpfault.Alter(func(body []byte) []byte { return append(body, '2') }), `201 {"n":12}`, nil, 1},
		{"status after it was done", httpfault.After(httpfault.Status(500)), `500 {"message":"Internal Server Error"}`, nil, 1},
		{"call that reads the body", httpfault.Call(func(r *http.Request) { _, _ = io.ReadAll(r.Body) }), `201 {"n":1}`, nil, 1},
		{"late", httpfault.Delay(time.Millisecond), `201 {"n":1}`, nil, 1},
		{"late answer", httpfault.After(httpfault.Delay(time.Millisecond)), `201 {"n":1}`, map[string]string{"Content-Type": "application/json"}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t)
			rule := s.Add(httpfault.Rule{Times: 1, Fault: tt.fault})
			if got := s.do(t, "POST", "/n?x=1", "1"); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if got := s.posts.Load(); got != tt.done {
				t.Errorf("the fake has done it %d times, want %d", got, tt.done)
			}
			if rule.Hits() != 1 {
				t.Errorf("%d hits", rule.Hits())
			}
			for name, want := range tt.header {
				if got := s.Log().All()[0].AnswerHeader.Get(name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
		})
	}
}

func TestProxyAnswersHTML(t *testing.T) {
	s := start(t)
	s.Add(httpfault.Rule{Fault: httpfault.Proxy(504)})
	want := "504 <html>\r\n<head><title>504 Gateway Timeout</title></head>\r\n<body>\r\n<center><h1>504 Gateway Timeout</h1></center>\r\n" +
		"<hr><center>proxy</center>\r\n</body>\r\n</html>\r\n"
	if d := cmp.Diff(want, s.do(t, "GET", "/", "")); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if got := s.Log().All()[0].AnswerHeader.Get("Content-Type"); got != "text/html" {
		t.Errorf("Content-Type %q", got)
	}
}

// A client that gives up: with Delay nothing is done, with After(Delay) it is done all the same.
func TestDelayIsLongerThanTheClientWaits(t *testing.T) {
	for name, tt := range map[string]struct {
		fault httpfault.Fault
		done  int64
	}{
		"before": {httpfault.Delay(time.Hour), 0},
		"after":  {httpfault.After(httpfault.Delay(time.Hour)), 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			reached := make(chan struct{})
			s.Add(httpfault.Rule{Fault: httpfault.Call(func(*http.Request) { close(reached) })})
			s.Add(httpfault.Rule{Fault: tt.fault})
			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				<-reached
				cancel()
			}()
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := s.client.Do(req)
			if err == nil {
				resp.Body.Close()
				t.Fatal("an answer")
			}
			deadline := time.Now().Add(10 * time.Second)
			for s.posts.Load() != tt.done {
				if time.Now().After(deadline) {
					t.Fatalf("the fake has done it %d times, want %d", s.posts.Load(), tt.done)
				}
				time.Sleep(time.Millisecond)
			}
		})
	}
}

// Another writer comes between the reading and the writing of a client.
func TestCallComesBeforeTheRequest(t *testing.T) {
	s := start(t)
	s.Add(httpfault.Rule{Pattern: "POST /", Times: 1, Fault: httpfault.Call(func(*http.Request) { s.n.Add(100) })})
	if got := s.do(t, "GET", "/", ""); got != `200 {"n":0}` {
		t.Errorf("read %s", got)
	}
	if got := s.do(t, "POST", "/", "1"); got != `201 {"n":101}` {
		t.Errorf("wrote %s", got)
	}
}

func TestStale(t *testing.T) {
	s := start(t)
	get := func(path, want string) {
		t.Helper()
		if got := s.do(t, "GET", path, ""); got != want {
			t.Errorf("GET %s: %s, want %s", path, got, want)
		}
	}
	get("/n", `200 {"n":0}`) // asked before the rule, and remembered
	rule := s.Add(httpfault.Rule{Fault: s.Stale(2)})
	s.n.Store(5) // as somebody else has written
	if got := s.do(t, "POST", "/", "1"); got != `201 {"n":6}` {
		t.Errorf("the write: %s", got)
	}
	get("/unknown", `200 {"n":6}`)
	if got := s.do(t, "POST", "/", "bad"); got != "400 " {
		t.Errorf("the write: %s", got)
	}
	get("/n", `200 {"n":5}`) // before the last write that was done, not before that which was refused
	get("/n", `200 {"n":5}`)
	get("/n", `200 {"n":6}`)
	s.do(t, "POST", "/", "1")
	get("/unknown", `200 {"n":6}`)
	rule.Lift()
	get("/n", `200 {"n":7}`)
	if got := s.Log().Count("GET /"); got != 7 {
		t.Errorf("%d reads in the log, want 7", got)
	}
}
