package zonefile

import (
	"encoding/base32"
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// parseNumber reads decimal digits, of which there may be leading zeros.
func parseNumber(text string, limit uint64) (uint64, bool) {
	n := uint64(0)
	for i := range len(text) {
		c := text[i]
		if c < '0' || c > '9' {
			return 0, false
		}
		if n = n*10 + uint64(c-'0'); n > limit {
			return 0, false
		}
	}
	return n, text != ""
}

// appendField appends a field that is one token without quotes, and no name.
func appendField(dst []byte, part byte, text string) ([]byte, bool) {
	switch part {
	case 'a':
		addr, err := netip.ParseAddr(text)
		if err != nil || !addr.Is4() {
			return dst, false
		}
		b := addr.As4()
		return append(dst, b[:]...), true
	case 'A':
		addr, err := netip.ParseAddr(text)
		if err != nil || !addr.Is6() || addr.Zone() != "" {
			return dst, false
		}
		b := addr.As16()
		return append(dst, b[:]...), true
	case 't':
		n, err := parseSeconds(text, 1<<32-1)
		return binary.BigEndian.AppendUint32(dst, uint32(n)), err == nil
	case 'D':
		n, ok := parseTime(text)
		return binary.BigEndian.AppendUint32(dst, n), ok
	case 'T':
		n, ok := parseNumber(text, 1<<16-1) // BIND takes a number for any type
		if !ok {
			var t Type
			t, ok = mentionedType(text)
			n = uint64(t)
		}
		return binary.BigEndian.AppendUint16(dst, uint16(n)), ok
	case 'l':
		return appendTag(dst, text)
	case 'z':
		if text == "-" {
			return append(dst, 0), true
		}
		salt, ok := decodeHex(text)
		if !ok || len(salt) > 255 {
			return dst, false
		}
		return append(append(dst, byte(len(salt))), salt...), true
	case 'h':
		hash, err := base32Hex.DecodeString(strings.ToUpper(text))
		if err != nil || len(hash) == 0 || len(hash) > 255 || base32Hex.EncodeToString(hash) != strings.ToUpper(text) {
			return dst, false
		}
		return append(append(dst, byte(len(hash))), hash...), true
	case 'e', 'E':
		return appendGroups(dst, text, "-", int(fieldOctets[part]), 1)
	case 'q':
		return appendGroups(dst, text, ":", 4, 2)
	}
	return appendNumber(dst, part, text)
}

var base32Hex = base32.HexEncoding.WithPadding(base32.NoPadding)

// appendNumber appends a number, or what a mnemonic stands for.
func appendNumber(dst []byte, part byte, text string) ([]byte, bool) {
	octets := int(fieldOctets[part])
	n, ok := parseNumber(text, 1<<(8*octets)-1)
	if !ok {
		if n, ok = mnemonic(part, strings.ToUpper(text)); !ok {
			return dst, false
		}
	}
	for i := octets - 1; i >= 0; i-- {
		dst = append(dst, byte(n>>(8*i)))
	}
	return dst, true
}

// parseTime reads YYYYMMDDHHMMSS, or seconds since 1970, as a number modulo 2^32 (RFC 4034 §3.2). Like BIND it takes any year, and second 60.
func parseTime(text string) (uint32, bool) {
	if len(text) != len("YYYYMMDDHHMMSS") {
		n, ok := parseNumber(text, 1<<32-1)
		return uint32(n), ok && len(text) <= len("4294967295") // also if it begins with zeros
	}
	var n [6]int // year, month, day, hour, minute, second
	at := 0
	for i, digits := range [...]int{4, 2, 2, 2, 2, 2} {
		part, ok := parseNumber(text[at:at+digits], 9999)
		if !ok {
			return 0, false
		}
		n[i] = int(part)
		at += digits
	}
	t := time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], 0, time.UTC)
	ok := n[1] >= 1 && n[1] <= 12 && n[2] >= 1 && n[3] <= 23 && n[4] <= 59 && n[5] <= 60
	day := time.Date(n[0], time.Month(n[1]), n[2], 0, 0, 0, 0, time.UTC) // of another month if there is none of that number
	return uint32(t.Unix()), ok && day.Day() == n[2]
}

// appendTag appends the tag of CAA behind its length (RFC 8659 §4.1).
func appendTag(dst []byte, text string) ([]byte, bool) {
	if text == "" || len(text) > 255 || !isTag(text) {
		return dst, false
	}
	return append(append(dst, byte(len(text))), text...), true
}

func isTag(text string) bool {
	for i := range len(text) {
		if c := lower(text[i]); (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// appendGroups appends so many groups of hex digits, each a number of that many octets.
func appendGroups(dst []byte, text, separator string, groups, octets int) ([]byte, bool) {
	parts := strings.SplitN(text, separator, groups+1)
	if len(parts) != groups {
		return dst, false
	}
	for _, part := range parts {
		n, err := strconv.ParseUint(part, 16, 8*octets)
		if err != nil || len(part) > 2*octets || part[0] == '+' {
			return dst, false
		}
		if octets == 2 {
			dst = append(dst, byte(n>>8))
		}
		dst = append(dst, byte(n))
	}
	return dst, true
}
