package git

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"path/filepath"
	"time"

	"github.com/zoneward/zoneward/reconcile"
)

// DirectoryOptions say which directory is the source.
type DirectoryOptions struct {
	// Dir is the directory. It may be a symbolic link, which is followed anew each time.
	Dir string
	// Skip says which files and directories, by their path below Dir with slashes, are no part of the source: what the program itself
	// writes there. nil is none.
	Skip func(path string) bool
	// Watch asks for hints from the operating system, which some file systems (NFS, FUSE) cannot give.
	Watch bool
	// Debounce is how long the directory is quiet before it is read and before a hint is given; 0 is 200 ms.
	// A hint waits for two seconds at most, or for Debounce if that is longer.
	Debounce time.Duration
	// MaxFileBytes is the size above which a file does not open; 0 is 64 MiB.
	MaxFileBytes int64
	// MaxTotalBytes bounds all files together, which are held in memory; 0 is four times MaxFileBytes, and 1 GiB at least.
	MaxTotalBytes int64
	// Logger is told where the directory cannot be watched; nil is nobody.
	Logger *slog.Logger
}

// Directory is a [reconcile.Source] on a directory. What it gives is a copy in memory of a state that the directory
// was in for some time, not of one that it went through. Its Revision is "sha256:" and the digest of names and content.
type Directory struct {
	dir      string
	debounce time.Duration
	limits   limits
	skip     func(string) bool
	watcher  *watcher // nil: poll only

	pause func(context.Context, time.Duration) error
}

var _ reconcile.Source = (*Directory)(nil)

const (
	defaultDebounce = 200 * time.Millisecond
	longestDebounce = 2 * time.Second

	stableTries = 5
)

// OpenDirectory starts to watch the directory, if that is wanted and possible. The directory need not exist yet.
func OpenDirectory(opts DirectoryOptions) (*Directory, error) {
	if opts.Dir == "" {
		return nil, errors.New("the source directory has no name")
	}
	dir, err := filepath.Abs(opts.Dir)
	if err != nil {
		return nil, fmt.Errorf("directory %s: %w", opts.Dir, err)
	}
	d := &Directory{
		dir:      dir,
		debounce: opts.Debounce,
		limits:   limits{file: opts.MaxFileBytes, total: opts.MaxTotalBytes},
		skip:     opts.Skip,
		pause:    sleep,
	}
	if d.skip == nil {
		d.skip = func(string) bool { return false }
	}
	if d.debounce <= 0 {
		d.debounce = defaultDebounce
	}
	if d.limits.file <= 0 {
		d.limits.file = defaultMaxFileBytes
	}
	if d.limits.total <= 0 {
		d.limits.total = max(filesInTotal*d.limits.file, leastTotalBytes)
	}
	if opts.Watch {
		log := logger(opts.Logger)
		if d.watcher, err = watch(d.viewNow, d.debounce, log); err != nil {
			log.Warn("directory cannot be watched, it is only polled", "dir", dir, "err", err)
		}
	}
	return d, nil
}

// Tree returns a copy of the directory as it is now. A directory in which something changed within the last Debounce
// is waited for. Errors wrap [ErrNoPath], [ErrEmpty], [ErrTooLarge] or [ErrUnstable] where that is what is wrong.
func (d *Directory) Tree(ctx context.Context) (reconcile.Tree, error) {
	moving := errChanged
	for try := range stableTries {
		got, err := d.stable(ctx, try > 0)
		if err == nil {
			if got.files == 0 {
				return reconcile.Tree{}, fmt.Errorf("read %s: %w", d.dir, ErrEmpty)
			}
			return reconcile.Tree{
				FS:       &snapshot{root: got.root},
				Revision: fmt.Sprintf("sha256:%x", got.digest),
			}, nil
		}
		if !errors.Is(err, errChanged) {
			return reconcile.Tree{}, fmt.Errorf("read %s: %w", d.dir, err)
		}
		moving = err
	}
	return reconcile.Tree{}, fmt.Errorf("read %s: %w: %d times in a row: %w", d.dir, ErrUnstable, stableTries, moving)
}

// stable reads the directory and, some time later, sees the same in it again. errChanged says that it did not.
func (d *Directory) stable(ctx context.Context, patient bool) (reading, error) {
	first, err := readDirectory(ctx, d.dir, d.skip, d.limits, keep)
	if err != nil {
		d.watcher.show(d.viewNow())
		return reading{}, err
	}
	d.watcher.show(d.viewOf(first.dirs))
	// Somebody who copies files leaves gaps between them. In a directory that was quiet for a while nobody is.
	if patient || time.Since(first.newest) < d.debounce {
		if err := d.pause(ctx, d.debounce); err != nil {
			return reading{}, err
		}
	}
	again, err := readDirectory(ctx, d.dir, d.skip, d.limits, digest)
	if err != nil {
		return reading{}, err
	}
	if again.digest != first.digest {
		return reading{}, errChanged
	}
	return first, nil
}

// viewNow is what there is to watch as far as no link in the directory is followed.
func (d *Directory) viewNow() view {
	v := d.viewOf(nil)
	for dir := range dirsBelow(v.root, v.skip) {
		v.dirs[dir] = true
	}
	return v
}

// viewOf is what there is to watch of a directory in which those of dirs were found, each by its path below it and
// after the one that it is in.
func (d *Directory) viewOf(dirs []string) view {
	points, root := trail(d.dir)
	v := view{points: points, root: root, dirs: make(map[string]bool)}
	v.skip = func(path string) bool {
		rel, err := filepath.Rel(root, path)
		return err == nil && d.skip(filepath.ToSlash(rel))
	}
	real := map[string]string{".": root}
	for _, at := range dirs {
		dir := root
		if at != "." {
			dir = filepath.Join(real[path.Dir(at)], path.Base(at))
		}
		if info, err := os.Lstat(dir); err == nil && info.Mode()&fs.ModeSymlink != 0 {
			if dir, err = filepath.EvalSymlinks(dir); err != nil {
				continue // it leads nowhere any more
			}
		}
		real[at] = dir
		v.dirs[dir] = true
	}
	return v
}

// Changed is nil if the directory is not watched.
func (d *Directory) Changed() <-chan struct{} { return d.watcher.changed() }

// Close ends the watching.
func (d *Directory) Close() error { return d.watcher.close() }

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
