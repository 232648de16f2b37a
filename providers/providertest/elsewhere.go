package providertest

import (
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// set reads one RRset and normalizes it. It must be one of those that every provider takes.
func (s *subject) set(t *testing.T, text string) zonefile.RRset {
	t.Helper()
	sets := parse(t, s.Origin, text)
	if len(sets) != 1 {
		t.Fatalf("%q: want one RRset", text)
	}
	normal, err := s.Provider.Normalize(sets[0])
	if err != nil {
		t.Fatalf("Normalize %s: %v", sets[0].Key, err)
	}
	return normal
}

// changesTo returns the changes that put sets into z.
func changesTo(z *zonefile.Zone, sets ...zonefile.RRset) []zonefile.Change {
	var changes []zonefile.Change
	for _, set := range sets {
		changes = append(changes, zonefile.Change{Old: live(z, set.Key), New: &set})
	}
	return changes
}

// live returns what z has of a key, nil if nothing.
func live(z *zonefile.Zone, key zonefile.Key) *zonefile.RRset {
	set, ok := z.Get(key)
	if !ok {
		return nil
	}
	set = set.Clone()
	return &set
}

// elsewhere makes changes as somebody else would.
func (s *subject) elsewhere(t *testing.T, changes ...zonefile.Change) {
	t.Helper()
	if s.Write != nil {
		s.Write(t, changes)
		return
	}
	if _, err := s.Provider.Apply(timeout(t), s.Origin, providers.NewBatch(s.fetch(t), changes)); err != nil {
		t.Fatalf("Apply in the place of somebody else: %v", err)
	}
}
