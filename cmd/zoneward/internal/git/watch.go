package git

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"
)

// watcher turns what the operating system tells about a directory and those below it into hints. It watches
// directories and not files: who watches a file loses it when an editor puts another in its place. A nil watcher
// watches nothing.
type watcher struct {
	dir   string
	log   *slog.Logger
	fs    *fsnotify.Watcher
	hints chan struct{} // holds one

	warn    sync.Once
	running sync.WaitGroup
}

// watch starts to watch dir, which need not exist: addAll adds it when it does.
func watch(dir string, debounce time.Duration, log *slog.Logger) (*watcher, error) {
	fsw, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	if err := fsw.Add(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, errors.Join(err, fsw.Close())
	}
	w := &watcher{dir: dir, log: log, fs: fsw, hints: make(chan struct{}, 1)}
	w.addBelow(dir)
	changes := make(chan struct{})
	w.running.Go(func() { w.run(changes) })
	w.running.Go(func() { settle(changes, w.hints, debounce, max(debounce, longestDebounce)) })
	return w, nil
}

// run passes on that something changed, until the watcher is closed.
func (w *watcher) run(changes chan<- struct{}) {
	defer close(changes)
	for {
		select {
		case ev, ok := <-w.fs.Events:
			if !ok {
				return
			}
			if ev.Op == fsnotify.Chmod {
				continue // a backup or an indexer came by
			}
			if ev.Has(fsnotify.Create) && !hidden(filepath.Base(ev.Name)) {
				// What is made in it before it is watched is found by the reading that follows the hint.
				w.addBelow(ev.Name)
			}
			changes <- struct{}{}
		case err, ok := <-w.fs.Errors:
			if !ok {
				return
			}
			if !errors.Is(err, fsnotify.ErrEventOverflow) {
				w.log.Warn("watching a directory", "dir", w.dir, "err", err)
			}
			changes <- struct{}{} // whatever was missed
		}
	}
}

// addBelow watches path, if it is a directory, and those below it.
func (w *watcher) addBelow(path string) {
	// A link to a directory counts as one. Those inside it are added by the next reading, which knows of loops.
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		return
	}
	_ = filepath.WalkDir(path, func(at string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // gone again
		}
		if at != path {
			if !d.IsDir() {
				return nil
			}
			if hidden(d.Name()) {
				return fs.SkipDir
			}
		}
		w.add(at)
		return nil
	})
}

// addAll watches the directories that a reading found, each by its path below the watched one. Those that are
// watched already stay so; one that was replaced by another of its name is watched anew.
func (w *watcher) addAll(dirs []string) {
	if w == nil {
		return
	}
	for _, at := range dirs {
		w.add(filepath.Join(w.dir, filepath.FromSlash(at)))
	}
}

func (w *watcher) add(path string) {
	err := w.fs.Add(path)
	if err == nil || errors.Is(err, fs.ErrNotExist) || errors.Is(err, fsnotify.ErrClosed) {
		return
	}
	w.warn.Do(func() {
		w.log.Warn("not every directory can be watched, the rest is only polled", "dir", path, "err", err)
	})
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
