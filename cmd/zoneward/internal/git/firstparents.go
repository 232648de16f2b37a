package git

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
)

var (
	// ErrRewritten is wrapped where a commit is not in the history of another that is said to come after it: somebody
	// has rewritten the branch.
	ErrRewritten = errors.New("the branch was rewritten: the commit is not in its history")
	// ErrNewBranch is wrapped where the commit before is the one of forty zeroes, which stands for none: the branch is new.
	ErrNewBranch = errors.New("the branch is new: there is no commit before")
)

// Commit is a commit of a repository, for people and to look up what is known of it elsewhere.
type Commit struct {
	ID      string
	Parents []string
	// Author is "Name <address>", and Subject the first line of the message. Both are on one line, without what does not print, and cut off at a
	// reasonable length.
	Author, Subject string
	// Time is the committer's.
	Time time.Time
}

// FirstParents returns the commits that a branch got when it went from before to after, newest first: those along the first parents
// of after that are not in the history of before, so that of each pull request there is the merge, or the commits if it was not merged by one. Both
// are revisions as of [Repository.At].
//
// Errors wrap [ErrNewBranch]; [ErrRewritten] if before is not in the history of after, or not there; [ErrShallow] if a shallow repository cannot
// tell; [ErrNoRevision]; [ErrTooLarge] if more than 10,000 commits would have to be looked at.
func (r *Repository) FirstParents(ctx context.Context, before, after string) ([]Commit, error) {
	fail := func(err error) ([]Commit, error) {
		return nil, fmt.Errorf("commits from %.80q to %.80q: %w", before, after, err)
	}
	if before == plumbing.ZeroHash.String() {
		return fail(ErrNewBranch)
	}
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	done, err := r.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	o, ids, err := r.revisions(ctx, after, before)
	if errors.Is(err, ErrNoRevision) && plumbing.IsHash(before) && !errors.Is(err, ErrShallow) {
		// A clone has no more than the history of the branch.
		if _, _, onlyAfter := r.present([]string{after}); onlyAfter == nil {
			err = fmt.Errorf("%w: %w", ErrRewritten, err)
		}
	}
	if err != nil {
		return fail(err)
	}
	commits, err := firstParents(ctx, o, ids[1], ids[0])
	if err != nil {
		return fail(err)
	}
	return commits, nil
}

func firstParents(ctx context.Context, o *objects, before, after plumbing.Hash) ([]Commit, error) {
	h, err := newShallowHistory(o)
	if err != nil {
		return nil, err
	}
	m, err := h.meet(ctx, before, after)
	if err != nil {
		return nil, err
	}
	if known, err := m.oneIsBefore(before); err != nil || !known {
		return nil, cmp.Or(err, ErrRewritten)
	}
	var commits []Commit
	for at := after; m.sides[at]&fromOne == 0; {
		c, err := o.commit(at)
		if err != nil {
			return nil, err
		}
		one := Commit{ID: at.String(), Author: oneLine(shownAuthor(c.Author)), Time: c.Committer.When}
		for _, parent := range c.ParentHashes {
			one.Parents = append(one.Parents, parent.String())
		}
		subject, _, _ := strings.Cut(strings.TrimSpace(c.Message), "\n")
		one.Subject = oneLine(subject)
		commits = append(commits, one)
		if h.cuts[at] {
			return nil, ErrShallow
		}
		if len(c.ParentHashes) == 0 {
			break
		}
		at = c.ParentHashes[0]
	}
	return commits, nil
}

// IsAncestor says whether a commit is in the history of another one, or is that itself. Both are revisions as of [Repository.At]. One that a
// whole repository does not have is in no history. Errors wrap [ErrShallow] if a shallow repository cannot tell, and [ErrTooLarge] if more
// than 10,000 commits would have to be looked at.
func (r *Repository) IsAncestor(ctx context.Context, commit, of string) (bool, error) {
	fail := func(err error) (bool, error) {
		return false, fmt.Errorf("whether %.80q is in the history of %.80q: %w", commit, of, err)
	}
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	done, err := r.begin(ctx)
	if err != nil {
		return false, err
	}
	defer done()
	o, ids, err := r.revisions(ctx, of, commit)
	if errors.Is(err, ErrNoRevision) && plumbing.IsHash(commit) && !errors.Is(err, ErrShallow) {
		if _, _, onlyOf := r.present([]string{of}); onlyOf == nil {
			return false, nil
		}
	}
	if err != nil {
		return fail(err)
	}
	h, err := newShallowHistory(o)
	if err != nil {
		return fail(err)
	}
	is, err := h.isAncestor(ctx, ids[1], ids[0])
	if err != nil {
		return fail(err)
	}
	return is, nil
}
