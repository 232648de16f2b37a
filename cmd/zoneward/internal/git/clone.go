package git

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	gogit "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/config"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/storer"
	"github.com/go-git/go-git/v5/plumbing/transport"
	"github.com/go-git/go-git/v5/plumbing/transport/http"
	"github.com/go-git/go-git/v5/storage"
)

// clone is a bare clone of one branch of a remote repository.
//
// Its history is whole. A shallow fetch looks cheaper and is dearer for who polls: each one lets the server send
// all files again, and go-git never repacks. It would also leave no range of commits to verify.
type clone struct {
	location location
	branch   plumbing.ReferenceName // HEAD: whatever the server's HEAD names
	token    func() (string, error)
	log      *slog.Logger

	home      string // has the clone in it, and for a while the next one or the last one
	temporary bool
	renewed   time.Time // when it was last made anew because of damage
	checked   bool      // that no pack was cut off when the machine last stopped
}

const (
	cloneName = "clone.git"

	nextPrefix    = "next-"
	pastPrefix    = "past-"
	tmpPackPrefix = "tmp_pack_" // go-git's

	// tipRef is where the clone keeps the tip of the branch, whatever that is called.
	tipRef = plumbing.ReferenceName("refs/zoneward/tip")

	// A clone that is damaged so soon again is not helped by a third one.
	renewEvery = 10 * time.Minute
)

// newClone prepares home; "" is a temporary directory. There is no clone before newest.
func newClone(loc location, branch plumbing.ReferenceName, home string, token func() (string, error), log *slog.Logger) (*clone, error) {
	c := &clone{location: loc, branch: branch, token: token, log: log, home: home}
	if home == "" {
		tmp, err := os.MkdirTemp("", "zoneward-git-*")
		if err != nil {
			return nil, fmt.Errorf("clone %s: %w", loc, err)
		}
		c.home, c.temporary = tmp, true
		return c, nil
	}
	if err := os.MkdirAll(home, 0o700); err != nil {
		return nil, fmt.Errorf("clone %s: %w", loc, err)
	}
	// What a run that was killed left.
	err := errors.Join(removeAll(home, nextPrefix), removeAll(home, pastPrefix), removeAll(c.packs(), tmpPackPrefix))
	if err != nil {
		return nil, fmt.Errorf("clone %s: %w", loc, err)
	}
	return c, nil
}

func (c *clone) dir() string   { return filepath.Join(c.home, cloneName) }
func (c *clone) packs() string { return filepath.Join(c.dir(), "objects", "pack") }

func (c *clone) close() error {
	if c.temporary {
		return os.RemoveAll(c.home)
	}
	return nil
}

func (c *clone) newest(ctx context.Context) (plumbing.Hash, error) {
	auth, err := c.auth()
	if err != nil {
		return plumbing.ZeroHash, err
	}
	name, commit, err := c.list(ctx, auth)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	if _, err := os.Lstat(c.dir()); errors.Is(err, os.ErrNotExist) {
		return c.replace(ctx, auth, name)
	}
	if !c.checked {
		if err := checkPacks(c.packs()); err != nil {
			return plumbing.ZeroHash, &damageError{c.dir(), err}
		}
		c.checked = true
	}
	st, err := openStorage(c.dir())
	if err != nil {
		return plumbing.ZeroHash, &damageError{c.dir(), err}
	}
	if tip, err := st.Reference(tipRef); err == nil && tip.Hash() == commit {
		return commit, nil
	}
	tip, err := c.fetch(ctx, st, auth, name)
	if err != nil {
		if damage := checkStorage(c.dir()); damage != nil {
			err = &damageError{c.dir(), damage}
		}
	}
	return tip, err
}

func (c *clone) renew(ctx context.Context, damage error) (plumbing.Hash, error) {
	if since := time.Since(c.renewed); since < renewEvery {
		return plumbing.ZeroHash, fmt.Errorf("clone %s in %s: damaged again, %s after it was made anew: %w",
			c.location, c.dir(), since.Round(time.Second), damage)
	}
	c.log.Warn("clone is damaged, making it anew", "repository", c.location.String(), "dir", c.dir(), "err", damage)
	auth, err := c.auth()
	if err != nil {
		return plumbing.ZeroHash, err
	}
	name, _, err := c.list(ctx, auth)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	tip, err := c.replace(ctx, auth, name)
	if err == nil {
		c.renewed = time.Now()
	}
	return tip, err
}

// replace makes a clone beside the one that is there, if any, and puts it in its place when it is whole.
func (c *clone) replace(ctx context.Context, auth transport.AuthMethod, name plumbing.ReferenceName) (tip plumbing.Hash, err error) {
	next, err := os.MkdirTemp(c.home, nextPrefix)
	if err != nil {
		return plumbing.ZeroHash, fmt.Errorf("clone %s: %w", c.location, err)
	}
	defer func() { _ = os.RemoveAll(next) }() // what stays goes at the next start
	if _, err := gogit.PlainInit(next, true); err != nil {
		return plumbing.ZeroHash, fmt.Errorf("clone %s: %w", c.location, err)
	}
	st, err := openStorage(next)
	if err != nil {
		return plumbing.ZeroHash, fmt.Errorf("clone %s: %w", c.location, err)
	}
	if tip, err = c.fetch(ctx, st, auth, name); err != nil {
		return plumbing.ZeroHash, err
	}
	past, err := os.MkdirTemp(c.home, pastPrefix)
	if err != nil {
		return plumbing.ZeroHash, fmt.Errorf("clone %s: %w", c.location, err)
	}
	defer func() { _ = os.RemoveAll(past) }()
	if err := os.Rename(c.dir(), filepath.Join(past, cloneName)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return plumbing.ZeroHash, fmt.Errorf("clone %s: %w", c.location, err)
	}
	if err := os.Rename(next, c.dir()); err != nil {
		return plumbing.ZeroHash, fmt.Errorf("clone %s: %w", c.location, err)
	}
	return tip, nil
}

// list asks the server which commit the branch is at.
func (c *clone) list(ctx context.Context, auth transport.AuthMethod) (plumbing.ReferenceName, plumbing.Hash, error) {
	refs, err := c.remote(nil).ListContext(ctx, &gogit.ListOptions{Auth: auth})
	if errors.Is(err, transport.ErrEmptyRemoteRepository) {
		return "", plumbing.ZeroHash, noBranch(c.location.String(), c.branch)
	}
	if err != nil {
		return "", plumbing.ZeroHash, c.fetchError(err)
	}
	byName := make(map[plumbing.ReferenceName]*plumbing.Reference, len(refs))
	for _, ref := range refs {
		byName[ref.Name()] = ref
	}
	ref := byName[c.branch]
	if ref != nil && ref.Type() == plumbing.SymbolicReference {
		ref = byName[ref.Target()]
	}
	if ref == nil || ref.Type() != plumbing.HashReference {
		return "", plumbing.ZeroHash, noBranch(c.location.String(), c.branch)
	}
	return ref.Name(), ref.Hash(), nil
}

// fetch brings the branch into the storage, forced, so that a rewritten branch is as good as one that moved on.
func (c *clone) fetch(ctx context.Context, st storage.Storer, auth transport.AuthMethod, name plumbing.ReferenceName) (plumbing.Hash, error) {
	err := c.remote(st).FetchContext(ctx, &gogit.FetchOptions{
		RefSpecs: []config.RefSpec{config.RefSpec("+" + name.String() + ":" + tipRef.String())},
		Auth:     auth,
		Tags:     gogit.NoTags,
	})
	if err != nil && !errors.Is(err, gogit.NoErrAlreadyUpToDate) {
		// go-git leaves the part of the pack that came.
		_ = removeAll(c.packs(), tmpPackPrefix)
		if _, ok := errors.AsType[gogit.NoMatchingRefSpecError](err); ok {
			return plumbing.ZeroHash, noBranch(c.location.String(), c.branch)
		}
		return plumbing.ZeroHash, c.fetchError(err)
	}
	tip, err := storer.ResolveReference(st, tipRef)
	if err != nil {
		return plumbing.ZeroHash, c.fetchError(err)
	}
	c.log.Info("fetched", "repository", c.location.String(), "commit", tip.Hash().String())
	return tip.Hash(), nil
}

// remote is the repository at the server. It is not written to the clone's configuration.
func (c *clone) remote(st storage.Storer) *gogit.Remote {
	return gogit.NewRemote(st, &config.RemoteConfig{Name: "origin", URLs: []string{c.location.url}})
}

func (c *clone) auth() (transport.AuthMethod, error) {
	user, password := c.location.user, c.location.password
	if c.token != nil {
		var err error
		if password, err = c.token(); err != nil {
			return nil, fmt.Errorf("token for %s: %w", c.location, err)
		}
		if password == "" {
			return nil, fmt.Errorf("token for %s: it is empty", c.location)
		}
		if user == "" {
			user = "x-access-token"
		}
	}
	if user == "" && password == "" {
		return nil, nil
	}
	return &http.BasicAuth{Username: user, Password: password}, nil
}

// fetchError turns what go-git reports into the errors of this package, without the text of the server, which may be
// a whole web page.
func (c *clone) fetchError(err error) error {
	switch {
	case errors.Is(err, transport.ErrAuthenticationRequired), errors.Is(err, transport.ErrAuthorizationFailed):
		err = ErrAuth
	case errors.Is(err, transport.ErrRepositoryNotFound):
		err = ErrNoRepository
	}
	return fmt.Errorf("fetch %s: %w", c.location, err)
}

// checkStorage reads as much of the clone as a fetch builds on.
func checkStorage(dir string) error {
	o, err := openObjects(dir)
	if err != nil {
		return err
	}
	tip, err := o.storage.Reference(tipRef)
	if err != nil {
		return err
	}
	c, err := o.commit(tip.Hash())
	if err != nil {
		return err
	}
	_, err = o.tree(c.TreeHash)
	return err
}

// checkPacks says whether each pack ends in the checksum that it is named by.
func checkPacks(dir string) error {
	packs, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range packs {
		name, ok := strings.CutSuffix(strings.TrimPrefix(e.Name(), "pack-"), ".pack")
		if !ok {
			continue
		}
		end, err := lastBytes(filepath.Join(dir, e.Name()), sha1.Size)
		if err != nil {
			return err
		}
		if hex.EncodeToString(end) != name {
			return fmt.Errorf("%s is cut off", e.Name())
		}
	}
	return nil
}

func lastBytes(path string, n int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	end := make([]byte, min(n, info.Size()))
	_, err = f.ReadAt(end, info.Size()-int64(len(end)))
	return end, err
}

// removeAll removes what is in dir, if there is one, with a name that begins with prefix.
func removeAll(dir, prefix string) error {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	var errs []error
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), prefix) {
			errs = append(errs, os.RemoveAll(filepath.Join(dir, e.Name())))
		}
	}
	return errors.Join(errs...)
}
