package zonefile

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// probe is a small zone with one feature, and what is read of it. The files of testdata/probes have many; README.md there says how they are written.
type probe struct {
	name  string
	zone  string            // the text of the file "zone"
	files map[string]string // what it may include
	want  []string          // its records in canonical form, or its problems
	bind  bindOutcome
	row   string // of docs/zone-files.md, where BIND's outcome is another
}

// bindOutcome is what BIND makes of a probe beside what zoneward does.
type bindOutcome string

const (
	bindSame      bindOutcome = ""
	bindRefuses   bindOutcome = "BIND refuses: "
	bindReads     bindOutcome = "BIND reads: "
	bindOtherwise bindOutcome = "BIND reads otherwise: "
)

// preamble makes a zone that BIND loads of what a probe has.
const preamble = "$TTL 300\n@ SOA ns. host. 1 2 3 4 5\n@ NS ns.\n"

// preambleLines are not counted in the places of problems.
var preambleLines = strings.Count(preamble, "\n")

const (
	probeSeparator = "====\n"
	barePrefix     = "bare: " // of the names of probes that have no preamble
)

var (
	repeated = regexp.MustCompile(`«(.*?)\*(\d+)»`)
	pictures = strings.NewReplacer("␉", "\t", "␍", "\r", "␀", "\x00", "␌", "\f", "⍽", "\u00a0", "␛", "\x1b", "␟", "\ufeff", "␄\n", "")
)

// probeText returns text as it is meant, see testdata/probes/README.md.
func probeText(text string) string {
	text = repeated.ReplaceAllStringFunc(text, func(match string) string {
		parts := repeated.FindStringSubmatch(match)
		n, _ := strconv.Atoi(parts[2])
		return strings.Repeat(parts[1], n)
	})
	return pictures.Replace(text)
}

// probes returns the probes of a file.
func probes(t testing.TB, path string) []probe {
	t.Helper()
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	var list []probe
	for _, f := range archive.Files {
		zone, want, ok := strings.Cut(string(f.Data), probeSeparator)
		if !ok {
			files[f.Name] = probeText(zone)
			continue
		}
		p := probe{name: f.Name, zone: probeText(zone), files: files}
		if !strings.HasPrefix(f.Name, barePrefix) {
			p.zone = preamble + p.zone
		}
		for line := range strings.Lines(want) {
			line = strings.TrimSuffix(line, "\n")
			for _, outcome := range []bindOutcome{bindRefuses, bindReads, bindOtherwise} {
				if row, ok := strings.CutPrefix(line, string(outcome)); ok {
					p.bind, p.row = outcome, row
					line = ""
				}
			}
			if line != "" {
				p.want = append(p.want, line)
			}
		}
		list = append(list, p)
	}
	return list
}

// allProbes returns the probes of all files.
func allProbes(t testing.TB) map[string][]probe {
	t.Helper()
	paths, err := filepath.Glob("testdata/probes/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatal("no probes", err)
	}
	all := map[string][]probe{}
	for _, path := range paths {
		all[path] = probes(t, path)
	}
	return all
}

// read returns what is read of a probe, and as lines the records or the problems of it.
func (p probe) read(t testing.TB) (*File, []string) {
	t.Helper()
	fsys := fstest.MapFS{"zone": {Data: []byte(p.zone)}}
	for name, text := range p.files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	f, err := ParseBIND(fsys, "zone", BINDOptions{Origin: example})
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, found := range f.Problems {
		if at := &found.Position; at.File == "zone" && at.Line > 0 && !strings.HasPrefix(p.name, barePrefix) {
			at.Line -= preambleLines
		}
		lines = append(lines, fmt.Sprintf("! %s [%s]", found, found.Rule))
	}
	if f.Err() == nil {
		for _, line := range recordLines(f.Zone) {
			if strings.HasPrefix(p.name, barePrefix) || line != "@ 300 SOA ns. host. 1 2 3 4 5" && line != "@ 300 NS ns." {
				lines = append(lines, line)
			}
		}
	}
	return f, lines
}

func TestProbesAreReadAsTheySay(t *testing.T) {
	for path, list := range allProbes(t) {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			if *update {
				updateProbes(t, path, list)
				return
			}
			for _, p := range list {
				t.Run(p.name, func(t *testing.T) {
					_, got := p.read(t)
					if d := cmp.Diff(got, p.want); d != "" {
						t.Errorf("%s\n(-got +want):\n%s", p.zone, d)
					}
				})
			}
		})
	}
}

// updateProbes writes what is read into the file of the probes.
func updateProbes(t *testing.T, path string, list []probe) {
	t.Helper()
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range archive.Files {
		at := slices.IndexFunc(list, func(p probe) bool { return p.name == f.Name })
		if at < 0 {
			continue
		}
		p := list[at]
		_, lines := p.read(t)
		if p.bind != bindSame {
			lines = append(lines, string(p.bind)+p.row)
		}
		zone, _, _ := strings.Cut(string(f.Data), probeSeparator)
		archive.Files[i].Data = []byte(zone + probeSeparator + strings.Join(append(lines, ""), "\n"))
	}
	if err := os.WriteFile(path, txtar.Format(archive), 0o666); err != nil {
		t.Fatal(err)
	}
}

// BIND reads the same of each probe, or the probe says what else and by which row of docs/zone-files.md.
func TestProbesAgreeWithBIND(t *testing.T) {
	requireProgram(t, compileProgram)
	for path, list := range allProbes(t) {
		for _, p := range list {
			t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar")+"/"+p.name, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				writeFiles(t, dir, p.files)
				writeFiles(t, dir, map[string]string{"zone": p.zone})
				ours, _ := p.read(t)
				theirs, refusal := runCompileZone(t, dir, "zone")
				refused := ours.Err()
				outcome := bindSame
				switch {
				case theirs == nil && refused == nil:
					outcome = bindRefuses
				case theirs != nil && refused != nil:
					outcome = bindReads
				case theirs != nil && !theirs.Equal(ours.Zone):
					outcome = bindOtherwise
				}
				if outcome == p.bind {
					return
				}
				t.Errorf("got %q, want %q\n%s\nzoneward: %v\nBIND: %s", outcome, p.bind, p.zone, refused, refusal)
				if theirs != nil && refused == nil {
					compareZones(t, ours.Zone, theirs)
				}
			})
		}
	}
}

// writeFiles writes files into a folder.
func writeFiles(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// The tables of docs/zone-files.md about what differs from BIND have a row for each way in which the probes do, and no other.
func TestDifferencesFromBINDAreDocumented(t *testing.T) {
	doc, err := os.ReadFile("../docs/zone-files.md")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, heading := range []string{"## Refused on purpose\n", "## Other than BIND\n"} {
		_, text, ok := strings.Cut(string(doc), heading)
		if !ok {
			t.Fatalf("docs/zone-files.md has no %q", heading)
		}
		text, _, _ = strings.Cut(text, "\n## ")
		for i, row := range regexp.MustCompile(`(?m)^\| (.*?) \| `).FindAllStringSubmatch(text, -1) {
			if i > 0 && row[1] != "---" {
				want = append(want, row[1])
			}
		}
	}
	var got []string
	for _, list := range allProbes(t) {
		for _, p := range list {
			if p.bind != bindSame {
				got = append(got, p.row)
			}
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if d := cmp.Diff(slices.Compact(got), want); d != "" {
		t.Errorf("differences of the probes and rows of the tables (-probes +tables):\n%s", d)
	}
}
