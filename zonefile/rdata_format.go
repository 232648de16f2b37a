package zonefile

import (
	"encoding/base64"
	"net/netip"
	"strconv"
	"time"
)

// appendForm appends the fields of a form with spaces between. It reports false for RDATA that is not of that form,
// or that has no such text, and then what it returns is of no use.
func appendForm(dst []byte, form, rdata string) ([]byte, bool) {
	rest := rdata
	for i := range len(form) {
		part := form[i]
		if i > 0 && part != 'm' && part != 'M' && part != 'v' && (rest != "" || part != 'B') {
			dst = append(dst, ' ')
		}
		ok := false
		switch part {
		case 'G':
			dst, rest, ok = appendGatewayText(dst, rdata[1], rest)
		case 'B', 'K':
			// NSD and Knot read no KEY without key data, and BIND no other of those that say that there is none.
			ok = rest != "" && !keyIsMissing(part, []byte(rdata)) || part == 'B' && keyMayMiss(part, []byte(rdata))
			dst, rest = base64.StdEncoding.AppendEncode(dst, []byte(rest)), ""
		default:
			dst, rest, ok = appendFieldText(dst, part, rest)
		}
		if !ok {
			return dst, false
		}
	}
	return dst, rest == ""
}

// appendFieldText appends the field that b starts with, and returns what is behind it.
func appendFieldText(dst []byte, part byte, b string) (text []byte, rest string, ok bool) {
	if octets := int(fieldOctets[part]); octets > 0 {
		if len(b) < octets {
			return dst, b, false
		}
		text, ok = appendFixedText(dst, part, b[:octets])
		return text, b[octets:], ok
	}
	switch part {
	case 'n', 'N', 'Q':
		return appendNameText(dst, b)
	case 's':
		return appendStringText(dst, b)
	case 'z', 'h', 'l':
		return appendCountedText(dst, part, b)
	case 'R':
		if b == "" {
			return dst, b, false
		}
		kind := b[0] &^ discoveryBit
		dst = append(dst, '0'+b[0]>>7, ' ', '0'+kind, ' ')
		return appendGatewayText(dst, kind, b[1:])
	}
	text, ok = appendRestText(dst, part, b)
	return text, "", ok
}

// appendRestText appends the field that takes all of b.
func appendRestText(dst []byte, part byte, b string) ([]byte, bool) {
	switch part {
	case 'S', 'I':
		for n := 0; n == 0 || b != ""; n++ {
			if n > 0 {
				dst = append(dst, ' ')
			}
			var ok bool
			if dst, b, ok = appendStringText(dst, b); !ok || n > 1 && part == 'I' {
				return dst, false
			}
		}
		return dst, true
	case 'o':
		return appendQuoted(dst, b), true
	case 'x':
		return appendHex(dst, b), b != ""
	case 'b':
		return base64.StdEncoding.AppendEncode(dst, []byte(b)), b != ""
	case 'm', 'M':
		return appendBitmapText(dst, b)
	case 'P':
		return appendPrefixesText(dst, b)
	case 'H':
		return appendHIPText(dst, b)
	case 'L':
		return appendLocationText(dst, b)
	case 'v':
		return appendParametersText(dst, b)
	}
	return dst, false
}

// appendFixedText appends a field whose octets are b.
func appendFixedText(dst []byte, part byte, b string) ([]byte, bool) {
	n := uint64(0)
	for i := range len(b) {
		n = n<<8 | uint64(b[i])
	}
	switch part {
	case 'a':
		for i := range len(b) {
			if i > 0 {
				dst = append(dst, '.')
			}
			dst = strconv.AppendUint(dst, uint64(b[i]), 10)
		}
	case 'A':
		dst = appendIPv6Text(dst, b)
	case 'T':
		dst = append(dst, Type(n).portable()...)
	case 'D':
		dst = time.Unix(int64(n), 0).UTC().AppendFormat(dst, "20060102150405")
	case 'e', 'E':
		for i := range len(b) {
			if i > 0 {
				dst = append(dst, '-')
			}
			dst = appendHex(dst, b[i:i+1])
		}
	case 'q':
		for i := 0; i < len(b); i += 2 {
			if i > 0 {
				dst = append(dst, ':')
			}
			dst = appendHex(dst, b[i:i+2])
		}
	default:
		dst = strconv.AppendUint(dst, n, 10)
	}
	return dst, true
}

// appendIPv6Text appends an IPv6 address of 16 octets as RFC 5952 has it.
func appendIPv6Text(dst []byte, b string) []byte {
	var octets [16]byte
	copy(octets[:], b)
	return netip.AddrFrom16(octets).AppendTo(dst)
}

// appendCountedText appends a salt, a hash or a tag, which have their length in front.
func appendCountedText(dst []byte, part byte, b string) (text []byte, rest string, ok bool) {
	if b == "" || len(b) < 1+int(b[0]) {
		return dst, b, false
	}
	b, rest = b[1:1+int(b[0])], b[1+int(b[0]):]
	switch {
	case part == 'z' && b == "":
		return append(dst, '-'), rest, true
	case part == 'z':
		return appendHex(dst, b), rest, true
	case part == 'h':
		return base32Hex.AppendEncode(dst, []byte(b)), rest, b != ""
	}
	return append(dst, b...), rest, b != "" && isTag(b)
}

// appendGatewayText appends a gateway of a kind.
func appendGatewayText(dst []byte, kind byte, b string) (text []byte, rest string, ok bool) {
	switch kind {
	case gatewayNone:
		return append(dst, '.'), b, true
	case gatewayIPv4:
		return appendFieldText(dst, 'a', b)
	case gatewayIPv6:
		return appendFieldText(dst, 'A', b)
	case gatewayName:
		return appendNameText(dst, b)
	}
	return dst, b, false
}

// appendNameText appends the name that b starts with, in presentation form.
func appendNameText(dst []byte, b string) (text []byte, rest string, ok bool) {
	for at := 0; at < len(b); {
		size := int(b[at])
		if size == 0 {
			if at == 0 {
				dst = append(dst, '.')
			}
			return dst, b[at+1:], at < maxName
		}
		if size > maxLabel || at+1+size > len(b) {
			break
		}
		for i := at + 1; i <= at+size; i++ {
			dst = appendNameOctet(dst, b[i])
		}
		dst = append(dst, '.')
		at += 1 + size
	}
	return dst, b, false
}

// appendStringText appends the character-string that b starts with, in quotes.
func appendStringText(dst []byte, b string) (text []byte, rest string, ok bool) {
	if b == "" || len(b) < 1+int(b[0]) {
		return dst, b, false
	}
	end := 1 + int(b[0])
	return appendQuoted(dst, b[1:end]), b[end:], true
}

// appendQuoted appends octets as a quoted string.
func appendQuoted(dst []byte, octets string) []byte {
	dst = append(dst, '"')
	done := 0 // octets that are written; those up to i are as they are
	for i := range len(octets) {
		if c := octets[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			dst = appendEscaped(append(dst, octets[done:i]...), c, `"\`)
			done = i + 1
		}
	}
	return append(append(dst, octets[done:]...), '"')
}
