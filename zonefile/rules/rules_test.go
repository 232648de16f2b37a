package rules_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/zonefile"
	"github.com/zoneward/zoneward/zonefile/rules"
)

// What the rules find where it is not plain from their pages. Each zone has "$TTL 300" in front of it, so that its first line is 1 in the findings; a finding is
// "LINE RULE", and rules that are off find nothing.
var findings = []struct {
	name, zone string
	want       []string
}{
	// Names.
	{name: "a domain that is repeated deeper", zone: "a.b.example.com TXT x\nexample.com TXT x", want: []string{"1 repeated-domain", "2 repeated-domain"}},
	{name: "a domain that is authorised to get reports", zone: `example.com._report._dmarc TXT "v=DMARC1"`},
	{name: "a name that ends like the domain", zone: "myexample.com TXT x\na\\007example.com TXT x"},
	{name: "hosts", zone: "a A 192.0.2.1\n1 A 192.0.2.1\n*.b A 192.0.2.1\nx--y A 192.0.2.1\na.b AAAA 2001:db8::1"},
	{
		name: "no hosts", zone: "a- A 192.0.2.1\nb.c_d AAAA 2001:db8::1\na\\032b MX 10 mx.example.net.",
		want: []string{"1 host-name", "2 host-name", "3 host-name"},
	},
	{name: "names that macros of SPF make", zone: "1.2.0.192.in-addr._spf A 127.0.0.2\nx._spf_rate A 127.0.0.2"},
	{name: "an underscore where no host is", zone: "a_b TXT x\n_x._tcp SRV 0 0 1 a.example.net."},
	{name: "A-labels", zone: "xn--bcher-kva A 192.0.2.1\nxn--e1afmkfd.x A 192.0.2.1\nxn--ls8h TXT x"},
	{name: "no A-labels", zone: "xn-- TXT x\nx.xn--a-ecp.ru TXT x\nxn--abc\\255 TXT x", want: []string{"1 bad-a-label", "2 bad-a-label", "3 bad-a-label"}},
	{name: "two asterisks", zone: "*.* TXT x", want: []string{"1 asterisk"}},
	{
		name: "names that a wildcard does not answer for",
		zone: "* 300 CNAME a.example.net.\nb TXT x\nc MX 10 mx.example.net.\nd HINFO a b\ne RP . .\nf LOC 1 N 1 E 1m\ng AFSDB 1 a.example.net.",
		want: []string{"1 wildcard-gap"},
	},
	{
		name: "names that have their own answer beside a wildcard",
		zone: "* A 192.0.2.1\na CNAME a.example.net.\nb AAAA 2001:db8::1\nc NS ns1.example.net.\nd.c TXT x ; zoneward: allow below-zone-cut\ne HTTPS 0 a.example.net.\n_f TXT x\n_g._tcp TXT x",
	},
	{name: "a wildcard for mail", zone: "* MX 10 mx.example.net.\na TXT x\nb.c TXT x"},
	{name: "a wildcard within a wildcard", zone: "* A 192.0.2.1\nx A 192.0.2.2\n*.x A 192.0.2.2\ny.x TXT x\nz A 192.0.2.3", want: []string{"3 wildcard-gap"}},
	{name: "an empty name beside a wildcard, once", zone: "* A 192.0.2.1\nb.a A 192.0.2.2\nc.a A 192.0.2.2\nc.b.a A 192.0.2.2", want: []string{"1 wildcard-empty-name"}},
	{name: "the owners of keys", zone: strings.Repeat("a", 56) + "._smimecert SMIMEA 3 0 1 " + strings.Repeat("00", 32) + "\n" + strings.Repeat("0", 56) + "._openpgpkey OPENPGPKEY AAAA\n*._smimecert SMIMEA 3 0 1 " + strings.Repeat("00", 32)},
	{name: "other owners of keys", zone: "user._smimecert SMIMEA 3 0 1 " + strings.Repeat("00", 32) + "\nuser OPENPGPKEY AAAA", want: []string{"1 owner-form", "2 owner-form"}},
	{
		name: "the owners of TLSA",
		zone: "_25._tcp.a TLSA 3 1 1 HASH\n*._tcp.a TLSA 3 1 1 HASH\n*.a TLSA 3 1 1 HASH\n_smtp-client.a TLSA 3 1 1 HASH\n_0._tcp.a TLSA 3 1 1 HASH",
	},
	{
		name: "other owners of TLSA", zone: "_tcp._25.a TLSA 3 1 1 HASH\n_65536._tcp TLSA 3 1 1 HASH\n25._tcp TLSA 3 1 1 HASH\n_25.a TLSA 3 1 1 HASH",
		want: []string{"1 owner-form", "2 owner-form", "3 owner-form", "4 owner-form"},
	},
	{name: "services with fifteen characters, and sixteen", zone: "_a23456789012345._tcp SRV 0 0 1 a.example.net.\n_a234567890123456._tcp SRV 0 0 1 a.example.net.", want: []string{"2 owner-form"}},

	// Targets.
	{name: "targets below a delegation and a DNAME", zone: "a CNAME x.sub\nb CNAME x.old\n@ MX 10 sub\nsub NS ns1.example.net.\nold DNAME new.example.net."},
	{name: "a target below a delegation with another below", zone: "a NS ns.example.net.\nb.a NS ns.example.net. ; zoneward: allow below-zone-cut\nwww CNAME c.a"},
	{name: "a target with a DNAME and no address", zone: "@ MX 10 old\nold DNAME new.example.net.", want: []string{"1 dangling-target"}},
	{name: "a target that a wildcard answers for", zone: "@ MX 10 x.a\n*.a A 192.0.2.1"},
	{name: "a target for which a wildcard has no address", zone: "@ MX 10 x.a\n*.a TXT x", want: []string{"1 dangling-target"}},
	{name: "a wildcard behind a name", zone: "@ CNAME2 A 192.0.2.1\n", want: []string{"1 unknown-type"}},
	{name: "a wildcard that does not reach the target", zone: "www CNAME x.b.a\n*.a TXT x\ny.b.a TXT x", want: []string{"1 dangling-target"}},
	{name: "a target with names below it alone", zone: "www CNAME a\nb.a A 192.0.2.1\nold DNAME a", want: []string{"1 dangling-target"}},
	{name: "a DNAME to nothing", zone: "old DNAME new", want: []string{"1 dangling-target"}},
	{name: "services to a name without addresses", zone: "a TXT x\n@ HTTPS 1 a\n_b._tcp SRV 0 0 1 a\nc SVCB 0 a\nd NAPTR 1 1 A SIP+D2U \"\" a\ne NAPTR 1 1 S SIP+D2U \"\" a", want: []string{"2 dangling-target", "3 dangling-target", "5 dangling-target"}},
	{name: "the letter case of a target", zone: "@ HTTPS 1 WWW.EXAMPLE.COM.\nwww A 192.0.2.1"},
	{name: "several targets of one record", zone: "@ MX 10 a\n@ MX 20 b\n@ MX 30 c\nb A 192.0.2.1", want: []string{"1 dangling-target", "1 dangling-target"}},
	{name: "no dot, and a wildcard", zone: "* A 192.0.2.1\na CNAME www.example.com\nb CNAME www.example.net", want: []string{"2 relative-target"}},
	{name: "no dot, and the name is there", zone: "a CNAME www.example.net\nwww.example.net A 192.0.2.1"},
	{name: "addresses as targets", zone: "a CNAME 2001:db8::1.\nb NS 192.0.2.1\n_c._tcp SRV 0 0 1 192.0.2.1.", want: []string{"1 target-is-address", "2 missing-glue", "2 target-is-address", "3 target-is-address"}},
	{name: "names that look like addresses", zone: "a CNAME 1.2.3.4\n1.2.3.4 A 192.0.2.1\nb CNAME 1.2.3.example.net.\nc CNAME 1.2.3.4.example.net."},
	{name: "an MX to a wildcard CNAME", zone: "@ MX 10 x.a\n*.a CNAME a.example.net.", want: []string{"1 target-is-cname"}},
	{name: "hosts as targets", zone: "@ MX 10 a_b.example.net.\nc NS 1.example.net.\n_d._tcp SRV 0 0 1 a-.example.net.\ne CNAME a_b.example.net.", want: []string{"1 target-host-name", "3 target-host-name"}},
	{name: "the root as a target", zone: "a NS .\nb PTR .\nc MX 0 .\n_d._tcp SRV 0 0 0 .\ne HTTPS 1 .\nf NAPTR 1 1 U E2U+sip !^.*$!sip:a@example.com! .", want: []string{"1 root-target", "2 root-target"}},
	{name: "localhost in the zone", zone: "@ MX 10 localhost\nlocalhost A 127.0.0.1", want: []string{"1 localhost-target"}},
	{name: "localhost in a name", zone: "@ MX 10 localhost.example.net."},
	{name: "a loop that others lead into", zone: "a CNAME b\nb CNAME c\nc CNAME d\nd CNAME b\ne CNAME a", want: []string{"2 cname-loop"}},
	{name: "two loops", zone: "a CNAME b\nb CNAME a\nc CNAME d\nd CNAME c", want: []string{"1 cname-loop", "3 cname-loop"}},
	{name: "a wildcard that leads to itself", zone: "*.a CNAME b.a", want: []string{"1 cname-loop"}},
	{name: "a DNAME below itself", zone: "a DNAME b.a", want: []string{"1 cname-loop"}},
	{name: "chains of eight and nine", zone: chain("a", 8) + chain("b", 9), want: []string{"9 long-cname-chain"}},
	{name: "a chain of ten, said once", zone: chain("a", 10), want: []string{"1 long-cname-chain"}},
	{name: "two ways into a chain", zone: chain("a", 9) + "b CNAME a2", want: []string{"1 long-cname-chain", "10 long-cname-chain"}},

	// Types.
	{name: "TTLs", zone: "a 604800 TXT x\nb 604801 TXT x\nc 1 TXT x\nd 0 TXT x", want: []string{"2 long-ttl", "4 zero-ttl"}},
	{name: "SOA timers within bounds", zone: "@ SOA ns.example.net. a.example.com. 1 86400 7200 3600000 86400"},
	{
		name: "SOA timers out of bounds", zone: "@ SOA ns.example.net. a.example.com. 1 299 59 604799 86401",
		want: []string{"1 soa-timers", "1 soa-timers", "1 soa-timers", "1 soa-timers"},
	},
	{name: "an SOA with an address and a dot", zone: "@ SOA 192.0.2.1. a\\.b.example.com. 1 7200 900 1209600 300", want: []string{"1 soa-names"}},
	{name: "CAA", zone: "@ CAA 128 issue \";\"\n@ CAA 0 IssueWild \"\"\n@ CAA 0 contactemail \"a@example.com\"\n@ CAA 0 issue \"ca.example.net; account=1\"\n@ CAA 0 iodef \"https://example.com/\""},
	{name: "CAA that is critical and not known", zone: "@ CAA 128 tbs \"x\"", want: []string{"1 caa-value"}},
	{name: "CAA of two domains", zone: "@ CAA 0 issue \"a.example.net, b.example.net\"", want: []string{"1 caa-value"}},
	{name: "TLSA for private use", zone: "_1._tcp TLSA 255 255 255 00\n_2._tcp TLSA 3 1 0 00"},
	{name: "TLSA", zone: "_1._tcp TLSA 3 2 1 HASH\n_2._tcp TLSA 3 1 3 00\n_3._tcp TLSA 3 1 1 00", want: []string{"1 tlsa-value", "2 tlsa-value", "3 tlsa-value"}},
	{name: "DS", zone: "a NS ns.example.net.\na DS 1 8 2 HASH\na DS 1 15 4 " + strings.Repeat("00", 48)},
	{name: "CDS and DNSKEY", zone: "@ CDS 1 13 1 " + strings.Repeat("00", 20) + "\n@ DNSKEY 257 3 7 AAAA\n@ CDS 0 0 0 00", want: []string{"1 signing-type", "1 weak-ds", "2 signing-type", "2 weak-ds"}},
	{name: "SSHFP", zone: "a SSHFP 5 2 HASH\nb SSHFP 1 3 00\nc SSHFP 6 2 HASH\nd SSHFP 1 1 " + strings.Repeat("00", 20) + "\nd SSHFP 3 2 HASH", want: []string{"1 weak-sshfp", "2 weak-sshfp", "4 weak-sshfp"}},
	{name: "NAPTR", zone: "a NAPTR 1 1 \"\" \"\" \"\" b.example.net.\nc NAPTR 1 1 P x \"\" .\nd NAPTR 1 1 U x \"!a\\\\!!b!i\" .", want: nil},
	{name: "NAPTR with nothing", zone: "a NAPTR 1 1 S x \"\" .\nb NAPTR 1 1 \"S-\" x \"\" a.example.net.\nc NAPTR 1 1 U x \"!a!b!g\" .", want: []string{"1 naptr-value", "2 naptr-value", "3 naptr-value"}},
	{name: "URI", zone: "_a URI 1 1 \"mailto:a@example.com\"\n_b URI 1 1 \"//example.com/\"\n_c URI 1 1 \"https:\"", want: []string{"2 uri-value", "3 uri-value"}},
	{name: "two aliases of HTTPS", zone: "@ HTTPS 0 a.example.net.\n@ HTTPS 0 b.example.net.", want: []string{"1 svcb-mode"}},
	{name: "HTTPS to itself", zone: "@ HTTPS 0 @\n@ TXT x", want: []string{"1 svcb-mode"}},
	{name: "hints of another name", zone: "@ HTTPS 1 a ipv4hint=192.0.2.1,192.0.2.2 ipv6hint=2001:db8::1\na A 192.0.2.1", want: []string{"1 svcb-hint"}},
	{name: "hints of a name elsewhere", zone: "@ HTTPS 1 a.example.net. ipv4hint=192.0.2.1"},
	{name: "texts", zone: `a TXT "" ` + "\n" + `b TXT "a " " b"` + "\n" + `c TXT "\"a\" \"b\" c"` + "\n" + `d TXT "\228"`},
	{name: "texts that begin and end with a space", zone: `a TXT " a"` + "\n" + `b TXT "a" "b "` + "\n" + `c TXT " "` + "\n" + `d TXT "\226\128\156a\226\128\157"`, want: []string{"1 text-form", "2 text-form", "3 text-form", "4 text-form"}},
	{name: "addresses", zone: "a A 0.0.0.0\nb A 127.0.0.1\nc A 224.0.0.251\nd AAAA ff02::fb\ne AAAA ::\nf AAAA ::1"},
	{name: "no addresses", zone: "a A 0.1.2.3\nb A 240.0.0.1\nc AAAA ::ffff:192.0.2.1", want: []string{"1 unusable-address", "2 unusable-address", "3 unusable-address"}},
	{name: "as many addresses as fit", zone: "$GENERATE 1-73 many A 192.0.2.$"},
	{name: "one address too many", zone: "$GENERATE 1-75 many A 192.0.2.$", want: []string{"1 needs-tcp"}},
	{name: "DS at a delegation below another", zone: "a NS ns.example.net.\nb.a DS 1 13 2 HASH ; zoneward: allow below-zone-cut", want: []string{"2 ds-without-ns"}},
	{name: "glue of another delegation", zone: "a 600 NS ns.b\nb 300 NS ns.b\nns.b 300 A 192.0.2.1"},
	{name: "a signed zone", zone: "a RRSIG A 13 3 300 20300101000000 20200101000000 1 example.com. AAAA\nb RRSIG A 13 3 300 20300101000000 20200101000000 1 example.com. AAAA", want: []string{"1 signing-type"}},
}

// chain returns that many CNAMEs, each to the next.
func chain(name string, n int) string {
	var b strings.Builder
	for i := range n - 1 {
		fmt.Fprintf(&b, "%[1]s%[2]d CNAME %[1]s%[3]d\n", name, i+1, i+2)
	}
	fmt.Fprintf(&b, "%s%d CNAME www.example.net.\n", name, n)
	return b.String()
}

func TestFindings(t *testing.T) {
	set := newSet(t, nil)
	for _, test := range findings {
		t.Run(test.name, func(t *testing.T) {
			zone := strings.ReplaceAll(test.zone, "HASH", strings.Repeat("00", 32))
			var got []string
			for _, p := range set.Judge(parse(t, "$TTL 300\n"+zone+"\n"), zonefile.Warning) {
				got = append(got, fmt.Sprintf("%d %s", p.Position.Line-1, p.Rule))
			}
			if d := cmp.Diff(got, test.want); d != "" {
				t.Errorf("(-got +want):\n%s", d)
			}
		})
	}
}

// A target that a YAML file leaves to others may be there.
func TestTargetThatIsIgnored(t *testing.T) {
	const zone = "www: {type: CNAME, value: web.example.com.}\nweb: {type: A, value: 192.0.2.1, octodns: {ignored: true}}\n"
	f, err := zonefile.ParseYAML(fstest.MapFS{"zone.yaml": {Data: []byte(zone)}}, "zone.yaml", zonefile.YAMLOptions{Origin: origin})
	if err != nil {
		t.Fatal(err)
	}
	if got := newSet(t, nil).Judge(f, zonefile.Warning); len(got) > 0 {
		t.Errorf("got %v", got)
	}
}

// In zones whose names have a meaning of their own, what is said there is meant.
func TestFindingsInOtherZones(t *testing.T) {
	tests := []struct {
		origin, zone string
		want         []string
	}{
		{"example.", "$TTL 300\nexample A 192.0.2.1\n", nil},
		{"rpz.example.", "$TTL 300\na CNAME .\n", nil},
		{"response.example.", "$TTL 300\na CNAME .\n", []string{"root-target"}},
		{"2.0.192.in-addr.arpa.", "$TTL 300\n1 CNAME 1.0-63\n0-63 NS ns.example.\n", nil},
		{"192.in-addr.arpa.", "$TTL 300\n1.2.0 CNAME 1.2.0.0\n", []string{"dangling-target"}},
		{"2.0.192.in-addr.arpa.", "$TTL 300\n1 PTR www\n", []string{"relative-target"}},
		{".", "$TTL 300\nexample. NS ns.example.\nns.example. A 192.0.2.1\n", nil},
	}
	set := newSet(t, nil)
	for _, test := range tests {
		t.Run(test.origin, func(t *testing.T) {
			f, err := zonefile.ParseBIND(fstest.MapFS{"zone": {Data: []byte(test.zone)}}, "zone", zonefile.BINDOptions{Origin: zonefile.MustParseName(test.origin)})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range set.Judge(f, zonefile.Warning) {
				got = append(got, p.Rule)
			}
			if d := cmp.Diff(got, test.want); d != "" {
				t.Errorf("(-got +want):\n%s", d)
			}
		})
	}
}

// Rules that have to be asked for.
func TestFindingsOfWhatIsOff(t *testing.T) {
	chosen := rules.Levels{}
	for _, r := range rules.All() {
		if !r.Fixed {
			chosen[r.ID] = rules.Off
		}
	}
	for _, id := range []string{"caa-issuewild", "tlsa-full", "private-address", "alias-not-at-apex", "single-ns", "cname-chain"} {
		chosen[id] = zonefile.Warning
	}
	const zone = `$TTL 300
@ NS ns.example.net.
@ CAA 0 issuewild "ca.example.net"
a CAA 0 issue "ca.example.net"
b A 192.168.1.1
c A 100.64.0.1
d AAAA 2001:db8::1
e AAAA 2606::1
f CNAME g
g CNAME b
`
	want := []string{"2 warning single-ns", "4 warning caa-issuewild", "5 warning private-address", "6 warning private-address", "7 warning private-address", "9 warning cname-chain"}
	if d := cmp.Diff(said(newSet(t, chosen).Judge(parse(t, zone), zonefile.Warning)), want); d != "" {
		t.Errorf("(-got +want):\n%s", d)
	}
}
