package reconcile

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/zonefile"
)

// stateWith makes a state of zones "ORIGIN TARGET", those with a + are applied together, and of units "ORIGIN PROVIDER".
func stateWith(zones, units []string) desiredState {
	ref := func(text string) Ref {
		origin, target, _ := strings.Cut(strings.TrimSuffix(text, "+"), " ")
		return Ref{zonefile.MustParseName(origin), target}
	}
	state := desiredState{present: map[Ref]bool{}, domains: domains{files: map[zonefile.Name]string{}}}
	for _, text := range zones {
		z := &desiredZone{Ref: ref(text), file: &zonefile.File{Zone: zonefile.NewZone(ref(text).Zone)}}
		z.rule.Policy.Together = strings.HasSuffix(text, "+")
		state.zones, state.present[z.Ref] = append(state.zones, z), true
	}
	for _, text := range units {
		u := &desiredZone{Ref: ref(text), file: &zonefile.File{Zone: zonefile.NewZone(ref(text).Zone)}, unit: &resourceUnit{}}
		state.domains.all = append(state.domains.all, u)
		state.domains.files[u.Zone] = u.Zone.String() + "domain.yaml"
	}
	state.domains.units = state.domains.all
	return state
}

func isResourceHere(ref Ref) bool { return strings.HasPrefix(ref.Target, "r") }

// groupTexts returns the members of each group, in order.
func groupTexts(groups map[Ref]*group) []string {
	seen := map[*group]bool{}
	var all []string
	for _, g := range groups {
		if seen[g] {
			continue
		}
		seen[g] = true
		var refs []string
		for _, ref := range g.refs {
			refs = append(refs, ref.Zone.String()+ref.Target)
		}
		all = append(all, strings.Join(refs, " "))
	}
	slices.Sort(all)
	return all
}

func TestGroups(t *testing.T) {
	known := func(texts ...string) []Ref {
		var all []Ref
		for _, z := range stateWith(texts, nil).zones {
			all = append(all, z.Ref)
		}
		return all
	}
	for name, test := range map[string]struct {
		zones, units []string
		known        []Ref
		want         []string
	}{
		"zones by themselves":   {[]string{"a.example. p", "a.example. q", "b.example. p"}, nil, nil, []string{"a.example.p", "a.example.q", "b.example.p"}},
		"a zone on its targets": {[]string{"a.example. p+", "a.example. q+", "b.example. p+"}, nil, nil, []string{"a.example.p a.example.q", "b.example.p"}},
		"resources and their zone": {
			[]string{"a.example. p", "a.example. q", "b.example. p"},
			[]string{"a.example. r1", "a.example. r2"},
			nil,
			[]string{"a.example.p a.example.q a.example.r1 a.example.r2", "b.example.p"},
		},
		"resources and the zones above and below them": {
			[]string{"example. p", "a.example. p", "x.a.example. p", "b.example. p", "other. p"},
			[]string{"a.example. r"},
			nil,
			[]string{"b.example.p", "example.p a.example.p a.example.r x.a.example.p", "other.p"},
		},
		"resources of domains one below the other in one zone": {
			[]string{"example. p"}, []string{"a.example. r", "b.example. r"}, nil, []string{"example.p a.example.r b.example.r"},
		},
		"resources without a zone": {[]string{"b.example. p"}, []string{"a.example. r"}, nil, []string{"a.example.r", "b.example.p"}},
		"what was applied and is gone": {
			[]string{"a.example. p+"},
			[]string{"b.example. r"},
			known("a.example. q", "b.example. r1", "b.example. p", "c.example. p", "d.example. r"),
			[]string{"a.example.p a.example.q", "b.example.p b.example.r b.example.r1", "c.example.p", "d.example.r"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			state := stateWith(test.zones, test.units)
			groups := groupsOf(state, test.known, isResourceHere)
			if got := groupTexts(groups); !cmp.Equal(got, test.want) {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
			for ref, g := range groups {
				if !g.has(ref) || g.gone != slices.ContainsFunc(g.refs, func(r Ref) bool {
					return !slices.ContainsFunc(g.members(), func(d *desiredZone) bool { return d.Ref == r })
				}) {
					t.Errorf("%s: gone is %t in %v", ref, g.gone, g.refs)
				}
			}
		})
	}
}

// TestGroupDigest has the digest be another one whenever what is said of a member is, and for no other reason.
func TestGroupDigest(t *testing.T) {
	digest := func(state desiredState, known ...Ref) zonefile.Digest {
		return groupsOf(state, known, isResourceHere)[state.zones[0].Ref].digest
	}
	base := func() desiredState {
		return stateWith([]string{"a.example. p", "b.example. p"}, []string{"a.example. r"})
	}
	want := digest(base())
	same := base()
	same.zones[1].err = fmt.Errorf("broken")
	if digest(same) != want {
		t.Error("another zone has an error, and the digest is another one")
	}
	for name, change := range map[string]func(s *desiredState){
		"the zone has an error":   func(s *desiredState) { s.zones[0].err = fmt.Errorf("broken") },
		"a resource has an error": func(s *desiredState) { s.domains.all[0].err = fmt.Errorf("broken") },
		"a resource is declared": func(s *desiredState) {
			*s = stateWith([]string{"a.example. p", "b.example. p"}, []string{"a.example. r", "a.example. r2"})
		},
		"a resource is not there": func(s *desiredState) { *s = stateWith([]string{"a.example. p", "b.example. p"}, nil) },
		"the zone has other records": func(s *desiredState) {
			z, err := zonefile.ZoneOf(s.zones[0].Zone, zonefile.MustParseRRset("www.a.example. 300 A", "192.0.2.1"))
			if err != nil {
				t.Fatal(err)
			}
			s.zones[0].file = &zonefile.File{Zone: z}
		},
	} {
		state := base()
		change(&state)
		if digest(state) == want {
			t.Errorf("%s: the digest is the same", name)
		}
	}
	gone := Ref{zonefile.MustParseName("a.example."), "r9"}
	if digest(base(), gone) == want {
		t.Error("a resource that was applied is gone, and the digest is the same")
	}
}

// BenchmarkGroups groups the zones of a large repository.
func BenchmarkGroups(b *testing.B) {
	var zones []string
	for i := range 20_000 {
		zones = append(zones, fmt.Sprintf("n%d.example. p+", i))
	}
	state := stateWith(zones, nil)
	for b.Loop() {
		groupsOf(state, nil, isResourceHere)
	}
}

func TestQueue(t *testing.T) {
	now := time.Now()
	ref := func(n int) Ref { return Ref{zonefile.MustParseName(fmt.Sprintf("n%d.example.", n)), "p"} }
	all := func(Trigger) bool { return true }
	t.Run("the most urgent first, then the first", func(t *testing.T) {
		q := newQueue()
		for i, trigger := range []Trigger{TriggerDrift, TriggerDue, TriggerRetry, TriggerSource, TriggerRequest, TriggerSource} {
			q.add(ref(i), "p", trigger, now)
		}
		q.add(ref(0), "p", TriggerSource, now) // it is more urgent now, and came first
		q.add(ref(4), "p", TriggerDrift, now)  // and this is not less urgent
		var got []Ref
		for one := q.next(all); one != nil; one = q.next(all) {
			got = append(got, one.key)
		}
		if want := []Ref{ref(4), ref(0), ref(3), ref(5), ref(2), ref(1)}; !slices.Equal(got, want) {
			t.Errorf("got %v; want %v", got, want)
		}
	})
	t.Run("a lane is so wide, and others do not wait for it", func(t *testing.T) {
		q := newQueue()
		var begun []*queued
		take := func() {
			for one := q.next(all); one != nil; one = q.next(all) {
				begun = append(begun, one)
			}
		}
		for i := range 100 {
			q.add(ref(i), "p", TriggerDrift, now)
		}
		take()
		if len(begun) != laneSpare {
			t.Errorf("%d of what is not urgent is begun; want %d", len(begun), laneSpare)
		}
		q.add(ref(200), "other", TriggerDrift, now)
		for i := range 100 {
			q.add(ref(300+i), "p", TriggerSource, now)
		}
		take()
		if len(begun) != laneWidth+1 {
			t.Errorf("%d are begun; want %d and one of the other lane", len(begun), laneWidth)
		}
		total := len(begun)
		for len(begun) > 0 {
			one := begun[0]
			begun = begun[1:]
			q.done(one)
			before := len(begun)
			take()
			total += len(begun) - before
		}
		if total != 201 || len(q.lanes) != 0 || len(q.in) != 0 {
			t.Errorf("%d were begun, %d lanes are left; want 201 and none", total, len(q.lanes))
		}
	})
	t.Run("what waits already stays in its lane", func(t *testing.T) {
		q := newQueue()
		for i := range 3 {
			q.add(ref(i), "p", TriggerDrift, now)
		}
		q.add(ref(2), "other", TriggerSource, now)
		if one := q.next(all); one == nil || one.key != ref(2) || one.lane != "p" || len(q.lanes) != 1 {
			t.Errorf("%+v is the first, %d lanes; want the urgent one, and one lane", one, len(q.lanes))
		}
	})
	t.Run("what may not be begun stays", func(t *testing.T) {
		q := newQueue()
		q.add(ref(1), "p", TriggerDrift, now)
		if one := q.next(func(t Trigger) bool { return t != TriggerDrift }); one != nil {
			t.Errorf("%v is begun", one.key)
		}
		if one := q.next(all); one == nil {
			t.Error("it is gone")
		}
	})
}

func TestDiary(t *testing.T) {
	now := time.Now()
	ref := func(n int) Ref { return Ref{zonefile.MustParseName(fmt.Sprintf("n%d.example.", n)), "p"} }
	d := newDiary()
	for i := range 100 {
		for again := range 10 { // the last one counts
			d.set(appointment{now.Add(time.Duration(100-i+again) * time.Minute), ref(i), TriggerDrift})
		}
	}
	d.cancel(ref(50))
	if len(d.order) > 3*len(d.of) {
		t.Errorf("%d are kept of %d", len(d.order), len(d.of))
	}
	if _, due := d.due(now); due {
		t.Error("something is due now")
	}
	if got, want := d.next(), now.Add(10*time.Minute); !got.Equal(want) {
		t.Errorf("the next is at %s; want %s", got, want)
	}
	var got []Ref
	for a, ok := d.due(now.Add(24 * time.Hour)); ok; a, ok = d.due(now.Add(24 * time.Hour)) {
		got = append(got, a.ref)
	}
	if len(got) != 99 || got[0] != ref(99) || got[98] != ref(0) || len(slices.Collect(maps.Keys(d.of))) != 0 || !d.next().IsZero() {
		t.Errorf("%d were due, the first %v; want 99 in their order", len(got), got[0])
	}
}
