package zonefile

import (
	"encoding/binary"
	"fmt"
)

// SOA is the data of a start of authority record (RFC 1035 §3.3.13). The times are in seconds.
type SOA struct {
	MName, RName           Name
	Serial                 uint32
	Refresh, Retry, Expire uint32
	Minimum                uint32 // the TTL of negative answers (RFC 2308 §4)
}

// ParseSOA returns the data of an SOA RRset. It is an error if s is of another type or has more than one record.
func ParseSOA(s RRset) (SOA, error) {
	if s.Key.Type != TypeSOA || s.Len() != 1 {
		return SOA{}, fmt.Errorf("RRset %s with %d records: not an SOA", s.Key, s.Len())
	}
	rdata, _ := cutRDATA(s.data)
	b := []byte(rdata)
	mname, n, err := NameFromWire(b)
	if err != nil {
		return SOA{}, fmt.Errorf("SOA of %s: %w", s.Key.Name, err)
	}
	b = b[n:]
	rname, n, err := NameFromWire(b)
	if err != nil {
		return SOA{}, fmt.Errorf("SOA of %s: %w", s.Key.Name, err)
	}
	if b = b[n:]; len(b) != 20 {
		return SOA{}, fmt.Errorf("SOA of %s: %w", s.Key.Name, errShort)
	}
	u := func(i int) uint32 { return binary.BigEndian.Uint32(b[4*i:]) }
	return SOA{mname, rname, u(0), u(1), u(2), u(3), u(4)}, nil
}

// RRset returns the SOA RRset of the zone with that origin.
func (s SOA) RRset(origin Name, ttl TTL) RRset {
	b := s.RName.AppendWire(s.MName.AppendWire(nil))
	for _, v := range []uint32{s.Serial, s.Refresh, s.Retry, s.Expire, s.Minimum} {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	return RRset{Key{origin, TypeSOA}, min(ttl, MaxTTL), string(appendRDATA(nil, b))}
}

// SerialAfter reports whether serial a is greater than b in the arithmetic of RFC 1982, where numbers go round at 2^32.
func SerialAfter(a, b uint32) bool { return a != b && a-b < 1<<31 }

// NextSerial returns want if it is after current (RFC 1982), and otherwise the serial after current. It is never 0, which some servers
// take for no serial at all.
func NextSerial(current, want uint32) uint32 {
	if !SerialAfter(want, current) {
		want = current + 1
	}
	return max(want, 1)
}
