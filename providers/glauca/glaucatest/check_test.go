package glaucatest_test

import (
	"strings"
	"testing"

	"github.com/zoneward/zoneward/providers/glauca/glaucatest"
)

// checkBody asks for a price for a year.
func checkBody(name string) string {
	return `{"domain":"` + name + `","period":{"unit":"y","value":1}}`
}

func TestChecks(t *testing.T) {
	s, c := start(t, glaucatest.Options{Suffixes: []string{"com", "co.uk"}, Prices: glaucatest.Prices{Register: 1999, Transfer: 905, Renew: 1100, Restore: 8000}})
	s.AddDomain(glaucatest.Domain{Name: "deleted.com"})
	s.Redeem("deleted.com")
	s.AddDomain(glaucatest.Domain{Name: "fixed.com", NoRenew: true, NoRestore: true})
	s.AddDomain(glaucatest.Domain{Name: "locked.com", Account: "other", Statuses: []string{"client_transfer_prohibited"}})
	s.AddDomain(glaucatest.Domain{Name: "open.com", Account: "other"})
	check, transfer := "POST "+domains+"check/ ", "POST "+domains+"check_transfer/ "
	period := func(unit, value string) string { return `{"period":{"unit":"` + unit + `","value":` + value + `}}` }
	year := period("y", "1")
	for _, tt := range []struct {
		call   string
		status int
		want   string
	}{
		{check + checkBody("new.com"), 200, "true null 19.99"},
		{check + strings.Replace(checkBody("new.com"), `"value":1`, `"value":2`, 1), 200, "true null 39.98"},
		{check + strings.Replace(checkBody("new.com"), `"value":1`, `"value":11`, 1), 200, "false Invalid period for domain null"},
		{check + checkBody("example.com"), 200, "false In use null"},
		{check + checkBody("locked.com"), 200, "false In use null"},
		{check + checkBody("new.co.uk"), 200, "true null 19.99"},
		{check + checkBody("new.example"), 200, "false Unsupported or invalid domain null"},
		{check + checkBody("co.uk"), 200, "false Unsupported or invalid domain null"},
		{check + checkBody("com"), 200, "false Unsupported or invalid domain null"},
		{check + `{"domain":"new.com"}`, 400, `{"period":["This field is required."]}`},
		{check + year, 400, `{"domain":["This field is required."]}`},
		{transfer + checkBody("open.com"), 200, "true null 9.05"},
		{transfer + checkBody("locked.com"), 200, "false Domain not eligible for transfer null"},
		{transfer + checkBody("new.com"), 200, "false null null"},
		{"POST " + first + "check_renew/ " + year, 200, "true null 11.00"},
		{"POST " + first + "check_renew/ " + checkBody("example.com"), 200, "true null 11.00"},
		{"POST " + first + "check_renew/ " + period("m", "6"), 200, "false Invalid period for domain null"},
		{"POST " + first + "check_renew/ " + period("d", "6"), 400, `{"period":{"unit":["\"d\" is not a valid choice."]}}`},
		{"POST " + first + "check_renew/ " + period("y", "0"), 400, `{"period":{"value":["Ensure this value is greater than or equal to 1."]}}`},
		{"POST " + first + "check_renew/", 400, `{"period":["This field is required."]}`},
		{"POST " + domains + "domain_2/check_renew/ " + year, 200, "false Domain not in state to be renewed null"},
		{"POST " + domains + "domain_3/check_renew/ " + year, 200, "false Unsupported by the registry null"},
		{"POST " + domains + "domain_4/check_renew/ " + year, 403, denied},
		{"GET " + first + "check_restore/", 200, "false Domain not in state to be restored null"},
		{"GET " + domains + "domain_2/check_restore/", 200, "true null 80.00"},
		{"GET " + domains + "domain_3/check_restore/", 200, "false Unsupported by the registry null"},
		{"GET " + domains + "domain_9/check_restore/", 404, `{"detail":"Not found."}`},
	} {
		t.Run(tt.call, func(t *testing.T) {
			method, rest, _ := strings.Cut(tt.call, " ")
			path, body, _ := strings.Cut(rest, " ")
			a := client{t, c.url, c.token}.want(tt.status, method, path, body)
			got := a.text
			if tt.status == 200 {
				got = strings.ReplaceAll(a.at("available")+" "+a.at("reason")+" "+a.at("price"), `"`, "")
			}
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
	if got := s.Forbidden(); len(got) != 0 {
		t.Errorf("checks are forbidden: %q", got)
	}
}
