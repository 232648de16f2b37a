package zonefile

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
)

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
	tooMuchData
)

// build makes the zone and leaves b empty. With look it also returns the place of each RRset, in the zone's order, what the zone
// cannot show of the records as they came, and how many findings of that kind there are more.
func (b *Builder) build(look bool) (z *Zone, places []place, found []finding, more int) {
	m := merger{names: b.names.String(), data: b.data.String(), zone: NewZone(b.origin), look: look}
	if m.isZone(b.records) {
		m.take(b)
	} else {
		m.merge(b.records)
	}
	*b = *NewBuilder(b.origin)
	return m.zone, m.places, m.found, m.more
}

// merger makes a zone of the records of a Builder.
type merger struct {
	names, data string // the arenas that the records are in
	zone        *Zone
	look        bool
	places      []place
	found       []finding
	more        int      // findings that were only counted
	ofName      []record // of one name
	rdata       []string // of one RRset
}

// isZone reports whether the records are RRsets in order as they are.
func (m *merger) isZone(records []record) bool {
	for i := 1; i < len(records); i++ {
		x, y := records[i-1], records[i]
		order := 0
		if x.name != y.name {
			order = strings.Compare(x.nameIn(m.names), y.nameIn(m.names))
		}
		if order > 0 || order == 0 && x.typ >= y.typ {
			return false
		}
	}
	return true
}

// take makes the arenas of b those of the zone.
func (m *merger) take(b *Builder) {
	z := m.zone
	z.names, z.data = b.names, b.data
	z.index = make([]slot, len(b.records))
	for i, r := range b.records {
		z.index[i] = r.slot
		z.records += countRDATA(r.dataIn(m.data))
	}
	if m.look {
		m.places = make([]place, len(b.records))
		for i, r := range b.records {
			m.places[i] = r.place
		}
	}
}

// merge copies the records to the arenas of the zone, in order.
func (m *merger) merge(records []record) {
	m.zone.names.Grow(len(m.names))
	m.zone.data.Grow(len(m.data))
	m.zone.index = make([]slot, 0, len(records))
	groups := m.group(records)
	for len(groups) > 0 {
		n := 1
		for n < len(groups) && m.compare(records, groups[0], groups[n]) == 0 {
			n++
		}
		m.ofName = m.ofName[:0]
		for _, g := range groups[:n] {
			m.ofName = append(m.ofName, records[g.first:g.first+g.count]...)
		}
		m.mergeName()
		groups = groups[n:]
	}
	// There may be far fewer RRsets than records.
	m.zone.index = slices.Clip(slices.Clone(m.zone.index))
	m.places = slices.Clone(m.places)
}

// group is records of one name in a row. Sorting groups is cheaper than sorting records.
type group struct {
	prefix uint64 // what the name begins with below the origin: most names differ there
	first  uint32 // index of the first record
	count  uint32
}

// group returns the groups of records in canonical order of their names, those of the same name in the order that they came.
func (m *merger) group(records []record) []group {
	groups := make([]group, 0, len(records))
	origin := len(m.zone.origin.key)
	for i, r := range records {
		if i > 0 && r.name == records[i-1].name {
			groups[len(groups)-1].count++
			continue
		}
		var prefix [8]byte
		copy(prefix[:], r.nameIn(m.names)[origin:])
		groups = append(groups, group{binary.BigEndian.Uint64(prefix[:]), uint32(i), 1})
	}
	order := func(a, b group) int {
		if c := m.compare(records, a, b); c != 0 {
			return c
		}
		return cmp.Compare(a.first, b.first)
	}
	if !slices.IsSortedFunc(groups, order) {
		slices.SortFunc(groups, order)
	}
	return groups
}

// compare orders the names of two groups.
func (m *merger) compare(records []record, a, b group) int {
	if a.prefix != b.prefix {
		return cmp.Compare(a.prefix, b.prefix)
	}
	return strings.Compare(records[a.first].nameIn(m.names), records[b.first].nameIn(m.names))
}

// mergeName adds the RRsets of one name to the zone.
func (m *merger) mergeName() {
	byType := func(a, b record) int { return cmp.Compare(a.typ, b.typ) }
	if !slices.IsSortedFunc(m.ofName, byType) {
		slices.SortStableFunc(m.ofName, byType)
	}
	z := m.zone
	name := m.ofName[0].nameIn(m.names)
	at := uint32(z.names.Len())
	z.names.WriteString(name)
	for rest := m.ofName; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].typ == rest[0].typ {
			n++
		}
		s := rest[0].slot
		s.name, s.data = at, uint32(z.data.Len())
		m.mergeSet(rest[:n])
		s.size = uint32(z.data.Len()) - s.data
		if m.look && s.size > maxData {
			// Kept however many there are of the others: this one is an error.
			m.found = append(m.found, finding{tooMuchData, rest[0].rrset(m.names, m.data).Key, rest[0], rest[n-1]})
		}
		z.index = append(z.index, s)
		if m.look {
			m.places = append(m.places, rest[0].place)
		}
		rest = rest[n:]
	}
}

// mergeSet writes the RDATA of records of one key as one RRset has it: sorted and unique.
func (m *merger) mergeSet(set []record) {
	z := m.zone
	if len(set) == 1 {
		data := set[0].dataIn(m.data)
		z.data.WriteString(data)
		z.records += countRDATA(data)
		return
	}
	m.rdata = m.rdata[:0]
	odd := false // there is something to find
	for _, r := range set {
		odd = odd || r.ttl != set[0].ttl
		for rest := r.dataIn(m.data); rest != ""; {
			n := 2 + int(rest[0])<<8 + int(rest[1])
			m.rdata = append(m.rdata, rest[:n])
			rest = rest[n:]
		}
	}
	slices.SortFunc(m.rdata, func(a, b string) int { return strings.Compare(a[2:], b[2:]) })
	unique := slices.Compact(m.rdata)
	for _, rdata := range unique {
		z.data.WriteString(rdata)
	}
	z.records += len(unique)
	if m.look && (odd || len(unique) < len(m.rdata)) {
		m.inspect(set)
	}
}

// inspect notes the duplicates and the differing TTLs among records of one key.
func (m *merger) inspect(set []record) {
	key := set[0].rrset(m.names, m.data).Key
	seen := make(map[string]record, len(set))
	for _, r := range set {
		if first, ok := seen[r.dataIn(m.data)]; ok {
			m.find(finding{duplicateRecord, key, first, r})
			continue
		}
		seen[r.dataIn(m.data)] = r
		if r.ttl != set[0].ttl {
			m.find(finding{differentTTL, key, set[0], r})
		}
	}
}

// find keeps a finding, if there are not too many of them.
func (m *merger) find(x finding) {
	if len(m.found) >= maxProblems {
		m.more++
		return
	}
	m.found = append(m.found, x)
}
