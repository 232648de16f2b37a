package rules

import (
	"net/netip"
	"testing"

	"github.com/zoneward/zoneward/zonefile"
)

func TestReverseName(t *testing.T) {
	for text, want := range map[string]string{
		"192.0.2.80":    "80.2.0.192.in-addr.arpa.",
		"0.0.0.0":       "0.0.0.0.in-addr.arpa.",
		"2001:db8::a:1": "1.0.0.0.a.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.",
	} {
		addr := netip.MustParseAddr(text)
		name := reverseName(addr)
		if name != zonefile.MustParseName(want) {
			t.Errorf("the name of %s is %s, want %s", text, name, want)
		}
		if got, ok := addressOf(name); got != addr || !ok {
			t.Errorf("the address of %s is %s, %t", name, got, ok)
		}
	}
}

func TestAddressOf(t *testing.T) {
	for text, want := range map[string]string{
		"70.64/26.2.0.192.in-addr.arpa.":         "192.0.2.70", // RFC 2317
		"70.customer.2.0.192.in-addr.arpa.":      "192.0.2.70",
		"2.0.192.in-addr.arpa.":                  "",
		"in-addr.arpa.":                          "",
		"x.2.0.192.in-addr.arpa.":                "",
		"256.2.0.192.in-addr.arpa.":              "",
		"b._dns-sd._udp.0.2.0.192.in-addr.arpa.": "",
		"1.1.1.1.2.0.192.in-addr.arpa.":          "",
		"8.b.d.0.1.0.0.2.ip6.arpa.":              "",
		"80.2.0.192.in-addr.arpa.example.com.":   "",
		"g.0.0.0.a.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.":  "",
		"01.0.0.0.a.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.": "",
	} {
		got, ok := addressOf(zonefile.MustParseName(text))
		if (want == "") == ok || ok && got.String() != want {
			t.Errorf("the address of %s is %s, %t, want %q", text, got, ok, want)
		}
	}
}
