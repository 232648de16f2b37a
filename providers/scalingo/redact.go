package scalingo

import (
	"errors"
	"strings"

	"github.com/zoneward/zoneward/providers/internal/rest"
)

// How many octets of a secret in a row are taken for a part of it. A line that is shorter than the least says nothing.
const (
	pieceLength = 16
	leastPiece  = 8
)

// pieces are all parts of that length that a secret has, and lines that are shorter.
type pieces map[string]bool

// piecesOf returns the parts of a secret, which may be PEM (RFC 7468): what is around the data is none.
func piecesOf(secret string) pieces {
	all := pieces{}
	for line := range strings.Lines(secret) {
		line = strings.TrimSpace(line)
		if len(line) < leastPiece || strings.HasPrefix(line, "-----") {
			continue
		}
		length := min(pieceLength, len(line))
		for i := range len(line) - length + 1 {
			all[line[i:i+length]] = true
		}
	}
	return all
}

// notShown is in the place of a text that has a part of a secret in it: the API shows a body that it cannot read in its error.
const notShown = "(not shown, since it repeats a secret)"

// from returns an error of a request without the parts.
func (p pieces) from(err error) error {
	if e, ok := errors.AsType[*rest.Error](err); ok && p.in(e.Body) {
		e.Body = notShown
	}
	if p.in(err.Error()) {
		return errors.New("the answer cannot be read: " + notShown)
	}
	return err
}

// in reports whether a text has one of the parts in it.
func (p pieces) in(text string) bool {
	for piece := range p {
		if len(piece) < pieceLength && strings.Contains(text, piece) {
			return true
		}
	}
	for i := range len(text) - pieceLength + 1 {
		if p[text[i:i+pieceLength]] {
			return true
		}
	}
	return false
}
