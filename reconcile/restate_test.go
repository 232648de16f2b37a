package reconcile

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/zonefile"
)

// restated returns what the file has to say in short: "FILE: + old A, - old CNAME, ~ www A".
func restated(r Restatement) string {
	var all []string
	for _, c := range r.Changes {
		sign := "~"
		switch {
		case c.Old == nil:
			sign = "+"
		case c.New == nil:
			sign = "-"
		}
		all = append(all, sign+" "+c.Key().Name.Relative(example)+" "+c.Key().Type.String())
	}
	return r.File + ": " + strings.Join(all, ", ")
}

func TestRestatement(t *testing.T) {
	key := zonefile.Key{Name: name("old"), Type: zonefile.TypeA}
	for _, tc := range []struct {
		name  string
		now   []string // what git says when it is restored
		live  string   // what git said before that, and is live
		want  string
		holds int
	}{
		{"gone", []string{"www 300 A 192.0.2.1"}, "", "example.com.zone: + old A", 0},
		{"there again, and not yet applied", []string{"www 300 A 192.0.2.1", "old 300 A 192.0.2.1"}, "", "example.com.zone: ", 0},
		{"there, with another value", []string{"www 300 A 192.0.2.1", "old 300 A 192.0.2.2"}, "", "example.com.zone: ~ old A", 0},
		{"something is in the way", []string{"www 300 A 192.0.2.1", "old 300 CNAME a.example.net."}, "old 300 CNAME a.example.net.", "example.com.zone: + old A, - old CNAME", 1},
		{"something will be in the way", []string{"www 300 A 192.0.2.1", "old 300 CNAME a.example.net."}, "", "example.com.zone: + old A, - old CNAME", 0},
		{"something else has changed too", []string{"new 300 A 192.0.2.1"}, "", "example.com.zone: + old A", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := newHouse(t)
			h.clocked()
			h.serve("www 300 A 192.0.2.1", "old 300 A 192.0.2.1")
			h.write("www 300 A 192.0.2.1")
			h.must(Applied)
			if tc.live != "" {
				h.write("www 300 A 192.0.2.1", tc.live)
				h.must(Applied)
			}
			h.write(tc.now...)
			plan, err := h.planner.Restore(t.Context(), h.tree(), Restoration{Key: key})
			if err != nil {
				t.Fatal(err)
			}
			if got := restated(plan.Zones[0].Restatement()); got != tc.want {
				t.Errorf("git needs %q; want %q", got, tc.want)
			}
			if plan.Zones[0].Restatement().Stated == nil || len(plan.Zones[0].Holds) != tc.holds {
				t.Errorf("holds %v", plan.Zones[0].Holds)
			}
			// It is the same after it was applied.
			h.apply(plan, GuardTaken)
			if got := restated(plan.Zones[0].Restatement()); got != tc.want {
				t.Errorf("afterwards git needs %q; want %q", got, tc.want)
			}
		})
	}
}

func TestRestatementOfRollback(t *testing.T) {
	h := newHouse(t)
	pass := h.clocked()
	h.serve("www 300 A 192.0.2.1", "old 300 A 192.0.2.1", "same 300 A 192.0.2.1")
	then := h.planner.Clock().Wall
	pass(time.Hour)
	h.write("www 300 A 192.0.2.2", "new 300 A 192.0.2.1", "same 300 A 192.0.2.1")
	h.must(Applied)
	plan, err := h.planner.Rollback(t.Context(), h.tree(), Return{To: Point{Time: then}})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := restated(plan.Zones[0].Restatement()), "example.com.zone: - new A, + old A, ~ www A"; got != want {
		t.Errorf("git needs %q; want %q", got, want)
	}
	if got := restated(h.plan().Zones[0].Restatement()); got != "example.com.zone: " {
		t.Errorf("a plan from git: %q", got)
	}
}

func TestRestatementWithoutFile(t *testing.T) {
	for _, tc := range []struct {
		name  string
		file  string // of the rule
		files map[string]string
		want  string
		err   string
	}{
		{"gone", "", map[string]string{"example.net.zone": "www 300 A 192.0.2.1\n"}, "example.com.zone: + @ NS, + @ SOA, + old A, + www A", ""},
		{"an empty repository", "", nil, "example.com.zone: + @ NS, + @ SOA, + old A, + www A", ""},
		{"gone from where a rule has it", "public/{origin}.zone", map[string]string{"public/example.net.zone": "www 300 A 192.0.2.1\n"}, "public/example.com.zone: + @ NS, + @ SOA, + old A, + www A", ""},
		{"two files", "", map[string]string{"example.com.zone": "", "a/example.com.zone": ""}, "a/example.com.zone: + @ NS, + @ SOA, + old A, + www A", "2 files are for this zone"},
		{"with an error", "", map[string]string{"example.com.zone": "www A nonsense\n"}, "example.com.zone: + old A, + www A", "nonsense"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := newHouse(t)
			h.clocked()
			p := h.target("live")
			h.serve("www 300 A 192.0.2.1", "old 300 A 192.0.2.1")
			export := fmt.Sprintf("@ 3600 SOA %s\n@ 3600 NS ns1.example.net.\nwww 300 A 192.0.2.1\nold 300 A 192.0.2.1\n", soaText)
			h.store.stones = []Tombstone{{
				ID: "0123456789abcdef", Ref: Ref{example, "live"}, Kind: KindZone, Key: zonefile.Key{Name: example}, State: Retired, Export: export,
				BuriedAt: time.Unix(1, 0), PurgeAt: time.Unix(2, 0),
			}}
			p.DropZone(example)
			h.planner.Rules[0].File = tc.file
			h.files = tc.files
			plan, err := h.planner.Restore(t.Context(), h.tree(), Restoration{Stone: "0123"})
			if err != nil {
				t.Fatal(err)
			}
			r := plan.Zones[0].Restatement()
			got := strings.Split(restated(r), ": ")
			parts := strings.Split(got[1], ", ")
			slices.Sort(parts)
			if text := got[0] + ": " + strings.Join(parts, ", "); text != tc.want {
				t.Errorf("git needs %q; want %q", text, tc.want)
			}
			if (r.Err == nil) != (tc.err == "") || r.Err != nil && !strings.Contains(r.Err.Error(), tc.err) {
				t.Errorf("%v; want %q", r.Err, tc.err)
			}
			if there := tc.err != "" && tc.name != "two files"; (r.Stated != nil) != there {
				t.Errorf("the file is there: %t", r.Stated != nil)
			}
			// What was restored is pinned as a whole, and stays.
			for _, o := range h.apply(plan) {
				if o.Status != Applied {
					t.Errorf("%s, %v", o.Status, o.Err)
				}
			}
			if diff := cmp.Diff(h.live("old", zonefile.TypeA), "192.0.2.1"); diff != "" {
				t.Error(diff)
			}
		})
	}
}
