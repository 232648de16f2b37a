package zonefile

import (
	"io"
	"strconv"
	"strings"
)

// FormatOptions say how [FormatBIND] writes.
type FormatOptions struct {
	// Header is text for people at the top of the file. Each of its lines becomes a comment.
	Header string
}

// FormatBIND writes z as a master file that BIND, Knot, NSD and [ParseBIND] read as the same records: $ORIGIN, the most frequent TTL as
// $TTL, the SOA, the other records of the apex, then the names in canonical order. One record is one line. Types, and data, that one
// of those programs does not know are written as RFC 3597 §5 has it; so are ALIAS and LUA, which no master file has a word for.
//
// The error is that of w. A zone has one text: equal zones are written alike.
func FormatBIND(w io.Writer, z *Zone, opts FormatOptions) error {
	f := formatter{w: w, origin: z.Origin()}
	f.ttl, f.hasTTL = frequentTTL(z)
	f.head(opts.Header)
	soa, _ := z.Get(Key{z.Origin(), TypeSOA})
	f.rrset(soa)
	for s := range z.All() {
		if s.Key != soa.Key {
			f.rrset(s)
		}
	}
	f.flush()
	return f.err
}

// frequentTTL returns the TTL that most RRsets have, the smallest of those that are equal, and whether there is one.
func frequentTTL(z *Zone) (TTL, bool) {
	counts := map[TTL]int{}
	for _, s := range z.index {
		counts[s.ttl]++
	}
	best := TTL(0)
	for ttl, n := range counts {
		if n > counts[best] || n == counts[best] && ttl < best {
			best = ttl
		}
	}
	return best, len(counts) > 0
}

// The widths of the columns, spaces between included. What is longer moves the rest of its line.
const (
	ownerWidth = 24
	ttlWidth   = 7
	typeWidth  = 8
)

// formatter writes a master file by way of a buffer.
type formatter struct {
	w      io.Writer
	err    error // the first of w
	buf    []byte
	origin Name
	ttl    TTL // what $TTL says
	hasTTL bool
}

// flushAt is when the buffer is written.
const flushAt = 32 << 10

func (f *formatter) flush() {
	if f.err == nil {
		_, f.err = f.w.Write(f.buf)
	}
	f.buf = f.buf[:0]
}

// head writes what is above the records.
func (f *formatter) head(comment string) {
	if comment != "" {
		for line := range strings.Lines(strings.ReplaceAll(comment, "\r", "\n")) {
			f.buf = append(f.buf, ';')
			if line = strings.TrimRight(line, " \n"); line != "" {
				f.buf = append(f.buf, ' ')
			}
			for i := range len(line) {
				if c := line[i]; c >= ' ' && c != 0x7f {
					f.buf = append(f.buf, c)
				}
			}
			f.buf = append(f.buf, '\n')
		}
	}
	f.buf = append(append(f.buf, "$ORIGIN "...), f.origin.String()...)
	f.buf = append(f.buf, '\n')
	if f.hasTTL {
		f.buf = append(f.buf, "$TTL "...)
		f.buf = strconv.AppendUint(f.buf, uint64(f.ttl), 10)
		f.buf = append(f.buf, '\n')
	}
}

// rrset writes the records of s, of which there may be none.
func (f *formatter) rrset(s RRset) {
	typ := s.Key.Type.portable()
	generic := strings.HasPrefix(typ, "TYPE")
	for rdata := range s.RDATA() {
		start := len(f.buf)
		f.buf = f.appendOwner(f.buf, s.Key.Name)
		f.pad(start + ownerWidth)
		if start = len(f.buf); s.TTL != f.ttl {
			f.buf = strconv.AppendUint(f.buf, uint64(s.TTL), 10)
		}
		f.pad(start + ttlWidth)
		f.buf = append(f.buf, "IN "...)
		start = len(f.buf)
		f.buf = append(f.buf, typ...)
		f.pad(start + typeWidth)
		if generic {
			f.buf = appendGeneric(f.buf, rdata)
		} else {
			f.buf = appendRDATAText(f.buf, s.Key.Type, rdata)
		}
		f.buf = append(f.buf, '\n')
		if len(f.buf) > flushAt {
			f.flush()
		}
	}
}

// appendOwner appends a name relative to the origin.
func (f *formatter) appendOwner(dst []byte, name Name) []byte {
	switch {
	case name == f.origin:
		return append(dst, '@')
	case f.origin.IsRoot():
		return name.appendText(dst, Root)
	}
	dst = name.appendText(dst, f.origin)
	return dst[:len(dst)-1]
}

// pad appends spaces up to a length, at least one if the column before is not empty.
func (f *formatter) pad(length int) {
	if n := len(f.buf); n >= length && f.buf[n-1] != ' ' {
		f.buf = append(f.buf, ' ')
	}
	for len(f.buf) < length {
		f.buf = append(f.buf, ' ')
	}
}
