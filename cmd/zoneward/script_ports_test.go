package main

import (
	"strconv"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"
)

// closedPort sets a variable to a TCP port of 127.0.0.1 that refuses connections until the script ends: it is bound, so that nobody else gets it, and nobody listens.
func closedPort(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: closedport NAME")
	}
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	ts.Check(err)
	ts.Defer(func() { _ = syscall.Close(socket) })
	ts.Check(syscall.Bind(socket, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	at, err := syscall.Getsockname(socket)
	ts.Check(err)
	local, ok := at.(*syscall.SockaddrInet4)
	if !ok {
		ts.Fatalf("the socket is bound to %v", at)
	}
	ts.Setenv(args[0], strconv.Itoa(local.Port))
}
