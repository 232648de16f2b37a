package client

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/reconcile"
)

// Error is the answer of a daemon that does not do what it was asked for. It wraps what callers branch on: [ErrNoAPI], [ErrNeedsUpdate], and reconcile.ErrStale
// where the plans that were approved are others by now.
type Error struct {
	Status int // of HTTP
	// Kind is the kind of problem, see docs/api.md; empty if the answer does not have one.
	Kind string
	// Detail says what it is, on one line.
	Detail string
	// Role is what the token would have to have, empty if that is not the problem.
	Role string
	// Request is the id by which the daemon's log has the request.
	Request string
	// Plans are those that wait or are held now, if others were asked for.
	Plans []document.PlanID
	// RetryAfter is when it is worth trying again, 0 if nobody knows.
	RetryAfter time.Duration

	kind error // that it wraps
}

// ErrNoAPI is wrapped where there is something at the address, and no API of zoneward: it is another program, or its configuration has no tokens.
var ErrNoAPI = errors.New("there is no API of zoneward")

// ErrNeedsUpdate is wrapped where a proposal cannot be planned as it is: its head has to be merged with its base, or rebased onto it.
var ErrNeedsUpdate = errors.New("the head needs an update")

// needsUpdate is the kind of problem of such a proposal, see docs/api.md.
const needsUpdate = "needs-update"

// noAPI is the kind of problem of an address at which there is nothing, see docs/api.md.
const noAPI = "no-api"

// Error returns the detail, and the id of the request.
func (e *Error) Error() string {
	text := e.Detail
	if e.Request != "" {
		text += " (request " + e.Request + ")"
	}
	return text
}

// Unwrap returns what callers branch on, nil for nothing.
func (e *Error) Unwrap() error { return e.kind }

// problemOf returns what an answer says that is no document (RFC 9457).
func problemOf(in *http.Response, media string, text []byte) *Error {
	e := &Error{Status: in.StatusCode, RetryAfter: retryAfter(in.Header.Get("Retry-After"))}
	var doc document.DaemonProblem
	if media == "application/problem+json" && json.Unmarshal(text, &doc) == nil && doc.Status == in.StatusCode {
		_, kind, _ := strings.Cut(path.Base(doc.Type), "#")
		e.Kind, e.Detail, e.Role, e.Request, e.Plans = oneLine(kind), oneLine(doc.Detail), oneLine(doc.Role), oneLine(doc.Request), doc.Plans
		if e.Detail == "" {
			e.Detail = "the daemon says " + in.Status
		}
		switch {
		case in.StatusCode == http.StatusConflict && e.Kind == needsUpdate:
			e.kind = ErrNeedsUpdate
		case in.StatusCode == http.StatusConflict:
			e.kind = reconcile.ErrStale
		case in.StatusCode == http.StatusNotFound && e.Kind == noAPI:
			e.kind = ErrNoAPI
		}
		return e
	}
	switch {
	case in.StatusCode >= 300 && in.StatusCode < 400:
		e.Detail = fmt.Sprintf("%v: it sends us to %s, and the token goes nowhere else", ErrNoAPI, oneLine(in.Header.Get("Location")))
		e.kind = ErrNoAPI
	case in.StatusCode == http.StatusOK, in.StatusCode == http.StatusNotFound:
		e.Detail = fmt.Sprintf("%v: it answers %q as %q", ErrNoAPI, oneLine(in.Status), oneLine(media))
		e.kind = ErrNoAPI
	default:
		e.Detail = fmt.Sprintf("it answers %q, and does not say why", oneLine(in.Status))
	}
	return e
}

// retryAfter reads the header of that name as seconds (RFC 9110 §10.2.3), 0 if it is not that.
func retryAfter(text string) time.Duration {
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return 0
	}
	return time.Duration(n) * time.Second
}

// UnansweredError says that a daemon did not answer.
type UnansweredError struct {
	URL string // of the API
	// Uncertain says that the daemon may have done what it was asked for.
	Uncertain bool
	Err       error
}

// Error says of whom there is no answer, and whether anything may have been done.
func (e *UnansweredError) Error() string {
	text := fmt.Sprintf("no answer from %s: %v", e.URL, e.Err)
	if e.Uncertain {
		text += "; it is not known whether it was done"
	}
	return text
}

// Unwrap returns why there was no answer.
func (e *UnansweredError) Unwrap() error { return e.Err }

// temporary reports whether it may be another time: the daemon may be starting. A certificate stays as it is, and who has waited long has waited long enough.
func (e *UnansweredError) temporary() bool {
	_, certificate := errors.AsType[*tls.CertificateVerificationError](e.Err)
	return !certificate && !errors.Is(e.Err, errLate)
}
