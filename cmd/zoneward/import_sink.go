package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
)

// zoneSink is where imported zones go.
type zoneSink interface {
	// free returns an error if a file of that name is there already.
	free(file string) error
	// write writes a zone whose file is free, whole or not at all. What it returns is for standard output, when the terminal is free.
	write(zone importedZone) (string, error)
}

// zoneStream writes zones to standard output, each below the name of its file.
type zoneStream struct {
	c    *common
	sign string // of comments
}

func (s *zoneStream) free(string) error { return nil }

func (s *zoneStream) write(zone importedZone) (string, error) {
	text := fmt.Sprintf("%s %s\n%s\n", s.sign, render.Shown(zone.file), zone.text)
	if isTerminal(s.c.stdout.file) {
		return render.Lines(text), nil // once progress does not need it any more
	}
	_, err := s.c.stdout.Write([]byte(text))
	return "", err
}

// zoneFolder writes zones to files in a folder, none of which was there.
type zoneFolder struct {
	dir  string
	root *os.Root
}

func openZoneFolder(dir string) (*zoneFolder, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, &usageError{err: fmt.Errorf("--out: %w", err)}
	}
	return &zoneFolder{dir, root}, nil
}

func (f *zoneFolder) close() { _ = f.root.Close() }

func (f *zoneFolder) free(file string) error {
	switch _, err := f.root.Lstat(file); {
	case err == nil:
		return f.taken(file)
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("write %s: %w", filepath.Join(f.dir, file), err)
	}
	return nil
}

func (f *zoneFolder) taken(file string) error {
	return fmt.Errorf("%s is there already, and no file is overwritten", filepath.Join(f.dir, file))
}

func (f *zoneFolder) write(zone importedZone) (string, error) {
	if err := f.save(zone.file, zone.text); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s: %s\n", render.Shown(filepath.Join(f.dir, zone.file)), render.Count(zone.records, "record", "records")), nil
}

// save writes a file beside the place that it gets, and links it there when it is whole: that fails if another one has come there since.
func (f *zoneFolder) save(file, text string) error {
	draft := "." + file + ".import"
	fail := func(err error) error { return fmt.Errorf("write %s: %w", filepath.Join(f.dir, file), err) }
	if err := f.root.Remove(draft); err != nil && !errors.Is(err, fs.ErrNotExist) { // of an import that was killed
		return fail(err)
	}
	to, err := f.root.OpenFile(draft, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return fail(err)
	}
	_, err = strings.NewReader(text).WriteTo(to)
	err = errors.Join(err, to.Sync(), to.Close())
	if err == nil {
		if err = f.root.Link(draft, file); errors.Is(err, fs.ErrExist) {
			err = errors.Join(f.taken(file), f.root.Remove(draft))
			return err
		}
	}
	if err != nil {
		return fail(errors.Join(err, f.root.Remove(draft)))
	}
	if err := f.root.Remove(draft); err != nil {
		return fail(err)
	}
	return nil
}
