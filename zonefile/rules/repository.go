package rules

import "github.com/zoneward/zoneward/zonefile"

// Repository is all zones that are known together. It is not changed once it was made, and may be used concurrently.
//
// Several files can be of one origin: the views of split horizon DNS, each for other targets. A repository does not know who sees which, so it finds only what is wrong
// in all of them: a name is there if one of the files has it, and two zones disagree if no view of the one agrees with a view of the other.
// What is in no zone of the repository is not known, and never a finding.
type Repository struct {
	files    []*zonefile.File
	zones    map[zonefile.Name][]view
	parents  map[zonefile.Name]zonefile.Name   // the closest zone above each, if there is one
	children map[zonefile.Name][]zonefile.Name // what it is the closest of, in the order of the files
	reverse  map[zonefile.Name]bool            // names at and above the zones of addresses
}

// NewRepository returns the repository of the zones in files. The zones must not be changed as long as it is used.
func NewRepository(files ...*zonefile.File) *Repository {
	r := &Repository{
		files: files, zones: make(map[zonefile.Name][]view, len(files)),
		parents: map[zonefile.Name]zonefile.Name{}, children: map[zonefile.Name][]zonefile.Name{},
		reverse: map[zonefile.Name]bool{},
	}
	for _, f := range files {
		origin := f.Zone.Origin()
		r.zones[origin] = append(r.zones[origin], newView(f))
		for above := origin; isReverse(above); above = above.Parent() {
			r.reverse[above] = true
		}
	}
	for _, f := range files {
		origin := f.Zone.Origin()
		if _, ok := r.parents[origin]; ok {
			continue // another view
		}
		if parent, ok := r.origin(origin.Parent()); ok {
			r.parents[origin] = parent
			r.children[parent] = append(r.children[parent], origin)
		}
	}
	return r
}

// origin returns the longest origin that a name is in, and whether there is one.
func (r *Repository) origin(name zonefile.Name) (zonefile.Name, bool) {
	for ; !name.IsZero(); name = name.Parent() {
		if _, ok := r.zones[name]; ok {
			return name, true
		}
	}
	return zonefile.Name{}, false
}

// knowledge is what zones say of something.
type knowledge int

const (
	unknown knowledge = iota // in no zone of the repository, or below a delegation
	none
	some
)

// lookup says whether a name has one of the types, any of them if none are given, or a CNAME.
func (r *Repository) lookup(name zonefile.Name, types ...zonefile.Type) knowledge {
	_, k := r.answers(name, types...)
	return k
}

// answers returns the RRsets that answer for a name and the first of the types that is there, of any type if none are given: one of each zone
// that the name may be in. It may be a CNAME, which is not followed.
func (r *Repository) answers(name zonefile.Name, types ...zonefile.Type) ([]zonefile.RRset, knowledge) {
	var found []zonefile.RRset
	known, closest := true, true // closest: no zone with a longer origin has been seen
	for origin := name; !origin.IsZero(); origin = origin.Parent() {
		views := r.zones[origin]
		for _, v := range views {
			set, k := v.find(name, types...)
			if k == some {
				found = append(found, set)
			}
			known = known && !v.part && (k != unknown || !closest)
		}
		closest = closest && len(views) == 0
	}
	switch {
	case found != nil:
		return found, some
	case closest || !known:
		return nil, unknown
	}
	return nil, none
}

// maxAliases is how many CNAMEs in a row are followed, as resolvers do.
const maxAliases = 8

// follow is [Repository.answers] for one type, with CNAMEs followed as far as the repository knows.
func (r *Repository) follow(name zonefile.Name, t zonefile.Type) ([]zonefile.RRset, knowledge) {
	return r.followed(name, t, maxAliases)
}

func (r *Repository) followed(name zonefile.Name, t zonefile.Type, most int) ([]zonefile.RRset, knowledge) {
	sets, k := r.answers(name, t)
	if k != some {
		return nil, k
	}
	var found []zonefile.RRset
	k = none
	for _, s := range sets {
		if s.Key.Type != zonefile.TypeCNAME || t == zonefile.TypeCNAME {
			found = append(found, s)
			continue
		}
		if most == 0 {
			return nil, unknown
		}
		for rdata := range s.RDATA() {
			target, _, err := zonefile.NameFromWire([]byte(rdata))
			if err != nil {
				continue
			}
			more, said := r.followed(target, t, most-1)
			found = append(found, more...)
			if said == unknown {
				k = unknown
			}
		}
	}
	if found != nil {
		return found, some
	}
	return nil, k
}
