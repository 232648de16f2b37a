package rules

import (
	"fmt"

	"github.com/zoneward/zoneward/zonefile"
)

// ofDelegations are the rules about zone cuts and what DNSSEC has at them.
func ofDelegations() []Rule {
	return []Rule{
		{
			ID: "ds-without-ns", Severity: zonefile.Warning, Summary: "DS records at a name that is not delegated",
			types: []zonefile.Type{zonefile.TypeDS}, checkSet: checkDSWithoutNS,
		},
		{
			ID: "glue-ttl", Severity: zonefile.Warning, Summary: "NS records of a delegation and their glue with different TTLs",
			types: []zonefile.Type{zonefile.TypeNS}, checkSet: checkGlueTTL,
		},
		{
			ID: "signing-type", Severity: zonefile.Warning, Summary: "Records that the server makes which signs the zone",
			check: checkSigningTypes,
		},
		{
			ID: "single-ns", Severity: Off, Summary: "NS records with one name server alone",
			types: []zonefile.Type{zonefile.TypeNS}, checkSet: checkSingleNS,
		},
	}
}

func checkDSWithoutNS(p *pass, s zonefile.RRset) {
	if s.Key.Name != p.origin() && !p.zone().Has(zonefile.Key{Name: s.Key.Name, Type: zonefile.TypeNS}) {
		p.report(s.Key, "no NS records at the same name: DS records belong to a delegation (RFC 4035 §2.4)")
	}
}

// checkGlueTTL looks at servers that are below the zone cut: their addresses are glue, and nothing else.
func checkGlueTTL(p *pass, s zonefile.RRset) {
	if s.Key.Name == p.origin() {
		return
	}
	for rdata := range s.RDATA() {
		server, _, err := zonefile.NameFromWire([]byte(rdata))
		if err != nil || !server.In(s.Key.Name) {
			continue
		}
		for _, t := range []zonefile.Type{zonefile.TypeA, zonefile.TypeAAAA} {
			glue, ok := p.zone().Get(zonefile.Key{Name: server, Type: t})
			if ok && glue.TTL != s.TTL {
				p.report(s.Key, "TTL %d, and %d of the glue %s %s: when one is forgotten, the other is of no use", s.TTL, glue.TTL, server, t)
			}
		}
	}
}

// checkSigningTypes finds each type once: a zone that was signed has them at every name.
func checkSigningTypes(p *pass) {
	first := map[zonefile.Type]zonefile.Key{}
	count := map[zonefile.Type]int{}
	var order []zonefile.Type
	for s := range p.zone().All() {
		t := s.Key.Type
		if !t.Signing() && t != zonefile.TypeCDS && t != zonefile.TypeCDNSKEY {
			continue
		}
		if count[t]++; count[t] == 1 {
			first[t] = s.Key
			order = append(order, t)
		}
	}
	for _, t := range order {
		more := ""
		if n := count[t]; n > 1 {
			more = fmt.Sprintf(" (and at %d other names)", n-1)
		}
		p.report(first[t], "made by the server that signs the zone%s: in a file it gets old, unless the file comes from a signer", more)
	}
}

func checkSingleNS(p *pass, s zonefile.RRset) {
	if s.Len() > 1 {
		return
	}
	for rdata := range s.RDATA() {
		p.report(s.Key, "one name server, %s: a zone has two at least, so that one can fail (RFC 1034 §4.1, RFC 2182 §5)", shown(rdata))
	}
}
