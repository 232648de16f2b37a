package server

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// longestDetail is the most octets of the detail of a problem, and of what a log line has from outside.
const longestDetail = 2000

// plain returns text from outside without what does not print as itself: controls, and what changes the direction of writing. It has at most so many octets.
func plain(text string, longest int) string {
	text = strings.Map(func(r rune) rune {
		if r != utf8.RuneError && (r == ' ' || unicode.IsGraphic(r) && !unicode.IsSpace(r)) {
			return r
		}
		return '\uFFFD'
	}, text)
	if len(text) <= longest {
		return text
	}
	for longest > 0 && !utf8.RuneStart(text[longest]) {
		longest--
	}
	return text[:longest] + "…"
}
