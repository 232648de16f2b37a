package store

import (
	"context"
	"errors"
	"fmt"
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

// lockForEver locks the zone until the process is killed.
func lockForEver(file string) error {
	s, err := Open(context.Background(), file)
	if err != nil {
		return err
	}
	if _, err := s.Lock(context.Background(), onLive); err != nil {
		return err
	}
	fmt.Println("locked by", os.Getpid())
	select {}
}

// TestLockOfAnotherProcess waits for a process that is then killed.
func TestLockOfAnotherProcess(t *testing.T) {
	file := stateFile(t)
	s := openStore(t, file)
	before := time.Now()
	c := startChild(t, "lock", file)
	if !c.said.Scan() {
		t.Fatal("the child said nothing")
	}
	var pid int
	if _, err := fmt.Sscanf(c.said.Text(), "locked by %d", &pid); err != nil {
		t.Fatal(err)
	}

	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := s.Lock(ctx, onLive)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("%v; want that the time is over", err)
	}
	var rest string
	who := fmt.Sprintf("example.com. on live is being written by process %d (%s) since ", pid, filepath.Base(os.Args[0]))
	rest, ok := strings.CutPrefix(err.Error(), who)
	stamp, _, _ := strings.Cut(rest, ": ")
	if since, parseErr := time.Parse(time.RFC3339, stamp); !ok || parseErr != nil || since.Before(before.Truncate(time.Second)) || since.After(time.Now()) {
		t.Errorf("error %q; want %q, and the time when it began", err, who)
	}

	c.kill()
	ctx, cancel = context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	release, err := s.Lock(ctx, onLive)
	if err != nil {
		t.Fatalf("after the process was killed: %v", err)
	}
	release()
}

// TestLockFilesAreRemoved checks that locks leave nothing behind, and that nobody has the lock of a file that was removed.
func TestLockFilesAreRemoved(t *testing.T) {
	file := stateFile(t)
	if err := os.Mkdir(file+".locks", 0o700); err != nil {
		t.Fatal(err)
	}
	var inside atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		s := openStore(t, file)
		all.Go(func() {
			for range 2000 {
				lock, err := tryLock(s.lockFile(onLive))
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
				s.unlock(onLive, lock)
			}
		})
	}
	all.Wait()
	if got := files(t, file+".locks"); len(got) > 0 {
		t.Errorf("files of locks that nobody has: %v", got)
	}
}

func TestLockNames(t *testing.T) {
	s := openStore(t, stateFile(t))
	long := zonefile.MustParseName(strings.Repeat(strings.Repeat(`\000`, 63)+".", 3) + "example.")
	seen := map[string]reconcile.Ref{}
	for _, ref := range []reconcile.Ref{
		onLive,
		{Zone: zonefile.Root, Target: "../../x"},
		{Zone: long, Target: strings.Repeat("t", 300)},
		{Zone: zonefile.MustParseName("a."), Target: "b"},
		{Zone: zonefile.MustParseName("a.b."), Target: ""},
	} {
		release, err := s.Lock(t.Context(), ref)
		if err != nil {
			t.Fatal(err)
		}
		defer release()
		name := s.lockFile(ref)
		if other, ok := seen[name]; ok {
			t.Errorf("%s and %s have the same lock", ref, other)
		}
		seen[name] = ref
		if filepath.Dir(name) != s.file+".locks" {
			t.Errorf("the lock of %s is %s", ref, name)
		}
	}
}

// TestLockFileOfNobody: what is in the file of a lock does not matter to who gets it.
func TestLockFileOfNobody(t *testing.T) {
	s := openStore(t, stateFile(t))
	if err := os.Mkdir(s.file+".locks", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.lockFile(onLive), []byte("garbage"), 0o600); err != nil {
		t.Fatal(err)
	}
	release, err := s.Lock(t.Context(), onLive)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	if err := os.WriteFile(s.lockFile(onLive), []byte("garbage"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := s.Lock(ctx, onLive); err == nil || !strings.Contains(err.Error(), "is being written by another process") {
		t.Errorf("%v; want that it is another process", err)
	}
}
