package providers

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// DirectTransport returns a transport that asks no proxy: one from HTTP_PROXY would get the credentials.
func DirectTransport() *http.Transport {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return &http.Transport{}
	}
	t = t.Clone()
	t.Proxy = nil
	return t
}

// HTTPClient returns a client for the providers of the account that speak HTTP, which are guarded by [Account.GuardRequests]. Its requests begin no more often
// than AccountPolicy.Rate says. One that is answered with 429 and the time to come back, of which the server has done nothing, is made again then if that is within
// RetryPolicy.MaxWait and its context has the time, as often as RetryPolicy.Tries: a batch of many requests is not given up halfway.
func (a *Account) HTTPClient() *http.Client {
	return &http.Client{Transport: &inTurn{below: DirectTransport(), turns: a.turns, retry: a.retry}}
}

// inTurn makes requests in their turn.
type inTurn struct {
	below http.RoundTripper
	turns *turns
	retry RetryPolicy
}

// RoundTrip implements [http.RoundTripper].
func (t *inTurn) RoundTrip(req *http.Request) (*http.Response, error) {
	for try := uint(1); ; try++ {
		if err := t.turns.count(req.Context()); err != nil {
			closeBody(req)
			return nil, err
		}
		resp, err := t.below.RoundTrip(req)
		if err != nil || resp.StatusCode != http.StatusTooManyRequests || try >= t.retry.Tries {
			return resp, err
		}
		next, wait, ok := t.again(req, resp)
		if !ok {
			return resp, nil
		}
		_, _ = io.CopyN(io.Discard, resp.Body, 64<<10) // so that the connection can be used again
		_ = resp.Body.Close()
		if err := sleep(req.Context(), wait); err != nil {
			return nil, &BusyError{After: wait, Err: err}
		}
		req = next
	}
}

// again returns the request to be made after a wait because the server said so, false if it did not, or for longer than there is time.
func (t *inTurn) again(req *http.Request, resp *http.Response) (next *http.Request, wait time.Duration, ok bool) {
	wait = RetryAfter(resp)
	if wait <= 0 || wait > t.retry.MaxWait || req.Body != nil && req.Body != http.NoBody && req.GetBody == nil {
		return nil, 0, false
	}
	if deadline, has := req.Context().Deadline(); has && time.Until(deadline) <= wait {
		return nil, 0, false
	}
	next = req.Clone(req.Context())
	if req.GetBody != nil {
		body, err := req.GetBody()
		if err != nil {
			return nil, 0, false
		}
		next.Body = body
	}
	return next, wait, true
}

// closeBody does what a RoundTripper owes its caller.
func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}

// RetryAfter reads the Retry-After header (RFC 9110 §10.2.3): seconds, or a date that is compared with the server's own clock if the answer
// has its time. It is 0 where there is none, and a day at most.
func RetryAfter(resp *http.Response) time.Duration {
	const most = 24 * time.Hour
	text := strings.TrimSpace(resp.Header.Get("Retry-After"))
	if seconds, err := strconv.ParseUint(text, 10, 63); err == nil {
		return time.Duration(min(seconds, uint64(most/time.Second))) * time.Second
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		now = time.Now()
	}
	return min(max(at.Sub(now), 0), most)
}
