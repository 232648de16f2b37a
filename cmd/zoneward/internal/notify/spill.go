package notify

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"
)

// maxSpill is the most entries that are kept in memory while the outbox cannot be written.
const maxSpill = 1000

// spill keeps entries in memory while the outbox cannot be written. They have negative ids. Its methods may be called concurrently. The zero spill is empty.
type spill struct {
	mu      sync.Mutex // held while the outbox is written: entries go there in their order
	entries []spilled
	last    int64
	lost    map[string]map[Kind]Loss // by sink
	failing bool
}

type spilled struct {
	Entry
	// taken says that it is being sent from here: it goes into the outbox afterwards.
	taken bool
	// delivered says that it was sent from here. It is put into the outbox all the same, for what stands.
	delivered bool
}

// put adds entries. What is the same as another one here is that once more. What is too much is lost, the oldest of the least severity first.
func (s *spill) put(entries []Entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range entries {
		if s.again(e) {
			continue
		}
		s.last--
		e.ID, e.Count = s.last, 1
		s.entries = append(s.entries, spilled{Entry: e})
	}
}

// again counts an entry that is the last one of its subject once more.
func (s *spill) again(e Entry) bool {
	for i := len(s.entries) - 1; i >= 0; i-- {
		if b := &s.entries[i]; b.Sink == e.Sink && b.Subject == e.Subject {
			if b.Key != e.Key || b.Silent != e.Silent {
				return false
			}
			b.Count++
			return true
		}
	}
	return false
}

// flush puts all into the outbox, and reports whether that can be written when it could not, or the other way round. If it cannot, they stay.
func (s *spill) flush(ctx context.Context, outbox Outbox, limits Limits) (turned bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var entries []Entry
	for _, e := range s.entries {
		e.Silent = e.Silent || e.delivered
		if !e.taken {
			entries = append(entries, e.Entry)
		}
	}
	if len(entries) == 0 {
		return false, nil
	}
	err = outbox.Put(ctx, limits, entries...)
	turned = s.failing != (err != nil)
	if s.failing = err != nil; s.failing {
		s.bound()
		return turned, err
	}
	s.entries = slices.DeleteFunc(s.entries, func(e spilled) bool { return !e.taken })
	return turned, nil
}

// bound has what is too much lost.
func (s *spill) bound() {
	over := len(s.entries) - maxSpill
	if over <= 0 {
		return
	}
	var order []int
	for i, e := range s.entries {
		if !e.taken {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		// What was delivered already is no loss.
		return cmp.Or(compareBool(s.entries[b].delivered, s.entries[a].delivered), cmp.Compare(s.entries[a].Severity, s.entries[b].Severity))
	})
	leave := map[int64]bool{}
	for _, i := range order[:min(over, len(order))] {
		e := s.entries[i]
		leave[e.ID] = true
		if !e.delivered && !e.Silent {
			s.lose(e.Entry)
		}
	}
	s.entries = slices.DeleteFunc(s.entries, func(e spilled) bool { return leave[e.ID] })
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

func (s *spill) lose(e Entry) {
	if s.lost == nil {
		s.lost = map[string]map[Kind]Loss{}
	}
	if s.lost[e.Sink] == nil {
		s.lost[e.Sink] = map[Kind]Loss{}
	}
	l, ok := s.lost[e.Sink][e.Kind]
	if !ok {
		l = Loss{Kind: e.Kind, First: e.At, Last: e.At}
	}
	l.Count += max(e.Count, 1)
	l.First, l.Last = earlier(l.First, e.At), later(l.Last, e.At)
	s.lost[e.Sink][e.Kind] = l
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// take returns the oldest entries of a sink that can be delivered from memory, while the outbox cannot be written. Whoever takes them gives them back. Whether anybody
// was told of what is over only the outbox knows.
func (s *spill) take(sink string, limit int) []Entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	var entries []Entry
	for i := range s.entries {
		e := &s.entries[i]
		if s.failing && e.Sink == sink && !e.taken && !e.delivered && !e.Silent && !e.Over() && len(entries) < limit {
			e.taken = true
			entries = append(entries, e.Entry)
		}
	}
	return entries
}

// giveBack ends the taking of entries, and notes whether they are to be delivered no more.
func (s *spill) giveBack(entries []Entry, delivered bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.entries {
		e := &s.entries[i]
		if slices.ContainsFunc(entries, func(one Entry) bool { return one.ID == e.ID }) {
			e.taken, e.delivered = false, delivered
		}
	}
}

// losses returns what of a sink was lost from memory, and told has that forgotten.
func (s *spill) losses(sink string) []Loss {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Loss
	for _, l := range s.lost[sink] {
		all = append(all, l)
	}
	slices.SortFunc(all, func(a, b Loss) int { return cmp.Compare(a.Kind, b.Kind) })
	return all
}

func (s *spill) told(sink string, losses []Loss) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range losses {
		left := s.lost[sink][l.Kind]
		if left.Count -= l.Count; left.Count > 0 {
			s.lost[sink][l.Kind] = left
		} else {
			delete(s.lost[sink], l.Kind)
		}
	}
}

// count returns how many entries of a sink wait in memory.
func (s *spill) count(sink string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, e := range s.entries {
		if e.Sink == sink && !e.delivered && !e.Silent {
			n++
		}
	}
	return n
}
