package rules

import (
	"fmt"
	"strings"
	"testing"

	"github.com/miekg/dns"

	"github.com/zoneward/zoneward/zonefile"
)

// The size of an answer is that of the message that miekg/dns makes of it, compressed.
func TestAnswerSize(t *testing.T) {
	many := func(n int, format string) []string {
		var texts []string
		for i := range n {
			texts = append(texts, fmt.Sprintf(format, i))
		}
		return texts
	}
	tests := []zonefile.RRset{
		zonefile.MustParseRRset("www.example.com. 300 A", many(70, "192.0.2.%d")...),
		zonefile.MustParseRRset("www.example.com. 300 AAAA", many(40, "2001:db8::%d")...),
		zonefile.MustParseRRset("example.com. 300 NS", many(40, "ns%d.example.com.")...),
		zonefile.MustParseRRset("example.com. 300 NS", many(20, "a.b.ns%d.example.net.")...),
		zonefile.MustParseRRset("example.com. 300 MX", many(30, "10 mx%d.mail.example.net.")...),
		zonefile.MustParseRRset("1.2.0.192.in-addr.arpa. 300 PTR", many(50, "host%d.example.com.")...),
		zonefile.MustParseRRset("_sip._tcp.example.com. 300 SRV", many(30, "0 0 5060 sip%d.example.com.")...),
		zonefile.MustParseRRset("example.com. 300 TXT", `"`+strings.Repeat("x", 255)+`"`, `"y"`),
		zonefile.MustParseRRset(". 300 NS", many(13, "%d.root-servers.example.")...),
	}
	for _, s := range tests {
		t.Run(s.Key.String(), func(t *testing.T) {
			m := new(dns.Msg).SetQuestion(s.Key.Name.String(), uint16(s.Key.Type))
			m.SetEdns0(1232, true)
			m.Compress = true
			for line := range strings.Lines(s.String()) {
				rr, err := dns.NewRR(line)
				if err != nil {
					t.Fatal(err)
				}
				m.Answer = append(m.Answer, rr)
			}
			packed, err := m.Pack()
			if err != nil {
				t.Fatal(err)
			}
			if got := answerSize(s); got != len(packed) {
				t.Errorf("%d octets, want %d", got, len(packed))
			}
		})
	}
}
