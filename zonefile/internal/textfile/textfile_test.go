package textfile

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

func TestRead(t *testing.T) {
	fsys := fstest.MapFS{
		"empty": {}, "three": {Data: []byte("abc")}, "folder/x": {},
		"pipe": {Mode: fs.ModeNamedPipe}, // opening it would wait for a writer
	}
	for _, test := range []struct {
		file  string
		limit int64
		want  string
		err   error
	}{
		{"three", 3, "abc", nil},
		{"three", 100, "abc", nil},
		{"three", 2, "", TooLargeError{2}},
		{"empty", 0, "", nil},
		{"folder", 9, "", ErrNotRegular},
		{"pipe", 9, "", ErrNotRegular},
		{"missing", 9, "", fs.ErrNotExist},
	} {
		got, err := Read(fsys, test.file, test.limit)
		if !errors.Is(err, test.err) || got != test.want {
			t.Errorf("%s of at most %d: got %q, %v; want %q, %v", test.file, test.limit, got, err, test.want, test.err)
		}
	}
}

// changingFS has one file, which changes in between.
type changingFS struct{ seen, opened, read string }

func (c changingFS) Stat(string) (fs.FileInfo, error) { return mapFile(c.seen).Stat() }

func (c changingFS) Open(string) (fs.File, error) { return changingFile{mapFile(c.read), c}, nil }

type changingFile struct {
	fs.File
	changing changingFS
}

func (f changingFile) Stat() (fs.FileInfo, error) { return mapFile(f.changing.opened).Stat() }

// mapFile is an open file with that content.
func mapFile(content string) fs.File {
	f, err := fstest.MapFS{"x": {Data: []byte(content)}}.Open("x")
	if err != nil {
		panic(err)
	}
	return f
}

func TestReadOfWhatChanges(t *testing.T) {
	for _, test := range []struct {
		name string
		fsys changingFS
		want string
		err  error
	}{
		{"another file in its place", changingFS{"a", "abcd", "abcd"}, "abcd", nil},
		{"a shorter file in its place", changingFS{"abcd", "a", "a"}, "a", nil},
		{"a file that is too large in its place", changingFS{"a", "abcdefgh", "abcdefgh"}, "", TooLargeError{6}},
		{"it becomes shorter", changingFS{"abcd", "abcd", "ab"}, "", ErrChanged},
		{"it becomes empty", changingFS{"abcd", "abcd", ""}, "", ErrChanged},
		{"it becomes longer", changingFS{"ab", "ab", "abcd"}, "", ErrChanged},
		{"it becomes too large", changingFS{"ab", "ab", "abcdefgh"}, "", TooLargeError{6}},
		{"a file whose size is not known", changingFS{"", "", "abcd"}, "abcd", nil},
		{"a large one", changingFS{"", "", "abcdefgh"}, "", TooLargeError{6}},
	} {
		if got, err := Read(test.fsys, "x", 6); got != test.want || !errors.Is(err, test.err) {
			t.Errorf("%s: got %q, %v; want %q, %v", test.name, got, err, test.want, test.err)
		}
	}
}

func TestDecodeYAML(t *testing.T) {
	for _, test := range []struct {
		name, text  string
		top, second int // the lines where they are, 0 for none
	}{
		{"nothing", "", 0, 0},
		{"comments", "# a\n", 0, 0},
		{"one", "\na: 1\n", 2, 0},
		{"one with its marks", "---\na: 1\n...\n", 2, 0},
		{"two", "a: 1\n---\nb: 1\n", 1, 2},
		{"two of three", "a: 1\n---\n---\n[", 1, 2},
		{"an empty one and another", "---\n---\n", 2, 2},
	} {
		top, second, err := DecodeYAML(strings.NewReader(test.text))
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		lines := [2]int{}
		if top != nil {
			lines[0] = top.Line
		}
		if second != nil {
			lines[1] = second.Line
		}
		if want := [2]int{test.top, test.second}; lines != want {
			t.Errorf("%s: got lines %v, want %v", test.name, lines, want)
		}
	}
}

// The line is that where a person has to look, which is seldom the one in the error.
func TestYAMLProblem(t *testing.T) {
	for _, test := range []struct {
		text, want   string
		line, column int
	}{
		{"a: 1\nb:\n  c: 1\n d: 2\n", "did not find expected key: is the indentation right, and made of spaces?", 4, 0},
		{"a:\n- b\nc\n", "could not find expected ':': a key stands alone in its line, or goes on in the next one", 3, 0},
		{"\n\na: [b\nc: d\n", "did not find expected ',' or ']' for a bracket that opens about here", 3, 0},
		{"a: 1\nb: *c\nd: 1\n", "unknown anchor 'c' referenced", 2, 4},
		{"a: 1\nb: @x\n", "found character that cannot start any token: put the text in quotes", 2, 4},
		{"a: 1\nb: [x, `x]\n", "found character that cannot start any token: put the text in quotes", 2, 8},
		{"a: %x\n", "found character that cannot start any token: put the text in quotes", 1, 4},
		{"a: 'b\n", "found unexpected end of stream: is a quote not closed?", 2, 0},
		{"a: **\n", `"*" or "&" at the start of a word: write '*' in quotes`, 1, 4},
		{"*: x\n", `"*" or "&" at the start of a word: write '*' in quotes`, 1, 1},
		{"a:\n\tb: c\n", "a tab in the indentation: use spaces", 2, 1},
		{"a:\n  b: c\n \td: e\n", "a tab in the indentation: use spaces", 3, 2},
		{"a: b: c\n", `mapping values are not allowed in this context: put text with ": " in quotes`, 1, 5},
		{"a: \"b\\; c\"\n", `found unknown escape character: between double quotes a backslash is written \\; between single quotes it stands for itself`, 1, 6},
	} {
		_, _, err := DecodeYAML(strings.NewReader(test.text))
		if err == nil {
			t.Errorf("%q: no error", test.text)
			continue
		}
		line, column, message := YAMLProblem(test.text, err)
		if line != test.line || column != test.column || message != "not YAML: "+test.want {
			t.Errorf("%q: got %d:%d, %s; want %d:%d, %s", test.text, line, column, message, test.line, test.column, test.want)
		}
	}
}
