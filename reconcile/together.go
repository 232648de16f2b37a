package reconcile

import (
	"fmt"
	"slices"
)

// holdTogether holds a zone on all targets where its policy wants that, if it is held on one of them and has changes on others.
func holdTogether(plans []ZonePlan) {
	for start := 0; start < len(plans); {
		end := start + 1
		for end < len(plans) && plans[end].Zone == plans[start].Zone {
			end++
		}
		group := slices.DeleteFunc(plansOf(plans[start:end]), func(z *ZonePlan) bool { return z.desired != nil && z.desired.unit != nil }) // resources are applied by themselves
		start = end
		held := make([][]Hold, len(group))
		for i := range group {
			held[i] = group[i].Holds
		}
		for i := range group {
			if group[i].Err != nil || len(group[i].Changes) == 0 || !group[i].desired.rule.Policy.Together {
				continue
			}
			for j, holds := range held {
				for _, hold := range holds {
					if i != j && !group[i].heldBy(hold.Guard) {
						reason := fmt.Sprintf("held on %s (%s), and the targets of this zone are applied together", group[j].Target, hold.Reason)
						group[i].Holds = append(group[i].Holds, Hold{hold.Guard, reason})
					}
				}
			}
		}
	}
}

// plansOf returns where plans are.
func plansOf(plans []ZonePlan) []*ZonePlan {
	all := make([]*ZonePlan, len(plans))
	for i := range plans {
		all[i] = &plans[i]
	}
	return all
}

// heldBy reports whether that guard holds the plan.
func (z *ZonePlan) heldBy(guard Guard) bool {
	return slices.ContainsFunc(z.Holds, func(h Hold) bool { return h.Guard == guard })
}
