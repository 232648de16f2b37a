// Package git reads zones repositories: a [Repository] is a [reconcile.Source] on a branch of a git repository,
// a [Directory] is one on a plain directory.
//
// Both give the same files for the same content: what a plan in a checkout says is what the daemon does at the
// commit. Names that begin with a dot are left out. Symbolic links are followed as far as the source's root: a
// link shows as what it leads to, file or directory. One that leaves the root, is absolute, loops or leads nowhere
// is listed as a symbolic link that does not open, so that a file which cannot be read is never taken for one
// that is gone. A name that is not UTF-8 is listed with U+FFFD in it, and does not open either.
//
// The [io/fs.FS] of a tree has, beside the interfaces of io/fs, a method BlobID(name string) (string, error): what
// the content of a file is known by. Files with equal ids have equal content, in whatever tree they are.
package git

import (
	"errors"
	"log/slog"
)

// What is wrong with a source. The errors of this package that wrap one of these say where, too.
var (
	// ErrNoRepository: there is no repository at the URL, or the credentials don't show it.
	ErrNoRepository = errors.New("repository not found")
	// ErrAuth: the server refuses the credentials, or wants some.
	ErrAuth = errors.New("access denied")
	// ErrHostKey: an SSH server shows a key that is not the one it is known by, or is not known.
	ErrHostKey = errors.New("host key not accepted")
	// ErrNoBranch: the repository does not have the branch.
	ErrNoBranch = errors.New("no such branch")
	// ErrNoReference: the repository does not have the reference, which is no branch.
	ErrNoReference = errors.New("no such reference")
	// ErrShallow: the question needs commits that a shallow repository has left out.
	ErrShallow = errors.New("the repository is shallow, and the commits that it lacks are needed: fetch all of them (actions/checkout: fetch-depth: 0; git fetch --unshallow)")
	// ErrNoPath: the source directory does not exist.
	ErrNoPath = errors.New("no such directory")
	// ErrEmpty: the source directory has no regular file in it. That is a mistake more often than a wish to retire
	// everything, so it is not a state to act upon.
	ErrEmpty = errors.New("no regular file in the source directory")
	// ErrUnstable: the directory changed each time it was read.
	ErrUnstable = errors.New("directory keeps changing")
	// ErrTooLarge: a file, or all of them together, or the repository, are larger than the source allows.
	ErrTooLarge = errors.New("too large")
)

// What a source allows, to keep a hostile or mistaken repository from taking all memory.
const (
	defaultMaxFileBytes = 64 << 20
	leastTotalBytes     = 1 << 30   // of all files of a directory together
	filesInTotal        = 4         // files of the largest size that there may be in a directory, if that is more
	maxEntries          = 1_000_000 // files and directories, each counted as often as links show it
	maxDepth            = 100       // directories in one path
)

func logger(l *slog.Logger) *slog.Logger {
	if l == nil {
		return slog.New(slog.DiscardHandler)
	}
	return l
}
