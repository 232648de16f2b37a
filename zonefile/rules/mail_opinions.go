package rules

import (
	"slices"
	"strings"

	"github.com/zoneward/zoneward/zonefile"
)

// ofMailOpinions are the rules about what a domain should have for mail, which is a matter of opinion.
func ofMailOpinions() []Rule {
	ofMX := []zonefile.Type{zonefile.TypeMX}
	return []Rule{
		{ID: "mail-single-exchange", Severity: Off, Summary: "A domain with a single mail exchange, which is in the same zone", types: ofMX, checkSet: checkSingleExchange},
		{ID: "mail-without-policy", Severity: Off, Summary: "A domain with mail exchanges and without an SPF record that ends in ~all or -all, or without DMARC", types: ofMX, checkSet: checkMailPolicy},
		{ID: "no-mail-without-policy", Severity: Off, Summary: "A domain that takes no mail and does not say that it sends none", types: ofMX, checkSet: checkNoMailPolicy},
	}
}

// nullMX is the RDATA of an MX record that says that there is no mail (RFC 7505).
const nullMX = "\x00\x00\x00"

// isNullMX reports whether an MX RRset says that there is no mail.
func isNullMX(s zonefile.RRset) bool {
	return slices.Equal(slices.Collect(s.RDATA()), []string{nullMX})
}

func checkSingleExchange(p *pass, s zonefile.RRset) {
	if s.Len() != 1 || isNullMX(s) {
		return
	}
	for rdata := range s.RDATA() {
		if target, _, err := zonefile.NameFromWire([]byte(rdata[2:])); err == nil && target.In(p.origin()) {
			p.report(s.Key, "%s is the only mail exchange: mail waits where it comes from while it is away", target)
		}
	}
}

func checkMailPolicy(p *pass, s zonefile.RRset) {
	if isNullMX(s) || s.Key.Name.IsWildcard() {
		return
	}
	switch text := spfAt(p.zone(), s.Key.Name); {
	case text == "":
		p.report(s.Key, "the domain has no SPF record")
	case !endsStrict(text):
		p.report(s.Key, "the SPF record of the domain does not end in ~all or -all")
	}
	// Those who receive look at the domain, then at those above it (RFC 9989 §4.10).
	for domain := s.Key.Name; ; domain = domain.Parent() {
		if list := dmarcAt(p.zone(), domain); list != nil {
			return
		}
		if domain == p.origin() {
			break
		}
	}
	p.report(s.Key, "the domain has no DMARC record")
}

func checkNoMailPolicy(p *pass, s zonefile.RRset) {
	if !isNullMX(s) {
		return
	}
	if text := spfAt(p.zone(), s.Key.Name); strings.ToLower(strings.Join(strings.Fields(text), " ")) != spfVersion+" -all" {
		p.report(s.Key, "the domain takes no mail: its SPF record is %q then", spfVersion+" -all")
	}
	if policy, _ := dmarcAt(p.zone(), s.Key.Name).value("p"); !strings.EqualFold(policy, "reject") {
		p.report(s.Key, "the domain takes no mail: its DMARC record has p=reject then")
	}
}

// spfAt returns the SPF record of a domain, "" if there is not one.
func spfAt(z *zonefile.Zone, domain zonefile.Name) string {
	s, _ := z.Get(zonefile.Key{Name: domain, Type: zonefile.TypeTXT})
	if found := spfTexts(s); len(found) == 1 {
		return found[0]
	}
	return ""
}

// endsStrict reports whether an SPF record ends in ~all or -all, or goes on elsewhere.
func endsStrict(text string) bool {
	return slices.ContainsFunc(parseSPF(text), func(t spfTerm) bool {
		return t.kind == spfAll && (t.qualifier == '-' || t.qualifier == '~') || t.kind == spfRedirect
	})
}

// dmarcAt returns the tags of the DMARC record of a domain, nil if there is not one. One that is a CNAME has the tag v alone, since what it leads to is not known.
func dmarcAt(z *zonefile.Zone, domain zonefile.Name) tagList {
	name, err := zonefile.ParseName("_dmarc", domain)
	if err != nil {
		return nil
	}
	if z.Has(zonefile.Key{Name: name, Type: zonefile.TypeCNAME}) {
		return tagList{{"v", protocolDMARC.version()}}
	}
	s, _ := z.Get(zonefile.Key{Name: name, Type: zonefile.TypeTXT})
	if found, _ := dmarcTexts(s); len(found) == 1 {
		list, _ := parseTags(found[0])
		return list
	}
	return nil
}
