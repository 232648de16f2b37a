package notify

import (
	"errors"
	"net/http"
	"strconv"
	"time"
)

// failure is why a message was not delivered. Its text has nothing of the URL, and is one visible line.
type failure struct {
	text string
	kind failureKind
	// after is how long the receiver wants to be left alone, 0 if it said nothing.
	after time.Duration
}

// failureKind is what to do about a failure.
type failureKind int

const (
	passing   failureKind = iota // try again soon
	permanent                    // somebody has to change the configuration, or the receiver
	refused                      // this message is not taken, another may be
)

// Error returns why.
func (f *failure) Error() string { return f.text }

// result is the value of a metric's label.
func result(err error) string {
	f, ok := errors.AsType[*failure](err)
	switch {
	case err == nil:
		return "success"
	case ok && f.kind == permanent:
		return "unauthorized"
	case ok && f.kind == refused:
		return "refused"
	}
	return "failure"
}

// ofStatus returns of what kind a failure with an HTTP status is.
func ofStatus(status int) failureKind {
	switch {
	case status >= 500, status == http.StatusRequestTimeout, status == http.StatusTooEarly, status == http.StatusTooManyRequests, status == http.StatusConflict, status == http.StatusLocked:
		return passing
	case status == http.StatusBadRequest, status == http.StatusRequestEntityTooLarge, status == http.StatusUnsupportedMediaType, status == http.StatusUnprocessableEntity:
		return refused
	}
	return permanent // a redirect too: it is not followed, since the message is for nobody else
}

// maxAfter is the longest that a receiver is left alone because it says so.
const maxAfter = time.Hour

// retryAfter returns what the header Retry-After says (RFC 9110 §10.2.3), if that is in seconds.
func retryAfter(header http.Header) time.Duration {
	seconds, err := strconv.ParseFloat(header.Get("Retry-After"), 64) // Discord has fractions
	if err != nil || !(seconds > 0) {
		return 0
	}
	return time.Duration(min(seconds, maxAfter.Seconds()) * float64(time.Second))
}
