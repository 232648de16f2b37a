package preview

import (
	"encoding/binary"

	"github.com/miekg/dns"

	"github.com/zoneward/zoneward/zonefile"
)

// packer writes a message of at most limit octets.
type packer struct {
	octets []byte
	limit  int
	// names are where names are that later ones may point to (RFC 1035 §4.1.4).
	names map[zonefile.Name]int
}

// mostOffset is the largest offset that a pointer can have.
const mostOffset = 1<<14 - 1

// newPacker begins a message with an empty header and the question, if there is one.
func newPacker(q *query, limit int) *packer {
	p := &packer{octets: make([]byte, headerSize, 512), limit: limit, names: map[zonefile.Name]int{}}
	p.octets = append(p.octets, q.question...)
	if q.question != nil {
		// The names of the answer point to the question: they come back with its letter case.
		at := headerSize
		for name := q.key.Name; !name.IsRoot(); name = name.Parent() {
			p.names[name] = at
			at += 1 + int(p.octets[at])
		}
	}
	return p
}

// name appends a name, compressed.
func (p *packer) name(name zonefile.Name) {
	var buf [255]byte
	wire := name.AppendWire(buf[:0])
	for ; !name.IsRoot(); name = name.Parent() {
		if at, ok := p.names[name]; ok {
			p.octets = binary.BigEndian.AppendUint16(p.octets, 0xc000|uint16(at))
			return
		}
		if at := len(p.octets); at <= mostOffset {
			p.names[name] = at
		}
		size := 1 + int(wire[0])
		p.octets = append(p.octets, wire[:size]...)
		wire = wire[size:]
	}
	p.octets = append(p.octets, 0)
}

// rrset appends an RRset, and returns how many records that are: none if there is no room for all of them.
func (p *packer) rrset(set zonefile.RRset) (records int, ok bool) {
	before := len(p.octets)
	for rdata := range set.RDATA() {
		if !p.record(set.Key, set.TTL, rdata) {
			p.forget(before)
			return 0, false
		}
		records++
	}
	return records, true
}

// record appends a record, and reports whether there was room for it. If not, nothing is appended.
func (p *packer) record(key zonefile.Key, ttl zonefile.TTL, rdata string) bool {
	before := len(p.octets)
	p.name(key.Name)
	p.octets = binary.BigEndian.AppendUint16(p.octets, uint16(key.Type))
	p.octets = binary.BigEndian.AppendUint16(p.octets, dns.ClassINET)
	p.octets = binary.BigEndian.AppendUint32(p.octets, uint32(ttl))
	at := len(p.octets)
	p.octets = append(p.octets, 0, 0)
	p.rdata(key.Type, rdata)
	if len(p.octets) > p.limit {
		p.forget(before)
		return false
	}
	binary.BigEndian.PutUint16(p.octets[at:], uint16(len(p.octets)-at-2))
	return true
}

// forget takes back what was appended from an offset on.
func (p *packer) forget(from int) {
	p.octets = p.octets[:from]
	for name, at := range p.names {
		if at >= from {
			delete(p.names, name)
		}
	}
}

// rdata appends RDATA, with its names compressed in the types of RFC 1035, and in no others (RFC 3597 §4).
func (p *packer) rdata(t zonefile.Type, rdata string) {
	fixed, names := 0, 0 // octets in front of the names
	switch uint16(t) {
	case dns.TypeNS, dns.TypeMD, dns.TypeMF, dns.TypeCNAME, dns.TypeMB, dns.TypeMG, dns.TypeMR, dns.TypePTR:
		names = 1
	case dns.TypeSOA, dns.TypeMINFO:
		names = 2
	case dns.TypeMX:
		fixed, names = 2, 1
	}
	p.octets = append(p.octets, rdata[:fixed]...)
	rdata = rdata[fixed:]
	for range names {
		name, size, err := zonefile.NameFromWire([]byte(rdata))
		if err != nil {
			break // not what such a type has: it goes as it is
		}
		p.name(name)
		rdata = rdata[size:]
	}
	p.octets = append(p.octets, rdata...)
}
