package zonefile

import (
	"errors"
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"
)

// yamlRecord reads one record, which in YAML is a whole RRset.
type yamlRecord struct {
	*yamlReader
	line     int
	key      Key
	typeText string // as the file has it: "PowerDnsProvider/LUA"
	ttl      TTL
	options  Options
	values   *yaml.Node // what value or values has
	faults   int        // parts of it that have no RDATA
}

// readRecord reads the record at name that begins in that line.
func (r *yamlReader) readRecord(name Name, line int, n *yaml.Node) {
	pairs, err := r.tree.pairs(n)
	switch {
	case errors.Is(err, errReported):
		return
	case err != nil:
		r.note(line, "yaml-shape", Error, "%s: not a record, which is a mapping with type and value", name.Relative(r.origin))
		return
	}
	rec := &yamlRecord{yamlReader: r, line: line, key: Key{Name: name}, ttl: r.ttl}
	if !rec.readType(pairs) {
		return
	}
	good := rec.readFields(pairs)
	at := place{uint32(line), r.at}
	if first, ok := r.seen[rec.key]; ok {
		rec.note(line, "duplicate-rrset", Error, "%s: stated again, first at %s; put the values into one record", rec, r.place(first))
		return
	}
	r.seen[rec.key] = at
	if rec.options.Ignored {
		rec.setOptions()
		return
	}
	if good {
		rec.readValues(at)
	}
}

// place returns the position of p among the files so far.
func (r *yamlReader) place(p place) Position {
	return Position{File: r.files[p.file], Line: int(p.line)}
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
func (rec *yamlRecord) fail(n *yaml.Node, rule, format string, args ...any) {
	rec.faults++
	rec.object(n, rule, format, args...)
}

// object notes that a part of the record is not as it should be, but has RDATA. In a lenient record that is a warning.
func (rec *yamlRecord) object(n *yaml.Node, rule, format string, args ...any) {
	severity := Error
	if rec.options.Lenient {
		severity = Warning
	}
	rec.note(n.Line, rule, severity, "%s: %s", rec, fmt.Sprintf(format, args...))
}

// failText is fail for the error of a text that could not be had.
func (rec *yamlRecord) failText(n *yaml.Node, field string, err error) {
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
func (rec *yamlRecord) readType(pairs []*yaml.Node) bool {
	line, err := rec.line, errNoType
	for i := 0; i < len(pairs); i += 2 {
		if keyText(pairs[i]) != "type" {
			continue
		}
		line = pairs[i].Line
		if rec.typeText, err = rec.tree.text(pairs[i+1]); err == nil {
			rec.key.Type, err = parseYAMLType(rec.typeText)
		}
	}
	for i := 0; i < len(pairs); i += 2 {
		if keyText(pairs[i]) == "octodns" {
			rec.readOptions(pairs[i+1])
		}
	}
	if err == nil || errors.Is(err, errReported) || errors.Is(err, errNotDNS) && rec.options.Ignored {
		return err == nil
	}
	rec.typeText = "" // which the error has
	rec.note(line, "unknown-type", Error, "%s: %v", rec, err)
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
func (rec *yamlRecord) readFields(pairs []*yaml.Node) bool {
	if rec.options.Ignored {
		return true
	}
	good := true
	var stated *yaml.Node // the key of the values
	for i := 0; i < len(pairs); i += 2 {
		key, value := pairs[i], pairs[i+1]
		switch text := keyText(key); text {
		case "type", "octodns":
		case "ttl":
			rec.readTTL(value)
		case "value", "values":
			if stated != nil {
				rec.note(rec.line, "yaml-shape", Error, "%s: both value and values; keep one of them", rec)
				good = false
			}
			stated, rec.values = key, value
		case "dynamic", "geo":
			if value.Tag != "!!null" {
				rec.note(key.Line, "unsupported", Error, "%s: %s records are not supported; give it plain values, or leave it to other tools with octodns: {ignored: true}", rec, text)
				good = false
			}
		default:
			rec.note(key.Line, "unknown-key", Warning, "%s: the key %.60q is not known, and nothing is done with it", rec, text)
		}
	}
	if stated == nil && good {
		rec.note(rec.line, "missing-data", Error, "%s: no value", rec)
	}
	return good && stated != nil
}

// readTTL reads the TTL, which is a number of seconds without a unit.
func (rec *yamlRecord) readTTL(n *yaml.Node) {
	text, err := rec.tree.text(n)
	if errors.Is(err, errReported) {
		return
	}
	ttl, ok := parseDecimal(text, uint64(MaxTTL))
	if err != nil || !ok {
		rec.note(n.Line, "bad-value", Error, "%s: ttl %.60q is not a number of seconds from 0 to %d", rec, text, MaxTTL)
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
	nodes, err := rec.tree.items(rec.values)
	if err != nil {
		return
	}
	if len(nodes) == 0 {
		rec.fail(rec.values, "bad-value", "an empty list of values")
	}
	if len(nodes) > 1 && singleValued(rec.key.Type) {
		rec.fail(nodes[1], "bad-value", "%d values, where there can be one", len(nodes))
	}
	var stated map[string]int // the line of each RDATA
	if len(nodes) > 1 {
		stated = make(map[string]int, len(nodes))
	}
	rdata := make([][]byte, 0, len(nodes))
	for _, n := range nodes {
		canonical, ok := rec.encode(n)
		if !ok {
			continue
		}
		if stated != nil {
			if first, again := stated[string(canonical)]; again {
				rec.note(n.Line, "duplicate-record", Warning, "%s: the same value as in line %d", rec, first)
				continue
			}
			stated[string(canonical)] = n.Line
		}
		rdata = append(rdata, canonical)
	}
	if rec.faults > 0 && rec.options.Lenient {
		// Neither the rest of the values nor nothing at all is what was meant.
		rec.options.Ignored = true
		rec.note(rec.line, "left-out", Warning, "%s: left out since it is lenient; what is live there is left alone", rec)
	}
	rec.setOptions()
	if rec.faults > 0 {
		return
	}
	for _, data := range rdata {
		if err := rec.builder.add(rec.key, rec.ttl, data, at); err != nil {
			rec.note(rec.line, "zone-too-large", Error, "%s: %v", rec, err)
			return
		}
	}
}

// singleValued reports whether an RRset of type t has one record: the name stands for one other (RFC 2181 §10.1, RFC 6672 §2.4).
func singleValued(t Type) bool { return t == TypeCNAME || t == TypeDNAME || t == TypeALIAS }

// encode returns the RDATA of one value in canonical form. What keeps it from that is noted.
func (rec *yamlRecord) encode(n *yaml.Node) ([]byte, bool) {
	before := rec.faults
	n, err := rec.tree.resolve(n)
	if err != nil {
		rec.faults++
		return nil, false
	}
	rdata := rec.encodeValue(n)
	if rec.faults > before {
		return nil, false
	}
	canonical, err := canonicalRDATA(rec.key.Type, rdata)
	if err != nil {
		rec.fail(n, "bad-value", "%v", err)
		return nil, false
	}
	return canonical, true
}
