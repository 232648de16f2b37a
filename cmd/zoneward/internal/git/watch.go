package git

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"
)

// watcher turns what the operating system tells about directories into hints. It watches directories and not files:
// who watches a file loses it when somebody puts another in its place. A nil watcher watches nothing.
type watcher struct {
	log   *slog.Logger
	look  func() view // what there is to watch
	fs    *fsnotify.Watcher
	add   func(dir string) error
	hints chan struct{} // holds one

	mu      sync.Mutex
	view    view
	warn    sync.Once
	running sync.WaitGroup
}

// view is what a watcher looks at. Its paths are absolute and have no links in them: by two names for one directory
// the operating system would tell of one alone.
type view struct {
	// points are what matters by itself, whether it is there or not. The directories that they are in are watched
	// for them.
	points map[string]bool
	// root is a directory in which everything matters that skip, given its path, does not leave out; "" is none.
	root string
	skip func(path string) bool
	// dirs are root and those below it, as far as they are known.
	dirs map[string]bool
}

// watch starts to watch what look finds, and again each time that something happens to one of its points.
func watch(look func() view, quiet time.Duration, log *slog.Logger) (*watcher, error) {
	fsw, err := fsnotify.NewWatcher()
	if errors.Is(err, syscall.EMFILE) {
		err = fmt.Errorf("%w: the limit may be that of the sysctl fs.inotify.max_user_instances", err)
	}
	if err != nil {
		return nil, err
	}
	w := newWatcher(fsw, look, log)
	w.start(quiet)
	return w, nil
}

func newWatcher(fsw *fsnotify.Watcher, look func() view, log *slog.Logger) *watcher {
	return &watcher{log: log, look: look, fs: fsw, add: fsw.Add, hints: make(chan struct{}, 1)}
}

func (w *watcher) start(quiet time.Duration) {
	changes, lost := make(chan struct{}), make(chan struct{}, 1)
	w.running.Go(func() { w.listen(lost) })
	w.lookAgain()
	w.running.Go(func() { w.run(changes, lost) })
	w.running.Go(func() { settle(changes, w.hints, quiet, max(quiet, longestDebounce)) })
}

// show makes v, which is the watcher's from then on, what is watched.
func (w *watcher) show(v view) {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.view = v
	// First what is not watched any more: a directory that was moved is known by its old name until then.
	for _, dir := range w.fs.WatchList() {
		if !v.dirs[dir] && !v.holdsPoint(dir) {
			_ = w.fs.Remove(dir) // it may have gone by itself
		}
	}
	for point := range v.points {
		w.watch(filepath.Dir(point))
	}
	for dir := range v.dirs {
		w.watch(dir)
	}
}

// looks bounds how often lookAgain looks at what somebody changes all the time.
const looks = 10

// lookAgain watches what there is to watch now. What is made after it was looked for and before it is watched is told
// by nobody, so it is looked for again until it is the same as what is watched.
func (w *watcher) lookAgain() {
	v := w.look()
	for range looks {
		w.show(v)
		next := w.look()
		if next.equal(v) {
			return
		}
		v = next
	}
	w.show(v)
}

// watch watches one directory, or says that it cannot. One that is watched already stays so, and one that took the
// place of another is watched instead of that.
func (w *watcher) watch(dir string) {
	err := w.add(dir)
	switch {
	case err == nil, errors.Is(err, fsnotify.ErrClosed):
		return
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return // whoever wants it has a point on the way to it
	case errors.Is(err, syscall.ENOSPC):
		err = fmt.Errorf("%w: the limit is that of the sysctl fs.inotify.max_user_watches", err)
	}
	w.warn.Do(func() {
		w.log.Warn("not every directory can be watched, the rest is only polled", "dir", dir, "err", err)
	})
}

// listen hears what went wrong, and says so by lost. It asks nothing of fs, which may wait for this to hear it.
func (w *watcher) listen(lost chan<- struct{}) {
	for err := range w.fs.Errors {
		if !errors.Is(err, fsnotify.ErrEventOverflow) {
			w.log.Warn("watching directories", "err", err)
		}
		select {
		case lost <- struct{}{}:
		default: // one is waiting to be taken
		}
	}
}

// run passes on that something changed, until the watcher is closed.
func (w *watcher) run(changes chan<- struct{}, lost <-chan struct{}) {
	defer close(changes)
	for {
		select {
		case ev, ok := <-w.fs.Events:
			if !ok {
				return
			}
			if w.concerns(ev) {
				changes <- struct{}{}
			}
		case <-lost: // whatever it was
			w.lookAgain()
			changes <- struct{}{}
		}
	}
}

// concerns says whether an event matters, and watches what there is to watch since.
func (w *watcher) concerns(ev fsnotify.Event) bool {
	if ev.Op == fsnotify.Chmod {
		return false // a backup or an indexer came by
	}
	w.mu.Lock()
	v := w.view
	dir := filepath.Dir(ev.Name)
	counts := v.points[ev.Name] || v.dirs[dir] || !v.holdsPoint(dir)
	w.mu.Unlock()
	switch {
	case !counts:
		return false
	case v.points[ev.Name]:
		w.lookAgain()
	case v.skips(ev.Name):
		return false
	case ev.Has(fsnotify.Create) && !hidden(filepath.Base(ev.Name)):
		// What is made in it before it is watched is found by the reading that follows the hint.
		w.watchBelow(ev.Name)
	}
	return true
}

// watchBelow watches what is made at path, if it is a directory or a link to one, and what is below that.
func (w *watcher) watchBelow(path string) {
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		return
	}
	real, err := filepath.EvalSymlinks(path)
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil || !isBelow(w.view.root, real) {
		return // gone again, or a link that leaves the root
	}
	for dir := range dirsBelow(real, w.view.skip) {
		w.watch(dir)
		w.view.dirs[dir] = true
	}
}

// holdsPoint says that a point is, or would be, in dir.
func (v view) holdsPoint(dir string) bool {
	for point := range v.points {
		if filepath.Dir(point) == dir {
			return true
		}
	}
	return false
}

// equal says that v and u are of the same directories. What they leave out is not compared.
func (v view) equal(u view) bool {
	return v.root == u.root && maps.Equal(v.points, u.points) && maps.Equal(v.dirs, u.dirs)
}

func (v view) skips(path string) bool {
	return v.root != "" && path != v.root && isBelow(v.root, path) && v.skip(path)
}

// changed delivers the hints; it is nil if nothing is watched.
func (w *watcher) changed() <-chan struct{} {
	if w == nil {
		return nil
	}
	return w.hints
}

// close ends the watching, and with it the goroutines.
func (w *watcher) close() error {
	if w == nil {
		return nil
	}
	err := w.fs.Close()
	w.running.Wait()
	return err
}

// settle gives a hint when there was no change for the time quiet, or when there were changes for the time longest.
// It returns when changes is closed.
func settle(changes <-chan struct{}, hints chan<- struct{}, quiet, longest time.Duration) {
	timer := time.NewTimer(0)
	timer.Stop()
	defer timer.Stop()
	var first time.Time // of the changes that no hint was given for; zero is none
	for {
		select {
		case _, ok := <-changes:
			if !ok {
				return
			}
			if first.IsZero() {
				first = time.Now()
			}
			timer.Reset(min(quiet, longest-time.Since(first)))
		case <-timer.C:
			first = time.Time{}
			select {
			case hints <- struct{}{}:
			default: // one is waiting to be taken
			}
		}
	}
}
