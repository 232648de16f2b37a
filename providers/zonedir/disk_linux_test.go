package zonedir_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/zonedir"
	"github.com/zoneward/zoneward/zonefile"
)

func TestMode(t *testing.T) {
	e := newExample(t)
	if err := os.Chmod(e.file, 0o640); err != nil {
		t.Fatal(err)
	}
	root := os.Geteuid() == 0
	if root {
		if err := os.Chown(e.file, 1234, 5678); err != nil {
			t.Fatal(err)
		}
	}
	// What is kept while the reload fails says as much as the zone does.
	p := open(t, zonedir.Options{Directory: e.directory, Reload: []string{"false"}})
	batch := put(fetch(t, p, "example.com."), address)
	_, err := p.Apply(t.Context(), batch.Base.Zone.Origin(), batch)
	wants(t, err, providers.ErrPartial)
	for _, name := range names(t, e.directory) {
		info, err := os.Stat(filepath.Join(e.directory, name))
		if err != nil {
			t.Fatal(err)
		}
		stat := info.Sys().(*syscall.Stat_t)
		if info.Mode() != 0o640 || root && (stat.Uid != 1234 || stat.Gid != 5678) {
			t.Errorf("%s has mode %s, owner %d and group %d, want -rw-r----- 1234 5678", name, info.Mode(), stat.Uid, stat.Gid)
		}
	}
}

func TestModeOfNewFile(t *testing.T) {
	umask := syscall.Umask(0o027)
	defer syscall.Umask(umask)
	d := t.TempDir()
	p := open(t, zonedir.Options{Directory: d, NameServers: []zonefile.Name{zonefile.MustParseName("ns.invalid.")}})
	if err := p.CreateZone(t.Context(), providers.ZoneSpec{Origin: zonefile.MustParseName("example.com.")}); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(d, "example.com.zone"))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != 0o640 {
		t.Errorf("mode %s, want that of 0644 without the umask", info.Mode())
	}
}

func TestReadOnlyFile(t *testing.T) {
	e := newExample(t)
	if err := os.Chmod(e.file, 0o444); err != nil {
		t.Fatal(err)
	}
	p := open(t, zonedir.Options{Directory: e.directory})
	e.refuse(t, p, put(fetch(t, p, "example.com."), address), providers.ErrBlocked, "read-only (mode 0444)")
}

func TestUnwritableDirectory(t *testing.T) {
	d, err := os.MkdirTemp("", "zonedir") // not below one of the test's, where another user may not look
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(d); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(d, 0o555); err != nil {
		t.Fatal(err)
	}
	e := example{d, filepath.Join(d, "example.com.zone")}
	if err := os.WriteFile(e.file, []byte(minimal), 0o644); os.Geteuid() == 0 && err != nil {
		t.Fatal(err)
	} else if err != nil {
		t.Skip("needs root")
	}
	asNobody(t, func() {
		p := open(t, zonedir.Options{Directory: d})
		e.refuse(t, p, put(fetch(t, p, "example.com."), address), providers.ErrAuth, d, "permission denied")
		spec := providers.ZoneSpec{Origin: zonefile.MustParseName("example.org."), Apex: []zonefile.RRset{zonefile.MustParseRRset("example.org. 60 NS", "a.example.")}}
		wants(t, p.CreateZone(t.Context(), spec), providers.ErrAuth, "permission denied")
		wants(t, p.RemoveZone(t.Context(), fetch(t, p, "example.com.")), providers.ErrAuth, "permission denied")
		below := open(t, zonedir.Options{Directory: filepath.Join(d, "new")})
		wants(t, below.CreateZone(t.Context(), spec), providers.ErrAuth, "permission denied")
	})
	e.untouched(t, minimal)
}

// asNobody runs f with what another user than root may do with files.
func asNobody(t *testing.T, f func()) {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := syscall.Setfsuid(65534); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := syscall.Setfsuid(0); err != nil {
			t.Fatal(err)
		}
	}()
	f()
}

// The tests below run this program again, as another process, for what can only be done to a whole process.
const (
	taskEnv      = "ZONEDIR_TEST_TASK"
	directoryEnv = "ZONEDIR_TEST_DIRECTORY"
)

func TestMain(m *testing.M) {
	switch task := os.Getenv(taskEnv); task {
	case "":
		os.Exit(m.Run())
	case "full":
		writeToFullDisk()
	case "write":
		writeForever()
	case "remove":
		removeAndDie()
	default:
		fatal("no task", task)
	}
}

func fatal(a ...any) {
	fmt.Fprintln(os.Stderr, a...)
	os.Exit(2)
}

// process returns this program as another process with a task.
func process(t testing.TB, task, directory string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), taskEnv+"="+task, directoryEnv+"="+directory)
	return cmd
}

func TestDiskFull(t *testing.T) {
	e := newExample(t)
	output, err := process(t, "full", e.directory).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	if want := "example.com.zone.new: file too large"; !strings.Contains(string(output), want) {
		t.Errorf("the error is %q, want one that says %q", output, want)
	}
	e.untouched(t, minimal)
}

// writeToFullDisk prints the error of a write that does not fit. A limit on the size of files stands for the end of the disk.
func writeToFullDisk() {
	signal.Ignore(syscall.SIGXFSZ)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 100_000, Max: 100_000}); err != nil {
		fatal(err)
	}
	p, base := taskZone()
	var sets []zonefile.RRset
	for i := range 5000 {
		sets = append(sets, zonefile.MustParseRRset(fmt.Sprintf("host-%d.example.com. 300 TXT", i), `"some text"`))
	}
	_, err := p.Apply(context.Background(), base.Zone.Origin(), put(base, sets...))
	fmt.Println(err)
}

// taskZone returns the provider and the zone that a process works on.
func taskZone() (*zonedir.Provider, *providers.Snapshot) {
	p, err := zonedir.New(zonedir.Options{
		Directory: os.Getenv(directoryEnv), Serial: zonedir.Increment, Check: []string{"true"}, Reload: []string{"true"},
	})
	if err != nil {
		fatal(err)
	}
	base, err := p.Fetch(context.Background(), zonefile.MustParseName("example.com."))
	if err != nil {
		fatal(err)
	}
	return p, base
}

// states are how many RRsets with the same text a whole zone has in TestKill.
const states = 500

// writeForever brings the zone from one state to the next, and says so after each.
func writeForever() {
	for i := 0; ; i++ {
		p, base := taskZone()
		var sets []zonefile.RRset
		for host := range states {
			sets = append(sets, zonefile.MustParseRRset(fmt.Sprintf("host-%d.example.com. 300 TXT", host), fmt.Sprintf(`"state %d"`, i)))
		}
		if _, err := p.Apply(context.Background(), base.Zone.Origin(), put(base, sets...)); err != nil {
			fatal(err)
		}
		fmt.Println("written")
	}
}

// TestKill kills a process that writes, at any moment, and looks at what it left: a whole zone, which the next process can write.
func TestKill(t *testing.T) {
	kills := 10
	if os.Getenv("ZONEWARD_SOAK") == "1" {
		kills = 200
	}
	e := newExample(t)
	origin := zonefile.MustParseName("example.com.")
	serial := uint32(0)
	left := map[string]int{}
	for i := range kills {
		killWriter(t, e.directory, time.Duration(i*7919%20_000)*time.Microsecond)
		for _, name := range names(t, e.directory) {
			left[name]++
		}
		z := parse(t, e.file, origin)
		soa, err := zonefile.ParseSOA(get(t, z, "example.com. SOA"))
		if err != nil {
			t.Fatal(err)
		}
		if zonefile.SerialAfter(serial, soa.Serial) {
			t.Errorf("the serial went from %d to %d", serial, soa.Serial)
		}
		serial = soa.Serial
		text := map[string]bool{}
		for set := range z.All() {
			if set.Key.Type == zonefile.TypeTXT {
				text[set.Text()[0]] = true
			}
		}
		if z.Len() != 2+states || len(text) != 1 {
			t.Errorf("the zone has %d RRsets and the texts %v, want %d and one text", z.Len(), text, 2+states)
		}
	}
	t.Logf("left after %d kills: %v", kills, left)
	p := open(t, zonedir.Options{Directory: e.directory, Reload: []string{"true"}})
	apply(t, p, put(fetch(t, p, "example.com."), address))
	if got := names(t, e.directory); len(got) != 1 {
		t.Errorf("after another write the directory has %q, want only the zone's file", got)
	}
}

// killWriter starts a process that writes, lets it write once, and kills it some time later.
func killWriter(t *testing.T, directory string, after time.Duration) {
	t.Helper()
	cmd := process(t, "write", directory)
	var errors strings.Builder
	cmd.Stderr = &errors
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(output)
	if !lines.Scan() {
		_ = cmd.Wait()
		t.Fatalf("the process wrote nothing: %s", errors.String())
	}
	timer := time.NewTimer(after)
	defer timer.Stop()
	<-timer.C // the moment does not matter, only that it is another one each time
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	if errors.Len() > 0 {
		t.Errorf("the process said: %s", errors.String())
	}
}

// removeAndDie removes a zone, and is killed when the server is told to drop it.
func removeAndDie() {
	p, err := zonedir.New(zonedir.Options{Directory: os.Getenv(directoryEnv), Remove: []string{"sh", "-c", "kill -9 $PPID"}})
	if err != nil {
		fatal(err)
	}
	base, err := p.Fetch(context.Background(), zonefile.MustParseName("example.com."))
	if err != nil {
		fatal(err)
	}
	fatal(p.RemoveZone(context.Background(), base))
}

// TestKilledWhileItRemoves shows that a zone is there as before when zoneward ends between the command and the renaming, and that the next
// one removes it.
func TestKilledWhileItRemoves(t *testing.T) {
	e := newExample(t)
	output, err := process(t, "remove", e.directory).CombinedOutput()
	if err == nil || err.Error() != "signal: killed" {
		t.Fatalf("the process was not killed: %v: %s", err, output)
	}
	if got := read(t, e.file); got != minimal {
		t.Errorf("the file was changed:\n%s", got)
	}
	p := open(t, zonedir.Options{Directory: e.directory, Remove: []string{"true"}})
	if err := p.RemoveZone(t.Context(), fetch(t, p, "example.com.")); err != nil {
		t.Fatal(err)
	}
	e.gone(t, p, minimal)
}

// TestARemovedZoneStaysWhenItCannotBeKept has a directory stand where the file would be kept.
func TestARemovedZoneStaysWhenItCannotBeKept(t *testing.T) {
	f := newFlaky(t)
	if err := os.Mkdir(f.kept(), 0o755); err != nil {
		t.Fatal(err)
	}
	before := fetch(t, f.Provider, "example.com.")
	wants(t, f.RemoveZone(t.Context(), before), nil, f.kept())
	if got := fetch(t, f.Provider, "example.com."); got.Version != before.Version {
		t.Error("the zone is not what it was")
	}
	f.stop(t)
	f.fail(t, put(before, address))
	before = fetch(t, f.Provider, "example.com.")
	wants(t, f.RemoveZone(t.Context(), before), nil, f.kept())
	if got := fetch(t, f.Provider, "example.com."); got.Version != before.Version {
		t.Error("the zone that is not loaded is not what it was")
	}
}

func TestLock(t *testing.T) {
	e := newExample(t)
	p := open(t, zonedir.Options{Directory: e.directory})
	batch := put(fetch(t, p, "example.com."), address)
	file := filepath.Join(e.directory, ".example.com.zone.lock")
	held, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	if err := syscall.Flock(int(held.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Millisecond)
	defer cancel()
	_, err = p.Apply(ctx, batch.Base.Zone.Origin(), batch)
	wants(t, err, nil, "wait for another writer", "deadline exceeded")
	if read(t, e.file) != minimal {
		t.Error("the zone was written in spite of the lock")
	}

	// The other writer removes the file, as it does at its end, and lets go.
	timer := time.AfterFunc(60*time.Millisecond, func() {
		_ = os.Remove(file)
		_ = held.Close()
	})
	defer timer.Stop()
	apply(t, p, batch)
}
