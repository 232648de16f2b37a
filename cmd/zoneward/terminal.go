package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
)

// isTerminal reports whether a file is a terminal.
func isTerminal(file *os.File) bool { return file != nil && term.IsTerminal(int(file.Fd())) }

// canAsk reports whether there is somebody to ask.
func (e env) canAsk() bool {
	file, _ := e.stdin.(*os.File)
	return isTerminal(file)
}

// colours returns the style of standard output: colours on a terminal, unless NO_COLOR is set (https://no-color.org) or it is a dumb one.
func (e env) colours() render.Style {
	if no, set := e.lookup("NO_COLOR"); set && no != "" || !isTerminal(e.stdout.file) {
		return render.Style{}
	}
	if kind, _ := e.lookup("TERM"); kind == "dumb" {
		return render.Style{}
	}
	return render.Colours()
}

// ask puts a question to the person at the terminal. Only "yes" is a yes.
func (e env) ask(ctx context.Context, question string) (bool, error) {
	fmt.Fprintf(e.stderr, "%s Only \"yes\" is accepted: ", question)
	type answer struct {
		text string
		err  error
	}
	answers := make(chan answer, 1)
	go func() { // a read from a terminal cannot be stopped: after Ctrl-C this goroutine ends with the program
		text, err := bufio.NewReader(e.stdin).ReadString('\n')
		answers <- answer{text, err}
	}()
	select {
	case <-ctx.Done():
		fmt.Fprintln(e.stderr)
		return false, ctx.Err()
	case a := <-answers:
		if errors.Is(a.err, io.EOF) {
			fmt.Fprintln(e.stderr)
			a.err = nil
		}
		return strings.TrimSpace(a.text) == "yes", a.err
	}
}
