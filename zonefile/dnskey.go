package zonefile

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// DNSKEY is the data of a DNSKEY record: a public key that a zone is signed with (RFC 4034 §2).
type DNSKEY struct {
	Flags               uint16
	Protocol, Algorithm uint8
	PublicKey           []byte
}

// Flags of a DNSKEY (RFC 4034 §2.1.1, RFC 5011 §7), and its only protocol (RFC 4034 §2.1.2).
const (
	flagZoneKey    = 1 << 8
	flagRevoke     = 1 << 7
	flagSEP        = 1
	dnssecProtocol = 3
)

// algorithmRSAMD5 is the algorithm whose keys have tags of their own. Nothing is signed with it any more (RFC 8624 §3.1).
const algorithmRSAMD5 = 1

// ParseDNSKEY returns the keys of a DNSKEY RRset, in its order, and none of the zero RRset. It is an error if s is of another type.
func ParseDNSKEY(s RRset) ([]DNSKEY, error) {
	if s.IsZero() {
		return nil, nil
	}
	if s.Key.Type != TypeDNSKEY {
		return nil, fmt.Errorf("RRset %s: not DNSKEY", s.Key)
	}
	var keys []DNSKEY
	for rdata := range s.RDATA() {
		b := []byte(rdata)
		keys = append(keys, DNSKEY{binary.BigEndian.Uint16(b), b[2], b[3], b[4:]})
	}
	return keys, nil
}

// rdata returns the RDATA in wire form.
func (k DNSKEY) rdata() []byte {
	return append(binary.BigEndian.AppendUint16(nil, k.Flags), append([]byte{k.Protocol, k.Algorithm}, k.PublicKey...)...)
}

// Equal reports whether both are the same.
func (k DNSKEY) Equal(other DNSKEY) bool {
	return k.Flags == other.Flags && k.Protocol == other.Protocol && k.Algorithm == other.Algorithm && bytes.Equal(k.PublicKey, other.PublicKey)
}

// SignsZone reports whether k is a key that signatures of a zone can be checked with: a zone key, of DNSSEC's protocol, that is not revoked.
// A DS that refers to another is as good as none.
func (k DNSKEY) SignsZone() bool {
	return k.Flags&flagZoneKey != 0 && k.Flags&flagRevoke == 0 && k.Protocol == dnssecProtocol
}

// SEP reports whether k is marked as one that a DS refers to (secure entry point, RFC 4034 §2.1.1). It is a hint: a DS may refer to others.
func (k DNSKEY) SEP() bool { return k.Flags&flagSEP != 0 }

// Tag returns the key tag (RFC 4034 appendix B). Different keys may have the same.
func (k DNSKEY) Tag() uint16 {
	if n := len(k.PublicKey); k.Algorithm == algorithmRSAMD5 && n >= 3 {
		return binary.BigEndian.Uint16(k.PublicKey[n-3:])
	}
	sum := uint32(0)
	for i, octet := range k.rdata() {
		if i%2 == 0 {
			sum += uint32(octet) << 8
		} else {
			sum += uint32(octet)
		}
	}
	sum += sum >> 16
	return uint16(sum)
}

// DS returns the DS that refers to k as a key of the zone owner, with a digest of that type. It is an error if there is no such
// digest here, or k is not a key that signs a zone.
func (k DNSKEY) DS(owner Name, digestType uint8) (DS, error) {
	if !k.SignsZone() {
		return DS{}, fmt.Errorf("DS of key %d of %s: with flags %d and protocol %d it signs no zone", k.Tag(), owner, k.Flags, k.Protocol)
	}
	digest := k.digest(owner, digestType)
	if digest == nil {
		return DS{}, fmt.Errorf("DS of key %d of %s: digest type %d is none of 1 (SHA-1), 2 (SHA-256) and 4 (SHA-384)", k.Tag(), owner, digestType)
	}
	return DS{k.Tag(), k.Algorithm, digestType, digest}, nil
}
