package rfc2136

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"github.com/zoneward/zoneward/zonefile"
)

var example = zonefile.MustParseName("example.com.")

func TestUpdateMessage(t *testing.T) {
	set := zonefile.MustParseRRset("www.example.com. 300 A", "192.0.2.1", "192.0.2.2")
	odd := zonefile.MustParseRRset(`a\.b\000\255.example.com. 300 TYPE65280`, `\# 2 abcd`)
	apex := zonefile.MustParseRRset("example.com. 60 MX", "10 mail.example.com.")
	gone := zonefile.Key{Name: zonefile.MustParseName("old.example.com."), Type: zonefile.TypeTXT}
	prerequisites := append(records(set, dns.ClassINET, 0), record{name: gone.Name, typ: gone.Type, class: dns.ClassNONE})
	updates := append([]record{{name: gone.Name, typ: gone.Type, class: dns.ClassANY}}, records(odd, dns.ClassINET, odd.TTL)...)
	updates = append(updates, records(apex, dns.ClassNONE, 0)...)

	octets := newUpdate(4711, example, prerequisites, updates)
	var m dns.Msg
	if err := m.Unpack(octets); err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.ReplaceAll(strings.TrimSpace(m.String()), "\t", " "), "\n")
	var lines []string
	for _, line := range got {
		if line != "" && line[0] != ';' || strings.Contains(line, "opcode") {
			lines = append(lines, line)
		}
	}
	want := []string{
		";; opcode: UPDATE, status: NOERROR, id: 4711",
		"www.example.com. 0 IN A 192.0.2.1",
		"www.example.com. 0 IN A 192.0.2.2",
		`old.example.com. 0 NONE TXT `,
		`old.example.com. 0 CLASS255 TXT `,
		`a\.b\000\255.example.com. 300 CLASS1 TYPE65280 \# 2 abcd`,
		"example.com. 0 NONE MX 10 mail.example.com.",
	}
	if d := cmp.Diff(want, lines); d != "" {
		t.Errorf("the message differs (-want +got):\n%s", d)
	}
	size := len(newUpdate(0, example, nil, nil))
	for _, r := range append(prerequisites, updates...) {
		size += r.size(example)
	}
	if size != len(octets) {
		t.Errorf("size says %d octets, and there are %d", size, len(octets))
	}
}

// TestRDATA reads what miekg/dns writes with all the compression that it does.
func TestRDATA(t *testing.T) {
	sets := []zonefile.RRset{
		zonefile.MustParseRRset("example.com. 300 SOA", "ns.example.com. hostmaster.example.com. 1 2 3 4 5"),
		zonefile.MustParseRRset("example.com. 300 NS", "ns.example.com.", "ns.sub.example.com."),
		zonefile.MustParseRRset("a.example.com. 300 A", "192.0.2.1"),
		zonefile.MustParseRRset("a.example.com. 300 AAAA", "2001:db8::1"),
		zonefile.MustParseRRset("b.example.com. 300 CNAME", "a.example.com."),
		zonefile.MustParseRRset("c.example.com. 300 MX", "0 .", "10 mail.example.com."),
		zonefile.MustParseRRset("c.example.com. 300 TXT", `"text"`, `"a" "b" ""`),
		zonefile.MustParseRRset("d.example.com. 300 DNAME", "sub.example.com."),
		zonefile.MustParseRRset("e.example.com. 300 PTR", "a.example.com."),
		zonefile.MustParseRRset("e.example.com. 300 RP", "a.example.com. b.example.com."),
		zonefile.MustParseRRset("e.example.com. 300 AFSDB", "1 a.example.com."),
		zonefile.MustParseRRset("e.example.com. 300 KX", "1 a.example.com."),
		zonefile.MustParseRRset("_sip._udp.example.com. 300 SRV", "1 2 3 a.example.com."),
		zonefile.MustParseRRset("f.example.com. 300 NAPTR", `100 50 "s" "z3950+I2L+I2C" "" _z3950._tcp.example.com.`),
		zonefile.MustParseRRset("g.example.com. 300 HTTPS", "1 . alpn=h2 ipv4hint=192.0.2.1"),
		zonefile.MustParseRRset("h.example.com. 300 CAA", `0 issue "ca.invalid"`),
		zonefile.MustParseRRset("i.example.com. 300 TYPE65280", `\# 3 c00c00`),
		zonefile.MustParseRRset("i.example.com. 300 LOC", "52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m"),
	}
	m := &dns.Msg{Compress: true}
	m.SetAxfr("example.com.")
	m.Response = true
	var texts []string
	for _, set := range append(sets, sets[0]) {
		texts = append(texts, strings.Split(set.String(), "\n")...)
	}
	for _, text := range texts {
		// The letter case of the names of a message is the server's.
		rr, err := dns.NewRR(strings.Replace(text, "example.com. 300", "EXAMPLE.com. 300", 1))
		if err != nil {
			t.Fatal(err)
		}
		m.Answer = append(m.Answer, rr)
	}
	octets, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	got, err := readStream(octets)
	if err != nil {
		t.Fatal(err)
	}
	want, err := zonefile.ZoneOf(example, sets...)
	if err != nil {
		t.Fatal(err)
	}
	for c := range zonefile.Diff(want, got) {
		t.Errorf("want\n%v\ngot\n%v", c.Old, c.New)
	}
}

// readStream reads messages as those of a transfer.
func readStream(all ...[]byte) (*zonefile.Zone, error) {
	b := zonefile.NewBuilder(example)
	a := &axfr{origin: example, visit: b.Add}
	for _, octets := range all {
		m, err := parseMessage(octets)
		if err != nil {
			return nil, err
		}
		if err := a.message(m); err != nil {
			return nil, err
		}
	}
	if !a.done {
		return nil, errors.New("no end")
	}
	return b.Zone(), nil
}

// TestTransferSize has a transfer that is as large as one may be, and one that is larger.
func TestTransferSize(t *testing.T) {
	m := new(dns.Msg).SetReply(new(dns.Msg).SetAxfr("example.com."))
	soa, err := dns.NewRR("example.com. 300 SOA ns1.invalid. hostmaster.invalid. 1 3600 600 604800 300")
	if err != nil {
		t.Fatal(err)
	}
	m.Answer = []dns.RR{soa}
	octets, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := parseMessage(octets)
	if err != nil {
		t.Fatal(err)
	}
	for _, over := range []int{0, 1} {
		b := zonefile.NewBuilder(example)
		a := &axfr{origin: example, visit: b.Add, octets: maxTransfer - len(octets) + over}
		if err := a.message(parsed); errors.Is(err, errTooMuch) != (over > 0) {
			t.Errorf("%d octets more than a transfer may have: %v", over, err)
		}
	}
}

// TestCompressedRDATA has pointers where only receivers are asked to understand them (RFC 3597 §4).
func TestCompressedRDATA(t *testing.T) {
	name := []byte("\x07example\x03com\x00")
	octets := append(make([]byte, questionAt), name...)
	to := "\xc0\x0c" // example.com.
	for _, test := range []struct {
		typ         zonefile.Type
		rdata, want string
	}{
		{zonefile.TypeSRV, "\x00\x01\x00\x02\x00\x03\x01a" + to, "1 2 3 a.example.com."},
		{zonefile.TypeNAPTR, "\x00\x01\x00\x02\x01s\x00\x00" + to, `1 2 "s" "" "" example.com.`},
		{zonefile.TypeRP, to + to, "example.com. example.com."},
		{zonefile.TypeDNAME, to, "example.com."},
		{26, "\x00\x01" + to + to, "1 example.com. example.com."}, // PX
	} {
		t.Run(test.typ.String(), func(t *testing.T) {
			at := len(octets)
			msg := append(bytes.Clone(octets), test.rdata...)
			rdata, err := plainRDATA(nil, msg, rrHeader{typ: test.typ, start: at, end: len(msg)})
			if err != nil {
				t.Fatal(err)
			}
			if got := zonefile.FormatRDATA(test.typ, string(rdata)); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
	t.Run("types that came later are not compressed", func(t *testing.T) {
		msg := append(bytes.Clone(octets), "\x00\x01\xc0\x0c"...)
		rdata, err := plainRDATA(nil, msg, rrHeader{typ: zonefile.TypeHTTPS, start: len(octets), end: len(msg)})
		if err != nil || string(rdata) != "\x00\x01\xc0\x0c" {
			t.Errorf("got %x, %v; want the octets as they are", rdata, err)
		}
	})
}

func TestBadNames(t *testing.T) {
	long := strings.Repeat("\x3f"+strings.Repeat("a", 63), 4)
	for _, test := range []struct{ name, octets string }{
		{"empty", ""},
		{"ends within a label", "\x03co"},
		{"ends before the root", "\x03com"},
		{"pointer to itself", "\xc0\x00"},
		{"pointer forward", "\xc0\x02\x00"},
		{"half a pointer", "\x01a\xc0"},
		{"label type 01", "\x41a\x00"},
		{"label type 10", "\x81a\x00"},
		{"longer than 255 octets", long + "\x00"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if name, _, err := appendName(nil, []byte(test.octets), 0); !errors.Is(err, errMalformed) {
				t.Errorf("got %q, %v; want an error", name, err)
			}
		})
	}
	t.Run("two pointers at each other", func(t *testing.T) {
		if _, _, err := appendName(nil, []byte("\xc0\x02\xc0\x00"), 2); !errors.Is(err, errMalformed) {
			t.Errorf("got %v, want an error", err)
		}
	})
}

func TestBadMessages(t *testing.T) {
	good := newUpdate(1, example, anySOA(example), nil)
	if _, err := parseMessage(good); err != nil {
		t.Fatal(err)
	}
	change := func(at int, to byte) []byte {
		b := bytes.Clone(good)
		b[at] = to
		return b
	}
	for _, test := range []struct {
		name   string
		octets []byte
	}{
		{"no header", good[:headerSize-1]},
		{"cut off in the question", good[:20]},
		{"cut off in a record", good[:len(good)-1]},
		{"octets behind the end", append(bytes.Clone(good), 0)},
		{"counts one more record", change(7, 2)},
		{"counts one more question", change(5, 2)},
		{"data longer than the message", change(len(good)-1, 1)},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := parseMessage(test.octets); !errors.Is(err, errMalformed) {
				t.Errorf("got %v, want an error", err)
			}
		})
	}
	t.Run("TSIG that is not the last record", func(t *testing.T) {
		k := openKey(t, testTSIG(""))
		signed, _ := k.sign(bytes.Clone(good), time.Now())
		signed = appendRecord(signed, anySOA(example)[0], example)
		signed[11] = 2
		if _, err := parseMessage(signed); !errors.Is(err, errMalformed) {
			t.Errorf("got %v, want an error", err)
		}
	})
	for n := range good {
		if _, err := parseMessage(good[:n]); err == nil {
			t.Errorf("no error for the first %d octets", n)
		}
	}
}

// FuzzMessage looks for panics, and for messages that miekg/dns reads as other records.
func FuzzMessage(f *testing.F) {
	m := new(dns.Msg).SetAxfr("example.com.")
	m.Response, m.Compress = true, true
	for _, text := range []string{
		"example.com. SOA ns.example.com. h.example.com. 1 2 3 4 5", "example.com. NS ns.example.com.", "ns.example.com. A 192.0.2.1",
		"_a._tcp.example.com. SRV 1 2 3 ns.example.com.", `x.example.com. NAPTR 1 2 "s" "" "" ns.example.com.`, `x.example.com. TXT "a" "b"`,
		"example.com. SOA ns.example.com. h.example.com. 1 2 3 4 5",
	} {
		rr, err := dns.NewRR(text)
		if err != nil {
			f.Fatal(err)
		}
		m.Answer = append(m.Answer, rr)
	}
	octets, err := m.Pack()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(octets)
	f.Add(newUpdate(1, example, anySOA(example), nil))
	f.Fuzz(func(t *testing.T, octets []byte) {
		zone, err := readStream(octets)
		if err != nil {
			return
		}
		var theirs dns.Msg
		if theirs.Unpack(octets) != nil {
			return // it minds what is none of a zone's business, such as the additional section
		}
		b := zonefile.NewBuilder(example)
		for _, rr := range theirs.Answer[:len(theirs.Answer)-1] {
			buf := make([]byte, dns.Len(rr)+64)
			n, err := dns.PackRR(rr, buf, 0, nil, false)
			if err != nil {
				return // what it reads and cannot write
			}
			h, err := parseHeader(buf[:n], 0)
			if err != nil {
				t.Fatal(err)
			}
			name, _, err := zonefile.NameFromWire(buf)
			if err != nil {
				t.Fatal(err)
			}
			if b.Add(zonefile.Key{Name: name, Type: h.typ}, ttlOf(h), buf[h.start:h.end]) != nil {
				return
			}
		}
		if want := b.Zone(); !zone.Equal(want) {
			for c := range zonefile.Diff(want, zone) {
				t.Errorf("miekg/dns reads\n%v\nand we\n%v", c.Old, c.New)
			}
		}
	})
}

func BenchmarkTransfer(b *testing.B) {
	const n = 1_000_000
	var msgs [][]byte
	soa := zonefile.SOA{MName: example, RName: example, Serial: 1}.RRset(example, 300)
	msg := func(rs []record) {
		octets := newRequest(1, dns.OpcodeQuery, example, 252, rs, nil)
		octets[2] |= 0x80
		msgs = append(msgs, octets)
	}
	msg(records(soa, dns.ClassINET, 300))
	var batch []record
	for i := range n {
		name := zonefile.MustParseName(fmt.Sprintf("host-%d.example.com.", i*7919%n))
		batch = append(batch, record{name, zonefile.TypeA, dns.ClassINET, 300, string([]byte{192, 0, 2, byte(i)})})
		if len(batch) == 600 {
			msg(batch)
			batch = nil
		}
	}
	msg(append(batch, records(soa, dns.ClassINET, 300)...))
	for b.Loop() {
		if _, err := readStream(msgs...); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}
