package preview

import (
	"iter"
	"slices"
	"strings"

	"github.com/miekg/dns"

	"github.com/zoneward/zoneward/zonefile"
)

// hostAt is where in the RDATA of a type the name of a host is whose addresses go along with the answer (RFC 1034 §4.3.2 step 6, RFC 1183, RFC 2230,
// RFC 2782, RFC 9460 §4.1).
var hostAt = map[zonefile.Type]int{
	zonefile.TypeNS:              0,
	zonefile.TypeMX:              2,
	zonefile.TypeSRV:             6,
	zonefile.TypeSVCB:            2,
	zonefile.TypeHTTPS:           2,
	zonefile.Type(dns.TypeAFSDB): 2,
	zonefile.Type(dns.TypeRT):    2,
	zonefile.Type(dns.TypeKX):    2,
}

// addressTypes are the types of addresses.
var addressTypes = []zonefile.Type{zonefile.TypeA, zonefile.TypeAAAA}

// add adds the addresses of the hosts that the reply names, as far as the zone has them that names them.
func (r *resolution) add() {
	if r.zone == nil {
		return
	}
	naming := r.authority
	if r.asked != typeANY { // which gets enough as it is
		naming = slices.Concat(r.answer, r.authority)
	}
	have := map[zonefile.Key]bool{}
	for _, set := range slices.Concat(r.answer, r.authority) {
		have[set.Key] = true
	}
	for _, set := range naming {
		for host, types := range hosts(set) {
			for _, t := range types {
				key := zonefile.Key{Name: host, Type: t}
				if have[key] {
					continue
				}
				found, ok := r.zone.host(key, set.Key.Type == zonefile.TypeNS)
				if !ok {
					continue
				}
				have[key] = true
				// Without the addresses of servers within the delegated zone nobody gets there.
				if r.delegated && host.In(set.Key.Name) {
					r.glue = append(r.glue, found)
				} else {
					r.additional = append(r.additional, found)
				}
			}
		}
	}
}

// hosts gives the hosts that an RRset names, each with the types of what goes along.
func hosts(set zonefile.RRset) iter.Seq2[zonefile.Name, []zonefile.Type] {
	return func(yield func(zonefile.Name, []zonefile.Type) bool) {
		at, named := hostAt[set.Key.Type]
		if !named {
			return
		}
		service := set.Key.Type == zonefile.TypeSVCB || set.Key.Type == zonefile.TypeHTTPS
		for rdata := range set.RDATA() {
			host, _, err := zonefile.NameFromWire([]byte(rdata[at:]))
			if err != nil {
				continue
			}
			types := addressTypes
			switch {
			case service && strings.HasPrefix(rdata, "\x00\x00"): // AliasMode: RFC 9460 §4.1
				types = append(slices.Clone(types), set.Key.Type)
			case service && host.IsRoot(): // RFC 9460 §2.5
				host = set.Key.Name
			}
			if !yield(host, types) {
				return
			}
		}
	}
}

// host returns an RRset of a host in the zone, also one that is at or below a zone cut if glue is wanted.
func (s *served) host(key zonefile.Key, glue bool) (zonefile.RRset, bool) {
	if !key.Name.In(s.Origin) {
		return zonefile.RRset{}, false
	}
	if set, ok := s.Content.Get(key); ok && glue {
		return set, true
	}
	if found := s.find(key); found.kind == isThere || found.kind == isWildcard {
		return found.get(key.Type)
	}
	return zonefile.RRset{}, false
}
