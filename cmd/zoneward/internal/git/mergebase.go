package git

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"
)

// newShallowHistory is newHistory for questions that a shallow repository can answer, too, or say that it cannot.
func newShallowHistory(o *objects) (*history, error) {
	cuts, err := o.cuts()
	if err != nil {
		return nil, err
	}
	h := newHistory(o)
	h.cuts = cuts
	return h, nil
}

// cuts are the commits whose parents a shallow repository lacks, nil if it is whole.
func (o *objects) cuts() (map[plumbing.Hash]bool, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	ends, err := o.storage.Shallow()
	if err != nil {
		return nil, fmt.Errorf("file shallow: %w", err)
	}
	if len(ends) == 0 {
		return nil, nil
	}
	cuts := make(map[plumbing.Hash]bool, len(ends))
	for _, id := range ends {
		cuts[id] = true
	}
	return cuts, nil
}

// side says from which of two commits a commit was reached.
type side uint8

const (
	fromOne side = 1 << iota
	fromOther
	belowBoth // it comes before one that was reached from both

	fromBoth = fromOne | fromOther
)

// meeting is how the histories of two commits meet.
type meeting struct {
	history *history
	sides   map[plumbing.Hash]side
	queue   []plumbing.Hash // to be gone on from
	shared  []plumbing.Hash // where they met
}

// meet goes back from two commits until all that is left comes before what they have in common. Errors wrap errLongHistory.
// This is paint_down_to_common of git's commit-reach.c.
func (h *history) meet(ctx context.Context, one, other plumbing.Hash) (*meeting, error) {
	m := &meeting{history: h, sides: make(map[plumbing.Hash]side)}
	if err := m.reach(one, fromOne); err != nil {
		return nil, err
	}
	if err := m.reach(other, fromOther); err != nil {
		return nil, err
	}
	for m.unsettled() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		id := h.takeNewest(&m.queue)
		from := m.sides[id]
		if from == fromBoth {
			if !slices.Contains(m.shared, id) {
				m.shared = append(m.shared, id)
			}
			from |= belowBoth
		}
		for _, parent := range h.known[id].parents {
			if err := m.reach(parent, from); err != nil {
				return nil, err
			}
		}
	}
	return m, nil
}

// reach notes from where a commit was reached. It is gone on from again whenever there is something new to that: where clocks are
// wrong, a commit can come before those after it.
func (m *meeting) reach(id plumbing.Hash, from side) error {
	if m.sides[id]&from == from {
		return nil
	}
	if _, err := m.history.past(id); err != nil {
		return err
	}
	m.sides[id] |= from
	m.queue = append(m.queue, id)
	return nil
}

// unsettled says that there may be more to find. In a shallow repository all is looked at: an end that is met is of no
// account only if it comes before what both have.
func (m *meeting) unsettled() bool {
	if len(m.history.cuts) > 0 {
		return len(m.queue) > 0
	}
	return slices.ContainsFunc(m.queue, func(id plumbing.Hash) bool { return m.sides[id]&belowBoth == 0 })
}

// blind says that there is an end of a shallow repository behind which something could be that was reached from one of
// the sides, and is not known to come before what both have.
func (m *meeting) blind(of side) bool {
	for id, from := range m.sides {
		if m.history.known[id].cut && from&of != 0 && from&fromBoth != fromBoth {
			return true
		}
	}
	return false
}

// mergeBases returns the best of the commits that two have in common: those that come before none of the others, newest first; none if they
// have nothing in common. Errors wrap [ErrShallow] where a shallow repository cannot tell, or errLongHistory.
func (h *history) mergeBases(ctx context.Context, one, other plumbing.Hash) ([]plumbing.Hash, error) {
	m, err := h.meet(ctx, one, other)
	if err != nil {
		return nil, err
	}
	if m.blind(fromBoth) {
		return nil, ErrShallow
	}
	best := slices.DeleteFunc(m.shared, func(id plumbing.Hash) bool { return m.sides[id]&belowBoth != 0 })
	// Where clocks are wrong, one can be left that comes before another.
	var worse []plumbing.Hash
	for _, a := range best {
		for _, b := range best {
			if a == b {
				continue
			}
			before, err := h.isAncestor(ctx, a, b)
			if err != nil {
				return nil, err
			}
			if before {
				worse = append(worse, a)
			}
		}
	}
	best = slices.DeleteFunc(best, func(id plumbing.Hash) bool { return slices.Contains(worse, id) })
	slices.SortStableFunc(best, func(a, b plumbing.Hash) int { return cmp.Compare(h.known[b].when, h.known[a].when) })
	return best, nil
}

// isAncestor says whether a commit can be reached from another; each can be from itself. Errors are those of mergeBases.
func (h *history) isAncestor(ctx context.Context, id, of plumbing.Hash) (bool, error) {
	m, err := h.meet(ctx, id, of)
	if err != nil {
		return false, err
	}
	return m.oneIsBefore(id)
}

// oneIsBefore says whether the one commit was reached from the other.
func (m *meeting) oneIsBefore(one plumbing.Hash) (bool, error) {
	// What is on the way between them is below both of them at no point, so nothing of it is left out.
	before := m.sides[one]&fromOther != 0
	if !before && m.blind(fromOther) {
		return false, ErrShallow
	}
	return before, nil
}
