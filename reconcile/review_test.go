package reconcile

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// fakeReviewer knows of reviewed plans by their ids.
type fakeReviewer struct {
	mu       sync.Mutex
	reviewed map[zonefile.Digest]*Review
	err      error
	carried  []Status
}

func (f *fakeReviewer) Reviewed(_ context.Context, _ Tree, plan *ZonePlan) (*Review, string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.reviewed[plan.ID], "no pull request had this plan", f.err
}

func (f *fakeReviewer) Carried(_ context.Context, _ *Review, plan *ZonePlan, o Outcome) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.carried = append(f.carried, o.Status)
	delete(f.reviewed, plan.ID)
}

// now has the reviewer say something else.
func (f *fakeReviewer) now(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

// TestReviewed: a daemon applies by itself what was reviewed, once, and nothing else.
func TestReviewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		reviewer := &fakeReviewer{reviewed: map[zonefile.Digest]*Review{}, err: errors.New("the forge does not answer")}
		h.planner.Unattended, h.planner.Reviewer = true, reviewer
		h.planner.Rules[0].Policy.Review = true
		h.serve("www 300 A 192.0.2.1")
		h.write("www 300 A 192.0.2.2")
		r := run(t, h)
		defer r.stop()
		shown := func() (ZonePlan, string) {
			t.Helper()
			plan := r.loop.Plan(Selection{})
			if len(plan.Zones) != 1 || !slices.Equal(guards(plan.Zones[0]), []Guard{GuardApproval}) {
				t.Fatalf("shown: %+v; want one that waits for an approval", plan.Zones)
			}
			return plan.Zones[0], plan.Zones[0].Holds[0].Reason
		}
		r.after(10 * time.Minute)
		plan, why := shown()
		if !strings.Contains(why, "nobody can say whether it was: the forge does not answer") {
			t.Errorf("held because %s", why)
		}
		reviewer.now(func() { reviewer.err = nil })
		r.after(10 * time.Minute)
		if _, why := shown(); !strings.Contains(why, "no pull request had this plan") || r.value("www") != "192.0.2.1" {
			t.Errorf("www %s, held because %s", r.value("www"), why)
		}
		reviewer.now(func() { reviewer.reviewed[plan.ID] = &Review{ID: "1", Reason: "pull request 12"} })
		r.after(10 * time.Minute)
		if got := r.value("www"); got != "192.0.2.2" {
			t.Fatalf("reviewed, and www is %s", got)
		}
		r.store.mu.Lock()
		last := r.store.entries[len(r.store.entries)-1]
		r.store.mu.Unlock()
		var carried []Status
		reviewer.now(func() { carried = slices.Clone(reviewer.carried) })
		if last.Reason != "pull request 12" || len(last.Overrides) > 0 || !cmp.Equal(carried, []Status{Applied}) {
			t.Errorf("the audit log says %q, %v; the reviewer was told %v", last.Reason, last.Overrides, carried)
		}
		// What somebody does by hand is another plan, or the same once more: neither is applied because of the review.
		h.targets["live"].AddZone(h.zone("www 300 A 192.0.2.1"))
		r.after(3 * time.Hour)
		if again, _ := shown(); again.ID != plan.ID || r.value("www") != "192.0.2.1" {
			t.Errorf("www is %s; a review is for one time", r.value("www"))
		}
	})
}

// TestAnnounces: what a reviewed plan said to follow is no other plan.
func TestAnnounces(t *testing.T) {
	h := newHouse(t)
	h.serve("www 300 A 192.0.2.1", "old 300 A 192.0.2.7", "mail 300 A 192.0.2.25")
	plan := func(grace time.Duration, lines ...string) *ZonePlan {
		h.planner.Rules[0].Policy.Grace = grace
		h.write(lines...)
		return &h.plan().Zones[0]
	}
	reviewed := plan(time.Hour, "www 300 A 192.0.2.2", "mail 300 A 192.0.2.25")
	for _, test := range []struct {
		name        string
		later       *ZonePlan
		interrupted bool
		want        bool
	}{
		{name: "the end of the grace", later: plan(0, "www 300 A 192.0.2.1", "mail 300 A 192.0.2.25"), want: true},
		{name: "itself", later: plan(time.Hour, "www 300 A 192.0.2.2", "mail 300 A 192.0.2.25")},
		{name: "itself, interrupted", later: plan(time.Hour, "www 300 A 192.0.2.2", "mail 300 A 192.0.2.25"), interrupted: true, want: true},
		{name: "all of it, interrupted", later: plan(0, "www 300 A 192.0.2.2", "mail 300 A 192.0.2.25"), interrupted: true, want: true},
		{name: "something else leaves", later: plan(0, "www 300 A 192.0.2.1", "old 300 A 192.0.2.7")},
		{name: "more leaves", later: plan(0, "www 300 A 192.0.2.1")},
		{name: "another value, interrupted", later: plan(time.Hour, "www 300 A 192.0.2.3", "mail 300 A 192.0.2.25"), interrupted: true},
		{name: "nothing", later: plan(time.Hour, "www 300 A 192.0.2.1", "mail 300 A 192.0.2.25")},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := reviewed.Announces(test.later, test.interrupted); got != test.want {
				t.Errorf("%v is announced: %v; want %v", changes(*test.later), got, test.want)
			}
		})
	}
}

// TestUnreviewedIsNotLookedAtAllTheTime: whether there is a review by now is looked at less and less often, until the zone file is another one.
func TestUnreviewedIsNotLookedAtAllTheTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.planner.Unattended, h.planner.Reviewer = true, &fakeReviewer{reviewed: map[zonefile.Digest]*Review{}}
		h.planner.Rules[0].Policy.Review = true
		h.serve("www 300 A 192.0.2.1")
		h.write("www 300 A 192.0.2.2")
		r := run(t, h)
		defer r.stop()
		fetched := func(of time.Duration) int {
			before := h.targets["live"].Calls(providers.OperationFetch)
			r.after(of)
			return h.targets["live"].Calls(providers.OperationFetch) - before
		}
		first, later := fetched(10*r.loop.Interval), 0
		fetched(3 * time.Hour)
		if later = fetched(10 * time.Hour); first < 3 || later > 80 {
			t.Errorf("looked at %d times in ten intervals, and %d times in ten hours then; want it soon, and then every ten minutes", first, later)
		}
		h.write("www 300 A 192.0.2.3")
		r.source.push(h.tree(), "2", nil)
		if again := fetched(10 * r.loop.Interval); again < 3 {
			t.Errorf("looked at %d times in ten intervals after the file has changed; want it soon", again)
		}
	})
}
