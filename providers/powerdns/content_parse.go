package powerdns

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/zoneward/zoneward/zonefile"
)

// parseContent reads the content of a record of type t, as PowerDNS writes it, and returns its RDATA in wire form. It is what
// [formatContent] is the other way round, and also reads long strings, which some backends keep in one piece, and the generic
// form of RFC 3597 for all types.
func parseContent(t zonefile.Type, text string) ([]byte, error) {
	rdata, err := appendContent(make([]byte, 0, len(text)), t, text)
	if err != nil {
		return nil, fmt.Errorf("%s %q: %w", t, text, err)
	}
	return rdata, nil
}

func appendContent(dst []byte, t zonefile.Type, text string) ([]byte, error) {
	form := texts[t]
	if form == "" || form == "=" || strings.HasPrefix(text, `\#`) {
		return zonefile.ParseRDATA(t, text, zonefile.Name{})
	}
	s := &fields{rest: text}
	for i := range len(form) {
		var err error
		switch part := form[i]; part {
		case 'L':
			return zonefile.ParseRDATA(t, text, zonefile.Name{})
		case 'v':
			dst, err = s.parameters(dst)
		case 'S':
			for n := 0; err == nil && (n == 0 || s.more()); n++ {
				dst, err = s.string(dst, true)
			}
		case 's':
			dst, err = s.string(dst, false)
		case 'o':
			dst, _, err = s.octets(dst)
		case 'b':
			dst, err = s.base64(dst)
		case 'x':
			dst, err = s.hex(dst)
		case 'G':
			dst, err = s.gateway(dst, dst[1])
		default:
			dst, err = appendField(dst, part, s.next())
		}
		if err != nil {
			return nil, err
		}
	}
	if s.more() {
		return nil, fmt.Errorf("%q is more than data of this type has", s.rest)
	}
	return dst, nil
}

// fields takes content apart.
type fields struct{ rest string }

// more reports whether there is something else.
func (s *fields) more() bool {
	s.rest = strings.TrimLeft(s.rest, " \t")
	return s.rest != ""
}

// next returns what comes up to the next space, "" at the end.
func (s *fields) next() string {
	s.more()
	field, rest, _ := strings.Cut(s.rest, " ")
	s.rest = rest
	return field
}

// all returns the rest without its spaces.
func (s *fields) all() string {
	text := strings.ReplaceAll(s.rest, " ", "")
	s.rest = ""
	return text
}

var (
	errQuote  = errors.New("a string without its quotes")
	errEscape = errors.New(`a bad escape: want \DDD with DDD from 000 to 255, or \ and the character`)
)

// octets appends what the quoted string that comes next stands for, and returns where it starts.
func (s *fields) octets(dst []byte) (text []byte, start int, err error) {
	if !s.more() || s.rest[0] != '"' {
		return nil, 0, errQuote
	}
	start = len(dst)
	for i := 1; i < len(s.rest); i++ {
		switch c := s.rest[i]; c {
		case '"':
			s.rest = s.rest[i+1:]
			return dst, start, nil
		case '\\':
			value, used, ok := unescape(s.rest[i:])
			if !ok {
				return nil, 0, errEscape
			}
			dst = append(dst, value)
			i += used - 1
		default:
			dst = append(dst, c)
		}
	}
	return nil, 0, errQuote
}

// unescape reads the escape at the start of text, which begins with a backslash: its octet and how much of text it takes.
func unescape(text string) (value byte, used int, ok bool) {
	if len(text) < 2 {
		return 0, 0, false
	}
	if text[1] < '0' || text[1] > '9' {
		return text[1], 2, true
	}
	if len(text) < 4 {
		return 0, 0, false
	}
	n, err := strconv.ParseUint(text[1:4], 10, 8)
	return byte(n), 4, err == nil
}

// string appends a character-string. One of more than 255 octets is an error, or several: that is how PowerDNS serves it.
func (s *fields) string(dst []byte, split bool) ([]byte, error) {
	text, start, err := s.octets(dst)
	if err != nil {
		return nil, err
	}
	value := text[start:]
	if len(value) <= 255 {
		text = append(text, 0)
		copy(text[start+1:], text[start:])
		text[start] = byte(len(text) - start - 1)
		return text, nil
	}
	if !split {
		return nil, fmt.Errorf("a string of %d octets, and 255 is the most", len(value))
	}
	value = append([]byte(nil), value...)
	for len(value) > 0 {
		n := min(len(value), 255)
		dst = append(append(dst, byte(n)), value[:n]...)
		value = value[n:]
	}
	return dst, nil
}

func (s *fields) base64(dst []byte) ([]byte, error) {
	text := s.all()
	out, err := base64.StdEncoding.AppendDecode(dst, []byte(text))
	if err != nil {
		return nil, fmt.Errorf("%q is not base64", text)
	}
	return out, nil
}

func (s *fields) hex(dst []byte) ([]byte, error) {
	text := s.all()
	out, err := hex.AppendDecode(dst, []byte(text))
	if err != nil {
		return nil, fmt.Errorf("%q is not hex", text)
	}
	return out, nil
}

// gateway appends the gateway and the key of IPSECKEY. There is nothing for no gateway, or the dot of RFC 4025 §3.1.
func (s *fields) gateway(dst []byte, kind byte) ([]byte, error) {
	part, ok := map[byte]byte{1: 'a', 2: 'A', 3: 'n'}[kind]
	switch {
	case ok:
		var err error
		if dst, err = appendField(dst, part, s.next()); err != nil {
			return nil, err
		}
	case kind != 0:
		return nil, fmt.Errorf("a gateway of type %d", kind)
	case s.more() && (s.rest == "." || strings.HasPrefix(s.rest, ". ")):
		s.rest = s.rest[1:]
	}
	return s.base64(dst)
}

// parameters appends the parameters of SVCB, which zonefile reads behind a priority and a name.
func (s *fields) parameters(dst []byte) ([]byte, error) {
	before := []byte("\x00\x01\x00")
	rdata, err := zonefile.ParseRDATA(zonefile.TypeSVCB, "1 . "+s.rest, zonefile.Name{})
	if err != nil {
		return nil, err
	}
	s.rest = ""
	return append(dst, rdata[len(before):]...), nil
}

// appendField appends a field that is one word.
func appendField(dst []byte, part byte, word string) ([]byte, error) {
	switch part {
	case 'n':
		return appendName(dst, word)
	case 'l':
		if word == "" || len(word) > 255 {
			return nil, fmt.Errorf("%q is not a tag", word)
		}
		return append(append(dst, byte(len(word))), word...), nil
	case 'a', 'A':
		addr, err := netip.ParseAddr(word)
		if err != nil || addr.Zone() != "" || addr.Is4() != (part == 'a') {
			return nil, fmt.Errorf("%q is not an address of this kind", word)
		}
		return append(dst, addr.AsSlice()...), nil
	case 'T':
		t, err := parseType(word)
		return append(dst, byte(t>>8), byte(t)), err
	}
	size := octets[part]
	n, err := strconv.ParseUint(word, 10, 8*size)
	if err != nil {
		return nil, fmt.Errorf("%q is not a number of %d octets", word, size)
	}
	for i := size - 1; i >= 0; i-- {
		dst = append(dst, byte(n>>(8*i)))
	}
	return dst, nil
}

// appendName appends a name, which has to be absolute, in wire form. It keeps the letter case, for the types in which that matters.
func appendName(dst []byte, text string) ([]byte, error) {
	if text == "." {
		return append(dst, 0), nil
	}
	start, label := len(dst), len(dst)
	dst = append(dst, 0)
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c == '.' {
			size := len(dst) - label - 1
			if size == 0 || size > 63 || len(dst)-start >= 255 {
				return nil, fmt.Errorf("name %q: an empty label, or one or all of it too long", text)
			}
			dst[label] = byte(size)
			label = len(dst)
			dst = append(dst, 0)
			continue
		}
		if c == '\\' {
			value, used, ok := unescape(text[i:])
			if !ok {
				return nil, fmt.Errorf("name %q: %w", text, errEscape)
			}
			c = value
			i += used - 1
		}
		dst = append(dst, c)
	}
	if label != len(dst)-1 || label == start {
		return nil, fmt.Errorf("name %q: not absolute (no dot at the end)", text)
	}
	return dst, nil
}
