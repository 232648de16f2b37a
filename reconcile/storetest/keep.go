package storetest

import (
	"fmt"
	"time"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

var pinTests = []test{
	{"with an intent", func(s *subject) {
		in := intent(restore(www1, stoneID(1)), restore(mail, stoneID(2)))
		in.Pins = []reconcile.Pin{pin(www1), pin(mail)}
		id := s.begin(in)
		same(s, "before it is concluded", s.overview().Pins, []reconcile.Pin{pin(mail), pin(www1)})
		s.conclude(id, concluded(true, false))
		same(s, "of what is live", s.overview().Pins, []reconcile.Pin{pin(www1)})
	}},
	{"refused", func(s *subject) {
		in := intent(restore(www1, stoneID(1)))
		in.Pins = []reconcile.Pin{pin(www1)}
		s.conclude(s.begin(in), reconcile.Conclusion{At: at(11, 0), Result: reconcile.Refused})
		same(s, "the pins", s.overview().Pins, nil)
	}},
	{"in the place of another", func(s *subject) {
		in := intent(restore(www1, stoneID(1)))
		in.Pins = []reconcile.Pin{pin(www1)}
		s.write(in, true)
		in.Pins[0].Reason, in.Pins[0].Until = "longer", at(23, 59)
		id := s.begin(in)
		same(s, "before it is concluded", s.overview().Pins, in.Pins)
		s.conclude(id, concluded(false))
		same(s, "when it is taken back", s.overview().Pins, []reconcile.Pin{pin(www1)})
		s.write(in, true)
		same(s, "when it is live", s.overview().Pins, in.Pins)
		s.must(s.Unpin(s.Context(), in.Pins))
		same(s, "without it", s.overview().Pins, nil)
	}},
	{"of a zone", func(s *subject) {
		p := pin(zonefile.RRset{Key: zoneKey})
		p.Stated = zonefile.Digest{}
		in := intent(zoneChange(reconcile.Restore, stoneID(1)))
		in.Pins = []reconcile.Pin{p}
		s.write(in, true)
		same(s, "the pins", s.overview().Pins, []reconcile.Pin{p})
	}},
	{"of what needs no change", func(s *subject) {
		in := intent(restore(www1, stoneID(1)))
		in.Pins = []reconcile.Pin{pin(mail)}
		s.write(in, false)
		same(s, "when nothing is live", s.overview().Pins, nil)
		s.write(in, true)
		same(s, "when something is", s.overview().Pins, in.Pins)
		alone := intent()
		alone.Pins = []reconcile.Pin{pin(text)}
		s.write(alone)
		same(s, "with an intent that changes nothing", s.overview().Pins, []reconcile.Pin{pin(text), pin(mail)})
	}},
	{"removed", func(s *subject) {
		in := intent(restore(www1, stoneID(1)), restore(mail, stoneID(2)))
		in.Pins = []reconcile.Pin{pin(www1), pin(mail)}
		s.write(in, true, true)
		elsewhere := pin(mail)
		elsewhere.Ref = onOther
		s.must(s.Unpin(s.Context(), nil))
		s.must(s.Unpin(s.Context(), []reconcile.Pin{elsewhere, pin(www1)}))
		same(s, "the pins", s.overview().Pins, []reconcile.Pin{pin(mail)})
	}},
	{"removed when another is in its place", func(s *subject) {
		in := intent(restore(www1, stoneID(1)))
		in.Pins = []reconcile.Pin{pin(www1)}
		s.write(in, true)
		in.Pins[0].Until = at(23, 59)
		for _, concludedFirst := range []bool{false, true} {
			id := s.begin(in)
			if concludedFirst {
				s.conclude(id, concluded(true))
			}
			s.must(s.Unpin(s.Context(), []reconcile.Pin{pin(www1)}))
			same(s, "the newer one", s.overview().Pins, in.Pins)
			if !concludedFirst {
				s.conclude(id, concluded(true))
			}
		}
		later := in.Pins[0]
		later.Since = at(12, 0)
		in.Pins = []reconcile.Pin{later}
		id := s.begin(in)
		s.must(s.Unpin(s.Context(), in.Pins))
		same(s, "the one in whose place it is", s.overview().Pins, nil)
		s.conclude(id, concluded(true))
	}},
}

var suspensionTests = []test{
	{"every scope", func(s *subject) {
		var want []reconcile.Suspension
		for _, scope := range []reconcile.Scope{{}, {Target: "live"}, {Zone: example}, {Zone: example, Target: "live"}} {
			want = append(want, suspension(scope, "because"))
			s.must(s.Suspend(s.Context(), suspension(scope, "because")))
		}
		same(s, "the suspensions", s.overview().Suspensions, want)
		found, err := s.Resume(s.Context(), reconcile.Scope{Zone: example}, at(11, 0), "bob", "it is mended")
		if err != nil || !found {
			s.Errorf("resumed: %v, %v", found, err)
		}
		same(s, "without one", s.overview().Suspensions, []reconcile.Suspension{want[0], want[1], want[3]})
		found, err = s.Resume(s.Context(), reconcile.Scope{Zone: example}, at(11, 0), "bob", "again")
		if err != nil || found {
			s.Errorf("resumed again: %v, %v; want that there was none", found, err)
		}
	}},
	{"in the place of another", func(s *subject) {
		scope := reconcile.Scope{Zone: example}
		s.must(s.Suspend(s.Context(), suspension(scope, "one")))
		second := suspension(scope, "two")
		second.Until, second.File = time.Time{}, zonefile.Digest{}
		s.must(s.Suspend(s.Context(), second))
		same(s, "the suspensions", s.overview().Suspensions, []reconcile.Suspension{second})
		if _, err := s.Resume(s.Context(), scope, at(11, 0), "", ""); err != nil {
			s.Error(err)
		}
		same(s, "afterwards", s.overview().Suspensions, nil)
	}},
	{"in the audit log", func(s *subject) {
		scope := reconcile.Scope{Target: "live"}
		s.must(s.Suspend(s.Context(), suspension(scope, "one")))
		if _, err := s.Resume(s.Context(), scope, at(11, 0), "bob", "it is mended"); err != nil {
			s.Error(err)
		}
		if _, err := s.Resume(s.Context(), scope, at(11, 0), "bob", "again"); err != nil {
			s.Error(err)
		}
		entries := s.history(reconcile.HistoryQuery{})
		if len(entries) != 2 {
			s.Fatalf("%d entries; want one for the suspension and one for its end", len(entries))
		}
		resumed, suspended := entries[0], entries[1]
		if suspended.Why != "suspend" || suspended.Actor != "ann" || suspended.Result != reconcile.Observed || suspended.Target != "live" || !suspended.Zone.IsZero() {
			s.Errorf("suspended: %+v", suspended)
		}
		want := suspension(scope, "one")
		same(s, "what was suspended", suspended.Suspend, &want)
		if resumed.Why != "resume" || resumed.Actor != "bob" || resumed.Result != reconcile.Observed || resumed.Suspend == nil ||
			resumed.Suspend.Reason != "it is mended" || resumed.Suspend.Scope != scope || !resumed.Intent.At.Equal(at(11, 0)) {
			s.Errorf("resumed: %+v", resumed)
		}
	}},
	{"with an intent", func(s *subject) {
		before := suspension(reconcile.Scope{Zone: example, Target: "live"}, "before")
		s.must(s.Suspend(s.Context(), before))
		in := intent(update(www1, www2), retire(mail))
		rolled := suspension(before.Scope, "rolled back")
		in.Suspend = &rolled
		id := s.begin(in)
		same(s, "before it is concluded", s.overview().Suspensions, []reconcile.Suspension{rolled})
		s.conclude(id, concluded(false, false))
		same(s, "when it is taken back", s.overview().Suspensions, []reconcile.Suspension{before})
		for _, live := range [][]bool{{false, true}, {true, false}} {
			if _, err := s.Resume(s.Context(), before.Scope, at(11, 0), "", ""); err != nil {
				s.Error(err)
			}
			s.write(in, live...)
			same(s, "when some of it is live", s.overview().Suspensions, []reconcile.Suspension{rolled})
		}
		if _, err := s.Resume(s.Context(), before.Scope, at(11, 0), "", ""); err != nil {
			s.Error(err)
		}
		same(s, "resumed", s.overview().Suspensions, nil)
	}},
	{"resumed while the intent is open", func(s *subject) {
		in := intent(update(www1, www2))
		rolled := suspension(reconcile.Scope{Zone: example, Target: "live"}, "rolled back")
		in.Suspend = &rolled
		id := s.begin(in)
		if _, err := s.Resume(s.Context(), rolled.Scope, at(11, 0), "", ""); err != nil {
			s.Error(err)
		}
		s.conclude(id, concluded(true))
		same(s, "the suspensions", s.overview().Suspensions, nil)
	}},
}

var planTests = []test{
	{"noted", func(s *subject) {
		first := reconcile.PlanRecord{
			Ref: onLive, ID: digest(1), Plan: digest(2), Base: digest(3), Writer: writer(), At: at(1, 0), Status: reconcile.Held, Changes: 3,
			Holds: []reconcile.Hold{{Guard: reconcile.GuardMaxDeletes, Reason: "too many"}, {Guard: reconcile.GuardSOA, Reason: ""}},
		}
		second := reconcile.PlanRecord{Ref: onOther, ID: digest(4), At: at(2, 0), Status: reconcile.Failed, Changes: 3, Live: 2, Err: "it did not work"}
		third := reconcile.PlanRecord{Ref: onLive, ID: digest(5), At: at(3, 0), Status: reconcile.Applied}
		for _, r := range []reconcile.PlanRecord{first, third, second, {Ref: distant, At: at(2, 30), Status: reconcile.Applied}} {
			s.must(s.RecordPlan(s.Context(), r))
		}
		plans := func(limit int) []reconcile.PlanRecord {
			return both(s, func(store reconcile.Store) ([]reconcile.PlanRecord, error) {
				return store.Plans(s.Context(), example, limit)
			})
		}
		same(s, "all", plans(0), []reconcile.PlanRecord{third, second, first})
		same(s, "two", plans(2), []reconcile.PlanRecord{third, second})
		same(s, "more than there are", plans(10), []reconcile.PlanRecord{third, second, first})
	}},
	{"one that comes to nothing again and again is one", func(s *subject) {
		plans := func() []reconcile.PlanRecord {
			return both(s, func(store reconcile.Store) ([]reconcile.PlanRecord, error) {
				return store.Plans(s.Context(), example, 0)
			})
		}
		held := reconcile.PlanRecord{
			Ref: onLive, ID: digest(1), Plan: digest(2), Base: digest(3), At: at(1, 0), Status: reconcile.Held, Changes: 1,
			Holds: []reconcile.Hold{{Guard: reconcile.GuardSOA, Reason: "moved"}},
		}
		later, other, applied := held, held, held
		later.At, later.Plan, later.Commit = at(2, 0), digest(4), "c2"
		other.At, other.Holds = at(3, 0), nil
		applied.At, applied.Status, applied.Live = at(4, 0), reconcile.Applied, 1
		elsewhere := later
		elsewhere.Ref = onOther
		s.must(s.RecordPlan(s.Context(), held))
		s.must(s.RecordPlan(s.Context(), later))
		same(s, "the same again", plans(), []reconcile.PlanRecord{later})
		s.must(s.RecordPlan(s.Context(), other))
		s.must(s.RecordPlan(s.Context(), applied))
		applied.At = at(5, 0)
		s.must(s.RecordPlan(s.Context(), applied))
		s.must(s.RecordPlan(s.Context(), elsewhere))
		if got := plans(); len(got) != 5 {
			s.Errorf("%d plans; want 5: what is held in another way, what is live, and what is elsewhere are others", len(got))
		}
		for n := range 1000 {
			failed := held
			failed.At, failed.Status, failed.Err = at(6, 0).Add(time.Duration(n)*time.Second), reconcile.Failed, fmt.Sprint(n)
			s.must(s.RecordPlan(s.Context(), failed))
		}
		if got := plans(); len(got) > 600 || got[0].Err != "999" {
			s.Errorf("%d plans, the last %q; want no more than some hundreds, the newest", len(got), got[0].Err)
		}
		live := 0
		for _, p := range plans() {
			if p.Live > 0 {
				live++
			}
		}
		if live != 2 {
			s.Errorf("%d plans of what is live; want 2: those stay", live)
		}
	}},
}
