package zonefmt

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/zoneward/zoneward/zonefile"
)

// repository is the root of the repository.
var repository = filepath.Join("..", "..")

var example = zonefile.MustParseName("example.com.")

// source is a file of a corpus, and the file system that it is in.
type source struct {
	id   string // of people
	fs   fstest.MapFS
	file string
}

func (s source) text() string { return string(s.fs[s.file].Data) }

// corpus returns all files of the repository that can be formatted: those on the disk, and those in the archives of its tests.
func corpus(t testing.TB) []source {
	t.Helper()
	var all []source
	add := func(id string, files fstest.MapFS) {
		for file := range files {
			switch path.Ext(file) {
			case ".zone", ".inc", ".yaml", ".yml":
				all = append(all, source{id + ":" + file, files, file})
			}
		}
	}
	folders := map[string]fstest.MapFS{}
	err := filepath.WalkDir(repository, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if base := entry.Name(); base == "bin" || base == ".git" {
				return fs.SkipDir
			}
			return nil
		}
		switch filepath.Ext(file) {
		case ".txtar":
			archive, err := txtar.ParseFile(file)
			if err != nil {
				return err
			}
			files := fstest.MapFS{}
			for _, f := range archive.Files {
				files[path.Clean(f.Name)] = &fstest.MapFile{Data: f.Data}
			}
			add(file, files)
		case ".zone", ".inc", ".yaml", ".yml":
			data, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			dir := filepath.Dir(file)
			if folders[dir] == nil {
				folders[dir] = fstest.MapFS{}
			}
			folders[dir][entry.Name()] = &fstest.MapFile{Data: data}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for dir, files := range folders {
		add(dir, files)
	}
	return all
}

// isYAML reports whether a file is formatted by [YAML].
func isYAML(file string) bool { return strings.HasSuffix(path.Ext(file), "ml") }

// formatFile formats a text as the name of its file says.
func formatFile(file, text string) (string, error) {
	if isYAML(file) {
		return YAML(text, Options{File: file})
	}
	return BIND(text, Options{File: file})
}

// read reads a file with that text.
func read(t testing.TB, s source, text string) *zonefile.File {
	t.Helper()
	files := fstest.MapFS{}
	for name, file := range s.fs {
		files[name] = file
	}
	files[s.file] = &fstest.MapFile{Data: []byte(text)}
	origin, ok := zonefile.OriginOf(s.file)
	if !ok || !isYAML(s.file) && strings.Count(origin.String(), ".") < 2 {
		origin = example
	}
	main := s.file
	if path.Ext(main) == ".inc" {
		main = path.Join(path.Dir(main), "including.zone")
		files[main] = &fstest.MapFile{Data: []byte("$TTL 1\n@ TXT before\n$INCLUDE " + path.Base(s.file) + "\n")}
	}
	f, err := zonefile.Parse(files, main, zonefile.ParseOptions{Origin: origin})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestRepositoryStaysTheSame formats every zone file of the repository: it says the same afterwards, and formatting it again changes nothing.
func TestRepositoryStaysTheSame(t *testing.T) {
	counts := map[string]int{}
	for _, s := range corpus(t) {
		formatted, err := formatFile(s.file, s.text())
		before := read(t, s, s.text())
		if err != nil {
			if before.Err() == nil {
				t.Errorf("%s: a good file is not formatted: %v", s.id, err)
			}
			counts["refused"]++
			continue
		}
		counts[path.Ext(s.file)]++
		if !Same(read(t, s, formatted), before) {
			t.Errorf("%s: it says something else:\n%s", s.id, cmp.Diff(s.text(), formatted))
		}
		if d := cmp.Diff(comments(s.file, formatted), comments(s.file, s.text())); d != "" && !strings.Contains(formatted, "; minimum") {
			t.Errorf("%s: comments (-got +want):\n%s", s.id, d)
		}
		tidy(t, s.id, s.file, formatted)
	}
	t.Log(counts)
	if counts[".zone"] < 200 || counts[".yaml"] < 50 || counts[".inc"] < 3 {
		t.Errorf("only %v were formatted", counts)
	}
}

// tidy checks what is true of all that is formatted.
func tidy(t testing.TB, id, file, formatted string) {
	t.Helper()
	again, err := formatFile(file, formatted)
	if err != nil {
		t.Fatalf("%s: what is formatted is not formatted again: %v\n%s", id, err, formatted)
	}
	if d := cmp.Diff(formatted, again); d != "" {
		t.Errorf("%s: formatting it again changes it (-once +twice):\n%s", id, d)
	}
	if isYAML(file) {
		return // texts have lines of their own
	}
	normal, _ := lineEnds(formatted)
	if normal != "" && (!strings.HasSuffix(normal, "\n") || strings.HasPrefix(normal, "\n") || strings.HasSuffix(normal, "\n\n")) {
		t.Errorf("%s: it does not end with one line end, or begins with one:\n%s", id, formatted)
	}
	for line := range strings.Lines(normal) {
		if line = strings.TrimSuffix(line, "\n"); line != strings.TrimRight(line, " \t") && !strings.HasSuffix(line, `\ `) {
			t.Errorf("%s: white space at the end of %q", id, line)
		}
	}
}

// comments returns the comments of a master file in their order; of YAML, which is compared as a whole when it is formatted, none.
func comments(file, text string) []string {
	var all []string
	if isYAML(file) {
		return nil
	}
	text, _ = lineEnds(text)
	add := func(between string) {
		for line := range strings.SplitSeq(between, "\n") {
			if _, comment, ok := strings.Cut(line, ";"); ok {
				all = append(all, strings.TrimRight(comment, " \t"))
			}
		}
	}
	end := 0
	for e := range zonefile.Entries(text) {
		for _, w := range e.Words {
			add(text[end:w.Start])
			end = w.End
		}
	}
	add(text[end:])
	return all
}
