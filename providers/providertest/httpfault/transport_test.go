package httpfault_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers/providertest/httpfault"
)

// exchanged is what a client gets for a request, and what the server got.
type exchanged struct {
	Err, BodyErr, Body string
	Status             int
	Length             int64
	Header             http.Header
	Served             string
}

// exchange makes one request by way of a transport.
func exchange(t *testing.T, transport http.RoundTripper, base string, served *atomic.Value, method, body string) exchanged {
	t.Helper()
	var content io.Reader
	if body != "" {
		content = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, base+"/a%2Fb?x=1", content)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "api.example.com"
	req.Header.Set("X-Given", "1")
	req.Header.Set("Accept-Encoding", "identity") // that of a network's would be gzip
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return exchanged{Err: err.Error(), Served: fmt.Sprint(served.Load())}
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	got := exchanged{Status: resp.StatusCode, Body: string(text), Length: resp.ContentLength, Header: resp.Header, Served: fmt.Sprint(served.Load())}
	got.Header.Del("Date")
	if err != nil {
		got.BodyErr = err.Error()
	}
	return got
}

// Without a network everything is as it is with one.
func TestTransport(t *testing.T) {
	answer := func(status int, body string) httpfault.Fault {
		return httpfault.Respond(httpfault.Answer{Status: status, Header: http.Header{"X-Answer": {"1", "2"}}, Body: []byte(body)})
	}
	for _, tt := range []struct {
		name, method, body string
		fault              httpfault.Fault
	}{
		{name: "GET", method: "GET"},
		{name: "HEAD", method: "HEAD"},
		{name: "POST", method: "POST", body: `{"n":1}`},
		{name: "POST of nothing", method: "POST"},
		{name: "another type", method: "GET", fault: answer(http.StatusTeapot, "<html></html>")},
		{name: "no body", method: "DELETE", fault: answer(http.StatusNoContent, "")},
		{name: "empty", method: "GET", fault: answer(http.StatusOK, "")},
		{name: "redirect", method: "GET", fault: httpfault.Redirect(http.StatusFound, "http://192.0.2.1")},
		{name: "lost", method: "GET", fault: httpfault.Lost()},
		{name: "lost when it is done", method: "POST", body: "1", fault: httpfault.After(httpfault.Lost())},
		{name: "cut off", method: "GET", fault: httpfault.CutOff()},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var served atomic.Value
			served.Store("")
			fake := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				if err != nil {
					t.Error(err)
				}
				served.Store(fmt.Sprint(r.Method, r.Host, r.RequestURI, r.URL, r.Proto, r.ContentLength, r.Header, string(body)))
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(http.StatusAccepted)
				_, _ = io.WriteString(w, `{"ok":true}`)
			})
			h := httpfault.New(fake)
			if tt.fault != nil {
				h.Add(httpfault.Rule{Fault: tt.fault})
			}
			server := httptest.NewServer(h)
			defer server.Close()
			want := exchange(t, &http.Transport{DisableCompression: true}, server.URL, &served, tt.method, tt.body)
			served.Store("")
			got := exchange(t, httpfault.Transport(h), "http://fake.invalid", &served, tt.method, tt.body)
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("(-with a network +without):\n%s", d)
			}
		})
	}
}

// A request ends with its context, though nobody has answered it.
func TestTransportEndsWithTheContext(t *testing.T) {
	why := errors.New("why")
	for _, tt := range []struct {
		name  string
		begin func(context.Context) (context.Context, context.CancelFunc)
		want  error
		after time.Duration
	}{
		{"cancelled before", func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancelCause(ctx)
			cancel(why)
			return ctx, func() {}
		}, why, 0},
		{"over while it waits", func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, time.Minute)
		}, context.DeadlineExceeded, time.Minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begin, done := time.Now(), 0
				h := httpfault.New(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { done++ }))
				h.Add(httpfault.Rule{Fault: httpfault.Delay(time.Hour)})
				ctx, cancel := tt.begin(t.Context())
				defer cancel()
				req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://fake.invalid", strings.NewReader("1"))
				if err != nil {
					t.Fatal(err)
				}
				resp, err := httpfault.Transport(h).RoundTrip(req)
				if err == nil {
					resp.Body.Close()
				}
				if !errors.Is(err, tt.want) || time.Since(begin) != tt.after {
					t.Errorf("error %v after %s, want %v after %s", err, time.Since(begin), tt.want, tt.after)
				}
				synctest.Wait()
				if done != 0 {
					t.Error("it was done all the same")
				}
			})
		})
	}
}

// lateContext is a context that nobody sees end before everything else is done.
type lateContext struct{ context.Context }

func (c lateContext) Done() <-chan struct{} {
	synctest.Wait()
	return c.Context.Done()
}

// A context that ends while the answer is made ends the request, whichever of them is there first.
func TestTransportCancelledWhileAnswering(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for range 50 { // a select takes either
			ctx, cancel := context.WithCancel(t.Context())
			h := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { cancel() })
			req, err := http.NewRequestWithContext(lateContext{ctx}, http.MethodGet, "http://fake.invalid", http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := httpfault.Transport(h).RoundTrip(req)
			if err == nil {
				resp.Body.Close()
			}
			if !errors.Is(err, context.Canceled) {
				t.Fatalf("got %v, want %v", err, context.Canceled)
			}
		}
	})
}
