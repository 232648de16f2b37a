package preview

import (
	"fmt"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

// BenchmarkAnswer answers for a zone with 100,000 names.
func BenchmarkAnswer(b *testing.B) {
	var text strings.Builder
	text.WriteString(smallZone + "*.wild A 192.0.2.1\nalias CNAME host-5\nsub NS ns.sub\nns.sub A 192.0.2.2\n")
	for n := range 100_000 {
		fmt.Fprintf(&text, "host-%d A 192.0.2.%d\n", n, n%250)
	}
	zones := zonesOf(b, map[string]string{"example.com": text.String()})
	for _, bench := range []struct{ name, question string }{
		{"exact", "host-4711.example.com."},
		{"cname", "alias.example.com."},
		{"wildcard", "x.wild.example.com."},
		{"referral", "x.y.sub.example.com."},
		{"nxdomain", "nothing.example.com."},
		{"deep-nxdomain", strings.Repeat("a.", 120) + "example.com."},
		{"refused", "www.example.net."},
	} {
		b.Run(bench.name, func(b *testing.B) {
			query := packed(b, bench.question, dns.TypeA, func(m *dns.Msg) { withEDNS(m) })
			b.ReportAllocs()
			for b.Loop() {
				if zones.Datagram(query) == nil {
					b.Fatal("no answer")
				}
			}
		})
	}
}
