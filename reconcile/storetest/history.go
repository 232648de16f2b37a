package storetest

import (
	"fmt"
	"strings"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// seqs returns the numbers of entries, counted from that of the first entry of the test.
func seqs(entries []reconcile.Entry, first int64) string {
	text := ""
	for _, e := range entries {
		text += fmt.Sprint(e.Seq-first+1, " ")
	}
	return strings.TrimSpace(text)
}

var historyTests = []test{
	{"an entry", func(s *subject) {
		s.set(onLive, www1, mail)
		in := full()
		in.ID = s.begin(in)
		entries := s.history(reconcile.HistoryQuery{})
		same(s, "open", entries, []reconcile.Entry{{Seq: in.ID, Intent: in, Open: true}})

		c := reconcile.Conclusion{
			At: at(11, 11), Result: reconcile.Partly, Live: []bool{true, false, true, false}, Err: "one is bad", Serial: 1<<32 - 1, Settled: true, Mark: "m",
			Restored: []string{stoneID(7)}, Purged: []string{stoneID(8), stoneID(9)},
		}
		s.conclude(in.ID, c)
		entries = s.history(reconcile.HistoryQuery{})
		if len(entries) != 1 || entries[0].Hash.IsZero() {
			s.Fatalf("%d entries; want one, with a hash", len(entries))
		}
		entries[0].Hash = zonefile.Digest{}
		same(s, "concluded", entries, []reconcile.Entry{{Seq: in.ID, Intent: in, Conclusion: c}})
	}},
	{"refused", func(s *subject) {
		id := s.begin(intent(create(www1)))
		s.conclude(id, reconcile.Conclusion{At: at(11, 0), Result: reconcile.Refused})
		e := s.history(reconcile.HistoryQuery{})[0]
		if e.Live != nil || e.Result != reconcile.Refused || e.Open {
			s.Errorf("live %v, %s, open %v; want nothing live", e.Live, e.Result, e.Open)
		}
	}},
	{"something noted", func(s *subject) {
		in := full()
		in.Why = "adopt"
		s.must(s.Note(s.Context(), in))
		e := s.history(reconcile.HistoryQuery{})[0]
		in.ID = e.Seq
		same(s, "the intent", e.Intent, in)
		if e.Result != reconcile.Observed || e.Open || e.Hash.IsZero() || !e.Conclusion.At.Equal(in.At) {
			s.Errorf("the entry is %+v; want it concluded at once, as observed", e)
		}
		o := s.overview()
		if len(o.Pins)+len(o.Suspensions)+len(o.Standing)+len(o.Open) > 0 {
			s.Errorf("what was noted is in force: %+v", o)
		}
	}},
	{"tombstones that were closed", func(s *subject) {
		purge := func(kind reconcile.Kind, key zonefile.Key, n int) reconcile.Change {
			return reconcile.Change{Kind: kind, Action: reconcile.Purge, Key: key, Stone: stoneID(n)}
		}
		in := intent(purge(reconcile.KindRRset, mail.Key, 1), purge(reconcile.KindZone, zoneKey, 2))
		in.Why = "purge"
		s.must(s.Note(s.Context(), in))
		e := s.history(reconcile.HistoryQuery{})[0]
		same(s, "purged", e.Purged, []string{stoneID(1), stoneID(2)})
		same(s, "done", e.Live, []bool{true, true})
		for _, tc := range []struct {
			name  string
			query reconcile.HistoryQuery
			want  []reconcile.Change
		}{
			{"name and type", reconcile.HistoryQuery{Name: mail.Key.Name, Type: mail.Key.Type}, in.Changes},
			{"another name", reconcile.HistoryQuery{Name: www1.Key.Name}, in.Changes[1:]},
		} {
			if got := s.history(tc.query); len(got) == 1 {
				same(s, tc.name, got[0].Changes, tc.want)
			} else {
				s.Errorf("%s: %d entries; want one", tc.name, len(got))
			}
		}
	}},
	{"chosen", func(s *subject) {
		note := func(ref reconcile.Ref, hour int, changes ...reconcile.Change) int64 {
			in := intent(changes...)
			in.Ref, in.At = ref, at(hour, 0)
			if len(changes) == 0 {
				s.must(s.Note(s.Context(), in))
				return 0
			}
			return s.begin(in)
		}
		first := note(onLive, 1, create(www1), create(mail))
		note(onOther, 2, create(www1))
		note(onLive, 3, update(www1, www2), create(mail6))
		note(distant, 4, create(www1.WithName(zonefile.MustParseName("www.other.example."))))
		note(onLive, 5, zoneChange(reconcile.Retire, ""))
		note(onLive, 6)
		child := reconcile.Ref{Zone: zonefile.MustParseName("www.example.com."), Target: "live"}
		note(child, 7, create(www1))
		for _, tc := range []struct {
			name  string
			query reconcile.HistoryQuery
			want  string
		}{
			{"all", reconcile.HistoryQuery{}, "7 6 5 4 3 2 1"},
			{"zone", reconcile.HistoryQuery{Zone: example}, "6 5 3 2 1"},
			{"target", reconcile.HistoryQuery{Target: "live"}, "7 6 5 4 3 1"},
			{"zone and target", reconcile.HistoryQuery{Zone: example, Target: "other"}, "2"},
			{"name in any zone", reconcile.HistoryQuery{Name: www1.Key.Name}, "7 5 3 2 1"},
			{"name in a zone", reconcile.HistoryQuery{Name: www1.Key.Name, Zone: example}, "5 3 2 1"},
			{"name and type", reconcile.HistoryQuery{Name: mail.Key.Name, Type: zonefile.TypeAAAA}, "5 3"},
			{"type", reconcile.HistoryQuery{Type: zonefile.TypeA, Target: "live"}, "7 4 3 1"},
			{"name of the zone", reconcile.HistoryQuery{Name: example}, "5"},
			{"since", reconcile.HistoryQuery{Since: at(5, 0)}, "7 6 5"},
			{"since, in a zone", reconcile.HistoryQuery{Since: at(2, 0), Zone: example, Name: www1.Key.Name}, "5 3 2"},
			{"a zone that nothing is known of", reconcile.HistoryQuery{Zone: zonefile.Root}, ""},
		} {
			same(s, tc.name, seqs(s.history(tc.query), first), tc.want)
		}
	}},
	{"other changes are left out", func(s *subject) {
		in := full()
		in.Changes = []reconcile.Change{create(www1), retire(mail), update(text, text.WithTTL(5)), restore(mail6, stoneID(7))}
		in.Stones, in.Pins = []reconcile.Tombstone{stone(1, mail)}, []reconcile.Pin{pin(mail6)}
		id := s.begin(in)
		s.conclude(id, concluded(false, true, false, true))
		got := s.history(reconcile.HistoryQuery{Name: mail.Key.Name})
		if len(got) != 1 {
			s.Fatalf("%d entries; want one", len(got))
		}
		same(s, "changes", got[0].Changes, []reconcile.Change{retire(mail), restore(mail6, stoneID(7))})
		same(s, "what of them is live", got[0].Live, []bool{true, true})
		same(s, "tombstones", got[0].Stones, in.Stones)
		same(s, "pins", got[0].Pins, in.Pins)

		got = s.history(reconcile.HistoryQuery{Type: zonefile.TypeTXT})
		same(s, "changes of a type", got[0].Changes, []reconcile.Change{update(text, text.WithTTL(5))})
		same(s, "what of them is live", got[0].Live, []bool{false})
		if len(got[0].Stones)+len(got[0].Pins) > 0 {
			s.Errorf("the tombstones and pins of others are %v and %v", got[0].Stones, got[0].Pins)
		}
	}},
	{"long", func(s *subject) {
		const entries = 300
		for range entries {
			s.must(s.Note(s.Context(), intent()))
		}
		next, n := int64(0), 0
		for e, err := range s.History(s.Context(), reconcile.HistoryQuery{}) {
			s.must(err)
			if n > 0 && e.Seq >= next {
				s.Fatalf("entry %d comes behind %d", e.Seq, next)
			}
			next = e.Seq
			n++
		}
		if n != entries {
			s.Errorf("%d entries; want %d", n, entries)
		}
	}},
	{"written to while it is read", func(s *subject) {
		for range 3 {
			s.begin(intent(create(www1)))
		}
		n := 0
		for e, err := range s.History(s.Context(), reconcile.HistoryQuery{}) {
			s.must(err)
			s.conclude(e.Seq, concluded(true))
			s.must(s.other.Note(s.Context(), intent()))
			if n++; n == 2 {
				break
			}
		}
		if got := len(s.history(reconcile.HistoryQuery{})); got != 5 {
			s.Errorf("%d entries afterwards; want 5", got)
		}
	}},
}

var auditTests = []test{
	{"as it was written", func(s *subject) {
		s.set(onLive, www1)
		s.verified(0)
		var open []int64
		for range 5 {
			open = append(open, s.begin(full5(len(open))))
		}
		s.verified(0)
		for i, place := range []int{3, 0, 4, 1} { // in another order than they were begun
			s.conclude(open[place], concluded(true, false))
			s.verified(i + 1)
		}
		s.must(s.Note(s.Context(), intent()))
		s.verified(5)
		seen := map[zonefile.Digest]bool{}
		for _, e := range s.history(reconcile.HistoryQuery{}) {
			if e.Open != e.Hash.IsZero() || !e.Open && seen[e.Hash] {
				s.Errorf("entry %d: open %v, hash %s", e.Seq, e.Open, e.Hash)
			}
			seen[e.Hash] = true
		}
	}},
	{"reading and settling leave it as it is", func(s *subject) {
		s.set(onLive, www1)
		in := intent(retire(www1))
		in.Stones = []reconcile.Tombstone{stone(1, www1)}
		s.write(in, true)
		s.must(s.CloseTombstones(s.Context(), []string{stoneID(1)}, reconcile.Purged, at(12, 0)))
		s.must(s.Forget(s.Context(), onLive))
		s.verified(1)
	}},
}

// full5 is an intent for the audit log, one of several.
func full5(n int) reconcile.Intent {
	in := intent(update(www1, www2), retire(mail))
	in.Stones = []reconcile.Tombstone{stone(n, mail)}
	return in
}

func (s *subject) verified(want int) {
	s.Helper()
	if got := both(s, func(store reconcile.Store) (int, error) { return store.VerifyAudit(s.Context()) }); got != want {
		s.Errorf("%d entries of the audit log are as they were written; want %d", got, want)
	}
}
