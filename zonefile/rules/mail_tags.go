package rules

import (
	"fmt"
	"strings"
)

// tagSpace is the white space around the names and values of tags.
const tagSpace = " \t\r\n"

// tag is one NAME=VALUE of a tag list.
type tag struct {
	name, value string
}

// tagList is the tags of a record of DKIM, DMARC, MTA-STS, TLS-RPT or BIMI, in their order (RFC 6376 §3.2).
type tagList []tag

// parseTags reads a tag list: NAME=VALUE with semicolons between and, if you like, behind. It goes on behind what is wrong, and says what is.
func parseTags(text string) (list tagList, wrong []string) {
	text = strings.TrimRight(text, tagSpace)
	text = strings.TrimSuffix(text, ";")
	seen := map[string]bool{}
	for part := range strings.SplitSeq(text, ";") {
		part = strings.Trim(part, tagSpace)
		name, value, ok := strings.Cut(part, "=")
		name, value = strings.TrimRight(name, tagSpace), strings.TrimLeft(value, tagSpace)
		switch {
		case len(wrong) >= maxWrong:
			return list, wrong
		case part == "":
			wrong = append(wrong, "two semicolons in a row")
		case !ok:
			wrong = append(wrong, fmt.Sprintf("%.40q is no NAME=VALUE", part))
		case !isTagName(name):
			wrong = append(wrong, fmt.Sprintf("%.40q is no name of a tag", name))
		case seen[name]:
			wrong = append(wrong, fmt.Sprintf("the tag %s comes twice", name))
		default:
			seen[name] = true
			list = append(list, tag{name, value})
		}
	}
	return list, wrong
}

// maxWrong is the most mistakes of one record that are told.
const maxWrong = 5

// value returns the value of a tag, and whether it is there.
func (l tagList) value(name string) (string, bool) {
	for _, t := range l {
		if t.name == name {
			return t.value, true
		}
	}
	return "", false
}

// isTagName reports whether a name begins with a letter and goes on with letters, digits and "_" (RFC 6376 §3.2).
func isTagName(name string) bool {
	for i, c := range []byte(name) {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (i == 0 || c != '_' && (c < '0' || c > '9')) {
			return false
		}
	}
	return name != ""
}
