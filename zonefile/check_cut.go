package zonefile

import (
	"fmt"
	"slices"
	"strings"
)

// nameServer is a name within the zone that the NS RRset of owner names: the apex, or a zone cut.
type nameServer struct {
	owner, target Name
}

// hiddenSet is an RRset at or below a zone cut, or below a DNAME: it is not served, unless it is glue.
type hiddenSet struct {
	key Key
	cut Name
}

// atCut are the types that have their place at a zone cut (RFC 4035 §2.2 to §2.4).
var atCut = []Type{TypeNS, TypeDS, TypeRRSIG, TypeNSEC}

// besideDNAME are the types that a signer puts below a DNAME at the apex (RFC 5155 §3).
var besideDNAME = []Type{TypeNSEC3, TypeRRSIG}

// checkCut keeps track of zone cuts and DNAMEs, whose names come right in front of those below them, and finds what they hide.
func (c *checker) checkCut(name Name, at []RRset) {
	hidden := true
	switch {
	case name.Below(c.cut):
	case name.Below(c.dname):
		for _, s := range at {
			if !slices.Contains(besideDNAME, s.Key.Type) {
				c.note(s.Key, "below-dname", Warning, fmt.Sprintf("below the DNAME at %s, which stands for all names below it: it is not served", c.dname.Relative(c.origin)))
			}
		}
		return
	default:
		hidden = false
	}
	for _, s := range at {
		switch {
		case hidden:
		case s.Key.Type == TypeNS:
			c.addServers(s)
			if name != c.origin {
				c.cut = name
			}
		case s.Key.Type == TypeDNAME:
			c.dname = name
		}
	}
	if name != c.cut && !hidden {
		return
	}
	for _, s := range at {
		switch {
		case s.Key.Type == TypeA, s.Key.Type == TypeAAAA:
			c.addresses = append(c.addresses, hiddenSet{s.Key, c.cut}) // which names are servers is not known yet
		case hidden, !slices.Contains(atCut, s.Key.Type):
			c.noteHidden(hiddenSet{s.Key, c.cut})
		}
	}
}

// noteHidden notes an RRset that a zone cut hides.
func (c *checker) noteHidden(s hiddenSet) {
	where := "below"
	if s.key.Name == s.cut {
		where = "at"
	}
	c.note(s.key, "below-zone-cut", Warning, fmt.Sprintf("%s the zone cut at %s, where only addresses of name servers are served: it belongs in that zone", where, s.cut.Relative(c.origin)))
}

// addServers keeps the name servers of an NS RRset that are within the zone.
func (c *checker) addServers(s RRset) {
	for rdata := range s.RDATA() {
		if !strings.HasSuffix(rdata, c.originWire) {
			continue // seen so without making a name
		}
		if target, _, err := NameFromWire([]byte(rdata)); err == nil && target.In(c.origin) {
			c.servers = append(c.servers, nameServer{s.Key.Name, target})
		}
	}
}

// checkGlue finds the name servers that are a CNAME or without addresses, and the addresses at and below zone cuts that are of no name server.
func (c *checker) checkGlue() {
	settled := make(map[Name]bool, len(c.servers)) // has an address, or was noted
	for _, server := range c.servers {
		if settled[server.target] {
			continue
		}
		found, need := c.address(server)
		settled[server.target] = found || need
		switch {
		case !need || found:
		case c.file.Zone.Has(Key{server.target, TypeCNAME}):
			c.note(Key{server.owner, TypeNS}, "ns-is-cname", Warning, fmt.Sprintf("the name server %s is a CNAME, which resolvers do not follow there: name the server itself (RFC 2181 §10.3)", server.target))
		default:
			c.note(Key{server.owner, TypeNS}, "missing-glue", Warning, fmt.Sprintf("the name server %s is in this zone, and has no A or AAAA record", server.target))
		}
	}
	for _, s := range c.addresses {
		if _, glue := settled[s.key.Name]; !glue {
			c.noteHidden(s)
		}
	}
}

// addressTypes are the types that answer for an address.
var addressTypes = []Type{TypeA, TypeAAAA, TypeALIAS, TypeLUA}

// address reports whether the zone has an address of a name server, and whether it needs one. It does not if the server is below
// another zone cut than the one that it serves (RFC 9471 §2.2 asks for that only where both zones depend on each other).
func (c *checker) address(server nameServer) (found, need bool) {
	if c.hasAny(server.target) {
		return true, true
	}
	below := false // the zone cut that it serves
	for name := server.target; name != c.origin; name = name.Parent() {
		if !c.file.Zone.Has(Key{name, TypeNS}) {
			continue
		}
		if name != server.owner {
			return false, false
		}
		below = true
	}
	return !below && c.hasWildcard(server.target), true
}

func (c *checker) hasAny(name Name) bool {
	return slices.ContainsFunc(addressTypes, func(t Type) bool { return c.file.Zone.Has(Key{name, t}) })
}

// hasWildcard reports whether a wildcard gives an address to a name that is not in the zone (RFC 4592 §3.3.1).
func (c *checker) hasWildcard(name Name) bool {
	if c.file.Zone.HasName(name) {
		return false
	}
	encloser := name.Parent()
	for encloser != c.origin && !c.file.Zone.HasName(encloser) {
		encloser = encloser.Parent()
	}
	wildcard, err := ParseName("*", encloser)
	return err == nil && c.hasAny(wildcard)
}
