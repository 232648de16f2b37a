package reconcile

import (
	"fmt"
	"slices"

	"github.com/zoneward/zoneward/zonefile"
)

// masses counts, for each target, the zones that are retired in one plan and those that are known. Zones that have left the repository one by one
// are no reason to ask; many at once are what a lost folder looks like.
type masses struct {
	// retired are at first those that would be retired too, and that nobody asked for: whoever selects some of many is asked as well.
	retired, known map[string]int
}

// More zones than both are held when they are retired in one plan.
const (
	massCount   = 3
	massPercent = 10
)

// hold holds the plans that retire zones if they are too many. No policy allows it: what a policy allows is for one zone.
func (m masses) hold(plans []ZonePlan) {
	for i := range plans {
		if len(plans[i].Changes) > 0 {
			m.retired[plans[i].Target]++
		}
	}
	for i := range plans {
		plan := &plans[i]
		n, known := m.retired[plan.Target], m.known[plan.Target]
		if len(plan.Changes) == 0 || n <= massCount || n*100 <= massPercent*known {
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

// leaves reports whether a zone that is gone would be retired now, as far as the store tells: it may be in its grace, or pinned.
func (p *Planner) leaves(zone *desiredZone, r remembered) bool {
	in := zoneInput{Ref: zone.Ref, policy: zone.rule.Policy, clock: r.clock, graces: r.graces[zone.Ref]}
	whole := Change{Kind: KindZone, Action: Retire, Key: zonefile.Key{Name: zone.Zone}}
	if _, still := in.wait(whole); still && in.policy.Grace > 0 {
		return false
	}
	return !slices.ContainsFunc(r.pins[zone.Ref], func(pin Pin) bool {
		return pin.Key == whole.Key && pin.inForce(r.clock, statedDigest(zone.file.Zone, pin.Key))
	})
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
