package rfc2136

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/miekg/dns"

	"github.com/zoneward/zoneward/zonefile"
)

// Messages are read and written as octets (RFC 1035 §4.1) and not through the records of miekg/dns: RDATA is in wire form on
// both sides, so no type can be misread on the way, and a zone of a million records costs no million records on the heap.

const (
	headerSize = 12
	questionAt = headerSize
	maxMessage = 65535 // the most octets of a message over TCP (RFC 1035 §4.2.2)
	maxName    = 255
	pointer    = 0xc0 // the two high bits of a length octet that is a compression pointer
)

// errMalformed is a message that is not one.
var errMalformed = errors.New("malformed message")

// record is a resource record as an UPDATE message has it: in its sections the class says what is meant (RFC 2136 §2.4, §2.5).
type record struct {
	name  zonefile.Name
	typ   zonefile.Type
	class uint16
	ttl   zonefile.TTL
	rdata string
}

// size returns how many octets [appendRecord] appends.
func (r record) size(origin zonefile.Name) int {
	var buf [maxName]byte
	return len(r.name.AppendWire(buf[:0])) - len(origin.AppendWire(buf[:0])) + 2 + 10 + len(r.rdata)
}

// appendRecord appends r, whose name is in the zone that the message's first question names. Of its name only what comes before the
// zone's is written: so a record takes the same octets wherever it stands in whichever message.
func appendRecord(msg []byte, r record, origin zonefile.Name) []byte {
	var buf [maxName]byte
	msg = r.name.AppendWire(msg)
	msg = msg[:len(msg)-len(origin.AppendWire(buf[:0]))]
	return appendBody(append(msg, pointer, questionAt), r)
}

// appendBody appends what comes behind the name of a record.
func appendBody(msg []byte, r record) []byte {
	msg = binary.BigEndian.AppendUint16(msg, uint16(r.typ))
	msg = binary.BigEndian.AppendUint16(msg, r.class)
	msg = binary.BigEndian.AppendUint32(msg, uint32(r.ttl))
	msg = binary.BigEndian.AppendUint16(msg, uint16(len(r.rdata)))
	return append(msg, r.rdata...)
}

// newQuery returns a query for records of the zone's apex, without recursion.
func newQuery(id uint16, origin zonefile.Name, qtype zonefile.Type) []byte {
	return newRequest(id, dns.OpcodeQuery, origin, qtype, nil, nil)
}

// newUpdate returns an UPDATE message (RFC 2136 §2).
func newUpdate(id uint16, origin zonefile.Name, prerequisites, updates []record) []byte {
	return newRequest(id, dns.OpcodeUpdate, origin, zonefile.TypeSOA, prerequisites, updates)
}

func newRequest(id uint16, opcode int, origin zonefile.Name, qtype zonefile.Type, answer, authority []record) []byte {
	var msg []byte
	for _, field := range []int{int(id), opcode << 11, 1, len(answer), len(authority), 0} {
		msg = binary.BigEndian.AppendUint16(msg, uint16(field))
	}
	msg = origin.AppendWire(msg)
	msg = binary.BigEndian.AppendUint16(msg, uint16(qtype))
	msg = binary.BigEndian.AppendUint16(msg, dns.ClassINET)
	for _, r := range answer {
		msg = appendRecord(msg, r, origin)
	}
	for _, r := range authority {
		msg = appendRecord(msg, r, origin)
	}
	return msg
}

// message is a message that was received. Its octets are those of the buffer that it was read from.
type message struct {
	octets    []byte // without the TSIG record
	id, flags uint16
	questions int
	answers   int
	answerAt  int           // where the answer section begins
	question  zonefile.Name // the first, if there is one
	qtype     zonefile.Type
	tsig      *signature // nil if the message is not signed
}

func (m *message) rcode() int     { return int(m.flags & 0xf) }
func (m *message) opcode() int    { return int(m.flags >> 11 & 0xf) }
func (m *message) response() bool { return m.flags&(1<<15) != 0 }
func (m *message) authoritative() bool {
	return m.flags&(1<<10) != 0
}
func (m *message) truncated() bool { return m.flags&(1<<9) != 0 }

// parseMessage reads the header and the question, and finds the sections and the signature. The message must have just the
// records that its header counts.
func parseMessage(octets []byte) (*message, error) {
	if len(octets) < headerSize {
		return nil, fmt.Errorf("%w: %d octets", errMalformed, len(octets))
	}
	count := func(i int) int { return int(binary.BigEndian.Uint16(octets[4+2*i:])) }
	m := &message{
		octets: octets, id: binary.BigEndian.Uint16(octets), flags: binary.BigEndian.Uint16(octets[2:]),
		questions: count(0), answers: count(1),
	}
	at := headerSize
	for i := range m.questions {
		var buf [maxName]byte
		name, next, err := appendName(buf[:0], octets, at)
		if err != nil {
			return nil, fmt.Errorf("question: %w", err)
		}
		if next+4 > len(octets) {
			return nil, fmt.Errorf("question: %w", errMalformed)
		}
		if i == 0 {
			if m.question, _, err = zonefile.NameFromWire(name); err != nil {
				return nil, fmt.Errorf("question: %w", err)
			}
			m.qtype = zonefile.Type(binary.BigEndian.Uint16(octets[next:]))
		}
		at = next + 4
	}
	m.answerAt = at
	records := count(1) + count(2) + count(3)
	for i := range records {
		h, err := parseHeader(octets, at)
		if err != nil {
			return nil, fmt.Errorf("record %d of %d: %w", i+1, records, err)
		}
		if h.typ == zonefile.Type(dns.TypeTSIG) {
			// RFC 8945 §5.1: it is the last record of the additional section.
			if i != records-1 || count(3) == 0 {
				return nil, fmt.Errorf("%w: a TSIG record that is not the last", errMalformed)
			}
			if m.tsig, err = parseSignature(octets, at, h); err != nil {
				return nil, err
			}
			m.octets = octets[:at:at]
		}
		at = h.end
	}
	if at != len(octets) {
		return nil, fmt.Errorf("%w: %d octets behind the last record", errMalformed, len(octets)-at)
	}
	return m, nil
}

// rrHeader is what a record has before its RDATA, and where that is.
type rrHeader struct {
	typ        zonefile.Type
	class      uint16
	ttl        uint32
	start, end int // of the RDATA
}

// parseHeader reads the record at an offset, but for its name.
func parseHeader(octets []byte, at int) (rrHeader, error) {
	at, err := skipName(octets, at)
	if err != nil {
		return rrHeader{}, err
	}
	if at+10 > len(octets) {
		return rrHeader{}, fmt.Errorf("%w: it ends within a record", errMalformed)
	}
	b := octets[at:]
	h := rrHeader{
		typ: zonefile.Type(binary.BigEndian.Uint16(b)), class: binary.BigEndian.Uint16(b[2:]), ttl: binary.BigEndian.Uint32(b[4:]),
		start: at + 10, end: at + 10 + int(binary.BigEndian.Uint16(b[8:])),
	}
	if h.end > len(octets) {
		return rrHeader{}, fmt.Errorf("%w: it ends within a record", errMalformed)
	}
	return h, nil
}

// skipName returns where the name at an offset ends.
func skipName(octets []byte, at int) (int, error) {
	for at < len(octets) {
		switch c := octets[at]; {
		case c == 0:
			return at + 1, nil
		case c >= pointer:
			return at + 2, nil
		case c > 63:
			return 0, fmt.Errorf("%w: label type %#x", errMalformed, c)
		default:
			at += 1 + int(c)
		}
	}
	return 0, fmt.Errorf("%w: it ends within a name", errMalformed)
}

// appendName appends the name at an offset in uncompressed wire form, and returns where it ends in the message (RFC 1035 §4.1.4).
func appendName(dst, octets []byte, at int) (name []byte, next int, err error) {
	start := len(dst)
	limit := at // a pointer goes to before all that was read of the name: so there is an end
	for {
		if at >= len(octets) {
			return nil, 0, fmt.Errorf("%w: it ends within a name", errMalformed)
		}
		c := int(octets[at])
		switch {
		case c >= pointer:
			if at+1 >= len(octets) {
				return nil, 0, fmt.Errorf("%w: it ends within a name", errMalformed)
			}
			if next == 0 {
				next = at + 2
			}
			to := c&^pointer<<8 | int(octets[at+1])
			if to >= limit {
				return nil, 0, fmt.Errorf("%w: a compression pointer that does not go back", errMalformed)
			}
			at, limit = to, to
			continue
		case c > 63:
			return nil, 0, fmt.Errorf("%w: label type %#x", errMalformed, c)
		case at+1+c > len(octets):
			return nil, 0, fmt.Errorf("%w: it ends within a name", errMalformed)
		case len(dst)-start+1+c > maxName:
			return nil, 0, fmt.Errorf("%w: a name of more than %d octets", errMalformed, maxName)
		}
		dst = append(dst, octets[at:at+1+c]...)
		at += 1 + c
		if c == 0 {
			if next == 0 {
				next = at
			}
			return dst, next, nil
		}
	}
}

// compressible returns how the RDATA of a type begins that may have compressed names in it: n is a name, s a character-string, a
// digit that many octets. Senders may compress the names of RFC 1035's types alone, and receivers read the others that came before
// RFC 3597, see §4 there. The RDATA of all other types is as it stands.
func compressible(t zonefile.Type) string {
	switch uint16(t) {
	case dns.TypeNS, dns.TypeMD, dns.TypeMF, dns.TypeCNAME, dns.TypeMB, dns.TypeMG, dns.TypeMR, dns.TypePTR, dns.TypeDNAME, uint16(zonefile.TypeNXT):
		return "n"
	case dns.TypeSOA, dns.TypeMINFO, dns.TypeRP:
		return "nn"
	case dns.TypeMX, dns.TypeAFSDB, dns.TypeRT, dns.TypeKX:
		return "2n"
	case dns.TypePX:
		return "2nn"
	case dns.TypeSRV:
		return "6n"
	case dns.TypeNAPTR:
		return "4sssn"
	case dns.TypeSIG, dns.TypeRRSIG:
		return "99n"
	}
	return ""
}

// plainRDATA returns the RDATA of a record with its names uncompressed: a part of octets, or else dst with the RDATA appended.
func plainRDATA(dst, octets []byte, h rrHeader) ([]byte, error) {
	layout := compressible(h.typ)
	if layout == "" {
		return octets[h.start:h.end], nil
	}
	at := h.start
	for i := range len(layout) {
		end := at
		switch part := layout[i]; part {
		case 'n':
			name, next, err := appendName(dst, octets[:h.end], at)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", h.typ, err)
			}
			dst, at = name, next
			continue
		case 's':
			if at < h.end {
				end = at + 1 + int(octets[at])
			} else {
				end = h.end + 1
			}
		default:
			end = at + int(part-'0')
		}
		if end > h.end {
			return nil, fmt.Errorf("%s: %w: data ends too early", h.typ, errMalformed)
		}
		dst = append(dst, octets[at:end]...)
		at = end
	}
	return append(dst, octets[at:h.end]...), nil
}
