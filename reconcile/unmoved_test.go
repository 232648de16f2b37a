package reconcile

import (
	"fmt"
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// manyZones has the provider "live" serve so many zones as their files say, applied at the time of the clock, which it returns.
func (h *house) manyZones(n int) *Clock {
	clock := &Clock{Wall: looked, Steady: time.Hour, Boot: "b"}
	h.planner.Clock = func() Clock { return *clock }
	for i := range n {
		origin := zonefile.MustParseName(fmt.Sprintf("z%d.example.", i))
		h.targets["live"].AddZone(zoneOf(h.t, origin, "@ SOA "+soaText, "@ NS ns1.example.net.", "www A 192.0.2.1"))
		h.files[fmt.Sprintf("z%d.example.zone", i)] = "www 300 A 192.0.2.1\n"
	}
	h.apply(h.plan())
	return clock
}

// TestMarkIsGoodForADay: what a list of zones does not tell is found within a day, and whoever looks at all zones all the time writes twice a day.
func TestMarkIsGoodForADay(t *testing.T) {
	const n = 6
	for _, tc := range []struct {
		name     string
		thorough []time.Duration // when all zones are fetched
		looks    int             // how many of those note it
		version  string          // of the program at last
		at       time.Duration
		fetched  int
	}{
		{"within a day", nil, 0, "", 24*time.Hour - time.Second, 0},
		{"after a day", nil, 0, "", 24 * time.Hour, n},
		{"the clock was set back", nil, 0, "", -time.Hour, n},
		{"all were fetched in the first half of the day", []time.Duration{time.Hour, 11 * time.Hour}, 0, "", 24 * time.Hour, n},
		{"all were fetched in the second half", []time.Duration{time.Hour, 12 * time.Hour}, 1, "", 36*time.Hour - time.Second, 0},
		{"another version of the program", nil, 0, "v2", time.Hour, n},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := newHouse(t)
			clock := h.manyZones(n)
			start, looks := *clock, h.store.looks
			set := func(d time.Duration) { clock.Wall, clock.Steady = start.Wall.Add(d), start.Steady+d }
			h.planner.Thorough = true
			for _, at := range tc.thorough {
				set(at)
				h.apply(h.plan())
			}
			if got := h.store.looks - looks; got != tc.looks*n {
				t.Errorf("noted %d times; want %d", got, tc.looks*n)
			}
			h.planner.Thorough, h.planner.Version = false, tc.version
			set(tc.at)
			before := h.targets["live"].Calls(providers.OperationFetch)
			h.apply(h.plan())
			if got := h.targets["live"].Calls(providers.OperationFetch) - before; got != tc.fetched {
				t.Errorf("%d fetches; want %d", got, tc.fetched)
			}
			before = h.targets["live"].Calls(providers.OperationFetch)
			h.apply(h.plan())
			if got := h.targets["live"].Calls(providers.OperationFetch) - before; got != 0 {
				t.Errorf("%d fetches afterwards; want none", got)
			}
		})
	}
}

func TestMarked(t *testing.T) {
	for _, tc := range []struct {
		mark, state string
		want        bool
	}{
		{markOf("s", looked), "s", true},
		{markOf("s", looked), "", true},
		{markOf("s", looked), "other", false},
		{"", "", false},
		{"", "s", false},
		{"s", "s", false}, // of a version that noted no time
		{"s at noon", "s", false},
	} {
		if got := marked(tc.mark, tc.state, looked.Add(time.Minute), time.Hour); got != tc.want {
			t.Errorf("%q for %q: %t; want %t", tc.mark, tc.state, got, tc.want)
		}
	}
	if got := markOf("", looked); got != "" {
		t.Errorf("a state without a name is marked as %q", got)
	}
}

func TestZoneWithOtherPropertiesIsFetched(t *testing.T) {
	d := &desiredZone{Ref: Ref{example, "live"}, file: &zonefile.File{Zone: zonefile.NewZone(example)}}
	before := d.state("1", "live", "v1")
	d.rule.Properties = map[string]string{"description": "ours"}
	if d.state("1", "live", "v1") == before {
		t.Error("a zone whose rule declares another property is taken to be as it was")
	}
}
