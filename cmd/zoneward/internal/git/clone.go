package git

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	gogit "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
)

// clone is a bare clone of one branch of a remote repository.
//
// Its history is whole. A shallow fetch looks cheaper and is dearer for who polls: each one lets the server send
// all files again. It would also leave no range of commits to verify.
type clone struct {
	location location
	branch   plumbing.ReferenceName // HEAD: whatever the server's HEAD names
	remote   remote
	most     int64 // bytes that it may take
	observe  func(Contact)
	log      *slog.Logger

	home      string // has the clone in it, and for a while the next one or the last one
	temporary bool
	at        *place                 // of the clone, cloneName in home
	renewed   time.Time              // when it was last made anew because of damage
	name      plumbing.ReferenceName // of the branch, as the server said last
	checked   bool                   // that no pack was cut off when the machine last stopped
	growth    growth
	past      []pastClone
	refused   refusedTip
	beside    map[plumbing.ReferenceName]refusedTip // of what is fetched beside the branch
}

const (
	cloneName = "clone.git"

	nextPrefix    = "next-"
	pastPrefix    = "past-"
	scratchPrefix = "tmp-"

	// A clone that is damaged so soon again is not helped by a third one.
	renewEvery = 10 * time.Minute
)

// newClone prepares the directory; "" is a temporary one. There is no clone before newest.
func newClone(loc location, branch plumbing.ReferenceName, from remote, opts RepositoryOptions) (*clone, error) {
	c := &clone{
		location: loc, branch: branch, remote: from,
		most: opts.MaxRepositoryBytes, observe: opts.Observe, log: opts.Logger,
		home: opts.Dir,
	}
	if c.home == "" {
		tmp, err := os.MkdirTemp("", "zoneward-git-*")
		if err != nil {
			return nil, fmt.Errorf("clone %s: %w", loc, err)
		}
		c.home, c.temporary = tmp, true
	}
	c.at = &place{dir: filepath.Join(c.home, cloneName)}
	if err := c.sweep(); err != nil {
		return nil, fmt.Errorf("clone %s: %w", loc, err)
	}
	return c, nil
}

// sweep makes home if it is not there, and removes what a run that was killed left in it.
func (c *clone) sweep() error {
	if err := os.MkdirAll(c.home, 0o700); err != nil {
		return err
	}
	return errors.Join(removeAll(c.home, nextPrefix), removeAll(c.home, pastPrefix), removeAll(c.home, scratchPrefix),
		removeAll(packsOf(c.at.dir), tmpPackPrefix))
}

func (c *clone) place() *place                   { return c.at }
func (c *clone) tipName() plumbing.ReferenceName { return c.name }

func packsOf(dir string) string { return filepath.Join(dir, "objects", "pack") }

func (c *clone) close() error {
	c.remote.close()
	if c.temporary {
		return os.RemoveAll(c.home)
	}
	return c.forget(time.Now().Add(pastKept))
}

func (c *clone) newest(ctx context.Context) (plumbing.Hash, error) {
	if err := c.forget(time.Now()); err != nil {
		c.log.Warn("clone that was replaced cannot be removed", "dir", c.home, "err", err)
	}
	talk, at, err := c.ask(ctx, c.branch)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	defer talk.close()
	c.name = at.name
	if _, err := os.Lstat(c.at.dir); errors.Is(err, os.ErrNotExist) {
		return at.commit, c.replace(ctx, talk, at, dropPast)
	}
	if !c.checked {
		if err := checkPacks(packsOf(c.at.dir)); err != nil {
			return plumbing.ZeroHash, &damageError{c.at.dir, err}
		}
		c.checked = true
	}
	st, err := openStorage(c.at.dir)
	if err != nil {
		return plumbing.ZeroHash, &damageError{c.at.dir, err}
	}
	if tip, err := st.Reference(tipRef); err == nil && tip.Hash() == at.commit {
		c.tidy(ctx, talk, at)
		return at.commit, nil
	}
	if st.HasEncodedObject(at.commit) == nil {
		// The branch was set back, or forth again.
		if err := setRef(c.at.dir, tipRef, at.commit); err != nil {
			return plumbing.ZeroHash, fmt.Errorf("clone %s in %s: %w", c.location, c.at.dir, err)
		}
		return at.commit, nil
	}
	return at.commit, c.update(ctx, talk, at)
}

// update brings the clone to the tip.
func (c *clone) update(ctx context.Context, talk contact, at tip) error {
	err := c.fetch(ctx, talk, at, c.at.dir, opFetch)
	if errors.Is(err, ErrTooLarge) && c.growth.grown(c.at.dir) {
		// Much of what it has may be there several times.
		return c.anew(ctx, keepPast)
	}
	if err != nil {
		if damage := checkStorage(c.at.dir); damage != nil {
			err = &damageError{c.at.dir, damage}
		}
		return err
	}
	if c.growth.tooMuch(c.at.dir) {
		c.makeSmaller(ctx)
	}
	return nil
}

func (c *clone) renew(ctx context.Context, damage error) (plumbing.Hash, error) {
	if since := time.Since(c.renewed); since < renewEvery {
		return plumbing.ZeroHash, fmt.Errorf("clone %s in %s: damaged again, %s after it was made anew: %w",
			c.location, c.at.dir, since.Round(time.Second), damage)
	}
	c.log.Warn("clone is damaged, making it anew", "repository", c.location.String(), "dir", c.at.dir, "err", damage)
	talk, at, err := c.ask(ctx, c.branch)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	defer talk.close()
	if err := c.replace(ctx, talk, at, dropPast); err != nil {
		return plumbing.ZeroHash, err
	}
	c.renewed = time.Now()
	return at.commit, nil
}

// ask begins a contact with the question which commit the branch, or another reference, is at.
func (c *clone) ask(ctx context.Context, name plumbing.ReferenceName) (contact, tip, error) {
	began := time.Now()
	talk, err := c.remote.contact(ctx)
	if err != nil {
		err = c.fetchError(err)
		c.observe(Contact{Operation: opList, Took: time.Since(began), Err: err})
		return nil, tip{}, err
	}
	at, err := talk.list(ctx, name)
	switch {
	case errors.Is(err, ErrNoBranch):
		err = noReference(c.location.String(), name)
	case err != nil:
		err = c.fetchError(err)
	}
	c.observe(Contact{Operation: opList, Took: time.Since(began), Bytes: talk.received(), Err: err})
	if err != nil {
		talk.close()
		return nil, tip{}, err
	}
	return talk, at, nil
}

// fetch brings the tip of the branch into the repository at dir, forced, so that a rewritten branch is as good as one
// that moved on.
func (c *clone) fetch(ctx context.Context, talk contact, at tip, dir, op string) error {
	if err := c.refused.of(at.commit, op); err != nil {
		return err
	}
	err := c.receive(ctx, talk, at, dir, op)
	c.refused.note(at.commit, op, err)
	if err == nil {
		err = setRef(dir, tipRef, at.commit)
	}
	return err
}

// receive brings the tip into the repository at dir. Nothing refers to it there.
func (c *clone) receive(ctx context.Context, talk contact, at tip, dir, op string) error {
	began, had := time.Now(), talk.received()
	err := talk.fetch(ctx, dir, at, c.most-dirSize(dir))
	if err != nil {
		_ = removeAll(packsOf(dir), tmpPackPrefix)
		err = c.fetchError(err)
	} else {
		c.log.Info("fetched", "repository", c.location.String(), "ref", at.name.String(), "commit", at.commit.String())
	}
	c.observe(Contact{Operation: op, Took: time.Since(began), Bytes: talk.received() - had, Err: err})
	return err
}

func (c *clone) fetchError(err error) error { return fmt.Errorf("fetch %s: %w", c.location, err) }

// What becomes of a clone that another one replaces.
type fate bool

const (
	dropPast fate = false
	keepPast fate = true // for a while, for the Trees that were made from it
)

// anew is replace with a contact of its own.
func (c *clone) anew(ctx context.Context, old fate) error {
	talk, at, err := c.ask(ctx, c.branch)
	if err != nil {
		return err
	}
	defer talk.close()
	return c.replace(ctx, talk, at, old)
}

// replace makes a clone beside the one that is there, if any, and puts it in its place when it is whole.
func (c *clone) replace(ctx context.Context, talk contact, at tip, old fate) error {
	// Who cleans temporary directories may have removed it since.
	if err := os.MkdirAll(c.home, 0o700); err != nil {
		return fmt.Errorf("clone %s: %w", c.location, err)
	}
	next, err := os.MkdirTemp(c.home, nextPrefix)
	if err != nil {
		return fmt.Errorf("clone %s: %w", c.location, err)
	}
	defer func() { _ = os.RemoveAll(next) }() // what stays goes at the next start
	if _, err := gogit.PlainInit(next, true); err != nil {
		return fmt.Errorf("clone %s: %w", c.location, err)
	}
	if err := c.fetch(ctx, talk, at, next, opClone); err != nil {
		return err
	}
	if err := c.swap(next, old); err != nil {
		return fmt.Errorf("clone %s: %w", c.location, err)
	}
	c.checked = true
	c.growth.begin(c.at.dir)
	return nil
}
