// Package document has the JSON documents that the commands write with --format json, and that the daemon's API takes and gives. Of each there is an
// encoder from what it says, and where a program reads it a decoder back, which checks all that it reads: a document comes from outside.
//
// A decoded value has all that is shown of it to people, and not more: what a document leaves out is the zero value.
package document

import (
	"fmt"
	"time"

	"github.com/zoneward/zoneward/zonefile"
)

// Version is the version of all documents. A program refuses one that it does not know; fields that it does not know it passes over.
const Version = 1

// Head is how every document begins.
type Head struct {
	Version int `json:"version"`
}

// Check returns an error if a document is of a version that this program does not know.
func (h Head) Check() error {
	if h.Version != Version {
		return fmt.Errorf("a document of version %d, and this program knows version %d", h.Version, Version)
	}
	return nil
}

// OfTime returns a time, nil for none.
func OfTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// timeOf is the reverse of OfTime.
func timeOf(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// OfError returns the text of an error, nil for none.
func OfError(err error) *string {
	if err == nil {
		return nil
	}
	text := err.Error()
	return &text
}

// told is an error that somebody else has met. It is of a kind if that is known.
type told struct {
	text string
	kind error // nil if it is not known
}

func (e *told) Error() string { return e.text }

func (e *told) Unwrap() error { return e.kind }

// errorOf is the reverse of OfError. The error wraps kind unless that is nil.
func errorOf(text *string, kind error) error {
	if text == nil {
		return nil
	}
	return &told{*text, kind}
}

// OfName returns a name, empty for none.
func OfName(name zonefile.Name) string {
	if name.IsZero() {
		return ""
	}
	return name.String()
}

// ParseName is the reverse of OfName. The name is absolute.
func ParseName(text string) (zonefile.Name, error) {
	if text == "" {
		return zonefile.Name{}, nil
	}
	return zonefile.ParseName(text, zonefile.Name{})
}
