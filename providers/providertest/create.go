package providertest

import (
	"errors"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// testCreate creates a zone, where the provider can and the fixture has a name for one.
func testCreate(t *testing.T, s *subject) {
	creator, ok := providers.As[providers.ZoneCreator](s.Provider)
	if !ok {
		t.Log("not tested: the provider is not a ZoneCreator")
		return
	}
	if s.NewZone.IsZero() {
		t.Log("not tested: the fixture has no NewZone")
		return
	}
	spec := newSpec(t, s.NewZone)
	if s.create(t, creator, spec) == nil {
		return
	}
	created := s.at(s.NewZone)
	t.Run("has the SOA and NS of the spec", func(t *testing.T) {
		made := created.fetch(t)
		want := zonefile.NewZone(s.NewZone)
		for _, set := range spec.Apex {
			got := live(made.Zone, set.Key)
			writable := set.Key == created.soa() && made.Traits.SOAWritable || set.Key == created.ns() && made.Traits.ApexNSWritable
			if !writable && got == nil {
				continue
			}
			if !writable {
				set = *got // what the provider makes
			}
			if err := want.Put(set); err != nil {
				t.Fatal(err)
			}
		}
		if d := difference(made.Zone, want); d != "" {
			t.Errorf("the new zone is not what the spec says:\n%s", d)
		}
	})
	t.Run("is listed", func(t *testing.T) {
		created.listed(t, s.NewZone, providers.Primary, created.fetch(t).Serial)
	})
	t.Run("can be written", func(t *testing.T) {
		created.become(t, parse(t, s.NewZone, core))
	})
	t.Run("cannot be created again", func(t *testing.T) {
		before := created.fetch(t)
		if err := creator.CreateZone(timeout(t), spec); !errors.Is(err, providers.ErrConflict) {
			t.Errorf("CreateZone of a zone that is there: error %v, want one that wraps ErrConflict", err)
		}
		created.unchanged(t, before)
	})
}

// newSpec is a zone that can be created.
func newSpec(t *testing.T, origin zonefile.Name) providers.ZoneSpec {
	t.Helper()
	return providers.ZoneSpec{Origin: origin, Apex: parse(t, origin, lines(
		"@ 3600 SOA ns1.example. hostmaster.example. 2026010101 7200 3600 1209600 300", "@ 3600 NS ns1.example.", "@ 3600 NS ns2.example."))}
}
