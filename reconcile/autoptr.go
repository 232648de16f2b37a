package reconcile

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/zonefile"
)

// AutoPTR says for which addresses the reverse zones of a rule have PTR records beside those that their files state. Zones that are no reverse zones have none.
type AutoPTR struct {
	// From has patterns for the names of the zones whose A and AAAA records count, see [Glob]. Without any it is all of them.
	From []string
	// Targets are where these zones go. Without any it is where the reverse zone goes: with split horizon, those of the same view.
	Targets []string
	// Except has patterns for owner names that are left out, in full or relative to their zone: "ns1.example.com", "*.dyn", "@".
	Except []string
	// TTL is that of the PTR records, in seconds; 0 is that of the address.
	TTL zonefile.TTL
	// Network is what the zones have names for if their names do not say it: no more than an IPv4 /24. The zero Prefix is for all others.
	Network netip.Prefix
}

// reverseZone returns the reverse zone of that name.
func (a *AutoPTR) reverseZone(origin zonefile.Name) (reverseZone, error) {
	if a.Network.IsValid() {
		return networkZone(origin, a.Network), nil
	}
	return reverseZoneOf(origin)
}

// counts reports whether the addresses in a zone count.
func (a *AutoPTR) counts(zone zonefile.Name) bool {
	if len(a.From) == 0 {
		return true
	}
	text := strings.TrimSuffix(zone.String(), ".")
	return slices.ContainsFunc(a.From, func(pattern string) bool { return Glob(strings.TrimSuffix(pattern, "."), text) })
}

// leavesOut reports whether a name in a zone has no PTR records.
func (a *AutoPTR) leavesOut(name, zone zonefile.Name) bool {
	if len(a.Except) == 0 {
		return false
	}
	relative, full := name.Relative(zone), strings.TrimSuffix(name.String(), ".")
	return slices.ContainsFunc(a.Except, func(pattern string) bool {
		return Glob(pattern, relative) || Glob(strings.TrimSuffix(pattern, "."), full)
	})
}

// claim says that an address is that of a name.
type claim struct {
	address netip.Addr
	name    zonefile.Name
	zone    zonefile.Name // whose file says so
	typ     zonefile.Type
	ttl     zonefile.TTL
	at      zonefile.Position
	// silent says that there is no PTR record for it all the same: no resolver sees it as the address of that name, or it is not for the target.
	silent bool
}

// String returns "www.example.com. (example.com.zone:12)".
func (c claim) String() string { return fmt.Sprintf("%s (%s)", c.name, c.at.WithoutColumn()) }

// compare orders by address and name, then by what comes first.
func (c claim) compare(other claim) int {
	if n := c.address.Compare(other.address); n != 0 {
		return n
	}
	if n := c.name.Compare(other.name); n != 0 {
		return n
	}
	return c.at.Compare(other.at)
}

// claimsOf returns the claims of a zone's file for a target, as far as the addresses are wanted. What no resolver sees as the address of one name is silent, or left
// out if it is that of a wildcard: what is at or below a zone cut, or below a DNAME.
func claimsOf(file *zonefile.File, target string, wanted func(netip.Addr) bool) []claim {
	var claims []claim
	var cut zonefile.Name // a zone cut, or the owner of a DNAME
	origin := file.Zone.Origin()
	for set := range file.Zone.All() {
		name, typ := set.Key.Name, set.Key.Type
		hidden := name.Below(cut)
		switch {
		case !hidden && (typ == zonefile.TypeNS && name != origin || typ == zonefile.TypeDNAME):
			cut = name
			continue
		case typ != zonefile.TypeA && typ != zonefile.TypeAAAA, name.IsWildcard():
			continue
		}
		for rdata := range set.RDATA() {
			address, ok := netip.AddrFromSlice([]byte(rdata))
			if !ok || !wanted(address) {
				continue
			}
			options := file.Options(set.Key)
			silent := hidden || options.Ignored || !options.For(target) || isCut(file.Zone, name)
			alone := set.Clone().Key.Name // and not all names of the zone with it
			claims = append(claims, claim{address, alone, origin, typ, set.TTL, file.Position(set.Key), silent})
		}
	}
	return claims
}

// isCut reports whether a name is that of a zone cut.
func isCut(zone *zonefile.Zone, name zonefile.Name) bool {
	return name != zone.Origin() && zone.Has(zonefile.Key{Name: name, Type: zonefile.TypeNS})
}

// contest is an address that more than one name claims.
type contest struct {
	key    zonefile.Key // of the PTR
	claims []claim      // in order of the names, one for each
}

// pointers are what a reverse zone has beside what its file states.
type pointers struct {
	additions []zonefile.Addition
	contests  []contest
	// problem is why there are less than there should be, nil if there are not.
	problem *zonefile.Problem
}

// pointTo returns what a reverse zone has for claims, which are in order. What its file states at a name stays alone there. A zone with a delegation of a part of
// a /24 has the CNAME of each address in it (RFC 2317 §4).
func (a *AutoPTR) pointTo(zone reverseZone, file *zonefile.File, claims []claim) pointers {
	var p pointers
	p.additions, p.problem = a.classless(zone, file)
	leads := make(map[zonefile.Name]bool, len(p.additions))
	for _, addition := range p.additions {
		leads[addition.RRset.Key.Name] = true
	}
	for len(claims) > 0 {
		n := 1
		for n < len(claims) && claims[n].address == claims[0].address {
			n++
		}
		of := slices.CompactFunc(slices.Clone(claims[:n]), func(one, next claim) bool { return one.name == next.name })
		claims = claims[n:]
		key := zonefile.Key{Name: zone.name(of[0].address), Type: zonefile.TypePTR}
		switch {
		case leads[key.Name] || !hasRoom(file.Zone, key.Name):
		case len(of) > 1:
			p.contests = append(p.contests, contest{key, of})
		default:
			p.additions = append(p.additions, a.pointer(key, of[0]))
		}
	}
	return p
}

// pointer returns the PTR record that a claim asks for.
func (a *AutoPTR) pointer(key zonefile.Key, c claim) zonefile.Addition {
	set, err := zonefile.NewRRset(key, a.ttl(c.ttl), c.name.AppendWire(nil))
	if err != nil {
		panic("reconcile: " + err.Error()) // a name in wire form is good RDATA
	}
	return zonefile.Addition{RRset: set, Position: c.at, For: c.name.String() + " " + c.typ.String()}
}

func (a *AutoPTR) ttl(of zonefile.TTL) zonefile.TTL {
	if a.TTL > 0 {
		return a.TTL
	}
	return of
}

// hasRoom reports whether a zone's file states nothing in the place of a PTR: no PTR or CNAME, and no zone cut or DNAME that takes the name away.
func hasRoom(zone *zonefile.Zone, name zonefile.Name) bool {
	for set := range zone.At(name) {
		switch set.Key.Type {
		case zonefile.TypePTR, zonefile.TypeCNAME:
			return false
		}
	}
	if isCut(zone, name) {
		return false
	}
	for above := range ancestors(name) {
		if !above.In(zone.Origin()) {
			break
		}
		if isCut(zone, above) || zone.Has(zonefile.Key{Name: above, Type: zonefile.TypeDNAME}) {
			return false
		}
	}
	return true
}

// mostLeads is how many addresses the parts of a /24 may have that a reverse zone delegates, those that are in several counted for each: as many as a /16 has.
const mostLeads = 1 << 16

// classless returns the CNAMEs that lead into the zones of parts of a /24 which the file of a reverse zone delegates. Each delegation makes up to 256 of one line, and
// those of one /24 may have any of its addresses in common, so there is a problem if they have more than mostLeads.
func (a *AutoPTR) classless(zone reverseZone, file *zonefile.File) ([]zonefile.Addition, *zonefile.Problem) {
	if zone.classless || zone.first.Is6() {
		return nil, nil
	}
	var additions []zonefile.Addition
	seen := 0
	taken := map[zonefile.Name]bool{}
	for set := range file.Zone.All() {
		if set.Key.Type != zonefile.TypeNS || set.Key.Name == zone.origin {
			continue
		}
		child, err := reverseZoneOf(set.Key.Name)
		if err != nil || !child.classless {
			continue
		}
		for address := range child.all {
			if seen++; seen > mostLeads {
				return nil, &zonefile.Problem{
					Position: file.Position(set.Key), Rule: autoPTRRule, Severity: zonefile.Error,
					Message: fmt.Sprintf("the parts of a /24 that the zone delegates have more than %d addresses, for which auto_ptr would make CNAMEs: "+
						"give each /24 a zone of its own, or the rule of this zone no auto_ptr", mostLeads),
				}
			}
			owner := reverseName(address)
			if taken[owner] || some(file.Zone.At(owner)) || !hasRoom(file.Zone, owner) {
				continue
			}
			taken[owner] = true
			lead, err := zonefile.NewRRset(zonefile.Key{Name: owner, Type: zonefile.TypeCNAME}, a.ttl(set.TTL), child.name(address).AppendWire(nil))
			if err != nil {
				panic("reconcile: " + err.Error()) // a name in wire form is good RDATA
			}
			additions = append(additions, zonefile.Addition{
				RRset: lead, Position: file.Position(set.Key), For: "the delegation of " + set.Key.Name.String(),
			})
		}
	}
	return additions, nil
}
