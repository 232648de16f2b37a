package git

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sync"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/zoneward/zoneward/reconcile"
)

// SignatureMode is which commits have to be signed.
type SignatureMode string

const (
	// HeadSigned is the one at the tip: whoever signs it answers for all before it.
	HeadSigned SignatureMode = "head"
	// RangeSigned is each that came since, as far as it touches what is asked about.
	RangeSigned SignatureMode = "range"
)

// SignatureOptions say which commits have to be signed, and by whom.
type SignatureOptions struct {
	Mode SignatureMode
	// Keys returns the keys that are trusted: see [KeyFiles]. It is called at each Vet, so that a key that is taken away is trusted no more.
	Keys func() ([]KeyText, error)
}

// Vetter is a [reconcile.Vetter] for the commits of a repository.
type Vetter struct {
	repository *Repository
	mode       SignatureMode
	texts      func() ([]KeyText, error)
	now        func() time.Time

	mu       sync.Mutex
	keys     *keyring
	verdicts *lru.Cache[plumbing.Hash, reconcile.Doubt] // by keys; without a reason for those that are trusted
}

var _ reconcile.Vetter = (*Vetter)(nil)

// maxVerdicts is how many commits a Vetter remembers what was found of.
const maxVerdicts = 20_000

// NewVetter checks the options and that the keys can be read. It reads the commits that the repository has when it is asked: the tree of the revision has to
// have been fetched by [Repository.Tree].
func NewVetter(r *Repository, opts SignatureOptions) (*Vetter, error) {
	switch opts.Mode {
	case HeadSigned, RangeSigned:
	default:
		return nil, fmt.Errorf("signatures: %q is neither %q nor %q", opts.Mode, HeadSigned, RangeSigned)
	}
	v := &Vetter{repository: r, mode: opts.Mode, texts: opts.Keys, now: time.Now}
	if _, _, err := v.trusted(); err != nil {
		return nil, err
	}
	return v, nil
}

// trusted returns the keys as they are now, and what was found by them.
func (v *Vetter) trusted() (*keyring, *lru.Cache[plumbing.Hash, reconcile.Doubt], error) {
	texts, err := v.texts()
	if err != nil {
		return nil, nil, fmt.Errorf("keys that are trusted: %w", err)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.keys != nil && v.keys.digest == keysDigest(texts) {
		return v.keys, v.verdicts, nil
	}
	keys, err := newKeyring(texts)
	if err != nil {
		return nil, nil, fmt.Errorf("keys that are trusted: %w", err)
	}
	verdicts, err := lru.New[plumbing.Hash, reconcile.Doubt](maxVerdicts)
	if err != nil {
		return nil, nil, err
	}
	v.keys, v.verdicts = keys, verdicts
	return keys, verdicts, nil
}

// Vet judges the commit revision if the mode is [HeadSigned] or since is empty, whatever it touches. Otherwise those are judged that can be reached from
// revision and not from since, and that touch one of the paths: that have something else at it than the commit before. A merge touches a path
// unless it has there what a merge without a conflict has: what one parent has, where the others have not touched it since they parted. A path that is, or
// lies behind, a symbolic link is touched by every commit.
//
// It is an error if since is not in the history of revision, since then nobody can say what came between them, and if there are too many commits. What
// is wrong with the newest commit comes first.
func (v *Vetter) Vet(ctx context.Context, since, revision string, paths []string) ([]reconcile.Doubt, error) {
	r := v.repository
	fail := func(err error) ([]reconcile.Doubt, error) {
		return nil, fmt.Errorf("vet the commits of %s: %w", r.where, err)
	}
	keys, verdicts, err := v.trusted()
	if err != nil {
		return fail(err)
	}
	tip, err := commitID(revision)
	if err != nil {
		return fail(err)
	}
	for _, p := range paths {
		if !fs.ValidPath(p) {
			return fail(fmt.Errorf("path %q: it is not a path inside the repository", p))
		}
	}
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	select {
	case r.turn <- struct{}{}:
		defer func() { <-r.turn }()
	case <-ctx.Done():
		return fail(ctx.Err())
	}
	if r.closed {
		return fail(fs.ErrClosed)
	}
	o, err := openPlace(r.origin.place())
	if err != nil {
		return fail(err)
	}
	commits := []plumbing.Hash{tip}
	if v.mode == RangeSigned && since != "" {
		if commits, err = touching(ctx, o, since, tip, r.path, paths); err != nil {
			return fail(err)
		}
	}
	var doubts []reconcile.Doubt
	for _, id := range commits {
		if err := ctx.Err(); err != nil {
			return fail(err)
		}
		doubt, known := verdicts.Get(id)
		if !known {
			var passing bool
			if doubt, passing, err = judge(o, keys, id, v.now()); err != nil {
				return fail(err)
			}
			if !passing {
				verdicts.Add(id, doubt)
			}
		}
		if doubt.Reason != "" {
			doubts = append(doubts, doubt)
		}
	}
	return doubts, nil
}

// judge reads a commit and says what is to be said of it, and whether that changes with time.
func judge(o *objects, keys *keyring, id plumbing.Hash, now time.Time) (reconcile.Doubt, bool, error) {
	raw, err := o.read(plumbing.CommitObject, id, maxCommitBytes)
	if err != nil {
		return reconcile.Doubt{}, false, err
	}
	c, err := parseSigned(raw)
	if err != nil {
		return reconcile.Doubt{}, false, fmt.Errorf("commit %s: %w", id, err)
	}
	found := keys.judge(c, now)
	return reconcile.Doubt{
		Commit: id.String(), Author: c.author, Fingerprint: found.fingerprint, Reason: found.reason,
	}, found.passing, nil
}

// touching returns the commits from since to tip that touch one of the paths, which are below dir, newest first.
func touching(ctx context.Context, o *objects, since string, tip plumbing.Hash, dir string, paths []string) ([]plumbing.Hash, error) {
	from, err := commitID(since)
	if err != nil {
		return nil, err
	}
	h := newHistory(o)
	commits, err := h.between(ctx, from, tip)
	if errors.Is(err, errNotBefore) {
		err = fmt.Errorf("the commit %s, which was applied last, is not in the history of %s: nobody can say what came since", from, tip)
	}
	if err != nil || len(paths) == 0 {
		return commits, err
	}
	below := make([]string, len(paths))
	for i, p := range paths {
		below[i] = path.Join(dir, p)
	}
	t := &toucher{history: h, paths: below}
	return t.touching(ctx, from, tip, commits)
}

func commitID(hex string) (plumbing.Hash, error) {
	if !plumbing.IsHash(hex) {
		return plumbing.ZeroHash, fmt.Errorf("%.80q is not the id of a commit", hex)
	}
	return plumbing.NewHash(hex), nil
}
