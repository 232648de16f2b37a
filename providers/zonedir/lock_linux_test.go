package zonedir

import (
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"testing"
)

// TestLockIsExclusive lets several take the lock and remove its file again as fast as they can.
func TestLockIsExclusive(t *testing.T) {
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	const each = 100
	var inside, most atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for taken := 0; taken < each; {
				f, err := tryLock(root, "lock")
				if errors.Is(err, errLocked) {
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				taken++
				if n := inside.Add(1); n > most.Load() {
					most.Store(n)
				}
				inside.Add(-1)
				if err := errors.Join(root.Remove("lock"), f.Close()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if n := most.Load(); n != 1 {
		t.Errorf("%d had the lock at the same time", n)
	}
}
