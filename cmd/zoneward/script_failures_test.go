package main

import (
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/zoneward/zoneward/providers/providertest/dnsserver"
)

// transfer writes what the server serves of a zone to a file, the records in order: the SOA with its serial too.
func transfer(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: transfer ZONE FILE")
	}
	s := scriptOf(ts)
	lines := dnsserver.AXFR(s.tb, s.server.Addr, args[0], s.server.Key)
	slices.Sort(lines)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(strings.Join(lines, "\n")+"\n"), 0o600))
}

// cutOff sets a variable to the address of a server that passes on what it is sent to another one, and of each connection so many octets
// of what comes back.
func cutOff(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: cutoff NAME ADDRESS OCTETS")
	}
	octets, err := strconv.ParseInt(args[2], 10, 64)
	ts.Check(err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Setenv(args[0], listener.Addr().String())
	var all sync.WaitGroup
	ts.Defer(func() {
		_ = listener.Close()
		all.Wait()
	})
	to := strings.TrimPrefix(args[1], "http://")
	all.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return // closed
			}
			all.Go(func() { passOn(client, to, octets) })
		}
	})
}

// passOn passes one connection on to an address, and octets of what comes back.
func passOn(client net.Conn, to string, octets int64) {
	defer client.Close()
	server, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	var asked sync.WaitGroup
	asked.Go(func() { _, _ = io.Copy(server, client) })
	_, _ = io.CopyN(client, server, octets)
	_ = client.Close()
	_ = server.Close()
	asked.Wait()
}
