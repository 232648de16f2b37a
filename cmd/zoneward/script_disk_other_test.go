//go:build !linux

package main

import "github.com/rogpeppe/go-internal/testscript"

// disk ends the script without a failure: here nothing is mounted.
func disk(ts *testscript.TestScript, _ bool, _ []string) {
	scriptOf(ts).tb.Skip("mounting is done on Linux only, and is needed to have such a disk")
}
