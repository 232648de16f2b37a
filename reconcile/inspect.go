package reconcile

import (
	"cmp"
	"context"
	"iter"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// Declared gives the resources that are declared at the provider of a plan, in order of their names: what each is, and how it was found, nil if the provider does not
// have it. One of which the provider did not tell is not among them.
func (z *ZonePlan) Declared() iter.Seq2[providers.Resource, *providers.ResourceSnapshot] {
	return func(yield func(providers.Resource, *providers.ResourceSnapshot) bool) {
		if z.unit == nil {
			return
		}
		for _, l := range z.unit.resources {
			if l.declaration != nil && l.unread == nil && !yield(providers.Resource{Kind: z.unit.typ.Kind, Name: l.name}, l.live) {
				return
			}
		}
	}
}

// Unread gives the resources that are declared at the provider of a plan and of which nothing is known, in order of their names, with the reason: the provider did not
// tell, or was not asked, because of what is wrong with the declaration.
func (z *ZonePlan) Unread() iter.Seq2[providers.Resource, error] {
	return func(yield func(providers.Resource, error) bool) {
		if z.unit == nil {
			return
		}
		for _, l := range z.unit.resources {
			err := cmp.Or(l.problem, l.unread)
			if l.declaration != nil && err != nil && !yield(providers.Resource{Kind: z.unit.typ.Kind, Name: l.name}, err) {
				return
			}
		}
	}
}

// Inspection is what came of asking a provider to look at a resource.
type Inspection struct {
	Ref
	Kind providers.ResourceKind
	Name zonefile.Name
	Err  error // why it does not look
}

// Inspect has each provider that does so when it is asked look now at the declared resources of a plan, but for those that are Blocked: whether what they want
// to be published is. It waits for no answer: a plan that is made then shows what came of it. The inspections are in the order of the plan.
func (a *Applier) Inspect(ctx context.Context, plan *Plan) []Inspection {
	var all []Inspection
	for i := range plan.Zones {
		all = append(all, a.inspect(ctx, &plan.Zones[i], func(s providers.ResourceStatus) bool { return s.Phase != providers.Blocked })...)
	}
	return all
}

// inspect has the provider of a plan look at those of its declared resources whose status is so.
func (a *Applier) inspect(ctx context.Context, plan *ZonePlan, is func(providers.ResourceStatus) bool) []Inspection {
	checker, ok := providers.AsResource[providers.ResourceChecker](a.Resources[plan.Target])
	if !ok {
		return nil
	}
	var all []Inspection
	for what, live := range plan.Declared() {
		if live != nil && is(live.Status) {
			all = append(all, Inspection{plan.Ref, what.Kind, what.Name, checker.CheckResource(ctx, live)})
		}
	}
	return all
}
