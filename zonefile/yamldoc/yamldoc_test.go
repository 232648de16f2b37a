package yamldoc

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"github.com/zoneward/zoneward/zonefile"
)

// menu is read from a file that has a name, dishes, and a wine with its year.
type menu struct {
	*Document
	read []string // each value that was read, with its key
}

func (m *menu) value(n *yaml.Node, what string) {
	if n, ok := m.Scalar(n, what); ok {
		m.read = append(m.read, what+" "+n.Value)
	}
}

// readMenu reads a text as the callers of the package do.
func readMenu(text string, form Form) *menu {
	form.Name = "a menu"
	m := &menu{Document: New("menu.yaml", text, form)}
	top, ok := m.Top()
	if !ok {
		return m
	}
	if top == nil {
		m.read = append(m.read, "nothing")
		return m
	}
	file, ok := m.MappingOf(top, "", "name", "dishes", "wine")
	if !ok {
		return m
	}
	if n, ok := file.Need("name", "what it says on the door"); ok {
		m.value(n, file.Label("name"))
	}
	if n, ok := file.Value("dishes"); ok {
		if list, ok := m.Resolve(n); ok {
			for _, dish := range m.AtMost(3, list.Content, file.Label("dishes")) {
				m.value(dish, file.Label("dishes"))
			}
		}
	}
	if n, ok := file.Value("wine"); ok {
		if wine, ok := m.MappingOf(n, "wine", "name", "year"); ok {
			for _, key := range []string{"name", "year"} {
				if n, ok := wine.Need(key, "say it"); ok {
					m.value(n, wine.Label(key))
				}
			}
		}
	}
	return m
}

// texts returns problems as "3:5: message [rule]".
func texts(problems []zonefile.Problem) []string {
	var all []string
	for _, p := range problems {
		all = append(all, fmt.Sprintf("%s [%s]", strings.TrimPrefix(p.String(), "menu.yaml:"), p.Rule))
	}
	return all
}

// Whatever is wrong is found with its place, and what is beside it is read.
func TestDocument(t *testing.T) {
	for _, test := range []struct {
		name, text string
		read       []string
		problems   []string
	}{
		{"all", "name: a\ndishes: [b, 'c d']\nwine: {name: e, year: 01.0}\n", []string{"name a", "dishes b", "dishes c d", "wine.name e", "wine.year 01.0"}, nil},
		{"line ends of Windows", "name: a\r\ndishes: [b]\r\n", []string{"name a", "dishes b"}, nil},
		{"words that have a type elsewhere", "name: yes\ndishes: [0x10, 2026-01-01, \"null\"]\n", []string{"name yes", "dishes 0x10", "dishes 2026-01-01", "dishes null"}, nil},
		{"anchors", "name: &n a\ndishes: &d [*n]\nwine: {name: *n, year: b}\n", []string{"name a", "dishes a", "wine.name a", "wine.year b"}, nil},
		{"a key by an alias", "name: &n year\nwine: {*n : 1, name: x}\n", []string{"name year", "wine.name x", "wine.year 1"}, nil},

		{"empty", "", []string{"nothing"}, nil},
		{"comments", "# a\n", []string{"nothing"}, nil},
		{"null", "---\n~\n", []string{"nothing"}, nil},
		{"not a mapping", "- a\n", nil, []string{"1:1: want a mapping with the keys name, dishes, wine, and this is a list [yaml-shape]"}},
		{"not a mapping within", "name: a\nwine: red\n", []string{"name a"}, []string{"2:7: wine: want a mapping with the keys name, year, and this is a single value [yaml-shape]"}},
		{"no YAML", "name: a\ndishes: [b\n", nil, []string{"2: not YAML: did not find expected ',' or ']' for a bracket that opens about here [syntax]"}},
		{"two documents", "name: a\n---\nname: b\n", nil, []string{"2:1: a second YAML document begins here: a menu has one [syntax]"}},

		{"unknown keys", "name: a\nprice: 1\nwine: {name: b, color: c, year: d}\n", []string{"name a", "wine.name b", "wine.year d"}, []string{
			`2:1: unknown key "price"; it can have name, dishes, wine [unknown-key]`,
			`3:17: wine: unknown key "color"; it can have name, year [unknown-key]`,
		}},
		{"a long unknown key", "name: a\n" + strings.Repeat("k", 100) + ": 1\n", []string{"name a"}, []string{
			`2:1: unknown key "` + strings.Repeat("k", 60) + `"; it can have name, dishes, wine [unknown-key]`,
		}},
		{"keys that are not there", "wine: {}\n", nil, []string{
			"1:1: name is missing: what it says on the door [missing-key]",
			"1:7: wine.name is missing: say it [missing-key]",
			"1:7: wine.year is missing: say it [missing-key]",
		}},
		{"a key twice", "name: a\nname: b\nname: c\n", []string{"name a"}, []string{
			"2:1: the key name comes twice, first in line 1 [yaml-duplicate-key]",
			"3:1: the key name comes twice, first in line 1 [yaml-duplicate-key]",
		}},
		{"a key twice, by an alias", "name: &n year\nwine:\n  *n : 1\n  year: 2\n  name: x\n", []string{"name year", "wine.name x", "wine.year 1"}, []string{
			"4:3: wine: the key year comes twice, first in line 3 [yaml-duplicate-key]",
		}},
		{"a list as a key", "name: a\n[b]: c\n? {d: e}\n: f\n", []string{"name a"}, []string{
			"2:1: a list as a key: only text can be one [yaml-key]",
			"3:3: a mapping as a key: only text can be one [yaml-key]",
		}},
		{"a merge", "name: a\nwine: {<<: {name: b}, year: c}\n", []string{"name a", "wine.year c"}, []string{
			"2:7: wine.name is missing: say it [missing-key]",
			"2:8: wine: << is not read here: write the keys out [yaml-merge]",
		}},
		{"tags", "name: !!binary YQ==\ndishes: !x [b]\nwine: {!!str name: c, year: !!null }\n", nil, []string{
			`1:7: the tag "!!binary": write the value alone [yaml-tag]`,
			`2:9: the tag "!x": write the value alone [yaml-tag]`,
			"3:7: wine.name is missing: say it [missing-key]",
			`3:8: the tag "!!str": write the value alone [yaml-tag]`,
			`3:29: the tag "!!null": write the value alone [yaml-tag]`,
		}},
		{"a tag on an anchor", "name: a\ndishes: [&n !x b, *n]\n", []string{"name a"}, []string{
			`2:10: the tag "!x": write the value alone [yaml-tag]`,
			`2:10: the tag "!x": write the value alone [yaml-tag]`,
		}},
		{"not a single value", "name: ''\ndishes: [~, [b], {c: d}]\n", nil, []string{
			"1:7: name: want a single value, and this is an empty text [yaml-shape]",
			"2:10: dishes: want a single value, and this is nothing [yaml-shape]",
			"2:13: dishes: want a single value, and this is a list [yaml-shape]",
			"2:18: dishes: want a single value, and this is a mapping [yaml-shape]",
		}},
		{"a long list", "name: a\ndishes: [b, c, d, e, f]\n", []string{"name a", "dishes b", "dishes c", "dishes d"}, []string{
			"2:19: dishes: more than 3 values; those from here on are not read [list-too-long]",
		}},
		{"nothing at the end of a line", "name:\n", nil, []string{"1:6: name: want a single value, and this is nothing [yaml-shape]"}},
		{"columns in octets", "name: a\nwine: {name: 'é€😀', colour: b, year: c}\n", []string{"name a", "wine.name é€😀", "wine.year c"}, []string{
			`2:27: wine: unknown key "colour"; it can have name, year [unknown-key]`,
		}},
		{"an anchor within itself", "name: a\ndishes: &d [b, *d]\n", []string{"name a", "dishes b"}, []string{
			"2:9: dishes: want a single value, and this is a list [yaml-shape]",
		}},
		{"text that is not what it looks like", "name: a # \u202e\n# \x1b \x00\n# \xff\n# a\rb\n# \u2028\n# \u0085\n# good: \t \ufffd\n", nil, []string{
			"1:11: a character that turns the direction of the text, so that it looks other than it is read: take it away [bad-text]",
			"2:3: a control character: take it away [bad-text]",
			"3:3: this is not UTF-8 [bad-text]",
			"4:4: a character that some programs take for the end of a line and others do not: take it away [bad-text]",
			"5:3: a character that some programs take for the end of a line and others do not: take it away [bad-text]",
			"6:3: a character that some programs take for the end of a line and others do not: take it away [bad-text]",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := readMenu(test.text, Form{})
			if d := cmp.Diff(m.read, test.read); d != "" {
				t.Errorf("read (-got +want):\n%s", d)
			}
			if d := cmp.Diff(texts(m.Problems()), test.problems); d != "" {
				t.Errorf("problems (-got +want):\n%s", d)
			}
			if m.Errors() != len(test.problems) {
				t.Errorf("%d errors", m.Errors())
			}
		})
	}
}

// A kind of file has its own words where it knows better.
func TestForm(t *testing.T) {
	form := Form{
		Flaw: func(c rune, rest string) string {
			if c == 'x' {
				return "an x before " + rest[1:]
			}
			return ""
		},
		UnknownKey:     func(key string, known []string) string { return fmt.Sprintf("no %s; try %s", key, known[0]) },
		InsteadOfMerge: "do it by hand",
	}
	for text, want := range map[string]string{
		"name: a\nprice: 1\n":  "2:1: no price; try name [unknown-key]",
		"name: a\n<<: {b: c}":  "2:1: << is not read here: do it by hand [yaml-merge]",
		"name: a # six pence":  "1:13: an x before  pence [bad-text]",
		"# \u202e\nwine: {}\n": "",
	} {
		got := texts(readMenu(text, form).Problems())
		if want != "" && !slices.Equal(got, []string{want}) || want == "" && strings.Contains(strings.Join(got, ""), "bad-text") {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// A warning is kept, and does not count as one of the errors.
func TestWarn(t *testing.T) {
	d := New("menu.yaml", "a: b\n", Form{MaxErrors: 2})
	top, ok := d.Top()
	if !ok {
		t.Fatal(d.Problems())
	}
	for range 3 {
		d.Warn(top.Content[1], "stale", "the %s is old", "b")
	}
	d.Fail(top.Content[0], "rotten", "the a is bad")
	want := []string{"1:1: the a is bad [rotten]", "1:4: warning: the b is old [stale]", "1:4: warning: the b is old [stale]", "1:4: warning: the b is old [stale]"}
	if diff := cmp.Diff(texts(d.Problems()), want); diff != "" || d.Errors() != 1 || d.Full() {
		t.Errorf("%d errors, full %t (-got +want):\n%s", d.Errors(), d.Full(), diff)
	}
}

// However large a file is, and whatever aliases make of it, reading it ends soon, and with an error that says so.
func TestLimits(t *testing.T) {
	dishes := func(elements string) string { return "name: a\ndishes: [" + elements + "]\n" }
	for _, test := range []struct {
		name, text string
		form       Form
		want       []string
	}{
		{"aliases", dishes("&b b, *b, *b"), Form{MaxAliased: 1}, []string{"2:20: aliases (*b and others) stand for more than 1 values [yaml-aliases]"}},
		{"as many aliases as may be", dishes("&b b, *b, *b"), Form{MaxAliased: 2}, nil},
		{"aliases that stand for much", "name: a\nwine: {name: &w [" + strings.Repeat("x,", 10_000) + "], year: *w}\n", Form{}, []string{
			"2:14: wine.name: want a single value, and this is a list [yaml-shape]",
			"2:20027: aliases (*w and others) stand for more than 10000 values [yaml-aliases]",
		}},
		{"errors", strings.Repeat("x: 1\n", 9), Form{MaxErrors: 3}, []string{
			`1:1: unknown key "x"; it can have name, dishes, wine [unknown-key]`,
			`2:1: unknown key "x"; it can have name, dishes, wine [unknown-key]`,
			"3:1: not read any further: there are 2 errors already [too-many-problems]",
		}},
		{"bad characters", strings.Repeat("\x01\n", 9), Form{MaxErrors: 2}, []string{
			"1:1: a control character: take it away [bad-text]",
			"2:1: not read any further: there are 1 errors already [too-many-problems]",
		}},
		{"the name of an anchor", "name: *" + strings.Repeat("a", 1000) + "\n", Form{}, []string{"1:7: not YAML: unknown anchor '" + strings.Repeat("a", 500-len("not YAML: unknown anchor '")) + " [syntax]"}},
		{"deep nesting", dishes(strings.Repeat("[", 50_000)), Form{}, []string{"2: not YAML: exceeded max depth of 10000 [syntax]"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			begun := time.Now()
			if d := cmp.Diff(texts(readMenu(test.text, test.form).Problems()), test.want); d != "" {
				t.Errorf("problems (-got +want):\n%s", d)
			}
			if took := time.Since(begun); took > 10*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
}

func TestLimitsThatAreNotStated(t *testing.T) {
	if got := len(readMenu(strings.Repeat("x: 1\n", 5000), Form{}).Problems()); got != 1000 {
		t.Errorf("%d problems", got)
	}
}

func TestReadText(t *testing.T) {
	fsys := fstest.MapFS{"menu.yaml": {Data: []byte("\ufeffa: b")}, "folder/x": {}}
	if text, err := ReadText(fsys, "menu.yaml", 7); text != "a: b" || err != nil {
		t.Errorf("got %q, %v", text, err)
	}
	if text, err := ReadText(fsys, "menu.yaml", 6); text != "" || !errors.Is(err, TooLargeError{Limit: 6}) {
		t.Errorf("got %q, %v; want that it is too large", text, err)
	}
	if _, err := ReadText(fsys, "folder", 9); !errors.Is(err, ErrNotRegular) {
		t.Errorf("a folder: %v", err)
	}
	if _, err := ReadText(fsys, "missing", 9); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}

func FuzzDocument(f *testing.F) {
	for _, text := range []string{
		"name: a\ndishes: [b, 'c d']\nwine: {name: e, year: 01.0}\n",
		"name: &n a\ndishes: &d [*n, *d, !x y]\nwine: {<<: *d, ? [a] : b, name: ~}\n---\n...",
		"name: \"\\x1b\\u202e\" # \u202e\r\nprice: é\n",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m := readMenu(text, Form{})
		for _, p := range m.Problems() {
			if p.Rule == "" || p.Message == "" || p.Position.File != "menu.yaml" || p.Severity != zonefile.Error {
				t.Errorf("a problem that says too little: %#v", p)
			}
			if strings.ContainsAny(p.Message, "\n\x1b\u202e") || len(p.Message) > 2100 {
				t.Errorf("a problem that does not print: %q", p.Message)
			}
			if lines := strings.Split(text, "\n"); p.Position.Line > len(lines)+1 {
				t.Errorf("a problem in line %d of %d", p.Position.Line, len(lines))
			}
		}
		if len(m.read) == 0 && m.Errors() == 0 {
			t.Error("nothing was read, and nothing is wrong")
		}
	})
}
