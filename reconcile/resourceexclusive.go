package reconcile

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// exclusive plans a change that may give a resource what only one can have.
func (u *unitPlan) exclusive(l *liveResource, c Change) {
	for _, f := range c.Resource.Fields {
		spec, _ := u.in.typ.Field(f.Name)
		holder, held := u.holder(l, spec)
		if spec.Exclusive == "" || f.New != "true" || !held {
			continue
		}
		if other := u.in.resource(holder); other != nil && other.declaration != nil && other.wanted.Fields[f.Name] != "true" {
			continue // it loses it in this plan, and before
		}
		u.later(c, fmt.Sprintf("once %s is not the one that is %s any more", holder, f.Name), time.Time{})
		return
	}
	u.add(c)
}

// holder returns which other resource has a field that only one can have. Of a resource that is not there yet it is one of this plan that has.
func (u *unitPlan) holder(l *liveResource, spec providers.FieldSpec) (holder zonefile.Name, held bool) {
	if l.live != nil {
		holder, held = l.live.Holders[spec.Name]
		return holder, held && holder != l.name
	}
	for _, other := range u.in.resources {
		if other.name != l.name && other.live != nil && other.live.Fields[spec.Name] == "true" && other.live.Fields[spec.Exclusive] == l.wanted.Fields[spec.Exclusive] {
			return other.name, true
		}
	}
	return zonefile.Name{}, false
}

// surplus finds the resources that would be more than can have the same value of a field, such as names of one application. It asks for those that there are only
// if some are to be made.
func (u *unitPlan) surplus(ctx context.Context) {
	for _, spec := range u.in.typ.Fields {
		made := map[string][]*liveResource{}
		for i := range u.in.resources {
			l := &u.in.resources[i]
			if spec.Most > 0 && l.declaration != nil && l.problem == nil && l.unread == nil && l.live == nil {
				made[l.wanted.Fields[spec.Name]] = append(made[l.wanted.Fields[spec.Name]], l)
			}
		}
		for _, value := range slices.Sorted(maps.Keys(made)) {
			all := made[value]
			there, err := u.in.list(ctx, providers.Resource{Kind: u.in.typ.Kind, Fields: map[string]string{spec.Name: value}})
			if err != nil {
				u.Err = cmp.Or(u.Err, fmt.Errorf("%s: count what has the %s %q: %w", u.Ref, spec.Name, value, err))
				continue
			}
			leaving := count(u.in.resources, func(l liveResource) bool {
				return l.declaration == nil && l.applied != nil && l.live != nil && l.live.Fields[spec.Name] == value
			})
			for i, l := range all {
				switch n := len(there) + i; {
				case n < spec.Most:
				case n-leaving < spec.Most:
					u.defers(l, fmt.Sprintf("once the %s %q has less than %d names", spec.Name, value, spec.Most))
				default:
					u.problem(l, spec.Name, "%s %q has %d names at %s already, and can have %d", spec.Name, value, n, u.in.Target, spec.Most)
				}
			}
		}
	}
}

// defers has the change of a resource wait.
func (u *unitPlan) defers(l *liveResource, what string) {
	for i, c := range u.Changes {
		if c.Key.Name == l.name {
			u.Changes = slices.Delete(u.Changes, i, i+1)
			u.later(c, what, time.Time{})
			return
		}
	}
}
