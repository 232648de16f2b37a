package storetest

import (
	"context"
	"time"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

var appliedTests = []test{
	{"an empty store", func(s *subject) {
		same(s, "the overview", s.overview(), reconcile.Overview{})
		if got := s.applied(onLive); got != nil {
			s.Errorf("applied is %v; want no applied state", got)
		}
		sets, err := s.AppliedAt(s.Context(), onLive, []zonefile.Key{www1.Key})
		if err != nil || len(sets) > 0 {
			s.Errorf("applied at a key: %v, %v; want nothing", sets, err)
		}
	}},
	{"set and read", func(s *subject) {
		s.set(onLive, www1, mail, text)
		s.set(onOther, www2)
		same(s, "on one target", s.applied(onLive), []string{text.String(), mail.String(), www1.String()})
		same(s, "on the other", s.applied(onOther), []string{www2.String()})
		if got := s.applied(distant); got != nil {
			s.Errorf("another zone has applied %v", got)
		}
	}},
	{"set again", func(s *subject) {
		s.set(onLive, www1, mail, text)
		s.set(onLive, www2, mail6, text)
		same(s, "in the place of the first", s.applied(onLive), []string{text.String(), mail6.String(), www2.String()})
		s.set(onLive)
		if got := s.applied(onLive); got == nil || len(got) > 0 {
			s.Errorf("of an empty zone: %v; want an applied state without RRsets", got)
		}
	}},
	{"at keys", func(s *subject) {
		s.set(onLive, www1, mail, mail6)
		s.set(onOther, www2)
		keys := []zonefile.Key{www1.Key, mail6.Key, text.Key, {Name: www1.Key.Name, Type: zonefile.TypeAAAA}}
		got := both(s, func(store reconcile.Store) (map[zonefile.Key]zonefile.RRset, error) {
			return store.AppliedAt(s.Context(), onLive, keys)
		})
		same(s, "keys that are there", got, map[zonefile.Key]zonefile.RRset{www1.Key: www1, mail6.Key: mail6})
	}},
	{"known", func(s *subject) {
		z, err := zonefile.ZoneOf(other)
		s.must(err)
		s.must(s.SetApplied(s.Context(), distant, reconcile.AppliedState{System: "pdns http://192.0.2.1", Commit: "c1", Mark: "m"}, z))
		s.set(onOther, www1)
		s.set(onLive, www1)
		want := []reconcile.Known{
			{Ref: onLive, AppliedState: reconcile.AppliedState{System: "sys", Commit: "c0"}},
			{Ref: onOther, AppliedState: reconcile.AppliedState{System: "sys", Commit: "c0"}},
			{Ref: distant, AppliedState: reconcile.AppliedState{System: "pdns http://192.0.2.1", Commit: "c1", Mark: "m"}},
		}
		got := s.overview().Known
		for i := range got {
			if got[i].At.IsZero() {
				s.Errorf("%s: it is not said when that was noted", got[i].Ref)
			}
			got[i].At = time.Time{}
		}
		same(s, "in order", got, want)
	}},
	{"set says of what the state is", func(s *subject) {
		z, err := zonefile.ZoneOf(example, www1)
		s.must(err)
		s.must(s.SetApplied(s.Context(), onLive, reconcile.AppliedState{System: "before", Commit: "c1", Mark: "m1"}, z))
		s.must(s.Look(s.Context(), onLive, "equal", nil))
		s.set(onLive, www2)
		same(s, "the state", s.known(onLive).AppliedState, reconcile.AppliedState{System: "sys", Commit: "c0"})
	}},
	{"forget", func(s *subject) {
		s.set(onLive, www1)
		s.set(onOther, www1)
		s.must(s.Look(s.Context(), onLive, "equal", []reconcile.Grace{{Ref: onLive, Key: www1.Key, Since: at(1, 0)}}))
		s.must(s.Forget(s.Context(), onLive))
		s.must(s.Forget(s.Context(), distant))
		if got := s.applied(onLive); got != nil || s.known(onLive) != nil || len(s.overview().Graces) > 0 {
			s.Errorf("forgotten, and there is %v, %v", got, s.overview())
		}
		if s.known(onOther) == nil {
			s.Error("the same zone on another target is forgotten too")
		}
	}},
	{"a canceled context", func(s *subject) {
		s.set(onLive, www1)
		ctx, cancel := context.WithCancel(s.Context())
		cancel()
		z, err := zonefile.ZoneOf(example, www2)
		s.must(err)
		if err := s.SetApplied(ctx, onLive, reconcile.AppliedState{}, z); err == nil {
			s.Error("something was set")
		}
		if _, _, err := s.Store.Applied(ctx, onLive); err == nil {
			s.Error("something was read")
		}
		same(s, "afterwards", s.applied(onLive), []string{www1.String()})
	}},
}

var lookTests = []test{
	{"mark and graces", func(s *subject) {
		s.set(onLive, www1, mail)
		s.set(onOther, www1)
		first := reconcile.Grace{Ref: onLive, Key: www1.Key, Since: at(1, 2), Writer: writer()}
		second := reconcile.Grace{Ref: onLive, Key: mail.Key, Since: at(3, 4)}
		whole := reconcile.Grace{Ref: onOther, Key: zoneKey, Since: at(5, 6), Writer: writer()}
		s.must(s.Look(s.Context(), onLive, "m1", []reconcile.Grace{first, second}))
		s.must(s.Look(s.Context(), onOther, "m2", []reconcile.Grace{whole}))
		same(s, "the graces", s.overview().Graces, []reconcile.Grace{whole, second, first})
		same(s, "the state", s.known(onLive).AppliedState, reconcile.AppliedState{System: "sys", Commit: "c0", Mark: "m1"})

		s.must(s.Look(s.Context(), onLive, "m3", []reconcile.Grace{second}))
		same(s, "in the place of those before", s.overview().Graces, []reconcile.Grace{whole, second})
		same(s, "the mark", s.known(onLive).Mark, "m3")
		second.Since = at(7, 8)
		s.must(s.Look(s.Context(), onLive, "m3", []reconcile.Grace{second}))
		same(s, "with the same mark", s.overview().Graces, []reconcile.Grace{whole, second})
		s.must(s.Look(s.Context(), onLive, "m4", []reconcile.Grace{second}))
		same(s, "another mark alone", s.known(onLive).Mark, "m4")
		s.must(s.Look(s.Context(), onLive, "", nil))
		same(s, "none left", s.overview().Graces, []reconcile.Grace{whole})
		same(s, "no mark left", s.known(onLive).Mark, "")
		same(s, "the RRsets", s.applied(onLive), []string{mail.String(), www1.String()})
	}},
	{"without applied state", func(s *subject) {
		s.must(s.Look(s.Context(), onLive, "m", []reconcile.Grace{{Ref: onLive, Key: www1.Key, Since: at(1, 2)}}))
		same(s, "the overview", s.overview(), reconcile.Overview{})
	}},
	{"a change that is live ends a grace", func(s *subject) {
		s.set(onLive, www1, mail)
		www, other := reconcile.Grace{Ref: onLive, Key: www1.Key, Since: at(1, 2)}, reconcile.Grace{Ref: onLive, Key: mail.Key, Since: at(1, 2)}
		s.must(s.Look(s.Context(), onLive, "m", []reconcile.Grace{www, other}))
		s.write(intent(retire(www1), retire(mail)), true, false)
		same(s, "the graces", s.overview().Graces, []reconcile.Grace{other})
	}},
	{"the clock", func(s *subject) {
		clock := func(store reconcile.Store) (reconcile.Clock, error) { return store.Clock(s.Context()) }
		same(s, "when nobody has looked", both(s, clock), reconcile.Clock{})
		c := reconcile.Clock{Wall: at(1, 2), Steady: 34*time.Second + 5, Boot: "boot-1", Doubted: at(3, 4), Jumps: []reconcile.Jump{
			{Before: at(2, 1), After: at(1, 1), By: -time.Hour - 3}, {Before: at(1, 3), After: at(2, 2), By: time.Minute},
		}}
		s.must(s.SetClock(s.Context(), c))
		same(s, "the first", both(s, clock), c)
		same(s, "the first, in the overview", s.overview().Clock, c)
		c = reconcile.Clock{Wall: at(5, 6)}
		s.must(s.SetClock(s.Context(), c))
		same(s, "in its place", both(s, clock), c)
		same(s, "in its place, in the overview", s.overview().Clock, c)
		if !both(s, clock).Doubted.IsZero() {
			s.Error("a zero time came back as another")
		}
	}},
}
