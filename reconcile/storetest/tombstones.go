package storetest

import (
	"errors"
	"strings"
	"time"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// buried begins an intent that retires sets, the n-th with stone(n). Its changes are not live yet.
func (s *subject) buried(sets ...zonefile.RRset) int64 {
	s.Helper()
	in := intent()
	for i, set := range sets {
		in.Changes = append(in.Changes, retire(set))
		in.Stones = append(in.Stones, stone(i+1, set))
	}
	return s.begin(in)
}

func ids(stones []reconcile.Tombstone) []string {
	var all []string
	for _, t := range stones {
		all = append(all, t.ID)
	}
	return all
}

var stoneTests = []test{
	{"as they were buried", func(s *subject) {
		s.buried(www1, mail)
		same(s, "the newest first", s.tombstones(reconcile.TombstoneQuery{}), []reconcile.Tombstone{stone(2, mail), stone(1, www1)})
		got := both(s, func(store reconcile.Store) (reconcile.Tombstone, error) {
			return store.Tombstone(s.Context(), stoneID(1))
		})
		same(s, "alone", got, stone(1, www1))
	}},
	{"of a zone", func(s *subject) {
		t := zoneStone(1)
		t.Export = strings.Repeat(t.Export+"; and more\n", 10_000)
		in := intent(zoneChange(reconcile.Retire, ""))
		in.Stones = []reconcile.Tombstone{t}
		in.ID = s.begin(in)
		got := both(s, func(store reconcile.Store) (reconcile.Tombstone, error) { return store.Tombstone(s.Context(), t.ID) })
		same(s, "with its export", got, t)
		t.Export = ""
		same(s, "in a list, without", s.tombstones(reconcile.TombstoneQuery{}), []reconcile.Tombstone{t})
		in.Stones = []reconcile.Tombstone{t}
		same(s, "in the open intent, without", s.open(onLive), []reconcile.Intent{in})
	}},
	{"that is not the Old of its change", func(s *subject) {
		// A provider may serve the RRset in another way than the plan has it.
		in := intent(retire(www1))
		t := stone(1, www2)
		t.Ref, t.Writer, t.Plan = onOther, reconcile.Writer{Actor: "somebody"}, digest(9)
		in.Stones = []reconcile.Tombstone{t}
		in.ID = s.begin(in)
		same(s, "the tombstone", s.tombstones(reconcile.TombstoneQuery{}), []reconcile.Tombstone{t})
		same(s, "in the open intent", s.open(onLive), []reconcile.Intent{in})
	}},
	{"by a part of the id", func(s *subject) {
		in := intent(retire(www1), retire(mail), retire(text))
		for i, id := range []string{"00ab000000000000", "00ac000000000000", "f0ac000000000000"} {
			t := stone(i, *in.Changes[i].Old)
			t.ID = id
			in.Stones = append(in.Stones, t)
		}
		s.begin(in)
		for _, tc := range []struct{ part, want string }{
			{"00ab", "00ab000000000000"},
			{"00ac000000000000", "00ac000000000000"},
			{"f", "f0ac000000000000"},
			{"00", ""},
			{"0", ""},
			{"", ""},
			{"ab", ""},
			{"00ad", ""},
			{"00ab0000000000000", ""},
			{"%", ""},
			{"f%", ""},
			{"_0ac", ""},
			{"f\x00", ""},
			{"' OR 1=1 --", ""},
		} {
			got, err := s.Tombstone(s.Context(), tc.part)
			if tc.want == "" && !errors.Is(err, reconcile.ErrNoTombstone) {
				s.Errorf("%q: %v, %v; want ErrNoTombstone", tc.part, got.ID, err)
			}
			if tc.want != "" && (err != nil || got.ID != tc.want) {
				s.Errorf("%q: %v, %v; want %s", tc.part, got.ID, err, tc.want)
			}
		}
	}},
	{"retired or superseded", func(s *subject) {
		s.set(onLive, www1, mail)
		s.conclude(s.buried(www1, mail), concluded(true, false))
		same(s, "of a change that is live", s.state(stoneID(1)), "retired at 10:30")
		same(s, "of one that is not", s.state(stoneID(2)), "superseded at 10:30")
		same(s, "standing", ids(s.tombstones(reconcile.TombstoneQuery{})), []string{stoneID(1)})
		same(s, "all", ids(s.tombstones(reconcile.TombstoneQuery{Closed: true})), []string{stoneID(2), stoneID(1)})
	}},
	{"refused", func(s *subject) {
		id := s.buried(www1, mail)
		s.conclude(id, reconcile.Conclusion{At: at(10, 30), Result: reconcile.Refused})
		same(s, "the first", s.state(stoneID(1)), "superseded at 10:30")
		same(s, "standing", s.tombstones(reconcile.TombstoneQuery{}), nil)
	}},
	{"that a conclusion ends", func(s *subject) {
		sets := []zonefile.RRset{www1, mail, mail6, text}
		s.conclude(s.buried(sets...), concluded(true, true, true, true))
		id := s.begin(intent(restore(www1, stoneID(1)), purge(mail, stoneID(2))))
		c := concluded(true, true)
		c.At, c.Restored, c.Purged = at(12, 0), []string{stoneID(1)}, []string{stoneID(2)}
		s.conclude(id, c)
		for i, want := range []string{"restored at 12:00", "purged at 12:00", "retired at 10:30", "retired at 10:30"} {
			same(s, sets[i].Key.String(), s.state(stoneID(i+1)), want)
		}

		c.At, c.Restored, c.Purged = at(13, 0), []string{stoneID(2), stoneID(4)}, nil
		s.conclude(s.begin(intent(restore(text, stoneID(4)))), reconcile.Conclusion{At: c.At, Result: reconcile.Done, Live: []bool{true}, Restored: c.Restored})
		same(s, "one that was closed stays as it is", s.state(stoneID(2)), "purged at 12:00")
		same(s, "one that stood does not", s.state(stoneID(4)), "restored at 13:00")
	}},
	{"closed without a write", func(s *subject) {
		s.conclude(s.buried(www1, mail, text), concluded(true, true, true))
		s.must(s.CloseTombstones(s.Context(), []string{stoneID(1), stoneID(2)}, reconcile.Purged, at(12, 0)))
		s.must(s.CloseTombstones(s.Context(), []string{stoneID(2)}, reconcile.Restored, at(13, 0)))
		s.must(s.CloseTombstones(s.Context(), nil, reconcile.Purged, at(12, 0)))
		for _, n := range []int{1, 2} {
			same(s, "one that was closed", s.state(stoneID(n)), "purged at 12:00")
		}
		same(s, "standing", ids(s.tombstones(reconcile.TombstoneQuery{})), []string{stoneID(3)})
		if err := s.CloseTombstones(s.Context(), []string{stoneID(3), stoneID(9)}, reconcile.Purged, at(12, 0)); !errors.Is(err, reconcile.ErrNoTombstone) {
			s.Errorf("one that is not there: %v; want ErrNoTombstone", err)
		}
		if err := s.CloseTombstones(s.Context(), []string{stoneID(3)}, reconcile.Buried, at(12, 0)); err == nil {
			s.Error("one was closed into a state that is not closed")
		}
		same(s, "the one that was named beside it", s.state(stoneID(3)), "retired at 10:30")
	}},
	{"closed while the intent is open", func(s *subject) {
		id := s.buried(www1, mail)
		s.must(s.CloseTombstones(s.Context(), []string{stoneID(1), stoneID(2)}, reconcile.Purged, at(12, 0)))
		s.conclude(id, concluded(true, false))
		for _, n := range []int{1, 2} {
			if t, err := s.Tombstone(s.Context(), stoneID(n)); err != nil || t.State != reconcile.Purged {
				s.Errorf("tombstone %d: %s, %v; want it to stay purged", n, t.State, err)
			}
		}
	}},
	{"that are asked for", func(s *subject) {
		in := intent(retire(www1), retire(mail), retire(mail6), zoneChange(reconcile.Retire, ""))
		in.Stones = []reconcile.Tombstone{stone(1, www1), stone(2, mail), stone(3, mail6), zoneStone(4)}
		for i, ref := range []reconcile.Ref{onOther, distant} {
			t := stone(5+i, www1)
			t.Ref = ref
			in.Stones = append(in.Stones, t)
		}
		in.Stones[5].Key.Name = zonefile.MustParseName("www.other.example.")
		in.Stones[5].RRset = www1.WithName(in.Stones[5].Key.Name)
		s.begin(in)
		s.must(s.CloseTombstones(s.Context(), []string{stoneID(3)}, reconcile.Purged, at(12, 0)))
		numbers := func(stones []reconcile.Tombstone) string {
			text := ""
			for _, t := range stones {
				text += t.ID[len(t.ID)-1:]
			}
			return text
		}
		for _, tc := range []struct {
			name  string
			query reconcile.TombstoneQuery
			want  string
		}{
			{"all that stand", reconcile.TombstoneQuery{}, "65421"},
			{"all", reconcile.TombstoneQuery{Closed: true}, "654321"},
			{"zone", reconcile.TombstoneQuery{Zone: example}, "5421"},
			{"another zone", reconcile.TombstoneQuery{Zone: other}, "6"},
			{"target", reconcile.TombstoneQuery{Target: "live"}, "6421"},
			{"zone and target", reconcile.TombstoneQuery{Zone: example, Target: "live"}, "421"},
			{"name", reconcile.TombstoneQuery{Name: www1.Key.Name}, "51"},
			{"name and zone", reconcile.TombstoneQuery{Name: www1.Key.Name, Zone: other}, ""},
			{"name and type", reconcile.TombstoneQuery{Name: mail.Key.Name, Type: zonefile.TypeAAAA, Closed: true}, "3"},
			{"type", reconcile.TombstoneQuery{Type: zonefile.TypeA}, "6521"},
			{"the apex", reconcile.TombstoneQuery{Name: example}, "4"},
		} {
			same(s, tc.name, numbers(s.tombstones(tc.query)), tc.want)
		}
	}},
	{"standing in the overview", func(s *subject) {
		in := intent(retire(www1), retire(mail))
		in.Stones = []reconcile.Tombstone{stone(2, www1), stone(1, mail)}
		id := s.begin(in)
		apex := text.WithName(distant.Zone)
		far := intent(retire(apex))
		far.Ref, far.Stones = distant, []reconcile.Tombstone{stone(3, apex)}
		far.Stones[0].Ref = distant
		farID := s.begin(far)
		purge := func(n int) time.Time { return stone(n, www1).PurgeAt }
		same(s, "when they are buried", s.overview().Standing, map[reconcile.Ref]time.Time{onLive: purge(1), distant: purge(3)})
		s.conclude(id, concluded(true, true))
		s.conclude(farID, concluded(false))
		same(s, "when they are retired", s.overview().Standing, map[reconcile.Ref]time.Time{onLive: purge(1)})
		s.must(s.CloseTombstones(s.Context(), []string{stoneID(1)}, reconcile.Restored, at(12, 0)))
		same(s, "without the first", s.overview().Standing, map[reconcile.Ref]time.Time{onLive: purge(2)})
		s.must(s.CloseTombstones(s.Context(), []string{stoneID(2)}, reconcile.Purged, at(12, 0)))
		same(s, "without both", s.overview().Standing, nil)
	}},
}
