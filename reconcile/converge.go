package reconcile

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// Convergence says how long a plan is followed whose changes have to wait for each other.
type Convergence struct {
	// Only are the zones that the plan is of.
	Only Selection
	// Within is how long is waited for what does not depend on this apply alone: a name server that has not yet what was written, a time to live. 0
	// goes on as long as something can be done at once.
	Within time.Duration
	// Waiting is told before each wait what is waited for, and may be nil. What holds back a change that could be made otherwise is among it, without a change.
	Waiting func(still []Deferred, until time.Time)
}

// How often is looked whether what is waited for has come, at first and at last.
const (
	firstLook = time.Second
	lastLook  = 30 * time.Second
)

// Converge applies a plan, and then what of it had to wait for what was applied, again and again until nothing is left that can be done. It plans anew for that, and applies
// of a new plan what the first one says only: in the changes, or in those that wait. Each zone's outcome is that of all rounds.
func (a *Applier) Converge(ctx context.Context, tree Tree, plan *Plan, approval Approval, how Convergence) []Outcome {
	c := converging{Applier: a, tree: tree, approval: approval, how: how, first: plan, end: time.Now().Add(how.Within)}
	c.approved = approvedBy(plan)
	c.take(a.Apply(ctx, tree, plan, approval))
	for wait := firstLook; c.left(plan) && ctx.Err() == nil; {
		next, err := a.Planner.Plan(ctx, tree, c.next(plan))
		if err != nil {
			c.err = err
			break
		}
		plan = next
		if c.take(a.Apply(ctx, tree, c.ready(next), approval)); c.moved {
			wait = firstLook
			continue
		}
		if !c.left(plan) || !c.pause(ctx, plan, wait) {
			break
		}
		wait = min(2*wait, lastLook)
	}
	return c.outcomes(plan)
}

// converging is a plan that is being followed.
type converging struct {
	*Applier
	tree     Tree
	approval Approval
	how      Convergence
	first    *Plan
	approved approved
	moved    bool // the last round changed something
	end      time.Time
	all      map[Ref]*Outcome
	err      error
}

// take notes what became of a plan.
func (c *converging) take(outcomes []Outcome) {
	if c.all == nil {
		c.all = map[Ref]*Outcome{}
	}
	c.moved = slices.ContainsFunc(outcomes, func(o Outcome) bool { return len(o.Changes) > 0 })
	for i := range outcomes {
		o := &outcomes[i]
		for _, change := range o.Changes {
			c.approved.done(o.Ref, change)
		}
		before, ok := c.all[o.Ref]
		if !ok {
			c.all[o.Ref] = o
			continue
		}
		before.merge(*o)
	}
}

// merge adds what became of a later round.
func (o *Outcome) merge(later Outcome) {
	if later.Status == Unchanged && o.Status == Applied || later.Status == Unchanged && later.Err == nil && o.Status == Held && o.Err == nil && len(o.Changes) > 0 {
		later.Status = Applied
	}
	o.Status, o.State, o.Verification = later.Status, later.State, cmp.Or(later.Verification, o.Verification)
	o.Changes = append(o.Changes, later.Changes...)
	o.Written = max(o.Written, later.Written)
	o.Serial = max(o.Serial, later.Serial)
	o.Refused = append(o.Refused, later.Refused...)
	o.Skipped = append(o.Skipped, later.Skipped...)
	o.Tombstones = append(o.Tombstones, later.Tombstones...)
	o.Settled += later.Settled
	o.Err = later.Err
	o.Took += later.Took
}

// left reports whether something is left of what was approved that may still be done. What waits for other changes of the plan, or for a person, does
// not come by waiting.
func (c *converging) left(plan *Plan) bool {
	return slices.ContainsFunc(plan.Zones, func(z ZonePlan) bool {
		if o := c.all[z.Ref]; o != nil && (o.Status == Failed || o.Status == Stale || o.Status == Conflict) {
			return false
		}
		if c.moved && z.wantsCheck() && !(c.all[z.Ref] != nil && c.all[z.Ref].checked) {
			return true
		}
		waits := slices.ContainsFunc(z.Deferred, func(d Deferred) bool { return c.moved || !d.planned }) || len(z.Changes) > 0 && z.Held(c.approval) && c.approves(z)
		return z.State != nil && (z.prove || c.moved) && c.first.awaits(z.Ref) || waits && !c.heldForGood(z)
	})
}

// next returns the zones to plan again: those that wait for other zones, if nothing else is left. The others may be many.
func (c *converging) next(plan *Plan) Selection {
	some := Selection{Targets: c.how.Only.Targets, Lenient: true}
	for _, z := range plan.Zones {
		switch {
		case z.unit != nil, z.State != nil, len(z.Deferred) == 0 && c.movable(z):
			return c.how.Only
		case len(z.Deferred) == 0:
			continue
		case slices.ContainsFunc(z.Deferred, func(d Deferred) bool { return d.on == (Ref{}) }):
			return c.how.Only
		}
		some.Zones = append(some.Zones, z.Zone)
	}
	if len(some.Zones) == 0 {
		return c.how.Only
	}
	return some
}

// movable reports whether a plan without anything that waits is held by what may pass.
func (c *converging) movable(z ZonePlan) bool {
	return len(z.Changes) > 0 && z.Held(c.approval) && !c.heldForGood(z)
}

// wantsCheck reports whether a provider may find, when it is asked to look, that all that it wants is published now.
func (z *ZonePlan) wantsCheck() bool {
	return z.unit != nil && slices.ContainsFunc(z.unit.resources, func(l liveResource) bool {
		return l.declaration != nil && len(l.declaration.Publish) > 0 && (l.live == nil || l.live.Status.Phase == providers.Pending)
	})
}

// approves reports whether all changes of a plan were approved.
func (c *converging) approves(z ZonePlan) bool {
	return !slices.ContainsFunc(z.Changes, func(change Change) bool { return !c.approved.has(z.Ref, change) })
}

// awaits reports whether a plan is to bring a zone into being, or has changes that wait at it.
func (p *Plan) awaits(ref Ref) bool {
	z := p.Zone(ref)
	return z != nil && (z.State != nil || len(z.Deferred) > 0 || len(z.Changes) > 0 && z.Changes[0].Kind == KindZone)
}

// heldForGood reports whether something holds a plan that does not end by waiting.
func (c *converging) heldForGood(z ZonePlan) bool {
	return slices.ContainsFunc(z.Holds, func(h Hold) bool { return !slices.Contains(c.approval.Overrides, h.Guard) && !passes(h.Guard) })
}

// passes reports whether what a guard holds may be so a little later: a name server that gets the zone, or its keys.
func passes(guard Guard) bool {
	return guard == GuardDelegationNotServing || guard == GuardDSWithoutDNSKEY
}

// ready returns what of a new plan can be applied now: the zones all of whose changes were approved, and that nothing holds.
func (c *converging) ready(next *Plan) *Plan {
	ready := *next
	ready.Zones = slices.DeleteFunc(slices.Clone(next.Zones), func(z ZonePlan) bool {
		before := c.all[z.Ref]
		switch {
		case z.State != nil:
			return !z.prove
		case z.Err != nil || c.held(z) || before != nil && before.Err != nil:
			return true
		case len(z.Changes) == 0:
			return !z.notes() && (!z.check || before != nil && before.checked)
		}
		return !c.approves(z)
	})
	for i := range ready.Zones {
		if z := &ready.Zones[i]; len(z.Changes) == 0 && z.check && c.all[z.Ref] != nil {
			c.all[z.Ref].checked = true
		}
	}
	return &ready
}

// held reports whether a guard holds a plan of a later round. What a person has overridden was what the first plan said: a hold of that guard on the same zone.
func (c *converging) held(z ZonePlan) bool {
	first := c.first.Zone(z.Ref)
	return slices.ContainsFunc(z.Holds, func(h Hold) bool {
		return !slices.Contains(c.approval.Overrides, h.Guard) || first == nil || !first.heldBy(h.Guard)
	})
}

// notes reports whether something of resources is to be noted that nothing has to be done about: what they want to be published, for one.
func (z *ZonePlan) notes() bool {
	if z.unit == nil {
		return false
	}
	_, moved := z.unit.noted(z)
	return moved
}

// pause waits a little, or until the time at which the first of what waits is due. It reports false if that is too long.
func (c *converging) pause(ctx context.Context, plan *Plan, wait time.Duration) bool {
	var still []Deferred
	at := time.Now().Add(wait)
	timed, looked := time.Time{}, false
	for _, z := range plan.Zones {
		for _, d := range z.Deferred {
			still = append(still, d)
			switch {
			case d.Until.IsZero():
				looked = true
			case timed.IsZero() || d.Until.Before(timed):
				timed = d.Until
			}
		}
		for _, h := range z.Holds {
			if passes(h.Guard) {
				still, looked = append(still, Deferred{For: fmt.Sprintf("once %s does not hold %s any more: %s", h.Guard, z.Ref, h.Reason)}), true
			}
		}
		if z.State != nil {
			still, looked = append(still, Deferred{For: fmt.Sprintf("once %s can be written", z.Ref)}), true
		}
	}
	if !timed.IsZero() && (!looked || timed.After(at)) && !c.waitsForMore(plan) {
		at = timed.Add(time.Second) // the clocks of the plan count whole seconds
	}
	if at.After(c.end) {
		return false
	}
	if c.how.Waiting != nil {
		c.how.Waiting(still, at)
	}
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// waitsForMore reports whether something is waited for that comes at no certain time, and does not itself wait for something that does.
func (c *converging) waitsForMore(plan *Plan) bool {
	return slices.ContainsFunc(plan.Zones, func(z ZonePlan) bool {
		return z.State != nil || slices.ContainsFunc(z.Holds, func(h Hold) bool { return passes(h.Guard) })
	})
}

// outcomes returns the outcomes in the order of the first plan, with what is still left.
func (c *converging) outcomes(last *Plan) []Outcome {
	for i := range last.Zones {
		z := &last.Zones[i]
		o := c.all[z.Ref]
		if o == nil || o.Err != nil {
			continue
		}
		if z.Err != nil && last != c.first {
			o.Status, o.Err = Failed, z.Err
			continue
		}
		o.Deferred = z.Deferred
		if waits := len(z.Changes) > 0 && z.Held(c.approval); waits && last != c.first {
			o.Status, o.Holds = Held, z.Holds
		}
	}
	all := make([]Outcome, 0, len(c.first.Zones))
	for _, z := range c.first.Zones {
		if o := c.all[z.Ref]; o != nil {
			if c.err != nil && o.Err == nil && len(o.Deferred) > 0 {
				o.Status, o.Err = Failed, c.err
			}
			all = append(all, *o)
		}
	}
	return all
}

// approved is what a person has approved, in marks that say what is done to what.
type approved map[mark]bool

// mark says what is done to what.
type mark struct {
	Ref
	kind  Kind
	what  string // put, retire, the name of a property or field
	key   zonefile.Key
	value string
}

// anyValue is the value of what was not known when it was approved.
const anyValue = "\x00any"

// approvedBy returns what a plan says, in its changes and in those that wait.
func approvedBy(plan *Plan) approved {
	all := approved{}
	for i := range plan.Zones {
		z := &plan.Zones[i]
		for _, c := range z.all() {
			for _, m := range marksOf(z.Ref, c, true) {
				all[m] = true
			}
		}
	}
	return all
}

// has reports whether all that a change does was approved.
func (a approved) has(ref Ref, c Change) bool {
	// What an output is was not known. It may take the place of what it was in a zone that was brought back; one that has moved by itself is held.
	if c.Kind == KindRRset && c.From != "" && c.New != nil && c.Cause != CauseDrift && a[mark{Ref: ref, kind: KindRRset, what: c.From}] {
		return true
	}
	for _, m := range marksOf(ref, c, false) {
		unknown := m
		unknown.value = anyValue
		if !a[m] && !a[unknown] {
			return false
		}
	}
	return true
}

// done notes a change that was made: the proof of a domain leaves again once it was seen.
func (a approved) done(ref Ref, c Change) {
	if c.Kind == KindRRset && strings.HasPrefix(c.From, proofPrefix) && c.New != nil {
		a[mark{Ref: ref, kind: KindRRset, what: string(Retire), key: c.Key, value: digestOf(c.New)}] = true
	}
	if c.Kind == KindRRset { // what somebody undoes meanwhile is not done again
		for _, m := range marksOf(ref, c, false) {
			delete(a, m)
		}
		delete(a, mark{Ref: ref, kind: KindRRset, what: c.From})
	}
}

// marksOf returns what a change does.
func marksOf(ref Ref, c Change, approving bool) []mark {
	m := mark{Ref: ref, kind: c.Kind, what: string(c.Action), key: c.Key}
	switch c.Kind {
	case KindRRset:
		switch {
		case c.From != "" && c.New == nil && c.Old == nil:
			return []mark{{Ref: ref, kind: KindRRset, what: c.From}}
		case c.New == nil:
			m.value = digestOf(c.Old)
		default:
			m.what, m.value = "put", digestOf(c.New)
		}
	case KindProperty:
		m.what, m.value = c.Property.Name, c.Property.New
	case KindResource:
		marks := []mark{m}
		if c.Action == Retire || c.Action == Purge {
			return marks
		}
		if c.Action == Update {
			marks = nil // it is its fields
		}
		for _, f := range c.Resource.Fields {
			one := mark{Ref: ref, kind: KindResource, what: f.Name, key: c.Key, value: f.New}
			if approving && f.After != "" {
				one.value = anyValue
			}
			marks = append(marks, one)
		}
		return marks
	case KindZone:
	}
	return []mark{m}
}

// digestOf returns the digest of an RRset, without the serial of an SOA.
func digestOf(set *zonefile.RRset) string {
	if set == nil {
		return ""
	}
	return string(withoutSerial(*set).AppendCanonical(nil))
}
