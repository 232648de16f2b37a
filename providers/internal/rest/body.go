package rest

import (
	"fmt"
	"io"
	"strings"
)

const (
	// keptHead is how much of a body is kept for errors, in octets.
	keptHead = 4 << 10
	// shownHead is how much of that an error shows.
	shownHead = 300
)

// bodyReader reads the body of an answer up to a limit, and keeps its start for errors.
type bodyReader struct {
	from   io.Reader
	left   int64 // octets that may still come
	count  int64
	head   string // without the secret
	secret string
	raw    []byte
}

// Read reads from the body. A body that is larger than it may be is an error.
func (b *bodyReader) Read(p []byte) (int, error) {
	if b.left == 0 {
		var one [1]byte
		if n, err := b.from.Read(one[:]); n == 0 {
			return 0, err
		}
		return 0, fmt.Errorf("larger than the %d octets that are allowed", b.count)
	}
	n, err := b.from.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	b.count += int64(n)
	if room := keptHead - len(b.raw); room > 0 && n > 0 {
		b.raw = append(b.raw, p[:min(n, room)]...)
		b.head = redact(string(b.raw), b.secret)
	}
	return n, err
}

// redact returns the start of a body without the secret. What may be the first part of one at its end is cut off.
func redact(head, secret string) string {
	if secret == "" {
		return head
	}
	head = strings.ReplaceAll(head, secret, "REDACTED")
	if len(head) >= keptHead-len(secret) {
		head = head[:max(0, keptHead-len(secret))]
	}
	return head
}

// readHead reads the start of the body and returns it without the secret. What cannot be read is left out.
func (b *bodyReader) readHead() string {
	_, _ = io.CopyN(io.Discard, b, keptHead)
	return b.head
}

// shorten returns the start of text that an error shows.
func shorten(text string) string {
	if len(text) <= shownHead {
		return text
	}
	return text[:shownHead] + "..."
}
