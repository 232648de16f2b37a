package storetest

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

var overviewTests = []test{
	{"of some zones", func(s *subject) {
		for i, ref := range []reconcile.Ref{onLive, onOther, distant} {
			s.everything(i+1, ref)
		}
		for _, scope := range []reconcile.Scope{{}, {Target: "live"}, {Target: "other"}, {Zone: example}, {Zone: other}} {
			if !s.Stateless {
				s.must(s.Suspend(s.Context(), suspension(scope, "because")))
			}
		}
		s.must(s.SetClock(s.Context(), reconcile.Clock{Wall: at(12, 0), Steady: time.Hour, Boot: "one"}))

		all := s.overview()
		for _, wanted := range [][]reconcile.Ref{
			{onLive},
			{onOther},
			{onOther, distant},
			{distant, onOther, distant},
			{{Zone: other, Target: "other"}}, // the zone and the target of others
			{{Zone: zonefile.MustParseName("none.example."), Target: "none"}},
		} {
			same(s, fmt.Sprintf("of %v", wanted), s.overview(wanted...), only(all, wanted))
		}
	}},
	{"of many zones", func(s *subject) {
		first, last := reconcile.Ref{Zone: example, Target: "a"}, reconcile.Ref{Zone: zonefile.MustParseName("zzz.example."), Target: "z"}
		wanted := []reconcile.Ref{last}
		for i := range 1_500 { // more than one query may ask for
			wanted = append(wanted, reconcile.Ref{Zone: zonefile.MustParseName(fmt.Sprintf("zone-%d.example.", i)), Target: "live"})
		}
		wanted = append(wanted, first)
		for i, ref := range []reconcile.Ref{first, last, onLive} {
			s.everything(i+1, ref)
		}
		if !s.Stateless {
			s.must(s.Suspend(s.Context(), suspension(reconcile.Scope{}, "everything")))
		}
		same(s, "two of which are there", s.overview(wanted...), only(s.overview(), wanted))
	}},
}

// overview returns what the store knows of the zones on targets that are wanted, of all if none is named. What has no order is sorted.
func (s *subject) overview(wanted ...reconcile.Ref) reconcile.Overview {
	s.Helper()
	o := both(s, func(store reconcile.Store) (reconcile.Overview, error) { return store.Overview(s.Context(), wanted...) })
	slices.SortFunc(o.Pins, func(a, b reconcile.Pin) int { return cmp.Or(a.Key.Compare(b.Key), a.Compare(b.Ref)) })
	slices.SortFunc(o.Suspensions, func(a, b reconcile.Suspension) int {
		return reconcile.Ref(a.Scope).Compare(reconcile.Ref(b.Scope))
	})
	slices.SortFunc(o.Graces, func(a, b reconcile.Grace) int { return cmp.Or(a.Key.Compare(b.Key), a.Compare(b.Ref)) })
	return o
}

// everything makes a zone on a target have all that an overview says of one.
func (s *subject) everything(n int, ref reconcile.Ref) {
	s.Helper()
	key := zonefile.Key{Name: zonefile.MustParseName("www." + ref.Zone.String()), Type: zonefile.TypeA}
	set := zonefile.RRset{Key: key}
	t := stone(n, set)
	t.RRset = www1.WithName(key.Name)
	t.Ref = ref
	p := pin(set)
	p.Ref = ref
	if !s.Stateless {
		s.set(ref)
		s.must(s.Look(s.Context(), ref, "equal", []reconcile.Grace{{Ref: ref, Key: key, Since: at(n, 0)}}))
		s.must(s.Suspend(s.Context(), suspension(reconcile.Scope(ref), "because")))
	}
	in := intent(retire(t.RRset))
	in.Ref, in.Stones, in.Pins = ref, []reconcile.Tombstone{t}, []reconcile.Pin{p}
	s.begin(in)
}

// only returns what of an overview of all is about the zones on targets that are wanted.
func only(o reconcile.Overview, wanted []reconcile.Ref) reconcile.Overview {
	has := func(ref reconcile.Ref) bool { return slices.Contains(wanted, ref) }
	standing := map[reconcile.Ref]time.Time{}
	for ref, first := range o.Standing {
		if has(ref) {
			standing[ref] = first
		}
	}
	return reconcile.Overview{
		Known:       filter(o.Known, func(k reconcile.Known) bool { return has(k.Ref) }),
		Pins:        filter(o.Pins, func(p reconcile.Pin) bool { return has(p.Ref) }),
		Suspensions: filter(o.Suspensions, func(x reconcile.Suspension) bool { return slices.ContainsFunc(wanted, x.Has) }),
		Graces:      filter(o.Graces, func(g reconcile.Grace) bool { return has(g.Ref) }),
		Open:        filter(o.Open, has),
		Standing:    standing,
		Clock:       o.Clock,
	}
}

func filter[T any](all []T, wanted func(T) bool) []T {
	var some []T
	for _, one := range all {
		if wanted(one) {
			some = append(some, one)
		}
	}
	return some
}
