package powerdns_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/powerdns"
	"github.com/zoneward/zoneward/providers/providertest/dnsserver"
	"github.com/zoneward/zoneward/zonefile"
)

// hexes returns octets in hex.
func hexes(octets int) string { return strings.Repeat("ab", octets) }

// recordsOfAllTypes are RRsets of every type that can be held, in the forms in which PowerDNS writes them in its own way, at
// the names 0.example.com., 1.example.com. and so on.
func recordsOfAllTypes() []zonefile.RRset {
	long := strings.Repeat("0123456789abcdef", 16)[:255]
	var sets []zonefile.RRset
	for _, x := range [][]string{
		{"A", "192.0.2.1", "0.0.0.0", "255.255.255.255"},
		{"AAAA", "2001:db8::1", "::", "::1", "::ffff:192.0.2.1", "::192.0.2.1", "2001:db8:0:1:1:1:1:1", "2001:db8:0:0:1:0:0:1"},
		{"NS", "ns1.example.org.", "1.example.", "a--b.example."},
		{"CNAME", `a\.b\@c\;d\(e\"f\$g.example.org.`},
		{"CNAME", `a\000b\255c\032d\\e\009f.example.org.`},
		{"CNAME", "*.example.org."},
		{"CNAME", "."},
		{"CNAME", strings.Repeat("a", 63) + ".example."},
		{"PTR", "_x.example.org.", "UPPER.example.org."},
		{"DNAME", "t.example.org."},
		{"MX", "10 mail.example.org.", "0 other.example.org."},
		{"MX", "0 ."},
		{"SRV", "1 2 3 t.example.org.", "0 0 0 ."},
		{"TXT", `"plain"`, `"a" "b"`, `"a;b\"c\\d"`, `"\000\001\009\127\128\255"`, `""`, `"" "" "x"`, `" x  y "`, `"` + long + `" "y"`, `"@ $ ( ) ; ' % { } < > &"`, `"\\065"`},
		{"SPF", `"v=spf1 -all"`},
		{"HINFO", `"INTEL" "a \"b\""`, `"" ""`},
		{"RP", `a\.b.example.org. x.example.org.`, ". ."},
		{"AFSDB", "1 a.example.org."},
		{"KX", "1 a.example.org."},
		{"MINFO", "a.example.org. b.example.org."},
		{"MB", "a.example.org."},
		{"MG", "a.example.org."},
		{"MR", "a.example.org."},
		{"LP", "10 UPPER.example.org."},
		{"NAPTR", `100 10 "U" "E2U+sip" "!^.*$!sip:info@example.com!" .`, `100 10 "" "" "!a\\1\"b;!" x.example.org.`},
		{"CAA", `0 issue "ca.example; policy=ev"`, `0 issuewild ";"`, `128 iodef "mailto:a@example.com"`, `0 issue "a\"b\\c\255"`},
		{"DS", "12345 13 2 " + hexes(32), "12345 8 1 " + hexes(20), "1 253 99 00"},
		{"CDS", "0 0 0 00"},
		{"CDS", "12345 13 2 " + hexes(32)},
		{"CDNSKEY", "0 3 0 AA=="},
		{"DLV", "12345 13 2 " + hexes(32)},
		{"KEY", "256 3 13 AQIDBA=="},
		{"RKEY", "0 3 8 AQID"},
		{"SSHFP", "1 1 " + hexes(20), "4 2 " + hexes(32)},
		{"TLSA", "3 1 1 " + hexes(32), "3 1 0 " + hexes(300)},
		{"SMIMEA", "3 0 0 abcd"},
		{"OPENPGPKEY", "AQIDBA=="},
		{"CERT", "PKIX 2 RSASHA256 AQID", "253 0 0 AQIDBA=="},
		{"DHCID", "AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA="},
		{"ZONEMD", "2018031500 1 1 " + hexes(48)},
		{"CSYNC", "66 3 A NS AAAA", "66 3"},
		{"EUI48", "00-11-22-aa-44-55"},
		{"EUI64", "00-11-22-aa-44-55-66-77"},
		{"NID", "10 0014:4fff:ff20:ee64"},
		{"L32", "10 10.1.2.0"},
		{"L64", "10 2001:0db8:1140:1000"},
		{"APL", "1:192.0.2.0/24 !2:2001:db8::/32"},
		{"APL", "1:0.0.0.0/0"},
		{"APL", "2:::/0"},
		{"APL", ""},
		{"IPSECKEY", "10 1 2 192.0.2.38 AQNR", "10 0 2 . AQNR", "10 3 2 UPPER.example.org. AQNR", "10 2 2 2001:db8::1 AQNR", "10 1 0 192.0.2.1", "10 0 0 ."},
		{"LOC", "51 30 12.748 N 0 7 39.611 W 0.00m 0.00m 0.00m 0.00m", "0 0 0.000 N 0 0 0.000 E 0m 0.05m 20m 9000000m", "31 56 50.123 S 4 7 0.001 E -12.34m 1m 10000m 10m", "90 0 0 N 180 0 0 W -100000m"},
		{"URI", `10 1 "https://www.example.com/a;b?c=\"d\"&e=\\"`},
		{"HTTPS", "1 .", "0 a.example.org.", `2 . alpn="h2,h3,http/1.1" ipv4hint=192.0.2.1,192.0.2.2 ipv6hint=2001:db8::1,::ffff:192.0.2.1 ech=AQID`},
		{"SVCB", "1 UPPER.example.org. mandatory=alpn,port alpn=h2 no-default-alpn port=8443", `2 . key7="/q{?dns}" key65001="a b\"\\\255,"`, "3 . key8", "4 . key65000"},
		{"ALIAS", "t.example.org."},
		{"LUA", `A "ifportup(443, {'192.0.2.1', '192.0.2.2'})"`, `TXT "return '\"x\"\\n'"`, `TYPE65280 "` + long + `" "` + long + `"`, `A "a" "b"`},
		{"TYPE65280", `\# 2 abcd`, `\# 0`, `\# 4 01020304`},
		{"NULL", `\# 2 abcd`},
		// What only newer servers know, or none.
		{"RT", "1 a.example.org."},
		{"AMTRELAY", "10 0 1 203.0.113.15"},
		{"HIP", "2 200100107B1A74DF365639CC39F1D578 AwEAAbdxyhNuSutc5EMzxTs9LBPCIkOFH8cIvM4p rvs.example.com."},
		{"RESINFO", `"qnamemin"`},
		{"GID", `\# 4 00000005`},
		{"TYPE38", `\# 1 00`},
		{"TYPE11", `\# 5 c000020106`},
	} {
		name := fmt.Sprintf("%d.example.com.", len(sets))
		sets = append(sets, zonefile.MustParseRRset(name+" 300 "+x[0], x[1:]...))
	}
	return sets
}

func TestAllTypes(t *testing.T) {
	backends(t, func(t *testing.T, s *dnsserver.PowerDNSServer) {
		newZone(t, s, "DEFAULT", 1)
		p := open(t, s)
		base := fetch(t, p)
		for _, set := range recordsOfAllTypes() {
			if normal, err := p.Normalize(set); err != nil || normal != set {
				t.Fatalf("Normalize of\n%s\nis\n%s\n%v", set, normal, err)
			}
			// One by one, so that a refusal says which.
			if _, err := p.Apply(t.Context(), origin, puts(fetch(t, p), set)); err != nil {
				t.Errorf("%s\n%v", set, err)
			}
		}
		batch := puts(base, recordsOfAllTypes()...)
		diff(t, "zone", text(base.Zone.With(batch.Changes())), text(fetch(t, p).Zone))
	})
}

// Nobody's zone may be read as something that it is not: what other programs write through the API, or a backend keeps
// otherwise than it was written.
func TestContentOfOthers(t *testing.T) {
	backends(t, func(t *testing.T, s *dnsserver.PowerDNSServer) {
		newZone(t, s, "DEFAULT", 1)
		long := strings.Repeat("x", 300)
		for i, r := range []struct{ typ, content string }{
			{"TXT", `\"` + long + `\"`},
			{"LUA", `A \"` + long + `\"`},
			{"TXT", `\"é\tb\"`},
			{"CNAME", `a;b(c.example.org.`},
			{"RP", `\"x.example.org. a\\.b.example.org.`},
			{"A", `192.0.2.1`},
		} {
			patch(t, s, fmt.Sprintf(`{"name":"%d.%s","type":%q,"ttl":4294967295,"changetype":"REPLACE","records":[{"content":"%s","disabled":false}]}`, i, testZone, r.typ, r.content))
		}
		got := text(fetch(t, open(t, s)).Zone)
		diff(t, "zone", []string{
			"0.example.com. 2147483647 IN TXT \"" + long[:255] + `" "` + long[255:] + `"`,
			"1.example.com. 2147483647 IN LUA A \"" + long[:255] + `" "` + long[255:] + `"`,
			`2.example.com. 2147483647 IN TXT "\195\169\009b"`,
			`3.example.com. 2147483647 IN CNAME a\;b\(c.example.org.`,
			`4.example.com. 2147483647 IN RP \"x.example.org. a\.b.example.org.`,
			"5.example.com. 2147483647 IN A 192.0.2.1",
			"example.com. 3600 IN NS ns1.dns.example.", "example.com. 3600 IN NS ns2.dns.example.",
		}, sorted(got))
	})
}

func sorted(lines []string) []string {
	slices.Sort(lines)
	return lines
}

func TestNormalizeRefuses(t *testing.T) {
	p, err := powerdns.New(powerdns.Options{URL: "http://127.0.0.1:1", APIKey: func() (string, error) { return "", nil }})
	if err != nil {
		t.Fatal(err)
	}
	for name, set := range map[string]zonefile.RRset{
		"octets in owner names":      set(`a\;b.example.com. 300 A 192.0.2.1`),
		"asterisk in the middle":     set(`a.*.example.com. 300 A 192.0.2.1`),
		"asterisk in a label":        set(`*a.example.com. 300 A 192.0.2.1`),
		"signature":                  set("www.example.com. 300 RRSIG A 13 2 300 20300101000000 20200101000000 1 example.com. AQID"),
		"key of signing":             set("example.com. 300 DNSKEY 257 3 13 AQID"),
		"denial":                     set("example.com. 300 NSEC a.example.com. A"),
		"state of signing":           set(`example.com. 300 TYPE65534 \# 1 00`),
		"MX to no host name":         set(`www.example.com. 300 MX 10 a\;b.example.`),
		"MX to a hyphen":             set(`www.example.com. 300 MX 10 a-.example.`),
		"NS to the root":             set(`www.example.com. 300 NS .`),
		"SRV to a wildcard":          set(`www.example.com. 300 SRV 1 1 1 *.example.`),
		"empty CAA":                  set(`www.example.com. 300 CAA 0 issue ""`),
		"empty URI":                  set(`www.example.com. 300 URI 1 1 ""`),
		"KEY without a key":          set(`www.example.com. 300 KEY 49152 3 0`),
		"alias with parameters":      set(`www.example.com. 300 SVCB 0 a.example. port=1`),
		"protocol of other octets":   set(`www.example.com. 300 SVCB 1 . alpn="a\\,b"`),
		"LOC of more than it can do": set(`www.example.com. 300 LOC 1 N 1 E 42849672.95m`),
		"LOC larger than the earth":  set(`www.example.com. 300 LOC 1 N 1 E 0m 20000000m`),
		"two CNAMEs":                 set("www.example.com. 300 CNAME a.example.", "www.example.com. 300 CNAME b.example."),
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := p.Normalize(set); !errors.Is(err, providers.ErrUnsupported) || !strings.Contains(err.Error(), set.Key.String()) {
				t.Errorf("got %q, %v, want ErrUnsupported that names the RRset", got, err)
			}
		})
	}
}

func TestDisabledRecordsAreKept(t *testing.T) {
	backends(t, func(t *testing.T, s *dnsserver.PowerDNSServer) {
		p := open(t, s)
		hidden := func(name, typ, content string) string {
			return fmt.Sprintf(`{"name":%q,"type":%q,"ttl":60,"changetype":"REPLACE","records":[{"content":%q,"disabled":true}]}`, name, typ, content)
		}
		both := `{"name":"www.example.com.","type":"A","ttl":60,"changetype":"REPLACE","records":[{"content":"192.0.2.1","disabled":false},{"content":"192.0.2.7","disabled":true}]}`
		old := www(1).WithTTL(60)
		hiddenWWW := "www.example.com. 60 IN A 192.0.2.7"
		for _, tt := range []struct {
			name             string
			start            string
			op               providers.Op
			served, disabled []string
		}{
			{"put", both, providers.Op{Verb: providers.Put, Change: zonefile.Change{Old: &old, New: new(www(2).WithTTL(60))}}, []string{"www.example.com. 60 IN A 192.0.2.2"}, []string{hiddenWWW}},
			{"put another TTL", both, providers.Op{Verb: providers.Put, Change: zonefile.Change{Old: &old, New: new(www(1))}}, []string{"www.example.com. 300 IN A 192.0.2.1"}, []string{"www.example.com. 300 IN A 192.0.2.7"}},
			{"put what is hidden", both, providers.Op{Verb: providers.Put, Change: zonefile.Change{Old: &old, New: new(www(7).WithTTL(60))}}, []string{hiddenWWW}, []string{}},
			{"enable", both, providers.Op{Verb: providers.Enable, Change: zonefile.Change{New: new(www(7).WithTTL(60))}}, []string{hiddenWWW}, []string{}},
			{"delete", both, providers.Op{Verb: providers.Delete, Change: zonefile.Change{Old: &old}}, nil, []string{hiddenWWW}},
			{"disable", both, providers.Op{Verb: providers.Disable, Change: zonefile.Change{Old: &old}}, nil, []string{"www.example.com. 60 IN A 192.0.2.1", hiddenWWW}},
			{"of another type", hidden("www.example.com.", "CNAME", "x.example."), providers.Op{Verb: providers.Put, Change: zonefile.Change{New: new(www(2))}}, []string{"www.example.com. 300 IN A 192.0.2.2"}, []string{"www.example.com. 60 IN CNAME x.example."}},
		} {
			t.Run(tt.name, func(t *testing.T) {
				newZone(t, s, "DEFAULT", 1)
				patch(t, s, tt.start)
				apply(t, p, providers.Batch{Base: fetch(t, p), Ops: []providers.Op{tt.op}})
				after := fetch(t, p)
				diff(t, "served", append([]string{"example.com. 3600 IN NS ns1.dns.example.", "example.com. 3600 IN NS ns2.dns.example."}, tt.served...), text(after.Zone))
				diff(t, "disabled", tt.disabled, text(after.Disabled))
			})
		}
		t.Run("CNAME cannot be two", func(t *testing.T) {
			newZone(t, s, "DEFAULT", 1)
			patch(t, s, hidden("www.example.com.", "CNAME", "x.example."))
			base := fetch(t, p)
			_, err := p.Apply(t.Context(), origin, puts(base, www(1).WithName(zonefile.MustParseName("new.example.com.")), set("www.example.com. 60 CNAME y.example.")))
			if !is(err, providers.ErrBlocked) {
				t.Errorf("got %v, want ErrBlocked", err)
			}
			diff(t, "serial", base.Serial, fetch(t, p).Serial)
		})
	})
}

func TestCommentsAreKept(t *testing.T) {
	s := dnsserver.PowerDNS(t, dnsserver.PowerDNSOptions{}) // LMDB has none
	newZone(t, s, "DEFAULT", 1)
	patch(t, s, `{"name":"www.example.com.","type":"A","ttl":60,"changetype":"REPLACE","records":[{"content":"192.0.2.1","disabled":false}],
		"comments":[{"content":"the reason","account":"me","modified_at":1}]}`)
	p := open(t, s)
	apply(t, p, puts(fetch(t, p), www(2)))
	var reply string
	s.API(t, http.MethodGet, "/zones/"+testZone, nil, &reply)
	if !strings.Contains(reply, "the reason") || !strings.Contains(reply, "192.0.2.2") {
		t.Errorf("the zone is now %s", reply)
	}
}
