package zonefile

import (
	"bytes"
	"crypto/sha1" // of DS that are there already
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"fmt"
	"slices"
)

// DS is the data of a delegation signer record (RFC 4034 §5): it says in the parent zone which key the child zone is signed with.
type DS struct {
	KeyTag                uint16
	Algorithm, DigestType uint8
	Digest                []byte
}

// Digest types of a DS of which digests can be made.
const (
	DigestSHA1   uint8 = 1 // RFC 4034 §5.1.4; not for new DS, see [DS.SHA1]
	DigestSHA256 uint8 = 2 // RFC 4509
	DigestSHA384 uint8 = 4 // RFC 6605
)

// ParseDS returns the records of a DS RRset, in its order, and none of the zero RRset. It is an error if s is of another type.
func ParseDS(s RRset) ([]DS, error) {
	if s.IsZero() {
		return nil, nil
	}
	if s.Key.Type != TypeDS {
		return nil, fmt.Errorf("RRset %s: not DS", s.Key)
	}
	var records []DS
	for rdata := range s.RDATA() {
		records = append(records, dsOf([]byte(rdata)))
	}
	return records, nil
}

// ParseDSText reads the RDATA of a DS in presentation form (RFC 4034 §5.3): "12345 13 2 ABCD...". The digest may have spaces in it, and the
// numbers of algorithm and digest type may be mnemonics.
func ParseDSText(text string) (DS, error) {
	rdata, err := ParseRDATA(TypeDS, text, Name{})
	if err != nil {
		return DS{}, fmt.Errorf("DS %q: %w", text, err)
	}
	return dsOf(rdata), nil
}

// dsOf returns the DS of its RDATA.
func dsOf(rdata []byte) DS {
	return DS{binary.BigEndian.Uint16(rdata), rdata[2], rdata[3], rdata[4:]}
}

// rdata returns the RDATA in wire form.
func (d DS) rdata() []byte {
	return append(binary.BigEndian.AppendUint16(nil, d.KeyTag), append([]byte{d.Algorithm, d.DigestType}, d.Digest...)...)
}

// DSRRset makes an RRset of DS records, as [NewRRset] does.
func DSRRset(owner Name, ttl TTL, records ...DS) (RRset, error) {
	rdata := make([][]byte, len(records))
	for i, d := range records {
		rdata[i] = d.rdata()
	}
	return NewRRset(Key{owner, TypeDS}, ttl, rdata...)
}

// String returns "12345 13 2 ABCD...", with the digest in upper-case hex, as [ParseDSText] reads it.
func (d DS) String() string {
	return fmt.Sprintf("%d %d %d %X", d.KeyTag, d.Algorithm, d.DigestType, d.Digest)
}

// Equal reports whether both are the same.
func (d DS) Equal(other DS) bool {
	return d.KeyTag == other.KeyTag && d.Algorithm == other.Algorithm && d.DigestType == other.DigestType && bytes.Equal(d.Digest, other.Digest)
}

// SHA1 reports whether the digest is SHA-1, of which no new DS should be made (RFC 8624 §3.3). Such a DS still matches.
func (d DS) SHA1() bool { return d.DigestType == DigestSHA1 }

// Matches reports whether d refers to one of the DNSKEY records that the zone owner has (RFC 4034 §5.2), so that those who validate can
// use it: a key that signs the zone, with the key tag, algorithm and digest of d. A DS of an unknown digest type matches nothing.
func (d DS) Matches(owner Name, keys RRset) bool {
	parsed, err := ParseDNSKEY(keys)
	return err == nil && slices.ContainsFunc(parsed, func(k DNSKEY) bool {
		ds, err := k.DS(owner, d.DigestType)
		return err == nil && ds.Equal(d)
	})
}

// digest returns the digest of a type that a DS has of k as a key of the zone owner, nil for an unknown type.
func (k DNSKEY) digest(owner Name, digestType uint8) []byte {
	octets := append(owner.AppendWire(nil), k.rdata()...)
	switch digestType {
	case DigestSHA1:
		digest := sha1.Sum(octets)
		return digest[:]
	case DigestSHA256:
		digest := sha256.Sum256(octets)
		return digest[:]
	case DigestSHA384:
		digest := sha512.Sum384(octets)
		return digest[:]
	}
	return nil
}
