package zonedir

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// lockInterval is how long a writer waits before it looks again whether another one is done.
const lockInterval = 20 * time.Millisecond

// lock waits until nobody else writes the zone, in whatever process, and keeps others out until unlock is called. A process that dies
// leaves the lock file, and no lock.
func lock(ctx context.Context, root *os.Root, name string) (unlock func(), err error) {
	tick := time.NewTicker(lockInterval)
	defer tick.Stop()
	for {
		f, err := tryLock(root, name)
		if err == nil {
			return func() {
				_ = root.Remove(name) // while it is locked, or it could be another's by now
				_ = f.Close()
			}, nil
		}
		if !errors.Is(err, errLocked) {
			return nil, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for another writer, who has %s: %w", name, ctx.Err())
		}
	}
}

// errLocked says that another writer has the lock.
var errLocked = errors.New("locked")

// tryLock returns the locked file, or errLocked.
func tryLock(root *os.Root, name string) (*os.File, error) {
	// Reading is enough to lock, and all that another user may be allowed to.
	f, err := root.OpenFile(name, os.O_RDONLY|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	if err := flock(f); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("lock %s: %w", name, err)
	}
	// Whoever had the lock may have removed the file between the two calls: then this lock keeps nobody out.
	mine, err := f.Stat()
	if err == nil {
		var there fs.FileInfo
		if there, err = root.Lstat(name); errors.Is(err, fs.ErrNotExist) || err == nil && !os.SameFile(mine, there) {
			err = errLocked
		}
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}
