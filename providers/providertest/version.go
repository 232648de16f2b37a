package providertest

import (
	"cmp"
	"errors"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// testVersion checks that a version, where there is one, stays as long as nobody changes the zone, is another after each change, and is the
// same in the list. Plans go by that: they do not read a zone whose version is the one that they know. A zone may have none after a change.
func testVersion(t *testing.T, s *subject) {
	start := s.fetch(t)
	if start.Version == "" {
		start = s.become(t, parse(t, s.Origin, core))
	}
	if start.Version == "" {
		t.Log("not tested: the zone has no version")
		return
	}
	if signed(start) {
		t.Log("not tested: the server writes to the zone when it likes, because it signs it")
		return
	}
	t.Run("stays", func(t *testing.T) { s.testStaying(t, start) })
	seen := map[string]string{start.Version: "the beginning"}
	www := s.set(t, "www 300 A 192.0.2.1")
	for _, step := range []struct {
		name   string
		hides  bool // it needs a provider that can
		change func(t *testing.T, base *providers.Snapshot)
	}{
		{"fill", false, func(t *testing.T, _ *providers.Snapshot) { s.become(t, parse(t, s.Origin, core)) }},
		{"TTL", false, func(t *testing.T, base *providers.Snapshot) { s.applyOps(t, base, replace(base, www.WithTTL(600))) }},
		{"value", false, func(t *testing.T, base *providers.Snapshot) {
			s.applyOps(t, base, replace(base, s.set(t, "www 600 A 192.0.2.2")))
		}},
		{"back", false, func(t *testing.T, base *providers.Snapshot) { s.applyOps(t, base, replace(base, www)) }},
		{"create", false, func(t *testing.T, base *providers.Snapshot) {
			s.applyOps(t, base, put(s.set(t, "new 300 A 192.0.2.1")))
		}},
		{"delete", false, func(t *testing.T, base *providers.Snapshot) {
			s.applyOps(t, base, remove(s.set(t, "new 300 A 192.0.2.1")))
		}},
		{"by somebody else", false, func(t *testing.T, _ *providers.Snapshot) {
			theirs := s.set(t, "theirs 300 A 192.0.2.9")
			s.elsewhere(t, zonefile.Change{New: &theirs})
		}},
		{"hide", true, func(t *testing.T, base *providers.Snapshot) { s.applyOps(t, base, disable(www)) }},
		{"TTL of what is hidden, by somebody else", true, func(t *testing.T, _ *providers.Snapshot) {
			s.rewrite(t, rewrite{"www A", "-www 900 A 192.0.2.1"})
		}},
		{"serve again", true, func(t *testing.T, base *providers.Snapshot) { s.applyOps(t, base, enable(www)) }},
		{"hide once more", true, func(t *testing.T, base *providers.Snapshot) { s.applyOps(t, base, disable(www)) }},
		{"purge", true, func(t *testing.T, base *providers.Snapshot) { s.applyOps(t, base, purge(www)) }},
		{"removed, and made with the same SOA", false, s.remake},
	} {
		t.Run(step.name, func(t *testing.T) {
			base := s.fetch(t)
			if step.hides && !base.Traits.CanDisable {
				t.Log("not tested: the traits do not have it")
				return
			}
			step.change(t, base)
			after := s.fetch(t)
			for _, version := range []string{after.Version, s.listedVersion(t, after.Version)} {
				if before, ok := seen[version]; ok && version != "" && !same(base, after) {
					t.Errorf("Version is %q, as it was after %q", version, before)
				}
			}
			seen[after.Version] = step.name
		})
	}
}

// same reports whether two snapshots show the same zone.
func same(a, b *providers.Snapshot) bool {
	hidden := func(s *providers.Snapshot) *zonefile.Zone {
		return cmp.Or(s.Disabled, zonefile.NewZone(s.Zone.Origin()))
	}
	return a.Zone.Equal(b.Zone) && hidden(a).Equal(hidden(b))
}

// remake removes the zone, where the provider can, and makes it again with nothing but the SOA and the NS of its apex.
func (s *subject) remake(t *testing.T, base *providers.Snapshot) {
	t.Helper()
	remover, ok := providers.As[providers.ZoneRemover](s.Provider)
	if !ok {
		t.Log("not tested: the provider is not a ZoneRemover")
		return
	}
	kind, settings, err := remover.ZoneSettings(timeout(t), s.Origin)
	if errors.Is(err, providers.ErrBlocked) {
		t.Logf("not tested: %v", err)
		return
	}
	if err == nil {
		err = remover.RemoveZone(timeout(t), base)
	}
	if err != nil {
		t.Fatal(err)
	}
	s.create(t, remover, providers.ZoneSpec{Origin: s.Origin, Apex: s.apex(base), Kind: kind, Properties: s.declarable(kind, base), Settings: settings})
}

// testStaying checks that the version stays whatever is done that does not change the zone.
func (s *subject) testStaying(t *testing.T, start *providers.Snapshot) {
	s.unchanged(t, start)
	s.listedVersion(t, start.Version)
	s.apply(t, providers.NewBatch(start, nil))
	s.unchanged(t, start)
	creator, ok := providers.As[providers.ZoneCreator](s.Provider)
	if !ok || s.NewZone.IsZero() {
		return
	}
	if err := creator.CreateZone(timeout(t), newSpec(t, s.NewZone)); err != nil {
		t.Fatalf("CreateZone: %v", err)
	}
	s.unchanged(t, start)
	s.listedVersion(t, start.Version)
}

// applyOps applies operations, and checks the law.
func (s *subject) applyOps(t *testing.T, base *providers.Snapshot, ops ...providers.Op) {
	t.Helper()
	s.apply(t, providers.Batch{Base: base, Ops: ops})
}

// replace puts set where there may be something else.
func replace(base *providers.Snapshot, set zonefile.RRset) providers.Op {
	op := put(set)
	op.Change.Old = live(base.Zone, set.Key)
	return op
}

// listedVersion checks that the list has the zone with that version, if both have one, and returns the one of the list.
func (s *subject) listedVersion(t *testing.T, version string) string {
	t.Helper()
	zones, err := s.Provider.Zones(timeout(t))
	if errors.Is(err, providers.ErrUnsupported) {
		return ""
	}
	if err != nil {
		t.Fatalf("Zones: %v", err)
	}
	for _, z := range zones {
		if z.Origin != s.Origin {
			continue
		}
		if z.Version != "" && version != "" && z.Version != version {
			t.Errorf("Zones has %s with the version %q, and Fetch %q", z.Origin, z.Version, version)
		}
		return z.Version
	}
	return ""
}
