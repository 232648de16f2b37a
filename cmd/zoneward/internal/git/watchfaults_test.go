package git

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

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
