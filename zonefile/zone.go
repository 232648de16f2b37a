package zonefile

import (
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"
)

// Zone is the RRsets of one zone in canonical order: by owner name (RFC 4034 §6.1), then by type number.
// It may be read concurrently while nobody calls Put or Delete. The zero Zone is not usable, see [NewZone] and [Builder].
//
// A zone of a million records is held in two arenas of octets and an index of 20 octets an RRset, about 60 octets a record in all.
// What the methods return points into the arenas, which never change; a caller that keeps some of it for long takes [RRset.Clone].
type Zone struct {
	origin  Name
	names   *strings.Builder // owner names as in Name.key; consecutive RRsets share one
	data    *strings.Builder // RDATA as in RRset.data
	index   []slot           // in order
	records int
}

// slot is the place of one RRset in the arenas.
type slot struct {
	name, data uint32 // offsets
	size       uint32 // octets in data
	ttl        TTL
	nameSize   uint16
	typ        Type
}

// NewZone returns an empty zone.
func NewZone(origin Name) *Zone {
	if origin.IsZero() {
		panic("zonefile: a zone without an origin")
	}
	return &Zone{origin: origin, names: new(strings.Builder), data: new(strings.Builder)}
}

// ZoneOf returns a zone with the given RRsets. It is an error if one of them is outside the zone, or a key comes twice.
func ZoneOf(origin Name, sets ...RRset) (*Zone, error) {
	z := NewZone(origin)
	for _, s := range sets {
		if z.Has(s.Key) {
			return nil, fmt.Errorf("zone %s: RRset %s comes twice", origin, s.Key)
		}
		if err := z.Put(s); err != nil {
			return nil, err
		}
	}
	return z, nil
}

// Origin returns the name of the zone's apex.
func (z *Zone) Origin() Name { return z.origin }

// Len returns the number of RRsets.
func (z *Zone) Len() int { return len(z.index) }

// Records returns the number of records.
func (z *Zone) Records() int { return z.records }

// All gives the RRsets in canonical order.
func (z *Zone) All() iter.Seq[RRset] {
	return func(yield func(RRset) bool) {
		names, data := z.names.String(), z.data.String()
		for _, s := range z.index {
			if !yield(s.rrset(names, data)) {
				return
			}
		}
	}
}

// At gives the RRsets of one owner name, by type.
func (z *Zone) At(name Name) iter.Seq[RRset] {
	return func(yield func(RRset) bool) {
		i, _ := z.find(Key{name, 0})
		names, data := z.names.String(), z.data.String()
		for ; i < len(z.index) && z.index[i].nameIn(names) == name.key; i++ {
			if !yield(z.index[i].rrset(names, data)) {
				return
			}
		}
	}
}

// HasName reports whether there is an RRset at name, or below it (an empty non-terminal: RFC 8499 §7).
func (z *Zone) HasName(name Name) bool {
	i, _ := z.find(Key{name, 0})
	return i < len(z.index) && strings.HasPrefix(z.index[i].nameIn(z.names.String()), name.key)
}

// Has reports whether the zone has an RRset of that key.
func (z *Zone) Has(key Key) bool {
	_, ok := z.find(key)
	return ok
}

// Get returns the RRset of that key, and whether there is one.
func (z *Zone) Get(key Key) (RRset, bool) {
	i, ok := z.find(key)
	if !ok {
		return RRset{}, false
	}
	return z.index[i].rrset(z.names.String(), z.data.String()), true
}

// Put adds s, or puts it in the place of the RRset with the same key. It is an error if its name is outside the zone, or the zone
// gets larger than 4 GiB. It moves what comes after: a [Builder] fills a large zone faster.
func (z *Zone) Put(s RRset) error {
	if err := z.check(s); err != nil {
		return err
	}
	i, found := z.find(s.Key)
	put := slot{data: uint32(z.data.Len()), size: uint32(len(s.data)), ttl: s.TTL, typ: s.Key.Type}
	if found {
		// The name stays where it is: a File may look for it there.
		put.name, put.nameSize = z.index[i].name, z.index[i].nameSize
		z.records -= z.index[i].rrset(z.names.String(), z.data.String()).Len()
	} else {
		put.name, put.nameSize = uint32(z.names.Len()), uint16(len(s.Key.Name.key))
		z.names.WriteString(s.Key.Name.key)
		z.index = slices.Insert(z.index, i, slot{})
	}
	z.index[i] = put
	z.data.WriteString(s.data)
	z.records += s.Len()
	return nil
}

// check returns an error if s cannot be put into the zone.
func (z *Zone) check(s RRset) error {
	if s.data == "" || !s.Key.Name.In(z.origin) {
		return fmt.Errorf("zone %s: RRset %s is empty or outside the zone", z.origin, s.Key)
	}
	if z.names.Len()+len(s.Key.Name.key) > math.MaxUint32 || z.data.Len()+len(s.data) > math.MaxUint32 {
		return fmt.Errorf("zone %s: larger than 4 GiB", z.origin)
	}
	return nil
}

// Delete removes the RRset of that key, and reports whether there was one. Its place in the arenas is not freed: [Zone.Clone] frees it.
func (z *Zone) Delete(key Key) bool {
	i, found := z.find(key)
	if found {
		z.records -= z.index[i].rrset(z.names.String(), z.data.String()).Len()
		z.index = slices.Concat(z.index[:i], z.index[i+1:]) // a File may look at the old index
	}
	return found
}

// Clone returns a copy that shares nothing with z.
func (z *Zone) Clone() *Zone { return z.With(nil) }

// With returns a copy of z with changes made: the New of each change is put, and where there is none the Old is deleted.
// Its cost is that of a copy, however many changes there are. The changes may be in any order. Of several changes of one key the last New
// counts, also if another of them deletes the RRset, and it never merges with what was there. A New outside the zone panics.
func (z *Zone) With(changes []Change) *Zone {
	sorted := slices.Clone(changes)
	slices.SortStableFunc(sorted, func(a, b Change) int { return a.Key().Compare(b.Key()) })
	c := newCopier(z, len(sorted))
	for i := 0; i < len(sorted); {
		key := sorted[i].Key()
		found := c.copyUpTo(key)
		if found {
			c.skip()
		}
		var left *RRset
		for ; i < len(sorted) && sorted[i].Key() == key; i++ {
			if sorted[i].New != nil {
				left = sorted[i].New
			}
		}
		if left != nil {
			c.add(*left)
		}
	}
	c.copyRest()
	return c.to
}

// Equal reports whether both zones have the same origin and RRsets.
func (z *Zone) Equal(other *Zone) bool {
	if z.origin != other.origin || len(z.index) != len(other.index) || z.records != other.records {
		return false
	}
	for range Diff(z, other) {
		return false
	}
	return true
}

// find returns where the RRset of that key is in the index, or would be.
func (z *Zone) find(key Key) (int, bool) {
	names := z.names.String()
	return slices.BinarySearchFunc(z.index, key, func(s slot, key Key) int {
		if c := strings.Compare(s.nameIn(names), key.Name.key); c != 0 {
			return c
		}
		return int(s.typ) - int(key.Type)
	})
}

func (s slot) nameIn(names string) string { return names[s.name : s.name+uint32(s.nameSize)] }

// sameName reports whether two RRsets have one name. Neighbours share its octets, but for those that Put has added.
func (s slot) sameName(other slot, names string) bool {
	return s.name == other.name || s.nameIn(names) == other.nameIn(names)
}

func (s slot) key(names string) Key { return Key{Name{s.nameIn(names)}, s.typ} }

func (s slot) dataIn(data string) string { return data[s.data : s.data+s.size] }

func (s slot) rrset(names, data string) RRset {
	return RRset{s.key(names), s.ttl, s.dataIn(data)}
}
