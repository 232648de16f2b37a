package providertest

import (
	"errors"
	"slices"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// scene is a zone with hidden copies, in which something happens. RRsets are as in a step.
type scene struct {
	name string
	// hidden and served are what there is at the beginning.
	hidden, served string
	// theirs is what somebody else then does.
	theirs []rewrite
	// refused is what we must not be able to do after that, because of a conflict; or because the zone cannot have it, if orInvalid is set.
	refused   []deed
	orInvalid bool
	// ours is what we do, and it succeeds.
	ours []deed
}

// rewrite is the write of one RRset by somebody else who knows of hidden records: those with "-" in front are hidden afterwards, the others are
// served, and what else there was is gone.
type rewrite struct{ key, records string }

// deed is an operation. The Old of a put is what is live.
type deed struct {
	verb providers.Verb
	set  string
}

// ourScenes have nobody but us.
var ourScenes = []scene{
	{
		name: "purge", hidden: "www 300 A 192.0.2.1",
		ours: []deed{{providers.Purge, "www 300 A 192.0.2.1"}},
	},
	{
		name: "purge one of two", hidden: "www 300 A 192.0.2.1\nwww 300 A 192.0.2.2",
		ours: []deed{{providers.Purge, "www 300 A 192.0.2.1"}},
	},
	{
		name: "purge one of two that differ in case", hidden: "www 300 TXT \"a\"\nwww 300 TXT \"A\"",
		ours: []deed{{providers.Purge, "www 300 TXT \"A\""}},
	},
	{
		name: "purge at the apex", hidden: "@ 300 MX 10 mail.invalid.\n@ 300 TXT \"old\"", served: "@ 300 TXT \"new\"",
		ours: []deed{{providers.Purge, "@ 300 MX 10 mail.invalid."}, {providers.Purge, "@ 300 TXT \"old\""}},
	},
	{
		name: "purge beside what is served", hidden: "www 300 A 192.0.2.1", served: "www 300 A 192.0.2.2\nwww 300 AAAA 2001:db8::1",
		ours: []deed{{providers.Purge, "www 300 A 192.0.2.1"}},
	},
	{
		name: "purge one of two beside what is served", hidden: "www 300 A 192.0.2.1\nwww 300 A 192.0.2.2", served: "www 300 A 192.0.2.3",
		ours: []deed{{providers.Purge, "www 300 A 192.0.2.2"}},
	},
	{
		name: "purge and put", hidden: "www 300 A 192.0.2.1",
		ours: []deed{{providers.Purge, "www 300 A 192.0.2.1"}, {providers.Put, "www 600 A 192.0.2.2"}},
	},
	{
		name: "purge one and put the other", hidden: "www 300 A 192.0.2.1\nwww 300 A 192.0.2.2",
		ours: []deed{{providers.Purge, "www 300 A 192.0.2.1"}, {providers.Put, "www 300 A 192.0.2.2"}},
	},
	{
		name: "purge and change", hidden: "www 300 A 192.0.2.1", served: "www 300 A 192.0.2.2",
		ours: []deed{{providers.Purge, "www 300 A 192.0.2.1"}, {providers.Put, "www 300 A 192.0.2.3"}},
	},
	{
		name: "purge and delete", hidden: "www 300 A 192.0.2.1\nwww 300 A 192.0.2.9", served: "www 300 A 192.0.2.2",
		ours: []deed{{providers.Purge, "www 300 A 192.0.2.1"}, {providers.Delete, "www 300 A 192.0.2.2"}},
	},
	{
		name: "purge and hide", hidden: "www 300 A 192.0.2.1", served: "www 300 A 192.0.2.2",
		ours: []deed{{providers.Purge, "www 300 A 192.0.2.1"}, {providers.Disable, "www 300 A 192.0.2.2"}},
	},
	{
		name: "purge and enable another", hidden: "www 300 A 192.0.2.1\nwww 300 A 192.0.2.2",
		ours: []deed{{providers.Purge, "www 300 A 192.0.2.1"}, {providers.Enable, "www 300 A 192.0.2.2"}},
	},
	{
		name: "purge a CNAME and put another", hidden: "www 300 CNAME a.invalid.",
		ours: []deed{{providers.Purge, "www 300 CNAME a.invalid."}, {providers.Put, "www 300 CNAME b.invalid."}},
	},
	{
		name: "purge A and put a CNAME", hidden: "www 300 A 192.0.2.1",
		ours: []deed{{providers.Purge, "www 300 A 192.0.2.1"}, {providers.Put, "www 300 CNAME b.invalid."}},
	},
	{
		name: "purge many", hidden: "a 300 A 192.0.2.1\nb 300 TXT \"b;\"\nc 300 CNAME a", served: "c 300 A 192.0.2.1",
		ours: []deed{{providers.Purge, "a 300 A 192.0.2.1"}, {providers.Purge, "b 300 TXT \"b;\""}, {providers.Purge, "c 300 CNAME a"}, {providers.Put, "d 300 A 192.0.2.1"}},
	},
	{
		name: "purge what is gone", served: "other 300 A 192.0.2.1",
		ours: []deed{{providers.Purge, "www 300 A 192.0.2.1"}},
	},
	{
		name: "purge what is gone in part", hidden: "www 300 A 192.0.2.1",
		ours: []deed{{providers.Purge, "www 300 A 192.0.2.1\nwww 300 A 192.0.2.2"}},
	},
	{
		name: "purge what is gone, and put", served: "www 300 A 192.0.2.2",
		ours: []deed{{providers.Purge, "www 300 A 192.0.2.1"}, {providers.Put, "www 300 A 192.0.2.3"}},
	},
	{
		name: "enable one of two", hidden: "www 300 A 192.0.2.1\nwww 300 A 192.0.2.2",
		ours: []deed{{providers.Enable, "www 300 A 192.0.2.2"}},
	},
	{
		name: "enable more than there is", hidden: "www 300 A 192.0.2.1", served: "other 300 A 192.0.2.1",
		refused: []deed{{providers.Put, "other 300 A 192.0.2.2"}, {providers.Enable, "www 300 A 192.0.2.1\nwww 300 A 192.0.2.2"}},
		ours:    []deed{{providers.Put, "www 300 A 192.0.2.1\nwww 300 A 192.0.2.2"}},
	},
	{
		name: "A beside a hidden CNAME, and back", hidden: "www 300 CNAME a.invalid.", served: "www 300 A 192.0.2.1",
		ours: []deed{{providers.Disable, "www 300 A 192.0.2.1"}, {providers.Enable, "www 300 CNAME a.invalid."}},
	},
	{
		name: "other things around a hidden copy", hidden: "www 300 A 192.0.2.1", served: "www 300 AAAA 2001:db8::1\nother 300 A 192.0.2.1",
		ours: []deed{{providers.Delete, "other 300 A 192.0.2.1"}, {providers.Put, "www 300 AAAA 2001:db8::2"}, {providers.Put, "a.www 300 A 192.0.2.1"}},
	},
}

// theirScenes are what else than us may be done to a hidden copy, which nobody who does not look for it sees.
var theirScenes = []scene{
	{
		name: "they replace it", hidden: "www 300 A 192.0.2.1", theirs: []rewrite{{"www A", "www 300 A 192.0.2.2"}},
		refused: []deed{{providers.Enable, "www 300 A 192.0.2.1"}},
		ours:    []deed{{providers.Put, "www 300 A 192.0.2.1"}},
	},
	{
		name: "they delete it", hidden: "www 300 A 192.0.2.1", theirs: []rewrite{{"www A", ""}},
		refused: []deed{{providers.Enable, "www 300 A 192.0.2.1"}},
		ours:    []deed{{providers.Put, "www 300 A 192.0.2.1"}},
	},
	{
		name: "they delete it, and it is purged", hidden: "www 300 A 192.0.2.1", served: "other 300 A 192.0.2.1", theirs: []rewrite{{"www A", ""}},
		ours: []deed{{providers.Purge, "www 300 A 192.0.2.1"}},
	},
	{
		name: "they delete one of two", hidden: "www 300 A 192.0.2.1\nwww 300 A 192.0.2.2", theirs: []rewrite{{"www A", "-www 300 A 192.0.2.2"}},
		refused: []deed{{providers.Enable, "www 300 A 192.0.2.1\nwww 300 A 192.0.2.2"}},
		ours:    []deed{{providers.Put, "www 300 A 192.0.2.1\nwww 300 A 192.0.2.2"}},
	},
	{
		name: "they change its TTL", hidden: "www 300 A 192.0.2.1", theirs: []rewrite{{"www A", "-www 900 A 192.0.2.1"}},
		ours: []deed{{providers.Enable, "www 300 A 192.0.2.1"}},
	},
	{
		name: "they change its TTL, and it is purged", hidden: "www 300 A 192.0.2.1", theirs: []rewrite{{"www A", "-www 900 A 192.0.2.1"}},
		ours: []deed{{providers.Purge, "www 300 A 192.0.2.1"}},
	},
	{
		name: "they change its TTL, and another is put", hidden: "www 300 A 192.0.2.1", theirs: []rewrite{{"www A", "-www 900 A 192.0.2.1"}},
		ours: []deed{{providers.Put, "www 300 A 192.0.2.2"}},
	},
	{
		name: "they serve it", hidden: "www 300 A 192.0.2.1", theirs: []rewrite{{"www A", "www 300 A 192.0.2.1"}},
		refused: []deed{{providers.Enable, "www 300 A 192.0.2.1"}},
		ours:    []deed{{providers.Disable, "www 300 A 192.0.2.1"}},
	},
	{
		name: "they serve it, and it is purged", hidden: "www 300 A 192.0.2.1", theirs: []rewrite{{"www A", "www 300 A 192.0.2.1"}},
		ours: []deed{{providers.Purge, "www 300 A 192.0.2.1"}, {providers.Put, "other 300 A 192.0.2.1"}},
	},
	{
		name: "they serve another type", hidden: "www 300 A 192.0.2.1", theirs: []rewrite{{"www AAAA", "www 300 AAAA 2001:db8::1"}},
		ours: []deed{{providers.Enable, "www 300 A 192.0.2.1"}},
	},
	{
		name: "they put a CNAME at its name", hidden: "www 300 A 192.0.2.1", theirs: []rewrite{{"www CNAME", "www 300 CNAME a.invalid."}},
		refused:   []deed{{providers.Put, "other 300 A 192.0.2.2"}, {providers.Enable, "www 300 A 192.0.2.1"}},
		orInvalid: true,
		ours:      []deed{{providers.Delete, "www 300 CNAME a.invalid."}, {providers.Enable, "www 300 A 192.0.2.1"}},
	},
	{
		name: "they put A at the name of a CNAME", hidden: "www 300 CNAME a.invalid.", theirs: []rewrite{{"www A", "www 300 A 192.0.2.1"}},
		refused:   []deed{{providers.Put, "other 300 A 192.0.2.2"}, {providers.Enable, "www 300 CNAME a.invalid."}},
		orInvalid: true,
		ours:      []deed{{providers.Delete, "www 300 A 192.0.2.1"}, {providers.Enable, "www 300 CNAME a.invalid."}},
	},
	{
		name: "they hide another", served: "www 300 A 192.0.2.1", theirs: []rewrite{{"www A", "www 300 A 192.0.2.1\n-www 300 A 192.0.2.9"}},
		ours: []deed{{providers.Disable, "www 300 A 192.0.2.1"}},
	},
	{
		name: "they hide another beside ours, which is purged", hidden: "www 300 A 192.0.2.1",
		theirs: []rewrite{{"www A", "-www 300 A 192.0.2.1\n-www 300 A 192.0.2.9"}},
		ours:   []deed{{providers.Purge, "www 300 A 192.0.2.1"}},
	},
	{
		name: "they hide another beside ours, which is served", hidden: "www 300 A 192.0.2.1",
		theirs: []rewrite{{"www A", "-www 300 A 192.0.2.1\n-www 300 A 192.0.2.9"}},
		ours:   []deed{{providers.Enable, "www 300 A 192.0.2.1"}},
	},
}

// testHidden lets all kinds of things happen to hidden copies, where the provider can hide.
func testHidden(t *testing.T, s *subject) {
	if !s.fetch(t).Traits.CanDisable {
		t.Log("not tested: the traits do not have it")
		return
	}
	if s.WriteHidden == nil {
		t.Log("the fixture has no WriteHidden: the provider itself stands in for somebody else")
	}
	for _, sc := range slices.Concat(ourScenes, theirScenes) {
		t.Run(sc.name, func(t *testing.T) { s.play(t, sc) })
	}
	t.Run("they delete it after our base", func(t *testing.T) {
		s.stage(t, scene{hidden: "www 300 A 192.0.2.1"})
		base := s.fetch(t)
		s.rewrite(t, rewrite{"www A", ""})
		s.late(t, providers.Batch{Base: base, Ops: []providers.Op{enable(s.set(t, "www 300 A 192.0.2.1"))}})
	})
	t.Run("they delete it after our base, and it is purged", func(t *testing.T) {
		s.stage(t, scene{hidden: "www 300 A 192.0.2.1", served: "www 300 A 192.0.2.2"})
		base := s.fetch(t)
		s.rewrite(t, rewrite{"www A", "www 300 A 192.0.2.2"})
		theirs := s.fetch(t)
		_, err := s.Provider.Apply(timeout(t), s.Origin, providers.Batch{Base: base, Ops: []providers.Op{purge(s.set(t, "www 300 A 192.0.2.1"))}})
		if sees := base.Traits.Preconditions &^ providers.ComparesRRsets; err != nil && (sees == 0 || !errors.Is(err, providers.ErrConflict)) {
			t.Errorf("Apply: %v, and what is not disabled any more is as good as purged", err)
		}
		s.sameContent(t, theirs)
	})
	t.Run("bad purges", s.badPurges)
}

// late applies a batch that must be a conflict. A provider that only notices may have written it.
func (s *subject) late(t *testing.T, batch providers.Batch) {
	t.Helper()
	before := s.fetch(t)
	result, err := s.Provider.Apply(timeout(t), s.Origin, batch)
	if !errors.Is(err, providers.ErrConflict) {
		t.Errorf("Apply: error %v, want one that wraps ErrConflict", err)
	}
	if len(result.Applied) == 0 || batch.Base.Traits.Preconditions != providers.NoticesAfterwards {
		s.unchanged(t, before)
	}
}

// badPurges sends purges that must not succeed.
func (s *subject) badPurges(t *testing.T) {
	s.stage(t, scene{hidden: "www 300 A 192.0.2.1\nwww 300 A 192.0.2.2", served: "other 300 A 192.0.2.1"})
	first, second := s.set(t, "www 300 A 192.0.2.1"), s.set(t, "www 300 A 192.0.2.2")
	for name, ops := range map[string][]providers.Op{
		"of nothing":       {{Verb: providers.Purge, Change: zonefile.Change{New: &first}}},
		"twice":            {purge(first), purge(second)},
		"outside the zone": {purge(first), purge(first.WithName(zonefile.MustParseName("www.outside.invalid.")))},
	} {
		t.Run(name, func(t *testing.T) {
			s.refuse(t, providers.Batch{Base: s.fetch(t), Ops: ops}, providers.ErrInvalid)
		})
	}
}

// play brings a scene about, and lets happen what happens in it.
func (s *subject) play(t *testing.T, sc scene) {
	s.stage(t, sc)
	for _, r := range sc.theirs {
		s.rewrite(t, r)
	}
	if sc.refused != nil {
		want := []error{providers.ErrConflict}
		if sc.orInvalid {
			want = append(want, providers.ErrInvalid)
		}
		s.refuse(t, s.deeds(t, sc.refused), want...)
	}
	s.apply(t, s.deeds(t, sc.ours))
}

// deeds makes a batch from what is live.
func (s *subject) deeds(t *testing.T, deeds []deed) providers.Batch {
	t.Helper()
	batch := providers.Batch{Base: s.fetch(t)}
	for _, d := range deeds {
		op := providers.Op{Verb: d.verb}
		set := s.set(t, d.set)
		switch d.verb {
		case providers.Purge, providers.Disable, providers.Delete:
			op.Change.Old = &set
		case providers.Put:
			op.Change = zonefile.Change{Old: live(batch.Base.Zone, set.Key), New: &set}
		case providers.Enable:
			op.Change.New = &set
		}
		batch.Ops = append(batch.Ops, op)
	}
	return batch
}
