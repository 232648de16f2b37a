package git

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	gogit "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"

	"github.com/zoneward/zoneward/reconcile"
)

// ErrNoRevision is wrapped where a repository has no commit that is called so.
var ErrNoRevision = errors.New("no such commit")

// At returns the tree at a commit that is named as git names it: by its id or the beginning of it, and in a repository on this machine also as "HEAD~2",
// by a branch or a tag. Of a remote repository there are the commits of the branch. Errors wrap [ErrNoRevision], and otherwise those of [Repository.Tree].
func (r *Repository) At(ctx context.Context, revision string) (reconcile.Tree, error) {
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	done, err := r.begin(ctx)
	if err != nil {
		return reconcile.Tree{}, err
	}
	defer done()
	if _, err := r.origin.newest(ctx); err != nil {
		return reconcile.Tree{}, err
	}
	commit, err := resolve(r.origin.place().dir, revision)
	if err != nil {
		return reconcile.Tree{}, fmt.Errorf("read %s: %w", r.where, err)
	}
	if err := r.load(ctx, commit); err != nil {
		return reconcile.Tree{}, err
	}
	return r.last, nil
}

// resolve returns the commit that a revision is.
func resolve(dir, revision string) (plumbing.Hash, error) {
	st, err := openStorage(dir)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	repo, err := gogit.Open(st, nil)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	commit, err := repo.ResolveRevision(plumbing.Revision(revision))
	if err != nil {
		return plumbing.ZeroHash, fmt.Errorf("%w: %q: %w", ErrNoRevision, revision, err)
	}
	return *commit, nil
}

// Around returns the repository that a directory is in, and where in it the directory is, as [RepositoryOptions] have it. The error wraps [ErrNoRepository]
// if it is in none.
func Around(dir string) (top, path string, err error) {
	fail := func(err error) (string, string, error) { return "", "", fmt.Errorf("directory %s: %w", dir, err) }
	// The top is without links, however the directory is named.
	at, err := filepath.Abs(dir)
	if err == nil {
		at, err = filepath.EvalSymlinks(at)
	}
	if err != nil {
		return fail(err)
	}
	repo, err := gogit.PlainOpenWithOptions(at, &gogit.PlainOpenOptions{DetectDotGit: true, EnableDotGitCommonDir: true})
	if errors.Is(err, gogit.ErrRepositoryNotExists) {
		return fail(fmt.Errorf("it is in no work tree: %w", ErrNoRepository))
	}
	if err != nil {
		return fail(err)
	}
	tree, err := repo.Worktree()
	if err != nil {
		return fail(err)
	}
	top = tree.Filesystem.Root()
	below, err := filepath.Rel(top, at)
	if err != nil {
		return fail(err)
	}
	return top, filepath.ToSlash(below), nil
}
