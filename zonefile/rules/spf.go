package rules

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/zoneward/zoneward/zonefile"
)

// spfKind is a mechanism or modifier of SPF (RFC 7208 §5 and §6).
type spfKind int

const (
	spfUnknown  spfKind = iota // no mechanism: the record is in error
	spfModifier                // a modifier that RFC 7208 does not have: ignored
	spfAll
	spfInclude
	spfA
	spfMX
	spfPTR
	spfIP4
	spfIP6
	spfExists
	spfRedirect
	spfExp
)

// spfMechanisms are the mechanisms by their names.
var spfMechanisms = map[string]spfKind{
	"all": spfAll, "include": spfInclude, "a": spfA, "mx": spfMX, "ptr": spfPTR, "ip4": spfIP4, "ip6": spfIP6, "exists": spfExists,
}

// spfModifiers are the modifiers by their names.
var spfModifiers = map[string]spfKind{"redirect": spfRedirect, "exp": spfExp}

// spfTerm is one directive or modifier of an SPF record.
type spfTerm struct {
	text      string // as it is written
	kind      spfKind
	qualifier byte   // of a mechanism: '+', '-', '~' or '?'
	domain    string // the domain-spec, "" if there is none
	wrong     string // what is wrong with it, "" if nothing is; the whole record is in error then (RFC 7208 §4.6)
}

// isModifier reports whether the term is one, which may be anywhere in the record.
func (t spfTerm) isModifier() bool {
	return t.kind == spfRedirect || t.kind == spfExp || t.kind == spfModifier
}

// lookup reports whether the term is one of those that a record may have ten of (RFC 7208 §4.6.4).
func (t spfTerm) lookup() bool {
	switch t.kind {
	case spfInclude, spfA, spfMX, spfPTR, spfExists, spfRedirect:
		return true
	case spfUnknown, spfModifier, spfAll, spfIP4, spfIP6, spfExp:
	}
	return false
}

// target returns the name that the term asks for in a record of the domain at, and whether it is known: it is not with macros in it.
func (t spfTerm) target(at zonefile.Name) (zonefile.Name, bool) {
	if t.domain == "" {
		return at, true
	}
	if strings.Contains(t.domain, "%") {
		return zonefile.Name{}, false
	}
	name, err := parseDomain(t.domain)
	return name, err == nil
}

// spfVersion is how an SPF record begins (RFC 7208 §4.5), in any letter case.
const spfVersion = "v=spf1"

// isSPF reports whether a text is an SPF record: the version, and then nothing or a space.
func isSPF(text string) bool {
	return len(text) >= len(spfVersion) && strings.EqualFold(text[:len(spfVersion)], spfVersion) &&
		(len(text) == len(spfVersion) || text[len(spfVersion)] == ' ')
}

// parseSPF reads the terms of an SPF record (RFC 7208 §12). It takes time in proportion to the text.
func parseSPF(text string) []spfTerm {
	var terms []spfTerm
	for term := range strings.SplitSeq(text[len(spfVersion):], " ") {
		if term != "" {
			terms = append(terms, parseSPFTerm(term))
		}
	}
	return terms
}

func parseSPFTerm(text string) spfTerm {
	t := spfTerm{text: text}
	if strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) {
		t.wrong = "a character that is no visible ASCII: between terms there are spaces, and nothing else"
		return t
	}
	rest := text
	qualified := strings.IndexByte("+-~?", rest[0]) >= 0
	if t.qualifier = '+'; qualified {
		t.qualifier, rest = rest[0], rest[1:]
	}
	end := strings.IndexAny(rest, ":/=")
	if end < 0 {
		end = len(rest)
	}
	name, rest := strings.ToLower(rest[:end]), rest[end:]
	if strings.HasPrefix(rest, "=") && !qualified {
		return t.modifier(name, rest[1:])
	}
	return t.mechanism(name, rest)
}

// modifier completes a term NAME=VALUE.
func (t spfTerm) modifier(name, value string) spfTerm {
	t.qualifier = 0
	kind, known := spfModifiers[name]
	switch {
	case known:
		t.kind, t.domain = kind, value
		t.wrong = wrongDomainSpec(value)
	case name == "v":
		t.wrong = "the version comes twice: a name has one SPF record, in one piece"
	case spfMechanisms[name] != spfUnknown:
		// By the grammar it is a modifier that nobody knows, which is ignored.
		t.kind, t.wrong = spfModifier, fmt.Sprintf("read as an unknown modifier, and ignored: write %s:", name)
	case name == "" || !isModifierName(name):
		t.wrong = "neither a mechanism nor a modifier"
	default:
		t.kind = spfModifier
		_, t.wrong = scanMacros(value)
	}
	return t
}

// isModifierName reports whether a name begins with a letter and goes on with letters, digits, "-", "_" and ".".
func isModifierName(name string) bool {
	return 'a' <= name[0] && name[0] <= 'z' && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == ""
}

// mechanism completes a term with the name of a mechanism and what is behind it.
func (t spfTerm) mechanism(name, rest string) spfTerm {
	t.kind = spfMechanisms[name]
	argument, colon := strings.CutPrefix(rest, ":")
	switch t.kind {
	case spfUnknown:
		t.wrong = unknownMechanism(name, t.text)
	case spfAll:
		if rest != "" {
			t.wrong = "nothing can be behind all"
		}
	case spfIP4, spfIP6:
		t.wrong = wrongNetwork(t.kind, argument, colon)
	case spfInclude, spfExists:
		t.domain = argument
		if t.wrong = wrongDomainSpec(argument); !colon || argument == "" {
			t.wrong = fmt.Sprintf("it needs a domain right behind it: %s:DOMAIN", name)
		}
	case spfPTR:
		if t.domain = argument; rest != "" {
			t.wrong = wrongDomainSpec(argument)
		}
	case spfA, spfMX:
		t.domain, t.wrong = cutPrefixLengths(argument)
		if t.wrong == "" && (colon || t.domain != "") {
			t.wrong = wrongDomainSpec(t.domain)
		}
	case spfModifier, spfRedirect, spfExp: // not among the mechanisms
	}
	return t
}

// unknownMechanism says what a term is that is no mechanism, and what may be meant.
func unknownMechanism(name, text string) string {
	switch {
	case name == "ip" || name == "ipv4":
		return "no mechanism: write ip4:"
	case name == "ipv6":
		return "no mechanism: write ip6:"
	case name == "":
		return "no mechanism behind the qualifier: write both without a space"
	case spfModifiers[name] != spfUnknown:
		return fmt.Sprintf("no mechanism: write %s=", name)
	case strings.Trim(text, `;,"'`) != text || strings.ContainsAny(text, `;,"`):
		return "no mechanism: between terms there are spaces, and no commas, semicolons or quotes"
	}
	prefix, _, _ := strings.Cut(text, "/")
	if addr, err := netip.ParseAddr(prefix); err == nil {
		if addr.Is4() {
			return "an address without its mechanism: write ip4:" + text
		}
		return "an address without its mechanism: write ip6:" + text
	}
	return "no mechanism of SPF, so that the whole record is in error"
}

// wrongNetwork says what is wrong with the argument of ip4 or ip6, or "".
func wrongNetwork(kind spfKind, argument string, colon bool) string {
	name, most := "ip4", 32
	if kind == spfIP6 {
		name, most = "ip6", 128
	}
	if !colon || argument == "" {
		return fmt.Sprintf("it needs an address right behind it: %s:ADDRESS", name)
	}
	text, length, has := strings.Cut(argument, "/")
	addr, err := netip.ParseAddr(text)
	switch {
	case err != nil || addr.Zone() != "":
		return fmt.Sprintf("%.40q is no address", text)
	case kind == spfIP4 && !addr.Is4():
		return "an IPv6 address: write ip6:"
	case kind == spfIP6 && addr.Is4():
		return "an IPv4 address: write ip4:"
	case has:
		return wrongLength(length, most)
	}
	return ""
}

// wrongLength says what is wrong with the length of a prefix, or "".
func wrongLength(text string, most int) string {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > most || text != strconv.Itoa(n) {
		return fmt.Sprintf("a prefix length is a number from 0 to %d, not %.20q", most, text)
	}
	return ""
}

// cutPrefixLengths splits the argument of a or mx into the domain and the lengths behind it: DOMAIN/24//64.
func cutPrefixLengths(argument string) (domain, wrong string) {
	if i := strings.LastIndex(argument, "//"); i >= 0 && isDigits(argument[i+2:]) {
		wrong = wrongLength(argument[i+2:], 128)
		argument = argument[:i]
	}
	if i := strings.LastIndexByte(argument, '/'); i >= 0 && isDigits(argument[i+1:]) {
		if w := wrongLength(argument[i+1:], 32); wrong == "" {
			wrong = w
		}
		argument = argument[:i]
	}
	return argument, wrong
}

// isDigits reports whether text has digits alone; nothing counts as such.
func isDigits(text string) bool { return strings.Trim(text, "0123456789") == "" }
