package zonefile

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// yamlRecord reads one record, which in YAML is a whole RRset.
type yamlRecord struct {
	*yamlReader
	node     *yamlNode // where the record begins
	mapping  *yamlNode
	key      Key
	typeText string // as the file has it: "PowerDnsProvider/LUA"
	ttl      TTL
	options  Options
	values   *yamlNode // what value or values has
	faults   int       // parts of it that have no RDATA
}

// readRecord reads the record at name that begins at that node.
func (r *yamlReader) readRecord(name Name, begin, n *yamlNode) {
	pairs, err := r.tree.pairs(r.room.record[:0], n)
	switch {
	case errors.Is(err, errReported):
		return
	case err != nil:
		r.note(begin, "yaml-shape", Error, "%s: not a record, which is a mapping with type and value%s", name.Relative(r.origin), indentHint(begin))
		return
	}
	r.room.record = pairs
	rec := &r.room.read
	*rec = yamlRecord{yamlReader: r, node: begin, mapping: n, key: Key{Name: name}, ttl: r.ttl}
	if !rec.readType(pairs) {
		return
	}
	good := rec.readFields(pairs)
	if first, again := r.stated.add(rec.key, begin.at); again {
		rec.stateAgain(r.position(begin.at), rec.String(), first)
		return
	}
	if rec.options.Ignored {
		rec.setOptions()
		return
	}
	if good {
		rec.readValues(begin.at.place())
	}
}

// String returns the name and type as messages have them: "www A".
func (rec *yamlRecord) String() string {
	owner := rec.key.Name.Relative(rec.origin)
	if rec.typeText == "" {
		return owner
	}
	return owner + " " + rec.typeText
}

// fail notes that a part of the record has no RDATA. In a lenient record that is a warning.
func (rec *yamlRecord) fail(n *yamlNode, rule, format string, args ...any) {
	rec.faults++
	rec.object(n, rule, format, args...)
}

// object notes that a part of the record is not as it should be, but has RDATA. In a lenient record that is a warning.
func (rec *yamlRecord) object(n *yamlNode, rule, format string, args ...any) {
	severity := Error
	if rec.options.Lenient {
		severity = Warning
	}
	rec.note(n, rule, severity, "%s: %s", rec, fmt.Sprintf(format, args...))
}

// failText is fail for the error of a text that could not be had.
func (rec *yamlRecord) failText(n *yamlNode, field string, err error) {
	if errors.Is(err, errReported) {
		rec.faults++
		return
	}
	if field != "" {
		field += ": "
	}
	rec.fail(n, "bad-value", "%s%v", field, err)
}

// readType reads the type and the octodns block, without which nothing else of the record can be understood.
func (rec *yamlRecord) readType(pairs []yamlPair) bool {
	at, err := rec.node, errNoType
	for _, p := range pairs {
		if keyText(p.key) != "type" {
			continue
		}
		at = p.value
		if rec.typeText, err = rec.tree.text(p.value); err == nil {
			rec.key.Type, err = parseYAMLType(rec.typeText)
		}
	}
	for _, p := range pairs {
		if keyText(p.key) == "octodns" {
			rec.readOptions(p.value)
		}
	}
	if err == nil || errors.Is(err, errReported) || errors.Is(err, errNotDNS) && rec.options.Ignored {
		return err == nil
	}
	rec.typeText = "" // which the error has
	rec.note(at, "unknown-type", Error, "%s: %v", rec, err)
	return false
}

var (
	errNoType = errors.New("a record without a type")
	errNotDNS = errors.New("not a DNS record but something that a provider makes; leave it to other tools with octodns: {ignored: true}")
)

// parseYAMLType reads a type as YAML files name it. Its error is errNotDNS for the types that octoDNS has besides those of DNS.
func parseYAMLType(text string) (Type, error) {
	switch {
	case text == "PowerDnsProvider/LUA":
		return TypeLUA, nil
	case text == "URLFWD", strings.Contains(text, "/"):
		return 0, fmt.Errorf("%.60q is %w", text, errNotDNS)
	}
	return ParseType(text)
}

// readFields reads what else the record has, but for the values, which it only finds. It reports whether they are worth reading.
func (rec *yamlRecord) readFields(pairs []yamlPair) bool {
	if rec.options.Ignored {
		return true
	}
	good := true
	var stated *yamlNode // the key of the values
	for _, p := range pairs {
		key, value := p.key, p.value
		switch text := keyText(key); text {
		case "type", "octodns":
		case "ttl":
			rec.readTTL(value)
		case "value", "values":
			if stated != nil {
				rec.note(rec.keyOrRecord(key), "yaml-shape", Error, "%s: both value and values; keep one of them", rec)
				good = false
			}
			stated, rec.values = key, value
		case "dynamic", "geo":
			if !value.has(yamlNull) {
				rec.note(key, "unsupported", Error, "%s: %s records are not supported; give it plain values, or leave it to other tools with octodns: {ignored: true}", rec, text)
				good = false
			}
		default:
			rec.note(key, "unknown-key", Warning, "%s: the key %.60q is not known, and nothing is done with it%s", rec, text, didYouMean(text, recordKeys))
		}
	}
	if stated == nil && good {
		rec.note(rec.node, "missing-data", Error, "%s: no value", rec)
	}
	return good && stated != nil
}

// keyOrRecord returns key if it stands in the record, and the record's begin if it is merged into it.
func (rec *yamlRecord) keyOrRecord(key *yamlNode) *yamlNode {
	if n, err := rec.tree.resolve(rec.mapping); err == nil && n.isKey(key) {
		return key
	}
	return rec.node
}

// readTTL reads the TTL, which is a number of seconds without a unit.
func (rec *yamlRecord) readTTL(n *yamlNode) {
	text, err := rec.tree.text(n)
	if errors.Is(err, errReported) {
		return
	}
	ttl, ok := parseDecimal(text, uint64(MaxTTL))
	if err != nil || !ok {
		rec.note(n, "bad-value", Error, "%s: ttl %.60q is not a number of seconds from 0 to %d%s", rec, text, MaxTTL, ttlHint(text))
		return
	}
	rec.ttl = TTL(ttl)
}

// parseDecimal reads a decimal number up to limit. A zero in front of others is refused: YAML 1.1 takes such a number for octal.
func parseDecimal(text string, limit uint64) (uint64, bool) {
	if text == "" || len(text) > 1 && text[0] == '0' {
		return 0, false
	}
	n := uint64(0)
	for _, c := range []byte(text) {
		if c < '0' || c > '9' {
			return 0, false
		}
		if n = n*10 + uint64(c-'0'); n > limit {
			return 0, false
		}
	}
	return n, true
}

// readValues encodes the values and adds them to the zone, unless one of them could not be read.
func (rec *yamlRecord) readValues(at place) {
	values, err := rec.tree.resolve(rec.values)
	if err != nil {
		return
	}
	var rdata [][]byte
	if values.kind == yamlList {
		rdata = rec.encodeList(values)
	} else if data, ok := rec.encode(values); ok {
		rdata = append(rec.room.single[:0], data)
	}
	if rec.faults > 0 && rec.options.Lenient {
		// Neither the rest of the values nor nothing at all is what was meant.
		rec.options.Ignored = true
		rec.note(rec.node, "left-out", Warning, "%s: left out since it is lenient; what is live there is left alone", rec)
	}
	rec.setOptions()
	if rec.faults > 0 {
		return
	}
	if len(rec.allowed) > 0 {
		rec.stateWithin(rec.key, lineOf{rec.files[rec.node.at.file], int(rec.node.at.line)}, rec.mapping.lastLine())
	}
	for _, data := range rdata {
		if err := rec.builder.add(rec.key, rec.ttl, data, at); err != nil {
			rec.note(rec.node, "zone-too-large", Error, "%s: %v", rec, err)
			return
		}
	}
}

// encodeList returns the RDATA of each value of a list that has some, once.
func (rec *yamlRecord) encodeList(values *yamlNode) [][]byte {
	var rdata [][]byte
	stated := map[string]yamlPlace{} // of each
	count := 0
	for n := values.first; n != nil; n = n.next {
		if count++; count == 2 && singleValued(rec.key.Type) {
			rec.fail(n, "bad-value", "several values, where there can be one")
		}
		canonical, ok := rec.encode(n)
		if !ok {
			continue
		}
		if first, again := stated[string(canonical)]; again {
			rec.note(n, "duplicate-record", Warning, "%s: the same value as at %s", rec, rec.position(first))
			continue
		}
		stated[string(canonical)] = n.at
		rdata = append(rdata, bytes.Clone(canonical))
	}
	if count == 0 {
		rec.fail(rec.values, "bad-value", "an empty list of values")
	}
	return rdata
}

// singleValued reports whether an RRset of type t has one record: the name stands for one other (RFC 2181 §10.1, RFC 6672 §2.4).
func singleValued(t Type) bool { return t == TypeCNAME || t == TypeDNAME || t == TypeALIAS }

// encode returns the RDATA of one value in canonical form, which is there until the next is encoded. What keeps it from that is noted.
func (rec *yamlRecord) encode(n *yamlNode) ([]byte, bool) {
	before := rec.faults
	n, err := rec.tree.resolve(n)
	if err != nil {
		rec.faults++
		return nil, false
	}
	rdata := rec.encodeValue(rec.room.rdata[:0], n)
	if rec.faults > before {
		return nil, false
	}
	rec.room.rdata = rdata
	canonical, err := canonicalRDATA(rec.key.Type, rdata)
	if err != nil {
		rec.fail(n, "bad-value", "%v", err)
		return nil, false
	}
	return canonical, true
}
