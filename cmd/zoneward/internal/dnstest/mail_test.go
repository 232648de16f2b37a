package dnstest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/zonefile"
)

// mailZone is what domains that send and receive mail have. Its SPF records include each other in all ways.
const mailZone = `$TTL 300
@ SOA ns1 hostmaster 7 3600 600 604800 200
@ NS ns1
ns1 A 192.0.2.53
@ MX 10 mail
@ MX 20 mail2
@ TXT "v=spf1 mx include:_spf.example.com ip4:192.0.2.0/24" " -all"
@ TXT "something else"
_spf TXT "v=spf1 a:mail.example.com/28//64 include:spf.elsewhere.invalid ?all"
k1._domainkey TXT "v=DKIM1; k=rsa; p=QUJD" "REVG"
k2._domainkey CNAME k1._domainkey
k3._domainkey CNAME k3.elsewhere.invalid.
revoked._domainkey TXT "v=DKIM1; p="
broken._domainkey TXT "v=DKIM1; p=?"
late._domainkey TXT "k=rsa; v=DKIM1; p=QUJD"
keyless._domainkey TXT "v=DKIM1; k=rsa"
two._domainkey TXT "p=QUJD"
two._domainkey TXT "p=QUJE"
_dmarc TXT "v=DMARC1; p=quarantine; rua=mailto:b@example.com,mailto:a@example.com"
_dmarc TXT "other"
_mta-sts TXT "v=STSv1; id=20260101T000000;"
_smtp._tls TXT "v=TLSRPTv1; rua=mailto:tls@example.com"
quiet MX 0 .
quiet TXT "v=spf1 -all"
_dmarc.quiet TXT "v=DMARC1; p=none; sp=reject"
twice TXT "v=spf1 -all"
twice TXT "v=spf1 ~all"
wrong TXT "v=spf1 ipv4:192.0.2.1 -all"
moved TXT "v=spf1 redirect=example.com"
away TXT "v=spf1 redirect=spf.elsewhere.invalid"
both TXT "v=spf1 ~all redirect=example.com"
macros TXT "v=spf1 include:%{d}.example.com exists:%{i}.spf.example.com -all"
empty TXT "v=spf1 include:nothing.example.com -all"
round TXT "v=spf1 include:round.example.com -all"
many TXT "v=spf1 a a a a a mx mx mx mx mx -all"
more TXT "v=spf1 a a a a a mx mx mx mx mx mx -all"
near TXT "v=spf1 a a a a a a mx include:_spf.example.com include:_spf.example.com -all"
behind TXT "v=spf1 -all a a a a a mx mx mx mx mx mx"
open TXT "v=spf1 a"
_dmarc.open TXT "v=DMARC1; p=reject; p=none"
`

// results runs one test against a zone, and returns what is asked and what comes of it.
func results(t *testing.T, test string, zones ...Zone) []string {
	t.Helper()
	var got []string
	for _, r := range suiteOf(t, test).Run(t.Context(), NewZones(zones...)) {
		got = append(got, r.Query+": "+line(r))
	}
	return got
}

func TestMail(t *testing.T) {
	zone := parseZone(t, "example.com", "a", mailZone)
	const spf = "v=spf1 mx include:_spf.example.com ip4:192.0.2.0/24 -all (look-ups: 4 at least, since what these take is not known here: spf.elsewhere.invalid.)"
	for _, test := range []struct {
		test string
		want []string
	}{
		{"{mail: example.com, mx: [20 mail2.example.com, 10 mail.example.com], spf: -all, dkim: [k1, k2], dmarc: quarantine, mta_sts: true, tls_rpt: true}", []string{
			"example.com. MX: passed 10 mail.example.com., 20 mail2.example.com. (TTL 300)",
			"SPF of example.com.: passed " + spf,
			"k1._domainkey.example.com. TXT: passed a key of type rsa, of 6 octets",
			"k2._domainkey.example.com. TXT: passed a key of type rsa, of 6 octets",
			"_dmarc.example.com. TXT: passed v=DMARC1; p=quarantine; rua=mailto:b@example.com,mailto:a@example.com",
			"_mta-sts.example.com. TXT: passed v=STSv1; id=20260101T000000;",
			"_smtp._tls.example.com. TXT: passed v=TLSRPTv1; rua=mailto:tls@example.com",
		}},
		{"{mail: example.com, mx: 10 mail.example.com}", []string{"example.com. MX: failed 10 mail.example.com., 20 mail2.example.com. (TTL 300)"}},
		{"{mail: quiet.example.com, mx: 0 ., spf: -all, dmarc: {policy: none, subdomains: reject}}", []string{
			"quiet.example.com. MX: passed 0 . (TTL 300)",
			"SPF of quiet.example.com.: passed v=spf1 -all (look-ups: 0)",
			"_dmarc.quiet.example.com. TXT: passed v=DMARC1; p=none; sp=reject",
		}},
		{"{mail: example.com, mx: 0 .}", []string{"example.com. MX: failed 10 mail.example.com., 20 mail2.example.com. (TTL 300)"}},

		{"{mail: example.com, spf: ~all}", []string{"SPF of example.com.: failed " + spf}},
		{"{mail: example.com, spf: {include: _spf.example.com}}", []string{"SPF of example.com.: passed " + spf}},
		{"{mail: example.com, spf: {include: [_spf.example.com, spf.example.net]}}", []string{"SPF of example.com.: failed " + spf}},
		{"{mail: example.com, spf: {include: spf.elsewhere.invalid}}", []string{"SPF of example.com.: failed " + spf}}, // that is of another record
		{"{mail: example.com, spf: {lookups: 4}}", []string{"SPF of example.com.: passed " + spf}},
		{"{mail: example.com, spf: {lookups: 3}}", []string{"SPF of example.com.: failed v=spf1 mx include:_spf.example.com ip4:192.0.2.0/24 -all (look-ups: 4)"}},
		{"{mail: twice.example.com, spf: -all}", []string{"SPF of twice.example.com.: failed twice.example.com. has 2 SPF records; there has to be one"}},
		{"{mail: mail.example.com, spf: -all}", []string{"SPF of mail.example.com.: failed mail.example.com. has no SPF record; there has to be one"}},
		{"{mail: wrong.example.com, spf: -all}", []string{`SPF of wrong.example.com.: failed the SPF record of wrong.example.com.: v=spf1 ipv4:192.0.2.1 -all: "ipv4:192.0.2.1": not a mechanism or modifier of SPF`}},
		{"{mail: moved.example.com, spf: {all: -all, include: _spf.example.com}}", []string{"SPF of moved.example.com.: passed v=spf1 redirect=example.com (look-ups: 5 at least, since what these take is not known here: spf.elsewhere.invalid.)"}},
		{"{mail: moved.example.com, spf: ~all}", []string{"SPF of moved.example.com.: failed v=spf1 redirect=example.com (look-ups: 5 at least, since what these take is not known here: spf.elsewhere.invalid.)"}},
		{"{mail: away.example.com, spf: -all}", []string{"SPF of away.example.com.: undecided v=spf1 redirect=spf.elsewhere.invalid (look-ups: 1 at least, since what these take is not known here: spf.elsewhere.invalid.); how it ends is said by the record that it redirects to"}},
		{"{mail: both.example.com, spf: ~all}", []string{"SPF of both.example.com.: passed v=spf1 ~all redirect=example.com (look-ups: 0)"}},
		{"{mail: macros.example.com, spf: -all}", []string{"SPF of macros.example.com.: passed v=spf1 include:%{d}.example.com exists:%{i}.spf.example.com -all (look-ups: 2 at least, since what these take is not known here: %{d}.example.com)"}},
		{"{mail: empty.example.com, spf: -all}", []string{"SPF of empty.example.com.: failed nothing.example.com. has no SPF record; there has to be one"}},
		{"{mail: round.example.com, spf: -all}", []string{"SPF of round.example.com.: failed v=spf1 include:round.example.com -all (look-ups: 11)"}},
		{"{mail: many.example.com, spf: -all}", []string{"SPF of many.example.com.: passed v=spf1 a a a a a mx mx mx mx mx -all (look-ups: 10)"}},
		{"{mail: more.example.com, spf: -all}", []string{"SPF of more.example.com.: failed v=spf1 a a a a a mx mx mx mx mx mx -all (look-ups: 11)"}},
		{"{mail: near.example.com, spf: -all}", []string{"SPF of near.example.com.: failed v=spf1 a a a a a a mx include:_spf.example.com include:_spf.example.com -all (look-ups: 11 at least, since what these take is not known here: spf.elsewhere.invalid.)"}},
		{"{mail: behind.example.com, spf: -all}", []string{"SPF of behind.example.com.: passed v=spf1 -all a a a a a mx mx mx mx mx mx (look-ups: 0)"}},
		{"{mail: open.example.com, spf: '?all'}", []string{"SPF of open.example.com.: failed v=spf1 a (look-ups: 1)"}},

		{"{mail: example.com, dkim: [revoked, broken, late, keyless, two, gone, k3]}", []string{
			"revoked._domainkey.example.com. TXT: failed a key that is revoked (p= is empty)",
			"broken._domainkey.example.com. TXT: failed p= is not base64",
			"late._domainkey.example.com. TXT: failed v=DKIM1, which should be DKIM1, and come first",
			"keyless._domainkey.example.com. TXT: failed no p=, and so no key",
			"two._domainkey.example.com. TXT: failed 2 TXT records; a selector has one",
			"gone._domainkey.example.com. TXT: failed no TXT record; a selector has one",
			"k3._domainkey.example.com. TXT: undecided k3.elsewhere.invalid. is in none of the zones at hand",
		}},

		{"{mail: example.com, dmarc: reject}", []string{"_dmarc.example.com. TXT: failed v=DMARC1; p=quarantine; rua=mailto:b@example.com,mailto:a@example.com"}},
		{"{mail: example.com, dmarc: {subdomains: quarantine, reports: [mailto:a@example.com, mailto:b@example.com]}}", []string{"_dmarc.example.com. TXT: passed v=DMARC1; p=quarantine; rua=mailto:b@example.com,mailto:a@example.com"}},
		{"{mail: example.com, dmarc: {reports: mailto:a@example.com}}", []string{"_dmarc.example.com. TXT: failed v=DMARC1; p=quarantine; rua=mailto:b@example.com,mailto:a@example.com"}},
		{"{mail: mail.example.com, dmarc: none}", []string{"_dmarc.mail.example.com. TXT: failed no DMARC record; there has to be one"}},
		{"{mail: open.example.com, dmarc: none}", []string{`_dmarc.open.example.com. TXT: failed v=DMARC1; p=reject; p=none: the tag "p" comes twice`}},
		{"{mail: example.com, mta_sts: 20260101T000000, tls_rpt: mailto:tls@example.com}", []string{
			"_mta-sts.example.com. TXT: passed v=STSv1; id=20260101T000000;",
			"_smtp._tls.example.com. TXT: passed v=TLSRPTv1; rua=mailto:tls@example.com",
		}},
		{"{mail: example.com, mta_sts: x, tls_rpt: 'https://example.com/tls'}", []string{
			"_mta-sts.example.com. TXT: failed v=STSv1; id=20260101T000000;",
			"_smtp._tls.example.com. TXT: failed v=TLSRPTv1; rua=mailto:tls@example.com",
		}},
	} {
		t.Run(test.test, func(t *testing.T) {
			if d := cmp.Diff(results(t, test.test, zone), test.want); d != "" {
				t.Errorf("(-got +want)\n%s", d)
			}
		})
	}
}

// TestSPFSyntax has the grammar of RFC 7208 §12, and what is not in it.
func TestSPFSyntax(t *testing.T) {
	for _, test := range []struct {
		text string
		want string // what of the error has to be there, empty for none
	}{
		{"v=spf1", ""},
		{"v=spf1 ", ""},
		{"V=SPF1 -ALL", ""},
		{"v=spf1  a  mx  -all", ""},
		{"v=spf1 a/24 a//64 a/24//64 a:example.com/24//64 mx:example.com -mx", ""},
		{"v=spf1 ip4:192.0.2.1 ip4:192.0.2.0/24 ip6:2001:db8::/32 ip6:2001:db8::1", ""},
		{"v=spf1 ptr ptr:example.com exists:%{ir}.%{v}._spf.%{d2} include:a.example", ""},
		{"v=spf1 redirect=_spf.example.com exp=explain._spf.%{d} moo.cow-far_out=man:dog/cat", ""},
		{"v=spf1 all:example.com", "it takes no value"},
		{"v=spf1 all/24", "it takes no value"},
		{"v=spf1 include", "it needs a value"},
		{"v=spf1 include:", "it needs a value"},
		{"v=spf1 exists", "it needs a value"},
		{"v=spf1 a:", "it needs a value"},
		{"v=spf1 a/33", "the length of the prefix"},
		{"v=spf1 mx//129", "the length of the prefix"},
		{"v=spf1 a/x", "the length of the prefix"},
		{"v=spf1 ip4", "it needs a value"},
		{"v=spf1 ip4:2001:db8::1", "not an address of that kind"},
		{"v=spf1 ip6:192.0.2.1", "not an address of that kind"},
		{"v=spf1 ip4:192.0.2.0/33", "the length of the prefix"},
		{"v=spf1 --all", "not a mechanism"},
		{"v=spf1 - all", "not a mechanism"},
		{"v=spf1 , -all", "not a mechanism"},
		{"v=spf1 include:%{x}.example.com", "a macro that is none"},
		{"v=spf1 include:100%.example.com", "a macro that is none"},
		{"v=spf1 redirect=a.example redirect=b.example", "redirect= comes twice"},
		{"v=spf1 redirect=", "it needs a value"},
		{"v=spf1 a:b\x01", "not a domain name"},
	} {
		_, err := parseSPF(test.text)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.text, err, test.want)
		}
	}
	for text, want := range map[string]bool{"v=spf1": true, "v=spf1 -all": true, "V=SPF1 a": true, "v=spf10 a": false, "v=spf2.0/mfrom a": false, " v=spf1": false, "": false} {
		if isSPF(text) != want {
			t.Errorf("%q is an SPF record: %v", text, !want)
		}
	}
}

// TestMailOfASmallerZone has what is below a domain in a zone of its own.
func TestMailOfASmallerZone(t *testing.T) {
	suite := suiteOf(t, "{mail: example.com, spf: -all, dkim: k1}", "www.example.com A 192.0.2.1", "www.example.org A 192.0.2.1")
	for _, test := range []struct {
		zone string
		want int
	}{{"example.com.", 2}, {"_domainkey.example.com.", 1}, {"www.example.com.", 1}, {"example.net.", 0}, {".", 3}} {
		if got := suite.Touching(zonefile.MustParseName(test.zone)).Len(); got != test.want {
			t.Errorf("%d tests touch %s, want %d", got, test.zone, test.want)
		}
	}
	zones := []Zone{parseZone(t, "example.com", "a", mailZone), parseZone(t, "_domainkey.example.com", "b", "@ 60 SOA n x 1 1 1 1 1\n@ 60 NS n\nk1 60 TXT \"p=QUJD\"\n")}
	var got []string
	for _, r := range suite.Touching(zonefile.MustParseName("_domainkey.example.com.")).Run(t.Context(), NewZones(zones...)) {
		got = append(got, strings.Join([]string{r.Query, r.Zone, r.Target, string(r.Status)}, " "))
	}
	want := []string{"SPF of example.com. example.com. a passed", "k1._domainkey.example.com. TXT _domainkey.example.com. b passed"}
	if d := cmp.Diff(got, want); d != "" {
		t.Errorf("(-got +want)\n%s", d)
	}
}
