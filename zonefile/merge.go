package zonefile

import (
	"bytes"
	"cmp"
	"slices"
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
	b.endChunk()
	m := merger{chunks: b.chunks, count: b.groups, zone: NewZone(b.origin), look: look}
	m.zone.names.Grow(b.names)
	m.zone.data.Grow(b.data)
	m.zone.index = make([]slot, 0, b.sets)
	if look {
		m.places = make([]place, 0, b.sets)
	}
	*b = *NewBuilder(b.origin)
	m.merge()
	return m.zone, m.places, m.found, m.more
}

// merger makes a zone of the records of a Builder.
type merger struct {
	chunks [][]byte
	count  int // of the groups in the chunks
	zone   *Zone
	look   bool
	places []place
	found  []finding
	more   int      // findings that were only counted
	rdata  [][]byte // of one RRset, each behind its length
}

// merge copies the records to the zone, in order.
func (m *merger) merge() {
	groups := m.groups()
	m.sort(groups)
	var ofName []record
	for len(groups) > 0 {
		name, records := m.content(groups[0])
		ofName = appendRecords(ofName[:0], records)
		for groups = groups[1:]; len(groups) > 0; groups = groups[1:] {
			other, records := m.content(groups[0])
			if !bytes.Equal(other, name) {
				break
			}
			ofName = appendRecords(ofName, records)
		}
		if len(ofName) > 0 {
			m.mergeName(name, ofName)
		}
	}
	if cap(m.zone.index) > 2*len(m.zone.index) {
		// Records of the same RRsets were far apart.
		m.zone.index, m.places = slices.Clip(slices.Clone(m.zone.index)), slices.Clip(slices.Clone(m.places))
	}
}

// appendRecords appends the records of a group.
func appendRecords(dst []record, octets []byte) []record {
	for len(octets) > 0 {
		var r record
		if r, octets = cutRecord(octets); r.typ != 0 {
			dst = append(dst, r)
		}
	}
	return dst
}

// mergeName adds the RRsets of one name to the zone, given by its part below the origin and its records, which it sorts.
func (m *merger) mergeName(name []byte, records []record) {
	z := m.zone
	s := slot{name: uint32(z.names.Len()), nameSize: uint16(len(z.origin.key) + len(name))}
	z.names.WriteString(z.origin.key)
	z.names.Write(name)
	names := z.names.String()
	sortByType(records)
	for rest := records; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].typ == rest[0].typ {
			n++
		}
		s.typ, s.ttl, s.data = rest[0].typ, rest[0].ttl, uint32(z.data.Len())
		m.mergeSet(s, rest[:n])
		s.size = uint32(z.data.Len()) - s.data
		z.index = append(z.index, s)
		if m.look {
			m.places = append(m.places, rest[0].place)
			if s.size > maxData {
				// Kept however many there are of the others: this one is an error.
				m.found = append(m.found, finding{tooMuchData, s.key(names), rest[0], rest[n-1]})
			}
		}
		rest = rest[n:]
	}
}

// sortByType brings records into the order of their types, those of one type in the order that they came. There are seldom more than a few.
func sortByType(records []record) {
	if len(records) > 16 {
		slices.SortStableFunc(records, func(a, b record) int { return cmp.Compare(a.typ, b.typ) })
		return
	}
	for i := 1; i < len(records); i++ {
		if records[i-1].typ <= records[i].typ {
			continue
		}
		r, j := records[i], i
		for ; j > 0 && records[j-1].typ > r.typ; j-- {
			records[j] = records[j-1]
		}
		records[j] = r
	}
}

// mergeSet writes the RDATA of records of one key as one RRset has it: sorted and unique.
func (m *merger) mergeSet(s slot, set []record) {
	z := m.zone
	if isOrdered(set) {
		for i := range set {
			z.data.Write(set[i].data)
		}
		z.records += len(set)
		return
	}
	m.rdata = m.rdata[:0]
	odd := false // there is something to find
	for i := range set {
		odd = odd || set[i].ttl != set[0].ttl
		m.rdata = append(m.rdata, set[i].data)
	}
	slices.SortFunc(m.rdata, compareRDATA)
	unique := slices.CompactFunc(m.rdata, bytes.Equal)
	for _, rdata := range unique {
		z.data.Write(rdata)
	}
	z.records += len(unique)
	if m.look && (odd || len(unique) < len(set)) {
		m.inspect(s.key(z.names.String()), set)
	}
}

// compareRDATA orders RDATA behind their lengths (RFC 4034 §6.3).
func compareRDATA(a, b []byte) int { return bytes.Compare(a[2:], b[2:]) }

// isOrdered reports whether records of one key are those of an RRset as they are: in order, none twice, with one TTL.
func isOrdered(set []record) bool {
	for i := 1; i < len(set); i++ {
		if set[i].ttl != set[0].ttl || compareRDATA(set[i-1].data, set[i].data) >= 0 {
			return false
		}
	}
	return true
}

// inspect notes the duplicates and the differing TTLs among records of one key.
func (m *merger) inspect(key Key, set []record) {
	seen := make(map[string]record, len(set))
	for _, r := range set {
		if first, ok := seen[string(r.data)]; ok {
			m.find(finding{duplicateRecord, key, first, r})
			continue
		}
		seen[string(r.data)] = r
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
