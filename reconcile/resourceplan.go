package reconcile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// ResourceView is how a resource was found, for people.
type ResourceView struct {
	Kind   providers.ResourceKind
	Name   zonefile.Name
	Status providers.ResourceStatus
	// Observed is what else is known of it.
	Observed []providers.Observation
}

// unitInput is all that the plan of a domain's resources at one provider is made of.
type unitInput struct {
	*liveUnit
	policy    Policy
	known     bool // there is applied state
	formerly  string
	keepless  bool
	clock     Clock
	suspended *Suspension
	pins      []Pin
	graces    map[zonefile.Key]Grace
	writer    Writer
	zones     zonesAround
}

// unitPlan is the plan of a unit as it is made.
type unitPlan struct {
	*ZonePlan
	in       unitInput
	problems []zonefile.Problem
	holds    map[Guard][]string
}

// planUnit returns the plan of a domain's resources at one provider.
func planUnit(ctx context.Context, in unitInput) ZonePlan {
	plan := &ZonePlan{Ref: in.Ref, Pinned: in.pins}
	u := unitPlan{ZonePlan: plan, in: in, holds: map[Guard][]string{}}
	for _, p := range in.file.Problems {
		if p.Severity == zonefile.Warning {
			plan.Warnings = append(plan.Warnings, p)
		}
	}
	for i := range in.resources {
		l := &in.resources[i]
		switch {
		case l.problem != nil:
			u.problem(l, fieldOf(l.problem), "%v", l.problem)
		case l.unread == nil:
			u.resource(ctx, l)
		case l.declaration != nil && errors.Is(l.unread, providers.ErrInvalid): // such as an application that is not there
			u.problem(l, "", "%v", l.unread)
		case plan.Err == nil:
			plan.Err = l.unread
		}
	}
	u.surplus(ctx)
	if len(u.problems) > 0 {
		plan.Err = &zonefile.ProblemsError{Zone: in.Zone, Problems: u.problems}
	}
	if plan.Err != nil {
		return ZonePlan{Ref: in.Ref, Warnings: plan.Warnings, Pinned: plan.Pinned, Err: plan.Err}
	}
	u.purges()
	u.order()
	plan.inZones, plan.check = u.publishes(), u.checks()
	plan.Base = baseOfUnit(in.resources)
	plan.Holds = u.guards()
	plan.ID = digestPlan(plan)
	return *plan
}

// fieldOf returns which field an error is about, empty if it does not say.
func fieldOf(err error) string {
	if e, ok := errors.AsType[*providers.FieldError](err); ok {
		return e.Field
	}
	return ""
}

// problem notes a problem of a declaration, at the place of a field if one is named.
func (u *unitPlan) problem(l *liveResource, field, format string, args ...any) {
	at := l.declaration.Position
	if field != "" {
		at = cmp.Or(l.declaration.Fields[field], at)
	}
	rule := cmp.Or(field, "resource")
	u.problems = append(u.problems, zonefile.Problem{
		Position: at, Rule: rule, Severity: zonefile.Error,
		Message: fmt.Sprintf("%s %s: ", u.in.typ.Kind, l.name) + fmt.Sprintf(format, args...),
	})
}

// resource plans one resource.
func (u *unitPlan) resource(ctx context.Context, l *liveResource) {
	key := zonefile.Key{Name: l.name}
	if l.live != nil && (l.declaration != nil || l.applied != nil) {
		u.Resources = append(u.Resources, ResourceView{u.in.typ.Kind, l.name, l.live.Status, l.live.Observed})
		u.watch(l)
	}
	switch {
	case slices.ContainsFunc(u.in.pins, func(p Pin) bool { return p.Key == key }):
	case l.declaration != nil && l.live == nil:
		u.create(ctx, l)
	case l.declaration != nil:
		u.update(ctx, l)
	case l.applied != nil:
		u.leave(ctx, l)
	}
}

// change returns a change of a resource.
func (u *unitPlan) change(l *liveResource, action Action, fields []FieldChange) Change {
	c := Change{
		Kind: KindResource, Action: action, Key: zonefile.Key{Name: l.name}, Source: zonefile.Position{File: u.in.source},
		Resource: &ResourceChange{Kind: u.in.typ.Kind, Fields: fields},
	}
	if l.declaration != nil {
		c.Source = l.declaration.Position
		for name, secret := range l.wanted.Secrets {
			if c.Resource.References == nil {
				c.Resource.References = map[string]string{}
			}
			c.Resource.References[name] = secret.Reference
		}
	}
	return c
}

// create plans a resource that the provider does not have.
func (u *unitPlan) create(ctx context.Context, l *liveResource) {
	if u.in.typ.Removal == providers.NeverRemoved {
		u.problem(l, "", "%s does not have it in this account: register it there, or transfer it, first", u.in.Target)
		return
	}
	wanted, after := u.wanted(ctx, l)
	var fields []FieldChange
	for _, spec := range u.in.typ.Fields {
		if value, ok := wanted[spec.Name]; ok && (value != "" || after[spec.Name] != "") {
			fields = append(fields, FieldChange{Name: spec.Name, New: value, After: after[spec.Name]})
		}
	}
	c := u.change(l, Create, fields)
	c.Cause = CauseGit
	if l.stone != nil && l.stone.State == Retired {
		c.Action, c.Stone = Restore, l.stone.ID
	}
	if l.applied != nil {
		c.Cause = CauseDrift
		if u.in.typ.Removal == providers.RemovedAtPurge {
			u.hold(GuardMailKeyChange, fmt.Sprintf("%s %s was removed at %s by somebody else, and if it is made again it has another key", u.in.typ.Kind, l.name, u.in.Target))
		}
		if u.in.policy.Drift.Detect {
			u.Drift = append(u.Drift, c)
			return
		}
	}
	u.exclusive(l, c)
}

// wanted returns the fields that a resource is to have, and of those that are not known yet why.
func (u *unitPlan) wanted(ctx context.Context, l *liveResource) (fields, after map[string]string) {
	fields, after = maps.Clone(l.wanted.Fields), map[string]string{}
	if fields == nil {
		fields = map[string]string{}
	}
	for _, spec := range u.in.typ.Fields {
		if _, ok := fields[spec.Name]; !ok && spec.Default != "" {
			fields[spec.Name] = spec.Default
		}
	}
	for field, target := range l.declaration.FromZone {
		value, later, err := u.in.zones.value(ctx, u.in.Zone, field, target)
		switch {
		case err != nil:
			u.problem(l, field, "%s: from-zone: %v", field, err)
		case later != "":
			fields[field], after[field] = "", later
		default:
			fields[field] = value
		}
	}
	normal, err := u.in.normalize(l.wanted.With(fields))
	if err != nil {
		u.problem(l, "", "%v", err)
		return fields, after
	}
	return normal.Fields, after
}

// update plans a resource that is there.
func (u *unitPlan) update(ctx context.Context, l *liveResource) {
	wanted, after := u.wanted(ctx, l)
	var fields []FieldChange
	cause := CauseUnknown
	for _, spec := range u.in.typ.Fields {
		want, ok := wanted[spec.Name]
		if !ok {
			continue
		}
		have := l.has(spec)
		if have == want && after[spec.Name] == "" {
			continue
		}
		if spec.Rule == providers.WriteOnce {
			u.problem(l, spec.Name, "%s: it is %q at %s, and cannot be changed to %q; for another one remove this declaration, apply, and declare it anew", spec.Name, have, u.in.Target, want)
			continue
		}
		change := FieldChange{Name: spec.Name, Old: have, New: want, After: after[spec.Name]}
		why := l.causeOf(change)
		if (why == CauseDrift && u.in.policy.Drift.Detect) && change.After == "" {
			u.Drift = append(u.Drift, u.caused(u.change(l, Update, []FieldChange{change}), why))
			continue
		}
		if cause == CauseUnknown {
			cause = why
		} else if cause != why {
			cause = CauseBoth
		}
		fields = append(fields, change)
	}
	retired := l.stone != nil && l.stone.State == Retired && l.applied == nil
	if len(fields) == 0 && !retired {
		return
	}
	if l.applied == nil && !retired && !u.in.zones.planner.Stateless && slices.ContainsFunc(fields, takesAway) {
		never := fmt.Sprintf("%s %s was never applied to %s", u.in.typ.Kind, l.name, u.in.Target)
		u.hold(GuardNewTarget, fmt.Sprintf("%s, and would be changed there; take over what is there with: zoneward adopt --zone %s --target %s", never, u.in.Zone, u.in.Target))
	}
	c := u.caused(u.change(l, Update, fields), cause)
	if retired {
		c.Action, c.Stone = Restore, l.stone.ID
	}
	if l.live.Status.Phase == providers.Blocked && len(fields) > 0 {
		u.blocked(l, c)
		return
	}
	if u.in.typ.Kind == providers.Delegation {
		u.delegate(ctx, l, c)
		return
	}
	u.exclusive(l, c)
}

// takesAway reports whether the change of a field takes the place of something: what was never set can be set without asking.
func takesAway(f FieldChange) bool { return f.Old != "" && f.Old != "false" }

func (u *unitPlan) caused(c Change, cause Cause) Change {
	c.Cause = cause
	return c
}

// has returns the value that a field has. Of one that cannot be read it is what was written.
func (l *liveResource) has(spec providers.FieldSpec) string {
	if spec.Rule != providers.WriteOnly {
		return l.live.Fields[spec.Name]
	}
	if l.applied == nil {
		return ""
	}
	return l.applied.Fields[spec.Name]
}

// causeOf says who made the change of a field necessary.
func (l *liveResource) causeOf(f FieldChange) Cause {
	if l.applied == nil {
		return CauseUnknown
	}
	switch was, ok := l.applied.Fields[f.Name]; {
	case !ok || was == f.Old:
		return CauseGit
	case was == f.New:
		return CauseDrift
	}
	return CauseBoth
}

// blocked plans the change of a resource to which nothing can be written now.
func (u *unitPlan) blocked(l *liveResource, c Change) {
	if u.in.typ.Kind == providers.Delegation {
		u.add(c)
		u.hold(GuardRegistrationBlocked, fmt.Sprintf("%s is %s at %s: %s", l.name, l.live.Status.State, u.in.Target, l.live.Status.Reason))
		return
	}
	u.later(c, fmt.Sprintf("once %s is not %s any more: %s", u.in.named(l), l.live.Status.State, l.live.Status.Reason), time.Time{})
}

// elsewhere reports whether a resource that this unit does not declare is declared by another: in the file of another domain, or under another name of the provider.
func (in unitInput) elsewhere(l *liveResource) bool {
	return in.zones.declared[declaredAs(in.zones.planner.Resources[in.Target].System, l.name)]
}

// leave plans a resource that the zones repository does not declare any more.
func (u *unitPlan) leave(ctx context.Context, l *liveResource) {
	if u.in.elsewhere(l) {
		u.vanishedResources = append(u.vanishedResources, l.name)
		return
	}
	var fields []FieldChange
	for _, spec := range u.in.typ.Fields {
		have := l.applied.Fields[spec.Name]
		if l.live != nil {
			have = l.has(spec)
		}
		if have != "" {
			fields = append(fields, FieldChange{Name: spec.Name, Old: have})
		}
	}
	c := u.caused(u.change(l, Retire, fields), CauseGit)
	c.Resource.References = l.applied.References
	for _, f := range fields {
		if l.live == nil {
			break // whatever it had is gone
		}
		spec, _ := u.in.typ.Field(f.Name)
		if _, kept := l.applied.References[spec.Secret]; spec.Secret != "" && !kept && u.in.typ.Removal == providers.RemovedAtRetire {
			u.hold(GuardNoStore, fmt.Sprintf("the %s of %s at %s (%s) is not declared, so nothing keeps it, and it would be lost", spec.Secret, l.name, u.in.Target, f.Old))
		}
	}
	if u.in.policy.Grace > 0 {
		waiting := zoneInput{Ref: u.in.Ref, policy: u.in.policy, clock: u.in.clock, graces: u.in.graces, writer: u.in.writer}
		if wait, still := waiting.wait(c); still {
			u.Waiting, u.graces = append(u.Waiting, wait), append(u.graces, waiting.grace(c.Key))
			return
		}
	}
	if u.in.typ.Kind != providers.App {
		u.add(c)
		return
	}
	switch held, wait := u.in.zones.leads(ctx, l, u.in.clock); {
	case held != "":
		u.add(c)
		u.hold(GuardAppStillCNAMEd, held)
	case wait.For != "":
		wait.Change = c
		u.Deferred = append(u.Deferred, wait)
	default:
		u.add(c)
	}
}

// purges plans the end of what was retired long enough ago.
func (u *unitPlan) purges() {
	for _, stone := range u.in.stones {
		l := u.in.resource(stone.Key.Name)
		if stone.Kind != KindResource || stone.State != Retired || l == nil || l.declaration != nil || l.applied != nil ||
			!u.in.clock.Over(stone.BuriedAt, stone.PurgeAt) && !u.in.ends(stone) {
			continue
		}
		planned := slices.ContainsFunc(u.Changes, func(c Change) bool { return c.Action == Purge && c.Key.Name == l.name })
		switch {
		case u.in.typ.Removal != providers.RemovedAtPurge || l.live == nil || l.live.ID != stone.Settings[idSetting] || u.in.elsewhere(l): // another one is somebody else's
			u.expired = append(u.expired, stone.ID)
		case planned:
			u.ending = append(u.ending, stone.ID)
		default:
			var fields []FieldChange
			for _, spec := range u.in.typ.Fields {
				if have := l.live.Fields[spec.Name]; have != "" {
					fields = append(fields, FieldChange{Name: spec.Name, Old: have})
				}
			}
			c := u.change(l, Purge, fields)
			c.Stone = stone.ID
			u.Changes = append(u.Changes, c)
		}
	}
}

// publishes returns the resources all of whose outputs that are to be published are.
func (u *unitPlan) publishes() map[zonefile.Name]bool {
	all := map[zonefile.Name]bool{}
	for i := range u.in.resources {
		if l := &u.in.resources[i]; l.declaration != nil && l.live != nil && len(l.declaration.Publish) > 0 {
			all[l.name] = u.in.zones.publishes(l)
		}
	}
	return all
}

// ends reports whether somebody wants a tombstone to end now.
func (d *desiredZone) ends(stone Tombstone) bool {
	return slices.ContainsFunc(d.ending, func(t Tombstone) bool { return t.ID == stone.ID })
}

// checks reports whether the provider may find now that all that it wants is published.
func (u *unitPlan) checks() bool {
	return slices.ContainsFunc(u.in.resources, func(l liveResource) bool {
		return l.declaration != nil && len(l.declaration.Publish) > 0 && l.live != nil && l.live.Status.Phase == providers.Pending && u.in.zones.publishes(&l)
	})
}

// add adds a change that can be made now.
func (u *unitPlan) add(c Change) {
	if after := u.unknown(c); after != "" {
		u.later(c, "once "+after, time.Time{})
		return
	}
	u.Changes = append(u.Changes, c)
}

// unknown returns what has to be done before the fields of a change are known, empty if they are.
func (u *unitPlan) unknown(c Change) string {
	for _, f := range c.Resource.Fields {
		if f.After != "" {
			return f.After
		}
	}
	return ""
}

// later adds a change that has to wait.
func (u *unitPlan) later(c Change, what string, until time.Time) {
	u.Deferred = append(u.Deferred, Deferred{Change: c, For: what, Until: until})
}

func (u *unitPlan) hold(guard Guard, reason string) { u.holds[guard] = append(u.holds[guard], reason) }

// order puts the changes in the order in which they are made: what leaves first, then what gives up what only one can have.
func (u *unitPlan) order() {
	rank := func(c Change) int {
		switch {
		case c.Action == Purge:
			return 0
		case c.Action == Retire:
			return 1
		case slices.ContainsFunc(c.Resource.Fields, func(f FieldChange) bool {
			spec, _ := u.in.typ.Field(f.Name)
			return spec.Exclusive != "" && f.Old == "true"
		}):
			return 2
		}
		return 3
	}
	slices.SortStableFunc(u.Changes, func(a, b Change) int { return rank(a) - rank(b) })
}
