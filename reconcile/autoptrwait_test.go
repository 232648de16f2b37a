package reconcile

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// lostHosts has a forward zone that loses all its hosts but one, so that max-deletes holds it.
func lostHosts(t *testing.T) *house {
	h := newReverseHouse(t)
	lines := []string{"$TTL 300", "www A 192.0.2.1"}
	for i := range 12 {
		lines = append(lines, fmt.Sprintf("host%d A 192.0.2.%d", i, 100+i))
	}
	h.write(lines...)
	h.bring()
	h.write(lines[:2]...)
	return h
}

// waitsFor returns what the changes of a plan wait for, each once.
func waitsFor(z ZonePlan) []string {
	var all []string
	for _, d := range z.Deferred {
		if !slices.Contains(all, d.For) {
			all = append(all, d.For)
		}
	}
	return all
}

// TestPTROfAHeldZone has a forward zone that a guard holds: its PTR records stay as long as that does.
func TestPTROfAHeldZone(t *testing.T) {
	h := lostHosts(t)
	before := h.pointersLive()
	plan := h.plan()
	forward, reverse := *plan.Zone(Ref{example, "live"}), *plan.Zone(Ref{reverseNet, "live"})
	if !forward.heldBy(GuardMaxDeletes) || len(reverse.Changes) > 0 || len(reverse.Deferred) != 12 {
		t.Fatalf("the forward zone is held by %v; the reverse zone has the changes %v, and %d that wait", guards(forward), changes(reverse), len(reverse.Deferred))
	}
	const why = "once example.com. on live does not have the address any more (that zone is held by max-deletes)"
	if got := waitsFor(reverse)[0]; got != why {
		t.Errorf("it waits %q; want %q", got, why)
	}
	h.converge(plan)
	if diff := cmp.Diff(h.pointersLive(), before); diff != "" {
		t.Errorf("live afterwards (-got +want):\n%s", diff)
	}
	h.converge(h.plan(), GuardMaxDeletes)
	if diff := cmp.Diff(h.pointersLive(), []string{"1 www.example.com.", "2 www.example.net."}); diff != "" {
		t.Errorf("live after an override (-got +want):\n%s", diff)
	}
}

// TestPTRWaits has addresses that leave git, and are live as long as something keeps them.
func TestPTRWaits(t *testing.T) {
	for _, test := range []struct {
		name  string
		setup func(*house)
		want  []string // what the PTR waits for
	}{
		{
			name: "nothing keeps it", setup: func(*house) {},
			want: []string{"once example.com. on live does not have the address any more"},
		}, {
			name: "a grace",
			setup: func(h *house) {
				h.planner.Rules[1].Policy.Grace = time.Hour
			},
			want: []string{"once example.com. on live does not have the address any more (it is served until its grace is over)"},
		}, {
			name: "the provider cannot be read",
			setup: func(h *house) {
				target := h.planner.Targets["live"]
				target.Reader = withoutFetch{target.Reader, example}
				h.planner.Targets["live"] = target
			},
			want: []string{"once example.com. on live, which may still have the address, can be read (that zone has no plan)"},
		}, {
			name:  "somebody has removed the zone",
			setup: func(h *house) { h.targets["live"].DropZone(example) },
		}, {
			name: "somebody has removed the address",
			setup: func(h *house) {
				key := zonefile.Key{Name: zonefile.MustParseName("mail.example.com."), Type: zonefile.TypeA}
				served, _ := h.targets["live"].Served(example).Get(key)
				h.targets["live"].Write(example, zonefile.Change{Old: &served})
			},
		}, {
			name:  "it is others' from now on",
			setup: func(h *house) { h.planner.Rules[1].Policy.Ignore = []Pattern{{Name: "mail"}} },
		}, {
			name:  "it is stated as glue",
			setup: func(h *house) { h.write("$TTL 300", "www A 192.0.2.1", "mail NS mail", "mail A 192.0.2.8") },
		}, {
			name:  "its name is left out",
			setup: func(h *house) { h.planner.Rules[0].AutoPTR.Except = []string{"mail"} },
		}, {
			name:  "its zone does not count any more",
			setup: func(h *house) { h.planner.Rules[0].AutoPTR.From = []string{"example.net"} },
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := newReverseHouse(t)
			h.write("$TTL 300", "www A 192.0.2.1")
			test.setup(h)
			z := h.reversePlan()
			if diff := cmp.Diff(waitsFor(z), test.want); diff != "" || z.Err != nil {
				t.Errorf("error %v, waits (-got +want):\n%s", z.Err, diff)
			}
			if retires := slices.Contains(changes(z), "retire 8 PTR zones/2.0.192.in-addr.arpa.zone"); retires != (test.want == nil) {
				t.Errorf("changes %v", changes(z))
			}
		})
	}
}

// withoutFetch is a provider from which one zone cannot be fetched.
type withoutFetch struct {
	providers.ZoneReader
	zone zonefile.Name
}

func (p withoutFetch) Fetch(ctx context.Context, origin zonefile.Name) (*providers.Snapshot, error) {
	if origin == p.zone {
		return nil, errors.New("no answer")
	}
	return p.ZoneReader.Fetch(ctx, origin)
}

// TestSavedPlanWithPTRThatWaits applies a plan that was saved, and made when an address was still live.
func TestSavedPlanWithPTRThatWaits(t *testing.T) {
	h := newReverseHouse(t)
	h.write("$TTL 300", "www A 192.0.2.1")
	saved := h.plan()
	h.converge(Reviewed(saved, h.plan()))
	if diff := cmp.Diff(h.pointersLive(), []string{"1 www.example.com.", "2 www.example.net."}); diff != "" {
		t.Errorf("live afterwards (-got +want):\n%s", diff)
	}

	h.write("$TTL 300", "")
	h.files["example.com.zone"] += "@ TXT text\n"
	saved = h.plan()
	h.write("$TTL 300", "www A 192.0.2.1", "@ TXT text")
	if z := Reviewed(saved, h.plan()).Zone(Ref{reverseNet, "live"}); !errors.Is(z.Err, ErrStale) {
		t.Errorf("error %v of a plan that retires what is to stay; want one that says it is out of date", z.Err)
	}
}

// TestPlanWithPTRThatNoLongerWaits has the forward zone applied between two plans of the reverse zone: they are the same plan, so that what was reviewed is applied.
func TestPlanWithPTRThatNoLongerWaits(t *testing.T) {
	h := newReverseHouse(t)
	h.write("$TTL 300", "www A 192.0.2.3", "mail A 192.0.2.9", "ftp A 192.0.2.7")
	saved := h.plan()
	before := *saved.Zone(Ref{reverseNet, "live"})
	forward := *saved
	forward.Zones = []ZonePlan{*saved.Zone(Ref{example, "live"})}
	h.apply(&forward)
	now := *h.plan().Zone(Ref{reverseNet, "live"})
	if len(before.Deferred) != 2 || len(before.Changes) != 3 || len(now.Deferred) > 0 || len(now.Changes) != 5 {
		t.Fatalf("%d changes and %d that wait, and then %v and %d", len(before.Changes), len(before.Deferred), changes(now), len(now.Deferred))
	}
	if before.ID != now.ID {
		t.Errorf("the plan was %s, and is %s", before.ID, now.ID)
	}
}

// TestPTRFollowsInOneApply has the forward zone written before the reverse zone is planned again: what was to wait still does, and its plan is not out of date.
func TestPTRFollowsInOneApply(t *testing.T) {
	h := newReverseHouse(t)
	h.write("$TTL 300", "www A 192.0.2.1", "new A 192.0.2.3")
	plan := h.plan()
	forward, reverse := *plan, *plan
	forward.Zones = []ZonePlan{*plan.Zone(Ref{example, "live"})}
	reverse.Zones = []ZonePlan{*plan.Zone(Ref{reverseNet, "live"})}
	for _, o := range slices.Concat(h.apply(&forward), h.apply(&reverse)) {
		if o.Status != Applied {
			t.Errorf("%s: %s: %v", o.Ref, o.Status, o.Err)
		}
	}
	if diff := cmp.Diff(h.pointersLive(), []string{"1 www.example.com.", "2 www.example.net.", "3 new.example.com.", "8 mail.example.com."}); diff != "" {
		t.Errorf("live afterwards (-got +want):\n%s", diff)
	}
	if diff := cmp.Diff(changes(h.reversePlan()), []string{"retire 8 PTR zones/2.0.192.in-addr.arpa.zone"}); diff != "" {
		t.Errorf("changes then (-got +want):\n%s", diff)
	}
}

// TestGuardsOfPTRThatWait has so many PTR records leave that a guard of the reverse zone holds it, which is said before they can.
func TestGuardsOfPTRThatWait(t *testing.T) {
	h := lostHosts(t)
	h.planner.Rules[0].Policy.MaxDeletes = DefaultPolicy().MaxDeletes
	h.planner.Rules[1].Policy.MaxDeletes = Quota{}
	if z := h.reversePlan(); !z.heldBy(GuardMaxDeletes) {
		t.Errorf("it is held by %v; want max-deletes", guards(z))
	}
	before := h.pointersLive()
	h.converge(h.plan())
	if diff := cmp.Diff(h.pointersLive(), before); diff != "" {
		t.Errorf("live afterwards (-got +want):\n%s", diff)
	}
	h.converge(h.plan(), GuardMaxDeletes)
	if diff := cmp.Diff(h.pointersLive(), []string{"1 www.example.com.", "2 www.example.net."}); diff != "" {
		t.Errorf("live after an override (-got +want):\n%s", diff)
	}
}

// TestPTRUnderANewZone has a zone come below the reverse zone, which takes names from it: they stay until that is there.
func TestPTRUnderANewZone(t *testing.T) {
	h := newReverseHouse(t)
	above := zonefile.MustParseName("0.192.in-addr.arpa.")
	delete(h.files, "2.0.192.in-addr.arpa.zone")
	h.targets["live"].DropZone(reverseNet)
	_ = h.store.Forget(t.Context(), Ref{reverseNet, "live"})
	h.files["0.192.in-addr.arpa.zone"] = "$TTL 300\n@ TXT text\n"
	h.bring()
	h.files["2.0.192.in-addr.arpa.zone"] = "; made of the addresses\n"
	plan := h.plan()
	z := *plan.Zone(Ref{above, "live"})
	if len(z.Changes) > 0 || len(z.Deferred) != 3 {
		t.Errorf("the zone above has the changes %v, and %d that wait; want the three PTR to wait", changes(z), len(z.Deferred))
	}
	if diff := cmp.Diff(waitsFor(z), []string{"once 2.0.192.in-addr.arpa. on live, which is to have the name, is there"}); diff != "" {
		t.Errorf("waits (-got +want):\n%s", diff)
	}
	h.converge(plan)
	if diff := cmp.Diff(h.pointersLive(), []string{"1 www.example.com.", "2 www.example.net.", "8 mail.example.com."}); diff != "" {
		t.Errorf("live in the new zone (-got +want):\n%s", diff)
	}
	for set := range h.targets["live"].Served(above).All() {
		if set.Key.Type == zonefile.TypePTR {
			t.Errorf("live above it: %s", set)
		}
	}
}

// TestPTRAfterAutoPTR takes auto_ptr out of the rule, which takes all PTR records away, as if somebody had emptied a zone file.
func TestPTRAfterAutoPTR(t *testing.T) {
	for _, test := range []struct {
		name   string
		stated string // by the reverse zone's file
		hosts  int
		after  *AutoPTR
		want   Guard
	}{
		{name: "of an empty file", hosts: 2, want: GuardEmptyZone},
		{name: "many", stated: "@ TXT text\n", hosts: 40, want: GuardMaxDeletes},
		{name: "from other zones", stated: "@ TXT text\n", hosts: 40, after: &AutoPTR{From: []string{"example.net"}}, want: GuardMaxDeletes},
		{name: "of another network", stated: "@ TXT text\n", hosts: 40, after: &AutoPTR{Network: netip.MustParsePrefix("198.51.100.0/24")}, want: GuardMaxDeletes},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := newReverseHouse(t)
			h.planner.Rules[0].Policy.MaxDeletes = DefaultPolicy().MaxDeletes
			lines := []string{"$TTL 300"}
			for i := range test.hosts {
				lines = append(lines, fmt.Sprintf("host%d A 192.0.2.%d", i, 100+i))
			}
			h.write(lines...)
			h.files["2.0.192.in-addr.arpa.zone"] = "$TTL 300\n" + test.stated
			h.bring(GuardMaxDeletes)
			h.planner.Rules[0].AutoPTR = test.after
			if z := h.reversePlan(); !z.heldBy(test.want) {
				t.Errorf("held by %v, with %d changes; want %s", guards(z), len(z.Changes), test.want)
			}
		})
	}
}
