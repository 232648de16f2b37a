package zonefile

import "strings"

// lostToComment returns where a comment begins that takes a part of text without quotes, and that part: both sides have a tag with a value, as
// in v=DKIM1; k=rsa. Of the words of a record it is the first one; pos is 0 if there is none. How the line is laid out does not matter.
func (src *source) lostToComment(words []token) (pos int, lost string) {
	text := src.scan.text
	for _, word := range words {
		end := word.pos + len(word.text)
		if word.quoted || end >= len(text) || !strings.Contains(word.text, "=") {
			continue
		}
		rest := text[end:min(len(text), end+maxLookedAt)]
		if n := strings.IndexAny(rest, "\r\n"); n >= 0 {
			rest = rest[:n]
		}
		comment, isComment := strings.CutPrefix(strings.TrimLeft(rest, " \t"), ";")
		if isComment && strings.Contains(comment, "=") {
			return end + strings.IndexByte(rest, ';'), strings.TrimSpace(comment)
		}
	}
	return 0, ""
}

// maxLookedAt is how much of a line is looked at behind a word.
const maxLookedAt = 1000

// beforeComment reports whether a comment stands behind the last word of an entry, on its line.
func (src *source) beforeComment(e entry) bool {
	last := e.tokens[len(e.tokens)-1]
	end := last.pos + len(last.text)
	if last.quoted {
		end += len(`""`)
	}
	return end < len(src.scan.text) && strings.HasPrefix(strings.TrimLeft(src.scan.text[end:min(len(src.scan.text), end+maxLookedAt)], " \t"), ";")
}

// oddSpaces look like white space, and are part of a word.
var oddSpaces = []struct{ text, name string }{
	{"\u00a0", "a no-break space"}, {"\u200b", "a zero-width space"}, {"\u3000", "an ideographic space"}, {"\f", "a form feed"}, {"\v", "a vertical tab"},
}

// oddSpace says that a word has a space in it which is none in a master file, or returns "".
func oddSpace(words []token) string {
	for _, word := range words {
		for _, odd := range oddSpaces {
			if !word.quoted && strings.Contains(word.text, odd.text) {
				return "; there is " + odd.name + " in " + shown(word.text) + ", which does not separate words: write a space"
			}
		}
	}
	return ""
}
