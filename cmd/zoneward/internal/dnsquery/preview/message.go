package preview

import (
	"encoding/binary"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/miekg/dns"

	"github.com/zoneward/zoneward/zonefile"
)

const (
	// plainDatagram is how large an answer over UDP may be without EDNS (RFC 1035 §4.2.1), and datagram how large it gets with it: as much as passes
	// in one piece everywhere (DNS flag day 2020).
	plainDatagram = 512
	datagram      = 1232
	// largestMessage is how large a message over TCP may be (RFC 1035 §4.2.2).
	largestMessage = 65535
)

// Datagram returns the answer to a message that came over UDP, nil for one that is not to be answered. What does not fit is left out, with TC.
func (z *Zones) Datagram(message []byte) []byte {
	q, rcode, ok := parseQuery(message)
	if !ok {
		return nil
	}
	limit := plainDatagram
	if q.edns != nil {
		limit = int(min(max(q.edns.size, plainDatagram), datagram))
	}
	if r, answered := q.refuse(rcode); answered {
		return q.pack(r, limit)
	}
	if isTransfer(q.key.Type) {
		return q.pack(z.transferByDatagram(&q), limit)
	}
	return q.pack(z.resolve(q.key), limit)
}

// refuse returns the answer to a query that is none about the zones, and whether there is one.
func (q *query) refuse(rcode int) (reply, bool) {
	switch {
	case rcode != dns.RcodeSuccess:
		return reply{rcode: rcode}, true
	case q.edns != nil && q.edns.version > 0:
		return reply{rcode: dns.RcodeBadVers}, true // RFC 6891 §6.1.3
	case q.signed:
		return reply{rcode: dns.RcodeNotAuth, note: note{dns.ExtendedErrorCodeOther, "there are no keys here: ask without a signature"}}, true
	case q.class != dns.ClassINET:
		return reply{rcode: dns.RcodeRefused, note: note{dns.ExtendedErrorCodeNotSupported, "there is nothing here but the class IN"}}, true
	}
	switch uint16(q.key.Type) {
	case dns.TypeNone, dns.TypeOPT, dns.TypeTSIG:
		return reply{rcode: dns.RcodeFormatError}, true
	case dns.TypeTKEY, dns.TypeMAILA, dns.TypeMAILB:
		return reply{rcode: dns.RcodeNotImplemented}, true
	}
	return reply{}, false
}

// pack writes the answer to a query in at most limit octets, which is 512 at least.
func (q *query) pack(r reply, limit int) []byte {
	if message, whole := q.write(r, limit); whole {
		return message
	}
	// What has to be there does not fit. An explanation is the first to go.
	r.note, r.additional = note{}, nil
	if message, whole := q.write(r, limit); whole {
		return message
	}
	if limit < largestMessage {
		message, _ := q.write(reply{rcode: r.rcode, authoritative: r.authoritative}, limit)
		message[2] |= flagTC >> 8
		return message
	}
	message, _ := q.write(reply{rcode: dns.RcodeServerFailure, note: note{dns.ExtendedErrorCodeOther, "the answer is larger than a message can be"}}, limit)
	return message
}

// write writes the answer to a query, and reports whether all of it that has to be there is.
func (q *query) write(r reply, limit int) (message []byte, whole bool) {
	opt := q.opt(r)
	p := newPacker(q, limit-len(opt))
	var counts [4]uint16 // of the sections
	if q.question != nil {
		counts[0] = 1
	}
	section := func(at int, sets []zonefile.RRset, needed bool) bool {
		for _, set := range sets {
			records, ok := p.rrset(set)
			if !ok && needed {
				return false
			}
			counts[at] += uint16(records)
		}
		return true
	}
	if !section(1, r.answer, true) || !section(2, r.authority, true) || !section(3, r.glue, true) {
		return nil, false
	}
	section(3, r.additional, false)
	if opt != nil {
		p.octets = append(p.octets, opt...)
		counts[3]++
	}
	q.header(p.octets, r, counts)
	return p.octets, true
}

// header writes the header of an answer.
func (q *query) header(octets []byte, r reply, counts [4]uint16) {
	flags := flagQR | q.flags&(maskOpcode|flagRD|flagCD) | uint16(r.rcode&0xf)
	if r.authoritative {
		flags |= flagAA
	}
	binary.BigEndian.PutUint16(octets, q.id)
	binary.BigEndian.PutUint16(octets[2:], flags)
	for i, n := range counts {
		binary.BigEndian.PutUint16(octets[4+2*i:], n)
	}
}

// opt returns the OPT of an answer, nil if the query had none (RFC 6891 §6.1.1).
func (q *query) opt(r reply) []byte {
	if q.edns == nil {
		return nil
	}
	ttl := uint32(r.rcode>>4) << 24
	if q.edns.do {
		ttl |= flagDO
	}
	opt := []byte{0, 0, byte(dns.TypeOPT)}
	opt = binary.BigEndian.AppendUint16(opt, datagram)
	opt = binary.BigEndian.AppendUint32(opt, ttl)
	if r.note.text == "" {
		return append(opt, 0, 0)
	}
	text := shown(r.note.text)
	opt = binary.BigEndian.AppendUint16(opt, uint16(6+len(text)))
	opt = binary.BigEndian.AppendUint16(opt, dns.EDNS0EDE)
	opt = binary.BigEndian.AppendUint16(opt, uint16(2+len(text)))
	opt = binary.BigEndian.AppendUint16(opt, r.note.code)
	return append(opt, text...)
}

// mostText is how many octets of an explanation are sent: so that it fits beside a question into the smallest datagram.
const mostText = 200

// shown returns text for an explanation: zone files and their names are somebody else's, and it is shown on terminals.
func shown(text string) string {
	text = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || r != ' ' && !unicode.IsGraphic(r) || unicode.IsSpace(r) && r != ' ' {
			return '?'
		}
		return r
	}, text)
	if len(text) <= mostText {
		return text
	}
	const more = "..."
	end := mostText - len(more)
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + more
}

// isTransfer reports whether a type asks for a whole zone.
func isTransfer(t zonefile.Type) bool {
	return slices.Contains([]uint16{dns.TypeAXFR, dns.TypeIXFR}, uint16(t))
}
