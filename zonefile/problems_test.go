package zonefile

import (
	"fmt"
	"strings"
	"testing"
)

// However many warnings a file has, and wherever they come from, an error in it is kept.
func TestWarningsHideNoError(t *testing.T) {
	var unknown, cut strings.Builder
	for i := range 2 * maxProblems {
		fmt.Fprintf(&unknown, "n%d: {type: A, value: 192.0.2.1, x: y}\n", i)
		fmt.Fprintf(&cut, "n%d.cut TXT x\n", i)
	}
	const zone = "$TTL 1\n@ NS ns.other.\n"
	tests := []struct {
		name string
		file *File
		rule string
		more int // warnings that are not shown
	}{
		{"generated names", parseText(t, zone+strings.Repeat("$GENERATE 1-1 a$.other. A 192.0.2.1\n", 2*maxProblems)+"www A 192.0.2\n"), "bad-value", maxProblems + 1},
		{"duplicates", parseText(t, zone+strings.Repeat("a A 192.0.2.1\n", 2*maxProblems)+"www A 192.0.2\n"), "bad-value", maxProblems},
		{"duplicates of many names", parseText(t, zone+strings.Repeat("a A 192.0.2.1\n", maxProblems)+strings.Repeat("b A 192.0.2.1\n", maxProblems)+"www A 192.0.2\n"), "bad-value", maxProblems - 1},
		{"duplicates, and an error of the zone", parseText(t, zone+strings.Repeat("a A 192.0.2.1\n", 2*maxProblems)+"@ CNAME www\n"), "cname-at-apex", maxProblems},
		{"a zone cut", parseText(t, zone+"cut NS ns.other.\n"+cut.String()+"www CNAME a\nwww A 192.0.2.1\n"), "cname-and-other-data", maxProblems + 1},
		{"YAML", parseYAML(t, unknown.String()+"www: {type: A, value: x}\n"), "bad-value", maxProblems + 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			errs, warnings := 0, 0
			last := ""
			for _, p := range test.file.Problems {
				switch {
				case p.Severity == Error:
					errs++
					if p.Rule != test.rule {
						t.Errorf("got %s, want %s", p, test.rule)
					}
				case p.Rule == "too-many-problems":
					last = p.Message
					fallthrough
				default:
					warnings++
				}
			}
			if errs != 1 || test.file.Err() == nil {
				t.Errorf("%d errors, want one", errs)
			}
			if want := fmt.Sprintf("%d further warnings are not shown", test.more); warnings != maxProblems || last != want {
				t.Errorf("%d warnings, %q; want %d, %q", warnings, last, maxProblems, want)
			}
		})
	}
}

func TestErrorsOfAZoneAreCounted(t *testing.T) {
	var text strings.Builder
	for i := range 2 * maxProblems {
		fmt.Fprintf(&text, "n%d CNAME a\nn%d TXT x\n", i, i)
	}
	f := parseText(t, "$TTL 1\n"+text.String())
	if n := len(f.Problems); n != maxProblems || f.Zone.Len() != 4*maxProblems {
		t.Errorf("%d problems, %d RRsets; want %d, %d", n, f.Zone.Len(), maxProblems, 4*maxProblems)
	}
	for _, p := range f.Problems {
		if want := fmt.Sprintf("%d further errors are not shown", maxProblems+1); p.Rule == "too-many-problems" && p.Message != want {
			t.Errorf("got %q, want %q", p.Message, want)
		}
	}
}

// Without a bound the text of the parameters was made anew for each of them.
func TestYAMLBoundsParameters(t *testing.T) {
	record := func(count int, param string) *File {
		var b strings.Builder
		b.WriteString("www:\n  type: HTTPS\n  value:\n    svcpriority: 1\n    targetname: .\n    svcparams:\n")
		for i := range count {
			fmt.Fprintf(&b, param, 1000+i)
		}
		return parseYAML(t, b.String())
	}
	tests := []struct {
		name string
		file *File
		want string
	}{
		{"keys", record(100_000, "      key%d:\n"), "example.com.yaml:7:7: www HTTPS: svcparams: 100000 parameters, where there can be 16383"},
		{"octets", record(16_000, "      key%d: "+strings.Repeat("x", 100)+"\n"), "example.com.yaml:4:5: www HTTPS: HTTPS "},
		{"the line of the key", record(1, "      A%d:\n        - x\n"), `example.com.yaml:7:7: www HTTPS: svcparams: "A1000" is not the name of a parameter`},
		{"as many as there can be", record(16_000, "      key%d:\n"), ""},
	}
	for _, test := range tests {
		lines := problemLines(test.file.Problems)
		if test.want == "" && len(lines) == 0 {
			continue
		}
		if len(lines) != 1 || test.want == "" || !strings.HasPrefix(lines[0], test.want) {
			t.Errorf("%s: got %q, want %q", test.name, lines, test.want)
		}
	}
}

// An RRset that a reader takes is one that NewRRset takes.
func TestReadersBoundTheDataOfAnRRset(t *testing.T) {
	if testing.Short() {
		t.Skip("makes 17 MiB of data")
	}
	generated := func(records int) string {
		return fmt.Sprintf("$TTL 1\n$GENERATE 1-%d a URI 1 $ %q\nb A 192.0.2.1\n", records, strings.Repeat("x", 65_000))
	}
	var lines []string
	for _, p := range parseText(t, generated(259)).Problems {
		lines = append(lines, p.String())
	}
	if got, want := strings.Join(lines, "\n"), "zone:2:1: a URI: more than 16 MiB of data in one RRset, which is the limit"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	f := parseText(t, generated(258))
	if err := f.Err(); err != nil {
		t.Fatal(err)
	}
	for s := range f.Zone.All() {
		var rdata [][]byte
		for data := range s.RDATA() {
			rdata = append(rdata, []byte(data))
		}
		if _, err := NewRRset(s.Key, s.TTL, rdata...); err != nil {
			t.Error(err)
		}
	}
}

func TestPositionIsOneLine(t *testing.T) {
	for file, want := range map[string]string{
		"zones/bücher.example.zone":      "zones/bücher.example.zone:1",
		"a\nzones/b.zone:1: fine.zone":   `"a\nzones/b.zone:1: fine.zone":1`,
		"a\x1b[2J.zone":                  `"a\x1b[2J.zone":1`,
		"a\u202e.zone":                   `"a\u202e.zone":1`,
		"a\xff.zone":                     `"a\xff.zone":1`,
		"a\ufffd.zone":                   "a\ufffd.zone:1",
		"with space and \"quotes\".zone": `with space and "quotes".zone:1`,
	} {
		if got := (Position{File: file, Line: 1}).String(); got != want {
			t.Errorf("%q: got %s, want %s", file, got, want)
		}
	}
	f := parseFiles(t, map[string]string{"zone": "$INCLUDE \"a\\010b\"\n", "a\nb": "$INCLUDE \"a\\010b\"\n"}, Limits{})
	for _, p := range f.Problems {
		if strings.Contains(p.String(), "\n") {
			t.Errorf("got %q, which is two lines", p)
		}
	}
}

func TestFileWithoutRecords(t *testing.T) {
	for _, text := range []string{"", "; nothing\n", "$TTL 1\n"} {
		f := parseText(t, text)
		if len(f.Problems) != 1 || f.Problems[0].String() != "zone: warning: the file has no records" {
			t.Errorf("%q: got %v", text, f.Problems)
		}
	}
}

// Lines of parentheses may come before the owner.
func TestRecordIsStatedWhereItsOwnerIs(t *testing.T) {
	f := parseText(t, "$TTL 1\n(\n\nwww A 192.0.2.1 )\n")
	if got := f.Position(Key{MustParseName("www.example.com."), TypeA}).String(); got != "zone:4:1" {
		t.Errorf("got %s, want zone:4:1", got)
	}
	f = parseText(t, "$TTL 1\n(\n\nwww A 192.0.2 )\n")
	if got := f.Problems[0].Position.String(); got != "zone:4:7" {
		t.Errorf("got %s, want zone:4:7", got)
	}
}
