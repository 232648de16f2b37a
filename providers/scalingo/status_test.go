package scalingo_test

import (
	"strings"
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
	"github.com/zoneward/zoneward/providers/scalingo/scalingotest"
)

// What each state of the certificates means. The table in docs/providers/scalingo.md has them too.
func TestStatus(t *testing.T) {
	type fields = map[string]any
	uploaded := func(status string, left time.Duration) fields {
		return fields{"ssl": true, "tlscert": "/CN=www.example.com", "validity": now.Add(left).Format(time.RFC3339), "ssl_status": status}
	}
	with := func(f fields, name string, value any) fields {
		f[name] = value
		return f
	}
	encrypted := func(status string, problem any) fields {
		return fields{"letsencrypt_status": status, "acme_dns_error": problem}
	}
	object := func(provider string, variables ...string) fields {
		return fields{"dns_provider": provider, "variables": variables}
	}
	challenge := func(f fields) fields {
		return with(with(f, "acme_dns_fqdn", "_acme-challenge.www.example.com"), "acme_dns_value", "abc")
	}
	for _, tt := range []struct {
		name   string
		fields fields // of the domain, besides those of a new one
		phase  providers.ResourcePhase
		state  string
		reason []string // what is in it
		tls    string
		alert  string // part of that of the observation that has one
	}{
		{"uploaded", uploaded("success", 90*day), providers.Ready, "success", nil, "uploaded", ""},
		{"uploaded, without a status", uploaded("", 90*day), providers.Ready, "success", nil, "uploaded", ""},
		{"uploaded, without a time", fields{"ssl": true, "validity": nil, "ssl_status": "success"}, providers.Ready, "success", nil, "uploaded", ""},
		{"being deployed", uploaded("pending", 90*day), providers.Pending, "pending", []string{"comes by itself"}, "uploaded", ""},
		{"not usable", uploaded("error", 90*day), providers.Pending, "error", []string{"put another one where the secret is"}, "uploaded", "cannot use the certificate"},
		{"uploaded, in a word that is new", uploaded("checking", 90*day), providers.Pending, "checking", []string{`"checking" for its ssl_status`}, "uploaded", ""},
		{"uploaded, whatever Let's Encrypt does", with(uploaded("success", 90*day), "letsencrypt_status", "pending_dns"), providers.Ready, "success", nil, "uploaded", ""},
		{"nearly over", uploaded("success", 14*day-time.Second), providers.Ready, "success", nil, "uploaded", "ends at 2026-12-04T11:59:59Z, in 13 days"},
		{"not nearly over", uploaded("success", 14*day), providers.Ready, "success", nil, "uploaded", ""},
		{"over", with(uploaded("success", 0), "letsencrypt_enabled", false), providers.Pending, "expired", []string{"has ended", "letsencrypt: true"}, "uploaded, and ended", "ended at 2026-11-20T12:00:00Z"},
		{
			"over, and Let's Encrypt is there", with(with(uploaded("success", 0), "letsencrypt_status", "created"), "letsencrypt", true),
			providers.Ready, "created", nil, "letsencrypt", "ended at 2026-11-20T12:00:00Z",
		},
		{"over, and Let's Encrypt is not", with(uploaded("success", 0), "letsencrypt_status", "pending_dns"), providers.Pending, "pending_dns", nil, "uploaded, and ended", "ended at"},

		{"created", with(encrypted("created", nil), "letsencrypt", true), providers.Ready, "created", nil, "letsencrypt", ""},
		{"created, with a problem", with(encrypted("created", "renewal failed"), "letsencrypt", true), providers.Ready, "created", nil, "letsencrypt", `Scalingo says "renewal failed"`},
		{"waiting for the DNS", encrypted("pending_dns", ""), providers.Pending, "pending_dns", []string{"www.example.com. does not lead to the application yet", "the CNAME to " + platform, "ALIAS"}, "none", ""},
		{"asked", encrypted("new", nil), providers.Pending, "new", []string{"comes by itself"}, "none", ""},
		{"pending", encrypted("pending", nil), providers.Pending, "pending", []string{"comes by itself"}, "none", ""},
		{"challenge", challenge(encrypted("dns_required", nil)), providers.Pending, "dns_required", []string{`the TXT record "abc" at _acme-challenge.www.example.com`}, "none", ""},
		{"challenge that is not made yet", encrypted("dns_required", nil), providers.Pending, "dns_required", []string{"about to make up"}, "none", ""},
		{
			"challenge that is wrong", challenge(encrypted("dns_required", "another value")), providers.Pending, "dns_required",
			[]string{`Scalingo says "another value"`},
			"none", `something is wrong with what Let's Encrypt looks for in the DNS: Scalingo says "another value"`,
		},
		{"challenge of a renewal", with(challenge(encrypted("dns_required", nil)), "letsencrypt", true), providers.Pending, "dns_required", []string{"the certificate that is there stays in use"}, "letsencrypt", ""},
		{"error", encrypted("error", nil), providers.Pending, "error", []string{"CAA", platform}, "none", "Let's Encrypt has refused the certificate"},
		{"error in words", encrypted("error", "CAA record\nfor a"), providers.Pending, "error", []string{`Scalingo says "CAA record for a"`}, "none", `refused the certificate: Scalingo says "CAA record for a"`},
		{"error as an object", encrypted("error", object("manual", "A", "B")), providers.Pending, "error", []string{`"manual: A, B"`}, "none", `"manual: A, B"`},
		{"error as an object without a provider", encrypted("error", object("", "A")), providers.Pending, "error", []string{`"A"`}, "none", `"A"`},
		{"error as an empty object", encrypted("created", object("")), providers.Ready, "created", nil, "none", ""},
		{"error as an object without variables", encrypted("created", object("manual")), providers.Ready, "created", nil, "none", ""},
		{"error in another form", encrypted("error", []any{1}), providers.Pending, "error", []string{`"[1]"`}, "none", `"[1]"`},
		{"no status", encrypted("", nil), providers.Pending, "unknown", []string{"does not say yet"}, "none", ""},
		{"a word that is new", encrypted("throttled\x1b", nil), providers.Pending, "throttled ", []string{`"throttled " for its letsencrypt_status`}, "none", ""},
		{"without TLS", fields{"letsencrypt_enabled": false}, providers.Ready, "without_tls", nil, "none", ""},
		{"without TLS, with an error that is over", fields{"letsencrypt_enabled": false, "letsencrypt_status": "error", "acme_dns_error": "old"}, providers.Ready, "without_tls", nil, "none", ""},
		{"no status, with an error", encrypted("", "odd"), providers.Pending, "unknown", nil, "none", `Scalingo says "odd"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, p := start(t, scalingotest.Options{Now: clock})
			create(t, p, www())
			s.Faults.Add(httpfault.Rule{Pattern: scalingotest.ListDomains, Fault: scalingotest.Lie(func(d map[string]any) {
				delete(d, "letsencrypt_status")
				for name, value := range tt.fields {
					d[name] = value
				}
			})})
			got := fetched(t, p, www())
			if got.Status.Phase != tt.phase || got.Status.State != tt.state || (got.Status.Reason == "") != (tt.phase == providers.Ready) {
				t.Errorf("it is %+v, want %s and %s", got.Status, tt.phase, tt.state)
			}
			for _, part := range tt.reason {
				if !strings.Contains(got.Status.Reason, part) {
					t.Errorf("%q is not in the reason: %s", part, got.Status.Reason)
				}
			}
			diff(t, "tls", tt.tls, observed(got, "tls").Text)
			var alerts []string
			for _, o := range got.Observed {
				if o.Alert != "" {
					alerts = append(alerts, o.Alert)
				}
			}
			if text := strings.Join(alerts, "\n"); len(alerts) > 1 || (text == "") != (tt.alert == "") || !strings.Contains(text, tt.alert) {
				t.Errorf("the alerts are %q, want %q", alerts, tt.alert)
			}
		})
	}
}

const day = 24 * time.Hour

func TestObserved(t *testing.T) {
	_, p := start(t, scalingotest.Options{Now: clock})
	s := create(t, p, secretly(www(), selfSigned(now.AddDate(0, 6, 0), "www.example.com")))
	expiry := providers.ObservedTime("certificate_expiry", now.AddDate(0, 6, 0))
	diff(t, "observed", []providers.Observation{
		{Name: "tls", Text: "uploaded"},
		{Name: "certificate_subject", Text: "/CN=www.example.com"},
		{Name: "certificate_key", Text: "ECDSA private key - 256 bytes"},
		expiry,
		{Name: "ssl_status", Text: "success"},
		{Name: "letsencrypt_status", Text: "pending_dns"},
		{Name: "domains_of_app", Text: "1 of 20", Value: 1, Metric: true},
	}, s.Observed)
}

// From its link to its certificate, a wildcard wants its challenge published, and the CNAME.
func TestWildcard(t *testing.T) {
	records := map[string][]string{}
	for _, opts := range []scalingotest.Options{{}, {DotAfterFQDN: true, AcmeError: scalingotest.AcmeErrorObjectAlways, NullFields: true}} {
		clear(records)
		opts.Lookup = func(name, kind string) []string { return records[name+" "+kind] }
		s, p := start(t, opts)
		wildcard := resource("*.example.com.")
		states := func(want ...string) {
			t.Helper()
			var got []string
			for range want {
				got = append(got, fetched(t, p, wildcard).Status.State)
			}
			diff(t, "states", want, got)
		}
		create(t, p, wildcard)
		states("dns_required", "dns_required")
		base := fetched(t, p, wildcard)
		challenge, _ := s.Domain("my-app", "*.example.com")
		diff(t, "outputs", []string{
			"acme: _acme-challenge.example.com. 300 IN TXT \"" + challenge.Challenge.Value + "\"",
			"cname: *.example.com. 300 IN CNAME " + platform,
		}, outputs(base))
		records["_acme-challenge.example.com TXT"] = []string{"wrong"}
		if s := fetched(t, p, wildcard); !strings.Contains(s.Status.Reason, "another value") {
			t.Errorf("the reason is %s", s.Status.Reason)
		}
		records["_acme-challenge.example.com TXT"] = []string{challenge.Challenge.Value}
		states("new", "created", "created")
		s.RotateChallenge("my-app", "*.example.com")
		if got := outputs(fetched(t, p, wildcard)); got[0] == outputs(base)[0] {
			t.Errorf("the challenge is still %s", got[0])
		}
	}
}

// outputs returns what a resource wants to be published.
func outputs(s *providers.ResourceSnapshot) []string {
	var all []string
	for _, o := range s.Outputs {
		all = append(all, o.Name+": "+o.RRset.String())
	}
	return all
}
