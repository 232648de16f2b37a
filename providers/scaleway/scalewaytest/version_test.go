package scalewaytest_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers/scaleway/scalewaytest"
)

// versionIDs returns the ids that are listed, and the total.
func versionIDs(t *testing.T, s *scalewaytest.Server, query string) (ids []string, total int) {
	t.Helper()
	var out struct {
		Total    int `json:"total_count"`
		Versions []struct {
			ID string
			At time.Time `json:"created_at"`
		}
	}
	got := send(t, s, request{method: "GET", path: path + "/example.com/versions" + query})
	if err := json.Unmarshal([]byte(got.body), &out); err != nil {
		t.Fatalf("%s: %v", got.body, err)
	}
	for _, v := range out.Versions {
		if v.At.IsZero() {
			t.Error("a version without a time")
		}
		ids = append(ids, v.ID)
	}
	return ids, out.Total
}

func TestListVersions(t *testing.T) {
	for _, oldestFirst := range []bool{false, true} {
		s := withZone(t, scalewaytest.Options{VersionsOldestFirst: oldestFirst})
		for i := range 3 {
			s.Put("example.com", a("www", fmt.Sprintf("192.0.2.%d", i)))
		}
		var want []string
		for _, v := range s.Versions("example.com") {
			if oldestFirst {
				want = append(want, v.ID)
			} else {
				want = append([]string{v.ID}, want...)
			}
		}
		got, total := versionIDs(t, s, "")
		if d := cmp.Diff(want, got); d != "" || total != 3 {
			t.Errorf("%d versions (-want +got):\n%s", total, d)
		}
		if got, total := versionIDs(t, s, "?page=2&page_size=2"); len(got) != 1 || got[0] != want[2] || total != 3 {
			t.Errorf("second page: %q of %d", got, total)
		}
	}
}

// 100 versions are kept, and the oldest of them goes.
func TestOldestVersionGoes(t *testing.T) {
	s := withZone(t, scalewaytest.Options{})
	s.Put("example.com", a("first", "192.0.2.1"))
	first := s.Versions("example.com")[0].ID
	for i := range 100 {
		if got := len(s.Versions("example.com")); got != i+1 {
			t.Fatalf("%d versions after %d edits", got, i+1)
		}
		s.Put("example.com", a(fmt.Sprintf("n%d", i), "192.0.2.1"))
	}
	if _, total := versionIDs(t, s, ""); total != 100 {
		t.Errorf("%d versions", total)
	}
	if got := send(t, s, request{method: "GET", path: path + "/version/" + first}).kind(); got != "404 not_found" {
		t.Errorf("the first is there: %s", got)
	}
}

// restore restores a version by its number, from 0, the oldest.
func restore(t *testing.T, s *scalewaytest.Server, n int) string {
	t.Helper()
	return send(t, s, request{method: "POST", path: path + "/version/" + s.Versions("example.com")[n].ID + "/restore", body: "{}"}).kind()
}

func TestRestoreVersion(t *testing.T) {
	const old, www1, www2 = "old 60 A 0 192.0.2.1", "www 60 A 0 192.0.2.1", "www 60 A 0 192.0.2.2"
	for _, tt := range []struct {
		before bool
		want   [2][]string // after the first and the second version were restored
	}{
		{false, [2][]string{{old, www1}, {old, www2}}},
		{true, [2][]string{{old}, {old, www1}}},
	} {
		for n := range 2 {
			s := withZone(t, scalewaytest.Options{VersionsBefore: tt.before}, a("old", "192.0.2.1"))
			patch(t, s, add("www", "A", "192.0.2.1"))
			id := ids(s)["192.0.2.1"]
			patch(t, s, set("www", "A", "", recordJSON("www", "A", "192.0.2.2")))
			if got := restore(t, s, n); got != "200" {
				t.Fatal(got)
			}
			if d := cmp.Diff(tt.want[n], lines(s)); d != "" {
				t.Errorf("before %t, version %d (-want +got):\n%s", tt.before, n, d)
			}
			if got := len(s.Versions("example.com")); got != 3 {
				t.Errorf("%d versions, with that of the restore", got)
			}
			if !tt.before && n == 0 && ids(s)["192.0.2.1"] != id {
				t.Error("a restored record has another id")
			}
		}
	}
}

// What is written after a restore does not come to the other versions.
func TestVersionsStayAsTheyWere(t *testing.T) {
	s := withZone(t, scalewaytest.Options{})
	for i := range 4 {
		s.Put("example.com", a(fmt.Sprintf("n%d", i), "192.0.2.1"))
	}
	want := s.Versions("example.com")
	for i := range 3 {
		restore(t, s, i)
		s.Put("example.com", a(fmt.Sprintf("late%d", i), "192.0.2.1"))
		patch(t, s, add("undone", "A", "192.0.2.1"), add("bad", "A", "bad"))
	}
	if d := cmp.Diff(want, s.Versions("example.com")[:4]); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestVersionEndpoints(t *testing.T) {
	s := withZone(t, scalewaytest.Options{})
	s.Put("example.com", a("a", "192.0.2.1"), a("b", "192.0.2.1"))
	s.Drop("example.com", "a", "A")
	s.AddZone("other.example", scalewaytest.Zone{Project: s.AddProject(s.AddOrganization())})
	s.Put("other.example", a("a", "192.0.2.1"))
	v := s.Versions("example.com")
	first, second, foreign := path+"/version/"+v[0].ID, path+"/version/"+v[1].ID, path+"/version/"+s.Versions("other.example")[0].ID
	for _, tt := range []struct {
		name string
		request
		want, has string
	}{
		{"records", request{method: "GET", path: first + "?page_size=1"}, "200", `"total_count":4`},
		{"records, last page", request{method: "GET", path: first + "?page_size=3&page=2"}, "200", `"name":"b"`},
		{"what it adds", request{method: "GET", path: first + "/diff"}, "200", `{"changes":[{"add":{"records":[{"comment":null,"data":"192.0.2.1"`},
		{"what it deletes", request{method: "GET", path: second + "/diff"}, "200", `{"changes":[{"delete":{"id":"`},
		{"unknown", request{method: "GET", path: path + "/version/x"}, "404 not_found", `"resource":"dns_zone_version"`},
		{"unknown diff", request{method: "GET", path: path + "/version/x/diff"}, "404 not_found", ""},
		{"unknown restore", request{method: "POST", path: path + "/version/x/restore", body: "{}"}, "404 not_found", ""},
		{"of somebody else", request{method: "GET", path: foreign}, "404 not_found", ""},
		{"restore of somebody else's", request{method: "POST", path: foreign + "/restore", body: "{}"}, "404 not_found", ""},
		{"restore with a field", request{method: "POST", path: first + "/restore", body: `{"dns_zone":"example.com"}`}, "400 invalid_arguments", ""},
		{"restore without a body", request{method: "POST", path: first + "/restore"}, `415 the body has the type "", want application/json`, ""},
	} {
		if got := send(t, s, tt.request); got.kind() != tt.want || !strings.Contains(got.body, tt.has) {
			t.Errorf("%s: got %s, want %s with %s", tt.name, got.body, tt.want, tt.has)
		}
	}
	s.SetStatus("example.com", "locked", "")
	if got := restore(t, s, 0); got != "423 locked" {
		t.Errorf("restore of a locked zone: %s", got)
	}
}
