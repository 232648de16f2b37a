package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"
)

// TestUntilSignal: each of these ends the context, and not the program. SIGTERM alone is a good end of a daemon.
func TestUntilSignal(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(s.String(), func(t *testing.T) {
			if signal.Ignored(s) {
				t.Skip("it is ignored here, as under nohup")
			}
			ctx, stop := untilSignal(t.Context())
			defer stop()
			if err := syscall.Kill(os.Getpid(), s); err != nil {
				t.Fatal(err)
			}
			select {
			case <-ctx.Done():
			case <-time.After(10 * time.Second):
				t.Fatal("nothing ended within 10s")
			}
			want := context.Canceled
			if s == syscall.SIGTERM {
				want = errTerminated
			}
			if cause := context.Cause(ctx); !errors.Is(cause, want) {
				t.Errorf("it ended because of %v; want %v", cause, want)
			}
		})
	}
}
