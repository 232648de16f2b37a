package reconcile

import (
	"fmt"
	"slices"
	"time"

	"github.com/zoneward/zoneward/zonefile"
)

// masses counts, for each target, the zones that leave at once and those that are known. Zones that have left the repository one by one are no reason to
// ask; many at once are what a lost folder looks like. Those that nobody asked for count too: whoever plans some of many is asked as well.
type masses struct {
	at             time.Time // now
	retired, known map[string]int
	// graced is since when those leave whose grace is not over.
	graced map[string][]time.Time
}

func newMasses(now time.Time) masses {
	return masses{at: now, retired: map[string]int{}, known: map[string]int{}, graced: map[string][]time.Time{}}
}

// More zones than both are held when they leave at once.
const (
	massCount   = 3
	massPercent = 10
)

// massWithin is how far apart zones can leave that leave at once: a daemon plans each by itself when its provider has time for it, so that their graces
// do not begin and end together.
const massWithin = time.Hour

// count counts a zone that is not planned now.
func (m masses) count(ref Ref, how leaving) {
	switch {
	case how.now:
		m.retired[ref.Target]++
	case !how.since.IsZero():
		m.graced[ref.Target] = append(m.graced[ref.Target], how.since)
	}
}

// hold holds the plans that retire zones if they are too many. No policy allows it: what a policy allows is for one zone.
func (m masses) hold(plans []ZonePlan) {
	for i := range plans {
		how := leaving{now: len(plans[i].Changes) > 0}
		if len(plans[i].Waiting) > 0 {
			how.since = plans[i].Waiting[0].Since
		}
		m.count(plans[i].Ref, how)
	}
	for _, all := range m.graced {
		slices.SortFunc(all, time.Time.Compare)
	}
	for i := range plans {
		plan := &plans[i]
		if len(plan.Changes) == 0 {
			continue
		}
		n, known := m.retired[plan.Target]+m.with(plan), m.known[plan.Target]
		if n <= massCount || n*100 <= massPercent*known {
			continue
		}
		reason := fmt.Sprintf("%d of the %d zones on %s are not in the zones repository any more and would be retired at once, more than %d and more than %d%%",
			n, known, plan.Target, massCount, massPercent)
		at := slices.IndexFunc(plan.Holds, func(h Hold) bool { return h.Guard == GuardMaxDeletes })
		if at < 0 {
			plan.Holds = append(plan.Holds, Hold{GuardMaxDeletes, reason})
			slices.SortStableFunc(plan.Holds, func(a, b Hold) int { return slices.Index(Guards[:], a.Guard) - slices.Index(Guards[:], b.Guard) })
			continue
		}
		plan.Holds[at].Reason += "; " + reason
	}
}

// with returns how many are in their grace that have left with the zone of a plan.
func (m masses) with(plan *ZonePlan) int {
	since, all := m.at, m.graced[plan.Target]
	if g, ok := plan.leaving[zonefile.Key{Name: plan.Zone}]; ok {
		since = g.Since
	}
	first, _ := slices.BinarySearchFunc(all, since.Add(-massWithin), time.Time.Compare)
	end, _ := slices.BinarySearchFunc(all, since.Add(massWithin), time.Time.Compare)
	return end - first
}

// leaving says how a zone leaves that is gone from the repository.
type leaving struct {
	now   bool      // it would be retired now
	since time.Time // when its grace has begun, or begins, if that is not over; zero if it stays
}

// leaving returns how a zone that is gone leaves, as far as the store tells: it may be in its grace, or pinned.
func (p *Planner) leaving(zone *desiredZone, r remembered) leaving {
	in := zoneInput{Ref: zone.Ref, policy: zone.rule.Policy, clock: r.clock, graces: r.graces[zone.Ref]}
	whole := Change{Kind: KindZone, Action: Retire, Key: zonefile.Key{Name: zone.Zone}}
	if slices.ContainsFunc(r.pins[zone.Ref], func(pin Pin) bool {
		return pin.Key == whole.Key && pin.inForce(r.clock, statedDigest(zone.file.Zone, pin.Key))
	}) {
		return leaving{}
	}
	if wait, still := in.wait(whole); still && in.policy.Grace > 0 {
		return leaving{since: wait.Since}
	}
	return leaving{now: true}
}

// doubt returns why it is not certain that the tree does not have a zone, empty if it is.
func (s desiredState) doubt(ref Ref) string {
	if why := s.claimed[ref]; why != "" {
		return "but " + why + "; it is served on as it is"
	}
	if len(s.blind) == 0 {
		return ""
	}
	return fmt.Sprintf("but %s cannot be looked into, where it may be; it is served on as it is", listFiles(s.blind[:min(len(s.blind), 3)]))
}
