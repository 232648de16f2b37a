package zonefile

import (
	"errors"
	"fmt"
)

// digestSizes are the octets of a digest by its type, for the records that carry one (RFC 4034 §5.1.4, RFC 4509, RFC 6605). BIND knows no others.
var digestSizes = map[byte]int{1: 20, 2: 32, 4: 48}

// fingerprintSizes and zonemdSizes are the same for SSHFP (RFC 4255, RFC 6594) and ZONEMD (RFC 8976 §2.2.3).
var (
	fingerprintSizes = map[byte]int{1: 20, 2: 32}
	zonemdSizes      = map[byte]int{1: 48, 2: 64}
)

var (
	errNoRDATA    = errors.New("no data")
	errShort      = errors.New("data ends too early")
	errTrailing   = errors.New("data goes on behind its end")
	errDigestSize = errors.New("the digest does not have the length of its digest type")
	errLongRDATA  = errors.New("data of more than 65535 octets")
	errGateway    = errors.New("a gateway of a kind that is not 0 to 3 (none, IPv4, IPv6, name)")
	errTag        = errors.New("a property without a tag (RFC 8659 §4.1)")
)

// maxRDATA is the most octets that RDATA can have: its length is a number of two octets.
const maxRDATA = 1<<16 - 1

// canonicalRDATA returns raw, uncompressed RDATA of type t, in canonical form, or an error if it is not RDATA of that type.
// The result may be raw itself.
func canonicalRDATA(t Type, raw []byte) ([]byte, error) {
	if len(raw) > maxRDATA {
		return nil, errLongRDATA
	}
	if t.isMeta() {
		return nil, fmt.Errorf("%s is not a type of data in a zone", t)
	}
	form := formOf(t)
	if form == "" {
		return raw, nil
	}
	raw, err := walk(form, raw)
	if err != nil {
		return nil, err
	}
	return raw, checkDigest(t, raw)
}

// walk checks raw against a form and lowers the letters of its names. It copies raw before it changes it.
func walk(form string, raw []byte) ([]byte, error) {
	copied := false
	at := 0
	for i := range len(form) {
		part := form[i]
		if octets := fieldOctets[part]; octets > 0 {
			if at += int(octets); at > len(raw) {
				return nil, errShort
			}
			continue
		}
		n, err := fieldSize(part, raw, at)
		if err != nil {
			return nil, err
		}
		if part == 'n' && hasUpper(raw[at:at+n]) {
			if !copied {
				raw, copied = append([]byte(nil), raw...), true
			}
			foldCase(raw[at : at+n])
		}
		at += n
	}
	if at < len(raw) {
		return nil, errTrailing
	}
	return raw, nil
}

// fieldSize returns the length of the field that is at raw[at:], for those whose length their content says.
func fieldSize(part byte, raw []byte, at int) (int, error) {
	b := raw[at:]
	switch part {
	case 'n', 'N', 'Q':
		return wireNameSize(b)
	case 's', 'z', 'h':
		return stringsSize(b, 1)
	case 'I':
		return stringsSize(b, 2)
	case 'S':
		return stringsSize(b, len(b))
	case 'l':
		n, err := stringsSize(b, 1)
		if n == 1 {
			return 0, errTag
		}
		return n, err
	case 'x', 'b':
		if len(b) == 0 {
			return 0, errShort
		}
		return len(b), nil
	case 'M':
		if len(b) == 0 {
			return 0, errNoTypes
		}
		return len(b), checkBitmap(b)
	case 'm':
		return len(b), checkBitmap(b)
	case 'G':
		return gatewaySize(raw[1], b)
	case 'R':
		if len(b) == 0 {
			return 0, errShort
		}
		if b[0]&^discoveryBit > gatewayName {
			return len(b), nil // of a kind that nobody knows yet; BIND takes it too
		}
		n, err := gatewaySize(b[0]&^discoveryBit, b[1:])
		return 1 + n, err
	case 'P':
		return len(b), checkPrefixes(b)
	case 'H':
		return len(b), checkHIP(b)
	case 'L':
		return len(b), checkLocation(b)
	case 'v':
		return len(b), checkParameters(b)
	}
	return len(b), nil
}

func hasUpper(wire []byte) bool {
	for _, c := range wire {
		if 'A' <= c && c <= 'Z' {
			return true
		}
	}
	return false
}

// wireNameSize returns the length of the name that b starts with.
func wireNameSize(b []byte) (int, error) {
	n := 0
	for n < len(b) && b[n] != 0 {
		if b[n] > maxLabel {
			return 0, errNotWireName
		}
		n += 1 + int(b[n])
	}
	if n >= len(b) || n >= maxName {
		return 0, errNotWireName
	}
	return n + 1, nil
}

// stringsSize returns the length of the character-strings that b starts with: at least one, at most limit.
func stringsSize(b []byte, limit int) (int, error) {
	n := 0
	for count := 0; count == 0 || count < limit && n < len(b); count++ {
		if n >= len(b) || n+1+int(b[n]) > len(b) {
			return 0, errShort
		}
		n += 1 + int(b[n])
	}
	return n, nil
}

// gatewaySize returns the length of a gateway of a kind that b starts with.
func gatewaySize(kind byte, b []byte) (int, error) {
	size := 0
	switch kind {
	case gatewayNone:
	case gatewayIPv4:
		size = 4
	case gatewayIPv6:
		size = 16
	case gatewayName:
		return wireNameSize(b)
	default:
		return 0, errGateway
	}
	if size > len(b) {
		return 0, errShort
	}
	return size, nil
}

// minZonemd is the length that any digest of ZONEMD has at least (RFC 8976 §2.2.4), and sha1Size that of NSEC3's only hash (RFC 5155 §11).
const (
	minZonemd = 12
	sha1Size  = 20
)

// checkDigest checks the lengths of the digests of DS, CDS, DLV, TA, SSHFP, ZONEMD and NSEC3, if their types are known.
func checkDigest(t Type, raw []byte) error {
	sizes, kind, digest := digestSizes, 3, 4
	switch t {
	case TypeDS, TypeCDS, 32768, 32769:
		if t == TypeCDS && len(raw) == 5 && raw[2] == 0 && raw[3] == 0 {
			return nil // the request to delete: RFC 8078 §4
		}
	case TypeSSHFP:
		sizes, kind, digest = fingerprintSizes, 1, 2
	case TypeZONEMD:
		sizes, kind, digest = zonemdSizes, 5, 6
		if len(raw)-digest < minZonemd {
			return fmt.Errorf("%w: %d octets, want %d at least", errDigestSize, len(raw)-digest, minZonemd)
		}
	case TypeNSEC3:
		if size := raw[5+int(raw[4])]; raw[0] == 1 && size != sha1Size {
			return fmt.Errorf("%w: %d octets, want %d", errDigestSize, size, sha1Size)
		}
		return nil
	default:
		return nil
	}
	if want, known := sizes[raw[kind]]; known && len(raw)-digest != want {
		return fmt.Errorf("%w: %d octets, want %d", errDigestSize, len(raw)-digest, want)
	}
	return nil
}
