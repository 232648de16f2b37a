package preview

import (
	"fmt"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

// TestTruncation has answers of many sizes, with and without EDNS, and at the size that they just fit in.
func TestTruncation(t *testing.T) {
	var text strings.Builder
	text.WriteString(smallZone)
	for n := range 60 {
		fmt.Fprintf(&text, "big%d TXT \"%s\"", n, strings.Repeat("x", 200))
		for m := range n {
			fmt.Fprintf(&text, " \"%s\"", strings.Repeat(string(rune('a'+m%26)), 30))
		}
		text.WriteString("\nmx" + fmt.Sprint(n) + " MX 10 ns1\n")
	}
	zones := zonesOf(t, map[string]string{"example.com": text.String()})
	ask := func(name string, size uint16) (*dns.Msg, int) {
		octets := zones.Datagram(packed(t, name, dns.TypeTXT, func(m *dns.Msg) {
			if size > 0 {
				m.SetEdns0(size, false)
			}
		}))
		return unpacked(t, octets), len(octets)
	}
	for n := range 60 {
		name := fmt.Sprintf("big%d.example.com.", n)
		var whole []byte
		for octets := range zones.Stream(packed(t, name, dns.TypeTXT, nil)) {
			whole = octets
		}
		if m := unpacked(t, whole); m.Truncated || len(m.Answer) != 1 {
			t.Fatalf("%s over TCP: %s", name, m)
		}
		for _, size := range []uint16{0, 1, 512, uint16(len(whole)), uint16(len(whole)) + 10, uint16(len(whole)) + 11, 1232, 1500, 65535} {
			limit, opt := 512, 0
			if size > 0 {
				limit, opt = int(min(max(size, 512), 1232)), 11
			}
			m, length := ask(name, size)
			fits := len(whole)+opt <= limit
			if m.Truncated == fits || (len(m.Answer) == 1) != fits || length > limit {
				t.Errorf("%s in %d: %d octets, tc %t, %d in the answer; whole it is %d", name, size, length, m.Truncated, len(m.Answer), len(whole))
			}
		}
	}
}

// TestNoteHasNotToFit has an answer that fits without the explanation that goes with it.
func TestNoteHasNotToFit(t *testing.T) {
	content := parseZone(t, "example.com", smallZone+"big TXT \""+strings.Repeat("x", 200)+"\" \""+strings.Repeat("x", 200)+"\"\n")
	zones := NewZones(Zone{Origin: content.Origin(), Content: content, Note: strings.Repeat("y", 100)})
	for size, note := range map[uint16]bool{512: false, 1232: true} {
		m := unpacked(t, zones.Datagram(packed(t, "big.example.com.", dns.TypeTXT, func(m *dns.Msg) { m.SetEdns0(size, false) })))
		if m.Truncated || len(m.Answer) != 1 || m.IsEdns0() == nil || (noteOf(m) != "") != note {
			t.Errorf("in %d: %s", size, m)
		}
	}
}

// TestCompression has names at places that cannot be pointed to: behind the reach of a pointer, and in a record that was taken back since it did not fit.
func TestCompression(t *testing.T) {
	var text strings.Builder
	text.WriteString(smallZone + "srv SRV 1 1 1 host\nhost AAAA 2001:db8::1\n")
	for n := range 100 {
		fmt.Fprintf(&text, "host A 192.0.2.%d\n", n)
	}
	label := strings.Repeat("x", 50)
	for n := range 500 {
		fmt.Fprintf(&text, "mx MX 1 %s%d\n%[1]s%d A 192.0.2.1\n", label, n)
	}
	zones := zonesOf(t, map[string]string{"example.com": text.String()})
	m := unpacked(t, zones.Datagram(packed(t, "srv.example.com.", dns.TypeSRV, nil)))
	if len(m.Answer) != 1 || len(m.Extra) != 1 || m.Extra[0].Header().Rrtype != dns.TypeAAAA || m.Extra[0].Header().Name != "host.example.com." {
		t.Errorf("got %s", m)
	}
	for octets := range zones.Stream(packed(t, "mx.example.com.", dns.TypeMX, nil)) {
		m := unpacked(t, octets)
		if len(octets) < 2*mostOffset || len(m.Answer) != 500 || len(m.Extra) != 500 {
			t.Fatalf("%d octets, %d and %d records", len(octets), len(m.Answer), len(m.Extra))
		}
		for _, rr := range m.Extra {
			if name := rr.Header().Name; !strings.HasPrefix(name, label) || !strings.HasSuffix(name, ".example.com.") {
				t.Errorf("an address of %s", name)
			}
		}
	}
}

// TestGlueHasToFit has referrals with more and more name servers, within the zone that is delegated and beside it: addresses of the first have to be there.
func TestGlueHasToFit(t *testing.T) {
	var text strings.Builder
	text.WriteString(smallZone + "beside A 192.0.2.54\n")
	for n := range 30 {
		fmt.Fprintf(&text, "sub NS ns%d.sub\nns%[1]d.sub A 192.0.2.1\nns%[1]d.sub AAAA 2001:db8::1\nother NS o%[1]d\no%[1]d A 192.0.2.1\no%[1]d AAAA 2001:db8::1\n", n)
	}
	zones := zonesOf(t, map[string]string{"example.com": text.String()})
	for name, tc := range map[string]bool{"www.sub.example.com.": true, "www.other.example.com.": false} {
		m := unpacked(t, zones.Datagram(packed(t, name, dns.TypeA, func(m *dns.Msg) { m.SetEdns0(1232, false) })))
		if m.Truncated != tc || m.Authoritative || !tc && (len(m.Ns) != 30 || len(m.Extra) < 10) {
			t.Errorf("%s: tc %t, %d, %d", name, m.Truncated, len(m.Ns), len(m.Extra))
		}
	}
}
