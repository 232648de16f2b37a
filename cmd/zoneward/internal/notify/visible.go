package notify

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// visible returns text as one line in which nothing is hidden: control characters, line ends, what changes the direction of writing, what has no width, and octets
// that are no UTF-8, are shown by their numbers.
func visible(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, "\\x%02x", text[i])
		case isVisible(r):
			b.WriteRune(r)
		default:
			b.WriteString(number(r))
		}
		i += size
	}
	return b.String()
}

// isVisible reports whether r is seen as itself. Beside what is no character to look at, it is false of letters that look like a space (Hangul
// fillers, the empty Braille pattern), and of marks and selectors that change what is before them.
func isVisible(r rune) bool {
	switch r {
	case ' ':
		return true
	case 0x115f, 0x1160, 0x3164, 0xffa0, 0x2800:
		return false
	}
	return unicode.IsGraphic(r) && !unicode.IsSpace(r) && !unicode.In(r, unicode.Me, unicode.Variation_Selector)
}

func number(r rune) string { return fmt.Sprintf("\\u{%x}", r) }

// shownByNumber returns text with each of the characters shown by its number.
func shownByNumber(text, characters string) string {
	if !strings.ContainsAny(text, characters) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if strings.ContainsRune(characters, r) {
			b.WriteString(number(r))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}
