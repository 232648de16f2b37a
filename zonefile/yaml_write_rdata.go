package zonefile

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// yamlValue is a value as it is written: a scalar in its quotes, or a mapping.
type yamlValue struct {
	text   string
	fields []yamlField // in the order of CompareYAMLKeys; nil for a scalar
}

// yamlField is a key of a mapping, with no text for a value that is nothing.
type yamlField struct {
	name  string
	value yamlValue
}

func sortFields(fields []yamlField) {
	slices.SortFunc(fields, func(a, b yamlField) int { return CompareYAMLKeys(a.name, b.name) })
}

// values returns the type and the values of an RRset as they are written: in the shape that octoDNS gives to the type if all of them have it.
func (o YAMLFormat) values(s RRset) (typ string, values []yamlValue) {
	typ = s.Key.Type.String()
	if s.Key.Type == TypeLUA {
		typ = "PowerDnsProvider/LUA"
	}
	for rdata := range s.RDATA() {
		v, ok := o.value(s.Key.Type, rdata)
		if !ok {
			typ, values = "TYPE"+strconv.Itoa(int(s.Key.Type)), nil
			break
		}
		values = append(values, v)
	}
	if values == nil {
		for rdata := range s.RDATA() {
			values = append(values, scalarOf(FormatRDATA(s.Key.Type, rdata)))
		}
	}
	return typ, values
}

func scalarOf(text string) yamlValue { return yamlValue{text: string(appendYAMLScalar(nil, text))} }

// value returns a value in the shape of its type, and false if it has none there.
func (o YAMLFormat) value(t Type, rdata string) (yamlValue, bool) {
	switch t {
	case TypeTXT, TypeSPF:
		octets, ok := joinedStrings(rdata)
		return o.txt(octets), ok
	case TypeCNAME, TypeDNAME, TypeALIAS, TypeNS, TypePTR:
		return scalarOf(FormatRDATA(t, rdata)), rdata != "\x00"
	case TypeLOC:
		return locValue(rdata)
	case TypeSVCB, TypeHTTPS:
		return svcbValue(rdata)
	case TypeLUA:
		return luaValue(rdata)
	}
	shape, ok := yamlShapes[t]
	if !ok {
		return scalarOf(FormatRDATA(t, rdata)), true
	}
	return shape.value(rdata)
}

// txt returns the value of a TXT or SPF record.
func (o YAMLFormat) txt(octets string) yamlValue {
	text := encodeText(octets)
	if o.Semicolons == EscapedSemicolons {
		text = strings.ReplaceAll(text, ";", `\;`)
	}
	return scalarOf(text)
}

// encodeText returns what [decodeText] reads as these octets, however semicolons are read: a backslash in front of one is \092.
func encodeText(octets string) string {
	var b []byte
	for i := range len(octets) {
		switch c := octets[i]; {
		case c == '\\' && strings.HasPrefix(octets[i+1:], ";"), c < ' ', c > '~':
			b = append(b, '\\', '0'+c/100, '0'+c/10%10, '0'+c%10)
		case c == '\\', c == '"' && (i == 0 || strings.HasSuffix(octets[:i], `" `)):
			b = append(b, '\\', c)
		default:
			b = append(b, c)
		}
	}
	return string(b)
}

// joinedStrings returns the octets of character-strings that are cut as octoDNS cuts them, which is also how [appendStrings] does.
func joinedStrings(rdata string) (string, bool) {
	var octets []byte
	for rest := rdata; rest != ""; {
		n := 1 + int(rest[0])
		if len(rest) < n {
			return "", false
		}
		octets = append(octets, rest[1:n]...)
		rest = rest[n:]
	}
	return string(octets), string(appendStrings(nil, octets)) == rdata
}

// yamlShape says what the value of a type is made of: the names of its fields, in the order of the RDATA, and a letter for each as in forms. Here o
// and s are texts, of the rest of the RDATA and with a length in front.
type yamlShape struct {
	form  string
	names []string
}

// yamlShapes are the shapes of the types whose values are mappings, but for those that need more than that.
var yamlShapes = map[Type]yamlShape{
	TypeMX:    {"2n", []string{"preference", "exchange"}},
	TypeSRV:   {"222n", []string{"priority", "weight", "port", "target"}},
	TypeCAA:   {"1lo", []string{"flags", "tag", "value"}},
	TypeURI:   {"22o", []string{"priority", "weight", "target"}},
	TypeNAPTR: {"22sssn", []string{"order", "preference", "flags", "service", "regexp", "replacement"}},
	TypeDS:    {"211x", []string{"key_tag", "algorithm", "digest_type", "digest"}},
	TypeSSHFP: {"11x", []string{"algorithm", "fingerprint_type", "fingerprint"}},
	TypeTLSA:  {"111x", []string{"certificate_usage", "selector", "matching_type", "certificate_association_data"}},
}

// value returns RDATA in that shape.
func (s yamlShape) value(rdata string) (yamlValue, bool) {
	fields := make([]yamlField, len(s.names))
	for i, name := range s.names {
		var text string
		var ok bool
		if text, rdata, ok = shapedField(s.form[i], rdata); !ok || name == "flags" && s.form[i] == 's' && text != strings.ToUpper(text) {
			return yamlValue{}, false // the flags of NAPTR are read as capitals
		}
		fields[i] = yamlField{name, scalarOf(text)}
		if s.form[i] == '1' || s.form[i] == '2' {
			fields[i].value.text = text
		}
	}
	sortFields(fields)
	return yamlValue{fields: fields}, rdata == ""
}

// shapedField returns the text of the field that RDATA begins with, and the rest.
func shapedField(part byte, rdata string) (text, rest string, ok bool) {
	switch {
	case part == '1' && len(rdata) >= 1:
		return strconv.Itoa(int(rdata[0])), rdata[1:], true
	case part == '2' && len(rdata) >= 2:
		return strconv.Itoa(int(rdata[0])<<8 | int(rdata[1])), rdata[2:], true
	case part == 'n':
		name, rest, ok := appendNameText(nil, rdata)
		return string(name), rest, ok
	case part == 'o':
		return encodeText(rdata), "", true
	case part == 'x':
		return hex.EncodeToString([]byte(rdata)), "", rdata != ""
	case (part == 's' || part == 'l') && rdata != "" && len(rdata) > int(rdata[0]):
		octets, rest := rdata[1:1+int(rdata[0])], rdata[1+int(rdata[0]):]
		if part == 'l' {
			return octets, rest, octets != "" && isTag(octets)
		}
		return encodeText(octets), rest, true
	}
	return "", "", false
}

// locValue returns the fields of a LOC record, by way of its presentation form.
func locValue(rdata string) (yamlValue, bool) {
	words := strings.Fields(FormatRDATA(TypeLOC, rdata))
	if len(words) != len(locFields) {
		return yamlValue{}, false
	}
	fields := make([]yamlField, len(words))
	for i, name := range locFields {
		fields[i] = yamlField{name, yamlValue{text: strings.TrimSuffix(strings.TrimSuffix(words[i], "m"), ".00")}} // numbers, N, S, E and W, which nobody takes for anything else
		if words[i] == "N" {
			fields[i].value.text = "'N'" // YAML 1.1 has it as another word for false
		}
	}
	sortFields(fields)
	return yamlValue{fields: fields}, true
}

// luaValue returns the fields of a PowerDNS LUA record.
func luaValue(rdata string) (yamlValue, bool) {
	if len(rdata) < 3 {
		return yamlValue{}, false
	}
	program, ok := joinedStrings(rdata[2:])
	typ := Type(binary.BigEndian.Uint16([]byte(rdata))).String()
	if _, err := ParseType(typ); err != nil {
		return yamlValue{}, false
	}
	return yamlValue{fields: []yamlField{{"script", scalarOf(encodeText(program))}, {"type", scalarOf(typ)}}}, ok
}

// svcbValue returns the fields of an SVCB or HTTPS record.
func svcbValue(rdata string) (yamlValue, bool) {
	priority, rest, ok := shapedField('2', rdata)
	if !ok {
		return yamlValue{}, false
	}
	target, rest, ok := shapedField('n', rest)
	if !ok || target != strings.ToLower(target) {
		return yamlValue{}, false // of this type alone a name keeps capitals, and targets in YAML have none
	}
	all, err := splitParameters([]byte(rest))
	if err != nil || inconsistent(all) != "" {
		return yamlValue{}, false
	}
	var params []yamlField
	for _, p := range all {
		params = append(params, yamlField{p.key.String(), p.yamlValue()})
	}
	sortFields(params)
	fields := []yamlField{{"svcparams", yamlValue{fields: params}}, {"svcpriority", yamlValue{text: priority}}, {"targetname", scalarOf(target)}}
	if params == nil {
		fields = fields[1:]
	}
	return yamlValue{fields: fields}, true
}

// yamlValue returns the value of a parameter: a list in one line for those that are one.
func (p parameter) yamlValue() yamlValue {
	var items []string
	switch p.key {
	case keyMandatory:
		for b := p.value; len(b) > 1; b = b[2:] {
			items = append(items, parameterKey(binary.BigEndian.Uint16(b)).String())
		}
	case keyALPN:
		for b := p.value; len(b) > 0; b = b[1+int(b[0]):] {
			items = append(items, encodeText(string(b[1:1+int(b[0])])))
		}
	case keyIPv4Hint, keyIPv6Hint:
		size := 4
		if p.key == keyIPv6Hint {
			size = 16
		}
		for b := p.value; len(b) >= size; b = b[size:] {
			address, _ := netip.AddrFromSlice(b[:size])
			items = append(items, address.String())
		}
	case keyPort:
		return yamlValue{text: strconv.Itoa(int(binary.BigEndian.Uint16(p.value)))}
	case keyECH:
		return scalarOf(base64.StdEncoding.EncodeToString(p.value))
	case keyNoDefaultALPN, keyDoHPath, keyOHTTP:
		// As the others.
	}
	if items == nil {
		if len(p.value) == 0 {
			return yamlValue{}
		}
		return scalarOf(encodeText(string(p.value)))
	}
	return yamlValue{text: flowList(items)}
}

// flowList returns a list in one line. In it text without quotes has no comma, bracket or brace.
func flowList(items []string) string {
	var b []byte
	for i, item := range items {
		if i > 0 {
			b = append(b, ", "...)
		}
		if strings.ContainsAny(item, ",[]{}:") {
			b = append(append(append(b, '\''), strings.ReplaceAll(item, "'", "''")...), '\'')
			continue
		}
		b = appendYAMLScalar(b, item)
	}
	return "[" + string(b) + "]"
}
