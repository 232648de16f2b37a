package reconcile

import (
	"context"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

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
	if plan.unit == nil {
		return nil
	}
	checker, ok := providers.AsResource[providers.ResourceChecker](a.Resources[plan.Target])
	if !ok {
		return nil
	}
	var all []Inspection
	for _, l := range plan.unit.resources {
		if l.live != nil && l.declaration != nil && is(l.live.Status) {
			all = append(all, Inspection{plan.Ref, plan.unit.typ.Kind, l.name, checker.CheckResource(ctx, l.live)})
		}
	}
	return all
}
