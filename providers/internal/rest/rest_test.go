package rest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/rest"
)

const secret = "s3cr3t-value"

func start(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

func client(t *testing.T, o rest.Options) *rest.Client {
	t.Helper()
	if o.Secret.Header == "" {
		o.Secret = rest.Secret{Header: "X-API-Key", Value: func() (string, error) { return secret, nil }}
	}
	c, err := rest.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDo(t *testing.T) {
	type sent struct{ Method, URI, Key, Agent, Type, Body string }
	var got sent
	base := start(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = sent{r.Method, r.RequestURI, r.Header.Get("X-API-Key"), r.Header.Get("User-Agent"), r.Header.Get("Content-Type"), string(body)}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Set("X-Serial", "7")
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"a": 1}`+"\n")
	})
	c := client(t, rest.Options{BaseURL: base + "/v1/", Header: http.Header{"User-Agent": {"zoneward"}}})
	var out struct{ A int }
	meta, err := c.Do(t.Context(), rest.Request{
		Method: http.MethodPost, Path: "/zones/a=2Fb.", Query: url.Values{"x": {"1 2"}}, In: map[string]string{"k": "v"}, Out: &out,
	})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(sent{"POST", "/v1/zones/a=2Fb.?x=1+2", secret, "zoneward", "application/json", `{"k":"v"}`}, got); d != "" {
		t.Errorf("request (-want +got):\n%s", d)
	}
	if out.A != 1 || meta.Status != http.StatusCreated || meta.Header.Get("X-Serial") != "7" {
		t.Errorf("got %+v, %+v", out, meta)
	}
}

func TestSecretIsAskedForEachTime(t *testing.T) {
	var seen []string
	base := start(t, func(w http.ResponseWriter, r *http.Request) { seen = append(seen, r.Header.Get("Authorization")) })
	n := 0
	c := client(t, rest.Options{BaseURL: base, Secret: rest.Secret{
		Header: "Authorization", Prefix: "Bearer ",
		Value: func() (string, error) { n++; return strconv.Itoa(n), nil },
	}})
	for range 2 {
		if _, err := c.Do(t.Context(), rest.Request{Method: http.MethodDelete}); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff([]string{"Bearer 1", "Bearer 2"}, seen); d != "" {
		t.Error(d)
	}
}

func TestBadSecret(t *testing.T) {
	base := start(t, func(w http.ResponseWriter, r *http.Request) { t.Error("a request was made") })
	gone := errors.New("file is gone")
	for name, value := range map[string]func() (string, error){
		"error":      func() (string, error) { return "", gone },
		"empty":      func() (string, error) { return "", nil },
		"line break": func() (string, error) { return secret + "\n", nil },
	} {
		t.Run(name, func(t *testing.T) {
			c := client(t, rest.Options{BaseURL: base, Secret: rest.Secret{Header: "X-API-Key", Value: value}})
			_, err := c.Do(t.Context(), rest.Request{Method: http.MethodGet})
			if !errors.Is(err, providers.ErrAuth) || strings.Contains(err.Error(), secret) {
				t.Errorf("got %v, want ErrAuth without the credential", err)
			}
		})
	}
}

func TestSecretIsNotPrinted(t *testing.T) {
	base := start(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, "headers: "+r.Header.Get("X-API-Key")+strings.Repeat(".", 4096-len("headers: ")-len(secret)-3)+secret)
	})
	c := client(t, rest.Options{BaseURL: base})
	_, err := c.Do(t.Context(), rest.Request{Method: http.MethodGet})
	e, ok := errors.AsType[*rest.Error](err)
	if !ok || !strings.Contains(e.Body, "REDACTED") || strings.Contains(e.Body, secret[:3]) {
		t.Errorf("body of the error is %q", e.Body)
	}
	held := struct {
		Client *rest.Client
		Copy   rest.Secret
	}{c, rest.Secret{Header: "X-API-Key", Prefix: secret}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		for _, x := range []any{c, *c, held, held.Copy, err} {
			if text := fmt.Sprintf(verb, x); strings.Contains(text, secret) {
				t.Errorf("%s of a %T has the credential in it: %s", verb, x, text)
			}
		}
	}
	if text := fmt.Sprint(held.Copy); text != "X-API-Key: REDACTED" {
		t.Errorf("the secret prints as %q", text)
	}
}

func TestStatus(t *testing.T) {
	for _, tt := range []struct {
		name       string
		method     string
		status     int
		retryAfter string
		date       string
		wantIs     error
		wantBusy   bool
		wantAfter  time.Duration
	}{
		{name: "401", status: 401, wantIs: providers.ErrAuth},
		{name: "403", status: 403, wantIs: providers.ErrAuth},
		{name: "404", status: 404},
		{name: "429", status: 429, wantBusy: true},
		{name: "429 of a write", method: "PATCH", status: 429, wantBusy: true},
		{name: "429 with seconds", status: 429, retryAfter: "17", wantBusy: true, wantAfter: 17 * time.Second},
		{name: "429 with a date", status: 429, retryAfter: "Sun, 01 Nov 2026 10:00:30 GMT", date: "Sun, 01 Nov 2026 10:00:00 GMT", wantBusy: true, wantAfter: 30 * time.Second},
		{name: "429 with a date that is over", status: 429, retryAfter: "Sun, 01 Nov 2026 10:00:00 GMT", date: "Sun, 01 Nov 2026 10:00:30 GMT", wantBusy: true},
		{name: "429 with a year", status: 429, retryAfter: "31536000", wantBusy: true, wantAfter: 24 * time.Hour},
		{name: "429 with nonsense", status: 429, retryAfter: "soon", wantBusy: true},
		{name: "503 of a read", status: 503, wantBusy: true},
		{name: "503 of a write", method: "PATCH", status: 503},
		{name: "503 of a write with seconds", method: "PATCH", status: 503, retryAfter: "2"},
		{name: "500", status: 500},
		{name: "502 of a write", method: "PATCH", status: 502},
		{name: "304", status: 304},
	} {
		t.Run(tt.name, func(t *testing.T) {
			base := start(t, func(w http.ResponseWriter, r *http.Request) {
				if tt.retryAfter != "" {
					w.Header().Set("Retry-After", tt.retryAfter)
				}
				if tt.date != "" {
					w.Header().Set("Date", tt.date)
				}
				w.WriteHeader(tt.status)
			})
			if tt.method == "" {
				tt.method = "GET"
			}
			_, err := client(t, rest.Options{BaseURL: base}).Do(t.Context(), rest.Request{Method: tt.method, Path: "/zones"})
			e, ok := errors.AsType[*rest.Error](err)
			if !ok || e.Status != tt.status || e.Method != tt.method || e.URL != base+"/zones" {
				t.Errorf("got %#v", err)
			}
			for _, kind := range []error{
				providers.ErrAuth, providers.ErrNoZone, providers.ErrConflict, providers.ErrInvalid, providers.ErrUnsupported, providers.ErrBlocked, providers.ErrPartial,
			} {
				if got, want := errors.Is(err, kind), errors.Is(tt.wantIs, kind); got != want {
					t.Errorf("wraps %q: %t, want %t", kind, got, want)
				}
			}
			busy, ok := errors.AsType[*providers.BusyError](err)
			if ok != tt.wantBusy || ok && busy.After != tt.wantAfter {
				t.Errorf("busy is %v, %t, want %v, %t", busy, ok, tt.wantAfter, tt.wantBusy)
			}
		})
	}
}

// TestSecretInHeadersIsNotPrinted: a server that gives the key back, as a type or in a place to go to, does not get it into an error.
func TestSecretInHeadersIsNotPrinted(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"Location": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "https://elsewhere.example/?key="+secret)
			w.WriteHeader(http.StatusTemporaryRedirect)
		},
		"Content-Type": func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Type", "text/"+secret) },
	} {
		t.Run(name, func(t *testing.T) {
			var out any
			_, err := client(t, rest.Options{BaseURL: start(t, answer)}).Do(t.Context(), rest.Request{Method: "GET", Path: "/zones", Out: &out})
			if err == nil || strings.Contains(err.Error(), secret) || !strings.Contains(err.Error(), "REDACTED") {
				t.Errorf("error %v, want one with REDACTED in it", err)
			}
		})
	}
}

func TestPermanent(t *testing.T) {
	for status, want := range map[int]bool{
		301: true, 307: true, 400: true, 401: true, 404: true, 422: true, 408: false, 425: false, 429: false, 500: false, 502: false, 503: false, 504: false,
	} {
		if got := (&rest.Error{Status: status}).Permanent(); got != want {
			t.Errorf("%d is permanent: %t", status, got)
		}
	}
}

func TestErrorShowsTheStartOfTheBody(t *testing.T) {
	base := start(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusUnprocessableEntity)
		_, _ = io.WriteString(w, "no\x1b[31m\n"+strings.Repeat("x", 10_000))
	})
	_, err := client(t, rest.Options{BaseURL: base}).Do(t.Context(), rest.Request{Method: "PATCH", Path: "/zones"})
	want := "PATCH " + base + `/zones: 422 Unprocessable Entity: "no\x1b[31m\n` + strings.Repeat("x", 292) + `..."`
	if d := cmp.Diff(want, err.Error()); d != "" {
		t.Error(d)
	}
}

// stream is a rest.Decoder that adds up the numbers of an array.
type stream struct{ sum int }

func (s *stream) DecodeJSON(dec *json.Decoder) error {
	if _, err := dec.Token(); err != nil {
		return err
	}
	for dec.More() {
		var n int
		if err := dec.Decode(&n); err != nil {
			return err
		}
		s.sum += n
	}
	_, err := dec.Token()
	return err
}

func TestAnswers(t *testing.T) {
	const whole = `[1, 2, 3]`
	for _, tt := range []struct {
		name  string
		write func(w http.ResponseWriter)
		want  string // in the error; empty for none
	}{
		{"whole", func(w http.ResponseWriter) { _, _ = io.WriteString(w, whole) }, ""},
		{"other JSON type", func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "application/problem+json")
			_, _ = io.WriteString(w, whole)
		}, ""},
		{"shorter than its length", func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, whole[:5])
		}, "unexpected EOF"},
		{"whole JSON, but shorter than its length", func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, whole)
		}, "unexpected EOF"},
		{"cut off while chunked", func(w http.ResponseWriter) {
			_, _ = io.WriteString(w, whole[:5])
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}, "unexpected EOF"},
		{"half a value", func(w http.ResponseWriter) { _, _ = io.WriteString(w, whole[:5]) }, "unexpected EOF"},
		{"empty", func(w http.ResponseWriter) {}, "unexpected EOF"},
		{"two values", func(w http.ResponseWriter) { _, _ = io.WriteString(w, whole+whole) }, "something follows the JSON value"},
		{"junk behind", func(w http.ResponseWriter) { _, _ = io.WriteString(w, whole+"<") }, "something follows the JSON value"},
		{"not JSON", func(w http.ResponseWriter) { _, _ = io.WriteString(w, "[1, oops") }, `not JSON: invalid character 'o' looking for beginning of value: "[1, oops"`},
		{"HTML", func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, "<html>\nlog in")
		}, `the answer has the type "text/html", want application/json: "<html>\nlog in"`},
		{"no content", func(w http.ResponseWriter) { w.WriteHeader(http.StatusNoContent) }, "no content"},
		{"as large as allowed", func(w http.ResponseWriter) { _, _ = io.WriteString(w, "["+strings.Repeat("1,", 48)+"10]") }, ""},
		{"too large", func(w http.ResponseWriter) { _, _ = io.WriteString(w, "["+strings.Repeat("1,", 48)+"100]") }, "larger than the 100 octets that are allowed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			base := start(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				tt.write(w)
			})
			c := client(t, rest.Options{BaseURL: base, MaxBody: 100})
			for _, out := range []any{new([]int), new(stream)} {
				_, err := c.Do(t.Context(), rest.Request{Method: "GET", Path: "/x", Out: out})
				switch {
				case tt.want == "" && err != nil:
					t.Errorf("%T: %v", out, err)
				case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), "GET "+base+"/x: ")):
					t.Errorf("%T: got %v, want an error with %q", out, err, tt.want)
				}
			}
		})
	}
}

func TestRedirectIsNotFollowed(t *testing.T) {
	other := start(t, func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("asked with the key %q", r.Header.Get("X-API-Key"))
	})
	base := start(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other, http.StatusTemporaryRedirect) })
	own := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return nil }}
	_, err := client(t, rest.Options{BaseURL: base, HTTP: own}).Do(t.Context(), rest.Request{Method: "PATCH"})
	if e, ok := errors.AsType[*rest.Error](err); !ok || e.Location != other || !strings.Contains(err.Error(), other) {
		t.Errorf("got %v", err)
	}
}

func TestConnection(t *testing.T) {
	t.Run("refused", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
		base := "http://" + l.Addr().String()
		_, err = client(t, rest.Options{BaseURL: base}).Do(t.Context(), rest.Request{Method: "GET", Path: "/zones"})
		if !errors.Is(err, syscall.ECONNREFUSED) || strings.Count(err.Error(), base) != 1 || !strings.HasPrefix(err.Error(), "GET "+base+"/zones: ") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("cancelled in the body", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		base := start(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, "[1,")
			w.(http.Flusher).Flush()
			cancel()
			<-r.Context().Done()
		})
		_, err := client(t, rest.Options{BaseURL: base}).Do(ctx, rest.Request{Method: "GET", Out: new([]int)})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("cancelled for a reason", func(t *testing.T) {
		reason := errors.New("the program ends")
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(reason)
		_, err := client(t, rest.Options{BaseURL: "http://127.0.0.1:1"}).Do(ctx, rest.Request{Method: "GET"})
		if !errors.Is(err, context.Canceled) || !errors.Is(err, reason) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("too slow", func(t *testing.T) {
		base := start(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, "[1,")
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		})
		_, err := client(t, rest.Options{BaseURL: base, Timeout: 20 * time.Millisecond}).Do(t.Context(), rest.Request{Method: "GET", Out: new([]int)})
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "no whole answer within 20ms") {
			t.Errorf("got %v", err)
		}
	})
}

func TestNewRefuses(t *testing.T) {
	for _, base := range []string{"", "127.0.0.1:8081", "ftp://127.0.0.1", "http://", "http://user:" + secret + "@127.0.0.1", "http://127.0.0.1/?a=b", "http://a b"} {
		if _, err := rest.New(rest.Options{BaseURL: base}); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("New of %q: %v", base, err)
		}
	}
}
