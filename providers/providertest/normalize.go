package providertest

import (
	"cmp"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// testNormalize checks that Normalize is a pure, idempotent function, for the RRsets of all steps and for random ones.
func testNormalize(t *testing.T, s *subject) {
	traits := s.fetch(t).Traits
	t.Run("of the steps", func(t *testing.T) {
		for _, g := range groups() {
			for _, step := range g.steps {
				for _, set := range parse(t, s.Origin, step.zone) {
					s.checkNormalize(t, traits, set)
				}
			}
		}
	})
	t.Run("of anything", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) { s.checkNormalize(t, traits, genRRset(s.Origin).Draw(t, "set")) })
	})
}

// checkNormalize is for a test and for a property.
func (s *subject) checkNormalize(t rapid.TB, traits providers.Traits, set zonefile.RRset) {
	t.Helper()
	once, err := s.Provider.Normalize(set)
	if errors.Is(err, providers.ErrUnsupported) {
		return
	}
	if err != nil {
		t.Fatalf("Normalize: error %v, want none or one that wraps ErrUnsupported, for\n%s", err, set)
	}
	if once.Key != set.Key {
		t.Fatalf("Normalize of %s returned %s", set.Key, once.Key)
	}
	if highest := cmp.Or(traits.MaxTTL, zonefile.MaxTTL); once.TTL < traits.MinTTL || once.TTL > highest {
		t.Errorf("Normalize of the TTL %d is %d, outside the bounds of the traits (%d to %d)", set.TTL, once.TTL, traits.MinTTL, highest)
	}
	if again, err := s.Provider.Normalize(set); err != nil || again != once {
		t.Errorf("Normalize is not pure: a second call returned %v and\n%s\nthe first\n%s", err, again, once)
	}
	if twice, err := s.Provider.Normalize(once); err != nil || twice != once {
		t.Errorf("Normalize is not idempotent: of\n%s\nit made\n%s\nand of that (error %v)\n%s", set, once, err, twice)
	}
}

// genRRset draws RRsets of types whose RDATA can be drawn as octets.
func genRRset(origin zonefile.Name) *rapid.Generator[zonefile.RRset] {
	octets := func(least, most int) *rapid.Generator[[]byte] { return rapid.SliceOfN(rapid.Byte(), least, most) }
	text := rapid.Custom(func(t *rapid.T) []byte {
		var rdata []byte
		for _, s := range rapid.SliceOfN(octets(0, 255), 1, 3).Draw(t, "strings") {
			rdata = append(append(rdata, byte(len(s))), s...)
		}
		return rdata
	})
	name := rapid.Custom(func(t *rapid.T) zonefile.Name {
		var wire []byte
		for _, label := range rapid.SliceOfN(octets(1, 20), 0, 4).Draw(t, "labels") {
			wire = append(append(wire, byte(len(label))), label...)
		}
		n, _, err := zonefile.NameFromWire(origin.AppendWire(wire))
		if err != nil {
			t.Skip("a name that is too long")
		}
		return n
	})
	rdata := map[zonefile.Type]*rapid.Generator[[]byte]{
		zonefile.TypeA:     octets(4, 4),
		zonefile.TypeAAAA:  octets(16, 16),
		zonefile.TypeTXT:   text,
		zonefile.TypeCNAME: rapid.Map(name, func(n zonefile.Name) []byte { return n.AppendWire(nil) }),
		zonefile.TypeMX:    rapid.Map(name, func(n zonefile.Name) []byte { return n.AppendWire([]byte{0, 10}) }),
		zonefile.TypeSRV:   rapid.Map(name, func(n zonefile.Name) []byte { return n.AppendWire([]byte{0, 1, 0, 2, 0, 3}) }),
		65280:              octets(0, 40),
	}
	types := []zonefile.Type{
		zonefile.TypeA, zonefile.TypeAAAA, zonefile.TypeTXT, zonefile.TypeCNAME, zonefile.TypeMX, zonefile.TypeSRV, 65280,
	}
	return rapid.Custom(func(t *rapid.T) zonefile.RRset {
		key := zonefile.Key{Name: name.Draw(t, "owner"), Type: rapid.SampledFrom(types).Draw(t, "type")}
		ttl := zonefile.TTL(rapid.Uint32Max(uint32(zonefile.MaxTTL)).Draw(t, "ttl"))
		set, err := zonefile.NewRRset(key, ttl, rapid.SliceOfN(rdata[key.Type], 1, 3).Draw(t, "rdata")...)
		if err != nil {
			t.Fatal(err)
		}
		return set
	})
}
