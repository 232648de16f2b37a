package providers

import (
	"context"

	"github.com/zoneward/zoneward/zonefile"
)

// around is what a decorator does around each call of a provider: it calls do once, not at all, or again. Took and Err of call are not set. The
// caller of the provider gets what do returned last, and the error of around.
type around func(ctx context.Context, call Call, do func() error) error

// decorate returns p with a around each of its operations, those of ZoneCreator and ZoneRemover among them if it is one. What else [As] finds
// below is not decorated.
func decorate(p ZoneProvider, a around) ZoneProvider {
	d := &decorated{p, a}
	if remover, ok := As[ZoneRemover](p); ok {
		return &decoratedRemover{&decoratedCreator{d, remover}, remover}
	}
	if creator, ok := As[ZoneCreator](p); ok {
		return &decoratedCreator{d, creator}
	}
	return d
}

// decorated is a provider with something around each call. Normalize asks nobody, and is as it is below.
type decorated struct {
	ZoneProvider
	around around
}

// Unwrap returns the provider that is decorated.
func (d *decorated) Unwrap() ZoneProvider { return d.ZoneProvider }

// Zones is that of the provider below, decorated.
func (d *decorated) Zones(ctx context.Context) (zones []ZoneInfo, err error) {
	err = d.around(ctx, Call{Operation: OperationZones}, func() error {
		zones, err = d.ZoneProvider.Zones(ctx)
		return err
	})
	return zones, err
}

// Fetch is that of the provider below, decorated.
func (d *decorated) Fetch(ctx context.Context, origin zonefile.Name) (snapshot *Snapshot, err error) {
	err = d.around(ctx, Call{Operation: OperationFetch, Zone: origin}, func() error {
		snapshot, err = d.ZoneProvider.Fetch(ctx, origin)
		return err
	})
	return snapshot, err
}

// Apply is that of the provider below, decorated.
func (d *decorated) Apply(ctx context.Context, origin zonefile.Name, batch Batch) (result Result, err error) {
	err = d.around(ctx, Call{Operation: OperationApply, Zone: origin, Ops: len(batch.Ops)}, func() error {
		result, err = d.ZoneProvider.Apply(ctx, origin, batch)
		return err
	})
	return result, err
}

// decoratedCreator is decorated above a provider that can create zones.
type decoratedCreator struct {
	*decorated
	creator ZoneCreator
}

// CreateZone is that of the provider below, decorated.
func (d *decoratedCreator) CreateZone(ctx context.Context, spec ZoneSpec) error {
	return d.around(ctx, Call{Operation: OperationCreateZone, Zone: spec.Origin}, func() error { return d.creator.CreateZone(ctx, spec) })
}

// decoratedRemover is decoratedCreator above a provider that can remove zones too.
type decoratedRemover struct {
	*decoratedCreator
	remover ZoneRemover
}

// ZoneSettings is that of the provider below, decorated.
func (d *decoratedRemover) ZoneSettings(ctx context.Context, origin zonefile.Name) (kind string, settings map[string]string, err error) {
	err = d.around(ctx, Call{Operation: OperationZoneSettings, Zone: origin}, func() error {
		kind, settings, err = d.remover.ZoneSettings(ctx, origin)
		return err
	})
	return kind, settings, err
}

// RemoveZone is that of the provider below, decorated.
func (d *decoratedRemover) RemoveZone(ctx context.Context, base *Snapshot) error {
	call := Call{Operation: OperationRemoveZone}
	if base != nil && base.Zone != nil {
		call.Zone = base.Zone.Origin()
	}
	return d.around(ctx, call, func() error { return d.remover.RemoveZone(ctx, base) })
}
