package zonefile

import (
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"net/netip"
	"strings"
)

// encodeValue appends the RDATA of one value, in the shape that octoDNS gives to its type. What is wrong with it is noted, and
// counted in rec.faults; the result is of no use then.
func (rec *yamlRecord) encodeValue(dst []byte, n *yamlNode) []byte {
	if len(rec.typeText) > 4 && strings.EqualFold(rec.typeText[:4], "TYPE") {
		return append(dst, rec.encodeText(n)...)
	}
	switch rec.key.Type {
	case TypeA, TypeAAAA:
		return rec.encodeAddress(dst, n)
	case TypeCNAME, TypeDNAME, TypeALIAS, TypeNS, TypePTR:
		return rec.encodeTarget(dst, n)
	case TypeTXT, TypeSPF:
		return appendStrings(dst, rec.txt(n))
	case TypeOPENPGPKEY:
		return append(dst, rec.base64(n, "")...)
	case TypeMX, TypeSRV, TypeCAA, TypeNAPTR, TypeURI, TypeDS, TypeSSHFP, TypeTLSA, TypeLUA, TypeLOC, TypeSVCB, TypeHTTPS:
		return rec.encodeFields(dst, n)
	}
	return append(dst, rec.encodeText(n)...)
}

// encodeText reads what a master file would say, for the types that octoDNS does not have and for those that are written TYPEnnn.
func (rec *yamlRecord) encodeText(n *yamlNode) []byte {
	text, err := rec.text(n)
	if err != nil {
		rec.failText(n, "", err)
		return nil
	}
	return rec.parse(n, text)
}

// encodeFields is encodeValue for the types whose value is a mapping.
func (rec *yamlRecord) encodeFields(b []byte, n *yamlNode) []byte {
	f, ok := rec.fields(n)
	if !ok {
		return nil
	}
	switch rec.key.Type {
	case TypeMX:
		b = f.uint16(b, "preference", "priority")
		b = f.target(b, "exchange", "value")
	case TypeSRV:
		b = f.uint16(b, "priority")
		b = f.uint16(b, "weight")
		b = f.uint16(b, "port")
		b = f.target(b, "target")
	case TypeCAA:
		b = f.caa(b)
	case TypeNAPTR:
		b = f.naptr(b)
	case TypeURI:
		b = f.uint16(b, "priority")
		b = f.uint16(b, "weight")
		b = f.octets(b, "target")
	case TypeDS:
		b = f.ds(b)
	case TypeSSHFP:
		b = f.uint8(b, "algorithm")
		b = f.uint8(b, "fingerprint_type")
		b = f.hex(b, "fingerprint")
	case TypeTLSA:
		b = f.uint8(b, "certificate_usage")
		b = f.uint8(b, "selector")
		b = f.uint8(b, "matching_type")
		b = f.hex(b, "certificate_association_data")
	case TypeLUA:
		b = f.lua(b)
	case TypeLOC:
		b = append(b, f.loc()...)
	case TypeSVCB, TypeHTTPS:
		b = append(b, f.svcb()...)
	}
	f.others()
	return b
}

// encodeAddress reads an IPv4 or IPv6 address.
func (rec *yamlRecord) encodeAddress(dst []byte, n *yamlNode) []byte {
	text, err := rec.text(n)
	if err != nil {
		rec.failText(n, "", err)
		return nil
	}
	address, err := netip.ParseAddr(text)
	if rec.key.Type == TypeA && err == nil && address.Is4() {
		octets := address.As4()
		return append(dst, octets[:]...)
	}
	if rec.key.Type == TypeAAAA && err == nil && address.Is6() && address.Zone() == "" {
		octets := address.As16()
		return append(dst, octets[:]...)
	}
	kind := "IPv4"
	if rec.key.Type == TypeAAAA {
		kind = "IPv6"
	}
	rec.fail(n, "bad-value", "%.60q is not an %s address", text, kind)
	return nil
}

// encodeTarget reads the name that is all of the RDATA.
func (rec *yamlRecord) encodeTarget(dst []byte, n *yamlNode) []byte {
	text, err := rec.text(n)
	if err != nil {
		rec.failText(n, "", err)
		return nil
	}
	if text == "." {
		rec.fail(n, "bad-value", "the root is not a target of this type")
		return nil
	}
	return rec.target(n, "", text).AppendWire(dst)
}

// target reads a name that must be absolute. In a lenient record a name without the dot is absolute too.
func (rec *yamlRecord) target(n *yamlNode, field, text string) Name {
	if hasSpace(text) {
		rec.failText(n, field, errNameSpace)
		return Root
	}
	name, err := ParseUnicodeName(text, Name{})
	if errors.Is(err, errNoOrigin) && text != "@" {
		if name, err = ParseUnicodeName(text+".", Name{}); err == nil {
			rec.object(n, "missing-dot", "%.60q has no dot at the end: a target is a whole name, add the dot", text)
		}
	}
	if err != nil {
		rec.failText(n, field, err)
		return Root
	}
	return name
}

// octets reads a text value: see decodeText. In a lenient record what is not ASCII is taken as UTF-8.
func (rec *yamlRecord) octets(n *yamlNode, field string, program bool) []byte {
	text, err := rec.text(n)
	var octets []byte
	if err == nil {
		octets, err = decodeText(text)
	}
	if err != nil {
		rec.failText(n, field, err)
		return nil
	}
	if flaw := textFlaw(text, program); flaw != "" {
		if field != "" {
			flaw = field + ": " + flaw
		}
		rec.object(n, "bad-text", "%s", flaw)
	}
	return octets
}

// text returns the text of a value that is not a number. What has no quotes and is something else in YAML 1.1 is read as it is written, with a warning.
func (rec *yamlRecord) text(n *yamlNode) (string, error) {
	n, err := rec.tree.scalar(n)
	if err != nil {
		return "", err
	}
	if n.has(yamlPlain) {
		if instead, other := pythonReads(n.value); other {
			rec.note(n, "yaml-ambiguous", Warning, "%s: %.60q: octoDNS takes it for %s; put it in quotes", rec, n.value, instead)
		}
	}
	return n.value, nil
}

// txt reads the value of a TXT or SPF record.
func (rec *yamlRecord) txt(n *yamlNode) []byte {
	text, err := rec.text(n)
	if err != nil {
		rec.failText(n, "", err)
		return nil
	}
	octets, flaw, err := rec.semicolons.decode(text)
	if err != nil {
		rec.failText(n, "", err)
		return nil
	}
	if flaw = cmp.Or(textFlaw(text, false), flaw); flaw != "" {
		rec.object(n, "bad-text", "%s", flaw)
	}
	return octets
}

// compact returns the text of n without white space, which hex and base64 may have where YAML folds lines.
func (rec *yamlRecord) compact(n *yamlNode, field string) (string, bool) {
	text, err := rec.text(n)
	if err != nil {
		rec.failText(n, field, err)
		return "", false
	}
	if strings.ContainsAny(text, " \t\n") {
		text = strings.Join(strings.Fields(text), "")
	}
	if text == "" {
		rec.failText(n, field, errNoRDATA)
		return "", false
	}
	return text, true
}

func (rec *yamlRecord) hex(n *yamlNode, field string) []byte {
	text, ok := rec.compact(n, field)
	if !ok {
		return nil
	}
	octets, err := hex.DecodeString(text)
	if err != nil {
		rec.failText(n, field, errors.New("not an even number of hexadecimal digits"))
	}
	return octets
}

func (rec *yamlRecord) base64(n *yamlNode, field string) []byte {
	text, ok := rec.compact(n, field)
	if !ok {
		return nil
	}
	octets, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		rec.failText(n, field, errors.New("not base64"))
	}
	return octets
}

// parse reads the presentation form of RDATA, in which all names are absolute.
func (rec *yamlRecord) parse(n *yamlNode, text string) []byte {
	rdata, err := ParseRDATA(rec.key.Type, text, Name{})
	if err != nil {
		rec.fail(n, "bad-value", "%v", err)
	}
	return rdata
}

// yamlFields reads the fields of a value that is a mapping. A field that cannot be read is noted, and nothing is appended for it.
type yamlFields struct {
	rec   *yamlRecord
	node  *yamlNode
	pairs []yamlPair
	asked []string // the fields that were asked for
}

func (rec *yamlRecord) fields(n *yamlNode) (*yamlFields, bool) {
	pairs, err := rec.tree.pairs(rec.room.fields[:0], n)
	if errors.Is(err, errNotMap) {
		err = errors.New("a value of this type is a mapping with a key for each field")
	}
	if err != nil {
		rec.failText(n, "", err)
		return nil, false
	}
	rec.room.fields = pairs
	return &yamlFields{rec: rec, node: n, pairs: pairs}, true
}

// find returns the value of the first of the names that the mapping has, and that name. The names mean the same: another one that
// is there too is noted.
func (f *yamlFields) find(names ...string) (value *yamlNode, name string, ok bool) {
	for _, other := range names {
		for _, p := range f.pairs {
			switch {
			case keyText(p.key) != other:
				continue
			case !ok:
				value, name, ok = p.value, other, true
			default:
				f.rec.note(p.key, "unknown-key", Warning, "%s: both %s and %s, which mean the same: %s counts", f.rec, name, other, name)
			}
			f.asked = append(f.asked, other)
			break
		}
	}
	if !ok {
		name = names[0]
		f.asked = append(f.asked, name)
	}
	return value, name, ok
}

// need is find for a field without which there is no RDATA.
func (f *yamlFields) need(names ...string) (value *yamlNode, name string, ok bool) {
	value, name, ok = f.find(names...)
	if !ok {
		f.rec.fail(f.node, "bad-value", "%s is missing", name)
	}
	return value, name, ok
}

// text returns the text of a field.
func (f *yamlFields) text(names ...string) (value *yamlNode, name, text string, ok bool) {
	value, name, ok = f.need(names...)
	if !ok {
		return nil, name, "", false
	}
	text, err := f.rec.tree.text(value)
	if err != nil {
		f.rec.failText(value, name, err)
	}
	return value, name, text, err == nil
}

// number returns a field that is a number from 0 to limit.
func (f *yamlFields) number(limit uint64, names ...string) uint64 {
	value, name, text, ok := f.text(names...)
	if !ok {
		return 0
	}
	n, ok := parseDecimal(text, limit)
	if !ok {
		f.rec.fail(value, "bad-value", "%s: %.60q is not a number from 0 to %d%s", name, text, limit, decimalHint(text))
	}
	return n
}

func (f *yamlFields) uint8(dst []byte, names ...string) []byte {
	return append(dst, byte(f.number(0xff, names...)))
}

func (f *yamlFields) uint16(dst []byte, names ...string) []byte {
	return binary.BigEndian.AppendUint16(dst, uint16(f.number(0xffff, names...)))
}

func (f *yamlFields) target(dst []byte, names ...string) []byte {
	value, name, ok := f.need(names...)
	if !ok {
		return dst
	}
	text, err := f.rec.text(value)
	if err != nil {
		f.rec.failText(value, name, err)
		return dst
	}
	return f.rec.target(value, name, text).AppendWire(dst)
}

func (f *yamlFields) octets(dst []byte, names ...string) []byte {
	if value, name, ok := f.need(names...); ok {
		dst = append(dst, f.rec.octets(value, name, false)...)
	}
	return dst
}

func (f *yamlFields) hex(dst []byte, names ...string) []byte {
	if value, name, ok := f.need(names...); ok {
		dst = append(dst, f.rec.hex(value, name)...)
	}
	return dst
}

// characterString appends a field that is one character-string.
func (f *yamlFields) characterString(dst []byte, name string) []byte {
	value, name, ok := f.need(name)
	if !ok {
		return dst
	}
	octets := f.rec.octets(value, name, false)
	if len(octets) > 255 {
		f.rec.fail(value, "bad-value", "%s: %d octets, where there can be 255", name, len(octets))
		return dst
	}
	return append(append(dst, byte(len(octets))), octets...)
}

// others notes the fields that were not asked for.
func (f *yamlFields) others() {
next:
	for _, p := range f.pairs {
		text := keyText(p.key)
		for _, name := range f.asked {
			if name == text {
				continue next
			}
		}
		f.rec.note(p.key, "unknown-key", Warning, "%s: the field %.60q is not known, and nothing is done with it%s", f.rec, text, didYouMean(text, f.asked))
	}
}
