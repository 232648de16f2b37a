package reconcile

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/zoneward/zoneward/zonefile"
)

// retiring has zones that left the repository retired, whatever the share.
func (h *house) retiring() *house {
	target := h.planner.Targets["live"]
	target.CanRemove = true
	h.planner.Targets["live"] = target
	h.planner.Rules[0].Policy.RetireZones, h.planner.Rules[0].Policy.MaxDeletes = true, Percent(100)
	return h
}

// serveMany has the provider "live" serve zones z0.example, z1.example and so on, and returns their names.
func (h *house) serveMany(n int) []zonefile.Name {
	var origins []zonefile.Name
	for i := range n {
		origin := zonefile.MustParseName(fmt.Sprintf("z%d.example.", i))
		b := zonefile.NewBuilder(origin)
		for _, text := range []string{"3600 SOA " + soaText, "3600 NS ns1.example.net.", "300 A 192.0.2.1"} {
			head, data, _ := strings.Cut(text, " ")
			typ, data, _ := strings.Cut(data, " ")
			if err := b.AddRRset(zonefile.MustParseRRset(fmt.Sprintf("%s %s %s", origin, head, typ), data)); err != nil {
				h.t.Fatal(err)
			}
		}
		h.target("live").AddZone(b.Zone())
		_ = h.store.SetApplied(h.t.Context(), Ref{origin, "live"}, AppliedState{System: "live"}, b.Zone())
		origins = append(origins, origin)
	}
	return origins
}

// TestZoneWhoseFileIsNotRead: only a zone that the tree certainly does not have is retired.
func TestZoneWhoseFileIsNotRead(t *testing.T) {
	file := &fstest.MapFile{Data: []byte("www 300 A 192.0.2.1\n")}
	link := &fstest.MapFile{Data: []byte("nowhere"), Mode: fs.ModeSymlink}
	for _, tc := range []struct {
		name, file string // what the rule has for file:
		tree       fstest.MapFS
		retired    bool
		err        string // of the zone
		notice     string
	}{
		{name: "not there", retired: true},
		{name: "not there where the rule says", file: "zones/{origin}.zone", retired: true},
		{name: "not there, nor its folder", file: "none/{origin}.zone", retired: true},
		{
			name: "a folder that does not print", tree: fstest.MapFS{"kun\u00a0den/example.com.zone": file},
			err: `"kun\u00a0den/example.com.zone": not read: there are characters in its path that do not print`,
		},
		{
			name: "the same beside another file", tree: fstest.MapFS{"kun\u00a0den/example.com.zone": file, "zones/example.com.zone": file},
			err: `"kun\u00a0den/example.com.zone": not read`,
		},
		{name: "a link that leads nowhere", tree: fstest.MapFS{"zones/example.com.zone": link}, err: "not exist"},
		{name: "such a link where the rule says", file: "zones/{origin}.zone", tree: fstest.MapFS{"zones/example.com.zone": link}, err: "not exist"},
		{name: "such a link above", file: "more/{origin}.zone", tree: fstest.MapFS{"more": link}, notice: "but more cannot be looked into"},
		{
			name: "such a link above, and a file elsewhere", file: "more/{origin}.zone", tree: fstest.MapFS{"more": link, "zones/example.com.zone": file},
			err: "not exist",
		},
		{
			name: "a folder that is such a link", tree: fstest.MapFS{"zones/customers": link},
			notice: "example.com. on live: not in the zones repository any more, but zones/customers cannot be looked into, where it may be; it is served on as it is",
		},
		{
			name: "a folder that is such a link and does not print", tree: fstest.MapFS{"kun\u00a0den": link},
			notice: `but "kun\u00a0den" cannot be looked into`,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := newHouse(t)
			h.rule("*.com", "live").File = tc.file
			h.retiring().serve("www 300 A 192.0.2.1")
			tree := fstest.MapFS{"zones/example.net.zone": file}
			for name, f := range tc.tree {
				tree[name] = f
			}
			plan, err := h.planner.Plan(t.Context(), Tree{FS: tree, Revision: "c0ffee"}, Selection{})
			if err != nil {
				t.Fatal(err)
			}
			z := plan.Zone(Ref{example, "live"})
			retired := z != nil && len(z.Changes) == 1 && z.Changes[0].Kind == KindZone && z.Changes[0].Action == Retire
			if retired != tc.retired || z != nil && !tc.retired && len(z.Changes) > 0 {
				t.Errorf("retired: %v; want %v", retired, tc.retired)
			}
			if tc.err != "" && (z == nil || z.Err == nil || !strings.Contains(z.Err.Error(), tc.err)) {
				t.Errorf("plan %+v; want an error with %q", z, tc.err)
			}
			if notices := strings.Join(plan.Notices, "\n"); tc.notice != "" && !strings.Contains(notices, tc.notice) {
				t.Errorf("notices %q; want %q", notices, tc.notice)
			}
		})
	}
}

// TestZoneThatAnotherRuleClaims: a rule with file: that takes the file of a zone for one target takes the zone from no other.
func TestZoneThatAnotherRuleClaims(t *testing.T) {
	h := newHouse(t).retiring()
	h.serve("www 300 A 192.0.2.1")
	h.files["example.net.zone"] = "www 300 A 192.0.2.1\n"
	h.rule("example.com", "internal").File = "example.com.zone"
	h.target("internal").AddZone(h.zone("www 300 A 192.0.2.1"))
	h.write("www 300 A 192.0.2.1")
	plan := h.plan()
	if z := plan.Zone(Ref{example, "live"}); z != nil {
		t.Errorf("changes %q; want no plan", changes(*z))
	}
	want := "example.com. on live: not in the zones repository any more, but its file example.com.zone is there, and a rule with file: has it for other targets; it is served on as it is"
	if notices := strings.Join(plan.Notices, "\n"); notices != want {
		t.Errorf("notices %q; want %q", notices, want)
	}
}

// TestRetirementOfAZoneIsAllOfIt: a percentage holds a zone of three records as it does one of a thousand.
func TestRetirementOfAZoneIsAllOfIt(t *testing.T) {
	for _, tc := range []struct {
		quota  Quota
		reason string
	}{
		{DefaultPolicy().MaxDeletes, "the zone would be gone with all of its 3 records, more than max_deletes allows (30%)"},
		{Percent(99.9), "the zone would be gone with all of its 3 records, more than max_deletes allows (99.9%)"},
		{Percent(100), ""},
		{Count(0), "the zone would be gone with all of its 3 records, more than max_deletes allows (0)"},
		{Count(1), ""}, // but for its SOA and NS
		{Quota{}, ""},
	} {
		t.Run(tc.quota.String(), func(t *testing.T) {
			h := newHouse(t).retiring()
			h.planner.Rules[0].Policy.MaxDeletes = tc.quota
			h.serve("www 300 A 192.0.2.1")
			h.files["example.net.zone"] = "www 300 A 192.0.2.1\n"
			z := h.plan().Zone(Ref{example, "live"})
			var got string
			for _, hold := range z.Holds {
				got += string(hold.Guard) + ": " + hold.Reason
			}
			want := tc.reason
			if want != "" {
				want = "max-deletes: " + want
			}
			if got != want || len(z.Changes) != 1 {
				t.Errorf("%q, held by %q; want %q", changes(*z), got, want)
			}
		})
	}
}

// TestManyZonesThatLeaveAtOnce are held though the policy allows that each is retired.
func TestManyZonesThatLeaveAtOnce(t *testing.T) {
	for _, tc := range []struct {
		name        string
		known, gone int
		only        []int // the zones that are asked for, nil for all
		quota       Quota
		reason      string
	}{
		{"three of five", 5, 3, nil, Percent(100), ""},
		{"four of five", 5, 4, nil, Percent(100), "4 of the 5 zones on live are not in the zones repository any more and would be retired at once, more than 3 and more than 10%"},
		{"four of forty", 40, 4, nil, Percent(100), ""},
		{"five of forty", 40, 5, nil, Quota{}, "5 of the 40 zones on live are not in the zones repository any more and would be retired at once, more than 3 and more than 10%"},
		{"one of those", 40, 5, []int{2}, Percent(100), "5 of the 40 zones on live are not in the zones repository any more and would be retired at once, more than 3 and more than 10%"},
		{
			"beside what holds each", 5, 4, nil, Percent(50),
			"the zone would be gone with all of its 3 records, more than max_deletes allows (50%); " +
				"4 of the 5 zones on live are not in the zones repository any more and would be retired at once, more than 3 and more than 10%",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := newHouse(t).retiring()
			h.planner.Rules[0].Policy.MaxDeletes = tc.quota
			origins := h.serveMany(tc.known)
			for i := range tc.known - tc.gone {
				h.files[fmt.Sprintf("z%d.example.zone", tc.gone+i)] = "@ 300 A 192.0.2.1\n"
			}
			only, want := Selection{Lenient: true}, tc.gone
			for _, i := range tc.only {
				only.Zones, want = append(only.Zones, origins[i]), len(tc.only)
			}
			plan, err := h.planner.Plan(t.Context(), h.tree(), only)
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for _, z := range plan.Zones {
				if len(z.Changes) == 0 {
					continue
				}
				n++
				var got string
				for _, hold := range z.Holds {
					got += hold.Reason
				}
				if got != tc.reason || tc.reason != "" && guards(z)[0] != GuardMaxDeletes {
					t.Errorf("%s: held by %q; want %q", z.Ref, got, tc.reason)
				}
			}
			if n != want {
				t.Errorf("%d zones would be retired; want %d", n, want)
			}
			status, count := Applied, 0
			if tc.reason != "" {
				status = Held
			}
			for _, o := range h.apply(plan) {
				if o.Status == status {
					count++
				}
			}
			if count != want {
				t.Errorf("%d zones are %s; want %d", count, status, want)
			}
		})
	}
}

// TestZonesInGraceAreNoMass: those that leave one by one leave one by one.
func TestZonesInGraceAreNoMass(t *testing.T) {
	h := newHouse(t).retiring()
	pass := h.clocked()
	h.planner.Rules[0].Policy.Grace = 24 * time.Hour
	origins := h.serveMany(8)
	for i := range 8 {
		h.files[fmt.Sprintf("z%d.example.zone", i)] = "@ 300 A 192.0.2.1\n"
	}
	for i := range 5 {
		delete(h.files, fmt.Sprintf("z%d.example.zone", i))
		h.apply(h.plan())
		pass(12 * time.Hour)
		for _, only := range []Selection{{}, {Zones: origins[:1], Lenient: true}} {
			plan, err := h.planner.Plan(t.Context(), h.tree(), only)
			if err != nil {
				t.Fatal(err)
			}
			for _, z := range plan.Zones {
				if len(z.Holds) > 0 {
					t.Errorf("after %d: %s is held: %v", i+1, z.Ref, z.Holds)
				}
			}
		}
	}
	if h.targets["live"].Served(origins[0]) != nil {
		t.Error("the first one is not retired")
	}
}
