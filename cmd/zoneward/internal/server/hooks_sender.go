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
	client := remote.Addr().Unmap().WithZone("")
	isProxy := func() bool {
		return slices.ContainsFunc(proxies, func(p netip.Prefix) bool { return p.Contains(client) })
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		if !isProxy() {
			break
		}
		addr, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			break
		}
		client = addr.Unmap().WithZone("")
	}
	bits := client.BitLen()
	if client.Is6() {
		bits = 64
	}
	network, _ := client.Prefix(bits) // no error: an address has as many bits
	return network
}
