package git

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/zoneward/zoneward/reconcile"
)

// ErrUnrelated is wrapped where two commits have no history in common.
var ErrUnrelated = errors.New("no history in common")

// Proposed is what a branch would be if another were merged into it.
type Proposed struct {
	// Base is the branch as it is. It has no files if there is no source directory in it, or nothing in that.
	Base reconcile.Tree
	// Head is the branch as it would be. Its Author and Time are those of the newest commit that is proposed. Its Revision is that commit
	// if the branch would be as that is, and otherwise the ids of BaseCommit and HeadCommit with a "+" between them.
	Head reconcile.Tree
	// BaseCommit and HeadCommit are the commits that were asked about. MergeBase is the one from which the head parted: BaseCommit if all of
	// that is in the head, and of several the newest.
	BaseCommit, HeadCommit, MergeBase string
	// Files are the paths of which the base and the proposed tree have something else, sorted: of the whole repository, also those outside the source
	// directory. They are for people, and to be compared: names that are not UTF-8 have U+FFFD in them.
	Files []string
	// Conflicts are those of Files that both sides changed, to something else each. Head has them as the head commit has them, which is not
	// what a merge would make of them. In a merge that git makes, changes of different lines of one file are no conflict: to have the plan of that,
	// propose the merge commit.
	Conflicts []string
}

// Proposed returns what the branch at commit base would be after head is merged into it. Both are revisions as of [Repository.At]; of a remote
// repository those of [Repository.FetchRef] too.
//
// If all of base is in head already, or head is a merge whose first parent is base, that is head as it is. Otherwise it is base with the
// files laid over it that head has changed since the two parted: added, removed, with another content or mode, or made something else; to rename is to remove
// and to add. Where they parted at several points, which happens when branches were merged into each other crosswise, a file of which those points have
// something else counts as changed by both.
//
// Errors wrap [ErrNoRevision]; [ErrUnrelated]; [ErrShallow] if a shallow repository lacks what is needed to tell; [ErrNoPath] or [ErrEmpty] if no
// source directory would be left, or nothing in it; [ErrTooLarge].
func (r *Repository) Proposed(ctx context.Context, base, head string) (Proposed, error) {
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	done, err := r.begin(ctx)
	if err != nil {
		return Proposed{}, err
	}
	defer done()
	p, err := r.proposed(ctx, base, head)
	if err != nil {
		return Proposed{}, fmt.Errorf("propose %.80q to %.80q: %w", head, base, err)
	}
	return p, nil
}

func (r *Repository) proposed(ctx context.Context, base, head string) (Proposed, error) {
	o, ids, err := r.revisions(ctx, base, head)
	if err != nil {
		return Proposed{}, err
	}
	onto, err := o.commit(ids[0])
	if err != nil {
		return Proposed{}, r.failed(ids[0], err)
	}
	from, err := o.commit(ids[1])
	if err != nil {
		return Proposed{}, r.failed(ids[1], err)
	}
	merged, err := merge(ctx, o, onto, from)
	if err != nil {
		return Proposed{}, err
	}
	p := Proposed{
		BaseCommit: onto.Hash.String(), HeadCommit: from.Hash.String(), MergeBase: merged.parted.String(), Conflicts: merged.conflicts,
	}
	if p.Base, err = r.treeOf(ctx, o, onto, onto.TreeHash); errors.Is(err, ErrNoPath) || errors.Is(err, ErrEmpty) {
		p.Base, err = emptyTree(onto), nil
	}
	if err != nil {
		return Proposed{}, err
	}
	if p.Head, err = r.treeOf(ctx, o, from, merged.tree); err != nil {
		return Proposed{}, err
	}
	if !merged.asIs {
		p.Head.Revision = p.BaseCommit + "+" + p.HeadCommit
	}
	p.Files, err = differing(ctx, o, onto.TreeHash, merged.tree)
	return p, err
}

// emptyTree is the source at a commit that does not have the directory.
func emptyTree(c *object.Commit) reconcile.Tree {
	return reconcile.Tree{
		FS:       &snapshot{root: dirNode(".", nil), time: c.Committer.When},
		Revision: c.Hash.String(), Author: c.Author.String(), Time: c.Committer.When,
	}
}

// revisions returns the repository's objects and the commits that are called so. What is not there may be new on the branch, so a server is
// asked then.
func (r *Repository) revisions(ctx context.Context, revisions ...string) (*objects, []plumbing.Hash, error) {
	o, ids, err := r.present(revisions)
	from, remote := r.origin.(*clone)
	if err == nil || !remote {
		return o, ids, err
	}
	if _, err := from.newest(ctx); err != nil {
		return nil, nil, err
	}
	return r.present(revisions)
}

func (r *Repository) present(revisions []string) (*objects, []plumbing.Hash, error) {
	o, err := openPlace(r.origin.place())
	if err != nil {
		return nil, nil, fmt.Errorf("read %s: %w", r.where, err)
	}
	var ids []plumbing.Hash
	for _, revision := range revisions {
		id, err := resolve(o.place.dir, revision)
		if err != nil {
			cuts, cutsErr := o.cuts()
			if len(cuts) > 0 {
				err = fmt.Errorf("%w: %w", ErrShallow, err)
			}
			return nil, nil, fmt.Errorf("read %s: %w", r.where, errors.Join(err, cutsErr))
		}
		ids = append(ids, id)
	}
	return o, ids, nil
}

// merged is what is made of two commits.
type merged struct {
	tree      plumbing.Hash // in the repository, or made
	asIs      bool          // it is the head's
	parted    plumbing.Hash
	conflicts []string
}

// merge lays what head changed over base. The trees that no repository has are added to the objects.
func merge(ctx context.Context, o *objects, base, head *object.Commit) (merged, error) {
	asIs := merged{tree: head.TreeHash, asIs: true, parted: base.Hash}
	// In a shallow repository this may be all that can be seen.
	if len(head.ParentHashes) > 1 && head.ParentHashes[0] == base.Hash {
		return asIs, nil
	}
	h, err := newShallowHistory(o)
	if err != nil {
		return merged{}, err
	}
	parted, err := h.mergeBases(ctx, base.Hash, head.Hash)
	switch {
	case err != nil:
		return merged{}, err
	case len(parted) == 0:
		return merged{}, ErrUnrelated
	case slices.Contains(parted, base.Hash):
		return asIs, nil
	}
	l := &overlay{objects: o, made: make(map[plumbing.Hash][]object.TreeEntry)}
	var before []plumbing.Hash
	for _, id := range parted {
		before = append(before, h.known[id].tree)
	}
	tree, err := l.tree(ctx, before, base.TreeHash, head.TreeHash, nil)
	if err != nil {
		return merged{}, err
	}
	if tree == plumbing.ZeroHash {
		l.made[tree] = nil
	}
	o.made = l.made
	slices.Sort(l.conflicts)
	return merged{tree: tree, parted: parted[0], conflicts: l.conflicts}, nil
}
