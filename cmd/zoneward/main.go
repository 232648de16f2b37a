// Zoneward keeps live DNS equal to what a git repository says: docs/command-line.md.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	os.Exit(int(run(os.Args[1:], env{
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, lookup: os.LookupEnv,
	})))
}

// env is what a command has of the world outside.
type env struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	lookup         func(name string) (string, bool) // of the environment
}

// run runs a command line and returns how the program ends.
func run(args []string, e env) exitCode {
	// The first signal lets what is being written finish; the second ends the program at once.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() {
		<-ctx.Done()
		stop()
	}()
	err := newRoot(e, args).ExecuteContext(ctx)
	code := codeOf(err)
	if _, said := errors.AsType[exitStatus](err); code == exitInterrupted {
		fmt.Fprintln(e.stderr, "interrupted")
	} else if err != nil && !said {
		fmt.Fprintln(e.stderr, "error: "+shownLines(err.Error()))
		if hint := hintFor(err); hint != "" {
			fmt.Fprintln(e.stderr, "hint: "+hint)
		}
	}
	return code
}
