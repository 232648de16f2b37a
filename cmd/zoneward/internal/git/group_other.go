//go:build !(darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd)

package git

import "os/exec"

// ownGroup does nothing: the program is killed at the end of its context, and what it has started notices.
func ownGroup(*exec.Cmd) {}

// endGroup does nothing.
func endGroup(*exec.Cmd) error { return nil }
