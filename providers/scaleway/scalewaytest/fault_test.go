package scalewaytest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers/providertest/httpfault"
	"github.com/zoneward/zoneward/providers/scaleway/scalewaytest"
)

func TestFirstChanges(t *testing.T) {
	for n, want := range map[int][]string{
		0: {}, 1: {"a 60 A 0 192.0.2.1"}, 2: {"a 60 A 0 192.0.2.1", "b 60 A 0 192.0.2.1"}, 3: {"a 60 A 0 192.0.2.1", "b 60 A 0 192.0.2.1"},
	} {
		s := withZone(t, scalewaytest.Options{})
		s.Faults.Add(httpfault.Rule{Pattern: scalewaytest.PatchRecords, Fault: scalewaytest.FirstChanges(n)})
		if got := patch(t, s, add("a", "A", "192.0.2.1"), add("b", "A", "192.0.2.1")); got != "500 Internal Server Error" {
			t.Errorf("answered %s", got)
		}
		if d := cmp.Diff(want, lines(s)); d != "" {
			t.Errorf("%d changes (-want +got):\n%s", n, d)
		}
		if body := s.Faults.Log().All()[0].Body; strings.Count(body, `"add"`) != 2 {
			t.Errorf("the log has not what was sent: %s", body)
		}
	}
}

// What httpfault can do is there for this fake: a writer between reading and writing, and a write that is done and not answered.
func TestFaultsInFront(t *testing.T) {
	s := withZone(t, scalewaytest.Options{})
	s.Faults.Add(httpfault.Rule{Pattern: scalewaytest.PatchRecords, Times: 1, Fault: httpfault.Call(func(*http.Request) {
		s.Put("example.com", a("foreign", "192.0.2.9"))
	})})
	s.Faults.Add(httpfault.Rule{Pattern: scalewaytest.PatchRecords, Times: 1, Fault: httpfault.After(httpfault.Proxy(504))})
	if got := send(t, s, request{method: "PATCH", path: path + "/example.com/records", body: changesJSON(add("www", "A", "192.0.2.1"))}).status; got != 504 {
		t.Errorf("status %d", got)
	}
	if d := cmp.Diff([]string{"foreign 60 A 0 192.0.2.9", "www 60 A 0 192.0.2.1"}, lines(s)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if got := len(s.Versions("example.com")); got != 2 {
		t.Errorf("%d versions", got)
	}
}

// The patterns that the package has names for are those of endpoints.
func TestPatterns(t *testing.T) {
	s := withZone(t, scalewaytest.Options{})
	s.AddZone("dev.example.com", scalewaytest.Zone{})
	s.Put("example.com", a("www", "192.0.2.1"))
	version := path + "/version/" + s.Versions("example.com")[0].ID
	for pattern, r := range map[string]request{
		scalewaytest.ListZones:      {method: "GET", path: path + "?page=1"},
		scalewaytest.CreateZone:     {method: "POST", path: path, body: `{"domain":"example.com","subdomain":"new"}`},
		scalewaytest.DeleteZone:     {method: "DELETE", path: path + "/dev.example.com"},
		scalewaytest.ListRecords:    {method: "GET", path: path + "/example.com/records?page=1"},
		scalewaytest.PatchRecords:   {method: "PATCH", path: path + "/example.com/records", body: changesJSON(add("a", "A", "192.0.2.1"))},
		scalewaytest.ListVersions:   {method: "GET", path: path + "/example.com/versions"},
		scalewaytest.VersionRecords: {method: "GET", path: version},
		scalewaytest.RestoreVersion: {method: "POST", path: version + "/restore", body: "{}"},
	} {
		s.Faults.Log().Reset()
		if got := send(t, s, r).kind(); got != "200" {
			t.Errorf("%s: %s", pattern, got)
		}
		if got := s.Faults.Log().Count(pattern); got != 1 {
			t.Errorf("%s is for %d of one request", pattern, got)
		}
	}
}
