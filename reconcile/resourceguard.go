package reconcile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// guards returns the holds of a unit's plan.
func (u *unitPlan) guards() []Hold {
	if len(u.Changes)+len(u.Deferred) == 0 {
		return nil
	}
	g := guarded{
		ref: u.in.Ref, changes: u.all(), known: u.in.known, formerly: u.in.formerly, policy: u.in.policy, suspended: u.in.suspended,
		keepless: u.in.keepless, now: u.in.clock.Wall,
	}
	for guard, check := range map[Guard]func() string{GuardSuspended: g.isSuspended, GuardFreeze: g.freeze, GuardNoStore: g.noStore} {
		if reason := check(); reason != "" {
			u.hold(guard, reason)
		}
	}
	if retires := count(u.Changes, func(c Change) bool { return c.Action == Retire }); retires > massCount && retires*100 > massPercent*len(u.in.resources) {
		u.hold(GuardMaxDeletes, fmt.Sprintf("%d of the %d resources of %s on %s would be retired at once", retires, len(u.in.resources), u.in.Zone, u.in.Target))
	}
	var holds []Hold
	for guard, reasons := range u.holds {
		holds = append(holds, Hold{guard, strings.Join(slices.Compact(reasons), "; ")})
	}
	sortHolds(holds)
	return holds
}

// all returns the changes, also those that wait.
func (z *ZonePlan) all() []Change {
	all := slices.Clone(z.Changes)
	for _, d := range z.Deferred {
		all = append(all, d.Change)
	}
	return all
}

// sortHolds puts holds in the order of Guards.
func sortHolds(holds []Hold) {
	slices.SortStableFunc(holds, func(a, b Hold) int { return slices.Index(Guards[:], a.Guard) - slices.Index(Guards[:], b.Guard) })
}

// guardDelegated holds the retirement of zones that a domain is still delegated to, or of which nobody can tell.
func (p *Planner) guardDelegated(plans []ZonePlan, units []*liveUnit) {
	for i := range plans {
		plan := &plans[i]
		if plan.unit != nil || plan.Err != nil || !plan.retires() || plan.served == nil {
			continue
		}
		for _, u := range units {
			if reason := p.delegatedTo(plan, u); reason != "" {
				plan.Holds = append(plan.Holds, Hold{GuardLastNS, reason})
				sortHolds(plan.Holds)
			}
		}
	}
}

// delegatedTo returns that a unit has, or may have, a delegation to the name servers of a zone, empty if it has none.
func (p *Planner) delegatedTo(plan *ZonePlan, u *liveUnit) string {
	target, known := p.Resources[u.Target]
	delegates := known && target.Reader.ResourceType().Kind == providers.Delegation
	if u.Zone != plan.Zone || !delegates && (u.desiredZone.err == nil) {
		return ""
	}
	l := u.resource(plan.Zone)
	switch {
	case u.err != nil, l != nil && l.unread != nil:
		return fmt.Sprintf("nobody can tell whether %s is still delegated to the name servers of this zone: what %s has of it cannot be read", plan.Zone, u.Target)
	case l == nil || l.live == nil:
		return ""
	}
	own, _ := plan.served.Served().Get(zonefile.Key{Name: plan.Zone, Type: zonefile.TypeNS})
	servers := providers.SplitSet(l.live.Fields[fieldNameServers])
	if slices.ContainsFunc(own.Text(), func(name string) bool { return slices.Contains(servers, name) }) {
		return fmt.Sprintf("%s is still delegated to the name servers of this zone at %s: nobody would find it any more", plan.Zone, u.Target)
	}
	return ""
}
