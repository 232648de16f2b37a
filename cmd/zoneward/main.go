// Zoneward keeps live DNS equal to what a git repository says: docs/command-line.md.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"sync"
	"syscall"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
)

func main() {
	collectEarly(os.LookupEnv)
	os.Exit(int(run(os.Args[1:], env{
		stdin: os.Stdin, stdout: newOutput(os.Stdout), stderr: newOutput(os.Stderr), lookup: os.LookupEnv,
	})))
}

// collectEarly has the garbage collector keep half as much garbage as it does by default, unless the environment says how much (GOGC). What
// takes memory is zones, and the octets of a zone have no pointers in them: looking through them costs next to nothing, and their garbage is as large as they are.
func collectEarly(lookup func(string) (string, bool)) {
	if _, ok := lookup("GOGC"); !ok {
		debug.SetGCPercent(50)
	}
}

// env is what a command has of the world outside.
type env struct {
	stdin          io.Reader
	stdout, stderr *output
	lookup         func(name string) (string, bool) // of the environment
}

// run runs a command line and returns how the program ends.
func run(args []string, e env) exitCode {
	ctx, stop := untilSignal(context.Background())
	defer stop()
	c := &common{env: e, configFile: defaultConfigFile, finish: func() {}}
	err := newRoot(c, args).ExecuteContext(ctx)
	if failed := e.stdout.failure(); failed != nil && err == nil {
		err = fmt.Errorf("write the result: %w", failed)
	}
	defer c.finish()
	code := codeOf(err)
	if _, said := errors.AsType[exitStatus](err); code == exitInterrupted {
		fmt.Fprintln(e.stderr, "interrupted")
	} else if err != nil && !said {
		fmt.Fprintln(e.stderr, "error: "+render.Lines(err.Error()))
		if hint := c.hintFor(err); hint != "" {
			fmt.Fprintln(e.stderr, "hint: "+hint)
		}
	}
	return code
}

// errTerminated is why a context ended that SIGTERM ended: for a daemon that is a good end, where Ctrl-C is none.
var errTerminated = errors.New("SIGTERM received")

// untilSignal returns a context that SIGINT, SIGTERM or SIGHUP ends, so that what is being written can finish. A second signal ends the program at once.
// SIGHUP is how a terminal says that it is gone; under nohup it is ignored.
func untilSignal(parent context.Context) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(signals, syscall.SIGHUP)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		select {
		case <-ctx.Done():
		case s := <-signals:
			signal.Stop(signals)
			if s == syscall.SIGTERM {
				cancel(errTerminated)
			} else {
				cancel(context.Canceled)
			}
		}
	})
	return ctx, func() {
		signal.Stop(signals)
		cancel(nil)
		wg.Wait()
	}
}
