package httpfault_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers/providertest/httpfault"
)

func TestLog(t *testing.T) {
	s := start(t)
	s.do(t, "POST", "/a%2Fb?y=2&x=1", "41")
	s.Add(httpfault.Rule{Pattern: "GET /lost", Fault: httpfault.Lost()})
	s.do(t, "GET", "/lost", "")
	s.do(t, "GET", "/a", "")
	type line struct {
		Method, Path, Query, Body string
		Status                    int
		Answer                    string
	}
	var got []line
	for _, x := range s.Log().All() {
		got = append(got, line{x.Method, x.Path, x.Query, x.Body, x.Status, x.Answer})
	}
	if d := cmp.Diff([]line{
		{"POST", "/a%2Fb", "y=2&x=1", "41", 201, `{"n":41}`},
		{"GET", "/lost", "", "", 0, ""},
		{"GET", "/a", "", "", 200, `{"n":41}`},
	}, got); d != "" {
		t.Errorf("log (-want +got):\n%s", d)
	}
	if got := s.Log().All()[0].Header.Get("User-Agent"); got == "" {
		t.Error("no request headers")
	}
	for pattern, want := range map[string]int{"": 3, "GET /": 2, "/{x}": 3, "/a": 1, "POST /{x}": 1, "/a/b": 0} {
		if got := s.Log().Count(pattern); got != want {
			t.Errorf("%q: %d, want %d", pattern, got, want)
		}
	}
	s.Log().Reset()
	if got := s.Log().Count(""); got != 0 {
		t.Errorf("%d after Reset", got)
	}
}

func TestFieldNames(t *testing.T) {
	for _, tt := range []struct {
		name, body, answer string
		want               []string
	}{
		{"none", "", "", nil},
		{"no JSON", "a=1", "<b>", nil},
		{"in both", `{"b":1,"a":{"c":null}}`, `{"b":[{"d":{}},[{"e":"f"}]]}`, []string{"a", "b", "c", "d", "e"}},
	} {
		if d := cmp.Diff(tt.want, httpfault.Exchange{Body: tt.body, Answer: tt.answer}.FieldNames()); d != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, d)
		}
	}
}

// What is answered with nothing is an empty 200.
func TestLogOfEmptyAnswer(t *testing.T) {
	h := httpfault.New(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
	if x := h.Log().All()[0]; x.Status != 200 || w.Code != 200 {
		t.Errorf("log %d, answer %d", x.Status, w.Code)
	}
}

func TestText(t *testing.T) {
	const a, b = "6f7c3ab0-0000-4000-8000-00000000000a", "6f7c3ab0-0000-4000-8000-00000000000b"
	exchanges := []httpfault.Exchange{
		{
			Method: "PATCH", Path: "/zones/example.com", Query: "force=1", Body: `{"b":"` + b + `","a":["` + a + `","` + b + `"]}`,
			Header: map[string][]string{"X-Auth-Token": {"s3cr3t"}, "Content-Type": {"application/json"}, "User-Agent": {"x"}},
			Status: 200, Answer: `{"at":"2026-11-20T12:00:00.5Z","again":"2026-11-20T13:00:00+01:00"}`,
			AnswerHeader: map[string][]string{"Content-Type": {"application/json; charset=utf-8"}},
		},
		{Method: "GET", Path: "/", Status: 502, Answer: "<html>\n"},
		{Method: "GET", Path: "/lost"},
	}
	format := httpfault.Format{
		Headers: []string{"x-auth-token", "Content-Type"},
		Replace: []func(string) string{
			strings.NewReplacer("s3cr3t", "SECRET").Replace, httpfault.Numbered(httpfault.UUID, "id"), httpfault.Numbered(httpfault.Time, "time"),
		},
	}
	want := `PATCH /zones/example.com?force=1
Content-Type: application/json
X-Auth-Token: SECRET

{
  "b": "id-1",
  "a": [
    "id-2",
    "id-1"
  ]
}

200 OK
Content-Type: application/json; charset=utf-8

{
  "at": "time-1",
  "again": "time-2"
}
----------------------------------------
GET /

502 Bad Gateway

<html>
----------------------------------------
GET /lost

no answer
`
	for range 2 { // numbers start anew in each text
		if d := cmp.Diff(want, format.Text(exchanges)); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	}
	if d := cmp.Diff([]string{"x-auth-token", "Content-Type"}, slices.Clone(format.Headers)); d != "" {
		t.Errorf("the format was changed:\n%s", d)
	}
	if got, want := (httpfault.Format{}).Text(exchanges[1:2]), "GET /\n\n502 Bad Gateway\n\n<html>\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
