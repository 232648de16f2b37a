package zonefile

import "bytes"

// fastLines reads lines for as long as each is what most lines of most files are: a record in one line without parentheses and escapes, of
// a type that is frequent, or a comment, or nothing. It takes what is good, and what the tokens of the line would be read as without it: a line
// that it is not sure of it leaves to them, to its first octet. So what is right, and what is said of what is wrong, is written down once.
//
// There is always a line feed in front of it, which ends every loop.
func (r *bindReader) fastLines(src *source, w *window) {
	f := fastReader{bindReader: r, src: src, text: w.octets[:w.lines], longest: w.entry}
	for w.scan.pos < len(f.text) && !r.stopped {
		next, ok := f.line(w.scan.pos, w.scan.line)
		if !ok {
			return
		}
		w.scan.pos = next
		w.scan.line++
	}
}

// fastReader is the state of [bindReader.fastLines].
type fastReader struct {
	*bindReader
	src     *source
	text    []byte // whole lines, each with its LF
	longest int    // octets that a line may have with its end; the tokens of one that has more say whether it is too long
	// owner is where src.owner was last read from the text, if it was.
	owner span
	// stated is where the owner of this line stands, if it has one that is not that. The first keySize octets of key are what it is, as in Name.key.
	stated  span
	keySize int
	key     [maxKey]byte
	// wire is the name that was read last, as far as it is written, and labels where its labels begin. They are of 256 octets, so that no octet is an index
	// too large.
	wire, labels [256]byte
}

// span is a part of a text.
type span struct{ start, end int }

// line reads the line at a place, and returns where the next one begins.
func (f *fastReader) line(start, number int) (next int, ok bool) {
	i := start
	if isBlank(f.text[i]) {
		if i = f.skipBlanks(i); f.src.owner.state != goodOwner {
			return 0, false
		}
	}
	if next, ok = f.lineEnd(i, number); ok {
		return next, true
	}
	column := i - start + 1
	f.stated = span{}
	if i == start {
		if i, ok = f.readOwner(i); !ok {
			return 0, false
		}
	}
	h, i, ok := f.header(i)
	if !ok || !h.hasTTL && !f.ttl.hasStandard && !f.ttl.hasLast {
		return 0, false
	}
	rdata, i, ok := f.data(f.rdata[:0], h.typ, i)
	if !ok {
		return 0, false
	}
	if cap(rdata) > cap(f.rdata) {
		f.rdata = rdata // only then, as in Builder.begin
	}
	i = f.skipBlanks(i)
	if h.typ == TypeTXT && f.text[i] == ';' {
		return 0, false // the comment may have a part of the text
	}
	if next, ok = f.lineEnd(i, number); !ok || len(rdata) > maxRDATA || next-start > f.longest {
		return 0, false
	}
	if f.stated != (span{}) {
		f.src.owner.take(f.key[:f.keySize])
		f.owner = f.stated
	}
	ttl, _ := f.ttl.of(h, rdata, 0) // there is one
	f.put(f.src, h.typ, ttl, rdata, placeAt(f.src.number, number, column))
	return next, true
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

func (f *fastReader) skipBlanks(i int) int {
	for isBlank(f.text[i]) {
		i++
	}
	return i
}

// lineEnd returns where the next line begins if this one ends at i, or has only a comment there.
func (f *fastReader) lineEnd(i, number int) (next int, ok bool) {
	switch f.text[i] {
	case '\n':
		return i + 1, true
	case '\r':
		return i + 2, f.text[i+1] == '\n'
	case ';':
		n := bytes.IndexByte(f.text[i:], '\n')
		comment := bytes.TrimSuffix(f.text[i:i+n], []byte("\r"))
		if bytes.IndexByte(comment, '\r') >= 0 {
			return 0, false
		}
		if bytes.Contains(comment, []byte(allowMarker)) {
			f.noteComment(lineOf{f.src.file, number}, string(comment))
		}
		return i + n + 1, true
	}
	return 0, false
}

// readOwner reads the owner at i, and returns where it ends.
func (f *fastReader) readOwner(i int) (end int, ok bool) {
	text := f.text
	if known := text[f.owner.start:f.owner.end]; len(known) > 0 {
		// The text is not shorter than the owner from i on if what is there is not another one: known is a word, and ends before a line feed.
		if end = i + len(known); end < len(text) && isBlank(text[end]) && string(text[i:end]) == string(known) {
			return end, true
		}
	}
	parent, size := f.src.origin.origin.key, len(f.src.origin.wire)
	var n plainName
	if text[i] == '@' {
		n.end = i + 1
	} else if n, ok = f.plainName(i); !ok {
		return 0, false
	}
	if n.absolute {
		parent, size = Root.key, 1
	}
	if int(n.size)+size > maxName || !isBlank(text[n.end]) {
		return 0, false
	}
	key := append(f.key[:0], parent...)
	for l := n.labels; l > 0; l-- {
		at := f.labels[l-1]
		key = append(append(key, f.wire[at+1:][:f.wire[at]]...), 0)
	}
	f.keySize, f.stated = len(key), span{i, n.end}
	return n.end, len(key) >= len(f.zone.key) && string(key[:len(f.zone.key)]) == f.zone.key
}

// header reads TTL, class and type, and returns where the data begins.
func (f *fastReader) header(i int) (h header, data int, ok bool) {
	text, hasClass := f.text, false
	for {
		i = f.skipBlanks(i)
		start, c := i, text[i]
		switch {
		case isDigit(c):
			ttl, end, ok := f.number(i, uint32(MaxTTL))
			if !ok || h.hasTTL {
				return h, 0, false
			}
			h.ttl, h.hasTTL, i = TTL(ttl), true, end
		case c|0x20 == 'i' && text[i+1]|0x20 == 'n' && isBlank(text[i+2]):
			if hasClass {
				return h, 0, false
			}
			hasClass = true
			i += 2
		default:
			for text[i] > ' ' && text[i] != ';' {
				i++
			}
			h.typ = fastType(text[start:i])
			return h, f.skipBlanks(i), h.typ != 0 && isBlank(text[i])
		}
		if !isBlank(text[i]) {
			return h, 0, false
		}
	}
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// fastType returns the type of a name if [fastReader.data] can read its data, and otherwise 0.
func fastType(name []byte) Type {
	switch string(name) {
	case "A":
		return TypeA
	case "AAAA":
		return TypeAAAA
	case "CNAME":
		return TypeCNAME
	case "MX":
		return TypeMX
	case "NS":
		return TypeNS
	case "PTR":
		return TypePTR
	case "SRV":
		return TypeSRV
	case "TXT":
		return TypeTXT
	}
	return 0
}

// number reads a number up to a limit.
func (f *fastReader) number(i int, limit uint32) (n uint32, end int, ok bool) {
	start, sum := i, uint64(0)
	for isDigit(f.text[i]) {
		sum = sum*10 + uint64(f.text[i]-'0')
		i++
	}
	return uint32(sum), i, i > start && i-start <= 10 && sum <= uint64(limit)
}
