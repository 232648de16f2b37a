package git

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
)

// sameOrigin says that what is for the one server is for the other.
func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Hostname(), b.Hostname()) && portOf(a) == portOf(b)
}

func portOf(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "http":
		return "80"
	}
	return "443"
}

// shownURL is a URL of a server's making, so that it can be shown.
func shownURL(u *url.URL) string {
	return oneLine((&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String())
}

// literal is the address that a host is, if it is one.
func literal(host string) (netip.Addr, bool) {
	addr, err := netip.ParseAddr(host)
	return addr, err == nil
}

// inside refuses an address that only the machine itself, or what it is connected to, can reach: a server elsewhere
// must not make us ask it, such as a cloud's metadata service. A private network may have several servers.
func inside(addr netip.Addr, loopback bool) error {
	addr = addr.Unmap()
	switch {
	case addr.IsLoopback() && loopback:
		return nil
	case addr.IsLoopback(), addr.IsLinkLocalUnicast(), addr.IsUnspecified(), addr.IsMulticast():
		return fmt.Errorf("redirected to the address %s, which is of this machine or its link", addr)
	}
	return nil
}

// refuseInside is a Control of net.Dialer that has inside decide, when names have become addresses.
func refuseInside(loopback bool) func(network, address string, _ syscall.RawConn) error {
	return func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		return inside(at.Addr(), loopback)
	}
}
