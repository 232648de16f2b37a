package zonefile

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"
	"pgregory.net/rapid"
)

// formatYAML returns a zone in YAML.
func formatYAML(t testing.TB, z *Zone, opts YAMLFormat) string {
	t.Helper()
	var b strings.Builder
	if err := FormatYAML(&b, z, opts); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestFormatYAML(t *testing.T) {
	zone := parseText(t, `$TTL 3600
@ 300 NS ns2.example.net.
@ 300 NS ns1.example.net.
@ MX 20 mx2.example.net.
@ MX 10 mx1.example.net.
@ TXT "v=DKIM1; k=rsa; p=" "a" "b"
_dmarc TXT "v=DMARC1; p=none"
a A 192.0.2.1
a A 192.0.2.2
b.a AAAA 2001:db8::1
* CNAME a
1 PTR a
yes TXT "1.10"
no TXT "null"
quote TXT "\"a\" \"b\"" "" 
host HINFO "PC" "Linux"
svc HTTPS 1 . alpn=h2,h3 port=8443 ipv6hint=2001:db8::1
here LOC 31 58 52.1 N 115 49 11.7 E 20m
tlsa TLSA 3 1 1 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff
sip NAPTR 10 100 "S" "SIP+D2U" "!^.*$!sip:info@example.com!" .
caa CAA 0 issue ";"
null MX 0 .
x TYPE65300 \# 2 abcd
`).Zone
	const want = `# The zone example.com.
#
# second
---
'':
  - ttl: 300
    type: NS
    values:
      - ns1.example.net.
      - ns2.example.net.
  - type: MX
    values:
      - exchange: mx1.example.net.
        preference: 10
      - exchange: mx2.example.net.
        preference: 20
  - type: TYPE16
    value: '"v=DKIM1; k=rsa; p=" "a" "b"'
'1':
  type: PTR
  value: a.example.com.
'*':
  type: CNAME
  value: a.example.com.
_dmarc:
  type: TXT
  value: v=DMARC1; p=none
a:
  type: A
  values:
    - 192.0.2.1
    - 192.0.2.2
b.a:
  type: AAAA
  value: 2001:db8::1
caa:
  type: CAA
  value:
    flags: 0
    tag: issue
    value: ;
here:
  type: LOC
  value:
    altitude: 20
    lat_degrees: 31
    lat_direction: 'N'
    lat_minutes: 58
    lat_seconds: 52.100
    long_degrees: 115
    long_direction: E
    long_minutes: 49
    long_seconds: 11.700
    precision_horz: 10000
    precision_vert: 10
    size: 1
host:
  type: HINFO
  value: '"PC" "Linux"'
'no':
  type: TXT
  value: 'null'
'null':
  type: MX
  value:
    exchange: .
    preference: 0
quote:
  type: TYPE16
  value: '"\"a\" \"b\"" ""'
sip:
  type: NAPTR
  value:
    flags: S
    order: 10
    preference: 100
    regexp: '!^.*$!sip:info@example.com!'
    replacement: .
    service: SIP+D2U
svc:
  type: HTTPS
  value:
    svcparams:
      alpn: [h2, h3]
      ipv6hint: ['2001:db8::1']
      port: 8443
    svcpriority: 1
    targetname: .
tlsa:
  type: TLSA
  value:
    certificate_association_data: 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff
    certificate_usage: 3
    matching_type: 1
    selector: 1
x:
  type: TYPE65300
  value: \# 2 abcd
'yes':
  type: TXT
  value: '1.10'
`
	if d := cmp.Diff(strings.Split(formatYAML(t, zone, YAMLFormat{Header: "The zone example.com.\n\nsecond"}), "\n"), strings.Split(want, "\n")); d != "" {
		t.Errorf("(-got +want):\n%s", d)
	}
}

func TestFormatYAMLOptions(t *testing.T) {
	zone := parseText(t, `www 300 TXT "a; \\; b"`).Zone
	for _, test := range []struct {
		opts YAMLFormat
		want string
	}{
		{YAMLFormat{}, `ttl: 300,type: TXT,value: a; \092; b`},
		{YAMLFormat{Semicolons: PlainSemicolons, DefaultTTL: 300}, `type: TXT,value: a; \092; b`},
		{YAMLFormat{Semicolons: EscapedSemicolons, DefaultTTL: 300}, `type: TXT,value: a\; \092\; b`},
	} {
		for set := range zone.All() {
			if got := strings.Join(FormatYAMLRecord(set, test.opts), ","); got != test.want {
				t.Errorf("%+v: got %s, want %s", test.opts, got, test.want)
			}
		}
	}
	if got := FormatYAMLName(MustParseName("yes.example."), Root); got != "yes.example" {
		t.Errorf("below the root: got %s", got)
	}
	if got := FormatYAMLName(example, example); got != "''" {
		t.Errorf("the apex: got %s", got)
	}
}

// Whatever a zone has, what is written is read as the same zone, without a problem of reading.
func TestFormatYAMLIsReadAsTheSameZone(t *testing.T) {
	seeds := map[Type][]string{}
	for _, file := range []string{"types.zone", "generic.zone"} {
		for s := range readGood(t, goodZones, file).All() {
			for rdata := range s.RDATA() {
				seeds[s.Key.Type] = append(seeds[s.Key.Type], rdata)
			}
		}
	}
	f, err := ParseYAML(os.DirFS("testdata/yaml"), "every-type.yaml", YAMLOptions{Origin: example})
	if err != nil {
		t.Fatal(err)
	}
	for s := range f.Zone.All() {
		for rdata := range s.RDATA() {
			seeds[s.Key.Type] = append(seeds[s.Key.Type], rdata)
		}
	}
	types := make([]Type, 0, len(seeds))
	for typ := range seeds {
		types = append(types, typ)
	}
	slices.Sort(types)
	rapid.Check(t, func(t *rapid.T) {
		origin := rapid.SampledFrom([]Name{example, Root}).Draw(t, "origin")
		b := NewBuilder(origin)
		single := map[Key]bool{} // that have a value
		for range rapid.IntRange(1, 6).Draw(t, "RRsets") {
			key := Key{drawName(t, origin), rapid.SampledFrom(append(types, TypeTXT, TypeTXT, TypeTXT)).Draw(t, "type")}
			ttl := TTL(rapid.SampledFrom([]uint32{0, 1, 3600, 1 << 30}).Draw(t, "TTL"))
			values := rapid.IntRange(1, 3).Draw(t, "values")
			if singleValued(key.Type) {
				if values = 1; single[key] {
					continue
				}
				single[key] = true
			}
			for range values {
				raw := drawRDATA(t, key.Type, seeds[key.Type])
				_ = b.Add(key, ttl, raw) // what is no RDATA is left out
			}
		}
		zone := b.Zone()
		opts := YAMLFormat{DefaultTTL: TTL(rapid.SampledFrom([]uint32{0, 1}).Draw(t, "default")), Semicolons: Semicolons(rapid.IntRange(0, 2).Draw(t, "semicolons"))}
		var text strings.Builder
		if err := FormatYAML(&text, zone, opts); err != nil {
			t.Fatal(err)
		}
		checkFormatted(t, zone, text.String(), opts)
	})
}

// drawName returns a name that may have anything in it.
func drawName(t *rapid.T, origin Name) Name {
	label := rapid.OneOf(
		rapid.SampledFrom([]string{"*", "www", "1", "010", "1_0", "0x10", "yes", "No", "null", "~", "1e3", "1.10", "@", "<<", "=", "2026-11-20", "xn--bcher-kva", "a.", "-", "?", ":", "#"}),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 1, 4), func(b []byte) string { return string(b) }),
	)
	var text strings.Builder
	for range rapid.IntRange(0, 3).Draw(t, "labels") {
		for _, c := range []byte(label.Draw(t, "label")) {
			fmt.Fprintf(&text, `\%03d`, c)
		}
		text.WriteByte('.')
	}
	name, err := ParseName(text.String()+strings.TrimPrefix(origin.String(), "."), Root)
	if err != nil {
		return origin
	}
	return name
}

// drawRDATA returns RDATA of a type, or something like it.
func drawRDATA(t *rapid.T, typ Type, seeds []string) []byte {
	if typ == TypeTXT && rapid.Bool().Draw(t, "text") {
		var rdata []byte
		word := rapid.OneOf(rapid.SampledFrom([]string{`"`, `\`, `;`, `\;`, `" "`, "yes", "1.10", " ", "#", ": ", "null", "é", "{", "'", "- ", "~"}), rapid.StringN(0, 3, -1))
		for range rapid.IntRange(1, 2).Draw(t, "strings") {
			octets := strings.Join(rapid.SliceOfN(word, 0, 4).Draw(t, "words"), "")
			rdata = append(rdata, appendStrings(nil, []byte(octets))...)
		}
		return rdata
	}
	raw := []byte(rapid.SampledFrom(seeds).Draw(t, "seed"))
	for range rapid.IntRange(0, 2).Draw(t, "changes") {
		if len(raw) > 0 {
			raw[rapid.IntRange(0, len(raw)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "octet")
		}
	}
	return raw
}

// checkFormatted checks that a text is read as the zone that it was written of, also by a reader that knows no octoDNS.
func checkFormatted(t interface {
	Helper()
	Fatalf(string, ...any)
}, zone *Zone, text string, opts YAMLFormat,
) {
	t.Helper()
	f, err := ParseYAML(OneFile("zone.yaml", text), "zone.yaml", YAMLOptions{Origin: zone.Origin(), DefaultTTL: opts.DefaultTTL, Semicolons: opts.Semicolons})
	if err != nil {
		t.Fatalf("%v", err)
	}
	for _, p := range f.Problems {
		if strings.HasPrefix(p.Rule, "yaml-") || p.Rule == "syntax" || strings.HasPrefix(p.Rule, "bad-") {
			t.Fatalf("%s\n%s", text, p)
		}
	}
	if !f.Zone.Equal(zone) {
		for c := range Diff(zone, f.Zone) {
			t.Fatalf("%s\n%s is read as %v, and was %v; %v", text, c.Key(), c.New, c.Old, f.Problems)
		}
	}
	var top map[string]any // which refuses keys that are no text
	if err := yaml.Unmarshal([]byte(text), &top); err != nil {
		t.Fatalf("%s\n%v", text, err)
	}
}

func FuzzFormatYAML(f *testing.F) {
	f.Add("a TXT \"a;b\" \"\\\\;\"\n@ SOA a b 1 2 3 4 5\n", 0)
	f.Add("a HTTPS 1 . alpn=\"a\\\\,b\" key667=\"\\\"\"\n* NAPTR 1 1 s \"\" \"!a!\\\\1!\" .\n", 1)
	f.Fuzz(func(t *testing.T, text string, semicolons int) {
		file, err := ParseBIND(OneFile("zone", "$TTL 3600\n"+text), "zone", BINDOptions{Origin: example, Limits: Limits{Generated: 20}})
		if err != nil {
			t.Fatal(err)
		}
		for s := range file.Zone.All() {
			if singleValued(s.Key.Type) && s.Len() > 1 {
				return // an error of the zone, which no reader passes over
			}
		}
		opts := YAMLFormat{Semicolons: Semicolons(uint(semicolons) % 3)}
		checkFormatted(t, file.Zone, formatYAML(t, file.Zone, opts), opts)
	})
}

func TestReadsAsText(t *testing.T) {
	for _, text := range []string{
		"", " a", "a ", "yes", "No", "Y", "n", "on", "OFF", "true", "null", "NULL", "~", "<<", "=", "1", "-1", "+1", "0", "010", "0o10", "0x1F", "0b1", "1_000", "1.10", "1.", ".5",
		"1e3", "1.5e+3", ".inf", "-.INF", ".nan", "1:30", "1:30:45.5", "2026-11-20", "2026-1-2T10:00:00Z", "2026-01-02 10:00:00", "- a", "-", "?", ":", "a:", "a: b", "a #b", "#a",
		"&a", "*a", "!a", "|", ">", "'a", `"a`, "%a", "@", "`a", "[a", "]", "{a", "}", ",a", "é", "a\tb", "12:30:45", "1:2:3:4:5:6:7:8", "0_25",
	} {
		if readsAsText(text) {
			t.Errorf("%q needs quotes", text)
		}
	}
	for _, text := range []string{
		"a", "www", "192.0.2.1", "2001:db8::1", "1a", "1-2", "v=spf1 -all", "a'b", `a"b`, "a:b", "a#b", "10.0.0", "1.2.3.4", "x-", "_dmarc", "a[b", "a,b", "00:11:22:gg", ";", "yesterday", "0/25",
	} {
		if !readsAsText(text) {
			t.Errorf("%q needs no quotes", text)
		}
	}
}
