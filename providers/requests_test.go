package providers

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// answers is a transport that gives one answer after the other, and notes when it was asked and with what.
type answers struct {
	all []http.Response

	mu     sync.Mutex
	at     []time.Time
	bodies []string
}

func (a *answers) RoundTrip(req *http.Request) (*http.Response, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.at = append(a.at, time.Now())
	if req.Body != nil {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		a.bodies = append(a.bodies, string(body))
		_ = req.Body.Close()
	}
	resp := a.all[min(len(a.at), len(a.all))-1]
	resp.Body = io.NopCloser(strings.NewReader("said"))
	return &resp, nil
}

// asked returns how often it was asked.
func (a *answers) asked() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.at)
}

// tooMany is the answer to one who asks too often.
func tooMany(after string) http.Response {
	return http.Response{StatusCode: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {after}}}
}

var fine = http.Response{StatusCode: http.StatusOK}

// clientOf returns the client of an account above a transport.
func clientOf(account *Account, below http.RoundTripper) *http.Client {
	c := account.HTTPClient()
	c.Transport = WrapRequest(c.Transport, func(http.RoundTripper) http.RoundTripper { return below })
	return c
}

func TestRequestsAreMadeAgainAfterTheTimeThatTheServerWants(t *testing.T) {
	for _, tt := range []struct {
		name     string
		answers  []http.Response
		deadline time.Duration
		status   int
		took     time.Duration
		tries    int
	}{
		{"at once", []http.Response{fine}, time.Minute, 200, 0, 1},
		{"once too often", []http.Response{tooMany("7"), fine}, time.Minute, 200, 7 * time.Second, 2},
		{"again and again", []http.Response{tooMany("2")}, time.Hour, 429, 8 * time.Second, 5},
		{"without a time", []http.Response{tooMany("")}, time.Minute, 429, 0, 1},
		{"for longer than anybody waits", []http.Response{tooMany("31"), fine}, time.Minute, 429, 0, 1},
		{"for longer than there is", []http.Response{tooMany("10"), fine}, 5 * time.Second, 429, 0, 1},
		{"another status with a time", []http.Response{{StatusCode: 503, Header: http.Header{"Retry-After": {"1"}}}, fine}, time.Minute, 503, 0, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), tt.deadline)
				defer cancel()
				below := &answers{all: tt.answers}
				req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://dns.example/", strings.NewReader("batch"))
				if err != nil {
					t.Fatal(err)
				}
				begin := time.Now()
				resp, err := clientOf(NewAccount(AccountPolicy{}), below).Do(req)
				if err != nil {
					t.Fatal(err)
				}
				defer resp.Body.Close()
				if resp.StatusCode != tt.status || time.Since(begin) != tt.took || len(below.at) != tt.tries {
					t.Errorf("%d after %s and %d tries; want %d after %s and %d", resp.StatusCode, time.Since(begin), len(below.at), tt.status, tt.took, tt.tries)
				}
				for _, body := range below.bodies {
					if body != "batch" {
						t.Errorf("it was asked with %q", body)
					}
				}
				if text, err := io.ReadAll(resp.Body); err != nil || string(text) != "said" {
					t.Errorf("the answer is %q, %v", text, err)
				}
			})
		})
	}
}

func TestRequestThatCannotBeReadTwiceIsMadeOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		below := &answers{all: []http.Response{tooMany("1"), fine}}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://dns.example/", io.NopCloser(strings.NewReader("stream")))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := clientOf(NewAccount(AccountPolicy{}), below).Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusTooManyRequests {
			t.Errorf("status %d", resp.StatusCode)
		}
	})
}

func TestRequestsWaitForTheirTurn(t *testing.T) {
	for _, tt := range []struct {
		name string
		rate Rate
		took time.Duration
	}{
		{"one after the other", Rate{PerSecond: 2}, 2 * time.Second},
		{"some at once", Rate{PerSecond: 2, Burst: 3}, time.Second},
		{"without a rate", Rate{}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				below := &answers{all: []http.Response{fine}}
				c := clientOf(NewAccount(AccountPolicy{Rate: tt.rate}), below)
				begin := time.Now()
				for range 5 {
					resp, err := c.Get("http://dns.example/")
					if err != nil {
						t.Fatal(err)
					}
					_ = resp.Body.Close()
				}
				if took := time.Since(begin); took != tt.took {
					t.Errorf("five requests took %s, want %s", took, tt.took)
				}
			})
		})
	}
}

// lister is a provider that lists no zones.
type lister struct{ ZoneProvider }

func (lister) Zones(context.Context) ([]ZoneInfo, error) { return nil, nil }

// TestRequestsCountOnce: where requests count, the calls that make them do not, and both draw on one rate.
func TestRequestsCountOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		account := NewAccount(AccountPolicy{Rate: Rate{PerSecond: 1}})
		counted, byRequest := account.Guard(lister{}), account.GuardRequests(lister{})
		client := clientOf(account, &answers{all: []http.Response{fine}})
		begin := time.Now()
		for _, call := range []func() error{
			func() error { _, err := byRequest.Zones(t.Context()); return err },
			func() error { _, err := byRequest.Zones(t.Context()); return err },
			func() error {
				resp, err := client.Get("http://dns.example/")
				if err == nil {
					_ = resp.Body.Close()
				}
				return err
			},
			func() error { _, err := counted.Zones(t.Context()); return err },
			func() error { _, err := byRequest.Zones(t.Context()); return err },
		} {
			if err := call(); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(begin); took != time.Second {
			t.Errorf("it took %s, want a second: one request, and a call that counts", took)
		}
	})
}

// closing is a body that knows whether it was closed.
type closing struct {
	io.Reader
	closed bool
}

func (c *closing) Close() error {
	c.closed = true
	return nil
}

func TestRequestWhoseTurnDoesNotComeIsNotMade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		below := &answers{all: []http.Response{fine}}
		c := clientOf(NewAccount(AccountPolicy{Rate: Rate{PerSecond: 0.01}}), below)
		resp, err := c.Get("http://dns.example/")
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		body := &closing{Reader: strings.NewReader("batch")}
		req, err := http.NewRequestWithContext(ctx, http.MethodPatch, "http://dns.example/", body)
		if err != nil {
			t.Fatal(err)
		}
		resp, err = c.Do(req)
		if err == nil {
			_ = resp.Body.Close()
		}
		if _, busy := errors.AsType[*BusyError](err); !busy || len(below.at) != 1 {
			t.Errorf("error %v after %d requests; want a *BusyError, which promises that nothing was done", err, len(below.at))
		}
		if !body.closed {
			t.Error("the body is not closed")
		}
	})
}

func TestDirectTransportAsksNoProxy(t *testing.T) {
	if DirectTransport().Proxy != nil {
		t.Error("it asks a proxy")
	}
}
