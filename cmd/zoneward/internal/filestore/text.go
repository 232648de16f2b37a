package filestore

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// text is a string of octets that may not be UTF-8, as the names of authors and files are. JSON has no such strings: there an octet that belongs to no
// character is \xHH, and a backslash is two.
type text string

// MarshalText returns t in UTF-8.
func (t text) MarshalText() ([]byte, error) { return []byte(escaped(string(t))), nil }

// UnmarshalText reads what MarshalText returned.
func (t *text) UnmarshalText(data []byte) error {
	s, err := unescaped(string(data))
	*t = text(s)
	return err
}

// escaped returns s in UTF-8.
func escaped(s string) string {
	if utf8.ValidString(s) && !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case r == '\\':
			b.WriteString(`\\`)
		default:
			b.WriteString(s[:size])
		}
		s = s[size:]
	}
	return b.String()
}

// unescaped reads what escaped returned.
func unescaped(s string) (string, error) {
	var b strings.Builder
	for rest := s; ; {
		before, behind, more := strings.Cut(rest, `\`)
		b.WriteString(before)
		if !more {
			return b.String(), nil
		}
		switch {
		case strings.HasPrefix(behind, `\`):
			b.WriteByte('\\')
			rest = behind[1:]
		case len(behind) >= 3 && behind[0] == 'x':
			octet, err := strconv.ParseUint(behind[1:3], 16, 8)
			if err != nil {
				return "", fmt.Errorf(`%q: behind \x are two hex digits`, s)
			}
			b.WriteByte(byte(octet))
			rest = behind[3:]
		default:
			return "", fmt.Errorf(`%q: a backslash is followed by another, or by x and two hex digits`, s)
		}
	}
}
