package rest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// timed makes requests each of which takes no longer than it may, the body of the answer included. After that they end with a *lateError.
type timed struct {
	below   http.RoundTripper
	timeout time.Duration
}

// RoundTrip implements [http.RoundTripper].
func (t *timed) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeoutCause(req.Context(), t.timeout, &lateError{t.timeout})
	resp, err := t.below.RoundTrip(req.WithContext(ctx))
	if err != nil {
		err = whyLate(ctx, err)
		cancel()
		return nil, err
	}
	resp.Body = &timedBody{resp.Body, func(err error) error { return whyLate(ctx, err) }, cancel}
	return resp, nil
}

// timedBody is the body of an answer that has to come in time.
type timedBody struct {
	io.ReadCloser
	why func(error) error
	end context.CancelFunc
}

// Read reads from the body.
func (b *timedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == nil || err == io.EOF {
		return n, err
	}
	return n, b.why(err)
}

// Close closes the body, and lets go of the time.
func (b *timedBody) Close() error {
	defer b.end()
	return b.ReadCloser.Close()
}

// lateError says that a request took longer than it may.
type lateError struct{ after time.Duration }

// Error says how long it took.
func (e *lateError) Error() string { return fmt.Sprintf("no whole answer within %s", e.after) }

// Unwrap returns context.DeadlineExceeded.
func (e *lateError) Unwrap() error { return context.DeadlineExceeded }

// whyLate returns the *lateError that ended a context if one did, and err otherwise.
func whyLate(ctx context.Context, err error) error {
	if late, ok := errors.AsType[*lateError](context.Cause(ctx)); ok {
		return late
	}
	return err
}
