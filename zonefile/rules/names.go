package rules

import (
	"bytes"
	"strings"

	"github.com/zoneward/zoneward/zonefile"
)

// ofNames are the rules about owner names.
func ofNames() []Rule {
	rules := []Rule{
		{ID: "repeated-domain", Summary: "A name in which the name of the zone comes twice", checkName: checkRepeated},
		{
			ID: "host-name", Summary: "An owner of A, AAAA or MX records that is not the name of a host: letters, digits and hyphens",
			types: []zonefile.Type{zonefile.TypeA, zonefile.TypeAAAA, zonefile.TypeMX}, checkSet: checkHostName,
		},
		{ID: "bad-a-label", Summary: `A label that begins with "xn--" and stands for no Unicode`, checkName: checkALabel},
		{ID: "asterisk", Summary: "An asterisk that makes no wildcard", checkName: checkAsterisk},
		{ID: "wildcard-gap", Summary: "A wildcard that does not answer for a name beside it, which exists with other data", check: checkGaps},
		{ID: "wildcard-empty-name", Summary: "A wildcard that does not answer for a name beside it, which exists only since there are names below it", check: checkEmptyNames},
		{
			ID: "wildcard-dname", Summary: "A DNAME of a wildcard",
			types: []zonefile.Type{zonefile.TypeDNAME}, checkSet: checkWildcardDNAME,
		},
		{
			ID: "owner-form", Summary: "An owner name that is not of the form at which records of its type are looked for",
			types: ownerFormTypes(), checkSet: checkOwnerForm,
		},
	}
	for i := range rules {
		rules[i].Severity = zonefile.Warning
	}
	return rules
}

// ownerLabels returns the labels of an owner that are below the origin, in wire form.
func (p *pass) ownerLabels(owner zonefile.Name) []byte {
	wire := p.lookup.wire(owner)
	return wire[:len(wire)-len(p.originWire())]
}

func checkRepeated(p *pass, at []zonefile.RRset) {
	owner := at[0].Key.Name
	if before := p.ownerLabels(owner); len(before) >= len(p.originWire())-1 && repeats(string(before), p.originWire()) {
		p.report(at[0].Key, "%s ends with the name of the zone twice: does the name in the file lack the dot at its end?", owner)
	}
}

// repeats reports whether what is in front of the zone's name ends with it once more. A single label says nothing.
func repeats(before, origin string) bool {
	return len(origin) > 2+int(origin[0]) && endsWith(before, strings.TrimSuffix(origin, rootWire))
}

// checkHostName knows the exceptions of BIND: those of Active Directory, and the names that the macros of SPF make (RFC 7208 §5.7, appendix D.1).
func checkHostName(p *pass, s zonefile.RRset) {
	wire := p.ownerLabels(s.Key.Name)
	bad := ""
	first := true
	for label := range labels(string(wire)) {
		switch {
		case isHostLabel(label), first && label == "*":
		case label == "_spf", label == "_spf_verify", label == "_spf_rate", label == "_msdcs":
			return
		case bad == "":
			bad = label
		}
		first = false
	}
	if bad != "" {
		p.report(s.Key, "%s is not the name of a host, which has letters, digits and hyphens: BIND refuses it unless told not to (check-names)", s.Key.Name.Relative(p.origin()))
	}
}

func checkALabel(p *pass, at []zonefile.RRset) {
	owner := at[0].Key.Name
	wire := p.ownerLabels(owner)
	if !bytes.Contains(wire, []byte("xn--")) {
		return
	}
	text, _ := owner.Unicode() // labels that stand for nothing stay as they are
	text = strings.TrimSuffix(text, p.origin().String())
	for label := range strings.SplitSeq(text, ".") {
		if strings.HasPrefix(label, "xn--") {
			p.report(at[0].Key, "%s stands for no Unicode that could be looked up (RFC 5891 §5)", label)
			return
		}
	}
}

func checkAsterisk(p *pass, at []zonefile.RRset) {
	wire := p.ownerLabels(at[0].Key.Name)
	if bytes.IndexByte(wire, '*') < 0 {
		return
	}
	first := true
	for label := range labels(string(wire)) {
		if strings.Contains(label, "*") && (label != "*" || !first) {
			p.report(at[0].Key, `only a first label that is "*" makes a wildcard (RFC 4592 §2.1.1): this is one name, and stands for no others`)
			return
		}
		first = false
	}
}

func checkWildcardDNAME(p *pass, s zonefile.RRset) {
	if s.Key.Name.IsWildcard() {
		p.report(s.Key, "what it means differs between name servers (RFC 4592 §4.4, RFC 6672 §3.3)")
	}
}
