package git

import (
	"context"
	"crypto/sha256"
	"path"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// toucher says which commits touch one of some paths, which are those of files or directories.
type toucher struct {
	history *history
	paths   []string // below the root of the repository

	digests map[plumbing.Hash][sha256.Size]byte // by tree: what is at the paths
	single  map[string]*toucher                 // for one of the paths
}

// pathEntry is what is at a path: its mode and object, all zero if there is nothing.
type pathEntry struct {
	mode filemode.FileMode
	hash plumbing.Hash
}

// touching returns those of the commits that touch one of the paths, all if there is a link at one of the paths in from or tip:
// what such a path leads to is elsewhere.
func (t *toucher) touching(ctx context.Context, from, tip plumbing.Hash, commits []plumbing.Hash) ([]plumbing.Hash, error) {
	for _, id := range []plumbing.Hash{from, tip} {
		linked, err := t.linked(id)
		if err != nil || linked {
			return commits, err
		}
	}
	var found []plumbing.Hash
	for _, id := range commits {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		ok, err := t.touches(ctx, id)
		if err != nil {
			return nil, err
		}
		if ok {
			found = append(found, id)
		}
	}
	return found, nil
}

// touches says whether a commit changes one of the paths. A merge changes what it has otherwise than all of its
// parents, and what it has as one that is not the only one to have changed it: a merge that takes a side against the other can
// bring back anything that ever was.
func (t *toucher) touches(ctx context.Context, id plumbing.Hash) (bool, error) {
	p, err := t.history.past(id)
	if err != nil {
		return false, err
	}
	differs, err := t.differs(id)
	if err != nil || !differs || len(p.parents) < 2 {
		return differs, err
	}
	merged, err := t.entries(p.tree)
	if err != nil {
		return false, err
	}
	sides := make([][]pathEntry, len(p.parents))
	for i, parent := range p.parents {
		side, err := t.history.past(parent)
		if err != nil {
			return false, err
		}
		if sides[i], err = t.entries(side.tree); err != nil {
			return false, err
		}
	}
	for n := range t.paths {
		clean, err := t.clean(ctx, n, merged, p.parents, sides)
		if err != nil || !clean {
			return !clean, err
		}
	}
	return false, nil
}

// clean says whether a merge has at the path n what one of the sides has, and all others that have something else
// have not touched it since they parted from that.
func (t *toucher) clean(ctx context.Context, n int, merged []pathEntry, parents []plumbing.Hash, sides [][]pathEntry) (bool, error) {
	for i, side := range sides {
		if side[n] != merged[n] {
			continue
		}
		clean := true
		for j, other := range sides {
			if other[n] == merged[n] || !clean {
				continue
			}
			touched, err := t.only(n).touchedSince(ctx, parents[i], parents[j])
			if err != nil {
				return false, err
			}
			clean = !touched
		}
		if clean {
			return true, nil
		}
	}
	return false, nil
}

// touchedSince says whether a commit that can be reached from tip and not from other changes the path. It is strict
// with merges: one that differs from any of its parents changes it.
func (t *toucher) touchedSince(ctx context.Context, other, tip plumbing.Hash) (bool, error) {
	commits, err := t.history.without(ctx, other, tip)
	if err != nil {
		return false, err
	}
	for _, id := range commits {
		if differs, err := t.differs(id); err != nil || differs {
			return differs, err
		}
	}
	return false, nil
}

// only is the toucher for the path n alone.
func (t *toucher) only(n int) *toucher {
	p := t.paths[n]
	if t.single == nil {
		t.single = make(map[string]*toucher)
	}
	if t.single[p] == nil {
		t.single[p] = &toucher{history: t.history, paths: []string{p}}
	}
	return t.single[p]
}

// differs says whether a commit has anything else at the paths than any of its parents, or, if it has none, anything.
func (t *toucher) differs(id plumbing.Hash) (bool, error) {
	p, err := t.history.past(id)
	if err != nil {
		return false, err
	}
	mine, err := t.digest(p.tree)
	if err != nil {
		return false, err
	}
	if len(p.parents) == 0 {
		return mine != digestOf(make([]pathEntry, len(t.paths))), nil
	}
	for _, parent := range p.parents {
		pp, err := t.history.past(parent)
		if err != nil {
			return false, err
		}
		its, err := t.digest(pp.tree)
		if err != nil || its != mine {
			return its != mine, err
		}
	}
	return false, nil
}

func (t *toucher) digest(tree plumbing.Hash) ([sha256.Size]byte, error) {
	if d, ok := t.digests[tree]; ok {
		return d, nil
	}
	entries, err := t.entries(tree)
	if err != nil {
		return [sha256.Size]byte{}, err
	}
	if t.digests == nil {
		t.digests = make(map[plumbing.Hash][sha256.Size]byte)
	}
	t.digests[tree] = digestOf(entries)
	return t.digests[tree], nil
}

func digestOf(entries []pathEntry) [sha256.Size]byte {
	var all []byte
	for _, e := range entries {
		all = append(all, e.mode.Bytes()...)
		all = append(all, e.hash[:]...)
	}
	return sha256.Sum256(all)
}

// entries are what a tree has at the paths.
func (t *toucher) entries(tree plumbing.Hash) ([]pathEntry, error) {
	c := &collector{objects: t.history.objects, root: tree}
	entries := make([]pathEntry, len(t.paths))
	for i, p := range t.paths {
		found, err := c.entryAt(p)
		if err != nil {
			return nil, err
		}
		entries[i] = found
	}
	return entries, nil
}

// linked says whether a commit has a link at one of the paths, or on the way there.
func (t *toucher) linked(id plumbing.Hash) (bool, error) {
	p, err := t.history.past(id)
	if err != nil {
		return false, err
	}
	entries, err := t.entries(p.tree)
	return slices.ContainsFunc(entries, func(e pathEntry) bool { return e.mode == filemode.Symlink }), err
}

// entryAt returns what there is at the path, or the link that it goes through.
func (c *collector) entryAt(p string) (pathEntry, error) {
	if p == "." {
		return pathEntry{filemode.Dir, c.root}, nil
	}
	at, found := "", object.TreeEntry{Mode: filemode.Dir}
	for elem := range strings.SplitSeq(p, "/") {
		if found.Mode == filemode.Symlink {
			break
		}
		if found.Mode != filemode.Dir {
			return pathEntry{}, nil
		}
		var ok bool
		var err error
		if found, ok, err = c.lookUp(at, elem); err != nil || !ok {
			return pathEntry{}, err
		}
		at = path.Join(at, elem)
	}
	return pathEntry{found.Mode, found.Hash}, nil
}
