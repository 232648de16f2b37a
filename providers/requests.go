package providers

import (
	"fmt"
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
// than AccountPolicy.Rate says, and none while the server wants to be left alone: one that is answered with 429 and the time to come back pauses the account. The server
// has done nothing of it, and it is made again then if that is within RetryPolicy.MaxWait and its context has the time, as often as RetryPolicy.Tries: a batch of
// many requests is not given up halfway.
//
// The error of a request that was not made, or not again after 429, is a *BusyError. It wraps the context's error if that is why.
func (a *Account) HTTPClient() *http.Client {
	return &http.Client{Transport: &inTurn{below: DirectTransport(), turns: a.turns, retry: a.retry}}
}

// WrapRequest returns t with every single request made through what wrap returns: what [Account.HTTPClient] has as its transport waits above it, and comes to it once
// for each time that a request is made. For any other transport it is wrap(t).
func WrapRequest(t http.RoundTripper, wrap func(http.RoundTripper) http.RoundTripper) http.RoundTripper {
	turns, ok := t.(*inTurn)
	if !ok {
		return wrap(t)
	}
	wrapped := *turns
	wrapped.below = wrap(turns.below)
	return &wrapped
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
		if err := t.turns.wait(req.Context(), true); err != nil {
			closeBody(req)
			return nil, err
		}
		resp, err := t.below.RoundTrip(req)
		if err != nil || resp.StatusCode != http.StatusTooManyRequests {
			return resp, err
		}
		wait := RetryAfter(resp)
		t.turns.pause(&BusyError{After: wait, Err: fmt.Errorf("%s %s: 429 Too Many Requests", req.Method, req.URL.Redacted())})
		if try >= t.retry.Tries || wait <= 0 || wait > t.retry.MaxWait {
			return resp, nil
		}
		next, ok := anew(req, wait)
		if !ok {
			return resp, nil
		}
		_, _ = io.CopyN(io.Discard, resp.Body, 64<<10) // so that the connection can be used again
		_ = resp.Body.Close()
		req = next
	}
}

// anew returns the request that is to be made after a wait, false if there cannot be one or its context ends before.
func anew(req *http.Request, wait time.Duration) (next *http.Request, ok bool) {
	if req.Body != nil && req.Body != http.NoBody && req.GetBody == nil {
		return nil, false
	}
	if deadline, has := req.Context().Deadline(); has && time.Until(deadline) <= wait {
		return nil, false
	}
	next = req.Clone(req.Context())
	if req.GetBody != nil {
		body, err := req.GetBody()
		if err != nil {
			return nil, false
		}
		next.Body = body
	}
	return next, true
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
