package benchmarks

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime/pprof"
	"strconv"
	"strings"
	"testing"
)

// parts are what reading a master file is made of, in the order of the table.
var parts = []string{
	"lines to wire form",
	"records kept until the zone is built",
	"sorting names",
	"building the zone",
	"checks",
	"copying, comparing and clearing octets",
	"memory, with the garbage collector",
	"the rest",
}

// partOf returns the index in parts of the source file that code is in, which a profile names by its path.
func partOf(file string) int {
	dir, name := path.Split(file)
	switch {
	case strings.HasSuffix(dir, "/zonefile/"):
		switch {
		case name == "builder.go":
			return 1
		case name == "merge_sort.go":
			return 2
		case name == "merge.go", name == "zone.go", name == "rrset.go":
			return 3
		case strings.HasPrefix(name, "check"):
			return 4
		}
		return 0
	case strings.HasSuffix(dir, "/slices/"):
		return 2
	case strings.HasSuffix(dir, "/strings/") && name == "builder.go":
		return 3
	case strings.Contains(dir, "/bytealg/"), strings.HasPrefix(name, "memmove"), strings.HasPrefix(name, "memclr"):
		return 5
	case strings.HasSuffix(dir, "/runtime/"), strings.Contains(dir, "/internal/runtime/"), strings.Contains(dir, "/runtime/internal/"):
		return 6
	}
	return 7
}

// readingBefore is what [profileReading] gives at commit ddd1a80, the last one before lines went from octets to wire form without tokens, on two processors of an Intel Xeon
// at 2.6 GHz. It is here since no run makes it again.
var readingBefore = shares{193.9, 11.6, 30.1, 99.0, 5.5, 110.0, 9.0, 18.6}

// shares is what each of parts takes, in nanoseconds of CPU for a record.
type shares [8]float64

func (s shares) sum() (total float64) {
	for _, ns := range s {
		total += ns
	}
	return total
}

// profileReading reads the mixed zone a number of times on one processor, and tells where the time of a record went.
func profileReading(t *testing.T, records, rounds int) shares {
	t.Helper()
	text := mixedText(records)
	file := filepath.Join(t.TempDir(), "cpu.pprof")
	w, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := pprof.StartCPUProfile(w); err != nil {
		t.Fatal(err)
	}
	u, err := inProcess(alone(func() error {
		for range rounds {
			if _, err := parse(text); err != nil {
				return err
			}
		}
		return nil
	}))()
	pprof.StopCPUProfile()
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	output, err := exec.CommandContext(t.Context(), "go", "tool", "pprof", "-top", "-files", "-nodecount=0", "-nodefraction=0", "-unit=ns", file).Output()
	if err != nil {
		t.Fatal(err)
	}
	s, err := sharesOf(string(output))
	if err != nil {
		t.Fatal(err)
	}
	if sampled := s.sum(); sampled > 0 {
		for i := range s {
			s[i] *= float64(u.CPU.Nanoseconds()) / sampled / float64(records*rounds)
		}
	}
	return s
}

// sharesOf reads what "pprof -top -files -unit=ns" prints, and returns the nanoseconds of each of parts.
func sharesOf(top string) (shares, error) {
	var s shares
	_, rows, ok := strings.Cut(top, "cum%\n")
	if !ok {
		return s, fmt.Errorf("not the table of a profile:\n%s", top)
	}
	for row := range strings.Lines(rows) {
		f := strings.Fields(row) // flat, flat%, sum%, cum, cum%, file
		if len(f) < 6 {
			return s, fmt.Errorf("not a row of a profile: %q", row)
		}
		ns, err := strconv.ParseFloat(strings.TrimSuffix(f[0], "ns"), 64)
		if err != nil {
			return s, err
		}
		s[partOf(f[5])] += ns
	}
	return s, nil
}

// addProfile tells where the time goes when a zone is read.
func addProfile(t *testing.T, r *report, records, rounds int) {
	now := profileReading(t, records, rounds)
	r.say("### Where the time goes")
	r.say("CPU profiles of `ParseBIND` with %s records of that zone, on one processor: nanoseconds for a record. \"Before\" is commit ddd1a80 on an Intel Xeon at 2.6 GHz, where each line became tokens, and the records a table that grew beside their names and data; \"now\" reads frequent lines from octets to wire form, and keeps the records in chunks that are never moved.", whole(records))
	var rows [][]string
	for i, part := range parts {
		rows = append(rows, []string{part, number(readingBefore[i]), share(readingBefore[i], readingBefore), number(now[i]), share(now[i], now)})
	}
	rows = append(rows, []string{"**all**", number(readingBefore.sum()), "", number(now.sum()), ""})
	r.table("lrrrr", []string{"", "before, ns", "", "now, ns", ""}, rows)
}

// share returns which part of all something is.
func share(ns float64, of shares) string {
	if of.sum() == 0 {
		return none
	}
	return fmt.Sprintf("%.0f %%", 100*ns/of.sum())
}

func TestSharesOf(t *testing.T) {
	got, err := sharesOf(`File: benchmarks.test
Type: cpu
Duration: 1.2s, Total samples = 1100000000ns
Showing nodes accounting for 1100000000ns, 100% of 1100000000ns total
      flat  flat%   sum%        cum   cum%
500000000ns 45.45% 45.45% 900000000ns 81.82%  github.com/zoneward/zoneward/zonefile/bind_fast.go
300000000ns 27.27% 72.73% 300000000ns 27.27%  /usr/lib/go/src/runtime/memmove_amd64.s
200000000ns 18.18% 90.91% 200000000ns 18.18%  /usr/lib/go/src/runtime/mgc.go
 60000000ns  5.45% 96.36%  60000000ns  5.45%  /src/zoneward/zonefile/check_cut.go
 40000000ns  3.64%   100%  40000000ns  3.64%  /usr/lib/go/src/os/file.go
`)
	if want := (shares{0: 5e8, 4: 6e7, 5: 3e8, 6: 2e8, 7: 4e7}); err != nil || got != want {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	for name, text := range map[string]string{"nothing": "", "an odd row": "flat flat% sum% cum cum%\n1ns 2\n", "no number": "cum%\nx y z a b c\n"} {
		if _, err := sharesOf(text); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
