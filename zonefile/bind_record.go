package zonefile

import (
	"encoding/binary"
	"strings"
)

// owner is whose records are read: the name that was stated last.
type owner struct {
	key   []byte // as in Name.key
	text  string // how it was written, to know it again under the same origin; "" if that is not known
	state ownerState
}

type ownerState int

const (
	noOwner      ownerState = iota // none was stated yet
	badOwner                       // it could not be read
	outsideOwner                   // it is not in the zone
	goodOwner
)

// header is what stands between the owner and the data of a record.
type header struct {
	typ    Type
	ttl    TTL
	hasTTL bool
}

// record reads a record and adds it to the zone.
func (r *bindReader) record(src *source, e entry) {
	tokens := e.tokens
	if !e.blank {
		if f := src.owner.set(tokens[0], src.origin, r.zone); f != nil {
			r.fail(src, e, "", f)
			return
		}
		tokens = tokens[1:]
	} else if src.owner.state == noOwner {
		f := faultAt(e.tokens[0].pos, "no-owner", "the line begins with white space, and there is no record before it whose owner it could have")
		r.fail(src, e, "", f)
		return
	}
	h, data, f := parseHeader(tokens, e.end)
	if f != nil {
		f.text += oddSpace(e.tokens)
		r.fail(src, e, r.prefix(src, h), f)
		return
	}
	p := rdataParser{tokens: data, end: e.end, origin: src.origin}
	f = r.add(src, h, &p, placeAt(src.number, e.stated, e.column))
	if f == nil && src.owner.state == outsideOwner {
		f = faultAt(e.tokens[0].pos, "outside-zone", "the name is outside the zone %s", r.zone)
	}
	form := formOf(h.typ)
	if f != nil {
		if f.rule == "missing-data" && strings.ContainsAny(form, "sSo") && src.beforeComment(e) {
			f.text += "; a semicolon begins a comment, unless it is in quotes"
		}
		r.fail(src, e, r.prefix(src, h), f)
		return
	}
	if form == "S" {
		if pos, lost := src.lostToComment(data); pos > 0 {
			r.warn(src, e, r.prefix(src, h), faultAt(pos, "cut-by-comment", "the semicolon begins a comment, so that %s is not in the record; write the text in quotes", shown(lost)))
		}
	}
}

// add reads the data of a record that is stated at a place, and adds the record to the zone if its owner is good.
func (r *bindReader) add(src *source, h header, p *rdataParser, at place) *fault {
	pos := p.start()
	if (h.typ == TypeALIAS || h.typ == TypeLUA) && !p.isGeneric(h.typ) {
		return faultAt(pos, "unknown-type", `%s is a type of PowerDNS, and a master file has no word for it; write it in a YAML file, or as TYPE%d \# LENGTH HEX`, h.typ, h.typ)
	}
	rdata, f := p.parse(r.rdata[:0], h.typ)
	if f != nil {
		r.ttl.giveUp(h)
		return f
	}
	r.rdata = rdata
	ttl, f := r.ttl.of(h, rdata, pos)
	if f != nil {
		return f
	}
	if src.owner.state != goodOwner {
		return nil
	}
	r.put(src, h.typ, ttl, rdata, at)
	return nil
}

// put adds a record to the zone.
func (r *bindReader) put(src *source, t Type, ttl TTL, rdata []byte, at place) {
	if err := r.builder.addKey(src.owner.key, t, ttl, rdata, at); err != nil {
		r.problem(Position{src.file, int(at.line), int(at.column)}, "zone-too-large", Error, "%v", err)
		r.stopped = true
	}
	if len(r.latest) > 0 {
		r.stateBesideComments(Key{Name{string(src.owner.key)}, t}, lineOf{src.file, int(at.line)})
	}
}

// prefix returns how a message about a record begins: "www A: ".
func (r *bindReader) prefix(src *source, h header) string {
	if src.owner.state < outsideOwner {
		return ""
	}
	owner := Name{string(src.owner.key)}.Relative(r.zone)
	if h.typ == 0 {
		return owner + ": "
	}
	return owner + " " + h.typ.String() + ": "
}

// set makes the owner that of a token.
func (o *owner) set(t token, origin completion, zone Name) *fault {
	if t.text == o.text && o.text != "" {
		return nil
	}
	o.state, o.text = badOwner, ""
	switch t.text {
	case "":
		return faultAt(t.pos, "bad-name", "name \"\": %v", errEmptyName)
	case "@":
		o.key = append(o.key[:0], origin.origin.key...)
	default:
		var buf [maxName]byte
		labels, absolute, err := appendLabels(buf[:0], t.text)
		parent, size := origin.origin.key, len(origin.wire)
		if absolute {
			parent, size = Root.key, 1
		}
		if err == nil && len(labels)+size > maxName {
			err = errLongName
		}
		if err != nil {
			return faultAt(t.pos, "bad-name", "name %s: %v", shown(t.text), err)
		}
		foldCase(labels)
		o.key = appendKey(o.key[:0], parent, labels)
	}
	o.text, o.state = t.text, goodOwner
	if !strings.HasPrefix(string(o.key), zone.key) {
		o.state = outsideOwner
	}
	return nil
}

// take makes the owner a name in the zone, without a text. It writes a pointer only if there is too little room for the name, or was a text, as in Builder.begin.
func (o *owner) take(key []byte) {
	if cap(o.key) < len(key) {
		o.key = make([]byte, maxKey)
	}
	o.key = o.key[:len(key)]
	copy(o.key, key)
	o.state = goodOwner
	if o.text != "" {
		o.text = ""
	}
}

// parseHeader reads TTL, class and type, the first two in any order or missing, and returns the tokens of the data.
// With a fault the type is 0 if it was not read.
func parseHeader(tokens []token, end int) (h header, data []token, f *fault) {
	hasClass := false
	for i, t := range tokens {
		if t.quoted || t.text == "" {
			return h, nil, faultAt(t.pos, "syntax", "%s is in quotes where a record type is expected", shown(t.text))
		}
		if '0' <= t.text[0] && t.text[0] <= '9' && !h.hasTTL {
			if h.ttl, f = parseTTLToken(t); f != nil {
				if f.rule == "bad-value" {
					f.text = shown(t.text) + " is neither a TTL (seconds, or with units as in 1h30m) nor a record type"
				}
				return h, nil, f
			}
			h.hasTTL = true
			continue
		}
		switch classOf(t.text) {
		case classOther:
			return h, nil, faultAt(t.pos, "class", "class %s: a zone has records of class IN only", shown(t.text))
		case classIN:
			if hasClass {
				return h, nil, faultAt(t.pos, "syntax", "the class %s comes twice", shown(t.text))
			}
			hasClass = true
		case notClass:
			h.typ, f = parseTypeToken(t)
			return h, tokens[i+1:], f
		}
	}
	return h, nil, faultAt(end, "missing-data", "the record ends where its type is expected")
}

// parseTypeToken reads a type of record.
func parseTypeToken(t token) (Type, *fault) {
	typ, ok := typeByName(t.text)
	switch {
	case ok && typ.isMeta():
		return 0, faultAt(t.pos, "unknown-type", "%s is not a type of data in a zone", shown(t.text))
	case ok:
		return typ, nil
	case strings.EqualFold(t.text, "ANAME"):
		return 0, faultAt(t.pos, "unknown-type", "a master file has no ANAME; write ALIAS in a YAML file, if the provider has it")
	}
	return 0, faultAt(t.pos, "unknown-type", `%s is not a record type; one without a name is written TYPEnnn with \# data (RFC 3597)`, shown(t.text))
}

type class int

const (
	notClass class = iota
	classIN
	classOther
)

// classOf says what class a word means, if it does.
func classOf(text string) class {
	if len(text) < 2 || strings.IndexByte("ICHNA", text[0]&^0x20) < 0 {
		return notClass // as most words that are asked about
	}
	switch upper := strings.ToUpper(text); upper {
	case "IN", "CLASS1":
		return classIN
	case "CH", "CHAOS", "HS", "HESIOD", "NONE", "ANY":
		return classOther
	default:
		digits, ok := strings.CutPrefix(upper, "CLASS")
		if n, number := parseNumber(digits, 1<<16-1); ok && number {
			if n == 1 {
				return classIN
			}
			return classOther
		}
	}
	return notClass
}

// ttlRules say what TTL a record has that states none: that of $TTL; if there is none the last that was stated (RFC 1035 §5.1); if there is
// none and the record is the SOA its MINIMUM, which then goes on like that of $TTL. BIND does the same.
type ttlRules struct {
	standard, last       TTL
	hasStandard, hasLast bool
}

// of returns the TTL of a record whose data begins at pos.
func (r *ttlRules) of(h header, rdata []byte, pos int) (TTL, *fault) {
	switch {
	case h.hasTTL:
		r.last, r.hasLast = h.ttl, true
		return h.ttl, nil
	case r.hasStandard:
		return r.standard, nil
	case r.hasLast:
		return r.last, nil
	case h.typ == TypeSOA:
		minimum := binary.BigEndian.Uint32(rdata[len(rdata)-4:])
		r.standard, r.hasStandard = min(TTL(minimum), MaxTTL), true
		if minimum > uint32(MaxTTL) {
			return 0, faultAt(pos, "ttl-too-large", "no TTL is given, and MINIMUM is %v", errLargeTTL)
		}
		return r.standard, nil
	}
	r.hasLast = true // said once
	return 0, faultAt(pos, "no-ttl", "no TTL is given: write $TTL SECONDS at the top of the file")
}

// giveUp keeps a SOA that cannot be read from making a problem of each record without a TTL.
func (r *ttlRules) giveUp(h header) {
	if h.typ == TypeSOA {
		r.hasLast = true
	}
}
