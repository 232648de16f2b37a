package domainfile

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/zoneward/zoneward/zonefile"
)

// digestTypes has how many octets a digest of each type has, and what speaks against the type
// (https://www.iana.org/assignments/ds-rr-types/).
var digestTypes = map[byte]struct {
	octets int
	weak   string
}{
	1: {20, "digest type 1 (SHA-1) is too weak (RFC 8624 §3.3): have one of type 2"}, // RFC 3658 §2.4
	2: {octets: 32},                                                                  // RFC 4509 §2.1
	3: {32, "digest type 3 (GOST) is given up (RFC 8624 §3.3): have one of type 2"},  // RFC 5933 §4
	4: {octets: 48},                                                                  // RFC 6605 §2
	5: {octets: 32},                                                                  // RFC 9558 §4
	6: {octets: 32},                                                                  // RFC 9563 §3
}

// canonicalDS returns a DS record (RFC 4034 §5.3) with its numbers as numbers, and the digest in capital letters without white space. Weak says why another
// one would be better, and is empty for a good one.
func canonicalDS(text string) (record, weak string, err error) {
	rdata, err := parseRecord(zonefile.TypeDS, text)
	if err != nil {
		return "", "", err
	}
	algorithm, digestType, digest := rdata[2], rdata[3], rdata[4:]
	typ, ok := digestTypes[digestType]
	switch {
	case !signs(algorithm):
		return "", "", errAlgorithm(algorithm)
	case !ok:
		return "", "", fmt.Errorf("digest type %d is not known", digestType)
	case len(digest) != typ.octets:
		return "", "", fmt.Errorf("a digest of type %d has %d hex digits, and this has %d", digestType, 2*typ.octets, 2*len(digest))
	}
	return fmt.Sprintf("%d %d %d %X", binary.BigEndian.Uint16(rdata), algorithm, digestType, digest), typ.weak, nil
}

// Flags of a key.
const (
	flagZone   = 0x100 // RFC 4034 §2.1.1
	flagRevoke = 0x80  // RFC 5011 §7
)

// dnssecProtocol is the only one that a key can have (RFC 4034 §2.1.2).
const dnssecProtocol = 3

// canonicalKey returns a key (RFC 4034 §2.2) with its numbers as numbers, and the key without white space.
func canonicalKey(text string) (record, weak string, err error) {
	rdata, err := parseRecord(zonefile.TypeDNSKEY, text)
	if err != nil {
		return "", "", err
	}
	flags, protocol, algorithm, key := binary.BigEndian.Uint16(rdata), rdata[2], rdata[3], rdata[4:]
	switch {
	case flags&flagZone == 0:
		return "", "", fmt.Errorf("the flags %d are not those of a key that signs zones, which are 257, or 256", flags)
	case flags&flagRevoke != 0:
		return "", "", fmt.Errorf("the flags %d say that the key is revoked (RFC 5011)", flags)
	case protocol != dnssecProtocol:
		return "", "", fmt.Errorf("protocol %d, where there is only %d", protocol, dnssecProtocol)
	case !signs(algorithm):
		return "", "", errAlgorithm(algorithm)
	case len(key) == 0:
		return "", "", errors.New("there is no key")
	}
	return fmt.Sprintf("%d %d %d %s", flags, protocol, algorithm, base64.StdEncoding.EncodeToString(key)), "", nil
}

// parseRecord returns RDATA of at least the four octets that stand before a digest or key.
func parseRecord(t zonefile.Type, text string) ([]byte, error) {
	rdata, err := zonefile.ParseRDATA(t, text, zonefile.Root)
	if err != nil {
		return nil, err
	}
	if len(rdata) < 4 {
		return nil, fmt.Errorf("too few octets for a %s record", t)
	}
	return rdata, nil
}

// signs reports whether an algorithm can sign zones
// (https://www.iana.org/assignments/dns-sec-alg-numbers/). One that is not assigned yet may.
func signs(algorithm byte) bool {
	switch algorithm {
	case 0, 2, 252, 255: // delete, Diffie-Hellman, indirect, reserved
		return false
	}
	return true
}

func errAlgorithm(algorithm byte) error {
	return fmt.Errorf("algorithm %d signs no zones", algorithm)
}
