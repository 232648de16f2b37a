package scaidnstest

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// newID returns an id that nothing else has. Prefix is "d" for zones.
func (s *Server) newID(prefix string) string {
	return s.id(prefix, rand.Text())
}

// id returns the id that is made of values.
func (s *Server) id(prefix string, values ...any) string {
	sum := sha256.Sum256(fmt.Append(nil, values...))
	digits := hex.EncodeToString(sum[:])
	if s.opts.IDs == PrefixedIDs {
		return prefix + "_" + digits[:12]
	}
	return strings.Join([]string{digits[:8], digits[8:12], "4" + digits[13:16], "a" + digits[17:20], digits[20:32]}, "-")
}

// recordID returns the id of a record that PowerDNS has, at that place among those of its zone.
func (s *Server) recordID(z *zone, place int, serial uint32, set pdnsSet, r pdnsRecord) string {
	key := recordKey{set.Name, set.Type, r.Content}
	switch s.opts.RecordIDs {
	case RecordIDsKept:
		return z.meta(s, key).id
	case RecordIDsByRRset:
		return s.id("r", fmt.Sprintf("%q %q %+v", z.id, key, set))
	case RecordIDsBySerial:
		return s.id("r", fmt.Sprintf("%q %q %d", z.id, key, serial))
	case RecordIDsByPlace:
		return s.id("r", z.id, place)
	case RecordIDsByContent:
	}
	return s.id("r", fmt.Sprintf("%q %q", z.id, key))
}
