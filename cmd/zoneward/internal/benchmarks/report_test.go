package benchmarks

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// size is how many records are measured, and how many times.
type size struct{ records, rounds int }

// plan says how much is measured.
type plan struct {
	files, servers, yaml []size
	large                size // of the zone that is larger than most
	small                size // zones, not records
	profile              size
	calls                int // records of the zone for which provider calls are counted
	zones                int // of which one changes
	// daemonZones are those that the daemon has, with so many pushes.
	daemonZones, pushes int
}

// planOnce measures everything once.
func planOnce(records int) plan {
	once := []size{{records, 1}}
	return plan{files: once, servers: once, yaml: once, large: size{10 * records, 1}, small: size{records / 5, 1}, profile: size{records, 1}, calls: records, zones: records / 2, daemonZones: records / 5, pushes: 3}
}

func fullPlan() plan {
	return plan{
		files:   []size{{10_000, 7}, {100_000, 5}, {1_000_000, 3}},
		servers: []size{{10_000, 5}, {100_000, 3}},
		yaml:    []size{{10_000, 5}, {100_000, 3}},
		large:   size{5_000_000, 2},
		small:   size{10_000, 7},
		profile: size{1_000_000, 20},
		calls:   10_000,
		zones:   5_000,

		daemonZones: 20_000, pushes: 15,
	}
}

// TestReport makes the report. BENCH_REPORT names the file that it goes to; without it everything is measured once,
// at 1,000 records, and the report is thrown away. BENCH_QUICK has everything measured once at 10,000 records.
func TestReport(t *testing.T) {
	file := os.Getenv("BENCH_REPORT")
	p := fullPlan()
	switch {
	case file == "":
		p = planOnce(1000)
	case os.Getenv("BENCH_QUICK") != "":
		p = planOnce(10_000)
	}
	r := &report{}
	r.head(t, p)
	zoneward := buildZoneward(t)
	began := time.Now()
	for _, section := range []struct {
		name string
		add  func(*testing.T)
	}{
		{"files", func(t *testing.T) { addFiles(t, r, zoneward, p.files) }},
		{"large", func(t *testing.T) { addLarge(t, r, zoneward, p.large) }},
		{"yaml", func(t *testing.T) { addYAML(t, r, zoneward, p.yaml) }},
		{"values", func(t *testing.T) { addValues(t, r, p.files) }},
		{"mixed", func(t *testing.T) { addMixed(t, r, p.files) }},
		{"profile", func(t *testing.T) { addProfile(t, r, p.profile.records, p.profile.rounds) }},
		{"small", func(t *testing.T) { addSmall(t, r, p.small.records, p.small.rounds) }},
		{"calls", func(t *testing.T) { addCalls(t, r, zoneward, p.calls) }},
		{"zones", func(t *testing.T) { addManyZones(t, r, zoneward, p.zones) }},
		{"daemon", func(t *testing.T) { addDaemon(t, r, zoneward, p.daemonZones, p.pushes) }},
		{"servers", func(t *testing.T) { addServers(t, r, zoneward, p.servers) }},
	} {
		if !t.Run(section.name, section.add) {
			return
		}
		t.Logf("%s: done after %s", section.name, time.Since(began).Round(time.Second))
	}
	if file == "" {
		return
	}
	if err := os.WriteFile(file, []byte(r.text.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// report is docs/benchmarks.md while it is made.
type report struct{ text strings.Builder }

// say adds a paragraph or a heading.
func (r *report) say(format string, args ...any) {
	fmt.Fprintf(&r.text, format+"\n\n", args...)
}

// table adds a table. align has a letter for each column: l for the left, r for the right.
func (r *report) table(align string, head []string, rows [][]string) {
	line := func(cells []string) { fmt.Fprintf(&r.text, "| %s |\n", strings.Join(cells, " | ")) }
	line(head)
	rule := make([]string, len(align))
	for i := range rule {
		if rule[i] = "---"; align[i] == 'r' {
			rule[i] = "---:"
		}
	}
	line(rule)
	for _, row := range rows {
		line(row)
	}
	r.text.WriteString("\n")
}

func (r *report) head(t *testing.T, p plan) {
	r.say("# Benchmarks")
	r.say("Made by `make bench` on %s, at commit %s; do not edit.", time.Now().UTC().Format(time.DateOnly), commit())
	if len(p.files) == 1 {
		r.say("**This is the quick form: each figure was measured once.** It shows that the benchmarks work, and nothing else.")
	}
	r.say(`Every table has another program beside zoneward, or another library, that does the same work or a part of it. They ran in turn on the same
machine, several rounds of it, and the ratio was taken round by round. **Read the ratios: 0.50 is half of what the other took.** Behind the
median stand the smallest and the largest ratio in brackets; where they lie far apart, the machine had other things to do. The seconds are
medians, and are those of this machine.`)
	r.say("`make bench` repeats all of it, and takes about ten minutes on two processors. It installs what it compares with, Debian's packages, if it may. `BENCH_QUICK=1 make bench` measures each thing once and writes `bin/benchmarks.md`. A program that is not there is %q in the tables.", none)
	var rows [][]string
	for _, row := range [][]string{
		{"machine", fmt.Sprintf("%s/%s, %d processors, %s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), processor())},
		{"load when it began", load()},
		{"Go", runtime.Version()},
		{"`named-checkzone`", version("named-checkzone", "-v")},
		{"`nsd-checkzone`", version("nsd", "-v")},
		{"PowerDNS", powerDNSVersion()},
		{"BIND", strings.TrimSuffix(version("named", "-v"), " (Extended Support Version) <id:>")},
		{"`dig`, `nsupdate`", version("dig", "-v")},
		{"miekg/dns", moduleVersion("github.com/miekg/dns")},
	} {
		if row[1] == "" {
			row[1] = none
		}
		rows = append(rows, row)
	}
	r.table("ll", []string{"", ""}, rows)
	r.say(`The zone is made for this, the same in every run. Each host has 12 records in 8 RRsets: A (two records), AAAA, MX, TXT, a CNAME below it, a delegation of
two NS, an A RRset of three records, and SRV. A third of the records have another TTL than the rest, and the names are in the order in which people write them. "1 %% changed" means that
one value or all differ in every hundredth RRset.`)
}

// processor returns the model of the processor, empty if the system does not say.
func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// load returns how many processes wanted to run in the last minute.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return ""
	}
	minute, _, _ := strings.Cut(string(text), " ")
	return minute
}

func commit() string {
	output, err := exec.Command("git", "rev-parse", "--short", "HEAD").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(output))
}

func moduleVersion(module string) string {
	output, err := exec.Command("go", "list", "-m", "-f", "{{.Version}}", module).Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(output))
}

// powerDNSVersion is what pdns_server --version says, without the date and place of its build.
func powerDNSVersion() string {
	line := version("pdns_server", "--version")
	if _, after, ok := strings.Cut(line, "PowerDNS Authoritative Server "); ok {
		number, _, _ := strings.Cut(after, " ")
		return number
	}
	return line
}

// workspace is a zones repository with a configuration, in a folder of its own.
type workspace struct {
	dir, zoneward string
	env           []string
}

// newWorkspace makes a folder in which each of the zones is the content of a source directory, "base", "changed" and so on, that has a
// configuration of the same name. They share the providers and the state.
func newWorkspace(t testing.TB, zoneward, providers string, env []string, sources map[string]func(dir string)) workspace {
	t.Helper()
	w := workspace{dir: t.TempDir(), zoneward: zoneward, env: env}
	for name, fill := range sources {
		dir := filepath.Join(w.dir, name)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		fill(dir)
		config := fmt.Sprintf("version: 1\nsource: {dir: %s}\nstate: state.db\nproviders:\n  live: %s\nzones:\n  - {match: \"*\", targets: [live]}\n", name, providers)
		if err := os.WriteFile(w.config(name), []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func (w workspace) config(source string) string { return filepath.Join(w.dir, source+".config") }

// run returns what runs a command of zoneward with the configuration of that source.
func (w workspace) run(source string, args ...string) func() (usage, error) {
	argv := append([]string{w.zoneward, "-c", w.config(source)}, args...)
	return func() (usage, error) { return process(w.dir, w.env, "", argv...) }
}

// forget removes what was applied: the state, and the files of the provider zonedir.
func (w workspace) forget(t testing.TB) {
	t.Helper()
	for _, name := range []string{"state.db", "state.db-wal", "state.db-shm", "live"} {
		if err := os.RemoveAll(filepath.Join(w.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
}
