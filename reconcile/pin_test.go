package reconcile

import (
	"slices"
	"testing"

	"github.com/zoneward/zoneward/zonefile"
)

// TestPinMakesWayForGit states something beside which what is pinned cannot stand: git has spoken, and the zone has a plan.
func TestPinMakesWayForGit(t *testing.T) {
	for _, tc := range []struct {
		name          string
		retired, next string // lines of the zone file
		want          []string
	}{
		{"a CNAME", "old 300 A 192.0.2.1", "old 300 CNAME www", []string{"retire old A zones/example.com.zone", "create old CNAME zones/example.com.zone:2"}},
		{"in the place of a CNAME", "old 300 CNAME www", "old 300 A 192.0.2.1", []string{"retire old CNAME zones/example.com.zone", "create old A zones/example.com.zone:2"}},
		{"what can stand beside it", "old 300 A 192.0.2.1", "old 300 TXT x", []string{"create old TXT zones/example.com.zone:2"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := newHouse(t)
			h.clocked()
			h.serve("www 300 A 192.0.2.1", tc.retired)
			h.write("www 300 A 192.0.2.1")
			h.must(Applied)
			h.restore(Restoration{Stone: h.stone("old").ID})
			h.write("www 300 A 192.0.2.1", tc.next)
			z := h.plan().Zones[0]
			if got := changes(z); z.Err != nil || !slices.Equal(got, tc.want) {
				t.Fatalf("changes %q, %v; want %q", got, z.Err, tc.want)
			}
			h.apply(h.plan())
			if n, pinned := len(h.store.pins), z.Pinned; n != len(pinned) {
				t.Errorf("%d pins are stored; want those of the plan: %v", n, pinned)
			}
		})
	}
}

// TestPinStaysBesideWhatGoesElsewhere states a CNAME at the name of what is pinned, for another target.
func TestPinStaysBesideWhatGoesElsewhere(t *testing.T) {
	h := newHouse(t)
	h.clocked()
	h.serve("www 300 A 192.0.2.1", "old 300 A 192.0.2.1")
	h.write("www 300 A 192.0.2.1")
	h.must(Applied)
	h.restore(Restoration{Stone: h.stone("old").ID})
	h.files = map[string]string{"example.com.yaml": `
www: {type: A, ttl: 300, value: 192.0.2.1}
old: {type: CNAME, ttl: 300, value: www.example.com., octodns: {included: [other]}}
`}
	if z := h.plan().Zones[0]; len(z.Pinned) != 1 || len(z.Changes) > 0 || z.Err != nil {
		t.Errorf("pinned %v, changes %q, %v", z.Pinned, changes(z), z.Err)
	}
}

// TestPinOfWhatMadeWay restores something in the place of a CNAME that git states: both are pinned, until git says something else.
func TestPinOfWhatMadeWay(t *testing.T) {
	h := newHouse(t)
	h.clocked()
	h.serve("www 300 A 192.0.2.1", "old 300 A 192.0.2.1")
	h.write("www 300 A 192.0.2.1", "old 300 CNAME www")
	h.must(Applied)
	if _, o := h.restore(Restoration{Stone: h.stone("old").ID}, GuardTaken); o.Status != Applied {
		t.Fatalf("%s, %v", o.Status, o.Err)
	}
	h.must(Unchanged)
	if z := h.plan().Zones[0]; len(z.Pinned) != 2 || len(z.Changes) > 0 || h.live("old", zonefile.TypeA) == "" {
		t.Errorf("pinned %v, changes %q", z.Pinned, changes(z))
	}
	h.write("www 300 A 192.0.2.1", "old 300 CNAME mail")
	h.must(Applied)
	if got := h.live("old", zonefile.TypeCNAME); got != "mail.example.com." {
		t.Errorf("old is %q", got)
	}
}

// TestWayBackOfRestoreUnpins restores what the name servers do not serve then: what is taken back is not kept as it is.
func TestWayBackOfRestoreUnpins(t *testing.T) {
	h := newHouse(t)
	h.clocked()
	h.planner.Rules[0].Policy.Verify = Verify{Rollback: true}
	h.serve("www 300 A 192.0.2.1", "old 300 A 192.0.2.1", "mail 300 A 192.0.2.1")
	h.write("www 300 A 192.0.2.1")
	h.must(Applied)
	h.restore(Restoration{Stone: h.stone("mail").ID})
	wrong := []string{"old A: serves nothing"}
	h.applier.Verifiers = map[string]Verifier{"live": &fakeVerifier{answers: []ServerAnswer{{Server: "a", Wrong: wrong}, {Server: "b", Wrong: wrong}}}}
	if _, o := h.restore(Restoration{Stone: h.stone("old").ID}); !o.RolledBack {
		t.Fatalf("%s, %v", o.Status, o.Err)
	}
	if pins := h.store.pins; len(pins) != 1 || pins[0].Key.Name != name("mail") {
		t.Errorf("pins %v; want that of what was restored before", pins)
	}
}
