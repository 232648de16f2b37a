package git

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// overlay lays what one side has changed over the other side.
type overlay struct {
	objects   *objects
	made      map[plumbing.Hash][]object.TreeEntry
	conflicts []string // paths
	entries   int      // that were looked at
}

// sides are what there is under one name: in each tree from which the two sides parted, in the one that is laid over, and in the one that is laid upon it.
// What is not there is the zero entry.
type sides struct {
	before     []pathEntry
	base, head pathEntry
}

// merged is what becomes of the sides where one of them at most was changed, or both were to the same.
func (s sides) merged() (entry pathEntry, settled bool) {
	unchanged := func(by pathEntry) bool {
		return !slices.ContainsFunc(s.before, func(e pathEntry) bool { return e != by })
	}
	switch {
	case s.base == s.head || unchanged(s.head):
		return s.base, true
	case unchanged(s.base):
		return s.head, true
	}
	return pathEntry{}, false
}

// trees are the sides as directories: what is none is one without entries.
func (s sides) trees() (before []plumbing.Hash, base, head plumbing.Hash, ok bool) {
	isDir := func(e pathEntry) bool { return e.mode == filemode.Dir }
	isNone := func(e pathEntry) bool { return e == pathEntry{} }
	for _, e := range s.before {
		if !isDir(e) {
			e.hash = plumbing.ZeroHash
		}
		before = append(before, e.hash)
	}
	ok = (isDir(s.base) || isNone(s.base)) && (isDir(s.head) || isNone(s.head))
	return before, s.base.hash, s.head.hash, ok
}

// tree makes the tree of the directory at a path. The zero hash stands for one that has nothing in it, made or given.
func (l *overlay) tree(ctx context.Context, before []plumbing.Hash, base, head plumbing.Hash, at []string) (plumbing.Hash, error) {
	if err := ctx.Err(); err != nil {
		return plumbing.ZeroHash, err
	}
	if len(at) >= maxDepth {
		return plumbing.ZeroHash, errDeep
	}
	onBase, err := l.named(base)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	onHead, err := l.named(head)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	var old []map[string]pathEntry
	for _, id := range before {
		named, err := l.named(id)
		if err != nil {
			return plumbing.ZeroHash, err
		}
		old = append(old, named)
	}
	names := slices.Collect(maps.Keys(onBase))
	for name := range onHead {
		if _, ok := onBase[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var entries []object.TreeEntry
	for _, name := range names {
		s := sides{base: onBase[name], head: onHead[name]}
		for _, named := range old {
			s.before = append(s.before, named[name])
		}
		entry, err := l.entry(ctx, s, append(slices.Clip(at), name))
		if err != nil {
			return plumbing.ZeroHash, err
		}
		if entry.hash != plumbing.ZeroHash {
			entries = append(entries, object.TreeEntry{Name: name, Mode: entry.mode, Hash: entry.hash})
		}
	}
	return l.keep(entries), nil
}

// entry is what becomes of the sides.
func (l *overlay) entry(ctx context.Context, s sides, at []string) (pathEntry, error) {
	if entry, ok := s.merged(); ok {
		return entry, nil
	}
	if before, base, head, ok := s.trees(); ok {
		tree, err := l.tree(ctx, before, base, head, at)
		return pathEntry{filemode.Dir, tree}, err
	}
	l.conflicts = append(l.conflicts, shownPath(at))
	return s.head, nil
}

// named are the entries of a tree by name.
func (l *overlay) named(tree plumbing.Hash) (map[string]pathEntry, error) {
	if tree == plumbing.ZeroHash {
		return nil, nil
	}
	entries, err := l.objects.tree(tree)
	if err != nil {
		return nil, err
	}
	if l.entries += len(entries); l.entries > maxEntries {
		return nil, errManyEntries
	}
	named := make(map[string]pathEntry, len(entries))
	for _, e := range entries {
		if _, twice := named[e.Name]; twice {
			return nil, fmt.Errorf("tree %s: %q: %w", tree, oneLine(e.Name), errTwice)
		}
		named[e.Name] = pathEntry{e.Mode, e.Hash}
	}
	return named, nil
}

// keep returns the id of the tree with the entries, which is the one that git gives it.
func (l *overlay) keep(entries []object.TreeEntry) plumbing.Hash {
	if len(entries) == 0 {
		return plumbing.ZeroHash
	}
	var raw []byte
	for _, e := range entries {
		raw = fmt.Appendf(raw, "%o %s\x00%s", uint32(e.Mode), e.Name, e.Hash[:])
	}
	id := plumbing.ComputeHash(plumbing.TreeObject, raw)
	l.made[id] = entries
	return id
}
