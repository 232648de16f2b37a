package reconcile

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/zonefile"
)

// retiring has a zone with addresses leave the zones repository, which is to be retired then and is held.
func retiring(t *testing.T) *house {
	h := newReverseHouse(t)
	h.planner.Rules[1].Policy.RetireZones = true
	target := h.planner.Targets["live"]
	target.CanRemove = true
	h.planner.Targets["live"] = target
	return h
}

var (
	pointersOfTwo = []string{"1 www.example.com.", "2 www.example.net.", "8 mail.example.com."}
	pointersOfOne = []string{"2 www.example.net."}
)

func TestPTRFollowsARetiredZone(t *testing.T) {
	h := retiring(t)
	delete(h.files, "example.com.zone")
	plan := h.plan()
	reverse := *plan.Zone(Ref{reverseNet, "live"})
	want := []string{"once example.com. on live is retired (that zone is held by max-deletes)"}
	if diff := cmp.Diff(waitsFor(reverse), want); diff != "" || len(reverse.Changes) > 0 || len(reverse.Deferred) != 2 {
		t.Errorf("changes %v, %d that wait (-got +want):\n%s", changes(reverse), len(reverse.Deferred), diff)
	}
	h.converge(plan)
	if diff := cmp.Diff(h.pointersLive(), pointersOfTwo); diff != "" {
		t.Errorf("live while the zone is held (-got +want):\n%s", diff)
	}
	h.converge(Reviewed(plan, h.plan()), GuardMaxDeletes)
	if diff := cmp.Diff(h.pointersLive(), pointersOfOne); diff != "" {
		t.Errorf("live after an override (-got +want):\n%s", diff)
	}
}

// TestPTRStaysWithAZoneThatIsKept has zones of which nobody knows whether they are to leave, or which are not to.
func TestPTRStaysWithAZoneThatIsKept(t *testing.T) {
	for name, keep := range map[string]func(*house){
		"by policy": func(h *house) { h.planner.Rules[1].Policy.RetireZones = false },
		"by its provider": func(h *house) {
			target := h.planner.Targets["live"]
			target.CanRemove = false
			h.planner.Targets["live"] = target
		},
		"nobody knows what was applied": func(h *house) { h.planner.Stateless = true },
	} {
		t.Run(name, func(t *testing.T) {
			h := retiring(t)
			delete(h.files, "example.com.zone")
			keep(h)
			if z := h.reversePlan(); len(z.Changes)+len(z.Deferred) > 0 || len(z.Warnings) == 0 {
				t.Errorf("changes %v, %d that wait, warnings %v; want warnings", changes(z), len(z.Deferred), z.Warnings)
			}
		})
	}
}

func TestLoopPlansTheReverseZoneAfterARetiredZone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := retiring(t)
		r := run(t, h)
		defer r.stop()
		r.after(time.Minute)
		delete(h.files, "example.com.zone")
		r.source.push(h.blobs(), "gone", nil)
		r.after(70 * time.Second)
		if diff := cmp.Diff(h.pointersLive(), pointersOfTwo); diff != "" {
			t.Errorf("live while the zone is held (-got +want):\n%s", diff)
		}
		r.roundsOf(TriggerDue)
		r.after(30 * time.Minute)
		if due := r.roundsOf(TriggerDue); len(due) > 0 {
			t.Errorf("planned while nothing has changed: %v", due)
		}
		held := r.loop.Plan(Selection{Zones: []zonefile.Name{example}})
		i := slices.IndexFunc(held.Zones, func(z ZonePlan) bool { return z.Ref == Ref{example, "live"} })
		ask := Approve{Plans: []zonefile.Digest{held.Zones[i].ID}, Overrides: []Guard{GuardMaxDeletes}, Actor: "ann", Reason: "meant so"}
		if _, _, err := r.loop.Approve(t.Context(), ask); err != nil {
			t.Fatal(err)
		}
		r.after(time.Second)
		if diff := cmp.Diff(h.pointersLive(), pointersOfOne); diff != "" {
			t.Errorf("live a second after it was approved (-got +want):\n%s", diff)
		}
	})
}
