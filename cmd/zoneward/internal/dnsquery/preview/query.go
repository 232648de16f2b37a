package preview

import (
	"encoding/binary"

	"github.com/miekg/dns"

	"github.com/zoneward/zoneward/zonefile"
)

// headerSize is the length of a message's header (RFC 1035 §4.1.1).
const headerSize = 12

// The bits of the second word of a header.
const (
	flagQR            = 1 << 15
	maskOpcode        = 0xf << 11
	flagAA            = 1 << 10
	flagTC            = 1 << 9
	flagRD            = 1 << 8
	flagCD            = 1 << 4
	flagDO     uint32 = 1 << 15 // of the TTL of an OPT
)

// query is a message that asks something.
type query struct {
	id, flags uint16
	// question is the question's octets, as they came: with the letter case that the answer has to have, too (draft-vixie-dnsext-dns0x20).
	question []byte
	key      zonefile.Key
	class    uint16
	edns     *edns // nil if there is no OPT
	signed   bool  // there is a TSIG or a SIG(0)
}

// edns is what the OPT of a query says (RFC 6891 §6.1).
type edns struct {
	size    uint16
	version uint8
	do      bool
}

// opcode returns what kind of query it is.
func (q *query) opcode() int { return int(q.flags & maskOpcode >> 11) }

// reader reads a message. Once something is not there it has failed, and reads zeros.
type reader struct {
	octets []byte
	at     int
	failed bool
}

// take returns the next n octets.
func (r *reader) take(n int) []byte {
	if r.failed || n > len(r.octets)-r.at {
		r.failed = true
		return make([]byte, n)
	}
	r.at += n
	return r.octets[r.at-n : r.at]
}

func (r *reader) uint8() uint8   { return r.take(1)[0] }
func (r *reader) uint16() uint16 { return binary.BigEndian.Uint16(r.take(2)) }
func (r *reader) uint32() uint32 { return binary.BigEndian.Uint32(r.take(4)) }

// skipName goes behind a name, and reports whether it is the root. Nobody needs the others, so no pointer is followed.
func (r *reader) skipName() (root bool) {
	for first := true; !r.failed; first = false {
		switch size := r.uint8(); {
		case size == 0:
			return first
		case size >= 0xc0:
			r.take(1)
			return false
		case size > 63:
			r.failed = true
		default:
			r.take(int(size))
		}
	}
	return false
}

// parseQuery reads a query. It reports whether it is one that can be answered at all; what of it is not well-formed is an rcode other than
// NOERROR, and then as much is known of it as came before.
func parseQuery(octets []byte) (q query, rcode int, ok bool) {
	r := &reader{octets: octets}
	q.id, q.flags = r.uint16(), r.uint16()
	questions, answers, authorities, others := r.uint16(), r.uint16(), r.uint16(), r.uint16()
	switch {
	case r.failed, q.flags&flagQR != 0:
		return q, 0, false
	case q.opcode() != dns.OpcodeQuery:
		return q, dns.RcodeNotImplemented, true
	case questions != 1: // RFC 9619
		return q, dns.RcodeFormatError, true
	}
	name, size, err := zonefile.NameFromWire(octets[r.at:])
	if err != nil {
		return q, dns.RcodeFormatError, true
	}
	start := r.at
	r.take(size)
	q.key, q.class = zonefile.Key{Name: name, Type: zonefile.Type(r.uint16())}, r.uint16()
	if r.failed {
		return q, dns.RcodeFormatError, true
	}
	q.question = octets[start:r.at]
	for n := int(answers) + int(authorities); n > 0 && !r.failed; n-- {
		r.skipRecord()
	}
	for range others {
		if !q.readAdditional(r) {
			return q, dns.RcodeFormatError, true
		}
	}
	if r.failed || r.at < len(octets) {
		return q, dns.RcodeFormatError, true
	}
	return q, dns.RcodeSuccess, true
}

// skipRecord goes behind a record.
func (r *reader) skipRecord() {
	r.skipName()
	r.take(8)
	r.take(int(r.uint16()))
}

// readAdditional reads a record of the additional section, and reports whether it can be there. Options of an OPT are of no concern, as long as they
// are whole.
func (q *query) readAdditional(r *reader) bool {
	root := r.skipName()
	t, class, ttl := r.uint16(), r.uint16(), r.uint32()
	data := &reader{octets: r.take(int(r.uint16()))}
	if r.failed {
		return false
	}
	switch t {
	case dns.TypeOPT:
		if !root || q.edns != nil {
			return false
		}
		q.edns = &edns{size: class, version: uint8(ttl >> 16), do: ttl&flagDO != 0}
		for !data.failed && data.at < len(data.octets) {
			data.uint16()
			data.take(int(data.uint16()))
		}
		return !data.failed
	case dns.TypeTSIG, dns.TypeSIG:
		q.signed = true
	}
	return true
}
