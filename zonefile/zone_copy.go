package zonefile

import "sort"

// copier copies a zone from its beginning to its end, with others of its RRsets. It copies what stays in runs, so that few changes cost little more than
// copying the octets.
type copier struct {
	from        *Zone
	names, data string
	next        int // the first RRset of from that is not copied
	to          *Zone
}

// newCopier returns a copier of z with room for some more RRsets.
func newCopier(z *Zone, more int) *copier {
	c := &copier{from: z, names: z.names.String(), data: z.data.String(), to: NewZone(z.origin)}
	c.to.names.Grow(len(c.names))
	c.to.data.Grow(len(c.data))
	c.to.index = make([]slot, 0, len(z.index)+more)
	c.to.records = z.records
	return c
}

// copyUpTo copies the RRsets before that key, and reports whether the next one has it.
func (c *copier) copyUpTo(key Key) bool {
	rest := c.from.index[c.next:]
	before := func(i int) bool { return rest[i].key(c.names).Compare(key) < 0 }
	bound := 1
	for bound < len(rest) && before(bound) { // the next change is seldom far
		bound *= 2
	}
	n := sort.Search(min(bound, len(rest)), func(i int) bool { return !before(i) })
	c.copy(c.next + n)
	return n < len(rest) && rest[n].key(c.names) == key
}

// skip leaves out the next RRset.
func (c *copier) skip() {
	c.to.records -= countRDATA(c.from.index[c.next].dataIn(c.data))
	c.next++
}

// add adds another RRset.
func (c *copier) add(s RRset) {
	if err := c.to.push(s); err != nil {
		panic("zonefile: " + err.Error())
	}
}

// copyRest copies the RRsets that are left.
func (c *copier) copyRest() { c.copy(len(c.from.index)) }

// copy copies the RRsets up to an index.
func (c *copier) copy(end int) {
	for c.next < end {
		run := c.from.index[c.next:end]
		first, n := run[0], 1
		for n < len(run) && run[n].follows(run[n-1]) {
			n++
		}
		last := run[n-1]
		to := c.to
		names, data := uint32(to.names.Len())-first.name, uint32(to.data.Len())-first.data // modulo 2^32
		to.names.WriteString(c.names[first.name : last.name+uint32(last.nameSize)])
		to.data.WriteString(c.data[first.data : last.data+last.size])
		for _, s := range run[:n] {
			s.name += names
			s.data += data
			to.index = append(to.index, s)
		}
		c.next += n
	}
}

// follows reports whether the octets of s are right behind those of another RRset.
func (s slot) follows(other slot) bool {
	return s.data == other.data+other.size && (s.name == other.name || s.name == other.name+uint32(other.nameSize))
}

// push adds an RRset behind the others.
func (z *Zone) push(s RRset) error {
	if err := z.check(s); err != nil {
		return err
	}
	z.index = append(z.index, slot{
		name: uint32(z.names.Len()), nameSize: uint16(len(s.Key.Name.key)), data: uint32(z.data.Len()), size: uint32(len(s.data)), ttl: s.TTL, typ: s.Key.Type,
	})
	z.names.WriteString(s.Key.Name.key)
	z.data.WriteString(s.data)
	z.records += s.Len()
	return nil
}
