package rules

import (
	"slices"
	"strings"

	"github.com/zoneward/zoneward/zonefile"
)

// ofSPF are the rules about SPF that look at one record or name.
func ofSPF() []Rule {
	return []Rule{
		{ID: "spf-multiple", Severity: zonefile.Warning, Summary: "More than one SPF record at a name, so that none counts", types: ofTXT, checkSet: checkSPFMultiple},
		{ID: "spf-syntax", Severity: zonefile.Warning, Summary: "An SPF record that receivers cannot read, so that it does not count", types: ofTXT, checkSet: checkSPFSyntax},
		{ID: "spf-all", Severity: zonefile.Warning, Summary: "An SPF record that lets everybody send, or whose terms behind all are never looked at", types: ofTXT, checkSet: checkSPFAll},
		{ID: "spf-ptr", Severity: zonefile.Warning, Summary: "The mechanism ptr, which many receivers do not look at", types: ofTXT, checkSet: checkSPFPTR},
		{ID: "spf-joined-strings", Severity: zonefile.Warning, Summary: "Strings of an SPF record without a space between, so that two terms become one", types: ofTXT, checkSet: checkSPFJoined},
		{ID: "spf-type", Severity: zonefile.Warning, Summary: "A record of the type SPF, which nobody asks for", types: []zonefile.Type{zonefile.TypeSPF}, checkSet: checkSPFType},
		{ID: "spf-length", Severity: Off, Summary: "An SPF record that may not fit into an answer by UDP without EDNS", types: ofTXT, checkSet: checkSPFLength},
	}
}

// spfTexts returns the SPF records of a TXT RRset. Those who ask find none if there is more than one.
func spfTexts(s zonefile.RRset) []string {
	var found []string
	for text := range mailTexts(s) {
		if isSPF(text) {
			found = append(found, text)
		}
	}
	return found
}

func checkSPFMultiple(p *pass, s zonefile.RRset) {
	if n := len(spfTexts(s)); n > 1 {
		p.report(s.Key, "%d SPF records, where a name can have one, so that receivers take none (RFC 7208 §4.5): put their terms into one record", n)
	}
}

func checkSPFSyntax(p *pass, s zonefile.RRset) {
	for _, text := range spfTexts(s) {
		wrong := 0
		seen := map[spfKind]bool{}
		for _, t := range parseSPF(text) {
			if (t.kind == spfRedirect || t.kind == spfExp) && t.wrong == "" && seen[t.kind] {
				t.wrong = "a record can have one of it (RFC 7208 §6)"
			}
			seen[t.kind] = true
			if t.wrong != "" && wrong < maxWrong {
				wrong++
				p.report(s.Key, "the SPF term %.60q: %s", t.text, t.wrong)
			}
		}
	}
}

func checkSPFAll(p *pass, s zonefile.RRset) {
	for _, text := range spfTexts(s) {
		terms := parseSPF(text)
		all := slices.IndexFunc(terms, func(t spfTerm) bool { return t.kind == spfAll && t.wrong == "" })
		if all < 0 {
			continue
		}
		if terms[all].qualifier == '+' {
			p.report(s.Key, "the SPF term %s lets everybody send in the name of the domain: write ~all or -all", terms[all].text)
		}
		for i, t := range terms {
			if t.kind == spfRedirect || i > all && !t.isModifier() {
				p.report(s.Key, "the SPF term %.60q is never looked at, since %s is in the record (RFC 7208 §5.1)", t.text, terms[all].text)
				break
			}
		}
	}
}

func checkSPFPTR(p *pass, s zonefile.RRset) {
	for _, text := range spfTexts(s) {
		for _, t := range parseSPF(text) {
			if t.kind == spfPTR {
				p.report(s.Key, "the SPF term %.60q is slow, unreliable and not looked at by many (RFC 7208 §5.5): name the addresses with ip4, ip6, a or mx", t.text)
				break
			}
		}
	}
}

// checkSPFJoined finds where two strings meet such that the last word of the one and the first word of the other are terms: a term that is just cut in two
// leaves no term on the right.
func checkSPFJoined(p *pass, s zonefile.RRset) {
	for rdata := range s.RDATA() {
		var left string // the last word so far
		first := true
		for part := range texts(rdata) {
			if first && !isSPF(part) {
				break
			}
			right, _, more := strings.Cut(part, " ")
			if !first && left != "" && right != "" && (strings.EqualFold(left, spfVersion) || isWholeTerm(right) && parseSPFTerm(left).wrong == "") {
				p.report(s.Key, "nothing is between %.40q and %.40q, which are the end and the start of two strings: they are joined as they are, so put a space into one of them (RFC 7208 §3.3)", left, right)
				break
			}
			switch last := strings.LastIndexByte(part, ' '); {
			case first || more:
				left = part[last+1:]
			default:
				left += part
			}
			first = false
		}
	}
}

// isWholeTerm reports whether a word is a term that cannot well be the rest of another one.
func isWholeTerm(word string) bool {
	t := parseSPFTerm(word)
	switch t.kind {
	case spfUnknown, spfModifier:
		return false
	case spfAll:
		return t.wrong == "" && word[0] != 'a' && word[0] != 'A'
	case spfInclude, spfA, spfMX, spfPTR, spfIP4, spfIP6, spfExists, spfRedirect, spfExp:
	}
	return t.wrong == "" && strings.ContainsAny(word, ":=")
}

func checkSPFType(p *pass, s zonefile.RRset) {
	p.report(s.Key, "the type SPF is obsolete, and receivers look at TXT alone (RFC 7208 §3.1): make it a TXT record")
}

// spfFits is the length of an SPF record that is sure to fit, with the rest of an answer, into 512 octets (RFC 7208 §3.4).
const spfFits = 450

func checkSPFLength(p *pass, s zonefile.RRset) {
	for _, text := range spfTexts(s) {
		if len(text) > spfFits {
			p.report(s.Key, "an SPF record of %d octets, where up to %d fit into an answer of 512 octets (RFC 7208 §3.4)", len(text), spfFits)
		}
	}
}
