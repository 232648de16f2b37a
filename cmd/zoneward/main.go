// Zoneward keeps live DNS equal to what a git repository says: docs/command-line.md.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

func main() {
	os.Exit(int(run(os.Args[1:], env{
		stdin: os.Stdin, stdout: newOutput(os.Stdout), stderr: newOutput(os.Stderr), lookup: os.LookupEnv,
	})))
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
	c := &common{env: e, configFile: defaultConfigFile}
	err := newRoot(c, args).ExecuteContext(ctx)
	if failed := e.stdout.failure(); failed != nil && err == nil {
		err = fmt.Errorf("write the result: %w", failed)
	}
	code := codeOf(err)
	if _, said := errors.AsType[exitStatus](err); code == exitInterrupted {
		fmt.Fprintln(e.stderr, "interrupted")
	} else if err != nil && !said {
		fmt.Fprintln(e.stderr, "error: "+shownLines(err.Error()))
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
