package notify

import (
	"fmt"
	"strings"
)

// shownByNumber returns text with each of the characters shown by its number.
func shownByNumber(text, characters string) string {
	if !strings.ContainsAny(text, characters) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if strings.ContainsRune(characters, r) {
			fmt.Fprintf(&b, "\\u{%x}", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}
