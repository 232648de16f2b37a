package zonefile

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Errors of a text value.
var (
	errOpenQuote  = errors.New(`a quote at the start and none at the end: write \" if the quote is part of the text`)
	errInnerQuote = errors.New(`a quote within a quoted value: write \" if the quote is part of the text`)
	errTextEscape = errors.New(`a bad escape: write \\ for a backslash, and \DDD with DDD from 000 to 255 for any other octet`)
)

// Semicolons says how a semicolon is written in TXT and SPF records in YAML. octoDNS has it both ways: escaped_semicolons of its YamlProvider
// (https://github.com/octodns/octodns/pull/1253).
type Semicolons int

const (
	// EitherSemicolons reads ; and \; as a semicolon.
	EitherSemicolons Semicolons = iota
	// EscapedSemicolons is escaped_semicolons: true. As in octoDNS a semicolon behind a letter, digit or _ needs the backslash.
	EscapedSemicolons
	// PlainSemicolons is escaped_semicolons: false. octoDNS puts a backslash in front of each semicolon, so that one in front of it is a backslash.
	PlainSemicolons
)

// decode is [decodeText] for the value of a TXT or SPF record. The flaw is what octoDNS refuses in it, "" for nothing: with it, it means what
// octoDNS takes it for in a lenient record.
func (s Semicolons) decode(text string) (octets []byte, flaw string, err error) {
	switch {
	case s == EscapedSemicolons && hasBareSemicolon(text):
		flaw = `a semicolon without a backslash: write \;, since escaped_semicolons is true`
	case s == EscapedSemicolons && strings.Contains(text, `\\;`):
		flaw = `two backslashes in front of a semicolon: write \; for a semicolon alone, and \092\; for one behind a backslash`
	case s == PlainSemicolons && strings.Contains(text, `\;`):
		flaw = `a backslash in front of a semicolon: write the semicolon alone, since escaped_semicolons is false, and \092; for one behind a backslash`
	}
	if s == PlainSemicolons {
		text = strings.ReplaceAll(text, ";", `\;`)
	}
	octets, err = decodeText(text)
	return octets, flaw, err
}

// hasBareSemicolon reports whether text has a semicolon behind a letter, digit or _.
func hasBareSemicolon(text string) bool {
	for i := 1; i < len(text); i++ {
		if c := text[i-1]; text[i] == ';' && (c == '_' || isLetter(c) || '0' <= c && c <= '9') {
			return true
		}
	}
	return false
}

// decodeText returns the octets that a text value of a YAML record stands for: TXT and SPF, and the texts of CAA, NAPTR, URI and LUA.
//
// octoDNS puts such a value between quotes into presentation form, so escapes are those of RFC 1035 §5.1: \DDD, and \X for an X
// that is not a digit. A letter as X is refused, since who writes \d means a backslash and would lose it. Quotes around the whole
// value are dropped, also those of strings that are joined ("a" "b"); another quote is a quote. A semicolon may have a backslash or not.
func decodeText(text string) ([]byte, error) {
	rest, quoted := strings.CutPrefix(text, `"`)
	octets := make([]byte, 0, len(rest))
	for rest != "" {
		switch {
		case rest[0] == '\\':
			value, used, ok := unescape(rest)
			if !ok || used == 2 && isLetter(value) {
				return nil, errTextEscape
			}
			octets = append(octets, value)
			rest = rest[used:]
		case rest[0] != '"':
			octets = append(octets, rest[0])
			rest = rest[1:]
		case quoted:
			next := strings.TrimLeft(rest[1:], " \t\n")
			if next == "" {
				return octets, nil
			}
			if len(next) == len(rest)-1 || next[0] != '"' {
				return nil, errInnerQuote
			}
			rest = next[1:]
		case strings.HasPrefix(rest, `" "`):
			rest = rest[3:]
		default:
			octets = append(octets, '"')
			rest = rest[1:]
		}
	}
	if quoted {
		return nil, errOpenQuote
	}
	return octets, nil
}

func isLetter(c byte) bool { return 'a' <= lower(c) && lower(c) <= 'z' }

// textFlaw says what a text value has that is refused although it has octets, and how to write that; "" if it has nothing such.
// A program may have lines.
func textFlaw(text string, program bool) string {
	for i, c := range text {
		switch {
		case c >= utf8.RuneSelf:
			var escapes strings.Builder
			for _, octet := range []byte(text[i : i+utf8.RuneLen(c)]) {
				fmt.Fprintf(&escapes, `\%03d`, octet)
			}
			return fmt.Sprintf("%q is not ASCII: write %s for its octets in UTF-8", c, &escapes)
		case program && (c == '\n' || c == '\t'):
		case c == '\n':
			return `a line feed: write the value in one line, or with ">-" in front of it, or \010 if the line feed is part of it`
		case c < ' ' || c == 0x7f:
			return fmt.Sprintf(`a control character: write \%03d if it is part of the value`, c)
		}
	}
	return ""
}

// appendStrings appends octets as character-strings (RFC 1035 §3.3), each as long as it can be: 255 octets. No octets are one empty string.
func appendStrings(dst, octets []byte) []byte {
	for {
		n := min(len(octets), 255)
		dst = append(dst, byte(n))
		dst = append(dst, octets[:n]...)
		if octets = octets[n:]; len(octets) == 0 {
			return dst
		}
	}
}

// hasSpace reports whether text has white space in it.
func hasSpace(text string) bool {
	for i := range len(text) {
		if c := text[i]; c == ' ' || c == '\t' || c == '\n' {
			return true
		}
	}
	return false
}

// isPlainName reports whether text has nothing in it but what is the same in the canonical form of a name, so that other text is another name.
func isPlainName(text string) bool {
	for i := range len(text) {
		if c := text[i]; (c < 'a' || 'z' < c) && (c < '0' || '9' < c) && c != '-' && c != '_' && c != '.' && c != '*' {
			return false
		}
	}
	return true
}
