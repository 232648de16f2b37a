package scaidnstest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers/providertest/dnsserver"
	"github.com/zoneward/zoneward/providers/scaidns/scaidnstest"
)

// TestZone checks all that is answered about a zone.
func TestZone(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 4, 1, 10, 0, 0, 0, time.UTC)
	s, c := start(t, scaidnstest.Options{IDs: scaidnstest.PrefixedIDs, Now: func() time.Time { return now }})
	id := s.AddZone(t, scaidnstest.Zone{Name: "example.com"})
	now = now.Add(time.Hour)
	got := c.ok("PATCH", domains+id, `{"description":"Main","default_ttl":60,"settings":{"a":[1]}}`)
	want := `{"cidr":null,"created_at":"2026-04-01T10:00:00Z","default_ttl":60,"description":"Main","dnssec_enabled":false,"domain_type":"primary",` +
		`"id":"` + id + `","name":"example.com","record_count":3,"settings":{"a":[1]},"status":"active","updated_at":"2026-04-01T11:00:00Z"}`
	if diff := cmp.Diff(want, got.text()); diff != "" {
		t.Errorf("zone (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, c.ok("GET", domains+id, "").text()); diff != "" {
		t.Errorf("zone, read again (-want +got):\n%s", diff)
	}
	page := c.ok("GET", domains, "")
	want = `{"data":[{"created_at":"2026-04-01T10:00:00Z","default_ttl":60,"description":"Main","dnssec_enabled":false,"domain_type":"primary",` +
		`"id":"` + id + `","name":"example.com","status":"active","updated_at":"2026-04-01T11:00:00Z"}],"page":1,"page_size":50,"total":1,"total_pages":1}`
	if diff := cmp.Diff(want, page.text()); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
	if got := c.ok("PATCH", domains+id, `{"description":null}`).at("description").text(); got != "null" {
		t.Errorf("description is %s after it was taken away", got)
	}
}

func TestListZones(t *testing.T) {
	t.Parallel()
	s, c := start(t, scaidnstest.Options{})
	s.AddZone(t, scaidnstest.Zone{Name: "Example.com."})
	s.AddZone(t, scaidnstest.Zone{Name: "my-example.com", Type: scaidnstest.Secondary})
	s.AddZone(t, scaidnstest.Zone{Name: "2.0.192.in-addr.arpa", Type: scaidnstest.ReverseIPv4, Status: scaidnstest.Pending})
	s.AddZone(t, scaidnstest.Zone{Name: "old.example.com", Status: scaidnstest.Deleted})
	s.AddZone(t, scaidnstest.Zone{Name: "off.example.com", Status: scaidnstest.Inactive})
	signed := s.AddZone(t, scaidnstest.Zone{Name: "signed.example.com"})
	s.AddZone(t, scaidnstest.Zone{Name: "example.net", Tenant: "other"})
	c.ok("POST", domains+signed+"/dnssec/enable", "")
	tests := []struct{ query, want string }{
		{"", "example.com my-example.com 2.0.192.in-addr.arpa off.example.com signed.example.com"},
		{"include_deleted=true", "example.com my-example.com 2.0.192.in-addr.arpa old.example.com off.example.com signed.example.com"},
		{"include_deleted=false&status=deleted", ""},
		{"include_deleted=1&status=deleted", "old.example.com"},
		{"status=active", "example.com my-example.com signed.example.com"},
		{"status=pending_validation", "2.0.192.in-addr.arpa"},
		{"status=inactive", "off.example.com"},
		{"domain_type=secondary", "my-example.com"},
		{"domain_type=reverse_ipv4", "2.0.192.in-addr.arpa"},
		{"dnssec_enabled=true", "signed.example.com"},
		{"dnssec_enabled=false&domain_type=primary", "example.com off.example.com"},
		{"search=EXAMPLE.com", "example.com my-example.com off.example.com signed.example.com"},
		{"search=y-e", "my-example.com"},
		{"page_size=2", "example.com my-example.com"},
		{"page_size=2&page=3", "signed.example.com"},
		{"page_size=2&page=4", ""},
	}
	for _, tt := range tests {
		t.Run(tt.query, func(t *testing.T) {
			got := c.ok("GET", domains+"?"+tt.query, "").at("data").each("name")
			if diff := cmp.Diff(strings.Fields(tt.want), got); diff != "" {
				t.Errorf("names (-want +got):\n%s", diff)
			}
		})
	}
	page := c.ok("GET", domains+"?page_size=2&page=2", "")
	if got := fmt.Sprint(page.at("total").text(), page.at("page").text(), page.at("page_size").text(), page.at("total_pages").text()); got != "5223" {
		t.Errorf("total, page, size, pages are %s, want 5 2 2 3", got)
	}
}

func TestCreateZone(t *testing.T) {
	t.Parallel()
	s, c := start(t, scaidnstest.Options{})
	s.AddZone(t, scaidnstest.Zone{Name: "taken.example"})
	s.AddZone(t, scaidnstest.Zone{Name: "deleted.example", Status: scaidnstest.Deleted})
	s.AddZone(t, scaidnstest.Zone{Name: "other.example", Tenant: "other"})
	tests := []struct {
		name, body string
		status     int
		want       string // the name, or what is wrong
	}{
		{"primary", `{"name":"a.example","domain_type":"primary"}`, 200, "a.example"},
		{"case and dot", `{"name":"B.Example.","domain_type":"primary","description":null}`, 200, "b.example"},
		{"IPv4", `{"name":"2.0.192.in-addr.arpa","domain_type":"reverse_ipv4","cidr":"192.0.2.0/24"}`, 200, "2.0.192.in-addr.arpa"},
		{"IPv6", `{"name":"1.8.b.d.0.1.0.0.2.ip6.arpa","domain_type":"reverse_ipv6","cidr":"2001:db8:1000::/36"}`, 200, "1.8.b.d.0.1.0.0.2.ip6.arpa"},
		{"RFC 2317", `{"name":"0/25.2.0.192.in-addr.arpa","domain_type":"reverse_ipv4"}`, 200, "0/25.2.0.192.in-addr.arpa"},
		{"name that is none", `{"name":"a..example","domain_type":"primary"}`, 400, `"Invalid domain name"`},
		{"root", `{"name":".","domain_type":"primary"}`, 400, `"Invalid domain name"`},
		{"at", `{"name":"@","domain_type":"primary"}`, 400, `"Invalid domain name"`},
		{"wildcard", `{"name":"*.example","domain_type":"primary"}`, 400, `"Invalid domain name"`},
		{"reverse elsewhere", `{"name":"c.example","domain_type":"reverse_ipv4"}`, 400, `{"message":"A reverse_ipv4 domain is below in-addr.arpa","field":"name"}`},
		{"malformed CIDR", `{"name":"3.0.192.in-addr.arpa","domain_type":"reverse_ipv4","cidr":"192.0.3.1/24"}`, 400, `{"message":"Malformed CIDR","field":"cidr"}`},
		{"another CIDR", `{"name":"3.0.192.in-addr.arpa","domain_type":"reverse_ipv4","cidr":"192.0.2.0/24"}`, 400, `{"message":"CIDR does not match the domain","field":"cidr"}`},
		{"CIDR of a primary", `{"name":"c.example","domain_type":"primary","cidr":"192.0.2.0/24"}`, 400, `{"message":"CIDR does not match the domain","field":"cidr"}`},
		{"taken", `{"name":"Taken.example","domain_type":"primary"}`, 409, `"Domain already exists"`},
		{"taken by another tenant", `{"name":"other.example","domain_type":"primary"}`, 409, `"Domain already exists"`},
		{"soft-deleted", `{"name":"deleted.example","domain_type":"primary"}`, 409, `"Domain already exists"`},
		{"type", `{"name":"c.example","domain_type":"native"}`, 422, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := c.do("POST", domains, tt.body)
			if a.status != tt.status {
				t.Fatalf("%d %s, want %d", a.status, a.text, tt.status)
			}
			switch {
			case a.status == 200:
				zone := a.json(t)
				if zone.at("name").text() != tt.want || zone.at("status").text() != "pending_validation" || zone.at("record_count").text() != "0" {
					t.Errorf("got %s", a.text)
				}
			case tt.want != "" && a.text != `{"detail":`+tt.want+`}`:
				t.Errorf("got %s, want %s", a.text, tt.want)
			}
		})
	}
}

// TestSkipsValidation checks that the zones of a key with the role are active, of each type.
func TestSkipsValidation(t *testing.T) {
	t.Parallel()
	s := scaidnstest.New(t, scaidnstest.Options{})
	c := client{t, s.URL, s.MintKey(scaidnstest.Key{SkipsValidation: true})}
	for name, typ := range map[string]string{"example.com": "primary", "0/25.2.0.192.in-addr.arpa": "reverse_ipv4", "example.net": "secondary"} {
		zone := c.ok("POST", domains, `{"name":"`+name+`","domain_type":"`+typ+`"}`)
		if got := zone.at("status").text(); got != "active" {
			t.Errorf("%s is %s", name, got)
		}
		c.ok("GET", domains+zone.at("id").text()+"/records", "")
	}
	if got := query(t, s, "0/25.2.0.192.in-addr.arpa", "NS"); len(got) != 2 {
		t.Errorf("NS records are %q, want 2", got)
	}
}

func TestSOA(t *testing.T) {
	t.Parallel()
	s, c := start(t, scaidnstest.Options{})
	id := s.AddZone(t, scaidnstest.Zone{Name: "example.com"})
	want := `{"domain_id":"` + id + `","expire":604800,"minimum":3600,"mname":"ns1.scaidns.example.","refresh":10800,"retry":3600,` +
		`"rname":"hostmaster.scaidns.example.","serial":1,"ttl":3600}`
	if diff := cmp.Diff(want, c.ok("GET", domains+id+"/soa", "").text()); diff != "" {
		t.Errorf("SOA (-want +got):\n%s", diff)
	}
	c.ok("POST", domains+id+"/records", `{"name":"www","type":"A","content":"192.0.2.1"}`)
	served := query(t, s, "example.com", "SOA")[0]
	serial := c.ok("GET", domains+id+"/soa", "").at("serial").text()
	if serial == "1" || !strings.Contains(served, " "+serial+" ") {
		t.Errorf("serial is %s after a change, served is %s", serial, served)
	}
}

func TestExport(t *testing.T) {
	t.Parallel()
	s, c := start(t, scaidnstest.Options{})
	id := s.AddZone(t, scaidnstest.Zone{Name: "example.com"})
	off := set("off", "A", "192.0.2.2")
	off.Records[0].Disabled = true
	s.Write(t, id, set("www", "A", "192.0.2.1"), off)
	export := c.ok("GET", domains+id+"/export", "")
	file := export.at("zone_file").text()
	if !strings.Contains(file, "www.example.com.\t300\tIN\tA\t192.0.2.1\n") || strings.Contains(file, "off") {
		t.Errorf("zone_file is %s", file)
	}
	if got := export.at("domain_id").text() + " " + export.at("domain_name").text() + " " + export.at("format").text(); got != id+" example.com bind" {
		t.Errorf("id, name and format are %s", got)
	}
	a := c.do("GET", domains+id+"/export/download", "")
	if a.status != 200 || a.text != file || a.header.Get("Content-Type") != "text/plain; charset=utf-8" ||
		a.header.Get("Content-Disposition") != `attachment; filename="example.com.zone"` {
		t.Errorf("download is %d %v %s", a.status, a.header, a.text)
	}
}

// TestSoftDelete checks that a zone that is soft-deleted is nowhere but in the list with include_deleted, and that nothing of it is lost.
func TestSoftDelete(t *testing.T) {
	t.Parallel()
	s, c := start(t, scaidnstest.Options{})
	id := s.AddZone(t, scaidnstest.Zone{Name: "example.com"})
	off := set("off", "A", "192.0.2.2")
	off.Records[0].Disabled = true
	s.Write(t, id, set("www", "A", "192.0.2.1", "192.0.2.3"), off)
	c.ok("POST", domains+id+"/dnssec/enable", "")
	state := func() []any {
		return []any{
			c.ok("GET", domains+id+"/records?include_system=true", "").value, c.ok("GET", domains+id+"/soa", "").value,
			c.ok("GET", domains+id+"/dnssec", "").value, query(t, s, "example.com", "DNSKEY"),
		}
	}
	before := state()
	c.want(204, "DELETE", domains+id, "")

	for _, path := range []string{"", "/records", "/soa", "/export", "/dnssec", "/validation"} {
		c.want(404, "GET", domains+id+path, "")
	}
	c.want(404, "PATCH", domains+id, "{}")
	c.want(404, "DELETE", domains+id, "")
	c.want(404, "POST", domains+id+"/records", `{"name":"a","type":"A","content":"192.0.2.1"}`)
	if got := c.ok("GET", domains+id+"?include_deleted=true", "").at("status").text(); got != "deleted" {
		t.Errorf("status is %s", got)
	}
	if rcode, _ := dnsserver.Query(t, s.DNS, "www.example.com", "A"); rcode != "REFUSED" {
		t.Errorf("the zone is answered %s", rcode)
	}

	if got := c.ok("POST", domains+id+"/restore", "").at("status").text(); got != "active" {
		t.Errorf("status after the restore is %s", got)
	}
	if diff := cmp.Diff(before, state()); diff != "" {
		t.Errorf("zone after the restore (-before +after):\n%s", diff)
	}
	c.want(409, "POST", domains+id+"/restore", "")

	c.want(204, "DELETE", domains+id, "")
	c.want(204, "DELETE", domains+id+"?hard=true", "")
	c.want(404, "POST", domains+id+"/restore", "")
	c.ok("POST", domains, `{"name":"example.com","domain_type":"primary"}`)
}
