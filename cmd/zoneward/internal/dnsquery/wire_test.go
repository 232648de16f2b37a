package dnsquery

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"github.com/zoneward/zoneward/zonefile"
)

// TestLongTexts shows where long values differ.
func TestLongTexts(t *testing.T) {
	x := strings.Repeat("x", 180)
	for _, test := range []struct{ served, wanted, want string }{
		{`"a"`, `"b"`, `serves "a", want "b"`},
		{`"` + x + `" "a"`, `"` + x + `" "b"`, `serves "` + x + `" "a", want "` + x + `" "b"`},
		{`"` + x + x[:60] + `" "` + x + `a"`, `"` + x + x[:60] + `" "` + x + `b"`, `serves …` + x[:50] + `a", want …` + x[:50] + `b"`},
		{`"a` + x + x[:60] + `"`, `"b"`, `serves "a` + x + x[:18] + `… (243 octets), want "b"`},
	} {
		served, wanted := zonefile.MustParseRRset("example.com. 300 TXT", test.served), zonefile.MustParseRRset("example.com. 300 TXT", test.wanted)
		if diff := cmp.Diff(test.want, difference(served, wanted)); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
}

// FuzzAnswer has a server answer anything.
func FuzzAnswer(f *testing.F) {
	zone := zonefile.MustParseName("example.com.")
	keys := []zonefile.Key{{Name: zone, Type: zonefile.TypeSOA}, {Name: zonefile.MustParseName("a.b.example.com."), Type: zonefile.TypeNS}}
	want := zonefile.MustParseRRset("a.b.example.com. 300 NS", "ns.example.net.")
	for _, key := range keys {
		query := new(dns.Msg).SetQuestion(key.Name.String(), uint16(key.Type))
		f.Add(pack(f, fromRecords(query, zone.String(), []dns.RR{rr(f, exampleSOA)})))
	}
	f.Add(pack(f, &dns.Msg{
		MsgHdr: dns.MsgHdr{Response: true, Truncated: true}, Compress: true,
		Answer: []dns.RR{rr(f, "a.example.com. 300 IN DNAME b.example.net."), rr(f, `a.b.example.com. 300 IN NAPTR 1 2 "u" "x" "y" n.example.com.`)},
		Ns:     []dns.RR{rr(f, "b.example.com. 300 IN NS ns.example.com."), rr(f, "b.example.com. 300 IN NS ns2.example.com.")},
		Extra:  []dns.RR{rr(f, "ns.example.com. 300 IN A 192.0.2.1")},
	}))
	f.Fuzz(func(t *testing.T, octets []byte) {
		m, err := parseMessage(octets)
		if err != nil {
			if !isAnswerError(err) {
				t.Errorf("%v does not say that it is no answer", err)
			}
			return
		}
		for _, q := range []question{{key: keys[0]}, {key: keys[1]}, {keys[1], &want}} {
			if v := judge(zone, q, m); v.kind == unasked || len(v.text) > 4000 {
				t.Errorf("%v is judged %+v", q, v)
			}
		}
	})
}

// TestCompression reads names that point all over the message.
func TestCompression(t *testing.T) {
	query := new(dns.Msg).SetQuestion("www.example.com.", dns.TypeANY)
	m := new(dns.Msg).SetReply(query)
	m.Compress = true
	lines := []string{
		"www.example.com. 300 IN NS ns.www.example.com.", "www.example.com. 300 IN MX 10 mail.www.example.com.",
		"www.example.com. 300 IN SRV 1 2 3 sip.www.example.com.", `www.example.com. 300 IN NAPTR 1 2 "u" "E2U+sip" "!x!y!" www.example.com.`,
		"www.example.com. 300 IN RP a.example.com. b.example.com.", "www.example.com. 300 IN TXT \"not a name\" \"x\"",
		"www.example.com. 300 IN SOA ns.example.com. a.example.com. 1 2 3 4 5", "www.example.com. 300 IN AFSDB 1 ns.www.example.com.",
	}
	for _, line := range lines {
		m.Answer = append(m.Answer, rr(t, line))
	}
	parsed, err := parseMessage(pack(t, m))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range parsed.answer {
		set, _, err := setOf([]record{r})
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, set.String())
	}
	if diff := cmp.Diff(lines, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestPointerLoops has names that never end.
func TestPointerLoops(t *testing.T) {
	header := make([]byte, headerSize)
	binary.BigEndian.PutUint16(header[4:], 1)
	for _, name := range [][]byte{{0xc0, 12}, {0xc0, 14, 0xc0, 12}, {1, 'a', 0xc0, 12}, {0x40, 0}, {0xc0}, {63}} {
		if m, err := parseMessage(append(slices.Clone(header), append(name, 0, 1, 0, 1)...)); err == nil {
			t.Errorf("% x is read as %s", name, m.question)
		}
	}
}
