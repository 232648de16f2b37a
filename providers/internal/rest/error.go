package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/zoneward/zoneward/providers"
)

// Error is an answer with a status that is not 2xx.
type Error struct {
	Method, URL string
	Status      int
	ContentType string
	// Body is the body as the server sent it but for the credential: all of it if it is JSON of less than 256 KiB, else at most its first 4 KiB.
	// [Error.Error] shows the start of it, escaped. If the request was confidential it shows nothing of it, and what is not JSON is left out.
	Body string
	// RetryAfter is how long the server asked to be left alone, 0 if it did not.
	RetryAfter time.Duration
	// Location is where a redirect points to.
	Location string

	confidential bool
}

// Error returns the request, the status, and the start of the body if that was not confidential.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: %d %s", e.Method, e.URL, e.Status, http.StatusText(e.Status))
	if e.Location != "" {
		fmt.Fprintf(&b, ": redirects are not followed: it points to %q", e.Location)
	}
	if e.Body != "" && !e.confidential {
		fmt.Fprintf(&b, ": %q", Shorten(e.Body, ShownHead))
	}
	return b.String()
}

// Unwrap returns providers.ErrAuth for 401 and 403, nil for others.
func (e *Error) Unwrap() error {
	if e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden {
		return providers.ErrAuth
	}
	return nil
}

// Permanent reports whether the same request would be answered like this again: redirects, and what the server says is wrong with the
// request, but not that it came too late, too early or too often.
func (e *Error) Permanent() bool {
	switch e.Status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return false
	}
	return e.Status/100 == 3 || e.Status/100 == 4
}

// statusError returns the error for an answer with a status that is not 2xx.
func statusError(r Request, address string, resp *http.Response, body string) error {
	after := providers.RetryAfter(resp)
	e := &Error{
		Method: r.Method, URL: address, Status: resp.StatusCode, ContentType: resp.Header.Get("Content-Type"), Body: body, RetryAfter: after,
		confidential: r.Confidential,
	}
	if r.Confidential && !json.Valid([]byte(body)) {
		e.Body = ""
	}
	if resp.StatusCode/100 == 3 {
		e.Location = resp.Header.Get("Location")
	}
	switch resp.StatusCode {
	case http.StatusTooManyRequests:
		return &providers.BusyError{After: after, Err: e}
	case http.StatusServiceUnavailable:
		// A proxy may say so of a server that has done what was asked, also with a time to come back.
		if r.reads() {
			return &providers.BusyError{After: after, Err: e}
		}
	}
	return e
}

// connectionError returns err without the request's method and address, which the caller puts in front, and with the reason
// that the context ended for if it did. A *providers.BusyError stays one: nothing was sent.
func connectionError(ctx context.Context, err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	ended, cause := ctx.Err(), context.Cause(ctx)
	_, busy := errors.AsType[*providers.BusyError](err)
	switch {
	case ended == nil, busy && (errors.Is(cause, ended) || !errors.Is(err, ended)):
		return err
	case busy:
		return fmt.Errorf("%w: %w", err, cause)
	case errors.Is(cause, ended):
		return cause
	default:
		return fmt.Errorf("%w: %w", ended, cause)
	}
}

// Untouched is for an error of what was read in front of a write: nothing was written, and if the read could work another time, so could all of it.
func Untouched(ctx context.Context, err error) error {
	if _, busy := errors.AsType[*providers.BusyError](err); err == nil || busy || ctx.Err() != nil || !providers.Passing(err) {
		return err
	}
	return &providers.BusyError{Err: err}
}
