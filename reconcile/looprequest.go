package reconcile

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zoneward/zoneward/zonefile"
)

// petition is what somebody has approved who waits for what becomes of it.
type petition struct {
	Approve
	answer chan answer // holds one
}

// answer is what became of it.
type answer struct {
	plan     *Plan
	outcomes []Outcome
	err      error
}

func answerAll(all []*petition, plan *Plan, outcomes []Outcome, err error) {
	for _, a := range all {
		a.answer <- answer{plan, outcomes, err}
	}
}

// followed is what somebody has approved that still waits for something: what comes of it later needs no other approval.
type followed struct {
	Approve
	approved approved
}

// Look has the loop look at its source now.
func (l *Loop) Look() {
	l.mu.Lock()
	if at := later(time.Now(), l.lastLook.Add(lookGap)); at.Before(l.lookAt) {
		l.lookAt = at
	}
	l.mu.Unlock()
	l.wake()
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Reconcile has zones looked at now, and returns how many groups of them wait for their turn. The zero Selection means all.
func (l *Loop) Reconcile(_ context.Context, only Selection) (queued int, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.wake()
	if !l.running || l.groups == nil {
		return 0, ErrNotRunning
	}
	seen := map[Ref]bool{}
	for ref, g := range l.groups {
		if only.Has(ref) && !seen[g.key()] {
			seen[g.key()] = true
			l.enqueue(ref, TriggerRequest)
		}
	}
	if len(seen) == 0 && len(only.Zones) > 0 {
		return 0, fmt.Errorf("%w: %s", ErrNoZone, only.Zones[0])
	}
	return len(seen), nil
}

// Approve has the plans of those ids applied, and returns them with what became of them. Each is made anew for that: if it is another one by now, or its zone
// is held together with plans that are not among them, nothing of the zone is touched. The error wraps ErrNoSuchPlan then.
// A context that ends leaves the loop to it.
func (l *Loop) Approve(ctx context.Context, a Approve) (*Plan, []Outcome, error) {
	asked, err := l.ask(a)
	if err != nil {
		return nil, nil, err
	}
	plan, outcomes := &Plan{}, []Outcome(nil)
	for _, one := range asked {
		select {
		case <-ctx.Done():
			return nil, nil, fmt.Errorf("it goes on without anybody waiting for it: %w", ctx.Err())
		case got := <-one.answer:
			if got.err != nil {
				err = got.err
				continue
			}
			plan.Commit, plan.CreatedAt = got.plan.Commit, got.plan.CreatedAt
			plan.Zones, outcomes = append(plan.Zones, got.plan.Zones...), append(outcomes, got.outcomes...)
		}
	}
	if err != nil && len(plan.Zones) == 0 {
		return nil, nil, err
	}
	order(plan.Zones, outcomes)
	return plan, outcomes, err
}

// order brings plans and what became of them into the order of a plan.
func order(plans []ZonePlan, outcomes []Outcome) {
	slices.SortFunc(plans, func(a, b ZonePlan) int { return a.Compare(b.Ref) })
	slices.SortFunc(outcomes, func(a, b Outcome) int { return a.Compare(b.Ref) })
}

// ask has the groups worked on that plans of those ids are of.
func (l *Loop) ask(a Approve) ([]*petition, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.wake()
	if !l.running {
		return nil, ErrNotRunning
	}
	byGroup := map[Ref]*petition{}
	var asked []*petition
	for _, id := range a.Plans {
		found := false
		for ref, z := range l.zones {
			if z.Plan == nil || z.Plan.ID != id || len(z.Plan.Changes) == 0 || l.groups[ref] == nil {
				continue
			}
			found = true
			key := l.groups[ref].key()
			if byGroup[key] == nil {
				byGroup[key] = &petition{a, make(chan answer, 1)}
				asked = append(asked, byGroup[key])
			}
		}
		if !found {
			return nil, fmt.Errorf("%w: %s", ErrNoSuchPlan, id)
		}
	}
	for key, one := range byGroup {
		l.enqueue(key, TriggerRequest, one)
	}
	return asked, nil
}

// apply applies a plan: what somebody has approved with that, and the rest as it is.
func (l *Loop) apply(ctx context.Context, by *Applier, tree Tree, plan *Plan, asked []*petition) []Outcome {
	outcomes := make([]Outcome, len(plan.Zones))
	taken := make([]bool, len(plan.Zones))
	apply := func(applier *Applier, indexes []int, approval Approval) (*Plan, []Outcome) {
		part := *plan
		part.Zones, part.expired = nil, nil
		for _, i := range indexes {
			taken[i] = true
			part.Zones = append(part.Zones, plan.Zones[i])
		}
		got := applier.Apply(ctx, tree, &part, approval)
		for n, i := range indexes {
			outcomes[i] = got[n]
		}
		return &part, got
	}
	for _, one := range asked {
		indexes, err := approvedIn(plan, one.Approve, taken)
		if err != nil {
			answerAll([]*petition{one}, nil, nil, err)
			continue
		}
		part, got := apply(by.approved(one.Approve), indexes, Approval{Overrides: append(slices.Clone(one.Overrides), GuardApproval)})
		l.followUp(part, one.Approve)
		answerAll([]*petition{one}, part, got, nil)
	}
	for i := range plan.Zones {
		if approve, ok := l.follows(&plan.Zones[i]); ok && !taken[i] {
			apply(by.approved(approve), []int{i}, Approval{Overrides: []Guard{GuardApproval}})
		}
	}
	for i := range plan.Zones {
		if z := &plan.Zones[i]; z.review != nil && !taken[i] {
			applier := *by
			applier.Reason = z.review.Reason
			part, got := apply(&applier, []int{i}, Approval{})
			l.followUp(part, Approve{Actor: by.Actor, Reason: z.review.Reason})
			by.Planner.Reviewer.Carried(context.WithoutCancel(ctx), z.review, z, got[0])
		}
	}
	var rest []int
	for i := range plan.Zones {
		if !taken[i] {
			rest = append(rest, i)
		}
	}
	whole := *plan
	whole.Zones = nil
	for _, i := range rest {
		whole.Zones = append(whole.Zones, plan.Zones[i])
	}
	for n, o := range by.Apply(ctx, tree, &whole, Approval{}) {
		outcomes[rest[n]] = o
	}
	l.followNoMore(plan, outcomes)
	return outcomes
}

// approved returns an applier that says who has approved.
func (a *Applier) approved(by Approve) *Applier {
	applier := *a
	applier.Actor, applier.Reason = by.Actor, by.Reason
	return &applier
}

// approvedIn returns the zone plans that somebody has approved. None but those are applied, and those of a zone together.
func approvedIn(plan *Plan, a Approve, taken []bool) ([]int, error) {
	var indexes []int
	zones := map[zonefile.Name]bool{}
	for i := range plan.Zones {
		if z := &plan.Zones[i]; !taken[i] && len(z.Changes) > 0 && slices.Contains(a.Plans, z.ID) {
			indexes, zones[z.Zone] = append(indexes, i), true
		}
	}
	var missing []string
	for i := range plan.Zones {
		z := &plan.Zones[i]
		beside := zones[z.Zone] && !z.OfResources() && z.desired.rule.Policy.Together
		if len(z.Changes) > 0 && !slices.Contains(indexes, i) && (beside || len(indexes) == 0) && !z.OfResources() {
			missing = append(missing, fmt.Sprintf("%s is %s now", z.Ref, z.ID))
		}
	}
	if len(indexes) == 0 || len(missing) > 0 {
		if missing == nil {
			return nil, fmt.Errorf("%w: there is nothing to do any more", ErrNoSuchPlan)
		}
		return nil, fmt.Errorf("%w: %s", ErrNoSuchPlan, strings.Join(missing, "; "))
	}
	return indexes, nil
}

// followUp notes what somebody has approved that has to wait.
func (l *Loop) followUp(part *Plan, a Approve) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range part.Zones {
		z := &part.Zones[i]
		delete(l.follow, z.Ref)
		if len(z.Deferred) > 0 {
			l.follow[z.Ref] = followed{a, approvedBy(&Plan{Zones: []ZonePlan{*z}})}
		}
	}
}

// followNoMore ends what was approved and had to wait, where nothing waits any more: the same at another time needs another approval.
func (l *Loop) followNoMore(plan *Plan, outcomes []Outcome) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, o := range outcomes {
		if (o.Status == Applied || o.Status == Unchanged) && len(plan.Zones[i].Deferred) == 0 {
			delete(l.follow, o.Ref)
		}
	}
}

// follows reports whether a plan, which waits for an approval and nothing else, was approved as a whole while it had to wait for something, and by whom.
func (l *Loop) follows(z *ZonePlan) (Approve, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f, ok := l.follow[z.Ref]
	if !ok || len(z.Holds) != 1 || !z.heldBy(GuardApproval) {
		return Approve{}, false
	}
	return f.Approve, !slices.ContainsFunc(z.Changes, func(c Change) bool { return !f.approved.has(z.Ref, c) })
}

// Status returns what the loop knows now.
func (l *Loop) Status() LoopStatus {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := LoopStatus{
		Revision: l.tree.Revision, RevisionAt: l.readAt, SourceRead: l.okLook, SourceErr: l.lookErr, SourceFailing: l.failing,
		Notices: slices.Clone(l.state.notices), Queued: map[Trigger]int{}, Zones: make([]ZoneStatus, 0, len(l.zones)),
	}
	waiting := map[Ref]Trigger{}
	for _, one := range l.queue.in {
		s.Queued[one.trigger]++
		if g := l.groups[one.key]; g != nil {
			for _, ref := range g.refs {
				waiting[ref] = one.trigger
			}
		}
	}
	running := map[Ref]bool{}
	for ref, z := range l.zones {
		status := *z
		if next, ok := l.diary.of[ref]; ok {
			status.Next, status.Trigger = next.at, next.trigger
		}
		if trigger, ok := l.busy[ref]; ok {
			status.Next, status.Trigger = time.Time{}, trigger
			if g := l.groups[ref]; g != nil {
				running[g.key()] = true
			}
		}
		if trigger, ok := waiting[ref]; ok {
			status.Next, status.Trigger = time.Time{}, trigger
		}
		s.Zones = append(s.Zones, status)
	}
	s.Running = len(running)
	slices.SortFunc(s.Zones, func(a, b ZoneStatus) int { return a.Compare(b.Ref) })
	return s
}

// Plan returns the last plans that have something to say, as one.
func (l *Loop) Plan(only Selection) *Plan {
	l.mu.Lock()
	defer l.mu.Unlock()
	plan := &Plan{Commit: l.tree.Revision, CreatedAt: time.Now().UTC().Truncate(time.Second)}
	for ref, z := range l.zones {
		if z.Plan != nil && only.Has(ref) {
			plan.Zones = append(plan.Zones, *z.Plan)
		}
	}
	slices.SortFunc(plan.Zones, func(a, b ZonePlan) int { return a.Compare(b.Ref) })
	return plan
}
