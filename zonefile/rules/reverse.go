package rules

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/zoneward/zoneward/zonefile"
)

// ofReverse are the rules about addresses and the names that they have in reverse zones of the repository.
func ofReverse() []Rule {
	return []Rule{
		{ID: "missing-ptr", Severity: zonefile.Warning, Summary: "An address without a PTR record, in a reverse zone that the repository has", acrossZones: checkMissingPTR},
		{ID: "other-ptr", Severity: Off, Summary: "An address whose PTR records name others, and not the name that has the address", acrossZones: checkOtherPTR},
		{ID: "ptr-mismatch", Severity: zonefile.Warning, Summary: "A PTR record to a name of the repository that does not have the address", acrossZones: checkPTRMismatch},
	}
}

// reverseName returns the name that an address has in its reverse zone.
func reverseName(addr netip.Addr) zonefile.Name {
	const digits = "0123456789abcdef"
	b := make([]byte, 0, 80)
	if addr.Is4() {
		for i, octets := 3, addr.As4(); i >= 0; i-- {
			b = append(strconv.AppendUint(b, uint64(octets[i]), 10), '.')
		}
		return zonefile.MustParseName(string(append(b, "in-addr.arpa."...)))
	}
	for i, octets := 15, addr.As16(); i >= 0; i-- {
		b = append(b, digits[octets[i]&15], '.', digits[octets[i]>>4], '.')
	}
	return zonefile.MustParseName(string(append(b, "ip6.arpa."...)))
}

// addressOf returns the address that a name in a reverse zone is of, and whether it is of one. In a zone below the one that has the addresses (RFC 2317) the
// label of that zone, such as 64/26, is left out.
func addressOf(name zonefile.Name) (netip.Addr, bool) {
	labels := strings.Split(strings.TrimSuffix(name.String(), "."), ".")
	switch {
	case name.Below(inAddrARPA):
		if labels = labels[:len(labels)-2]; len(labels) == 5 {
			labels = append(labels[:1:1], labels[2:]...)
		}
		if len(labels) != 4 {
			return netip.Addr{}, false
		}
		addr, err := netip.ParseAddr(strings.Join([]string{labels[3], labels[2], labels[1], labels[0]}, "."))
		return addr, err == nil
	case name.Below(ip6ARPA) && len(labels) == 34:
		var octets [16]byte
		for i := range octets {
			pair := labels[31-2*i] + labels[30-2*i]
			n, err := strconv.ParseUint(pair, 16, 8)
			if err != nil || len(pair) != 2 {
				return netip.Addr{}, false
			}
			octets[i] = byte(n)
		}
		return netip.AddrFrom16(octets), true
	}
	return netip.Addr{}, false
}

// addressIn returns the address in the RDATA of an A or AAAA record.
func addressIn(rdata string) (netip.Addr, bool) { return netip.AddrFromSlice([]byte(rdata)) }

// reverseZones says which addresses have their name in a zone of the repository, or below one. It remembers what it says of the networks that most reverse zones are of.
type reverseZones struct {
	repo *Repository
	seen map[netip.Prefix]bool
}

// have reports whether the name of an address may be in one of the zones.
func (z *reverseZones) have(addr netip.Addr) bool {
	bits := 24
	if addr.Is6() {
		bits = 64
	}
	network, err := addr.Prefix(bits)
	if err != nil {
		return false
	}
	known, ok := z.seen[network]
	if !ok {
		known = z.covers(network)
		if len(z.seen) < maxSettled {
			z.seen[network] = known
		}
	}
	return known
}

// covers reports whether one of the zones has names of a network: its origin is at or above the name of the network, or below it.
func (z *reverseZones) covers(network netip.Prefix) bool {
	name := reverseName(network.Addr())
	for host := (network.Addr().BitLen() - network.Bits()) / labelBits(network.Addr()); host > 0; host-- {
		name = name.Parent()
	}
	_, ok := z.repo.origin(name)
	return ok || z.repo.reverse[name]
}

// labelBits returns how many bits of an address a label of its name has.
func labelBits(addr netip.Addr) int {
	if addr.Is4() {
		return 8
	}
	return 4
}

// eachAddress calls check with the addresses of a zone whose names may be in a zone of the repository, but not with those of wildcards, of glue
// and of response policies.
func eachAddress(p *pass, repo *Repository, check func(key zonefile.Key, addr netip.Addr)) {
	if len(repo.reverse) == 0 || p.lookup.policy {
		return
	}
	zones := &reverseZones{repo, map[netip.Prefix]bool{}}
	for s := range p.zone().All() {
		if s.Key.Type != zonefile.TypeA && s.Key.Type != zonefile.TypeAAAA || s.Key.Name.IsWildcard() || p.lookup.hidden(s.Key.Name) {
			continue
		}
		for rdata := range s.RDATA() {
			if addr, ok := addressIn(rdata); ok && zones.have(addr) {
				check(s.Key, addr)
			}
		}
	}
}

func checkMissingPTR(p *pass, repo *Repository) {
	told := map[netip.Addr]bool{}
	eachAddress(p, repo, func(key zonefile.Key, addr netip.Addr) {
		if told[addr] {
			return
		}
		name := reverseName(addr)
		if _, k := repo.follow(name, zonefile.TypePTR); k != none {
			return
		}
		if len(told) < maxSettled {
			told[addr] = true
		}
		origin, _ := repo.origin(name)
		p.report(key, "%s has no PTR record in %s (RFC 1912 §2.1)", addr, origin)
	})
}

func checkOtherPTR(p *pass, repo *Repository) {
	eachAddress(p, repo, func(key zonefile.Key, addr netip.Addr) {
		sets, _ := repo.follow(reverseName(addr), zonefile.TypePTR)
		var names []zonefile.Name
		for _, s := range sets {
			if s.Key.Type != zonefile.TypePTR {
				return
			}
			names = append(names, namesIn(s)...)
		}
		for _, name := range names {
			if name == key.Name {
				return
			}
		}
		if len(names) > 0 {
			p.report(key, "the PTR record of %s names %s", addr, names[0])
		}
	})
}

// namesIn returns the names in an RRset of a type that has nothing else, such as NS and PTR.
func namesIn(s zonefile.RRset) []zonefile.Name {
	var names []zonefile.Name
	for rdata := range s.RDATA() {
		if name, _, err := zonefile.NameFromWire([]byte(rdata)); err == nil {
			names = append(names, name)
		}
	}
	return names
}

func checkPTRMismatch(p *pass, repo *Repository) {
	if !isReverse(p.origin()) {
		return
	}
	for s := range p.zone().All() {
		if s.Key.Type != zonefile.TypePTR {
			continue
		}
		addr, ok := addressOf(s.Key.Name)
		if !ok {
			continue
		}
		for _, name := range namesIn(s) {
			switch hasAddress(repo, name, addr) {
			case none:
				p.report(s.Key, "%s does not have the address %s, and this repository has the zone that it is in", name, addr)
			case unknown, some:
			}
		}
	}
}

// hasAddress says whether a name has an address.
func hasAddress(repo *Repository, name zonefile.Name, addr netip.Addr) knowledge {
	t := zonefile.TypeA
	if addr.Is6() {
		t = zonefile.TypeAAAA
	}
	sets, k := repo.follow(name, t)
	if k != some {
		if k == none && repo.lookup(name, zonefile.TypeALIAS) == some {
			return unknown
		}
		return k
	}
	for _, s := range sets {
		if s.Key.Type != t {
			return unknown // LUA, or a CNAME that leads out
		}
		for rdata := range s.RDATA() {
			if a, ok := addressIn(rdata); ok && a == addr {
				return some
			}
		}
	}
	return none
}
