package scaidnstest_test

import (
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers/scaidns/scaidnstest"
)

func TestValidation(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 4, 1, 10, 0, 0, 0, time.UTC)
	s, c := start(t, scaidnstest.Options{Now: func() time.Time { return now }})
	id := c.ok("POST", domains, `{"name":"example.com","domain_type":"primary"}`).at("id").text()
	path := domains + id + "/validation"
	pending := c.ok("GET", path, "")
	challenge := pending.at("challenge_value").text()
	want := `{"challenge_value":"` + challenge + `","created_at":"2026-04-01T10:00:00Z",` +
		`"dns_record":{"name":"_scaidns-verify.example.com","type":"TXT","value":"` + challenge + `"},"expires_at":"2026-04-04T10:00:00Z",` +
		`"id":"` + pending.at("id").text() + `","status":"pending","validation_type":"txt_record"}`
	if got := pending.text(); got != want {
		t.Errorf("validation is %s, want %s", got, want)
	}

	check := func(valid, message string) {
		t.Helper()
		got := c.ok("POST", path+"/check", "")
		if got.at("is_valid").text() != valid || got.at("message").text() != message {
			t.Errorf("check answers %s, want %s %s", got.text(), valid, message)
		}
	}
	check("false", "No DNS record found for _scaidns-verify.example.com")
	if got := c.ok("GET", path, "").at("status").text(); got != "failed" {
		t.Errorf("status is %s after a check that failed", got)
	}
	s.FailValidation(t, id, "Domain example.com does not exist in DNS")
	check("false", "Domain example.com does not exist in DNS")
	if got := query(t, s, "example.com", "SOA"); len(got) != 0 {
		t.Errorf("a pending zone is served: %q", got)
	}

	c.want(422, "POST", path, `{"validation_type":"http"}`)
	other := c.ok("POST", path, `{"validation_type":"nameservers"}`)
	if other.at("dns_record").text() != "null" || other.at("id").text() == pending.at("id").text() {
		t.Errorf("the validation that supersedes is %s", other.text())
	}
	now = now.Add(72 * time.Hour)
	s.PublishChallenge(t, id)
	check("false", "Validation has expired")
	if got := c.ok("GET", path, "").at("status").text(); got != "expired" {
		t.Errorf("status is %s after its time", got)
	}
	c.want(204, "DELETE", path, "")
	c.want(404, "DELETE", path, "")
	c.want(404, "POST", path+"/check", "")

	c.ok("POST", path, "")
	s.PublishChallenge(t, id)
	check("true", "Domain validated")
	if got := c.ok("GET", path, "").text(); got != "null" {
		t.Errorf("validation of an active zone is %s", got)
	}
	if got := c.ok("GET", domains+id, "").at("status").text(); got != "active" {
		t.Errorf("status of the zone is %s", got)
	}
	if got := query(t, s, "example.com", "NS"); len(got) != 2 {
		t.Errorf("served NS records are %q", got)
	}
	c.want(409, "POST", path, "")
}

func TestFinishValidation(t *testing.T) {
	t.Parallel()
	s, c := start(t, scaidnstest.Options{})
	id := s.AddZone(t, scaidnstest.Zone{Name: "example.com", Status: scaidnstest.Pending})
	s.FinishValidation(t, id)
	if got := c.ok("GET", domains+id, "").at("status").text(); got != "active" {
		t.Errorf("status is %s", got)
	}
}
