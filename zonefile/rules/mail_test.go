package rules_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/zonefile"
	"github.com/zoneward/zoneward/zonefile/rules"
)

// One mistake is found by one rule.
func TestMailTexts(t *testing.T) {
	tests := []struct {
		name, zone string
		want       []string // rules
	}{
		{"strings that are joined within the version", `@ TXT "v=spf1" "mx -all"`, []string{"spf-joined-strings"}},
		{"DMARC at the apex of a zone without mail", `@ TXT "v=DMARC1; p=block"`, []string{"mail-text-misplaced"}},
		{"DMARC at a name of no host", `dmarc TXT "v=DMARC1; p=block"`, nil},
		{"DMARC at a host", "www A 192.0.2.80\nwww TXT \"v=DMARC1; p=none\"", []string{"mail-text-misplaced"}},
		{"SPF at a selector", `s1._domainkey TXT "v=spf1 -all"`, []string{"mail-text-misplaced"}},
		{"a DKIM key at _dmarc", `_dmarc TXT "v=DKIM1; p="`, []string{"mail-text-misplaced"}},
		{"two keys", "s1._domainkey TXT \"v=DKIM1; p=\"\ns1._domainkey TXT \"k=rsa; p=\"", []string{"dkim-syntax"}},
		{"two policies of MTA-STS", "_mta-sts TXT \"v=STSv1; id=1\"\n_mta-sts TXT \"v=STSv1; id=2\"\nmta-sts A 192.0.2.80", []string{"mta-sts-syntax"}},
		{"a long id", "_mta-sts TXT \"v=STSv1; id=123456789012345678901234567890123\"\nmta-sts A 192.0.2.80", []string{"mta-sts-syntax"}},
		{"the host of MTA-STS in a zone below, or by a wildcard", "_mta-sts.b TXT \"v=STSv1; id=1\"\n*.b A 192.0.2.80\n_mta-sts.a TXT \"v=STSv1; id=1\"\nmta-sts.a NS ns.example.net.", nil},
		{"where failures of DKIM are reported", `_report._domainkey TXT "ra=postmaster"`, nil},
		{"no DMARC record, for other text", `_dmarc TXT "some text"`, nil},
		{"a destination of reports", `example.net._report._dmarc TXT "v=DMARC1; x"`, []string{"dmarc-syntax"}},
		{"all in the middle, and what goes on behind it", `@ TXT "v=spf1 -all exp=x.example.com ra=a"`, nil},
	}
	set, err := rules.NewSet(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, p := range set.Judge(parsed(t, "example.com\n"+test.zone)[0], zonefile.Warning) {
				got = append(got, p.Rule)
			}
			if d := cmp.Diff(got, test.want); d != "" {
				t.Errorf("-got +want:\n%s", d)
			}
		})
	}
}

// The rules about what a domain should have for mail, all of them.
func TestMailOpinions(t *testing.T) {
	tests := []struct {
		name, zone string
		want       []string
	}{
		{"mail, with all there is to it", "@ MX 10 a\n@ MX 20 b\na A 192.0.2.1\nb A 192.0.2.2\n@ TXT \"v=spf1 mx ~all\"\n_dmarc TXT \"v=DMARC1; p=reject\"", nil},
		{"DMARC above, SPF elsewhere", "sub MX 10 a.example.net.\nsub TXT \"v=spf1 redirect=example.net\"\n_dmarc CNAME dmarc.example.net.", nil},
		{"a wildcard", "*.sub MX 10 a.example.net.", nil},
		{"no mail", "@ MX 0 .\n@ TXT \"V=SPF1  -all\"\n_dmarc TXT \"v=DMARC1; p=reject\"", nil},
		{"no mail, and no more", "@ MX 0 .", []string{"no-mail-without-policy", "no-mail-without-policy"}},
		{"mail, and no more", "@ MX 0 a\na A 192.0.2.1", []string{"mail-single-exchange", "mail-without-policy", "mail-without-policy"}},
		{"two SPF records", "@ MX 0 a.example.net.\n@ TXT \"v=spf1 -all\"\n@ TXT \"v=spf1 mx -all\"\n_dmarc TXT \"v=DMARC1; p=none\"", []string{"mail-without-policy", "spf-multiple"}},
	}
	set, err := rules.NewSet(rules.Levels{"mail-single-exchange": zonefile.Warning, "mail-without-policy": zonefile.Warning, "no-mail-without-policy": zonefile.Warning})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, p := range set.Judge(parsed(t, "example.com\n"+test.zone)[0], zonefile.Warning) {
				got = append(got, p.Rule)
			}
			if d := cmp.Diff(got, test.want); d != "" {
				t.Errorf("-got +want:\n%s", d)
			}
		})
	}
}
