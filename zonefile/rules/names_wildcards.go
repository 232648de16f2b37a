package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/zonefile"
)

// checkGaps reports, at the wildcard, the names beside it that have data and no address: it does not stand for them, since they exist (RFC 4592 §2.2.1). Names that begin with
// an underscore are not asked for addresses.
func checkGaps(p *pass) {
	for _, w := range p.lookup.wildcards() {
		if w.gaps.n > 0 {
			p.report(w.key, "not the answer for %s, which %s: write the %s record there too, if it is meant for all", w.gaps.text(p.origin()), w.gaps.verb("exists", "exist"), w.key.Type)
		}
	}
}

// checkEmptyNames reports, at the wildcard, the names beside it that have nothing but names below them (RFC 4592 §2.2.2).
func checkEmptyNames(p *pass) {
	for _, w := range p.lookup.wildcards() {
		if w.empty.n > 0 {
			p.report(w.key, "not the answer for %s, nor for what is below: %s since there are names below", w.empty.text(p.origin()), w.empty.verb("it exists", "they exist"))
		}
	}
}

// wildcard is a wildcard with addresses or a CNAME, and names beside it that it does not answer for.
type wildcard struct {
	key         zonefile.Key
	parent      zonefile.Name
	last        zonefile.Name // beside it
	gaps, empty nameList
}

// nameList is some names, of which the first are kept.
type nameList struct {
	first []zonefile.Name
	n     int
}

func (l *nameList) add(name zonefile.Name) {
	if l.n++; l.n <= maxShownNames {
		l.first = append(l.first, name)
	}
}

func (l *nameList) verb(one, many string) string {
	if l.n == 1 {
		return one
	}
	return many
}

func (l *nameList) text(origin zonefile.Name) string {
	var names []string
	for _, name := range l.first {
		names = append(names, name.Relative(origin))
	}
	text := strings.Join(names, ", ")
	if more := l.n - len(names); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// answeredTypes are those at a name that has an answer of its own, or is not this zone's to answer.
var answeredTypes = []zonefile.Type{zonefile.TypeNS, zonefile.TypeDNAME, zonefile.TypeSVCB, zonefile.TypeHTTPS}

// wildcards finds them in one walk, in which the names below a name come right behind it: open are those whose parent's names are coming.
func (l *lookup) wildcards() []*wildcard {
	if !l.wild || l.wildcardsFound != nil {
		return l.wildcardsFound
	}
	var all, open []*wildcard
	leave := func(at []zonefile.RRset) {
		name := at[0].Key.Name
		for len(open) > 0 && !name.Below(open[len(open)-1].parent) {
			open = open[:len(open)-1]
		}
		if len(open) > 0 {
			open[len(open)-1].beside(at)
		}
		if !name.IsWildcard() {
			return
		}
		for _, s := range at {
			if slices.Contains([]zonefile.Type{zonefile.TypeA, zonefile.TypeAAAA, zonefile.TypeCNAME}, s.Key.Type) {
				w := &wildcard{key: s.Key, parent: name.Parent(), last: name}
				all, open = append(all, w), append(open, w)
				break
			}
		}
	}
	var at []zonefile.RRset
	for s := range l.file.Zone.All() {
		if len(at) > 0 && at[0].Key.Name != s.Key.Name {
			leave(at)
			at = at[:0]
		}
		at = append(at, s)
	}
	leave(at)
	l.wildcardsFound = all
	return all
}

// beside takes note of a name below the wildcard's parent.
func (w *wildcard) beside(at []zonefile.RRset) {
	name := at[0].Key.Name
	if name.Below(w.last) {
		return
	}
	child := name
	for child.Parent() != w.parent {
		child = child.Parent()
	}
	w.last = child
	switch {
	case strings.HasPrefix(child.Relative(w.parent), "_"):
	case child != name:
		w.empty.add(child)
	case !slices.ContainsFunc(at, func(s zonefile.RRset) bool {
		return isAddress(s.Key.Type) || slices.Contains(answeredTypes, s.Key.Type)
	}):
		w.gaps.add(child)
	}
}
