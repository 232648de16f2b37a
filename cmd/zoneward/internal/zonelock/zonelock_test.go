package zonelock

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

var onLive = reconcile.Ref{Zone: zonefile.MustParseName("example.com."), Target: "live"}

// TestLockFilesAreRemoved checks that locks leave nothing behind, and that nobody has the lock of a file that was removed.
func TestLockFilesAreRemoved(t *testing.T) {
	dir := Dir(t.TempDir())
	file := dir.file(onLive)
	var inside atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 2000 {
				lock, err := tryLock(file)
				if err != nil {
					t.Error(err)
					return
				}
				if lock == nil {
					continue
				}
				if inside.Add(1) > 1 {
					t.Error("two have the lock")
				}
				runtime.Gosched() // so that others look
				inside.Add(-1)
				unlock(file, lock)
			}
		})
	}
	all.Wait()
	if got, err := os.ReadDir(string(dir)); err != nil || len(got) > 0 {
		t.Errorf("files of locks that nobody has: %v, %v", got, err)
	}
}

func TestLockNames(t *testing.T) {
	dir := Dir(filepath.Join(t.TempDir(), "locks"))
	long := zonefile.MustParseName(strings.Repeat(strings.Repeat(`\000`, 63)+".", 3) + "example.")
	seen := map[string]reconcile.Ref{}
	for _, ref := range []reconcile.Ref{
		onLive,
		{Zone: zonefile.Root, Target: "../../x"},
		{Zone: long, Target: strings.Repeat("t", 300)},
		{Zone: zonefile.MustParseName("a."), Target: "b"},
		{Zone: zonefile.MustParseName("a.b."), Target: ""},
	} {
		release, err := dir.Lock(t.Context(), ref)
		if err != nil {
			t.Fatal(err)
		}
		defer release()
		name := dir.file(ref)
		if other, ok := seen[name]; ok {
			t.Errorf("%s and %s have the same lock", ref, other)
		}
		seen[name] = ref
		if filepath.Dir(name) != string(dir) {
			t.Errorf("the lock of %s is %s", ref, name)
		}
	}
}

// TestLockFileOfNobody: what is in the file of a lock does not matter to who gets it.
func TestLockFileOfNobody(t *testing.T) {
	dir := Dir(t.TempDir())
	if err := os.WriteFile(dir.file(onLive), []byte("garbage"), 0o600); err != nil {
		t.Fatal(err)
	}
	release, err := dir.Lock(t.Context(), onLive)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	if err := os.WriteFile(dir.file(onLive), []byte("garbage"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := dir.Lock(ctx, onLive); err == nil || !strings.Contains(err.Error(), "is being written by another process") {
		t.Errorf("%v; want that it is another process", err)
	}
}
