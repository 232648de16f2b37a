package reconcile

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/zonefile"
)

// fullPlan is a plan in which everything has something to say.
func fullPlan() *Plan {
	at := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	set := func(text string, rdata ...string) *zonefile.RRset {
		s := zonefile.MustParseRRset(text, rdata...)
		return &s
	}
	rrset := func(action Action, from, to *zonefile.RRset, cause Cause, stone string) Change {
		c := Change{Kind: KindRRset, Action: action, Old: from, New: to, Source: zonefile.Position{File: "zones/example.com.zone", Line: 3}, Cause: cause, Stone: stone}
		c.Key = zonefile.Change{Old: from, New: to}.Key()
		return c
	}
	one := ZonePlan{
		Ref: Ref{example, "live"}, Base: zonefile.Digest{1}, Foreign: 3, Parts: "in 2 parts", NegativeTTL: 300,
		Changes: []Change{
			rrset(Retire, set("old.example.com. 600 A", "192.0.2.1"), nil, CauseGit, ""),
			rrset(Create, nil, set("new.example.com. 600 A", "192.0.2.1"), CauseUnknown, ""),
			rrset(Update, set("www.example.com. 600 A", "192.0.2.1"), set("www.example.com. 60 A", "192.0.2.1"), CauseBoth, ""),
			rrset(Restore, nil, set("back.example.com. 600 A", "192.0.2.1"), CauseGit, "0123456789abcdef"),
			rrset(Restore, set("taken.example.com. 600 A", "192.0.2.1"), set("taken.example.com. 600 A", "192.0.2.2"), CauseGit, "0123456789abcdef"),
			rrset(Purge, set("over.example.com. 600 A", "192.0.2.1"), nil, CauseGit, "0123456789abcdef"),
		},
		Drift:    []Change{rrset(Update, set("api.example.com. 600 A", "192.0.2.9"), set("api.example.com. 600 A", "192.0.2.1"), CauseDrift, "")},
		Holds:    []Hold{{GuardTaken, "something is there"}},
		Warnings: []zonefile.Problem{{Position: zonefile.Position{File: "zones/example.com.zone", Line: 7, Column: 2}, Rule: "long-ttl", Severity: zonefile.Warning, Message: "lower it first"}},
		Pinned: []Pin{
			{Ref: Ref{example, "live"}, Key: zonefile.Key{Name: example, Type: zonefile.TypeMX}, Until: at.Add(time.Hour), Actor: "ann", Reason: "mail"},
			{Ref: Ref{example, "live"}, Key: zonefile.Key{Name: example}, Until: at.Add(time.Hour), Actor: "ann"},
		},
		Waiting: []Waiting{
			{Kind: KindRRset, Key: zonefile.MustParseRRset("gone.example.com. 60 A", "192.0.2.1").Key, Old: set("gone.example.com. 60 A", "192.0.2.1"), Since: at, Until: at.Add(time.Hour), Noted: true},
			{Kind: KindZone, Key: zonefile.Key{Name: example}, Since: at, Until: at.Add(time.Hour)},
		},
	}
	one.ID = digestChanges(one.Ref, one.Changes)
	two := ZonePlan{Ref: Ref{example, "other"}, Changes: []Change{{Kind: KindZone, Action: Restore, Key: zonefile.Key{Name: example}, Stone: "0123456789abcdef"}}}
	two.ID = digestChanges(two.Ref, two.Changes)
	broken := ZonePlan{Ref: Ref{example, "third"}, Err: errors.New("refused")}
	return &Plan{Commit: "c1", CreatedAt: at, Zones: []ZonePlan{one, two, broken}, Notices: []string{"example.net. on live: not managed"}}
}

func TestPlanJSONReadsBack(t *testing.T) {
	text := func(p *Plan) string {
		var b strings.Builder
		if err := p.WriteJSON(&b); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	want := text(fullPlan())
	read, err := ReadPlan(strings.NewReader(want))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(text(read), want); d != "" {
		t.Errorf("what was read is not what was written: %s", d)
	}
	for _, part := range []string{`"lingers": 600`, `"negative_ttl": 300`, `"noted": true`, `"rule": "long-ttl"`, `"tombstone": "0123456789abcdef"`, `"restore": 3`, `"purge": 1`, `"waiting": 2`, `"drift": 1`} {
		if !strings.Contains(want, part) {
			t.Errorf("no %s in\n%s", part, want)
		}
	}
}

func TestPlanJSONActions(t *testing.T) {
	var b bytes.Buffer
	if err := fullPlan().WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ name, old, new string }{
		{"a restore of nothing", `"action": "retire"`, `"action": "restore"`},
		{"a purge of something new", `"action": "create"`, `"action": "purge"`},
		{"a zone that is updated", "\"kind\": \"zone\",\n          \"action\": \"restore\"", "\"kind\": \"zone\",\n          \"action\": \"update\""},
		{"an RRset without a type", "\"type\": \"A\",\n          \"old\": {", "\"old\": {"},
		{"a pin without a name", `"name": "example.com.",` + "\n          \"type\": \"MX\"", `"name": "",` + "\n          \"type\": \"MX\""},
		{"something that waits and has no data", "\"records\": [\n              \"192.0.2.1\"\n            ]\n          },\n          \"since\"", "\"records\": []\n          },\n          \"since\""},
	} {
		text := strings.Replace(b.String(), tc.old, tc.new, 1)
		if text == b.String() {
			t.Fatalf("%s: nothing was replaced in\n%s", tc.name, text)
		}
		if _, err := ReadPlan(strings.NewReader(text)); err == nil || errors.Is(err, errPlanID) {
			t.Errorf("%s: %v; want it refused for what it is", tc.name, err)
		}
	}
}
