package zonefile

import (
	"encoding/hex"
	"fmt"
	"strconv"
)

// ParseRDATA reads the presentation form of RDATA of type t, as it stands in a master file behind the type, and returns its canonical
// wire form. A comment is an error. The generic form "\# LENGTH HEX" of RFC 3597 §5 goes for all types. Relative names are completed with origin; they are
// an error if it is the zero Name.
func ParseRDATA(t Type, text string, origin Name) ([]byte, error) {
	if t.isMeta() {
		return nil, fmt.Errorf("%s is not a type of data in a zone", t)
	}
	s := newScanner(text)
	e, _ := s.next()
	if e.fault == nil {
		if more, ok := s.next(); ok {
			e.fault = faultAt(more.pos, "syntax", "the data goes on over the end of the line, without parentheses")
		}
	}
	if e.fault == nil && s.commented {
		e.fault = faultAt(0, "syntax", "a comment in a value, which would be lost; a semicolon is in quotes or has a backslash before it")
	}
	if e.fault != nil {
		return nil, fmt.Errorf("%s %s: %w", t, shown(text), e.fault)
	}
	p := rdataParser{tokens: e.tokens, end: e.end, origin: completionWith(origin)}
	rdata, fault := p.parse(nil, t)
	if fault != nil {
		return nil, fmt.Errorf("%s %s: %w", t, shown(text), fault)
	}
	return rdata, nil
}

// FormatRDATA returns the presentation form of RDATA of type t, which must be in canonical wire form, with absolute names.
// [ParseRDATA] reads it as the same octets, and so do BIND, Knot and NSD if they know the type. What has no such form is
// written as RFC 3597 §5 has it.
func FormatRDATA(t Type, rdata string) string {
	return string(appendRDATAText(nil, t, rdata))
}

// appendRDATAText is [FormatRDATA].
func appendRDATAText(dst []byte, t Type, rdata string) []byte {
	if form := formOf(t); form != "" {
		if text, ok := appendForm(dst, form, rdata); ok {
			return text
		}
	}
	return appendGeneric(dst, rdata)
}

// appendGeneric appends the form of RFC 3597 §5.
func appendGeneric(dst []byte, rdata string) []byte {
	dst = append(dst, `\# `...)
	dst = strconv.AppendInt(dst, int64(len(rdata)), 10)
	if rdata == "" {
		return dst
	}
	dst = append(dst, ' ')
	return appendHex(dst, rdata)
}

const hexDigits = "0123456789abcdef"

func appendHex(dst []byte, octets string) []byte {
	for i := range len(octets) {
		dst = append(dst, hexDigits[octets[i]>>4], hexDigits[octets[i]&15])
	}
	return dst
}

// completion is what relative names are completed with: an origin, and its wire form so that it is made once.
// The zero completion completes nothing.
type completion struct {
	origin Name
	wire   []byte
}

func completionWith(origin Name) completion {
	if origin.IsZero() {
		return completion{}
	}
	return completion{origin, origin.AppendWire(nil)}
}

// appendName appends a name in wire form, with its letter case.
func (c completion) appendName(dst []byte, text string) ([]byte, error) {
	switch {
	case text == "":
		return nil, errEmptyName
	case text == "@" && c.wire == nil:
		return nil, errNoOrigin
	case text == "@":
		return append(dst, c.wire...), nil
	}
	start := len(dst)
	dst, absolute, err := appendLabels(dst, text)
	switch {
	case err != nil:
		return nil, err
	case absolute:
		return append(dst, 0), nil
	case c.wire == nil:
		return nil, errNoOrigin
	case len(dst)-start+len(c.wire) > maxName:
		return nil, errLongName
	}
	return append(dst, c.wire...), nil
}

// rdataParser reads the tokens of one RDATA.
type rdataParser struct {
	tokens []token
	end    int // where the entry ends
	origin completion
}

// start returns where the data begins.
func (p *rdataParser) start() int {
	if len(p.tokens) > 0 {
		return p.tokens[0].pos
	}
	return p.end
}

// parse appends the canonical wire form of RDATA of type t, all of whose tokens are taken.
func (p *rdataParser) parse(dst []byte, t Type) ([]byte, *fault) {
	start, pos := len(dst), p.start()
	form := formOf(t)
	var f *fault
	switch {
	case p.isGeneric(t):
		dst, f = p.generic(dst)
	case form == "" || form[len(form)-1] == '*':
		f = faultAt(pos, "bad-value", `data of type %s is written as \# LENGTH HEX (RFC 3597)`, t)
	default:
		dst, f = p.fields(dst, form)
		switch {
		case f == nil && len(dst)-start > maxRDATA:
			f = &fault{"bad-value", pos, errLongRDATA.Error()}
		case f == nil && len(p.tokens) > 0:
			f = faultAt(p.tokens[0].pos, "extra-data", "%s is more than data of this type has", shown(p.tokens[0].text))
		}
	}
	if f != nil {
		return nil, f
	}
	canonical, err := canonicalRDATA(t, dst[start:])
	if err != nil {
		return nil, &fault{"bad-value", pos, err.Error()}
	}
	return append(dst[:start], canonical...), nil
}

// isGeneric reports whether the form of RFC 3597 is next. In TXT "\#" without a number is the character "#", as in BIND.
func (p *rdataParser) isGeneric(t Type) bool {
	if len(p.tokens) == 0 || p.tokens[0].quoted || p.tokens[0].text != `\#` {
		return false
	}
	return t != TypeTXT || len(p.tokens) > 1 && !p.tokens[1].quoted && isDigits(p.tokens[1].text)
}

// generic reads the form of RFC 3597 §5.
func (p *rdataParser) generic(dst []byte) ([]byte, *fault) {
	if len(p.tokens) < 2 {
		return nil, faultAt(p.end, "missing-data", "the data ends where its length in octets is expected, as in \\# LENGTH HEX")
	}
	size := p.tokens[1]
	if size.quoted || !isDigits(size.text) {
		return nil, faultAt(size.pos, "bad-value", "%s is not the length of the data in octets, as in \\# LENGTH HEX", shown(size.text))
	}
	p.tokens = p.tokens[2:]
	start := len(dst)
	dst, f := p.hex(dst)
	if f != nil {
		return nil, f
	}
	if n, err := strconv.ParseUint(size.text, 10, 32); err != nil || n != uint64(len(dst)-start) {
		return nil, faultAt(size.pos, "bad-value", "the length %s does not agree with the %d octets behind it", shown(size.text), len(dst)-start)
	}
	return dst, nil
}

// hex takes all tokens as hex digits; they may be split anywhere.
func (p *rdataParser) hex(dst []byte) ([]byte, *fault) {
	high, have := byte(0), false
	for _, t := range p.tokens {
		notHex := func() *fault {
			return faultAt(t.pos, "bad-value", "%s is not in hex (digits 0 to 9 and a to f, without quotes)", shown(t.text))
		}
		if t.quoted { // also if there is nothing in the quotes
			return nil, notHex()
		}
		for i := range len(t.text) {
			v, ok := hexValue(t.text[i])
			if !ok {
				return nil, notHex()
			}
			if have {
				dst = append(dst, high<<4|v)
			}
			high, have = v, !have
		}
	}
	if have {
		return nil, faultAt(p.tokens[0].pos, "bad-value", "an odd number of hex digits")
	}
	p.tokens = nil
	return dst, nil
}

func hexValue(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// decodeHex is [hex.DecodeString] for text that must not be empty.
func decodeHex(text string) ([]byte, bool) {
	b, err := hex.DecodeString(text)
	return b, err == nil && len(b) > 0
}
