package scalewaytest_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers/scaleway/scalewaytest"
)

func TestListRecords(t *testing.T) {
	const id = "aaaaaaaa-0000-4000-8000-000000000001"
	s := withZone(t, scalewaytest.Options{PageSize: 4}, a("www", "192.0.2.2"), a("www", "192.0.2.1"), scalewaytest.Record{ID: id, Name: "a", Type: "TXT", TTL: 60, Data: "x"})
	const ns0, ns1, txt, www1, www2 = " NS ns0.dns.example.", " NS ns1.dns.example.", `a TXT "x"`, "www A 192.0.2.1", "www A 192.0.2.2"
	for query, want := range map[string]string{
		"":                                  "5: " + strings.Join([]string{ns0, ns1, txt, www1}, "|"),
		"?page=2":                           "5: " + www2,
		"?page=3":                           "5: ",
		"?page_size=2&page=2":               "5: " + strings.Join([]string{txt, www1}, "|"),
		"?order_by=name_asc&page_size=9":    "5: " + strings.Join([]string{ns0, ns1, txt, www1, www2}, "|"),
		"?order_by=name_desc&page_size=9":   "5: " + strings.Join([]string{www2, www1, txt, ns1, ns0}, "|"),
		"?name=www":                         "2: " + www1 + "|" + www2,
		"?name=ww":                          "0: ",
		"?name=&type=unknown&page_size=1":   "5: " + ns0,
		"?type=TXT":                         "1: " + txt,
		"?type=MX":                          "0: ",
		"?name=www&type=TXT":                "0: ",
		"?id=" + id:                         "1: " + txt,
		"?id=x":                             "0: ",
		"?type=TXT&project_id=" + s.Project: "1: " + txt,
	} {
		var out struct {
			Total   int `json:"total_count"`
			Records []scalewaytest.Record
		}
		got := send(t, s, request{method: "GET", path: path + "/example.com/records" + query})
		if err := json.Unmarshal([]byte(got.body), &out); err != nil || out.Records == nil {
			t.Fatalf("%s: %s", query, got.body)
		}
		var all []string
		for _, r := range out.Records {
			all = append(all, r.Name+" "+r.Type+" "+r.Data)
		}
		if got := fmt.Sprintf("%d: %s", out.Total, strings.Join(all, "|")); got != want {
			t.Errorf("%s:\n got %s\nwant %s", query, got, want)
		}
	}
	if got := send(t, s, request{method: "GET", path: path + "/example.com/records?project_id=00000000-0000-4000-8000-000000000000"}).kind(); got != "403 subdomain not found" {
		t.Errorf("another project: %s", got)
	}
	for _, id := range []string{"x", s.Project + "0"} {
		if got := send(t, s, request{method: "GET", path: path + "/example.com/records?project_id=" + id}).kind(); got != "400 invalid_arguments" {
			t.Errorf("the project %q: %s", id, got)
		}
	}
}

// The JSON of a record, field by field.
func TestRecordJSON(t *testing.T) {
	now := time.Date(2026, 11, 20, 12, 0, 0, 999, time.UTC)
	s := scalewaytest.New(t, scalewaytest.Options{Now: func() time.Time { return now }})
	s.AddZone("example.com", scalewaytest.Zone{NoApexNS: true, Records: []scalewaytest.Record{
		{Name: "www", Type: "A", TTL: 60, Data: "192.0.2.1", Comment: new("why"), View: &scalewaytest.ViewConfig{Views: []scalewaytest.View{{Subnet: "198.51.100.0/24", Data: "192.0.2.3"}}}},
	}})
	got := send(t, s, request{method: "GET", path: path + "/example.com/records"}).body
	got = regexp.MustCompile(`"id":"[0-9a-f-]{36}"`).ReplaceAllString(got, `"id":"ID"`)
	want := `{"records":[{"comment":"why","data":"192.0.2.1","id":"ID","name":"www","priority":0,"ttl":60,"type":"A","updated_at":"2026-11-20T12:00:00Z",` +
		`"view_config":{"views":[{"data":"192.0.2.3","subnet":"198.51.100.0/24"}]}}],"total_count":1}`
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// Another writer, without the API: what it does is an edit like others.
func TestDirect(t *testing.T) {
	s := withZone(t, scalewaytest.Options{})
	s.Put("example.com", a("www", "192.0.2.1"), a("www", "192.0.2.2"))
	s.Put("example.com", scalewaytest.Record{Name: "", Type: "MX", TTL: 60, Priority: 5, Data: "mail"})
	s.Drop("example.com", "www", "A")
	if d := cmp.Diff([]string{" 60 MX 5 5 mail.example.com."}, lines(s)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	var sizes []int
	for _, v := range s.Versions("example.com") {
		sizes = append(sizes, len(v.Records))
	}
	if d := cmp.Diff([]int{4, 5, 3}, sizes); d != "" {
		t.Errorf("versions (-want +got):\n%s", d)
	}
	if got := listZones(t, s, "").Zones[0].Status; got != "pending" {
		t.Errorf("status %s", got)
	}
}

// A mistake of a test fails it.
func TestDirectMistakes(t *testing.T) {
	for name, mistake := range map[string]func(*scalewaytest.Server){
		"no zone":     func(s *scalewaytest.Server) { s.Put("example.net", a("www", "192.0.2.1")) },
		"no records":  func(s *scalewaytest.Server) { s.Records("example.net") },
		"no versions": func(s *scalewaytest.Server) { s.Versions("example.net") },
		"bad record":  func(s *scalewaytest.Server) { s.Put("example.com", a("www", "x")) },
	} {
		inner := &failing{TB: t}
		s := scalewaytest.New(inner, scalewaytest.Options{})
		s.AddZone("example.com", scalewaytest.Zone{})
		mistake(s)
		if inner.errors != 1 {
			t.Errorf("%s: %d errors", name, inner.errors)
		}
	}
}

// failing counts the errors of a test that goes on.
type failing struct {
	testing.TB
	errors int
}

func (f *failing) Errorf(string, ...any) { f.errors++ }
