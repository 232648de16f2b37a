package git

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/zoneward/zoneward/reconcile"
)

// Repository is a [reconcile.Source] on a branch of a git repository. Files are read from the commit's blobs; there
// is no work tree.
type Repository struct {
	origin  origin
	where   string // for errors: the repository, and nothing secret
	path    string
	timeout time.Duration
	maxFile int64
	hints   <-chan struct{} // nil: poll only

	turn    chan struct{} // held by the one who uses what is below
	closed  bool
	last    reconcile.Tree
	objects *objects // of last
}

var _ reconcile.Source = (*Repository)(nil)

// origin is where commits come from. It is used by one goroutine at a time.
type origin interface {
	// newest returns the commit at the tip of the branch, and has it at hand. A *damageError is for renew.
	newest(ctx context.Context) (plumbing.Hash, error)
	// renew does what can be done about damage, and then the same as newest.
	renew(ctx context.Context, damage error) (plumbing.Hash, error)
	// place is where the repository is that has what newest returned.
	place() *place
	close() error
}

// OpenRepository checks the options and, for a remote repository, makes the directory of the clone. The repository
// itself is not looked at before [Repository.Tree].
func OpenRepository(opts RepositoryOptions) (*Repository, error) {
	loc, err := parseLocation(opts.URL)
	if err != nil {
		return nil, err
	}
	root, err := sourceRoot(opts.Path)
	if err != nil {
		return nil, fmt.Errorf("repository %s: %w", loc, err)
	}
	opts = opts.withDefaults()
	branch, err := opts.branch()
	if err != nil {
		return nil, fmt.Errorf("repository %s: %w", loc, err)
	}
	remote, err := newRemote(loc, opts)
	if err != nil {
		return nil, fmt.Errorf("repository %s: %w", loc, err)
	}
	r := &Repository{
		where:   loc.String(),
		path:    root,
		timeout: opts.Timeout,
		maxFile: opts.MaxFileBytes,
		turn:    make(chan struct{}, 1),
	}
	if loc.path != "" && opts.Implementation == GoGit {
		l := newLocal(loc.path, branch, opts.Watch, opts.Logger)
		r.origin, r.hints = l, l.watcher.changed()
		return r, nil
	}
	if r.origin, err = newClone(loc, branch, remote, opts); err != nil {
		return nil, err
	}
	return r, nil
}

// sourceRoot is the path of a directory in a repository, "" for the root.
func sourceRoot(p string) (string, error) {
	clean := path.Clean(p)
	switch {
	case clean == ".":
		return "", nil
	case !fs.ValidPath(clean):
		return "", fmt.Errorf("path %q: it is not a path inside the repository", p)
	}
	return clean, nil
}

// Tree returns the branch as it is now, and the same Tree again as long as it is at the same commit and read from the
// same clone. Errors wrap [ErrNoRepository], [ErrAuth], [ErrNoBranch], [ErrNoPath], [ErrEmpty] or [ErrTooLarge] where
// that is what is wrong.
// The files of a Tree open until Close, and for as long as the repository keeps the commit: a clone keeps what a
// rewritten branch has lost for half an hour at least.
func (r *Repository) Tree(ctx context.Context) (reconcile.Tree, error) {
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	done, err := r.begin(ctx)
	if err != nil {
		return reconcile.Tree{}, err
	}
	defer done()
	commit, err := r.origin.newest(ctx)
	if err == nil && r.last.Revision == commit.String() && r.objects.place == r.origin.place() {
		if err = r.objects.damage(); err == nil {
			return r.last, nil
		}
	}
	if err == nil {
		err = r.load(ctx, commit)
	}
	if damage := damageIn(err); damage != nil {
		if commit, err = r.origin.renew(ctx, damage); err == nil {
			err = r.load(ctx, commit)
		}
	}
	if err != nil {
		return reconcile.Tree{}, err
	}
	return r.last, nil
}

// begin waits for the turn of who uses the repository, which lasts until done is called.
func (r *Repository) begin(ctx context.Context) (done func(), err error) {
	select {
	case r.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, fmt.Errorf("read %s: %w", r.where, ctx.Err())
	}
	done = func() { <-r.turn }
	if r.closed {
		done()
		return nil, fmt.Errorf("read %s: %w", r.where, fs.ErrClosed)
	}
	return done, nil
}

// load makes last the tree at the commit.
func (r *Repository) load(ctx context.Context, commit plumbing.Hash) error {
	where := fmt.Sprintf("read %s at %.12s", r.where, commit)
	o, err := openPlace(r.origin.place())
	if err != nil {
		return fmt.Errorf("%s: %w", where, err)
	}
	c, err := o.commit(commit)
	if err != nil {
		return fmt.Errorf("%s: %w", where, err)
	}
	if r.path != "" {
		where += ": " + r.path
	}
	snap, err := commitSnapshot(ctx, o, c, r.path, r.maxFile)
	if err != nil {
		return fmt.Errorf("%s: %w", where, err)
	}
	r.objects = o
	r.last = reconcile.Tree{FS: snap, Revision: commit.String(), Author: c.Author.String(), Time: c.Committer.When}
	return nil
}

// Changed is nil if the repository is not watched.
func (r *Repository) Changed() <-chan struct{} { return r.hints }

// Close removes a temporary clone. It waits for a Tree that is under way.
func (r *Repository) Close() error {
	r.turn <- struct{}{}
	defer func() { <-r.turn }()
	if r.closed {
		return nil
	}
	r.closed = true
	return r.origin.close()
}
