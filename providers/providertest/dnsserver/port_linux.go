package dnsserver

import (
	"fmt"
	"net"
)

// claimPort keeps other test processes from picking the port until it is released or this process ends. An error
// means that another holds it.
//
// It is needed because two servers of one user can both succeed in binding a port: named, for one, sets SO_REUSEPORT, and
// the kernel then deals the queries out between them. An abstract socket name belongs to a network namespace, as a port does,
// and leaves no file behind.
func claimPort(number int) (release func(), err error) {
	l, err := net.Listen("unix", fmt.Sprintf("@zoneward-dnsserver-port-%d", number))
	if err != nil {
		return nil, err
	}
	return func() { l.Close() }, nil
}
