package scaidns_test

import (
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/scaidns"
	"github.com/zoneward/zoneward/zonefile"
)

func anywhere(t *testing.T) *scaidns.Provider {
	t.Helper()
	return open(t, "https://scaidns.example", "key", scaidns.Options{})
}

func TestNormalize(t *testing.T) {
	p := anywhere(t)
	for _, tt := range []struct {
		head, text string
		refused    string // what the error says, "" if it is taken
	}{
		{"www.zone.example. 300 A", "192.0.2.1", ""},
		{"*.zone.example. 300 CNAME", "1.0/25.2.0.192.in-addr.arpa.", ""},
		{"_sip._tcp.zone.example. 300 SRV", "0 0 0 .", ""},
		{"zone.example. 300 MX", "0 .", ""},
		{"zone.example. 300 MX", "10 _underscore.example.", ""},
		{"zone.example. 300 CAA", `0 issue ";"`, ""},
		{"zone.example. 300 NAPTR", `100 52 "u" "E2U+sip" "!^\\+44(.*)$!sip:\\1@example.com!" .`, ""},
		{"www.zone.example. 300 AAAA", "::ffff:192.0.2.1", "IPv4-mapped"},
		{"www.zone.example. 300 HTTPS", "1 . alpn=h2", "no records of this type"},
		{"zone.example. 300 SOA", "a. b. 1 2 3 4 5", "no records of this type"},
		{"zone.example. 300 DNSKEY", "257 3 13 AQIDBA==", "no records of this type"},
		{`a\.b.zone.example. 300 A`, "192.0.2.1", "owner name"},
		{"a.*.zone.example. 300 A", "192.0.2.1", "owner name"},
		{"www.zone.example. 300 CNAME", `a\@b.example.`, "the name"},
		{"zone.example. 300 NS", ".", `"."`},
		{"zone.example. 300 MX", "10 a/b.example.", "the host"},
		{"zone.example. 300 NS", "-a.example.", "hyphen"},
		{"zone.example. 300 CAA", `0 issue ""`, "empty value"},
	} {
		t.Run(tt.head+" "+tt.text, func(t *testing.T) {
			given := set(tt.head, tt.text)
			got, err := p.Normalize(given)
			if tt.refused != "" {
				wants(t, err, providers.ErrUnsupported, tt.refused, given.Key.String())
			} else if err != nil || got != given {
				t.Errorf("got %s, error %v", got, err)
			}
		})
	}
	_, err := p.Normalize(set("www.zone.example. 300 CNAME", "a.example.", "b.example."))
	wants(t, err, providers.ErrUnsupported, "more than one")
}

// A relative name that looks absolute would end up somewhere else.
func TestNameThatLooksAbsolute(t *testing.T) {
	t.Parallel()
	h := start(t, variant{})
	base := h.fetch(t)
	for _, name := range []string{"zone.example.zone.example.", "a.zone.example.zone.example."} {
		_, err := h.p.Apply(t.Context(), origin, providers.Batch{Base: base, Ops: []providers.Op{put(base, set(name+" 300 A", "192.0.2.1"))}})
		wants(t, err, providers.ErrUnsupported, "would be taken for")
	}
}

func TestNormalizeProperties(t *testing.T) {
	p := anywhere(t)
	for _, tt := range []struct {
		name, origin, kind string
		given, want        map[string]string
		text               string // of the error
	}{
		{"nothing", "zone.example.", "", nil, map[string]string{}, ""},
		{
			"all", "2.0.192.in-addr.arpa.", "",
			map[string]string{"cidr": "192.0.2.0/24", "default_ttl": "1h", "description": " as it is ", "settings": "{ \"b\" : [ 1.50 ], \"a\": {} }", "dnssec": "ed25519", "ds": "published"},
			map[string]string{"cidr": "192.0.2.0/24", "default_ttl": "3600", "description": " as it is ", "settings": `{"a":{},"b":[1.50]}`, "dnssec": "ED25519", "ds": "published"},
			"",
		},
		{"IPv6", "8.b.d.0.1.0.0.2.ip6.arpa.", "", map[string]string{"cidr": "2001:db8::/32"}, map[string]string{"cidr": "2001:db8::/32"}, ""},
		{"classless", "0/25.2.0.192.in-addr.arpa.", "", map[string]string{"cidr": "192.0.2.0/25"}, map[string]string{"cidr": "192.0.2.0/25"}, ""},
		{"other prefix", "2.0.192.in-addr.arpa.", "", map[string]string{"cidr": "198.51.100.0/24"}, nil, "192.0.2.0/24"},
		{"other IPv6 prefix", "8.b.d.0.1.0.0.2.ip6.arpa.", "", map[string]string{"cidr": "2001:db8:1::/48"}, nil, "2001:db8::/32"},
		{"bits behind", "x.in-addr.arpa.", "", map[string]string{"cidr": "192.0.2.1/24"}, nil, "192.0.2.0/24"},
		{"prefix of a forward zone", "zone.example.", "", map[string]string{"cidr": "192.0.2.0/24"}, nil, "only reverse zones"},
		{"several", "zone.example.", "", map[string]string{"default_ttl": "x", "nonsense": "1", "dnssec": "on"}, nil, "nonsense: zones of ScaiDNS"},
		{"DS without signing", "zone.example.", "", map[string]string{"dnssec": "off", "ds": "published"}, nil, "ds: a zone that is not signed"},
		{"secondary", "zone.example.", "secondary", nil, nil, `kind "secondary"`},
		{"kind of another name", "zone.example.", "reverse_ipv4", nil, nil, "the name of the zone"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := p.NormalizeProperties(zonefile.MustParseName(tt.origin), tt.kind, tt.given)
			if tt.text != "" {
				wants(t, err, providers.ErrUnsupported, tt.text)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			diff(t, "properties", tt.want, got)
		})
	}
}
