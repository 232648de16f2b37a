package zonefile

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// parameterKey is the key of a parameter of SVCB and HTTPS (RFC 9460 §14.3.2).
type parameterKey uint16

// The keys whose values are checked, and have a text of their own.
const (
	keyMandatory parameterKey = iota
	keyALPN
	keyNoDefaultALPN
	keyPort
	keyIPv4Hint
	keyECH
	keyIPv6Hint
	keyDoHPath // RFC 9461 §5
	keyOHTTP   // RFC 9540 §4
)

// parameterNames are the names of keys in text.
var parameterNames = [...]string{"mandatory", "alpn", "no-default-alpn", "port", "ipv4hint", "ech", "ipv6hint", "dohpath", "ohttp"}

// parameter is one parameter with its value in wire form.
type parameter struct {
	key   parameterKey
	value []byte
	pos   int // where it is written, if it is
}

var errParameters = errors.New("not parameters of a service (RFC 9460 §2.2)")

// String returns the name of the key, or keyNNN if there is none that BIND 9.18, Knot 3.2 and NSD 4.6 all read.
func (k parameterKey) String() string {
	if k <= keyIPv6Hint {
		return parameterNames[k]
	}
	return "key" + strconv.Itoa(int(k))
}

// parseParameterKey reads a name in lower case, or keyNNN without leading zeros (RFC 9460 §2.1).
func parseParameterKey(text string) (parameterKey, bool) {
	if i := slices.Index(parameterNames[:], text); i >= 0 {
		return parameterKey(i), true
	}
	digits, ok := strings.CutPrefix(text, "key")
	n, number := parseNumber(digits, 1<<16-1)
	return parameterKey(n), ok && number && (digits == "0" || digits[0] != '0')
}

// checkParameters checks parameters in wire form: each key once and in order, and the values of the keys that are known.
func checkParameters(b []byte) error {
	_, err := splitParameters(b)
	return err
}

func splitParameters(b []byte) ([]parameter, error) {
	var all []parameter
	for last := -1; len(b) > 0; {
		if len(b) < 4 {
			return nil, errParameters
		}
		key, size := int(binary.BigEndian.Uint16(b)), int(binary.BigEndian.Uint16(b[2:]))
		if key <= last || 4+size > len(b) {
			return nil, errParameters
		}
		last = key
		p := parameter{key: parameterKey(key), value: b[4 : 4+size]}
		if !p.valid() {
			return nil, fmt.Errorf("%w: the value of %s", errParameters, p.key)
		}
		all = append(all, p)
		b = b[4+size:]
	}
	return all, nil
}

// valid reports whether the value is one of its key (RFC 9460 §7 and §8).
func (p parameter) valid() bool {
	n := len(p.value)
	switch p.key {
	case keyMandatory:
		last := 0
		for b := p.value; len(b) > 1; b = b[2:] {
			key := int(binary.BigEndian.Uint16(b))
			if key <= last { // in order, each once, and not the key 0 itself
				return false
			}
			last = key
		}
		return n > 0 && n%2 == 0
	case keyALPN:
		for b := p.value; len(b) > 0; b = b[1+int(b[0]):] {
			if b[0] == 0 || 1+int(b[0]) > len(b) {
				return false
			}
		}
		return n > 0
	case keyNoDefaultALPN:
		return n == 0
	case keyOHTTP:
		// RFC 9540 §4 has it empty, and BIND does not know it.
	case keyPort:
		return n == 2
	case keyIPv4Hint:
		return n > 0 && n%4 == 0
	case keyIPv6Hint:
		return n > 0 && n%16 == 0
	case keyDoHPath:
		return n > 0 // a template in UTF-8, which only its reader has to understand
	case keyECH:
		// BIND lets it be empty.
	}
	return true
}

func compareKeys(a, b parameter) int { return cmp.Compare(a.key, b.key) }

// inconsistent says what keeps parameters, in the order of their keys, from standing together (RFC 9460 §7.1.1 and §8), or "".
func inconsistent(all []parameter) string {
	has := func(key parameterKey) bool {
		_, ok := slices.BinarySearchFunc(all, parameter{key: key}, compareKeys)
		return ok
	}
	if has(keyNoDefaultALPN) && !has(keyALPN) {
		return "no-default-alpn without alpn"
	}
	if len(all) > 0 && all[0].key == keyMandatory {
		for b := all[0].value; len(b) > 1; b = b[2:] {
			if key := parameterKey(binary.BigEndian.Uint16(b)); !has(key) {
				return fmt.Sprintf("mandatory names %s, which is not there", key)
			}
		}
	}
	return ""
}

// parameters appends the parameters that the tokens that are left stand for, in the order of their keys.
func (p *rdataParser) parameters(dst []byte) ([]byte, *fault) {
	var all []parameter
	first := p.end
	for len(p.tokens) > 0 {
		t := p.take()
		first = min(first, t.pos)
		name, text, hasValue := strings.Cut(t.text, "=")
		if hasValue && text == "" && len(p.tokens) > 0 && p.tokens[0].glued && p.tokens[0].quoted {
			text = p.take().text
		}
		key, ok := parseParameterKey(name)
		if !ok || t.quoted {
			return nil, faultAt(t.pos, "bad-value", "%s is not a parameter of a service: %s or keyNNN, in lower case", shown(t.text), strings.Join(parameterNames[:], ", "))
		}
		value, err := parseParameter(key, name, text)
		found := parameter{key, value, t.pos}
		if err == nil && !found.valid() {
			err = errParameterValue
		}
		if err != nil {
			return nil, faultAt(t.pos, "bad-value", "parameter %s: %s: %v", name, shown(text), err)
		}
		all = append(all, found)
	}
	slices.SortStableFunc(all, compareKeys)
	for i := 1; i < len(all); i++ {
		if all[i].key == all[i-1].key {
			return nil, faultAt(all[i].pos, "bad-value", "parameter %s comes twice", all[i].key)
		}
	}
	if why := inconsistent(all); why != "" {
		return nil, &fault{"bad-value", first, why}
	}
	for _, x := range all {
		dst = binary.BigEndian.AppendUint16(dst, uint16(x.key))
		dst = binary.BigEndian.AppendUint16(dst, uint16(len(x.value)))
		dst = append(dst, x.value...)
	}
	return dst, nil
}

var (
	errParameterValue = errors.New("not a value of this parameter")
	errParameterList  = errors.New("not a list with commas between, or not of such values")
)

// parseParameter reads the value of a parameter. The name tells "alpn" from "key1", whose value is in wire form.
func parseParameter(key parameterKey, name, text string) ([]byte, error) {
	value, err := appendUnescaped(nil, text)
	if err != nil {
		return nil, err
	}
	if len(value) > maxRDATA {
		return nil, errLongRDATA
	}
	if strings.HasPrefix(name, "key") {
		return value, nil
	}
	switch key {
	case keyMandatory:
		return parseMandatory(string(value))
	case keyALPN:
		return parseALPN(value)
	case keyPort:
		n, ok := parseNumber(string(value), 1<<16-1)
		if !ok {
			return nil, errParameterValue
		}
		return []byte{byte(n >> 8), byte(n)}, nil
	case keyIPv4Hint, keyIPv6Hint:
		part := byte('a')
		if key == keyIPv6Hint {
			part = 'A'
		}
		var list []byte
		for address := range strings.SplitSeq(string(value), ",") {
			var ok bool
			if list, ok = appendField(list, part, address); !ok {
				return nil, errParameterList
			}
		}
		return list, nil
	case keyECH:
		ech, err := base64.StdEncoding.Strict().DecodeString(string(value))
		if err != nil {
			return nil, errParameterValue
		}
		return ech, nil
	case keyOHTTP:
		if len(value) > 0 {
			return nil, errParameterValue
		}
	case keyNoDefaultALPN, keyDoHPath:
		// As it is.
	}
	return value, nil
}

// parseMandatory reads a list of keys, in any order, each once.
func parseMandatory(text string) ([]byte, error) {
	var keys []parameterKey
	for name := range strings.SplitSeq(text, ",") {
		key, ok := parseParameterKey(name)
		if !ok {
			return nil, errParameterList
		}
		keys = append(keys, key)
	}
	slices.Sort(keys) // one that comes twice is refused with the value
	var list []byte
	for _, key := range keys {
		list = binary.BigEndian.AppendUint16(list, uint16(key))
	}
	return list, nil
}

// parseALPN reads a list of protocols, in which \, and \\ stand for a comma and a backslash (RFC 9460 appendix A.1); like BIND it
// takes other octets behind a backslash for themselves.
func parseALPN(value []byte) ([]byte, error) {
	list := []byte{0}
	at := 0 // of the length octet
	for i := 0; i < len(value); i++ {
		c := value[i]
		switch c {
		case ',':
			at = len(list)
			list = append(list, 0)
			continue
		case '\\':
			if i++; i == len(value) {
				return nil, errParameterList
			}
			c = value[i]
		}
		if list[at] == 255 {
			return nil, errParameterList
		}
		list = append(list, c)
		list[at]++
	}
	return list, nil
}

// appendParametersText appends what [rdataParser.parameters] reads, with a space in front of each. It reports false for parameters
// that it would refuse.
func appendParametersText(dst []byte, b string) ([]byte, bool) {
	all, err := splitParameters([]byte(b))
	if err != nil || inconsistent(all) != "" {
		return dst, false
	}
	for _, p := range all {
		key := p.key.String()
		if p.key == keyECH && len(p.value) == 0 {
			key = "key5" // Knot reads no ech without a value
		}
		dst = append(append(dst, ' '), key...)
		if len(p.value) > 0 {
			dst = p.appendValueText(append(dst, '='))
		}
	}
	return dst, true
}

// appendValueText appends a value that is not empty.
func (p parameter) appendValueText(dst []byte) []byte {
	switch p.key {
	case keyMandatory:
		for i := 0; i < len(p.value); i += 2 {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(dst, parameterKey(binary.BigEndian.Uint16(p.value[i:])).String()...)
		}
		return dst
	case keyALPN:
		var list [][]byte
		escape := strings.NewReplacer(`\`, `\\`, `,`, `\,`)
		for b := p.value; len(b) > 0; b = b[1+int(b[0]):] {
			list = append(list, []byte(escape.Replace(string(b[1:1+int(b[0])]))))
		}
		return appendQuoted(dst, string(bytes.Join(list, []byte(","))))
	case keyPort:
		return strconv.AppendUint(dst, uint64(binary.BigEndian.Uint16(p.value)), 10)
	case keyIPv4Hint, keyIPv6Hint:
		size := 4
		if p.key == keyIPv6Hint {
			size = 16
		}
		for i := 0; i < len(p.value); i += size {
			if i > 0 {
				dst = append(dst, ',')
			}
			addr, _ := netip.AddrFromSlice(p.value[i : i+size])
			dst = addr.AppendTo(dst)
		}
		return dst
	case keyECH:
		return base64.StdEncoding.AppendEncode(dst, p.value)
	case keyNoDefaultALPN, keyDoHPath, keyOHTTP:
		// As it is.
	}
	return appendQuoted(dst, string(p.value))
}
