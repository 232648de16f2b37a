package reconcile

import (
	"strings"

	"github.com/zoneward/zoneward/zonefile"
)

// ExternalDNS says how the TXT records look by which external-dns marks what is its own, its markers
// (https://kubernetes-sigs.github.io/external-dns/latest/docs/registry/txt/). The zero ExternalDNS is its default: no prefix and no suffix.
//
// The marker of an RRset is at its name with the type in front (a-www), since 0.12, or at the name itself, before that; --txt-prefix and --txt-suffix
// go around the first label. The marker of an apex is outside its zone, and not seen, unless the prefix ends with a dot.
type ExternalDNS struct {
	// Prefix and Suffix are what the flags --txt-prefix and --txt-suffix have. %{record_type} stands in them for the type in lower case.
	Prefix, Suffix string
	// WildcardReplacement stands in the names of the TXT records for an asterisk.
	WildcardReplacement string
	// Off takes no notice of them.
	Off bool
}

// marked returns the keys of a live zone that external-dns says are its own, and the names of markers that are for nothing that is live. If most
// are, its prefix or suffix is another one than e has.
//
// Where a name can be read in more than one way, all ways count. A marker without a type, and one for a CNAME, is for addresses and aliases of any kind:
// a provider may make others of a CNAME, such as A and AAAA (Route 53) or ALIAS (PowerDNS). Encrypted markers cannot be read: a TXT record that looks like
// one counts if its name has the prefix or suffix, and without these if it names the type of an RRset that is live.
func (e ExternalDNS) marked(live *zonefile.Zone) (owned map[zonefile.Key]bool, idle []zonefile.Name) {
	if e.Off {
		return nil, nil
	}
	owned = map[zonefile.Key]bool{}
	names := e.names(live.Origin())
	for set := range live.All() {
		if set.Key.Type != zonefile.TypeTXT {
			continue
		}
		plain := isMarker(set)
		if !plain && !isSealed(set) {
			continue
		}
		readings := names.read(set.Key.Name)
		found := false
		for _, r := range readings {
			if !plain && !names.affixed && !r.typed {
				continue
			}
			for _, t := range r.types {
				key := zonefile.Key{Name: r.name, Type: t}
				if live.Has(key) {
					owned[key], found = true, true
				}
			}
		}
		if plain || found || names.affixed && len(readings) > 0 {
			owned[set.Key] = true
		}
		if plain && !found {
			idle = append(idle, set.Key.Name)
		}
	}
	return owned, idle
}

// heritage is what the text of a marker begins with, and is followed by a comma and more.
const heritage = "heritage=external-dns"

// isMarker reports whether one of the TXT records is a marker in plain text.
func isMarker(set zonefile.RRset) bool {
	for rdata := range set.RDATA() {
		text := rdata[1 : 1+int(rdata[0])]
		text = strings.TrimPrefix(text, `"`) // some providers keep the quotes that external-dns sends
		if rest, ok := strings.CutPrefix(text, heritage); ok && (rest == "" || rest[0] == ',' || rest[0] == '"') {
			return true
		}
	}
	return false
}

// minSealed is the least length of an encrypted marker, in characters of base64: 12 octets of nonce, 16 of tag, and 50 of what gzip makes of the
// shortest text.
const minSealed = (12 + 16 + 50) / 3 * 4

// isSealed reports whether a TXT RRset looks like an encrypted marker: a single record that is base64 from end to end (RFC 4648 §4).
func isSealed(set zonefile.RRset) bool {
	if set.Len() != 1 {
		return false
	}
	length, padding := 0, 0
	for rdata := range set.RDATA() {
		for ; rdata != ""; rdata = rdata[1+int(rdata[0]):] {
			text := rdata[1 : 1+int(rdata[0])]
			for i := range len(text) {
				switch c := text[i]; {
				case c == '=' && padding < 2:
					padding++
				case padding > 0, !('A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '+' || c == '/'):
					return false
				}
			}
			length += len(text)
		}
	}
	return length >= minSealed && length%4 == 0
}

// anyAddress are the types of which a marker without a type is.
var anyAddress = []zonefile.Type{zonefile.TypeA, zonefile.TypeAAAA, zonefile.TypeCNAME, zonefile.TypeALIAS}

// markerTypes are the types that a marker can name, and what it is for then.
var markerTypes = []struct {
	word  string
	types []zonefile.Type
}{
	{"a", []zonefile.Type{zonefile.TypeA}},
	{"aaaa", []zonefile.Type{zonefile.TypeAAAA}},
	{"cname", anyAddress},
	{"ns", []zonefile.Type{zonefile.TypeNS}},
	{"mx", []zonefile.Type{zonefile.TypeMX}},
	{"ptr", []zonefile.Type{zonefile.TypePTR}},
	{"srv", []zonefile.Type{zonefile.TypeSRV}},
	{"naptr", []zonefile.Type{zonefile.TypeNAPTR}},
	{"txt", []zonefile.Type{zonefile.TypeTXT}},
	{"dname", []zonefile.Type{zonefile.TypeDNAME}},
}

// markerNames reads the names of the markers in one zone.
type markerNames struct {
	origin   zonefile.Name
	affixes  []affix
	wildcard string // what stands for an asterisk
	affixed  bool   // there is a prefix or a suffix
}

// affix is what is before and behind the name that a marker is for, in lower case.
type affix struct {
	prefix, suffix string
	types          []zonefile.Type // those that it names, nil if it names none: then the name itself may
}

// reading is one way to read the name of a marker.
type reading struct {
	name  zonefile.Name
	types []zonefile.Type
	typed bool // the name of the marker has the type
}

func (e ExternalDNS) names(origin zonefile.Name) markerNames {
	const template = "%{record_type}"
	with := func(word string, types []zonefile.Type) affix {
		fill := func(s string) string { return strings.ToLower(strings.ReplaceAll(s, template, word)) }
		return affix{fill(e.Prefix), fill(e.Suffix), types}
	}
	// Without the type are the names that versions before 0.18 wrote beside the others.
	affixes := []affix{with("", nil)}
	if strings.Contains(e.Prefix+e.Suffix, template) {
		for _, t := range markerTypes {
			affixes = append(affixes, with(t.word, t.types))
		}
	}
	return markerNames{origin, affixes, strings.ToLower(e.WildcardReplacement), e.Prefix+e.Suffix != ""}
}

// read returns all ways to read the name of a marker, whether or not there is what they name.
func (m markerNames) read(marker zonefile.Name) []reading {
	var readings []reading
	text := marker.String()
	for _, a := range m.affixes {
		rest, ok := strings.CutPrefix(text, a.prefix)
		if !ok {
			continue
		}
		for _, name := range m.cutSuffix(rest, a.suffix) {
			if a.types != nil {
				readings = m.appendReading(readings, name, a.types, true)
				continue
			}
			readings = m.appendReading(readings, name, anyAddress, false)
			for _, t := range markerTypes {
				if bare, ok := strings.CutPrefix(name, t.word+"-"); ok {
					readings = m.appendReading(readings, bare, t.types, true)
				}
			}
		}
	}
	return readings
}

// cutSuffix takes the suffix out of an absolute name. It is behind the first label, and as many more as it has dots itself; or, with the flag
// --txt-zone-aware, behind all labels that are before the origin.
func (m markerNames) cutSuffix(name, suffix string) []string {
	if suffix == "" {
		return []string{name}
	}
	var names []string
	cut := func(at int) {
		if head, ok := strings.CutSuffix(name[:at], suffix); ok {
			names = append(names, head+name[at:])
		}
	}
	first := 0
	for range 1 + strings.Count(suffix, ".") {
		dot := strings.IndexByte(name[first:], '.')
		if dot < 0 {
			return nil
		}
		first += dot + 1
	}
	cut(first - 1)
	if above, ok := strings.CutSuffix(name, "."+m.origin.String()); ok {
		cut(len(above))
	}
	return names
}

// appendReading appends the reading that a marker is for the RRsets of a name, and for those of the wildcard that the name may stand for.
func (m markerNames) appendReading(readings []reading, text string, types []zonefile.Type, typed bool) []reading {
	add := func(text string) {
		if name, err := zonefile.ParseName(text, zonefile.Name{}); err == nil {
			readings = append(readings, reading{name, types, typed})
		}
	}
	add(text)
	if rest, ok := strings.CutPrefix(text, m.wildcard+"."); ok && m.wildcard != "" {
		add("*." + rest)
	}
	return readings
}
