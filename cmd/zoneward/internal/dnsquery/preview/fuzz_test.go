package preview

import (
	"slices"
	"testing"

	"github.com/miekg/dns"
)

// FuzzAnswer has any octets for a message. Whatever comes back is a message that another program reads, with the id of the one that was sent, and no larger than it
// may be.
func FuzzAnswer(f *testing.F) {
	for _, name := range []string{"www.example.com.", "x.sub.example.com.", "a.d.example.com.", "loop1.example.com.", "example.com.", "x.y.wild.example.com.", "."} {
		for _, typ := range []uint16{dns.TypeA, dns.TypeANY, dns.TypeMX, dns.TypeDS, dns.TypeAXFR, dns.TypeIXFR, 65300} {
			f.Add(packed(f, name, typ, nil))
			f.Add(packed(f, name, typ, func(m *dns.Msg) { m.SetEdns0(1232, true) }))
		}
	}
	f.Add(packed(f, "txt.example.com.", dns.TypeTXT, func(m *dns.Msg) { withEDNS(m).SetVersion(3) }))
	zones := zonesOf(f, comparedZones)
	f.Fuzz(func(t *testing.T, message []byte) {
		check := func(octets []byte, limit int) {
			m := new(dns.Msg)
			if err := m.Unpack(octets); err != nil {
				t.Fatalf("%x is answered with %x: %v", message, octets, err)
			}
			if len(octets) > limit || octets[0] != message[0] || octets[1] != message[1] || !m.Response {
				t.Fatalf("%x is answered with %d octets, %x", message, len(octets), octets)
			}
			if _, err := m.Pack(); err != nil {
				t.Fatalf("%x is answered with what does not pack: %v", message, err)
			}
		}
		datagramAnswer := zones.Datagram(message)
		if datagramAnswer != nil {
			check(datagramAnswer, datagram)
		}
		all := slices.Collect(zones.Stream(message))
		for _, octets := range all {
			check(octets, largestMessage)
		}
		if (datagramAnswer == nil) != (all == nil) {
			t.Fatalf("%x is answered in one way alone", message)
		}
	})
}
