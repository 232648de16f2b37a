package zonefile

import (
	"fmt"
	"maps"
	"slices"
)

// Addition is an RRset that belongs to a zone and is not stated in its file.
type Addition struct {
	RRset    RRset
	Position Position // where it is stated
	For      string   // what it is: "dkim of mail example.com. on tem"
}

// With returns f with more RRsets, as if the file stated them. What the file states at the same key, and what cannot stand beside them, is a problem at the
// place of the addition. f stays as it is.
func (f *File) With(added []Addition) *File {
	if len(added) == 0 {
		return f
	}
	with := *f
	with.added = maps.Clone(f.added)
	if with.added == nil {
		with.added = make(map[Key]Position, len(added))
	}
	with.Problems = slices.Clone(f.Problems)
	refuse := func(a Addition, rule, message string) {
		owner := a.RRset.Key.Name.Relative(f.Zone.Origin())
		with.Problems = append(with.Problems, Problem{
			a.Position, rule, Error, fmt.Sprintf("%s %s (%s): %s", owner, a.RRset.Key.Type, a.For, message),
		})
	}
	var changes []Change
	first := map[Key]Addition{}
	for _, a := range added {
		key := a.RRset.Key
		other, twice := first[key]
		switch {
		case !key.Name.In(f.Zone.Origin()):
			refuse(a, "outside-the-zone", "is not in the zone "+f.Zone.Origin().String())
		case f.Zone.Has(key):
			refuse(a, "published-and-stated", fmt.Sprintf("the zone file states it too, at %s: take one of them away", f.Position(key).WithoutColumn()))
		case twice && other.RRset != a.RRset:
			refuse(a, "published-twice", fmt.Sprintf("%s, at %s, is to be published at the same name", other.For, other.Position))
		case twice:
		default:
			first[key], with.added[key] = a, a.Position
			changes = append(changes, Change{New: &a.RRset})
		}
	}
	with.Zone = f.Zone.With(changes)
	before := Check(f) // what of it is among the problems of f may be there with another severity, or have been allowed
	for _, p := range Check(&with) {
		if !slices.Contains(before, p) {
			with.Problems = append(with.Problems, p)
		}
	}
	slices.SortStableFunc(with.Problems, func(a, b Problem) int { return a.Position.Compare(b.Position) })
	return &with
}

// Added reports whether the RRset of that key is one of those of [File.With].
func (f *File) Added(key Key) bool {
	_, ok := f.added[key]
	return ok
}
