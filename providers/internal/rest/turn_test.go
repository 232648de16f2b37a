package rest_test

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/rest"
)

// server is a transport that answers after a time, as it is told and then with 200, and counts what it was asked.
type server struct {
	takes time.Duration
	sends time.Duration // how long the body takes then
	busy  []string      // the Retry-After of the first answers, which are 429
	asked int
	last  context.Context // of the last request
}

func (s *server) RoundTrip(req *http.Request) (*http.Response, error) {
	s.asked++
	s.last = req.Context()
	if err := pass(s.last, s.takes); err != nil {
		return nil, err
	}
	resp := &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: &slowBody{s.last, s.sends, strings.NewReader("{}")}}
	if s.asked <= len(s.busy) {
		resp.StatusCode = http.StatusTooManyRequests
		resp.Header.Set("Retry-After", s.busy[s.asked-1])
	}
	return resp, nil
}

// pass lets time pass. It returns what ends a context without the reason, as HTTP/2 does.
func pass(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// slowBody is a body that takes its time to end.
type slowBody struct {
	ctx  context.Context
	left time.Duration
	text *strings.Reader
}

func (b *slowBody) Read(p []byte) (int, error) {
	if b.text.Len() > 0 {
		return b.text.Read(p)
	}
	err := pass(b.ctx, b.left)
	b.left = 0
	return 0, cmp.Or(err, io.EOF)
}

func (*slowBody) Close() error { return nil }

// ofAccount returns a client that makes the requests of an account.
func ofAccount(t *testing.T, rate providers.Rate, timeout time.Duration, s *server) *rest.Client {
	c := providers.NewAccount(providers.AccountPolicy{Rate: rate}).HTTPClient()
	c.Transport = providers.WrapRequest(c.Transport, func(http.RoundTripper) http.RoundTripper { return s })
	return client(t, rest.Options{BaseURL: "http://dns.example", HTTP: c, Timeout: timeout})
}

var patch = rest.Request{Method: http.MethodPatch, Path: "/zones", In: []byte("{}")}

func TestWhatIsNotSentIsBusy(t *testing.T) {
	reason := errors.New("the program ends")
	for _, tt := range []struct {
		name   string
		server server
		rate   providers.Rate
		within func(ctx context.Context) context.Context
		is     []error
		asked  int
	}{
		{"cancelled in line", server{}, providers.Rate{PerSecond: 0.01}, cancelledAfter(3*time.Second, nil), []error{context.Canceled}, 1},
		{"cancelled in line for a reason", server{}, providers.Rate{PerSecond: 0.01}, cancelledAfter(3*time.Second, reason), []error{context.Canceled, reason}, 1},
		{"no time for the line", server{}, providers.Rate{PerSecond: 0.01}, endsAfter(3 * time.Second), []error{context.DeadlineExceeded}, 1},
		{"cancelled before", server{}, providers.Rate{}, cancelledAfter(0, nil), []error{context.Canceled}, 1},
		{"cancelled after 429", server{busy: []string{"0", "7"}}, providers.Rate{}, cancelledAfter(3*time.Second, reason), []error{context.Canceled, reason}, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := ofAccount(t, tt.rate, 0, &tt.server)
				_, _ = c.Do(t.Context(), patch)
				_, err := c.Do(tt.within(t.Context()), patch)
				if _, busy := errors.AsType[*providers.BusyError](err); !busy || tt.server.asked != tt.asked {
					t.Errorf("error %v after %d requests; want a *providers.BusyError after %d", err, tt.server.asked, tt.asked)
				}
				for _, is := range tt.is {
					if !errors.Is(err, is) {
						t.Errorf("error %v, want one that wraps %v", err, is)
					}
				}
				if !strings.HasPrefix(err.Error(), "PATCH http://dns.example/zones: busy") {
					t.Errorf("error %v does not say what was asked", err)
				}
			})
		})
	}
}

// cancelledAfter cancels a context after a time, and at once if that is 0.
func cancelledAfter(d time.Duration, reason error) func(context.Context) context.Context {
	return func(ctx context.Context) context.Context {
		ctx, cancel := context.WithCancelCause(ctx)
		if d == 0 {
			cancel(reason)
		} else {
			time.AfterFunc(d, func() { cancel(reason) })
		}
		return ctx
	}
}

func endsAfter(d time.Duration) func(context.Context) context.Context {
	return func(ctx context.Context) context.Context {
		ctx, cancel := context.WithTimeout(ctx, d)
		context.AfterFunc(ctx, cancel)
		return ctx
	}
}

// TestWhatIsSentIsNotBusy has a request cancelled that the server may have done.
func TestWhatIsSentIsNotBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := server{takes: 10 * time.Second, busy: []string{"1"}}
		_, err := ofAccount(t, providers.Rate{}, 0, &s).Do(cancelledAfter(15*time.Second, nil)(t.Context()), patch)
		if _, busy := errors.AsType[*providers.BusyError](err); busy || !errors.Is(err, context.Canceled) || s.asked != 2 {
			t.Errorf("error %v after %d requests; want the context's alone after 2", err, s.asked)
		}
	})
}

func TestTimeoutIsThatOfOneRequest(t *testing.T) {
	for _, tt := range []struct {
		name   string
		server server
		rate   providers.Rate
		took   time.Duration // of two requests, one after the other
		late   bool
	}{
		{"after its turn has come", server{takes: 50 * time.Second}, providers.Rate{PerSecond: 0.001}, 1050 * time.Second, false},
		{"each time that it is made", server{takes: 50 * time.Second, busy: []string{"0", "30", "20"}}, providers.Rate{}, 250 * time.Second, false},
		{"too slow in its turn", server{takes: 70 * time.Second}, providers.Rate{PerSecond: 0.001}, 1060 * time.Second, true},
		{"with the body", server{takes: 30 * time.Second, sends: 20 * time.Second}, providers.Rate{}, 100 * time.Second, false},
		{"too slow with the body", server{takes: 30 * time.Second, sends: 40 * time.Second}, providers.Rate{}, 120 * time.Second, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := ofAccount(t, tt.rate, time.Minute, &tt.server)
				begin := time.Now()
				read := rest.Request{Method: http.MethodGet, Path: "/zones", Out: new(struct{})}
				_, _ = c.Do(t.Context(), read)
				_, err := c.Do(t.Context(), read)
				if late := errors.Is(err, context.DeadlineExceeded) && strings.HasSuffix(err.Error(), ": no whole answer within 1m0s"); late != tt.late || !late && err != nil {
					t.Errorf("error %v, and too late is %t", err, tt.late)
				}
				// The limiter counts in floating point.
				if took := time.Since(begin).Round(time.Microsecond); took != tt.took {
					t.Errorf("took %s, want %s", took, tt.took)
				}
				if tt.server.last.Err() == nil {
					t.Error("the request has ended, and its time runs on")
				}
			})
		})
	}
}
