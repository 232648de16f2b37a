package rfc2136_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/rfc2136"
	"github.com/zoneward/zoneward/zonefile"
)

// TestParts writes batches that need several messages.
func TestParts(t *testing.T) {
	var sets []zonefile.RRset
	for i := range 10 {
		sets = append(sets, zonefile.MustParseRRset(fmt.Sprintf("text%d.example.com. 300 TXT", i), `"`+strings.Repeat("x", 200)+`"`))
	}
	small := func(o *rfc2136.Options) { o.MaxMessage = 1000 }
	t.Run("all of it", func(t *testing.T) {
		s := serverWithWWW(t)
		p := prepare(t, s, small)
		result, err := p.Apply(t.Context(), example, putting(fetch(t, p), sets...))
		if err != nil {
			t.Fatal(err)
		}
		if len(result.Applied) != 10 || s.told() < 3 {
			t.Errorf("%d operations applied in %d messages, want 10 in some", len(result.Applied), s.told())
		}
		for i, m := range s.updates {
			has := slices.ContainsFunc(m.Answer, func(rr dns.RR) bool { return rr.Header().Rrtype == dns.TypeSOA })
			if has != (i == 0) {
				t.Errorf("message %d has the SOA as a prerequisite: %v", i, has)
			}
		}
	})
	t.Run("messages as large as they can be", func(t *testing.T) {
		var many []zonefile.RRset
		for i := range 1500 { // small ones, so that a message is filled to the last octets
			many = append(many, zonefile.MustParseRRset(fmt.Sprintf("%d.example.com. 300 A", i), "192.0.2.1"))
		}
		s := serverWithWWW(t)
		p := prepare(t, s, func(o *rfc2136.Options) { o.MaxMessage = 65535 })
		if _, err := p.Apply(t.Context(), example, putting(fetch(t, p), many...)); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("server that lags", func(t *testing.T) {
		s := serverWithWWW(t)
		s.neverHolds = []uint16{dns.TypeSOA}
		p := prepare(t, s, func(o *rfc2136.Options) { small(o); o.Settle = 10 * time.Second })
		base := fetch(t, p)
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
	t.Run("require atomic", func(t *testing.T) {
		s := serverWithWWW(t)
		p := prepare(t, s, func(o *rfc2136.Options) { small(o); o.RequireAtomic = true })
		_, err := p.Apply(t.Context(), example, putting(fetch(t, p), sets...))
		checkKind(t, err, providers.ErrUnsupported, "messages")
		if s.told() > 0 {
			t.Error("something was sent")
		}
		if _, err := p.Apply(t.Context(), example, putting(fetch(t, p), sets[0])); err != nil {
			t.Errorf("one message: %v", err)
		}
	})
	t.Run("one operation is too large", func(t *testing.T) {
		s := serverWithWWW(t)
		p := prepare(t, s, small)
		large := zonefile.MustParseRRset("large.example.com. 300 TXT", `"`+strings.Repeat("x", 250)+`" "`+strings.Repeat("y", 250)+`"`,
			`"`+strings.Repeat("z", 250)+`" "`+strings.Repeat("z", 250)+`"`)
		_, err := p.Apply(t.Context(), example, putting(fetch(t, p), append(sets, large)...))
		checkKind(t, err, providers.ErrInvalid, "large.example.com. TXT")
		if s.told() > 0 {
			t.Error("something was sent")
		}
	})
	t.Run("a later one is refused", func(t *testing.T) {
		s := serverWithWWW(t)
		s.refuse = func(rr dns.RR) int {
			if rr.Header().Name == "text7.example.com." {
				return dns.RcodeRefused
			}
			return 0
		}
		p := prepare(t, s, small)
		base := fetch(t, p)
		result, err := p.Apply(t.Context(), example, putting(base, sets...))
		checkKind(t, err, providers.ErrPartial, "message 3 of 4", "REFUSED")
		checkApplied(t, p, result, 6)
	})
	t.Run("somebody else writes in between", func(t *testing.T) {
		s := serverWithWWW(t)
		s.beforeUpdate = func(s *nameServer, _ *dns.Msg) {
			if len(s.updates) == 2 {
				s.records = append(s.records, rrs(t, `text8.example.com. 300 TXT "theirs"`)...)
				s.soa.Serial++
			}
		}
		p := prepare(t, s, small)
		result, err := p.Apply(t.Context(), example, putting(fetch(t, p), sets...))
		checkKind(t, err, providers.ErrPartial, "YXRRSET")
		checkApplied(t, p, result, 6)
	})
	t.Run("the connection breaks", func(t *testing.T) {
		s := serverWithWWW(t)
		s.afterUpdate = func(s *nameServer) bool { return len(s.updates) == 2 }
		p := prepare(t, s, small)
		result, err := p.Apply(t.Context(), example, putting(fetch(t, p), sets...))
		checkKind(t, err, providers.ErrPartial, "perhaps carried out")
		checkApplied(t, p, result, 6) // the second message was carried out
	})
}

// checkApplied checks that as many operations are said to be applied, and that they are served.
func checkApplied(t *testing.T, p *rfc2136.Provider, result providers.Result, want int) {
	t.Helper()
	if len(result.Applied) != want {
		t.Errorf("%d operations as applied, want %d", len(result.Applied), want)
	}
	now := fetch(t, p)
	for _, op := range result.Applied {
		if set, _ := now.Zone.Get(op.Change.Key()); set != *op.Change.New {
			t.Errorf("%s is said to be applied, and is %v", op.Change.Key(), set)
		}
	}
}
