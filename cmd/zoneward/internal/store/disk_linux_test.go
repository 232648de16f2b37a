package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/zoneward/zoneward/reconcile"
)

func TestRefuseDisk(t *testing.T) {
	for _, tc := range []struct {
		name string
		kind uint32
		want string
	}{
		{"nfs", 0x6969, "NFS"},
		{"cifs", 0xff534d42, "CIFS"},
		{"smb2", 0xfe534d42, "SMB2"},
		{"9p", 0x01021997, "9p"},
		{"fuse", 0x65735546, "FUSE"},
		{"ceph", 0x00c36400, "Ceph"},
		{"lustre", 0x0bd00bd0, "Lustre"},
		{"ext", 0xef53, ""},
		{"xfs", 0x58465342, ""},
		{"btrfs", 0x9123683e, ""},
		{"zfs", 0x2fc12fc1, ""},
		{"tmpfs", 0x01021994, ""},
		{"overlayfs", 0x794c7630, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := refuseDisk("/var/lib/zoneward", tc.kind)
			if tc.want == "" && err != nil {
				t.Errorf("refused: %v", err)
			}
			if tc.want != "" && (err == nil || !strings.Contains(err.Error(), "/var/lib/zoneward is on a network file system ("+tc.want+")")) {
				t.Errorf("error %v; want that it is %s", err, tc.want)
			}
		})
	}
}

func TestNetworkFileSystem(t *testing.T) {
	fuse, err := os.OpenFile("/dev/fuse", os.O_RDWR, 0)
	if err != nil {
		t.Skip("this takes FUSE:", err)
	}
	defer fuse.Close()
	// Nobody answers there, and nobody is asked: for other users than that of the mount the kernel itself says what file system it is.
	folder := t.TempDir()
	mount(t, "zoneward-test", folder, "fuse", 0, fmt.Sprintf("fd=%d,rootmode=40000,user_id=65534,group_id=65534", fuse.Fd()))
	for name, open := range map[string]func(context.Context, string) (*Store, error){"Open": Open, "OpenToPlan": OpenToPlan} {
		s, err := open(t.Context(), filepath.Join(folder, "state.db"))
		if err == nil {
			s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), "(FUSE)") || !strings.Contains(err.Error(), "put the state on a local disk") {
			t.Errorf("%s: %v; want that it is refused, and what to do", name, err)
		}
	}
}

// mount mounts something on a directory until the test ends, and skips the test where that is not allowed.
func mount(t *testing.T, source, directory, kind string, flags uintptr, data string) {
	t.Helper()
	if err := syscall.Mount(source, directory, kind, flags, data); err != nil {
		t.Skipf("mounting takes root, and is needed to have such a disk: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(directory, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
}

// readOnly makes a file or directory one that this process may only read.
func readOnly(t *testing.T, path string) {
	t.Helper()
	if os.Geteuid() == 0 { // who may write anything, but for what is mounted read-only
		mount(t, path, path, "", syscall.MS_BIND, "")
		if err := syscall.Mount("", path, "", syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
			t.Fatal(err)
		}
		return
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, info.Mode().Perm()&^0o222); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(path, info.Mode().Perm()) })
}

func TestReadOnly(t *testing.T) {
	for _, tc := range []struct {
		name string
		make func(t *testing.T, file string)
	}{
		{"a file", func(t *testing.T, file string) { readOnly(t, file) }},
		{"a directory", func(t *testing.T, file string) { readOnly(t, filepath.Dir(file)) }},
		{"the directory of a file that may be written", func(t *testing.T, file string) {
			if os.Geteuid() != 0 {
				readOnly(t, filepath.Dir(file))
				return
			}
			writable := filepath.Join(t.TempDir(), "state.db")
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(writable, content, 0o600); err != nil {
				t.Fatal(err)
			}
			readOnly(t, filepath.Dir(file))
			mount(t, writable, file, "", syscall.MS_BIND, "")
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "folder", "state.db")
			if err := os.Mkdir(filepath.Dir(file), 0o700); err != nil {
				t.Fatal(err)
			}
			w := openStore(t, file)
			setOne(t, w, "one")
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			tc.make(t, file)
			s, err := OpenToPlan(t.Context(), file)
			if err != nil {
				t.Fatal(err)
			}
			if got := appliedNames(t, s); got != "one" {
				t.Errorf("applied: %s; want one", got)
			}
			if _, err := s.Overview(t.Context()); err != nil {
				t.Error(err)
			}
			refusesWrites(t, s)
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			w, err = Open(t.Context(), file)
			if err == nil {
				w.Close()
				t.Fatal("opened for writing")
			}
			if !errors.Is(err, syscall.EROFS) && !errors.Is(err, syscall.EACCES) && !strings.Contains(err.Error(), "may this user") {
				t.Errorf("open for writing: %v; want that it cannot be written", err)
			}
			if got, want := files(t, filepath.Dir(file)), []string{"state.db"}; !slices.Equal(got, want) {
				t.Errorf("files %v; want %v", got, want)
			}
		})
	}
}

// TestReadOnlyWhileWritten plans where somebody else, who may write the directory, has the store open or was killed.
func TestReadOnlyWhileWritten(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("a directory that one process may write and another may not takes root")
	}
	file := stateFile(t)
	w := openStore(t, file)
	setOne(t, w, "one")
	view := t.TempDir()
	mount(t, filepath.Dir(file), view, "", syscall.MS_BIND, "")
	readOnly(t, view)
	seen := filepath.Join(view, "state.db")
	s, err := OpenToPlan(t.Context(), seen)
	if err != nil {
		t.Fatal(err)
	}
	if got := appliedNames(t, s); got != "one" {
		t.Errorf("applied: %s; want one", got)
	}
	setOne(t, w, "two")
	if got := appliedNames(t, s); got != "two" {
		t.Errorf("after another write: %s; want two", got)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}

	// A writer that was killed leaves the write-ahead log, and not always the shared memory: after a start of the machine it may be on a copy.
	copied := t.TempDir()
	for _, name := range []string{"state.db", "state.db-wal"} {
		content, err := os.ReadFile(filepath.Join(filepath.Dir(file), name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(copied, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	readOnly(t, copied)
	_, err = OpenToPlan(t.Context(), filepath.Join(copied, "state.db"))
	if err == nil || !strings.Contains(err.Error(), "interrupted run") {
		t.Errorf("with what an interrupted run has left: %v; want what to do", err)
	}
}

func TestFullDisk(t *testing.T) {
	disk := t.TempDir()
	mount(t, "tmpfs", disk, "tmpfs", 0, "size=2m")
	other := filepath.Join(disk, "other.db")
	if err := openStore(t, other).Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(disk, "state.db")
	s := openStore(t, file)
	setOne(t, s, "one")
	n := 0
	var err error
	for n < 10_000 && err == nil {
		in, _ := creation(1000)
		in.Stones = []reconcile.Tombstone{{ID: in.Changes[0].Key.String() + string(rune(n)), Ref: onLive, Kind: reconcile.KindZone, Key: host(0).Key}}
		if _, err = s.Begin(t.Context(), in); err == nil {
			n++
		}
	}
	if err == nil || !strings.Contains(err.Error(), "the disk is full") || !strings.Contains(err.Error(), file) {
		t.Fatalf("after %d intents: %v; want that the disk is full, and with which file", n, err)
	}
	open, err := s.Open(t.Context(), onLive)
	if err != nil || len(open) != n {
		t.Errorf("%d open intents, %v; want the %d that were said to be noted", len(open), err, n)
	}
	if got := appliedNames(t, s); got != "one" {
		t.Errorf("applied: %s; want one", got)
	}
	if err := s.Close(); err != nil {
		t.Log("closed:", err)
	}

	filler := filepath.Join(disk, "filler")
	if err := os.WriteFile(filler, make([]byte, 4<<20), 0o600); err == nil {
		t.Fatal("the disk is not full")
	}
	if s, err := Open(t.Context(), filepath.Join(disk, "new.db")); err == nil {
		s.Close()
		t.Error("a new store was opened on a full disk")
	} else if !strings.Contains(err.Error(), "the disk is full") {
		t.Errorf("open on a full disk: %v; want that it is full", err)
	}
	// There is no room for the memory that processes share, a file beside the database.
	if s, err := Open(t.Context(), other); err == nil {
		s.Close()
		t.Error("a store was opened on a full disk")
	} else if !strings.Contains(err.Error(), "the disk is full") {
		t.Errorf("open again on a full disk: %v; want that it is full", err)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	s = openStore(t, file)
	if open, err := s.Open(t.Context(), onLive); err != nil || len(open) != n {
		t.Errorf("%d open intents when there is space again, %v; want %d", len(open), err, n)
	}
}
