package reconcile

import (
	"context"
	"fmt"
	"slices"

	"github.com/zoneward/zoneward/zonefile"
)

// Reviewer knows which plans were shown to those who review changes of the zones repository, and which of these changes were merged.
// Its methods may be called concurrently.
type Reviewer interface {
	// Reviewed returns the review in which the change was merged that the plan comes from, if the plan that was shown there is this one or announces it, see
	// [ZonePlan.Announces]. Without one it says why in a sentence. The error is for what may be otherwise the next time.
	Reviewed(ctx context.Context, tree Tree, plan *ZonePlan) (review *Review, why string, err error)
	// Carried is told what became of a plan that was reviewed. A review is good for one time: what was applied is not applied again because of it.
	Carried(ctx context.Context, review *Review, plan *ZonePlan, o Outcome)
}

// Review says in which review a plan was agreed to.
type Review struct {
	// ID names it to the Reviewer.
	ID string
	// Reason names it to people, for the audit log: "pull request 12, https://forge.example/zones/pulls/12".
	Reason string
}

// review asks in which review a plan was agreed to, and says why in none.
func (p *Planner) review(ctx context.Context, tree Tree, z *ZonePlan) (why string) {
	z.unreviewed = true
	if p.Reviewer == nil {
		return "the policy wants each plan to be reviewed (apply: reviewed), and nobody knows of reviews"
	}
	review, why, err := p.Reviewer.Reviewed(ctx, tree, z)
	switch {
	case err != nil:
		return fmt.Sprintf("the policy wants each plan to be reviewed (apply: reviewed), and nobody can say whether it was: %v", err)
	case review == nil:
		return "the policy wants each plan to be reviewed (apply: reviewed): " + why
	}
	z.review, z.unreviewed = review, false
	return ""
}

// Announces reports whether all that a later plan of the zone does was said by z to follow: of what has to wait for something else, and of what is served
// until its grace is over. With interrupted it counts also what z was to do at once, of which the later plan may be the rest.
func (z *ZonePlan) Announces(later *ZonePlan, interrupted bool) bool {
	announced := ZonePlan{Ref: z.Ref, Deferred: z.Deferred}
	if interrupted {
		announced.Changes = z.Changes
	}
	said := approvedBy(&Plan{Zones: []ZonePlan{announced}})
	ends := func(c Change) bool {
		return c.Action == Retire && slices.ContainsFunc(z.Waiting, func(w Waiting) bool {
			return w.Kind == c.Kind && w.Key == c.Key && (c.Old == nil || w.Old != nil && sameSide(w.Old, c.Old))
		})
	}
	return z.Ref == later.Ref && len(later.Changes) > 0 &&
		!slices.ContainsFunc(later.Changes, func(c Change) bool { return !ends(c) && !said.has(z.Ref, c) })
}

// Since returns the commit of the zones repository from which the zone was applied last, empty if that is not known.
func (z *ZonePlan) Since() string { return z.since }

// RestOf reports whether all that a plan does is part of what another one of the zone does, change for change: what is left of it when some was done.
func (z *ZonePlan) RestOf(whole *ZonePlan) bool {
	if z.Ref != whole.Ref || z.Err != nil {
		return false
	}
	parts := map[zonefile.Digest]bool{}
	for _, c := range whole.all() {
		parts[digestChanges(z.Ref, []Change{c})] = true
	}
	return !slices.ContainsFunc(z.all(), func(c Change) bool { return !parts[digestChanges(z.Ref, []Change{c})] })
}

// Interrupted reports whether somebody was interrupted who wrote the zone, so that the plan may be the rest of another one.
func (z *ZonePlan) Interrupted() bool { return z.open }
