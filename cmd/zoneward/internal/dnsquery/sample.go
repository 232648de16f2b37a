package dnsquery

import "github.com/zoneward/zoneward/zonefile"

// Sample chooses at most so many of the RRsets of a zone, given by their keys, and returns their indexes in order. Those of the apex and all NS and MX
// come first, since most depends on them; the others are taken evenly from all over the keys.
func Sample(keys []zonefile.Key, origin zonefile.Name, most int) []int {
	matters := func(key zonefile.Key) bool {
		return key.Name == origin || key.Type == zonefile.TypeNS || key.Type == zonefile.TypeMX
	}
	important := 0
	for _, key := range keys {
		if matters(key) {
			important++
		}
	}
	first := evenly{of: important, most: most}
	rest := evenly{of: len(keys) - important, most: most - min(important, most)}
	chosen := make([]int, 0, min(most, len(keys)))
	for i, key := range keys {
		if matters(key) && first.next() || !matters(key) && rest.next() {
			chosen = append(chosen, i)
		}
	}
	return chosen
}

// evenly chooses at most so many of a number of things that come one after the other.
type evenly struct{ of, most, seen int }

// next reports whether the next one is chosen.
func (e *evenly) next() bool {
	e.seen++
	if e.most >= e.of {
		return true
	}
	return e.seen*e.most/e.of > (e.seen-1)*e.most/e.of
}
