package storetest

import "github.com/zoneward/zoneward/reconcile"

// property is a change of a property of the zone.
func property(name, from, to string) reconcile.Change {
	return reconcile.Change{
		Kind: reconcile.KindProperty, Action: reconcile.Update, Key: zoneKey, Cause: reconcile.CauseGit,
		Property: reconcile.Property{Name: name, Old: from, New: to},
	}
}

var propertyTests = []test{
	{"a property is kept as it is", func(s *subject) {
		in := intent(property("description", "", "two\nlines, \x00 and \xff"), property("default_ttl", "3600", "300"))
		in.ID = s.begin(in)
		same(s, "open", s.open(onLive), []reconcile.Intent{in})
		s.conclude(in.ID, concluded(true, false))
		e := s.history(reconcile.HistoryQuery{})[0]
		same(s, "in the audit log", e.Changes, in.Changes)
		same(s, "what of them is live", e.Live, []bool{true, false})
	}},
	{"a property is nothing that is applied", func(s *subject) {
		s.set(onLive, www1)
		s.must(s.Look(s.Context(), onLive, "m", []reconcile.Grace{{Ref: onLive, Key: mail.Key, Since: at(1, 0)}}))
		s.write(intent(create(text), property("description", "", "new")), true, true)
		same(s, "applied", s.applied(onLive), []string{text.String(), www1.String()})
		if n := len(s.overview().Graces); n != 1 {
			s.Errorf("%d graces; want the one that was there", n)
		}
	}},
	{"a property of a zone that is created", func(s *subject) {
		in := intent(zoneChange(reconcile.Restore, stoneID(1)), create(text), property("description", "", "new"))
		in.Pins = []reconcile.Pin{{Ref: onLive, Key: zoneKey, Until: at(23, 0), Since: at(9, 0), Actor: "ann"}}
		s.write(in, true, true, false)
		same(s, "applied", s.applied(onLive), []string{text.String()})
		same(s, "the pin of the zone, which is live", s.overview().Pins, in.Pins)
	}},
}
