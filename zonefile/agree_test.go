package zonefile

import (
	"flag"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// Records of a line each are read or refused as BIND does. Thousands are in one zone, of which BIND says all that it refuses.
func TestRecordsAgreeWithBIND(t *testing.T) {
	requireProgram(t, compileProgram)
	const perSeed = 2000
	for _, seed := range seeds(3, 300) {
		g := newTextGenerator(t, seed)
		lines := make([]string, perSeed)
		for i := range lines {
			lines[i] = g.oneLine(i)
		}
		agreeOnRecords(t, seed, agreeOnRefusals(t, seed, lines))
	}
}

// onlySeed repeats what a test found.
var onlySeed = flag.Uint64("seed", 0, "run the tests that make zones with this seed only")

// seeds are those to make zones from: in CI always the same few, so that a change broke what it breaks; with ZONEWARD_SOAK many that nobody had before.
func seeds(few, many int) []uint64 {
	if *onlySeed != 0 {
		return []uint64{*onlySeed}
	}
	first := uint64(1)
	if os.Getenv("ZONEWARD_SOAK") != "" {
		first, few = uint64(time.Now().UnixNano()), many
	}
	list := make([]uint64, few)
	for i := range list {
		list[i] = first + uint64(i)
	}
	return list
}

// agreeOnRefusals returns the lines that both read, and fails the test for each that only one does.
func agreeOnRefusals(t *testing.T, seed uint64, lines []string) []string {
	t.Helper()
	dir := t.TempDir()
	text := preamble + strings.Join(lines, "\n") + "\n"
	writeFiles(t, dir, map[string]string{"zone": text})
	_, says := runCompileZone(t, dir, "zone")
	theirs := refusedLines(says)
	// Our own are asked one by one: there may be more than are shown.
	var good []string
	for i, line := range lines {
		f := parseText(t, preamble+line+"\n")
		refused := f.Err() != nil
		why, bindRefused := theirs[i+1+preambleLines]
		switch {
		case !refused && !bindRefused:
			good = append(good, line)
		case refused == bindRefused || onPurpose(f, line, why):
		default: // alone BIND may say something else: it can lose its place behind an error
			if difference := disagreement(t, map[string]string{"zone": preamble + line + "\n"}); difference != "" {
				t.Errorf("seed %d: %s\n%s", seed, line, difference)
			}
		}
	}
	return good
}

// agreeOnRecords compares the records of lines that both read.
func agreeOnRecords(t *testing.T, seed uint64, lines []string) {
	t.Helper()
	dir := t.TempDir()
	for {
		text := preamble + strings.Join(lines, "\n") + "\n"
		writeFiles(t, dir, map[string]string{"zone": text})
		theirs, says := runCompileZone(t, dir, "zone")
		if theirs != nil {
			compareZones(t, parseText(t, text).Zone, theirs)
			return
		}
		// BIND had lost its place before, and refuses some more.
		refused := refusedLines(says)
		var rest []string
		for i, line := range lines {
			if why, ok := refused[i+1+preambleLines]; !ok {
				rest = append(rest, line)
			} else if !onPurpose(parseText(t, preamble+line+"\n"), line, why) {
				t.Errorf("seed %d: %s\nBIND: %s", seed, line, why)
			}
		}
		if len(rest) == len(lines) {
			t.Fatalf("seed %d: BIND refuses no line, and the zone: %s", seed, says)
		}
		lines = rest
	}
}

var (
	bindPlace    = regexp.MustCompile(`(?m)(?:^|: |\s)zone:(\d+): (.*)$`)
	bindWarnings = regexp.MustCompile(`does not end with newline|signature has expired|no TTL specified|> MAXTTL|old style DNSSEC|record with inherited owner|using RFC1035 TTL|ignoring out-of-zone|ignoring|TTL set to prior TTL`)
)

// refusedLines returns the lines that BIND refuses, with what it says of them.
func refusedLines(says string) map[int]string {
	lines := map[int]string{}
	for _, match := range bindPlace.FindAllStringSubmatch(says, -1) {
		if !bindWarnings.MatchString(match[2]) {
			n, _ := strconv.Atoi(match[1])
			lines[n] = match[2]
		}
	}
	return lines
}

// Zones with all that master files have are read as BIND does.
func TestZonesAgreeWithBIND(t *testing.T) {
	requireProgram(t, compileProgram)
	for _, seed := range seeds(150, 10_000) {
		files := newTextGenerator(t, seed).zone()
		if difference := disagreement(t, files); difference != "" {
			files["zone"] = shortened(t, files)
			t.Errorf("seed %d:\n%s\n%s", seed, files["zone"], disagreement(t, files))
		}
	}
}

// shortened returns the zone without the lines that make no difference.
func shortened(t *testing.T, files map[string]string) string {
	lines := strings.SplitAfter(strings.TrimPrefix(files["zone"], preamble), "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		fewer := slices.Delete(slices.Clone(lines), i, i+1)
		try := map[string]string{"zone": preamble + strings.Join(fewer, "")}
		for name, text := range files {
			if name != "zone" {
				try[name] = text
			}
		}
		if disagreement(t, try) != "" {
			lines = fewer
		}
	}
	return preamble + strings.Join(lines, "")
}

// disagreement says what BIND reads otherwise in the file "zone", and not on purpose, or "".
func disagreement(t testing.TB, files map[string]string) string {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	ours, err := ParseBIND(fsys, "zone", BINDOptions{Origin: example})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	writeFiles(t, dir, files)
	theirs, says := runCompileZone(t, dir, "zone")
	text := ""
	for _, part := range files {
		text += part + "\n"
	}
	refused := ours.Err()
	switch {
	case withCR.MatchString(text):
		return ""
	case (refused != nil) == (theirs == nil):
		if refused != nil || sameRecords(ours, theirs) || offsetsAdded.MatchString(text) {
			return ""
		}
		return says + "BIND reads\n" + strings.Join(recordLines(theirs), "\n") + "\nzoneward\n" + strings.Join(recordLines(ours.Zone), "\n")
	case onPurpose(ours, text, says):
		return ""
	case refused != nil:
		return says + "BIND reads it, and zoneward says\n" + refused.Error()
	}
	return "BIND says\n" + says
}

// sameRecords reports whether zones are the same, but for the TTL of RRsets that are given two.
func sameRecords(ours *File, theirs *Zone) bool {
	twoTTLs := hasTwoTTLs(ours)
	for c := range Diff(theirs, ours.Zone) {
		if c.Old == nil || c.New == nil || !twoTTLs || !slices.Equal(slices.Collect(c.Old.RDATA()), slices.Collect(c.New.RDATA())) {
			return false
		}
	}
	return true
}

// offsetsAdded is what both read, and BIND otherwise: it adds the offset of ${OFFSET} to what a dollar behind it stands for.
var offsetsAdded = regexp.MustCompile(`(?i)\$GENERATE.*\$\{.*\}.*\$([^{]|$)`)

// withCR are comments and strings that BIND takes for longer than they are: CR alone does not end the line.
var withCR = regexp.MustCompile(`[;"][^\r\n]*\r[^\n]`)

// FuzzAgainstBIND has BIND read each text too: a process for each, some hundred a second.
func FuzzAgainstBIND(f *testing.F) {
	requireProgram(f, compileProgram)
	addProbes(f)
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(strings.ToUpper(text), "$GENERATE") && regexp.MustCompile(`\d{5}`).MatchString(text) {
			t.Skip("BIND would be at it for hours")
		}
		files := map[string]string{"zone": preamble + text, "a.inc": "i A 192.0.2.1\n", "b.inc": "$TTL 5\nj TXT x\n"}
		if difference := disagreement(t, files); difference != "" {
			t.Errorf("%q\n%s\n%s", text, text, difference)
		}
	})
}

// addProbes adds the texts of the probes, and without -fuzz only some, since they have a test of their own. Those that are long for the sake of it are
// none to begin with.
func addProbes(f *testing.F) {
	f.Helper()
	fuzzing := flag.Lookup("test.fuzz").Value.String() != ""
	for _, list := range allProbes(f) {
		for i, p := range list {
			if (fuzzing || i == 0) && len(p.zone) < windowSize && p.bind == bindSame && !strings.HasPrefix(p.name, barePrefix) {
				f.Add(strings.TrimPrefix(p.zone, preamble))
			}
		}
	}
}
