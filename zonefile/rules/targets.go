package rules

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/zonefile"
)

// ofTargets are the rules about the names that records point to.
func ofTargets() []Rule {
	rules := []Rule{
		{
			ID: "dangling-target", Summary: "A target in the zone that has no records, or not those that are looked for",
			types: targetTypes(zonefile.TypeNS), checkSet: checkDangling, // of NS it is missing-glue
		},
		{
			ID: "relative-target", Summary: "A target that lacks the dot at its end, so that the name of the zone was put behind it",
			types: targetTypes(), checkSet: checkRelative,
		},
		{
			ID: "target-is-address", Summary: "An address where the name of a target belongs",
			types: targetTypes(), checkSet: checkAddressTarget,
		},
		{
			ID: "target-is-cname", Summary: "An MX or SRV record that points to a CNAME in the zone",
			types: []zonefile.Type{zonefile.TypeMX, zonefile.TypeSRV}, checkSet: checkCNAMETarget,
		},
		{
			ID: "target-host-name", Summary: "A target of MX, NS or SRV that is not the name of a host: letters, digits and hyphens",
			types: []zonefile.Type{zonefile.TypeNS, zonefile.TypeMX, zonefile.TypeSRV}, checkSet: checkHostTarget,
		},
		{
			ID: "root-target", Summary: "The root as a target where it means nothing",
			types: targetTypes(zonefile.TypeNAPTR, zonefile.TypeSVCB, zonefile.TypeHTTPS), checkSet: checkRootTarget,
		},
		{
			ID: "localhost-target", Summary: "A service that is said to be at localhost",
			types: []zonefile.Type{zonefile.TypeMX, zonefile.TypeSRV, zonefile.TypeCNAME}, checkSet: checkLocalhostTarget,
		},
		{
			ID: "cname-loop", Summary: "A CNAME, DNAME or ALIAS that leads back to itself",
			types: []zonefile.Type{zonefile.TypeCNAME, zonefile.TypeDNAME, zonefile.TypeALIAS}, checkSet: checkOwnLoop, check: checkLoops,
		},
		{
			ID: "long-cname-chain", Summary: "More CNAME records one behind the other than resolvers follow",
			types: []zonefile.Type{zonefile.TypeCNAME}, checkSet: noteAlias, check: checkLongChains,
		},
	}
	for i := range rules {
		rules[i].Severity = zonefile.Warning
	}
	return append(rules, Rule{
		ID: "cname-chain", Severity: Off, Summary: "A CNAME that points to another CNAME in the zone",
		types: []zonefile.Type{zonefile.TypeCNAME}, checkSet: checkChain,
	})
}

// eachTarget gives the targets of an RRset that are not the root, and what the zone says of them.
func (p *pass) eachTarget(s zonefile.RRset, look func(a answer, rdata string)) {
	origin := p.originWire()
	for rdata := range s.RDATA() {
		wire := target(s.Key.Type, rdata)
		if wire == rootWire || !mayBeIn(s.Key.Type, wire, origin) {
			continue
		}
		look(p.lookup.of(wire), rdata)
	}
}

// mayBeIn reports whether a target may be in the zone, before a name is made of it. Of the types whose targets keep their letter case it says nothing.
func mayBeIn(t zonefile.Type, wire, origin string) bool {
	switch t {
	case zonefile.TypeSVCB, zonefile.TypeHTTPS, zonefile.TypeALIAS:
		return true
	}
	return strings.HasSuffix(wire, origin)
}

// checkDangling leaves what relative-target and target-is-address find to those rules.
func checkDangling(p *pass, s zonefile.RRset) {
	p.eachTarget(s, func(a answer, rdata string) {
		switch {
		case a.standing == elsewhere:
		case a.standing >= covered:
			if needsAddress(s.Key.Type, rdata) && !a.addresses && !p.lookup.leftAlone(a.name, hostTypes...) {
				p.report(s.Key, "the target %s is in this zone, and has no A or AAAA record", a.name)
			}
		case p.lookup.leftAlone(a.name), p.isRelative(s, a), p.addressOf(a).IsValid():
		case a.standing == empty:
			if s.Key.Type != zonefile.TypeDNAME {
				p.report(s.Key, "the target %s is in this zone, and has no records: only names below it have", a.name)
			}
		default:
			p.report(s.Key, "the target %s is in this zone, and does not exist", a.name)
		}
	})
}

// needsAddress reports whether somebody wants to connect to the target of a record.
func needsAddress(t zonefile.Type, rdata string) bool {
	switch t {
	case zonefile.TypeMX, zonefile.TypeSRV, zonefile.TypeALIAS, typeAFSDB, typeRT, typeKX:
		return true
	case zonefile.TypeSVCB, zonefile.TypeHTTPS:
		return uint16At(rdata, 0) != 0 // AliasMode goes on to another such record
	case zonefile.TypeNAPTR:
		return strings.EqualFold(parseNAPTR(rdata).flags, "A")
	}
	return false
}

// topLabels are top-level domains that end most names which are meant to be absolute. Two letters are as often something else.
var topLabels = []string{"com", "net", "org", "edu", "gov", "mil", "int", "arpa", "info", "biz", "name", "cloud"}

func checkRelative(p *pass, s zonefile.RRset) {
	p.eachTarget(s, func(a answer, _ string) {
		if p.isRelative(s, a) {
			text := a.name.Relative(p.origin())
			p.report(s.Key, "the target is %s, which does not exist: if %s. is meant, it lacks the dot at its end", a.name, text)
		}
	})
}

// isRelative reports whether a target in the zone looks as if it was meant to be a whole name: it does not exist, and what is in front of the zone's name is one.
func (p *pass) isRelative(s zonefile.RRset, a answer) bool {
	if a.standing == elsewhere || a.standing == present || a.standing == empty {
		return false
	}
	before := relative(string(a.name.AppendWire(nil)), p.originWire())
	if before == "" || p.addressOf(a) != (netip.Addr{}) {
		return false
	}
	if repeats(before, p.originWire()) {
		return true
	}
	if a.standing == covered {
		return false
	}
	var last string
	n := 0
	for label := range labels(before) {
		last = label
		n++
	}
	return n > 1 && slices.Contains(topLabels, last) || s.Key.Type == zonefile.TypePTR && isReverse(p.origin())
}

// checkAddressTarget finds targets that are an address with a dot at the end, or with the zone's name behind.
func checkAddressTarget(p *pass, s zonefile.RRset) {
	for rdata := range s.RDATA() {
		wire := target(s.Key.Type, rdata)
		if len(wire) < 2 || !startsLikeAddress(wire) {
			continue
		}
		a := p.lookup.of(wire)
		if a.standing == present || a.standing == empty {
			continue
		}
		if address := p.addressOf(a); address.IsValid() {
			p.report(s.Key, "the target %s is an address, where the name of a host belongs; write a name that has an %s record of %s", a.name, addressType(address), address)
		}
	}
}

// startsLikeAddress reports whether the first label of a name is a number, or has a colon.
func startsLikeAddress(wire string) bool {
	label := wire[1 : 1+int(wire[0])]
	return strings.Trim(label, "0123456789") == "" || strings.Contains(label, ":")
}

// addressOf returns the address that a name in question spells, below the root or below the zone. In a reverse zone four numbers are no address.
func (p *pass) addressOf(a answer) netip.Addr {
	wire := string(a.name.AppendWire(nil))
	before := strings.TrimSuffix(wire, rootWire)
	if a.name.In(p.origin()) {
		if isReverse(p.origin()) {
			return netip.Addr{}
		}
		before = relative(wire, p.originWire())
	}
	var parts []string
	for label := range labels(before) {
		if parts = append(parts, label); len(parts) > 4 {
			return netip.Addr{}
		}
	}
	address, err := netip.ParseAddr(strings.Join(parts, "."))
	if err != nil || address.Zone() != "" {
		return netip.Addr{}
	}
	return address
}

func addressType(a netip.Addr) zonefile.Type {
	if a.Is4() {
		return zonefile.TypeA
	}
	return zonefile.TypeAAAA
}

func checkHostTarget(p *pass, s zonefile.RRset) {
	for rdata := range s.RDATA() {
		wire := target(s.Key.Type, rdata)
		for label := range labels(wire) {
			if !isHostLabel(label) && !strings.Contains(label, ":") {
				p.report(s.Key, "the target %s is not the name of a host, which has letters, digits and hyphens: BIND refuses it unless told not to (check-names)", shown(wire))
				break
			}
		}
	}
}

// checkRootTarget knows that the root says of MX and SRV that there is no such service.
func checkRootTarget(p *pass, s zonefile.RRset) {
	for rdata := range s.RDATA() {
		if target(s.Key.Type, rdata) != rootWire {
			continue
		}
		switch s.Key.Type {
		case zonefile.TypeMX:
			if uint16At(rdata, 0) != 0 {
				p.report(s.Key, `the exchange is the root: that there is no mail is said by "0 ." (RFC 7505 §3)`)
			}
		case zonefile.TypeSRV:
			if rdata[:6] != "\x00\x00\x00\x00\x00\x00" {
				p.report(s.Key, `the target is the root: that there is no such service is said by "0 0 0 ." (RFC 2782)`)
			}
		case zonefile.TypeCNAME:
			if !p.lookup.policy {
				p.report(s.Key, "the target is the root, which has no data that is asked for here")
			}
		default:
			p.report(s.Key, "the target is the root, which has no data that is asked for here")
		}
	}
}

func checkLocalhostTarget(p *pass, s zonefile.RRset) {
	if p.lookup.policy {
		return
	}
	for rdata := range s.RDATA() {
		wire := target(s.Key.Type, rdata)
		if strings.HasPrefix(wire, "\x09localhost") && (len(wire) == 11 || wire[10:] == p.originWire()) {
			p.report(s.Key, "the target is localhost, which is another machine for everybody who asks")
		}
	}
}

func checkCNAMETarget(p *pass, s zonefile.RRset) {
	p.eachTarget(s, func(a answer, _ string) {
		if a.cname {
			p.report(s.Key, "the target %s is a CNAME; name the host itself (%s)", a.name, cnameSource(s.Key.Type))
		}
	})
}

func cnameSource(t zonefile.Type) string {
	if t == zonefile.TypeMX {
		return "RFC 2181 §10.3"
	}
	return "RFC 2782"
}

var (
	inAddrARPA = zonefile.MustParseName("in-addr.arpa.")
	ip6ARPA    = zonefile.MustParseName("ip6.arpa.")
)

// isReverse reports whether a zone has addresses for names.
func isReverse(origin zonefile.Name) bool { return origin.In(inAddrARPA) || origin.In(ip6ARPA) }
