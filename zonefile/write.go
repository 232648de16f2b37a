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
	f.ttl, f.hasTTL = z.FrequentTTL()
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

// FrequentTTL returns the TTL that most RRsets have, the smallest of those that are equal, and whether there is one.
func (z *Zone) FrequentTTL() (TTL, bool) {
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
	f.buf = appendComments(f.buf, ';', comment)
	f.buf = append(append(f.buf, "$ORIGIN "...), f.origin.String()...)
	f.buf = append(f.buf, '\n')
	if f.hasTTL {
		f.buf = append(f.buf, "$TTL "...)
		f.buf = strconv.AppendUint(f.buf, uint64(f.ttl), 10)
		f.buf = append(f.buf, '\n')
	}
}

// appendComments appends each line of a text as a comment that begins with that octet. Characters that do not print are left out.
func appendComments(dst []byte, sign byte, text string) []byte {
	if text == "" {
		return dst
	}
	for line := range strings.Lines(strings.ReplaceAll(text, "\r", "\n")) {
		dst = append(dst, sign)
		if line = strings.TrimRight(line, " \n"); line != "" {
			dst = append(dst, ' ')
		}
		for i := range len(line) {
			if c := line[i]; c >= ' ' && c != 0x7f {
				dst = append(dst, c)
			}
		}
		dst = append(dst, '\n')
	}
	return dst
}

// rrset writes the records of s, of which there may be none.
func (f *formatter) rrset(s RRset) {
	typ := s.Key.Type.portable()
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
		f.buf = appendPortable(f.buf, s.Key.Type, typ, rdata)
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
