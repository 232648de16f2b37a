package rules

import (
	"net/netip"

	"github.com/zoneward/zoneward/zonefile"
)

// checkUnusable leaves alone what is used on purpose: 0.0.0.0 and 127.0.0.0/8 in lists of what is blocked, and groups of multicast.
func checkUnusable(p *pass, s zonefile.RRset) {
	for rdata := range s.RDATA() {
		address, _ := netip.AddrFromSlice([]byte(rdata))
		switch {
		case address.Is4In6():
			p.report(s.Key, "%s is an IPv4 address in the form of IPv6, which has no place in AAAA: write an A record of %s (RFC 4942 §2.2)", address, address.Unmap())
		case rdata[0] == 0 && len(rdata) == 4 && !address.IsUnspecified(), rdata[0] >= 240 && len(rdata) == 4:
			p.report(s.Key, "%s is no address of a host (RFC 6890 §2.2.2)", address)
		}
	}
}

// notReached are the prefixes that are not of the internet (RFC 6890, RFC 4193, RFC 5737, RFC 3849, RFC 9637).
var notReached = []struct {
	prefix netip.Prefix
	what   string
}{
	{netip.MustParsePrefix("10.0.0.0/8"), "a private address (RFC 1918)"},
	{netip.MustParsePrefix("172.16.0.0/12"), "a private address (RFC 1918)"},
	{netip.MustParsePrefix("192.168.0.0/16"), "a private address (RFC 1918)"},
	{netip.MustParsePrefix("100.64.0.0/10"), "an address of a provider's own network (RFC 6598)"},
	{netip.MustParsePrefix("127.0.0.0/8"), "the host itself"},
	{netip.MustParsePrefix("169.254.0.0/16"), "an address of one link (RFC 3927)"},
	{netip.MustParsePrefix("192.0.2.0/24"), "an address of documentation (RFC 5737)"},
	{netip.MustParsePrefix("198.51.100.0/24"), "an address of documentation (RFC 5737)"},
	{netip.MustParsePrefix("203.0.113.0/24"), "an address of documentation (RFC 5737)"},
	{netip.MustParsePrefix("198.18.0.0/15"), "an address of measurements (RFC 2544)"},
	{netip.MustParsePrefix("0.0.0.0/32"), "no address"},
	{netip.MustParsePrefix("::/128"), "no address"},
	{netip.MustParsePrefix("::1/128"), "the host itself"},
	{netip.MustParsePrefix("fc00::/7"), "a private address (RFC 4193)"},
	{netip.MustParsePrefix("fe80::/10"), "an address of one link (RFC 4291)"},
	{netip.MustParsePrefix("2001:db8::/32"), "an address of documentation (RFC 3849)"},
	{netip.MustParsePrefix("3fff::/20"), "an address of documentation (RFC 9637)"},
}

func checkPrivate(p *pass, s zonefile.RRset) {
	for rdata := range s.RDATA() {
		address, _ := netip.AddrFromSlice([]byte(rdata))
		for _, r := range notReached {
			if r.prefix.Contains(address) {
				p.report(s.Key, "%s is %s", address, r.what)
				break
			}
		}
	}
}
