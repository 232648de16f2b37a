package pulls

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// What a forge says that is no answer. An [*Error] wraps one of these.
var (
	// ErrNotFound: there is no such thing, or the token may not know of it.
	ErrNotFound = errors.New("not found")
	// ErrForbidden: the token may not do that.
	ErrForbidden = errors.New("forbidden")
	// ErrToken: the token counts for nothing.
	ErrToken = errors.New("the token is not taken")
	// ErrInvalid: the forge does not take what it was sent.
	ErrInvalid = errors.New("not taken")
	// ErrBusy: another time, after [Error.After].
	ErrBusy = errors.New("busy")
	// ErrAnswer: the answer is not what the documentation of the API describes, or is too large.
	ErrAnswer = errors.New("unusable answer")
)

// Error says what a forge was asked for and what came of it. It has nothing of the token in it, and of the answer only what the forge says about why, on one line.
type Error struct {
	What   string // what was asked for, in a few words: "comments of pull request 3"
	Status int    // of HTTP; 0 if there was no answer
	// Messages are the forge's, each on one line, printable and bounded.
	Messages []string
	// After is when it is worth trying again; 0 if nobody knows. Set with ErrBusy only.
	After time.Duration
	// Uncertain: what was asked for may have been done.
	Uncertain bool

	kind  error // one of the sentinels; nil for what has none
	cause error // what happened to the connection
}

// Error returns what was asked, what came of it, and the forge's messages.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.What)
	if e.kind != nil {
		fmt.Fprintf(&b, ": %v", e.kind)
	}
	if e.Status != 0 {
		fmt.Fprintf(&b, ": HTTP %d %s", e.Status, http.StatusText(e.Status))
	}
	if len(e.Messages) > 0 {
		fmt.Fprintf(&b, ": %s", strings.Join(e.Messages, "; "))
	}
	if e.cause != nil {
		fmt.Fprintf(&b, ": %v", e.cause)
	}
	if e.After > 0 {
		fmt.Fprintf(&b, ": wants to be left alone for %s", e.After)
	}
	if e.Uncertain {
		b.WriteString(": it may have been done all the same")
	}
	return b.String()
}

// Unwrap returns what callers branch on, and what happened to the connection.
func (e *Error) Unwrap() []error {
	var all []error
	for _, err := range []error{e.kind, e.cause} {
		if err != nil {
			all = append(all, err)
		}
	}
	return all
}
