package reconcile

import (
	"context"
	"io/fs"
	"time"
)

// Tree is one state of the zones repository: the files, and where they come from.
type Tree struct {
	// FS holds the source directory as its root. It never changes: a later state is another Tree.
	// Symbolic links that leave the source directory do not open.
	FS fs.FS
	// Revision names the state: a git commit id in hex, or "sha256:" and the digest of a directory's content.
	Revision string
	// Author and Time say who made the state and when. They are empty and zero for a directory outside git.
	Author string
	Time   time.Time
}

// Source gives the desired state: a git repository, or a directory.
// Its methods may be called concurrently.
type Source interface {
	// Tree reads the newest state. It is the whole of it or an error: a repository that cannot be reached, a branch
	// or directory that is gone, and a directory that changes while it is read are errors, never an empty tree.
	Tree(ctx context.Context) (Tree, error)

	// Changed delivers a hint that Tree may have something new to give. Hints are merged and may be lost, so a caller
	// polls as well. It is nil where the source can only be polled.
	Changed() <-chan struct{}

	// Close ends what the source started, and removes what it kept on disk for itself alone.
	Close() error
}
