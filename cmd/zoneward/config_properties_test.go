package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestProperties(t *testing.T) {
	for _, test := range []struct {
		name, zone string
		want       map[string]string
		err        string
	}{
		{"text", `{description: "a shop", cidr: 192.0.2.0/24}`, map[string]string{"description": "a shop", "cidr": "192.0.2.0/24"}, ""},
		{"a TTL with a unit", `{default_ttl: 1h}`, map[string]string{"default_ttl": "3600"}, ""},
		{"an algorithm", `{dnssec: ecdsap256sha256, ds: published}`, map[string]string{"dnssec": "ECDSAP256SHA256", "ds": "published"}, ""},
		{"not signed", `{dnssec: "no"}`, map[string]string{"dnssec": "off"}, ""},
		{"settings", `{settings: {b: [1, {d: null, c: true}], a: "x"}}`, map[string]string{"settings": `{"a":"x","b":[1,{"c":true,"d":null}]}`}, ""},
		{"numbers as they are written", `{settings: {a: 1.0, b: 1e3, c: 012, d: 1_000, e: .5}}`, map[string]string{"settings": `{"a":1.0,"b":1e3,"c":10,"d":1000,"e":0.5}`}, ""},
		{"texts as they are written", `{settings: {a: 2026-01-02, b: "<&>", c: yes, d: "1"}}`, map[string]string{"settings": `{"a":"2026-01-02","b":"<&>","c":"yes","d":"1"}`}, ""},
		{"signed, but how", `{dnssec: true}`, nil, `want off, or an algorithm`},
		{"an unknown one", `{colour: green}`, nil, `unknown key "colour"; it can have cidr, default_ttl, description, dnssec, ds, settings`},
		{"settings that are none", `{settings: [1]}`, nil, "want a mapping"},
		{"a TTL that is none", `{default_ttl: soon}`, nil, "default_ttl"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := configOf("version: 1\nsource: {dir: zones}\nproviders: {a: {type: zonedir, directory: x}}\nzones: [{match: '*', targets: [a], zone: " + test.zone + "}]\n")
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) || !strings.Contains(err.Error(), ":4: ") {
					t.Errorf("error %v, want %q in line 4", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.rules[0].Properties, test.want); diff != "" {
				t.Errorf("-got +want:\n%s", diff)
			}
		})
	}
}

// TestUsualRateIsNoStatement: of two providers of an account the one without a rate takes that of the other, and states none.
func TestUsualRateIsNoStatement(t *testing.T) {
	c, err := configOf(withProviders(`a: {type: scaleway, secret_key: "${KEY}"}`, `b: {type: scaleway, secret_key: "${KEY}", rate: 20}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "b"} {
		if rate := c.providers[name].limit.PerSecond; rate != 20 {
			t.Errorf("%s is asked %v times a second, want 20", name, rate)
		}
	}
}

func TestHosts(t *testing.T) {
	for _, test := range []struct {
		name, line, err string
		system          string
		rate            float64
	}{
		{"scaidns", `type: scaidns, url: "https://dns.example/", api_key: "${KEY}"`, "", "scaidns https://dns.example", 0},
		{"scaleway", `type: scaleway, secret_key: "${KEY}"`, "", "scaleway https://api.scaleway.com", 5},
		{"scaleway, with a rate", `type: scaleway, secret_key: "${KEY}", project_id: 11111111-1111-1111-1111-111111111111, rate: 50`, "", "scaleway https://api.scaleway.com 11111111-1111-1111-1111-111111111111", 50},
		{"scaidns without a key", `type: scaidns, url: "https://dns.example"`, "url and api_key have to be there", "", 0},
		{"scaidns without an address", `type: scaidns, api_key: "${KEY}"`, "url and api_key have to be there", "", 0},
		{"scaleway without a key", `type: scaleway`, "secret_key is missing", "", 0},
		{"a key that is written down", `type: scaleway, secret_key: hunter2`, "a secret is not written into the configuration", "", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := configOf(withProviders("a: {" + test.line + "}"))
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Errorf("error %v, want %q", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			p := c.providers["a"]
			if p.system != test.system || p.limit.PerSecond != test.rate || !p.overHTTP {
				t.Errorf("it is %q, asked %v times a second, over HTTP: %t", p.system, p.limit.PerSecond, p.overHTTP)
			}
			if _, err := c.openProviders(nil); err != nil {
				t.Error(err)
			}
		})
	}
}
