package storetest

import (
	"fmt"
	"strings"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// The domain at providers of resources, and the names of the resources.
var (
	onMail = reconcile.Ref{Zone: example, Target: "tem"}
	onApps = reconcile.Ref{Zone: example, Target: "apps"}

	wwwName = www1.Key.Name
)

// resource is a change of a resource of a kind and name.
func resource(action reconcile.Action, kind providers.ResourceKind, name zonefile.Name, fields ...reconcile.FieldChange) reconcile.Change {
	return reconcile.Change{
		Kind: reconcile.KindResource, Action: action, Key: zonefile.Key{Name: name}, Cause: reconcile.CauseGit,
		Source:   zonefile.Position{File: "zones/example.com.domain.yaml", Line: 4, Column: 5},
		Resource: &reconcile.ResourceChange{Kind: kind, Fields: fields},
	}
}

// app is a change of the application domain www.example.com.
func app(action reconcile.Action, fields ...reconcile.FieldChange) reconcile.Change {
	return resource(action, providers.App, wwwName, fields...)
}

func field(name, from, to string) reconcile.FieldChange {
	return reconcile.FieldChange{Name: name, Old: from, New: to}
}

// on puts an intent on another target.
func on(ref reconcile.Ref, in reconcile.Intent) reconcile.Intent {
	in.Ref = ref
	return in
}

// resourceStone is the tombstone of a resource at a provider, as it is written.
func resourceStone(n int, ref reconcile.Ref, kind providers.ResourceKind, name zonefile.Name) reconcile.Tombstone {
	t := stone(n, zonefile.RRset{Key: zonefile.Key{Name: name}})
	t.Ref, t.Kind, t.RRset = ref, reconcile.KindResource, zonefile.RRset{}
	t.Resource, t.Settings = kind, map[string]string{"app": "my-app", "canonical": "true"}
	t.References = map[string]string{"certificate": "${file:/run/secrets/www}"}
	return t
}

// retiredApp is an intent that retires the application domain, with its tombstone.
func retiredApp(n int) reconcile.Intent {
	in := on(onApps, intent(app(reconcile.Retire, field("app", "my-app", ""))))
	in.Stones = []reconcile.Tombstone{resourceStone(n, onApps, providers.App, wwwName)}
	return in
}

var resourceTests = []test{
	{"a change is kept as it is", func(s *subject) {
		c := app(reconcile.Create, field("app", "", "my-app"), field("canonical", "", "true"),
			reconcile.FieldChange{Name: "name_servers", Old: "a b", After: "zone example.com. on scaidns"})
		c.Resource.References = map[string]string{"certificate": "${file:/run/secrets/www}", "key": "${KEY}"}
		whole := app(reconcile.Purge)
		whole.Stone = stoneID(1)
		acme := create(text)
		acme.From = "acme of app www.example.com. on apps"
		in := on(onApps, intent(c, resource(reconcile.Update, providers.Mail, example, field("autoconfig", "true", "false")), whole, create(www1), acme, property("a", "b", "c")))
		in.ID = s.begin(in)
		same(s, "open", s.open(onApps), []reconcile.Intent{in})
		s.conclude(in.ID, concluded(true, false, true, true, false, true))
		e := s.history(reconcile.HistoryQuery{})[0]
		same(s, "in the audit log", e.Changes, in.Changes)
		same(s, "what of them is live", e.Live, []bool{true, false, true, true, false, true})
		s.verified(1)
	}},
	{"the output of a resource in a zone", func(s *subject) {
		c := create(text)
		c.From = "dkim of mail example.com. on tem"
		in := intent(c, create(www1))
		in.ID = s.begin(in)
		same(s, "open", s.open(onLive), []reconcile.Intent{in})
	}},
	{"texts", func(s *subject) {
		for i, text := range []string{"", "'; DROP TABLE x; --", "a\nb\tc", "\x00", "\xff\xfe", `\`, "\u202e\U0001f4a9", strings.Repeat("0123456789abcdef", 1<<16)} {
			c := app(reconcile.Retire, reconcile.FieldChange{Name: text, Old: text, New: text, After: text})
			c.Resource.References = map[string]string{text: text}
			c.From = text
			t := resourceStone(i, onApps, providers.App, wwwName)
			t.Settings, t.References = map[string]string{text: text}, map[string]string{text: text, "x": text}
			in := on(onApps, intent(c))
			in.Stones = []reconcile.Tombstone{t}
			in.ID = s.begin(in)
			same(s, fmt.Sprintf("open with %.10q", text), s.open(onApps), []reconcile.Intent{in})
			same(s, fmt.Sprintf("the tombstone with %.10q", text), s.tombstones(reconcile.TombstoneQuery{}), in.Stones)
			s.conclude(in.ID, concluded(false))
			same(s, fmt.Sprintf("the history with %.10q", text), s.history(reconcile.HistoryQuery{})[0].Changes, in.Changes)
		}
		s.verified(8)
	}},
	{"tombstones", func(s *subject) {
		in := on(onApps, intent(app(reconcile.Retire, field("app", "my-app", "")), resource(reconcile.Retire, providers.App, example)))
		bare := resourceStone(2, onApps, providers.App, example)
		bare.Settings, bare.References = nil, nil
		in.Stones = []reconcile.Tombstone{resourceStone(1, onApps, providers.App, wwwName), bare}
		in.ID = s.begin(in)
		same(s, "as they were buried", s.tombstones(reconcile.TombstoneQuery{}), []reconcile.Tombstone{bare, in.Stones[0]})
		same(s, "alone", both(s, func(store reconcile.Store) (reconcile.Tombstone, error) {
			return store.Tombstone(s.Context(), stoneID(1))
		}), in.Stones[0])
		same(s, "in the open intent", s.open(onApps), []reconcile.Intent{in})
		s.conclude(in.ID, concluded(true, false))
		same(s, "of a change that is live", s.state(stoneID(1)), "retired at 10:30")
		same(s, "of one that is not", s.state(stoneID(2)), "superseded at 10:30")
		id := s.begin(on(onApps, intent(app(reconcile.Restore))))
		c := concluded(true)
		c.Restored = []string{stoneID(1)}
		s.conclude(id, c)
		same(s, "restored", s.state(stoneID(1)), "restored at 10:30")
		s.verified(2)
	}},
	{"tombstones of one name", func(s *subject) {
		s.buried(www1)
		in := retiredApp(2)
		s.begin(in)
		s.begin(func() reconcile.Intent {
			z := intent(zoneChange(reconcile.Retire, ""))
			z.Stones = []reconcile.Tombstone{zoneStone(3)}
			return z
		}())
		same(s, "of the name", ids(s.tombstones(reconcile.TombstoneQuery{Name: wwwName})), []string{stoneID(2), stoneID(1)})
		same(s, "of the resource alone", s.tombstones(reconcile.TombstoneQuery{Name: wwwName, Target: "apps"}), in.Stones)
		same(s, "of the RRset alone", ids(s.tombstones(reconcile.TombstoneQuery{Name: wwwName, Type: zonefile.TypeA})), []string{stoneID(1)})
		same(s, "of the domain", ids(s.tombstones(reconcile.TombstoneQuery{Zone: example})), []string{stoneID(3), stoneID(2), stoneID(1)})
	}},
	{"somebody else concludes", func(s *subject) {
		in := retiredApp(1)
		in.ID = s.begin(in)
		same(s, "open in the overview", s.overview().Open, []reconcile.Ref{onApps})
		open, err := s.other.Open(s.Context(), onApps)
		s.must(err)
		same(s, "open for another process", open, []reconcile.Intent{in})
		c := concluded(true)
		c.Settled = true
		s.must(s.other.Conclude(s.Context(), in.ID, c))
		same(s, "the tombstone", s.state(stoneID(1)), "retired at 10:30")
		same(s, "open afterwards", s.open(onApps), nil)
		s.verified(1)
	}},
	{"a tombstone that was closed", func(s *subject) {
		s.write(retiredApp(1), true)
		c := app(reconcile.Purge)
		c.Stone = stoneID(1)
		s.must(s.CloseTombstones(s.Context(), []string{stoneID(1)}, reconcile.Purged, at(12, 0)))
		s.must(s.Note(s.Context(), on(onApps, intent(c))))
		e := s.history(reconcile.HistoryQuery{Name: wwwName})[0]
		same(s, "the change", e.Changes, []reconcile.Change{c})
		same(s, "purged", e.Purged, []string{stoneID(1)})
		same(s, "the tombstone", s.state(stoneID(1)), "purged at 12:00")
	}},
	{"the history of a name", func(s *subject) {
		first := s.begin(intent(create(www1)))                                                                       // 1
		s.begin(on(onApps, intent(app(reconcile.Create, field("app", "", "my-app")))))                               // 2
		s.begin(on(onMail, intent(resource(reconcile.Create, providers.Mail, example))))                             // 3
		s.begin(on(onApps, intent(resource(reconcile.Create, providers.App, example))))                              // 4
		s.begin(intent(zoneChange(reconcile.Retire, "")))                                                            // 5
		s.begin(on(distant, intent(resource(reconcile.Create, providers.App, other))))                               // 6
		s.begin(on(onApps, intent(resource(reconcile.Update, providers.App, mail.Key.Name), app(reconcile.Retire)))) // 7
		for _, tc := range []struct {
			name  string
			query reconcile.HistoryQuery
			want  string
		}{
			{"of an RRset and a resource", reconcile.HistoryQuery{Name: wwwName}, "7 5 2 1"},
			{"of the resource", reconcile.HistoryQuery{Name: wwwName, Target: "apps"}, "7 2"},
			{"with a type", reconcile.HistoryQuery{Name: wwwName, Type: zonefile.TypeA}, "5 1"},
			{"of the domain", reconcile.HistoryQuery{Name: example}, "5 4 3"},
			{"in the domain", reconcile.HistoryQuery{Name: example, Zone: example, Target: "tem"}, "3"},
			{"of the resources of a domain", reconcile.HistoryQuery{Zone: example, Target: "apps"}, "7 4 2"},
			{"of a type", reconcile.HistoryQuery{Type: zonefile.TypeA}, "1"},
			{"of a name that has nothing of its own", reconcile.HistoryQuery{Name: zonefile.MustParseName("a.www.example.com.")}, "5"},
		} {
			same(s, tc.name, seqs(s.history(tc.query), first), tc.want)
		}
		same(s, "other changes are left out", s.history(reconcile.HistoryQuery{Name: wwwName})[0].Changes, []reconcile.Change{app(reconcile.Retire)})
	}},
	{"what comes with other changes is left out", func(s *subject) {
		in := on(onApps, intent(resource(reconcile.Restore, providers.App, example), app(reconcile.Retire)))
		apex, www := pin(zonefile.RRset{Key: zoneKey}), pin(zonefile.RRset{Key: zonefile.Key{Name: wwwName}})
		apex.Ref, www.Ref = onApps, onApps
		in.Pins = []reconcile.Pin{apex, www}
		in.Stones = []reconcile.Tombstone{resourceStone(1, onApps, providers.App, example), resourceStone(2, onApps, providers.App, wwwName)}
		s.begin(in)
		e := s.history(reconcile.HistoryQuery{Name: wwwName})[0]
		same(s, "pins", e.Pins, []reconcile.Pin{www})
		same(s, "tombstones", e.Stones, in.Stones[1:])
		e = s.history(reconcile.HistoryQuery{Name: example})[0]
		same(s, "pins of the apex", e.Pins, []reconcile.Pin{apex})
		same(s, "tombstones of the apex", e.Stones, in.Stones[:1])
	}},
	{"a resource that is not said", func(s *subject) {
		nameless := app(reconcile.Create)
		nameless.Resource = nil
		if _, err := s.Begin(s.Context(), on(onApps, intent(nameless))); err == nil {
			s.Error("a change of a resource was begun without the resource")
		}
		if err := s.Note(s.Context(), on(onApps, intent(nameless))); err == nil {
			s.Error("a change of a resource was noted without the resource")
		}
		same(s, "open afterwards", s.open(onApps), nil)
		same(s, "the history", s.history(reconcile.HistoryQuery{}), nil)
	}},
}
