package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/zoneward/zoneward/reconcile"
)

// configOf reads a configuration as zoneward.yaml. Every variable that it names is set.
func configOf(content string) (*config, error) {
	return parseConfig("zoneward.yaml", []byte(content), func(name string) (string, bool) { return "value of " + name, true }, true)
}

// withPolicy returns a configuration with a general policy, in the first line, and a rule with another. Both are flow mappings.
func withPolicy(general, rule string) string {
	return fmt.Sprintf("policy: %s\nzones: [{match: '*', targets: [live], policy: %s}]\n%s", general, rule, `version: 1
source: {dir: zones}
providers: {live: {type: zonedir, directory: live, verify: "192.0.2.53"}, quiet: {type: zonedir, directory: quiet}}
`)
}

// policyOf returns the policy of the rule of withPolicy.
func policyOf(t *testing.T, general, rule string) reconcile.Policy {
	t.Helper()
	c, err := configOf(withPolicy(general, rule))
	if err != nil {
		t.Fatal(err)
	}
	return c.rules[0].Policy
}

// comparePolicies compares policies without their calendars: those are compared by what they say of a time.
func comparePolicies() cmp.Option {
	return cmp.Options{cmp.AllowUnexported(reconcile.Quota{}), cmpopts.EquateEmpty(), cmpopts.IgnoreFields(reconcile.Policy{}, "Freeze")}
}

// errorLines returns what is wrong, a line each.
func errorLines(err error) []string {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*usageError](err); !ok {
		return []string{"not a usage error: " + err.Error()}
	}
	return strings.Split(err.Error(), "\n")
}

func FuzzConfig(f *testing.F) {
	f.Add(withPolicy(`{ttl: {min: 60}, drift: {mode: detect, ignore: ["*.dyn", {name: a, types: [A, AAAA]}]}, external_dns: off, protected: {type: MX}}`,
		`{external_dns: {prefix: "%{record_type}-"}, on_failed_verify: rollback, verify_within: 10s, grace: 1h, max_deletes: 5%}`))
	f.Add("version: 1\nsource: {git: {url: a, token: \"${A}\"}}\nproviders: &p {a: &a {type: rfc2136, server: 'h:53', tsig: {name: n, secret: \"${A}\"}, rate: .5, burst: 2}, b: *a}\nzones: *p\n")
	f.Add("policy: {freeze: [{deny: 'Fri 16:00 - Mon 08:00', timezone: Europe/Berlin}, {allow: {cron: '0 22 * * Mon-Fri', duration: 8h}}]}\n")
	f.Add("zones: &z [{match: [*z], targets: *z, policy: *z}]\n")
	f.Fuzz(func(t *testing.T, content string) {
		for _, secrets := range []bool{true, false} {
			c, err := parseConfig("zoneward.yaml", []byte(content), func(string) (string, bool) { return "x", true }, secrets)
			if (c == nil) == (err == nil) {
				t.Errorf("got %v and %v", c, err)
			}
			if err != nil && !strings.HasPrefix(err.Error(), "zoneward.yaml:") {
				t.Errorf("without its place: %q", err)
			}
		}
	})
}
