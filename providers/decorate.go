package providers

import (
	"context"

	"github.com/zoneward/zoneward/zonefile"
)

// around is what a decorator does around each call of a provider: it calls do once, not at all, or again. Took and Err of call are not set. The
// caller of the provider gets what do returned last, and the error of around.
type around func(ctx context.Context, call Call, do func() error) error

// decorate returns p with a around each of its operations, those of its optional interfaces among them: see [decoratedOptional]. What else [As] finds
// below is not decorated. For resources it is decorateResources.
func decorate(p ZoneProvider, a around) ZoneProvider { return &decorated{p, a} }

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
