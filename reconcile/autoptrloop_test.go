package reconcile

import (
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/zonefile"
)

// roundsOf returns which zones were planned since the first rounds, in order.
func (r *running) roundsOf(trigger Trigger) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var zones []string
	for _, round := range r.rounds {
		for i := range round.Plan.Zones {
			if round.Trigger == trigger {
				zones = append(zones, round.Plan.Zones[i].Zone.String())
			}
		}
	}
	r.rounds = nil
	slices.Sort(zones)
	return zones
}

func TestLoopPlansTheReverseZoneOfAnAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newReverseHouse(t)
		r := run(t, h)
		defer r.stop()
		r.after(time.Minute)
		push := func(what string, planned []string, pointers []string) {
			t.Helper()
			r.roundsOf(TriggerSource)
			r.source.push(h.blobs(), what, nil)
			r.after(70 * time.Second)
			if diff := cmp.Diff(r.roundsOf(TriggerSource), planned); diff != "" {
				t.Errorf("%s: planned (-got +want):\n%s", what, diff)
			}
			if diff := cmp.Diff(h.pointersLive(), pointers); diff != "" {
				t.Errorf("%s: live (-got +want):\n%s", what, diff)
			}
		}
		h.write("$TTL 300", "www A 192.0.2.1", "mail A 192.0.2.8", "ftp A 192.0.2.3")
		push("an address", []string{reverseNet.String(), "example.com."}, []string{"1 www.example.com.", "2 www.example.net.", "3 ftp.example.com.", "8 mail.example.com."})
		h.write("$TTL 300", "", "www A 192.0.2.1", "mail A 192.0.2.8", "ftp A 192.0.2.3", "@ TXT text")
		push("no address", []string{"example.com."}, []string{"1 www.example.com.", "2 www.example.net.", "3 ftp.example.com.", "8 mail.example.com."})
		h.files["example.net.zone"] = "$TTL 300\nwww A 192.0.2.400\n"
		push("an error", []string{reverseNet.String(), "example.net."}, []string{"1 www.example.com.", "2 www.example.net.", "3 ftp.example.com.", "8 mail.example.com."})
		h.files["example.net.zone"] = "$TTL 300\nwww A 192.0.2.4\n"
		push("its end", []string{reverseNet.String(), "example.net."}, []string{"1 www.example.com.", "3 ftp.example.com.", "4 www.example.net.", "8 mail.example.com."})
		h.files["example.net.zone"] = "$TTL 300\nwww A 192.0.2.400\n"
		push("an error again", []string{reverseNet.String(), "example.net."}, []string{"1 www.example.com.", "3 ftp.example.com.", "4 www.example.net.", "8 mail.example.com."})
		h.files["example.net.zone"] = "$TTL 300\nwww A 198.51.100.1\n"
		push("its end without the address", []string{reverseNet.String(), "example.net."}, []string{"1 www.example.com.", "3 ftp.example.com.", "8 mail.example.com."})
	})
}

// TestLoopPlansTheReverseZoneAfterTheForwardZone has the forward zone at a provider of its own, held: the reverse zone keeps its PTR until somebody has approved that, and
// follows at once.
func TestLoopPlansTheReverseZoneAfterTheForwardZone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newReverseHouse(t, func(spec *AutoPTR) { spec.Targets = []string{"hosted", "live"} })
		h.rule("example.com", "hosted").CreateZone = new(true)
		h.planner.Rules[0].Policy.Protected = []Pattern{{Name: "mail"}}
		h.bring()
		r := run(t, h)
		defer r.stop()
		r.after(time.Minute)
		h.write("$TTL 300", "www A 192.0.2.1", "new A 192.0.2.3")
		r.source.push(h.blobs(), "less", nil)
		r.after(90 * time.Second)
		before := []string{"1 www.example.com.", "2 www.example.net.", "3 new.example.com.", "8 mail.example.com."}
		if diff := cmp.Diff(h.pointersLive(), before); diff != "" {
			t.Errorf("live while the forward zone is held (-got +want):\n%s", diff)
		}
		r.roundsOf(TriggerDue)
		r.after(30 * time.Minute)
		if due := r.roundsOf(TriggerDue); len(due) > 0 {
			t.Errorf("planned while nothing has changed: %v", due)
		}
		held := r.loop.Plan(Selection{Zones: []zonefile.Name{example}})
		ids := []zonefile.Digest{held.Zones[0].ID, held.Zones[1].ID} // hosted, and live together with it
		if _, _, err := r.loop.Approve(t.Context(), Approve{Plans: ids, Overrides: []Guard{GuardProtected}, Actor: "ann", Reason: "meant so"}); err != nil {
			t.Fatal(err)
		}
		r.after(time.Second)
		if diff := cmp.Diff(h.pointersLive(), slices.Delete(before, 3, 4)); diff != "" {
			t.Errorf("live a second after it was approved (-got +want):\n%s", diff)
		}
	})
}

// TestProposeShowsThePTR has a change of an address, which the report of a pull request shows with what it does to the reverse zone.
func TestProposeShowsThePTR(t *testing.T) {
	h := newReverseHouse(t)
	base := h.tree()
	h.write("$TTL 300", "www A 192.0.2.3", "mail A 192.0.2.8")
	head := h.tree()
	head.Revision = "head"
	p, err := h.planner.Propose(t.Context(), base, head)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"2.0.192.in-addr.arpa. on live", "caused create 3 PTR zones/example.com.zone:2", "later retire 1 PTR zones/2.0.192.in-addr.arpa.zone",
		"example.com. on live", "caused update www A zones/example.com.zone:2",
	}
	if diff := cmp.Diff(parts(p), want); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
}

// TestReverseZoneIsMadeOnce reads trees of which the addresses are those that they were: nothing is made of them again.
func TestReverseZoneIsMadeOnce(t *testing.T) {
	h := newReverseHouse(t)
	statements := h.planner.Statements()
	read := func() *zonefile.Zone {
		t.Helper()
		stated, err := statements.Read(t.Context(), h.blobs(), Selection{})
		if err != nil {
			t.Fatal(err)
		}
		for _, z := range stated.Zones {
			if z.Ref.Zone == reverseNet {
				return z.Zone
			}
		}
		t.Fatal("the reverse zone is not there")
		return nil
	}
	first := read()
	if first.Len() != 3 {
		t.Errorf("%d RRsets; want the three PTR", first.Len())
	}
	h.write("$TTL 300", "www A 192.0.2.1", "mail A 192.0.2.8", "@ TXT text")
	if again := read(); again != first {
		t.Error("it was made again, and no address has changed")
	}
	h.write("$TTL 300", "www A 192.0.2.1", "mail A 192.0.2.9")
	if moved := read(); moved == first || !moved.Has(zonefile.Key{Name: reverseName(netip.MustParseAddr("192.0.2.9")), Type: zonefile.TypePTR}) {
		t.Error("it is what it was, and an address has changed")
	}
}

// TestRestorePTR restores a PTR whose address has moved: what git needs is a record in the reverse zone's file, which has none.
func TestRestorePTR(t *testing.T) {
	for name, moved := range map[string][]string{
		"retired": {"$TTL 300", "mail A 192.0.2.8"},
		"updated": {"$TTL 300", "mail A 192.0.2.8", "new A 192.0.2.1"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newReverseHouse(t)
			before := time.Now()
			h.write(moved...)
			h.bring()
			key := zonefile.Key{Name: reverseName(netip.MustParseAddr("192.0.2.1")), Type: zonefile.TypePTR}
			plan, err := h.planner.Restore(t.Context(), h.tree(), Restoration{Key: key, At: Point{Time: before}, Actor: "test"})
			if err != nil {
				t.Fatal(err)
			}
			r := plan.Zones[0].Restatement()
			if len(r.Changes) != 1 || r.Changes[0].Old != nil || r.Changes[0].New.String() != key.Name.String()+" 300 IN PTR www.example.com." {
				t.Errorf("git needs %v; want the PTR and nothing in the place of another", r.Changes)
			}
			if n := r.Stated.Zone.Len(); n > 0 {
				t.Errorf("the file states %d RRsets, it is said; want none", n)
			}
		})
	}
}

// TestVettedFilesOfAReverseZone looks who has signed for the addresses, too.
func TestVettedFilesOfAReverseZone(t *testing.T) {
	h := newReverseHouse(t)
	h.write("$TTL 300", "www A 192.0.2.3")
	z := h.reversePlan()
	want := []string{"2.0.192.in-addr.arpa.zone", "example.com.zone", "example.net.zone"}
	if diff := cmp.Diff(z.sources(desiredState{}, nil), want); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
}
