package glaucatest_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers/glauca/glaucatest"
)

// What ends a registration, costs money or makes another code works, and is told.
func TestForbidden(t *testing.T) {
	s, c := start(t, glaucatest.Options{})
	c.token = "X-AS207960-PAT " + s.AddToken(glaucatest.Token{Scopes: []string{glaucatest.DomainScope, glaucatest.RenewScope, glaucatest.RestoreScope}})
	s.AddDomain(glaucatest.Domain{Name: "example.org", NoRestore: true})

	c.patch(200, `{"regen_auth_code":false,"block_transfer":true}`)
	if got := s.Forbidden(); len(got) != 0 {
		t.Fatalf("forbidden: %q", got)
	}
	code := s.Domain("example.com").AuthInfo
	if got := c.patch(200, `{"regen_auth_code":true}`).at("auth_info"); got == `"`+code+`"` || got != c.read().at("auth_info") {
		t.Errorf("the code is %s", got)
	}
	renewed := c.want(201, "POST", first+"renew/", `{"period":{"unit":"y","value":2}}`)
	if renewed.at("state") != `"started"` || renewed.at("price") != "22" || renewed.at("off_session") != "true" || renewed.at("period", "value") != "2" ||
		renewed.header.Get("Location") == "" || c.read().at("expiry") != `"2029-11-20T12:00:00Z"` {
		t.Errorf("renewal: %s", renewed.text)
	}
	c.want(403, "POST", first+"restore/", "{}")
	if a := c.want(202, "DELETE", first, ""); a.at("deleted") != "true" || len(s.NS("example.com")) != 0 {
		t.Errorf("deletion: %s", a.text)
	}
	c.want(403, "DELETE", first, "")
	c.want(403, "POST", first+"renew/", `{"period":{"unit":"y","value":2}}`)
	restored := c.want(201, "POST", first+"restore/", `{"off_session":false}`)
	if restored.at("domain_obj") != `"domain_1"` || restored.at("off_session") != "false" || c.read().at("deleted") != "false" || len(s.NS("example.com")) != 2 {
		t.Errorf("restore: %s", restored.text)
	}
	c.want(204, "DELETE", domains+"domain_2/", "")
	c.want(404, "GET", domains+"domain_2/", "")
	s.Faults.Add(always(glaucatest.Detail(402, "Error billing account")))
	c.want(402, "POST", "/api/domain_registration_orders/", "{}")
	want := []string{
		"PATCH /api/domains/domain_1/", "POST /api/domains/domain_1/renew/", "POST /api/domains/domain_1/restore/", "DELETE /api/domains/domain_1/",
		"DELETE /api/domains/domain_1/", "POST /api/domains/domain_1/renew/", "POST /api/domains/domain_1/restore/", "DELETE /api/domains/domain_2/",
		"POST /api/domain_registration_orders/",
	}
	if d := cmp.Diff(want, s.Forbidden()); d != "" {
		t.Errorf("forbidden (-want +got):\n%s", d)
	}
}

func TestDeleteProhibited(t *testing.T) {
	s, c := start(t, glaucatest.Options{})
	s.Change("example.com", func(d *glaucatest.Domain) { d.Statuses = []string{"server_delete_prohibited"} })
	c.want(403, "DELETE", first, "")
	c.want(500, "DELETE", strings.TrimSuffix(first, "/"), "")
	if got := len(s.Forbidden()); got != 2 {
		t.Errorf("%d forbidden calls, want those that were refused too", got)
	}
}
