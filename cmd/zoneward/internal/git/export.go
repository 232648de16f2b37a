package git

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
)

// maxExported is how many files one Export writes.
const maxExported = 10_000

// Export writes regular files of a commit into the directory dir, which is there and should be empty: those for whose path in the whole repository keep says
// so. It is a revision as of [Repository.At]. Files are for this user alone, whatever their mode in the commit, and never executable.
//
// Nothing else is written: no symbolic link, no submodule, and nothing below a name that could mean something else to a file system or to git (".", "..", ".git" in any case; with a
// slash, a backslash, a colon or what does not print in it; that is not UTF-8). No file that is there is written over.
//
// Errors wrap [ErrTooLarge] if there are more than maxBytes in them together, more than 10,000, or one is larger than the source allows. After an error some may be
// there. It is for the configuration and what stands beside it; the source is read as [Repository.At] gives it.
func (r *Repository) Export(ctx context.Context, commit, dir string, keep func(path string) bool, maxBytes int64) error {
	fail := func(err error) error { return fmt.Errorf("export %.80q of %s: %w", commit, r.where, err) }
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	done, err := r.begin(ctx)
	if err != nil {
		return err
	}
	defer done()
	o, ids, err := r.revisions(ctx, commit)
	if err != nil {
		return fail(err)
	}
	c, err := o.commit(ids[0])
	if err != nil {
		return fail(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fail(err)
	}
	defer root.Close()
	e := &export{objects: o, root: root, keep: keep, maxFile: r.maxFile, left: maxBytes}
	if err := e.dir(ctx, c.TreeHash, "", 0); err != nil {
		return fail(err)
	}
	return nil
}

// export is an Export that is under way.
type export struct {
	objects *objects
	root    *os.Root
	keep    func(path string) bool
	maxFile int64
	left    int64 // bytes

	entries int // that were looked at
	files   int // that were written
}

func (e *export) dir(ctx context.Context, tree plumbing.Hash, at string, depth int) error {
	if depth >= maxDepth {
		return errDeep
	}
	entries, err := e.objects.tree(tree)
	if err != nil {
		return err
	}
	if e.entries += len(entries); e.entries > maxEntries {
		return errManyEntries
	}
	for _, entry := range entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !isSafeName(entry.Name) {
			continue
		}
		name := path.Join(at, entry.Name)
		switch isFile := entry.Mode.IsRegular() || entry.Mode == filemode.Executable; {
		case entry.Mode == filemode.Dir:
			err = e.dir(ctx, entry.Hash, name, depth+1)
		case isFile && e.keep(name):
			err = e.file(entry.Hash, name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (e *export) file(id plumbing.Hash, name string) (err error) {
	if e.files++; e.files > maxExported {
		return fmt.Errorf("%w: more than %d files", ErrTooLarge, maxExported)
	}
	data, err := e.objects.read(plumbing.BlobObject, id, min(e.left, e.maxFile))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	e.left -= int64(len(data))
	if err := e.root.MkdirAll(path.Dir(name), 0o700); err != nil {
		return err
	}
	file, err := e.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	return errors.Join(err, file.Close())
}

// isSafeName says whether a name of a tree means a file of that name on every file system, and nothing to git.
func isSafeName(name string) bool {
	if !utf8.ValidString(name) || name == "" || name == "." || name == ".." || len(name) > 255 {
		return false
	}
	// HFS+ leaves these out of names: ".g\u200cit" is ".git" there.
	ignored := strings.ContainsFunc(name, func(r rune) bool {
		return !unicode.IsPrint(r) || strings.ContainsRune(`/\:`, r)
	})
	// NTFS takes GIT~1 for .git, and drops dots and spaces at the end.
	plain := strings.ToLower(strings.TrimRight(name, ". "))
	return !ignored && plain != ".git" && plain != "git~1" && plain != ""
}
