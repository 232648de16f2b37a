// Package zoneedit edits the text of zone files: given what a file says and what it should say, it finds the lines to change, and leaves all
// others as they are. It writes nothing: the result is text, and a patch.
//
// Nothing is believed of an edit that was not read back: the edited files are parsed, and have to say what was wanted and nothing else.
package zoneedit

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/zonefile"
)

// ErrByHand is wrapped where nothing but a person can make an edit. The error says why.
var ErrByHand = errors.New("it has to be edited by hand")

// Source is the zone file that is edited.
type Source struct {
	FS   fs.FS
	File string // below the root of FS
	// Beside are the files that are read with it as one zone, see [zonefile.ParseFiles].
	Beside []string
	// Stated is what it says, nil if it is not there. It has no error.
	Stated *zonefile.File
	// Options are those that it was read with.
	Options zonefile.ParseOptions
}

// files returns the files that the zone is read from.
func (s Source) files() []string { return append([]string{s.File}, s.Beside...) }

// Edit returns the texts that a zone file, with the files that it includes, needs to say what changes come to. Old of each change is what it
// says now. A file that is not there is made. Files that stay as they are are not among the texts, which are in the order of their names.
//
// Of several files each is edited for what it states, and for what is new at a name that it has; see [zonefile.File.FileOf].
func Edit(source Source, changes []zonefile.Change) ([]Text, error) {
	if source.Stated == nil {
		return made(source, changes)
	}
	byFile := map[string][]zonefile.Change{}
	for _, c := range changes {
		file := source.Stated.FileOf(c.Key())
		byFile[file] = append(byFile[file], c)
	}
	var texts []Text
	want := source.Stated.Zone
	for _, file := range source.files() {
		mine := byFile[file]
		if len(mine) == 0 {
			continue
		}
		want = want.With(mine)
		edited, err := editFile(source, file, mine, texts, want)
		if err != nil {
			return nil, fmt.Errorf("%s: %w: %w", file, ErrByHand, err)
		}
		texts = append(texts, edited...)
	}
	slices.SortFunc(texts, func(a, b Text) int { return strings.Compare(a.File, b.File) })
	return texts, nil
}

// editFile returns the texts that one of the files needs, with those that others have got already, so that the zone is what is wanted.
func editFile(source Source, file string, changes []zonefile.Change, already []Text, want *zonefile.Zone) ([]Text, error) {
	attempts := []func(Source, []zonefile.Change) ([]Text, error){editMaster, editMasterAtEnd}
	if isYAML(file) {
		attempts = []func(Source, []zonefile.Change) ([]Text, error){editYAML}
	}
	own := source
	own.File, own.Beside = file, nil
	var failed error
	for _, attempt := range attempts {
		texts, err := attempt(own, changes)
		for _, text := range texts {
			if slices.ContainsFunc(already, func(other Text) bool { return other.File == text.File }) {
				err = fmt.Errorf("%s is included by several files of the zone", text.File)
			}
		}
		if err == nil {
			err = verify(source, slices.Concat(already, texts), want)
		}
		if err == nil {
			return texts, nil
		}
		failed = err
	}
	return nil, failed
}

// made returns a new file for a zone that has none.
func made(source Source, changes []zonefile.Change) ([]Text, error) {
	want := zonefile.NewZone(source.Options.Origin).With(changes)
	for _, file := range source.Beside {
		if _, err := fs.Stat(source.FS, file); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrByHand, err)
		}
	}
	texts, err := create(source, want)
	if err == nil {
		err = verify(source, texts, want)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", source.File, ErrByHand, err)
	}
	return texts, nil
}

// isYAML reports whether zonefile.Parse takes a file for YAML.
func isYAML(file string) bool {
	switch strings.ToLower(path.Ext(file)) {
	case ".yaml", ".yml", ".": // a split directory
		return true
	}
	return false
}

// create returns a new file with a zone.
func create(source Source, zone *zonefile.Zone) ([]Text, error) {
	if path.Ext(source.File) == "." {
		return nil, errors.New("the zone is a directory of files")
	}
	if _, err := fs.Stat(source.FS, source.File); !errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("it is there, and could not be read as the zone's")
	}
	text := newText(source.File, "")
	var b strings.Builder
	var err error
	if isYAML(source.File) {
		err = zonefile.FormatYAML(&b, zone, yamlFormat(source.Options))
	} else {
		err = zonefile.FormatBIND(&b, zone, zonefile.FormatOptions{})
	}
	if err != nil {
		return nil, err
	}
	text.insert(0, splitLines(b.String())...)
	return []Text{*text}, nil
}

// verify reads the edited files, and returns an error unless they say what is wanted, and of no RRset that was not changed other options.
func verify(source Source, texts []Text, want *zonefile.Zone) error {
	edited := overlay{base: source.FS, texts: map[string]string{}}
	for _, text := range texts {
		edited.texts[text.File] = text.New()
	}
	got, err := zonefile.ParseFiles(edited, source.files(), source.Options)
	if err != nil {
		return fmt.Errorf("what it would be cannot be read: %w", err)
	}
	if err := got.Err(); err != nil {
		return fmt.Errorf("what it would be has an error: %w", err)
	}
	for c := range zonefile.Diff(want, got.Zone) {
		return fmt.Errorf("no edit was found that leaves %s as it should be", c.Key())
	}
	if source.Stated == nil {
		return nil
	}
	for set := range want.All() {
		if fmt.Sprint(got.Options(set.Key)) != fmt.Sprint(source.Stated.Options(set.Key)) {
			return fmt.Errorf("no edit was found that leaves the options of %s as they are", set.Key)
		}
	}
	return nil
}
