package glauca_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/glauca/glaucatest"
)

// observed returns the texts of what is observed, without what the fake makes up.
func observed(s *providers.ResourceSnapshot) map[string]string {
	texts := map[string]string{}
	for _, o := range s.Observed {
		texts[o.Name] = o.Text
		if o.Watched {
			texts[o.Name] += " (watched)"
		}
	}
	return texts
}

func TestObserved(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2027, 1, n, 12, 0, 0, 0, time.UTC) }
	s, p := with(t, glaucatest.Options{}, glaucatest.Domain{
		Admin: "contact_2", Statuses: []string{"client_transfer_prohibited", "client_delete_prohibited"}, RGP: []string{"add_grace_period"},
		Created: day(1), LastUpdated: day(2), LastTransferred: day(3), Expiry: day(4).AddDate(100, 0, 0),
		SecDNS: &glaucatest.SecDNS{MaxSigLife: 24 * time.Hour, Keys: []glaucatest.Key{{Flags: 257, Protocol: 3, Algorithm: 15, PublicKey: keyA}}},
	})
	got := fetch(t, p)
	diff(t, "observed", map[string]string{
		"expiry": "2127-01-04T12:00:00Z", "statuses": "client_transfer_prohibited, client_delete_prohibited", "rgp_state": "add_grace_period", "deleted": "false",
		"registrant": s.Contact + " (watched)", "admin": "contact_2 (watched)", "billing": "none (watched)", "tech": "none (watched)",
		"max_sig_life": "1 00:00:00", "created": "2027-01-01T12:00:00Z", "last_updated": "2027-01-02T12:00:00Z", "last_transferred": "2027-01-03T12:00:00Z",
	}, observed(got))
	for _, o := range got.Observed {
		if o.Alert != "" {
			t.Errorf("%s: alert %q", o.Name, o.Alert)
		}
	}
}

// A registration that ends soon, or has ended, is for a person to see.
func TestExpiry(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   time.Duration
		want string
	}{
		{"in 31 days", 31 * 24 * time.Hour, ""},
		{"in less than 30 days", 30*24*time.Hour - time.Minute, "in 29 days"},
		{"today", time.Hour, "in 0 days"},
		{"over", -time.Hour, "ended on"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at := time.Now().Add(tt.in).Truncate(time.Second)
			_, p := with(t, glaucatest.Options{}, glaucatest.Domain{Expiry: at})
			got := fetch(t, p).Observed[0]
			if got.Name != "expiry" || got.Value != float64(at.Unix()) || !got.Metric {
				t.Errorf("got %+v", got)
			}
			if (got.Alert == "") != (tt.want == "") || !strings.Contains(got.Alert, tt.want) {
				t.Errorf("alert %q, want %q", got.Alert, tt.want)
			}
		})
	}
}

// What is only shown is no reason not to read a domain, and is shown on one line that is not too long.
func TestShown(t *testing.T) {
	long, hostile := `"`+strings.Repeat("x", 1<<20)+`"`, `"a\u202e\u001b[2J\u0000b"`
	for _, field := range []string{"expiry", "created", "last_updated", "last_transferred", "statuses", "rgp_state", "sec_dns"} {
		for _, value := range []string{`"2030-01-01"`, `""`, `{"a":1}`, long, hostile, `"pending` + hostile[1:]} {
			switch field {
			case "statuses", "rgp_state":
				value = `["ok",` + strings.ReplaceAll(value, `{"a":1}`, `"ok"`) + `]`
			case "sec_dns":
				value = `{"max_sig_life":` + value + `,"ds_data":null,"key_data":null}`
			}
			t.Run(fmt.Sprintf("%s %.30s", field, value), func(t *testing.T) {
				s, p := with(t, glaucatest.Options{}, glaucatest.Domain{})
				fault(s, glaucatest.GetDomain, glaucatest.Odd(domainName, field, value))
				got := fetch(t, p)
				texts := slices.Concat(slices.Collect(maps.Values(observed(got))), []string{got.Status.State})
				for _, text := range texts {
					if len(text) > 350 || strings.ContainsAny(text, "\u202e\u001b\x00") {
						t.Errorf("got %.500q", text)
					}
				}
				if alert := got.Observed[0].Alert; strings.Contains(alert, "cannot be read") != (field == "expiry") {
					t.Errorf("alert %q", alert)
				}
				if text, ok := observed(got)[field]; ok && value == `"2030-01-01"` && text != "2030-01-01" {
					t.Errorf("%s is shown as %q", field, text)
				}
			})
		}
	}
}
