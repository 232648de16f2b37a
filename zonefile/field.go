package zonefile

import (
	"encoding/base32"
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/miekg/dns"
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
		t, ok := typeByName(text)
		return binary.BigEndian.AppendUint16(dst, uint16(t)), ok
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

// bindAlgorithms are BIND's mnemonics of algorithms that miekg/dns has by another.
var bindAlgorithms = map[string]uint8{"NSEC3DSA": dns.DSANSEC3SHA1, "NSEC3RSASHA1": dns.RSASHA1NSEC3SHA1, "ECCGOST": dns.ECCGOST}

// keyFlags and keyProtocols are BIND's mnemonics in KEY and DNSKEY (RFC 2535 §3.1.2 and §7.1, RFC 4034 §2.1, RFC 5011 §3).
var (
	keyFlags = map[string]uint64{
		"NOCONF": 0x4000, "NOAUTH": 0x8000, "NOKEY": 0xc000, "USER": 0, "ZONE": 0x100, "HOST": 0x200, "KSK": 1, "REVOKE": 0x80,
	}
	keyProtocols = map[string]uint64{"NONE": 0, "TLS": 1, "EMAIL": 2, "DNSSEC": 3, "IPSEC": 4, "ALL": 255}
)

// mnemonic returns the number that a mnemonic in upper case stands for.
func mnemonic(part byte, upper string) (uint64, bool) {
	switch part {
	case 'g':
		if n, ok := bindAlgorithms[upper]; ok {
			return uint64(n), true
		}
		n, ok := dns.StringToAlgorithm[upper]
		return uint64(n), ok
	case 'd':
		n, ok := dns.StringToHash[strings.Replace(upper, "SHA-", "SHA", 1)]
		return uint64(n), ok
	case 'p':
		n, ok := keyProtocols[upper]
		return n, ok
	case 'c':
		n, ok := dns.StringToCertType[upper]
		return uint64(n), ok
	case 'f':
		flags := uint64(0)
		for flag := range strings.SplitSeq(upper, "|") {
			n, ok := keyFlags[flag]
			if !ok {
				return 0, false
			}
			flags |= n
		}
		return flags, true
	}
	return 0, false
}

// parseTime reads YYYYMMDDHHMMSS, or seconds since 1970, as a number modulo 2^32 (RFC 4034 §3.2).
func parseTime(text string) (uint32, bool) {
	if len(text) != len("YYYYMMDDHHMMSS") {
		n, ok := parseNumber(text, 1<<32-1)
		return uint32(n), ok
	}
	if _, err := strconv.ParseUint(text, 10, 64); err != nil {
		return 0, false
	}
	t, err := time.Parse("20060102150405", text)
	return uint32(t.Unix()), err == nil && t.Year() >= 1970
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
