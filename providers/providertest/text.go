package providertest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// parse reads RRsets from lines of "NAME TTL TYPE RDATA" with one space between, in which names are relative to origin.
func parse(t testing.TB, origin zonefile.Name, text string) []zonefile.RRset {
	t.Helper()
	type heap struct {
		ttl   zonefile.TTL
		texts []string
	}
	heaps := map[zonefile.Key]*heap{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		field := strings.SplitN(line, " ", 4)
		if len(field) != 4 {
			t.Fatalf("line %q: want NAME TTL TYPE RDATA", line)
		}
		name, err := zonefile.ParseName(field[0], origin)
		if err != nil {
			t.Fatal(err)
		}
		ttl, err := zonefile.ParseTTL(field[1])
		if err != nil {
			t.Fatal(err)
		}
		key := zonefile.Key{Name: name, Type: zonefile.MustParseType(field[2])}
		if heaps[key] == nil {
			heaps[key] = &heap{ttl: ttl}
		}
		heaps[key].texts = append(heaps[key].texts, field[3])
	}
	var sets []zonefile.RRset
	for key, h := range heaps {
		set, err := zonefile.ParseRRset(key, h.ttl, origin, h.texts...)
		if err != nil {
			t.Fatal(err)
		}
		sets = append(sets, set)
	}
	slices.SortFunc(sets, func(a, b zonefile.RRset) int { return a.Key.Compare(b.Key) })
	return sets
}

// shown is how many changes a message has at most.
const shown = 12

// describe returns the changes as lines with - and + in front.
func describe(changes []zonefile.Change) string {
	var b strings.Builder
	for i, c := range changes {
		if i == shown {
			fmt.Fprintf(&b, "  and %d more", len(changes)-shown)
			break
		}
		if c.Old != nil {
			fmt.Fprintf(&b, "  - %s\n", strings.ReplaceAll(c.Old.String(), "\n", "\n  - "))
		}
		if c.New != nil {
			fmt.Fprintf(&b, "  + %s\n", strings.ReplaceAll(c.New.String(), "\n", "\n  + "))
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// describeOps is describe of what operations do, purges too.
func describeOps(ops []providers.Op) string {
	changes := make([]zonefile.Change, len(ops))
	for i, op := range ops {
		changes[i] = op.Change
	}
	return describe(changes)
}

// difference returns how got differs from want, with - for what want has not and + for what got has not, the serial of the SOA
// left out. It is empty if they are the same.
func difference(got, want *zonefile.Zone) string {
	return describe(slices.Collect(zonefile.Diff(withoutSerial(got), withoutSerial(want))))
}

// withoutSerial returns z with the serial 0 in its SOA.
func withoutSerial(z *zonefile.Zone) *zonefile.Zone {
	set, ok := z.Get(zonefile.Key{Name: z.Origin(), Type: zonefile.TypeSOA})
	if !ok {
		return z
	}
	without := soaWithoutSerial(set)
	return z.With([]zonefile.Change{{Old: &set, New: &without}})
}

// soaWithoutSerial returns an SOA with the serial 0.
func soaWithoutSerial(set zonefile.RRset) zonefile.RRset {
	soa, err := zonefile.ParseSOA(set)
	if err != nil {
		return set
	}
	soa.Serial = 0
	return soa.RRset(set.Key.Name, set.TTL)
}
