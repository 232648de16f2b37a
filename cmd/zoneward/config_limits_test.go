package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
)

// withProviders returns a configuration with those providers, a line each, the first of them in line 4.
func withProviders(lines ...string) string {
	return "version: 1\nsource: {dir: zones}\nproviders:\n  " + strings.Join(lines, "\n  ") + "\nzones: [{match: '*', targets: [a]}]\n"
}

func TestLimits(t *testing.T) {
	usual := providers.Rate{Concurrent: 4}
	for _, test := range []struct {
		name string
		a, b string
		// limits of a and b; same says that they are one account
		wantA, wantB providers.Rate
		same         bool
	}{
		{
			"two servers", "type: powerdns, url: 'http://192.0.2.1', api_key: '${K}', rate: 5, burst: 9", "type: powerdns, url: 'http://192.0.2.2', api_key: '${K}', concurrent: 1",
			providers.Rate{PerSecond: 5, Burst: 9, Concurrent: 4},
			providers.Rate{Concurrent: 1},
			false,
		},
		{"two keys", "type: powerdns, url: 'http://192.0.2.1', api_key: '${K}'", "type: powerdns, url: 'http://192.0.2.1', api_key: '${L}'", usual, usual, false},
		{
			"one server and key", "type: powerdns, url: 'http://192.0.2.1', api_key: '${K}', rate: 0.5, burst: 9", "type: powerdns, url: 'http://192.0.2.1/', kind: Master, api_key: '${K}', rate: 0.5, concurrent: 1",
			providers.Rate{PerSecond: 0.5, Burst: 9, Concurrent: 1},
			providers.Rate{PerSecond: 0.5, Burst: 9, Concurrent: 1},
			true,
		},
		{
			"the burst of a rate that the other has", "type: zonedir, directory: x, burst: 9", "type: zonedir, directory: ./x, rate: 1",
			providers.Rate{PerSecond: 1, Burst: 9, Concurrent: 4},
			providers.Rate{PerSecond: 1, Burst: 9, Concurrent: 4},
			true,
		},
		{"one server, two TSIG keys", "type: rfc2136, server: '192.0.2.1:53', tsig: {name: k, secret: '${K}'}", "type: rfc2136, server: '192.0.2.1:53', tsig: {name: l, secret: '${K}'}", usual, usual, false},
		{"one server and TSIG key", "type: rfc2136, server: '192.0.2.1:53', tsig: {name: k, secret: '${K}'}", "type: rfc2136, server: '192.0.2.1:53', tsig: {name: k, secret: '${K}'}, timeout: 5s", usual, usual, true},
		{
			"said to be one account", "type: zonedir, directory: x, account: one", "type: rfc2136, server: '192.0.2.1:53', account: one, concurrent: 2",
			providers.Rate{Concurrent: 2},
			providers.Rate{Concurrent: 2},
			true,
		},
		{
			"said to be two accounts", "type: zonedir, directory: x, account: one, rate: 1", "type: zonedir, directory: x, rate: 2",
			providers.Rate{PerSecond: 1, Concurrent: 4},
			providers.Rate{PerSecond: 2, Concurrent: 4},
			false,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := configOf(withProviders("a: {"+test.a+"}", "b: {"+test.b+"}"))
			if err != nil {
				t.Fatal(err)
			}
			a, b := c.providers["a"], c.providers["b"]
			if diff := cmp.Diff([]providers.Rate{a.limit, b.limit}, []providers.Rate{test.wantA, test.wantB}); diff != "" {
				t.Errorf("-got +want:\n%s", diff)
			}
			if same := a.account == b.account; same != test.same || a.account == "" {
				t.Errorf("accounts %s and %s, want the same: %t", a.account, b.account, test.same)
			}
			for _, account := range []string{a.account, b.account} {
				if strings.Contains(account, "value of") {
					t.Errorf("the account %s has a secret", account)
				}
			}
		})
	}
}

func TestWrongLimits(t *testing.T) {
	for _, test := range []struct {
		name      string
		providers []string
		want      []string
	}{
		{"values", []string{"a: {type: zonedir, directory: x, rate: 0, burst: 0, concurrent: 0, account: a b}"}, []string{
			`zoneward.yaml:4: providers.a.rate: "0" is not a number from 0.001 to 1000000`,
			`zoneward.yaml:4: providers.a.burst: "0" is not a number from 1 to 1000000`,
			`zoneward.yaml:4: providers.a.concurrent: "0" is not a number from 1 to 1000`,
			`zoneward.yaml:4: providers.a.account: "a b": a name has letters, digits, - and _`,
		}},
		{"no number", []string{"a: {type: zonedir, directory: x, rate: NaN}"}, []string{`zoneward.yaml:4: providers.a.rate: "NaN" is not a number from 0.001 to 1000000`}},
		{"a burst without a rate", []string{"a: {type: zonedir, directory: x, burst: 3}"}, []string{"zoneward.yaml:4: providers.a: burst is there, and no rate that it goes beyond"}},
		{
			"one account, two limits",
			[]string{"z: {type: zonedir, directory: x}", "b: {type: zonedir, directory: x, rate: 1, concurrent: 2, burst: 3}", "a: {type: zonedir, directory: x, rate: 2, concurrent: 3, burst: 4}"},
			[]string{
				"zoneward.yaml:6: providers.a: its concurrent is not that of providers.b, and they share their limits: they have the same server and credentials, or the same account",
				"zoneward.yaml:6: providers.a: its rate is not that of providers.b, and they share their limits: they have the same server and credentials, or the same account",
				"zoneward.yaml:6: providers.a: its burst is not that of providers.b, and they share their limits: they have the same server and credentials, or the same account",
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := configOf(withProviders(test.providers...))
			if diff := cmp.Diff(errorLines(err), test.want); diff != "" {
				t.Errorf("-got +want:\n%s", diff)
			}
		})
	}
}
