package render

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// resourceRemarks returns how the resources of a plan are that are not ready, and what a person should look at.
func resourceRemarks(z *reconcile.ZonePlan) []Remark {
	var all []Remark
	for _, v := range z.Resources {
		if v.Status.Phase == providers.Ready {
			continue
		}
		topic, text := "pending", fmt.Sprintf("%s is %s", Resource(v.Kind, v.Name), v.Status.State)
		if v.Status.Phase == providers.Blocked {
			topic = "blocked"
		}
		if v.Status.Reason != "" {
			text += ": " + v.Status.Reason
		}
		all = append(all, Remark{topic, text})
	}
	for _, w := range z.Warnings {
		if isRemark(z, w) && w.Rule != ruleBlocked {
			text := w.Message
			if at := w.Position.String(); at != "" {
				text += " (" + at + ")"
			}
			all = append(all, Remark{"alert", text})
		}
	}
	return all
}

// ruleBlocked is that of the warning which says what the state of a resource says.
const ruleBlocked = "blocked"

// isRemark reports whether a warning of a plan is about how one of its resources is, and so among its remarks.
func isRemark(z *reconcile.ZonePlan, w zonefile.Problem) bool {
	return slices.ContainsFunc(z.Resources, func(v reconcile.ResourceView) bool {
		return strings.HasPrefix(w.Message, fmt.Sprintf("%s %s on %s: ", v.Kind, v.Name, z.Target))
	})
}

// Warnings returns the warnings of a plan that are not among its remarks.
func Warnings(z *reconcile.ZonePlan) []zonefile.Problem {
	return slices.DeleteFunc(slices.Clone(z.Warnings), func(w zonefile.Problem) bool { return isRemark(z, w) })
}
