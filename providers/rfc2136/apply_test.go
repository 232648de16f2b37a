package rfc2136_test

import (
	"context"
	"errors"
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

var (
	www    = zonefile.MustParseRRset("www.example.com. 300 A", "192.0.2.1")
	newWWW = zonefile.MustParseRRset("www.example.com. 300 A", "192.0.2.2")
	mail   = zonefile.MustParseRRset("mail.example.com. 300 A", "192.0.2.3")
)

// prepare starts a fake that has www, and returns a provider for it with settings that a test wants.
func prepare(t *testing.T, s *nameServer, set func(*rfc2136.Options)) *rfc2136.Provider {
	t.Helper()
	opts := s.start(t)
	opts.Settle = 50 * time.Millisecond
	if set != nil {
		set(&opts)
	}
	return open(t, opts)
}

func serverWithWWW(t *testing.T) *nameServer { return newNameServer(t, www.String()) }

// served returns what the fake has of an RRset.
func served(t *testing.T, s *nameServer, set zonefile.RRset) []string {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	var texts []string
	for _, rr := range s.at(set.Key.Name.String(), uint16(set.Key.Type)) {
		texts = append(texts, strings.ReplaceAll(rr.String(), "\t", " "))
	}
	slices.Sort(texts)
	return texts
}

// TestUpdateCodes has what servers answer to an update, and to the questions that follow a refusal.
func TestUpdateCodes(t *testing.T) {
	for _, test := range []struct {
		name     string
		code     int
		mayProbe bool // updates without updates are taken
		has      bool // the server answers for the zone
		want     error
		texts    []string
	}{
		{"REFUSED, and may not update", dns.RcodeRefused, false, true, providers.ErrAuth, []string{"REFUSED", "allow-update", "key zoneward-test."}},
		{"REFUSED, and may update", dns.RcodeRefused, true, true, providers.ErrInvalid, []string{"REFUSED", "update-policy"}},
		{"NOTAUTH, and has the zone", dns.RcodeNotAuth, false, true, providers.ErrAuth, []string{"NOTAUTH", "primary"}},
		{"NOTAUTH, and has not", dns.RcodeNotAuth, false, false, providers.ErrNoZone, []string{"NOTAUTH"}},
		{"NOTZONE", dns.RcodeNotZone, true, true, providers.ErrInvalid, []string{"NOTZONE"}},
		{"FORMERR", dns.RcodeFormatError, true, true, providers.ErrInvalid, []string{"FORMERR"}},
		{"NOTIMP", dns.RcodeNotImplemented, false, true, providers.ErrUnsupported, []string{"no updates"}},
		{"SERVFAIL", dns.RcodeServerFailure, true, true, errNoKind, []string{"SERVFAIL"}},
		{"RCODE12", 12, true, true, errNoKind, []string{"RCODE12"}},
		{"NXRRSET", dns.RcodeNXRrset, true, true, providers.ErrConflict, []string{"NXRRSET"}},
		{"YXRRSET", dns.RcodeYXRrset, true, true, providers.ErrConflict, []string{"YXRRSET"}},
		{"YXDOMAIN", dns.RcodeYXDomain, true, true, providers.ErrConflict, []string{"YXDOMAIN"}},
		{"NXDOMAIN", dns.RcodeNameError, true, true, providers.ErrConflict, []string{"NXDOMAIN"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			base := fetch(t, prepare(t, serverWithWWW(t), nil))
			zone := serverWithWWW(t)
			addr := serve(t, func(v *visit) {
				switch {
				case v.request.Opcode == dns.OpcodeUpdate && (len(v.request.Ns) > 0 || !test.mayProbe):
					v.send(v.reply(test.code))
				case v.is(dns.TypeSOA) && !test.has:
					v.send(v.reply(dns.RcodeRefused))
				default:
					zone.answer(v)
				}
			})
			p := open(t, optionsFor(addr))
			result, err := p.Apply(t.Context(), example, putting(base, newWWW))
			checkKind(t, err, test.want, append(test.texts, "example.com.", addr)...)
			if len(result.Applied) > 0 {
				t.Errorf("%v as applied, want nothing", result.Applied)
			}
		})
	}
}

func TestTooManyRecords(t *testing.T) {
	s := serverWithWWW(t)
	s.refuse = func(dns.RR) int { return dns.RcodeServerFailure }
	p := prepare(t, s, nil)
	err := apply(t, p, fetch(t, p), "many.example.com. 300 A", addresses(101)...)
	checkKind(t, err, providers.ErrInvalid, "SERVFAIL", "max-records-per-type", "many.example.com. A has 101 records")
}

// TestNotApplied has servers that answer NOERROR and have not done what they were told.
func TestNotApplied(t *testing.T) {
	names := func(names ...string) func(dns.RR) bool {
		return func(rr dns.RR) bool { return slices.Contains(names, rr.Header().Name) }
	}
	for _, test := range []struct {
		name    string
		ignore  func(dns.RR) bool
		after   func(*nameServer) bool
		want    error
		applied int
		texts   []string
	}{
		{"nothing", names("www.example.com.", "mail.example.com."), nil, providers.ErrInvalid, 0, []string{"www.example.com. A", "mail.example.com. A"}},
		{"one of two", names("mail.example.com."), nil, providers.ErrPartial, 1, []string{"mail.example.com. A"}},
		{"deleted and not added again", func(rr dns.RR) bool {
			return rr.Header().Name == "www.example.com." && rr.Header().Class == dns.ClassINET
		}, nil, providers.ErrPartial, 1, []string{"www.example.com. A"}},
		{"another TTL", nil, func(s *nameServer) bool {
			for _, rr := range s.at("www.example.com.", dns.TypeA) {
				rr.Header().Ttl = 60
			}
			return false
		}, providers.ErrPartial, 1, []string{"www.example.com. A (its TTL is 60 and not 300"}},
		{"somebody else wrote after us", nil, func(s *nameServer) bool {
			s.at("www.example.com.", dns.TypeA)[0].(*dns.A).A[3] = 99
			return false
		}, providers.ErrConflict, 1, []string{"www.example.com. A", "right after"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := serverWithWWW(t)
			s.ignore, s.afterUpdate = test.ignore, test.after
			p := prepare(t, s, nil)
			result, err := p.Apply(t.Context(), example, putting(fetch(t, p), newWWW, mail))
			checkKind(t, err, test.want, test.texts...)
			if len(result.Applied) != test.applied {
				t.Errorf("%d operations as applied, want %d", len(result.Applied), test.applied)
			}
		})
	}
}

// TestNoAnswer has updates of which nobody knows what became.
func TestNoAnswer(t *testing.T) {
	t.Run("connection closed after the update", func(t *testing.T) {
		s := serverWithWWW(t)
		s.afterUpdate = func(*nameServer) bool { return true }
		p := prepare(t, s, nil)
		checkKind(t, apply(t, p, fetch(t, p), "www.example.com. 300 A", "192.0.2.2"), errNoKind, "perhaps carried out")
		if got := served(t, s, www); !slices.Equal(got, []string{"www.example.com. 300 IN A 192.0.2.2"}) {
			t.Errorf("the fake has %v: it was to carry out the update", got)
		}
	})
	t.Run("answer is not signed", func(t *testing.T) {
		s := serverWithWWW(t)
		addr := serve(t, func(v *visit) {
			if v.request.Opcode == dns.OpcodeUpdate {
				v.secret = ""
			}
			s.answer(v)
		})
		p := open(t, optionsFor(addr))
		checkKind(t, apply(t, p, fetch(t, p), "www.example.com. 300 A", "192.0.2.2"), errNoKind, "perhaps carried out", "not signed")
	})
	t.Run("cancel", func(t *testing.T) {
		s := serverWithWWW(t)
		ctx, cancel := context.WithCancel(t.Context())
		addr := serve(t, func(v *visit) {
			if v.request.Opcode == dns.OpcodeUpdate {
				cancel()
				v.hang()
				return
			}
			s.answer(v)
		})
		p := open(t, optionsFor(addr))
		_, err := p.Apply(ctx, example, putting(fetch(t, p), newWWW))
		checkKind(t, err, errNoKind, "perhaps carried out")
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want context.Canceled", err)
		}
	})
	t.Run("nobody there", func(t *testing.T) {
		base := fetch(t, prepare(t, serverWithWWW(t), nil))
		err := apply(t, open(t, optionsFor("127.0.0.1:1")), base, "www.example.com. 300 A", "192.0.2.2")
		checkKind(t, err, errNoKind, "127.0.0.1:1")
		if strings.Contains(err.Error(), "perhaps") {
			t.Errorf("error %q, and nothing was sent", err)
		}
	})
	t.Run("no transfer afterwards", func(t *testing.T) {
		s := serverWithWWW(t)
		wrote := false
		addr := serve(t, func(v *visit) {
			if v.is(dns.TypeAXFR) && wrote {
				v.send(v.reply(dns.RcodeRefused))
				return
			}
			wrote = v.request.Opcode == dns.OpcodeUpdate
			s.answer(v)
		})
		p := open(t, optionsFor(addr))
		checkKind(t, apply(t, p, fetch(t, p), "www.example.com. 300 A", "192.0.2.2"), errNoKind, "acknowledged", "REFUSED")
	})
}

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

// TestCanceled ends the context after an update was acknowledged.
func TestCanceled(t *testing.T) {
	sets := []zonefile.RRset{newWWW}
	for i := range 10 {
		sets = append(sets, zonefile.MustParseRRset(fmt.Sprintf("text%d.example.com. 300 TXT", i), `"`+strings.Repeat("x", 200)+`"`))
	}
	for _, test := range []struct {
		name string
		sets []zonefile.RRset
		want error
	}{
		{"while it is read back", sets[:1], errNoKind},
		{"while the second message is sent", sets, providers.ErrPartial},
	} {
		t.Run(test.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			zone := serverWithWWW(t)
			base := fetch(t, prepare(t, zone, nil))
			opts := optionsFor(serve(t, func(v *visit) {
				if zone.told() == 1 {
					cancel()
					v.hang()
					return
				}
				zone.answer(v)
			}))
			opts.MaxMessage = 1000
			_, err := open(t, opts).Apply(ctx, example, putting(base, test.sets...))
			checkKind(t, err, test.want)
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%v does not wrap the error of the context", err)
			}
		})
	}
}

// TestLag has servers that serve an update some time after they have acknowledged it.
func TestLag(t *testing.T) {
	t.Run("waited for", func(t *testing.T) {
		s := serverWithWWW(t)
		s.neverHolds = []uint16{dns.TypeSOA}
		p := prepare(t, s, func(o *rfc2136.Options) { o.Settle = 10 * time.Second })
		base := fetch(t, p)
		s.afterUpdate = func(s *nameServer) bool { s.lag = 3; return false }
		if err := apply(t, p, base, "www.example.com. 300 A", "192.0.2.2"); err != nil {
			t.Fatal(err)
		}
		if set, _ := fetch(t, p).Zone.Get(www.Key); set != newWWW {
			t.Errorf("after Apply the zone has %v", set)
		}
	})
	t.Run("not for ever", func(t *testing.T) {
		s := serverWithWWW(t)
		s.neverHolds = []uint16{dns.TypeSOA}
		p := prepare(t, s, nil)
		base := fetch(t, p)
		s.afterUpdate = func(s *nameServer) bool { s.lag = 1_000_000; return false }
		checkKind(t, apply(t, p, base, "www.example.com. 300 A", "192.0.2.2"), errNoKind, "serves nothing of it after 50ms")
	})
}

// TestAliasAgain has what Knot does in a zone that it signs: where a message deletes data, it adds no CNAME.
func TestAliasAgain(t *testing.T) {
	s := serverWithWWW(t)
	deleted := false
	s.beforeUpdate = func(*nameServer, *dns.Msg) { deleted = false }
	s.ignore = func(rr dns.RR) bool {
		deleted = deleted || rr.Header().Class == dns.ClassANY
		return deleted && rr.Header().Rrtype == dns.TypeCNAME
	}
	p := prepare(t, s, nil)
	alias := zonefile.MustParseRRset("www.example.com. 300 CNAME", "other.invalid.")
	batch := providers.NewBatch(fetch(t, p), []zonefile.Change{{Old: &www}, {New: &alias}, {New: &mail}})
	result, err := p.Apply(t.Context(), example, batch)
	if err != nil {
		t.Fatal(err)
	}
	checkApplied(t, p, providers.Result{Applied: result.Applied[1:]}, 2)
	if len(result.Applied) != 3 || s.told() != 2 {
		t.Errorf("%d operations in %d messages, want 3 in 2", len(result.Applied), s.told())
	}
}

func TestRefusedBeforehand(t *testing.T) {
	soa := zonefile.MustParseRRset("example.com. 300 SOA", "ns1.invalid. hostmaster.invalid. 1 3600 600 604800 300")
	ns := zonefile.MustParseRRset("example.com. 300 NS", "ns1.invalid.")
	alias := zonefile.MustParseRRset("www.example.com. 300 CNAME", "other.invalid.")
	dnskey := zonefile.MustParseRRset("example.com. 300 DNSKEY", "257 3 13 AAAA")
	outside := www.WithName(zonefile.MustParseName("www.example.net."))
	belowApex := zonefile.MustParseRRset("www.example.com. 300 SOA", "ns1.invalid. hostmaster.invalid. 1 3600 600 604800 300")
	op := func(verb providers.Verb, old, set *zonefile.RRset) providers.Op {
		return providers.Op{Verb: verb, Change: zonefile.Change{Old: old, New: set}}
	}
	for _, test := range []struct {
		name string
		op   providers.Op
		want error
	}{
		{"disable", op(providers.Disable, &www, nil), providers.ErrUnsupported},
		{"enable", op(providers.Enable, nil, &mail), providers.ErrUnsupported},
		{"purge", op(providers.Purge, &www, nil), providers.ErrUnsupported},
		{"disable the SOA", op(providers.Disable, &soa, nil), providers.ErrInvalid},
		{"disable the apex NS", op(providers.Disable, &ns, nil), providers.ErrInvalid},
		{"delete the SOA", op(providers.Delete, &soa, nil), providers.ErrInvalid},
		{"delete the apex NS", op(providers.Delete, &ns, nil), providers.ErrInvalid},
		{"DNSKEY", op(providers.Put, nil, &dnskey), providers.ErrUnsupported},
		{"outside the zone", op(providers.Put, nil, &outside), providers.ErrInvalid},
		{"SOA below the apex", op(providers.Put, nil, &belowApex), providers.ErrInvalid},
		{"CNAME beside A", op(providers.Put, nil, &alias), providers.ErrInvalid},
		{"put of nothing", op(providers.Put, &www, nil), providers.ErrInvalid},
		{"delete of nothing", op(providers.Delete, nil, &www), providers.ErrInvalid},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := serverWithWWW(t)
			p := prepare(t, s, nil)
			base := fetch(t, p)
			ops := append(putting(base, mail).Ops, test.op)
			if test.op.Verb == providers.Enable {
				ops = ops[1:]
			}
			_, err := p.Apply(t.Context(), example, providers.Batch{Base: base, Ops: ops})
			checkKind(t, err, test.want, test.op.Change.Key().String())
			if s.told() > 0 {
				t.Error("something was sent")
			}
		})
	}
	t.Run("foreign in this zone", func(t *testing.T) {
		s := serverWithWWW(t)
		p := prepare(t, s, nil)
		base := fetch(t, p)
		cds := zonefile.MustParseRRset("example.com. 300 CDS", "0 0 0 00")
		if err := base.Foreign.Put(cds); err != nil {
			t.Fatal(err)
		}
		_, err := p.Apply(t.Context(), example, putting(base, cds))
		checkKind(t, err, providers.ErrUnsupported, "example.com. CDS")
	})
	t.Run("empty batch", func(t *testing.T) {
		s := serverWithWWW(t)
		p := prepare(t, s, nil)
		base := fetch(t, p)
		if _, err := p.Apply(t.Context(), example, providers.Batch{Base: base}); err != nil {
			t.Error(err)
		}
		if len(s.updates) > 0 {
			t.Error("something was sent")
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := p.Apply(ctx, example, providers.Batch{Base: base}); !errors.Is(err, context.Canceled) {
			t.Errorf("after a cancel: %v", err)
		}
	})
}
