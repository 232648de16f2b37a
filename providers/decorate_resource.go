package providers

import (
	"context"

	"github.com/zoneward/zoneward/zonefile"
)

// decorateResources is decorate for resources.
func decorateResources(p ResourceProvider, a around) ResourceProvider {
	return &decoratedResources{p, a}
}

// decoratedResources is a provider of resources with something around each call. ResourceType and NormalizeResource ask nobody, and are as they are below.
type decoratedResources struct {
	ResourceProvider
	around around
}

// Unwrap returns the provider that is decorated.
func (d *decoratedResources) Unwrap() ResourceProvider { return d.ResourceProvider }

// FetchResource is that of the provider below, decorated.
func (d *decoratedResources) FetchResource(ctx context.Context, what Resource) (snapshot *ResourceSnapshot, err error) {
	err = d.around(ctx, Call{Operation: OperationFetchResource, Zone: what.Name}, func() error {
		snapshot, err = d.ResourceProvider.FetchResource(ctx, what)
		return err
	})
	return snapshot, err
}

// Resources is that of the provider below, decorated.
func (d *decoratedResources) Resources(ctx context.Context, like Resource) (all []*ResourceSnapshot, err error) {
	err = d.around(ctx, Call{Operation: OperationResources}, func() error {
		all, err = d.ResourceProvider.Resources(ctx, like)
		return err
	})
	return all, err
}

// CreateResource is that of the provider below, decorated.
func (d *decoratedResources) CreateResource(ctx context.Context, r Resource) error {
	call := Call{Operation: OperationCreateResource, Zone: r.Name, Ops: len(r.Fields)}
	return d.around(ctx, call, func() error { return d.ResourceProvider.CreateResource(ctx, r) })
}

// UpdateResource is that of the provider below, decorated.
func (d *decoratedResources) UpdateResource(ctx context.Context, base *ResourceSnapshot, r Resource, fields []string) error {
	call := Call{Operation: OperationUpdateResource, Zone: r.Name, Ops: len(fields)}
	return d.around(ctx, call, func() error { return d.ResourceProvider.UpdateResource(ctx, base, r, fields) })
}

// RemoveResource is that of the provider below, decorated.
func (d *decoratedResources) RemoveResource(ctx context.Context, base *ResourceSnapshot) error {
	call := Call{Operation: OperationRemoveResource, Zone: nameOf(base)}
	return d.around(ctx, call, func() error { return d.ResourceProvider.RemoveResource(ctx, base) })
}

// optional implements optionalDecorator.
func (d *decoratedResources) optional() any { return decoratedChecker{d} }

// decoratedChecker is a decorated provider as a ResourceChecker.
type decoratedChecker struct{ *decoratedResources }

var _ ResourceChecker = decoratedChecker{}

// CheckResource implements [ResourceChecker].
func (d decoratedChecker) CheckResource(ctx context.Context, base *ResourceSnapshot) error {
	checker, _ := AsResource[ResourceChecker](d.ResourceProvider) // As has found it to be there
	return d.around(ctx, Call{Operation: OperationCheckResource, Zone: nameOf(base)}, func() error { return checker.CheckResource(ctx, base) })
}

// nameOf returns the name of a resource, the zero Name if there is none.
func nameOf(base *ResourceSnapshot) zonefile.Name {
	if base == nil {
		return zonefile.Name{}
	}
	return base.Name
}
