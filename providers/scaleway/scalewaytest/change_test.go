package scalewaytest_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers/scaleway/scalewaytest"
)

// set and del are changes by name and type, with what else there is in id_fields.
func set(name, kind, more string, records ...string) string {
	return fmt.Sprintf(`{"set":{"id_fields":{"name":%q,"type":%q%s},"records":[%s]}}`, name, kind, more, strings.Join(records, ","))
}

func del(name, kind, more string) string {
	return fmt.Sprintf(`{"delete":{"id_fields":{"name":%q,"type":%q%s}}}`, name, kind, more)
}

func TestChanges(t *testing.T) {
	const id = "aaaaaaaa-0000-4000-8000-000000000001"
	start := []scalewaytest.Record{
		{ID: id, Name: "www", Type: "A", TTL: 60, Data: "192.0.2.1"},
		a("www", "192.0.2.2"),
		{Name: "", Type: "MX", TTL: 60, Priority: 10, Data: "mail"},
		{Name: "", Type: "TXT", TTL: 60, Data: "v=spf1 -all"},
	}
	const mx, txt, www1, www2, www3 = " 60 MX 10 10 mail.example.com.", ` 60 TXT 0 "v=spf1 -all"`, "www 60 A 0 192.0.2.1", "www 60 A 0 192.0.2.2", "www 60 A 0 192.0.2.3"
	for _, tt := range []struct {
		name    string
		options scalewaytest.Options
		changes []string
		status  string
		want    []string
	}{
		{"add to an RRset", scalewaytest.Options{}, []string{add("www", "A", "192.0.2.3")}, "200", []string{mx, txt, www1, www2, www3}},
		{"add what is there", scalewaytest.Options{}, []string{add("www", "A", "192.0.2.1")}, "400 invalid_arguments", []string{mx, txt, www1, www2}},
		{"add what is there, which is allowed", scalewaytest.Options{AllowDuplicates: true}, []string{add("www", "A", "192.0.2.1")}, "200", []string{mx, txt, www1, www2}},
		{"set an RRset", scalewaytest.Options{}, []string{set("www", "A", "", recordJSON("www", "A", "192.0.2.3"))}, "200", []string{mx, txt, www3}},
		{"set one of its records", scalewaytest.Options{}, []string{set("www", "A", `,"data":"192.0.2.2"`, recordJSON("www", "A", "192.0.2.3"))}, "200", []string{mx, txt, www1, www3}},
		{"set what is not there", scalewaytest.Options{}, []string{set("a", "A", "", recordJSON("a", "A", "192.0.2.3"))}, "200", []string{mx, txt, "a 60 A 0 192.0.2.3", www1, www2}},
		{"set with other names", scalewaytest.Options{}, []string{set("www", "A", "", recordJSON("a", "A", "192.0.2.3"))}, "200", []string{mx, txt, "a 60 A 0 192.0.2.3"}},
		{"set by id", scalewaytest.Options{}, []string{fmt.Sprintf(`{"set":{"id":%q,"records":[%s]}}`, id, recordJSON("www", "A", "192.0.2.3"))}, "200", []string{mx, txt, www2, www3}},
		{"set by an id that is not there", scalewaytest.Options{AllowMissing: true}, []string{fmt.Sprintf(`{"set":{"id":"x","records":[%s]}}`, recordJSON("www", "A", "192.0.2.3"))}, "404 not_found", []string{mx, txt, www1, www2}},
		{"delete an RRset", scalewaytest.Options{}, []string{del("www", "A", "")}, "200", []string{mx, txt}},
		{"delete with nulls", scalewaytest.Options{}, []string{del("www", "A", `,"data":null,"ttl":null`)}, "200", []string{mx, txt}},
		{"delete a record", scalewaytest.Options{}, []string{del("www", "A", `,"data":"192.0.2.2","ttl":60`)}, "200", []string{mx, txt, www1}},
		{"delete with another TTL", scalewaytest.Options{}, []string{del("www", "A", `,"ttl":61`)}, "404 not_found", []string{mx, txt, www1, www2}},
		{"delete what is not there", scalewaytest.Options{}, []string{del("a", "A", "")}, "404 not_found", []string{mx, txt, www1, www2}},
		{"delete what is not there, which is allowed", scalewaytest.Options{AllowMissing: true}, []string{del("a", "A", "")}, "200", []string{mx, txt, www1, www2}},
		{"delete by id", scalewaytest.Options{}, []string{fmt.Sprintf(`{"delete":{"id":%q}}`, id)}, "200", []string{mx, txt, www2}},
		{"delete an MX by its target", scalewaytest.Options{}, []string{del("", "MX", `,"data":"mail.example.com."`)}, "200", []string{txt, www1, www2}},
		{"delete an MX as it is read", scalewaytest.Options{}, []string{del("", "MX", `,"data":"10 mail.example.com."`)}, "200", []string{txt, www1, www2}},
		{"delete a TXT without quotes", scalewaytest.Options{}, []string{del("", "TXT", `,"data":"v=spf1 -all"`)}, "200", []string{mx, www1, www2}},
		{"delete a TXT as it is read", scalewaytest.Options{}, []string{del("", "TXT", `,"data":"\"v=spf1 -all\""`)}, "200", []string{mx, www1, www2}},
		{"clear", scalewaytest.Options{}, []string{`{"clear":{}}`}, "200", []string{}},
		{"in their order", scalewaytest.Options{}, []string{`{"clear":{}}`, add("www", "A", "192.0.2.3")}, "200", []string{www3}},
		{"in their order, the other way", scalewaytest.Options{}, []string{add("a", "A", "192.0.2.3"), `{"clear":{}}`}, "200", []string{}},
		{"deletes first", scalewaytest.Options{Order: scalewaytest.DeletesFirst}, []string{add("www", "A", "192.0.2.3"), `{"clear":{}}`}, "200", []string{www3}},
		{"adds first", scalewaytest.Options{Order: scalewaytest.AddsFirst}, []string{`{"clear":{}}`, add("www", "A", "192.0.2.3")}, "200", []string{}},
		{"A to CNAME", scalewaytest.Options{}, []string{del("www", "A", ""), add("www", "CNAME", "a")}, "200", []string{mx, txt, "www 60 CNAME 0 a.example.com."}},
		{"CNAME before the A is gone", scalewaytest.Options{}, []string{add("www", "CNAME", "a"), del("www", "A", "")}, "400 invalid_arguments", []string{mx, txt, www1, www2}},
		{"A to CNAME, adds first", scalewaytest.Options{Order: scalewaytest.AddsFirst}, []string{del("www", "A", ""), add("www", "CNAME", "a")}, "400 invalid_arguments", []string{mx, txt, www1, www2}},
		{"CNAME at the apex", scalewaytest.Options{}, []string{add("", "CNAME", "a")}, "400 invalid_arguments", []string{mx, txt, www1, www2}},
		{"A beside a CNAME", scalewaytest.Options{}, []string{add("a", "CNAME", "b"), add("a", "A", "192.0.2.1")}, "400 invalid_arguments", []string{mx, txt, www1, www2}},
		{"two CNAMEs", scalewaytest.Options{}, []string{add("a", "CNAME", "b"), add("a", "CNAME", "c")}, "400 invalid_arguments", []string{mx, txt, www1, www2}},
		{"one is refused: nothing is done", scalewaytest.Options{}, []string{del("www", "A", ""), add("a", "A", "192.0.2.3"), add("b", "A", "bad"), add("c", "A", "192.0.2.3")}, "400 invalid_arguments", []string{mx, txt, www1, www2}},
		{"one is refused: what was before it stays", scalewaytest.Options{Partial: true}, []string{del("www", "A", ""), add("a", "A", "192.0.2.3"), add("b", "A", "bad"), add("c", "A", "192.0.2.3")}, "400 invalid_arguments", []string{mx, txt, "a 60 A 0 192.0.2.3"}},
		{"a set is refused when its old records are gone", scalewaytest.Options{Partial: true}, []string{add("a", "A", "192.0.2.3"), set("www", "A", "", recordJSON("www", "A", "bad"))}, "400 invalid_arguments", []string{mx, txt, "a 60 A 0 192.0.2.3", www1, www2}},
		{"the first is refused", scalewaytest.Options{Partial: true}, []string{add("b", "A", "bad"), add("c", "A", "192.0.2.3")}, "400 invalid_arguments", []string{mx, txt, www1, www2}},
		{"quota of records", scalewaytest.Options{MaxRecords: 6}, []string{add("a", "A", "192.0.2.3")}, "403 quotas_exceeded", []string{mx, txt, www1, www2}},
		{"within the quota", scalewaytest.Options{MaxRecords: 7}, []string{add("a", "A", "192.0.2.3")}, "200", []string{mx, txt, "a 60 A 0 192.0.2.3", www1, www2}},
		{"too many changes", scalewaytest.Options{MaxChanges: 1}, []string{del("www", "A", ""), add("a", "A", "192.0.2.3")}, "400 invalid_arguments", []string{mx, txt, www1, www2}},
		{"no changes", scalewaytest.Options{}, nil, "400 invalid_arguments", []string{mx, txt, www1, www2}},
		{"two in one", scalewaytest.Options{}, []string{`{"clear":{},"delete":{"id":"x"}}`}, "400 invalid_arguments", []string{mx, txt, www1, www2}},
		{"none in one", scalewaytest.Options{}, []string{`{}`}, "400 invalid_arguments", []string{mx, txt, www1, www2}},
		{"add nothing", scalewaytest.Options{}, []string{`{"add":{"records":[]}}`}, "400 invalid_arguments", []string{mx, txt, www1, www2}},
		{"set nothing", scalewaytest.Options{}, []string{set("www", "A", "")}, "400 invalid_arguments", []string{mx, txt, www1, www2}},
		{"delete nothing", scalewaytest.Options{}, []string{`{"delete":{}}`}, "400 invalid_arguments", []string{mx, txt, www1, www2}},
		{"delete twice over", scalewaytest.Options{}, []string{`{"delete":{"id":"x","id_fields":{"name":"www","type":"A"}}}`}, "400 invalid_arguments", []string{mx, txt, www1, www2}},
		{"set twice over", scalewaytest.Options{}, []string{fmt.Sprintf(`{"set":{"records":[%s]}}`, recordJSON("a", "A", "192.0.2.3"))}, "400 invalid_arguments", []string{mx, txt, www1, www2}},
		{"delete any type", scalewaytest.Options{}, []string{del("www", "unknown", "")}, "400 invalid_arguments", []string{mx, txt, www1, www2}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := withZone(t, tt.options, start...)
			if got := patch(t, s, tt.changes...); got != tt.status {
				t.Errorf("got %s, want %s", got, tt.status)
			}
			if d := cmp.Diff(tt.want, lines(s)); d != "" {
				t.Errorf("records (-want +got):\n%s", d)
			}
			edits := 1
			if cmp.Equal(lines(withZone(t, scalewaytest.Options{}, start...)), lines(s)) && tt.status != "200" {
				edits = 0
			}
			if got := len(s.Versions("example.com")); got != edits {
				t.Errorf("%d versions, want %d", got, edits)
			}
		})
	}
}

func TestApexNS(t *testing.T) {
	const ns = `{"name":"","type":"NS","data":"ns.example.net","ttl":60}`
	for _, tt := range []struct {
		name   string
		fixed  bool
		change string
		status string
		count  int
	}{
		{"can be set", false, set("", "NS", "", ns), "200", 1},
		{"cannot be set", true, set("", "NS", "", ns), "400 invalid_arguments", 2},
		{"cannot be deleted", true, del("", "NS", ""), "400 invalid_arguments", 2},
		{"are there after a clear", true, `{"clear":{}}`, "200", 2},
		{"of another name", true, add("sub", "NS", "ns.example.net"), "200", 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := withZone(t, scalewaytest.Options{FixedApexNS: tt.fixed})
			if got := patch(t, s, tt.change); got != tt.status {
				t.Errorf("got %s, want %s", got, tt.status)
			}
			count := 0
			for _, r := range s.Records("example.com") {
				if r.Name == "" && r.Type == "NS" {
					count++
				}
			}
			if count != tt.count {
				t.Errorf("%d NS records, want %d", count, tt.count)
			}
		})
	}
}

// ids returns the ids of the A records of www, by their data.
func ids(s *scalewaytest.Server) map[string]string {
	all := map[string]string{}
	for _, r := range s.Records("example.com") {
		if r.Type == "A" {
			all[r.Data] = r.ID
		}
	}
	return all
}

func TestIDs(t *testing.T) {
	s := withZone(t, scalewaytest.Options{}, a("www", "192.0.2.1"), a("www", "192.0.2.2"))
	before := ids(s)
	patch(t, s, fmt.Sprintf(`{"set":{"id":%q,"records":[%s,%s]}}`, before["192.0.2.1"], recordJSON("www", "A", "192.0.2.3"), recordJSON("www", "A", "192.0.2.4")))
	after := ids(s)
	if after["192.0.2.3"] != before["192.0.2.1"] || after["192.0.2.4"] == before["192.0.2.1"] || after["192.0.2.2"] != before["192.0.2.2"] {
		t.Errorf("set by id: before %v, after %v", before, after)
	}
	patch(t, s, set("www", "A", "", recordJSON("www", "A", "192.0.2.2"), recordJSON("www", "A", "192.0.2.9")))
	if last := ids(s); last["192.0.2.2"] != before["192.0.2.2"] || last["192.0.2.9"] == "" || len(last) != 2 {
		t.Errorf("set by name: %v", last)
	}
	patch(t, s, `{"add":{"records":[{"id":"mine","name":"www","type":"A","data":"192.0.2.5","ttl":60,"comment":null,"updated_at":null}]}}`)
	if id := ids(s)["192.0.2.5"]; id == "mine" || id == "" {
		t.Errorf("the client's id was taken: %q", id)
	}
}

func TestPatchReturnsRecords(t *testing.T) {
	for _, tt := range []struct{ more, want string }{
		{"", "www A"},
		{`,"return_all_records":false,"serial":7`, "www A"},
		{`,"return_all_records":true`, " NS| NS|a A|www A"},
	} {
		s := withZone(t, scalewaytest.Options{}, a("a", "192.0.2.1"))
		got := send(t, s, request{method: "PATCH", path: path + "/example.com/records", body: `{"changes":[` + add("www", "A", "192.0.2.1") + `]` + tt.more + `}`})
		var out struct{ Records []scalewaytest.Record }
		if err := json.Unmarshal([]byte(got.body), &out); err != nil {
			t.Fatalf("%s: %v", got.body, err)
		}
		var all []string
		for _, r := range out.Records {
			all = append(all, r.Name+" "+r.Type)
		}
		if d := cmp.Diff(tt.want, strings.Join(all, "|")); d != "" {
			t.Errorf("%s (-want +got):\n%s", tt.more, d)
		}
	}
	s := withZone(t, scalewaytest.Options{}, a("a", "192.0.2.1"))
	got := send(t, s, request{method: "PATCH", path: path + "/example.com/records", body: changesJSON(del("a", "A", ""))})
	if got.body != `{"records":[]}` {
		t.Errorf("delete: %s", got.body)
	}
}

// A PATCH of a zone that is not there makes it, unless that is disallowed.
func TestPatchCreatesZone(t *testing.T) {
	good, bad := add("www", "A", "192.0.2.1"), add("www", "A", "bad")
	for _, tt := range []struct {
		name, zone, change, disallow string
		options                      scalewaytest.Options
		want                         string
	}{
		{"by default", "typo.example.com", good, "", scalewaytest.Options{}, "200"},
		{"said so", "typo.example.com", good, `,"disallow_new_zone_creation":false`, scalewaytest.Options{}, "200"},
		{"disallowed", "typo.example.com", good, `,"disallow_new_zone_creation":true`, scalewaytest.Options{}, "403 subdomain not found"},
		{"disallowed, with 404", "typo.example.com", good, `,"disallow_new_zone_creation":true`, scalewaytest.Options{UnknownZone404: true}, "404 not_found"},
		{"bad record", "typo.example.com", bad, "", scalewaytest.Options{}, "400 invalid_arguments"},
		{"bad name", "t ypo.example.com", good, "", scalewaytest.Options{}, "400 invalid_arguments"},
		{"no domain", "typo.example.net", good, "", scalewaytest.Options{}, "403 domain not found"},
		{"quota", "typo.example.com", good, "", scalewaytest.Options{MaxZones: 1}, "403 quotas_exceeded"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := withZone(t, tt.options)
			got := send(t, s, request{method: "PATCH", path: path + "/" + strings.ReplaceAll(tt.zone, " ", "%20") + "/records", body: `{"changes":[` + tt.change + `]` + tt.disallow + `}`})
			if got.kind() != tt.want {
				t.Errorf("got %s, want %s", got.kind(), tt.want)
			}
			zones := s.Zones()
			if tt.want != "200" {
				if len(zones) != 1 {
					t.Errorf("zones: %q", zones)
				}
				return
			}
			if len(zones) != 2 || len(s.Records("typo.example.com")) != 3 {
				t.Errorf("zones: %q, records %+v", zones, s.Records("typo.example.com"))
			}
			if list := listZones(t, s, "?dns_zones=typo.example.com"); list.Zones[0].Project != s.Project || list.Zones[0].Status != "pending" {
				t.Errorf("%+v", list)
			}
		})
	}
}

func TestClearRecords(t *testing.T) {
	s := withZone(t, scalewaytest.Options{}, a("a", "192.0.2.1"))
	if got := send(t, s, request{method: "DELETE", path: path + "/example.com/records"}); got.status != 200 || got.body != "{}" {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := s.Records("example.com"); len(got) != 2 || got[0].Type != "NS" {
		t.Errorf("left: %+v", got)
	}
	if len(s.Versions("example.com")) != 1 {
		t.Error("no version")
	}
}
