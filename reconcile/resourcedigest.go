package reconcile

import (
	"cmp"
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

// digestPlan returns the id of a plan: that of its changes, and of those that wait. It is the same when one of these does not have to wait any more.
func digestPlan(plan *ZonePlan) zonefile.Digest {
	changes := plan.Changes
	if len(plan.Deferred) > 0 {
		changes = slices.Clone(changes)
		for _, d := range plan.Deferred {
			changes = append(changes, d.Change)
		}
		slices.SortStableFunc(changes, inOrder)
	}
	return digestChanges(plan.Ref, changes)
}

// inOrder compares changes of a zone by the order in which a plan has them, see zoneInput.order.
func inOrder(a, b Change) int {
	step := func(c Change) int {
		switch {
		case c.Kind == KindZone:
			return 0
		case c.Kind != KindRRset || c.Action == Purge:
			return 3
		case c.Action == Retire:
			return 1
		}
		return 2
	}
	n := cmp.Compare(step(a), step(b))
	if n != 0 || step(a) == 0 || step(a) == 3 {
		return n
	}
	return a.Key.Compare(b.Key)
}
