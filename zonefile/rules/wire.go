package rules

import (
	"iter"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/zonefile"
)

// Types that package zonefile has no names for, as RFC 1183 and RFC 2230 have them.
const (
	typeAFSDB zonefile.Type = 18
	typeRT    zonefile.Type = 21
	typeKX    zonefile.Type = 36
)

// rootWire is the root in wire form.
const rootWire = "\x00"

func uint16At(rdata string, at int) int { return int(rdata[at])<<8 | int(rdata[at+1]) }

// target returns the name that a record points to, in wire form. The types are those of [targetTypes].
func target(t zonefile.Type, rdata string) string {
	switch t {
	case zonefile.TypeMX, typeAFSDB, typeRT, typeKX:
		return rdata[2:]
	case zonefile.TypeSRV:
		return rdata[6:]
	case zonefile.TypeSVCB, zonefile.TypeHTTPS:
		return rdata[2 : 2+nameSize(rdata[2:])]
	case zonefile.TypeNAPTR:
		return parseNAPTR(rdata).replacement
	}
	return rdata
}

// targetTypes are the types that point to a name.
func targetTypes(except ...zonefile.Type) []zonefile.Type {
	types := []zonefile.Type{
		zonefile.TypeNS, zonefile.TypeCNAME, zonefile.TypePTR, zonefile.TypeMX, typeAFSDB, typeRT, zonefile.TypeSRV, zonefile.TypeNAPTR, typeKX,
		zonefile.TypeDNAME, zonefile.TypeSVCB, zonefile.TypeHTTPS, zonefile.TypeALIAS,
	}
	return slices.DeleteFunc(types, func(t zonefile.Type) bool { return slices.Contains(except, t) })
}

// nameSize returns the octets of the name that wire begins with.
func nameSize(wire string) int {
	n := 0
	for wire[n] != 0 {
		n += 1 + int(wire[n])
	}
	return n + 1
}

// labels gives the labels of a name in wire form, the root label not among them.
func labels(wire string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for wire != "" && wire[0] != 0 {
			n := 1 + int(wire[0])
			if !yield(wire[1:n]) {
				return
			}
			wire = wire[n:]
		}
	}
}

// relative returns the labels of a name that are below the origin, both in wire form, without a root label; "" for the origin and what is not in it.
func relative(wire, origin string) string {
	at := 0
	for len(wire)-at > len(origin) {
		at += 1 + int(wire[at])
	}
	if wire[at:] != origin {
		return ""
	}
	return wire[:at]
}

// endsWith reports whether the last of the labels of a name are those, both in wire form without a root label.
func endsWith(wire, last string) bool {
	if !strings.HasSuffix(wire, last) {
		return false
	}
	at := 0
	for len(wire)-at > len(last) {
		at += 1 + int(wire[at])
	}
	return len(wire)-at == len(last)
}

// isHostLabel reports whether a label is one of a host: letters, digits and hyphens, no hyphen first or last (RFC 952, RFC 1123 §2.1).
func isHostLabel(label string) bool {
	for i := range len(label) {
		c := label[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case c == '-' && i > 0 && i < len(label)-1:
		default:
			return false
		}
	}
	return true
}

// texts gives the character-strings of a TXT record.
func texts(rdata string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for rdata != "" {
			n := 1 + int(rdata[0])
			if !yield(rdata[1:n]) {
				return
			}
			rdata = rdata[n:]
		}
	}
}

// cutString splits data behind the character-string that it begins with.
func cutString(rdata string) (text, rest string) {
	n := 1 + int(rdata[0])
	return rdata[1:n], rdata[n:]
}

// shown returns a name in wire form as text.
func shown(wire string) string {
	name, _, err := zonefile.NameFromWire([]byte(wire))
	if err != nil {
		return "?"
	}
	return name.String()
}
