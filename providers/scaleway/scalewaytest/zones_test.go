package scalewaytest_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers/scaleway/scalewaytest"
)

type zoneList struct {
	Total int `json:"total_count"`
	Zones []struct {
		Domain, Subdomain, Status string
		Message                   *string
		Updated                   time.Time `json:"updated_at"`
		Project                   string    `json:"project_id"`
	} `json:"dns_zones"`
}

func listZones(t *testing.T, s *scalewaytest.Server, query string) zoneList {
	t.Helper()
	a := send(t, s, request{method: "GET", path: path + query})
	var list zoneList
	if err := json.Unmarshal([]byte(a.body), &list); err != nil || a.status != 200 {
		t.Fatalf("%s: %d %s", query, a.status, a.body)
	}
	return list
}

func (l zoneList) names() string {
	var all []string
	for _, z := range l.Zones {
		all = append(all, strings.TrimPrefix(z.Subdomain+"."+z.Domain, "."))
	}
	return fmt.Sprintf("%d %s", l.Total, strings.Join(all, " "))
}

func TestListZones(t *testing.T) {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	s := scalewaytest.New(t, scalewaytest.Options{PageSize: 3, Now: func() time.Time { return now }})
	second := s.AddProject(s.Organization)
	for _, z := range []struct{ name, project string }{{"b.example", ""}, {"a.example", second}, {"z.b.example", ""}, {"c.a.example", ""}} {
		s.AddZone(z.name, scalewaytest.Zone{Project: z.project})
		now = now.Add(time.Minute)
	}
	at := func(minutes int) string {
		return url.QueryEscape(time.Date(2026, 11, 20, 12, minutes, 0, 0, time.UTC).Format(time.RFC3339))
	}
	for query, want := range map[string]string{
		"":                                         "4 a.example c.a.example b.example",
		"?page=2":                                  "4 z.b.example",
		"?page=3":                                  "4 ",
		"?page=2&page_size=1":                      "4 c.a.example",
		"?page_size=1000":                          "4 a.example c.a.example b.example z.b.example",
		"?order_by=domain_desc&page_size=9":        "4 z.b.example b.example c.a.example a.example",
		"?order_by=subdomain_asc&page_size=9":      "4 a.example b.example c.a.example z.b.example",
		"?order_by=subdomain_desc&page_size=9":     "4 z.b.example c.a.example a.example b.example",
		"?order_by=created_at_asc&page_size=9":     "4 b.example a.example z.b.example c.a.example",
		"?order_by=updated_at_desc&page_size=9":    "4 c.a.example z.b.example a.example b.example",
		"?domain=a.example":                        "2 a.example c.a.example",
		"?dns_zone=a.example":                      "1 a.example",
		"?dns_zones=a.example":                     "1 a.example",
		"?dns_zones=a.example.":                    "0 ",
		"?dns_zones=A.example":                     "0 ",
		"?dns_zones=example":                       "0 ",
		"?dns_zones=b.example&dns_zones=a.example": "2 a.example b.example",
		"?project_id=" + second:                    "1 a.example",
		"?organization_id=" + s.Organization:       "4 a.example c.a.example b.example",
		"?organization_id=" + second:               "0 ",
		"?created_after=" + at(1):                  "2 c.a.example z.b.example",
		"?created_before=" + at(1):                 "1 b.example",
		"?updated_after=" + at(2):                  "1 c.a.example",
		"?updated_before=" + at(1):                 "1 b.example",
		"?domain=&dns_zone=&project_id=":           "4 a.example c.a.example b.example",
	} {
		if got := listZones(t, s, query).names(); got != want {
			t.Errorf("%s: got %s, want %s", query, got, want)
		}
	}
}

func TestCreateZone(t *testing.T) {
	const one = `{"domain":"example.com","subdomain":"dev","project_id":%q}`
	for _, tt := range []struct {
		name, body string
		options    scalewaytest.Options
		want       string
	}{
		{"below a domain", `{"domain":"example.com","subdomain":"dev"}`, scalewaytest.Options{}, "200"},
		{"two labels below", `{"domain":"example.com","subdomain":"a.dev"}`, scalewaytest.Options{}, "200"},
		{"in a project", one, scalewaytest.Options{}, "200"},
		{"in a project that is not there", `{"domain":"example.com","subdomain":"dev","project_id":"00000000-0000-4000-8000-000000000000"}`, scalewaytest.Options{}, "403 subdomain not found"},
		{"in a project of a name", `{"domain":"example.com","subdomain":"dev","project_id":"x"}`, scalewaytest.Options{}, "400 invalid_arguments"},
		{"there already", `{"domain":"example.com","subdomain":""}`, scalewaytest.Options{}, "409 dns zone already exists"},
		{"domain that is not registered", `{"domain":"example.net","subdomain":"dev"}`, scalewaytest.Options{}, "403 domain not found"},
		{"without a domain", `{"subdomain":"dev"}`, scalewaytest.Options{}, "400 invalid_arguments"},
		{"bad name", `{"domain":"example.com","subdomain":"d v"}`, scalewaytest.Options{}, "400 invalid_arguments"},
		{"quota", `{"domain":"example.com","subdomain":"dev"}`, scalewaytest.Options{MaxZones: 1}, "403 quotas_exceeded"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := withZone(t, tt.options)
			body := tt.body
			if strings.Contains(body, "%q") {
				body = fmt.Sprintf(body, s.Project)
			}
			if got := send(t, s, request{method: "POST", path: path, body: body}).kind(); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if made := len(s.Zones()) == 2; made != (tt.want == "200") {
				t.Errorf("zones: %q", s.Zones())
			}
		})
	}
}

// A new zone has the NS records of its apex, is active at once, and has no version.
func TestNewZone(t *testing.T) {
	s := withZone(t, scalewaytest.Options{})
	got := send(t, s, request{method: "POST", path: path, body: `{"domain":"example.com","subdomain":"dev"}`})
	if !strings.Contains(got.body, `"status":"active"`) || !strings.Contains(got.body, `"ns":["ns0.dns.example","ns1.dns.example"]`) || !strings.Contains(got.body, `"linked_products":[]`) {
		t.Error(got.body)
	}
	records := s.Records("dev.example.com")
	if len(records) != 2 || records[0].Type != "NS" || records[0].TTL != 1800 || records[0].Data != "ns0.dns.example." {
		t.Errorf("records: %+v", records)
	}
	if versions := send(t, s, request{method: "GET", path: path + "/dev.example.com/versions"}).body; versions != `{"total_count":0,"versions":[]}` {
		t.Error(versions)
	}
}

// A zone below a registered name is a subdomain of it, unless its name is registered too.
func TestRootZone(t *testing.T) {
	s := withZone(t, scalewaytest.Options{})
	s.AddZone("dev.example.com", scalewaytest.Zone{})
	s.AddZone("root.example.com", scalewaytest.Zone{Root: true})
	var got []string
	for _, z := range listZones(t, s, "").Zones {
		got = append(got, z.Subdomain+"|"+z.Domain)
	}
	if d := cmp.Diff([]string{"|example.com", "dev|example.com", "|root.example.com"}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestDeleteZone(t *testing.T) {
	for _, tt := range []struct {
		name, zone, want string
		left             []string
	}{
		{"below a domain", "dev.example.com", "200", []string{"example.com"}},
		{"of the project", "dev.example.com?project_id=PROJECT", "200", []string{"example.com"}},
		{"of another project", "dev.example.com?project_id=00000000-0000-4000-8000-000000000000", "403 subdomain not found", []string{"dev.example.com", "example.com"}},
		{"root zone", "example.com", "403 root zone can't be deleted", []string{"dev.example.com", "example.com"}},
		{"not there", "www.example.com", "403 subdomain not found", []string{"dev.example.com", "example.com"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := withZone(t, scalewaytest.Options{})
			s.AddZone("dev.example.com", scalewaytest.Zone{})
			s.Put("dev.example.com", a("www", "192.0.2.1"))
			version := s.Versions("dev.example.com")[0].ID
			got := send(t, s, request{method: "DELETE", path: path + "/" + strings.Replace(tt.zone, "PROJECT", s.Project, 1)})
			if got.kind() != tt.want {
				t.Errorf("got %s, want %s", got.kind(), tt.want)
			}
			if d := cmp.Diff(tt.left, s.Zones()); d != "" {
				t.Errorf("zones (-want +got):\n%s", d)
			}
			gone := send(t, s, request{method: "GET", path: path + "/version/" + version}).kind() == "404 not_found"
			if gone != (tt.want == "200") {
				t.Error("versions live and die with their zone")
			}
			if tt.want == "200" && got.body != "{}" {
				t.Errorf("body %s", got.body)
			}
		})
	}
}

func TestUnknownZone(t *testing.T) {
	for _, tt := range []struct {
		zone, is403 string
	}{
		{"www.example.com", "403 subdomain not found"},
		{"example.com.", "403 domain not found"},
		{"EXAMPLE.com", "403 domain not found"},
		{"example.net", "403 domain not found"},
		{"a%2Fb.example.com", "403 subdomain not found"},
		{"other.example", "403 domain not found"}, // of another organization
	} {
		for _, o := range []scalewaytest.Options{{}, {UnknownZone404: true}} {
			s := withZone(t, o)
			s.AddZone("other.example", scalewaytest.Zone{Project: s.AddProject(s.AddOrganization())})
			want := tt.is403
			if o.UnknownZone404 {
				want = "404 not_found"
			}
			for _, r := range []request{
				{method: "GET", path: "/records"},
				{method: "PATCH", path: "/records", body: changesJSON(add("a", "A", "192.0.2.1"))},
				{method: "DELETE", path: "/records"},
				{method: "GET", path: "/versions"},
				{method: "GET", path: "/nameservers"},
				{method: "PUT", path: "/nameservers", body: `{"ns":[{"name":"ns.example"}]}`},
				{method: "GET", path: "/raw?format=bind"},
				{method: "POST", path: "/raw", body: `{"bind_source":{"content":""}}`},
				{method: "POST", path: "/refresh", body: "{}"},
				{method: "POST", path: "/clone", body: `{"dest_dns_zone":"b.example.com"}`},
				{method: "PATCH", path: "", body: "{}"},
				{method: "DELETE", path: ""},
			} {
				what := r.method + " " + r.path
				r.path = path + "/" + tt.zone + r.path
				if got := send(t, s, r).kind(); got != want {
					t.Errorf("%s of %s: got %s, want %s", what, tt.zone, got, want)
				}
			}
		}
	}
}

func TestCloneZone(t *testing.T) {
	for _, tt := range []struct {
		name, body, want string
	}{
		{"new", `{"dest_dns_zone":"copy.example.com"}`, "200"},
		{"there already", `{"dest_dns_zone":"dev.example.com"}`, "409 dns zone already exists"},
		{"written over", `{"dest_dns_zone":"dev.example.com","overwrite":true}`, "200"},
		{"elsewhere", `{"dest_dns_zone":"copy.example.net"}`, "403 domain not found"},
		{"nowhere", `{}`, "400 invalid_arguments"},
		{"unknown project", `{"dest_dns_zone":"copy.example.com","project_id":"00000000-0000-4000-8000-000000000000"}`, "403 subdomain not found"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := withZone(t, scalewaytest.Options{}, a("www", "192.0.2.1"))
			s.AddZone("dev.example.com", scalewaytest.Zone{})
			if got := send(t, s, request{method: "POST", path: path + "/example.com/clone", body: tt.body}).kind(); got != tt.want {
				t.Fatalf("got %s, want %s", got, tt.want)
			}
			if tt.want != "200" {
				return
			}
			to := "copy.example.com"
			if strings.Contains(tt.body, "dev.") {
				to = "dev.example.com"
			}
			from, copied := s.Records("example.com"), s.Records(to)
			if len(copied) != 3 || copied[2].Data != "192.0.2.1" || copied[2].ID == from[2].ID {
				t.Errorf("copied %+v of %+v", copied, from)
			}
		})
	}
}

func TestRenameZone(t *testing.T) {
	s := withZone(t, scalewaytest.Options{})
	s.AddZone("dev.example.com", scalewaytest.Zone{})
	second := s.AddProject(s.Organization)
	for _, tt := range []struct{ zone, body, want string }{
		{"example.com", `{"new_dns_zone":"a.example.com"}`, "400 invalid_arguments"},
		{"dev.example.com", `{"new_dns_zone":"dev.example.net"}`, "400 invalid_arguments"},
		{"dev.example.com", `{"new_dns_zone":"dev.example.com"}`, "409 dns zone already exists"},
		{"dev.example.com", `{"project_id":"00000000-0000-4000-8000-000000000000"}`, "403 subdomain not found"},
		{"dev.example.com", fmt.Sprintf(`{"new_dns_zone":"new.example.com","project_id":%q}`, second), "200"},
	} {
		if got := send(t, s, request{method: "PATCH", path: path + "/" + tt.zone, body: tt.body}).kind(); got != tt.want {
			t.Errorf("%s %s: got %s, want %s", tt.zone, tt.body, got, tt.want)
		}
	}
	list := listZones(t, s, "?project_id="+second)
	if list.names() != "1 new.example.com" {
		t.Error(list.names())
	}
}

func TestNameservers(t *testing.T) {
	s := withZone(t, scalewaytest.Options{})
	ns := path + "/example.com/nameservers"
	for _, tt := range []struct{ method, body, want string }{
		{"GET", "", `{"ns":[{"name":"ns0.dns.example","ip":[]},{"name":"ns1.dns.example","ip":[]}]}`},
		{"PUT", `{"ns":[{"name":"ns.example.com","ip":["192.0.2.53"]},{"name":"ns.example.net"}]}`, `{"ns":[{"name":"ns.example.com","ip":["192.0.2.53"]},{"name":"ns.example.net","ip":[]}]}`},
		{"GET", "", `{"ns":[{"name":"ns.example.com","ip":["192.0.2.53"]},{"name":"ns.example.net","ip":[]}]}`},
	} {
		if got := send(t, s, request{method: tt.method, path: ns, body: tt.body}).body; got != tt.want {
			t.Errorf("%s %s: got %s, want %s", tt.method, tt.body, got, tt.want)
		}
	}
	for _, body := range []string{`{"ns":[]}`, `{"ns":[{"name":"ns.example.com."}]}`} {
		if got := send(t, s, request{method: "PUT", path: ns, body: body}).kind(); got != "400 invalid_arguments" {
			t.Errorf("%s: %s", body, got)
		}
	}
}

// A change makes a zone pending for as many lists as Options say, and it was updated again when it becomes active.
func TestPending(t *testing.T) {
	for _, tt := range []struct {
		pending int
		want    string
	}{
		{0, "pending active active"}, {1, "pending active active"}, {2, "pending pending active"}, {-1, "active active active"},
	} {
		now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
		s := withZone(t, scalewaytest.Options{Pending: tt.pending, Now: func() time.Time { return now }})
		if got := patch(t, s, add("www", "A", "192.0.2.1")); got != "200" {
			t.Fatal(got)
		}
		var statuses []string
		for range 3 {
			now = now.Add(time.Second)
			z := listZones(t, s, "").Zones[0]
			statuses = append(statuses, z.Status)
			if z.Status == "active" && tt.pending >= 0 && !z.Updated.After(time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)) {
				t.Errorf("updated_at is %s when it is active", z.Updated)
			}
		}
		if got := strings.Join(statuses, " "); got != tt.want {
			t.Errorf("Pending %d: got %s, want %s", tt.pending, got, tt.want)
		}
	}
}

func TestRefusePending(t *testing.T) {
	s := withZone(t, scalewaytest.Options{RefusePending: true})
	for i, want := range []string{"200", "409 transient_state"} {
		if got := patch(t, s, add(fmt.Sprintf("www%d", i), "A", "192.0.2.1")); got != want {
			t.Errorf("write %d: got %s, want %s", i, got, want)
		}
	}
	listZones(t, s, "") // as pending, for the last time
	if got := patch(t, s, add("www9", "A", "192.0.2.1")); got != "200" {
		t.Errorf("after it is active: %s", got)
	}
}

func TestStatus(t *testing.T) {
	s := withZone(t, scalewaytest.Options{})
	s.SetStatus("example.com", "locked", "ask the support")
	if z := listZones(t, s, "").Zones[0]; z.Status != "locked" || z.Message == nil || *z.Message != "ask the support" {
		t.Errorf("%+v", z)
	}
	if got := patch(t, s, add("www", "A", "192.0.2.1")); got != "423 locked" {
		t.Errorf("write to a locked zone: %s", got)
	}
	if got := send(t, s, request{method: "GET", path: path + "/example.com/records"}).kind(); got != "200" {
		t.Errorf("read of a locked zone: %s", got)
	}
	s.SetStatus("example.com", "active", "")
	if got := patch(t, s, add("www", "A", "192.0.2.1")); got != "200" {
		t.Errorf("write after it: %s", got)
	}
	s.RemoveZone("example.com")
	if got := listZones(t, s, "").Total; got != 0 {
		t.Errorf("%d zones after RemoveZone", got)
	}
}
