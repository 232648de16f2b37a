package zonefile

import (
	"errors"
	"fmt"
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
		place: at,
	})
	return nil
}

// grow makes room for so many octets of names and of data, and records.
func (b *Builder) grow(names, data, records int) {
	b.names.Grow(names)
	b.data.Grow(data)
	b.records = slices.Grow(b.records, records)
}

// Zone returns the zone. Records of one key make one RRset, with the TTL that came first; a record that came twice is there once.
// The Builder is empty afterwards.
func (b *Builder) Zone() *Zone {
	z, _, _, _ := b.build(false)
	return z
}
