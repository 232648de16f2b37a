package reconcile

import (
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/zoneward/zoneward/zonefile"
)

// marker is what external-dns writes into a TXT record.
const marker = `"heritage=external-dns,external-dns/owner=k8s,external-dns/resource=ingress/default/web"`

// sealed is an encrypted marker, which is longer than one string of a TXT record may be if octets is.
func sealed(octets int) string {
	text := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("\xa5", octets)))
	var parts []string
	for part := range slices.Chunk([]byte(text), 255) {
		parts = append(parts, `"`+string(part)+`"`)
	}
	return strings.Join(parts, " ")
}

// zoneOf makes the zone example.com of lines "OWNER TYPE RDATA", with owners relative to it. Of a line "OWNER TYPE" the RDATA does not matter.
func zoneOf(t interface{ Fatal(args ...any) }, origin zonefile.Name, lines ...string) *zonefile.Zone {
	anything := map[zonefile.Type]string{
		zonefile.TypeA: "192.0.2.1", zonefile.TypeAAAA: "2001:db8::1", zonefile.TypeCNAME: "lb.example.net.", zonefile.TypeALIAS: "lb.example.net.",
		zonefile.TypeMX: "10 mx.example.net.", zonefile.TypeNS: "ns.example.net.", zonefile.TypeSRV: "0 0 443 lb.example.net.",
		zonefile.TypeTXT: marker, zonefile.TypePTR: "lb.example.net.", zonefile.TypeDNAME: "example.net.",
		zonefile.TypeNAPTR: `0 0 "s" "SIP+D2U" "" lb.example.net.`,
	}
	b := zonefile.NewBuilder(origin)
	for _, line := range lines {
		owner, rest, _ := strings.Cut(line, " ")
		typ, rdata, given := strings.Cut(rest, " ")
		key := zonefile.Key{Type: zonefile.MustParseType(typ)}
		var err error
		if key.Name, err = zonefile.ParseName(owner, origin); err != nil {
			t.Fatal(err)
		}
		if !given {
			rdata = anything[key.Type]
		}
		set, err := zonefile.ParseRRset(key, 300, zonefile.Name{}, rdata)
		if err != nil {
			t.Fatal(err)
		}
		if err := b.AddRRset(set); err != nil {
			t.Fatal(err)
		}
	}
	return b.Zone()
}

func TestExternalDNS(t *testing.T) {
	for _, tc := range []struct {
		name   string
		e      ExternalDNS
		origin string // example.com. if empty
		live   []string
		want   []string // keys that are external-dns's, relative to the zone
		idle   []string
	}{
		{
			name: "none",
			live: []string{"@ NS", "www A", "a-www TXT v=spf1", "www TXT heritage=other"},
		},
		{
			name: "since 0.18: with the type",
			live: []string{"www A", "www AAAA", "www MX", "a-www TXT", "mail A"},
			want: []string{"www A", "a-www TXT"},
		},
		{
			name: "each type that it manages",
			live: []string{"x A", "x AAAA", "x NS", "x MX", "x PTR", "x SRV", "x NAPTR", "x TXT v=spf1", "x DNAME", "y CNAME", "a-x TXT", "aaaa-x TXT", "ns-x TXT", "mx-x TXT", "ptr-x TXT", "srv-x TXT", "naptr-x TXT", "txt-x TXT", "dname-x TXT", "cname-y TXT"},
			want: []string{"x A", "x AAAA", "x NS", "x MX", "x PTR", "x SRV", "x NAPTR", "x TXT", "x DNAME", "y CNAME", "a-x TXT", "aaaa-x TXT", "ns-x TXT", "mx-x TXT", "ptr-x TXT", "srv-x TXT", "naptr-x TXT", "txt-x TXT", "dname-x TXT", "cname-y TXT"},
		},
		{
			name: "before 0.12: at the name itself, for addresses and aliases",
			live: []string{"www A", "www AAAA", "www MX", "www SRV", "www TXT"},
			want: []string{"www A", "www AAAA", "www TXT"},
		},
		{
			name: "0.12 to 0.17: both",
			live: []string{"www A", "www TXT", "a-www TXT"},
			want: []string{"www A", "www TXT", "a-www TXT"},
		},
		{
			name: "apex, before 0.12: its mail and name servers stay",
			live: []string{"@ NS", "@ A", "@ MX", "@ TXT"},
			want: []string{"@ A", "@ TXT"},
		},
		{
			name: "beside other text in one RRset",
			live: []string{"@ A", "@ TXT v=spf1", "@ TXT", "@ TXT zzz"},
			want: []string{"@ A", "@ TXT"},
		},
		{
			name: "ALIAS of PowerDNS",
			live: []string{"@ ALIAS", "@ TXT", "www ALIAS", "cname-www TXT"},
			want: []string{"@ ALIAS", "@ TXT", "www ALIAS", "cname-www TXT"},
		},
		{
			name: "addresses that were an ALIAS of Route 53: both markers",
			live: []string{"www A", "www AAAA", "cname-www TXT", "a-www TXT", "old A", "cname-old TXT"},
			want: []string{"www A", "www AAAA", "cname-www TXT", "a-www TXT", "old A", "cname-old TXT"},
		},
		{
			name: "a name that begins as if it had a type: both readings",
			live: []string{"a-www A", "www A", "www MX", "a-www TXT", "www.a-www A"},
			want: []string{"a-www A", "www A", "a-www TXT"},
		},
		{
			name: "a name like a type",
			live: []string{"a A", "a TXT", "a-a TXT", "-x A"},
			want: []string{"a A", "a TXT", "a-a TXT"},
		},
		{
			name: "in a lower label",
			live: []string{"www.sub A", "a-www.sub TXT", "sub A"},
			want: []string{"www.sub A", "a-www.sub TXT"},
		},
		{
			name: "wildcard",
			live: []string{"* A", "*.sub CNAME", "a-* TXT", "cname-*.sub TXT", "other A"},
			want: []string{"* A", "*.sub CNAME", "a-* TXT", "cname-*.sub TXT"},
		},
		{
			name: "wildcard with a replacement",
			e:    ExternalDNS{WildcardReplacement: "Any"},
			live: []string{"* A", "any A", "any.www A", "a-any TXT", "*.sub A", "any.sub TXT", "*.any A"},
			want: []string{"* A", "any A", "a-any TXT", "*.sub A", "any.sub TXT"},
		},
		{
			name: "prefix",
			e:    ExternalDNS{Prefix: "Edns-"},
			live: []string{"www A", "edns-a-www TXT", "old CNAME", "edns-old TXT", "a-www A", "mail A", "a-mail TXT"},
			want: []string{"www A", "edns-a-www TXT", "old CNAME", "edns-old TXT", "a-www A", "a-mail TXT"},
			idle: []string{"a-mail"},
		},
		{
			name: "nothing but the prefix",
			e:    ExternalDNS{Prefix: "edns"},
			live: []string{"* A", "@ A", "edns TXT", "edns@ TXT"},
			want: []string{"edns TXT", "edns\\@ TXT"},
			idle: []string{"edns", "edns\\@"},
		},
		{
			name: "prefix that is a label",
			e:    ExternalDNS{Prefix: "edns."},
			live: []string{"@ A", "edns TXT", "www A", "edns.a-www TXT", "www.sub A", "edns.a-www.sub TXT"},
			want: []string{"@ A", "edns TXT", "www A", "edns.a-www TXT", "www.sub A", "edns.a-www.sub TXT"},
		},
		{
			name: "prefix with the type",
			e:    ExternalDNS{Prefix: "%{record_type}-edns-"},
			live: []string{"www A", "www AAAA", "a-edns-www TXT", "old CNAME", "-edns-old TXT", "x A", "-edns-a-x TXT", "x AAAA"},
			want: []string{"www A", "a-edns-www TXT", "old CNAME", "-edns-old TXT", "x A", "-edns-a-x TXT"},
		},
		{
			name: "prefix with the type that is a label: the apex has its marker in the zone",
			e:    ExternalDNS{Prefix: "edns-%{record_type}."},
			live: []string{"@ A", "@ MX", "@ NS", "edns-a TXT", "edns-mx TXT", "www CNAME", "edns-cname.www TXT", "* A", "edns-a.* TXT"},
			want: []string{"@ A", "@ MX", "edns-a TXT", "edns-mx TXT", "www CNAME", "edns-cname.www TXT", "* A", "edns-a.* TXT"},
		},
		{
			name: "suffix",
			e:    ExternalDNS{Suffix: "-edns"},
			live: []string{"www A", "a-www-edns TXT", "old.sub A", "old-edns.sub TXT", "www AAAA", "mail A", "a-mail TXT"},
			want: []string{"www A", "a-www-edns TXT", "old.sub A", "old-edns.sub TXT", "a-mail TXT"},
			idle: []string{"a-mail"},
		},
		{
			name: "suffix with the type, and a dot",
			e:    ExternalDNS{Suffix: "-.%{record_type}"},
			live: []string{"www A", "www AAAA", "www-.a TXT", "x.sub CNAME", "x-.cname.sub TXT"},
			want: []string{"www A", "www-.a TXT", "x.sub CNAME", "x-.cname.sub TXT"},
		},
		{
			name: "suffix before the origin (--txt-zone-aware)",
			e:    ExternalDNS{Suffix: "-edns"},
			live: []string{"name.192.sub A", "a-name.192.sub-edns TXT"},
			want: []string{"name.192.sub A", "a-name.192.sub-edns TXT"},
		},
		{
			name: "suffix with the type before the origin",
			e:    ExternalDNS{Suffix: "-%{record_type}"},
			live: []string{"name.sub A", "name.sub AAAA", "name.sub-a TXT"},
			want: []string{"name.sub A", "name.sub-a TXT"},
		},
		{
			name: "suffix with more labels than the name has",
			e:    ExternalDNS{Suffix: "-a.b.c.d.e"},
			live: []string{"@ TXT", "www TXT", "www A"},
			want: []string{"@ TXT", "www TXT"},
			idle: []string{"@", "www"},
		},
		{
			name: "root zone", origin: ".",
			e:    ExternalDNS{Suffix: "-edns"},
			live: []string{"com A", "a-com-edns TXT", "co A"},
			want: []string{"com A", "a-com-edns TXT"},
		},
		{
			name: "another prefix than is said: the markers stay, and are for nothing",
			live: []string{"www A", "edns-a-www TXT"},
			want: []string{"edns-a-www TXT"},
			idle: []string{"edns-a-www"},
		},
		{
			name: "what it marks is gone",
			live: []string{"a-www TXT", "www AAAA"},
			want: []string{"a-www TXT"},
			idle: []string{"a-www"},
		},
		{
			name: "for a name outside the zone", origin: "sub.example.com.",
			e:    ExternalDNS{Prefix: "edns.sub."},
			live: []string{"@ A", "www A", "edns TXT", "edns.sub TXT"},
			want: []string{"@ A", "edns TXT", "edns.sub TXT"},
			idle: []string{"edns"},
		},
		{
			name: "only the heritage",
			live: []string{"www A", "www TXT heritage=external-dns", "x A", "x TXT heritage=external-dns2", "y A", "y TXT \"not heritage=external-dns\""},
			want: []string{"www A", "www TXT"},
		},
		{
			name: "quotes in the text",
			live: []string{"www A", `a-www TXT "\"heritage=external-dns,external-dns/owner=k8s\""`, "x A", `x TXT "\"heritage=external-dns\""`},
			want: []string{"www A", "a-www TXT", "x A", "x TXT"},
		},
		{
			name: "in more strings, and after an empty one",
			live: []string{"www A", `a-www TXT "heritage=external-dns,external-dns/owner=k8s" ",external-dns/resource=x"`, "x A", `a-x TXT "" "heritage=external-dns"`},
			want: []string{"www A", "a-www TXT"},
		},
		{
			name: "encrypted",
			live: []string{"www A", "a-www TXT " + sealed(81), "x A", "x TXT " + sealed(81), "a-y TXT " + sealed(81), "z AAAA", "aaaa-z TXT " + sealed(300)},
			want: []string{"www A", "a-www TXT", "z AAAA", "aaaa-z TXT"},
		},
		{
			name: "encrypted, with a prefix",
			e:    ExternalDNS{Prefix: "edns-"},
			live: []string{"www A", "edns-a-www TXT " + sealed(81), "x A", "edns-x TXT " + sealed(81), "edns-a-y TXT " + sealed(81), "z A", "a-z TXT " + sealed(81)},
			want: []string{"www A", "edns-a-www TXT", "x A", "edns-x TXT", "edns-a-y TXT"},
		},
		{
			name: "encrypted: what only looks so",
			e:    ExternalDNS{Prefix: "edns-"},
			live: []string{
				"a A", "edns-a-a TXT " + sealed(30), // short
				"b A", "edns-a-b TXT \"k=rsa; p=" + strings.Trim(sealed(90), `"`) + `"`,
				"c A", "edns-a-c TXT " + strings.TrimSuffix(sealed(90), `"`) + `A"`, // not a multiple of four
				"d A", "edns-a-d TXT " + sealed(90), "edns-a-d TXT more",
				"e A", "edns-a-e TXT " + strings.Repeat("A", 60) + "=" + strings.Repeat("A", 63),
				"f A", "edns-a-f TXT " + strings.Repeat("A", 117) + "===",
			},
		},
		{
			name: "off",
			e:    ExternalDNS{Off: true},
			live: []string{"www A", "a-www TXT"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			origin := example
			if tc.origin != "" {
				origin = zonefile.MustParseName(tc.origin)
			}
			relative := func(name zonefile.Name) string {
				if origin.IsRoot() {
					return strings.TrimSuffix(name.String(), ".")
				}
				return name.Relative(origin)
			}
			keys, idle := tc.e.marked(zoneOf(t, origin, tc.live...))
			got, gotIdle := map[string]bool{}, []string(nil)
			for key := range keys {
				got[relative(key.Name)+" "+key.Type.String()] = true
			}
			for _, name := range idle {
				gotIdle = append(gotIdle, relative(name))
			}
			want := map[string]bool{}
			for _, key := range tc.want {
				want[key] = true
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("keys: -want +got\n%s", diff)
			}
			if diff := cmp.Diff(tc.idle, gotIdle); diff != "" {
				t.Errorf("idle: -want +got\n%s", diff)
			}
		})
	}
}

// markerName is where external-dns puts the marker of an RRset, see AffixNameMapper in its registry/mapper; without a type where it did before 0.18.
func markerName(e ExternalDNS, name, word string) string {
	const template = "%{record_type}"
	first, rest, _ := strings.Cut(name, ".")
	if first == "*" && e.WildcardReplacement != "" {
		first = e.WildcardReplacement
	}
	if word != "" && !strings.Contains(e.Prefix+e.Suffix, template) {
		first = word + "-" + first
	}
	return strings.ReplaceAll(e.Prefix, template, word) + first + strings.ReplaceAll(e.Suffix, template, word) + "." + rest
}

// Whatever external-dns marks is found, and of the names that are no part of a marker none is taken for its own.
func TestExternalDNSFindsWhatIsMarked(t *testing.T) {
	words := map[zonefile.Type][]string{
		zonefile.TypeA: {"a", "cname", ""}, zonefile.TypeAAAA: {"aaaa", "cname", ""}, zonefile.TypeCNAME: {"cname", ""}, zonefile.TypeALIAS: {"cname", ""},
		zonefile.TypeMX: {"mx"}, zonefile.TypeSRV: {"srv"}, zonefile.TypeTXT: {"txt"},
	}
	types := slices.Sorted(maps.Keys(words))
	rapid.Check(t, func(t *rapid.T) {
		e := ExternalDNS{WildcardReplacement: rapid.SampledFrom([]string{"", "any"}).Draw(t, "wildcard")}
		affix := rapid.SampledFrom([]string{"", "e-", "-e", "a-", "%{record_type}-", "-%{record_type}", "e-%{record_type}-e", "e%{record_type}.", ".e", "e.e.", "-.%{record_type}"}).Draw(t, "affix")
		if rapid.Bool().Draw(t, "prefix") {
			e.Prefix = affix
		} else {
			e.Suffix = affix
		}
		owner := rapid.SampledFrom([]string{"www", "a", "a-a", "*", "_sip._tcp", "www.sub", "x.y.z", "any"}).Draw(t, "owner")
		typ := rapid.SampledFrom(types).Draw(t, "type")
		at, err := zonefile.ParseName(markerName(e, owner+".example.com.", rapid.SampledFrom(words[typ]).Draw(t, "word")), zonefile.Name{})
		if err != nil || !at.In(example) {
			t.Skip("external-dns cannot mark it")
		}
		key := zonefile.Key{Name: zonefile.MustParseName(owner + ".example.com."), Type: typ}
		live := []string{"other A", "other MX", "o.ther AAAA", "@ A", "@ MX", at.String() + " TXT " + marker}
		if typ == zonefile.TypeTXT {
			live = append(live, owner+" TXT v=spf1")
		} else {
			live = append(live, owner+" "+typ.String())
		}
		zone := zoneOf(t, example, live...)
		keys, _ := e.marked(zone)
		for _, want := range []zonefile.Key{key, {Name: at, Type: zonefile.TypeTXT}} {
			if !keys[want] {
				t.Errorf("%+v: %s is not external-dns's, with a marker at %s", e, want, at)
			}
			delete(keys, want)
		}
		for got := range keys {
			t.Errorf("%+v: %s is external-dns's, with a marker at %s", e, got, at)
		}
	})
}

// A zone without markers costs nothing but the way through it, whatever TXT records it has.
func TestExternalDNSAllocatesNothingPerRecord(t *testing.T) {
	b := zonefile.NewBuilder(example)
	for i := range 10_000 {
		for _, line := range []string{"a-x%d.example.com. 300 TXT|v=spf1 -all", "a-y%d.example.com. 300 TXT|" + strings.Trim(sealed(30), `"`)} {
			head, rdata, _ := strings.Cut(line, "|")
			if err := b.AddRRset(zonefile.MustParseRRset(fmt.Sprintf(head, i), `"`+rdata+`"`)); err != nil {
				t.Fatal(err)
			}
		}
	}
	zone := b.Zone()
	e := ExternalDNS{Prefix: "a-"}
	if got := testing.AllocsPerRun(3, func() { e.marked(zone) }); got > 50 {
		t.Errorf("%v allocations for 20,000 TXT records; want as many as for none", got)
	}
}

func BenchmarkExternalDNS(b *testing.B) {
	builder := zonefile.NewBuilder(example)
	for i := range 500_000 {
		for _, set := range []zonefile.RRset{
			zonefile.MustParseRRset(fmt.Sprintf("h%d.example.com. 300 A", i), "192.0.2.1"),
			zonefile.MustParseRRset(fmt.Sprintf("h%d.example.com. 300 TXT", i), `"v=spf1 -all"`),
		} {
			if err := builder.AddRRset(set); err != nil {
				b.Fatal(err)
			}
		}
	}
	zone := builder.Zone()
	b.ReportAllocs()
	for b.Loop() {
		ExternalDNS{}.marked(zone)
	}
}
