package reconcile_test

import (
	"testing"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

func TestWhatIsLeft(t *testing.T) {
	origin := zonefile.MustParseName("example.com.")
	live, err := zonefile.ZoneOf(origin,
		zonefile.MustParseRRset("app.example.com. 60 A", "192.0.2.1"),
		zonefile.MustParseRRset("a-app.example.com. 60 TXT", `"heritage=external-dns,external-dns/owner=k"`),
	)
	if err != nil {
		t.Fatal(err)
	}
	policy := reconcile.DefaultPolicy()
	policy.Ignore = []reconcile.Pattern{{Name: "*.dyn"}}
	left := reconcile.WhatIsLeft(reconcile.Ref{Zone: origin, Target: "ns1"}, policy, live)
	for _, test := range []struct {
		name, typ string
		want      reconcile.LeftAlone
	}{
		{"example.com.", "SOA", reconcile.LeftToServer},
		{"example.com.", "NS", reconcile.LeftToServer},
		{"child.example.com.", "NS", reconcile.NotLeft},
		{"example.com.", "DNSKEY", reconcile.LeftToSigner},
		{"www.example.com.", "RRSIG", reconcile.LeftToSigner},
		{"_acme-challenge.example.com.", "TXT", reconcile.LeftToChallenge},
		{"_acme-challenge.example.com.", "CNAME", reconcile.NotLeft},
		{"a.dyn.example.com.", "A", reconcile.LeftByPolicy},
		{"app.example.com.", "A", reconcile.LeftToOthers},
		{"a-app.example.com.", "TXT", reconcile.LeftToOthers},
		{"www.example.com.", "A", reconcile.NotLeft},
	} {
		key := zonefile.Key{Name: zonefile.MustParseName(test.name), Type: zonefile.MustParseType(test.typ)}
		if got := left(key); got != test.want {
			t.Errorf("%s: %d, want %d", key, got, test.want)
		}
	}
}

func TestRuleFor(t *testing.T) {
	rules := []reconcile.Rule{
		{Match: []string{"example.com"}, Targets: []string{"a"}, File: "first"},
		{Match: []string{"*.com"}, Targets: []string{"a", "b"}, File: "second"},
	}
	for _, test := range []struct{ zone, target, want string }{
		{"example.com.", "a", "first"},
		{"example.com.", "b", "second"},
		{"example.org.", "a", ""},
		{"example.com.", "c", ""},
	} {
		rule, ok := reconcile.RuleFor(rules, reconcile.Ref{Zone: zonefile.MustParseName(test.zone), Target: test.target})
		if rule.File != test.want || ok != (test.want != "") {
			t.Errorf("%s on %s: %q, %t, want %q", test.zone, test.target, rule.File, ok, test.want)
		}
	}
}
