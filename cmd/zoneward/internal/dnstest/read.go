package dnstest

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/zoneward/zoneward/zonefile"
	"github.com/zoneward/zoneward/zonefile/yamldoc"
)

// Limits of a suite. What is over them is an error, and is not read.
const (
	maxFileBytes  = 1 << 20
	maxSuiteBytes = 16 << 20
	maxPaths      = 10_000 // files and folders below the directory
	maxTests      = 10_000
)

// Read reads all files *.yaml and *.yml in a directory and the folders in it, but for those whose names begin with a dot. A directory that is not there is a suite
// without tests. All that is wrong is among the problems, which are in the order of their places and all of them errors; tests in which nothing is wrong are in
// the suite. Positions are relative to fsys.
func Read(fsys fs.FS, dir string) (*Suite, []zonefile.Problem) {
	r := &reader{fsys: fsys, suite: &Suite{}}
	r.walk(dir)
	slices.SortStableFunc(r.problems, func(a, b zonefile.Problem) int { return a.Position.Compare(b.Position) })
	return r.suite, r.problems
}

// reader reads the files of a suite.
type reader struct {
	fsys     fs.FS
	suite    *Suite
	paths    int
	octets   int64
	problems []zonefile.Problem
}

func (r *reader) fail(file, rule, format string, args ...any) {
	r.problems = append(r.problems, zonefile.Problem{
		Position: zonefile.Position{File: file}, Rule: rule, Severity: zonefile.Error, Message: bounded(fmt.Sprintf(format, args...)),
	})
}

// walk reads what is in a directory. An error in it keeps nothing else from being read.
func (r *reader) walk(dir string) {
	// The function keeps all errors to itself.
	_ = fs.WalkDir(r.fsys, dir, func(file string, entry fs.DirEntry, err error) error {
		switch {
		case file == dir && errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			r.fail(file, "unreadable", "it cannot be read: %v", err)
			return nil
		}
		if r.paths++; r.paths > maxPaths {
			r.fail(dir, "too-many-files", "more than %d files and folders; not all were read", maxPaths)
			return fs.SkipAll
		}
		hidden := file != dir && strings.HasPrefix(entry.Name(), ".")
		switch {
		case entry.IsDir() && hidden:
			return fs.SkipDir
		case entry.IsDir(), hidden, !slices.Contains([]string{".yaml", ".yml"}, path.Ext(file)):
			return nil
		}
		r.read(file)
		if len(r.problems) > maxErrors {
			r.fail(file, "too-many-problems", "no more files are read: there are %d errors already", len(r.problems))
			return fs.SkipAll
		}
		return nil
	})
}

// read reads one file.
func (r *reader) read(file string) {
	text, err := yamldoc.ReadText(r.fsys, file, min(maxFileBytes, maxSuiteBytes-r.octets))
	r.octets += int64(len(text))
	if _, large := errors.AsType[yamldoc.TooLargeError](err); large {
		r.fail(file, "file-too-large", "more than %d octets, or %d in all files of tests together, which is the limit", maxFileBytes, maxSuiteBytes)
		return
	}
	if errors.Is(err, yamldoc.ErrNotRegular) {
		err = yamldoc.ErrNotRegular // without the name of the file, which the problem has
	}
	if err != nil {
		r.fail(file, "unreadable", "it cannot be read: %v", err)
		return
	}
	d := newDocument(file, text)
	if top, ok := d.Top(); ok {
		r.suite.tests = append(r.suite.tests, d.tests(file, top, maxTests-len(r.suite.tests))...)
	}
	r.problems = append(r.problems, d.Problems()...)
}

// version is that of the format.
const version = "1"

// tests reads the top of a file, nil if there is none. It may have so many tests.
func (d *document) tests(file string, top *yaml.Node, most int) []test {
	if top == nil {
		d.Find(zonefile.Position{File: file}, "empty-file", zonefile.Error, "the file is empty: want version: 1 and tests:")
		return nil
	}
	b, ok := d.block(top, "", "version", "target", "tests")
	if !ok {
		return nil
	}
	if text, n, ok := b.text("version"); ok && text != version {
		d.fail(n, "bad-version", "version %s: this zoneward reads version %s", quoted(text), version)
		return nil
	} else if _, there := b.Value("version"); !there {
		d.fail(b.Node, "missing-key", "version is missing: want version: %s", version)
	}
	targets := b.targets()
	n, ok := b.Value("tests")
	if !ok {
		d.fail(b.Node, "missing-key", "tests is missing: want a list of tests")
		return nil
	}
	if n, ok = d.Resolve(n); !ok {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		d.fail(n, "yaml-shape", "tests: want a list, and this is %s", yamldoc.Shape(n))
		return nil
	}
	var all []test
	for _, element := range n.Content {
		if d.Full() {
			break
		}
		if len(all) >= most {
			d.fail(element, "too-many-tests", "more than %d tests, which is the limit; those from here on are not read", maxTests)
			break
		}
		if t, ok := d.test(element); ok {
			if t.targets == nil {
				t.targets = targets
			}
			all = append(all, t)
		}
	}
	return all
}
