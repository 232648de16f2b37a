package storetest

import (
	"errors"
	"fmt"
	"sync"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

var togetherTests = []test{
	{"many write", func(s *subject) {
		const writers, writes = 8, 10
		s.set(onLive)
		var all sync.WaitGroup
		for w := range writers {
			store := s.Store
			if w%2 == 1 {
				store = s.other
			}
			all.Go(func() {
				for n := range writes {
					if err := s.writeOne(store, w*writes+n); err != nil {
						s.Error(err)
						return
					}
				}
			})
		}
		all.Wait()
		if s.Failed() {
			return
		}
		s.verified(writers * writes)
		if got := len(s.applied(onLive)); got != writers*writes {
			s.Errorf("%d RRsets are applied; want %d", got, writers*writes)
		}
		if got := len(s.tombstones(reconcile.TombstoneQuery{})); got != writers*writes {
			s.Errorf("%d tombstones; want %d", got, writers*writes)
		}
		seen := map[int64]bool{}
		for _, e := range s.history(reconcile.HistoryQuery{}) {
			if seen[e.Seq] || e.Open {
				s.Errorf("entry %d is there twice, or open", e.Seq)
			}
			seen[e.Seq] = true
		}
		if len(seen) != writers*writes {
			s.Errorf("%d entries; want %d", len(seen), writers*writes)
		}
	}},
	{"one of many concludes", func(s *subject) {
		s.set(onLive, www1)
		for range 10 {
			id := s.begin(intent(update(www1, www2)))
			var all sync.WaitGroup
			var lock sync.Mutex
			won := 0
			for i := range 6 {
				store := s.Store
				if i%2 == 1 {
					store = s.other
				}
				all.Go(func() {
					err := store.Conclude(s.Context(), id, concluded(true))
					if err != nil && !errors.Is(err, reconcile.ErrConcluded) {
						s.Error(err)
					}
					lock.Lock()
					defer lock.Unlock()
					if err == nil {
						won++
					}
				})
			}
			all.Wait()
			if won != 1 {
				s.Fatalf("%d concluded the same intent", won)
			}
		}
		s.verified(10)
	}},
}

// writeOne begins and concludes an intent that creates the n-th of many RRsets, and has a tombstone.
func (s *subject) writeOne(store reconcile.Store, n int) error {
	set := www1.WithName(zonefile.MustParseName(fmt.Sprintf("host-%d.example.com.", n)))
	in := intent(create(set), retire(mail))
	in.Stones = []reconcile.Tombstone{stone(n, mail)}
	id, err := store.Begin(s.Context(), in)
	if err != nil {
		return err
	}
	if _, err := store.Overview(s.Context()); err != nil {
		return err
	}
	return store.Conclude(s.Context(), id, concluded(true, true))
}
