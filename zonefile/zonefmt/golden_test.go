package zonefmt

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files")

func TestGolden(t *testing.T) {
	for _, pattern := range []string{"*.zone", "*.yaml"} {
		files, err := filepath.Glob(filepath.Join("testdata", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			t.Run(filepath.Base(file), func(t *testing.T) {
				text, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				got, err := formatFile(file, string(text))
				if err != nil {
					t.Fatal(err)
				}
				golden := file + ".golden"
				if *update {
					if err := os.WriteFile(golden, []byte(got), 0o666); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(golden)
				if err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(strings.Split(got, "\n"), strings.Split(string(want), "\n")); d != "" {
					t.Errorf("(-got +want):\n%s", d)
				}
				tidy(t, file, file, got)
			})
		}
	}
}

func TestLineEnds(t *testing.T) {
	const lf, crlf = "a       60     A      192.0.2.1\nb       60     A      192.0.2.2\n", "a       60     A      192.0.2.1\r\nb       60     A      192.0.2.2\r\n"
	tests := []struct{ name, file, text, want string }{
		{"LF", "zone", "a 60 A 192.0.2.1\nb 60 A 192.0.2.2\n", lf},
		{"no line end at the end", "zone", "a 60 A 192.0.2.1\nb 60 A 192.0.2.2", lf},
		{"CRLF", "zone", "a 60 A 192.0.2.1\r\nb 60 A 192.0.2.2\r\n", crlf},
		{"CRLF first", "zone", "a 60 A 192.0.2.1\r\nb 60 A 192.0.2.2\n", crlf},
		{"LF first", "zone", "a 60 A 192.0.2.1\nb 60 A 192.0.2.2\r\n", lf},
		{"CR", "zone", "a 60 A 192.0.2.1\rb 60 A 192.0.2.2\r", lf},
		{"nothing", "zone", "", ""},
		{"nothing but white space", "zone", "\n \n\t\n", ""},
		{"YAML with CRLF", "zone.yaml", "a:\r\n- b\r\n", "a:\r\n  - b\r\n"},
		{"YAML without a line end at the end", "zone.yaml", "a: b", "a: b\n"},
		{"a block that has no line end at its end", "zone.yaml", "a: |\n b", "a: |\n  b"},
		{"a block without one by its header", "zone.yaml", "a: |-\n b", "a: |-\n  b\n"},
		{"a byte order mark", "zone.yaml", "\ufeffa: b\n", "a: b\n"},
		{"YAML with nothing but a comment", "zone.yaml", "\n  # a\n\n", "# a\n"},
		{"YAML with nothing", "zone.yaml", "\n\n", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := formatFile(test.file, test.text)
			if err != nil {
				t.Fatal(err)
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestBrokenTextsAreRefused(t *testing.T) {
	tests := []struct{ name, file, text, want string }{
		{"a quote", "zone", "a 60 A 192.0.2.1\nb TXT \"x\n", "zone:2:7: a quoted string does not go on over the end of the line"},
		{"a parenthesis", "zone", "a TXT ( x\n", `zone:1:7: "(" without a ")" behind it`},
		{"no type", "zone", "a 60 192.0.2.1\n", `zone:1:6: `},
		{"another class", "zone", "a CH TXT x\n", `zone:1:3: class`},
		{"another directive", "zone", "$X 1\n", `zone:1:1: "$X" is not a directive`},
		{"a byte order mark", "zone", "\ufeffa 60 A 192.0.2.1\n$X", "zone:2:1: "},
		{"an octet of zero", "zone", "a TXT \x00\n", "zone:1:7: an octet of zero"},
		{"all that is wrong", "zone", "a TXT \"\nb TXT \"\n", "zone:2:7: "},
		{"no YAML", "zone.yaml", "a: b\n c: [\n", "zone.yaml:"},
		{"no UTF-8", "zone.yaml", "a: \xff\n", "zone.yaml: not YAML: the file is not in UTF-8"},
		{"two documents", "zone.yaml", "a: b\n---\nc: d\n", "zone.yaml:2:1: a second YAML document begins here"},
		{"a list as a key", "zone.yaml", "a: b\n[c]: d\n", "zone.yaml:2:4: this is not written in a way that can be formatted"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := formatFile(test.file, test.text)
			if err == nil {
				t.Fatalf("it is formatted: %q", got)
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %q, want %q in it", err, test.want)
			}
		})
	}
}
