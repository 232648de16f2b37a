package zonefile

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/zonefile/internal/textfile"
)

var update = flag.Bool("update", false, "write the golden files")

const badZones = "testdata/bind/bad"

// parseText reads the text of a master file of example.com. that is named "zone".
func parseText(t testing.TB, text string) *File {
	t.Helper()
	return parseFiles(t, map[string]string{"zone": text}, Limits{})
}

// parseFiles reads the file "zone" of example.com. among others.
func parseFiles(t testing.TB, files map[string]string, limits Limits) *File {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o444}
	}
	f, err := ParseBIND(fsys, "zone", BINDOptions{Origin: example, Limits: limits})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestParseBINDSaysWhatIsWrong(t *testing.T) {
	for _, file := range zoneFiles(t, badZones) {
		t.Run(file, func(t *testing.T) {
			f, err := ParseBIND(os.DirFS(badZones), file, BINDOptions{Origin: example})
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join(problemLines(f.Problems), "\n") + "\n"
			golden := filepath.Join(badZones, strings.TrimSuffix(file, ".zone")+".problems")
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
				t.Errorf("problems (-got +want):\n%s", d)
			}
			if f.Err() == nil {
				t.Error("no error")
			}
		})
	}
}

// wireLines returns the records of a zone as text with RDATA in hex: "www.example.com. 300 TYPE1 c0000201".
func wireLines(z *Zone) []string {
	var lines []string
	for s := range z.All() {
		for rdata := range s.RDATA() {
			lines = append(lines, fmt.Sprintf("%s %d TYPE%d %x", s.Key.Name, s.TTL, s.Key.Type, rdata))
		}
	}
	return lines
}

// The golden files have what BIND reads: see TestParseBINDReadsWhatBINDReads.
func TestParseBINDReadsRecords(t *testing.T) {
	for _, file := range zoneFiles(t, goodZones) {
		t.Run(file, func(t *testing.T) {
			got := strings.Join(wireLines(readGood(t, goodZones, file)), "\n") + "\n"
			golden := filepath.Join(goodZones, strings.TrimSuffix(file, ".zone")+".rrs")
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
				t.Errorf("records (-got +want):\n%s", d)
			}
		})
	}
}

func TestParseBINDReadsLineEndsAlike(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(goodZones, "syntax.zone"))
	if err != nil {
		t.Fatal(err)
	}
	want := parseText(t, string(text)).Zone
	for name, lineEnd := range map[string]string{"CRLF": "\r\n", "CR": "\r"} {
		f := parseText(t, strings.ReplaceAll(string(text), "\n", lineEnd))
		if err := f.Err(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		compareZones(t, f.Zone, want)
	}
}

// What BIND 9.18 refuses or reads otherwise, and other programs read: see docs/zone-files.md.
func TestParseBINDReadsMoreThanBIND(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
	}{
		{"unquoted URI", "a URI 1 2 @", []string{`a 300 URI 1 2 "@"`}},
		{"octets from 128", "a TXT \"h\xc3\xb6ch\"", []string{`a 300 TXT "h\195\182ch"`}},
		{"$GENERATE of several words", "$GENERATE 1-2 a$ MX 10 m$", []string{"a1 300 MX 10 m1.example.com.", "a2 300 MX 10 m2.example.com."}},
		{"$GENERATE in parentheses", "$GENERATE 1-1 a$ ( SRV 0 0\n ${1000} m$ )", []string{"a1 300 SRV 0 0 1001 m1.example.com."}},
		{"$GENERATE keeps quotes", `$GENERATE 1-1 a$ TXT "v; $ x"`, []string{`a1 300 TXT "v; 1 x"`}},
		{"$GENERATE of generic data", `$GENERATE 1-1 a$ A \# 4 c000020$`, []string{"a1 300 A 192.0.2.1"}},
		{"ohttp", "a SVCB 1 . alpn=h2 ohttp", []string{`a 300 SVCB 1 . alpn="h2" key8`}},
		{"dohpath of any form", "a SVCB 1 . alpn=h2 dohpath=/x", []string{`a 300 SVCB 1 . alpn="h2" key7="/x"`}},
		{"ALIAS in the generic form", `a TYPE65401 \# 3 016200`, []string{"a 300 ALIAS b."}},
		{"SHA-256", "a DS 1 8 SHA-256 abababababababababababababababababababababababababababababababab", []string{"a 300 DS 1 8 2 abababababababababababababababababababababababababababababababab"}},
		{"flags of a key", "a DNSKEY ZONE|KSK DNSSEC NSEC3RSASHA1 AAAA", []string{"a 300 DNSKEY 257 3 7 AAAA"}},
		{"no key", "a KEY NOKEY 3 0\na IPSECKEY 1 0 0 .", []string{`a 300 KEY \# 4 c0000300`, "a 300 IPSECKEY 1 0 0 ."}},
		{"no SOA", "a A 192.0.2.1", []string{"a 300 A 192.0.2.1"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := parseText(t, "$TTL 300\n"+test.text)
			if err := f.Err(); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(recordLines(f.Zone), test.want); d != "" {
				t.Errorf("(-got +want):\n%s", d)
			}
		})
	}
}

func TestParseBINDKnowsWhereRecordsAre(t *testing.T) {
	f := parseFiles(t, map[string]string{
		"zone":    "$TTL 300\na A 192.0.2.1\n A 192.0.2.5\n\t60 AAAA 2001:db8::1\nb (\n A 192.0.2.2 )\n( \t(\n\n x A 192.0.2.6 ))\n$INCLUDE sub/inc\n$GENERATE 1-2 d$ A 192.0.2.$\na A 192.0.2.3\n",
		"sub/inc": "\nc A 192.0.2.4",
	}, Limits{})
	if err := f.Err(); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{
		"a A": "zone:2:1", "a AAAA": "zone:4:2", "b A": "zone:5:1", "x A": "zone:9:2", "c A": "sub/inc:2:1", "d1 A": "zone:11:1", "d2 A": "zone:11:1", "e A": "",
	} {
		name, typ, _ := strings.Cut(key, " ")
		owner, err := ParseName(name, example)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Position(Key{owner, MustParseType(typ)}).String(); got != want {
			t.Errorf("%s is at %q, want %q", key, got, want)
		}
	}
	far := parseText(t, "$TTL 300\na A 192.0.2.1\n"+strings.Repeat(" ", 65_535)+"AAAA 2001:db8::1\n")
	if got := far.Position(Key{MustParseName("a.example.com."), TypeAAAA}).String(); got != "zone:3" {
		t.Errorf("the place behind many columns is %q, want zone:3", got)
	}
	if d := cmp.Diff(f.Files(), []string{"zone", "sub/inc"}); d != "" {
		t.Errorf("files (-got +want):\n%s", d)
	}
}

func TestParseBINDNotesDuplicates(t *testing.T) {
	f := parseText(t, "$TTL 300\na MX 10 B\na 60 MX 20 c\nA mx 10 b\n")
	want := []string{
		"zone:3:1: warning: a MX: TTL 60 differs from 300 at zone:2, which counts for the whole RRset [different-ttl]",
		"zone:4:1: warning: a MX: the same record as at zone:2 [duplicate-record]",
	}
	if d := cmp.Diff(problemLines(f.Problems), want); d != "" {
		t.Errorf("problems (-got +want):\n%s", d)
	}
	if d := cmp.Diff(recordLines(f.Zone), []string{"a 300 MX 10 b.example.com.", "a 300 MX 20 c.example.com."}); d != "" {
		t.Errorf("records (-got +want):\n%s", d)
	}
}

func TestParseBINDNeedsFileAndOrigin(t *testing.T) {
	if _, err := ParseBIND(fstest.MapFS{}, "zone", BINDOptions{Origin: example}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	if _, err := ParseBIND(fstest.MapFS{"dir/zone": {}}, "dir", BINDOptions{Origin: example}); !errors.Is(err, textfile.ErrNotRegular) {
		t.Errorf("directory: %v", err)
	}
	pipe := fstest.MapFS{"zone": {Mode: fs.ModeNamedPipe}} // opening it would wait for a writer
	if _, err := ParseBIND(pipe, "zone", BINDOptions{Origin: example}); !errors.Is(err, textfile.ErrNotRegular) {
		t.Errorf("pipe: %v", err)
	}
	if _, err := ParseBIND(fstest.MapFS{"zone": {}}, "zone", BINDOptions{}); err == nil {
		t.Error("no error without an origin")
	}
}

func TestParseBINDStopsAtLimits(t *testing.T) {
	record := "a A 192.0.2.1\n"
	tests := []struct {
		name   string
		files  map[string]string
		limits Limits
		want   []string
	}{
		{"file", map[string]string{"zone": record}, Limits{FileBytes: 13}, []string{
			"zone: the file has more than 13 octets, with all that is included and generated; source.limits.file_bytes raises the limit [file-too-large]",
		}},
		{"included files together", map[string]string{"zone": "$TTL 1\n$INCLUDE a\n$INCLUDE a\n", "a": record}, Limits{FileBytes: 52}, []string{
			"zone:3:10: $INCLUDE: with a the zone has more than 52 octets, with all that is included and generated; source.limits.file_bytes raises the limit [file-too-large]",
		}},
		{"depth", map[string]string{"zone": "$INCLUDE a", "a": "$INCLUDE b", "b": "$INCLUDE c", "c": ""}, Limits{IncludeDepth: 3}, []string{
			"b:1:10: $INCLUDE: more than 3 files within each other; source.limits.include_depth raises the limit (included at a:1:10, which is included at zone:1:10) [include-limit]",
		}},
		{"includes", map[string]string{"zone": "$INCLUDE a\n$INCLUDE a\n$INCLUDE a\n$INCLUDE a\na b", "a": ""}, Limits{Includes: 2}, []string{
			"zone:3:10: $INCLUDE: more than 2 includes in the zone; source.limits.includes raises the limit; the rest is not read [include-limit]",
		}},
		{"generated by one", map[string]string{"zone": "$TTL 1\n$GENERATE 1-3 a$ A 192.0.2.$\n"}, Limits{Generated: 2}, []string{
			"zone:2:11: $GENERATE: 3 records, and 2 is the most for one directive; source.limits.generated raises the limit [generate-limit]",
		}},
		{"generated octets", map[string]string{"zone": "$TTL 1\n$GENERATE 1-9 a$ TXT xxxxxxxxxxxxxxxxxxxxxxx\n"}, Limits{FileBytes: 200}, []string{
			"zone:2:11: $GENERATE: with 9 records of up to 44 octets the zone has more than 200 octets, with all that is included and generated; source.limits.file_bytes raises the limit [generate-limit]",
		}},
		{"generated by all", map[string]string{"zone": "$TTL 1\n" + strings.Repeat("$GENERATE 1-2 a$ A 192.0.2.$\n", 17)}, Limits{Generated: 2}, []string{
			"zone:18:11: $GENERATE: more than 32 records in the zone, 16 times as many as one directive may make; source.limits.generated raises the limit [generate-limit]",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := parseFiles(t, test.files, test.limits)
			errs := slices.DeleteFunc(f.Problems, func(p Problem) bool { return p.Severity == Warning })
			if d := cmp.Diff(problemLines(errs), test.want); d != "" {
				t.Errorf("problems (-got +want):\n%s", d)
			}
		})
	}
}

func TestParseBINDGivesUpAfterManyProblems(t *testing.T) {
	for name, text := range map[string]string{
		"errors":   "$TTL 1\n" + strings.Repeat("a A x\n", 2*maxProblems),
		"warnings": "$TTL 1\n" + strings.Repeat("a A 192.0.2.1\n", 2*maxProblems),
	} {
		f := parseText(t, text)
		if len(f.Problems) != maxProblems {
			t.Errorf("%s: %d problems, want %d", name, len(f.Problems), maxProblems)
		}
		if last := f.Problems[len(f.Problems)-1]; last.Rule != "too-many-problems" {
			t.Errorf("%s: the last problem is %q", name, last)
		}
		if (f.Err() != nil) != (name == "errors") {
			t.Errorf("%s: Err is %v", name, f.Err())
		}
	}
}
