//go:build unix

package filestore

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestNamedPipes: what is no regular file is refused at once, and not waited for.
func TestNamedPipes(t *testing.T) {
	for _, name := range []string{"example.com/www-A-5700000000000009.json", auditFile, clockFile, lockFile} {
		t.Run(name, func(t *testing.T) {
			dir := folderFor(t)
			begin(t, openStore(t, dir), retiring(www))
			pipe := filepath.Join(dir, name)
			if err := os.Remove(pipe); err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
			if err := syscall.Mkfifo(pipe, 0o600); err != nil {
				t.Skip(err)
			}
			done := make(chan error, 1)
			go func() {
				s, err := Open(t.Context(), dir)
				if err == nil {
					_, err = s.Overview(t.Context())
					_ = s.Close()
				}
				done <- err
			}()
			select {
			case err := <-done:
				if err == nil || !strings.Contains(err.Error(), filepath.Base(name)) || !strings.Contains(err.Error(), "no regular file") {
					t.Errorf("error %v; want that %s is no regular file", err, name)
				}
			case <-time.After(10 * time.Second):
				t.Fatal("it waits for the other end of the pipe")
			}
		})
	}
}

// TestLocksElsewhere: nothing is made outside of the folder by a lock that is a link.
func TestLocksElsewhere(t *testing.T) {
	link := func(t *testing.T, dir, name string) (outside string) {
		t.Helper()
		outside = filepath.Join(t.TempDir(), "x")
		if err := os.Symlink(outside, filepath.Join(dir, name)); err != nil {
			t.Skip(err)
		}
		return outside
	}
	absent := func(t *testing.T, name string) {
		t.Helper()
		if _, err := os.Lstat(name); !os.IsNotExist(err) {
			t.Errorf("%s: %v; want nothing there", name, err)
		}
	}
	t.Run("of the folder", func(t *testing.T) {
		dir := t.TempDir()
		outside := link(t, dir, lockFile)
		if _, err := Open(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "move it away") {
			t.Errorf("error %v; want that it is to be moved away", err)
		}
		absent(t, outside)
	})
	t.Run("of the zones", func(t *testing.T) {
		dir := t.TempDir()
		s := openStore(t, dir)
		outside := link(t, dir, locksDir)
		if err := os.Mkdir(outside, 0o700); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Lock(t.Context(), onLive); err == nil || !strings.Contains(err.Error(), "move it away") {
			t.Errorf("error %v; want that it is to be moved away", err)
		}
		if there, err := os.ReadDir(outside); err != nil || len(there) > 0 {
			t.Errorf("outside are %v, %v; want nothing", there, err)
		}
	})
	t.Run("of a zone", func(t *testing.T) {
		dir := t.TempDir()
		s := openStore(t, dir)
		release, err := s.Lock(t.Context(), onLive)
		if err != nil {
			t.Fatal(err)
		}
		locks, err := os.ReadDir(filepath.Join(dir, locksDir))
		if err != nil || len(locks) != 1 {
			t.Fatalf("the locks are %v, %v; want one", locks, err)
		}
		release()
		outside := link(t, dir, filepath.Join(locksDir, locks[0].Name()))
		if _, err := s.Lock(t.Context(), onLive); err == nil || !strings.Contains(err.Error(), "move it away") {
			t.Errorf("error %v; want that it is to be moved away", err)
		}
		absent(t, outside)
	})
}
