package storetest

import (
	"context"
	"errors"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// full is an intent with something in each of its fields.
func full() reconcile.Intent {
	in := intent(retire(mail), create(text), update(www1, www2), restore(mail6, stoneID(7)))
	in.Overrides = []reconcile.Guard{reconcile.GuardMaxDeletes, reconcile.GuardEmptyZone}
	in.Reason = "agreed on the phone"
	in.Stones = []reconcile.Tombstone{stone(1, mail)}
	in.Pins = []reconcile.Pin{pin(mail6)}
	s := suspension(reconcile.Scope{Zone: example, Target: "live"}, "rolled back")
	in.Suspend = &s
	return in
}

var writeTests = []test{
	{"an intent is open until it is concluded", func(s *subject) {
		s.set(onLive, www1, mail)
		in := full()
		in.ID = s.begin(in)
		same(s, "open", s.open(onLive), []reconcile.Intent{in})
		same(s, "on another target", s.open(onOther), nil)
		o := s.overview()
		same(s, "open in the overview", o.Open, []reconcile.Ref{onLive})
		if k := s.known(onLive); k == nil || !k.Open {
			s.Errorf("known is %v; want it open", k)
		}
		same(s, "applied before it is concluded", s.applied(onLive), []string{mail.String(), www1.String()})

		s.conclude(in.ID, concluded(true, true, true, true))
		same(s, "open afterwards", s.open(onLive), nil)
		same(s, "open in the overview afterwards", s.overview().Open, nil)
		if s.known(onLive).Open {
			s.Error("it is concluded, and known to be open")
		}
	}},
	{"the oldest open intent is first", func(s *subject) {
		var want []reconcile.Intent
		for _, set := range []zonefile.RRset{www1, mail, text} {
			in := intent(create(set))
			in.ID = s.begin(in)
			want = append(want, in)
		}
		s.begin(reconcile.Intent{Ref: distant, At: at(1, 0)})
		same(s, "open", s.open(onLive), want)
		same(s, "all that are open", s.overview().Open, []reconcile.Ref{onLive, distant})
		s.conclude(want[1].ID, concluded(true))
		same(s, "without the second", s.open(onLive), []reconcile.Intent{want[0], want[2]})
	}},
	{"what is live is applied", func(s *subject) {
		s.set(onLive, www1, mail)
		s.write(intent(retire(mail), create(text), update(www1, www2)), true, true, true)
		same(s, "applied", s.applied(onLive), []string{text.String(), www2.String()})
		same(s, "known", s.known(onLive), &reconcile.Known{Ref: onLive, AppliedState: reconcile.AppliedState{System: "sys", Commit: "c0ffee", Mark: "after"}})
	}},
	{"what is not live is not applied", func(s *subject) {
		s.set(onLive, www1, mail)
		s.write(intent(retire(mail), create(text), update(www1, www2), create(mail6)), false, true, false, true)
		same(s, "applied", s.applied(onLive), []string{text.String(), mail.String(), mail6.String(), www1.String()})
	}},
	{"nothing is live", func(s *subject) {
		s.set(onLive, www1, mail)
		s.must(s.Look(s.Context(), onLive, "before", nil))
		id := s.begin(intent(retire(mail), update(www1, www2)))
		s.conclude(id, reconcile.Conclusion{At: at(11, 0), Result: reconcile.Refused, Err: "no"})
		same(s, "applied", s.applied(onLive), []string{mail.String(), www1.String()})
		same(s, "known", s.known(onLive).AppliedState, reconcile.AppliedState{System: "sys", Commit: "c0"})
	}},
	{"a restore is applied, and a purge is not", func(s *subject) {
		s.set(onLive, www1)
		s.write(intent(purge(www2, stoneID(1)), restore(mail, stoneID(2))), true, true)
		same(s, "applied", s.applied(onLive), []string{mail.String(), www1.String()})
	}},
	{"a purge beside a change of the same key", func(s *subject) {
		s.set(onLive, www1)
		in := intent(purge(mail, stoneID(1)), retire(www1), purge(www2, stoneID(2)), create(mail))
		in.Stones = []reconcile.Tombstone{stone(3, www1)}
		s.write(in, true, true, false, true)
		same(s, "applied", s.applied(onLive), []string{mail.String()})
		same(s, "the tombstone of the retire", s.state(stoneID(3)), "retired at 10:30")
	}},
	{"the conclusion says what is applied", func(s *subject) {
		s.set(onLive, www1, mail)
		z, err := zonefile.ZoneOf(example, text, www2)
		s.must(err)
		id := s.begin(intent(retire(mail)))
		c := concluded(false)
		c.Applied = z
		s.conclude(id, c)
		same(s, "applied", s.applied(onLive), []string{text.String(), www2.String()})

		id = s.begin(reconcile.Intent{Ref: distant, System: "new", Writer: writer(), Changes: []reconcile.Change{zoneChange(reconcile.Create, "")}})
		c = concluded(true)
		c.Applied = zonefile.NewZone(other)
		s.conclude(id, c)
		if got := s.applied(distant); got == nil || len(got) > 0 {
			s.Errorf("a zone that was not known: %v; want an applied state without RRsets", got)
		}
		same(s, "known", s.known(distant).AppliedState, reconcile.AppliedState{System: "new", Commit: "c0ffee", Mark: "after"})
	}},
	{"without applied state none is made", func(s *subject) {
		s.write(intent(create(www1)), true)
		if got := s.applied(onLive); got != nil {
			s.Errorf("applied is %v; want no applied state, since nobody knows what else is live", got)
		}
	}},
	{"somebody else concludes", func(s *subject) {
		s.set(onLive, www1, mail)
		in := intent(retire(mail))
		in.Stones = []reconcile.Tombstone{stone(1, mail)}
		s.begin(in)
		open, err := s.other.Open(s.Context(), onLive)
		if err != nil || len(open) != 1 {
			s.Fatalf("open for another process: %v, %v", open, err)
		}
		c := concluded(true)
		c.Settled = true
		s.must(s.other.Conclude(s.Context(), open[0].ID, c))
		same(s, "the tombstone", s.state(stoneID(1)), "retired at 10:30")
		if !s.history(reconcile.HistoryQuery{})[0].Settled {
			s.Error("the history does not say that somebody else settled it")
		}
		same(s, "applied", s.applied(onLive), []string{www1.String()})
	}},
	{"concluded once", func(s *subject) {
		s.set(onLive, www1)
		id := s.write(intent(update(www1, www2)), true)
		for name, store := range map[string]reconcile.Store{"the same": s.Store, "another": s.other} {
			if err := store.Conclude(s.Context(), id, concluded(false)); !errors.Is(err, reconcile.ErrConcluded) {
				s.Errorf("concluded again by %s process: %v; want ErrConcluded", name, err)
			}
		}
		s.must(s.Note(s.Context(), intent()))
		noted := s.history(reconcile.HistoryQuery{})[0].Seq
		if err := s.Conclude(s.Context(), noted, concluded()); !errors.Is(err, reconcile.ErrConcluded) {
			s.Errorf("something that was noted was concluded: %v; want ErrConcluded", err)
		}
		if err := s.Conclude(s.Context(), noted+1000, concluded()); err == nil || errors.Is(err, reconcile.ErrConcluded) {
			s.Errorf("an intent that was never begun was concluded: %v; want another error", err)
		}
		same(s, "applied", s.applied(onLive), []string{www2.String()})
	}},
	{"all of an intent or nothing", func(s *subject) {
		in := full()
		in.ID = s.begin(in)
		before, history := s.overview(), s.history(reconcile.HistoryQuery{})
		again := full() // with the same tombstone
		again.Ref, again.Pins[0].Ref, again.Suspend.Scope = distant, distant, reconcile.Scope{}
		again.Stones = append([]reconcile.Tombstone{stone(2, www1)}, again.Stones...)
		if _, err := s.Begin(s.Context(), again); err == nil {
			s.Fatal("a tombstone was buried twice")
		}
		same(s, "the overview", s.overview(), before)
		same(s, "the history", s.history(reconcile.HistoryQuery{}), history)
		if _, err := s.Tombstone(s.Context(), stoneID(2)); !errors.Is(err, reconcile.ErrNoTombstone) {
			s.Errorf("the other tombstone: %v; want none", err)
		}
	}},
	{"all of a conclusion or nothing", func(s *subject) {
		s.set(onLive, www1, mail)
		in := full()
		in.ID = s.begin(in)
		before := s.overview()
		c := concluded(true, true) // of four
		if err := s.Conclude(s.Context(), in.ID, c); err == nil {
			s.Fatal("it was concluded with as many results as it has no changes")
		}
		ctx, cancel := context.WithCancel(s.Context())
		cancel()
		if err := s.Conclude(ctx, in.ID, concluded(true, true, true, true)); err == nil {
			s.Fatal("it was concluded after the context had ended")
		}
		same(s, "the overview", s.overview(), before)
		same(s, "open", s.open(onLive), []reconcile.Intent{in})
		same(s, "the tombstone", s.state(stoneID(1)), "buried at 09:01")
		same(s, "applied", s.applied(onLive), []string{mail.String(), www1.String()})
	}},
}

var zoneTests = []test{
	{"created", func(s *subject) {
		id := s.begin(intent(zoneChange(reconcile.Create, "")))
		if k := s.known(onLive); k != nil {
			s.Errorf("before it is concluded: known is %v", k)
		}
		same(s, "open before it is concluded", s.overview().Open, []reconcile.Ref{onLive})
		s.conclude(id, concluded(true))
		if got := s.applied(onLive); got == nil || len(got) > 0 {
			s.Errorf("applied is %v; want an applied state without RRsets", got)
		}
		same(s, "known", s.known(onLive).AppliedState, reconcile.AppliedState{System: "sys", Commit: "c0ffee", Mark: "after"})
	}},
	{"not created", func(s *subject) {
		s.write(intent(zoneChange(reconcile.Create, "")), false)
		if got := s.applied(onLive); got != nil {
			s.Errorf("applied is %v; want no applied state", got)
		}
	}},
	{"created again", func(s *subject) {
		s.set(onLive, www1)
		s.write(intent(zoneChange(reconcile.Create, "")), true)
		if got := s.applied(onLive); got == nil || len(got) > 0 {
			s.Errorf("applied is %v; want none of what was in a zone that is gone", got)
		}
	}},
	{"created with its apex", func(s *subject) {
		soa := zonefile.MustParseRRset("example.com. 3600 SOA", "ns1.example.net. hostmaster.example.com. 7 7200 900 1209600 300")
		ns := zonefile.MustParseRRset("example.com. 3600 NS", "ns1.example.net.", "ns2.example.net.")
		for _, tc := range []struct {
			name  string
			known bool // there is applied state, of one that was there before
			live  []bool
			want  []string // what is applied
		}{
			{"for the first time", false, []bool{true, true, true}, []string{ns.String(), soa.String()}},
			{"again", true, []bool{true, true, true}, []string{ns.String(), soa.String()}},
			{"the provider made another SOA", true, []bool{true, false, true}, []string{ns.String()}},
			{"the provider made another apex", true, []bool{true, false, false}, []string{}},
			{"it is not there", true, []bool{false, false, false}, []string{mail.String()}},
		} {
			if tc.known {
				s.set(onLive, mail)
			}
			in := intent(zoneChange(reconcile.Create, ""), create(soa), create(ns))
			in.ID = s.begin(in)
			same(s, tc.name+": open", s.open(onLive), []reconcile.Intent{in})
			s.conclude(in.ID, concluded(tc.live...))
			same(s, tc.name+": applied", s.applied(onLive), tc.want)
			e := s.history(reconcile.HistoryQuery{Zone: example})[0]
			same(s, tc.name+": in the audit log", e.Changes, in.Changes)
			same(s, tc.name+": what is live there", e.Live, tc.live)
			s.set(onOther, www1) // so that it is not the last of those that are known
		}
		same(s, "applied on the other target", s.applied(onOther), []string{www1.String()})
		same(s, "the history of the SOA", len(s.history(reconcile.HistoryQuery{Name: example, Type: zonefile.TypeSOA})), 5)
	}},
	{"restored", func(s *subject) {
		in := intent(zoneChange(reconcile.Restore, stoneID(1)))
		s.write(in, true)
		if got := s.applied(onLive); got == nil || len(got) > 0 {
			s.Errorf("applied is %v; want an applied state without RRsets", got)
		}
	}},
	{"retired", func(s *subject) {
		s.set(onLive, www1, mail)
		s.set(onOther, www1)
		s.must(s.Look(s.Context(), onLive, "m", []reconcile.Grace{{Ref: onLive, Key: zoneKey, Since: at(1, 0)}, {Ref: onLive, Key: mail.Key, Since: at(1, 0)}}))
		in := intent(zoneChange(reconcile.Retire, ""))
		in.Stones = []reconcile.Tombstone{zoneStone(1)}
		s.write(in, true)
		if got := s.applied(onLive); got != nil {
			s.Errorf("applied is %v; want no applied state", got)
		}
		if k := s.known(onLive); k != nil {
			s.Errorf("known is %v; want nothing", k)
		}
		same(s, "graces", s.overview().Graces, nil)
		same(s, "the other target", s.applied(onOther), []string{www1.String()})
		same(s, "the tombstone", s.state(stoneID(1)), "retired at 10:30")

		s.set(onLive)
		same(s, "graces when there is applied state again", s.overview().Graces, nil)
		same(s, "the mark then", s.known(onLive).Mark, "")
	}},
	{"not retired", func(s *subject) {
		s.set(onLive, www1)
		grace := reconcile.Grace{Ref: onLive, Key: zoneKey, Since: at(1, 0)}
		s.must(s.Look(s.Context(), onLive, "m", []reconcile.Grace{grace}))
		in := intent(zoneChange(reconcile.Retire, ""))
		in.Stones = []reconcile.Tombstone{zoneStone(1)}
		s.write(in, false)
		same(s, "applied", s.applied(onLive), []string{www1.String()})
		same(s, "graces", s.overview().Graces, []reconcile.Grace{grace})
		same(s, "the tombstone", s.state(stoneID(1)), "superseded at 10:30")
	}},
	{"purged", func(s *subject) {
		s.set(onLive, www1)
		s.write(intent(zoneChange(reconcile.Purge, stoneID(1))), true)
		same(s, "applied", s.applied(onLive), []string{www1.String()})
	}},
}
