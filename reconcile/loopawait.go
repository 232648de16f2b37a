package reconcile

import (
	"slices"
	"time"
)

// awaiting is which zones have changes that wait for other zones.
type awaiting struct {
	awaits map[Ref]map[Ref]bool // for which
	// turn counts the rounds that were recorded, and settled has the last of each zone in which it was applied, at least in part, or was as it is to be.
	turn    uint64
	settled map[Ref]uint64
}

func newAwaiting() awaiting {
	return awaiting{awaits: map[Ref]map[Ref]bool{}, settled: map[Ref]uint64{}}
}

// await has what waits for another zone planned again when that is applied: what a round was about if the other one was since the turn at which the round was begun,
// and what waits for what the round was about.
func (l *Loop) await(round Round, turn uint64) {
	l.turn++
	for i, o := range round.Outcomes {
		delete(l.awaits, o.Ref)
		for _, d := range round.Plan.Zones[i].Deferred {
			if d.on == (Ref{}) {
				continue
			}
			if l.awaits[o.Ref] == nil {
				l.awaits[o.Ref] = map[Ref]bool{}
			}
			l.awaits[o.Ref][d.on] = true
			if l.settled[d.on] > turn {
				l.enqueue(o.Ref, TriggerDue)
			}
		}
	}
	for _, o := range round.Outcomes {
		if o.Status != Applied && o.Status != Unchanged && len(o.Changes) == 0 {
			continue
		}
		l.settled[o.Ref] = l.turn
		for ref, on := range l.awaits {
			if on[o.Ref] {
				l.resume(ref, o, round)
			}
		}
	}
}

// resume has a zone planned again that waits for another one, of which a round had that outcome. A zone that was planned in the same round has seen what that was
// before: where nothing has changed it would wait again, and the two would be planned on and on. So they would where a provider takes a change again and again.
func (l *Loop) resume(ref Ref, on Outcome, round Round) {
	together := slices.ContainsFunc(round.Outcomes, func(o Outcome) bool { return o.Ref == ref })
	switch {
	case !together:
		l.enqueue(ref, TriggerDue)
	case len(on.Changes) == 0:
	case round.Trigger == TriggerDue:
		l.meet(appointment{time.Now().Add(soon), ref, TriggerDue})
	default:
		l.enqueue(ref, TriggerDue)
	}
}
