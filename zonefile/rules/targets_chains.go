package rules

import (
	"github.com/zoneward/zoneward/zonefile"
)

// maxChain is the most CNAME records that a resolver can be expected to follow: BIND and Unbound end after eleven, and the zones that the chain goes on in have some too.
const maxChain = 8

// cname returns what the CNAME of an owner makes of it, if there is one.
func (l *lookup) cname(owner zonefile.Name) (zonefile.Name, bool) {
	s, ok := l.file.Zone.Get(zonefile.Key{Name: owner, Type: zonefile.TypeCNAME})
	if !ok {
		return zonefile.Name{}, false
	}
	for rdata := range s.RDATA() {
		name, _, err := zonefile.NameFromWire([]byte(rdata))
		return name, err == nil
	}
	return zonefile.Name{}, false
}

// aliases are the CNAMEs of a zone that point to a CNAME of it. All chains and loops are made of these, and of one more at the end.
type aliases struct {
	to     map[zonefile.Name]zonefile.Name
	owners []zonefile.Name // in the zone's order
}

// noteAlias notes a CNAME for when the walk is over. Several rules may do so.
func noteAlias(p *pass, s zonefile.RRset) {
	known := &p.lookup.aliases
	p.eachTarget(s, func(a answer, _ string) {
		if !a.cname || !known.to[s.Key.Name].IsZero() {
			return
		}
		if known.to == nil {
			known.to = map[zonefile.Name]zonefile.Name{}
		}
		known.to[s.Key.Name] = a.owner
		known.owners = append(known.owners, s.Key.Name)
	})
}

// checkOwnLoop finds what leads back to itself at once, and notes CNAMEs for [checkLoops].
func checkOwnLoop(p *pass, s zonefile.RRset) {
	if s.Key.Type == zonefile.TypeCNAME {
		noteAlias(p, s)
		return
	}
	p.eachTarget(s, func(a answer, _ string) {
		if a.name == s.Key.Name || s.Key.Type == zonefile.TypeDNAME && a.name.Below(s.Key.Name) {
			p.report(s.Key, "it leads back to itself: the target is %s", a.name)
		}
	})
}

// checkLoops follows each CNAME once: what was walked before leads to no loop that was not found then.
func checkLoops(p *pass) {
	to := p.lookup.aliases.to
	walkOf := map[zonefile.Name]int{} // the number of the walk that came by
	for i, start := range p.lookup.aliases.owners {
		name := start
		for walkOf[name] == 0 && !to[name].IsZero() {
			walkOf[name] = i + 1
			name = to[name]
		}
		if walkOf[name] == i+1 {
			p.report(zonefile.Key{Name: name, Type: zonefile.TypeCNAME}, "it leads back to itself: %s", loopText(to, name))
		}
	}
}

// maxShownNames is the most names of a list that a message has.
const maxShownNames = 5

func loopText(to map[zonefile.Name]zonefile.Name, start zonefile.Name) string {
	text := start.String()
	for name, n := to[start], 1; ; name, n = to[name], n+1 {
		if n == maxShownNames {
			return text + ", ..."
		}
		text += ", " + name.String()
		if name == start {
			return text
		}
	}
}

// checkLongChains reports the chains where they begin: at the CNAMEs that no other points to.
func checkLongChains(p *pass) {
	to := p.lookup.aliases.to
	pointedTo := make(map[zonefile.Name]bool, len(to))
	for _, name := range to {
		pointedTo[name] = true
	}
	length := map[zonefile.Name]int{} // CNAMEs from there on; -1 for those that lead into a loop
	for _, start := range p.lookup.aliases.owners {
		if n := chainLength(to, length, start); n > maxChain && !pointedTo[start] {
			p.report(zonefile.Key{Name: start, Type: zonefile.TypeCNAME}, "the first of %d CNAME records one behind the other; resolvers follow about ten", n)
		}
	}
}

// chainLength counts the CNAMEs from a name on. It keeps the lengths, so that all of them together are one walk.
func chainLength(to map[zonefile.Name]zonefile.Name, length map[zonefile.Name]int, start zonefile.Name) int {
	var path []zonefile.Name
	name := start
	for length[name] == 0 && !to[name].IsZero() {
		length[name] = -1 // until it is known: who comes here again is in a loop
		path = append(path, name)
		name = to[name]
	}
	n := length[name]
	if n == 0 {
		n, length[name] = 1, 1 // the last one, which points to something else
	}
	for i := len(path) - 1; i >= 0; i-- {
		if n > 0 {
			n++
		}
		length[path[i]] = n
	}
	return n
}

func checkChain(p *pass, s zonefile.RRset) {
	p.eachTarget(s, func(a answer, _ string) {
		if next, ok := p.lookup.cname(a.owner); a.cname && ok {
			p.report(s.Key, "the target %s is a CNAME, too: %s is a shorter way", a.name, next)
		}
	})
}
