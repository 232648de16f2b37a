package rfc2136_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/providertest/dnsserver"
	"github.com/zoneward/zoneward/providers/rfc2136"
	"github.com/zoneward/zoneward/zonefile"
)

// errNoKind stands for an error that wraps none of the kinds.
var errNoKind = errors.New("none of the kinds")

var kinds = []error{
	providers.ErrNoZone, providers.ErrConflict, providers.ErrInvalid, providers.ErrUnsupported, providers.ErrAuth,
	providers.ErrBlocked, providers.ErrPartial,
}

// checkKind checks that err is of one kind, or none, and has each text.
func checkKind(t *testing.T, err, want error, texts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want %v", want)
	}
	var is []error
	for _, kind := range kinds {
		if errors.Is(err, kind) {
			is = append(is, kind)
		}
	}
	switch {
	case errors.Is(want, errNoKind):
		if len(is) > 0 {
			t.Errorf("the error is of the kinds %q, want none: %v", is, err)
		}
	case len(is) != 1 || !errors.Is(err, want):
		t.Errorf("the error is of the kinds %q, want %q: %v", is, want, err)
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("error %q, want it to have %q", err, text)
		}
	}
}

// optionsFor returns those for a fake.
func optionsFor(addr string) rfc2136.Options {
	key := dnsserver.TestKey()
	return rfc2136.Options{
		Server: addr, Timeout: 10 * time.Second, Settle: 50 * time.Millisecond,
		TSIG: rfc2136.TSIG{Name: key.Name, Secret: func() (string, error) { return key.Secret, nil }},
	}
}

// TestTransfers has what servers answer to AXFR, good and bad.
func TestTransfers(t *testing.T) {
	soa := fakeSOA
	other := strings.Replace(fakeSOA, " 1 3600", " 2 3600", 1)
	const ns, a, b = "example.com. 300 NS ns1.invalid.", "a.example.com. 300 A 192.0.2.1", "b.example.com. 300 A 192.0.2.2"
	// sends returns an answer of one message for each element, with the records in it.
	sends := func(messages ...[]string) func(*visit) {
		return func(v *visit) {
			for _, lines := range messages {
				v.send(v.reply(dns.RcodeSuccess, rrs(v.t, lines...)...))
			}
		}
	}
	type lines = []string
	for _, test := range []struct {
		name    string
		answer  func(*visit)
		records int   // in the zone if there is no error
		want    error // nil if there is none
		text    string
	}{
		{"one message", sends(lines{soa, ns, a, soa}), 3, nil, ""},
		{"one record a message", sends(lines{soa}, lines{ns}, lines{a}, lines{b}, lines{soa}), 4, nil, ""},
		{"first message has the SOA alone", sends(lines{soa}, lines{ns, a, soa}), 3, nil, ""},
		{"letter case", sends(lines{soa, "EXAMPLE.com. 300 NS NS1.invalid.", strings.Replace(soa, "ns1", "NS1", 1)}), 2, nil, ""},
		{"the same record twice", sends(lines{soa, ns, a, a, soa}), 3, nil, ""},
		{"question in no message", func(v *visit) {
			m := v.reply(dns.RcodeSuccess, rrs(v.t, soa, ns, soa)...)
			m.Question = nil
			v.send(m)
		}, 2, nil, ""},
		{"unsigned message in between", func(v *visit) {
			v.send(v.reply(dns.RcodeSuccess, rrs(v.t, soa, ns)...))
			signed := v.secret
			v.secret = ""
			v.send(v.reply(dns.RcodeSuccess, rrs(v.t, "evil.example.com. 300 A 192.0.2.66")...)) // was not signed by the server
			v.secret = signed
			v.send(v.reply(dns.RcodeSuccess, rrs(v.t, soa)...))
		}, 0, providers.ErrAuth, "signature"},

		{"cut off after the first message", sends(lines{soa, ns, a}), 0, errNoKind, "after 3 records"},
		{"cut off after the SOA", sends(lines{soa}), 0, errNoKind, "closed the connection"},
		{"nothing at all", sends(), 0, errNoKind, "closed the connection"},
		{"cut off within a message", func(v *visit) {
			v.send(v.reply(dns.RcodeSuccess, rrs(v.t, soa, ns)...))
			octets, err := v.pack(v.reply(dns.RcodeSuccess, rrs(v.t, a, soa)...))
			if err != nil {
				v.t.Error(err)
			}
			framed := append(binary.BigEndian.AppendUint16(nil, uint16(len(octets))), octets...)
			_, _ = v.conn.Write(framed[:len(framed)-10])
		}, 0, errNoKind, "closed the connection"},
		{"last SOA is another", sends(lines{soa, ns, a, other}), 0, errNoKind, "changed on the way"},
		{"SOA changes in the middle", sends(lines{soa, ns, a}, lines{other, b, other, soa}), 0, errNoKind, "changed on the way"},
		{"no first SOA", sends(lines{ns, a, soa}), 0, errNoKind, "does not begin with the SOA"},
		{"SOA of another zone", sends(lines{strings.Replace(soa, "example.com", "example.net", 1)}), 0, errNoKind, "does not begin with the SOA"},
		{"SOA below the apex", sends(lines{soa, ns, "sub." + soa, soa}), 0, errNoKind, "SOA below the apex"},
		{"records behind the last SOA", sends(lines{soa, ns, soa, a}), 0, errNoKind, "behind its last SOA"},
		{"record outside the zone", sends(lines{soa, ns, "www.example.net. 300 A 192.0.2.1", soa}), 0, errNoKind, "outside the zone"},
		{"record of another class", sends(lines{soa, ns, "a.example.com. 300 CH A 192.0.2.1", soa}), 0, errNoKind, "class"},
		{"empty message", sends(lines{soa, ns}, lines{}, lines{soa}), 0, errNoKind, "without records"},
		{"no records", sends(lines{}), 0, errNoKind, "without records"},
		{"data that is not of its type", func(v *visit) {
			bad := &dns.RFC3597{Hdr: dns.RR_Header{Name: "a.example.com.", Rrtype: dns.TypeA, Class: dns.ClassINET}, Rdata: "c00002"}
			all := slices.Insert(rrs(v.t, soa, ns, soa), 2, dns.RR(bad))
			v.send(v.reply(dns.RcodeSuccess, all...))
		}, 0, errNoKind, "a.example.com. A"},
		{"marked as truncated", func(v *visit) {
			m := v.reply(dns.RcodeSuccess, rrs(v.t, soa, ns, soa)...)
			m.Truncated = true
			v.send(m)
		}, 0, errNoKind, "truncated"},
		{"answer to another request", func(v *visit) {
			m := v.reply(dns.RcodeSuccess, rrs(v.t, soa, ns, soa)...)
			m.Id++
			v.send(m)
		}, 0, errNoKind, "another request"},
		{"answer to another question", func(v *visit) {
			m := v.reply(dns.RcodeSuccess, rrs(v.t, soa, ns, soa)...)
			m.Question[0].Name = "example.net."
			v.send(m)
		}, 0, errNoKind, "another request"},
		{"not an answer", func(v *visit) {
			m := v.reply(dns.RcodeSuccess, rrs(v.t, soa, ns, soa)...)
			m.Response = false
			v.send(m)
		}, 0, errNoKind, "another request"},
		{"not a message", func(v *visit) { v.write([]byte("HTTP/1.1 400 Bad Request")) }, 0, errNoKind, "malformed"},

		{"not signed", func(v *visit) { v.secret = ""; sends(lines{soa, ns, soa})(v) }, 0, providers.ErrAuth, "not signed"},
		{"signed with another secret", func(v *visit) { v.secret = "AAAA"; sends(lines{soa, ns, soa})(v) }, 0, providers.ErrAuth, "secret"},
		{"last message not signed", func(v *visit) {
			v.send(v.reply(dns.RcodeSuccess, rrs(v.t, soa, ns)...))
			v.secret = ""
			v.send(v.reply(dns.RcodeSuccess, rrs(v.t, a, soa)...))
		}, 0, providers.ErrAuth, "not signed"},
		{"second message for another transfer", func(v *visit) {
			v.send(v.reply(dns.RcodeSuccess, rrs(v.t, soa, ns)...))
			v.mac = strings.Repeat("00", 32)
			v.send(v.reply(dns.RcodeSuccess, rrs(v.t, a, soa)...))
		}, 0, providers.ErrAuth, "signature"},
		{"SERVFAIL", func(v *visit) { v.send(v.reply(dns.RcodeServerFailure)) }, 0, errNoKind, "SERVFAIL"},
		{"SERVFAIL on the way", func(v *visit) {
			v.send(v.reply(dns.RcodeSuccess, rrs(v.t, soa, ns)...))
			v.send(v.reply(dns.RcodeServerFailure))
		}, 0, errNoKind, "after 2 records: SERVFAIL"},
		{"NOTIMP", func(v *visit) { v.send(v.reply(dns.RcodeNotImplemented)) }, 0, providers.ErrUnsupported, "no transfers"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := open(t, optionsFor(serve(t, test.answer)))
			s, err := p.Fetch(t.Context(), example)
			if test.want != nil {
				if s != nil {
					t.Error("a snapshot beside the error")
				}
				checkKind(t, err, test.want, test.text, "example.com.")
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := s.Zone.Records(); got != test.records {
				t.Errorf("%d records, want %d", got, test.records)
			}
		})
	}
}

// TestRefusedTransfers has the ways in which servers refuse one, which say too little: what the SOA query says is added.
func TestRefusedTransfers(t *testing.T) {
	has := func(v *visit) { v.send(v.reply(dns.RcodeSuccess, rrs(v.t, fakeSOA)...)) }
	code := func(rcode int) func(*visit) { return func(v *visit) { v.send(v.reply(rcode)) } }
	tsig := func(err uint16, other string) func(*visit) {
		return func(v *visit) {
			m := v.reply(dns.RcodeNotAuth)
			m.Extra = []dns.RR{&dns.TSIG{
				Hdr:       dns.RR_Header{Name: "zoneward-test.", Rrtype: dns.TypeTSIG, Class: dns.ClassANY},
				Algorithm: dns.HmacSHA256, TimeSigned: uint64(time.Now().Unix()), Fudge: 300, OrigId: m.Id, Error: err,
				OtherLen: uint16(len(other) / 2), OtherData: other,
			}}
			octets, packErr := m.Pack()
			if packErr != nil {
				v.t.Error(packErr)
			}
			v.write(octets)
		}
	}
	for _, test := range []struct {
		name      string
		axfr, soa func(*visit)
		want      error
		texts     []string
	}{
		{"REFUSED, zone is there", code(dns.RcodeRefused), has, providers.ErrAuth, []string{"REFUSED", "allow-transfer", "key zoneward-test."}},
		{"NOTAUTH, zone is there", code(dns.RcodeNotAuth), has, providers.ErrAuth, []string{"NOTAUTH", "allow-transfer"}},
		{"REFUSED, zone is not there", code(dns.RcodeRefused), code(dns.RcodeRefused), providers.ErrNoZone, []string{"REFUSED"}},
		{"NOTAUTH, zone is not there", code(dns.RcodeNotAuth), code(dns.RcodeNameError), providers.ErrNoZone, []string{"NOTAUTH", "NXDOMAIN"}},
		{"NOTAUTH, answer from elsewhere", code(dns.RcodeNotAuth), func(v *visit) {
			m := v.reply(dns.RcodeSuccess, rrs(v.t, fakeSOA)...)
			m.Authoritative = false
			v.send(m)
		}, providers.ErrNoZone, []string{"not authoritative"}},
		{"NOTAUTH, answer for the zone above", code(dns.RcodeNotAuth), func(v *visit) {
			v.send(v.reply(dns.RcodeSuccess, rrs(v.t, strings.TrimPrefix(fakeSOA, "example."))...))
		}, providers.ErrNoZone, []string{"no SOA"}},
		{"REFUSED, SOA query fails", code(dns.RcodeRefused), func(*visit) {}, errNoKind, []string{"REFUSED", "closed the connection"}},
		{"unknown key", tsig(dns.RcodeBadKey, ""), has, providers.ErrAuth, []string{"BADKEY", "name and algorithm"}},
		{"wrong secret", tsig(dns.RcodeBadSig, ""), has, providers.ErrAuth, []string{"BADSIG", "secret"}},
		{"wrong clock", tsig(dns.RcodeBadTime, "0000386d4380"), has, providers.ErrAuth, []string{"BADTIME", "clock", "2000-01-01T00:00:00Z"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := open(t, optionsFor(serve(t, func(v *visit) {
				if v.is(dns.TypeSOA) {
					test.soa(v)
					return
				}
				test.axfr(v)
			})))
			_, err := p.Fetch(t.Context(), example)
			checkKind(t, err, test.want, test.texts...)
		})
	}
}

func TestServerThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	addr := serve(t, (*visit).hang)
	t.Run("cancel", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(20*time.Millisecond, cancel)
		if _, err := open(t, optionsFor(addr)).Fetch(ctx, example); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want context.Canceled", err)
		}
	})
	t.Run("timeout", func(t *testing.T) {
		opts := optionsFor(addr)
		opts.Timeout = 20 * time.Millisecond
		_, err := open(t, opts).Fetch(t.Context(), example)
		checkKind(t, err, errNoKind, "timeout")
	})
	t.Run("cancel after a part", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		addr := serve(t, func(v *visit) {
			v.send(v.reply(dns.RcodeSuccess, rrs(v.t, fakeSOA)...))
			cancel()
			v.hang()
		})
		if _, err := open(t, optionsFor(addr)).Fetch(ctx, example); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want context.Canceled", err)
		}
	})
	t.Run("a record now and then", func(t *testing.T) {
		t.Parallel() // with other tests: it takes its time
		addr := serve(t, func(v *visit) {
			gone := make(chan bool)
			go func() { v.hang(); close(gone) }()
			v.send(v.reply(dns.RcodeSuccess, rrs(v.t, fakeSOA)...))
			for tick := time.Tick(5 * time.Millisecond); ; {
				select {
				case <-tick:
					v.send(v.reply(dns.RcodeSuccess, rrs(v.t, www.String())...))
				case <-gone:
					return
				}
			}
		})
		opts := optionsFor(addr)
		opts.Timeout = 200 * time.Millisecond
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		_, err := open(t, opts).Fetch(ctx, example)
		checkKind(t, err, errNoKind, "after", "records", "has taken longer than 4s", "timeout")
		if errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v says that the caller's time is up", err)
		}
	})
	t.Run("nobody there", func(t *testing.T) {
		_, err := open(t, optionsFor("127.0.0.1:1")).Fetch(t.Context(), example)
		checkKind(t, err, errNoKind, "127.0.0.1:1")
	})
}

func TestForeign(t *testing.T) {
	const dnskey = "example.com. 300 DNSKEY 257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ=="
	const cds = "example.com. 300 CDS 12345 13 2 0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF"
	all := []string{
		"example.com. 300 NS ns1.invalid.", "a.example.com. 300 A 192.0.2.1", cds, `a.example.com. 300 TYPE65401 \# 1 00`,
		"a.example.com. 300 NSEC b.example.com. A RRSIG NSEC", `example.com. 300 TYPE65534 \# 5 0d30390001`,
	}
	key := func(name, typ string) zonefile.Key {
		return zonefile.Key{Name: zonefile.MustParseName(name), Type: zonefile.MustParseType(typ)}
	}
	for _, test := range []struct {
		name    string
		records []string
		foreign []zonefile.Key
	}{
		{"unsigned", all, []zonefile.Key{key("example.com.", "TYPE65534"), key("a.example.com.", "NSEC"), key("a.example.com.", "ALIAS")}},
		{"signed", append(all, dnskey), []zonefile.Key{
			key("example.com.", "DNSKEY"), key("example.com.", "CDS"), key("example.com.", "TYPE65534"),
			key("a.example.com.", "NSEC"), key("a.example.com.", "ALIAS"),
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			addr := serve(t, func(v *visit) {
				v.send(v.reply(dns.RcodeSuccess, rrs(v.t, slices.Concat([]string{fakeSOA}, test.records, []string{fakeSOA})...)...))
			})
			s := fetch(t, open(t, optionsFor(addr)))
			var got []zonefile.Key
			for set := range s.Foreign.All() {
				got = append(got, set.Key)
			}
			if !slices.Equal(got, test.foreign) {
				t.Errorf("foreign is %v, want %v", got, test.foreign)
			}
			if want := 1 + len(test.records) - len(test.foreign); s.Zone.Len() != want {
				t.Errorf("the zone has %d RRsets, want %d", s.Zone.Len(), want)
			}
		})
	}
}

func TestTransferServer(t *testing.T) {
	transfers := serve(t, func(v *visit) { v.send(v.reply(dns.RcodeSuccess, rrs(v.t, fakeSOA, fakeSOA)...)) })
	updates := serve(t, func(v *visit) { v.t.Error("the server for updates was asked for a transfer") })
	opts := optionsFor(updates)
	opts.TransferServer = transfers
	fetch(t, open(t, opts))
	t.Run("its own key", func(t *testing.T) {
		opts.TransferTSIG = rfc2136.TSIG{Name: "other", Secret: func() (string, error) { return "AAAA", nil }}
		_, err := open(t, opts).Fetch(t.Context(), example)
		checkKind(t, err, providers.ErrAuth, "another key")
	})
}

func TestSecret(t *testing.T) {
	opts := optionsFor("127.0.0.1:1")
	opts.TSIG.Secret = func() (string, error) { return "", fmt.Errorf("no such file") }
	_, err := open(t, opts).Fetch(t.Context(), example)
	checkKind(t, err, providers.ErrAuth, "no such file", "zoneward-test.")
}

func TestNew(t *testing.T) {
	for _, test := range []struct {
		name string
		opts rfc2136.Options
		ok   bool
	}{
		{"port", rfc2136.Options{Server: "ns.example.com:5353"}, true},
		{"name alone", rfc2136.Options{Server: "ns.example.com"}, true},
		{"IPv6 alone", rfc2136.Options{Server: "2001:db8::1"}, true},
		{"IPv6 in brackets", rfc2136.Options{Server: "[2001:db8::1]"}, true},
		{"IPv6 with half a bracket", rfc2136.Options{Server: "[2001:db8::1"}, false},
		{"IPv4 in brackets", rfc2136.Options{Server: "[192.0.2.1]"}, false},
		{"IPv6 with a port", rfc2136.Options{Server: "[2001:db8::1]:53"}, true},
		{"nothing", rfc2136.Options{}, false},
		{"URL", rfc2136.Options{Server: "dns://ns.example.com"}, false},
		{"port without a host", rfc2136.Options{Server: ":53"}, false},
		{"bad transfer server", rfc2136.Options{Server: "ns.example.com", TransferServer: ":"}, false},
		{"messages too large", rfc2136.Options{Server: "ns.example.com", MaxMessage: 65536}, false},
		{"messages too small", rfc2136.Options{Server: "ns.example.com", MaxMessage: 100}, false},
		{"key without a secret", rfc2136.Options{Server: "ns.example.com", TSIG: rfc2136.TSIG{Name: "key"}}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := rfc2136.New(test.opts); (err == nil) != test.ok {
				t.Errorf("got %v, want ok: %v", err, test.ok)
			}
		})
	}
}

func TestNormalize(t *testing.T) {
	opts := optionsFor("127.0.0.1:1")
	opts.MaxTTL = 86400
	p := open(t, opts)
	large := make([]string, 300)
	for i := range large {
		large[i] = fmt.Sprintf(`"%03d%s"`, i, strings.Repeat("x", 240))
	}
	for _, test := range []struct {
		name string
		set  zonefile.RRset
		ttl  zonefile.TTL // 0 if it is unsupported
	}{
		{"plain", zonefile.MustParseRRset("www.example.com. 300 A", "192.0.2.1"), 300},
		{"large TTL", zonefile.MustParseRRset("www.example.com. 86401 A", "192.0.2.1"), 86400},
		{"two CNAMEs", zonefile.MustParseRRset("www.example.com. 300 CNAME", "a.invalid.", "b.invalid."), 0},
		{"DNSKEY", zonefile.MustParseRRset("example.com. 300 DNSKEY", "257 3 13 AAAA"), 0},
		{"CDS", zonefile.MustParseRRset("example.com. 300 CDS", "0 0 0 00"), 300},
		{"ALIAS", zonefile.MustParseRRset("example.com. 300 ALIAS", "other.invalid."), 0},
		{"more than a message", zonefile.MustParseRRset("www.example.com. 300 TXT", large...), 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := p.Normalize(test.set)
			if test.ttl == 0 {
				checkKind(t, err, providers.ErrUnsupported, test.set.Key.String())
				return
			}
			if err != nil || got != test.set.WithTTL(test.ttl) {
				t.Errorf("got %v, %v; want the same with TTL %d", got, err, test.ttl)
			}
		})
	}
	if _, err := p.Zones(t.Context()); !errors.Is(err, providers.ErrUnsupported) {
		t.Errorf("Zones: %v, want ErrUnsupported", err)
	}
}
