package git

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	gogit "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/storer"
)

// local is a repository on this machine. It is read where it is: go-git fetches from a path by running git, which
// need not be installed.
type local struct {
	path    string
	at      place // path
	branch  plumbing.ReferenceName
	name    plumbing.ReferenceName // of the branch, as it was read last
	watcher *watcher               // nil: poll only
}

// newLocal starts to watch the repository, which need not exist yet, if that is wanted and possible.
func newLocal(path string, branch plumbing.ReferenceName, watched bool, log *slog.Logger) *local {
	l := &local{path: path, at: place{dir: path}, branch: branch}
	if watched {
		var err error
		if l.watcher, err = watch(l.view, refDebounce, log); err != nil {
			log.Warn("repository cannot be watched, it is only polled", "dir", path, "err", err)
		}
	}
	return l
}

func (l *local) view() view { return refView(l.path, l.branch) }

func (l *local) place() *place                   { return &l.at }
func (l *local) tipName() plumbing.ReferenceName { return l.name }
func (l *local) close() error                    { return l.watcher.close() }

func (l *local) newest(context.Context) (plumbing.Hash, error) {
	if l.watcher != nil {
		l.watcher.show(l.view())
	}
	st, err := openStorage(l.path)
	if errors.Is(err, gogit.ErrRepositoryNotExists) {
		return plumbing.ZeroHash, fmt.Errorf("read %s: %w", l.path, ErrNoRepository)
	}
	if err != nil {
		return plumbing.ZeroHash, fmt.Errorf("read %s: %w", l.path, err)
	}
	ref, err := storer.ResolveReference(st, l.branch)
	if errors.Is(err, plumbing.ErrReferenceNotFound) {
		return plumbing.ZeroHash, noReference(l.path, l.branch)
	}
	if err != nil {
		return plumbing.ZeroHash, fmt.Errorf("read %s: branch %s: %w", l.path, l.branch.Short(), err)
	}
	l.name = ref.Name()
	return ref.Hash(), nil
}

// renew can only look again: the repository is somebody else's.
func (l *local) renew(ctx context.Context, _ error) (plumbing.Hash, error) { return l.newest(ctx) }

func noReference(where string, name plumbing.ReferenceName) error {
	switch {
	case name == plumbing.HEAD:
		return fmt.Errorf("read %s: %w: its HEAD names none that exists", where, ErrNoBranch)
	case name.IsBranch():
		return fmt.Errorf("read %s: %w: %s", where, ErrNoBranch, name.Short())
	}
	return fmt.Errorf("read %s: %w: %s", where, ErrNoReference, name)
}
