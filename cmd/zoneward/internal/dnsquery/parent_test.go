package dnsquery

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"github.com/zoneward/zoneward/zonefile"
)

const (
	parentSOA = "com. 900 IN SOA ns.invalid. hostmaster.invalid. 1 3600 600 604800 600"
	exampleDS = "example.com. 86400 IN DS 55648 13 2 b4c8c1fe2e7477127b27115656ad6256f424625bf5c1e2770ce6d6e37df61d17"
	otherDS   = "example.com. 90000 IN DS 60485 5 1 2bb183af5f22588179a53b0a98631fad1a292118"
)

// parentAnswers answers as a server of a parent zone does: with a referral, but for the DS.
func parentAnswers(t testing.TB, lines ...string) answerer {
	t.Helper()
	var all []dns.RR
	for _, line := range lines {
		all = append(all, rr(t, line))
	}
	return func(query *dns.Msg, _ string) []byte {
		m := fromRecords(query, "com.", all)
		if query.Question[0].Qtype == dns.TypeNS && len(m.Answer) > 0 {
			m.Authoritative, m.Answer, m.Ns = false, nil, m.Answer
		}
		return pack(t, m)
	}
}

// parentSaid is what a test compares of what the parent zone has.
type parentSaid struct {
	NS, DS      string
	NegativeTTL zonefile.TTL
	Err         string
}

// askParent asks for the delegation of example.com.
func askParent(t *testing.T, opts ProberOptions) parentSaid {
	t.Helper()
	view, err := NewProber(opts).Parent(t.Context(), exampleRef.Zone)
	said := parentSaid{NS: view.NS.String(), DS: view.DS.String(), NegativeTTL: view.NegativeTTL}
	if err != nil {
		said.Err = strings.TrimPrefix(err.Error(), "ask for the delegation of example.com.: ")
		if said.Err == err.Error() {
			t.Errorf("no prefix: %v", err)
		}
	}
	return said
}

func TestParent(t *testing.T) {
	const (
		childNS = "example.com. 172800 IN NS ns1.example.net."
		otherNS = "example.com. 3600 IN NS ns2.example.net."
	)
	secure, insecure := parentAnswers(t, parentSOA, childNS, exampleDS), parentAnswers(t, parentSOA, childNS)
	e := editor{t, secure}
	refer := func(owner string) func(m *dns.Msg, network string) {
		return func(m *dns.Msg, _ string) {
			m.Authoritative, m.Rcode, m.Answer, m.Ns = false, dns.RcodeSuccess, nil, []dns.RR{rr(t, owner+" 300 IN NS ns.example.org.")}
		}
	}
	both := func(text, other string) string { return text + "\n" + other }
	for _, test := range []struct {
		name    string
		answers []answerer
		want    parentSaid
	}{
		{"NS and DS", []answerer{secure}, parentSaid{NS: childNS, DS: exampleDS}},
		{"no DS", []answerer{insecure}, parentSaid{NS: childNS, NegativeTTL: 600}},
		{"no DS, and the TTL of the SOA is less", []answerer{parentAnswers(t, strings.Replace(parentSOA, "900", "60", 1), childNS)}, parentSaid{NS: childNS, NegativeTTL: 60}},
		{"not delegated", []answerer{parentAnswers(t, parentSOA)}, parentSaid{NegativeTTL: 600}},
		{"not delegated, with names below", []answerer{parentAnswers(t, parentSOA, "example.com. 300 IN TXT x")}, parentSaid{NegativeTTL: 600}},
		{"a server that serves the child too", []answerer{zoneAnswers(t, "com.", parentSOA, childNS, exampleDS)}, parentSaid{NS: childNS, DS: exampleDS}},
		{"truncated over UDP", []answerer{e.edit(func(m *dns.Msg, network string) {
			if network == overUDP {
				m.Truncated, m.Answer, m.Ns = true, nil, nil
			}
		})}, parentSaid{NS: childNS, DS: exampleDS}},
		{
			"servers that differ",
			[]answerer{secure, insecure, parentAnswers(t, parentSOA, otherNS, otherDS)},
			parentSaid{
				NS: both(childNS, strings.Replace(otherNS, "3600", "172800", 1)),
				DS: both(strings.Replace(exampleDS, "86400", "90000", 1), otherDS), NegativeTTL: 600,
			},
		},
		{"one that answers", []answerer{e.rcode(dns.TypeDS, dns.RcodeServerFailure), secure, func(*dns.Msg, string) []byte { return nil }}, parentSaid{NS: childNS, DS: exampleDS}},

		{"refuses", []answerer{e.rcode(dns.TypeNS, dns.RcodeRefused)}, parentSaid{Err: "example.com. NS: the answer is REFUSED"}},
		{"fails for the DS", []answerer{e.rcode(dns.TypeDS, dns.RcodeServerFailure)}, parentSaid{Err: "example.com. DS: the answer is SERVFAIL"}},
		{"a resolver", []answerer{e.edit(func(m *dns.Msg, _ string) {
			m.Authoritative, m.Answer, m.Ns = false, append(m.Answer, m.Ns...), nil
		})}, parentSaid{Err: "example.com. NS: the answer is not authoritative"}},
		{"the DS without authority", []answerer{e.at(dns.TypeDS, func(m *dns.Msg, _ string) { m.Authoritative = false })}, parentSaid{Err: "example.com. DS: the answer is not authoritative"}},
		{"a server that knows no DS", []answerer{e.at(dns.TypeDS, refer("example.com."))}, parentSaid{Err: "example.com. DS: the answer is not authoritative: it refers to the servers of example.com."}},
		{"a zone further up", []answerer{e.edit(refer("com."))}, parentSaid{Err: "example.com. NS: the answer is not authoritative: it refers to the servers of com."}},
		{"lame: refers upward", []answerer{e.edit(refer("."))}, parentSaid{Err: "example.com. NS: the answer is not authoritative: it refers to the servers of ."}},
		{
			"a server of the child",
			[]answerer{zoneAnswers(t, "example.com.", exampleSOA, exampleNS)},
			parentSaid{Err: "example.com. DS: the answer is from the zone example.com., and not from its parent"},
		},
		{
			"a server of another zone",
			[]answerer{zoneAnswers(t, "example.org.", "example.org. 300 IN SOA . . 1 2 3 4 5")},
			parentSaid{Err: "example.com. DS: the answer is from the zone example.org., and not from its parent"},
		},
		{
			"no SOA",
			[]answerer{parentAnswers(t, childNS)},
			parentSaid{Err: "example.com. DS: the answer is that there are none, without the SOA that says in which zone (RFC 2308 §3)"},
		},
		{"a DNAME above", []answerer{e.edit(func(m *dns.Msg, _ string) {
			m.Authoritative, m.Answer, m.Ns = true, []dns.RR{rr(t, "com. 300 IN DNAME example."), rr(t, "example.com. 300 IN CNAME example.example.")}, nil
		})}, parentSaid{Err: "example.com. NS: the DNAME at com. answers for it"}},
		{"silent", []answerer{func(*dns.Msg, string) []byte { return nil }}, parentSaid{Err: "example.com. NS: no answer within 120ms"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			opts := ProberOptions{}
			want := test.want
			for _, answer := range test.answers {
				f := serve(t, func(query *dns.Msg, network string) []byte {
					if do := query.Question[0].Qtype == dns.TypeDS; query.RecursionDesired || query.IsEdns0().Do() != do {
						t.Errorf("asked: %v", query)
					}
					return answer(query, network)
				})
				opts.Parents = append(opts.Parents, f.server)
				if want.Err != "" {
					want.Err = "no name server of its parent zone answers: " + f.addr.String() + ": " + want.Err
				}
			}
			if test.name == "silent" || len(test.answers) > 1 {
				opts.Timeout = 60 * time.Millisecond
			}
			if diff := cmp.Diff(want, askParent(t, opts)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestParentIsFound has a resolver that knows where the parent zone is, and lies about what it has.
func TestParentIsFound(t *testing.T) {
	parent := serve(t, parentAnswers(t, parentSOA, exampleNS, exampleDS))
	here := func(name string) map[zonefile.Name][]Server {
		return map[zonefile.Name][]Server{zonefile.MustParseName(name): {parent.server}}
	}
	rootSOA := ". 300 IN SOA ns.invalid. hostmaster.invalid. 1 2 3 4 5"
	for _, test := range []struct {
		name    string
		known   []string
		servers map[zonefile.Name][]Server
		want    parentSaid
	}{
		{
			"at once",
			[]string{"com. 300 IN SOA . . 1 2 3 4 5", "com. 300 IN NS ns.example.net.", "example.com. 5 IN DS 1 13 200 00", rootSOA, ". 300 IN NS ns.example.org."},
			here("ns.example.net."),
			parentSaid{NS: exampleNS, DS: exampleDS},
		},
		{"further up", []string{rootSOA, ". 300 IN NS ns.example.net."}, here("ns.example.net."), parentSaid{NS: exampleNS, DS: exampleDS}},
		{
			"an alias between",
			[]string{"com. 300 IN CNAME example.org.", "example.org. 300 IN SOA . . 1 2 3 4 5", rootSOA, ". 300 IN NS ns.example.net."},
			here("ns.example.net."),
			parentSaid{NS: exampleNS, DS: exampleDS},
		},
		{"nothing above", []string{exampleSOA}, nil, parentSaid{Err: "find its parent zone: resolver ADDR: it has no SOA of any zone above"}},
		{
			"no name servers",
			[]string{"com. 300 IN SOA . . 1 2 3 4 5"},
			nil,
			parentSaid{Err: "find the name servers of its parent zone com.: resolver ADDR: it has no NS"},
		},
		{
			"no addresses",
			[]string{"com. 300 IN SOA . . 1 2 3 4 5", "com. 300 IN NS ns.example.net."},
			nil,
			parentSaid{Err: "no name server of its parent zone answers: ns.example.net.: look up its address: no such host"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			answers := zoneAnswers(t, ".", test.known...)
			resolver := serve(t, func(query *dns.Msg, network string) []byte {
				if !query.RecursionDesired {
					t.Errorf("asked without recursion: %v", query.Question)
				}
				return answers(query, network)
			})
			want := test.want
			want.Err = strings.ReplaceAll(want.Err, "ADDR", resolver.addr.String())
			if diff := cmp.Diff(want, askParent(t, ProberOptions{Resolver: resolver.addr, Servers: test.servers})); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
	t.Run("a resolver that fails", func(t *testing.T) {
		resolver := serve(t, func(query *dns.Msg, _ string) []byte {
			return pack(t, new(dns.Msg).SetRcode(query, dns.RcodeServerFailure))
		})
		want := parentSaid{Err: "find its parent zone: resolver " + resolver.addr.String() + ": SERVFAIL"}
		if diff := cmp.Diff(want, askParent(t, ProberOptions{Resolver: resolver.addr})); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
	t.Run("the root", func(t *testing.T) {
		_, err := NewProber(ProberOptions{}).Parent(t.Context(), zonefile.Root)
		if err == nil || !strings.HasSuffix(err.Error(), "find its parent zone: there is nothing above the root") {
			t.Errorf("got %v", err)
		}
	})
}
