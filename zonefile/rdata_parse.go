package zonefile

import (
	"encoding/base64"
	"slices"
	"strings"
)

// wanted says what a field is in text, for the message about one that is not.
var wanted = [128]string{
	'1': "a number from 0 to 255",
	'2': "a number from 0 to 65535",
	'4': "a number from 0 to 4294967295",
	't': "a time (a number of seconds up to 4294967295, or numbers with units as in 1h30m)",
	'a': "an IPv4 address (four numbers 0 to 255 with dots between)",
	'A': "an IPv6 address",
	'n': "a domain name",
	'N': "a domain name",
	'Q': "a domain name",
	's': "a character-string",
	'I': "a character-string",
	'S': "a character-string",
	'o': "a string",
	'l': "a tag of letters and digits",
	'x': "hex digits",
	'b': "base64",
	'B': "base64",
	'K': "base64",
	'T': "a type of record",
	'g': "an algorithm (a number or mnemonic of DNSSEC)",
	'd': "a digest type (a number, SHA-1, SHA-256 or SHA-384)",
	'f': "the flags of a key (a number)",
	'p': "the protocol of a key (3)",
	'y': "a scheme of synchronization (a number, or NOTIFY)",
	'c': "a type of certificate (a number or mnemonic of RFC 4398)",
	'D': "a time as YYYYMMDDHHMMSS",
	'z': `a salt in hex, or "-"`,
	'h': "a hash in base32 without padding",
	'e': "48 bits as 00-00-5e-00-53-2a",
	'E': "64 bits as 00-00-5e-ef-10-00-00-2a",
	'q': "64 bits as four groups of hex digits with colons between",
	'G': "a gateway: \".\", an address or a name, as the gateway type says",
	'R': "a discovery bit with a relay type (0 to 3) and a relay",
}

// fields appends the fields of a form from the tokens that come next.
func (p *rdataParser) fields(dst []byte, form string) ([]byte, *fault) {
	start := len(dst)
	for i := range len(form) {
		part := form[i]
		if len(dst)-start > maxRDATA {
			break // canonicalRDATA says so
		}
		var f *fault
		switch part {
		case 'x':
			if len(p.tokens) == 0 {
				return nil, p.missing(part)
			}
			dst, f = p.hex(dst)
		case 'b', 'B', 'K':
			if keyIsMissing(part, dst[start:]) {
				break
			}
			if len(p.tokens) == 0 && !keyMayMiss(part, dst[start:]) {
				return nil, p.missing(part)
			}
			dst, f = p.base64(dst)
		case 'm', 'M':
			dst, f = p.bitmap(dst)
		case 'S', 'I':
			dst, f = p.strings(dst, part)
		case 'P':
			dst, f = p.prefixes(dst)
		case 'L':
			dst, f = p.location(dst)
		case 'H':
			dst, f = p.hip(dst)
		case 'v':
			dst, f = p.parameters(dst)
		case 'R':
			dst, f = p.relay(dst)
		default:
			if len(p.tokens) == 0 {
				return nil, p.missing(part)
			}
			var kind byte
			if part == 'G' {
				kind = dst[start+1]
			}
			dst, f = p.field(dst, part, kind)
		}
		if f != nil {
			return nil, f
		}
	}
	return dst, nil
}

// keyIsMissing reports whether a field is a key that the RDATA before it says is not there: KEY with both flags that say so (RFC 2535 §3.1.2).
func keyIsMissing(part byte, rdata []byte) bool { return part == 'K' && rdata[0]&0xc0 == 0xc0 }

// keyMayMiss reports whether a field is a key that the RDATA before it lets be missing: IPSECKEY of no algorithm (RFC 4025 §2.4).
func keyMayMiss(part byte, rdata []byte) bool { return part == 'B' && rdata[2] == 0 }

// missing says that the data ends in front of a field.
func (p *rdataParser) missing(part byte) *fault {
	return faultAt(p.end, "missing-data", "the data ends where %s is expected", wanted[part])
}

// take returns the next token.
func (p *rdataParser) take() token {
	t := p.tokens[0]
	p.tokens = p.tokens[1:]
	return t
}

// notWanted says that a token is not what the field wants.
func notWanted(t token, part byte) *fault {
	if t.quoted {
		return faultAt(t.pos, "bad-value", "%s is in quotes; %s is written without", shown(t.text), wanted[part])
	}
	return faultAt(t.pos, "bad-value", "%s is not %s", shown(t.text), wanted[part])
}

// field appends a field of one token. The kind is that of a gateway.
func (p *rdataParser) field(dst []byte, part, kind byte) ([]byte, *fault) {
	t := p.take()
	switch part {
	case 's':
		return appendString(dst, t)
	case 'o':
		out, err := appendUnescaped(dst, t.text)
		if err != nil {
			return nil, &fault{"bad-value", t.pos, err.Error()}
		}
		return out, nil
	}
	if t.quoted && part != 'Q' {
		return nil, notWanted(t, part)
	}
	switch part {
	case 'n', 'N', 'Q':
		return p.name(dst, t)
	case 'G':
		return p.gateway(dst, t, kind)
	}
	out, ok := appendField(dst, part, t.text)
	if !ok {
		return nil, notWanted(t, part)
	}
	return out, nil
}

// name appends a domain name.
func (p *rdataParser) name(dst []byte, t token) ([]byte, *fault) {
	out, err := p.origin.appendName(dst, t.text)
	if err != nil {
		return nil, faultAt(t.pos, "bad-name", "name %s: %v", shown(t.text), err)
	}
	return out, nil
}

// gateway appends a gateway of a kind. That of no gateway is written ".".
func (p *rdataParser) gateway(dst []byte, t token, kind byte) ([]byte, *fault) {
	part := byte('G')
	ok := false
	switch kind {
	case gatewayNone:
		ok = t.text == "."
	case gatewayIPv4:
		part = 'a'
		dst, ok = appendField(dst, part, t.text)
	case gatewayIPv6:
		part = 'A'
		dst, ok = appendField(dst, part, t.text)
	case gatewayName:
		return p.name(dst, t)
	default:
		return nil, &fault{"bad-value", t.pos, errGateway.Error()}
	}
	if !ok {
		return nil, notWanted(t, part)
	}
	return dst, nil
}

// discoveryBit is the D bit of AMTRELAY (RFC 8777 §4.2.2), beside the kind of relay.
const discoveryBit = 0x80

// relay appends the discovery bit, the kind and the relay of AMTRELAY.
func (p *rdataParser) relay(dst []byte) ([]byte, *fault) {
	if len(p.tokens) < 3 {
		return nil, p.missing('R')
	}
	d, kind := p.take(), p.take()
	bit, isBit := parseNumber(d.text, 1)
	k, ok := parseNumber(kind.text, gatewayName)
	switch {
	case d.quoted || !isBit:
		return nil, faultAt(d.pos, "bad-value", "%s is not a discovery bit (0 or 1)", shown(d.text))
	case kind.quoted || !ok:
		return nil, faultAt(kind.pos, "bad-value", "%s is not a relay type (0 to 3)", shown(kind.text))
	}
	octet := byte(k)
	if bit == 1 {
		octet |= discoveryBit
	}
	dst = append(dst, octet)
	return p.field(dst, 'G', byte(k))
}

// strings appends the character-strings that are left.
func (p *rdataParser) strings(dst []byte, part byte) ([]byte, *fault) {
	if len(p.tokens) == 0 {
		return nil, p.missing(part)
	}
	for n := 0; len(p.tokens) > 0 && (part == 'S' || n < 2) && len(dst) <= 2*maxRDATA; n++ {
		var f *fault
		if dst, f = appendString(dst, p.take()); f != nil {
			return nil, f
		}
	}
	return dst, nil
}

// appendString appends a character-string.
func appendString(dst []byte, t token) ([]byte, *fault) {
	at := len(dst)
	dst, err := appendUnescaped(append(dst, 0), t.text)
	if err != nil {
		return nil, &fault{"bad-value", t.pos, err.Error()}
	}
	size := len(dst) - at - 1
	if size > 255 {
		return nil, faultAt(t.pos, "long-string", "a character-string of %d octets, and 255 is the most; split it into several with a space between", size)
	}
	dst[at] = byte(size)
	return dst, nil
}

// appendUnescaped appends text with its escapes resolved (RFC 1035 §5.1).
func appendUnescaped(dst []byte, text string) ([]byte, error) {
	for {
		i := strings.IndexByte(text, '\\')
		if i < 0 {
			return append(dst, text...), nil
		}
		dst = append(dst, text[:i]...)
		value, used, ok := unescape(text[i:])
		if !ok {
			return nil, errBadEscape
		}
		dst = append(dst, value)
		text = text[i+used:]
	}
}

// base64 takes all tokens as base64; they may be split anywhere.
func (p *rdataParser) base64(dst []byte) ([]byte, *fault) {
	if len(p.tokens) == 0 {
		return dst, nil
	}
	first := p.tokens[0]
	text := first.text
	if len(p.tokens) > 1 {
		var b strings.Builder
		for _, t := range p.tokens {
			b.WriteString(t.text)
		}
		text = b.String()
	}
	out, err := base64.StdEncoding.Strict().AppendDecode(dst, []byte(text))
	if err != nil || len(out) == len(dst) || slices.ContainsFunc(p.tokens, func(t token) bool { return t.quoted }) {
		return nil, faultAt(first.pos, "bad-value", "%s is not base64 (letters, digits, + and /, with = at the end to make a multiple of four, without quotes)", shown(text))
	}
	p.tokens = nil
	return out, nil
}
