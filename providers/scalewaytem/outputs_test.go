package scalewaytem_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/scwtest"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
	"github.com/zoneward/zoneward/providers/scalewaytem/scalewaytemtest"
)

// object is a JSON object.
type object = map[string]any

// A record that cannot be published as it is is not there, and the domain is not ready then.
func TestOutputs(t *testing.T) {
	at := func(name, value string) object { return object{"name": name, "value": value} }
	key := func(octets int) string { return "v=DKIM1; p=" + strings.Repeat("x", octets-len("v=DKIM1; p=")) }
	const dkim, dmarc, mx, spf = "dkim", "dmarc", "mx", "spf"
	for _, tt := range []struct {
		name   string
		record string
		as     any    // in the place of the record
		want   string // the output, empty for none
	}{
		{"null", dkim, nil, ""},
		{"empty", dkim, object{}, ""},
		{"relative, as answers to checks have it", dmarc, at("_dmarc.mail", "v=DMARC1; p=none"), ""},
		{"relative to nothing", dmarc, at("@", "v=DMARC1; p=none"), ""},
		{"without a dot at the end", dmarc, at("_dmarc.mail.example.com", "v=DMARC1; p=none"), ""},
		{"of another domain", dmarc, at("_dmarc.example.net.", "v=DMARC1; p=none"), ""},
		{"of the domain above", dmarc, at("_dmarc.example.com.", "v=DMARC1; p=none"), ""},
		{"of a domain that ends alike", dmarc, at("_dmarc.xmail.example.com.", "v=DMARC1; p=none"), ""},
		{"no name", dmarc, at("", "v=DMARC1; p=none"), ""},
		{"in upper case", dmarc, at("_DMARC.Mail.Example.COM.", "v=DMARC1; p=none"), `_dmarc.mail.example.com. 3600 IN TXT "v=DMARC1; p=none"`},
		{"dmarc in the place of another", dmarc, at("x._domainkey.mail.example.com.", "v=DMARC1; p=none"), ""},
		{"dmarc at the domain", dmarc, at("mail.example.com.", "v=DMARC1; p=none"), ""},
		{"dmarc further down", dmarc, at("_dmarc.www.mail.example.com.", "v=DMARC1; p=none"), ""},
		{"dkim at the domain", dkim, at("mail.example.com.", "v=DKIM1; p=AA"), ""},
		{"dkim where proofs for certificates are", dkim, at("_acme-challenge.mail.example.com.", "v=DKIM1; p=AA"), ""},
		{"dkim without a selector", dkim, at("_domainkey.mail.example.com.", "v=DKIM1; p=AA"), ""},
		{"dkim for all selectors", dkim, at("*._domainkey.mail.example.com.", "v=DKIM1; p=AA"), ""},
		{"dkim with another character", dkim, at("_x._domainkey.mail.example.com.", "v=DKIM1; p=AA"), ""},
		{"dkim further down", dkim, at("x._domainkey.www.mail.example.com.", "v=DKIM1; p=AA"), ""},
		{"mx below the domain", mx, at("inbound.mail.example.com.", "10 blackhole.tem.scaleway.com."), ""},
		{"mx for all names", mx, at("*.mail.example.com.", "10 blackhole.tem.scaleway.com."), ""},
		{"spf below the domain", spf, at("www.mail.example.com.", "v=spf1 -all"), ""},
		{"dkim that is none", dkim, at("x._domainkey.mail.example.com.", "p=AA"), ""},
		{"dkim of another version", dkim, at("x._domainkey.mail.example.com.", "v=DKIM10; p=AA"), ""},
		{"dmarc that is none", dmarc, at("_dmarc.mail.example.com.", "v=DKIM1; p=AA"), ""},
		{"spf that is none", spf, at("mail.example.com.", "google-site-verification=x"), ""},
		{"spf of another version", spf, at("mail.example.com.", "v=spf10 -all"), ""},
		{"no text", spf, at("mail.example.com.", ""), ""},
		{"in quotes", spf, at("mail.example.com.", `"v=spf1 -all"`), ""},
		{"with a backslash", spf, at("mail.example.com.", `v=spf1\; -all`), ""},
		{"with a line break", spf, at("mail.example.com.", "v=spf1 -all\nwww A 192.0.2.1"), ""},
		{"with another character", spf, at("mail.example.com.", "v=spf1 include:é.example -all"), ""},
		{"with a semicolon", spf, at("mail.example.com.", "v=spf1 exp=a;b -all"), `mail.example.com. 3600 IN TXT "v=spf1 exp=a;b -all"`},
		{"255 octets", dkim, at("x._domainkey.mail.example.com.", key(255)), `x._domainkey.mail.example.com. 3600 IN TXT "` + key(255) + `"`},
		{"256 octets", dkim, at("x._domainkey.mail.example.com.", key(256)), `x._domainkey.mail.example.com. 3600 IN TXT "` + key(255) + `" "x"`},
		{"more than a record holds", dkim, at("x._domainkey.mail.example.com.", key(70_000)), ""},
		{"relative target", mx, at("mail.example.com.", "10 blackhole"), ""},
		{"no preference", mx, at("mail.example.com.", "blackhole.tem.scaleway.com."), ""},
		{"two targets", mx, at("mail.example.com.", "10 a.example.com. 20 b.example.com."), ""},
		{"other target", mx, at("mail.example.com.", "5 MX.Example.net."), "mail.example.com. 3600 IN MX 5 mx.example.net."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, p := startWith(t, scalewaytemtest.Options{})
			f.SetStatus(domainText, scalewaytemtest.Checked, "")
			f.Faults.Add(httpfault.Rule{Pattern: scalewaytemtest.Get, Fault: scwtest.Edited(func(d object) { d["records"].(object)[tt.record] = tt.as })})
			s := fetched(t, p)
			got, ok := s.Output(tt.record)
			if tt.want != "" {
				if !ok {
					t.Fatal("it is not there")
				}
				diff(t, "output", tt.want, got.RRset.String())
				diff(t, "phase", providers.Ready, s.Status.Phase)
				return
			}
			diff(t, "outputs", slices.DeleteFunc([]string{dkim, dmarc, mx, spf}, func(name string) bool { return name == tt.record }), outputNames(s))
			diff(t, "status", providers.ResourceStatus{
				Phase: providers.Pending, State: "checked", Reason: "Scaleway does not say, in a form that can be published, what these records are to be: " + tt.record,
			}, s.Status)
		})
	}
}

func outputNames(s *providers.ResourceSnapshot) []string {
	var names []string
	for _, o := range s.Outputs {
		names = append(names, o.Name)
	}
	return names
}

// A domain in the form that the answers to a check and a revocation have it, null records and all, is not taken for one that wants nothing.
func TestNulls(t *testing.T) {
	for _, tt := range []struct {
		name string
		edit func(object)
		want string // the reason
	}{
		{"as answers to checks", func(d object) {
			d["records"] = object{"dkim": nil, "dmarc": object{"name": "_dmarc.mail", "value": "v=DMARC1; p=none"}, "mx": nil, "spf": nil}
			d["reputation"] = nil
		}, "dkim, dmarc, mx, spf"},
		{"no records", func(d object) { d["records"] = nil }, "dkim, dmarc, mx, spf"},
		{"nothing but what all have", func(d object) {
			for _, field := range []string{
				"records", "reputation", "statistics", "last_error", "last_valid_at", "next_check_at", "created_at", "revoked_at", "dkim_config", "spf_config", "organization_id", "region",
			} {
				delete(d, field)
			}
		}, "dkim, dmarc, mx, spf"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, p := startWith(t, scalewaytemtest.Options{})
			f.SetStatus(domainText, scalewaytemtest.Checked, "")
			f.Faults.Add(httpfault.Rule{Pattern: scalewaytemtest.Get, Fault: scwtest.Edited(tt.edit)})
			s := fetched(t, p)
			if s.Status.Phase != providers.Pending || !strings.HasSuffix(s.Status.Reason, ": "+tt.want) || s.Outputs != nil {
				t.Errorf("got %+v with %v", s.Status, outputs(s))
			}
		})
	}
}

// What others do to the key changes the output and nothing else.
func TestRotation(t *testing.T) {
	f, p := startWith(t, scalewaytemtest.Options{})
	before := fetched(t, p)
	f.RotateDKIM(domainText)
	after := fetched(t, p)
	diff(t, "id", before.ID, after.ID)
	diff(t, "fields", before.Fields, after.Fields)
	for _, name := range outputNames(before) {
		was, _ := before.Output(name)
		is, _ := after.Output(name)
		if same := was == is; same != (name != "dkim") {
			t.Errorf("%s: was %s, is %s", name, was.RRset, is.RRset)
		}
	}
}
