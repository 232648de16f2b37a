package scalewaytem_test

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/scwtest"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
	"github.com/zoneward/zoneward/providers/scalewaytem/scalewaytemtest"
)

// What the statuses of the API mean, and whether the last check is asked for.
func TestStatuses(t *testing.T) {
	for _, tt := range []struct {
		status    string
		lastError string
		phase     providers.ResourcePhase
		reason    string // what it begins with
		asks      bool
	}{
		{"checked", "", providers.Ready, "", false},
		{"unchecked", "", providers.Pending, "Scaleway has not found its records in DNS yet: they have to be published, and checked", true},
		{"invalid", "spf: not found", providers.Pending, "the last check found its records in DNS wrong: put them right, and have it checked", true},
		{"pending", "", providers.Pending, "it waits for its check", true},
		{"autoconfiguring", "", providers.Pending, "Scaleway is writing its records into the zone", true},
		{"unknown", "", providers.Pending, "Scaleway does not say how it is", true},
		{"", "", providers.Pending, "Scaleway does not say how it is", true},
		{"in\ntransfer", "", providers.Pending, `Scaleway calls it "in transfer", which zoneward does not know`, true},
		{"locked", "", providers.Blocked, "Scaleway locks a domain whose reputation is low", false},
		{"locked", "too many bounces", providers.Blocked, "Scaleway locks a domain whose reputation is low", false},
	} {
		t.Run(tt.status, func(t *testing.T) {
			f, p := startWith(t, scalewaytemtest.Options{})
			f.SetStatus(domainText, scalewaytemtest.Checked, tt.lastError)
			f.Faults.Add(httpfault.Rule{Pattern: scalewaytemtest.Get, Fault: scalewaytemtest.Altered("status", tt.status)})
			s := fetched(t, p)
			want := cmp.Or(strings.ReplaceAll(tt.status, "\n", " "), "unknown")
			if s.Status.Phase != tt.phase || s.Status.State != want || !strings.HasPrefix(s.Status.Reason, tt.reason) || (s.Status.Reason == "") != (tt.reason == "") {
				t.Errorf("got %+v", s.Status)
			}
			if told := strings.Contains(s.Status.Reason, tt.lastError); tt.status == "locked" && !told {
				t.Errorf("the reason does not have the last error: %s", s.Status.Reason)
			}
			diff(t, "the last check is asked for", tt.asks, f.Faults.Log().Count(scalewaytemtest.Verification) == 1)
			diff(t, "outputs", []string{"dkim", "dmarc", "mx", "spf"}, outputNames(s))
		})
	}
}

// The reason says which records are wrong, but for MX, without which a domain is valid.
func TestWrongRecords(t *testing.T) {
	inDNS := map[string][]string{}
	lookup := func(_ context.Context, name, _ string) []string { return slices.Clone(inDNS[name]) }
	f, p := startWith(t, scalewaytemtest.Options{Lookup: lookup})
	records := f.Domain(domainText).Records
	dkim, dmarc, spf := records[0], records[1], records[3]
	reason := func() string {
		t.Helper()
		if err := p.CheckResource(t.Context(), fetched(t, p)); err != nil {
			t.Fatal(err)
		}
		s := fetched(t, p)
		return s.Status.State + ": " + strings.ReplaceAll(s.Status.Reason, f.Project, "PROJECT")
	}
	const unchecked, invalid = "unchecked: Scaleway has not found its records in DNS yet: they have to be published, and checked",
		"invalid: the last check found its records in DNS wrong: put them right, and have it checked"
	const noDKIM, noDMARC = "; dkim (PROJECT._domainkey.mail.example.com. TXT) is not found", "; dmarc (_dmarc.mail.example.com. TXT) is not found"
	diff(t, "nothing is there", unchecked+noDKIM+noDMARC+"; spf (mail.example.com. TXT) is not found", reason())
	inDNS[spf.Name] = []string{"v=spf1 mx -all"}
	diff(t, "another SPF is there", invalid+noDKIM+noDMARC+`; spf (mail.example.com. TXT) is invalid ("found \"v=spf1 mx -all\"")`, reason())
	inDNS[spf.Name] = []string{"v=spf1 mx include:_spf.tem.scaleway.com -all"}
	inDNS[dkim.Name] = []string{dkim.Value}
	diff(t, "the DMARC is missing", invalid+noDMARC, reason())
	inDNS[dmarc.Name] = []string{"v=DMARC1; p=reject"}
	diff(t, "all but the MX is there", "checked: ", reason())
}

// The API may have nothing to say of checks before the first, in any words. Any other error is one.
func TestNoVerification(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fault httpfault.Fault
		kind  error // of the error, if there is one
		there bool
	}{
		{"typed", scwtest.NotFound("domain_last_status", "1").Fault(), nil, true},
		{"message", scwtest.Message(404, "no check yet").Fault(), nil, true},
		{"page of a proxy", httpfault.Proxy(404), errNoKind, false},
		{"not allowed", scwtest.PermissionsDenied("domain", "read").Fault(), providers.ErrAuth, false},
		{"busy", httpfault.Status(429), errBusy, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, p := startWith(t, scalewaytemtest.Options{})
			f.Faults.Add(httpfault.Rule{Pattern: scalewaytemtest.Verification, Fault: tt.fault})
			if !tt.there {
				_, err := p.FetchResource(t.Context(), mail(domainText))
				wants(t, err, tt.kind)
				return
			}
			s := fetched(t, p)
			if s.Status.Phase != providers.Pending || slices.ContainsFunc(observed(s), func(o string) bool { return strings.Contains(o, "_record") }) {
				t.Errorf("got %+v, %q", s.Status, observed(s))
			}
		})
	}
}
