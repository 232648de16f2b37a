package zonefile

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// dump returns a node and all below it as lines.
func (n *yamlNode) dump(indent string) string {
	text := fmt.Sprintf("%s%d:%d kind %d flags %05b %q\n", indent, n.at.line, n.at.column, n.kind, n.flags, n.value)
	for child := n.first; child != nil; child = child.next {
		text += child.dump(indent + " ")
	}
	return text
}

// checkPlainYAML reports whether plainYAML reads a text, and fails if yaml.v3 does not read it as the same.
func checkPlainYAML(t interface {
	Helper()
	Fatalf(string, ...any)
}, text string,
) bool {
	t.Helper()
	got, ok := plainYAML(new(yamlSlabs), 0, text)
	if !ok {
		return false
	}
	r := newYAMLReader(newFiller(example, "z.yaml"), OneFile("z.yaml", text), YAMLOptions{Origin: example})
	r.anyYAML = true
	want, ok := r.document(0, text)
	if !ok {
		t.Fatalf("%s\nyaml.v3 refuses it: %v", text, r.problems)
	}
	if d := cmp.Diff(strings.Split(got.dump(""), "\n"), strings.Split(want.dump(""), "\n")); d != "" {
		t.Fatalf("%s\n(-plain +yaml.v3):\n%s", text, d)
	}
	return true
}

func TestPlainYAML(t *testing.T) {
	everyType, err := ParseYAML(os.DirFS("testdata/yaml"), "every-type.yaml", YAMLOptions{Origin: example})
	if err != nil {
		t.Fatal(err)
	}
	read := []string{
		formatYAML(t, everyType.Zone, YAMLFormat{}), string(yamlText(20)),
		"a:\n  type: A\n  value: 192.0.2.1\n", "a: b", "---\na: b\n", "# c\n---\n# d\na: b # e\n\n# f\n",
		"a:\n- b\n- c: d\n  e: f\n-\n  g: h\n- \n- i:\n  - j\nk:\n", "a:\n  - b:\n      - c\n    d:\n  -   e: f\n      g: h\n",
		"'': 'it''s'\n\"a\": \"b\\\\ \\\" c\"\n'*': x # c\n'a: b': c#d\n", "a: [b, c ,{d: e, 'f': \"g\"}, [], {}]\nb: {c: [1, 2001:db8::1], d: ~, e: null}\nc: []\n",
		"a b: c  d   # e\n-a: -b\na:b: c:d\nhttp://x: y\n", "~: null\nNull: ~\n", "a:\n    b: c\nd:\n  e: f\n", "a: '#b'\nc: '- d'\n", "a:\n\n\n  b: c\n   \n", "# é – 日本 🙂 \ufffd\na: b\n  # ü\n",
	}
	for _, text := range read {
		if !checkPlainYAML(t, text) {
			t.Errorf("not read:\n%s", text)
		}
	}
	left := []string{
		"", "\n", "# c\n", "a", "- a\n", "a: &b c\n", "a: *b\n", "a: !b c\n", "a: |\n  b\n", "a: >-\n  b\n", "a: b\n  c\n", "a: b: c\n", "a: 'b\n  c'\n", "a: [b,\n c]\n",
		"a: b\n---\nc: d\n", "a: b\n...\n", "%YAML 1.1\n---\na: b\n", "<<: {a: b}\n", "? a\n: b\n", "a:\tb\n", "\ufeffa: b\n", "a: é\n", "a: b\r\n", "a: \"b\\n\"\n", "a:\n  - b\n - c\n",
		"a:\n  b: c\n d: e\n", " a: b\n", "a:b\n", "a: [b, c\n", "a: {b}\n", "a: [b: c]\n", "a: {b: c}: d\n", "a: - b\n", "a : b\n", "'a' : b\n", "a: @b\n", "a: b\n- c\n", "a:\n- b\nc\n",
		strings.Repeat("a", 1100) + ": b\n", "a: " + strings.Repeat("[", 50) + strings.Repeat("]", 50) + "\n", "a:#b\n", "- - a\n", "a: [b,]\n", "a:\n  b\n", "a: b # é\n", "# \u0085\na: b\n", "# \u2028\na: b\n", "# \xff\na: b\n", "# \x07\na: b\n", "# \t\na: b\n", "# \ufeff\na: b\n", "# \uffff\na: b\n", "# \u0080\na: b\n", "\t\na: b\n",
	}
	for _, text := range left {
		if checkPlainYAML(t, text) {
			t.Errorf("read, and it should be left:\n%s", text)
		}
	}
}

// Whatever lines a text has, what is read of it is what yaml.v3 reads.
func TestPlainYAMLAgreesWithYAML(t *testing.T) {
	read := 0
	rapid.Check(t, func(t *rapid.T) {
		d := yamlDrawer{T: t}
		d.mapping(0, 0)
		text := []byte(d.text.String())
		for range rapid.SampledFrom([]int{0, 0, 1, 2}).Draw(t, "changes") {
			at := rapid.IntRange(0, len(text)-1).Draw(t, "at")
			text[at] = rapid.SampledFrom([]byte(" \n:#-'\"[]{},a~")).Draw(t, "octet")
		}
		if checkPlainYAML(t, string(text)) {
			read++
		}
	})
	if read < 20 {
		t.Errorf("only %d texts were read", read)
	}
}

// yamlDrawer draws the text of a mapping, with comments and blank lines anywhere.
type yamlDrawer struct {
	*rapid.T
	text strings.Builder
}

func (d *yamlDrawer) one(of ...string) string { return rapid.SampledFrom(of).Draw(d.T, "part") }

// end ends a line.
func (d *yamlDrawer) end() {
	d.text.WriteString(d.one("", "", "", " # c", "  #", " ") + "\n")
	d.text.WriteString(d.one("", "", "", "\n", "# c\n", "  # c\n", "      # é\n", "\n\n# c\n\n", "   \n"))
}

func (d *yamlDrawer) mapping(indent, depth int) {
	for i := range rapid.IntRange(1, 3).Draw(d.T, "keys") {
		if i > 0 {
			d.text.WriteString(strings.Repeat(" ", indent))
		}
		d.text.WriteString(d.one("a", "b c", "'d'", `"e"`, "f-", "1", "null", "http://x", "'*'") + ":")
		d.value(indent, depth, true)
	}
}

func (d *yamlDrawer) value(indent, depth int, ofKey bool) {
	kind := rapid.IntRange(0, 5).Draw(d.T, "kind")
	if depth > 3 {
		kind = 0
	}
	deeper := indent + rapid.IntRange(1, 4).Draw(d.T, "deeper")
	switch kind {
	case 1: // below
		d.end()
		d.text.WriteString(strings.Repeat(" ", deeper))
		d.mapping(deeper, depth+1)
	case 2:
		if ofKey && rapid.Bool().Draw(d.T, "flush") {
			deeper = indent
		}
		d.end()
		for range rapid.IntRange(1, 3).Draw(d.T, "items") {
			d.text.WriteString(strings.Repeat(" ", deeper) + "-")
			d.value(deeper, depth+1, false)
		}
	case 3:
		if ofKey {
			d.text.WriteString(" ")
			d.scalar()
			return
		}
		spaces := rapid.IntRange(1, 3).Draw(d.T, "spaces")
		d.text.WriteString(strings.Repeat(" ", spaces))
		d.mapping(indent+1+spaces, depth+1)
	case 4:
		d.text.WriteString(" ")
		d.flow(0)
		d.end()
	case 5:
		d.end() // nothing
	default:
		d.text.WriteString(d.one(" ", "  "))
		d.scalar()
	}
}

func (d *yamlDrawer) scalar() {
	d.text.WriteString(d.one("a", "b  c", "192.0.2.1", "2001:db8::1", "v=spf1 -all", "'it''s'", `"a \\ \" b"`, "~", "null", "-1", "a#b", "a,b", "x[0]", "''", `""`, "a\\;b", "y", "'a: b'", "a 'b'"))
	d.end()
}

func (d *yamlDrawer) flow(depth int) {
	if depth > 2 || rapid.Bool().Draw(d.T, "leaf") {
		d.text.WriteString(d.one("a", "b c", "2001:db8::1", "'d, e'", `"f"`, "-1", "~", "a/b", "x=y", "[]", "{}"))
		return
	}
	open, closing, list := "[", "]", true
	if rapid.Bool().Draw(d.T, "mapping") {
		open, closing, list = "{", "}", false
	}
	d.text.WriteString(open + d.one("", " "))
	for i := range rapid.IntRange(1, 3).Draw(d.T, "items") {
		if i > 0 {
			d.text.WriteString(d.one(", ", ",", " , "))
		}
		if !list {
			d.text.WriteString(d.one("k", "'l'", "m n", "1") + ": ")
		}
		d.flow(depth + 1)
	}
	d.text.WriteString(d.one("", " ") + closing)
}

// parseAnyYAML is [parseYAML] with yaml.v3 for any text.
func parseAnyYAML(t testing.TB, text string) *File {
	t.Helper()
	r := newYAMLReader(newFiller(example, "example.com.yaml"), OneFile("example.com.yaml", text), YAMLOptions{Origin: example})
	r.alone, r.anyYAML = true, true
	if err := r.read("example.com.yaml"); err != nil {
		t.Fatal(err)
	}
	if r.stated.count == 0 && len(r.problems) == 0 {
		r.problem(Position{File: "example.com.yaml"}, "empty-file", Warning, "the file has no records")
	}
	return r.file()
}

// checkSameFile checks that two readings of a text say the same. Of too many problems each keeps those that it comes to first.
func checkSameFile(t testing.TB, got, want *File) {
	t.Helper()
	if got.Zone.Digest() != want.Zone.Digest() {
		t.Errorf("the zones differ: got %v, want %v", recordLines(got.Zone), recordLines(want.Zone))
	}
	if d := cmp.Diff(got.Problems, want.Problems); d != "" && len(want.Problems) < maxProblems {
		t.Errorf("problems (-got +want):\n%s", d)
	}
	for set := range want.Zone.All() {
		if got.Position(set.Key) != want.Position(set.Key) || !cmp.Equal(got.Options(set.Key), want.Options(set.Key)) {
			t.Errorf("%s: at %s with %+v, want %s, %+v", set.Key, got.Position(set.Key), got.Options(set.Key), want.Position(set.Key), want.Options(set.Key))
		}
	}
	if !cmp.Equal(got.Files(), want.Files()) || !cmp.Equal(got.Allowed(), want.Allowed()) {
		t.Error("the files, or what comments allow, differ")
	}
}

func FuzzPlainYAML(f *testing.F) {
	everyType, err := os.ReadFile("testdata/yaml/every-type.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(everyType))
	for _, seed := range []string{"a:\n- b\n- c: d\n  e: f\n-\n  g: h\n", "a: [b, {c: d}, 'e']\n", "# c\n---\n# d\na: b # e\n\n# f\n", "a:\n  # c\n  - # d\n    b: c\n  # e\n", "'a': \"b\\\\\"\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if checkPlainYAML(t, text) {
			checkSameFile(t, parseYAML(t, text), parseAnyYAML(t, text))
		}
	})
}
