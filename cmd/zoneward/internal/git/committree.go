package git

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// Bounds on following symbolic links, as Linux has them (path_resolution(7)).
const (
	maxLinkHops  = 40
	maxLinkBytes = 4096
)

var (
	errLinkAbsolute = errors.New("symbolic link to an absolute path")
	errLinkLeaves   = errors.New("symbolic link that leaves the source directory")
	errLinkLoop     = errors.New("symbolic links in a loop")
	errLinkNowhere  = errors.New("symbolic link to something that does not exist")
	errLinkTooLong  = errors.New("symbolic link with a target that is too long")
	errManyEntries  = fmt.Errorf("%w: more than %d files and directories", ErrTooLarge, maxEntries)
	errDeep         = fmt.Errorf("%w: directories in directories to a depth of %d", ErrTooLarge, maxDepth)
	errSubmodule    = errors.New("a submodule, which is not fetched")
)

// treeSnapshot lists the directory dir ("" is the root) of a tree, with files of the time when. The blobs are read when
// they are opened. Errors wrap [ErrNoPath], [ErrEmpty] or [ErrTooLarge], or are a *damageError.
func treeSnapshot(ctx context.Context, o *objects, tree plumbing.Hash, dir string, maxFile int64, when time.Time) (*snapshot, error) {
	root, err := subtree(o, tree, dir)
	if err != nil {
		return nil, err
	}
	c := &collector{objects: o, root: root, maxFile: maxFile}
	children, err := c.dir(ctx, root, "", nil)
	if err != nil {
		return nil, err
	}
	if c.files == 0 {
		return nil, ErrEmpty
	}
	return &snapshot{root: dirNode(".", children), time: when}, nil
}

// subtree is the tree at dir below the tree root. It follows no links.
func subtree(o *objects, root plumbing.Hash, dir string) (plumbing.Hash, error) {
	at := root
	if dir == "" {
		return at, nil
	}
	for elem := range strings.SplitSeq(dir, "/") {
		entries, err := o.tree(at)
		if err != nil {
			return plumbing.ZeroHash, err
		}
		entry, ok := entryNamed(entries, elem)
		if !ok {
			return plumbing.ZeroHash, ErrNoPath
		}
		if entry.Mode != filemode.Dir {
			return plumbing.ZeroHash, fmt.Errorf("%w: %q is not a directory", ErrNoPath, elem)
		}
		at = entry.Hash
	}
	return at, nil
}

func entryNamed(entries []object.TreeEntry, name string) (object.TreeEntry, bool) {
	i := slices.IndexFunc(entries, func(e object.TreeEntry) bool { return e.Name == name })
	if i < 0 {
		return object.TreeEntry{}, false
	}
	return entries[i], true
}

// collector makes the nodes of a tree. Paths in it are below the source's root, "" for the root itself, and have no
// links in them.
type collector struct {
	objects *objects
	root    plumbing.Hash
	maxFile int64

	entries int
	files   int
	named   map[string]map[string]object.TreeEntry // by path, then by name: what links were followed through
}

// dir makes the nodes of a tree. Above it on the way from the root are the directories in chain.
func (c *collector) dir(ctx context.Context, tree plumbing.Hash, at string, chain []string) ([]*node, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(chain) >= maxDepth {
		return nil, errDeep
	}
	entries, err := c.objects.tree(tree)
	if err != nil {
		return nil, err
	}
	chain = append(slices.Clip(chain), at)
	var nodes []*node
	for _, e := range entries {
		if hidden(e.Name) {
			continue
		}
		if c.entries++; c.entries > maxEntries {
			return nil, errManyEntries
		}
		n, err := c.node(ctx, e, at, chain)
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, n)
	}
	return nodes, nil
}

// node makes the node of one entry of the directory at.
func (c *collector) node(ctx context.Context, e object.TreeEntry, at string, chain []string) (*node, error) {
	if shown, ok := shownName(e.Name); !ok {
		return brokenNode(shown, errName), nil
	}
	if e.Mode == filemode.Submodule {
		return brokenNode(e.Name, errSubmodule), nil
	}
	if e.Mode == filemode.Dir {
		children, err := c.dir(ctx, e.Hash, path.Join(at, e.Name), chain)
		return dirNode(e.Name, children), err
	}
	if e.Mode != filemode.Symlink {
		return c.file(e.Name, e.Hash), nil
	}
	target, where, err := c.follow(at, e)
	if damage := damageIn(err); damage != nil {
		return nil, damage
	}
	if err == nil && target.Mode == filemode.Dir && slices.Contains(chain, where) {
		err = errLinkLoop
	}
	if err != nil {
		return brokenNode(e.Name, err), nil
	}
	if target.Mode == filemode.Dir {
		children, err := c.dir(ctx, target.Hash, where, chain)
		return dirNode(e.Name, children), err
	}
	return c.file(e.Name, target.Hash), nil
}

func (c *collector) file(name string, hash plumbing.Hash) *node {
	c.files++
	return &node{name: name, mode: fileMode, content: blob{c.objects, hash, c.maxFile}}
}

// follow returns what the link, an entry of the directory at, leads to in the end, and its path.
func (c *collector) follow(at string, link object.TreeEntry) (object.TreeEntry, string, error) {
	rest := []string{link.Name}
	for hops := 0; len(rest) > 0; {
		elem := rest[0]
		rest = rest[1:]
		if elem == "" || elem == "." {
			continue
		}
		if elem == ".." {
			if at == "" {
				return object.TreeEntry{}, "", errLinkLeaves
			}
			at = parent(at)
			continue
		}
		entry, ok, err := c.lookUp(at, elem)
		switch {
		case err != nil:
			return object.TreeEntry{}, "", err
		case !ok || entry.Mode == filemode.Submodule:
			return object.TreeEntry{}, "", errLinkNowhere
		case entry.Mode == filemode.Dir:
			at = path.Join(at, elem)
		case entry.Mode == filemode.Symlink:
			if hops++; hops > maxLinkHops {
				return object.TreeEntry{}, "", errLinkLoop
			}
			target, err := c.target(entry.Hash)
			if err != nil {
				return object.TreeEntry{}, "", err
			}
			rest = slices.Concat(strings.Split(target, "/"), rest)
		case len(rest) > 0:
			return object.TreeEntry{}, "", errNotDir
		default:
			return entry, path.Join(at, elem), nil
		}
	}
	hash, err := c.treeAt(at)
	return object.TreeEntry{Mode: filemode.Dir, Hash: hash}, at, err
}

// target reads a link.
func (c *collector) target(link plumbing.Hash) (string, error) {
	data, err := c.objects.read(plumbing.BlobObject, link, maxLinkBytes)
	switch {
	case isTooLarge(err):
		return "", errLinkTooLong
	case err != nil:
		return "", err
	case strings.HasPrefix(string(data), "/"):
		return "", errLinkAbsolute
	}
	return string(data), nil
}

// lookUp finds an entry of a directory.
func (c *collector) lookUp(dir, name string) (object.TreeEntry, bool, error) {
	byName, ok := c.named[dir]
	if !ok {
		hash, err := c.treeAt(dir)
		if err != nil {
			return object.TreeEntry{}, false, err
		}
		entries, err := c.objects.tree(hash)
		if err != nil {
			return object.TreeEntry{}, false, err
		}
		byName = make(map[string]object.TreeEntry, len(entries))
		for _, e := range entries {
			byName[e.Name] = e
		}
		if c.named == nil {
			c.named = make(map[string]map[string]object.TreeEntry)
		}
		c.named[dir] = byName
	}
	entry, ok := byName[name]
	return entry, ok, nil
}

// treeAt returns the tree of a directory that is there.
func (c *collector) treeAt(dir string) (plumbing.Hash, error) {
	if dir == "" {
		return c.root, nil
	}
	entry, ok, err := c.lookUp(parent(dir), path.Base(dir))
	if err == nil && !ok {
		err = fs.ErrNotExist
	}
	return entry.Hash, err
}

// parent is the directory that dir, which is not the root, is in.
func parent(dir string) string {
	i := strings.LastIndexByte(dir, '/')
	return dir[:max(i, 0)]
}

func isTooLarge(err error) bool { return errors.Is(err, ErrTooLarge) }
