package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/git"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/zonefile"
)

// diffOpener opens the sides of a comparison.
type diffOpener struct {
	origin     zonefile.Name // of files, the zero Name if their names say it
	repository string        // a directory in it
	// source is the configuration that files are read by, nil for none.
	source *diffSource
	// provider opens the side of a provider.
	provider func(ctx context.Context, o operand) (*diffSide, error)
}

// errNoOrigin is wrapped where nothing says which zone a file is of.
var errNoOrigin = errors.New("its name does not say which zone it is of")

// sides opens both. A file whose name says no zone is of that of the other side, if that is one file.
func (d diffOpener) sides(ctx context.Context, a, b operand) (from, to *diffSide, err error) {
	from, err = d.side(ctx, a)
	nameless := errors.Is(err, errNoOrigin)
	if err != nil && !nameless {
		return nil, nil, err
	}
	if from != nil {
		to, err = d.like(from, b).side(ctx, b)
	} else if to, err = d.side(ctx, b); err == nil {
		from, err = d.like(to, a).side(ctx, a)
	}
	if errors.Is(err, errNoOrigin) {
		err = &usageError{err, "say it with --origin NAME"}
	}
	if err == nil && !from.file.IsZero() && !to.file.IsZero() && from.file != to.file {
		err = &usageError{
			fmt.Errorf("by their names %s is of the zone %s, and %s of %s", a.text, render.Name(from.file), b.text, render.Name(to.file)),
			"say with --origin NAME of which zone both are",
		}
	}
	if err != nil {
		for _, side := range []*diffSide{from, to} {
			if side != nil {
				side.close()
			}
		}
		return nil, nil, err
	}
	return from, to, nil
}

// like returns an opener for which a file whose name says no zone is of that of the other side.
func (d diffOpener) like(other *diffSide, o operand) diffOpener {
	if _, err := d.originOf(o, path.Base(o.path+o.within)); err != nil {
		d.origin = other.file
	}
	return d
}

func (d diffOpener) side(ctx context.Context, o operand) (*diffSide, error) {
	switch {
	case o.provider != "":
		return d.provider(ctx, o)
	case o.revision != "":
		return d.commit(ctx, o)
	}
	return d.path(ctx, o)
}

// path opens a file or a directory.
func (d diffOpener) path(ctx context.Context, o operand) (*diffSide, error) {
	info, err := os.Stat(o.path)
	if err != nil {
		return nil, &usageError{err: err}
	}
	clean := filepath.Clean(o.path)
	if _, split := zonefile.OriginOf(filepath.ToSlash(clean)); info.IsDir() && !split {
		source, err := git.OpenDirectory(git.DirectoryOptions{Dir: o.path, MaxFileBytes: d.source.fileBytes(), Skip: d.source.skips(o.path)})
		if err != nil {
			return nil, err
		}
		defer func() { _ = source.Close() }()
		tree, err := source.Tree(ctx)
		if err != nil {
			return nil, err
		}
		return d.source.treeSide(ctx, o, o.path, tree.FS, underDir(filepath.ToSlash(clean)))
	}
	origin, err := d.originOf(o, clean)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() && !info.Mode().IsRegular() {
		return d.stream(o, origin)
	}
	// What it includes is below the working directory, or, if the file is elsewhere, below the file's own.
	dir, file := ".", clean
	if !filepath.IsLocal(clean) {
		dir, file = filepath.Split(clean)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	side := fileSide(o.text, root.FS(), filepath.ToSlash(file), d.source.options(origin), underDir(filepath.ToSlash(filepath.Clean(dir))))
	side.close = func() { _ = root.Close() }
	return side, nil
}

// stream reads what is no regular file, such as a pipe, which can be read once.
func (d diffOpener) stream(o operand, origin zonefile.Name) (*diffSide, error) {
	f, err := os.Open(o.path)
	if err != nil {
		return nil, &usageError{err: err}
	}
	defer func() { _ = f.Close() }()
	most := d.source.fileBytes()
	text, err := io.ReadAll(io.LimitReader(f, most+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", o.text, err)
	case int64(len(text)) > most:
		return nil, fmt.Errorf("read %s: more than %d octets", o.text, most)
	}
	name := path.Base(filepath.ToSlash(o.path))
	return fileSide(o.text, zonefile.OneFile(name, string(text)), name, d.source.options(origin), func(string) string { return o.text }), nil
}

// originOf returns the zone that a file is of.
func (d diffOpener) originOf(o operand, file string) (zonefile.Name, error) {
	if !d.origin.IsZero() {
		return d.origin, nil
	}
	origin, ok := zonefile.OriginOf(path.Base(filepath.ToSlash(file)))
	if !ok {
		return origin, fmt.Errorf("%s: %w", o.text, errNoOrigin)
	}
	return origin, nil
}

// commit opens a commit of the repository that the directory is in, or a file or directory in it.
func (d diffOpener) commit(ctx context.Context, o operand) (*diffSide, error) {
	top, here, err := git.Around(d.repository)
	if errors.Is(err, git.ErrNoRepository) {
		return nil, &usageError{fmt.Errorf("%s: %w", o.text, err), "name a directory of the repository with --repository DIR"}
	}
	if err != nil {
		return nil, err
	}
	repository, err := git.OpenRepository(git.RepositoryOptions{URL: top, MaxFileBytes: d.source.fileBytes()})
	if err != nil {
		return nil, err
	}
	tree, err := repository.At(ctx, o.revision)
	if err != nil {
		_ = repository.Close()
		if errors.Is(err, git.ErrNoRevision) {
			err = &usageError{err: err}
		}
		return nil, err
	}
	side, err := d.inCommit(ctx, o, tree.FS, top, here)
	if err != nil {
		_ = repository.Close()
		return nil, err
	}
	side.close = func() { _ = repository.Close() }
	return side, nil
}

// inCommit returns the side of what is meant in the tree of a commit of the repository at top, of which the directory has the path here.
func (d diffOpener) inCommit(ctx context.Context, o operand, tree fs.FS, top, here string) (*diffSide, error) {
	within := path.Clean(o.within)
	if o.within == "" || len(o.within) > 1 && o.within[:2] == "./" || o.within == "." {
		within = path.Join(here, o.within)
	}
	prefix := gitPrefix + o.revision + ":"
	dir := filepath.Join(top, filepath.FromSlash(within))
	if within == "." {
		return d.source.treeSide(ctx, o, dir, tree, behind(prefix))
	}
	info, err := fs.Stat(tree, within)
	if err != nil {
		return nil, &usageError{err: fmt.Errorf("%s: %w", o.text, err)}
	}
	if _, split := zonefile.OriginOf(within); info.IsDir() && !split {
		sub, err := fs.Sub(tree, within)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", o.text, err)
		}
		return d.source.treeSide(ctx, o, dir, sub, behind(prefix+within+"/"))
	}
	origin, err := d.originOf(o, within)
	if err != nil {
		return nil, err
	}
	return fileSide(o.text, tree, within, d.source.options(origin), behind(prefix)), nil
}
