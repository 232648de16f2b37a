package zonefile

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// caa reads flags, which may be missing, tag and value (RFC 8659 §4.1).
func (f *yamlFields) caa(b []byte) []byte {
	if _, _, ok := f.find("flags"); ok {
		b = f.uint8(b, "flags")
	} else {
		b = append(b, 0)
	}
	if value, name, tag, ok := f.text("tag"); ok {
		if b, ok = appendTag(b, tag); !ok {
			f.rec.fail(value, "bad-value", "%s: %.60q is not a tag of letters and digits", name, tag)
		}
	}
	return f.octets(b, "value")
}

// naptr reads the fields of RFC 3403 §4.1. Flags have no letter case, and octoDNS writes them in capitals.
func (f *yamlFields) naptr(b []byte) []byte {
	b = f.uint16(b, "order")
	b = f.uint16(b, "preference")
	flags := len(b) + 1 // behind their length
	b = f.characterString(b, "flags")
	for i := flags; i < len(b); i++ {
		if isLetter(b[i]) {
			b[i] &^= 'a' - 'A'
		}
	}
	b = f.characterString(b, "service")
	b = f.characterString(b, "regexp")
	return f.target(b, "replacement")
}

// ds reads the fields of RFC 4034 §5.1 by their names, or by those that octoDNS had before: of a DNSKEY, and each for another one.
func (f *yamlFields) ds(b []byte) []byte {
	_, _, flags := f.find("flags")
	_, _, key := f.find("public_key")
	if flags || key {
		b = f.uint16(b, "flags")
		b = f.uint8(b, "protocol")
		b = f.uint8(b, "algorithm")
		return f.hex(b, "public_key")
	}
	b = f.uint16(b, "key_tag")
	b = f.uint8(b, "algorithm")
	b = f.uint8(b, "digest_type")
	return f.hex(b, "digest")
}

// lua reads a PowerDNS LUA record: the type of the answers, and the program that makes them.
// (https://doc.powerdns.com/authoritative/lua-records/)
func (f *yamlFields) lua(b []byte) []byte {
	if value, name, text, ok := f.text("type"); ok {
		t, err := ParseType(text)
		if err != nil {
			f.rec.failText(value, name, err)
		}
		b = append(b, byte(t>>8), byte(t))
	}
	if value, name, ok := f.need("script"); ok {
		b = appendStrings(b, f.rec.octets(value, name, true))
	}
	return b
}

// locFields are the fields of a LOC record in the order of its presentation form (RFC 1876 §3).
var locFields = []string{
	"lat_degrees", "lat_minutes", "lat_seconds", "lat_direction",
	"long_degrees", "long_minutes", "long_seconds", "long_direction",
	"altitude", "size", "precision_horz", "precision_vert",
}

// loc reads the fields of a LOC record by way of its presentation form.
func (f *yamlFields) loc() []byte {
	before := f.rec.faults
	var parts []string
	for _, field := range locFields {
		value, name, part, ok := f.text(field)
		if !ok {
			continue
		}
		if part == "" || strings.Trim(part, "-.0123456789NSEWnsew") != "" {
			f.rec.fail(value, "bad-value", "%s: %.60q is not a decimal number or a direction", name, part)
		}
		parts = append(parts, strings.ToUpper(part))
	}
	if f.rec.faults > before {
		return nil
	}
	return f.rec.parse(f.node, strings.Join(parts, " "))
}

// svcb reads the fields of SVCB and HTTPS by way of their presentation form (RFC 9460 §2.1).
func (f *yamlFields) svcb() []byte {
	before := f.rec.faults
	priority := f.number(0xffff, "svcpriority")
	target := Root
	if value, name, text, ok := f.text("targetname"); ok {
		target = f.rec.target(value, name, text)
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%d %s", priority, target)
	if value, name, ok := f.find("svcparams"); ok && !value.has(yamlNull) {
		params, err := f.rec.tree.pairs(nil, value)
		if errors.Is(err, errNotMap) {
			f.rec.fail(value, "bad-value", "%s: not a mapping of parameters", name)
		} else if err != nil {
			f.rec.faults++
		}
		if n := len(params); n > maxParameters {
			f.rec.fail(value, "bad-value", "%s: %d parameters, where there can be %d", name, n, maxParameters)
			return nil
		}
		for i := 0; i < len(params) && text.Len() <= maxParametersText; i++ {
			text.WriteByte(' ')
			text.WriteString(f.rec.svcParam(params[i].key, params[i].value))
		}
	}
	if f.rec.faults > before {
		return nil
	}
	return f.rec.parse(f.node, text.String())
}

// Bounds of the parameters of one record, far from what RDATA can have, so that what is too much costs no more than that.
const (
	maxParameters     = maxRDATA / 4 // each has a key and a length
	maxParametersText = 8 * maxRDATA // an octet takes four characters at most, and a key 15 for four octets
)

// listParams are the parameters whose value is a list.
var listParams = []string{"mandatory", "alpn", "ipv4hint", "ipv6hint"}

// svcParam returns one parameter in presentation form: key="value", or only the key if it has no value.
func (rec *yamlRecord) svcParam(keyNode, n *yamlNode) string {
	key := keyText(keyNode)
	// The key is not quoted there, so nothing may be in it that ends it.
	if key == "" || strings.Trim(key, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		rec.fail(keyNode, "bad-value", "svcparams: %.60q is not the name of a parameter", key)
		return ""
	}
	n, err := rec.tree.resolve(n)
	if err != nil {
		rec.faults++
		return ""
	}
	field := "svcparams." + key
	list := slices.Contains(listParams, key)
	switch {
	case list && n.kind != yamlList:
		rec.fail(n, "bad-value", "%s: not a list", field)
		return ""
	case n.has(yamlNull):
		return key
	case key == "no-default-alpn":
		rec.fail(n, "bad-value", "%s: it has no value; leave it empty", field)
		return ""
	case !list:
		return string(appendQuoted([]byte(key+"="), string(rec.octets(n, field, false))))
	}
	var value []byte
	for item := n.first; item != nil; item = item.next {
		if item != n.first {
			value = append(value, ',')
		}
		for _, c := range rec.octets(item, field, false) {
			if c == ',' || c == '\\' {
				value = append(value, '\\') // of the list; that of the string around it comes on top (RFC 9460 appendix A.1)
			}
			value = append(value, c)
		}
	}
	return string(appendQuoted([]byte(key+"="), string(value)))
}
