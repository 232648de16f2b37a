package zonefile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"
)

// Builder collects records in any order and makes a [Zone] of them. It is what readers fill: adding a record costs a copy of its octets,
// and building another one, and a sort if the records did not come in order.
//
// The records are in chunks of octets as they came, so that none is moved while the Builder grows, and all that is known of a record is in one
// place. Records of one name in a row are a group, which begins with its size in four octets, that included, and the name below the origin
// behind its length in two. Each record is a head (see recordHead) and its RDATA.
type Builder struct {
	origin  Name
	chunks  [][]byte // the last one is chunk
	chunk   []byte
	group   int  // where the last group begins in chunk
	open    bool // the last group takes more records
	typ     Type // of the last record
	records int
	groups  int
	// What a zone of the records has at most: RRsets, and octets of names and data.
	sets, names, data int
	room              int    // octets that are expected
	owner             []byte // used again
}

// recordHead is how many octets are in front of RDATA: the line, the TTL, the rest of the place and the type of the record, and the length of the RDATA as in
// RRset.data. The type is at typeAt.
const (
	recordHead = 16
	typeAt     = 12
)

// Chunks have so many octets at least and at most. A group with one record fits into them.
const (
	leastChunk = 512
	mostChunk  = 1 << 20
)

// place is where something was stated: the file by its number in a File, the line, and the column in octets from 1, 0 if that is not known.
type place struct {
	line   uint32
	file   uint16
	column uint16
}

// noFile is the number of no file: that of a file that has too many before it.
const noFile = math.MaxUint16

// placeAt returns a place, in the file of that number. It has eight octets, as there are as many of them as records: a column that
// is too large for that is not known, and neither is a place in the 65,536th file of a zone.
func placeAt(file uint32, line, column int) place {
	if column > math.MaxUint16 {
		column = 0
	}
	return place{uint32(line), uint16(min(file, noFile)), uint16(column)}
}

// NewBuilder returns a Builder for a zone.
func NewBuilder(origin Name) *Builder {
	if origin.IsZero() {
		panic("zonefile: a zone without an origin")
	}
	return &Builder{origin: origin}
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
	if err := b.setOwner(s.Key); err != nil {
		return err
	}
	for data := s.data; data != ""; {
		var rdata string
		rdata, data = cutRDATA(data)
		room, err := b.begin(b.owner, s.Key.Type, s.TTL, len(rdata), place{})
		if err != nil {
			return err
		}
		copy(room, rdata)
	}
	return nil
}

// add is [Builder.Add] with canonical RDATA and the place where it was stated.
func (b *Builder) add(key Key, ttl TTL, rdata []byte, at place) error {
	if err := b.setOwner(key); err != nil {
		return err
	}
	return b.addKey(b.owner, key.Type, ttl, rdata, at)
}

// setOwner sets the owner to the name of a key, which must be in the zone.
func (b *Builder) setOwner(key Key) error {
	if !key.Name.In(b.origin) {
		return fmt.Errorf("zone %s: %s is outside the zone", b.origin, key)
	}
	b.owner = append(b.owner[:0], key.Name.key...)
	return nil
}

// addKey is [Builder.add] for an owner in the form of Name.key that is known to be in the zone.
func (b *Builder) addKey(owner []byte, t Type, ttl TTL, rdata []byte, at place) error {
	room, err := b.begin(owner, t, ttl, len(rdata), at)
	if err != nil {
		return err
	}
	copy(room, rdata)
	return nil
}

// begin writes what stands in front of RDATA of that size (see recordHead), and returns the room for that. It makes the chunk longer within its capacity, and appends
// nothing: appending octets writes a pointer, and each that is written is work for the garbage collector while it marks.
func (b *Builder) begin(owner []byte, t Type, ttl TTL, size int, at place) (room []byte, err error) {
	if b.data+2+size > math.MaxUint32 || b.names+len(owner) > math.MaxUint32 {
		return nil, errZoneTooLarge
	}
	name := owner[len(b.origin.key):]
	if !b.open || cap(b.chunk)-len(b.chunk) < recordHead+size || string(name) != string(b.name()) {
		b.beginGroup(name, size)
		b.sets++
	} else if t != b.typ {
		b.sets++
	}
	b.records++
	b.typ = t
	b.data += 2 + size
	start := len(b.chunk)
	b.chunk = b.chunk[:start+recordHead+size]
	head := b.chunk[start:][:recordHead]
	binary.LittleEndian.PutUint64(head, uint64(at.line)|uint64(ttl)<<32)
	binary.LittleEndian.PutUint64(head[8:], uint64(at.file)|uint64(at.column)<<16|uint64(t)<<32|uint64(bits.ReverseBytes16(uint16(size)))<<48)
	binary.LittleEndian.PutUint32(b.chunk[b.group:], uint32(len(b.chunk)-b.group))
	return b.chunk[start+recordHead:], nil
}

// groupHead is how many octets are in front of the name of a group.
const groupHead = 6

// name returns the name of the last group, below the origin.
func (b *Builder) name() []byte {
	head := b.chunk[b.group:]
	return head[groupHead:][:binary.LittleEndian.Uint16(head[4:])]
}

// beginGroup begins a group of that name, with room for a record with RDATA of that size.
func (b *Builder) beginGroup(name []byte, size int) {
	need := groupHead + len(name) + recordHead + size
	if cap(b.chunk)-len(b.chunk) < need {
		b.endChunk()
		room := min(max(b.room, leastChunk, 2*cap(b.chunk)), mostChunk)
		b.chunk = make([]byte, 0, max(room, need))
	}
	b.groups++
	b.group, b.open = len(b.chunk), true
	b.chunk = b.chunk[:b.group+groupHead+len(name)]
	head := b.chunk[b.group:]
	binary.LittleEndian.PutUint16(head[4:], uint16(len(name)))
	copy(head[groupHead:], name)
	b.names += len(b.origin.key) + len(name)
}

// endChunk puts the chunk to the others.
func (b *Builder) endChunk() {
	if len(b.chunk) > 0 {
		b.chunks = append(b.chunks, b.chunk)
	}
	b.open = false
}

// expect says how many octets the records that are added have about, with what the Builder has of them besides.
func (b *Builder) expect(octets int) { b.room = octets }

// record is a record as it is in a chunk.
type record struct {
	typ   Type // 0 if it was taken away
	ttl   TTL
	place place
	data  []byte // as in RRset.data
}

// cutRecord splits what is in a chunk behind its first record.
func cutRecord(octets []byte) (r record, rest []byte) {
	end := recordHead + int(binary.BigEndian.Uint16(octets[14:]))
	first, second := binary.LittleEndian.Uint64(octets), binary.LittleEndian.Uint64(octets[8:])
	return record{
		typ:   Type(second >> 32),
		ttl:   TTL(first >> 32),
		place: place{line: uint32(first), file: uint16(second), column: uint16(second >> 16)},
		data:  octets[recordHead-2 : end],
	}, octets[end:]
}

// cutGroup splits what is in a chunk behind its first group.
func cutGroup(octets []byte) (name, records, rest []byte) {
	end := binary.LittleEndian.Uint32(octets)
	size := int(binary.LittleEndian.Uint16(octets[4:]))
	return octets[groupHead : groupHead+size], octets[groupHead+size : end], octets[end:]
}

// mark is a place in a Builder, between two records.
type mark struct{ chunks, octets int }

// mark returns the place behind the last record.
func (b *Builder) mark() mark {
	b.open = false
	return mark{len(b.chunks), len(b.chunk)}
}

// dropSince takes away the records behind a mark of which drop says so.
func (b *Builder) dropSince(m mark, drop func(Key, place) bool) {
	for i, chunk := range append(b.chunks[m.chunks:len(b.chunks):len(b.chunks)], b.chunk) {
		if i == 0 {
			chunk = chunk[m.octets:]
		}
		for len(chunk) > 0 {
			var name, records []byte
			name, records, chunk = cutGroup(chunk)
			owner := Name{b.origin.key + string(name)}
			for len(records) > 0 {
				r, rest := cutRecord(records)
				if drop(Key{owner, r.typ}, r.place) {
					binary.LittleEndian.PutUint16(records[typeAt:], 0)
					b.records--
				}
				records = rest
			}
		}
	}
}

// Zone returns the zone. Records of one key make one RRset, with the TTL that came first; a record that came twice is there once.
// The Builder is empty afterwards.
func (b *Builder) Zone() *Zone {
	z, _, _, _ := b.build(false)
	return z
}
