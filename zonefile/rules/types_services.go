package rules

import (
	"net/netip"
	"strings"

	"github.com/zoneward/zoneward/zonefile"
)

func serviceTypes() []zonefile.Type { return []zonefile.Type{zonefile.TypeSVCB, zonefile.TypeHTTPS} }

// parameters returns what is behind the target of SVCB and HTTPS: the values by key (RFC 9460 §2.2).
func parameters(rdata string) map[int]string {
	rest := rdata[2+nameSize(rdata[2:]):]
	all := map[int]string{}
	for rest != "" {
		key, size := uint16At(rest, 0), uint16At(rest, 2)
		all[key] = rest[4 : 4+size]
		rest = rest[4+size:]
	}
	return all
}

// checkServiceMode looks at the two modes of RFC 9460 §2.4: a priority of 0 is AliasMode.
func checkServiceMode(p *pass, s zonefile.RRset) {
	aliases, services := 0, 0
	for rdata := range s.RDATA() {
		if uint16At(rdata, 0) != 0 {
			services++
			continue
		}
		aliases++
		wire := target(s.Key.Type, rdata)
		switch {
		case len(parameters(rdata)) > 0:
			p.report(s.Key, "priority 0 (AliasMode) with parameters, which clients ignore: write 1 if they are meant (RFC 9460 §2.4.2)")
		case shown(wire) == s.Key.Name.String():
			p.report(s.Key, "priority 0 (AliasMode) with its own name as the target, which leads back to itself (RFC 9460 §2.4.2)")
		}
	}
	switch {
	case aliases > 0 && services > 0:
		p.report(s.Key, "priority 0 (AliasMode) beside others: clients ignore the others (RFC 9460 §2.4.1)")
	case aliases > 1:
		p.report(s.Key, "%d records with priority 0 (AliasMode): clients take any one of them (RFC 9460 §2.4.2)", aliases)
	}
}

// Keys of address hints (RFC 9460 §14.3.2).
const (
	ipv4Hint = 4
	ipv6Hint = 6
)

// checkHints compares the hints with the addresses of a target in the zone. A target without such addresses says nothing: they may be made elsewhere.
func checkHints(p *pass, s zonefile.RRset) {
	known := map[zonefile.Key]map[string]bool{} // addresses of the targets
	for rdata := range s.RDATA() {
		if uint16At(rdata, 0) == 0 {
			continue
		}
		name := s.Key.Name
		if wire := target(s.Key.Type, rdata); wire != rootWire {
			a := p.lookup.of(wire)
			if a.standing != present {
				continue
			}
			name = a.name
		}
		all := parameters(rdata)
		for _, h := range []struct {
			hints string
			size  int
			typ   zonefile.Type
		}{{all[ipv4Hint], 4, zonefile.TypeA}, {all[ipv6Hint], 16, zonefile.TypeAAAA}} {
			key := zonefile.Key{Name: name, Type: h.typ}
			if h.hints != "" && known[key] == nil {
				known[key] = p.addresses(key)
			}
			p.compareHints(s.Key, h.hints, h.size, key, known[key])
		}
	}
}

// addresses returns the RDATA of an RRset. There is none if the zone does not have it.
func (p *pass) addresses(key zonefile.Key) map[string]bool {
	known := map[string]bool{}
	s, _ := p.zone().Get(key)
	for rdata := range s.RDATA() {
		known[rdata] = true
	}
	return known
}

func (p *pass) compareHints(key zonefile.Key, hints string, size int, of zonefile.Key, known map[string]bool) {
	if len(known) == 0 {
		return
	}
	for ; hints != ""; hints = hints[size:] {
		if !known[hints[:size]] {
			address, _ := netip.AddrFromSlice([]byte(hints[:size]))
			p.report(key, "the hint %s is not among the %s records of %s: clients that use it come to another host (RFC 9460 §7.3)", address, of.Type, of.Name)
		}
	}
}

// naptr is the data of a NAPTR record (RFC 3403 §4.1).
type naptr struct {
	flags, service, regexp string
	replacement            string // in wire form
}

func parseNAPTR(rdata string) naptr {
	var n naptr
	rest := rdata[4:]
	n.flags, rest = cutString(rest)
	n.service, rest = cutString(rest)
	n.regexp, n.replacement = cutString(rest)
	return n
}

func checkNAPTR(p *pass, s zonefile.RRset) {
	for rdata := range s.RDATA() {
		n := parseNAPTR(rdata)
		flags := strings.ToUpper(n.flags)
		switch {
		case strings.Trim(flags, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "":
			p.report(s.Key, "flags %.20q: they are letters and digits (RFC 3403 §4.1)", n.flags)
		case n.regexp != "" && n.replacement != rootWire:
			p.report(s.Key, "both a regexp and a replacement: only one of them can be used (RFC 3403 §4.1)")
		case flags == "U" && n.regexp == "":
			p.report(s.Key, `flag "U" without a regexp, which makes the URI (RFC 3404 §4.3)`)
		case (flags == "S" || flags == "A") && n.replacement == rootWire && n.regexp == "":
			p.report(s.Key, "flag %q without a replacement, which is the next name (RFC 3404 §4.3)", n.flags)
		case n.regexp != "" && !isSubstitution(n.regexp):
			p.report(s.Key, "regexp %.60q: want delimiter, pattern, delimiter, replacement, delimiter and maybe i, as in !^.*$!sip:info@example.com! (RFC 3402 §3.2)", n.regexp)
		}
	}
}

// isSubstitution reports whether a regexp has its delimiter three times, the last one at the end or in front of "i".
func isSubstitution(text string) bool {
	delimiter := text[0]
	parts := 0
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case delimiter:
			if parts++; parts == 2 {
				rest := text[i+1:]
				return rest == "" || rest == "i"
			}
		}
	}
	return false
}

func checkURI(p *pass, s zonefile.RRset) {
	for rdata := range s.RDATA() {
		if uri := rdata[4:]; !hasScheme(uri) {
			p.report(s.Key, "%.60q is no URI, which begins with its scheme, as in https: (RFC 7553 §4.4)", uri)
		}
	}
}
