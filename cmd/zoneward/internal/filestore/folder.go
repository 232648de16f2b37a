package filestore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"time"

	"github.com/gofrs/flock"

	"github.com/zoneward/zoneward/zonefile"
)

// The files in a folder that are of no zone.
const (
	auditFile = "audit.jsonl"
	clockFile = "clock.json"
	lockFile  = ".lock"  // held by who writes
	locksDir  = ".locks" // those of zones
)

// folder is where the files are. Names are relative to it, with slashes.
type folder struct {
	root *os.Root
	path string
}

// openFolder opens a folder, and makes it if it is to be written and is not there.
func openFolder(dir string, write bool) (folder, error) {
	if _, err := os.Stat(dir); write && errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return folder{}, err
		}
		if err := syncDirectory(filepath.Dir(filepath.Clean(dir))); err != nil {
			return folder{}, err
		}
	}
	root, err := os.OpenRoot(dir)
	return folder{root, dir}, err
}

// lockPoll is how long somebody else who writes is left alone before the next look.
const lockPoll = 5 * time.Millisecond

// lock waits until nobody else writes to the folder, in this process or another.
func (f folder) lock(ctx context.Context) (release func(), err error) {
	// The lock is opened by its path, so it could be elsewhere.
	switch info, err := f.root.Lstat(lockFile); {
	case err == nil && !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no regular file: move it away", filepath.Join(f.path, lockFile))
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	lock := flock.New(filepath.Join(f.path, lockFile), flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o600))
	if _, err := lock.TryLockContext(ctx, lockPoll); err != nil {
		return nil, errors.Join(fmt.Errorf("wait for whoever writes there: %w", err), lock.Close())
	}
	return func() { _ = lock.Close() }, nil
}

// openFile opens a file, and refuses what is no regular one: to open a named pipe waits until somebody opens its other end.
func (f folder) openFile(name string, flag int) (*os.File, error) {
	if info, err := f.root.Stat(name); err == nil && !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("it is no regular file")}
	}
	return f.root.OpenFile(name, flag, 0o600)
}

// content returns what is in a file.
func (f folder) content(name string) ([]byte, error) {
	file, err := f.openFile(name, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(file)
	return content, errors.Join(err, file.Close())
}

// write puts a file in the place of the one that is there, if there is one. It is there whole or not at all; that it is still there after the
// machine has crashed is certain after sync.
func (f folder) write(name string, content []byte) error {
	next := path.Join(path.Dir(name), "."+path.Base(name)+".tmp")
	if err := f.remove(next); err != nil { // of somebody who was interrupted
		return err
	}
	file, err := f.root.OpenFile(next, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = f.root.Rename(next, name)
	}
	if err != nil {
		return errors.Join(err, f.remove(next))
	}
	return nil
}

// remove removes a file, if it is there.
func (f folder) remove(name string) error {
	if err := f.root.Remove(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// mkdir makes a folder in the folder, if it is not there.
func (f folder) mkdir(name string) error {
	switch err := f.root.Mkdir(name, 0o700); {
	case errors.Is(err, fs.ErrExist):
		return nil
	case err != nil:
		return err
	}
	return f.sync(".")
}

// sync has on disk what was written to, renamed in or removed from a folder in the folder.
func (f folder) sync(name string) error {
	return syncDirectory(filepath.Join(f.path, filepath.FromSlash(name)))
}

func syncDirectory(name string) error {
	if runtime.GOOS == "windows" {
		return nil // where folders cannot be synced
	}
	dir, err := os.Open(filepath.Clean(name))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// longestName is how many octets of a name go into that of a file: with what is added it stays below 255.
const longestName = 160

// fileName returns a name as that of a file. Those of different names may be the same.
func fileName(name zonefile.Name) string {
	s := zonefile.FileName(name)
	if len(s) > longestName {
		sum := sha256.Sum256([]byte(s))
		s = s[:longestName] + "-" + hex.EncodeToString(sum[:4])
	}
	return s
}

// folderOf returns where the tombstones of a zone are.
func folderOf(zone zonefile.Name) string {
	name := fileName(zone)
	if name == auditFile || name == clockFile {
		return "_" + name // these could be zones
	}
	return name
}
