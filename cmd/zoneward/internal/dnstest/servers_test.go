package dnstest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/dnsquery"
	"github.com/zoneward/zoneward/providers/providertest/dnsserver"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// serversAt returns the servers of zones, all at the same addresses.
func serversAt(t *testing.T, timeout time.Duration, origins []string, addrs ...string) *Servers {
	t.Helper()
	var refs []reconcile.Ref
	for _, origin := range origins {
		refs = append(refs, reconcile.Ref{Zone: zonefile.MustParseName(origin), Target: "live"})
	}
	opts := dnsquery.Options{Timeout: timeout}
	for _, addr := range addrs {
		server, err := dnsquery.ParseServer(addr)
		if err != nil {
			t.Fatal(err)
		}
		opts.Servers = append(opts.Servers, server)
	}
	return NewServers(refs, map[string]*dnsquery.Verifier{"live": dnsquery.New(opts)})
}

// TestRealServers runs the same tests against zones in memory and against each server that has them: what comes of them is the same.
func TestRealServers(t *testing.T) {
	texts := map[string]string{"example.com": exampleCom, "example.org": exampleOrg, "mail.example": mailZone}
	long := "\nlong TXT " + strings.Repeat(`"`+strings.Repeat("x", 250)+`" `, 8) + "\n"
	texts["example.com"] += long
	var zones []dnsserver.Zone
	var inMemory []Zone
	for origin, text := range texts {
		zones = append(zones, dnsserver.Zone{Origin: origin, Text: text})
		inMemory = append(inMemory, parseZone(t, origin, "live", text))
	}
	suite := suiteOf(t,
		"www.example.com AAAA 2001:db8::1",
		"{query: www.example.com A, answer: [192.0.2.1, 192.0.2.2], ttl: 60}",
		"www.example.com A 192.0.2.3",
		"gone.example.com A NXDOMAIN",
		"www.example.com MX NODATA",
		"b.ent.example.com A NODATA",
		"x.wild.example.com TXT any",
		"example.com SOA ns1.example.com hostmaster.example.com 0 3600 600 604800 200",
		"shop.example.com CNAME www.example.com",
		"shop.example.com AAAA 2001:db8::1",
		"x.d.example.com CNAME x.www.example.com",
		"{query: x.d.example.com A, follow: x.www.example.com, answer: NXDOMAIN}",
		"{query: store.example.com AAAA, follow: [shop.example.com, www.example.com], answer: 2001:db8::1}",
		"{query: across.example.com A, follow: true, answer: 192.0.2.80}",
		"{query: dangling.example.com A, follow: true, answer: NXDOMAIN}",
		"{query: outside.example.com A, follow: true, answer: 192.0.2.80}",
		"{query: loop1.example.com A, follow: true, answer: 192.0.2.80}",
		"www.example.net A 192.0.2.1",
		"x.sub.example.com A 192.0.2.1",
		"{query: long.example.com TXT, ttl: 300}", // which does not fit into a datagram
		"{delegation: sub.example.com, ns: [ns1.sub.example.com, ns.example.net], ds: 12345 13 2 0000000000000000000000000000000000000000000000000000000000000001}",
		"{delegation: sub.example.com, ns: [ns1.sub.example.com, ns.example.net], glue: {ns1.sub.example.com: [192.0.2.54, 2001:db8::54]}, ds: none}",
		"{delegation: www.example.com, ns: ns.example.net}",
		"{caa: www.example.com, issue: [ca.example.net, other.example]}",
		"{caa: www.example.org, issue: ca.example.net}",
		"{mail: mail.example, mx: [10 mail.mail.example, 20 mail2.mail.example], spf: -all, dkim: [k1, k2, k3, gone], dmarc: quarantine, mta_sts: true, tls_rpt: true}",
		"{mail: quiet.mail.example, mx: 0 ., spf: -all, dmarc: none}",
	)
	want := suite.Run(t.Context(), NewZones(inMemory...))
	if n := Count(want, Failed); n == 0 || Count(want, Passed) < 20 || Count(want, Undecided) == 0 {
		t.Fatalf("not all kinds of results are there: %+v", want)
	}
	for _, server := range []struct {
		name string
		open func(t *testing.T) *dnsserver.Server
	}{
		{"bind", func(t *testing.T) *dnsserver.Server { return dnsserver.BIND(t, zones...) }},
		{"knot", func(t *testing.T) *dnsserver.Server { return dnsserver.Knot(t, zones...) }},
		{"powerdns", func(t *testing.T) *dnsserver.Server {
			s := dnsserver.PowerDNS(t, dnsserver.PowerDNSOptions{})
			for _, zone := range zones {
				s.CreateZone(t, "Native", zone)
			}
			return s.Server
		}},
	} {
		t.Run(server.name, func(t *testing.T) {
			t.Parallel()
			at := server.open(t).Addr
			got := suite.Run(t.Context(), serversAt(t, 0, []string{"example.com.", "example.org.", "mail.example."}, at))
			for i := range got {
				got[i].Got = strings.TrimPrefix(got[i].Got, at+": ")
				switch {
				case server.name == "powerdns" && strings.HasPrefix(got[i].Query, "x.d."): // it does nothing with a DNAME unless it is told to
					got[i] = want[i]
				case strings.HasSuffix(got[i].Query, " SOA"), // the serial is the server's business,
					strings.HasPrefix(got[i].Query, "loop"): // and of a circle some say SERVFAIL alone
					got[i].Got = want[i].Got
				}
			}
			if d := cmp.Diff(got, want); d != "" {
				t.Errorf("%s says something else (- server, + zones)\n%s", server.name, d)
			}
		})
	}
}

// TestServersOfAChild asks who serves the zone above a delegation and the one below.
func TestServersOfAChild(t *testing.T) {
	server := dnsserver.BIND(t, dnsserver.Zone{Origin: "example.com", Text: exampleCom},
		dnsserver.Zone{Origin: "sub.example.com", Text: "@ 60 SOA ns1 x 1 3600 600 604800 60\n@ 60 NS ns1\nns1 60 A 192.0.2.54\nwww 60 A 192.0.2.7\n"})
	suite := suiteOf(t, "{delegation: sub.example.com, ns: [ns1.sub.example.com, ns.example.net]}", "www.sub.example.com A 192.0.2.7")
	both := suite.Run(t.Context(), serversAt(t, 0, []string{"example.com.", "sub.example.com."}, server.Addr))
	if got := []string{line(both[0]), line(both[1])}; !strings.Contains(got[0], "undecided") || !strings.Contains(got[0], "does not say what is delegated") || got[1] != "passed 192.0.2.7 (TTL 60)" {
		t.Errorf("got %q", got)
	}
}

// TestSeveralServers has one server that is right, one that has something else, and one that does not answer.
func TestSeveralServers(t *testing.T) {
	zone := func(address string) dnsserver.Zone {
		return dnsserver.Zone{Origin: "example.com", Text: "@ 60 SOA ns1 x 1 3600 600 604800 60\n@ 60 NS ns1\nns1 60 A 192.0.2.54\nwww 60 A " + address + "\n"}
	}
	right, wrong := dnsserver.BIND(t, zone("192.0.2.1")), dnsserver.BIND(t, zone("192.0.2.2"))
	mute, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer mute.Close()
	suite := suiteOf(t, "www.example.com A 192.0.2.1", "ns1.example.com A 192.0.2.54")
	servers := serversAt(t, 100*time.Millisecond, []string{"example.com."}, right.Addr, wrong.Addr, mute.LocalAddr().String())
	silent := mute.LocalAddr().String() + ": no answer within 200ms"
	got := []string{}
	for _, r := range suite.Run(t.Context(), servers) {
		got = append(got, line(r))
	}
	if d := cmp.Diff(got, []string{"failed " + wrong.Addr + ": 192.0.2.2 (TTL 60); " + silent, "failed " + silent}); d != "" {
		t.Errorf("(-got +want)\n%s", d)
	}
	// Who was silent is not waited for again and again.
	for _, r := range suite.Run(t.Context(), servers) {
		if !strings.Contains(r.Got, mute.LocalAddr().String()+": it did not answer ") {
			t.Errorf("again: %s", r.Got)
		}
	}
}

// answering is a View that answers everything in one way.
type answering struct {
	server  string
	finding dnsquery.Finding
	err     error
}

func (a answering) Ref() reconcile.Ref {
	return reconcile.Ref{Zone: zonefile.MustParseName("example.com."), Target: "live"}
}
func (a answering) Server() string                  { return a.server }
func (a answering) Zone(zonefile.Key) zonefile.Name { return a.Ref().Zone }
func (a answering) Look(context.Context, zonefile.Name, zonefile.Key) (dnsquery.Finding, error) {
	return a.finding, a.err
}

type several []answering

func (s several) Views(context.Context, zonefile.Key) []View {
	var views []View
	for _, a := range s {
		views = append(views, a)
	}
	return views
}

// TestVerdicts has what is made of what several servers say.
func TestVerdicts(t *testing.T) {
	good := answering{server: "good", finding: dnsquery.Finding{Set: zonefile.MustParseRRset("www.example.com. 60 A", "192.0.2.1")}}
	bad := answering{server: "bad", finding: dnsquery.Finding{NXDOMAIN: true}}
	unsure := answering{server: "unsure", err: &UndecidedError{"nobody knows"}}
	broken := answering{server: "broken", err: errors.New("SERVFAIL")}
	late := answering{server: "late", err: fmt.Errorf("ask: %w", context.DeadlineExceeded)}
	for _, test := range []struct {
		servers several
		want    string
	}{
		{several{good, good}, "passed 192.0.2.1 (TTL 60)"},
		{several{good, bad}, "failed bad: NXDOMAIN"},
		{several{good, unsure}, "undecided unsure: nobody knows"},
		{several{unsure, bad, good, broken}, "failed bad: NXDOMAIN; broken: SERVFAIL"},
		{several{late}, "failed late: there was no time left for an answer"},
	} {
		if got := line(suiteOf(t, "www.example.com A 192.0.2.1").Run(t.Context(), test.servers)[0]); got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if got := line(suiteOf(t, "www.example.com A 192.0.2.1").Run(ended, several{good})[0]); got != "failed there was no time left for an answer" {
		t.Errorf("without time: %s", got)
	}
}

// TestAwait waits for a server to come to what was applied.
func TestAwait(t *testing.T) {
	server := dnsserver.BIND(t, dnsserver.Zone{Origin: "example.com"})
	suite := suiteOf(t, "www.example.com A 192.0.2.1")
	servers := serversAt(t, 0, []string{"example.com."}, server.Addr)
	if got := suite.Await(t.Context(), servers, 0); len(got) != 1 || got[0].Status != Failed {
		t.Errorf("before: %+v", got)
	}
	done := make(chan []Result)
	go func() { done <- suite.Await(t.Context(), servers, time.Minute) }()
	select {
	case got := <-done:
		t.Fatalf("it did not wait: %+v", got)
	case <-time.After(firstPause):
	}
	server.Update(t, "update add www.example.com. 60 A 192.0.2.1\n")
	if got := <-done; got[0].Status != Passed {
		t.Errorf("after: %+v", got)
	}
}

// TestNoServer has a zone whose name servers cannot be found.
func TestNoServer(t *testing.T) {
	closed, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := closed.LocalAddr().String()
	closed.Close()
	resolver, err := dnsquery.ParseServer(addr)
	if err != nil {
		t.Fatal(err)
	}
	at, _ := resolver.Address()
	servers := NewServers([]reconcile.Ref{{Zone: zonefile.MustParseName("example.com."), Target: "live"}},
		map[string]*dnsquery.Verifier{"live": dnsquery.New(dnsquery.Options{Resolver: at, Timeout: 100 * time.Millisecond})})
	got := suiteOf(t, "www.example.com A 192.0.2.1").Run(t.Context(), servers)
	if len(got) != 1 || got[0].Status != Failed || !strings.Contains(got[0].Got, "name servers of example.com.") {
		t.Errorf("got %+v", got)
	}
}
