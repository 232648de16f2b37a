package zonefile

import "encoding/binary"

// data appends RDATA that is written at i, and returns where it ends.
func (f *fastReader) data(dst []byte, t Type, i int) (rdata []byte, end int, ok bool) {
	switch t {
	case TypeA:
		return f.ipv4(dst, i)
	case TypeAAAA:
		return f.ipv6(dst, i)
	case TypeCNAME, TypeNS, TypePTR:
		return f.name(dst, i)
	case TypeMX:
		if dst, i, ok = f.number16(dst, i); !ok {
			return nil, 0, false
		}
		return f.name(dst, i)
	case TypeSRV:
		for range 3 {
			if dst, i, ok = f.number16(dst, i); !ok {
				return nil, 0, false
			}
		}
		return f.name(dst, i)
	case TypeTXT:
		return f.strings(dst, i)
	}
	return nil, 0, false
}

// number16 appends a number of two octets, and returns where the next field begins.
func (f *fastReader) number16(dst []byte, i int) (rdata []byte, next int, ok bool) {
	n, i, ok := f.number(i, 1<<16-1)
	if !ok || !isBlank(f.text[i]) {
		return nil, 0, false
	}
	return append(dst, byte(n>>8), byte(n)), f.skipBlanks(i), true
}

// ipv4 appends an IPv4 address.
func (f *fastReader) ipv4(dst []byte, i int) (rdata []byte, end int, ok bool) {
	text, addr := f.text, uint32(0)
	for part := range 4 {
		if part > 0 {
			if text[i] != '.' {
				return nil, 0, false
			}
			i++
		}
		start, n := i, uint32(0)
		for isDigit(text[i]) && i < start+3 {
			n = n*10 + uint32(text[i]-'0')
			i++
		}
		if i == start || n > 255 || text[start] == '0' && i > start+1 {
			return nil, 0, false
		}
		addr = addr<<8 | n
	}
	return binary.BigEndian.AppendUint32(dst, addr), i, true
}

// ipv6 appends an IPv6 address in hex (RFC 4291 §2.2, the first two forms).
func (f *fastReader) ipv6(dst []byte, i int) (rdata []byte, end int, ok bool) {
	text := f.text
	var addr [16]byte
	n, gap := 0, -1 // octets, and where "::" stands among them
	if text[i] == ':' {
		if text[i+1] != ':' {
			return nil, 0, false
		}
		gap = 0
		i += 2
	}
	for {
		start, group := i, uint32(0)
		for i < start+4 {
			v := hexValues[text[i]]
			if v > 15 {
				break
			}
			group = group<<4 | uint32(v)
			i++
		}
		if i == start {
			if gap != n {
				return nil, 0, false
			}
			break // behind "::"
		}
		if n == len(addr) {
			return nil, 0, false
		}
		addr[n], addr[n+1] = byte(group>>8), byte(group)
		n += 2
		if text[i] != ':' {
			break
		}
		if i++; text[i] == ':' {
			if gap >= 0 {
				return nil, 0, false
			}
			gap = n
			i++
		}
	}
	switch {
	case gap < 0 && n < len(addr), gap >= 0 && n == len(addr):
		return nil, 0, false
	case gap >= 0:
		behind := n - gap
		copy(addr[len(addr)-behind:], addr[gap:n])
		clear(addr[gap : len(addr)-behind])
	}
	return append(dst, addr[:]...), i, true
}

// name appends a domain name.
func (f *fastReader) name(dst []byte, i int) (rdata []byte, end int, ok bool) {
	origin := f.src.origin.wire
	if f.text[i] == '@' {
		return append(dst, origin...), i + 1, true
	}
	n, ok := f.plainName(i)
	if !ok || int(n.size)+len(origin) > maxName {
		return nil, 0, false
	}
	dst = append(dst, f.wire[:n.size]...)
	if n.absolute {
		return append(dst, 0), n.end, true
	}
	return append(dst, origin...), n.end, true
}

// plainName says what is in fastReader.wire: the labels of a name, none of whose octets has a meaning of its own, in lower case.
type plainName struct {
	size, labels uint8
	end          int  // where it ends in the text
	absolute     bool // it has a dot there
}

// plainName reads the name that is written at i.
func (f *fastReader) plainName(i int) (name plainName, ok bool) {
	text, start := f.text, i
	label, n := uint8(0), uint8(1) // they go round in a name that is too long, which is seen at the end of the label
	for {
		c := plainOctets[text[i]]
		for ; c > plainDot; c = plainOctets[text[i]] {
			f.wire[n] = c
			n++
			i++
		}
		size := n - label - 1
		if size == 0 || size > maxLabel || i-start >= maxName-1 {
			return name, false
		}
		f.wire[label] = size
		f.labels[name.labels] = label
		name.labels++
		if c == plainDot {
			i++
			if plainOctets[text[i]] != 0 {
				label = n
				n++
				continue
			}
			name.absolute = true
		}
		name.size, name.end = n, i
		return name, true
	}
}

// strings appends character-strings.
func (f *fastReader) strings(dst []byte, i int) (rdata []byte, end int, ok bool) {
	text := f.text
	for {
		start, quoted := i, text[i] == '"'
		if quoted {
			i++
			start = i
			for plainQuoted[text[i]] {
				i++
			}
			if text[i] != '"' {
				return nil, 0, false
			}
		} else {
			for octetClasses[text[i]] == wordOctet {
				i++
			}
		}
		if i-start > 255 || i == start && !quoted || len(dst) > maxRDATA {
			return nil, 0, false
		}
		dst = append(append(dst, byte(i-start)), text[start:i]...)
		if quoted {
			i++
		}
		end = i
		if i = f.skipBlanks(i); i == end || text[i] == '\n' || text[i] == '\r' || text[i] == ';' {
			return dst, end, true
		}
	}
}

// plainDot stands in plainOctets for the dot.
const plainDot = 1

// plainOctets has the octets of names that stand for themselves, in lower case. The others are 0.
var plainOctets = func() (table [256]byte) {
	for c := range table {
		if b := byte(c); isDigit(b) || 'a' <= lower(b) && lower(b) <= 'z' || b == '-' || b == '_' || b == '*' || b == '/' {
			table[c] = lower(b)
		}
	}
	table['.'] = plainDot
	return table
}()

// plainQuoted has the octets that stand for themselves in a quoted string.
var plainQuoted = func() (table [256]bool) {
	for c := range table {
		table[c] = c != '"' && c != '\\' && c != '\n' && c != '\r' && c != 0
	}
	return table
}()

// hexValues has what hex digits stand for, and 255 for what is none.
var hexValues = func() (table [256]byte) {
	for c := range table {
		table[c] = 255
		if v, ok := hexValue(byte(c)); ok {
			table[c] = v
		}
	}
	return table
}()
