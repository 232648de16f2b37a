// Package render makes plans, and what else comes from outside, into text for people: for terminals, and for pull requests. Whatever is in it, it cannot move a
// cursor, hide anything, or become markup.
package render

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/zoneward/zoneward/zonefile"
)

// Shown returns text that comes from outside (file names, messages of servers) with everything that could move the cursor, change
// the direction of writing or hide something replaced by what it is, such as \u{202e}. Line feeds are replaced too, and so are accents without a letter below
// them, and those that pile up over one: they would be seen over the text beside them.
func Shown(text string) string {
	if isPlainASCII(text) {
		return text
	}
	var b strings.Builder
	marks := mostMarks // since the last letter; none are taken in front of one
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		isMark := unicode.Is(unicode.Mn, r)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, "\\x%02x", text[i])
		case IsPlain(r) && (!isMark || marks < mostMarks):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "\\u{%x}", r)
		}
		switch {
		case isMark:
			marks++
		case unicode.IsLetter(r):
			marks = 0
		case !unicode.Is(unicode.Mc, r): // a vowel that stands beside its consonant, and may have accents as well
			marks = mostMarks
		}
		i += size
	}
	return b.String()
}

// mostMarks is how many accents a letter has. Those of languages have up to four.
const mostMarks = 4

func isPlainASCII(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}

// IsPlain reports whether r is seen as itself: no control, no format character (bidi, zero width), no other kind of space, no letter that looks like one (Hangul
// fillers, the empty Braille pattern), and no selector or enclosing mark that changes what is before it (Unicode's Default_Ignorable_Code_Point).
func IsPlain(r rune) bool {
	return r == ' ' || unicode.IsGraphic(r) && !unicode.IsSpace(r) && r != 0x2800 && !unicode.In(r, hidden...)
}

// hidden are characters that Unicode counts among letters and marks, and that nobody sees.
var hidden = []*unicode.RangeTable{unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector, unicode.Me}

// Lines is [Shown] for text that may have several lines.
func Lines(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = Shown(line)
	}
	return strings.Join(lines, "\n")
}

// Name returns a domain name, with how people write it behind it if that differs.
func Name(name zonefile.Name) string {
	if unicode, differs := name.Unicode(); differs {
		return name.String() + " (" + Shown(unicode) + ")"
	}
	return name.String()
}
