package rules

import (
	"slices"
	"sort"
	"strings"

	"github.com/zoneward/zoneward/zonefile"
)

// lookup answers what a zone has to say of names. The rules of one walk share it and what it answered last, since they come with the same names one after the other.
// [lookup.ofName] and [lookup.hidden] may be used concurrently.
type lookup struct {
	file       *zonefile.File
	originWire string // with the root label
	policy     bool   // the zone is one of response policies, by its name: there "CNAME ." means that a name does not exist

	cuts []cut // the highest ones, in canonical order: none is below another
	wild bool  // there are wildcards

	owner     zonefile.Name // of ownerWire
	ownerWire []byte

	target string // in wire form, that of the answer
	answer answer

	wildcardsFound []*wildcard
	aliases        aliases
	spfCounted     []countedSPF
	spfIsCounted   bool
}

func newLookup(f *zonefile.File) *lookup {
	origin := f.Zone.Origin()
	l := &lookup{file: f, originWire: string(origin.AppendWire(nil)), policy: strings.Contains(origin.String(), "rpz")}
	l.survey()
	return l
}

// standing is what a zone says of a name.
type standing int

const (
	elsewhere standing = iota // outside the zone, at or below a zone cut, below a DNAME: nothing is known here
	absent                    // there is no such name
	empty                     // there is one, without records: there are others below it
	covered                   // a wildcard answers
	present                   // there are records
)

// answer is what a zone says of a name.
type answer struct {
	name     zonefile.Name
	standing standing
	owner    zonefile.Name // of the records, if there are some: the name, or the wildcard
	// What is among the records: something to connect to, and a CNAME.
	addresses, cname bool
}

// wire returns an owner name in wire form, good until it is asked for another.
func (l *lookup) wire(owner zonefile.Name) []byte {
	if l.owner != owner {
		l.owner, l.ownerWire = owner, owner.AppendWire(l.ownerWire[:0])
	}
	return l.ownerWire
}

// of returns what the zone says of a name in wire form.
func (l *lookup) of(target string) answer {
	if target == l.target {
		return l.answer
	}
	name, _, err := zonefile.NameFromWire([]byte(target))
	if err != nil {
		return answer{}
	}
	l.target, l.answer = target, l.ofName(name)
	return l.answer
}

func (l *lookup) ofName(name zonefile.Name) answer {
	z := l.file.Zone
	if !name.In(z.Origin()) {
		return answer{name: name}
	}
	if l.hidden(name) {
		return answer{name: name}
	}
	if a := l.at(name); a.standing == present {
		return a
	}
	if z.HasName(name) {
		return answer{name: name, standing: empty}
	}
	if l.wild {
		if a := l.at(l.wildcardFor(name)); a.standing == present {
			a.name, a.standing = name, covered
			return a
		}
	}
	return answer{name: name, standing: absent}
}

// at returns what there is at an owner name itself.
func (l *lookup) at(owner zonefile.Name) answer {
	a := answer{name: owner}
	for s := range l.file.Zone.At(owner) {
		a.standing, a.owner = present, owner
		a.cname = a.cname || s.Key.Type == zonefile.TypeCNAME
		a.addresses = a.addresses || isAddress(s.Key.Type)
	}
	return a
}

// isAddress reports whether a type makes a name one that can be connected to.
func isAddress(t zonefile.Type) bool {
	switch t {
	case zonefile.TypeA, zonefile.TypeAAAA, zonefile.TypeCNAME, zonefile.TypeALIAS, zonefile.TypeLUA:
		return true
	}
	return false
}

// cut is where a zone has nothing more to say: a zone cut, of the name and what is below it, or a DNAME, of what is below it.
type cut struct {
	name  zonefile.Name
	below bool // the name itself is not meant
}

// survey finds out what the zone has that makes names stand for others. A name comes right in front of those below it.
func (l *lookup) survey() {
	for s := range l.file.Zone.All() {
		name := s.Key.Name
		l.wild = l.wild || name.IsWildcard()
		n := len(l.cuts)
		if s.Key.Type != zonefile.TypeNS && s.Key.Type != zonefile.TypeDNAME || n > 0 && name.In(l.cuts[n-1].name) {
			continue
		}
		switch {
		case s.Key.Type == zonefile.TypeDNAME:
			l.cuts = append(l.cuts, cut{name, true})
		case name != l.file.Zone.Origin():
			l.cuts = append(l.cuts, cut{name, false})
		}
	}
}

// hidden reports whether a name in the zone is at or below a zone cut, or below a DNAME: the nearest of these in front of it is the only one that it can be below.
func (l *lookup) hidden(name zonefile.Name) bool {
	i, found := slices.BinarySearchFunc(l.cuts, name, func(c cut, name zonefile.Name) int { return c.name.Compare(name) })
	if found {
		return !l.cuts[i].below
	}
	return i > 0 && name.In(l.cuts[i-1].name)
}

// wildcardFor returns the wildcard that would answer for a name which is not in the zone, that of its closest encloser (RFC 4592 §3.3.1), or the zero Name. The names above one
// that exists exist too, so that it is searched for by halves: a name may have 127 labels.
func (l *lookup) wildcardFor(name zonefile.Name) zonefile.Name {
	var above []zonefile.Name // from the parent to the origin
	for at := name; at != l.file.Zone.Origin(); {
		at = at.Parent()
		above = append(above, at)
	}
	i := sort.Search(len(above)-1, func(i int) bool { return l.file.Zone.HasName(above[i]) })
	wildcard, err := zonefile.ParseName("*", above[i])
	if err != nil {
		return zonefile.Name{}
	}
	return wildcard
}

// leftAlone reports whether others may have records of a name, of one of the types or a CNAME: they may be there although the file does not have them.
func (l *lookup) leftAlone(name zonefile.Name, types ...zonefile.Type) bool {
	if len(types) == 0 {
		types = []zonefile.Type{zonefile.TypeA, zonefile.TypeAAAA, zonefile.TypeALIAS, zonefile.TypeTXT}
	}
	left := func(t zonefile.Type) bool { return l.file.LeftToOthers(zonefile.Key{Name: name, Type: t}) }
	return left(zonefile.TypeCNAME) || slices.ContainsFunc(types, left)
}
