package providertest

import (
	"strings"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// stage brings the zone to the beginning of a scene, with nothing else served or hidden.
func (s *subject) stage(t *testing.T, sc scene) {
	t.Helper()
	s.clear(t)
	hidden, served := parse(t, s.Origin, sc.hidden), parse(t, s.Origin, sc.served)
	at := map[zonefile.Key]zonefile.RRset{}
	for _, set := range served {
		at[set.Key] = set
	}
	// What is hidden first: a CNAME cannot be made beside what is served, where the provider itself does it.
	for _, set := range hidden {
		s.writeHidden(t, set.Key, zonefile.RRset{}, set)
	}
	for _, set := range hidden {
		if beside, ok := at[set.Key]; ok {
			s.writeHidden(t, set.Key, beside, set)
			delete(at, set.Key)
		}
	}
	for _, set := range served {
		if _, ok := at[set.Key]; ok {
			s.writeHidden(t, set.Key, set, zonefile.RRset{})
		}
	}
}

// clear removes all that is served or hidden, but the SOA and the NS of the apex.
func (s *subject) clear(t *testing.T) {
	t.Helper()
	base := s.fetch(t)
	batch := providers.Batch{Base: base}
	if base.Disabled != nil {
		for set := range base.Disabled.All() {
			batch.Ops = append(batch.Ops, purge(set))
		}
	}
	for set := range base.Zone.All() {
		if set.Key != s.soa() && set.Key != s.ns() {
			batch.Ops = append(batch.Ops, remove(set))
		}
	}
	s.apply(t, batch)
}

// rewrite carries out a rewrite.
func (s *subject) rewrite(t *testing.T, r rewrite) {
	t.Helper()
	owner, typ, _ := strings.Cut(r.key, " ")
	name, err := zonefile.ParseName(owner, s.Origin)
	if err != nil {
		t.Fatal(err)
	}
	var hidden, served []string
	for line := range strings.Lines(r.records) {
		if rest, ok := strings.CutPrefix(line, "-"); ok {
			hidden = append(hidden, rest)
		} else {
			served = append(served, line)
		}
	}
	s.writeHidden(t, zonefile.Key{Name: name, Type: zonefile.MustParseType(typ)},
		one(parse(t, s.Origin, strings.Join(served, ""))), one(parse(t, s.Origin, strings.Join(hidden, ""))))
}

// one returns the only one of at most one set, the zero RRset if there is none.
func one(sets []zonefile.RRset) zonefile.RRset {
	if len(sets) == 0 {
		return zonefile.RRset{}
	}
	return sets[0]
}

// writeHidden writes an RRset as somebody else would, see Fixture.WriteHidden, and checks that this was done.
func (s *subject) writeHidden(t *testing.T, key zonefile.Key, served, hidden zonefile.RRset) {
	t.Helper()
	if s.WriteHidden != nil {
		s.WriteHidden(t, key, served, hidden)
	} else {
		s.standIn(t, key, served, hidden)
	}
	after := s.fetch(t)
	got, want := live(after.Zone, key), served
	if (got == nil) != want.IsZero() || got != nil && *got != want {
		t.Fatalf("the fixture was to have served\n%s\nand there is\n%v", want, got)
	}
	var kept zonefile.RRset
	if after.Disabled != nil {
		kept, _ = after.Disabled.Get(key)
	}
	if !kept.SameData(hidden) {
		t.Fatalf("the fixture was to have hidden\n%s\nand there is\n%s", hidden, kept)
	}
}

// standIn does with the provider what Fixture.WriteHidden does: hides what is to be hidden, and then serves what is to be served.
func (s *subject) standIn(t *testing.T, key zonefile.Key, served, hidden zonefile.RRset) {
	t.Helper()
	for _, step := range []func(base *providers.Snapshot) []providers.Op{
		func(base *providers.Snapshot) []providers.Op {
			var ops []providers.Op
			if base.Disabled != nil {
				if set, ok := base.Disabled.Get(key); ok {
					ops = append(ops, purge(set))
				}
			}
			if set := live(base.Zone, key); set != nil {
				ops = append(ops, remove(*set))
			}
			return ops
		},
		func(*providers.Snapshot) []providers.Op { return puts(hidden) },
		func(*providers.Snapshot) []providers.Op {
			if hidden.IsZero() {
				return nil
			}
			return []providers.Op{disable(hidden)}
		},
		func(*providers.Snapshot) []providers.Op { return puts(served) },
	} {
		base := s.fetch(t)
		if _, err := s.Provider.Apply(timeout(t), s.Origin, providers.Batch{Base: base, Ops: step(base)}); err != nil {
			t.Fatalf("Apply in the place of somebody else: %v", err)
		}
	}
}

// puts puts set, if it is not the zero RRset, where nothing is.
func puts(set zonefile.RRset) []providers.Op {
	if set.IsZero() {
		return nil
	}
	return []providers.Op{put(set)}
}

// sameContent checks that the zone serves and hides what it did before. Its serial may have risen.
func (s *subject) sameContent(t *testing.T, before *providers.Snapshot) {
	t.Helper()
	after := s.fetch(t)
	if d := difference(after.Zone, before.Zone); d != "" {
		t.Errorf("the zone was changed:\n%s", d)
	}
	checkDisabled(t, providers.Batch{Base: before}, after)
}
