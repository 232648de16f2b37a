package git

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
)

// maxPathBytes bounds the paths of files that differ, all together.
const maxPathBytes = 64 << 20

// differing returns the paths of the files of which two trees have something else, sorted, for people.
func differing(ctx context.Context, o *objects, one, other plumbing.Hash) ([]string, error) {
	d := &treeDiff{objects: o}
	if one != other {
		if err := d.dirs(ctx, one, other, nil); err != nil {
			return nil, err
		}
	}
	slices.Sort(d.found)
	return slices.Compact(d.found), nil // two names can look the same
}

type treeDiff struct {
	objects *objects
	found   []string
	bytes   int // of found
	entries int // that were looked at
}

// dirs compares two trees at a path. The zero hash is one without entries.
func (d *treeDiff) dirs(ctx context.Context, one, other plumbing.Hash, at []string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(at) >= maxDepth {
		return errDeep
	}
	left, err := d.named(one)
	if err != nil {
		return err
	}
	right, err := d.named(other)
	if err != nil {
		return err
	}
	for name, entries := range left {
		if err := d.entry(ctx, entries, right[name], append(slices.Clip(at), name)); err != nil {
			return err
		}
	}
	maps.DeleteFunc(right, func(name string, _ []pathEntry) bool { return left[name] != nil })
	for name, entries := range right {
		if err := d.entry(ctx, nil, entries, append(slices.Clip(at), name)); err != nil {
			return err
		}
	}
	return nil
}

// entry compares what two trees have under one name: one entry or none, and more in a tree made by hand.
func (d *treeDiff) entry(ctx context.Context, one, other []pathEntry, at []string) error {
	if slices.Equal(one, other) {
		return nil
	}
	left, leftOther := dirOf(one)
	right, rightOther := dirOf(other)
	if leftOther || rightOther {
		path := shownPath(at)
		if d.bytes += len(path); d.bytes > maxPathBytes {
			return fmt.Errorf("%w: the paths that differ have more than %d bytes", ErrTooLarge, maxPathBytes)
		}
		d.found = append(d.found, path)
	}
	if left == right {
		return nil
	}
	return d.dirs(ctx, left, right, at)
}

// dirOf returns the one directory among the entries, and whether there is anything else.
func dirOf(entries []pathEntry) (plumbing.Hash, bool) {
	switch {
	case len(entries) == 0:
		return plumbing.ZeroHash, false
	case len(entries) == 1 && entries[0].mode == filemode.Dir:
		return entries[0].hash, false
	}
	return plumbing.ZeroHash, true
}

func (d *treeDiff) named(tree plumbing.Hash) (map[string][]pathEntry, error) {
	if tree == plumbing.ZeroHash {
		return nil, nil
	}
	entries, err := d.objects.tree(tree)
	if err != nil {
		return nil, err
	}
	if d.entries += len(entries); d.entries > maxEntries {
		return nil, errManyEntries
	}
	named := make(map[string][]pathEntry, len(entries))
	for _, e := range entries {
		named[e.Name] = append(named[e.Name], pathEntry{e.Mode, e.Hash})
	}
	return named, nil
}

// shownPath is a path for people. Names that would make it another path, which only trees made by hand have, stand as U+FFFD.
func shownPath(elems []string) string {
	shown := make([]string, len(elems))
	for i, elem := range elems {
		if shown[i], _ = shownName(elem); elem == "" || elem == "." || elem == ".." {
			shown[i] = "\uFFFD"
		}
	}
	return strings.Join(shown, "/")
}
