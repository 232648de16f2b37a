package reconcile

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/zonefile"
)

func TestReverseZoneOf(t *testing.T) {
	for _, test := range []struct{ zone, want string }{
		{"2.0.192.in-addr.arpa.", "192.0.2.0-192.0.2.255"},
		{"0.192.in-addr.arpa.", "192.0.0.0-192.0.255.255"},
		{"192.in-addr.arpa.", "192.0.0.0-192.255.255.255"},
		{"in-addr.arpa.", "0.0.0.0-255.255.255.255"},
		{"5.2.0.192.in-addr.arpa.", "192.0.2.5-192.0.2.5"},
		{"0/25.2.0.192.in-addr.arpa.", "192.0.2.0-192.0.2.127 classless"},
		{"128/26.2.0.192.in-addr.arpa.", "192.0.2.128-192.0.2.191 classless"},
		{"128-26.2.0.192.in-addr.arpa.", "192.0.2.128-192.0.2.191 classless"},
		{"0-25.2.0.192.in-addr.arpa.", "192.0.2.0-192.0.2.127 classless"},
		{"0-127.2.0.192.in-addr.arpa.", "192.0.2.0-192.0.2.127 classless"},
		{"64-127.2.0.192.in-addr.arpa.", "192.0.2.64-192.0.2.127 classless"},
		{"0-31.2.0.192.in-addr.arpa.", "192.0.2.0-192.0.2.31 classless"},
		{"0/31.2.0.192.in-addr.arpa.", "192.0.2.0-192.0.2.1 classless"},
		{"10-20.2.0.192.in-addr.arpa.", "192.0.2.10-192.0.2.20 classless"},
		{"10-25.2.0.192.in-addr.arpa.", "192.0.2.10-192.0.2.25 classless"},
		{"192-255.2.0.192.in-addr.arpa.", "192.0.2.192-192.0.2.255 classless"},
		{"64/25.2.0.192.in-addr.arpa.", ""}, // no network begins there
		{"20-10.2.0.192.in-addr.arpa.", ""},
		{"0/300.2.0.192.in-addr.arpa.", ""},
		{"0-256.2.0.192.in-addr.arpa.", ""},
		{"00-31.2.0.192.in-addr.arpa.", ""},
		{"customer.2.0.192.in-addr.arpa.", ""},
		{"0/17.0.192.in-addr.arpa.", ""}, // RFC 2317 is about parts of a /24
		{"1.0/25.2.0.192.in-addr.arpa.", ""},
		{"1.5.2.0.192.in-addr.arpa.", ""},
		{"02.0.192.in-addr.arpa.", ""},
		{"256.0.192.in-addr.arpa.", ""},
		{"8.b.d.0.1.0.0.2.ip6.arpa.", "2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"},
		{"0.8.b.d.0.1.0.0.2.ip6.arpa.", "2001:db8::-2001:db8:fff:ffff:ffff:ffff:ffff:ffff"},
		{"5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.", "2001:db8::25-2001:db8::25"},
		{"0.5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.", ""},
		{"10.b.d.0.1.0.0.2.ip6.arpa.", ""},
		{"g.ip6.arpa.", ""},
		{"0-3.8.b.d.0.1.0.0.2.ip6.arpa.", ""},
		{"example.com.", ""},
		{"arpa.", ""},
	} {
		got := ""
		if zone, err := reverseZoneOf(zonefile.MustParseName(test.zone)); err == nil {
			got = fmt.Sprintf("%s-%s", zone.first, zone.last)
			if zone.classless {
				got += " classless"
			}
		}
		if got != test.want {
			t.Errorf("%s has names for %q; want %q", test.zone, got, test.want)
		}
	}
}

func TestReverseNames(t *testing.T) {
	network := networkZone(zonefile.MustParseName("rev.customer.example."), netip.MustParsePrefix("192.0.2.64/26"))
	for _, test := range []struct {
		zone          reverseZone
		address, want string
	}{
		{reverse(t, "2.0.192.in-addr.arpa."), "192.0.2.5", "5.2.0.192.in-addr.arpa."},
		{reverse(t, "0/25.2.0.192.in-addr.arpa."), "192.0.2.5", "5.0/25.2.0.192.in-addr.arpa."},
		{reverse(t, "8.b.d.0.1.0.0.2.ip6.arpa."), "2001:db8::1f", "f.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa."},
		{network, "192.0.2.65", "65.rev.customer.example."},
	} {
		if got := test.zone.name(netip.MustParseAddr(test.address)).String(); got != test.want {
			t.Errorf("%s in %s is %s; want %s", test.address, test.zone.origin, got, test.want)
		}
	}
	if network.has(netip.MustParseAddr("192.0.2.128")) || !network.has(netip.MustParseAddr("192.0.2.127")) {
		t.Error("192.0.2.64/26 does not end with 192.0.2.127")
	}
}

// reverse returns the reverse zone of a name.
func reverse(t testing.TB, name string) reverseZone {
	t.Helper()
	zone, err := reverseZoneOf(zonefile.MustParseName(name))
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func TestReverseZonesOfAnAddress(t *testing.T) {
	names := []string{
		"192.in-addr.arpa.", "2.0.192.in-addr.arpa.", "0/25.2.0.192.in-addr.arpa.", "128-191.2.0.192.in-addr.arpa.", "10-20.2.0.192.in-addr.arpa.",
		"8.b.d.0.1.0.0.2.ip6.arpa.", "0.8.b.d.0.1.0.0.2.ip6.arpa.",
	}
	var zones []reverseZone
	for _, name := range names {
		zones = append(zones, reverse(t, name))
	}
	all := newReverseZones(zones)
	for address, want := range map[string][]string{
		"192.0.2.5":           {names[0], names[1], names[2]},
		"192.0.2.10":          {names[0], names[1], names[2], names[4]},
		"192.0.2.191":         {names[0], names[1], names[3]},
		"192.0.2.192":         {names[0], names[1]},
		"192.0.3.5":           {names[0]},
		"198.51.100.1":        nil,
		"2001:db8::1":         {names[5], names[6]},
		"2001:db8:1000::1":    {names[5]},
		"2001:db9::1":         nil,
		"::ffff:192.0.2.5":    nil, // an address of IPv6, whatever it stands for
		"2001:db8:0:ffff::ff": {names[5], names[6]},
	} {
		var got []string
		for i := range all.of(netip.MustParseAddr(address)) {
			got = append(got, names[i])
		}
		slices.Sort(got)
		slices.Sort(want)
		if diff := cmp.Diff(got, want); diff != "" {
			t.Errorf("%s (-got +want):\n%s", address, diff)
		}
	}
}
