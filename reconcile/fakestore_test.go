package reconcile

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/zoneward/zoneward/zonefile"
)

// fakeStore is a Store in memory. It keeps no hashes.
type fakeStore struct {
	mu      sync.Mutex
	applied map[Ref]*zonefile.Zone
	beside  map[Ref]map[zonefile.Name]AppliedResource
	known   map[Ref]Known
	graces  map[Ref][]Grace
	stones  []Tombstone
	entries []Entry // in the order of Begin
	pins    []Pin
	suspend []Suspension
	plans   []PlanRecord
	clock   Clock
	locks   map[Ref]chan struct{}
	looks   int
	fail    error // what Begin returns
	lost    error // what Conclude and SetApplied return
	crash   func(step string)
}

func newFakeStore() *fakeStore {
	return &fakeStore{
		applied: map[Ref]*zonefile.Zone{}, beside: map[Ref]map[zonefile.Name]AppliedResource{}, known: map[Ref]Known{}, graces: map[Ref][]Grace{},
		locks: map[Ref]chan struct{}{},
	}
}

func (s *fakeStore) Overview(_ context.Context, wanted ...Ref) (Overview, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	has := func(ref Ref) bool { return len(wanted) == 0 || slices.Contains(wanted, ref) }
	o := Overview{Standing: map[Ref]time.Time{}, Clock: s.clock}
	for _, pin := range s.pins {
		if has(pin.Ref) {
			o.Pins = append(o.Pins, pin)
		}
	}
	for _, x := range s.suspend {
		if len(wanted) == 0 || slices.ContainsFunc(wanted, x.Has) {
			o.Suspensions = append(o.Suspensions, x)
		}
	}
	for _, k := range s.known {
		if has(k.Ref) {
			o.Known = append(o.Known, k)
		}
	}
	slices.SortFunc(o.Known, func(a, b Known) int { return a.Compare(b.Ref) })
	for _, e := range s.entries {
		if e.Open && has(e.Ref) && !slices.Contains(o.Open, e.Ref) {
			o.Open = append(o.Open, e.Ref)
		}
	}
	for ref, g := range s.graces {
		if has(ref) {
			o.Graces = append(o.Graces, g...)
		}
	}
	for _, stone := range s.stones {
		if at, ok := o.Standing[stone.Ref]; stone.State.Standing() && has(stone.Ref) && (!ok || stone.PurgeAt.Before(at)) {
			o.Standing[stone.Ref] = stone.PurgeAt
		}
	}
	return o, nil
}

func (s *fakeStore) AppliedAt(_ context.Context, ref Ref, keys []zonefile.Key) (map[zonefile.Key]zonefile.RRset, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sets := map[zonefile.Key]zonefile.RRset{}
	for _, key := range keys {
		if z := s.applied[ref]; z != nil {
			if set, ok := z.Get(key); ok {
				sets[key] = set
			}
		}
	}
	return sets, nil
}

func (s *fakeStore) Applied(_ context.Context, ref Ref) (*zonefile.Zone, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	z, ok := s.applied[ref]
	return z, ok, nil
}

func (s *fakeStore) SetApplied(_ context.Context, ref Ref, state AppliedState, zone *zonefile.Zone) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lost != nil {
		return s.lost
	}
	s.applied[ref], s.known[ref] = zone.Clone(), Known{Ref: ref, AppliedState: state}
	return nil
}

// know makes ref known, with an empty zone if it was not.
func (s *fakeStore) know(ref Ref, state AppliedState) {
	if s.known[ref] = (Known{Ref: ref, AppliedState: state}); s.applied[ref] == nil {
		s.applied[ref] = zonefile.NewZone(ref.Zone)
	}
}

// forget is Forget for those who have the lock.
func (s *fakeStore) forget(ref Ref) {
	delete(s.applied, ref)
	delete(s.beside, ref)
	delete(s.known, ref)
	delete(s.graces, ref)
}

func (s *fakeStore) Forget(_ context.Context, ref Ref) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget(ref)
	return nil
}

func (s *fakeStore) Look(_ context.Context, ref Ref, mark string, graces []Grace) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.looks++
	if known, ok := s.known[ref]; ok {
		known.Mark = mark
		s.known[ref], s.graces[ref] = known, slices.Clone(graces)
	}
	return nil
}

func (s *fakeStore) Begin(_ context.Context, intent Intent) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return 0, s.fail
	}
	intent.ID = int64(len(s.entries) + 1)
	s.entries = append(s.entries, Entry{Seq: intent.ID, Intent: intent, Open: true})
	s.stones = append(s.stones, intent.Stones...)
	s.pins = append(s.pins, intent.Pins...)
	if intent.Suspend != nil {
		s.suspend = append(s.suspend, *intent.Suspend)
	}
	s.step("begun")
	return intent.ID, nil
}

func (s *fakeStore) step(name string) {
	if s.crash != nil {
		s.crash(name)
	}
}

func (s *fakeStore) Conclude(_ context.Context, id int64, c Conclusion) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.step("concluding")
	if s.lost != nil {
		return s.lost
	}
	e := &s.entries[id-1]
	if !e.Open {
		return ErrConcluded
	}
	e.Conclusion, e.Open = c, false
	live := func(i int) bool { return i < len(c.Live) && c.Live[i] }
	any := false
	isLive := map[zonefile.Key]bool{}
	for i, change := range e.Changes {
		any = any || live(i)
		isLive[change.Key] = isLive[change.Key] || live(i)
		if !live(i) {
			continue
		}
		switch {
		case change.Kind == KindZone && change.Action == Retire:
			s.forget(e.Ref)
		case change.Kind == KindResource:
			s.carryResource(e, change)
		case change.Kind == KindProperty, change.Kind == KindZone && change.Action == Purge:
		case change.Kind == KindZone:
			s.applied[e.Ref] = zonefile.NewZone(e.Zone)
			s.known[e.Ref] = Known{Ref: e.Ref, AppliedState: AppliedState{System: e.System, Commit: e.Commit}}
		case change.Action != Purge && c.Applied == nil && s.applied[e.Ref] != nil:
			s.applied[e.Ref] = s.applied[e.Ref].With([]zonefile.Change{{Old: change.Old, New: change.New}})
		}
	}
	if c.Applied != nil {
		s.applied[e.Ref] = c.Applied.Clone()
		s.known[e.Ref] = Known{Ref: e.Ref, AppliedState: AppliedState{System: e.System, Commit: e.Commit}}
	}
	for i := range s.stones {
		stone := &s.stones[i]
		switch {
		case slices.ContainsFunc(e.Stones, func(own Tombstone) bool { return own.ID == stone.ID }):
			if stone.State = Superseded; isLive[stone.Key] {
				stone.State = Retired
			}
		case slices.Contains(c.Restored, stone.ID):
			stone.State = Restored
		case slices.Contains(c.Purged, stone.ID):
			stone.State = Purged
		}
	}
	s.pins = slices.DeleteFunc(s.pins, func(p Pin) bool { return slices.Contains(e.Pins, p) && !isLive[p.Key] })
	if e.Suspend != nil && !any {
		s.suspend = slices.DeleteFunc(s.suspend, func(x Suspension) bool { return x == *e.Suspend })
	}
	return nil
}

func (s *fakeStore) Open(_ context.Context, ref Ref) ([]Intent, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var open []Intent
	for _, e := range s.entries {
		if e.Open && e.Ref == ref {
			open = append(open, e.Intent)
		}
	}
	return open, nil
}

func (s *fakeStore) Note(_ context.Context, intent Intent) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	intent.ID = int64(len(s.entries) + 1)
	s.entries = append(s.entries, Entry{Seq: intent.ID, Intent: intent, Conclusion: intent.Observed()})
	return nil
}

func (s *fakeStore) History(_ context.Context, q HistoryQuery) iter.Seq2[Entry, error] {
	s.mu.Lock()
	entries := slices.Clone(s.entries)
	s.mu.Unlock()
	return func(yield func(Entry, error) bool) {
		for _, e := range slices.Backward(entries) {
			if !q.Zone.IsZero() && q.Zone != e.Zone || q.Target != "" && q.Target != e.Target {
				continue
			}
			if !q.Name.IsZero() {
				var changes []Change
				var live []bool
				for i, c := range e.Changes {
					if q.Wants(c.Kind, c.Key) {
						changes, live = append(changes, c), append(live, i < len(e.Live) && e.Live[i])
					}
				}
				if e.Changes, e.Live = changes, live; len(changes) == 0 {
					continue
				}
			}
			if !yield(e, nil) {
				return
			}
		}
	}
}

func (s *fakeStore) VerifyAudit(context.Context) (int, error) { return len(s.entries), nil }

func (s *fakeStore) Tombstones(_ context.Context, q TombstoneQuery) ([]Tombstone, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Tombstone
	for _, t := range slices.Backward(s.stones) {
		if (q.Zone.IsZero() || q.Zone == t.Zone) && (q.Target == "" || q.Target == t.Target) && (q.Name.IsZero() || q.Name == t.Key.Name) &&
			(q.Type == 0 || q.Type == t.Key.Type) && (q.Closed || t.State.Standing()) {
			all = append(all, t)
		}
	}
	return all, nil
}

func (s *fakeStore) Tombstone(_ context.Context, id string) (Tombstone, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.stones {
		if strings.HasPrefix(t.ID, id) {
			return t, nil
		}
	}
	return Tombstone{}, ErrNoTombstone
}

func (s *fakeStore) CloseTombstones(_ context.Context, ids []string, state StoneState, at time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.stones {
		if slices.Contains(ids, s.stones[i].ID) {
			s.stones[i].State, s.stones[i].StateAt = state, at
		}
	}
	return nil
}

func (s *fakeStore) Unpin(_ context.Context, pins []Pin) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pins = slices.DeleteFunc(s.pins, func(p Pin) bool { return slices.Contains(pins, p) })
	return nil
}

func (s *fakeStore) Suspend(_ context.Context, x Suspension) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.suspend = append(slices.DeleteFunc(s.suspend, func(old Suspension) bool { return old.Scope == x.Scope }), x)
	return nil
}

func (s *fakeStore) Resume(_ context.Context, scope Scope, _ time.Time, _, _ string) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.suspend)
	s.suspend = slices.DeleteFunc(s.suspend, func(x Suspension) bool { return x.Scope == scope })
	return len(s.suspend) < n, nil
}

func (s *fakeStore) RecordPlan(_ context.Context, r PlanRecord) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.plans = append(s.plans, r)
	return nil
}

func (s *fakeStore) Plans(_ context.Context, zone zonefile.Name, _ int) ([]PlanRecord, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []PlanRecord
	for _, r := range slices.Backward(s.plans) {
		if r.Zone == zone {
			all = append(all, r)
		}
	}
	return all, nil
}

func (s *fakeStore) Clock(context.Context) (Clock, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.clock, nil
}

func (s *fakeStore) SetClock(_ context.Context, c Clock) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clock = c
	return nil
}

func (s *fakeStore) Lock(ctx context.Context, ref Ref) (func(), error) {
	s.mu.Lock()
	lock, ok := s.locks[ref]
	if !ok {
		lock = make(chan struct{}, 1)
		s.locks[ref] = lock
	}
	s.mu.Unlock()
	select {
	case lock <- struct{}{}:
		return func() { <-lock }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("somebody else has it: %w", ctx.Err())
	}
}

// retiredSets returns the keys of the tombstones in a state, in order.
func (s *fakeStore) inState(state StoneState) []zonefile.Key {
	s.mu.Lock()
	defer s.mu.Unlock()
	var keys []zonefile.Key
	for _, t := range s.stones {
		if t.State == state {
			keys = append(keys, t.Key)
		}
	}
	slices.SortFunc(keys, zonefile.Key.Compare)
	return keys
}
