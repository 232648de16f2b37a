package git

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/storer"
	"github.com/go-git/go-git/v5/storage/filesystem"
)

// FetchRef brings the commit that a forge keeps for a pull request, with its history, and returns its id. The reference is
// refs/pull/N/head or refs/pull/N/merge at GitHub, Gitea and Forgejo, refs/merge-requests/N/head or refs/merge-requests/N/merge at
// GitLab. It is not the branch: [Repository.Tree] is what it was. A repository on this machine has to have the reference.
//
// The commit can be named to [Repository.Proposed] and [Repository.At] until the clone is made anew, which happens when it has grown or is
// damaged; FetchRef brings it again then, and costs no more than a question to the server as long as the commit is there. Trees
// that were made of it open as long as those of the branch.
//
// What comes is bounded as what comes of the branch. Errors wrap [ErrNoReference] if there is none, and otherwise those of [Repository.Tree].
func (r *Repository) FetchRef(ctx context.Context, ref string) (commit string, err error) {
	if !IsPullRef(ref) {
		return "", fmt.Errorf("fetch %s: %.80q is not the reference of a pull request, such as refs/pull/12/head", r.where, ref)
	}
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	done, err := r.begin(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	id, err := r.origin.fetchRef(ctx, plumbing.ReferenceName(ref))
	if err != nil {
		return "", err
	}
	return id.String(), nil
}

var pullRef = regexp.MustCompile(`^refs/(pull|merge-requests)/[1-9][0-9]{0,17}/(head|merge)$`)

// IsPullRef reports whether a reference is one that FetchRef takes.
func IsPullRef(ref string) bool { return pullRef.MatchString(ref) }

func (l *local) fetchRef(_ context.Context, name plumbing.ReferenceName) (plumbing.Hash, error) {
	o, err := openPlace(&l.at)
	if err != nil {
		return plumbing.ZeroHash, fmt.Errorf("read %s: %w", l.path, err)
	}
	ref, err := storer.ResolveReference(o.storage, name)
	if errors.Is(err, plumbing.ErrReferenceNotFound) {
		return plumbing.ZeroHash, noReference(l.path, name)
	}
	if err == nil {
		_, err = o.commit(ref.Hash())
	}
	if err != nil {
		return plumbing.ZeroHash, fmt.Errorf("read %s: %s: %w", l.path, name, err)
	}
	return ref.Hash(), nil
}

// fetchRef has the clone of the branch first: a pull request has most of its commits in common with it.
func (c *clone) fetchRef(ctx context.Context, name plumbing.ReferenceName) (plumbing.Hash, error) {
	if _, err := os.Lstat(c.at.dir); err != nil || !c.checked {
		_, err := c.newest(ctx)
		// What is wrong with a pull request is never a reason to make the clone anew.
		if damage := damageIn(err); damage != nil {
			_, err = c.renew(ctx, damage)
		}
		if err != nil {
			return plumbing.ZeroHash, err
		}
	}
	refused := c.beside[name].commit
	commit, err := c.fetchBeside(ctx, name)
	if errors.Is(err, ErrTooLarge) && commit != refused && c.growth.grown(c.at.dir) && time.Since(c.growth.tried) >= renewEvery {
		// Much of what the clone has may be of pull requests that are over.
		c.makeSmaller(ctx)
		delete(c.beside, name)
		commit, err = c.fetchBeside(ctx, name)
	}
	if err != nil {
		return plumbing.ZeroHash, err
	}
	if err := keepFetched(c.at.dir, name, commit); err != nil {
		return plumbing.ZeroHash, fmt.Errorf("clone %s in %s: %w", c.location, c.at.dir, err)
	}
	return commit, nil
}

// fetchBeside has the commit of the reference in the clone. It returns the commit with the error, too, if the server names one.
func (c *clone) fetchBeside(ctx context.Context, name plumbing.ReferenceName) (plumbing.Hash, error) {
	talk, at, err := c.ask(ctx, name)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	defer talk.close()
	st, err := openStorage(c.at.dir)
	if err != nil {
		return plumbing.ZeroHash, fmt.Errorf("clone %s in %s: %w", c.location, c.at.dir, err)
	}
	if st.HasEncodedObject(at.commit) == nil {
		return at.commit, checkCommit(c.at.dir, at.commit)
	}
	before := c.beside[name]
	if err := before.of(at.commit, opFetch); err != nil {
		return at.commit, err
	}
	err = c.receive(ctx, talk, at, c.at.dir, opFetch)
	c.noteBeside(name, at.commit, err)
	return at.commit, err
}

// noteBeside remembers that a reference needs too much.
func (c *clone) noteBeside(name plumbing.ReferenceName, commit plumbing.Hash, err error) {
	delete(c.beside, name)
	if !errors.Is(err, ErrTooLarge) {
		return
	}
	if c.beside == nil || len(c.beside) >= maxFetched {
		c.beside = make(map[plumbing.ReferenceName]refusedTip)
	}
	var r refusedTip
	r.note(commit, opFetch, err)
	c.beside[name] = r
}

const (
	// fetchedPrefix begins the names under which a clone keeps the commits of pull requests. What follows is a number, which
	// is larger the later the commit was fetched, and the rest of the reference's name.
	fetchedPrefix = "refs/zoneward/fetched/"
	// maxFetched is how many of them are kept.
	maxFetched = 256
)

// keepFetched has the clone keep a commit under the name of a reference, in place of the one that it kept before. When there are too many,
// the one that was fetched first is no longer kept.
func keepFetched(dir string, name plumbing.ReferenceName, commit plumbing.Hash) error {
	st, err := openStorage(dir)
	if err != nil {
		return err
	}
	all := fetchedIn(st)
	suffix := "-" + strings.ReplaceAll(strings.TrimPrefix(name.String(), "refs/"), "/", "-")
	isSame := func(ref *plumbing.Reference) bool { return strings.HasSuffix(ref.Name().String(), suffix) }
	number := 0
	if n := len(all); n > 0 {
		if newest := all[n-1]; isSame(newest) && newest.Hash() == commit {
			return nil
		}
		// What somebody else has put there has no number: it begins anew.
		_, _ = fmt.Sscanf(strings.TrimPrefix(all[n-1].Name().String(), fetchedPrefix), "%d-", &number)
	}
	kept := plumbing.ReferenceName(fmt.Sprintf("%s%012d%s", fetchedPrefix, number+1, suffix))
	if err := st.SetReference(plumbing.NewHashReference(kept, commit)); err != nil {
		return err
	}
	var errs []error
	others := slices.DeleteFunc(slices.Clone(all), isSame)
	for _, ref := range all {
		if isSame(ref) || slices.Contains(others[:max(len(others)+1-maxFetched, 0)], ref) {
			errs = append(errs, st.RemoveReference(ref.Name()))
		}
	}
	return errors.Join(errs...)
}

// fetchedIn returns what the clone keeps of pull requests, by when it was fetched. A clone that is damaged has less.
func fetchedIn(st *filesystem.Storage) []*plumbing.Reference {
	refs, err := st.IterReferences()
	if err != nil {
		return nil
	}
	var found []*plumbing.Reference
	_ = refs.ForEach(func(ref *plumbing.Reference) error {
		if ref.Type() == plumbing.HashReference && strings.HasPrefix(ref.Name().String(), fetchedPrefix) {
			found = append(found, ref)
		}
		return nil
	})
	slices.SortFunc(found, func(a, b *plumbing.Reference) int { return cmp.Compare(a.Name(), b.Name()) })
	return found
}
