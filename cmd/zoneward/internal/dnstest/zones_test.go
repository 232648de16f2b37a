package dnstest

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// exampleCom has what tests are about.
const exampleCom = `$TTL 300
@ SOA ns1 hostmaster 7 3600 600 604800 200
@ NS ns1
@ NS ns.example.net.
@ MX 10 mail
@ CAA 0 issue "CA.example.net; validationmethods=dns-01"
@ CAA 0 issue "other.example"
@ CAA 0 iodef "mailto:caa@example.com"
ns1 A 192.0.2.53
mail A 192.0.2.25
www 60 A 192.0.2.1
www 60 A 192.0.2.2
www AAAA 2001:db8::1
shop CNAME www
store CNAME shop
outside CNAME shop.elsewhere.invalid.
across CNAME www.example.org.
dangling CNAME nothing
loop1 CNAME loop2
loop2 CNAME loop1
d DNAME www
*.wild TXT "any"
a.b.ent A 192.0.2.6
sub NS ns1.sub
sub NS ns.example.net.
sub DS 12345 13 2 0000000000000000000000000000000000000000000000000000000000000001
ns1.sub A 192.0.2.54
ns1.sub AAAA 2001:db8::54
bare NS ns1.bare
caa CAA 0 issue ";"
txt TXT "a b" "c;d"
`

const exampleOrg = `$TTL 600
@ SOA ns1.example.com. hostmaster.example.com. 1 3600 600 604800 200
@ NS ns1.example.com.
www A 192.0.2.80
back CNAME www.example.com.
`

// parseZone reads a master file, which is good, for a target.
func parseZone(t testing.TB, origin, target, text string) Zone {
	t.Helper()
	name := zonefile.MustParseName(origin + ".")
	file, err := zonefile.Parse(fstest.MapFS{"zone": {Data: []byte(text)}}, "zone", zonefile.ParseOptions{Origin: name})
	if err != nil {
		t.Fatal(err)
	}
	if err := file.Err(); err != nil {
		t.Fatal(err)
	}
	return Zone{Ref: reconcile.Ref{Zone: name, Target: target}, Content: file.Zone}
}

// suiteOf reads tests, in which nothing is wrong: the elements of the list, each on a line of its own.
func suiteOf(t testing.TB, tests ...string) *Suite {
	t.Helper()
	text := "version: 1\ntests:\n"
	for _, test := range tests {
		text += "- " + test + "\n"
	}
	suite, problems := Read(fstest.MapFS{"tests/a.yaml": {Data: []byte(text)}}, "tests")
	if problems != nil {
		t.Fatalf("problems: %v", problems)
	}
	if suite.Len() != len(tests) {
		t.Fatalf("%d tests, want %d", suite.Len(), len(tests))
	}
	return suite
}

// line is a result as tests compare it.
func line(r Result) string { return string(r.Status) + " " + r.Got }

// TestQueries has each kind of query with what comes of it.
func TestQueries(t *testing.T) {
	com := parseZone(t, "example.com", "a", exampleCom)
	for _, set := range []zonefile.RRset{ // for which a master file has no words
		zonefile.MustParseRRset("alias.example.com. 300 ALIAS", "www.example.com."),
		zonefile.MustParseRRset("faralias.example.com. 300 ALIAS", "www.elsewhere.invalid."),
		zonefile.MustParseRRset("lua.example.com. 300 LUA", `A "ifportup(443, {'192.0.2.1'})"`),
	} {
		com.Content = com.Content.With([]zonefile.Change{{New: &set}})
	}
	zones := NewZones(com, parseZone(t, "example.org", "a", exampleOrg))
	for _, test := range []struct{ test, want string }{
		{"www.example.com AAAA 2001:db8::1", "passed 2001:db8::1 (TTL 300)"},
		{"www.example.com. AAAA 2001:0DB8:0::1", "passed 2001:db8::1 (TTL 300)"},
		{"WWW.Example.COM aaaa 2001:db8::2", "failed 2001:db8::1 (TTL 300)"},
		{"www.example.com A 192.0.2.1", "failed 192.0.2.1, 192.0.2.2 (TTL 60)"},
		{"{query: www.example.com A, answer: [192.0.2.2, 192.0.2.1]}", "passed 192.0.2.1, 192.0.2.2 (TTL 60)"},
		{"{query: www.example.com A, contains: 192.0.2.2}", "passed 192.0.2.1, 192.0.2.2 (TTL 60)"},
		{"{query: www.example.com A, contains: [192.0.2.2, 192.0.2.3]}", "failed 192.0.2.1, 192.0.2.2 (TTL 60)"},
		{"{query: www.example.com A, absent: 192.0.2.3}", "passed 192.0.2.1, 192.0.2.2 (TTL 60)"},
		{"{query: www.example.com A, contains: 192.0.2.1, absent: 192.0.2.2}", "failed 192.0.2.1, 192.0.2.2 (TTL 60)"},
		{"{query: gone.example.com A, absent: 192.0.2.3}", "passed NXDOMAIN"},
		{"{query: gone.example.com A, contains: 192.0.2.3}", "failed NXDOMAIN"},
		{"{query: www.example.com A, ttl: 60}", "passed 192.0.2.1, 192.0.2.2 (TTL 60)"},
		{"{query: www.example.com A, ttl: {max: 59}}", "failed 192.0.2.1, 192.0.2.2 (TTL 60)"},
		{"{query: www.example.com A, ttl: {min: 1m, max: 1h}}", "passed 192.0.2.1, 192.0.2.2 (TTL 60)"},
		{"{query: www.example.com A, ttl: {min: 61}}", "failed 192.0.2.1, 192.0.2.2 (TTL 60)"},
		{"{query: gone.example.com A, ttl: {max: 1h}}", "failed NXDOMAIN"},
		{"gone.example.com A NXDOMAIN", "passed NXDOMAIN"},
		{"gone.example.com A NODATA", "failed NXDOMAIN"},
		{"www.example.com A NXDOMAIN", "failed 192.0.2.1, 192.0.2.2 (TTL 60)"},
		{"www.example.com MX NODATA", "passed NODATA"},
		{"www.example.com MX NXDOMAIN", "failed NODATA"},
		{"b.ent.example.com A NODATA", "passed NODATA"}, // an empty non-terminal
		{"x.y.wild.example.com TXT any", "passed \"any\" (TTL 300)"},
		{"'txt.example.com TXT \"a b\" \"c;d\"'", `passed "a b" "c;d" (TTL 300)`},
		{"example.com MX 10 mail.example.com", "passed 10 mail.example.com. (TTL 300)"},
		{"{query: example.com NS, answer: [ns1.example.com, ns.example.net]}", "passed ns.example.net., ns1.example.com. (TTL 300)"},
		{"example.com SOA ns1.example.com hostmaster.example.com 4711 3600 600 604800 200", "passed ns1.example.com. hostmaster.example.com. 7 3600 600 604800 200 (TTL 300)"},
		{"example.com SOA ns1.example.com hostmaster.example.com 7 3600 600 604800 300", "failed ns1.example.com. hostmaster.example.com. 7 3600 600 604800 200 (TTL 300)"},
		{"shop.example.com CNAME www.example.com", "passed www.example.com. (TTL 300)"},
		{"x.d.example.com CNAME x.www.example.com", "passed x.www.example.com. (TTL 300)"},
		{"shop.example.com AAAA 2001:db8::1", "failed CNAME www.example.com., which is not followed without follow: true"},
		{"{query: shop.example.com A, absent: 192.0.2.3}", "failed CNAME www.example.com., which is not followed without follow: true"},
		{"{query: store.example.com AAAA, follow: true, answer: 2001:db8::1}", "passed 2001:db8::1 (TTL 300) by way of shop.example.com., www.example.com."},
		{"{query: www.example.com AAAA, follow: true, answer: 2001:db8::1}", "passed 2001:db8::1 (TTL 300)"},
		{"{query: store.example.com AAAA, follow: false, answer: 2001:db8::1}", "failed CNAME shop.example.com., which is not followed without follow: true"},
		{"{query: store.example.com AAAA, follow: [shop.example.com, www.example.com]}", "passed 2001:db8::1 (TTL 300) by way of shop.example.com., www.example.com."},
		{"{query: store.example.com AAAA, follow: [www.example.com]}", "failed 2001:db8::1 (TTL 300) by way of shop.example.com., www.example.com."},
		{"{query: across.example.com A, follow: true, answer: 192.0.2.80}", "passed 192.0.2.80 (TTL 600) by way of www.example.org."},
		{"{query: back.example.org AAAA, follow: true, answer: 2001:db8::1}", "passed 2001:db8::1 (TTL 300) by way of www.example.com."},
		{"{query: dangling.example.com A, follow: true, answer: NXDOMAIN}", "passed NXDOMAIN by way of nothing.example.com."},
		{"{query: outside.example.com A, follow: true, answer: 192.0.2.1}", "undecided shop.elsewhere.invalid. is in none of the zones at hand; by way of shop.elsewhere.invalid."},
		{"{query: outside.example.com A, follow: shop.elsewhere.invalid}", "passed by way of shop.elsewhere.invalid."},
		{"{query: outside.example.com A, follow: shop.example.net}", "failed shop.elsewhere.invalid. is in none of the zones at hand; by way of shop.elsewhere.invalid."},
		{"{query: outside.example.com A, follow: [shop.elsewhere.invalid, x.elsewhere.invalid]}", "undecided shop.elsewhere.invalid. is in none of the zones at hand; by way of shop.elsewhere.invalid."},
		{"{query: loop1.example.com A, follow: true, answer: 192.0.2.1}", "failed the CNAMEs lead in a circle, back to loop1.example.com.; by way of loop2.example.com., loop1.example.com."},
		{"alias.example.com AAAA 2001:db8::1", "passed 2001:db8::1 (TTL 300)"},
		{"faralias.example.com A 192.0.2.1", "undecided faralias.example.com. is an ALIAS of www.elsewhere.invalid.: its provider looks for the addresses, since they are in none of the zones that are served here"},
		{"lua.example.com A 192.0.2.1", "undecided the LUA record of lua.example.com. is a program that its provider runs"},
		{"example.com DNSKEY NODATA", "undecided whoever signs example.com. makes its DNSKEY"},
		{"example.com DS NODATA", "undecided the zone above example.com., which has its DS, is in none of the zones at hand"},
		{"www.example.net A 192.0.2.1", "undecided www.example.net. is in none of the zones at hand"},
		{"x.sub.example.com A 192.0.2.1", "undecided x.sub.example.com. is delegated at sub.example.com. to ns.example.net., ns1.sub.example.com., and in none of the zones at hand"},
		{"{query: sub.example.com NS, answer: [ns1.sub.example.com, ns.example.net]}", "passed ns.example.net., ns1.sub.example.com. (TTL 300)"},
	} {
		t.Run(test.test, func(t *testing.T) {
			results := suiteOf(t, test.test).Run(t.Context(), zones)
			if len(results) != 1 || line(results[0]) != test.want {
				t.Errorf("got  %+v\nwant %s", results, test.want)
			}
		})
	}
}

// TestDelegations has what a zone says of those below it.
func TestDelegations(t *testing.T) {
	child := parseZone(t, "sub.example.com", "a", "@ 60 SOA ns1 x 1 1 1 1 1\n@ 60 NS other\n")
	for _, test := range []struct {
		test string
		want []string
	}{
		{"{delegation: sub.example.com, ns: [ns1.sub.example.com, ns.example.net]}", []string{"passed NS ns.example.net., ns1.sub.example.com.; glue of ns1.sub.example.com. 192.0.2.54, 2001:db8::54"}},
		{"{delegation: sub.example.com, ns: ns1.sub.example.com}", []string{"failed NS ns.example.net., ns1.sub.example.com.; glue of ns1.sub.example.com. 192.0.2.54, 2001:db8::54"}},
		{"{delegation: sub.example.com, ns: [ns1.sub.example.com, ns.example.net], glue: {ns1.sub.example.com: [2001:db8::54, 192.0.2.54]}}", []string{"passed NS ns.example.net., ns1.sub.example.com.; glue of ns1.sub.example.com. 192.0.2.54, 2001:db8::54"}},
		{"{delegation: sub.example.com, ns: [ns1.sub.example.com, ns.example.net], glue: {ns1.sub.example.com: 192.0.2.54}}", []string{"failed NS ns.example.net., ns1.sub.example.com.; glue of ns1.sub.example.com. 192.0.2.54, 2001:db8::54"}},
		{"{delegation: sub.example.com, ns: [ns1.sub.example.com, ns.example.net], glue: {ns.example.net: 192.0.2.54}}", []string{"failed NS ns.example.net., ns1.sub.example.com.; glue of ns1.sub.example.com. 192.0.2.54, 2001:db8::54"}},
		{"{delegation: sub.example.com, ns: [ns1.sub.example.com, ns.example.net], ds: 12345 13 2 0000000000000000000000000000000000000000000000000000000000000001}", []string{
			"passed NS ns.example.net., ns1.sub.example.com.; glue of ns1.sub.example.com. 192.0.2.54, 2001:db8::54",
			"passed 12345 13 2 0000000000000000000000000000000000000000000000000000000000000001 (TTL 300)",
		}},
		{"{delegation: sub.example.com, ns: [ns1.sub.example.com, ns.example.net], ds: none}", []string{
			"passed NS ns.example.net., ns1.sub.example.com.; glue of ns1.sub.example.com. 192.0.2.54, 2001:db8::54",
			"failed 12345 13 2 0000000000000000000000000000000000000000000000000000000000000001 (TTL 300)",
		}},
		{"{delegation: bare.example.com, ns: ns1.bare.example.com, ds: none}", []string{"failed NS ns1.bare.example.com.; no glue of ns1.bare.example.com.", "passed NODATA"}},
		{"{delegation: www.example.com, ns: ns1.example.com}", []string{"failed not delegated: NODATA"}},
		{"{delegation: gone.example.com, ns: ns1.example.com}", []string{"failed not delegated: NXDOMAIN"}},
		{"{delegation: a.sub.example.com, ns: ns1.example.com}", []string{"undecided a.sub.example.com. is delegated already, at sub.example.com."}},
		{"{delegation: example.com, ns: ns1.example.com}", []string{"undecided com. is in none of the zones at hand"}},
	} {
		for _, withChild := range []bool{false, true} {
			if withChild && strings.Contains(test.test, "delegation: a.sub.") {
				continue // it is a name in that zone
			}
			t.Run(fmt.Sprintf("%s, with the zone %v", test.test, withChild), func(t *testing.T) {
				zones := []Zone{parseZone(t, "example.com", "a", exampleCom)}
				if withChild {
					zones = append(zones, child)
				}
				var got []string
				for _, r := range suiteOf(t, test.test).Run(t.Context(), NewZones(zones...)) {
					got = append(got, line(r))
				}
				if d := cmp.Diff(got, test.want); d != "" {
					t.Errorf("(-got +want)\n%s", d)
				}
			})
		}
	}
}

// TestCAA has which records count for a name.
func TestCAA(t *testing.T) {
	zones := NewZones(parseZone(t, "example.com", "a", exampleCom), parseZone(t, "example.org", "a", exampleOrg))
	all := "issue ca.example.net, other.example; iodef mailto:caa@example.com"
	for _, test := range []struct{ test, want string }{
		{"{caa: example.com, issue: [other.example, ca.example.net]}", "passed " + all},
		{"{caa: example.com, issue: [CA.example.net, other.example], iodef: mailto:caa@example.com}", "passed " + all},
		{"{caa: example.com, issue: ca.example.net}", "failed " + all},
		{"{caa: example.com, issuewild: [ca.example.net, other.example]}", "passed " + all},
		{"{caa: example.com, issuewild: none}", "failed " + all},
		{"{caa: www.example.com, issue: [ca.example.net, other.example]}", "passed " + all + " at example.com."},
		{"{caa: shop.example.com, issue: [ca.example.net, other.example]}", "passed " + all + " at example.com."},
		{"{caa: caa.example.com, issue: none}", "passed issue none"},
		{"{caa: x.caa.example.com, issue: none, issuewild: none}", "passed issue none at caa.example.com."},
		{"{caa: www.example.org, issue: ca.example.net}", "failed no CAA"},
		{"{caa: outside.example.com, issue: none}", "undecided shop.elsewhere.invalid. is in none of the zones at hand"},
		{"{caa: www.example.net, issue: none}", "undecided www.example.net. is in none of the zones at hand"},
	} {
		t.Run(test.test, func(t *testing.T) {
			results := suiteOf(t, test.test).Run(t.Context(), zones)
			if len(results) != 1 || line(results[0]) != test.want {
				t.Errorf("got  %+v\nwant %s", results, test.want)
			}
		})
	}
}

// TestBeside: it is told which other zones what a test got may be from.
func TestBeside(t *testing.T) {
	zones := NewZones(parseZone(t, "example.com", "a", exampleCom), parseZone(t, "example.org", "a", exampleOrg))
	for _, tc := range []struct {
		test string
		want []string
	}{
		{"www.example.com A 192.0.2.1", nil},
		{"{query: store.example.com A, follow: true, contains: 192.0.2.1}", nil},
		{"{query: across.example.com A, follow: true, answer: 192.0.2.80}", []string{"example.org."}},
		{"{query: back.example.org A, follow: true, contains: 192.0.2.1}", []string{"example.com."}},
		{"{query: outside.example.com A, follow: true, contains: 192.0.2.1}", nil},
	} {
		for _, r := range suiteOf(t, tc.test).Run(t.Context(), zones) {
			if d := cmp.Diff(r.Beside, tc.want); d != "" {
				t.Errorf("%s: (-got +want)\n%s", tc.test, d)
			}
		}
	}
}
