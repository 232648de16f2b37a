package reconcile

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"

	"github.com/zoneward/zoneward/zonefile"
)

// baseOfUnit returns the digest of what of live resources counts for a plan.
func baseOfUnit(resources []liveResource) zonefile.Digest {
	h := sha256.New()
	for _, l := range resources {
		h.Write(fmt.Appendf(nil, "%q %t\n", l.name.String(), l.live != nil))
		if l.live == nil {
			continue
		}
		for _, field := range slices.Sorted(maps.Keys(l.live.Fields)) {
			h.Write(fmt.Appendf(nil, " %q %q\n", field, l.live.Fields[field]))
		}
		h.Write(fmt.Appendf(nil, " %q\n", l.live.ID))
	}
	return zonefile.Digest(h.Sum(nil))
}

// digestPlan returns the id of a plan: that of its changes, and of those that wait.
func digestPlan(plan *ZonePlan) zonefile.Digest {
	changes := plan.Changes
	for _, d := range plan.Deferred {
		changes = append(changes[:len(changes):len(changes)], d.Change)
	}
	return digestChanges(plan.Ref, changes)
}
