package notify

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// TestWebhook: an event as a program gets it, and its signature.
func TestWebhook(t *testing.T) {
	var body []byte
	var header http.Header
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		header = r.Header
		body, _ = io.ReadAll(r.Body)
	}))
	defer server.Close()
	fixed := func(text string) providers.Secret {
		return providers.NewSecret("x", func() (string, error) { return text, nil })
	}
	rule := Rule{URL: fixed(server.URL + "/hook?x=1"), Webhook: true, Secret: fixed("s3cret"), Signed: true}
	s, err := opener{client: newClient(nil), instance: "dns1"}.open(&rule, new(atomic.Int32))
	if err != nil {
		t.Fatal(err)
	}
	e := Event{
		Kind: Applied, At: time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC), Zone: zonefile.MustParseName("example.com."), Target: "pdns", Commit: "30b7a8a46be13f0b2b1f3d9c1f5f0a4b3d2e1c0f",
		Author: "A\u202eB", Plan: "sha256:1", Counts: map[string]int{"create": 1}, Lines: []string{"+ www.example.com. 300 A 192.0.2.1"},
	}
	if err := s.send(t.Context(), alone(item{Entry{Count: 1, Delivery: "ID"}, e})); err != nil {
		t.Fatal(err)
	}
	want := `{"involvedObject":{"apiVersion":"zoneward/v1","kind":"Zone","namespace":"pdns","name":"example.com"},"severity":"info","timestamp":"2026-07-01T12:00:00Z",` +
		`"message":"example.com. on pdns: 1 change applied\nchanges: 1 create\n  + www.example.com. 300 A 192.0.2.1\ncommit 30b7a8a46be1 by A\\u{202e}B\nplan sha256:1\nat 2026-07-01 12:00:00 UTC",` +
		`"reason":"Applied","metadata":{"author":"A\\u{202e}B","create":"1","delivery":"ID","plan":"sha256:1","revision":"30b7a8a46be13f0b2b1f3d9c1f5f0a4b3d2e1c0f"},"reportingController":"zoneward","reportingInstance":"dns1"}`
	if d := cmp.Diff(string(body), want); d != "" {
		t.Errorf("the body (-got +want):\n%s", d)
	}
	mac := hmac.New(sha256.New, []byte("s3cret"))
	mac.Write(body)
	if got, want := header.Get("X-Signature"), "sha256="+hex.EncodeToString(mac.Sum(nil)); got != want {
		t.Errorf("the signature is %s, want %s", got, want)
	}
	if header.Get("X-Zoneward-Delivery") != "ID" || header.Get("Content-Type") != "application/json" {
		t.Errorf("the headers are %v", header)
	}
}

// TestAnswers: what an answer of a receiver means.
func TestAnswers(t *testing.T) {
	for _, tc := range []struct {
		status int
		after  string
		want   failure
	}{
		{status: 503, want: failure{kind: passing}},
		{status: 429, after: "30", want: failure{kind: passing, after: 30 * time.Second}},
		{status: 429, after: "1.5", want: failure{kind: passing, after: 1500 * time.Millisecond}},
		{status: 429, after: "99999999999", want: failure{kind: passing, after: time.Hour}},
		{status: 429, after: "-1", want: failure{kind: passing}},
		{status: 429, after: "NaN", want: failure{kind: passing}},
		{status: 401, want: failure{kind: permanent}},
		{status: 403, want: failure{kind: permanent}},
		{status: 404, want: failure{kind: permanent}},
		{status: 410, want: failure{kind: permanent}},
		{status: 302, want: failure{kind: permanent}},
		{status: 400, want: failure{kind: refused}},
		{status: 413, want: failure{kind: refused}},
	} {
		followed := false
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if followed = r.URL.Path == "/elsewhere"; followed {
				return
			}
			w.Header().Set("Retry-After", tc.after)
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(tc.status)
			_, _ = io.WriteString(w, "no\x1b[31m "+r.URL.RawQuery+strings.Repeat("x", 100_000))
		}))
		err := sendTo(t.Context(), "webhook+"+server.URL+"/hook?key=t0ps3cret", message{title: say("test")})
		server.Close()
		f, ok := errors.AsType[*failure](err)
		if !ok {
			t.Fatalf("%d: error %v", tc.status, err)
		}
		if f.kind != tc.want.kind || f.after != tc.want.after || followed {
			t.Errorf("%d %q: %+v, followed %t; want %+v", tc.status, tc.after, f, followed, tc.want)
		}
		if strings.Contains(f.text, "t0ps3cret") || strings.Contains(f.text, "\x1b") || len(f.text) > 500 {
			t.Errorf("%d: its text is %q", tc.status, f.text)
		}
	}
}
