package reconcile

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/zoneward/zoneward/zonefile"
)

// state states zones with an A record each.
func (h *house) state(origins ...zonefile.Name) {
	clear(h.files)
	for _, origin := range origins {
		h.files[origin.String()+"zone"] = "@ 300 A 192.0.2.1\n"
	}
}

// served returns how many of some zones the provider "live" serves.
func (h *house) served(origins []zonefile.Name) int {
	return count(origins, func(origin zonefile.Name) bool { return h.targets["live"].Served(origin) != nil })
}

// TestLoopRetiresZonesThatLeave: each zone is planned by itself, and all that leave at once count.
func TestLoopRetiresZonesThatLeave(t *testing.T) {
	for name, test := range map[string]struct {
		leave int
		grace time.Duration
		want  int // retired
	}{
		"few":               {leave: 3, want: 3},
		"many":              {leave: 30, want: 0},
		"few with a grace":  {leave: 3, grace: 2 * time.Hour, want: 3},
		"many with a grace": {leave: 30, grace: 2 * time.Hour, want: 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHouse(t)
				origins := h.serveMany(60)
				h.retiring().planner.Rules[0].Policy.Grace = test.grace
				h.state(origins...)
				r := run(t, h)
				defer r.stop()
				r.after(2 * time.Minute)
				h.state(origins[test.leave:]...)
				r.source.push(h.tree(), "2", nil)
				r.after(24 * time.Hour)
				if got := len(origins) - h.served(origins); got != test.want {
					t.Errorf("%d of %d zones were retired of which %d have left; want %d", got, len(origins), test.leave, test.want)
				}
			})
		})
	}
}
