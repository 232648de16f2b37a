package rfc2136_test

import (
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/zoneward/zoneward/providers/providertest"
	"github.com/zoneward/zoneward/providers/rfc2136"
	"github.com/zoneward/zoneward/zonefile"
)

// newHexDNS returns a fake of HexDNS's handler of updates, with the quirks that its source has.
func newHexDNS(t *testing.T) *nameServer {
	s := newNameServer(t)
	s.mismatch = dns.RcodeYXRrset
	s.neverHolds = []uint16{dns.TypeSOA, dns.TypeCNAME}
	s.rowByRow = true
	takes := map[uint16]bool{}
	for _, typ := range rfc2136.HexDNS().Types {
		takes[uint16(typ)] = true
	}
	s.refuse = func(rr dns.RR) int {
		if !takes[rr.Header().Rrtype] {
			return dns.RcodeFormatError
		}
		return 0
	}
	return s
}

// TestConformanceHexDNS runs the suite against the fake: no server of that kind can be installed.
func TestConformanceHexDNS(t *testing.T) {
	providertest.Run(t, func(t *testing.T) providertest.Fixture {
		s := newHexDNS(t)
		opts := s.start(t)
		opts.Profile = rfc2136.HexDNS()
		opts.Settle = 50 * time.Millisecond
		p := open(t, opts)
		return providertest.Fixture{Provider: p, Origin: example, Write: func(tb testing.TB, changes []zonefile.Change) {
			s.mu.Lock()
			defer s.mu.Unlock()
			for _, c := range changes {
				if c.Old != nil {
					s.change(&dns.ANY{Hdr: dns.RR_Header{Name: c.Key().Name.String(), Rrtype: uint16(c.Key().Type), Class: dns.ClassANY}})
				}
				if c.New != nil {
					for line := range strings.Lines(c.New.String()) {
						rr, err := dns.NewRR(strings.TrimSpace(line))
						if err != nil {
							tb.Fatal(err)
						}
						s.add(rr)
					}
				}
			}
			s.soa.Serial++
		}}
	})
}

var ftp = zonefile.MustParseRRset("ftp.example.com. 300 A", "192.0.2.4")

func TestProfileHexDNS(t *testing.T) {
	s := newHexDNS(t)
	opts := s.start(t)
	opts.Profile = rfc2136.HexDNS()
	t.Run("no promise of atomicity", func(t *testing.T) {
		opts.RequireAtomic = true
		if _, err := rfc2136.New(opts); err == nil {
			t.Error("no error for RequireAtomic, which cannot be had")
		}
		opts.RequireAtomic = false
	})
	p := open(t, opts)
	if _, err := p.Normalize(zonefile.MustParseRRset("www.example.com. 300 HTTPS", "1 .")); err == nil {
		t.Error("Normalize takes a type that the server refuses")
	}
	s.refuse = func(rr dns.RR) int {
		if rr.Header().Name == "mail.example.com." {
			return dns.RcodeNotAuth
		}
		return 0
	}
	result, err := p.Apply(t.Context(), example, putting(fetch(t, p), ftp, mail))
	checkKind(t, err, errNoKind, "some of it may have been written", "NOTAUTH")
	if got := served(t, s, ftp); len(got) == 0 || len(result.Applied) > 0 {
		t.Errorf("served %v, %v as applied; want what the fake wrote before it refused, and no promise", got, result.Applied)
	}
	s.refuse, s.updates = nil, nil
	if err := apply(t, p, fetch(t, p), "www.example.com. 300 A", "192.0.2.1"); err != nil {
		t.Fatal(err)
	}
	for _, m := range s.updates {
		for _, rr := range m.Answer {
			if typ := rr.Header().Rrtype; typ == dns.TypeSOA || typ == dns.TypeCNAME {
				t.Errorf("a prerequisite about a type that never holds: %v", rr)
			}
		}
	}
}
