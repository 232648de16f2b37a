package git

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"path"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/zoneward/zoneward/reconcile"
)

// RepositoryOptions say which repository, and which part of it, is the source.
type RepositoryOptions struct {
	// URL is https://, http:// or file://, or the path of a local repository, bare or with a work tree. A local
	// repository is read where it is. A user and a password in it are sent to the server, and never shown.
	URL string
	// Branch is the name of a branch; "" is the one that the repository's HEAD names.
	Branch string
	// Path is the directory in the repository that is the source's root, with slashes; "" is the whole of it.
	Path string
	// Dir is where the bare clone of a remote repository is kept, made if need be, for one Repository at a time.
	// "" is a temporary directory, which Close removes.
	Dir string
	// Token, if set, returns the password for the server. It is called before each contact with the server, since
	// tokens expire. The user is the one in the URL, or x-access-token, which GitHub, GitLab and Gitea accept.
	Token func() (string, error)
	// Timeout bounds one Tree, with the fetch in it; 0 is two minutes.
	Timeout time.Duration
	// Watch asks for hints of what happens to the branch of a local repository. A remote one is only polled.
	Watch bool
	// MaxFileBytes is the size above which a file does not open; 0 is 64 MiB.
	MaxFileBytes int64
	// Logger is told of fetches and of damage repaired; nil is nobody.
	Logger *slog.Logger
}

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
	// dir is the repository that has what newest returned.
	dir() string
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
	branch := plumbing.HEAD
	if opts.Branch != "" {
		branch = plumbing.NewBranchReferenceName(opts.Branch)
		if err := branch.Validate(); err != nil {
			return nil, fmt.Errorf("repository %s: branch %q: %w", loc, opts.Branch, err)
		}
	}
	r := &Repository{
		where:   loc.String(),
		path:    root,
		timeout: opts.Timeout,
		maxFile: opts.MaxFileBytes,
		turn:    make(chan struct{}, 1),
	}
	if r.timeout <= 0 {
		r.timeout = 2 * time.Minute
	}
	if r.maxFile <= 0 {
		r.maxFile = defaultMaxFileBytes
	}
	if loc.path != "" {
		l := newLocal(loc.path, branch, opts.Watch, logger(opts.Logger))
		r.origin, r.hints = l, l.watcher.changed()
		return r, nil
	}
	if loc.cleartext() && (opts.Token != nil || loc.password != "") {
		return nil, fmt.Errorf("repository %s: the password would be sent in clear text: use https", loc)
	}
	if r.origin, err = newClone(loc, branch, opts.Dir, opts.Token, logger(opts.Logger)); err != nil {
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

// Tree returns the branch as it is now, and the same Tree again as long as it is at the same commit. Errors wrap
// [ErrNoRepository], [ErrAuth], [ErrNoBranch], [ErrNoPath], [ErrEmpty] or [ErrTooLarge] where that is what is wrong.
// The files of a Tree open until Close, and for as long as the repository keeps the commit.
func (r *Repository) Tree(ctx context.Context) (reconcile.Tree, error) {
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	select {
	case r.turn <- struct{}{}:
		defer func() { <-r.turn }()
	case <-ctx.Done():
		return reconcile.Tree{}, fmt.Errorf("read %s: %w", r.where, ctx.Err())
	}
	if r.closed {
		return reconcile.Tree{}, fmt.Errorf("read %s: %w", r.where, fs.ErrClosed)
	}
	commit, err := r.origin.newest(ctx)
	if err == nil && r.last.Revision == commit.String() {
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

// load makes last the tree at the commit.
func (r *Repository) load(ctx context.Context, commit plumbing.Hash) error {
	where := fmt.Sprintf("read %s at %.12s", r.where, commit)
	o, err := openObjects(r.origin.dir())
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
