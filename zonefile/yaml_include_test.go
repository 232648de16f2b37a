package zonefile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// filesOf returns a file system with texts by name.
func filesOf(texts map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range texts {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

func TestYAMLIncludes(t *testing.T) {
	fsys := filesOf(map[string]string{
		"zones/example.com.yaml": `
a: &a
  type: A
  values: !include ../shared/addresses.yaml
b: *a
c:
  <<: !include ../shared/defaults.yaml
  type: TXT
  values:
  - !include ../shared/claim.txt
  - x
d: !include records.yaml
<<: [!include more.yaml, !include others.yaml]
e:
  <<: [!include ../shared/defaults.yaml, &t {type: A, ttl: 7}]
  value: 192.0.2.9
`,
		"zones/records.yaml":    "- type: A\n  value: 192.0.2.3\n- !include ../shared/mx.yaml\n",
		"zones/more.yaml":       "m1: {type: A, value: 192.0.2.4}\nm2: {type: A, value: 192.0.2.5}\n",
		"zones/others.yaml":     "m2: {type: A, value: 192.0.2.6}\nm3: !include more/m3.yaml\n",
		"zones/more/m3.yaml":    "<<: !include ../../shared/defaults.yaml\ntype: CNAME\nvalue: m1.example.com.\n",
		"shared/addresses.yaml": "# of the web servers\n- 192.0.2.1\n- 192.0.2.2\n",
		"shared/defaults.yaml":  "ttl: 60\n",
		"shared/claim.txt":      "i-own-this=1\n",
		"shared/mx.yaml":        "type: MX\nvalue: {preference: 10, exchange: mx.example.net.}\n",
	})
	f := parseYAMLFiles(t, "zones/example.com.yaml", fsys)
	if d := cmp.Diff(problemLines(f.Problems), []string(nil)); d != "" {
		t.Errorf("problems (-got +want):\n%s", d)
	}
	if d := cmp.Diff(recordLines(f.Zone), []string{
		"a 3600 A 192.0.2.1", "a 3600 A 192.0.2.2", "b 3600 A 192.0.2.1", "b 3600 A 192.0.2.2", `c 60 TXT "x"`, `c 60 TXT "i-own-this=1"`,
		"d 3600 A 192.0.2.3", "d 3600 MX 10 mx.example.net.", "e 60 A 192.0.2.9",
		"m1 3600 A 192.0.2.4", "m2 3600 A 192.0.2.5", "m3 60 CNAME m1.example.com.",
	}); d != "" {
		t.Errorf("records (-got +want):\n%s", d)
	}
	if d := cmp.Diff(f.Files(), []string{
		"zones/example.com.yaml", "shared/addresses.yaml", "shared/defaults.yaml", "shared/claim.txt", "zones/records.yaml", "shared/mx.yaml",
		"zones/more.yaml", "zones/others.yaml", "zones/more/m3.yaml",
	}); d != "" {
		t.Errorf("files (-got +want):\n%s", d)
	}
	for key, want := range map[string]string{"d MX": "zones/records.yaml:3", "m1 A": "zones/more.yaml:1", "c TXT": "zones/example.com.yaml:6"} {
		name, typ, _ := strings.Cut(key, " ")
		at := f.Position(Key{MustParseName(name + ".example.com."), MustParseType(typ)})
		if got := fmt.Sprintf("%s:%d", at.File, at.Line); got != want {
			t.Errorf("%s is at %s; want %s", key, got, want)
		}
	}
}

// What is wrong with an included file is reported where it stands there, and what is wrong with the include where that is.
func TestYAMLIncludeProblems(t *testing.T) {
	tests := []struct {
		name  string
		value string // of www, from column 6 of line 1
		files map[string]string
		want  []string
	}{
		{"a value", "{type: A, value: !include a}", map[string]string{"a": "\n  192.0.2.300\n"}, []string{`a:2:3: www A: "192.0.2.300" is not an IPv4 address [bad-value]`}},
		{"no YAML", "!include a", map[string]string{"a": "a:\n- b\nc\n"}, []string{"a:3: not YAML: could not find expected ':': a key stands alone in its line, or goes on in the next one [syntax]"}},
		{"two documents", "!include a", map[string]string{"a": "a\n---\nb\n"}, []string{"a:2:1: a second YAML document begins here: a zone file has one [syntax]"}},
		{"a key twice", "!include a", map[string]string{"a": "type: A\ntype: A\nvalue: 192.0.2.1\n"}, []string{
			`a:2:1: the key "type" comes twice in one mapping, first in line 1; only the first is read [yaml-duplicate-key]`,
		}},
		{"nothing", "{type: A, value: !include a}", map[string]string{"a": "# nothing\n"}, []string{
			`a:1:1: www A: nothing where a value is needed; text that reads as nothing ("null", "~") needs quotes [bad-value]`,
		}},
		{"not there", "!include gone", nil, []string{`z.yaml:1:6: !include: "gone": file does not exist [include-unreadable]`}},
		{"a directory", "!include d", map[string]string{"d/x": ""}, []string{`z.yaml:1:6: !include: "d": not a regular file [include-unreadable]`}},
		{"outside", "!include ../a", nil, []string{`z.yaml:1:6: !include: "../a" is outside the source directory [include-outside]`}},
		{"the home directory is a folder", "!include ~/a", nil, []string{`z.yaml:1:6: !include: "~/a": file does not exist [include-unreadable]`}},
		{"absolute", "!include /etc/passwd", nil, []string{`z.yaml:1:6: !include: "/etc/passwd" is an absolute path; write it relative to the folder of this file [include-outside]`}},
		{"several", "!include [a, b]", nil, []string{"z.yaml:1:6: !include: it takes the name of one file; <<: [!include a.yaml, !include b.yaml] merges several [yaml-include]"}},
		{"no name", "!include ''", nil, []string{"z.yaml:1:6: !include: it takes the name of one file; <<: [!include a.yaml, !include b.yaml] merges several [yaml-include]"}},
		{"itself", "!include z.yaml", nil, []string{"z.yaml:1:6: !include: z.yaml includes itself [include-loop]"}},
		{"a loop", "!include a", map[string]string{"a": "- !include b\n", "b": "x: !include a\n"}, []string{
			"a:1:3: www: a record without a type [unknown-type]", "b:1:4: !include: a includes itself [include-loop]",
		}},
		{"an anchor of the other file", "&x !include a", map[string]string{"a": "value: *x\n"}, []string{"a:1:8: not YAML: unknown anchor 'x' referenced [syntax]"}},
		{"merge of text", "{<<: !include a, type: A}", map[string]string{"a": "b\n"}, []string{
			"z.yaml:1:1: www A: no value [missing-data]", "z.yaml:1:11: << takes a mapping or a list of mappings [yaml-merge]",
		}},
		{"as a key", "{? !include a : b}", map[string]string{"a": "type\n"}, []string{
			"z.yaml:1:1: www: a record without a type [unknown-type]", "z.yaml:1:9: a list or mapping as a key: only text can be one [yaml-key]",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			fsys := filesOf(test.files)
			fsys["z.yaml"] = &fstest.MapFile{Data: []byte("www: " + test.value + "\n")}
			f := parseYAMLFiles(t, "z.yaml", fsys)
			if d := cmp.Diff(problemLines(f.Problems), test.want); d != "" {
				t.Errorf("problems (-got +want):\n%s", d)
			}
		})
	}
}

func TestYAMLIncludeLimits(t *testing.T) {
	deep := map[string]string{"z.yaml": "www: !include 1\n"}
	for i := range 5 {
		deep[fmt.Sprint(i+1)] = fmt.Sprintf("x: !include %d\n", i+2)
	}
	deep["6"] = "y"
	many := map[string]string{"z.yaml": "www: {type: A, values: [!include a, !include a, !include a]}\n", "a": "192.0.2.1"}
	tests := []struct {
		name   string
		files  map[string]string
		limits Limits
		want   string
	}{
		{"depth", deep, Limits{IncludeDepth: 5}, "4:1:4: !include: more than 5 files within each other; source.limits.include_depth raises the limit [include-limit]"},
		{"depth that is allowed", deep, Limits{IncludeDepth: 7}, "z.yaml:1:1: www: a record without a type [unknown-type]"},
		{"number", many, Limits{Includes: 2}, "z.yaml:1:49: !include: more than 2 includes in the zone; source.limits.includes raises the limit [include-limit]"},
		{"number that is allowed", many, Limits{Includes: 3}, "z.yaml:1:49"},
		{"octets", many, Limits{FileBytes: 61 + 2*9}, "z.yaml:1:49: !include: with a the zone has more than 79 octets, with all that is included and generated; source.limits.file_bytes raises the limit [file-too-large]"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f, err := ParseYAML(filesOf(test.files), "z.yaml", YAMLOptions{Origin: example, Limits: test.limits})
			if err != nil {
				t.Fatal(err)
			}
			if lines := problemLines(f.Problems); !strings.Contains(strings.Join(lines, "\n"), test.want) {
				t.Errorf("got %q; want %s", lines, test.want)
			}
		})
	}
}

// A symbolic link may not lead out of the tree.
func TestYAMLIncludesNoLinkThatLeaves(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "zones"), 0o700); err != nil {
		t.Fatal(err)
	}
	write("secret", "secret\n")
	write("zones/inside", "192.0.2.1\n")
	write("zones/z.yaml", "a: {type: A, value: !include link}\nb: {type: A, value: !include out}\n")
	for name, to := range map[string]string{"link": "inside", "out": "../secret"} {
		if err := os.Symlink(to, filepath.Join(dir, "zones", name)); err != nil {
			t.Skip(err)
		}
	}
	root, err := os.OpenRoot(filepath.Join(dir, "zones"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	f, err := ParseYAML(root.FS(), "z.yaml", YAMLOptions{Origin: example})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(problemLines(f.Problems), []string{
		`z.yaml:2:21: !include: "out" is a symbolic link that leaves the source directory [include-outside]`,
	}); d != "" {
		t.Errorf("problems (-got +want):\n%s", d)
	}
	if d := cmp.Diff(recordLines(f.Zone), []string{"a 3600 A 192.0.2.1"}); d != "" {
		t.Errorf("records (-got +want):\n%s", d)
	}
}
