package git

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
	"github.com/google/go-cmp/cmp"
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
	create := func() { writeFiles(t, dir, map[string]string{deep + "/a.zone": "a"}) }
	move := func() {
		writeFiles(t, parent, map[string]string{"staged/2/3/4/5/6/7/8/a.zone": "a"})
		rename(t, filepath.Join(parent, "staged"), filepath.Join(dir, "1"))
	}
	for _, tt := range []struct {
		name string
		do   func()
	}{{"made", create}, {"moved there", move}, {"made again", create}} {
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
