package inorder

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestEach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n, together = 50, 4
		var running, most atomic.Int64
		next := 0
		began := time.Now()
		Each(n, together, func(i int) int {
			most.Store(max(most.Load(), running.Add(1)))
			defer running.Add(-1)
			time.Sleep(time.Duration(1+i%3) * time.Second)
			return i * i
		}, func(i, got int) {
			if i != next || got != i*i {
				t.Errorf("took %d of %d, want %d of %d", got, i, next*next, next)
			}
			next++
		})
		if next != n {
			t.Errorf("%d were taken, want %d", next, n)
		}
		// One more than the channel holds is on its way to be put there, and one is with the taker.
		if got := most.Load(); got < 2 || got > together+1 {
			t.Errorf("%d at once, want at most %d", got, together+1)
		}
		if took := time.Since(began); took > n*time.Second {
			t.Errorf("it took %s: one after the other", took)
		}
	})
}
