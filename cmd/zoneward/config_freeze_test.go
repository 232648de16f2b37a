package main

import (
	"bytes"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestFreeze(t *testing.T) {
	const weekend = "[{deny: 'Fri 16:00 - Mon 08:00', timezone: Europe/Berlin}]"
	for _, test := range []struct {
		name, general, rule string
		at                  string
		closed              bool
	}{
		{"nothing is said", "{}", "{}", "2026-11-21T12:00:00Z", false},
		{"before a window", "{}", "{freeze: " + weekend + "}", "2026-11-20T14:59:59Z", false},
		{"in a window", "{}", "{freeze: " + weekend + "}", "2026-11-20T15:00:00Z", true},
		{"in one of all zones", "{freeze: " + weekend + "}", "{}", "2026-11-20T15:00:00Z", true},
		{"without a time zone", "{}", "{freeze: [{deny: '22:00-06:00'}]}", "2026-11-20T21:59:59Z", false},
		{"in UTC", "{}", "{freeze: [{deny: '22:00-06:00'}]}", "2026-11-20T22:00:00Z", true},
		{"outside what is allowed", "{}", "{freeze: [{allow: 'Mon-Fri 09:00-17:00'}]}", "2026-11-20T17:00:00Z", true},
		{"in what is allowed", "{}", "{freeze: [{allow: 'Mon-Fri 09:00-17:00'}]}", "2026-11-20T16:00:00Z", false},
		{"cron", "{}", "{freeze: [{deny: {cron: '0 22 * * Fri', duration: 10h}}]}", "2026-11-21T07:59:59Z", true},
		{"after cron", "{}", "{freeze: [{deny: {cron: '0 22 * * Fri', duration: 10h}}]}", "2026-11-21T08:00:00Z", false},
		{"a rule adds", "{freeze: " + weekend + "}", "{freeze: [{deny: 'Wed'}]}", "2026-11-25T12:00:00Z", true},
		{"and takes nothing away", "{freeze: " + weekend + "}", "{freeze: []}", "2026-11-21T12:00:00Z", true},
		{"what is denied is not allowed by a rule", "{freeze: " + weekend + "}", "{freeze: [{allow: 'Sat'}]}", "2026-11-21T12:00:00Z", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			at, err := time.Parse(time.RFC3339, test.at)
			if err != nil {
				t.Fatal(err)
			}
			reason, _ := policyOf(t, test.general, test.rule).Freeze.Closed(at)
			if got := reason != ""; got != test.closed {
				t.Errorf("closed: %t (%s), want %t", got, reason, test.closed)
			}
		})
	}
}

// TestFreezeOfRules looks whether the windows of one rule get into another.
func TestFreezeOfRules(t *testing.T) {
	c, err := configOf(`version: 1
source: {dir: zones}
providers: {live: {type: zonedir, directory: live}}
policy: {freeze: [{deny: Sun}]}
zones:
  - {match: a, targets: live, policy: {freeze: [{deny: Mon}]}}
  - {match: b, targets: live, policy: {freeze: [{deny: Tue}]}}
  - {match: c, targets: live}
`)
	if err != nil {
		t.Fatal(err)
	}
	sunday := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for i, want := range []string{"xx-----", "x-x----", "x------"} {
		got := ""
		for day := range 7 {
			if reason, _ := c.rules[i].Policy.Freeze.Closed(sunday.AddDate(0, 0, day)); reason != "" {
				got += "x"
			} else {
				got += "-"
			}
		}
		if got != want {
			t.Errorf("rule %d is closed %s, want %s", i, got, want)
		}
	}
}

func TestWrongFreeze(t *testing.T) {
	for _, test := range []struct{ freeze, want string }{
		{"{deny: Sat}", "freeze: want a list"},
		{"Sat", "freeze: want a mapping with the keys allow, deny, timezone"},
		{"[{}]", "freeze: want either deny or allow: when nothing is written, or the only times when something is"},
		{"[{deny: Sat, allow: Sun}]", "freeze: want either deny or allow: when nothing is written, or the only times when something is"},
		{"[{refuse: Sat, deny: Sun}]", `freeze: unknown key "refuse"; it can have allow, deny, timezone`},
		{"[{deny: Sat, timezone: Berlin}]", `freeze: "Berlin" is not a time zone: want a name of the IANA database, such as Europe/Berlin or UTC`},
		{"[{deny: Sat, timezone: ''}]", `freeze.timezone: want a value`},
		{"[{deny: [Sat, Sun]}]", `freeze.deny: want a mapping with the keys cron, duration`},
		{"[{deny: Samstag}]", `freeze: "Samstag": want a day (Mon, Tue, Wed, Thu, Fri, Sat or Sun), where there is "Samstag"`},
		{"[{deny: {cron: '0 22 * * Fri'}}]", `freeze.deny: want cron and duration: when it begins, and how long it lasts`},
		{"[{allow: {duration: 1h}}]", `freeze.allow: want cron and duration: when it begins, and how long it lasts`},
		{"[{deny: {cron: '0 22 * * Fri', length: 1h, duration: 1h}}]", `freeze.deny: unknown key "length"; it can have cron, duration`},
		{"[{deny: {cron: '0 25 * * Fri', duration: 1h}}]", `freeze: cron "0 25 * * Fri": "25" is not right for the hour: want 0 to 23, *, */2, 8-17 or 8,20`},
	} {
		_, err := configOf(withPolicy("{freeze: "+test.freeze+"}", "{}"))
		if diff := cmp.Diff(errorLines(err), []string{"zoneward.yaml:1: " + test.want}); diff != "" {
			t.Errorf("%s (-got +want):\n%s", test.freeze, diff)
		}
	}
	// Each is told in its own line.
	_, err := configOf("version: 1\nsource: {dir: z}\nproviders: {a: {type: zonedir, directory: a}}\nzones: [{match: a, targets: a}]\npolicy:\n  freeze:\n  - deny: Sut\n  - deny: Sat\n  - allow: Sot\n")
	if diff := cmp.Diff(errorLines(err), []string{
		`zoneward.yaml:7: freeze: "Sut": want a day (Mon, Tue, Wed, Thu, Fri, Sat or Sun), where there is "Sut"`,
		`zoneward.yaml:9: freeze: "Sot": want a day (Mon, Tue, Wed, Thu, Fri, Sat or Sun), where there is "Sot"`,
	}); diff != "" {
		t.Errorf("-got +want:\n%s", diff)
	}
}

// TestEmbeddedTimeZones looks for time zones in the program, for machines that have none.
func TestEmbeddedTimeZones(t *testing.T) {
	file, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	// The name may not be in the program because of this test.
	if name := bytes.Join([][]byte{[]byte("Antarctica"), []byte("DumontDUrville")}, []byte("/")); !bytes.Contains(program, name) {
		t.Errorf("the program does not have %s", name)
	}
}
