package dnstest

import "github.com/zoneward/zoneward/zonefile"

// zoneOf returns the zone that answers a question, the zero Name if there is none: the one that the name is deepest in. A DS is in the zone above the one that it
// is of (RFC 4035 §3.1.4.1).
func zoneOf(question zonefile.Key, here func(origin zonefile.Name) bool) zonefile.Name {
	name := question.Name
	if question.Type == zonefile.TypeDS && !name.IsRoot() {
		name = name.Parent()
	}
	for ; !name.IsZero(); name = name.Parent() {
		if here(name) {
			return name
		}
	}
	return zonefile.Name{}
}
