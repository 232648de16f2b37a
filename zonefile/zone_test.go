package zonefile

import (
	"bytes"
	"slices"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var example = MustParseName("example.com.")

func zoneOf(t testing.TB, sets ...RRset) *Zone {
	t.Helper()
	z, err := ZoneOf(example, sets...)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestZoneIsInCanonicalOrder(t *testing.T) {
	// The order of RFC 4034 §6.1's example.
	want := []string{
		"example.com.", "a.example.com.", "yljkjljk.a.example.com.", "z.a.example.com.", "zabc.a.example.com.",
		"z.example.com.", `\001.z.example.com.`, "*.z.example.com.", `\200.z.example.com.`,
	}
	b := NewBuilder(example)
	for _, name := range slices.Backward(want) {
		if err := b.Add(Key{MustParseName(name), TypeA}, 300, []byte{192, 0, 2, 1}); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for s := range b.Zone().All() {
		got = append(got, s.Key.Name.String())
	}
	if d := cmp.Diff(got, want); d != "" {
		t.Errorf("order (-got +want):\n%s", d)
	}
}

func TestBuilderMakesRRsets(t *testing.T) {
	www := Key{MustParseName("www.example.com."), TypeA}
	b := NewBuilder(example)
	for _, last := range []byte{3, 1, 2, 1} {
		if err := b.Add(www, TTL(300+int(last)), []byte{192, 0, 2, last}); err != nil {
			t.Fatal(err)
		}
	}
	z := b.Zone()
	got, _ := z.Get(www)
	want := MustParseRRset("www.example.com. 303 A", "192.0.2.1", "192.0.2.2", "192.0.2.3")
	if got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if z.Len() != 1 || z.Records() != 3 {
		t.Errorf("Len %d, Records %d; want 1, 3", z.Len(), z.Records())
	}
}

func TestZoneRefusesWhatIsOutside(t *testing.T) {
	s := MustParseRRset("www.example.org. 300 A", "192.0.2.1")
	if err := NewZone(example).Put(s); err == nil {
		t.Error("Put took a name outside the zone")
	}
	if err := NewBuilder(example).AddRRset(s); err == nil {
		t.Error("AddRRset took a name outside the zone")
	}
}

func TestChangesAreCopies(t *testing.T) {
	z := zoneOf(t, MustParseRRset("www.example.com. 300 A", "192.0.2.1"))
	for c := range Diff(z, NewZone(example)) {
		if unsafe.StringData(c.Old.Key.Name.key) == unsafe.StringData(z.names.String()) || unsafe.StringData(c.Old.data) == unsafe.StringData(z.data.String()) {
			t.Error("a change is a view of the zone, and keeps all of it in memory")
		}
	}
}

// genRRset draws RRsets from a small space, so that zones drawn apart meet in keys.
func genRRset(t *rapid.T) RRset {
	name := MustParseName(rapid.SampledFrom([]string{"@", "a", "b", "*", "x.a", `q\.r`, `\001`}).Draw(t, "name") + ".example.com.")
	if rapid.Bool().Draw(t, "apex") {
		name = example
	}
	ttl := TTL(rapid.IntRange(0, 3).Draw(t, "ttl"))
	values := rapid.SliceOfN(rapid.Byte(), 1, 4).Draw(t, "values")
	typ := rapid.SampledFrom([]Type{TypeA, TypeAAAA, TypeTXT, 65300}).Draw(t, "type")
	var rdata [][]byte
	for _, v := range values {
		switch typ {
		case TypeA:
			rdata = append(rdata, []byte{192, 0, 2, v})
		case TypeAAAA:
			rdata = append(rdata, append(bytes.Repeat([]byte{0x20}, 15), v))
		default:
			rdata = append(rdata, []byte{1, v})
		}
	}
	s, err := NewRRset(Key{name, typ}, ttl, rdata...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func genZone(t *rapid.T, label string) *Zone {
	z := NewZone(example)
	for _, s := range rapid.SliceOfN(rapid.Custom(genRRset), 0, 12).Draw(t, label) {
		if err := z.Put(s); err != nil {
			t.Fatal(err)
		}
	}
	return z
}

func TestDiffTurnsOneZoneIntoTheOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from, to := genZone(t, "from"), genZone(t, "to")
		changes := slices.Collect(Diff(from, to))
		if got := from.With(changes); !got.Equal(to) || got.Digest() != to.Digest() {
			t.Fatalf("from with the changes is not to: %v", changes)
		}
		byPut := from.Clone()
		for _, c := range changes {
			if old, ok := from.Get(c.Key()); ok != (c.Old != nil) || ok && old != *c.Old {
				t.Fatalf("%s: Old is not what from has", c.Key())
			}
			if c.New == nil {
				byPut.Delete(c.Key())
			} else if err := byPut.Put(*c.New); err != nil {
				t.Fatal(err)
			}
		}
		if !byPut.Equal(to) || byPut.Records() != to.Records() {
			t.Fatal("Put and Delete give another zone than With")
		}
		if from.Equal(to) != (len(changes) == 0) || (from.Digest() == to.Digest()) != (len(changes) == 0) {
			t.Fatal("Equal, Digest and Diff do not agree")
		}
		if !slices.IsSortedFunc(changes, func(a, b Change) int { return a.Key().Compare(b.Key()) }) {
			t.Fatal("the changes are not in order")
		}
	})
}

func TestZoneMatchesAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z, want := NewZone(example), map[Key]RRset{}
		for range rapid.IntRange(0, 40).Draw(t, "steps") {
			s := genRRset(t)
			if rapid.Bool().Draw(t, "delete") {
				if _, ok := want[s.Key]; z.Delete(s.Key) != ok {
					t.Fatalf("Delete %s: want %v", s.Key, ok)
				}
				delete(want, s.Key)
				continue
			}
			if err := z.Put(s); err != nil {
				t.Fatal(err)
			}
			want[s.Key] = s
		}
		records := 0
		for key, s := range want {
			if got, ok := z.Get(key); !ok || got != s {
				t.Fatalf("Get %s = %s; want %s", key, got, s)
			}
			if !slices.Contains(slices.Collect(z.At(key.Name)), s) {
				t.Fatalf("At %s misses %s", key.Name, s)
			}
			records += s.Len()
		}
		if z.Len() != len(want) || z.Records() != records {
			t.Fatalf("Len %d, Records %d; want %d, %d", z.Len(), z.Records(), len(want), records)
		}
	})
}

func TestWithTakesTheLastNewOfAKey(t *testing.T) {
	a := func(last string) *RRset {
		s := MustParseRRset("b.example.com. 300 A", "192.0.2."+last)
		return &s
	}
	beside := MustParseRRset("a.example.com. 300 A", "192.0.2.1")
	behind := MustParseRRset("c.example.com. 300 A", "192.0.2.1")
	tests := []struct {
		name    string
		changes []Change
		want    *RRset
	}{
		{"deleted, then made", []Change{{Old: a("1")}, {New: a("2")}}, a("2")},
		{"made, then deleted", []Change{{New: a("2")}, {Old: a("1")}}, a("2")},
		{"made twice", []Change{{New: a("2")}, {New: a("3")}}, a("3")},
		{"changed twice", []Change{{Old: a("1"), New: a("2")}, {Old: a("2"), New: a("3")}}, a("3")},
		{"deleted twice", []Change{{Old: a("1")}, {Old: a("1")}}, nil},
	}
	for _, test := range tests {
		for _, z := range []*Zone{zoneOf(t, beside, *a("1"), behind), zoneOf(t, beside, behind), zoneOf(t, beside), zoneOf(t)} {
			want := z.Clone()
			want.Delete(a("1").Key)
			if test.want != nil {
				if err := want.Put(*test.want); err != nil {
					t.Fatal(err)
				}
			}
			if got := z.With(test.changes); !got.Equal(want) || got.Records() != want.Records() {
				t.Errorf("%s: got %v, want %v", test.name, recordLines(got), recordLines(want))
			}
		}
	}
}

func TestDigestKnowsTheOrigin(t *testing.T) {
	if NewZone(example).Digest() == NewZone(Root).Digest() {
		t.Error("empty zones of other names have one digest")
	}
}
