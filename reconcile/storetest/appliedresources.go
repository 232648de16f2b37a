package storetest

import (
	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// appliedApp is an application domain as it was applied.
func appliedApp(name zonefile.Name) reconcile.AppliedResource {
	return reconcile.AppliedResource{
		Kind: providers.App, Name: name, Fields: map[string]string{"app": "my-app", "canonical": "true"},
		References: map[string]string{"certificate": "${file:/run/secrets/www}"},
		Watched:    map[string]string{"validity": "2027-01-01T00:00:00Z"},
	}
}

// setResources makes them those that are applied of ref.
func (s *subject) setResources(ref reconcile.Ref, resources ...reconcile.AppliedResource) {
	s.Helper()
	s.must(s.SetAppliedResources(s.Context(), ref, reconcile.AppliedState{System: "sys", Commit: "c0"}, resources))
}

func (s *subject) resources(ref reconcile.Ref) []reconcile.AppliedResource {
	s.Helper()
	return both(s, func(store reconcile.Store) ([]reconcile.AppliedResource, error) {
		return store.AppliedResources(s.Context(), ref)
	})
}

var appliedResourceTests = []test{
	{"set and read", func(s *subject) {
		same(s, "in an empty store", s.resources(onApps), nil)
		apex, www := appliedApp(example), appliedApp(wwwName)
		deep, near := appliedApp(zonefile.MustParseName("a.www.example.com.")), appliedApp(zonefile.MustParseName("b.example.com."))
		odd := reconcile.AppliedResource{Kind: providers.Mail, Name: zonefile.MustParseName(`\000\.'.example.com.`), Fields: map[string]string{"": "\x00\xff", "\n": ""}}
		s.setResources(onApps, www, deep, odd, apex, near)
		same(s, "in order of their names", s.resources(onApps), []reconcile.AppliedResource{apex, odd, near, www, deep})
		same(s, "at another provider", s.resources(onMail), nil)
		same(s, "known", s.known(onApps), &reconcile.Known{Ref: onApps, AppliedState: reconcile.AppliedState{System: "sys", Commit: "c0"}})
		if got := s.applied(onApps); got == nil || len(got) > 0 {
			s.Errorf("the RRsets are %v; want an empty zone", got)
		}
		sets, err := s.AppliedAt(s.Context(), onApps, []zonefile.Key{www1.Key, {Name: wwwName}})
		if err != nil || len(sets) > 0 {
			s.Errorf("RRsets of the names: %v, %v; want none", sets, err)
		}
	}},
	{"set again", func(s *subject) {
		s.setResources(onApps, appliedApp(example), appliedApp(wwwName))
		s.setResources(onMail, appliedApp(wwwName))
		changed := reconcile.AppliedResource{Kind: providers.App, Name: wwwName, Fields: map[string]string{"app": "other"}}
		state := reconcile.AppliedState{System: "new", Commit: "c1", Mark: "m"}
		s.must(s.SetAppliedResources(s.Context(), onApps, state, []reconcile.AppliedResource{changed}))
		same(s, "in the place of the first", s.resources(onApps), []reconcile.AppliedResource{changed})
		same(s, "the state", s.known(onApps).AppliedState, state)
		s.setResources(onApps)
		same(s, "none", s.resources(onApps), nil)
		if s.known(onApps) == nil {
			s.Error("without resources nothing is known")
		}
		same(s, "at another provider", s.resources(onMail), []reconcile.AppliedResource{appliedApp(wwwName)})
	}},
	{"large", func(s *subject) {
		large := appliedApp(wwwName)
		octets := make([]byte, 1<<20)
		for i := range octets {
			octets[i] = byte(i * i >> 3)
		}
		large.Fields["data"], large.Watched["data"] = string(octets), string(octets)
		s.setResources(onApps, large)
		same(s, "a large field", s.resources(onApps), []reconcile.AppliedResource{large})
	}},
	{"forget", func(s *subject) {
		s.setResources(onApps, appliedApp(wwwName))
		s.setResources(onMail, appliedApp(wwwName))
		s.must(s.Forget(s.Context(), onApps))
		if got := s.resources(onApps); len(got) > 0 || s.known(onApps) != nil {
			s.Errorf("forgotten, and there is %v, %v", got, s.known(onApps))
		}
		s.setResources(onApps)
		same(s, "when it is known again", s.resources(onApps), nil)
		same(s, "at another provider", s.resources(onMail), []reconcile.AppliedResource{appliedApp(wwwName)})
	}},
	{"created", func(s *subject) {
		c := app(reconcile.Create, field("app", "", "my-app"), field("canonical", "", "true"))
		c.Resource.References = map[string]string{"certificate": "${file:/run/secrets/www}"}
		in := on(onApps, intent(c, resource(reconcile.Create, providers.App, example, field("app", "", "my-app"))))
		id := s.begin(in)
		if got := s.resources(onApps); len(got) > 0 || s.known(onApps) != nil {
			s.Errorf("before it is concluded: %v, %v", got, s.known(onApps))
		}
		s.conclude(id, concluded(true, false))
		same(s, "what is live", s.resources(onApps), []reconcile.AppliedResource{{
			Kind: providers.App, Name: wwwName, Fields: map[string]string{"app": "my-app", "canonical": "true"}, References: c.Resource.References,
		}})
		same(s, "known", s.known(onApps), &reconcile.Known{Ref: onApps, AppliedState: reconcile.AppliedState{System: "sys", Commit: "c0ffee", Mark: "after"}})
	}},
	{"nothing is live", func(s *subject) {
		s.write(on(onApps, intent(app(reconcile.Create, field("app", "", "my-app")))), false)
		s.conclude(s.begin(on(onApps, intent(app(reconcile.Restore)))), reconcile.Conclusion{At: at(11, 0), Result: reconcile.Refused})
		if got := s.resources(onApps); len(got) > 0 || s.known(onApps) != nil {
			s.Errorf("applied is %v, and known %v; want nothing", got, s.known(onApps))
		}
		s.setResources(onApps, appliedApp(wwwName))
		s.write(on(onApps, intent(app(reconcile.Update, field("canonical", "true", "false")), resource(reconcile.Retire, providers.App, wwwName))), false, false)
		same(s, "what was there", s.resources(onApps), []reconcile.AppliedResource{appliedApp(wwwName)})
	}},
	{"updated", func(s *subject) {
		s.setResources(onApps, appliedApp(example), appliedApp(wwwName))
		c := app(reconcile.Update, field("canonical", "true", "false"), field("letsencrypt", "", "true"))
		c.Resource.References = map[string]string{"certificate": "${file:/run/secrets/new}"}
		s.write(on(onApps, intent(c)), true)
		want := appliedApp(wwwName)
		want.Fields = map[string]string{"app": "my-app", "canonical": "false", "letsencrypt": "true"}
		want.References = c.Resource.References
		same(s, "what changed alone", s.resources(onApps), []reconcile.AppliedResource{appliedApp(example), want})
		same(s, "the state", s.known(onApps).AppliedState, reconcile.AppliedState{System: "sys", Commit: "c0ffee", Mark: "after"})
	}},
	{"updated twice in a write", func(s *subject) {
		s.setResources(onApps, reconcile.AppliedResource{Kind: providers.App, Name: wwwName}) // of which nothing is known
		s.write(on(onApps, intent(app(reconcile.Update, field("canonical", "true", "false")), app(reconcile.Update, field("app", "", "x")))), true, true)
		same(s, "both", s.resources(onApps), []reconcile.AppliedResource{{
			Kind: providers.App, Name: wwwName, Fields: map[string]string{"app": "x", "canonical": "false"},
		}})
	}},
	{"created and restored again", func(s *subject) {
		for _, action := range []reconcile.Action{reconcile.Create, reconcile.Restore} {
			s.setResources(onApps, appliedApp(wwwName))
			s.write(on(onApps, intent(app(action, field("app", "", "another")))), true)
			want := appliedApp(wwwName) // what was not written is as it was, and what it wanted to be published is still known
			want.Fields, want.References = map[string]string{"app": "another", "canonical": "true"}, nil
			same(s, string(action)+" over the one before", s.resources(onApps), []reconcile.AppliedResource{want})
		}
	}},
	{"retired and purged", func(s *subject) {
		for _, action := range []reconcile.Action{reconcile.Retire, reconcile.Purge} {
			s.setResources(onApps, appliedApp(example), appliedApp(wwwName))
			s.write(on(onApps, intent(app(action, field("app", "my-app", "")))), true)
			same(s, string(action), s.resources(onApps), []reconcile.AppliedResource{appliedApp(example)})
		}
		s.write(on(onApps, intent(resource(reconcile.Retire, providers.App, example))), true)
		same(s, "the last", s.resources(onApps), nil)
		if s.known(onApps) == nil {
			s.Error("without the last nothing is known")
		}
		s.write(on(onMail, intent(resource(reconcile.Retire, providers.Mail, example))), true)
		if k := s.known(onMail); k != nil {
			s.Errorf("one that was never applied is retired, and known is %v", k)
		}
	}},
	{"another system", func(s *subject) {
		s.setResources(onApps, appliedApp(example), appliedApp(wwwName))
		in := on(onApps, intent(app(reconcile.Update, field("canonical", "true", "false"))))
		in.System = "another"
		s.write(in, true)
		same(s, "of the one before nothing is left", s.resources(onApps), []reconcile.AppliedResource{{
			Kind: providers.App, Name: wwwName, Fields: map[string]string{"canonical": "false"},
		}})
		same(s, "the system", s.known(onApps).System, "another")
	}},
	{"interrupted", func(s *subject) {
		s.setResources(onApps, appliedApp(wwwName))
		in := on(onApps, intent(app(reconcile.Retire, field("app", "my-app", "")), resource(reconcile.Create, providers.App, example, field("app", "", "x"))))
		in.Stones = []reconcile.Tombstone{resourceStone(1, onApps, providers.App, wwwName)}
		in.ID = s.begin(in)
		same(s, "before it is concluded", s.resources(onApps), []reconcile.AppliedResource{appliedApp(wwwName)})
		if k := s.known(onApps); k == nil || !k.Open {
			s.Errorf("known is %v; want it open", k)
		}
		c := concluded(true, true)
		c.Settled = true
		s.must(s.other.Conclude(s.Context(), in.ID, c))
		got := s.resources(onApps)
		if len(got) != 1 || got[0].Name != example {
			s.Errorf("somebody else settled it: %v; want the one that was created", got)
		}
	}},
	{"a canceled conclusion", func(s *subject) {
		s.setResources(onApps, appliedApp(wwwName))
		id := s.begin(on(onApps, intent(app(reconcile.Retire), resource(reconcile.Create, providers.App, example))))
		if err := s.Conclude(s.Context(), id, concluded(true)); err == nil {
			s.Fatal("two changes were concluded with one result")
		}
		same(s, "afterwards", s.resources(onApps), []reconcile.AppliedResource{appliedApp(wwwName)})
	}},
	{"a zone of the same name", func(s *subject) {
		s.set(onLive, www1, mail)
		s.setResources(onMail, appliedApp(example))
		zone, resourceGrace := reconcile.Grace{Ref: onLive, Key: zoneKey, Since: at(1, 0)}, reconcile.Grace{Ref: onMail, Key: zoneKey, Since: at(2, 0)}
		s.must(s.Look(s.Context(), onLive, "m1", []reconcile.Grace{zone}))
		s.must(s.Look(s.Context(), onMail, "m2", []reconcile.Grace{resourceGrace}))
		in := on(onMail, intent(resource(reconcile.Update, providers.App, example, field("canonical", "true", "false"))))
		s.write(in, false)
		same(s, "graces when nothing is live", s.overview().Graces, []reconcile.Grace{zone, resourceGrace})
		s.write(in, true)
		same(s, "graces after a change of the resource", s.overview().Graces, []reconcile.Grace{zone})
		same(s, "the mark of the zone", s.known(onLive).Mark, "m1")
		same(s, "the RRsets of the zone", s.applied(onLive), []string{mail.String(), www1.String()})

		s.write(intent(zoneChange(reconcile.Retire, "")), true)
		if got := s.resources(onMail); len(got) != 1 || s.known(onLive) != nil {
			s.Errorf("the zone is retired: resources %v, known %v; want the resource alone", got, s.known(onLive))
		}
		s.set(onLive, www1)
		s.write(on(onMail, intent(resource(reconcile.Retire, providers.App, example))), true)
		same(s, "the resource is retired: the RRsets", s.applied(onLive), []string{www1.String()})
	}},
	{"pins", func(s *subject) {
		zonePin, apex, www := pin(zonefile.RRset{Key: zoneKey}), pin(zonefile.RRset{Key: zoneKey}), pin(zonefile.RRset{Key: zonefile.Key{Name: wwwName}})
		apex.Ref, www.Ref = onApps, onApps
		in := intent(zoneChange(reconcile.Restore, stoneID(1)))
		in.Pins = []reconcile.Pin{zonePin}
		s.write(in, true)
		in = on(onApps, intent(resource(reconcile.Restore, providers.App, example), app(reconcile.Restore)))
		in.Pins = []reconcile.Pin{apex, www}
		id := s.begin(in)
		same(s, "before it is concluded", s.overview().Pins, []reconcile.Pin{apex, zonePin, www})
		s.conclude(id, concluded(true, false))
		same(s, "of what is live", s.overview().Pins, []reconcile.Pin{apex, zonePin})
		s.must(s.Unpin(s.Context(), []reconcile.Pin{apex}))
		same(s, "without that of the resource", s.overview().Pins, []reconcile.Pin{zonePin})
	}},
}
