package server

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// hookSender returns who sent the request: an IPv4 address, or an IPv6 network of 64 bits, of which one host may have all addresses. Of a
// request that came by a proxy it is the last address in X-Forwarded-For that is not a proxy's: what stands in front of that is the
// sender's own words. The zero value is a sender without an address, such as one at a Unix socket.
func hookSender(r *http.Request, proxies []netip.Prefix) netip.Prefix {
	remote, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Prefix{}
	}
	client := plainAddr(remote.Addr())
	isProxy := func() bool {
		return slices.ContainsFunc(proxies, func(p netip.Prefix) bool { return p.Contains(client) })
	}
	// Hop by hop from the end, as the header may have a million of them.
	hops := slices.Clone(r.Header.Values("X-Forwarded-For"))
	for i := len(hops) - 1; i >= 0 && isProxy(); {
		comma := strings.LastIndexByte(hops[i], ',')
		addr, err := netip.ParseAddr(strings.TrimSpace(hops[i][comma+1:]))
		if err != nil {
			break
		}
		client = plainAddr(addr)
		if comma < 0 {
			i--
		} else {
			hops[i] = hops[i][:comma]
		}
	}
	return senderAt(client)
}

// networkOf returns the sender at ADDRESS:PORT, the zero value if that is none.
func networkOf(address string) netip.Prefix {
	remote, err := netip.ParseAddrPort(address)
	if err != nil {
		return netip.Prefix{}
	}
	return senderAt(plainAddr(remote.Addr()))
}

// senderAt returns the sender that has an address.
func senderAt(addr netip.Addr) netip.Prefix {
	bits := addr.BitLen()
	if addr.Is6() {
		bits = 64
	}
	network, _ := addr.Prefix(bits) // no error: an address has as many bits
	return network
}

// plainAddr returns an address without its zone, and one of IPv4 in IPv6 as IPv4.
func plainAddr(addr netip.Addr) netip.Addr { return addr.Unmap().WithZone("") }
