package dnsquery

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/miekg/dns"

	"github.com/zoneward/zoneward/zonefile"
)

// Answers are read as octets (RFC 1035 §4.1), so that RDATA is compared in wire form whatever its type is: one record that a library
// cannot read, or reads in its own way, would spoil the whole message.

// errMalformed is a message that is not one.
var errMalformed = errors.New("malformed message")

const headerSize = 12

// message is an answer. Records of other classes than IN are left out.
type message struct {
	id       uint16
	flags    uint16
	extended uint16 // the upper bits of the response code (RFC 6891 §6.1.3), in their place
	// question is the first, if there is one.
	question                      zonefile.Key
	questions                     int
	answer, authority, additional []record
}

// record is a resource record. Its RDATA has no compressed names, and is otherwise as it came.
type record struct {
	key   zonefile.Key
	ttl   uint32
	rdata []byte
}

func (m *message) response() bool      { return m.flags&(1<<15) != 0 }
func (m *message) opcode() int         { return int(m.flags >> 11 & 0xf) }
func (m *message) authoritative() bool { return m.flags&(1<<10) != 0 }
func (m *message) truncated() bool     { return m.flags&(1<<9) != 0 }
func (m *message) rcode() int          { return int(m.extended | m.flags&0xf) }

// rcodeText returns the mnemonic of the response code.
func (m *message) rcodeText() string {
	if m.rcode() == dns.RcodeBadVers {
		return "BADVERS" // the number is also that of BADSIG, which is for TSIG
	}
	if text, ok := dns.RcodeToString[m.rcode()]; ok {
		return text
	}
	return fmt.Sprintf("RCODE%d", m.rcode())
}

// maxDatagram is the size of answers over UDP that is asked for: in octets, and small enough to pass everywhere in one piece (DNS flag day 2020).
const maxDatagram = 1232

// newQuery returns a query. For keys and DS it asks for signatures too (DO), as those do who validate: then the server has to send as much as it has to
// send to them.
func newQuery(id uint16, key zonefile.Key, recurse bool) ([]byte, error) {
	m := dns.Msg{
		MsgHdr:   dns.MsgHdr{Id: id, RecursionDesired: recurse},
		Question: []dns.Question{{Name: key.Name.String(), Qtype: uint16(key.Type), Qclass: dns.ClassINET}},
	}
	m.SetEdns0(maxDatagram, key.Type == zonefile.TypeDNSKEY || key.Type == zonefile.TypeDS)
	return m.Pack()
}

// parseMessage reads a message. One that was cut off (TC) may end anywhere: then its records are those that came whole.
func parseMessage(octets []byte) (*message, error) {
	if len(octets) < headerSize {
		return nil, fmt.Errorf("%w: %d octets", errMalformed, len(octets))
	}
	word := func(i int) uint16 { return binary.BigEndian.Uint16(octets[2*i:]) }
	m := &message{id: word(0), flags: word(1), questions: int(word(2))}
	at := headerSize
	for i := range m.questions {
		name, next, err := parseName(octets, at)
		if err != nil || next+4 > len(octets) {
			return nil, fmt.Errorf("%w: in the question", errMalformed)
		}
		if i == 0 {
			m.question = zonefile.Key{Name: name, Type: zonefile.Type(binary.BigEndian.Uint16(octets[next:]))}
		}
		at = next + 4
	}
	for i, section := range []*[]record{&m.answer, &m.authority, &m.additional} {
		for range word(3 + i) {
			r, class, next, err := parseRecord(octets, at)
			if err != nil && m.truncated() {
				return m, nil
			}
			if err != nil {
				return nil, err
			}
			at = next
			switch {
			case r.key.Type == zonefile.Type(dns.TypeOPT):
				m.extended = uint16(r.ttl >> 24 << 4)
			case class == dns.ClassINET:
				*section = append(*section, r)
			}
		}
	}
	return m, nil
}

// parseRecord reads the record at an offset, and returns where it ends.
func parseRecord(octets []byte, at int) (r record, class uint16, next int, err error) {
	const fixed = 10 // octets between the name and the RDATA
	if r.key.Name, at, err = parseName(octets, at); err != nil {
		return r, 0, 0, err
	}
	if at+fixed > len(octets) {
		return r, 0, 0, fmt.Errorf("%w: it ends within a record", errMalformed)
	}
	b := octets[at:]
	r.key.Type, class = zonefile.Type(binary.BigEndian.Uint16(b)), binary.BigEndian.Uint16(b[2:])
	r.ttl = binary.BigEndian.Uint32(b[4:])
	at += fixed
	end := at + int(binary.BigEndian.Uint16(b[8:]))
	if end > len(octets) {
		return r, 0, 0, fmt.Errorf("%w: it ends within a record", errMalformed)
	}
	r.rdata, err = plainRDATA(r.key.Type, octets[:end], at)
	return r, class, end, err
}

// parseName reads the name at an offset, which may be compressed (RFC 1035 §4.1.4), and returns where it ends in the message.
func parseName(octets []byte, at int) (zonefile.Name, int, error) {
	text, next, err := dns.UnpackDomainName(octets, at)
	if err != nil {
		return zonefile.Name{}, 0, fmt.Errorf("%w: a name: %w", errMalformed, err)
	}
	name, err := zonefile.ParseName(text, zonefile.Root)
	if err != nil {
		return zonefile.Name{}, 0, fmt.Errorf("%w: %w", errMalformed, err)
	}
	return name, next, nil
}

// compressible returns how the RDATA of a type begins that may have compressed names in it: n is a name, s a character-string, a digit
// that many octets. Those are the types of RFC 1035 and those that RFC 3597 §4 has receivers read. Their canonical form has lower-case names.
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

// plainRDATA returns the RDATA from an offset to the end of octets, with its names uncompressed and, where they could be compressed,
// in lower case.
func plainRDATA(t zonefile.Type, octets []byte, at int) ([]byte, error) {
	layout := compressible(t)
	if layout == "" {
		return octets[at:], nil
	}
	var rdata []byte
	for i := range len(layout) {
		size := 0
		switch part := layout[i]; part {
		case 'n':
			name, next, err := parseName(octets, at)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", t, err)
			}
			rdata, at = name.AppendWire(rdata), next
			continue
		case 's':
			if at < len(octets) {
				size = 1 + int(octets[at])
			} else {
				size = 1
			}
		default:
			size = int(part - '0')
		}
		if at+size > len(octets) {
			return nil, fmt.Errorf("%w: the data of a %s ends too early", errMalformed, t)
		}
		rdata = append(rdata, octets[at:at+size]...)
		at += size
	}
	return append(rdata, octets[at:]...), nil
}
