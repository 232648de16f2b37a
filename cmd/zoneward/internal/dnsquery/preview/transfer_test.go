package preview

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"github.com/zoneward/zoneward/zonefile"
)

// received transfers a zone, and returns the records with the first and the last SOA, and how many messages it took.
func received(t *testing.T, addr, origin string, ask func(m *dns.Msg)) (records []dns.RR, messages int) {
	t.Helper()
	m := new(dns.Msg)
	m.SetAxfr(origin)
	if ask != nil {
		ask(m)
	}
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	stream, err := (&dns.Transfer{Conn: &dns.Conn{Conn: conn}}).In(m, addr)
	if err != nil {
		t.Fatal(err)
	}
	for envelope := range stream {
		if envelope.Error != nil {
			t.Fatal(envelope.Error)
		}
		messages++
		records = append(records, envelope.RR...)
	}
	return records, messages
}

// TestTransfers compares what a transfer gives with the zone.
func TestTransfers(t *testing.T) {
	var many strings.Builder
	many.WriteString(smallZone)
	for n := range 5000 {
		fmt.Fprintf(&many, "host-%d A 192.0.2.%d\n", n, n%250)
	}
	for n := range 300 {
		fmt.Fprintf(&many, "set TXT \"%d%s\"\n", n, strings.Repeat("x", 200))
	}
	fmt.Fprintf(&many, "huge TXT%s\n", strings.Repeat(" \""+strings.Repeat("y", 250)+"\"", 160))
	texts := map[string]string{"many.example": many.String()}
	for origin, text := range comparedZones {
		texts[origin] = text
	}
	addr := serve(t, zonesOf(t, texts))
	for origin, text := range texts {
		t.Run(origin, func(t *testing.T) {
			records, messages := received(t, addr, dns.Fqdn(origin), func(m *dns.Msg) { withEDNS(m) })
			first, last := records[0], records[len(records)-1]
			if _, ok := first.(*dns.SOA); !ok || !dns.IsDuplicate(first, last) {
				t.Errorf("the first is %s, the last %s", first, last)
			}
			var got, want []string
			for _, rr := range records[:len(records)-1] {
				got = append(got, strings.ToLower(strings.Join(strings.Fields(rr.String()), " ")))
			}
			for set := range parseZone(t, origin, text).All() {
				if set.Key.Type.Signing() {
					continue
				}
				for line := range strings.Lines(set.String()) {
					rr, err := dns.NewRR(line)
					if err != nil {
						t.Fatal(err)
					}
					want = append(want, strings.ToLower(strings.Join(strings.Fields(rr.String()), " ")))
				}
			}
			slices.Sort(got)
			slices.Sort(want)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-zone +transfer\n%.2000s", diff)
			}
			if several := origin == "many.example"; several != (messages > 1) {
				t.Errorf("%d messages", messages)
			}
		})
	}
}

// TestOtherTransfers has transfers that are none of a zone, or ask for less.
func TestOtherTransfers(t *testing.T) {
	bad := zonefile.MustParseName("bad.example.")
	good := parseZone(t, "example.com", smallZone)
	zones := NewZones(Zone{Origin: good.Origin(), Content: good, Note: "a note"}, Zone{Origin: bad, Note: "an error"})
	ask := func(name string, typ uint16) (all []*dns.Msg) {
		for octets := range zones.Stream(packed(t, name, typ, func(m *dns.Msg) { withEDNS(m) })) {
			all = append(all, unpacked(t, octets))
		}
		return all
	}
	for _, test := range []struct {
		name  string
		typ   uint16
		rcode int
		note  string
		count int // in the answer
	}{
		{"example.com.", dns.TypeAXFR, dns.RcodeSuccess, "0 a note", good.Records()}, // one more SOA, one RRSIG less
		{"example.com.", dns.TypeIXFR, dns.RcodeSuccess, "0 a note", good.Records()},
		{"www.example.com.", dns.TypeAXFR, dns.RcodeNotAuth, "20 no zone of that name is served here", 0},
		{"bad.example.", dns.TypeAXFR, dns.RcodeServerFailure, "24 an error", 0},
	} {
		all := ask(test.name, test.typ)
		if len(all) != 1 || all[0].Rcode != test.rcode || noteOf(all[0]) != test.note || len(all[0].Answer) != test.count {
			t.Errorf("%s %d: %s", test.name, test.typ, all)
		}
	}
	m := unpacked(t, zones.Datagram(packed(t, "example.com.", dns.TypeIXFR, nil)))
	if len(m.Answer) != 1 || m.Answer[0].Header().Rrtype != dns.TypeSOA {
		t.Errorf("IXFR in a datagram: %s", m)
	}
	var many strings.Builder
	many.WriteString(smallZone)
	for n := range 2000 {
		fmt.Fprintf(&many, "host-%d A 192.0.2.1\n", n)
	}
	large := parseZone(t, "example.com", many.String())
	zones = NewZones(Zone{Origin: large.Origin(), Content: large, Note: "a note"})
	for i, m := range ask("example.com.", dns.TypeAXFR) {
		if (noteOf(m) != "") != (i == 0) {
			t.Errorf("message %d has the note %q", i, noteOf(m))
		}
	}
	if all := slices.Collect(zones.Stream([]byte{1, 2, 3})); all != nil {
		t.Errorf("something that is no message: %x", all)
	}
	for range zones.Stream(packed(t, "example.com.", dns.TypeAXFR, nil)) {
		break // who has seen enough takes no more
	}
}
