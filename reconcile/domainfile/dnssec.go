package domainfile

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/zoneward/zoneward/zonefile"
)

// canonicalDS returns a DS record (RFC 4034 §5.3) with its numbers as numbers, and the digest in capital letters without white space. Weak says why another
// one would be better, and is empty for a good one.
func canonicalDS(text string) (record, weak string, err error) {
	rdata, err := zonefile.ParseRDATA(zonefile.TypeDS, text, zonefile.Root) // which knows how long digests are
	if err != nil {
		return "", "", err
	}
	ds := zonefile.DS{KeyTag: binary.BigEndian.Uint16(rdata), Algorithm: rdata[2], DigestType: rdata[3], Digest: rdata[4:]}
	if !signs(ds.Algorithm) {
		return "", "", errAlgorithm(ds.Algorithm)
	}
	switch ds.DigestType { // https://www.iana.org/assignments/ds-rr-types/
	case 2, 4, 5, 6:
	case 1:
		weak = "digest type 1 (SHA-1) is too weak (RFC 8624 §3.3): have one of type 2"
	case 3:
		weak = "digest type 3 (GOST) is given up (RFC 8624 §3.3): have one of type 2"
	default:
		return "", "", fmt.Errorf("digest type %d is not known", ds.DigestType)
	}
	return ds.String(), weak, nil
}

// canonicalKey returns a key (RFC 4034 §2.2) with its numbers as numbers, and the key without white space. No key is weak: whether it is good is for those
// who sign with it.
func canonicalKey(text string) (record, weak string, err error) {
	rdata, err := zonefile.ParseRDATA(zonefile.TypeDNSKEY, text, zonefile.Root)
	if err != nil {
		return "", "", err
	}
	key := zonefile.DNSKEY{Flags: binary.BigEndian.Uint16(rdata), Protocol: rdata[2], Algorithm: rdata[3], PublicKey: rdata[4:]}
	switch {
	case !key.SignsZone():
		return "", "", fmt.Errorf("a key with flags %d and protocol %d signs no zone (RFC 4034 §2.1): one that does has 257 or 256, and 3", key.Flags, key.Protocol)
	case !signs(key.Algorithm):
		return "", "", errAlgorithm(key.Algorithm)
	case len(key.PublicKey) == 0:
		return "", "", errors.New("there is no key")
	}
	return fmt.Sprintf("%d %d %d %s", key.Flags, key.Protocol, key.Algorithm, base64.StdEncoding.EncodeToString(key.PublicKey)), "", nil
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
