package zonefile

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestFileKnowsPlacesAfterItsZoneChanged(t *testing.T) {
	f := parseText(t, "$TTL 1\nb A 192.0.2.1\nb A 192.0.2.2\nc A 192.0.2.3\n")
	b := Key{MustParseName("b.example.com."), TypeA}
	c := Key{MustParseName("c.example.com."), TypeA}
	for _, s := range []RRset{
		MustParseRRset("b.example.com. 1 A", "192.0.2.9"),
		MustParseRRset("a.example.com. 1 A", "192.0.2.9"),
		MustParseRRset("aa.example.com. 1 A", "192.0.2.9"),
	} {
		if err := f.Zone.Put(s); err != nil {
			t.Fatal(err)
		}
	}
	f.Zone.Delete(c)
	for key, want := range map[Key]string{b: "zone:2:1", c: "zone:4:1", {MustParseName("a.example.com."), TypeA}: ""} {
		if got := f.Position(key).String(); got != want {
			t.Errorf("%s is at %q, want %q", key, got, want)
		}
	}
}

// A zone does not depend on the order in which its records came, but for what states a TTL first.
func TestBuilderTakesAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type stated struct {
			key   Key
			rdata []byte
		}
		var all []stated
		labels := []string{"a", "aa", "aaaaaaaa", "aaaaaaaaa", "aaaaaaaab", "b", `\000`, `\001`, "a.b", "*"}
		for range rapid.IntRange(0, 30).Draw(t, "records") {
			name, err := ParseName(rapid.SampledFrom(labels).Draw(t, "name"), example)
			if err != nil {
				t.Fatal(err)
			}
			typ := rapid.SampledFrom([]Type{TypeA, 65280, TypeNULL}).Draw(t, "type")
			all = append(all, stated{Key{name, typ}, []byte{192, 0, 2, rapid.ByteRange(0, 3).Draw(t, "last")}})
		}
		build := func() *Zone {
			b := NewBuilder(example)
			for _, s := range all {
				if err := b.Add(s.key, 300, s.rdata); err != nil {
					t.Fatal(err)
				}
			}
			return b.Zone()
		}
		z := build()
		want := map[Key][]string{}
		for _, s := range all {
			want[s.key] = append(want[s.key], string(s.rdata))
		}
		records := 0
		for s := range z.All() {
			rdata := want[s.Key]
			slices.Sort(rdata)
			if d := cmp.Diff(slices.Collect(s.RDATA()), slices.Compact(rdata)); d != "" {
				t.Fatalf("%s (-got +want):\n%s", s.Key, d)
			}
			delete(want, s.Key)
			records += s.Len()
		}
		if len(want) > 0 || z.Records() != records {
			t.Fatalf("%d RRsets are not there; %d records, want %d", len(want), z.Records(), records)
		}
		rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		if !build().Equal(z) {
			t.Fatal("another order makes another zone")
		}
		slices.SortStableFunc(all, func(a, b stated) int { return a.key.Compare(b.key) })
		if !build().Equal(z) {
			t.Fatal("sorted records make another zone")
		}
	})
}

func TestBuilderSortsLargeZones(t *testing.T) {
	b := NewBuilder(example)
	for _, i := range rand.Perm(2000) {
		name := MustParseName(fmt.Sprintf("host%d.sub%d.example.com.", i, i%7))
		if err := b.Add(Key{name, TypeA}, 300, []byte{192, 0, 2, byte(i)}); err != nil {
			t.Fatal(err)
		}
	}
	keys := []Key{}
	for s := range b.Zone().All() {
		keys = append(keys, s.Key)
	}
	if len(keys) != 2000 || !slices.IsSortedFunc(keys, Key.Compare) {
		t.Errorf("%d keys, not sorted or not all: %s", len(keys), strings.Join([]string{keys[0].String(), keys[1].String()}, ", "))
	}
}

func TestFileKnowsPlacesAfterDelete(t *testing.T) {
	f := parseText(t, "$TTL 1\na A 192.0.2.1\nb A 192.0.2.2\nc A 192.0.2.3\n")
	f.Zone.Delete(Key{MustParseName("a.example.com."), TypeA})
	for name, want := range map[string]string{"a": "zone:2:1", "b": "zone:3:1", "c": "zone:4:1"} {
		if got := f.Position(Key{MustParseName(name + ".example.com."), TypeA}).String(); got != want {
			t.Errorf("%s is at %q, want %q", name, got, want)
		}
	}
}
