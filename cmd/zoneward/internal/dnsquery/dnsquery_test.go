package dnsquery

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

var exampleRef = reconcile.Ref{Zone: zonefile.MustParseName("example.com."), Target: "pdns"}

const (
	exampleSOA = "example.com. 300 IN SOA ns1.example.com. hostmaster.example.com. 7 3600 600 604800 300"
	exampleWWW = "www.example.com. 300 IN A 192.0.2.1"
)

// wants makes the change after which an RRset is served.
func wants(head string, texts ...string) reconcile.Change {
	set := zonefile.MustParseRRset(head, texts...)
	return reconcile.Change{Kind: reconcile.KindRRset, Action: reconcile.Update, Key: set.Key, New: &set}
}

// wantsNone makes the change after which there is no RRset of a key.
func wantsNone(name, typ string) reconcile.Change {
	key := zonefile.Key{Name: zonefile.MustParseName(name), Type: zonefile.MustParseType(typ)}
	return reconcile.Change{Kind: reconcile.KindRRset, Action: reconcile.Retire, Key: key}
}

// verify asks servers once.
func verify(t *testing.T, expect reconcile.Expectation, opts Options) reconcile.Verification {
	t.Helper()
	if expect.Target == "" {
		expect.Ref = exampleRef
	}
	result, err := New(opts).Verify(t.Context(), expect)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// said is what a test compares of an answer.
type said struct {
	Serial uint32
	Lags   bool
	Wrong  []string
	Err    string
}

func saidOf(a reconcile.ServerAnswer) said {
	s := said{Serial: a.Serial, Lags: a.Lags, Wrong: a.Wrong}
	if a.Err != nil {
		s.Err = a.Err.Error()
	}
	return s
}

func TestVerify(t *testing.T) {
	www := wants("www.example.com. 300 A", "192.0.2.1")
	good := zoneAnswers(t, "example.com.", exampleSOA, exampleWWW)
	edit := func(change func(m *dns.Msg, network string)) answerer {
		return func(query *dns.Msg, network string) []byte {
			m := new(dns.Msg)
			if err := m.Unpack(good(query, network)); err != nil {
				t.Error(err)
			}
			change(m, network)
			return pack(t, m)
		}
	}
	editWWW := func(change func(m *dns.Msg, network string)) answerer {
		return edit(func(m *dns.Msg, network string) {
			if m.Question[0].Name == "www.example.com." && m.Question[0].Qtype == dns.TypeA {
				change(m, network)
			}
		})
	}
	tests := []struct {
		name   string
		answer answerer
		serial uint32
		change reconcile.Change
		want   said
	}{
		{"as it should be", good, 7, www, said{Serial: 7}},
		{"a higher serial", good, 6, www, said{Serial: 7}},
		{"any serial", good, 0, www, said{Serial: 7}},
		{
			"a lower serial, and another value", good, 8, wants("www.example.com. 300 A", "192.0.2.2"),
			said{Serial: 7, Lags: true, Wrong: []string{"www.example.com. A: serves 192.0.2.1, want 192.0.2.2"}},
		},
		{"a serial that has gone round", good, 1<<32 - 10, www, said{Serial: 7}},
		{
			"another value", good, 7, wants("www.example.com. 300 A", "192.0.2.2"),
			said{Serial: 7, Wrong: []string{"www.example.com. A: serves 192.0.2.1, want 192.0.2.2"}},
		},
		{
			"another TTL", good, 7, wants("www.example.com. 60 A", "192.0.2.1"),
			said{Serial: 7, Wrong: []string{"www.example.com. A: serves it with TTL 300, want 60"}},
		},
		{
			"nothing of the type", good, 7, wants("www.example.com. 60 AAAA", "2001:db8::1"),
			said{Serial: 7, Wrong: []string{"www.example.com. AAAA: serves nothing, want 2001:db8::1"}},
		},
		{
			"nothing of the name", good, 7, wants("new.example.com. 60 AAAA", "2001:db8::1"),
			said{Serial: 7, Wrong: []string{"new.example.com. AAAA: serves nothing (NXDOMAIN), want 2001:db8::1"}},
		},
		{
			"retired, and still there", good, 7, wantsNone("www.example.com.", "A"),
			said{Serial: 7, Wrong: []string{"www.example.com. A: serves 192.0.2.1, want nothing"}},
		},
		{"retired, other types at the name", good, 7, wantsNone("www.example.com.", "TXT"), said{Serial: 7}},
		{"retired with its name", good, 7, wantsNone("old.example.com.", "TXT"), said{Serial: 7}},
		{"names in upper case", edit(func(m *dns.Msg, _ string) {
			for _, r := range m.Answer {
				r.Header().Name = strings.ToUpper(r.Header().Name)
			}
		}), 7, www, said{Serial: 7}},
		{"another value over TCP", editWWW(func(m *dns.Msg, network string) {
			if network == overTCP {
				m.Answer[0] = rr(t, "www.example.com. 300 IN A 192.0.2.9")
			}
		}), 7, www, said{Serial: 7, Wrong: []string{"www.example.com. A: serves 192.0.2.9, want 192.0.2.1 (over TCP)"}}},
		{
			"not authoritative", edit(func(m *dns.Msg, _ string) { m.Authoritative = false }), 7, www,
			said{Wrong: []string{"example.com. SOA: the answer is not authoritative"}},
		},
		{
			"not authoritative for one name", editWWW(func(m *dns.Msg, _ string) { m.Authoritative = false }), 7, www,
			said{Serial: 7, Wrong: []string{"www.example.com. A: the answer is not authoritative"}},
		},
		{"refers to the zone itself", editWWW(func(m *dns.Msg, _ string) {
			m.Authoritative, m.Answer, m.Ns = false, nil, []dns.RR{rr(t, "example.com. 300 IN NS ns1.example.com.")}
		}), 7, www, said{Serial: 7, Wrong: []string{"www.example.com. A: the answer is not authoritative: it refers to the servers of example.com."}}},
		{
			"a delegation that should be gone", edit(func(m *dns.Msg, _ string) {
				if m.Question[0].Qtype == dns.TypeNS {
					m.Authoritative, m.Answer, m.Ns = false, nil, []dns.RR{rr(t, "www.example.com. 300 IN NS ns1.example.net.")}
				}
			}), 7, wantsNone("www.example.com.", "NS"),
			said{Serial: 7, Wrong: []string{"www.example.com. NS: serves ns1.example.net., want nothing"}},
		},
		{"an SOA that is not above the name", edit(func(m *dns.Msg, _ string) {
			if m.Question[0].Name == "www.example.com." && m.Question[0].Qtype == dns.TypeSOA {
				m.Ns = []dns.RR{rr(t, strings.Replace(exampleSOA, "example.com.", "other.example.com.", 1))}
			}
		}), 7, wantsNone("www.example.com.", "A"), said{Serial: 7, Wrong: []string{"www.example.com. A: serves 192.0.2.1, want nothing"}}},
		{"a lower serial over UDP", edit(func(m *dns.Msg, network string) {
			if network == overUDP && m.Question[0].Qtype == dns.TypeSOA && len(m.Answer) > 0 {
				m.Answer[0].(*dns.SOA).Serial = 6
			}
		}), 7, wantsNone("www.example.com.", "A"), said{Serial: 6, Lags: true, Wrong: []string{"www.example.com. A: serves 192.0.2.1, want nothing"}}},
		{"a TTL that is no TTL", editWWW(func(m *dns.Msg, _ string) { m.Answer[0].Header().Ttl = 1<<31 | 300 }), 7, wants("www.example.com. 0 A", "192.0.2.1"), said{Serial: 7}},
		{"cut off within a record", func(query *dns.Msg, network string) []byte {
			octets := good(query, network)
			if network == overUDP {
				octets[2] |= 1 << 1 // TC
				return octets[:len(octets)-3]
			}
			return octets
		}, 7, www, said{Serial: 7}},
		{
			"refuses", edit(func(m *dns.Msg, _ string) { m.Rcode, m.Answer = dns.RcodeRefused, nil }), 7, www,
			said{Wrong: []string{"example.com. SOA: the answer is REFUSED"}},
		},
		{
			"refuses without the question", edit(func(m *dns.Msg, _ string) { m.Rcode, m.Answer, m.Question = dns.RcodeRefused, nil, nil }), 7, www,
			said{Wrong: []string{"example.com. SOA: the answer is REFUSED"}},
		},
		{
			"fails", edit(func(m *dns.Msg, _ string) { m.Rcode, m.Answer = dns.RcodeServerFailure, nil }), 7, www,
			said{Wrong: []string{"example.com. SOA: the answer is SERVFAIL"}},
		},
		{"an extended code", edit(func(m *dns.Msg, _ string) {
			m.SetEdns0(1232, false)
			m.Rcode, m.Answer = dns.RcodeBadVers, nil
		}), 7, www, said{Wrong: []string{"example.com. SOA: the answer is BADVERS"}}},
		{"does not know the zone", zoneAnswers(t, "example.com."), 7, www, said{Wrong: []string{"example.com. SOA: serves none"}}},
		{"two SOA", edit(func(m *dns.Msg, _ string) {
			if m.Question[0].Qtype == dns.TypeSOA {
				m.Answer = append(m.Answer, rr(t, strings.Replace(exampleSOA, " 7 ", " 8 ", 1)))
			}
		}), 7, www, said{Wrong: []string{"example.com. SOA: serves more than one"}}},
		{"truncated over UDP", edit(func(m *dns.Msg, network string) {
			if network == overUDP {
				m.Truncated, m.Answer = true, nil
			}
		}), 7, www, said{Serial: 7}},
		{
			"truncated over TCP", editWWW(func(m *dns.Msg, _ string) { m.Truncated, m.Answer = true, nil }), 7, www,
			said{Serial: 7, Wrong: []string{"www.example.com. A: the answer is truncated (over TCP)"}},
		},
		{"records of other names and classes", editWWW(func(m *dns.Msg, _ string) {
			m.Answer = append(m.Answer, rr(t, "evil.example.com. 300 IN A 192.0.2.66"), rr(t, "www.example.com. 300 CH A 192.0.2.66"))
		}), 7, www, said{Serial: 7}},
		{"a CNAME in its place", editWWW(func(m *dns.Msg, _ string) {
			m.Answer = []dns.RR{rr(t, "www.example.com. 300 IN CNAME web.example.com."), rr(t, "web.example.com. 300 IN A 192.0.2.1")}
		}), 7, www, said{Serial: 7, Wrong: []string{"www.example.com. A: serves a CNAME to web.example.com., want 192.0.2.1"}}},
		{
			"different TTLs", editWWW(func(m *dns.Msg, _ string) { m.Answer = append(m.Answer, rr(t, "www.example.com. 60 IN A 192.0.2.1")) }), 7, www,
			said{Serial: 7, Wrong: []string{"www.example.com. A: serves records with different TTLs, want 300"}},
		},
		{"data that is none of the type", editWWW(func(m *dns.Msg, _ string) {
			m.Answer = []dns.RR{&dns.RFC3597{Hdr: *m.Answer[0].Header(), Rdata: "c00002"}}
		}), 7, www, said{Serial: 7, Wrong: []string{"www.example.com. A: serves what cannot be read: RRset www.example.com. A: data ends too early"}}},
		{
			"no response", edit(func(m *dns.Msg, _ string) { m.Response = false }), 7, www,
			said{Wrong: []string{"example.com. SOA: an answer to another question"}},
		},
		{
			"another question", edit(func(m *dns.Msg, _ string) { m.Question[0].Qtype = dns.TypeTXT }), 7, www,
			said{Wrong: []string{"example.com. SOA: an answer to another question"}},
		},
		{
			"two questions", edit(func(m *dns.Msg, _ string) { m.Question = append(m.Question, m.Question[0]) }), 7, www,
			said{Wrong: []string{"example.com. SOA: an answer to another question"}},
		},
		{"no message", func(query *dns.Msg, network string) []byte {
			return append(good(query, network)[:8], 0xff, 0xff, 0xff, 0xff)
		}, 7, www, said{Wrong: []string{"example.com. SOA: malformed message: in the question"}}},
		{
			"control characters and more", zoneAnswers(t, "example.com.", exampleSOA, `www.example.com. 300 IN TXT "\027[31m\"\008"`), 7, wantsNone("www.example.com.", "TXT"),
			said{Serial: 7, Wrong: []string{`www.example.com. TXT: serves "\027[31m\"\008", want nothing`}},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := serve(t, func(query *dns.Msg, network string) []byte {
				if query.RecursionDesired {
					t.Errorf("asked for recursion: %v", query.Question)
				}
				return test.answer(query, network)
			})
			result := verify(t, reconcile.Expectation{Serial: test.serial, Changes: []reconcile.Change{test.change}}, Options{Servers: []Server{f.server}})
			if len(result.Servers) != 1 || result.Servers[0].Server != f.addr.String() || result.Notes != nil {
				t.Fatalf("got %+v", result)
			}
			if diff := cmp.Diff(test.want, saidOf(result.Servers[0])); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if ok := test.want.Wrong == nil && !test.want.Lags; result.OK() != ok {
				t.Errorf("OK is %t", result.OK())
			}
		})
	}
}

// TestNoAnswer has servers that do not answer, over one of the networks or both.
func TestNoAnswer(t *testing.T) {
	const timeout = 50 * time.Millisecond
	good := zoneAnswers(t, "example.com.", exampleSOA, exampleWWW)
	silent := func(over ...string) answerer {
		return func(query *dns.Msg, network string) []byte {
			if slices.Contains(over, network) {
				return []byte{}
			}
			return good(query, network)
		}
	}
	tests := []struct {
		name   string
		answer answerer
		want   said
	}{
		{"silent", silent(overUDP, overTCP), said{Err: "no answer within 100ms"}},
		{"silent over UDP", silent(overUDP), said{Serial: 7, Err: "over UDP: no answer within 100ms"}},
		{"silent over TCP", silent(overTCP), said{Serial: 7, Err: "over TCP: no answer within 100ms"}},
		{"closes connections", func(*dns.Msg, string) []byte {
			return nil
		}, said{Err: "over UDP: no answer within 100ms; over TCP: the server closed the connection"}},
		{"answers to others", func(query *dns.Msg, network string) []byte {
			octets := good(query, network)
			if network == overUDP {
				octets[0]++
			}
			return octets
		}, said{Serial: 7, Err: "over UDP: no answer within 100ms"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := serve(t, test.answer)
			expect := reconcile.Expectation{Serial: 7, Changes: []reconcile.Change{wants("www.example.com. 300 A", "192.0.2.1")}}
			result := verify(t, expect, Options{Servers: []Server{f.server}, Timeout: timeout})
			if diff := cmp.Diff(test.want, saidOf(result.Servers[0])); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if result.OK() {
				t.Error("it is OK")
			}
		})
	}
	t.Run("nobody there", func(t *testing.T) {
		tcp, udp := listen(t, "127.0.0.1")
		addr := tcp.Addr().String()
		tcp.Close()
		udp.Close()
		server, err := ParseServer(addr)
		if err != nil {
			t.Fatal(err)
		}
		result := verify(t, reconcile.Expectation{}, Options{Servers: []Server{server}})
		if diff := cmp.Diff(said{Err: "connection refused"}, saidOf(result.Servers[0])); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
	t.Run("silent after the SOA", func(t *testing.T) {
		f := serve(t, func(query *dns.Msg, network string) []byte {
			if query.Question[0].Qtype != dns.TypeSOA && network == overUDP {
				return nil
			}
			return good(query, network)
		})
		expect := reconcile.Expectation{Changes: []reconcile.Change{wants("www.example.com. 300 A", "192.0.2.9")}}
		for i := range 40 {
			expect.Changes = append(expect.Changes, wantsNone(fmt.Sprintf("n%d.example.com.", i), "A"))
		}
		result := verify(t, expect, Options{Servers: []Server{f.server}, Timeout: timeout})
		want := said{Serial: 7, Wrong: []string{"www.example.com. A: serves 192.0.2.1, want 192.0.2.9 (over TCP)"}, Err: "over UDP: no answer within 100ms"}
		if diff := cmp.Diff(want, saidOf(result.Servers[0])); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		// Over TCP the SOA, 41 names, and another look at the wrong one; over UDP the SOA and the tries of four at once.
		if asked, most := f.asked.Load(), int64(1+41+1+1+parallelQuestions*tries); asked > most {
			t.Errorf("%d questions were asked, want %d at most", asked, most)
		}
	})
}

// TestLostDatagram loses the first answer of each question.
func TestLostDatagram(t *testing.T) {
	good := zoneAnswers(t, "example.com.", exampleSOA)
	var lost atomic.Bool
	f := serve(t, func(query *dns.Msg, network string) []byte {
		if network == overUDP && lost.CompareAndSwap(false, true) {
			return nil
		}
		return good(query, network)
	})
	result := verify(t, reconcile.Expectation{Serial: 7}, Options{Servers: []Server{f.server}, Timeout: 50 * time.Millisecond})
	if !result.OK() || !lost.Load() {
		t.Errorf("got %+v", result)
	}
}

// TestConnectionPerQuestion has a server that closes after each answer.
func TestConnectionPerQuestion(t *testing.T) {
	good := zoneAnswers(t, "example.com.", exampleSOA, exampleWWW)
	var count atomic.Int64
	f := serve(t, func(query *dns.Msg, network string) []byte {
		if network == overTCP && count.Add(1)%2 == 0 {
			return nil
		}
		return good(query, network)
	})
	expect := reconcile.Expectation{Serial: 7, Changes: []reconcile.Change{wants("www.example.com. 300 A", "192.0.2.1")}}
	if result := verify(t, expect, Options{Servers: []Server{f.server}}); !result.OK() || count.Load() != 3 {
		t.Errorf("after %d questions: %+v", count.Load(), result)
	}
}

// TestHugeAnswers has a server that sends as much as fits.
func TestHugeAnswers(t *testing.T) {
	f := serve(t, func(query *dns.Msg, network string) []byte {
		m := fromRecords(query, "example.com.", []dns.RR{rr(t, exampleSOA)})
		for i := range 250 {
			if query.Question[0].Qtype != dns.TypeSOA {
				m.Rcode = dns.RcodeSuccess
				m.Answer = append(m.Answer, rr(t, fmt.Sprintf("www.example.com. 300 IN TXT %03d%s", i, strings.Repeat("x", 230))))
			}
		}
		return pack(t, m)
	})
	result := verify(t, reconcile.Expectation{Changes: []reconcile.Change{wants("www.example.com. 300 TXT", `"one"`)}}, Options{Servers: []Server{f.server}})
	wrong := result.Servers[0].Wrong
	if len(wrong) != 1 || !strings.Contains(wrong[0], "and 245 more") || len(wrong[0]) > 2000 {
		t.Errorf("got %s", wrong)
	}
	long := `"` + strings.Repeat(strings.Repeat("x", 250)+`" "`, 200) + `"`
	result = verify(t, reconcile.Expectation{Changes: []reconcile.Change{wants("www.example.com. 300 TXT", long)}}, Options{Servers: []Server{f.server}})
	if wrong := result.Servers[0].Wrong; len(wrong) != 1 || !strings.HasSuffix(wrong[0], "x… (50602 octets)") || len(wrong[0]) > 2000 {
		t.Errorf("got %s", wrong)
	}
}

func TestManyChanges(t *testing.T) {
	lines := []string{exampleSOA}
	expect := reconcile.Expectation{}
	for i := range 200 {
		name := fmt.Sprintf("n%03d.example.com.", i)
		lines = append(lines, name+" 300 IN A 192.0.2.1")
		expect.Changes = append(expect.Changes, wants(name+" 300 A", "192.0.2.1"))
	}
	expect.Changes = append(expect.Changes, wants("example.com. 300 MX", "10 mail.example.com."))
	f := serve(t, zoneAnswers(t, "example.com.", lines...))
	result := verify(t, expect, Options{Servers: []Server{f.server}})
	if want := []string{"example.com. MX: serves nothing, want 10 mail.example.com."}; !slices.Equal(result.Servers[0].Wrong, want) {
		t.Errorf("got %s, want %s", result.Servers[0].Wrong, want)
	}
	if want := []string{"the servers were asked for 50 of 201 RRsets"}; !slices.Equal(result.Notes, want) {
		t.Errorf("got %s, want %s", result.Notes, want)
	}
	if asked := f.asked.Load(); asked != 2*51 {
		t.Errorf("%d questions were asked", asked)
	}
	if result = verify(t, expect, Options{Servers: []Server{f.server}, MaxRRsets: 1000}); result.Notes != nil || f.asked.Load() != 2*51+2*202 {
		t.Errorf("with room for all: %s", result.Notes)
	}
}

// TestNotCompared has what servers answer in their own way.
func TestNotCompared(t *testing.T) {
	f := serve(t, zoneAnswers(t, "example.com.", exampleSOA))
	alias, lua := wants("example.com. 300 ALIAS", "web.example.net."), wants(`lua.example.com. 300 LUA`, `A "'192.0.2.1'"`)
	purged := wantsNone("old.example.com.", "A")
	purged.Action = reconcile.Purge
	result := verify(t, reconcile.Expectation{Changes: []reconcile.Change{
		alias, lua, wantsNone("example.com.", "A"), wantsNone("lua.example.com.", "TXT"), wantsNone("example.com.", "TXT"),
		wants("example.com. 300 NSEC3PARAM", "1 0 0 -"), purged,
		{Kind: reconcile.KindZone, Action: reconcile.Create, Key: zonefile.Key{Name: exampleRef.Zone}},
	}}, Options{Servers: []Server{f.server}})
	want := []string{
		"example.com. ALIAS: not compared: the server answers with what it makes of it",
		"lua.example.com. LUA: not compared: the server answers with what it makes of it",
		"example.com. A: not compared: an ALIAS at that name may answer in its place",
		"lua.example.com. TXT: not compared: an LUA at that name may answer in its place",
		"example.com. NSEC3PARAM: not compared: the server signs",
	}
	if diff := cmp.Diff(want, result.Notes); diff != "" || !result.OK() {
		t.Errorf("%+v (-want +got)\n%s", result.Servers, diff)
	}
	if asked := f.asked.Load(); asked != 2*2 {
		t.Errorf("%d questions were asked", asked)
	}
}

// TestAliasThatWasThereBefore retires the A beside an ALIAS: the server answers with what it makes of the ALIAS.
func TestAliasThatWasThereBefore(t *testing.T) {
	f := serve(t, zoneAnswers(t, "example.com.", exampleSOA, "example.com. 60 IN A 203.0.113.7"))
	expect := reconcile.Expectation{Serial: 7, Changes: []reconcile.Change{wantsNone("example.com.", "A")}, Served: zonefile.NewZone(exampleRef.Zone)}
	if result := verify(t, expect, Options{Servers: []Server{f.server}}); result.OK() {
		t.Errorf("without the ALIAS: %+v", result)
	}
	if err := expect.Served.Put(zonefile.MustParseRRset("example.com. 60 ALIAS", "web.example.net.")); err != nil {
		t.Fatal(err)
	}
	result := verify(t, expect, Options{Servers: []Server{f.server}})
	if diff := cmp.Diff([]string{"example.com. A: not compared: an ALIAS at that name may answer in its place"}, result.Notes); diff != "" || !result.OK() {
		t.Errorf("%+v (-want +got)\n%s", result.Servers, diff)
	}
}

func TestZoneThatIsGone(t *testing.T) {
	expect := reconcile.Expectation{Changes: []reconcile.Change{{Kind: reconcile.KindZone, Action: reconcile.Retire, Key: zonefile.Key{Name: exampleRef.Zone}}}}
	refuses := serve(t, func(query *dns.Msg, _ string) []byte {
		return pack(t, new(dns.Msg).SetRcode(query, dns.RcodeRefused))
	})
	parent := serve(t, zoneAnswers(t, "com.", "com. 300 IN SOA ns.invalid. hostmaster.invalid. 1 2 3 4 5"))
	still := serve(t, zoneAnswers(t, "example.com.", exampleSOA))
	result := verify(t, expect, Options{Servers: []Server{refuses.server, parent.server, still.server}})
	var got []said
	for _, a := range result.Servers {
		got = append(got, saidOf(a))
	}
	if diff := cmp.Diff([]said{{}, {}, {Wrong: []string{"example.com. SOA: serves the zone, which should be gone"}}}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
