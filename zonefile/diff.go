package zonefile

import (
	"cmp"
	"iter"
	"strings"
)

// Change is one RRset on its way from Old to New. No Old creates it, no New deletes it; both have the same key.
// Old is the precondition: what must be there for the change to be right.
type Change struct {
	Old, New *RRset
}

// Key returns the key of the RRset that changes.
func (c Change) Key() Key {
	if c.New != nil {
		return c.New.Key
	}
	return c.Old.Key
}

// Reverse returns the change that undoes c.
func (c Change) Reverse() Change { return Change{Old: c.New, New: c.Old} }

// Diff gives the changes that turn from into to, in canonical order of their keys. An RRset that is equal in both gives none.
// The RRsets of a change are copies: they keep neither zone in memory.
// It is one walk through both zones, which compares octets and allocates only for what changes.
func Diff(from, to *Zone) iter.Seq[Change] {
	return func(yield func(Change) bool) {
		fromNames, fromData := from.names.String(), from.data.String()
		toNames, toData := to.names.String(), to.data.String()
		for i, j := 0, 0; i < len(from.index) || j < len(to.index); {
			order := 0
			switch {
			case i == len(from.index):
				order = 1
			case j == len(to.index):
				order = -1
			default:
				order = cmp.Or(
					strings.Compare(from.index[i].nameIn(fromNames), to.index[j].nameIn(toNames)),
					cmp.Compare(from.index[i].typ, to.index[j].typ),
				)
			}
			var c Change
			switch {
			case order < 0:
				c.Old = from.index[i].clone(fromNames, fromData)
				i++
			case order > 0:
				c.New = to.index[j].clone(toNames, toData)
				j++
			default:
				a, b := from.index[i], to.index[j]
				i++
				j++
				if a.ttl == b.ttl && a.dataIn(fromData) == b.dataIn(toData) {
					continue
				}
				c = Change{a.clone(fromNames, fromData), b.clone(toNames, toData)}
			}
			if !yield(c) {
				return
			}
		}
	}
}

func (s slot) clone(names, data string) *RRset {
	set := s.rrset(names, data).Clone()
	return &set
}
