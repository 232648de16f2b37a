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
