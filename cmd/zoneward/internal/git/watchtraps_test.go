package git

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

// retarget sets a link to something else as git-sync and the kubelet do: by putting another in its place.
func retarget(t testing.TB, link, target string) {
	t.Helper()
	next := link + ".next"
	if err := os.Symlink(target, next); err != nil {
		t.Fatal(err)
	}
	rename(t, next, link)
}

// Both the link itself and a directory below it may be the source.
func TestDirectoryBehindALinkThatIsSetToSomethingElse(t *testing.T) {
	for _, below := range []string{"", "zones"} {
		t.Run("source/"+below, func(t *testing.T) {
			top := t.TempDir()
			writeFiles(t, top, map[string]string{
				"worktrees/one/zones/a.zone": "one", "worktrees/two/zones/a.zone": "two", "worktrees/two/zones/sub/b.zone": "two",
				"current": "-> worktrees/one",
			})
			link := filepath.Join(top, "current")
			d := openQuick(t, DirectoryOptions{Dir: filepath.Join(link, below), Watch: true, Debounce: time.Millisecond})
			readTree(t, d)
			quiet(d)
			retarget(t, link, "worktrees/two")
			wantHint(t, d, "a link that is set to something else")
			want := map[string]string{"a.zone": "two", "sub/": "", "sub/b.zone": "two"}
			if below == "" {
				want = map[string]string{"zones/": "", "zones/a.zone": "two", "zones/sub/": "", "zones/sub/b.zone": "two"}
			}
			if diff := cmp.Diff(listing(t, readTree(t, d).FS), want); diff != "" {
				t.Errorf("(-got +want):\n%s", diff)
			}
			quiet(d)
			writeFiles(t, top, map[string]string{"worktrees/two/zones/sub/b.zone": "more"})
			wantHint(t, d, "a change below what it is set to")
			for _, dir := range d.watcher.fs.WatchList() {
				if strings.Contains(dir, "worktrees/one") {
					t.Errorf("what it was set to before is still watched: %s", dir)
				}
			}
		})
	}
}

// Whoever has a version for each state keeps the daemon going for years.
func TestDirectoryForgetsTheVersionsBefore(t *testing.T) {
	top := t.TempDir()
	link := filepath.Join(top, "current")
	var d *Directory
	for _, version := range []string{"a", "b", "c", "d", "e"} {
		writeFiles(t, top, map[string]string{version + "/1/2/3/a.zone": version})
		retarget(t, link, version)
		if d == nil {
			d = openQuick(t, DirectoryOptions{Dir: link, Watch: true, Debounce: time.Millisecond})
		}
		readTree(t, d)
		if got, want := len(d.watcher.fs.WatchList()), 5; got != want {
			t.Errorf("at version %s %d directories are watched, want %d: %v", version, got, want, d.watcher.fs.WatchList())
		}
	}
}

func TestDirectoryHintsOfEditors(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	writeFiles(t, dir, map[string]string{"a.zone": "0"})
	d := openQuick(t, DirectoryOptions{Dir: dir, Watch: true, Debounce: time.Millisecond})
	// What each of them does to save "1", then "2" and so on, over what it saved before.
	saves := []struct {
		name string
		save func(text string)
	}{
		{"in place", func(text string) { writeFiles(t, dir, map[string]string{"a.zone": text}) }},
		{"vim, which tries whether it may make files", func(text string) {
			writeFiles(t, dir, map[string]string{"4913": ""})
			remove(t, at("4913"))
			rename(t, at("a.zone"), at("a.zone~"))
			writeFiles(t, dir, map[string]string{"a.zone": text})
			remove(t, at("a.zone~"))
		}},
		{"write and rename", func(text string) {
			writeFiles(t, dir, map[string]string{".a.zone.XyZ": text})
			rename(t, at(".a.zone.XyZ"), at("a.zone"))
		}},
		{"a backup that is a hard link", func(text string) {
			if err := os.Link(at("a.zone"), at(".a.zone.bak")); err != nil {
				t.Fatal(err)
			}
			writeFiles(t, dir, map[string]string{".a.zone.new": text})
			rename(t, at(".a.zone.new"), at("a.zone"))
			remove(t, at(".a.zone.bak"))
		}},
		{"remove and write", func(text string) {
			remove(t, at("a.zone"))
			writeFiles(t, dir, map[string]string{"a.zone": text})
		}},
	}
	for i, tt := range saves {
		for _, text := range []string{string(rune('a' + i)), string(rune('A' + i))} { // twice: the first may be the last that is seen
			quiet(d)
			tt.save(text)
			wantHint(t, d, tt.name)
			if diff := cmp.Diff(listing(t, readTree(t, d).FS), map[string]string{"a.zone": text}); diff != "" {
				t.Errorf("%s (-got +want):\n%s", tt.name, diff)
			}
		}
	}
}

func remove(t testing.TB, path string) {
	t.Helper()
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
}

// Directories that come with all that is in them are watched to the last of them, without a reading in between.
func TestDirectoryHintsBelowNewDirectories(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "zones")
	writeFiles(t, dir, map[string]string{"a.zone": "a"})
	d := openQuick(t, DirectoryOptions{Dir: dir, Watch: true, Debounce: time.Millisecond})
	deep := "1/2/3/4/5/6/7/8"
	make := func() { writeFiles(t, dir, map[string]string{deep + "/a.zone": "a"}) }
	move := func() {
		writeFiles(t, parent, map[string]string{"staged/2/3/4/5/6/7/8/a.zone": "a"})
		rename(t, filepath.Join(parent, "staged"), filepath.Join(dir, "1"))
	}
	for _, tt := range []struct {
		name string
		do   func()
	}{{"made", make}, {"moved there", move}, {"made again", make}} {
		remove(t, filepath.Join(dir, "1"))
		quiet(d)
		tt.do()
		wantHint(t, d, "directories "+tt.name)
		quiet(d)
		writeFiles(t, dir, map[string]string{deep + "/a.zone": "changed"})
		wantHint(t, d, "a file in directories "+tt.name)
	}

	// A directory that is moved away with those below it is known to the system by its old names.
	quiet(d)
	rename(t, filepath.Join(dir, "1"), filepath.Join(dir, "one"))
	wantHint(t, d, "a directory renamed")
	readTree(t, d)
	quiet(d)
	writeFiles(t, dir, map[string]string{"one/2/3/4/5/6/7/8/a.zone": "changed again"})
	wantHint(t, d, "a file below a directory renamed")
}

// A link may lead to all that there is.
func TestDirectoryDoesNotWatchWhereLinksLeaveIt(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "zones")
	writeFiles(t, dir, map[string]string{"a.zone": "a", "../elsewhere/deep/x": "x"})
	d := openQuick(t, DirectoryOptions{Dir: dir, Watch: true, Debounce: time.Millisecond})
	quiet(d)
	writeFiles(t, dir, map[string]string{"out": "-> ../elsewhere", "up": "-> ../.."})
	wantHint(t, d, "links")
	got := slices.Sorted(slices.Values(d.watcher.fs.WatchList()))
	if want := []string{parent, dir}; !cmp.Equal(got, want) {
		t.Errorf("watched are %v, want %v", got, want)
	}
}

// A poll mends what got lost, even if it finds nothing.
func TestDirectoryIsWatchedAgainByAPoll(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "zones")
	d := openQuick(t, DirectoryOptions{Dir: dir, Watch: true, Debounce: time.Millisecond})
	if err := d.watcher.fs.Remove(parent); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Tree(t.Context()); !errors.Is(err, ErrNoPath) {
		t.Errorf("Tree: %v, want %v", err, ErrNoPath)
	}
	quiet(d)
	writeFiles(t, dir, map[string]string{"a.zone": "a"})
	wantHint(t, d, "the directory made")
}

func TestDirectoryHintsOfADirectoryThatIsMadeLater(t *testing.T) {
	top := t.TempDir()
	dir := filepath.Join(top, "1", "2", "zones")
	d := openQuick(t, DirectoryOptions{Dir: dir, Watch: true, Debounce: time.Millisecond})
	for range 2 {
		quiet(d)
		writeFiles(t, dir, map[string]string{"sub/a.zone": "a"})
		wantHint(t, d, "the directory made")
		readTree(t, d)
		quiet(d)
		writeFiles(t, dir, map[string]string{"sub/a.zone": "changed"})
		wantHint(t, d, "a change in it")
		quiet(d)
		remove(t, dir)
		wantHint(t, d, "the directory gone")
		if _, err := d.Tree(t.Context()); !errors.Is(err, ErrNoPath) {
			t.Errorf("Tree: %v, want %v", err, ErrNoPath)
		}
	}
}

// What the source leaves out gives no hint, and neither does what is beside it.
func TestDirectoryGivesNoHintOfWhatIsLeftOut(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "zones")
	writeFiles(t, dir, map[string]string{"a.zone": "a", "live/a.zone": "a", "state.db": ""})
	d := openQuick(t, DirectoryOptions{Dir: dir, Skip: func(path string) bool { return path == "state.db" || path == "live" }})
	fsw, err := fsnotify.NewWatcher()
	if err != nil {
		t.Fatal(err)
	}
	defer fsw.Close()
	w := newWatcher(fsw, d.viewNow, logger(nil))
	w.show(w.look())
	writeFiles(t, parent, map[string]string{
		"beside": "x", "zones/state.db": "x", "zones/live/a.zone": "x", "zones/live/b.zone": "x", "zones/live/sub/c.zone": "x",
	})
	if err := os.Chmod(filepath.Join(dir, "a.zone"), 0o600); err != nil {
		t.Fatal(err)
	}
	last := filepath.Join(dir, "last.zone")
	writeFiles(t, dir, map[string]string{"last.zone": "x"})
	var got []string
	for !slices.Contains(got, last) {
		if ev := <-fsw.Events; w.concerns(ev) {
			got = append(got, ev.Name)
		}
	}
	if diff := cmp.Diff(got, []string{last}); diff != "" {
		t.Errorf("what matters (-got +want):\n%s", diff)
	}
	if got, want := fsw.WatchList(), []string{parent, dir}; !cmp.Equal(slices.Sorted(slices.Values(got)), want) {
		t.Errorf("watched are %v, want %v", got, want)
	}
}

// After an overflow nobody knows what was made.
func TestDirectoryAfterAnOverflow(t *testing.T) {
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{"a.zone": "a"})
	d := openQuick(t, DirectoryOptions{Dir: dir, Watch: true, Debounce: time.Millisecond})
	quiet(d)
	if err := d.watcher.fs.Remove(dir); err != nil { // so that the next is missed
		t.Fatal(err)
	}
	writeFiles(t, dir, map[string]string{"sub/b.zone": "b"})
	d.watcher.fs.Errors <- fsnotify.ErrEventOverflow
	wantHint(t, d, "an overflow")
	quiet(d)
	writeFiles(t, dir, map[string]string{"sub/b.zone": "changed"})
	wantHint(t, d, "a file in a directory that was made meanwhile")
}

// syncBuffer is a log that is written to while it is read.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// Who runs out of watches is told so once, has hints of what is watched already, and polls the rest.
func TestDirectoryWithoutWatchesForAll(t *testing.T) {
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{"a.zone": "a"})
	var log syncBuffer
	d := openQuick(t, DirectoryOptions{Dir: dir, Watch: true, Debounce: time.Millisecond, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	none := func(path string) error {
		if strings.HasSuffix(path, "sub") {
			return syscall.ENOSPC
		}
		return d.watcher.fs.Add(path)
	}
	d.watcher.mu.Lock()
	d.watcher.add = none
	d.watcher.mu.Unlock()

	for _, text := range []string{"one", "two"} {
		quiet(d)
		writeFiles(t, dir, map[string]string{"1/sub/b.zone": text, "2/sub/c.zone": text, "a.zone": text})
		wantHint(t, d, "a change in what is watched")
		want := map[string]string{"a.zone": text, "1/": "", "1/sub/": "", "1/sub/b.zone": text, "2/": "", "2/sub/": "", "2/sub/c.zone": text}
		if diff := cmp.Diff(listing(t, readTree(t, d).FS), want); diff != "" {
			t.Errorf("(-got +want):\n%s", diff)
		}
	}
	if got := strings.Count(log.String(), "level=WARN"); got != 1 {
		t.Errorf("%d warnings, want 1:\n%s", got, log.String())
	}
	if !strings.Contains(log.String(), "only polled") || !strings.Contains(log.String(), "max_user_watches") {
		t.Errorf("the warning does not say what to do: %s", log.String())
	}

	// Somebody raised the limit.
	d.watcher.mu.Lock()
	d.watcher.add = d.watcher.fs.Add
	d.watcher.mu.Unlock()
	readTree(t, d)
	quiet(d)
	writeFiles(t, dir, map[string]string{"1/sub/b.zone": "three"})
	wantHint(t, d, "a change in what is watched now")
}

// copier writes a source file by file, one each time that it is let to.
type copier struct {
	step chan struct{} // let it write one; what comes back says that it has
	done chan struct{} // closed when it has written all
}

func startCopier(t *testing.T, dir string, texts map[string]string, names []string) *copier {
	c := &copier{step: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(c.done)
		for _, name := range names {
			if _, ok := <-c.step; !ok {
				return
			}
			writeFiles(t, dir, map[string]string{name: texts[name]})
			c.step <- struct{}{}
		}
	}()
	t.Cleanup(func() { close(c.step); <-c.done })
	return c
}

// pause is for a Directory to wait with while the copier goes on.
func (c *copier) pause(context.Context, time.Duration) error {
	select {
	case c.step <- struct{}{}:
		<-c.step
	case <-c.done:
	}
	return nil
}

// A directory that is being copied to is never taken for one with fewer files in it.
func TestDirectoryHalfCopied(t *testing.T) {
	dir := t.TempDir()
	texts := make(map[string]string)
	var names []string
	for _, name := range strings.Split("abcdefghijklmnopqrstuvwxyz", "") {
		names = append(names, name+".zone")
		texts[name+".zone"] = name
	}
	writeFiles(t, dir, texts)
	d := openQuick(t, DirectoryOptions{Dir: dir})
	if diff := cmp.Diff(listing(t, readTree(t, d).FS), texts); diff != "" {
		t.Fatalf("(-got +want):\n%s", diff)
	}
	for _, name := range names {
		remove(t, filepath.Join(dir, name))
	}
	writeFiles(t, dir, map[string]string{names[0]: texts[names[0]]})
	c := startCopier(t, dir, texts, names[1:])
	d.pause = c.pause
	unstable := 0
	for {
		tree, err := d.Tree(t.Context())
		if err == nil {
			if diff := cmp.Diff(listing(t, tree.FS), texts); diff != "" {
				t.Errorf("after %d times (-got +want):\n%s", unstable, diff)
			}
			break
		}
		if !errors.Is(err, ErrUnstable) {
			t.Fatalf("Tree: %v, want %v", err, ErrUnstable)
		}
		unstable++
	}
	if want := (len(names) - 1) / stableTries; unstable != want {
		t.Errorf("unstable %d times, want %d", unstable, want)
	}
}

// Wherever in a reading the kubelet puts other files in the place of all: what comes out is the one or the other.
func TestDirectoryConfigMapSwappedWhileItIsRead(t *testing.T) {
	one := map[string]string{"a.zone": "one", "b.zone": "one", "sub/c.zone": "one"}
	two := map[string]string{"a.zone": "two", "b.zone": "two", "sub/c.zone": "two"}
	for n := 1; ; n++ {
		c := &configMap{t: t, dir: t.TempDir()}
		c.write(one)
		d := openQuick(t, DirectoryOptions{Dir: c.dir})
		swapped := false
		ctx := &actingContext{t.Context(), n, func() { c.write(two); swapped = true }}
		tree, err := d.Tree(ctx)
		if err != nil {
			t.Fatalf("a swap at step %d: %v", n, err)
		}
		got := listing(t, tree.FS)
		delete(got, "sub/")
		if !cmp.Equal(got, one) && !cmp.Equal(got, two) {
			t.Errorf("a swap at step %d gives %v", n, got)
		}
		if !swapped {
			if n < 10 {
				t.Errorf("a reading has %d steps only", n)
			}
			return
		}
	}
}

func TestCloseLeavesNoGoroutine(t *testing.T) {
	before := goleak.IgnoreCurrent()
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{"a.zone": "a"})
	u := newUpstream(t)
	id := u.push("main", files(1))
	d, err := OpenDirectory(DirectoryOptions{Dir: dir, Watch: true, Debounce: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	r, err := OpenRepository(RepositoryOptions{URL: u.dir, Watch: true})
	if err != nil {
		t.Fatal(err)
	}
	// They are closed in the middle of something.
	writeFiles(t, dir, map[string]string{"a.zone": "b", "sub/c.zone": "c"})
	u.push("main", files(2), id)
	for range 2 {
		if err := errors.Join(d.Close(), r.Close()); err != nil {
			t.Error(err)
		}
	}
	goleak.VerifyNone(t, before)
}

// fsnotify tells of some errors while it keeps others from adding a directory.
func TestWatcherHearsErrorsWhileItAdds(t *testing.T) {
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{"a.zone": "a"})
	d := openQuick(t, DirectoryOptions{Dir: dir, Watch: true, Debounce: time.Millisecond})
	quiet(d)
	heard := make(chan struct{})
	var once sync.Once
	d.watcher.mu.Lock()
	d.watcher.add = func(path string) error {
		once.Do(func() {
			d.watcher.fs.Errors <- errors.New("some error")
			close(heard)
		})
		return d.watcher.fs.Add(path)
	}
	d.watcher.mu.Unlock()
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	select {
	case <-heard:
	case <-time.After(20 * time.Second):
		t.Fatal("an error is not heard while a directory is added")
	}
	wantHint(t, d, "a directory made")
}

func TestWatcherThatCannotBeMade(t *testing.T) {
	// A process has as many instances of inotify as it may open files.
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Skip(err)
	}
	none := limit
	none.Cur = 3
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{"a.zone": "a"})
	var log syncBuffer
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &none); err != nil {
		t.Skip(err)
	}
	d, err := OpenDirectory(DirectoryOptions{Dir: dir, Watch: true, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if d.Changed() != nil {
		t.Errorf("Changed() is not nil")
	}
	if !strings.Contains(log.String(), "level=WARN") || !strings.Contains(log.String(), "only polled") {
		t.Errorf("log: %s", log.String())
	}
	d.pause = func(context.Context, time.Duration) error { return nil }
	if diff := cmp.Diff(listing(t, readTree(t, d).FS), map[string]string{"a.zone": "a"}); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
}
