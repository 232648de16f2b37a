package powerdns

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/zonefile"
)

// FuzzContent reads content that anybody may have put into a server: it does not panic, and what it reads is written so that it
// is read as the same again.
func FuzzContent(f *testing.F) {
	for _, s := range []struct{ typ, text string }{
		{"A", "192.0.2.1"},
		{"AAAA", "::ffff:192.0.2.1"},
		{"CNAME", `a\.b;c\032.example.`},
		{"MX", "10 mail.example."},
		{"TXT", `"a" "b\"\255"`},
		{"TXT", `"` + strings.Repeat("x", 600) + `"`},
		{"SOA", "a. b. 1 2 3 4 5"},
		{"CAA", `0 issue "x"`},
		{"URI", `1 2 "x"`},
		{"LUA", `A "x"`},
		{"IPSECKEY", "10 0 2 AQNR"},
		{"IPSECKEY", "10 3 2 a. AQNR"},
		{"LOC", "51 30 12.748 N 0 7 39.611 W 0.00m 0.00m 0.00m 0.00m"},
		{"SVCB", `1 a. alpn=h2,h3 port=53 key7="/q"`},
		{"HTTPS", "0 ."},
		{"DS", "1 2 3 ab"},
		{"KEY", "1 2 3 AQID"},
		{"TYPE65280", `\# 1 00`},
		{"NAPTR", `1 2 "a" "b" "c" d.`},
	} {
		f.Add(uint16(zonefile.MustParseType(s.typ)), s.text)
	}
	f.Fuzz(func(t *testing.T, n uint16, text string) {
		typ := zonefile.Type(n)
		rdata, err := parseContent(typ, text)
		if err != nil {
			return
		}
		set, err := zonefile.NewRRset(zonefile.Key{Name: zonefile.Root, Type: typ}, 0, rdata)
		if err != nil {
			return
		}
		for canonical := range set.RDATA() {
			content, err := formatContent(typ, canonical)
			if err != nil {
				continue
			}
			again, err := parseContent(typ, content)
			if err != nil {
				t.Fatalf("%s %q was written as %q, which is not read: %v", typ, text, content, err)
			}
			if same, err := zonefile.NewRRset(set.Key, 0, again); err != nil || same != set {
				t.Fatalf("%s %q was written as %q, which is read as something else: %q, %v", typ, text, content, again, err)
			}
		}
	})
}

// FuzzZone reads answers about zones: it does not panic, and what it takes for a whole zone has RRsets of that zone only.
func FuzzZone(f *testing.F) {
	for _, text := range []string{
		`{"name":"example.com.","kind":"Native","serial":1,"rrsets":[{"name":"example.com.","type":"SOA","ttl":1,"records":[{"content":"a. b. 1 2 3 4 5","disabled":false}]}]}`,
		`{"rrsets":[{"name":"*.example.com.","type":"TXT","ttl":1,"records":[{"content":"\"x\"","disabled":true}],"comments":[{}]}],"x":[1,{"y":null}]}`,
		`{"rrsets":[`, `[]`, `{"rrsets":{}}`, `{"rrsets":[{}]}`, `{"rrsets":[null]}`,
	} {
		f.Add([]byte(text))
	}
	origin := zonefile.MustParseName("example.com.")
	f.Fuzz(func(t *testing.T, text []byte) {
		content := newContent(origin)
		answer := &zoneAnswer{each: content.add}
		if err := answer.DecodeJSON(json.NewDecoder(strings.NewReader(string(text)))); err != nil {
			return
		}
		s, err := content.snapshot()
		if err != nil {
			return
		}
		for set := range s.Zone.All() {
			if !set.Key.Name.In(origin) || set.Key.Type.Signing() {
				t.Errorf("%s is in the zone", set.Key)
			}
		}
	})
}

func TestZoneID(t *testing.T) {
	for name, want := range map[string]string{
		"example.com.":                   "example.com.",
		"UPPER-1.example.":               "upper-1.example.",
		"0/25.2.0.192.in-addr.arpa.":     "0=2F25.2.0.192.in-addr.arpa.",
		"a_b.example.":                   "a=5Fb.example.",
		`a\.b.example.`:                  `a=5C.b.example.`,
		`a\032\255.example.`:             `a=5C032=5C255.example.`,
		".":                              "=2E",
		"*.example.":                     "=2A.example.",
		`a=b.example.`:                   "a=3Db.example.",
		`a%2F\?x#y.example.`:             "a=252f=3Fx=23y.example.",
		"xn--bcher-kva.example.":         "xn--bcher-kva.example.",
		"25.0-127.2.0.192.in-addr.arpa.": "25.0-127.2.0.192.in-addr.arpa.",
	} {
		if got := zoneID(zonefile.MustParseName(name)); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}
