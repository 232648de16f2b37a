package scaidnstest_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers/providertest/dnsserver"
	"github.com/zoneward/zoneward/providers/scaidns/scaidnstest"
)

const domains = "/api/v1/domains/"

// TestOnce goes once through the life of a zone.
func TestOnce(t *testing.T) {
	t.Parallel()
	s, c := start(t, scaidnstest.Options{})

	zone := c.ok(http.MethodPost, domains, `{"name":"example.com","domain_type":"primary","default_ttl":600}`)
	id := zone.at("id").text()
	if got := zone.at("status").text(); got != "pending_validation" {
		t.Errorf("status of a new zone is %s", got)
	}
	s.PublishChallenge(t, id)
	if got := c.ok(http.MethodPost, domains+id+"/validation/check", "").at("is_valid").text(); got != "true" {
		t.Errorf("is_valid is %s", got)
	}

	records := domains + id + "/records"
	record := c.ok(http.MethodPost, records, `{"name":"www","type":"A","content":"192.0.2.1"}`)
	if diff := cmp.Diff([]string{"www.example.com. 600 IN A 192.0.2.1"}, query(t, s, "www.example.com", "A")); diff != "" {
		t.Errorf("served (-want +got):\n%s", diff)
	}
	c.ok(http.MethodPatch, records+"/"+record.at("id").text(), `{"disabled":true}`)
	if got := query(t, s, "www.example.com", "A"); len(got) != 0 {
		t.Errorf("a disabled record is served: %q", got)
	}

	list := c.ok(http.MethodGet, records, "")
	if diff := cmp.Diff([]string{"192.0.2.1"}, list.at("data").each("content")); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
	c.want(http.StatusNoContent, http.MethodDelete, domains+id, "")
	if rcode, _ := dnsserver.Query(t, s.DNS, "example.com", "SOA"); rcode != "REFUSED" {
		t.Errorf("a soft-deleted zone is answered %s", rcode)
	}
	c.ok(http.MethodPost, domains+id+"/restore", "")
	if diff := cmp.Diff(list.value, c.ok(http.MethodGet, records, "").value); diff != "" {
		t.Errorf("records after the restore (-want +got):\n%s", diff)
	}
	c.want(http.StatusNoContent, http.MethodDelete, domains+id+"?hard=true", "")
	c.want(http.StatusNotFound, http.MethodPost, domains+id+"/restore", "")
}

func query(t testing.TB, s *scaidnstest.Server, name, typ string) []string {
	t.Helper()
	_, answer := dnsserver.Query(t, s.DNS, name, typ)
	return answer
}
