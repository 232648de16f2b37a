// Package zonelock keeps processes of one machine from writing the same zone at the same time.
package zonelock

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"github.com/zoneward/zoneward/reconcile"
)

// holder is what the file of a lock says while somebody has it.
type holder struct {
	Zone    string    `json:"zone"`
	Target  string    `json:"target"`
	PID     int       `json:"pid"`
	Command string    `json:"command"`
	Since   time.Time `json:"since"`
}

// String returns "process 4711 (zoneward run) since 2026-01-02T03:04:05Z".
func (h holder) String() string {
	return fmt.Sprintf("process %d (%s) since %s", h.PID, h.Command, h.Since.UTC().Format(time.RFC3339))
}

// lockPoll is how long a zone that somebody else writes is left alone before the next look.
const lockPoll = 50 * time.Millisecond

// Dir is the folder of the locks. It is made when it is needed.
type Dir string

// Lock waits until nobody else who has the same folder writes a zone on a target, in this process or another. The lock is one of the operating
// system on a file, so it ends with the process. release may be called more than once. The error of a context that ends says who has it.
func (d Dir) Lock(ctx context.Context, ref reconcile.Ref) (release func(), err error) {
	file := d.file(ref)
	if err := os.MkdirAll(string(d), 0o700); err != nil {
		return nil, fmt.Errorf("lock %s: %w", ref, err)
	}
	for {
		lock, err := tryLock(file)
		if err != nil {
			return nil, fmt.Errorf("lock %s: %w", ref, err)
		}
		if lock != nil {
			if err := writeHolder(file, ref); err != nil {
				return nil, fmt.Errorf("lock %s: %w", ref, errors.Join(err, lock.Unlock()))
			}
			return sync.OnceFunc(func() { unlock(file, lock) }), nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("%s is being written by %s: %w", ref, readHolder(file), ctx.Err())
		case <-time.After(lockPoll):
		}
	}
}

// tryLock returns the lock of a file, nil if somebody else has it.
func tryLock(file string) (*flock.Flock, error) {
	if info, err := os.Lstat(file); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file: move it away", file)
	}
	lock := flock.New(file, flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o600))
	locked, err := lock.TryLock()
	if err != nil || !locked {
		return nil, err
	}
	// The one who had it may have removed the file between its opening here and the lock: then the lock is of no file, and somebody else can have
	// the lock of the new one.
	mine, err := lock.Stat()
	if err != nil {
		return nil, errors.Join(err, lock.Unlock())
	}
	there, err := os.Stat(file)
	if err == nil && os.SameFile(mine, there) {
		return lock, nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return nil, errors.Join(err, lock.Unlock())
}

// unlock ends a lock. Those who wait for the file that it removes notice that, see tryLock; a file that is left does no harm.
func unlock(file string, lock *flock.Flock) {
	_ = os.Remove(file)
	_ = lock.Unlock()
}

// file returns the file of a lock. A zone's name may be longer than that of a file, and have octets that do not go in one.
func (d Dir) file(ref reconcile.Ref) string {
	sum := sha256.Sum256([]byte(ref.Zone.String() + "\x00" + ref.Target))
	return filepath.Join(string(d), hex.EncodeToString(sum[:16]))
}

func writeHolder(file string, ref reconcile.Ref) error {
	text, err := json.Marshal(holder{Zone: ref.Zone.String(), Target: ref.Target, PID: os.Getpid(), Command: command(), Since: time.Now().UTC().Truncate(time.Second)})
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o600)
}

// readHolder returns who has a lock, in words.
func readHolder(file string) string {
	var h holder
	text, err := os.ReadFile(filepath.Clean(file))
	if err != nil || json.Unmarshal(text, &h) != nil {
		return "another process"
	}
	return h.String()
}

// command returns the program and, if it has one, its subcommand. Other arguments may be secrets.
func command() string {
	words := []string{filepath.Base(os.Args[0])}
	if len(os.Args) > 1 && !strings.HasPrefix(os.Args[1], "-") {
		words = append(words, os.Args[1])
	}
	return strings.Join(words, " ")
}
