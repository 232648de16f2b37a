package zonefile

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// errPrefix is about the items of APL.
var errPrefix = errors.New("not an address prefix (RFC 3123 §4)")

// The address families of APL (RFC 3123 §4.1 and §4.2), and the bit that turns a prefix around.
const (
	familyIPv4 = 1
	familyIPv6 = 2
	negation   = 0x80
)

// checkPrefixes checks the items of APL (RFC 3123 §4). The address part of an item has no octets of zero at its end.
func checkPrefixes(b []byte) error {
	for len(b) > 0 {
		if len(b) < 4 {
			return errPrefix
		}
		bits, size := int(b[2]), int(b[3]&^negation)
		if 4+size > len(b) || size > 0 && b[3+size] == 0 {
			return errPrefix
		}
		switch binary.BigEndian.Uint16(b) {
		case familyIPv4:
			if bits > 32 || size > 4 {
				return errPrefix
			}
		case familyIPv6:
			if bits > 128 || size > 16 {
				return errPrefix
			}
		}
		b = b[4+size:]
	}
	return nil
}

// prefixes appends the items of APL: [!]FAMILY:ADDRESS/BITS. There may be none.
func (p *rdataParser) prefixes(dst []byte) ([]byte, *fault) {
	for len(p.tokens) > 0 && len(dst) <= 2*maxRDATA {
		t := p.take()
		item, ok := parsePrefix(t.text)
		if !ok || t.quoted {
			return nil, faultAt(t.pos, "bad-value", "%s is not an address prefix, as in 1:192.0.2.0/24, 2:2001:db8::/32 or !1:192.0.2.1/32", shown(t.text))
		}
		dst = append(dst, item...)
	}
	return dst, nil
}

// parsePrefix reads one item of APL. Bits of the address behind the prefix stay, as in BIND.
func parsePrefix(text string) ([]byte, bool) {
	text, negative := strings.CutPrefix(text, "!")
	family, rest, ok := strings.Cut(text, ":")
	if !ok || family != "1" && family != "2" {
		return nil, false
	}
	address, length, ok := strings.Cut(rest, "/")
	addr, err := netip.ParseAddr(address)
	bits, number := parseNumber(length, 128)
	if !ok || !number || err != nil || addr.Zone() != "" || addr.Is4() != (family == "1") || bits > uint64(addr.BitLen()) {
		return nil, false
	}
	octets := addr.AsSlice()
	for len(octets) > 0 && octets[len(octets)-1] == 0 {
		octets = octets[:len(octets)-1]
	}
	size := byte(len(octets))
	if negative {
		size |= negation
	}
	return slices.Concat([]byte{0, family[0] - '0', byte(bits), size}, octets), true
}

// appendPrefixesText appends what [rdataParser.prefixes] reads. It reports false for families without a text.
func appendPrefixesText(dst []byte, b string) ([]byte, bool) {
	if checkPrefixes([]byte(b)) != nil {
		return dst, false
	}
	for first := true; b != ""; first = false {
		if !first {
			dst = append(dst, ' ')
		}
		if b[3]&negation != 0 {
			dst = append(dst, '!')
		}
		size := int(b[3] &^ negation)
		var octets [16]byte
		copy(octets[:], b[4:4+size])
		var addr netip.Addr
		switch family := int(b[0])<<8 | int(b[1]); family {
		case familyIPv4:
			dst = append(dst, "1:"...)
			addr = netip.AddrFrom4([4]byte(octets[:4]))
		case familyIPv6:
			dst = append(dst, "2:"...)
			addr = netip.AddrFrom16(octets)
		default:
			return dst, false
		}
		dst = append(addr.AppendTo(dst), '/')
		dst = strconv.AppendUint(dst, uint64(b[2]), 10)
		b = b[4+size:]
	}
	return dst, true
}
