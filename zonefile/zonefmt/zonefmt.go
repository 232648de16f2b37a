// Package zonefmt formats the text of zone files: white space, and nothing that has a meaning. docs/formatting.md says what comes of it.
//
// Formatting what is formatted changes nothing. What the text says stays as it is, and so do its comments, the order of its records, and how names
// and data are written.
package zonefmt

import (
	"strings"

	"github.com/zoneward/zoneward/zonefile"
)

// Options say what there is to know of a text.
type Options struct {
	// File is where the text is from, as errors name it.
	File string
}

// SyntaxError says why a text cannot be formatted.
type SyntaxError struct {
	Problems []zonefile.Problem // at least one
}

// Error returns the problems, one a line.
func (e *SyntaxError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// lineEnds makes every line of a text end with LF. The other function gives lines the end that the first one had: CRLF, or LF.
func lineEnds(text string) (normal string, restore func(string) string) {
	restore = func(s string) string { return s }
	first := strings.IndexAny(text, "\r\n")
	if first >= 0 && strings.HasPrefix(text[first:], "\r\n") {
		restore = func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }
	}
	if strings.IndexByte(text, '\r') >= 0 {
		text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	}
	return text, restore
}
