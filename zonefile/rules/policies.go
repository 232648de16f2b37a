package rules

import (
	"slices"
	"strings"

	"github.com/zoneward/zoneward/zonefile"
)

// ofPolicies are the rules that look from one zone into others.
func ofPolicies() []Rule {
	return slices.Concat(ofReverse(), ofChildZones(), []Rule{
		{
			ID: "dangling-across-zones", Severity: zonefile.Warning, Summary: "A record that points to a name of another zone of the repository which is not there",
			acrossZones: checkDanglingAcross,
		},
	})
}

// maxSettled is how many targets of a zone are remembered, so that many records with one target cost no more than one.
const maxSettled = 10_000

// settledTarget is a target in wire form, with whether it has to have an address.
type settledTarget struct {
	name    string
	address bool
}

// checkDanglingAcross finds targets that are of another zone of the repository and not in it. Those within the zone are of other rules.
func checkDanglingAcross(p *pass, repo *Repository) {
	if len(repo.zones) < 2 {
		return
	}
	within := string(p.origin().AppendWire(nil))
	parent := len(repo.children[p.origin()]) > 0
	types := targetTypes(zonefile.TypePTR, zonefile.TypeDNAME) // a PTR has its own rule, and a DNAME points to what is below its target
	settled := map[settledTarget]bool{}                        // whether it is dangling
	for s := range p.zone().All() {
		if !slices.Contains(types, s.Key.Type) || p.file.Added(s.Key) { // nobody has written it: as the CNAME of each address in a part of a /24
			continue
		}
		for rdata := range s.RDATA() {
			wire := settledTarget{target(s.Key.Type, rdata), needsAddress(s.Key.Type, rdata) || s.Key.Type == zonefile.TypeNS}
			if wire.name == rootWire || !parent && strings.HasSuffix(wire.name, within) {
				continue
			}
			dangling, known := settled[wire]
			if known && !dangling {
				continue
			}
			name, _, err := zonefile.NameFromWire([]byte(wire.name))
			if err != nil || s.Key.Type == zonefile.TypeNS && name.In(s.Key.Name) {
				continue // glue is of its own rule
			}
			if !known {
				dangling = repo.dangling(p.origin(), name, wire.address)
				if len(settled) < maxSettled {
					settled[wire] = dangling
				}
			}
			if dangling && wire.address {
				p.report(s.Key, "%s has no address, and this repository has the zone that it is in", name)
			} else if dangling {
				p.report(s.Key, "%s is not there, and this repository has the zone that it is in", name)
			}
		}
	}
}

// dangling reports whether a target is known not to be there: it is in another zone than that with the origin, and has no records, or no address where it has to.
func (r *Repository) dangling(origin, name zonefile.Name, address bool) bool {
	closest, ok := r.origin(name)
	if !ok || closest == origin {
		return false
	}
	if address {
		return r.lookup(name, hostTypes...) == none
	}
	return r.lookup(name) == none
}
