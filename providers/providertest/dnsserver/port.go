package dnsserver

import (
	"fmt"
	"net"
	"strconv"
)

// port is a port of 127.0.0.1 that was free for UDP and TCP when it was picked, and that no other test process picks
// until it is released.
type port struct {
	number  int
	release func() // ends the claim
}

// pickPort takes a port that the kernel offers. A program that does not know of claims may still take it before the server
// does.
func pickPort() (port, error) {
	var last error
	for range 20 {
		p, err := tryPort()
		if err == nil {
			return p, nil
		}
		last = err
	}
	return port{}, fmt.Errorf("pick a free port: %w", last)
}

func tryPort() (port, error) {
	tcp, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return port{}, err
	}
	defer tcp.Close()
	udp, err := net.ListenPacket("udp4", tcp.Addr().String())
	if err != nil {
		return port{}, err
	}
	defer udp.Close()
	number := tcp.Addr().(*net.TCPAddr).Port
	// Claimed while the sockets are still open, so that the kernel cannot offer it to another test in between.
	release, err := claimPort(number)
	if err != nil {
		return port{}, err
	}
	return port{number: number, release: release}, nil
}

// loopback returns the port's address.
func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
