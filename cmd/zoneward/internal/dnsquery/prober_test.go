package dnsquery

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

const (
	exampleNS  = "example.com. 300 IN NS ns1.example.net."
	exampleKey = "example.com. 3600 IN DNSKEY 257 3 13 GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA=="
	otherKey   = "example.com. 3600 IN DNSKEY 257 3 13 xKYaNhWdGOfJ+nPrL8/arkwf2EY3MDJ+SErKivBVSum1w/egsXvSADtNJhyem5RCOpgQ6K8X1DRSEkrbYQ+OBw=="
)

// ns1 is the name server that most tests ask.
var ns1 = zonefile.MustParseName("ns1.example.net.")

// keyOf makes a key of "NAME TYPE".
func keyOf(text string) zonefile.Key {
	f := strings.Fields(text)
	return zonefile.Key{Name: zonefile.MustParseName(f[0]), Type: zonefile.MustParseType(f[1])}
}

// probed is what a test compares of a probe.
type probed struct {
	Server, Address string
	Serial          uint32
	Sets            []string
	Err             string
}

// probe asks servers for example.com.
func probe(t *testing.T, opts ProberOptions, servers []zonefile.Name, keys ...string) []probed {
	t.Helper()
	var asked []zonefile.Key
	for _, key := range keys {
		asked = append(asked, keyOf(key))
	}
	probes, err := NewProber(opts).Probe(t.Context(), exampleRef.Zone, servers, nil, asked)
	if err != nil {
		t.Fatal(err)
	}
	var got []probed
	for _, p := range probes {
		one := probed{Server: p.Server.String(), Address: p.Address, Serial: p.Serial}
		for key, set := range p.Sets {
			if set.Key != key || !slices.Contains(asked, key) {
				t.Errorf("%s: has %s", key, set)
			}
			one.Sets = append(one.Sets, strings.Split(set.String(), "\n")...)
		}
		slices.Sort(one.Sets)
		if p.Err != nil {
			one.Err = p.Err.Error()
			if p.Sets != nil {
				t.Errorf("beside an error: %v", p.Sets)
			}
		}
		got = append(got, one)
	}
	return got
}

// editor changes the answers of another.
type editor struct {
	t    *testing.T
	good answerer
}

// edit changes all answers.
func (e editor) edit(change func(m *dns.Msg, network string)) answerer {
	return func(query *dns.Msg, network string) []byte {
		m := new(dns.Msg)
		if err := m.Unpack(e.good(query, network)); err != nil {
			e.t.Error(err)
		}
		change(m, network)
		return pack(e.t, m)
	}
}

// at changes the answers for one type.
func (e editor) at(typ uint16, change func(m *dns.Msg, network string)) answerer {
	return e.edit(func(m *dns.Msg, network string) {
		if m.Question[0].Qtype == typ {
			change(m, network)
		}
	})
}

// rcode answers with a code for one type, and nothing else.
func (e editor) rcode(typ uint16, code int) answerer {
	return e.at(typ, func(m *dns.Msg, _ string) { m.Rcode, m.Answer, m.Ns = code, nil, nil })
}

func TestProbe(t *testing.T) {
	good := zoneAnswers(t, "example.com.", exampleSOA, exampleNS, exampleKey, exampleWWW, "alias.example.com. 300 IN CNAME www.example.com.")
	e := editor{t, good}
	const soa, dnskey, www = "example.com. SOA", "example.com. DNSKEY", "www.example.com. A"
	refer := func(owner string) func(m *dns.Msg, network string) {
		return func(m *dns.Msg, _ string) {
			m.Authoritative, m.Rcode, m.Answer, m.Ns = false, dns.RcodeSuccess, nil, []dns.RR{rr(t, owner+" 300 IN NS ns.example.org.")}
			m.Extra = []dns.RR{rr(t, "ns.b.example.com. 60 IN A 192.0.2.7")}
		}
	}
	truncate := func(networks ...string) func(m *dns.Msg, network string) {
		return func(m *dns.Msg, network string) {
			if slices.Contains(networks, network) {
				m.Truncated, m.Answer = true, nil
			}
		}
	}
	for _, test := range []struct {
		name   string
		answer answerer
		keys   []string
		sets   []string
		err    string
	}{
		{"all that is there", good, []string{soa, dnskey, www}, []string{exampleSOA, exampleKey, exampleWWW}, ""},
		{"the SOA alone", good, nil, nil, ""},
		{"nothing of a type, nothing of a name", good, []string{"www.example.com. AAAA", "new.example.com. A"}, nil, ""},
		{"a CNAME, which is not followed", good, []string{"alias.example.com. A", "alias.example.com. CNAME"}, []string{"alias.example.com. 300 IN CNAME www.example.com."}, ""},
		{"different TTLs", e.at(dns.TypeA, func(m *dns.Msg, _ string) {
			m.Answer = append(m.Answer, rr(t, "www.example.com. 7200 IN A 192.0.2.2"), rr(t, "www.example.com. 60 IN A 192.0.2.3"))
		}), []string{www}, []string{"www.example.com. 7200 IN A 192.0.2.1", "www.example.com. 7200 IN A 192.0.2.2", "www.example.com. 7200 IN A 192.0.2.3"}, ""},
		{
			"a zone cut below", e.at(dns.TypeNS, refer("b.example.com.")),
			[]string{"b.example.com. NS"},
			[]string{"b.example.com. 300 IN NS ns.example.org."},
			"",
		},
		{"glue", e.at(dns.TypeA, refer("b.example.com.")), []string{"ns.b.example.com. A", "other.b.example.com. A"}, []string{"ns.b.example.com. 60 IN A 192.0.2.7"}, ""},
		{"truncated over UDP", e.edit(truncate(overUDP)), []string{dnskey}, []string{exampleKey}, ""},
		{"truncated over TCP", e.at(dns.TypeDNSKEY, truncate(overUDP, overTCP)), []string{soa, dnskey}, nil, "example.com. DNSKEY: the answer is truncated"},
		{"truncated, and no TCP", func(query *dns.Msg, network string) []byte {
			if network == overTCP {
				return nil
			}
			return e.edit(truncate(overUDP))(query, network)
		}, nil, nil, "example.com. SOA: over TCP: the server closed the connection"},

		{"no such zone", zoneAnswers(t, "com."), nil, nil, "example.com. SOA: the answer is NXDOMAIN"},
		{"a zone above", zoneAnswers(t, "com.", "com. 300 IN SOA ns.invalid. hostmaster.invalid. 1 2 3 4 5", exampleNS), nil, nil, "example.com. SOA: the server has none, and answers from its zone com."},
		{"no SOA", e.rcode(dns.TypeSOA, dns.RcodeSuccess), nil, nil, "example.com. SOA: the server has none"},
		{"a CNAME at the apex", zoneAnswers(t, "com.", "example.com. 300 IN CNAME www.example.net."), nil, nil, "example.com. SOA: the server has none"},
		{"two SOA", e.at(dns.TypeSOA, func(m *dns.Msg, _ string) {
			m.Answer = append(m.Answer, rr(t, strings.Replace(exampleSOA, " 7 ", " 8 ", 1)))
		}), nil, nil, "example.com. SOA: the server has more than one"},
		{"an SOA that is none", e.at(dns.TypeSOA, func(m *dns.Msg, _ string) {
			m.Answer = []dns.RR{&dns.RFC3597{Hdr: *m.Answer[0].Header(), Rdata: "0000"}}
		}), nil, nil, "example.com. SOA: RRset example.com. SOA: data ends too early"},
		{"refuses", e.rcode(dns.TypeSOA, dns.RcodeRefused), nil, nil, "example.com. SOA: the answer is REFUSED"},
		{"fails", e.rcode(dns.TypeSOA, dns.RcodeServerFailure), nil, nil, "example.com. SOA: the answer is SERVFAIL"},
		{"lame: refers upward", e.edit(refer(".")), nil, nil, "example.com. SOA: the answer is not authoritative: it refers to the servers of ."},
		{"the parent's server", e.edit(refer("example.com.")), nil, nil, "example.com. SOA: the answer is not authoritative: it refers to the servers of example.com."},
		{"a resolver", e.edit(func(m *dns.Msg, _ string) { m.Authoritative, m.Ns = false, []dns.RR{rr(t, exampleNS)} }), nil, nil, "example.com. SOA: the answer is not authoritative"},
		{"a resolver that knows of no such name", e.edit(func(m *dns.Msg, _ string) { m.Authoritative, m.Rcode = false, dns.RcodeNameError }), nil, nil, "example.com. SOA: the answer is not authoritative"},

		{"refuses to give the key", e.rcode(dns.TypeDNSKEY, dns.RcodeRefused), []string{dnskey}, nil, "example.com. DNSKEY: the answer is REFUSED"},
		{"fails to give the key", e.rcode(dns.TypeDNSKEY, dns.RcodeServerFailure), []string{soa, dnskey}, nil, "example.com. DNSKEY: the answer is SERVFAIL"},
		{"has the key from elsewhere", e.at(dns.TypeDNSKEY, func(m *dns.Msg, _ string) { m.Authoritative = false }), []string{dnskey}, nil, "example.com. DNSKEY: the answer is not authoritative"},
		{"refers to others for the key", e.at(dns.TypeDNSKEY, refer("example.com.")), []string{dnskey}, nil, "example.com. DNSKEY: the answer is not authoritative: it refers to the servers of example.com."},
		{"data that is none of the type", e.at(dns.TypeA, func(m *dns.Msg, _ string) {
			m.Answer = []dns.RR{&dns.RFC3597{Hdr: *m.Answer[0].Header(), Rdata: "c00002"}}
		}), []string{www}, nil, "www.example.com. A: RRset www.example.com. A: data ends too early"},

		{"answers another question", e.at(dns.TypeDNSKEY, func(m *dns.Msg, _ string) { m.Question[0].Qtype = dns.TypeTXT }), []string{dnskey}, nil, "example.com. DNSKEY: an answer to another question"},
		{"answers for another name", e.at(dns.TypeDNSKEY, func(m *dns.Msg, _ string) { m.Question[0].Name = "example.org." }), []string{dnskey}, nil, "example.com. DNSKEY: an answer to another question"},
		{"no message", func(query *dns.Msg, network string) []byte {
			return append(good(query, network)[:8], 0xff, 0xff, 0xff, 0xff)
		}, nil, nil, "example.com. SOA: malformed message: in the question"},
		{"answers with other numbers", func(query *dns.Msg, network string) []byte {
			octets := good(query, network)
			octets[0]++
			return octets
		}, nil, nil, "example.com. SOA: no answer within 120ms"},
		{"silent", func(*dns.Msg, string) []byte { return []byte{} }, []string{dnskey}, nil, "example.com. SOA: no answer within 120ms"},
		{"silent after the SOA", func(query *dns.Msg, network string) []byte {
			if query.Question[0].Qtype == dns.TypeDNSKEY {
				return []byte{}
			}
			return good(query, network)
		}, []string{soa, dnskey, www}, nil, "example.com. DNSKEY: no answer within 120ms"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var soas atomic.Int64
			f := serve(t, func(query *dns.Msg, network string) []byte {
				q, opt := query.Question[0], query.IsEdns0()
				if q.Qtype == dns.TypeSOA && network == overUDP {
					soas.Add(1)
				}
				if do := q.Qtype == dns.TypeDNSKEY; query.RecursionDesired || opt == nil || opt.UDPSize() != 1232 || opt.Do() != do {
					t.Errorf("asked: %v", query)
				}
				return test.answer(query, network)
			})
			want := probed{Server: "ns1.example.net.", Address: f.addr.String(), Serial: 7, Sets: test.sets, Err: test.err}
			if test.err != "" {
				want.Serial = 0
			}
			opts := ProberOptions{Servers: map[zonefile.Name][]Server{ns1: {f.server}}}
			if strings.Contains(test.err, "no answer") {
				opts.Timeout = 60 * time.Millisecond
			}
			got := probe(t, opts, []zonefile.Name{ns1}, test.keys...)
			if diff := cmp.Diff([]probed{want}, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if n := soas.Load(); test.err == "" && n != 1 {
				t.Errorf("asked for the SOA %d times", n)
			}
		})
	}
}

// TestProbeServers has servers that differ, one with an address of each family, one without any, and one that is not there.
func TestProbeServers(t *testing.T) {
	if err := noWay(netip.MustParseAddrPort("[::1]:53")); err != nil {
		t.Skipf("this machine has no IPv6: %v", err)
	}
	one := serve(t, zoneAnswers(t, "example.com.", exampleSOA, exampleKey))
	six := serveAt(t, "::1", zoneAnswers(t, "example.com.", strings.Replace(exampleSOA, " 7 ", " 8 ", 1), exampleKey, otherKey))
	none := serve(t, zoneAnswers(t, "example.com.", exampleSOA))
	unsigned, gone, unknown := zonefile.MustParseName("unsigned.example.net."), zonefile.MustParseName("gone.example.net."), zonefile.MustParseName("unknown.example.net.")
	tcp, udp := listen(t, "127.0.0.1")
	closed := tcp.Addr().String()
	tcp.Close()
	udp.Close()
	nobody := serve(t, func(query *dns.Msg, _ string) []byte {
		return pack(t, new(dns.Msg).SetRcode(query, dns.RcodeNameError))
	})
	opts := ProberOptions{Resolver: nobody.addr, Servers: map[zonefile.Name][]Server{
		ns1: {one.server, six.server}, unsigned: {none.server}, gone: {serverAt(t, closed)},
	}}
	got := probe(t, opts, []zonefile.Name{unsigned, gone, ns1, unknown}, "example.com. DNSKEY")
	want := []probed{
		{Server: "unsigned.example.net.", Address: none.addr.String(), Serial: 7},
		{Server: "gone.example.net.", Address: closed, Err: "example.com. SOA: connection refused"},
		{Server: "ns1.example.net.", Address: one.addr.String(), Serial: 7, Sets: []string{exampleKey}},
		{Server: "ns1.example.net.", Address: six.addr.String(), Serial: 8, Sets: []string{exampleKey, otherKey}},
		{Server: "unknown.example.net.", Err: "look up its address: no such host"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if probes, err := NewProber(opts).Probe(t.Context(), exampleRef.Zone, nil, nil, nil); len(probes) != 0 || err != nil {
		t.Errorf("without servers: %v, %v", probes, err)
	}
}

// TestLocate looks where the addresses of servers come from.
func TestLocate(t *testing.T) {
	resolver := serve(t, zoneAnswers(t, "example.com.", exampleSOA, "ns1.example.com. 300 IN A 203.0.113.1", "ns.sub.example.com. 300 IN A 203.0.113.2",
		"ns.example.net. 300 IN A 203.0.113.3", "ns2.example.com. 300 IN A 203.0.113.4"))
	zone, err := zonefile.ZoneOf(exampleRef.Zone,
		zonefile.MustParseRRset("example.com. 300 A", "192.0.2.1"),
		zonefile.MustParseRRset("ns1.example.com. 300 A", "192.0.2.3", "192.0.2.2"),
		zonefile.MustParseRRset("ns1.example.com. 300 AAAA", "::ffff:192.0.2.6"),
		zonefile.MustParseRRset("sub.example.com. 300 NS", "ns.sub.example.com.", "ns.glue.example.com."),
		zonefile.MustParseRRset("glue.sub.example.com. 300 A", "192.0.2.4"),
		zonefile.MustParseRRset("six.example.com. 300 A", "192.0.2.5"),
		zonefile.MustParseRRset("six.example.com. 300 AAAA", "fe80::1"), // of a link that is not named: nothing can be sent there
		zonefile.MustParseRRset("txt.example.com. 300 TXT", "x"),
	)
	if err != nil {
		t.Fatal(err)
	}
	here := zonefile.MustParseName("here.example.com.")
	p := NewProber(ProberOptions{Resolver: resolver.addr, Servers: map[zonefile.Name][]Server{here: {serverAt(t, "127.0.0.1:5301"), serverAt(t, "127.0.0.1:5302")}}})
	for _, test := range []struct {
		name string
		zone *zonefile.Zone
		want []string
	}{
		{"here.example.com.", zone, []string{"127.0.0.1:5301", "127.0.0.1:5302"}},
		{"example.com.", zone, []string{"192.0.2.1:53"}},
		{"ns1.example.com.", zone, []string{"192.0.2.2:53", "192.0.2.3:53", "192.0.2.6:53"}},
		{"ns1.example.com.", nil, []string{"203.0.113.1:53"}},
		{"ns2.example.com.", zone, []string{"the zone has no address of it"}},
		{"txt.example.com.", zone, []string{"the zone has no address of it"}},
		{"glue.sub.example.com.", zone, []string{"192.0.2.4:53"}},
		{"ns.sub.example.com.", zone, []string{"203.0.113.2:53"}},
		{"six.example.com.", zone, []string{"192.0.2.5:53"}},
		{"ns.example.net.", zone, []string{"203.0.113.3:53"}},
		{"ns2.example.net.", zone, []string{"look up its address: no such host"}},
	} {
		located := p.locate(t.Context(), []zonefile.Name{zonefile.MustParseName(test.name)}, test.zone)
		var got []string
		for _, target := range located[0] {
			if target.err != nil {
				got = append(got, target.err.Error())
				continue
			}
			got = append(got, target.addr.String())
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", test.name, diff)
		}
	}
	probes, err := p.Probe(t.Context(), exampleRef.Zone, []zonefile.Name{zonefile.MustParseName("txt.example.com.")}, zone, nil)
	if err != nil || len(probes) != 1 || probes[0].Address != "" || !errors.Is(probes[0].Err, errNoAddress) {
		t.Errorf("without an address: %+v, %v", probes, err)
	}
}

// TestAnswerFromElsewhere has somebody else answer in the place of a server, who knows the question.
func TestAnswerFromElsewhere(t *testing.T) {
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	forger, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	answer := zoneAnswers(t, "example.com.", exampleSOA)
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, dns.MaxMsgSize)
		for {
			n, from, err := udp.ReadFrom(buf)
			if err != nil {
				return
			}
			query := new(dns.Msg)
			if err := query.Unpack(buf[:n]); err != nil {
				t.Errorf("asked: %v", err)
			}
			_, _ = forger.WriteTo(answer(query, overUDP), from)
		}
	}()
	defer func() {
		udp.Close()
		forger.Close()
		<-done
	}()
	addr := udp.LocalAddr().String()
	opts := ProberOptions{Servers: map[zonefile.Name][]Server{ns1: {serverAt(t, addr)}}, Timeout: 50 * time.Millisecond}
	want := []probed{{Server: "ns1.example.net.", Address: addr, Err: "example.com. SOA: no answer within 100ms"}}
	if diff := cmp.Diff(want, probe(t, opts, []zonefile.Name{ns1})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestProbeSlowServer has a server that answers each question in time, and all of them too late.
func TestProbeSlowServer(t *testing.T) {
	good := zoneAnswers(t, "example.com.", exampleSOA)
	f := serve(t, func(query *dns.Msg, network string) []byte {
		time.Sleep(20 * time.Millisecond) // one after the other: a second for all
		return good(query, network)
	})
	opts := ProberOptions{Servers: map[zonefile.Name][]Server{ns1: {f.server}}, Timeout: 150 * time.Millisecond}
	got := probe(t, opts, []zonefile.Name{ns1}, slices.Repeat([]string{"example.com. DNSKEY"}, DefaultRRsets)...)
	if err := got[0].Err; !strings.HasPrefix(err, "too slow: it has answered for ") || !strings.HasSuffix(err, " of 50 RRsets within 600ms") || strings.Contains(err, " 0 of") {
		t.Errorf("got %+v", got)
	}
}

func TestProbeCancelled(t *testing.T) {
	f := serve(t, func(*dns.Msg, string) []byte { return nil })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	p := NewProber(ProberOptions{Servers: map[zonefile.Name][]Server{ns1: {f.server}}, Parents: []Server{f.server}, Timeout: time.Minute})
	probes, err := p.Probe(ctx, exampleRef.Zone, []zonefile.Name{ns1}, nil, nil)
	if !errors.Is(err, context.DeadlineExceeded) || probes != nil || err.Error() != "probe the name servers of example.com.: context deadline exceeded" {
		t.Errorf("got %+v, %v", probes, err)
	}
	view, err := p.Parent(ctx, exampleRef.Zone)
	if !errors.Is(err, context.DeadlineExceeded) || view != (reconcile.ParentView{}) {
		t.Errorf("got %+v, %v", view, err)
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("took %s", took)
	}
}

// TestEach has as many at a time as may be.
func TestEach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var running, done atomic.Int64
		each(2*parallelServers+1, func(int) {
			if n := running.Add(1); n > parallelServers {
				t.Errorf("%d at a time", n)
			}
			time.Sleep(time.Second)
			running.Add(-1)
			done.Add(1)
		})
		if took := time.Since(start); took != 3*time.Second || done.Load() != 2*parallelServers+1 {
			t.Errorf("%d took %s", done.Load(), took)
		}
	})
}
