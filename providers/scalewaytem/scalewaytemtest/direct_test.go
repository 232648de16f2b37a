package scalewaytemtest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers/scalewaytem/scalewaytemtest"
)

func TestSetStatus(t *testing.T) {
	var z zone
	now := &clock{start}
	f := scalewaytemtest.New(t, scalewaytemtest.Options{Now: now.now, Lookup: lookup(&z)})
	at := create(t, f)
	z.put(f.Domain("example.com").Records...)
	send(t, f, "POST "+at+"/check {}", nil) // others would follow by themselves
	for _, status := range []scalewaytemtest.Status{
		scalewaytemtest.Unknown, scalewaytemtest.Checked, scalewaytemtest.Invalid, scalewaytemtest.Pending, scalewaytemtest.Locked,
	} {
		f.SetStatus("example.com", status, "why")
		now.Time = now.Add(time.Hour)
		if got := send(t, f, "GET "+at, nil); got.field(t, "status") != fmt.Sprintf("%q", status) || got.field(t, "last_error") != `"why"` {
			t.Errorf("%s: %s", status, got.body)
		}
		if got := send(t, f, "GET "+domains+"?status="+string(status), nil).field(t, "total_count"); got != "1" {
			t.Errorf("%s: %s listed", status, got)
		}
	}
	for _, request := range []string{"PATCH " + at + ` {"autoconfig":true}`, "POST " + at + "/check {}", "POST " + at + "/revoke {}"} {
		if got := send(t, f, request, nil).kind(); got != "423 locked" {
			t.Errorf("%s: %s", request, got)
		}
	}
	f.SetStatus("example.com", scalewaytemtest.Revoked, "")
	if got := send(t, f, "GET "+at, nil); got.field(t, "status") != `"revoked"` || got.field(t, "records") != "null" || got.field(t, "revoked_at") == "null" {
		t.Errorf("revoked: %s", got.body)
	}
}

func TestRevokedElsewhere(t *testing.T) {
	f := scalewaytemtest.New(t, scalewaytemtest.Options{})
	at := create(t, f)
	f.Revoke("example.com")
	if got := send(t, f, "GET "+at, nil).kind(); got != "404 not_found" {
		t.Errorf("got %s", got)
	}
	if got := send(t, f, "GET "+domains+"?status=revoked", nil); got.field(t, "total_count") != "1" {
		t.Errorf("list: %s", got.body)
	}
}

func TestReputationAndStatistics(t *testing.T) {
	now := &clock{start}
	f := scalewaytemtest.New(t, scalewaytemtest.Options{Now: now.now})
	at := create(t, f)
	now.Time = now.Add(time.Second)
	f.SetReputation("example.com", "bad", 0)
	f.SetStatistics("example.com", scalewaytemtest.Statistics{Canceled: 1, Failed: 2, Sent: 3, Total: 6})
	now.Time = now.Add(time.Second)
	got := send(t, f, "GET "+at, nil)
	want := `{"previous_score":100,"previous_scored_at":"2026-03-31T09:06:32.079961234Z","score":0,"scored_at":"2026-03-31T09:06:33.079961234Z","status":"bad"}`
	if d := cmp.Diff(want, got.field(t, "reputation")); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if got := got.field(t, "statistics"); got != `{"canceled_count":1,"failed_count":2,"sent_count":3,"total_count":6}` {
		t.Errorf("statistics: %s", got)
	}
	f.SetReputation("example.com", "", 0)
	if got := send(t, f, "GET "+at, nil).field(t, "reputation"); got != "null" {
		t.Errorf("without one: %s", got)
	}
	f.SetReputation("example.com", "good", 70)
	if got := send(t, f, "GET "+at, nil).field(t, "reputation"); !strings.Contains(got, `"previous_score":null`) {
		t.Errorf("the first: %s", got)
	}
}

func TestBehindOnesBack(t *testing.T) {
	f := scalewaytemtest.New(t, scalewaytemtest.Options{})
	at := create(t, f)
	before := f.Domain("example.com")
	f.RotateDKIM("example.com")
	f.SetAutoconfig("example.com", true)
	got := send(t, f, "GET "+at, nil)
	if got.field(t, "autoconfig") != "true" {
		t.Errorf("autoconfig: %s", got.body)
	}
	if after := f.Domain(before.ID); after.Records[0].Value == before.Records[0].Value || strings.Count(got.body, after.Records[0].Value) != 2 {
		t.Errorf("the key is not another one: %s", got.body)
	}
}

// Of the domains with a name it is the one that is not revoked.
func TestDomainByName(t *testing.T) {
	f := scalewaytemtest.New(t, scalewaytemtest.Options{})
	first := f.AddDomain("example.com", "")
	f.Revoke("example.com")
	second := f.AddDomain("example.com", "")
	f.AddDomain("example.net", f.AddProject(f.Organization))
	if got := f.Domain("example.com").ID; got != second {
		t.Errorf("got %s, want %s", got, second)
	}
	f.Revoke("example.com")
	if got := f.Domain("example.com").ID; got != second {
		t.Errorf("of two that are revoked %s, want the last, %s", got, second)
	}
	third := f.AddDomain("example.com", "")
	f.Revoke(f.AddDomain("example.com", ""))
	if got := f.Domain("example.com").ID; got != third {
		t.Errorf("got %s, want the one that is not revoked, %s", got, third)
	}
	if got := f.Domain(first); got.ID != first || got.Revoked.IsZero() {
		t.Errorf("by its id: %+v", got)
	}
	var all []string
	for _, d := range f.Domains() {
		all = append(all, d.Name+" "+string(d.Status))
	}
	if d := cmp.Diff([]string{"example.com revoked", "example.com revoked", "example.net unchecked", "example.com unchecked", "example.com revoked"}, all); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// stub is a test that may fail.
type stub struct {
	testing.TB
	failed string
}

func (s *stub) Errorf(format string, args ...any) { s.failed = fmt.Sprintf(format, args...) }

func TestUnknownDomainFailsTheTest(t *testing.T) {
	s := &stub{TB: t}
	f := scalewaytemtest.New(s, scalewaytemtest.Options{})
	f.RotateDKIM("example.com")
	if want := `the fake has no domain "example.com"`; s.failed != want {
		t.Errorf("got %q, want %q", s.failed, want)
	}
}
