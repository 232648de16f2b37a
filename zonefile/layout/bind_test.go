package layout

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/zonefile"
)

// read reads a master file.
func read(t *testing.T, origin, text string) *zonefile.File {
	t.Helper()
	const name = "test.zone"
	file, err := zonefile.ParseBIND(fstest.MapFS{name: {Data: []byte(text)}}, name, zonefile.BINDOptions{Origin: zonefile.MustParseName(origin)})
	if err == nil {
		err = file.Err()
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return file
}

func TestBIND(t *testing.T) {
	long := strings.Repeat("a", 60)
	for _, test := range []struct{ name, origin, zone, want string }{
		{"groups and their order", "example.com.", `$TTL 300
www A 192.0.2.80
host10 A 192.0.2.10
host2 AAAA 2001:db8::2
host2 600 A 192.0.2.2
a.host2 A 192.0.2.3
* A 192.0.2.1
@ TXT "v=spf1 -all"
@ MX 10 mail
@ NS ns1
@ SOA ns1 hostmaster 1 2 3 4 5
ns1 A 192.0.2.53
_dmarc TXT "v=DMARC1; p=none"
s1._domainkey CNAME s1.dkim.example.net.
lists MX 10 mail
lists A 192.0.2.9
_sip._tcp SRV 1 2 5060 www
_443._tcp.www TLSA 3 1 1 8a9a70596e869bed72c69d97a8895dfad86a10df8d5e5b0d61bb9e6d4e85c2f4
child NS ns.child
child DS 12345 13 2 8a9a70596e869bed72c69d97a8895dfad86a10df8d5e5b0d61bb9e6d4e85c2f4
ns.child A 192.0.2.54
`, `; example.com.
$ORIGIN example.com.
$TTL 300

; The zone itself
@	IN SOA ns1.example.com. hostmaster.example.com. 1 2 3 4 5
	IN NS ns1.example.com.
	IN MX 10 mail.example.com.
	IN TXT "v=spf1 -all"

; Mail
_dmarc	IN TXT "v=DMARC1; p=none"
s1._domainkey	IN CNAME s1.dkim.example.net.
lists	IN A 192.0.2.9
	IN MX 10 mail.example.com.

; Hosts
*	IN A 192.0.2.1
host2	600 IN A 192.0.2.2
	IN AAAA 2001:db8::2
a.host2	IN A 192.0.2.3
host10	IN A 192.0.2.10
ns1	IN A 192.0.2.53
www	IN A 192.0.2.80

; Services
_sip._tcp	IN SRV 1 2 5060 www.example.com.
_443._tcp.www	IN TLSA 3 1 1 8a9a70596e869bed72c69d97a8895dfad86a10df8d5e5b0d61bb9e6d4e85c2f4

; Delegations
child	IN NS ns.child.example.com.
	IN DS 12345 13 2 8a9a70596e869bed72c69d97a8895dfad86a10df8d5e5b0d61bb9e6d4e85c2f4
ns.child	IN A 192.0.2.54
`},
		{"strings of a long text", "example.com.", `txt 300 TXT "` + long + `" "b \" ; \\" "` + long + `"
`, `; example.com.
$ORIGIN example.com.
$TTL 300

; Hosts
txt	IN TXT ( "` + long + `"
		"b \" ; \\"
		"` + long + `" )
`},
		{"what a master file has no word for", "example.com.", `$TTL 60
@ TYPE65401 \# 17 026c62076578616d706c65036e657400
new TYPE65300 \# 2 0a0b
lua TYPE65402 \# 6 000103783b78
`, `; example.com.
$ORIGIN example.com.
$TTL 60

; The zone itself
@	IN TYPE65401 \# 16 026c62076578616d706c65036e657400 ; ALIAS lb.example.net.

; Hosts
lua	IN TYPE65402 \# 6 000103783b78 ; LUA A "x;x"
new	IN TYPE65300 \# 2 0a0b
`},
		{"a reverse zone", "2.0.192.in-addr.arpa.", `$TTL 60
10 PTR b.example.com.
9 PTR a.example.com.
`, `; example.com.
$ORIGIN 2.0.192.in-addr.arpa.
$TTL 60

; Addresses
9	IN PTR a.example.com.
10	IN PTR b.example.com.
`},
		{"names that need escapes", "example.com.", `$TTL 60
a\;b A 192.0.2.1
\@ A 192.0.2.2
`, `; example.com.
$ORIGIN example.com.
$TTL 60

; Hosts
\@	IN A 192.0.2.2
a\;b	IN A 192.0.2.1
`},
		{"nothing", "example.com.", "", "; example.com.\n$ORIGIN example.com.\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			zone := read(t, test.origin, strings.ReplaceAll(test.zone, `\# 17`, `\# 16`)).Zone
			text := BIND(Document{Zone: zone, Header: []string{"example.com."}})
			if diff := cmp.Diff(text, test.want); diff != "" {
				t.Errorf("(-got +want):\n%s", diff)
			}
			if back := read(t, test.origin, text).Zone; !back.Equal(zone) {
				t.Errorf("it reads back as another zone:\n%s", text)
			}
		})
	}
}

// TestHostileComments: whatever is in a comment stays in it, and allows nothing.
func TestHostileComments(t *testing.T) {
	zone := zonefile.NewZone(zonefile.MustParseName("example.com."))
	text := BIND(Document{
		Zone:   zone,
		Header: []string{"description: x\nevil A 192.0.2.66\r\x1b[2J\u202e; é \xff", ""},
		Footer: []string{"left: " + strings.Repeat("x", 2*longestComment)},
	})
	file := read(t, "example.com.", text)
	if file.Zone.Len() > 0 {
		t.Errorf("there are records in it:\n%s", text)
	}
	want := `; description: x\u{a}evil A 192.0.2.66\u{d}\u{1b}[2J\u{202e}; \u{e9} \xff` + "\n;\n"
	if !strings.HasPrefix(text, want) {
		t.Errorf("got %q, want %q at its start", text, want)
	}
	if !strings.Contains(text, "octets more)\n") || len(text) > 2*longestComment {
		t.Errorf("%d octets", len(text))
	}
}

func TestCompareLabels(t *testing.T) {
	sorted := []string{"*", "1", "2", "10", "a", "a1", "a2b", "a2c", "a10", "a010b", "b", "host"}
	for i, a := range sorted {
		for j, b := range sorted {
			if got := compareLabels(a, b); (got < 0) != (i < j) || (got == 0) != (i == j) {
				t.Errorf("compareLabels(%q, %q) = %d", a, b, got)
			}
		}
	}
}
