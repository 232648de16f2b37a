package scalewaytem_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/providers/internal/scwtest"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
	"github.com/zoneward/zoneward/providers/scalewaytem"
	"github.com/zoneward/zoneward/providers/scalewaytem/scalewaytemtest"
)

// named returns the observations with that name, as observed has them.
func named(t *testing.T, p *scalewaytem.Provider, name string) []string {
	t.Helper()
	var all []string
	for _, line := range observed(fetched(t, p)) {
		if strings.HasPrefix(line, name+": ") {
			all = append(all, line)
		}
	}
	return all
}

func TestReputation(t *testing.T) {
	f, p := startWith(t, scalewaytemtest.Options{})
	const lock = ": Scaleway locks it below 50"
	for _, tt := range []struct {
		status string
		score  int
		want   []string
	}{
		{"good", 80, []string{"reputation: good, a score of 80, after 100 = 80"}},
		{"good", 80, []string{"reputation: good, a score of 80 = 80"}},
		{"average", 60, []string{"reputation: average, a score of 60, after 80 = 60! its reputation as a sender is average (a score of 60)" + lock}},
		{"bad", 10, []string{"reputation: bad, a score of 10, after 60 = 10! its reputation as a sender is bad (a score of 10)" + lock}},
		{"excellent", 95, []string{"reputation: excellent, a score of 95, after 10 = 95"}},
		{"unknown_status", 0, []string{"reputation: unknown, after 95"}},
		{"superb", 100, []string{"reputation: unknown, after 0"}},
		{"", 0, nil}, // it has sent too little
	} {
		f.SetReputation(domainText, tt.status, tt.score)
		diff(t, tt.status, tt.want, named(t, p, "reputation"))
	}
}

func TestStatistics(t *testing.T) {
	f, p := startWith(t, scalewaytemtest.Options{})
	f.SetStatistics(domainText, scalewaytemtest.Statistics{Canceled: 1, Failed: 20, Sent: 300, Total: 4_000_000})
	for name, want := range map[string]string{"sent": "300 = 300", "failed": "20 = 20", "canceled": "1 = 1", "total": "4000000 = 4e+06"} {
		diff(t, name, []string{name + ": " + want}, named(t, p, name))
	}
}

// What the API says is shown on one line, without what changes how it is printed, and not all of it if it is long.
func TestHostileText(t *testing.T) {
	const hostile = "odd\u202e\x1b[2J\r\n"
	for field, edit := range map[string]func(answer object, text string){
		"status":                           func(d object, text string) { d["status"] = text },
		"last error":                       func(d object, text string) { d["last_error"] = text },
		"last error of one that is locked": func(d object, text string) { d["status"], d["last_error"] = "locked", text },
		"record": func(answer object, text string) {
			if records, ok := answer["records"].(object); ok {
				records["dkim"] = object{"name": text, "value": text}
			}
			answer["dkim_record"] = object{"status": "not_found"}
		},
		"check of a record": func(v object, text string) { v["dkim_record"] = object{"status": text, "error": text} },
		"autoconfiguration": func(v object, text string) {
			v["autoconfig_state"] = object{"enabled": true, "autoconfigurable": false, "reason": text}
		},
	} {
		for size, text := range map[string]string{"short": hostile, "long": strings.Repeat(hostile, 1<<18)} {
			t.Run(field+", "+size, func(t *testing.T) {
				f, p := startWith(t, scalewaytemtest.Options{})
				f.SetStatus(domainText, scalewaytemtest.Invalid, "")
				for _, pattern := range []string{scalewaytemtest.Get, scalewaytemtest.Verification} {
					f.Faults.Add(httpfault.Rule{Pattern: pattern, Fault: scwtest.Edited(func(answer object) { edit(answer, text) })})
				}
				s := fetched(t, p)
				shown := fmt.Sprint(s.Status, observed(s), outputs(s))
				if len(shown) > 5000 || strings.ContainsAny(shown, "\u202e\x1b\n") || !strings.Contains(shown, "odd") {
					t.Errorf("%d octets: %.5000q", len(shown), shown)
				}
			})
		}
	}
}

// What is only shown is left out where it is in another form than it has, and nothing else is.
func TestOddObservations(t *testing.T) {
	for _, tt := range []struct {
		pattern, field string
		value          any
		gone           []string // the observations that are not there then
	}{
		{scalewaytemtest.Get, "created_at", "yesterday", nil},
		{scalewaytemtest.Get, "last_valid_at", 0, []string{"last_valid_at"}},
		{scalewaytemtest.Get, "next_check_at", "", []string{"next_check_at"}},
		{scalewaytemtest.Get, "last_error", object{}, []string{"last_error"}},
		{scalewaytemtest.Get, "reputation", []int{}, []string{"reputation"}},
		{scalewaytemtest.Get, "reputation", object{"status": "good", "score": "98"}, []string{"reputation"}},
		{scalewaytemtest.Get, "statistics", object{"sent_count": "3"}, []string{"sent", "failed", "canceled", "total"}},
		{scalewaytemtest.Verification, "autoconfig_state", object{"enabled": "yes"}, []string{"autoconfig_state"}},
		{scalewaytemtest.Verification, "dkim_record", 1, nil},
	} {
		t.Run(fmt.Sprint(tt.field, tt.value), func(t *testing.T) {
			f, p := startWith(t, scalewaytemtest.Options{Now: (&clock{begin}).now})
			f.SetStatus(domainText, scalewaytemtest.Invalid, "spf not found")
			all := scwtest.Edited(func(d object) { d["last_valid_at"], d["next_check_at"] = begin, begin })
			names := func() []string {
				var all []string
				for _, o := range fetched(t, p).Observed {
					all = append(all, o.Name)
				}
				return all
			}
			odd := f.Faults.Add(httpfault.Rule{Pattern: tt.pattern, Fault: scwtest.Edited(func(answer object) { answer[tt.field] = tt.value })})
			f.Faults.Add(httpfault.Rule{Pattern: scalewaytemtest.Get, Fault: all})
			got := names()
			odd.Lift()
			want := slices.DeleteFunc(names(), func(name string) bool { return slices.Contains(tt.gone, name) })
			diff(t, "observations", want, got)
		})
	}
	f, p := startWith(t, scalewaytemtest.Options{})
	f.Faults.Add(httpfault.Rule{Pattern: scalewaytemtest.Verification, Fault: scwtest.Edited(func(v object) {
		v["dkim_record"] = object{"status": "not_found", "last_valid_at": "never", "error": 1}
	})})
	diff(t, "what of one can be read", []string{"dkim_record: not found"}, named(t, p, "dkim_record"))
}

// What was wrong last is an alarm as long as the domain is not ready.
func TestLastError(t *testing.T) {
	f, p := startWith(t, scalewaytemtest.Options{})
	for _, tt := range []struct {
		status scalewaytemtest.Status
		last   string
		want   []string
	}{
		{scalewaytemtest.Unchecked, "", nil},
		{scalewaytemtest.Invalid, "spf\nnot found", []string{"last_error: spf not found! the last check of its records ended with \"spf not found\""}},
		{scalewaytemtest.Checked, "spf not found", []string{"last_error: spf not found"}},
		{scalewaytemtest.Locked, "bounces", []string{`last_error: bounces! the last check of its records ended with "bounces"`}},
	} {
		f.SetStatus(domainText, tt.status, tt.last)
		diff(t, string(tt.status), tt.want, named(t, p, "last_error"))
	}
	f.SetStatus(domainText, scalewaytemtest.Invalid, strings.Repeat("x", 1<<20))
	if got := strings.Join(named(t, p, "last_error"), ""); len(got) > 2000 {
		t.Errorf("%d octets are shown", len(got))
	}
}

// What a check finds of each record, and when it is valid, is shown until the domain is ready.
func TestVerification(t *testing.T) {
	now := &clock{begin}
	inDNS := map[string][]string{}
	f, p := startWith(t, scalewaytemtest.Options{
		Now: now.now, Lookup: func(_ context.Context, name, typ string) []string { return inDNS[name+" "+typ] }, CheckEvery: -1,
	})
	for _, r := range f.Domain(domainText).Records {
		inDNS[r.Name+" "+r.Type] = []string{r.Value}
	}
	check := func() []string {
		if err := p.CheckResource(t.Context(), fetched(t, p)); err != nil {
			t.Fatal(err)
		}
		return observed(fetched(t, p))
	}
	const last, next = "last_valid_at: 2026-11-21T12:00:00Z = 1.7952624e+09", "next_check_at: 2026-11-21T12:00:00Z = 1.7952624e+09"
	diff(t, "valid", []string{last, next}, check()[:2])
	delete(inDNS, domainText+". TXT")
	inDNS["_dmarc."+domainText+". TXT"] = []string{"v=DMARC1", "v=DMARC1"}
	got := check()
	if !strings.HasPrefix(got[0], "last_error: ") {
		t.Errorf("got %q", got)
	}
	const at = ", last valid 2026-11-21T12:00:00Z"
	diff(t, "invalid", []string{
		"dkim_record: valid" + at, `dmarc_record: invalid ("2 records")` + at, "mx_record: valid" + at, "spf_record: not found" + at, "autoconfig_state: off",
	}, got[1:6])
}

// That Scaleway should write the records, and cannot, is an alarm.
func TestAutoconfigState(t *testing.T) {
	const permission = "the key may not manage the records of the domain"
	for _, tt := range []struct {
		name           string
		on             bool
		possible       bool
		reason         any
		text, alarming string
	}{
		{"off", false, true, nil, "off", ""},
		{"on", true, true, nil, "on", ""},
		{"off, and not possible", false, false, "permission_denied", "off, and not possible: " + permission, ""},
		{"on, and not allowed", true, false, "permission_denied", "on, and not possible: " + permission, permission},
		{"on, and elsewhere", true, false, "domain_not_found", "on, and not possible: the zone is not one of Scaleway Domains and DNS, or not one that the key may manage", "the zone is not"},
		{"on, and nobody knows why", true, false, "unknown_reason", "on, and not possible: it does not say why", "it does not say why"},
		{"on, without a reason", true, false, nil, "on, and not possible: it does not say why", "it does not say why"},
		{"on, for another reason", true, false, "a\tb", `on, and not possible: it says "a b"`, `it says "a b"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, p := startWith(t, scalewaytemtest.Options{})
			f.Faults.Add(httpfault.Rule{Pattern: scalewaytemtest.Verification, Fault: scwtest.Edited(func(v object) {
				v["autoconfig_state"] = object{"enabled": tt.on, "autoconfigurable": tt.possible, "reason": tt.reason}
			})})
			got := named(t, p, "autoconfig_state")
			if len(got) != 1 {
				t.Fatalf("got %q", got)
			}
			text, alarm, alarming := strings.Cut(strings.TrimPrefix(got[0], "autoconfig_state: "), "! ")
			diff(t, "text", tt.text, text)
			if alarming != (tt.alarming != "") || !strings.Contains(alarm, tt.alarming) {
				t.Errorf("alert %q, want %q", alarm, tt.alarming)
			}
		})
	}
	f, p := startWith(t, scalewaytemtest.Options{})
	f.Faults.Add(httpfault.Rule{Pattern: scalewaytemtest.Verification, Fault: scwtest.Edited(func(v object) {
		v["autoconfig_state"], v["dkim_record"], v["mx_record"] = nil, nil, object{"status": "looking_up", "error": nil}
	})})
	diff(t, "nulls", []string{"dkim_record: unknown", "dmarc_record: unknown", "mx_record: looking up", "spf_record: unknown"}, observed(fetched(t, p))[:4])
	if got := named(t, p, "autoconfig_state"); len(got) > 0 {
		t.Errorf("got %q", got)
	}
}
