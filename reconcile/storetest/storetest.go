// Package storetest is the conformance suite for stores: what the sentences of reconcile.Store mean. The test of an engine calls it:
//
//	func TestConformance(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) storetest.Opened {
//			file := filepath.Join(t.TempDir(), "state.db")
//			open := func(t *testing.T) reconcile.Store { ... }
//			return storetest.Opened{Store: open(t), Again: open}
//		})
//	}
//
// What is read is read twice in each test: by the one that wrote, and as another process would read it.
package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// Opened is an empty store, for one test.
type Opened struct {
	// Store is what is tested.
	Store reconcile.Store
	// Again opens the same store once more, as another process would. It is closed when the test ends.
	Again func(t *testing.T) reconcile.Store
	// Tamper are ways to change or remove an entry of the audit log behind the store's back, by their names. They are tried where there are
	// several entries, all of which are concluded. Where there are none, that part is left out, with a line in the log.
	Tamper map[string]func(t *testing.T, seq int64)
	// Stateless says that the store keeps tombstones, the audit log and the clock, and nothing else: no applied state, graces, pins, suspensions
	// and plans. What is about those is left out.
	Stateless bool
}

// Run tests the store that open returns. Each subtest calls open once.
func Run(t *testing.T, open func(t *testing.T) Opened) {
	for _, part := range []struct {
		name  string
		tests []test
	}{
		{"Applied", appliedTests},
		{"Look", lookTests},
		{"Overview", overviewTests},
		{"Write", writeTests},
		{"Zone", zoneTests},
		{"Property", propertyTests},
		{"Resources", resourceTests},
		{"AppliedResources", appliedResourceTests},
		{"Tombstones", stoneTests},
		{"Pins", pinTests},
		{"Suspensions", suspensionTests},
		{"History", historyTests},
		{"Audit", auditTests},
		{"Plans", planTests},
		{"Lock", lockTests},
		{"Together", togetherTests},
		{"Hostile", hostileTests},
	} {
		t.Run(part.name, func(t *testing.T) {
			for _, test := range part.tests {
				t.Run(test.name, func(t *testing.T) {
					opened := open(t)
					if opened.Stateless && slices.Contains([]string{"Applied", "AppliedResources", "Look", "Zone", "Pins", "Suspensions", "Plans"}, part.name) {
						t.Skip("the store keeps no state")
					}
					test.run(&subject{T: t, Opened: opened, Store: opened.Store, other: opened.Again(t)})
				})
			}
		})
	}
	t.Run("Tamper", func(t *testing.T) { runTamper(t, open) })
}

// test is one subtest of the suite.
type test struct {
	name string
	run  func(*subject)
}

// subject is the store that is tested, in one test.
type subject struct {
	*testing.T
	Opened
	reconcile.Store
	other reconcile.Store // the same store
}

// alike is how values from a store are compared: no values are as good as an empty slice or map.
var alike = cmp.Options{
	cmpopts.EquateEmpty(),
	cmp.Comparer(func(a, b zonefile.Name) bool { return a == b }),
	cmp.Comparer(func(a, b zonefile.RRset) bool { return a == b }),
	cmp.Comparer(func(a, b *zonefile.Zone) bool { return a == b || a != nil && b != nil && a.Equal(b) }),
}

// same fails the test if got is not want.
func same[T any](s *subject, what string, got, want T) {
	s.Helper()
	if d := cmp.Diff(got, want, alike); d != "" {
		s.Errorf("%s (-got +want):\n%s", what, d)
	}
}

// both returns what read returns of the store, after a check that another process reads the same.
func both[T any](s *subject, read func(reconcile.Store) (T, error)) T {
	s.Helper()
	got, err := read(s.Store)
	if err != nil {
		s.Fatal(err)
	}
	other, err := read(s.other)
	if err != nil {
		s.Fatal("another process:", err)
	}
	same(s, "what another process reads", other, got)
	return got
}

// must fails the test if err is not nil.
func (s *subject) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// known returns what the overview says of ref, nil if nothing. Its time is checked, and left out.
func (s *subject) known(ref reconcile.Ref) *reconcile.Known {
	s.Helper()
	s.needsState()
	for _, k := range s.overview().Known {
		if k.Ref == ref {
			if k.At.IsZero() {
				s.Errorf("%s: it is not said when the applied state was noted", ref)
			}
			k.At = time.Time{}
			return &k
		}
	}
	return nil
}

// applied returns the applied RRsets as lines, nil if there is no applied state.
func (s *subject) applied(ref reconcile.Ref) []string {
	s.Helper()
	s.needsState()
	return both(s, func(store reconcile.Store) ([]string, error) {
		zone, known, err := store.Applied(s.Context(), ref)
		if err != nil || !known {
			if zone != nil {
				s.Errorf("there is no applied state, and it is %d RRsets", zone.Len())
			}
			return nil, err
		}
		if zone.Origin() != ref.Zone {
			s.Errorf("the applied state of %s is of the zone %s", ref, zone.Origin())
		}
		return lines(zone), nil
	})
}

func lines(zone *zonefile.Zone) []string {
	all := []string{}
	for set := range zone.All() {
		all = append(all, set.String())
	}
	return all
}

func (s *subject) history(q reconcile.HistoryQuery) []reconcile.Entry {
	s.Helper()
	return both(s, func(store reconcile.Store) (entries []reconcile.Entry, err error) {
		for entry, err := range store.History(s.Context(), q) {
			if err != nil {
				return nil, err
			}
			entries = append(entries, entry)
		}
		return entries, nil
	})
}

func (s *subject) tombstones(q reconcile.TombstoneQuery) []reconcile.Tombstone {
	s.Helper()
	return both(s, func(store reconcile.Store) ([]reconcile.Tombstone, error) { return store.Tombstones(s.Context(), q) })
}

// state returns how far the tombstone of that id has come, and when.
func (s *subject) state(id string) string {
	s.Helper()
	t := both(s, func(store reconcile.Store) (reconcile.Tombstone, error) { return store.Tombstone(s.Context(), id) })
	return fmt.Sprintf("%s at %s", t.State, t.StateAt.Format("15:04"))
}

func (s *subject) open(ref reconcile.Ref) []reconcile.Intent {
	s.Helper()
	return both(s, func(store reconcile.Store) ([]reconcile.Intent, error) { return store.Open(s.Context(), ref) })
}

func (s *subject) begin(in reconcile.Intent) int64 {
	s.Helper()
	id, err := s.Begin(s.Context(), in)
	s.must(err)
	return id
}

func (s *subject) conclude(id int64, c reconcile.Conclusion) {
	s.Helper()
	s.must(s.Conclude(s.Context(), id, c))
}

// write begins an intent, and concludes it with a result for each of its changes.
func (s *subject) write(in reconcile.Intent, live ...bool) int64 {
	s.Helper()
	id := s.begin(in)
	s.conclude(id, concluded(live...))
	return id
}

// needsState ends the test if the store keeps no state: what follows is about that. What was tested so far counts.
func (s *subject) needsState() {
	s.Helper()
	if s.Stateless && !s.Failed() {
		s.Skip("the store keeps no state: the rest of this test is left out")
	}
}

// set makes what lines say the applied state of ref, if the store keeps one.
func (s *subject) set(ref reconcile.Ref, sets ...zonefile.RRset) {
	s.Helper()
	if s.Stateless {
		return
	}
	zone, err := zonefile.ZoneOf(ref.Zone, sets...)
	s.must(err)
	s.must(s.SetApplied(s.Context(), ref, reconcile.AppliedState{System: "sys", Commit: "c0"}, zone))
}
