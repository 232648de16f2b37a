package storetest

import (
	"context"
	"errors"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/zoneward/zoneward/reconcile"
)

// deadline is how long a test waits for what should happen soon.
const deadline = 30 * time.Second

var lockTests = []test{
	{"one after the other", func(s *subject) {
		for _, store := range []reconcile.Store{s.Store, s.other, s.Store} {
			release, err := store.Lock(s.Context(), onLive)
			s.must(err)
			release()
			release() // once more does nothing
		}
	}},
	{"who has it", func(s *subject) {
		release, err := s.Lock(s.Context(), onLive)
		s.must(err)
		defer release()
		for name, store := range map[string]reconcile.Store{"the same process": s.Store, "another": s.other} {
			ctx, cancel := context.WithTimeout(s.Context(), 20*time.Millisecond)
			defer cancel()
			_, err = store.Lock(ctx, onLive)
			if !errors.Is(err, context.DeadlineExceeded) {
				s.Fatalf("%s: %v; want that the time is over", name, err)
			}
			for _, want := range []string{onLive.String(), strconv.Itoa(os.Getpid())} {
				if !strings.Contains(err.Error(), want) {
					s.Errorf("%s: %q; want %q in it", name, err, want)
				}
			}
		}
	}},
	{"a context that has ended", func(s *subject) {
		release, err := s.Lock(s.Context(), onLive)
		s.must(err)
		defer release()
		ctx, cancel := context.WithCancel(s.Context())
		cancel()
		if _, err := s.other.Lock(ctx, onLive); !errors.Is(err, context.Canceled) {
			s.Errorf("%v; want that it was canceled", err)
		}
	}},
	{"others are free", func(s *subject) {
		for _, ref := range []reconcile.Ref{onLive, onOther, distant} {
			release, err := s.Lock(s.Context(), ref)
			s.must(err)
			defer release()
		}
	}},
	{"waited for", func(s *subject) {
		release, err := s.Lock(s.Context(), onLive)
		s.must(err)
		got := make(chan error, 1)
		go func() {
			ctx, cancel := context.WithTimeout(s.Context(), deadline)
			defer cancel()
			release, err := s.other.Lock(ctx, onLive)
			if err == nil {
				release()
			}
			got <- err
		}()
		select {
		case err := <-got:
			s.Fatalf("two have it, or none could: %v", err)
		case <-time.After(100 * time.Millisecond):
		}
		release()
		if err := <-got; err != nil {
			s.Error(err)
		}
	}},
	{"one at a time", func(s *subject) {
		var inside, entered atomic.Int32
		var all sync.WaitGroup
		for i := range 8 {
			store := s.Store
			if i%2 == 1 {
				store = s.other
			}
			all.Go(func() {
				for range 5 {
					ctx, cancel := context.WithTimeout(s.Context(), deadline)
					release, err := store.Lock(ctx, onLive)
					cancel()
					if err != nil {
						s.Error(err)
						return
					}
					if inside.Add(1) > 1 {
						s.Error("two have the lock")
					}
					entered.Add(1)
					inside.Add(-1)
					release()
				}
			})
		}
		all.Wait()
		if got := entered.Load(); got != 40 {
			s.Errorf("%d of 40 had the lock", got)
		}
	}},
}
