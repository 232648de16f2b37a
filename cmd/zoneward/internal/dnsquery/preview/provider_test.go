package preview

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"github.com/zoneward/zoneward/zonefile"
)

// withSets returns a zone with RRsets that no master file has.
func withSets(t *testing.T, origin, text string, sets ...zonefile.RRset) Zone {
	t.Helper()
	content := parseZone(t, origin, text)
	for _, set := range sets {
		if err := content.Put(set); err != nil {
			t.Fatal(err)
		}
	}
	return Zone{Origin: content.Origin(), Content: content}
}

// TestOfProviders has the types that a provider makes answers of.
func TestOfProviders(t *testing.T) {
	alias := func(owner, ttl, to string) zonefile.RRset { return zonefile.MustParseRRset(owner+" "+ttl+" ALIAS", to) }
	lua := func(owner, typ string) zonefile.RRset {
		return zonefile.MustParseRRset(owner+" 60 LUA", typ+` "ifportup(443, {'192.0.2.1', '192.0.2.2'})"`)
	}
	zones := NewZones(
		withSets(t, "example.com", smallZone+"chain CNAME www.example.net.\nsub NS ns.sub\nns.sub A 192.0.2.2\ntoalias CNAME here\n",
			alias("example.com.", "600", "www.example.com."),
			alias("here.example.com.", "600", "www.example.com."),
			alias("short.example.com.", "10", "www.example.com."),
			alias("chained.example.com.", "600", "chain.example.com."),
			alias("again.example.com.", "600", "here.example.com."),
			alias("away.example.com.", "600", "www.example.org."),
			alias("awaychain.example.com.", "600", "out.example.net."),
			alias("delegated.example.com.", "600", "www.sub.example.com."),
			alias("nothing.example.com.", "600", "nothing.example.net."),
			alias("loop.example.com.", "600", "loop2.example.com."),
			alias("loop2.example.com.", "600", "loop.example.com."),
			alias("tolua.example.com.", "600", "lua.example.com."),
			alias("*.wild.example.com.", "600", "www.example.com."),
			lua("lua.example.com.", "A"), lua("any.example.com.", "CNAME"),
		),
		withSets(t, "example.net", "$TTL 300\n@ SOA a b 1 2 3 4 200\n@ NS a\na A 192.0.2.9\nwww A 192.0.2.3\nout CNAME www.example.org.\n"),
	)
	const elsewhere = "its provider looks for the addresses, since "
	for _, test := range []struct {
		question string // name and type
		want     string // rcode, and the answer, a line each
		note     string
	}{
		{"example.com. A", "NOERROR\nexample.com. 300 A 192.0.2.1", ""},
		{"example.com. AAAA", "NOERROR", ""},
		{"example.com. NS", "NOERROR\nexample.com. 300 NS ns1.example.com.", ""},
		{"here.example.com. A", "NOERROR\nhere.example.com. 300 A 192.0.2.1", ""},
		{"here.example.com. MX", "NOERROR", ""},
		{"here.example.com. TYPE65401", "NOERROR\nhere.example.com. 600 CLASS1 TYPE65401 \\# 17 03777777076578616d706c6503636f6d00", ""},
		{"here.example.com. ANY", "NOERROR\nhere.example.com. 600 CLASS1 TYPE65401 \\# 17 03777777076578616d706c6503636f6d00", ""},
		{"short.example.com. A", "NOERROR\nshort.example.com. 10 A 192.0.2.1", ""},
		{"chained.example.com. A", "NOERROR\nchained.example.com. 300 A 192.0.2.3", ""},
		{"again.example.com. A", "NOERROR\nagain.example.com. 300 A 192.0.2.1", ""},
		{"toalias.example.com. A", "NOERROR\ntoalias.example.com. 300 CNAME here.example.com.\nhere.example.com. 300 A 192.0.2.1", ""},
		{"x.wild.example.com. A", "NOERROR\nx.wild.example.com. 300 A 192.0.2.1", ""},
		{"nothing.example.com. A", "NOERROR", ""},
		{"away.example.com. A", "SERVFAIL", "21 away.example.com. is an ALIAS of www.example.org.: " + elsewhere + "they are in none of the zones that are served here"},
		{"awaychain.example.com. A", "SERVFAIL", "21 awaychain.example.com. is an ALIAS of out.example.net.: " + elsewhere + "they are in none of the zones that are served here"},
		{"delegated.example.com. A", "SERVFAIL", "21 delegated.example.com. is an ALIAS of www.sub.example.com.: " + elsewhere + "the name is delegated"},
		{"loop.example.com. A", "SERVFAIL", "21 loop.example.com. is an ALIAS of loop2.example.com.: loop2.example.com. is an ALIAS of loop.example.com.: loop.example.com. leads back to itself"},
		{"tolua.example.com. A", "SERVFAIL", "21 tolua.example.com. is an ALIAS of lua.example.com.: the LUA record of lua.example.com. is a program that its provider runs"},
		{"lua.example.com. A", "SERVFAIL", "21 the LUA record of lua.example.com. is a program that its provider runs"},
		{"lua.example.com. AAAA", "NOERROR", ""},
		{"any.example.com. TXT", "SERVFAIL", "21 the LUA record of any.example.com. is a program that its provider runs"},
	} {
		t.Run(test.question, func(t *testing.T) {
			name, typ, _ := strings.Cut(test.question, " ")
			number, ok := dns.StringToType[typ]
			if !ok {
				number = uint16(zonefile.MustParseType(typ))
			}
			m := unpacked(t, zones.Datagram(packed(t, name, number, func(m *dns.Msg) { withEDNS(m) })))
			got := dns.RcodeToString[m.Rcode]
			for _, rr := range m.Answer {
				got += "\n" + strings.Replace(strings.Join(strings.Fields(rr.String()), " "), " IN ", " ", 1)
			}
			if diff := cmp.Diff([]string{test.want, test.note}, []string{got, noteOf(m)}); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if (m.Rcode == dns.RcodeServerFailure) != (m.IsEdns0() != nil && noteOf(m) != "") || m.Authoritative == (m.Rcode == dns.RcodeServerFailure) {
				t.Errorf("got %s", m)
			}
		})
	}
}
