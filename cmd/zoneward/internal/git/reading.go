package git

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"syscall"
	"time"
)

// purpose is what a directory is read for.
type purpose int

const (
	digest purpose = iota // the digest alone
	keep                  // the content, too
)

type limits struct{ file, total int64 }

// reading is what was found in a directory, in one walk through it.
type reading struct {
	digest [sha256.Size]byte // of names, kinds and content
	root   *node             // with content if that was to be kept
	files  int               // regular ones, and those with them that are too large
	dirs   []string          // paths below the directory, "." first
	newest time.Time         // the latest modification
}

// errChanged says that something went away, or became something else, while it was read.
var errChanged = errors.New("it changed while it was read")

// readDirectory walks through the directory. Errors wrap [ErrNoPath] or [ErrTooLarge], or are errChanged.
func readDirectory(ctx context.Context, dir string, skip func(string) bool, lim limits, why purpose) (reading, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		if isNoDir(dir) {
			err = ErrNoPath
		}
		return reading{}, err
	}
	defer root.Close()
	info, err := root.Stat(".")
	if err != nil {
		return reading{}, err
	}
	w := &walk{root: root, skip: skip, why: why, limits: lim, digest: sha256.New()}
	children, err := w.dir(ctx, ".", info, nil)
	if err != nil {
		return reading{}, err
	}
	w.found.root = dirNode(".", children)
	w.digest.Sum(w.found.digest[:0])
	return w.found, nil
}

// isNoDir says that there is no directory of this name, and not that it is merely out of reach.
func isNoDir(dir string) bool {
	info, err := os.Stat(dir)
	if err != nil {
		return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
	}
	return !info.IsDir()
}

// walk is a reading that is under way.
type walk struct {
	root    *os.Root
	skip    func(string) bool
	why     purpose
	limits  limits
	digest  hash.Hash
	entries int
	total   int64
	found   reading
}

// dir reads a directory. Above it on the way from the root are those in chain.
func (w *walk) dir(ctx context.Context, at string, info fs.FileInfo, chain []fs.FileInfo) ([]*node, error) {
	if len(chain) >= maxDepth {
		return nil, fmt.Errorf("%w: directories in directories to a depth of %d", ErrTooLarge, maxDepth)
	}
	entries, err := w.list(at)
	if err != nil {
		return nil, err
	}
	w.found.dirs = append(w.found.dirs, at)
	w.note('d', at, info, nil)
	chain = append(slices.Clip(chain), info)
	var nodes []*node
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if hidden(e.Name()) || w.skip(path.Join(at, e.Name())) {
			continue
		}
		if w.entries++; w.entries > maxEntries {
			return nil, fmt.Errorf("%w: more than %d files and directories", ErrTooLarge, maxEntries)
		}
		n, err := w.node(ctx, e, path.Join(at, e.Name()), chain)
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, n)
	}
	return nodes, nil
}

func (w *walk) list(at string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(w.root.FS(), at)
	if err != nil {
		return nil, changedOr(err)
	}
	return entries, nil
}

// changedOr is errChanged for something that was there a moment ago.
func changedOr(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %w", errChanged, err)
	}
	return err
}

// node reads one entry of a directory.
func (w *walk) node(ctx context.Context, e fs.DirEntry, at string, chain []fs.FileInfo) (*node, error) {
	if shown, ok := shownName(e.Name()); !ok {
		return w.refuse(shown, brokenMode, at, nil, errName), nil
	}
	info, err := w.root.Stat(at) // follows a link, as far as the root
	link := e.Type()&fs.ModeSymlink != 0
	switch {
	case err != nil && link:
		return w.refuse(e.Name(), brokenMode, at, nil, err), nil
	case err != nil:
		return nil, changedOr(err)
	case info.IsDir() && link && slices.ContainsFunc(chain, func(above fs.FileInfo) bool { return os.SameFile(above, info) }):
		return w.refuse(e.Name(), brokenMode, at, info, errLinkLoop), nil
	case info.IsDir():
		children, err := w.dir(ctx, at, info, chain)
		return dirNode(e.Name(), children), err
	case !info.Mode().IsRegular():
		return w.refuse(e.Name(), info.Mode().Type()|fileMode, at, info, errNotRegular), nil
	case info.Size() > w.limits.file:
		w.found.files++
		return w.refuse(e.Name(), fileMode, at, info, fmt.Errorf("%w; source.limits.file_bytes raises the limit", &sizeError{info.Size(), w.limits.file})), nil
	}
	w.found.files++
	if w.total += info.Size(); w.total > w.limits.total {
		return nil, fmt.Errorf("%w: with %s all files together have more than %d bytes; source.limits.file_bytes raises that limit too, which is %d times that of a file and 1 GiB at least",
			ErrTooLarge, at, w.limits.total, filesInTotal)
	}
	c, err := w.read(at, info.Size())
	if err != nil {
		return nil, err
	}
	w.note('f', at, info, c.sum[:])
	return &node{name: e.Name(), mode: fileMode, content: c}, nil
}

var errNotRegular = errors.New("not a regular file")

// refuse is something that is there and does not open. The info is nil for a link that leads nowhere.
func (w *walk) refuse(name string, mode fs.FileMode, at string, info fs.FileInfo, err error) *node {
	w.note('x', at, info, nil)
	return &node{name: name, mode: mode, content: refused{err}}
}

// read reads a file that had size octets a moment ago.
func (w *walk) read(at string, size int64) (inMemory, error) {
	// A FIFO that came in the file's place must not block.
	f, err := w.root.OpenFile(at, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return inMemory{}, changedOr(err)
	}
	defer func() { _ = f.Close() }()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return inMemory{}, cmp.Or(err, errChanged)
	}
	var data bytes.Buffer
	sum := sha256.New()
	out := io.Writer(sum)
	if w.why == keep {
		data.Grow(int(size))
		out = io.MultiWriter(sum, &data)
	}
	n, err := io.Copy(out, io.LimitReader(f, size+1))
	if err != nil {
		return inMemory{}, err
	}
	if n != size {
		return inMemory{}, fmt.Errorf("%w: the size of %s", errChanged, at)
	}
	c := inMemory{data: data.Bytes()}
	sum.Sum(c.sum[:0])
	return c, nil
}

// note adds an entry to the digest, such that no two lists of entries look the same in it. The sum is there if the
// kind is 'f'.
func (w *walk) note(kind byte, at string, info fs.FileInfo, sum []byte) {
	if info != nil && info.ModTime().After(w.found.newest) {
		w.found.newest = info.ModTime()
	}
	entry := binary.AppendUvarint([]byte{kind}, uint64(len(at)))
	entry = append(entry, at...)
	w.digest.Write(append(entry, sum...))
}

// inMemory is the content of a file that was read.
type inMemory struct {
	data []byte
	sum  [sha256.Size]byte
}

func (c inMemory) read() ([]byte, error) { return c.data, nil }
func (c inMemory) size() (int64, error)  { return int64(len(c.data)), nil }
func (c inMemory) id() (string, error)   { return fmt.Sprintf("sha256:%x", c.sum), nil }
