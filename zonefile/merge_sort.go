package zonefile

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
)

// group is where records of one name in a row are. Sorting groups is cheaper than sorting records.
type group struct {
	// prefix is eight octets of the name, at first those below the origin, with zeros behind its end. The order of names that differ in it is their
	// order. A name that ends within it is no other name's beginning there, as each label ends with a zero and none is empty.
	prefix uint64
	second uint64 // the eight octets behind those below the origin: most names differ in one of the two, and need not be looked up
	chunk  uint32
	at     uint32 // where it begins in the chunk
}

// groups returns the groups of the records in the order that they came.
func (m *merger) groups() []group {
	groups := make([]group, 0, m.count)
	for i, chunk := range m.chunks {
		for rest := chunk; len(rest) > 0; {
			at := uint32(len(chunk) - len(rest))
			var name []byte
			name, _, rest = cutGroup(rest)
			groups = append(groups, group{prefixOf(name, 0), prefixOf(name, 8), uint32(i), at})
		}
	}
	return groups
}

// content returns the name of a group, below the origin, and its records.
func (m *merger) content(g group) (name, records []byte) {
	name, records, _ = cutGroup(m.chunks[g.chunk][g.at:])
	return name, records
}

// prefixOf returns eight octets of a name from an index on.
func prefixOf(name []byte, from int) uint64 {
	if from+8 <= len(name) {
		return binary.BigEndian.Uint64(name[from:])
	}
	var octets [8]byte
	copy(octets[:], name[min(from, len(name)):])
	return binary.BigEndian.Uint64(octets[:])
}

// sort brings groups into the canonical order of their names, those of one name into the order that they came. It may change the prefixes.
func (m *merger) sort(groups []group) {
	if !slices.IsSortedFunc(groups, m.compare) {
		m.sortFrom(groups, 0, 56)
	}
}

// compare orders groups by their names, those of one name as they came. Their prefixes are of the same octets.
func (m *merger) compare(a, b group) int {
	if c := cmp.Or(cmp.Compare(a.prefix, b.prefix), cmp.Compare(a.second, b.second)); c != 0 {
		return c
	}
	first, _ := m.content(a)
	other, _ := m.content(b)
	return cmp.Or(bytes.Compare(first, other), cmp.Compare(a.chunk, b.chunk), cmp.Compare(a.at, b.at))
}

// fewGroups is how many groups are sorted by insertion.
const fewGroups = 48

// sortFrom sorts groups whose prefixes are those from an octet of their names on, below the origin. The octets before are equal, and of the prefixes those above
// the one at shift. It is an American flag sort: it counts the octets, swaps each group to where those with its octet go, and does the same with the next
// octet of those. It needs no memory, and its time goes with the number of groups.
func (m *merger) sortFrom(groups []group, from, shift int) {
	switch {
	case len(groups) <= fewGroups:
		m.insert(groups)
		return
	case shift < 0:
		m.sortEqual(groups, from+8)
		return
	}
	var counts, next, end [256]uint32
	for i := range groups {
		counts[byte(groups[i].prefix>>shift)]++
	}
	if at := uint32(0); counts[byte(groups[0].prefix>>shift)] < uint32(len(groups)) {
		for c, n := range counts {
			next[c] = at
			at += n
			end[c] = at
		}
		for c := range counts {
			for next[c] < end[c] {
				g := groups[next[c]]
				for to := byte(g.prefix >> shift); int(to) != c; to = byte(g.prefix >> shift) {
					g, groups[next[to]] = groups[next[to]], g
					next[to]++
				}
				groups[next[c]] = g
				next[c]++
			}
		}
	}
	for start := 0; start < len(groups); {
		n := int(counts[byte(groups[start].prefix>>shift)])
		m.sortFrom(groups[start:start+n], from, shift-8)
		start += n
	}
}

// sortEqual sorts groups whose names are equal up to an octet.
func (m *merger) sortEqual(groups []group, from int) {
	longer := false
	for i := range groups {
		if groups[i].prefix = groups[i].second; from > 8 {
			name, _ := m.content(groups[i])
			groups[i].prefix = prefixOf(name, from)
		}
		longer = longer || groups[i].prefix != 0
	}
	if longer {
		m.sortFrom(groups, from, 56)
		return
	}
	slices.SortFunc(groups, m.compare)
}

// insert sorts a few groups.
func (m *merger) insert(groups []group) {
	for i := 1; i < len(groups); i++ {
		g, j := groups[i], i
		for ; j > 0; j-- {
			before := &groups[j-1]
			if before.prefix < g.prefix || before.prefix == g.prefix && (before.second < g.second || before.second == g.second && m.compare(*before, g) < 0) {
				break
			}
			groups[j] = *before
		}
		groups[j] = g
	}
}
