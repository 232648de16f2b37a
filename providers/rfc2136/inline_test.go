package rfc2136_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/providertest/dnsserver"
	"github.com/zoneward/zoneward/providers/rfc2136"
	"github.com/zoneward/zoneward/zonefile"
)

// TestInlineSigningWithSOA writes SOAs to a zone that BIND signs inline. Each gets a serial above the served one, so that the unsigned
// and the signed copy have the same serial for a while, and the SOA can be a prerequisite by chance.
func TestInlineSigningWithSOA(t *testing.T) {
	s := bind(t, dnsserver.InlineSigned)
	check := func(refresh, first, n int) {
		t.Helper()
		p := open(t, options(s)) // which has learnt nothing
		sets := []zonefile.RRset{zonefile.MustParseRRset("example.com. 300 SOA", fmt.Sprintf("ns1.invalid. hostmaster.invalid. 1 %d 600 604800 300", refresh))}
		for i := range n {
			sets = append(sets, zonefile.MustParseRRset(fmt.Sprintf("host-%d.example.com. 300 A", first+i), fmt.Sprintf("192.0.2.%d", refresh%256)))
		}
		result, err := p.Apply(t.Context(), example, putting(fetch(t, p), sets...))
		if err != nil {
			t.Fatalf("refresh %d: %v", refresh, err)
		}
		if len(result.Applied) != len(sets) {
			t.Errorf("refresh %d: %d operations as applied, want %d", refresh, len(result.Applied), len(sets))
		}
		now := fetch(t, p)
		for _, set := range sets[1:] {
			if live, _ := now.Zone.Get(set.Key); live != set {
				t.Fatalf("refresh %d: after Apply %s is %v", refresh, set.Key, live)
			}
		}
	}
	for round := range 6 {
		check(7201+round, 0, 600)
	}
	check(7300, 1000, 5000)
}

// TestSignedZoneThatLags has a server whose SOA can be a prerequisite, which serves an update some time after it has acknowledged it.
func TestSignedZoneThatLags(t *testing.T) {
	const dnskey = "example.com. 300 DNSKEY 257 3 13 AAAA"
	t.Run("waited for", func(t *testing.T) {
		s := newNameServer(t, www.String(), dnskey)
		p := prepare(t, s, func(o *rfc2136.Options) { o.Settle = 10 * time.Second })
		base := fetch(t, p)
		s.afterUpdate = func(s *nameServer) bool { s.lag = 3; return false }
		if err := apply(t, p, base, "www.example.com. 300 A", "192.0.2.2"); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("before the next message", func(t *testing.T) {
		s := newNameServer(t, www.String(), dnskey)
		p := prepare(t, s, func(o *rfc2136.Options) { o.Settle = 10 * time.Second; o.MaxMessage = 1000 })
		base := fetch(t, p)
		var sets []zonefile.RRset
		for i := range 40 {
			sets = append(sets, zonefile.MustParseRRset(fmt.Sprintf("host-%d.example.com. 300 A", i), "192.0.2.1"))
		}
		s.beforeUpdate = func(s *nameServer, m *dns.Msg) {
			if len(m.Ns) > 0 && s.lag > 0 {
				t.Error("it was sent more before it served what it had acknowledged")
			}
		}
		s.afterUpdate = func(s *nameServer) bool { s.lag = 2; return false }
		if _, err := p.Apply(t.Context(), example, putting(base, sets...)); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("not for ever", func(t *testing.T) {
		s := newNameServer(t, www.String(), dnskey)
		p := prepare(t, s, nil)
		base := fetch(t, p)
		s.afterUpdate = func(s *nameServer) bool { s.lag = 1_000_000; return false }
		err := apply(t, p, base, "www.example.com. 300 A", "192.0.2.2")
		checkKind(t, err, errNoKind, "serves nothing of it after 50ms", "www.example.com. A", "nsupdate")
	})
	t.Run("since another update", func(t *testing.T) {
		s := newNameServer(t, www.String(), dnskey)
		s.neverHolds = []uint16{dns.TypeSOA}
		p := prepare(t, s, nil)
		base := fetch(t, p)
		s.old, s.lag = s.zone(), 1_000_000
		s.write(t, mail.String())
		_, err := p.Apply(t.Context(), example, putting(base, mail))
		checkKind(t, err, providers.ErrConflict, "a transfer does not show it yet", "nsupdate")
	})
	t.Run("one of two is left out", func(t *testing.T) {
		s := newNameServer(t, www.String(), dnskey)
		s.ignore = func(rr dns.RR) bool { return rr.Header().Name == "mail.example.com." }
		p := prepare(t, s, nil)
		_, err := p.Apply(t.Context(), example, putting(fetch(t, p), newWWW, mail))
		checkKind(t, err, providers.ErrPartial, "mail.example.com. A")
	})
}
