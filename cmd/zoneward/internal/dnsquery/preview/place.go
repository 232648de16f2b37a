package preview

import "github.com/zoneward/zoneward/zonefile"

// placeKind is how a zone has a name.
type placeKind int

const (
	isThere    placeKind = iota // with the RRsets of the place, or with none: an empty non-terminal (RFC 4592 §2.2.2)
	isWildcard                  // by the wildcard that stands for it
	isMissing                   // in no way
	isCut                       // at or below a zone cut
	isRenamed                   // below a DNAME
)

// place is where a zone has a name.
type place struct {
	kind placeKind
	// sets are the RRsets that stand for the name, with that name as owner; at a cut the NS RRset, and the DNAME.
	sets []zonefile.RRset
}

// get returns the RRset of a type.
func (p place) get(t zonefile.Type) (zonefile.RRset, bool) {
	for _, set := range p.sets {
		if set.Key.Type == t {
			return set, true
		}
	}
	return zonefile.RRset{}, false
}

// mostLabels is how many labels a name can have (RFC 1035 §3.1): 127 of one octet, and the root label.
const mostLabels = 127

// find looks for a name in the zone, as RFC 1034 §4.3.2 has it: down from the apex, until there is a zone cut, a DNAME (RFC 6672 §3.2), or no such
// name. A DS at a zone cut is the zone's own. It costs a search in the zone for each label.
func (s *served) find(key zonefile.Key) place {
	var path [mostLabels + 1]zonefile.Name // from the name up to the apex
	depth := 0
	for name := key.Name; name != s.Origin; name = name.Parent() {
		path[depth] = name
		depth++
	}
	path[depth] = s.Origin
	encloser := s.Origin
	var sets []zonefile.RRset
	for ; depth >= 0; depth-- {
		name := path[depth]
		sets = s.setsAt(name, sets[:0])
		if len(sets) == 0 && !s.Content.HasName(name) && name != s.Origin {
			return s.wildcard(key.Name, encloser)
		}
		encloser = name
		for _, set := range sets {
			switch {
			case set.Key.Type == zonefile.TypeNS && name != s.Origin && (name != key.Name || key.Type != zonefile.TypeDS):
				return place{isCut, []zonefile.RRset{set}}
			case set.Key.Type == zonefile.TypeDNAME && name != key.Name:
				return place{isRenamed, []zonefile.RRset{set}}
			}
		}
	}
	return place{isThere, sets}
}

// wildcard returns what stands for a name that the zone does not have, below its closest encloser (RFC 4592 §3.3.1).
func (s *served) wildcard(name, encloser zonefile.Name) place {
	source, err := zonefile.ParseName("*", encloser)
	if err != nil { // there is no room for a label below it
		return place{kind: isMissing}
	}
	sets := s.setsAt(source, nil)
	if len(sets) == 0 && !s.Content.HasName(source) {
		return place{kind: isMissing}
	}
	for i, set := range sets {
		sets[i] = set.WithName(name)
	}
	return place{isWildcard, sets}
}
