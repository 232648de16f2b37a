package preview

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"github.com/zoneward/zoneward/zonefile"
)

// smallZone is a zone for tests of messages.
const smallZone = `$TTL 300
@ SOA ns1 hostmaster 7 3600 600 604800 200
@ NS ns1
ns1 A 192.0.2.53
www A 192.0.2.1
rrsig RRSIG A 13 3 300 20300101000000 20200101000000 1 example.com. AAAA
long TXT ` + "\"" + `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" ` + `
`

func smallZones(t testing.TB) *Zones {
	t.Helper()
	return zonesOf(t, map[string]string{"example.com": smallZone})
}

// packed returns a query, changed by edit.
func packed(t testing.TB, name string, typ uint16, edit func(m *dns.Msg)) []byte {
	t.Helper()
	m := new(dns.Msg)
	m.SetQuestion(name, typ)
	m.Id = 4711
	if edit != nil {
		edit(m)
	}
	octets, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	return octets
}

// unpacked reads an answer, and checks that it reads as it should.
func unpacked(t testing.TB, octets []byte) *dns.Msg {
	t.Helper()
	m := new(dns.Msg)
	if err := m.Unpack(octets); err != nil {
		t.Fatalf("the answer does not unpack: %v\n%x", err, octets)
	}
	return m
}

// noteOf returns the Extended DNS Error of a message.
func noteOf(m *dns.Msg) string {
	if opt := m.IsEdns0(); opt != nil {
		for _, o := range opt.Option {
			if ede, ok := o.(*dns.EDNS0_EDE); ok {
				return fmt.Sprintf("%d %s", ede.InfoCode, ede.ExtraText)
			}
		}
	}
	return ""
}

func withEDNS(m *dns.Msg) *dns.OPT {
	m.SetEdns0(1232, false)
	return m.IsEdns0()
}

// TestRefusals has messages that are no query about a zone, or none at all.
func TestRefusals(t *testing.T) {
	good := packed(t, "www.example.com.", dns.TypeA, nil)
	edited := func(edit func(octets []byte) []byte) []byte { return edit(slices.Clone(good)) }
	opcode := func(n int) []byte {
		return packed(t, "www.example.com.", dns.TypeSOA, func(m *dns.Msg) { m.Opcode = n })
	}
	for _, test := range []struct {
		name    string
		message []byte
		want    string // rcode, empty for no answer
		note    string
	}{
		{"nothing", nil, "", ""},
		{"half a header", good[:11], "", ""},
		{"an answer", edited(func(o []byte) []byte { o[2] |= 0x80; return o }), "", ""},
		{"a header", edited(func(o []byte) []byte { o[5] = 0; return o[:12] }), "FORMERR", ""},
		{"no question", edited(func(o []byte) []byte { return o[:12] }), "FORMERR", ""},
		{"two questions", edited(func(o []byte) []byte { o[5] = 2; return append(o, o[12:]...) }), "FORMERR", ""},
		{"half a question", good[:len(good)-1], "FORMERR", ""},
		{"half a name", good[:20], "FORMERR", ""},
		{"octets behind the end", append(slices.Clone(good), 0), "FORMERR", ""},
		{"a name that points at itself", edited(func(o []byte) []byte { return append(o[:12], 0xc0, 12, 0, 1, 0, 1) }), "FORMERR", ""},
		{"a label that is none", edited(func(o []byte) []byte { o[12] = 0x80; return o }), "FORMERR", ""},
		{"a record that is not there", edited(func(o []byte) []byte { o[11] = 1; return o }), "FORMERR", ""},
		{"answers in a query", packed(t, "www.example.com.", dns.TypeA, func(m *dns.Msg) { m.Answer = []dns.RR{&dns.A{Hdr: dns.RR_Header{Name: "x.", Rrtype: dns.TypeA}}} }), "NOERROR", ""},
		{"notify", opcode(dns.OpcodeNotify), "NOTIMP", ""},
		{"update", opcode(dns.OpcodeUpdate), "NOTIMP", ""},
		{"status", opcode(dns.OpcodeStatus), "NOTIMP", ""},
		{"an opcode that nobody knows", opcode(15), "NOTIMP", ""},
		{"CHAOS", packed(t, "version.bind.", dns.TypeTXT, func(m *dns.Msg) { m.Question[0].Qclass = dns.ClassCHAOS; withEDNS(m) }), "REFUSED", "21 there is nothing here but the class IN"},
		{"class ANY", packed(t, "www.example.com.", dns.TypeA, func(m *dns.Msg) { m.Question[0].Qclass = dns.ClassANY }), "REFUSED", ""},
		{"elsewhere", packed(t, "www.example.net.", dns.TypeA, func(m *dns.Msg) { withEDNS(m) }), "REFUSED", "20 the name is in none of the zones that are served here"},
		{"the root", packed(t, ".", dns.TypeNS, nil), "REFUSED", ""},
		{"above", packed(t, "com.", dns.TypeDS, nil), "REFUSED", ""},
		{"another version", packed(t, "www.example.com.", dns.TypeA, func(m *dns.Msg) { withEDNS(m).SetVersion(1) }), "BADVERS", ""},
		{"an option that nobody knows", packed(t, "www.example.com.", dns.TypeA, func(m *dns.Msg) {
			opt := withEDNS(m)
			opt.Option = append(opt.Option, &dns.EDNS0_LOCAL{Code: 65001, Data: []byte{1, 2}}, &dns.EDNS0_COOKIE{Code: dns.EDNS0COOKIE, Cookie: "0011223344556677"})
		}), "NOERROR", ""},
		{"two OPT", packed(t, "www.example.com.", dns.TypeA, func(m *dns.Msg) { withEDNS(m); m.Extra = append(m.Extra, m.Extra[0]) }), "FORMERR", ""},
		{"an OPT that is not at the root", packed(t, "www.example.com.", dns.TypeA, func(m *dns.Msg) { withEDNS(m).Hdr.Name = "a." }), "FORMERR", ""},
		{"half an option", append(packed(t, "www.example.com.", dns.TypeA, func(m *dns.Msg) { m.Extra = []dns.RR{&dns.NULL{}} })[:33],
			0, 0, 41, 16, 0, 0, 0, 0, 0, 0, 3, 0, 1, 0), "FORMERR", ""},
		{"a signature", packed(t, "www.example.com.", dns.TypeA, func(m *dns.Msg) {
			withEDNS(m)
			m.Extra = append(m.Extra, &dns.TSIG{Hdr: dns.RR_Header{Name: "k.", Rrtype: dns.TypeTSIG, Class: dns.ClassANY}, Algorithm: dns.HmacSHA256})
		}), "NOTAUTH", "0 there are no keys here: ask without a signature"},
		{"type 0", packed(t, "www.example.com.", 0, nil), "FORMERR", ""},
		{"type OPT", packed(t, "www.example.com.", dns.TypeOPT, nil), "FORMERR", ""},
		{"MAILA", packed(t, "www.example.com.", dns.TypeMAILA, nil), "NOTIMP", ""},
		{"AXFR in a datagram", packed(t, "example.com.", dns.TypeAXFR, nil), "FORMERR", ""},
		{"IXFR in a datagram, of no zone", packed(t, "www.example.com.", dns.TypeIXFR, nil), "NOTAUTH", ""},
		{"signatures", packed(t, "rrsig.example.com.", dns.TypeRRSIG, func(m *dns.Msg) { m.SetEdns0(1232, true) }), "NOERROR", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			octets := smallZones(t).Datagram(test.message)
			if (octets == nil) != (test.want == "") {
				t.Fatalf("got %x", octets)
			}
			if octets == nil {
				return
			}
			got := unpacked(t, octets)
			rcode := dns.RcodeToString[got.Rcode]
			if got.Rcode == dns.RcodeBadVers {
				rcode = "BADVERS"
			}
			if rcode != test.want || noteOf(got) != test.note {
				t.Errorf("got %s %q, want %s %q", rcode, noteOf(got), test.want, test.note)
			}
			if want := binary.BigEndian.Uint16(test.message); got.Id != want || !got.Response || got.RecursionAvailable || got.Opcode != int(test.message[2]>>3&0xf) {
				t.Errorf("the header is %+v", got.MsgHdr)
			}
		})
	}
}

// TestHeader has what an answer takes over from its query.
func TestHeader(t *testing.T) {
	for _, test := range []struct {
		name string
		edit func(m *dns.Msg)
		want string
	}{
		{"no flags", func(m *dns.Msg) { m.RecursionDesired = false }, "aa"},
		{"all flags", func(m *dns.Msg) { m.CheckingDisabled, m.AuthenticatedData, m.Zero = true, true, true }, "aa rd cd"},
		{"EDNS", func(m *dns.Msg) { m.SetEdns0(4096, false) }, "aa rd; 1232"},
		{"DO", func(m *dns.Msg) { m.SetEdns0(4096, true) }, "aa rd; 1232 do"},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := unpacked(t, smallZones(t).Datagram(packed(t, "wWw.eXample.COM.", dns.TypeA, test.edit)))
			var flags []string
			for _, flag := range []struct {
				set  bool
				name string
			}{{m.Authoritative, "aa"}, {m.Truncated, "tc"}, {m.RecursionDesired, "rd"}, {m.RecursionAvailable, "ra"}, {m.Zero, "z"}, {m.AuthenticatedData, "ad"}, {m.CheckingDisabled, "cd"}} {
				if flag.set {
					flags = append(flags, flag.name)
				}
			}
			got := strings.Join(flags, " ")
			if opt := m.IsEdns0(); opt != nil {
				got += fmt.Sprintf("; %d", opt.UDPSize())
				if opt.Do() {
					got += " do"
				}
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			// The letters of the name come back as they were sent, in the answer too.
			if m.Question[0].Name != "wWw.eXample.COM." || len(m.Answer) != 1 || m.Answer[0].Header().Name != "wWw.eXample.COM." {
				t.Errorf("got %s", m)
			}
		})
	}
}

// TestLongChains has CNAMEs that lead to each other for as long as they are followed, and for longer.
func TestLongChains(t *testing.T) {
	var text strings.Builder
	text.WriteString(smallZone + "c0 A 192.0.2.1\n")
	for n := range 2 * mostHops {
		fmt.Fprintf(&text, "c%d CNAME c%d\n", n+1, n)
	}
	zones := zonesOf(t, map[string]string{"example.com": text.String()})
	for n, rcode := range map[int]int{mostHops - 1: dns.RcodeSuccess, mostHops: dns.RcodeServerFailure, 2 * mostHops: dns.RcodeServerFailure} {
		m := unpacked(t, zones.Datagram(packed(t, fmt.Sprintf("c%d.example.com.", n), dns.TypeA, func(m *dns.Msg) { withEDNS(m) })))
		if m.Rcode != rcode || len(m.Answer) != mostHops || (noteOf(m) != "") != (rcode != dns.RcodeSuccess) {
			t.Errorf("%d: %s", n, m)
		}
	}
}

// TestNotes has zones of which there is something to say.
func TestNotes(t *testing.T) {
	good, bare := parseZone(t, "example.com", smallZone), parseZone(t, "bare.example", "$TTL 300\nwww A 192.0.2.1\n")
	bad := "zones/x.zone:3: \x1b[31mred\u202e " + strings.Repeat("ä", 200)
	zones := NewZones(
		Zone{Origin: good.Origin(), Content: good, Note: "not what the file says"},
		Zone{Origin: bare.Origin(), Content: bare, Serial: 42},
		Zone{Origin: zonefile.MustParseName("bad.example."), Note: bad},
	)
	ask := func(name string, typ uint16, with bool) *dns.Msg {
		return unpacked(t, zones.Datagram(packed(t, name, typ, func(m *dns.Msg) {
			if with {
				withEDNS(m)
			}
		})))
	}
	if m := ask("www.example.com.", dns.TypeA, true); len(m.Answer) != 1 || noteOf(m) != "0 not what the file says" {
		t.Errorf("a note: %s", m)
	}
	if m := ask("www.example.com.", dns.TypeA, false); len(m.Answer) != 1 || m.IsEdns0() != nil {
		t.Errorf("a note without EDNS: %s", m)
	}
	m := ask("www.bad.example.", dns.TypeA, true)
	if text := noteOf(m); m.Rcode != dns.RcodeServerFailure || m.Authoritative || !strings.HasPrefix(text, "24 zones/x.zone:3: ?[31mred? ää") || !strings.HasSuffix(text, "ä...") || len(text) > mostText+3 {
		t.Errorf("a zone without content: %s", m)
	}
	for _, typ := range []uint16{dns.TypeSOA, dns.TypeMX} {
		m := ask("bare.example.", typ, true)
		if soa := slices.Concat(m.Answer, m.Ns); len(soa) != 1 || soa[0].(*dns.SOA).Serial != 42 || soa[0].Header().Name != "bare.example." {
			t.Errorf("a zone without an SOA, asked for %d: %s", typ, m)
		}
	}
}

// TestNegativeTTL has the TTL of an answer that there is nothing (RFC 2308 §5).
func TestNegativeTTL(t *testing.T) {
	for text, want := range map[string]uint32{"300 SOA a b 1 2 3 4 200": 200, "100 SOA a b 1 2 3 4 200": 100, "2147483647 SOA a b 1 2 3 4 4294967295": 2147483647} {
		zones := zonesOf(t, map[string]string{"example.com": "@ " + text + "\n@ 300 NS ns.invalid.\n"})
		m := unpacked(t, zones.Datagram(packed(t, "x.example.com.", dns.TypeA, nil)))
		if len(m.Ns) != 1 || m.Ns[0].Header().Ttl != want {
			t.Errorf("%s: %s", text, m)
		}
	}
}

// TestLongNames has names that are as long as they can be, where there is no room for a wildcard or a new end.
func TestLongNames(t *testing.T) {
	label := strings.Repeat("x", 63)
	long := strings.Join([]string{label, label, label}, ".") + "." + strings.Repeat("y", 49) + ".example.com."
	if _, ok := dns.IsDomainName(long); !ok || len(long) != 254 {
		t.Fatal(len(long))
	}
	zones := zonesOf(t, map[string]string{"example.com": smallZone + "d DNAME " + strings.Repeat("z", 60) + ".example.com.\n" + long + " A 192.0.2.1\n"})
	for name, want := range map[string]int{
		long: dns.RcodeSuccess, long[2:]: dns.RcodeNameError, "x" + long[1:50] + "y" + long[51:]: dns.RcodeNameError,
		label + "." + label + "." + label + ".d.example.com.": dns.RcodeYXDomain,
	} {
		m := unpacked(t, zones.Datagram(packed(t, name, dns.TypeA, nil)))
		if m.Rcode != want {
			t.Errorf("%s: %s", name, m)
		}
	}
	if diff := cmp.Diff(127, zonefile.MustParseName(strings.Repeat("a.", 127)).Labels()); diff != "" {
		t.Error(diff)
	}
	deep := zonesOf(t, map[string]string{".": "@ 300 SOA a. b. 1 2 3 4 200\n@ 300 NS ns.invalid.\n"})
	m := unpacked(t, deep.Datagram(packed(t, strings.Repeat("a.", 127), dns.TypeA, nil)))
	if m.Rcode != dns.RcodeNameError {
		t.Errorf("127 labels: %s", m)
	}
}
