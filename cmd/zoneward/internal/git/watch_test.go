package git

import (
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsnotify/fsnotify"
	"github.com/google/go-cmp/cmp"
)

// hinting is a source that is watched.
type hinting interface{ Changed() <-chan struct{} }

// wantHint waits for a hint.
func wantHint(t *testing.T, d hinting, of string) {
	t.Helper()
	select {
	case <-d.Changed():
	case <-time.After(20 * time.Second):
		t.Fatalf("no hint of %s", of)
	}
}

// quiet takes the hints of what was done before. Were one later than this waits, a test could not fail that should.
func quiet(d hinting) {
	for {
		select {
		case <-d.Changed():
		case <-time.After(30 * time.Millisecond):
			return
		}
	}
}

func TestDirectoryHints(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "zones")
	at := func(name string) string { return filepath.Join(dir, name) }
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	// What is linked later is there first: a link that leads nowhere yet when it is looked at is watched from the next reading on.
	writeFiles(t, dir, map[string]string{"a.zone": "a", "sub/b.zone": "b", ".git/HEAD": "x", ".hidden/e.zone": "e"})
	d := openQuick(t, DirectoryOptions{Dir: dir, Watch: true, Debounce: time.Millisecond})
	if got, want := d.watcher.fs.WatchList(), []string{parent, dir, at("sub")}; !cmp.Equal(slices.Sorted(slices.Values(got)), want) {
		t.Errorf("watched are %v, want %v", got, want)
	}
	steps := []struct {
		name string
		do   func()
	}{
		{"a file written", func() { writeFiles(t, dir, map[string]string{"a.zone": "aa"}) }},
		{"a file in a subdirectory written", func() { writeFiles(t, dir, map[string]string{"sub/b.zone": "bb"}) }},
		{"a file put in another's place", func() {
			writeFiles(t, dir, map[string]string{".a.tmp": "aaa"})
			must(os.Rename(at(".a.tmp"), at("a.zone")))
		}},
		{"and that written", func() { writeFiles(t, dir, map[string]string{"a.zone": "aaaa"}) }},
		{"a file removed", func() { must(os.Remove(at("sub/b.zone"))) }},
		{"a directory made", func() { must(os.MkdirAll(at("new/deep"), 0o700)) }},
		{"a file in a new directory", func() { writeFiles(t, dir, map[string]string{"new/deep/c.zone": "c"}) }},
		{"a directory moved here", func() {
			writeFiles(t, parent, map[string]string{"other/d.zone": "d"})
			must(os.Rename(filepath.Join(parent, "other"), at("moved")))
		}},
		{"a file in a directory moved here", func() { writeFiles(t, dir, map[string]string{"moved/d.zone": "dd"}) }},
		{"a directory replaced", func() {
			writeFiles(t, parent, map[string]string{"other/d.zone": "ddd"})
			must(os.RemoveAll(at("moved")))
			must(os.Rename(filepath.Join(parent, "other"), at("moved")))
		}},
		{"a file in a directory replaced", func() { writeFiles(t, dir, map[string]string{"moved/d.zone": "dddd"}) }},
		{"a directory linked", func() { writeFiles(t, dir, map[string]string{"linked": "-> .hidden"}) }},
		{"a file in a directory linked", func() { writeFiles(t, dir, map[string]string{".hidden/e.zone": "ee"}) }},
		{"the directory gone", func() { must(os.RemoveAll(dir)) }},
	}
	for _, step := range steps {
		quiet(d)
		step.do()
		wantHint(t, d, step.name)
	}

	quiet(d)
	writeFiles(t, dir, map[string]string{"sub/a.zone": "a"})
	wantHint(t, d, "the directory back")
	quiet(d)
	writeFiles(t, dir, map[string]string{"sub/a.zone": "changed"})
	wantHint(t, d, "a change in a directory that came back")
}

// A directory may be made after the watcher looked and before the one that it is in is watched.
func TestDirectoryMadeWhileTheWatcherLooks(t *testing.T) {
	root := t.TempDir()
	first, second := filepath.Join(root, "first"), filepath.Join(root, "first", "second")
	made := []string{first, second}
	fsw, err := fsnotify.NewWatcher()
	if err != nil {
		t.Fatal(err)
	}
	defer fsw.Close()
	w := newWatcher(fsw, func() view {
		v := view{root: root, skip: func(string) bool { return false }, dirs: make(map[string]bool)}
		for dir := range dirsBelow(root, v.skip) {
			v.dirs[dir] = true
		}
		if len(made) > 0 {
			if err := os.Mkdir(made[0], 0o700); err != nil {
				t.Error(err)
			}
			made = made[1:]
		}
		return v
	}, logger(nil))
	w.lookAgain()
	if got, want := slices.Sorted(slices.Values(fsw.WatchList())), []string{root, first, second}; !cmp.Equal(got, want) {
		t.Errorf("watched are %v, want %v", got, want)
	}
}

func TestWatcherPassesOn(t *testing.T) {
	tests := []struct {
		name string
		op   fsnotify.Op
		want int
	}{
		{"a write", fsnotify.Write, 1},
		{"a change of mode", fsnotify.Chmod, 0},
		{"a write with a change of mode", fsnotify.Write | fsnotify.Chmod, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			fsw := &fsnotify.Watcher{Events: make(chan fsnotify.Event), Errors: make(chan error)}
			w := newWatcher(fsw, nil, slog.New(slog.DiscardHandler))
			changes, lost := make(chan struct{}), make(chan struct{})
			w.running.Go(func() { w.run(changes, lost) })
			w.running.Go(func() {
				fsw.Events <- fsnotify.Event{Name: "/zones/a", Op: tt.op}
				close(fsw.Events)
			})
			got := 0
			for range changes {
				got++
			}
			w.running.Wait()
			if got != tt.want {
				t.Errorf("%d changes, want %d", got, tt.want)
			}
		})
	}
}

func TestSettle(t *testing.T) {
	const quiet, longest = 200 * time.Millisecond, 2 * time.Second
	every := func(gap time.Duration, n int) []time.Duration { return slices.Repeat([]time.Duration{gap}, n) }
	tests := []struct {
		name string
		gaps []time.Duration // between changes
		want []time.Duration // after the start, when hints come
	}{
		{"none", nil, nil},
		{"one", every(time.Second, 1), []time.Duration{1200 * time.Millisecond}},
		{"a burst", every(10*time.Millisecond, 50), []time.Duration{700 * time.Millisecond}},
		{"two apart", every(time.Second, 2), []time.Duration{1200 * time.Millisecond, 2200 * time.Millisecond}},
		{"no end", every(150*time.Millisecond, 30), []time.Duration{2150 * time.Millisecond, 4250 * time.Millisecond, 4700 * time.Millisecond}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				changes, hints := make(chan struct{}), make(chan struct{}, 1)
				var got []time.Duration
				go func() {
					settle(changes, hints, quiet, longest)
					close(hints)
				}()
				go func() {
					for _, gap := range tt.gaps {
						time.Sleep(gap)
						changes <- struct{}{}
					}
					time.Sleep(time.Minute)
					close(changes)
				}()
				for range hints {
					got = append(got, time.Since(start))
				}
				if diff := cmp.Diff(got, tt.want); diff != "" {
					t.Errorf("hints (-got +want):\n%s", diff)
				}
			})
		})
	}
}

func TestSettleMergesHintsThatNobodyTakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		changes, hints := make(chan struct{}), make(chan struct{}, 1)
		go settle(changes, hints, time.Second, time.Second)
		for range 5 {
			changes <- struct{}{}
			time.Sleep(time.Minute)
		}
		close(changes)
		synctest.Wait()
		if got := len(hints); got != 1 {
			t.Errorf("%d hints wait, want 1", got)
		}
	})
}

// synctest fails the test if a goroutine that Open started is left.
func TestDirectoryCloseEndsItsGoroutines(t *testing.T) {
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{"a.zone": "a"})
	synctest.Test(t, func(t *testing.T) {
		d, err := OpenDirectory(DirectoryOptions{Dir: dir, Watch: true})
		if err != nil {
			t.Fatal(err)
		}
		if d.Changed() == nil {
			t.Fatal("not watched")
		}
		writeFiles(t, dir, map[string]string{"a.zone": "b"})
		for range 2 {
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
		}
	})
}
