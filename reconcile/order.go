package reconcile

import (
	"github.com/zoneward/zoneward/zonefile"
)

// parted parts changes that cannot be written at once into groups that can be written one after the other: first what is new, then the
// names at which one type makes way for another, and last what leaves. Changes that need each other are in one group, see related.
func parted(changes []Change) (news, swaps, leaves [][]Change) {
	for _, group := range related(changes) {
		puts := count(group, func(c Change) bool { return c.New != nil })
		switch {
		case puts == 0:
			leaves = append(leaves, group)
		case puts == len(group):
			news = append(news, group)
		default:
			swaps = append(swaps, group)
		}
	}
	return news, swaps, leaves
}

// related parts changes into the smallest groups that are written together, in the order in which they come:
//   - what happens at one name, if a CNAME comes or goes there: it cannot stand beside other data;
//   - a new NS, MX or SRV record and the new addresses of its target in the zone: without those it is of no use, or refused.
func related(changes []Change) [][]Change {
	u := union{parent: make([]int, len(changes))}
	for i := range u.parent {
		u.parent[i] = i
	}
	cname := map[zonefile.Name]bool{}
	for _, c := range changes {
		if c.Key.Type == zonefile.TypeCNAME && c.Action != Purge {
			cname[c.Key.Name] = true
		}
	}
	first := map[zonefile.Name]int{}
	addresses := map[zonefile.Name][]int{}
	for i, c := range changes {
		if cname[c.Key.Name] {
			if j, ok := first[c.Key.Name]; ok {
				u.join(i, j)
			}
			first[c.Key.Name] = i
		}
		if c.New != nil && (c.Key.Type == zonefile.TypeA || c.Key.Type == zonefile.TypeAAAA) {
			addresses[c.Key.Name] = append(addresses[c.Key.Name], i)
		}
	}
	for i, c := range changes {
		if c.New == nil {
			continue
		}
		for target := range targets(*c.New) {
			for _, j := range addresses[target] {
				u.join(i, j)
			}
		}
	}
	groups := map[int][]Change{}
	var order []int
	for i, c := range changes {
		root := u.find(i)
		if groups[root] == nil {
			order = append(order, root)
		}
		groups[root] = append(groups[root], c)
	}
	all := make([][]Change, len(order))
	for i, root := range order {
		all[i] = groups[root]
	}
	return all
}

// targets gives the names of hosts in an NS, MX or SRV RRset.
func targets(set zonefile.RRset) func(yield func(zonefile.Name) bool) {
	skip := map[zonefile.Type]int{zonefile.TypeNS: 0, zonefile.TypeMX: 2, zonefile.TypeSRV: 6}
	return func(yield func(zonefile.Name) bool) {
		octets, ok := skip[set.Key.Type]
		if !ok {
			return
		}
		for rdata := range set.RDATA() {
			if name, _, err := zonefile.NameFromWire([]byte(rdata)[min(octets, len(rdata)):]); err == nil && !yield(name) {
				return
			}
		}
	}
}

// union is a disjoint-set forest.
type union struct{ parent []int }

func (u union) find(i int) int {
	for u.parent[i] != i {
		u.parent[i] = u.parent[u.parent[i]]
		i = u.parent[i]
	}
	return i
}

// join puts the sets of a and b together; the smaller index stays the root, so that groups keep the order of their first change.
func (u union) join(a, b int) {
	a, b = u.find(a), u.find(b)
	u.parent[max(a, b)] = min(a, b)
}
