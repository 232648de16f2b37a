//go:build !linux

package dnsserver

import "syscall"

// dieWithParent is nothing here: only a test that ends by itself, or panics, takes its servers with it.
func dieWithParent() *syscall.SysProcAttr { return nil }
