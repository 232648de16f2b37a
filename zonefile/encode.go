package zonefile

import "fmt"

// AppendRDATA appends the RDATA of all records in canonical wire form and order, each behind its length in two octets: what a
// store keeps of an RRset besides key and TTL. [RRsetFromRDATA] reads it.
func (s RRset) AppendRDATA(dst []byte) []byte { return append(dst, s.data...) }

// RRsetFromRDATA makes an RRset of what [RRset.AppendRDATA] gave. It checks all of it, as [NewRRset] does.
func RRsetFromRDATA(key Key, ttl TTL, data []byte) (RRset, error) {
	var rdata [][]byte
	for rest := data; len(rest) > 0; {
		if len(rest) < 2 {
			return RRset{}, fmt.Errorf("RRset %s: %w", key, errShort)
		}
		n := 2 + int(rest[0])<<8 + int(rest[1])
		if n > len(rest) {
			return RRset{}, fmt.Errorf("RRset %s: %w", key, errShort)
		}
		rdata = append(rdata, rest[2:n])
		rest = rest[n:]
	}
	return NewRRset(key, ttl, rdata...)
}
