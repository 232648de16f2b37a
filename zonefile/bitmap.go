package zonefile

import (
	"errors"
	"slices"
	"strings"
)

var (
	errBitmap  = errors.New("not a bitmap of types (RFC 4034 §4.1.2)")
	errNoTypes = errors.New("no types, where there is one at least (RFC 4034 §4.1.2)")
)

// checkBitmap checks windows of types: in order, none empty, none with octets of zero at its end (RFC 4034 §4.1.2).
func checkBitmap(b []byte) error {
	for last := -1; len(b) > 0; {
		if len(b) < 2 {
			return errBitmap
		}
		window, size := int(b[0]), int(b[1])
		if window <= last || size == 0 || size > 32 || 2+size > len(b) || b[1+size] == 0 {
			return errBitmap
		}
		last = window
		b = b[2+size:]
	}
	return nil
}

// bitmap takes all tokens as types, in any order, and appends their bitmap (RFC 4034 §4.1.2).
func (p *rdataParser) bitmap(dst []byte) ([]byte, *fault) {
	types := make([]Type, 0, len(p.tokens))
	for _, t := range p.tokens {
		typ, ok := mentionedType(t.text)
		if !ok || t.quoted {
			return nil, notWanted(t, 'T')
		}
		types = append(types, typ)
	}
	p.tokens = nil
	slices.Sort(types)
	window, at := -1, 0
	for _, t := range types {
		if int(t>>8) != window {
			window = int(t >> 8)
			at = len(dst) + 2
			dst = append(dst, byte(window), 0)
		}
		octet := int(t&0xff) / 8
		for len(dst) <= at+octet {
			dst = append(dst, 0)
		}
		dst[at+octet] |= 0x80 >> (t % 8)
		dst[at-1] = byte(len(dst) - at)
	}
	return dst, nil
}

// mentionedType returns a type that is written in the data of a record. Some have a mnemonic there, as in BIND, whose own records have no text here.
func mentionedType(text string) (Type, bool) {
	switch strings.ToUpper(text) {
	case "WKS":
		return 11, true
	case "NSAP":
		return 22, true
	case "A6":
		return 38, true
	case "SINK":
		return 40, true
	case "DOA":
		return 259, true
	}
	return typeByName(text)
}

// appendBitmapText appends the types of a bitmap, each with a space in front. It reports false for one that is no bitmap, and for one
// with type 0, whose text NSD does not read.
func appendBitmapText(dst []byte, b string) ([]byte, bool) {
	if checkBitmap([]byte(b)) != nil || len(b) > 2 && b[0] == 0 && b[2]&0x80 != 0 {
		return dst, false
	}
	for b != "" {
		window, size := Type(b[0])<<8, int(b[1])
		for i := range 8 * size {
			if b[2+i/8]&(0x80>>(i%8)) != 0 {
				dst = append(append(dst, ' '), (window | Type(i)).portable()...)
			}
		}
		b = b[2+size:]
	}
	return dst, true
}
