package main

import (
	"encoding/json"
	"io"
	"os"
	"sync"
)

// output is a stream that keeps the first error of writing to it, so that those who write need not look: a result that could not be written
// whole, on a full disk say, ends the program with an error. It may be written to concurrently.
type output struct {
	file *os.File // nil if it is not a file: then it is no terminal
	w    io.Writer

	mu  sync.Mutex
	err error
}

// newOutput returns a stream to w.
func newOutput(w io.Writer) *output {
	file, _ := w.(*os.File)
	return &output{file: file, w: w}
}

// Write writes unless an earlier write failed.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err != nil {
		return 0, o.err
	}
	n, err := o.w.Write(p)
	o.err = err
	return n, err
}

// through has all that is written from now on go to w, which is no terminal.
func (o *output) through(w io.Writer) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.w, o.file = w, nil
}

// failure returns the first error.
func (o *output) failure() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.err
}

// writeJSON writes a value as JSON, indented, with <, > and & as they are.
func (o *output) writeJSON(value any) error {
	enc := json.NewEncoder(o)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(value)
}
