package zonefile

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
)

// Key says which RRset of a zone is meant. The class is always IN.
type Key struct {
	Name Name
	Type Type
}

// Compare orders keys by name (canonically, see [Name.Compare]), then by type number, as RRsets are in a [Zone].
func (k Key) Compare(other Key) int {
	if c := k.Name.Compare(other.Name); c != 0 {
		return c
	}
	return cmp.Compare(k.Type, other.Type)
}

// String returns "www.example.com. AAAA".
func (k Key) String() string { return k.Name.String() + " " + k.Type.String() }

// RRset is the records of one name and type (RFC 2181 §5): a TTL and one or more RDATA, in canonical form, sorted, without duplicates.
// Two are the same when they are ==. The zero RRset has no records.
type RRset struct {
	Key Key
	TTL TTL
	// data has each RDATA behind its length in two octets, in the order of RFC 4034 §6.3.
	data string
}

// maxData is the most octets of RDATA that one RRset may have, each with its length in two more. It bounds what is kept of one in a plan.
const maxData = 1 << 24

// NewRRset makes an RRset of RDATA in uncompressed wire form. The order is free and duplicates are merged. It is an error
// if there is none, or one is not RDATA of that type.
func NewRRset(key Key, ttl TTL, rdata ...[]byte) (RRset, error) {
	if key.Name.IsZero() || key.Type.isMeta() {
		return RRset{}, fmt.Errorf("RRset %s: not the name and type of data", key)
	}
	if ttl > MaxTTL {
		return RRset{}, fmt.Errorf("RRset %s: TTL %d: %w", key, ttl, errLargeTTL)
	}
	if len(rdata) == 0 {
		return RRset{}, fmt.Errorf("RRset %s: no records", key)
	}
	canonical := make([][]byte, len(rdata))
	for i, raw := range rdata {
		c, err := canonicalRDATA(key.Type, raw)
		if err != nil {
			return RRset{}, fmt.Errorf("RRset %s: %w", key, err)
		}
		canonical[i] = c
	}
	slices.SortFunc(canonical, bytes.Compare)
	canonical = slices.CompactFunc(canonical, bytes.Equal)
	var data []byte
	for _, c := range canonical {
		data = appendRDATA(data, c)
	}
	if len(data) > maxData {
		return RRset{}, fmt.Errorf("RRset %s: %w", key, errTooMuch)
	}
	return RRset{key, ttl, string(data)}, nil
}

var errTooMuch = errors.New("more than 16 MiB of data")

// ParseRRset makes an RRset of RDATA in presentation form, with absolute names or names relative to origin.
func ParseRRset(key Key, ttl TTL, origin Name, texts ...string) (RRset, error) {
	rdata := make([][]byte, len(texts))
	for i, text := range texts {
		var err error
		if rdata[i], err = ParseRDATA(key.Type, text, origin); err != nil {
			return RRset{}, fmt.Errorf("RRset %s: %w", key, err)
		}
	}
	return NewRRset(key, ttl, rdata...)
}

// MustParseRRset is [ParseRRset] of "NAME TTL TYPE" with absolute names, for RRsets that are known to be good. It panics on others.
func MustParseRRset(head string, texts ...string) RRset {
	f := strings.Fields(head)
	if len(f) != 3 {
		panic(fmt.Sprintf("%q: want NAME TTL TYPE", head))
	}
	ttl, err := ParseTTL(f[1])
	if err != nil {
		panic(fmt.Sprintf("%q: %v", head, err))
	}
	set, err := ParseRRset(Key{MustParseName(f[0]), MustParseType(f[2])}, ttl, Name{}, texts...)
	if err != nil {
		panic(err)
	}
	return set
}

func appendRDATA(data, rdata []byte) []byte {
	data = append(data, byte(len(rdata)>>8), byte(len(rdata)))
	return append(data, rdata...)
}

// cutRDATA splits data after its first RDATA.
func cutRDATA(data string) (rdata, rest string) {
	n := 2 + int(data[0])<<8 + int(data[1])
	return data[2:n], data[n:]
}

// IsZero reports whether s is the zero RRset.
func (s RRset) IsZero() bool { return s == RRset{} }

// Len returns the number of records.
func (s RRset) Len() int { return countRDATA(s.data) }

// countRDATA returns the number of RDATA in the data of an RRset.
func countRDATA(data string) int {
	n := 0
	for ; data != ""; _, data = cutRDATA(data) {
		n++
	}
	return n
}

// RDATA gives each record's RDATA in canonical wire form, in canonical order (RFC 4034 §6.3). The strings hold octets.
func (s RRset) RDATA() iter.Seq[string] {
	return func(yield func(string) bool) {
		for data := s.data; data != ""; {
			var rdata string
			if rdata, data = cutRDATA(data); !yield(rdata) {
				return
			}
		}
	}
}

// Text returns each record's RDATA in presentation form with absolute names, in the order of [RRset.RDATA].
func (s RRset) Text() []string {
	texts := make([]string, 0, 1)
	for rdata := range s.RDATA() {
		texts = append(texts, FormatRDATA(s.Key.Type, rdata))
	}
	return texts
}

// String returns the records as lines of a master file, with a line feed between: "www.example.com. 300 IN A 192.0.2.1".
func (s RRset) String() string {
	var b strings.Builder
	for i, text := range s.Text() {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s %d IN %s %s", s.Key.Name, s.TTL, s.Key.Type, text)
	}
	return b.String()
}

// WithTTL returns the same records with another TTL.
func (s RRset) WithTTL(ttl TTL) RRset {
	s.TTL = min(ttl, MaxTTL)
	return s
}

// WithName returns the same records at another name.
func (s RRset) WithName(name Name) RRset {
	s.Key.Name = name
	return s
}

// SameData reports whether s and other have the same RDATA, whatever their names and TTLs are.
func (s RRset) SameData(other RRset) bool {
	return s.Key.Type == other.Key.Type && s.data == other.data
}

// Clone returns a copy that shares no memory with a zone.
func (s RRset) Clone() RRset {
	s.Key.Name.key = strings.Clone(s.Key.Name.key)
	s.data = strings.Clone(s.data)
	return s
}
