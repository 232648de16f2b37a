package zonefile

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"iter"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Digest is a SHA-256 of canonical data: equal content has the same digest wherever it was read from. The zero Digest is that of nothing.
type Digest [sha256.Size]byte

const digestPrefix = "sha256:"

// String returns "sha256:" and the digest in hex.
func (d Digest) String() string { return digestPrefix + hex.EncodeToString(d[:]) }

// MarshalText is [Digest.String] for JSON.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what [Digest.String] gives.
func (d *Digest) UnmarshalText(text []byte) error {
	digits, ok := strings.CutPrefix(string(text), digestPrefix)
	if !ok || len(digits) != 2*len(d) {
		return fmt.Errorf("digest %q: want %s and %d hex digits", text, digestPrefix, 2*len(d))
	}
	if _, err := hex.Decode(d[:], []byte(digits)); err != nil {
		return fmt.Errorf("digest %q: %w", text, err)
	}
	return nil
}

// IsZero reports whether d is the zero Digest.
func (d Digest) IsZero() bool { return d == Digest{} }

// DigestOf returns the digest of RRsets in the order that they come.
func DigestOf(sets iter.Seq[RRset]) Digest {
	h := sha256.New()
	buf := make([]byte, 0, 64<<10)
	for s := range sets {
		if buf = s.AppendCanonical(buf); len(buf) > 60<<10 {
			h.Write(buf)
			buf = buf[:0]
		}
	}
	h.Write(buf)
	return Digest(h.Sum(nil))
}

// Digest returns the digest of the zone's origin and RRsets.
func (z *Zone) Digest() Digest {
	h := sha256.New()
	content := DigestOf(z.All())
	h.Write([]byte(z.origin.key))
	h.Write(content[:])
	return Digest(h.Sum(nil))
}

// Digest returns the digest of all that f says: the zone, the options of its RRsets, and the problems. Where things are stated does not
// count, not in problems either, so that a comment that was added changes nothing.
func (f *File) Digest() Digest {
	h := sha256.New()
	zone := f.Zone.Digest()
	h.Write(zone[:])
	for _, key := range slices.SortedFunc(maps.Keys(f.options), Key.Compare) {
		h.Write(fmt.Appendf(nil, "%s %+v\n", key, f.options[key]))
	}
	for _, p := range f.Problems {
		h.Write(fmt.Appendf(nil, "%d %s %s\n", p.Severity, p.Rule, lineInText.ReplaceAllString(p.Message, "$1")))
	}
	return Digest(h.Sum(nil))
}

// lineInText matches where the message of a problem says where else to look: "zones/example.com.zone:12" and "line 12".
var lineInText = regexp.MustCompile(`(:|line )[0-9]+(?::[0-9]+)?`)

// AppendCanonical appends octets that are the same for equal RRsets and differ for others, also in a row: what digests are made of.
func (s RRset) AppendCanonical(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(s.Key.Name.key)))
	dst = append(dst, s.Key.Name.key...)
	dst = binary.BigEndian.AppendUint16(dst, uint16(s.Key.Type))
	dst = binary.BigEndian.AppendUint32(dst, uint32(s.TTL))
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(s.data)))
	return append(dst, s.data...)
}
