package rules

import (
	"maps"
	"slices"

	"github.com/zoneward/zoneward/zonefile"
)

// ofTypes are the rules about the data of single types.
func ofTypes() []Rule {
	caa, tlsa := []zonefile.Type{zonefile.TypeCAA}, []zonefile.Type{zonefile.TypeTLSA, zonefile.TypeSMIMEA}
	rules := []Rule{
		{ID: "soa-timers", Summary: "SOA timers with which secondaries or resolvers do not work well", types: []zonefile.Type{zonefile.TypeSOA}, checkSet: checkTimers},
		{ID: "soa-names", Summary: "An SOA whose primary or mailbox is not written as a name", types: []zonefile.Type{zonefile.TypeSOA}, checkSet: checkSOANames},
		{ID: "zero-ttl", Summary: "A TTL of 0, with which every answer is asked for again", checkSet: checkZeroTTL},
		{ID: "long-ttl", Summary: "A TTL of more than a week", checkSet: checkLongTTL},
		{ID: "caa-value", Summary: "A CAA record that certification authorities cannot follow", types: caa, checkSet: checkCAA},
		{ID: "tlsa-value", Summary: "A TLSA or SMIMEA record with numbers or a digest that nothing can be compared with", types: tlsa, checkSet: checkTLSA},
		{ID: "weak-ds", Summary: "A DS or DNSKEY with an algorithm or digest that is not to be used any more", types: dnssecTypes(), checkSet: checkWeakDS},
		{ID: "weak-sshfp", Summary: "An SSHFP record with an algorithm or digest that is not to be used any more", types: []zonefile.Type{zonefile.TypeSSHFP}, checkSet: checkSSHFP},
		{ID: "naptr-value", Summary: "A NAPTR record with flags, a regexp and a replacement that do not go together", types: []zonefile.Type{zonefile.TypeNAPTR}, checkSet: checkNAPTR},
		{ID: "uri-value", Summary: "A URI record that has no URI", types: []zonefile.Type{zonefile.TypeURI}, checkSet: checkURI},
		{ID: "svcb-mode", Summary: "An SVCB or HTTPS record of which clients make less than it says", types: serviceTypes(), checkSet: checkServiceMode},
		{ID: "svcb-hint", Summary: "An address hint of SVCB or HTTPS that the target does not have", types: serviceTypes(), checkSet: checkHints},
		{ID: "text-form", Summary: "Text with white space around it, or characters that a word processor made", types: textTypes(), checkSet: checkText},
		{ID: "unusable-address", Summary: "An address that no host of the internet has", types: []zonefile.Type{zonefile.TypeA, zonefile.TypeAAAA}, checkSet: checkUnusable},
		{ID: "needs-tcp", Summary: "Records of one name and type that do not fit into an answer of 1232 octets", checkSet: checkSize},
		{ID: "obsolete-type", Summary: "A type that is not used any more", types: obsoleteTypes(), checkSet: checkObsolete},
		{ID: "alias-and-address", Summary: "An ALIAS beside addresses of the same name", types: []zonefile.Type{zonefile.TypeALIAS}, checkSet: checkAliasAndAddress},
	}
	for i := range rules {
		rules[i].Severity = zonefile.Warning
	}
	return append(
		rules,
		Rule{ID: "caa-issuewild", Summary: "A CAA property issue without issuewild, which then goes for wildcards too", types: caa, checkSet: checkIssueWild},
		Rule{ID: "tlsa-full", Summary: "A TLSA or SMIMEA record with a whole certificate or key instead of its digest", types: tlsa, checkSet: checkFullTLSA},
		Rule{ID: "private-address", Summary: "An address that is not reached from the internet", types: []zonefile.Type{zonefile.TypeA, zonefile.TypeAAAA}, checkSet: checkPrivate},
		Rule{ID: "alias-not-at-apex", Summary: "An ALIAS below the apex, where a CNAME would do", types: []zonefile.Type{zonefile.TypeALIAS}, checkSet: checkAliasPlace},
	)
}

// obsolete says of types what is used instead. SPF has a rule of its own.
var obsolete = map[zonefile.Type]string{
	3:                 "MX has taken its place (RFC 973)",
	4:                 "MX has taken its place (RFC 973)",
	7:                 "an experiment of RFC 1035 that nothing uses",
	8:                 "an experiment of RFC 1035 that nothing uses",
	9:                 "an experiment of RFC 1035 that nothing uses",
	11:                "nothing uses it (RFC 1123 §2.2)",
	zonefile.TypeNXT:  "NSEC has taken its place (RFC 3755)",
	38:                "AAAA has taken its place (RFC 6563)",
	32769:             "the registry of it has ended (RFC 8749)",
	zonefile.TypeSIG:  "RRSIG has taken its place (RFC 3755)",
	zonefile.TypeNULL: "an experiment of RFC 1035 that nothing uses",
}

func obsoleteTypes() []zonefile.Type {
	return slices.Sorted(maps.Keys(obsolete))
}

func checkObsolete(p *pass, s zonefile.RRset) {
	p.report(s.Key, "the type is obsolete: %s", obsolete[s.Key.Type])
}

func checkZeroTTL(p *pass, s zonefile.RRset) {
	if s.TTL == 0 {
		p.report(s.Key, "a TTL of 0: every resolver asks again for each of its clients")
	}
}

// maxTTL is a week: resolvers keep nothing for longer (RFC 8767 §4).
const maxTTL = 7 * 24 * 3600

func checkLongTTL(p *pass, s zonefile.RRset) {
	if s.TTL > maxTTL {
		p.report(s.Key, "a TTL of %d seconds: resolvers keep nothing for more than a week (%d), and what is wrong stays for as long (RFC 8767 §4)", s.TTL, maxTTL)
	}
}

func checkAliasAndAddress(p *pass, s zonefile.RRset) {
	if p.zone().Has(zonefile.Key{Name: s.Key.Name, Type: zonefile.TypeA}) || p.zone().Has(zonefile.Key{Name: s.Key.Name, Type: zonefile.TypeAAAA}) {
		p.report(s.Key, "A or AAAA records at the same name: which of them are answered differs between providers")
	}
}

func checkAliasPlace(p *pass, s zonefile.RRset) {
	if s.Key.Name != p.origin() {
		p.report(s.Key, "not at the apex: a CNAME says the same, and every name server has it")
	}
}
