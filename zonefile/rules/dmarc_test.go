package rules

import (
	"slices"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/zonefile"
)

func TestWrongDMARC(t *testing.T) {
	tests := []struct {
		text string
		want []string // parts of what is wrong
	}{
		{"v=DMARC1; p=none", nil},
		{"v=DMARC1;p=REJECT;", nil},
		{"v = DMARC1 ; P = reject ; SP=none", nil},
		{"v=DMARC1; rua=mailto:a@example.com; p=none", nil},
		{"v=DMARC1; p=reject; np=quarantine; psd=u; t=n; fo=0:1 : d:s; ri=3600; rf=afrf:iodef; pct=0", nil},
		{"v=DMARC1; p=none; rua=mailto:a@example.com!10m , https://example.com/r ,mailto:b%2cc@example.net?x=y", nil},
		{"v=DMARC1", []string{"nothing but the version"}},
		{"v=DMARC1;", []string{"nothing but the version"}},
		{"v=DMARC1; sp=none", []string{"no tag p"}},
		{"v=DMARC1; p=", []string{`p="": the values`}},
		{"v=DMARC1; p=none reject", []string{`p="none reject"`}},
		{"v=DMARC1; p=none p; reject", []string{`"reject" is no NAME=VALUE`, `p="none p"`}},
		{"v=DMARC1; p=none; p=reject", []string{"p comes twice"}},
		{"v=DMARC1; p=none; adkim=relaxed; aspf=x; t=1; psd=", []string{"adkim=relaxed", "aspf=x", "t=1", "psd="}},
		{"v=DMARC1; p=none; pct=101", []string{"pct=101"}},
		{"v=DMARC1; p=none; pct=50%; ri=day; fo=2", []string{"pct=50%", "ri=day", `fo: "2"`}},
		{"v=DMARC1; p=none; rua=a@example.com", []string{"write mailto: in front"}},
		{"v=DMARC1; p=none; rua=mailto:a@example.com mailto:b@example.com", []string{"commas"}},
		{"v=DMARC1; p=none; ruf=mailto:a@example.com,", []string{"ruf: an address is missing"}},
		{"v=DMARC1; p=none; rua=mailto://a@", []string{"no mailto:LOCAL@DOMAIN"}},
		{"v=DMARC1; p=none; rua=mailto:a@b@example.com", []string{"no mailto:LOCAL@DOMAIN"}},
		{"v=DMARC1; p=none; rua=mailto:a@example.com!10x", []string{"no size"}},
		{"v=DMARC1; p=none; rua=mailto:a@example.com!", []string{"no size"}},
		{"v=DMARC1; p=none; rau=mailto:a@example.com", []string{"no tag rau"}},
	}
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			got := wrongDMARC(test.text, placeDMARC)
			if !slices.EqualFunc(got, test.want, strings.Contains) {
				t.Errorf("got %q, want what has %q", got, test.want)
			}
		})
	}
	if got := wrongDMARC("v=DMARC1", placeDMARCReport); got != nil {
		t.Errorf("of a destination: %q", got)
	}
}

func TestSameOrganization(t *testing.T) {
	tests := []struct {
		domain, destination string
		want                bool
	}{
		{"example.com.", "example.com.", true},
		{"example.com.", "dmarc.example.com.", true},
		{"a.example.com.", "b.c.example.com.", true},
		{"a.example.com.", "example.com.", true},
		{"example.com.", "example.net.", false},
		{"example.com.", "example.com.example.net.", false},
		{"example.co.uk.", "other.co.uk.", true}, // it cannot be known
	}
	for _, test := range tests {
		if got := sameOrganization(zonefile.MustParseName(test.domain), zonefile.MustParseName(test.destination)); got != test.want {
			t.Errorf("sameOrganization(%s, %s) = %t, want %t", test.domain, test.destination, got, test.want)
		}
	}
}

func TestPlaceOf(t *testing.T) {
	for text, want := range map[string]place{
		"example.com.":                                   anyPlace,
		"_dmarc.example.com.":                            placeDMARC,
		"_dmarc.*.example.com.":                          placeDMARC,
		"x._dmarc.example.com.":                          anyPlace,
		"example.net._report._dmarc.example.com.":        placeDMARCReport,
		"*._report._dmarc.example.com.":                  placeDMARCReport,
		"s1._domainkey.example.com.":                     placeDKIM,
		"a.b._domainkey.example.com.":                    placeDKIM,
		"*._domainkey.example.com.":                      placeDKIM,
		"_domainkey.example.com.":                        anyPlace,
		"_report._domainkey.example.com.":                anyPlace,
		"_adsp._domainkey.example.com.":                  placeADSP,
		"_mta-sts.example.com.":                          placeMTASTS,
		"_smtp._tls.example.com.":                        placeTLSRPT,
		"_tls.example.com.":                              anyPlace,
		"default._bimi.example.com.":                     placeBIMI,
		"_acme-challenge.example.com.":                   anyPlace,
		"selector1-example-com._domainkey.contoso.test.": placeDKIM,
	} {
		if got := placeOf(zonefile.MustParseName(text)); got != want {
			t.Errorf("placeOf(%s) = %d, want %d", text, got, want)
		}
	}
}
