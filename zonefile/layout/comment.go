package layout

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// longestComment is how many octets of a text a comment has.
const longestComment = 4096

// comment returns text as it can stand in a comment: one line of printable ASCII, with the rest as \xNN and \u{NNNN}. What is written there can end neither the
// comment nor anything else, and nothing that reads comments finds in it what it does not begin with.
func comment(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); {
		if b.Len() >= longestComment {
			fmt.Fprintf(&b, "... (%d octets more)", len(text)-i)
			break
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, "\\x%02x", text[i])
		case ' ' <= r && r <= '~':
			b.WriteByte(text[i])
		default:
			fmt.Fprintf(&b, "\\u{%x}", r)
		}
		i += size
	}
	return strings.TrimRight(b.String(), " ")
}

// comments returns lines as comments that begin with a sign. An empty line is an empty comment.
func comments(sign string, lines []string) string {
	var b strings.Builder
	for _, line := range lines {
		b.WriteString(strings.TrimRight(sign+" "+comment(line), " ") + "\n")
	}
	return b.String()
}

// Commented returns a text with the header of a document above it and the footer below, as comments that begin with a sign.
func Commented(d Document, sign, text string) string {
	text = comments(sign, d.Header) + text
	if len(d.Footer) > 0 {
		text += "\n" + comments(sign, d.Footer)
	}
	return text
}
