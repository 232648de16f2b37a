package rfc2136_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/miekg/dns"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/rfc2136"
	"github.com/zoneward/zoneward/zonefile"
)

// TestSOAPrerequisite has the ways in which the SOA of a zone can be compared or not.
func TestSOAPrerequisite(t *testing.T) {
	withSOA := func(m *dns.Msg) bool {
		return slices.ContainsFunc(m.Answer, func(rr dns.RR) bool { return rr.Header().Rrtype == dns.TypeSOA && rr.Header().Class == dns.ClassINET })
	}
	t.Run("holds", func(t *testing.T) {
		s := serverWithWWW(t)
		p := prepare(t, s, nil)
		base := fetch(t, p)
		if base.Traits.Preconditions != providers.ComparesRRsets {
			t.Errorf("traits %b before anything is known, want those of RRsets", base.Traits.Preconditions)
		}
		if err := apply(t, p, base, "www.example.com. 300 A", "192.0.2.2"); err != nil {
			t.Fatal(err)
		}
		if len(s.updates) != 1 || !withSOA(s.updates[0]) {
			t.Errorf("sent %v, want one update with the SOA", s.updates)
		}
		if !fetch(t, p).Traits.Preconditions.Has(providers.ComparesZone | providers.ComparesRRsets) {
			t.Error("the traits do not say what is known")
		}
	})
	t.Run("somebody else changed another RRset", func(t *testing.T) {
		s := serverWithWWW(t)
		p := prepare(t, s, nil)
		base := fetch(t, p)
		s.write(t, mail.String())
		checkKind(t, apply(t, p, base, "www.example.com. 300 A", "192.0.2.2"), providers.ErrConflict, "mail.example.com. A")
		if got := served(t, s, www); !slices.Equal(got, []string{www.String()}) {
			t.Errorf("the zone has %v, want it unchanged", got)
		}
	})
	t.Run("only the serial has risen", func(t *testing.T) {
		s := serverWithWWW(t)
		p := prepare(t, s, nil)
		base := fetch(t, p)
		s.soa.Serial += 7
		if err := apply(t, p, base, "www.example.com. 300 A", "192.0.2.2"); err != nil {
			t.Fatal(err)
		}
		if last := s.updates[len(s.updates)-1]; !withSOA(last) {
			t.Errorf("sent %v, want it with the new SOA", last)
		}
	})
	t.Run("the serial rises all the time", func(t *testing.T) {
		s := serverWithWWW(t)
		s.beforeUpdate = func(s *nameServer, m *dns.Msg) {
			if len(m.Ns) > 0 {
				s.soa.Serial++
			}
		}
		p := prepare(t, s, nil)
		checkKind(t, apply(t, p, fetch(t, p), "www.example.com. 300 A", "192.0.2.2"), providers.ErrConflict, "does not rest")
	})
	t.Run("somebody writes between the query and the probe", func(t *testing.T) {
		s := serverWithWWW(t)
		s.beforeUpdate = func(s *nameServer, _ *dns.Msg) { s.soa.Serial++ }
		p := prepare(t, s, nil)
		base := fetch(t, p)
		checkKind(t, apply(t, p, base, "www.example.com. 300 A", "192.0.2.2"), providers.ErrConflict, "does not rest")
		for _, m := range s.updates {
			if !withSOA(m) {
				t.Errorf("sent without the SOA, though nothing says that it cannot be a prerequisite: %v", m)
			}
		}
		s.beforeUpdate = nil
		if err := apply(t, p, base, "www.example.com. 300 A", "192.0.2.2"); err != nil {
			t.Fatal(err)
		}
		if !fetch(t, p).Traits.Preconditions.Has(providers.ComparesZone) {
			t.Error("it is remembered as one that cannot compare the zone")
		}
	})
	t.Run("never holds", func(t *testing.T) {
		s := serverWithWWW(t)
		s.neverHolds = []uint16{dns.TypeSOA}
		p := prepare(t, s, nil)
		for _, address := range []string{"192.0.2.2", "192.0.2.3"} {
			if err := apply(t, p, fetch(t, p), "www.example.com. 300 A", address); err != nil {
				t.Fatal(err)
			}
		}
		if got := fetch(t, p).Traits.Preconditions; got != providers.ComparesRRsets {
			t.Errorf("traits %b, want those of RRsets alone", got)
		}
		if last := s.updates[len(s.updates)-1]; withSOA(last) {
			t.Error("it was sent again, though it never holds")
		}
		base := fetch(t, p)
		s.write(t, mail.String())
		if err := apply(t, p, base, "www.example.com. 300 A", "192.0.2.4"); err != nil {
			t.Errorf("another RRset was changed: %v", err)
		}
		s.write(t, "www.example.com. 300 A 192.0.2.9")
		err := apply(t, p, base, "www.example.com. 300 A", "192.0.2.5")
		checkKind(t, err, providers.ErrConflict, "www.example.com. A")
		if strings.Contains(err.Error(), "mail") {
			t.Errorf("error %q names what was not compared", err)
		}
	})
	t.Run("not wanted", func(t *testing.T) {
		s := serverWithWWW(t)
		p := prepare(t, s, func(o *rfc2136.Options) { o.Profile.NoSOAPrerequisite = true })
		base := fetch(t, p)
		s.write(t, mail.String())
		if err := apply(t, p, base, "www.example.com. 300 A", "192.0.2.2"); err != nil {
			t.Error(err)
		}
		if withSOA(s.updates[0]) {
			t.Error("it was sent")
		}
	})
	t.Run("RRset prerequisite that never holds", func(t *testing.T) {
		s := serverWithWWW(t)
		s.neverHolds = []uint16{dns.TypeA}
		p := prepare(t, s, nil)
		if err := apply(t, p, fetch(t, p), "www.example.com. 300 A", "192.0.2.2"); err != nil {
			t.Errorf("%v, though the SOA says that nothing has changed", err)
		}
		base := fetch(t, p)
		s.write(t, mail.String())
		checkKind(t, apply(t, p, base, "www.example.com. 300 A", "192.0.2.3"), providers.ErrConflict, "mail.example.com. A")
	})
	t.Run("neither holds", func(t *testing.T) {
		s := serverWithWWW(t)
		s.neverHolds = []uint16{dns.TypeA, dns.TypeSOA}
		p := prepare(t, s, nil)
		checkKind(t, apply(t, p, fetch(t, p), "www.example.com. 300 A", "192.0.2.2"), providers.ErrConflict, "NXRRSET")
		if s.told() != 2 || !slices.Equal(served(t, s, www), []string{www.String()}) {
			t.Errorf("it was sent %d times, want 2, and nothing was to be written", s.told())
		}
	})
}

func TestSOAChange(t *testing.T) {
	timers := zonefile.MustParseRRset("example.com. 600 SOA", "ns1.invalid. hostmaster.invalid. 1 7200 600 604800 300")
	t.Run("serial above the live one", func(t *testing.T) {
		s := serverWithWWW(t)
		s.soa.Serial = 4_294_967_295
		p := prepare(t, s, nil)
		result, err := p.Apply(t.Context(), example, putting(fetch(t, p), timers))
		if err != nil {
			t.Fatal(err)
		}
		if s.soa.Refresh != 7200 || s.soa.Serial != 1 || result.Serial != 1 {
			t.Errorf("the zone has %v, the result serial %d; want refresh 7200, serial 1", s.soa, result.Serial)
		}
	})
	t.Run("the serial has risen since", func(t *testing.T) {
		s := serverWithWWW(t)
		p := prepare(t, s, nil)
		base := fetch(t, p)
		s.soa.Serial = 1000
		if _, err := p.Apply(t.Context(), example, putting(base, timers)); err != nil {
			t.Fatal(err)
		}
		if s.soa.Refresh != 7200 || s.soa.Serial != 1001 {
			t.Errorf("the zone has %v, want refresh 7200, serial 1001", s.soa)
		}
	})
	t.Run("the serial rises while it is sent", func(t *testing.T) {
		s := serverWithWWW(t)
		s.beforeUpdate = func(s *nameServer, m *dns.Msg) {
			if len(s.updates) == 1 {
				s.soa.Serial += 50
			}
		}
		p := prepare(t, s, nil)
		if _, err := p.Apply(t.Context(), example, putting(fetch(t, p), timers, mail)); err != nil {
			t.Fatal(err)
		}
		if s.soa.Refresh != 7200 || s.soa.Serial != 52 {
			t.Errorf("the zone has %v, want refresh 7200, serial 52", s.soa)
		}
	})
	t.Run("the timers have changed since", func(t *testing.T) {
		s := serverWithWWW(t)
		s.neverHolds = []uint16{dns.TypeSOA}
		p := prepare(t, s, nil)
		base := fetch(t, p)
		s.soa.Retry = 77
		_, err := p.Apply(t.Context(), example, putting(base, timers))
		checkKind(t, err, providers.ErrConflict, "3600 77 604800")
		if s.told() > 0 {
			t.Error("it was sent")
		}
	})
}
