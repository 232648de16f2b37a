package git

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"

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
	branch  atomic.Pointer[string]

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
	// fetchRef returns the commit of a reference that is not the branch, and has it at hand where newest has the branch's.
	fetchRef(ctx context.Context, name plumbing.ReferenceName) (plumbing.Hash, error)
	// tipName is the name of what newest returned the tip of: HEAD where that names no branch.
	tipName() plumbing.ReferenceName
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
	if opts.Dir != "" { // git runs in another directory
		if opts.Dir, err = filepath.Abs(opts.Dir); err != nil {
			return nil, fmt.Errorf("repository %s: %w", loc, err)
		}
	}
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
	if err == nil {
		r.branch.Store(new(branchName(r.origin.tipName())))
	}
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

// Branch is the name of the branch that [Repository.Tree] read last, as the server has it now if the options name none. It is "" before, and where HEAD
// names no branch.
func (r *Repository) Branch() string {
	if name := r.branch.Load(); name != nil {
		return *name
	}
	return ""
}

func branchName(name plumbing.ReferenceName) string {
	if !name.IsBranch() {
		return ""
	}
	return name.Short()
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
	o, err := openPlace(r.origin.place())
	if err != nil {
		return r.failed(commit, err)
	}
	c, err := o.commit(commit)
	if err != nil {
		return r.failed(commit, err)
	}
	tree, err := r.treeOf(ctx, o, c, c.TreeHash)
	if err != nil {
		return err
	}
	r.objects, r.last = o, tree
	return nil
}

// treeOf returns a tree of the repository, with what is known of the commit: its own, or one that was made of it.
func (r *Repository) treeOf(ctx context.Context, o *objects, c *object.Commit, tree plumbing.Hash) (reconcile.Tree, error) {
	snap, err := treeSnapshot(ctx, o, tree, r.path, r.maxFile, c.Committer.When)
	if err != nil {
		if r.path != "" {
			err = fmt.Errorf("%s: %w", r.path, err)
		}
		return reconcile.Tree{}, r.failed(c.Hash, err)
	}
	return reconcile.Tree{FS: snap, Revision: c.Hash.String(), Author: c.Author.String(), Time: c.Committer.When}, nil
}

// failed says that the commit could not be read.
func (r *Repository) failed(commit plumbing.Hash, err error) error {
	return fmt.Errorf("read %s at %.12s: %w", r.where, commit, err)
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
