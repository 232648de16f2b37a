package git

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"strings"

	gogit "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/storage/filesystem"

	"github.com/zoneward/zoneward/reconcile"
)

// ErrNoRevision is wrapped where a repository has no commit that is called so.
var ErrNoRevision = errors.New("no such commit")

// At returns the tree at a commit that is named as git names it: by its id or the beginning of it, and in a repository on this machine also as "HEAD~2",
// by a branch or a tag; not by what a branch was before ("main@{1}") or follows. Of a remote repository there are the commits of the branch, and those that [Repository.FetchRef] brought. A beginning that several
// commits have names none of them: whoever may propose a commit can choose how its id begins. Errors wrap [ErrNoRevision], and otherwise those of [Repository.Tree].
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
	if err := cmp.Or(notLocal(revision), notAmbiguous(st, revision)); err != nil {
		return plumbing.ZeroHash, fmt.Errorf("%w: %q: %w", ErrNoRevision, revision, err)
	}
	commit, err := repo.ResolveRevision(plumbing.Revision(revision))
	if err != nil {
		err = unresolved(repo, revision, err)
		return plumbing.ZeroHash, fmt.Errorf("%w: %q: %w", ErrNoRevision, revision, err)
	}
	return *commit, nil
}

// generation is a revision that is so many commits before another one.
var generation = regexp.MustCompile(`^(.+)~([0-9]+)?$`)

// unresolved says why there is no commit behind another one, where go-git says no more than that it came to an end.
func unresolved(repo *gogit.Repository, revision string, err error) error {
	ended := errors.Is(err, io.EOF)
	if !ended && !errors.Is(err, plumbing.ErrObjectNotFound) {
		return err
	}
	cut := ""
	if shallow, failed := repo.Storer.Shallow(); failed == nil && len(shallow) > 0 {
		cut = ", in a shallow clone: git fetch --unshallow brings the others"
	}
	found := generation.FindStringSubmatch(revision)
	if found == nil {
		if ended {
			err = errors.New("a commit in it has no such parent")
		}
		return fmt.Errorf("%w%s", err, cut)
	}
	from, failed := repo.ResolveRevision(plumbing.Revision(found[1]))
	if failed != nil {
		return unresolved(repo, found[1], failed)
	}
	before := 0
	for at, failed := repo.CommitObject(*from); failed == nil; before++ {
		if at, failed = at.Parent(0); failed != nil {
			break
		}
	}
	switch before {
	case 0:
		return fmt.Errorf("there is no commit before %s%s", found[1], cut)
	case 1:
		return fmt.Errorf("there is 1 commit before %s%s", found[1], cut)
	}
	return fmt.Errorf("there are %d commits before %s%s", before, found[1], cut)
}

// notLocal says no to what only the work tree that a commit was made in knows: what a branch was before, or follows. go-git passes over all of it, so that
// "main@{1}" would be "main".
func notLocal(revision string) error {
	if strings.Contains(revision, "@{") {
		return errors.New("@{...} is not read here: name a commit, a branch or a tag")
	}
	return nil
}

// abbreviation is the beginning of an id in hex, of the length that git takes, where a revision begins with one.
var abbreviation = regexp.MustCompile(`^([0-9a-f]{4,39})(?:[~^@:]|$)`)

// notAmbiguous says no to the beginning of an id that several commits have.
func notAmbiguous(st *filesystem.Storage, revision string) error {
	found := abbreviation.FindStringSubmatch(revision)
	if found == nil {
		return nil
	}
	octets, err := hex.DecodeString(found[1][:len(found[1])&^1])
	if err != nil {
		return err
	}
	ids, err := st.HashesWithPrefix(octets)
	if err != nil {
		return err
	}
	commits := make(map[plumbing.Hash]bool)
	for _, id := range ids {
		if strings.HasPrefix(id.String(), found[1]) {
			if _, err := st.EncodedObject(plumbing.CommitObject, id); err == nil {
				commits[id] = true
			}
		}
	}
	if len(commits) > 1 {
		return fmt.Errorf("%d commits begin so", len(commits))
	}
	return nil
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
