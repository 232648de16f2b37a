package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

func TestPolicyKeys(t *testing.T) {
	pattern := func(name string, types ...zonefile.Type) reconcile.Pattern {
		return reconcile.Pattern{Name: name, Types: types}
	}
	for _, test := range []struct {
		policy string
		want   func(*reconcile.Policy)
	}{
		{"{}", func(*reconcile.Policy) {}},
		{"{max_deletes: 5}", func(p *reconcile.Policy) { p.MaxDeletes = reconcile.Count(5) }},
		{"{max_changes: 12.5%}", func(p *reconcile.Policy) { p.MaxChanges = reconcile.Percent(12.5) }},
		{"{grace: 24h}", func(p *reconcile.Policy) { p.Grace = 24 * time.Hour }},
		{"{retention: 2160h}", func(p *reconcile.Policy) { p.Retention = 90 * 24 * time.Hour }},
		{"{zone_removal: retire}", func(p *reconcile.Policy) { p.RetireZones = true }},
		{"{zone_removal: keep}", func(*reconcile.Policy) {}},
		{"{ownership: additive}", func(p *reconcile.Policy) { p.Additive = true }},
		{"{ownership: authoritative}", func(*reconcile.Policy) {}},
		{"{targets: independent}", func(p *reconcile.Policy) { p.Together = false }},
		{"{targets: together}", func(*reconcile.Policy) {}},
		{"{apply: auto}", func(*reconcile.Policy) {}},
		{"{apply: approve}", func(p *reconcile.Policy) { p.Approve = true }},
		{"{drift_interval: 2h}", func(p *reconcile.Policy) { p.DriftInterval = 2 * time.Hour }},
		{"{outputs: auto}", func(p *reconcile.Policy) { p.AutoOutputs = true }},
		{"{outputs: approve}", func(*reconcile.Policy) {}},
		{"{ignore: ['*.dyn', {name: '@', types: [CAA, TLSA]}, {type: PTR}]}", func(p *reconcile.Policy) {
			p.Ignore = []reconcile.Pattern{pattern("*.dyn"), pattern("@", zonefile.TypeCAA, zonefile.TypeTLSA), pattern("*", zonefile.TypePTR)}
		}},
		{"{protected: ['WWW', {type: MX}]}", func(p *reconcile.Policy) {
			p.Protected = []reconcile.Pattern{pattern("www"), pattern("*", zonefile.TypeMX)}
		}},
		{"{ttl: {min: 60, max: 2d}}", func(p *reconcile.Policy) { p.MinTTL, p.MaxTTL = 60, 172800 }},
		{"{ttl: {min: 60, max: 60}}", func(p *reconcile.Policy) { p.MinTTL, p.MaxTTL = 60, 60 }},
		{"{drift: detect}", func(p *reconcile.Policy) { p.Drift.Detect = true }},
		{"{drift: enforce}", func(*reconcile.Policy) {}},
		{"{drift: {mode: detect, ignore: '*.dyn', ignore_ttl: [{type: NS}]}}", func(p *reconcile.Policy) {
			p.Drift = reconcile.Drift{Detect: true, Ignore: []reconcile.Pattern{pattern("*.dyn")}, TTLs: []reconcile.Pattern{pattern("*", zonefile.TypeNS)}}
		}},
		{"{external_dns: off}", func(p *reconcile.Policy) { p.ExternalDNS.Off = true }},
		{"{external_dns: on}", func(*reconcile.Policy) {}},
		{"{external_dns: {prefix: '%{record_type}-Owner.', wildcard_replacement: Star}}", func(p *reconcile.Policy) {
			p.ExternalDNS = reconcile.ExternalDNS{Prefix: "%{record_type}-owner.", WildcardReplacement: "star"}
		}},
		{"{external_dns: {suffix: _txt}}", func(p *reconcile.Policy) { p.ExternalDNS.Suffix = "_txt" }},
		{"{on_failed_verify: rollback}", func(p *reconcile.Policy) { p.Verify.Rollback = true }},
		{"{on_failed_verify: alert}", func(*reconcile.Policy) {}},
		{"{verify_within: 90s}", func(p *reconcile.Policy) { p.Verify.Within = 90 * time.Second }},
	} {
		want := reconcile.DefaultPolicy()
		test.want(&want)
		if diff := cmp.Diff(policyOf(t, "{}", test.policy), want, comparePolicies()); diff != "" {
			t.Errorf("of a rule, %s (-got +want):\n%s", test.policy, diff)
		}
		if diff := cmp.Diff(policyOf(t, test.policy, "{}"), want, comparePolicies()); diff != "" {
			t.Errorf("general, %s (-got +want):\n%s", test.policy, diff)
		}
	}
}

// TestPolicyOfRule lays the policy of a rule over the general one.
func TestPolicyOfRule(t *testing.T) {
	named := func(names ...string) []reconcile.Pattern {
		var patterns []reconcile.Pattern
		for _, name := range names {
			patterns = append(patterns, reconcile.Pattern{Name: name})
		}
		return patterns
	}
	for _, test := range []struct {
		name, general, rule string
		want                func(*reconcile.Policy)
	}{
		{
			"values take the place", "{grace: 24h, retention: 1h, zone_removal: retire, ownership: additive, targets: independent}", "{grace: 0s, zone_removal: keep}",
			func(p *reconcile.Policy) { p.Retention, p.Additive, p.Together = time.Hour, true, false },
		},
		{
			"lists add up", "{ignore: a, protected: [b, c], drift: {ignore: d, ignore_ttl: e}}", "{ignore: [A, B], protected: C, drift: {ignore: D, ignore_ttl: E}}",
			func(p *reconcile.Policy) {
				p.Ignore, p.Protected = named("a", "a", "b"), named("b", "c", "c")
				p.Drift.Ignore, p.Drift.TTLs = named("d", "d"), named("e", "e")
			},
		},
		{
			"each bound of TTLs is laid over its own", "{ttl: {min: 60, max: 3600}}", "{ttl: {max: 7200}}",
			func(p *reconcile.Policy) { p.MinTTL, p.MaxTTL = 60, 7200 },
		},
		{"a bound of TTLs is taken away", "{ttl: {min: 60}}", "{ttl: {min: 0}}", func(*reconcile.Policy) {}},
		{"the mode of drift leaves its lists", "{drift: {mode: detect, ignore: d}}", "{drift: enforce}", func(p *reconcile.Policy) { p.Drift.Ignore = named("d") }},
		{"a list of drift leaves its mode", "{drift: detect}", "{drift: {ignore: d}}", func(p *reconcile.Policy) { p.Drift = reconcile.Drift{Detect: true, Ignore: named("d")} }},
		{
			"another external-dns", "{external_dns: {prefix: a-, wildcard_replacement: any}}", "{external_dns: {suffix: -b}}",
			func(p *reconcile.Policy) { p.ExternalDNS.Suffix = "-b" },
		},
		{"external-dns is here after all", "{external_dns: off}", "{external_dns: {prefix: a-}}", func(p *reconcile.Policy) { p.ExternalDNS.Prefix = "a-" }},
		{"no external-dns here", "{external_dns: {prefix: a-}}", "{external_dns: off}", func(p *reconcile.Policy) { p.ExternalDNS.Off = true }},
		{"verify", "{on_failed_verify: rollback, verify_within: 5m}", "{on_failed_verify: alert}", func(p *reconcile.Policy) { p.Verify.Within = 5 * time.Minute }},
	} {
		t.Run(test.name, func(t *testing.T) {
			want := reconcile.DefaultPolicy()
			test.want(&want)
			if diff := cmp.Diff(policyOf(t, test.general, test.rule), want, comparePolicies()); diff != "" {
				t.Errorf("-got +want:\n%s", diff)
			}
		})
	}
}

// TestPoliciesOfRules looks whether what one rule adds to a list gets into another rule. The general list has many lengths: only some leave room behind it.
func TestPoliciesOfRules(t *testing.T) {
	general := ""
	for range 20 {
		general += "a "
		lists := func(names string) string {
			list := "[" + strings.Join(strings.Fields(names), ", ") + "]"
			return fmt.Sprintf("{protected: %s, ignore: %s, drift: {ignore: %s, ignore_ttl: %s}}", list, list, list, list)
		}
		c, err := configOf(`version: 1
source: {dir: zones}
providers: {live: {type: zonedir, directory: live}}
policy: ` + lists(general) + `
zones:
  - {match: a, targets: live, policy: ` + lists("x") + `}
  - {match: b, targets: live, policy: ` + lists("y") + `}
  - {match: c, targets: live}
`)
		if err != nil {
			t.Fatal(err)
		}
		for i, own := range []string{"x", "y", ""} {
			p := c.rules[i].Policy
			for key, patterns := range map[string][]reconcile.Pattern{
				"protected": p.Protected, "ignore": p.Ignore, "drift.ignore": p.Drift.Ignore, "drift.ignore_ttl": p.Drift.TTLs,
			} {
				var got []string
				for _, pattern := range patterns {
					got = append(got, pattern.Name)
				}
				if want := strings.Fields(general + own); !slices.Equal(got, want) {
					t.Errorf("rule %d: %s: got %s, want %s", i, key, got, want)
				}
			}
		}
	}
}

func TestWrongPolicy(t *testing.T) {
	for _, test := range []struct{ policy, want string }{
		{"{max_deletes: 130%}", `max_deletes: "130%" is not a percentage from 0% to 100%`},
		{"{max_changes: many}", `max_changes: "many" is neither a number nor a percentage such as 30%`},
		{"{grace: 1d}", `grace: "1d" is not a time such as 30s, 15m or 720h`},
		{"{grace: -1h}", `grace: -1h0m0s is too short: at least 0s`},
		{"{retention: 30}", `retention: "30" is not a time such as 30s, 15m or 720h`},
		{"{zone_removal: delete}", `zone_removal: "delete" is not one of keep, retire`},
		{"{ownership: mine}", `ownership: "mine" is not one of authoritative, additive`},
		{"{outputs: never}", `outputs: "never" is not one of approve, auto`},
		{"{targets: none}", `targets: "none" is not one of together, independent`},
		{"{apply: never}", `apply: "never" is not one of auto, approve, reviewed`},
		{"{drift_interval: 1d}", `drift_interval: "1d" is not a time such as 30s, 15m or 720h`},
		{"{drift_interval: 10ms}", `drift_interval: 10ms is too short: at least 1s`},
		{"{ignore: www.example.com.}", `ignore: "www.example.com.": owner names are relative to the zone here, without a dot at the end: www, *.dyn, @ for the apex`},
		{"{ignore: [{typ: A}]}", `ignore: unknown key "typ"; it can have name, type, types`},
		{"{protected: [{type: FOO}]}", `protected.types: "FOO" is not a record type; a type without a name is written TYPEnnn with \# data (RFC 3597)`},
		{"{protected: {name: a}}", `protected: want a list`},
		{"{protected: [{name: a.}]}", `protected.name: "a.": owner names are relative to the zone here, without a dot at the end: www, *.dyn, @ for the apex`},
		{"{ttl: 300}", `ttl: want a mapping with the keys max, min`},
		{"{ttl: {min: soon}}", `ttl.min: "soon" is not a TTL: a number of seconds, or numbers with units as in 1h30m (w d h m s)`},
		{"{ttl: {max: 0}}", `ttl.max: "0" would let nothing be cached; want at least 1`},
		{"{ttl: {max: 2147483648}}", `ttl.max: "2147483648" is more than 2147483647 seconds (RFC 2181 §8)`},
		{"{ttl: {min: 1h, max: 60}}", `ttl: min is 3600 seconds, more than max, which is 60`},
		{"{drift: correct}", `drift: "correct" is not one of enforce, detect`},
		{"{drift: }", `drift: want a value`},
		{"{drift: [detect]}", `drift: want a mapping with the keys ignore, ignore_ttl, mode`},
		{"{drift: {mode: alert}}", `drift.mode: "alert" is not one of enforce, detect`},
		{"{drift: {ignore: a.}}", `drift.ignore: "a.": owner names are relative to the zone here, without a dot at the end: www, *.dyn, @ for the apex`},
		{"{drift: {ignore_ttl: {}}}", `drift.ignore_ttl: want a list`},
		{"{external_dns: maybe}", `external_dns: "maybe" is not one of on, off`},
		{"{external_dns: {prefix: a-, suffix: -b}}", `external_dns: want prefix or suffix; external-dns takes no more than one of them`},
		{"{external_dns: {prefix: 'a b'}}", `external_dns.prefix: "a b": want letters, digits, -, _, dots and %{record_type}`},
		{"{external_dns: {suffix: '%{type}'}}", `external_dns.suffix: "%{type}": want letters, digits, -, _, dots and %{record_type}`},
		{"{external_dns: {wildcard_replacement: '*'}}", `external_dns.wildcard_replacement: "*": want letters, digits, -, _, dots and %{record_type}`},
		{"{external_dns: {txt_prefix: a}}", `external_dns: unknown key "txt_prefix"; it can have prefix, suffix, wildcard_replacement`},
		{"{on_failed_verify: page}", `on_failed_verify: "page" is not one of alert, rollback`},
		{"{verify_within: 10ms}", `verify_within: 10ms is too short: at least 1s`},
	} {
		_, err := configOf(withPolicy(test.policy, "{}"))
		if diff := cmp.Diff(errorLines(err), []string{"zoneward.yaml:1: " + test.want}); diff != "" {
			t.Errorf("general, %s (-got +want):\n%s", test.policy, diff)
		}
		_, err = configOf(withPolicy("{}", test.policy))
		if diff := cmp.Diff(errorLines(err), []string{"zoneward.yaml:2: " + test.want}); diff != "" {
			t.Errorf("of a rule, %s (-got +want):\n%s", test.policy, diff)
		}
	}
	_, err := configOf(withPolicy("{ttl: {max: 60}}", "{ttl: {min: 1h}}"))
	if diff := cmp.Diff(errorLines(err), []string{"zoneward.yaml:2: ttl: min is 3600 seconds, more than max, which is 60"}); diff != "" {
		t.Errorf("min of the rule above max of all (-got +want):\n%s", diff)
	}
}

// TestRollbackWithoutServers has nobody to ask whether to roll back.
func TestRollbackWithoutServers(t *testing.T) {
	for _, test := range []struct {
		name, providers, general, rule string
		want                           []string
	}{
		{
			"general, no provider has them", "{a: {type: zonedir, directory: a}}", "{on_failed_verify: rollback}", "{}",
			[]string{"zoneward.yaml:4: on_failed_verify: rollback: no provider has verify, the name servers that are asked"},
		},
		{"general, one has them", "{a: {type: zonedir, directory: a}, b: {type: zonedir, directory: b, verify: 192.0.2.53}}", "{on_failed_verify: rollback}", "{}", nil},
		{
			"of a rule, another has them", "{a: {type: zonedir, directory: a}, b: {type: zonedir, directory: b, verify: 192.0.2.53}}", "{}", "{on_failed_verify: rollback}",
			[]string{`zoneward.yaml:5: on_failed_verify: rollback: the provider "a" has no verify, the name servers that are asked`},
		},
		{"of a rule, its own has them", "{a: {type: zonedir, directory: a, verify: 192.0.2.53}, b: {type: zonedir, directory: b}}", "{}", "{on_failed_verify: rollback}", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := configOf("version: 1\nsource: {dir: zones}\nproviders: " + test.providers +
				"\npolicy: " + test.general + "\nzones: [{match: '*', policy: " + test.rule + ", targets: a}]\n")
			if diff := cmp.Diff(errorLines(err), test.want); diff != "" {
				t.Errorf("-got +want:\n%s", diff)
			}
		})
	}
}
