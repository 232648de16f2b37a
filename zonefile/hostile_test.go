package zonefile

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"
)

// endless is a file system with one file that never ends, and whose size nobody knows.
type endless struct {
	text string // over and over
	read *int64
}

func (e endless) Open(name string) (fs.File, error) { return &endlessFile{endless: e, name: name}, nil }

type endlessFile struct {
	endless
	name string
	at   int
}

func (f *endlessFile) Stat() (fs.FileInfo, error) { return endlessInfo{f.name}, nil }
func (f *endlessFile) Close() error               { return nil }

func (f *endlessFile) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = f.text[f.at%len(f.text)]
		f.at++
	}
	*f.read += int64(len(p))
	return len(p), nil
}

type endlessInfo struct{ name string }

func (i endlessInfo) Name() string     { return i.name }
func (endlessInfo) Size() int64        { return 0 }
func (endlessInfo) Mode() fs.FileMode  { return 0o444 }
func (endlessInfo) ModTime() time.Time { return time.Time{} }
func (endlessInfo) IsDir() bool        { return false }
func (endlessInfo) Sys() any           { return nil }

// A file is read up to the limit, whatever is in it and whatever it says of its size.
func TestEndlessFilesAreReadUpToTheLimit(t *testing.T) {
	const limit = 1 << 20
	for _, text := range []string{"x", " ", "\n", "(", `"`, "x ", "a A 192.0.2.1\n", "\x00", "; x", "$INCLUDE y\n"} {
		var read int64
		f, err := ParseBIND(endless{text, &read}, "zone", BINDOptions{Origin: example, Limits: Limits{FileBytes: limit}})
		if err != nil {
			t.Fatal(err)
		}
		want := "zone: the file has more than 1048576 octets, with all that is included and generated; source.limits.file_bytes raises the limit [file-too-large]"
		if got := problemLines(f.Problems); !slices.Contains(got, want) && !slices.ContainsFunc(f.Problems, func(p Problem) bool { return p.Rule == "too-many-problems" }) {
			t.Errorf("%q: got %.300q, want %q", text, got, want)
		}
		if read > 2*limit {
			t.Errorf("%q: %d octets were read", text, read)
		}
	}
}

// Each of these is large, and is read in about the time that so much good text takes.
func TestLargeBadFilesAreReadOnce(t *testing.T) {
	const size = 1 << 20
	tests := []struct {
		name, text string
		want       string // how the first problem begins
	}{
		{"one word", "a TXT " + strings.Repeat("x", size), "zone:2:7: a TXT: a character-string of "},
		{"words of one record", "a TXT " + strings.Repeat("x ", 1<<18), "zone:2:262175: more than 131086 words and strings in one record"},
		{"words of an unknown type", "a FOO " + strings.Repeat("x ", size/8), `zone:2:3: a: "FOO" is not a record type`},
		{"strings of one record", "a TXT " + strings.Repeat(`"" `, 1<<17), "zone:2:7: a TXT: data of more than 65535 octets"},
		{"open parentheses", strings.Repeat("(", size), `zone:2:1: "(" without a ")" behind it`},
		{"lines of open parentheses", strings.Repeat("a (\n", size/8), `zone:2:3: "(" without a ")" behind it`},
		{"closing parentheses", strings.Repeat(")", size), `zone:2:1: ")" without a "(" before it`},
		{"lines of closing parentheses", strings.Repeat(")\n", size/2), `zone:2:1: ")" without a "(" before it`},
		{"levels of parentheses", "a TXT " + strings.Repeat("(", size/2) + "x" + strings.Repeat(")", size/2), ""},
		{"open quotes", strings.Repeat("\"\n", size/2), "zone:2:1: a quoted string does not go on over the end of the line"},
		{"zeros", strings.Repeat("\x00", size), "zone:2:1: an octet of zero"},
		{"backslashes", strings.Repeat(`\`, size), `zone:2:1: name`},
		{"an empty escape", "a TXT " + strings.Repeat("\\\n", size/2), "zone:2:7: a backslash at the end of the line"},
		{"one long comment", ";" + strings.Repeat("x", size), "zone: warning: the file has no records"},
		{"empty lines", strings.Repeat("\n", size), "zone: warning: the file has no records"},
		{"carriage returns", strings.Repeat("\r", size), "zone: warning: the file has no records"},
		{"comments that allow", strings.Repeat("; zoneward: allow x ", size/20), "zone: warning: the file has no records"},
		{"labels", strings.Repeat("a.", size/2) + " A 192.0.2.1", "zone:2:1: name"},
		{"a long path", "$INCLUDE " + strings.Repeat("a/", size/2), "zone:2:10: $INCLUDE: a path of "},
		{"a long flag", "a DNSKEY " + strings.Repeat("ZONE|", size/5) + " 3 8 AAAA", ""},
		{"a long range", "$GENERATE " + strings.Repeat("1", size) + "-2 a A 192.0.2.1", "zone:2:11: $GENERATE: "},
		{"dollars", "$GENERATE 1-1 a TXT " + strings.Repeat("$$", size/2), "zone:2:21: $GENERATE: at 1: a TXT: a character-string of "},
		{"parameters", "a SVCB 1 . " + strings.Repeat("key9 ", size/8), "zone:2:17: a SVCB: parameter key9 comes twice"},
		{"types", "a NSEC b " + strings.Repeat("A ", size/8), ""},
		{"hex", "a TYPE9999 \\# 1 " + strings.Repeat("0 ", size/8), "zone:2:15: a TYPE9999: the length \"1\" does not agree with"},
		{"base64", "a DNSKEY 256 3 8 " + strings.Repeat("AAAA ", size/8), "zone:2:10: a DNSKEY: data of more than 65535 octets"},
		{"prefixes", "a APL " + strings.Repeat("1:192.0.2.0/24 ", size/32), "zone:2:7: a APL: data of more than 65535 octets"},
		{"servers", "a HIP 2 20 AwEA " + strings.Repeat("b ", size/8), "zone:2:7: a HIP: data of more than 65535 octets"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := parseFiles(t, map[string]string{"zone": "$TTL 1\n" + test.text}, Limits{EntryBytes: 4 * size})
			lines := problemLines(f.Problems)
			if len(lines) > maxProblems {
				t.Errorf("%d problems", len(lines))
			}
			if got := strings.Join(lines[:min(1, len(lines))], ""); !strings.HasPrefix(got, test.want) || got != "" && test.want == "" {
				t.Errorf("got %.300q, want %q", got, test.want)
			}
		})
	}
}

// What multiplies ends at the limits, in no time.
func TestBombsEndAtTheLimits(t *testing.T) {
	doubling := map[string]string{"zone": "$TTL 1\n$INCLUDE f0\n"}
	for i := range 14 {
		doubling[fmt.Sprintf("f%d", i)] = strings.Repeat(fmt.Sprintf("$INCLUDE f%d\n", i+1), 2)
	}
	doubling["f14"] = "a A 192.0.2.1\n"
	tests := []struct {
		name   string
		files  map[string]string
		limits Limits
		rule   string
	}{
		{"a range", map[string]string{"zone": "$GENERATE 0-2147483647 a$ A 192.0.2.1\n"}, Limits{}, "generate-limit"},
		{"many ranges", map[string]string{"zone": "$TTL 1\n" + strings.Repeat("$GENERATE 1-65536 a A 192.0.2.1\n", 1000)}, Limits{Generated: 1 << 10}, "generate-limit"},
		{"long text for a short one", map[string]string{"zone": "$TTL 1\n$GENERATE 1-50 a$ URI 1 1 " + strings.Repeat("${0,127}", 400) + "\n"}, Limits{FileBytes: 1 << 20}, "generate-limit"},
		{"files that include two each", doubling, Limits{}, "include-limit"},
		{"a file that includes itself", map[string]string{"zone": "$INCLUDE zone\n"}, Limits{}, "include-loop"},
		{"files that include each other", map[string]string{"zone": "$INCLUDE a\n", "a": "$INCLUDE b\n", "b": "$INCLUDE ./a\n"}, Limits{}, "include-loop"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := parseFiles(t, test.files, test.limits)
			err := f.Err()
			if err == nil {
				t.Fatal("no error")
			}
			for _, p := range f.Problems {
				if p.Severity == Error && p.Rule != test.rule && p.Rule != "too-many-problems" {
					t.Errorf("got %s [%s], want %s", p, p.Rule, test.rule)
				}
			}
		})
	}
}
