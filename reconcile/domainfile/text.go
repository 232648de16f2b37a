package domainfile

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/zoneward/zoneward/zonefile"
)

// checkText notes characters that make the file look other than it is, also in comments: who reviews it would approve something else than what is read.
func (r *reader) checkText() {
	for i, line := range r.lines {
		line = strings.TrimSuffix(line, "\r")
		for at, c := range line {
			if flaw := flawOf(c, line[at:]); flaw != "" {
				r.find(zonefile.Position{File: r.file.Path, Line: i + 1, Column: at + 1}, "bad-text", zonefile.Error, "%s", flaw)
				break
			}
		}
	}
}

// flawOf says what is wrong with a character, which rest begins with, "" if nothing is.
func flawOf(c rune, rest string) string {
	switch {
	case c == '\t':
		return ""
	case c == utf8.RuneError && !strings.HasPrefix(rest, string(utf8.RuneError)):
		return "this is not UTF-8"
	case c == '\u2028' || c == '\u2029' || c == '\r' || c == '\u0085':
		return "a character that some programs take for the end of a line and others do not: take it away"
	case unicode.IsControl(c):
		return "a control character: take it away"
	case unicode.Is(unicode.Bidi_Control, c):
		return "a character that turns the direction of the text, so that it looks other than it is read: take it away"
	}
	return ""
}
