package review

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/store"
	"github.com/zoneward/zoneward/zonefile"
)

// HeadRef returns what names the reference of the head of a pull request at a forge of a kind.
func HeadRef(kind forge.Kind) func(number int64) string {
	format := "refs/pull/%d/head"
	if kind == forge.GitLab {
		format = "refs/merge-requests/%d/head"
	}
	return func(number int64) string { return fmt.Sprintf(format, number) }
}

// lookTimeout is how long the forge and the branch may take to be asked.
const lookTimeout = 5 * time.Minute

// look finds what nobody has told: pull requests that are new, have other commits, or are closed, and a branch that has moved.
func (w *Worker) look(ctx context.Context) {
	limited, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	err := w.find(limited)
	w.mu.Lock()
	defer w.mu.Unlock()
	s, now := &w.state, time.Now()
	s.looking, s.looked, s.lookErr = false, now, err
	if err == nil {
		s.lookFailures = 0
		return
	}
	s.lookFailures++
	wait := min(pause(s.lookFailures, err), w.Interval)
	s.lookAt = now.Add(wait)
	if ctx.Err() == nil {
		w.Log.Warn("open pull requests cannot be listed", "err", err, "again_in", wait)
	}
}

func (w *Worker) find(ctx context.Context) error {
	tree, err := w.Repository.Tree(ctx)
	if err != nil {
		return err
	}
	open, err := w.open(ctx)
	if err != nil {
		return err
	}
	missed, err := w.missed(ctx)
	if err != nil {
		return err
	}
	touched := w.touchedSince(ctx, tree.Revision)
	w.mu.Lock()
	defer w.mu.Unlock()
	s, now := &w.state, time.Now()
	isOpen := map[int64]bool{}
	for _, found := range open {
		isOpen[found.Number] = true
		p := s.know(found.Number, w.MaxPulls)
		switch {
		case p == nil:
			w.Log.Warn("pull request is not planned: too many are open", "pull", found.Number, "most", w.MaxPulls)
		case p.head != "" && p.head != found.Head.Commit:
			p.supersede()
			p.want(now, w.Spacing)
		case p.cancel != nil || !p.due.IsZero():
		case p.done.head != found.Head.Commit:
			p.want(now, w.Spacing)
		case p.done.base != tree.Revision && p.done.holds(touched):
			p.done.base = tree.Revision
		case p.done.base != tree.Revision:
			s.staleAt = later(s.staleAt, now)
			p.wantAt(later(s.staleAt, p.began.Add(w.Spacing)))
			s.staleAt = s.staleAt.Add(w.StaleSpacing)
		}
	}
	for _, number := range append(s.numbers(), missed...) {
		if p := s.know(number, w.MaxPulls); p != nil && !isOpen[number] {
			p.want(now, w.Spacing)
		}
	}
	s.recalled = true
	return nil
}

// touchedSince returns what the branch has touched up to a commit, by the commits that plans hold for. Of many pull requests most were planned onto the same one, so
// that is found out once for all of them; what nobody can tell is not there.
func (w *Worker) touchedSince(ctx context.Context, base string) map[string][]zonefile.Name {
	if w.Touched == nil {
		return nil
	}
	since := map[string]bool{}
	w.mu.Lock()
	for _, p := range w.state.pulls {
		if p.cancel == nil && p.due.IsZero() && p.done.base != "" && p.done.base != base && !p.done.all && len(p.done.zones) > 0 {
			since[p.done.base] = true
		}
	}
	w.mu.Unlock()
	touched := map[string][]zonefile.Name{}
	for from := range since {
		if names, err := w.Touched(ctx, from, base); err == nil {
			touched[from] = names
		}
	}
	return touched
}

// open returns the open pull requests that go to the branch, the newest first, and no more of them than there is a place for.
func (w *Worker) open(ctx context.Context) ([]pulls.Pull, error) {
	branch := w.Repository.Branch()
	var open []pulls.Pull
	for found, err := range w.Host.OpenPulls(ctx) {
		if err != nil {
			return nil, err
		}
		if !isOurs(found, branch) {
			continue
		}
		if open = append(open, found); len(open) == w.MaxPulls {
			break
		}
	}
	return open, nil
}

// isOurs reports whether a pull request goes to the branch. A branch without a name is any.
func isOurs(p pulls.Pull, branch string) bool { return branch == "" || p.Base.Name == branch }

// missed are, the first time, the pull requests that were open when the program ended last.
func (w *Worker) missed(ctx context.Context) ([]int64, error) {
	w.mu.Lock()
	recalled := w.state.recalled
	w.mu.Unlock()
	if recalled {
		return nil, nil
	}
	kept, err := w.Reviews.Reviews(ctx, store.ReviewQuery{Context: w.Context, Open: true})
	var numbers []int64
	for _, review := range kept {
		numbers = append(numbers, int64(review.Pull))
	}
	return numbers, err
}

// changed is what is known of a pull request, as an event.
func changed(p pulls.Pull) forge.PullEvent {
	e := forge.PullEvent{Number: p.Number, Action: forge.PullChanged, Head: forge.Tip{Branch: p.Head.Name, Commit: p.Head.Commit}}
	if p.State != pulls.Opened {
		e.Action = forge.PullClosed
	}
	return e
}

const (
	firstPause = 5 * time.Second
	// longestPause is the one after failures that go on. That nobody may set a status, or that a token is not taken, does not mend itself either.
	longestPause = 30 * time.Minute
)

// pause is how long to wait after so many failures in a row.
func pause(failures int, err error) time.Duration {
	if errors.Is(err, pulls.ErrForbidden) || errors.Is(err, pulls.ErrToken) || errors.Is(err, pulls.ErrInvalid) {
		failures += 5
	}
	wait := min(firstPause<<min(failures-1, 20), longestPause)
	if busy, ok := errors.AsType[*pulls.Error](err); ok {
		wait = max(wait, min(busy.After, longestPause))
	}
	return wait
}
