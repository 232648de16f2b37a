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

// zoneOn returns a zone on a target with some RRsets.
func zoneOn(t *testing.T, target, origin string, sets ...zonefile.RRset) Zone {
	t.Helper()
	zone, err := zonefile.ZoneOf(zonefile.MustParseName(origin), sets...)
	if err != nil {
		t.Fatal(err)
	}
	return Zone{Ref: reconcile.Ref{Zone: zone.Origin(), Target: target}, Content: zone}
}

// TestTargets has zones that are not the same everywhere.
func TestTargets(t *testing.T) {
	www := zonefile.MustParseRRset("www.example.com. 60 A", "192.0.2.1")
	inner := zonefile.MustParseRRset("www.example.com. 60 A", "198.51.100.1")
	toOrg := zonefile.MustParseRRset("org.example.com. 60 CNAME", "www.example.org.")
	toNet := zonefile.MustParseRRset("net.example.com. 60 CNAME", "www.example.net.")
	org := zonefile.MustParseRRset("www.example.org. 60 A", "192.0.2.2")
	unknown := Zone{Ref: reconcile.Ref{Zone: zonefile.MustParseName("broken.example."), Target: "inside"}, Unknown: "the provider does not answer"}
	partial := zoneOn(t, "inside", "part.example.", zonefile.MustParseRRset("www.part.example. 60 A", "192.0.2.3"))
	partial.Unknown = "others write there too"
	all := []Zone{
		zoneOn(t, "outside", "example.com.", www, toOrg, toNet), zoneOn(t, "inside", "example.com.", inner, toOrg, toNet),
		zoneOn(t, "outside", "example.org.", org),
		zoneOn(t, "a", "example.net.", zonefile.MustParseRRset("www.example.net. 60 A", "192.0.2.4")),
		zoneOn(t, "b", "example.net.", zonefile.MustParseRRset("www.example.net. 60 A", "192.0.2.5")),
		unknown, partial,
	}
	below := reconcile.Ref{Zone: zonefile.MustParseName("dev.example.com."), Target: "outside"}
	all = append(all, Unread([]reconcile.Ref{all[0].Ref, below}, all, "nobody has asked for it")...)
	zones := NewZones(all...)
	for _, test := range []struct {
		test string
		want []string
	}{
		{"www.example.com A 192.0.2.1", []string{"inside: failed 198.51.100.1 (TTL 60)", "outside: passed 192.0.2.1 (TTL 60)"}},
		{"{query: www.example.com A, answer: 192.0.2.1, target: outside}", []string{"outside: passed 192.0.2.1 (TTL 60)"}},
		{"{query: www.example.com A, answer: 192.0.2.1, target: [outside, b]}", []string{"outside: passed 192.0.2.1 (TTL 60)", "b: undecided example.com. is not on b"}},
		{"{query: org.example.com A, follow: true, answer: 192.0.2.2}", []string{"inside: passed 192.0.2.2 (TTL 60) by way of www.example.org.", "outside: passed 192.0.2.2 (TTL 60) by way of www.example.org."}},
		// It is not known which of the two is meant.
		{"{query: net.example.com A, follow: true, answer: 192.0.2.4, target: inside}", []string{"inside: undecided www.example.net. is in none of the zones at hand; by way of www.example.net."}},
		{"www.broken.example A 192.0.2.1", []string{"inside: undecided broken.example. is not known: the provider does not answer"}},
		{"www.part.example A 192.0.2.3", []string{"inside: passed 192.0.2.3 (TTL 60)"}},
		{"www.part.example A 192.0.2.4", []string{"inside: failed 192.0.2.3 (TTL 60)"}},
		{"gone.part.example A NXDOMAIN", []string{"inside: undecided part.example. does not have it here, and may have it: others write there too"}},
		{"{query: gone.part.example A, answer: 192.0.2.1}", []string{"inside: undecided part.example. does not have it here, and may have it: others write there too"}},
		{"www.dev.example.com A NXDOMAIN", []string{"outside: undecided dev.example.com. is not known: nobody has asked for it"}}, // and not what example.com has of it
		{"example.com SOA a. b. 1 2 3 4 5", []string{"inside: undecided the SOA of example.com. is that of its provider", "outside: undecided the SOA of example.com. is that of its provider"}},
		{"{query: example.com NS, answer: NODATA, target: inside}", []string{"inside: undecided the NS of example.com. is that of its provider"}},
	} {
		t.Run(test.test, func(t *testing.T) {
			var got []string
			for _, r := range suiteOf(t, test.test).Run(t.Context(), zones) {
				got = append(got, r.Target+": "+line(r))
			}
			if d := cmp.Diff(got, test.want); d != "" {
				t.Errorf("(-got +want)\n%s", d)
			}
		})
	}
}

// TestResult has all that a result says.
func TestResult(t *testing.T) {
	text := `version: 1
target: a
tests:
- {query: www.example.com A, answer: 192.0.2.1, name: the shop, why: "customers go there"}
- mail: example.com
  target: b
  mx: 0 .
  dkim: [k1,
    k2]
`
	suite, problems := Read(fstest.MapFS{"tests/shop/a.yaml": {Data: []byte(text)}}, "tests")
	if problems != nil {
		t.Fatal(problems)
	}
	zone := zoneOn(t, "a", "example.com.", zonefile.MustParseRRset("www.example.com. 60 A", "192.0.2.2"))
	got := suite.Run(t.Context(), NewZones(zone))
	elsewhere := Result{File: "tests/shop/a.yaml", Zone: "example.com.", Target: "b", Status: Undecided, Got: "example.com. is not on b"}
	with := func(line int, query, want string) Result {
		r := elsewhere
		r.Line, r.Name, r.Query, r.Want = line, query, query, want
		return r
	}
	want := []Result{
		{
			File: "tests/shop/a.yaml", Line: 4, Name: "the shop", Why: "customers go there", Query: "www.example.com. A", Zone: "example.com.", Target: "a",
			Status: Failed, Want: "192.0.2.1", Got: "192.0.2.2 (TTL 60)",
		},
		with(7, "example.com. MX", "0 ."),
		with(8, "k1._domainkey.example.com. TXT", "a DKIM key"),
		with(9, "k2._domainkey.example.com. TXT", "a DKIM key"),
	}
	if d := cmp.Diff(got, want); d != "" {
		t.Errorf("(-got +want)\n%s", d)
	}
	if n := Count(got, Undecided); n != 3 {
		t.Errorf("%d are undecided", n)
	}
}

// TestLargeAnswers has answers that are larger than a result is.
func TestLargeAnswers(t *testing.T) {
	var values []string
	for i := range 200 {
		values = append(values, fmt.Sprintf(`"%s%d"`, strings.Repeat("x", 200), i))
	}
	zone := zoneOn(t, "a", "example.com.", zonefile.MustParseRRset("txt.example.com. 60 TXT", values...))
	results := suiteOf(t, "txt.example.com TXT x").Run(t.Context(), NewZones(zone))
	if got := results[0].Got; len(got) != MaxText || !strings.HasSuffix(got, "...") {
		t.Errorf("%d octets: %s", len(got), got)
	}
	if got := bounded(strings.Repeat("é", MaxText)); len(got) > MaxText || !strings.HasSuffix(got, "é...") {
		t.Errorf("a character was cut: %q", got[len(got)-10:])
	}
	if got := bounded("two\nlines"); got != "two; lines" {
		t.Errorf("two lines: %q", got)
	}
	if got := bounded("a\xffb"); got != "a\ufffdb" {
		t.Errorf("not UTF-8: %q", got)
	}
}

// TestWants has what is expected, as people see it.
func TestWants(t *testing.T) {
	for test, want := range map[string][]string{
		"{query: a.example A, answer: [192.0.2.2, 192.0.2.1], ttl: {min: 1, max: 2}}":                {"192.0.2.1, 192.0.2.2; TTL 1 to 2"},
		"{query: a.example A, contains: 192.0.2.2, absent: [192.0.2.1], ttl: {min: 1}}":              {"contains 192.0.2.2; none of 192.0.2.1; TTL at least 1"},
		"{query: a.example A, ttl: {max: 1h}, follow: [b.example, c.example]}":                       {"TTL at most 3600; by way of b.example., c.example."},
		"{query: a.example A, answer: NXDOMAIN}":                                                     {"NXDOMAIN"},
		"{query: a.example A, ttl: 1m}":                                                              {"TTL 60"},
		"{delegation: a.example, ns: [a.a.example, b.example], glue: {a.a.example: 192.0.2.1}}":      {"NS a.a.example., b.example.; glue of a.a.example. 192.0.2.1"},
		"{delegation: a.example, ns: b.example, ds: none}":                                           {"NS b.example.", "NODATA"},
		"{caa: a.example, issue: [b.example, A.example], issuewild: none, iodef: mailto:c}":          {"issue a.example, b.example; issuewild none; iodef mailto:c"},
		"{mail: a.example, spf: {include: b.example}}":                                               {"an SPF record that includes b.example.; at most 10 look-ups"},
		"{mail: a.example, spf: ~all, dmarc: {policy: none, reports: [x, y]}, mta_sts: true}":        {"an SPF record with ~all; at most 10 look-ups", "v=DMARC1; p=none; rua=x,y", "v=STSv1; id=..."},
		"{mail: a.example, spf: {lookups: 3, all: '?all'}, tls_rpt: [mailto:a, https://a], mx: 0 .}": {"0 .", "an SPF record with ?all; at most 3 look-ups", "v=TLSRPTv1; rua=mailto:a,https://a"},
	} {
		var got []string
		for _, r := range suiteOf(t, test).Run(t.Context(), NewZones()) {
			got = append(got, r.Want)
		}
		if d := cmp.Diff(got, want); d != "" {
			t.Errorf("%s (-got +want)\n%s", test, d)
		}
	}
}
