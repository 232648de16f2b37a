package zonefile

import (
	"fmt"
	"io/fs"
	"slices"
)

// ParseFiles reads a zone from several files, each in the format that its name says, see [Parse]. What is in any of them is in the zone, in the
// order of the files. An RRset is all in one of them: what another one states again is a problem there, which names the first place.
// Nothing else goes from one file to the next; each begins with the zone's apex as its origin.
//
// The error is that of one that cannot be read at all, such as a file that is not there, and nothing of the zone may be believed.
func ParseFiles(fsys fs.FS, files []string, opts ParseOptions) (*File, error) {
	switch {
	case len(files) == 0 || opts.Origin.IsZero():
		return nil, fmt.Errorf("read zone: %d files, and the origin %q", len(files), opts.Origin)
	case len(files) == 1:
		return Parse(fsys, files[0], opts)
	}
	f := newFiller(opts.Origin, files[0])
	inYAML := newYAMLReader(f, fsys, YAMLOptions(opts))
	parts := make([]part, 0, len(files))
	for i, file := range files {
		if f.full() {
			break
		}
		p := part{file: file, stated: inYAML.stated.count}
		if i > 0 {
			p.first = len(f.files)
		}
		found := len(f.problems)
		var err error
		if isYAML(file) {
			err = inYAML.read(file)
		} else {
			first := f.builder.mark()
			err = readBIND(f, fsys, file, BINDOptions{Origin: opts.Origin, Limits: opts.Limits})
			inYAML.state(f.builder, first)
		}
		if err != nil {
			return nil, fmt.Errorf("read zone %s: %w", opts.Origin, err)
		}
		p.stated = inYAML.stated.count - p.stated
		if p.stated == 0 && len(f.problems) == found {
			f.problem(Position{File: file}, "empty-file", Warning, "the file has no records")
		}
		parts = append(parts, p)
	}
	read := f.file()
	read.parts = parts
	return read, nil
}

// part is one of several files that a zone is read from, see [ParseFiles].
type part struct {
	file   string
	first  int // its place among File.files: what it includes stands behind it
	stated int // how many RRsets it states
}

// FileOf returns which of the files that the zone was read from states the RRset of that key. Of one that none of them states nobody knows where it was, or belongs:
// it is the file that states others at its name, or else one that states nothing, or else the first.
func (f *File) FileOf(key Key) string {
	if len(f.parts) == 0 {
		if len(f.files) == 0 {
			return "" // nothing was read
		}
		return f.files[0]
	}
	if at := f.Position(key); !at.IsZero() && !f.Added(key) {
		return f.partAt(at)
	}
	for set := range f.Zone.At(key.Name) {
		if !f.Added(set.Key) {
			return f.partAt(f.Position(set.Key))
		}
	}
	for _, p := range f.parts {
		if p.stated == 0 {
			return p.file
		}
	}
	return f.parts[0].file
}

// partAt returns the file that a place is in, or that includes the one that it is in.
func (f *File) partAt(at Position) string {
	number := slices.Index(f.files, at.File)
	of := f.parts[0]
	for _, p := range f.parts {
		if p.first <= number {
			of = p
		}
	}
	return of.file
}

// EmptyFiles returns those of several files that a zone was read from which state nothing. There are none of a zone that has one file.
func (f *File) EmptyFiles() []string {
	var empty []string
	for _, p := range f.parts {
		if p.stated == 0 {
			empty = append(empty, p.file)
		}
	}
	return empty
}

// state notes where the records of a master file, which are those of a builder behind a mark, state RRsets. Those that another file has stated are
// noted and taken away.
func (r *yamlReader) state(b *Builder, since mark) {
	again := map[Key]bool{} // whether it is stated elsewhere, of those that are in this file
	b.dropSince(since, func(key Key, stated place) bool {
		if elsewhere, here := again[key]; here {
			return elsewhere
		}
		at := yamlPlace{file: uint32(stated.file), line: stated.line, column: uint32(stated.column)}
		if stated.file == noFile {
			at = yamlPlace{}
		}
		first, elsewhere := r.stated.add(key, at)
		if again[key] = elsewhere; elsewhere {
			r.stateAgain(r.position(at), key.Name.Relative(r.origin)+" "+key.Type.String(), first)
		}
		return elsewhere
	})
}

// stateAgain notes that an RRset, which owner names for people, is stated for the second time.
func (r *yamlReader) stateAgain(at Position, owner string, first yamlPlace) {
	r.problem(at, "duplicate-rrset", Error, "%s: stated again, first at %s; put the values into one record", owner, r.position(first))
}
