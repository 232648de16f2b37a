package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// diffSide is what is on one side of a comparison.
type diffSide struct {
	label string
	// origins are the zones that it has. With open it may have others, which nobody can list.
	origins map[zonefile.Name]bool
	open    bool
	file    zonefile.Name // the one that it is of, if it is one file
	read    func(ctx context.Context, origin zonefile.Name) (sideZone, error)
	notices []string
	// provider says that it is what a provider serves, and unread what the rules for it say of files: to be told where the other side has files that were read without.
	provider bool
	unread   []string
	ruled    bool // its files were read by the rules of the configuration
	close    func()
}

// sideZone is a zone on one side.
type sideZone struct {
	zone *zonefile.Zone
	// place returns where an RRset is stated, for people.
	place func(zonefile.Key) string
	// file is what states it, and live what serves it: one of both is nil.
	file *zonefile.File
	live *liveSide
}

// treeSide returns the side of a tree of files: all that are a zone's by their names. Where returns how people know a file of it.
func treeSide(label string, tree fs.FS, options zonefile.ParseOptions, where func(file string) string) (*diffSide, error) {
	files, notices, err := reconcile.ZoneFiles(tree)
	switch {
	case err != nil:
		return nil, err
	case len(files) == 0:
		return nil, fmt.Errorf("%s: %w", label, reconcile.ErrNoZones)
	}
	s := &diffSide{label: label, origins: map[zonefile.Name]bool{}, notices: notices, close: func() {}}
	for origin := range maps.Keys(files) {
		s.origins[origin] = true
	}
	s.read = func(_ context.Context, origin zonefile.Name) (sideZone, error) {
		if all := files[origin]; len(all) > 1 {
			return sideZone{}, severalFiles(origin, all, where)
		}
		return readZone(tree, files[origin][0], optionsFor(options, origin), where)
	}
	return s, nil
}

// severalFiles is the error of a zone that has several files by their names.
func severalFiles(origin zonefile.Name, files []string, where func(file string) string) error {
	var names []string
	for _, file := range files {
		names = append(names, where(file))
	}
	return fmt.Errorf("%s: %d files are for this zone (%s): compare one of them, or a directory that has one", origin, len(files), strings.Join(names, ", "))
}

// optionsFor returns the options for the files of one zone.
func optionsFor(options zonefile.ParseOptions, origin zonefile.Name) zonefile.ParseOptions {
	options.Origin = origin
	return options
}

// fileSide returns the side of one file, which is of the zone that the options name.
func fileSide(label string, tree fs.FS, file string, options zonefile.ParseOptions, where func(file string) string) *diffSide {
	return &diffSide{
		label: label, origins: map[zonefile.Name]bool{options.Origin: true}, file: options.Origin, close: func() {},
		read: func(context.Context, zonefile.Name) (sideZone, error) { return readZone(tree, file, options, where) },
	}
}

// readZone reads a zone from a file.
func readZone(tree fs.FS, file string, options zonefile.ParseOptions, where func(file string) string) (sideZone, error) {
	read, err := zonefile.Parse(tree, file, options)
	if err != nil {
		return sideZone{}, fmt.Errorf("read %s: %w", where(file), err)
	}
	if err := read.Err(); err != nil {
		return sideZone{}, located(err, where)
	}
	return statedSide(read, where), nil
}

// statedSide returns what a file states, which has no error.
func statedSide(file *zonefile.File, where func(file string) string) sideZone {
	return sideZone{zone: file.Zone, file: file, place: func(key zonefile.Key) string {
		at := file.Position(key)
		if !at.IsZero() {
			at.File = where(at.File)
		}
		return at.String()
	}}
}

// located returns an error that names places in files with these as people know them.
func located(err error, where func(file string) string) error {
	problems, ok := errors.AsType[*zonefile.ProblemsError](err)
	if !ok {
		return err
	}
	there := &zonefile.ProblemsError{Zone: problems.Zone, Problems: slices.Clone(problems.Problems)}
	for i := range there.Problems {
		at := &there.Problems[i].Position
		at.File = where(at.File)
	}
	return there
}

// underDir returns a function that says where files are below a directory.
func underDir(dir string) func(string) string {
	return func(file string) string {
		if dir == "." {
			return file
		}
		return path.Join(dir, file)
	}
}

// behind returns a function that puts a prefix in front of files.
func behind(prefix string) func(string) string {
	return func(file string) string { return prefix + file }
}
