package git

import (
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
)

const (
	// A reference changes in one rename. What comes shortly after it is its log, or another reference of the same push.
	refDebounce = 20 * time.Millisecond

	maxRefHops  = 5        // symbolic references in a row, as git follows them
	maxRefBytes = 64 << 10 // of a file that names a reference or a directory
)

// refView is what there is to watch of the repository at path, bare or with a work tree, to know when the branch
// comes to another commit: files and directories of the repository by which it says so, and none of its objects.
// See gitrepository-layout(5).
func refView(path string, branch plumbing.ReferenceName) view {
	points, git, common := gitDirs(path)
	// What packs references moves them there. The other is how reftables come to have a new state.
	points[filepath.Join(common, "packed-refs")] = true
	points[filepath.Join(common, "reftable", "tables.list")] = true
	name := branch
	for range maxRefHops {
		dir := common
		if name == plumbing.HEAD {
			dir = git // each work tree has its own
		}
		at := dir
		for _, elem := range elements(name.String()) {
			at = filepath.Join(at, elem)
			points[at] = true
		}
		target, ok := pointer(at, "ref: ")
		if !ok || !strings.HasPrefix(target, "refs/") || !fs.ValidPath(target) {
			break
		}
		name = plumbing.ReferenceName(target)
	}
	return view{points: points}
}

// gitDirs returns the directory that has the repository's HEAD, the one that has its branches, and the points on the
// way there. They differ for a linked work tree (git-worktree(1)), whose .git is a file.
func gitDirs(path string) (points map[string]bool, git, common string) {
	points, at := trail(path)
	dotGit, git := trail(filepath.Join(at, ".git"))
	maps.Copy(points, dotGit)
	info, err := os.Stat(git)
	switch {
	case err != nil: // a bare repository, or none yet
		git = at
	case !info.IsDir():
		target, _ := pointer(git, "gitdir: ")
		git = follow(points, at, target)
	}
	common = git
	if target, ok := pointer(filepath.Join(git, "commondir"), ""); ok {
		common = follow(points, git, target)
	}
	return points, git, common
}

// follow returns where the path, which may be relative to dir, leads, and adds the points on the way.
func follow(points map[string]bool, dir, path string) string {
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	more, real := trail(path)
	maps.Copy(points, more)
	return real
}

// pointer returns what the file says after the prefix, and whether it says anything.
func pointer(file, prefix string) (string, bool) {
	f, err := os.OpenFile(file, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a FIFO must not block
	if err != nil {
		return "", false
	}
	defer func() { _ = f.Close() }()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return "", false
	}
	data := make([]byte, maxRefBytes)
	n, err := io.ReadFull(f, data)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return "", false // there is nothing in it, or too much
	}
	line, _, _ := strings.Cut(string(data[:n]), "\n")
	target, ok := strings.CutPrefix(line, prefix)
	return strings.TrimSpace(target), ok && target != ""
}
