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
	"strings"

	"github.com/zoneward/zoneward/zonefile"
)

// ErrByHand is wrapped where nothing but a person can make an edit. The error says why.
var ErrByHand = errors.New("it has to be edited by hand")

// Source is the zone file that is edited.
type Source struct {
	FS   fs.FS
	File string // below the root of FS
	// Stated is what it says, nil if it is not there. It has no error.
	Stated *zonefile.File
	// Options are those that it was read with.
	Options zonefile.ParseOptions
}

// Edit returns the texts that a zone file, with the files that it includes, needs to say what changes come to. Old of each change is what it
// says now. A file that is not there is made. Files that stay as they are are not among the texts, which are in the order of their names.
func Edit(source Source, changes []zonefile.Change) ([]Text, error) {
	want := zonefile.NewZone(source.Options.Origin)
	if source.Stated != nil {
		want = source.Stated.Zone
	}
	want = want.With(changes)
	attempts := []func(Source, []zonefile.Change) ([]Text, error){editMaster, editMasterAtEnd}
	if isYAML(source.File) {
		attempts = []func(Source, []zonefile.Change) ([]Text, error){editYAML}
	}
	if source.Stated == nil {
		attempts = []func(Source, []zonefile.Change) ([]Text, error){func(s Source, _ []zonefile.Change) ([]Text, error) { return create(s, want) }}
	}
	var failed error
	for _, attempt := range attempts {
		texts, err := attempt(source, changes)
		if err == nil {
			err = verify(source, texts, want)
		}
		if err == nil {
			return texts, nil
		}
		failed = err
	}
	return nil, fmt.Errorf("%s: %w: %w", source.File, ErrByHand, failed)
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
	text := newText(source.File, "")
	if !isYAML(source.File) {
		var b strings.Builder
		if err := zonefile.FormatBIND(&b, zone, zonefile.FormatOptions{}); err != nil {
			return nil, err
		}
		text.insert(0, splitLines(b.String())...)
		return []Text{*text}, nil
	}
	lines, err := yamlZone(zone, source.Options)
	if err != nil {
		return nil, err
	}
	text.insert(0, lines...)
	return []Text{*text}, nil
}

// verify reads the edited files, and returns an error unless they say what is wanted, and of no RRset that was not changed other options.
func verify(source Source, texts []Text, want *zonefile.Zone) error {
	edited := overlay{base: source.FS, texts: map[string]string{}}
	for _, text := range texts {
		edited.texts[text.File] = text.New()
	}
	got, err := zonefile.Parse(edited, source.File, source.Options)
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
