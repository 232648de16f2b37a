package rules

import (
	"slices"

	"github.com/zoneward/zoneward/zonefile"
)

// view is one of the files of an origin.
type view struct {
	*lookup
	zone *zonefile.Zone
	part bool // the file could not be read to its end: what is not in the zone may be in the file
}

func newView(f *zonefile.File) view {
	return view{newLookup(f), f.Zone, !complete(f)}
}

// hostTypes are the types that answer for an address, besides a CNAME.
var hostTypes = []zonefile.Type{zonefile.TypeA, zonefile.TypeAAAA, zonefile.TypeALIAS, zonefile.TypeLUA}

// find returns the RRset with which a server of the zone answers for a name in it and one of the types, any of them if none are given; it may be a CNAME, LUA, or of a
// wildcard. It is unknown what is at or below a zone cut, below a DNAME, and what the file says is not its own.
func (v view) find(name zonefile.Name, types ...zonefile.Type) (zonefile.RRset, knowledge) {
	if len(v.cuts) == 0 {
		if s, ok := v.first(name, types); ok {
			return s, some // nearly always, with half of what it takes to find out more
		}
	}
	switch a := v.ofName(name); a.standing {
	case elsewhere:
		return zonefile.RRset{}, unknown
	case covered, present:
		if s, ok := v.first(a.owner, types); ok {
			return s, some
		}
	case absent, empty:
	}
	if v.leftAlone(name, types...) {
		return zonefile.RRset{}, unknown
	}
	return zonefile.RRset{}, none
}

// first returns the first RRset of an owner name that answers for one of the types, for any if none are given.
func (v view) first(owner zonefile.Name, types []zonefile.Type) (zonefile.RRset, bool) {
	for s := range v.zone.At(owner) {
		if t := s.Key.Type; len(types) == 0 || slices.Contains(types, t) || t == zonefile.TypeCNAME || t == zonefile.TypeLUA {
			return s, true
		}
	}
	return zonefile.RRset{}, false
}
