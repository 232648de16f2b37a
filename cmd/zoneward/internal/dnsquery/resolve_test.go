package dnsquery

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"github.com/zoneward/zoneward/reconcile"
)

// TestNameServersFromResolver finds the servers of a zone through a resolver, and asks at port 53 of their addresses.
func TestNameServersFromResolver(t *testing.T) {
	f := serve(t, func(query *dns.Msg, network string) []byte {
		if !query.RecursionDesired {
			t.Errorf("asked without recursion: %v", query.Question)
		}
		m := fromRecords(query, "example.com.", []dns.RR{
			rr(t, exampleSOA), rr(t, "example.com. 300 IN NS NS2.example.net."), rr(t, "example.com. 300 IN NS ns1.example.net."),
			rr(t, "ns1.example.net. 300 IN A 192.0.2.1"), rr(t, "ns1.example.net. 300 IN A 192.0.2.2"), rr(t, "ns1.example.net. 300 IN AAAA ::ffff:192.0.2.9"),
		})
		m.Authoritative = false
		if network == overUDP && query.Question[0].Qtype == dns.TypeNS {
			m.Answer, m.Truncated = nil, true
		}
		return pack(t, m)
	})
	r := resolver{f.addr, time.Second}
	names, err := r.nameServers(t.Context(), exampleRef.Zone)
	if err != nil {
		t.Fatal(err)
	}
	var servers []Server
	for _, name := range names {
		servers = append(servers, serverNamed(name))
	}
	targets, notes := r.targets(t.Context(), servers)
	var got []string
	for _, target := range targets {
		text := target.label
		if target.err != nil {
			text += ": error"
		}
		got = append(got, text)
	}
	want := []string{"ns1.example.net. (192.0.2.1:53)", "ns1.example.net. (192.0.2.2:53)", "ns1.example.net. (192.0.2.9:53)", "ns2.example.net.: error"}
	if diff := cmp.Diff(want, got); diff != "" || notes != nil {
		t.Errorf("%s (-want +got)\n%s", notes, diff)
	}
}

func TestNameServersFromResolverErrors(t *testing.T) {
	for _, test := range []struct {
		name, want string
		answer     answerer
	}{
		{"fails", "SERVFAIL", func(query *dns.Msg, _ string) []byte {
			return pack(t, new(dns.Msg).SetRcode(query, dns.RcodeServerFailure))
		}},
		{"no zone", "it has no NS", func(query *dns.Msg, _ string) []byte {
			return pack(t, new(dns.Msg).SetRcode(query, dns.RcodeNameError))
		}},
		{"null NS", "it has no NS", zoneAnswers(t, "example.com.", "example.com. 300 IN NS .")},
		{"silent", "no answer within 40ms", func(*dns.Msg, string) []byte { return nil }},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := serve(t, test.answer)
			_, err := New(Options{Resolver: f.addr, Timeout: 20 * time.Millisecond}).Verify(t.Context(), reconcile.Expectation{Ref: exampleRef})
			want := "verify example.com. on pdns: find its name servers: resolver " + f.addr.String() + ": " + test.want
			if err == nil || err.Error() != want {
				t.Errorf("got %v, want %s", err, want)
			}
		})
	}
}

// TestTargets has servers that are named twice, one that nobody knows, and addresses that nothing can be sent to: they are of a link that is not named.
func TestTargets(t *testing.T) {
	f := serve(t, zoneAnswers(t, "example.com.", exampleSOA, "ns1.example.com. 300 IN A 127.0.0.1",
		"two.example.com. 300 IN A 127.0.0.1", "two.example.com. 300 IN AAAA fe80::1", "one.example.com. 300 IN AAAA fe80::1"))
	port := f.addr.Port()
	r := resolver{f.addr, time.Second}
	servers := []Server{f.server, {host: "ns1.example.com.", port: port}, f.server, {host: "unknown.example.com.", port: port}}
	targets, _ := r.targets(t.Context(), servers)
	if len(targets) != 2 || targets[0].label != f.addr.String() || targets[1].label != "unknown.example.com." || targets[1].err == nil {
		t.Errorf("got %+v", targets)
	}
	if targets[0].host != "" || targets[1].host != "unknown.example.com." {
		t.Errorf("the hosts of %+v", targets)
	}
	targets, _ = r.targets(t.Context(), servers[1:2])
	if len(targets) != 1 || targets[0].host != "ns1.example.com." || targets[0].label != "ns1.example.com. ("+f.addr.String()+")" || targets[0].addr != f.addr {
		t.Errorf("got %+v", targets)
	}
	targets, notes := r.targets(t.Context(), []Server{{host: "two.example.com.", port: port}})
	if len(targets) != 1 || targets[0].addr != f.addr || len(notes) != 1 || !strings.HasPrefix(notes[0], "two.example.com. ([fe80::1]:") {
		t.Errorf("got %+v, %s", targets, notes)
	}
	targets, notes = r.targets(t.Context(), []Server{{host: "one.example.com.", port: port}})
	if len(targets) != 1 || targets[0].err == nil || notes != nil {
		t.Errorf("got %+v, %s", targets, notes)
	}
	result := verify(t, reconcile.Expectation{Within: time.Hour}, Options{Servers: servers[3:], Resolver: f.addr})
	if result.OK() || len(result.Servers) != 1 || result.Servers[0].Host != "unknown.example.com." || !strings.Contains(result.Servers[0].Err.Error(), "no such host") {
		t.Errorf("got %+v", result)
	}
}

// TestNoWay has an address that nothing can be sent to, on any machine.
func TestNoWay(t *testing.T) {
	if err := noWay(netip.MustParseAddrPort("127.0.0.1:53")); err != nil {
		t.Errorf("loopback: %v", err)
	}
	if err := noWay(netip.MustParseAddrPort("[fe80::1%nowhere]:53")); err == nil {
		t.Error("there is a way to an interface that does not exist")
	}
}
