package git

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"
)

// maxHistory bounds the commits that are looked at to answer one question.
const maxHistory = 10_000

var (
	errNotBefore   = errors.New("not in the history")
	errLongHistory = fmt.Errorf("%w: more than %d commits to look at", ErrTooLarge, maxHistory)
)

// history is what is known of the commits of a repository: what they come after, and what they hold.
type history struct {
	objects *objects
	known   map[plumbing.Hash]*past
	limit   int
	cuts    map[plumbing.Hash]bool // where a shallow repository ends; nil: to meet an end is damage
}

type past struct {
	parents []plumbing.Hash
	tree    plumbing.Hash
	when    int64 // the committer's time, Unix
	cut     bool  // the repository lacks the parents, which are none then
}

func newHistory(o *objects) *history {
	return &history{objects: o, known: make(map[plumbing.Hash]*past), limit: maxHistory}
}

// past reads a commit. Errors wrap errLongHistory.
func (h *history) past(id plumbing.Hash) (*past, error) {
	if p, ok := h.known[id]; ok {
		return p, nil
	}
	if len(h.known) >= h.limit {
		return nil, errLongHistory
	}
	raw, err := h.objects.read(plumbing.CommitObject, id, maxCommitBytes)
	if err != nil {
		return nil, err
	}
	c, err := decodeCommit(raw)
	if err != nil {
		return nil, fmt.Errorf("commit %s: %w", id, err)
	}
	p := &past{parents: c.ParentHashes, tree: c.TreeHash, when: c.Committer.When.Unix()}
	if h.cuts[id] {
		p.cut, p.parents = true, nil
	}
	h.known[id] = p
	return p, nil
}

// between returns the commits that can be reached from tip and not from since, newest first. Errors wrap errNotBefore
// if since cannot be reached from tip, or is not there.
func (h *history) between(ctx context.Context, since, tip plumbing.Hash) ([]plumbing.Hash, error) {
	if h.objects.lacks(since) {
		return nil, errNotBefore
	}
	w, err := h.walk(ctx, since, tip)
	if err != nil {
		return nil, err
	}
	if !w.reached {
		return nil, errNotBefore
	}
	return w.found(), nil
}

// without returns the commits that can be reached from tip and not from other, newest first.
func (h *history) without(ctx context.Context, other, tip plumbing.Hash) ([]plumbing.Hash, error) {
	w, err := h.walk(ctx, other, tip)
	if err != nil {
		return nil, err
	}
	return w.found(), nil
}

// walk goes back from two commits at once, from the newest to the oldest, until all that is left has been reached from
// the one that is left out.
func (h *history) walk(ctx context.Context, leftOut, tip plumbing.Hash) (*commitWalk, error) {
	w := &commitWalk{history: h, out: make(map[plumbing.Hash]bool), reached: leftOut == tip}
	if err := errors.Join(w.reach(tip, false), w.reach(leftOut, true)); err != nil {
		return nil, err
	}
	for w.unsettled() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		id := h.takeNewest(&w.queue)
		out := w.out[id]
		if !out {
			w.order = append(w.order, id)
		}
		for _, parent := range h.known[id].parents {
			w.reached = w.reached || parent == leftOut
			if err := w.reach(parent, out); err != nil {
				return nil, err
			}
		}
	}
	return w, nil
}

// commitWalk is a walk that is under way.
type commitWalk struct {
	history *history
	out     map[plumbing.Hash]bool // of those that were reached: that they are left out
	queue   []plumbing.Hash        // to be gone on from
	order   []plumbing.Hash        // gone on from when they were not left out
	reached bool                   // the one that is left out, from the tip
}

// reach notes that a commit was reached. One that was reached before and is left out now is gone on from once more:
// where clocks are wrong, a commit can come before those after it.
func (w *commitWalk) reach(id plumbing.Hash, out bool) error {
	before, seen := w.out[id]
	if seen && (before || !out) {
		return nil
	}
	if _, err := w.history.past(id); err != nil {
		return err
	}
	w.out[id] = out
	w.queue = append(w.queue, id)
	return nil
}

// unsettled says that there may be more to find. What is not is on the safe side: a commit too many.
func (w *commitWalk) unsettled() bool {
	return slices.ContainsFunc(w.queue, func(id plumbing.Hash) bool { return !w.out[id] })
}

func (w *commitWalk) found() []plumbing.Hash {
	return slices.DeleteFunc(w.order, func(id plumbing.Hash) bool { return w.out[id] })
}

// takeNewest takes the newest commit from a queue.
func (h *history) takeNewest(queue *[]plumbing.Hash) plumbing.Hash {
	newest := 0
	for i, id := range *queue {
		if h.known[id].when > h.known[(*queue)[newest]].when {
			newest = i
		}
	}
	id := (*queue)[newest]
	*queue = slices.Delete(*queue, newest, newest+1)
	return id
}

// lacks says that there is no such object, as against one that cannot be read.
func (o *objects) lacks(id plumbing.Hash) bool {
	_, err := o.size(id)
	return errors.Is(err, plumbing.ErrObjectNotFound)
}
