package main

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/zoneward/zoneward/reconcile"
)

func TestAutoPTRConfiguration(t *testing.T) {
	for _, test := range []struct {
		rule string
		want *reconcile.AutoPTR
		err  []string
	}{
		{`match: "*"`, nil, nil},
		{`match: "*", auto_ptr: false`, nil, nil},
		{`match: "*", auto_ptr: true`, &reconcile.AutoPTR{}, nil},
		{`match: "*.in-addr.arpa", auto_ptr: {}`, &reconcile.AutoPTR{}, nil},
		{
			`match: [2.0.192.in-addr.arpa, 0/25.2.0.192.in-addr.arpa., "*.example"], auto_ptr: {from: [Example.COM., "*.example.net"], targets: b, except: ["@", "*.Dyn"], ttl: 1h}`,
			&reconcile.AutoPTR{From: []string{"example.com", "*.example.net"}, Targets: []string{"b"}, Except: []string{"@", "*.dyn"}, TTL: 3600}, nil,
		},
		{`match: rev.customer.example, auto_ptr: {network: 192.0.2.64/26}`, &reconcile.AutoPTR{Network: netip.MustParsePrefix("192.0.2.64/26")}, nil},
		{
			`match: [2.0.192.in-addr.arpa, example.com], auto_ptr: true`, nil,
			[]string{"zoneward.yaml:7: auto_ptr: example.com is no reverse zone, which is in in-addr.arpa or ip6.arpa; network under auto_ptr says which addresses a zone of another name is for"},
		},
		{
			`match: "*", auto_ptr: yes please`, nil, []string{`zoneward.yaml:7: auto_ptr: "yes please" is neither true nor false`},
		},
		{
			`match: "*", auto_ptr: {from: [], targets: [c], ttl: 0, network: 192.0.2.0/23, of: 1}`, nil,
			[]string{
				"zoneward.yaml:7: auto_ptr.from: there is no zone in it; leave it out for all zones that go to the same target",
				`zoneward.yaml:7: auto_ptr.targets: there is no provider "c"; there are a, b`,
				`zoneward.yaml:7: auto_ptr.ttl: "0": want at least a second; leave it out for the TTL of each address`,
				`zoneward.yaml:7: auto_ptr.network: "192.0.2.0/23": want an IPv4 network from /24 to /32, such as 192.0.2.0/25`,
				"zoneward.yaml:7: auto_ptr.network: it is for a rule with one zone under match",
				`zoneward.yaml:7: auto_ptr: unknown key "of"; it can have except, from, network, targets, ttl`,
			},
		},
		{
			`match: "*", auto_ptr: {network: 192.0.2.1/25}`, nil,
			[]string{
				`zoneward.yaml:7: auto_ptr.network: "192.0.2.1/25": want an IPv4 network from /24 to /32, such as 192.0.2.0/25`,
				"zoneward.yaml:7: auto_ptr.network: it is for a rule with one zone under match",
			},
		},
	} {
		content := "version: 1\nsource: {dir: zones}\nproviders:\n  a: {type: zonedir, directory: a}\n  b: {type: zonedir, directory: b}\nzones:\n  - {targets: a, " + test.rule + "}\n"
		c, err := parseConfig("zoneward.yaml", []byte(content), func(string) (string, bool) { return "", false }, true)
		if diff := cmp.Diff(errorLines(err), test.err, cmpopts.SortSlices(func(a, b string) bool { return a < b })); diff != "" {
			t.Errorf("%s (-got +want):\n%s", test.rule, diff)
		}
		if err != nil {
			continue
		}
		if diff := cmp.Diff(c.rules[0].AutoPTR, test.want, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
			t.Errorf("%s (-got +want):\n%s", test.rule, diff)
		}
	}
}
