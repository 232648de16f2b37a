package preview

import (
	"iter"

	"github.com/miekg/dns"

	"github.com/zoneward/zoneward/zonefile"
)

// transferMessage is how large the messages of a transfer are: so that names in all of it can be pointed to. A record that is larger gets a message of its own.
const transferMessage = mostOffset + 1

// Stream gives the answer to a message that came over TCP: one message, several for a transfer of a zone (AXFR, RFC 5936), and none for what is not to be
// answered. An IXFR is answered as an AXFR (RFC 1995 §4). Who took a transfer that was not whole has not seen the SOA a second time.
func (z *Zones) Stream(message []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		q, rcode, ok := parseQuery(message)
		if !ok {
			return
		}
		r, answered := q.refuse(rcode)
		if !answered && isTransfer(q.key.Type) {
			zone, refusal := z.toTransfer(&q)
			if zone != nil {
				q.transfer(zone, yield)
				return
			}
			r, answered = refusal, true
		}
		if !answered {
			r = z.resolve(q.key)
		}
		yield(q.pack(r, largestMessage))
	}
}

// toTransfer returns the zone that a transfer is of, or what is answered instead.
func (z *Zones) toTransfer(q *query) (*served, reply) {
	zone := z.byOrigin[q.key.Name]
	switch {
	case zone == nil:
		return nil, reply{rcode: dns.RcodeNotAuth, note: note{dns.ExtendedErrorCodeNotAuthoritative, "no zone of that name is served here"}}
	case zone.Content == nil:
		return nil, reply{rcode: dns.RcodeServerFailure, note: note{dns.ExtendedErrorCodeInvalidData, zone.Note}}
	}
	return zone, reply{}
}

// transferByDatagram answers over UDP: an IXFR with the SOA, so that it is asked again over TCP (RFC 1995 §2), an AXFR, which is for TCP alone, not at all.
func (z *Zones) transferByDatagram(q *query) reply {
	if uint16(q.key.Type) == dns.TypeAXFR {
		return reply{rcode: dns.RcodeFormatError}
	}
	zone, refusal := z.toTransfer(q)
	if zone == nil {
		return refusal
	}
	return reply{authoritative: true, answer: []zonefile.RRset{zone.soa}}
}

// transfer gives the messages of a transfer: the SOA, all else in the order of the zone, and the SOA once more.
func (q *query) transfer(zone *served, yield func([]byte) bool) {
	t := &transfer{query: q, yield: yield, reply: reply{authoritative: true}}
	if zone.Note != "" {
		t.reply.note = note{dns.ExtendedErrorCodeOther, zone.Note}
	}
	t.begin()
	if !t.rrset(zone.soa) {
		return
	}
	for set := range zone.all() {
		if !t.rrset(set) {
			return
		}
	}
	if t.rrset(zone.soa) {
		t.end()
	}
}

// transfer is a transfer on its way.
type transfer struct {
	*query
	reply
	yield   func([]byte) bool
	packer  *packer
	opt     []byte
	records uint16 // in the message
}

// begin begins a message.
func (t *transfer) begin() {
	t.opt, t.records = t.query.opt(t.reply), 0
	t.packer = newPacker(t.query, transferMessage-len(t.opt))
}

// end gives the message, and reports whether there is to be another one. An explanation is only in the first one.
func (t *transfer) end() bool {
	octets := append(t.packer.octets, t.opt...)
	counts := [4]uint16{1, t.records}
	if t.opt != nil {
		counts[3] = 1
	}
	t.query.header(octets, t.reply, counts)
	t.reply.note = note{}
	return t.yield(octets)
}

// rrset adds the records of an RRset, and reports whether the transfer goes on.
func (t *transfer) rrset(set zonefile.RRset) bool {
	for rdata := range set.RDATA() {
		if t.packer.record(set.Key, set.TTL, rdata) {
			t.records++
			continue
		}
		if t.records > 0 {
			if !t.end() {
				return false
			}
			t.begin()
		}
		t.packer.limit = largestMessage - len(t.opt)
		if !t.packer.record(set.Key, set.TTL, rdata) {
			return false // no message can have it
		}
		t.records++
		t.packer.limit = transferMessage - len(t.opt)
	}
	return true
}
