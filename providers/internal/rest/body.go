package rest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// keptHead is how much of a body is kept for errors, in octets.
	keptHead = 4 << 10
	// keptJSON is how much of one that refuses something is kept if that is all of it, and JSON: cut off it could not be read.
	keptJSON = 256 << 10
	// ShownHead is how much of that an error shows.
	ShownHead = 300
)

// bodyReader reads the body of an answer up to a limit, and keeps its start for errors.
type bodyReader struct {
	from   io.Reader
	left   int64 // octets that may still come
	count  int64
	head   string // without the secret
	secret string
	raw    []byte
	// confidential says that nothing of it is kept.
	confidential bool
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
	if b.confidential {
		return n, err
	}
	if room := keptHead - len(b.raw); room > 0 && n > 0 || err != nil {
		b.raw = append(b.raw, p[:min(n, room)]...)
		b.head = redact(string(b.raw), b.secret, errors.Is(err, io.EOF) && b.count <= keptHead)
	}
	return n, err
}

// redact returns the start of a body without the secret. Where that is not all of the body, what may be the first part of a secret at its end is
// cut off.
func redact(head, secret string, all bool) string {
	if secret == "" {
		return head
	}
	head = strings.ReplaceAll(head, secret, "REDACTED")
	for n := len(secret) - 1; n > 0 && !all; n-- {
		if cut, ok := strings.CutSuffix(head, secret[:n]); ok {
			return cut
		}
	}
	return head
}

// redactHeader takes the secret out of the header of an answer, which errors show parts of.
func redactHeader(header http.Header, secret string) {
	for _, values := range header {
		for i, value := range values {
			values[i] = redact(value, secret, true)
		}
	}
}

// readHead reads the body as far as it is kept and returns it without the secret: all of it if it is JSON, else its start, and nothing of one that is
// confidential. What cannot be read is left out.
func (b *bodyReader) readHead() string {
	text, err := io.ReadAll(io.LimitReader(b, keptJSON))
	if b.confidential {
		return ""
	}
	head := redact(string(text), b.secret, err == nil && len(text) < keptJSON)
	if json.Valid([]byte(head)) {
		return head
	}
	return head[:min(len(head), keptHead)]
}

// Shorten returns the start of text, of most octets, and "..." if there is more: what an error shows of what a server said.
func Shorten(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return text[:most] + "..."
}

// OneLine returns the start of a text of a server so that it can be kept and printed: on one line, of [ShownHead] octets at most and "..." if there is more. What does
// not print, such as controls and marks that change the direction of a text, is a space.
func OneLine(text string) string {
	line := strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, text)
	if len(line) <= ShownHead {
		return line
	}
	end := ShownHead
	for !utf8.RuneStart(line[end]) {
		end--
	}
	return Shorten(line, end)
}
