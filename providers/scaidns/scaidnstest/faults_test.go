package scaidnstest_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers/providertest/httpfault"
	"github.com/zoneward/zoneward/providers/scaidns/scaidnstest"
)

// TestBreak checks what goes wrong with this API alone.
func TestBreak(t *testing.T) {
	t.Parallel()
	s, c, _, records := newZone(t, scaidnstest.Options{})
	bulk := `{"records":[` + recordBody("a A 192.0.2.1") + `,` + recordBody("b A 192.0.2.1") + `,` + recordBody("c A 192.0.2.1") + `]}`
	s.Break(scaidnstest.Broken{BulkAfter: 2, MissingZones: 3, MissingRecords: 4})
	a := c.do("POST", records+"/bulk", bulk)
	if a.status != 500 || a.text != `{"detail":"Internal Server Error"}` {
		t.Errorf("bulk is answered %d %s", a.status, a.text)
	}
	list := c.ok("GET", records, "")
	names := list.at("data").each("display_name")
	slices.Sort(names)
	if diff := cmp.Diff([]string{"a", "b"}, names); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	if got := list.at("total").text() + " " + c.ok("GET", domains, "").at("total").text(); got != "6 4" {
		t.Errorf("totals are %s, want 6 4", got)
	}
	s.Break(scaidnstest.Broken{})
	if got := c.ok("GET", records, "").at("total").text() + " " + c.ok("GET", domains, "").at("total").text(); got != "2 1" {
		t.Errorf("totals are %s, want 2 1", got)
	}
}

// TestFaults checks that rules in front of the API have it go wrong in the general ways.
func TestFaults(t *testing.T) {
	t.Parallel()
	s, c, id, records := newZone(t, scaidnstest.Options{})

	s.Faults.Add(httpfault.Rule{Times: 1, Fault: scaidnstest.Detail(http.StatusServiceUnavailable, "Maintenance")})
	if a := c.do("GET", records, ""); a.status != 503 || a.text != `{"detail":"Maintenance"}` {
		t.Errorf("%d %s, want 503", a.status, a.text)
	}
	s.Faults.Add(httpfault.Rule{Times: 1, Fault: httpfault.RetryIn(http.StatusTooManyRequests, 5*time.Second)})
	if a := c.do("GET", records, ""); a.status != 429 || a.header.Get("Retry-After") != "5" {
		t.Errorf("%d %v, want 429", a.status, a.header)
	}

	s.Faults.Add(httpfault.Rule{Pattern: "POST /api/v1/domains/{zone}/records", Times: 1, Fault: httpfault.After(httpfault.Proxy(http.StatusGatewayTimeout))})
	if a := c.do("POST", records, recordBody("www A 192.0.2.1")); a.status != 504 {
		t.Errorf("%d, want 504", a.status)
	}
	if got := query(t, s, "www.example.com", "A"); len(got) != 1 {
		t.Errorf("what was done before the answer was lost is %q", got)
	}

	// Somebody else writes between the reading and the writing of a client.
	record := c.ok("GET", records, "").at("data", 0, "id").text()
	s.Faults.Add(httpfault.Rule{Pattern: "PATCH /", Times: 1, Fault: httpfault.Call(func(*http.Request) {
		s.Write(t, id, set("www", "A", "192.0.2.1", "192.0.2.66"))
	})})
	c.ok("PATCH", records+"/"+record, `{"ttl":60}`)
	if got := query(t, s, "www.example.com", "A"); len(got) != 2 {
		t.Errorf("served are %q, want what the other has written too", got)
	}

	s.Faults.Add(httpfault.Rule{Times: 1, Fault: httpfault.Redirect(http.StatusTemporaryRedirect, "http://192.0.2.1")})
	if a := c.do("GET", domains, ""); a.status != 307 || a.header.Get("Location") != "http://192.0.2.1"+domains {
		t.Errorf("%d to %q, want 307", a.status, a.header.Get("Location"))
	}
	s.Faults.Add(httpfault.Rule{Times: 1, Fault: httpfault.NotJSON()})
	if a := c.do("GET", domains, ""); a.status != 200 || a.text[0] == '{' {
		t.Errorf("%d %s, want 200 and no JSON", a.status, a.text)
	}
	c.ok("GET", domains, "")
}

// TestPowerDNSGone checks that a PowerDNS that does not answer is a bad gateway.
func TestPowerDNSGone(t *testing.T) {
	t.Parallel()
	s, c, _, records := newZone(t, scaidnstest.Options{})
	s.PowerDNS.Stop(t)
	c.want(502, "GET", records, "")
	c.want(502, "POST", records, recordBody("www A 192.0.2.1"))
	c.ok("GET", domains, "")
	s.PowerDNS.Restart(t)
	c.ok("GET", records, "")
}

// TestDropDeleted checks that nothing is left of a zone whose retention has ended.
func TestDropDeleted(t *testing.T) {
	t.Parallel()
	s, c, id, _ := newZone(t, scaidnstest.Options{})
	c.want(204, "DELETE", domains+id, "")
	s.DropDeleted(t, id)
	c.want(404, "POST", domains+id+"/restore", "")
	if got := c.ok("GET", domains+"?include_deleted=true", "").at("total").text(); got != "0" {
		t.Errorf("%s zones are left", got)
	}
	c.ok("POST", domains, `{"name":"example.com","domain_type":"primary"}`)
}

// TestWrite checks that what is written behind the API's back is what the API has.
func TestWrite(t *testing.T) {
	t.Parallel()
	s, c, id, records := newZone(t, scaidnstest.Options{})
	s.Write(t, id, scaidnstest.RRset{Name: "www", Type: "A", TTL: 60, Records: []scaidnstest.Record{{Content: "192.0.2.1", Disabled: true}}})
	list := c.ok("GET", records, "").at("data")
	if got := list.at(0, "ttl").text() + " " + list.at(0, "disabled").text(); got != "60 true" {
		t.Errorf("TTL and disabled are %s", got)
	}
	s.Write(t, id, scaidnstest.RRset{Name: "www", Type: "A"})
	if got := c.ok("GET", records, "").at("total").text(); got != "0" {
		t.Errorf("%s records are left", got)
	}
}
