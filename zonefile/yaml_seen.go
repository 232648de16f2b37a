package zonefile

import (
	"hash/maphash"
	"math"
	"math/bits"
)

// textSet knows texts by their hashes, which is far less to look at than a map of them.
type textSet struct {
	seed   maphash.Seed
	hashes []uint64 // by their lowest bits; 0 is free
	used   int
}

// newTextSet returns a set that has room for about so many texts.
func newTextSet(room int) *textSet {
	return &textSet{seed: maphash.MakeSeed(), hashes: make([]uint64, 1<<bits.Len(uint(2*room+16)))}
}

// add adds a text, and reports false if it may be there.
func (s *textSet) add(text string) bool {
	if 2*s.used > len(s.hashes) {
		old := s.hashes
		s.hashes = make([]uint64, 2*len(old))
		for _, hash := range old {
			if hash != 0 {
				s.put(hash)
			}
		}
	}
	s.used++
	return s.put(max(maphash.String(s.seed, text), 1))
}

func (s *textSet) put(hash uint64) bool {
	last := uint64(len(s.hashes) - 1)
	for at := hash & last; ; at = (at + 1) & last {
		switch s.hashes[at] {
		case 0:
			s.hashes[at] = hash
			return true
		case hash:
			return false
		}
	}
}

// statedKeys knows where RRsets were stated.
type statedKeys struct {
	seed   maphash.Seed
	slots  []uint64 // the upper half of a hash, and the number of what has it, from 1; 0 is free
	stated []statedKey
	count  int // of all that were added
}

type statedKey struct {
	key Key
	at  yamlPlace
}

// fewSlots is how many slots there are for the RRsets of one name.
const fewSlots = 32

func newStatedKeys() *statedKeys {
	return &statedKeys{seed: maphash.MakeSeed(), slots: make([]uint64, fewSlots)}
}

// forget forgets what was stated: it is not stated again.
func (s *statedKeys) forget() {
	if len(s.slots) > fewSlots {
		s.slots = make([]uint64, fewSlots)
	} else if len(s.stated) > 0 {
		clear(s.slots)
	}
	s.stated = s.stated[:0]
}

// add notes where a key is stated, and returns the first place where it was before, and whether there is one.
func (s *statedKeys) add(key Key, at yamlPlace) (first yamlPlace, again bool) {
	if 2*len(s.stated) >= len(s.slots) {
		s.slots = make([]uint64, 2*len(s.slots))
		for i, stated := range s.stated {
			*s.free(s.hash(stated.key)) = slotOf(s.hash(stated.key), i)
		}
	}
	hash := s.hash(key)
	slot := s.slot(hash, func(i int) bool { return s.stated[i].key == key })
	if *slot != 0 {
		return s.stated[*slot&math.MaxUint32-1].at, true
	}
	s.count++
	*slot = slotOf(hash, len(s.stated))
	s.stated = append(s.stated, statedKey{key, at})
	return yamlPlace{}, false
}

func (s *statedKeys) hash(key Key) uint64 {
	return maphash.String(s.seed, key.Name.key) ^ uint64(key.Type)*0x9e3779b97f4a7c15 // any odd number: it spreads the type over the bits
}

// slotOf returns what the slot of the key of that number has, from 0.
func slotOf(hash uint64, number int) uint64 { return hash&^math.MaxUint32 | uint64(number+1) }

// slot returns the slot of a key with a hash, of which same knows the number, or a free one.
func (s *statedKeys) slot(hash uint64, same func(number int) bool) *uint64 {
	last := uint64(len(s.slots) - 1)
	for at := hash & last; ; at = (at + 1) & last {
		slot := &s.slots[at]
		if *slot == 0 || *slot>>32 == hash>>32 && same(int(*slot&math.MaxUint32)-1) {
			return slot
		}
	}
}

// free returns a free slot for a key with a hash.
func (s *statedKeys) free(hash uint64) *uint64 {
	return s.slot(hash, func(int) bool { return false })
}
