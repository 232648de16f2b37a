package zonefile

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"
)

// Builder collects records in any order and makes a [Zone] of them. It is what readers fill: adding a record costs a copy of its octets,
// and building one sort, which is skipped if the records came in order.
type Builder struct {
	origin   Name
	names    *strings.Builder
	data     *strings.Builder
	records  []record
	lastName string // what the last record's name is, to share its octets
	lastAt   uint32
}

// record is one record that was added, or one whole RRset.
type record struct {
	slot
	seq   uint32 // the place among the records as they came
	place place
}

// place is where something was stated: the file by its number in a File, and the line.
type place struct {
	line uint32
	file uint32
}

// NewBuilder returns a Builder for a zone.
func NewBuilder(origin Name) *Builder {
	if origin.IsZero() {
		panic("zonefile: a zone without an origin")
	}
	return &Builder{origin: origin, names: new(strings.Builder), data: new(strings.Builder)}
}

var errZoneTooLarge = errors.New("the zone is larger than 4 GiB")

// Add adds one record, with RDATA in uncompressed wire form.
func (b *Builder) Add(key Key, ttl TTL, rdata []byte) error {
	canonical, err := canonicalRDATA(key.Type, rdata)
	if err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	return b.add(key, ttl, canonical, place{})
}

// AddRRset adds all records of s.
func (b *Builder) AddRRset(s RRset) error {
	at := b.data.Len()
	b.data.WriteString(s.data)
	return b.push(s.Key, s.TTL, at, place{})
}

// add is [Builder.Add] with canonical RDATA and the place where it was stated.
func (b *Builder) add(key Key, ttl TTL, rdata []byte, at place) error {
	start := b.data.Len()
	b.data.WriteByte(byte(len(rdata) >> 8))
	b.data.WriteByte(byte(len(rdata)))
	b.data.Write(rdata)
	return b.push(key, ttl, start, at)
}

// addKey is [Builder.add] for an owner in the form of Name.key that is known to be in the zone. It makes no copy that it does not keep.
func (b *Builder) addKey(owner []byte, t Type, ttl TTL, rdata []byte, at place) error {
	start := b.data.Len()
	b.data.WriteByte(byte(len(rdata) >> 8))
	b.data.WriteByte(byte(len(rdata)))
	b.data.Write(rdata)
	if string(owner) != b.lastName {
		b.lastAt = uint32(b.names.Len())
		b.names.Write(owner)
		b.lastName = b.names.String()[b.lastAt:]
	}
	return b.note(t, ttl, start, at)
}

// push notes the record whose data was just written, from start on.
func (b *Builder) push(key Key, ttl TTL, start int, at place) error {
	if !key.Name.In(b.origin) {
		return fmt.Errorf("zone %s: %s is outside the zone", b.origin, key)
	}
	if key.Name.key != b.lastName {
		b.lastAt = uint32(b.names.Len())
		b.names.WriteString(key.Name.key)
		b.lastName = b.names.String()[b.lastAt:]
	}
	return b.note(key.Type, ttl, start, at)
}

// note notes a record at the last name.
func (b *Builder) note(t Type, ttl TTL, start int, at place) error {
	if b.data.Len() > math.MaxUint32 || b.names.Len() > math.MaxUint32 {
		return errZoneTooLarge
	}
	b.records = append(b.records, record{
		slot: slot{
			name: b.lastAt, nameSize: uint16(len(b.lastName)),
			data: uint32(start), size: uint32(b.data.Len() - start), ttl: ttl, typ: t,
		},
		seq: uint32(len(b.records)), place: at,
	})
	return nil
}

// grow makes room for as much as z has.
func (b *Builder) grow(z *Zone) {
	b.names.Grow(z.names.Len())
	b.data.Grow(z.data.Len())
	b.records = slices.Grow(b.records, len(z.index))
}

// Zone returns the zone. Records of one key make one RRset, with the TTL that came first; a record that came twice is there once.
// The Builder is empty afterwards.
func (b *Builder) Zone() *Zone {
	z, _, _ := b.build(false)
	return z
}

// finding is something about the records as they came that cannot be seen in the zone.
type finding struct {
	kind  findingKind
	key   Key
	first record // the record that counts
	other record // the one that is at odds with it
}

type findingKind int

const (
	duplicateRecord findingKind = iota + 1
	differentTTL
)

// build makes the zone and leaves b empty. With look it also returns the place of each RRset, in the zone's order, and what
// the zone cannot show of the records as they came.
func (b *Builder) build(look bool) (z *Zone, places []place, found []finding) {
	names, data := b.names.String(), b.data.String()
	order := func(x, y record) int {
		if x.name != y.name {
			if c := strings.Compare(x.nameIn(names), y.nameIn(names)); c != 0 {
				return c
			}
		}
		return cmp.Or(cmp.Compare(x.typ, y.typ), cmp.Compare(x.seq, y.seq))
	}
	if !slices.IsSortedFunc(b.records, order) {
		slices.SortFunc(b.records, order)
	}
	sets := 0
	for range runs(b.records, names) {
		sets++
	}
	z = NewZone(b.origin)
	z.index = make([]slot, 0, sets)
	if look {
		places = make([]place, 0, sets)
	}
	if sets == len(b.records) {
		// Nothing to merge: the arenas are the zone's as they are.
		z.names, z.data = b.names, b.data
	} else {
		z.names.Grow(len(names))
		z.data.Grow(len(data))
	}
	last := ""
	for run := range runs(b.records, names) {
		s := run[0].slot
		if sets < len(b.records) {
			if name := s.nameIn(names); name != last || len(z.index) == 0 {
				s.name = uint32(z.names.Len())
				z.names.WriteString(name)
				last = name
			} else {
				s.name = z.index[len(z.index)-1].name
			}
			at := z.data.Len()
			if look && len(found) < maxProblems {
				found = append(found, inspect(run, names, data)...)
			}
			mergeRun(z.data, run, data)
			s.data, s.size = uint32(at), uint32(z.data.Len()-at)
		}
		if look {
			places = append(places, run[0].place)
		}
		z.index = append(z.index, s)
		z.records += s.rrset(z.names.String(), z.data.String()).Len()
	}
	*b = *NewBuilder(b.origin)
	return z, places, found
}

// runs gives the parts of sorted records that have one key.
func runs(records []record, names string) iter.Seq[[]record] {
	return func(yield func([]record) bool) {
		for start := 0; start < len(records); {
			end := start + 1
			for end < len(records) && records[end].typ == records[start].typ && records[end].nameIn(names) == records[start].nameIn(names) {
				end++
			}
			if !yield(records[start:end:end]) {
				return
			}
			start = end
		}
	}
}

// mergeRun writes the RDATA of a run as one RRset has it: sorted and unique.
func mergeRun(dst *strings.Builder, run []record, data string) {
	if len(run) == 1 {
		dst.WriteString(run[0].dataIn(data))
		return
	}
	all := make([]string, 0, len(run))
	for _, r := range run {
		for rest := r.dataIn(data); rest != ""; {
			n := 2 + int(rest[0])<<8 + int(rest[1])
			all = append(all, rest[:n])
			rest = rest[n:]
		}
	}
	slices.SortFunc(all, func(a, b string) int { return strings.Compare(a[2:], b[2:]) })
	for _, rdata := range slices.Compact(all) {
		dst.WriteString(rdata)
	}
}

// inspect returns the duplicates and the differing TTLs among records of one key.
func inspect(run []record, names, data string) []finding {
	if len(run) == 1 {
		return nil
	}
	var found []finding
	key := run[0].rrset(names, data).Key
	seen := make(map[string]record, len(run))
	for _, r := range run {
		if first, ok := seen[r.dataIn(data)]; ok {
			found = append(found, finding{duplicateRecord, key, first, r})
			continue
		}
		seen[r.dataIn(data)] = r
		if r.ttl != run[0].ttl {
			found = append(found, finding{differentTTL, key, run[0], r})
		}
	}
	return found
}
