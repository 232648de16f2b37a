package providers

import (
	"context"
	"time"

	"github.com/zoneward/zoneward/zonefile"
)

// Operation names a method of a provider that asks or writes.
type Operation string

// The operations.
const (
	OperationZones        Operation = "zones"
	OperationFetch        Operation = "fetch"
	OperationApply        Operation = "apply"
	OperationCreateZone   Operation = "create zone"
	OperationZoneSettings Operation = "zone settings"
	OperationRemoveZone   Operation = "remove zone"
)

// Call is one call of a provider that has ended.
type Call struct {
	Operation Operation
	Zone      zonefile.Name // the zero Name for OperationZones
	Ops       int           // the operations of the batch, for OperationApply
	Took      time.Duration
	Err       error
}

// Observe returns p with done called after each Zones, Fetch, Apply, and CreateZone if p is a [ZoneCreator], by the goroutine that called. Below [Retry] it sees each attempt,
// above it what became of them; below [Limit] the time that a call waits for its turn is not in Took.
func Observe(p ZoneProvider, done func(Call)) ZoneProvider {
	o := &observed{p, done}
	if creator, ok := As[ZoneCreator](p); ok {
		return &observedCreator{o, creator}
	}
	return o
}

type observed struct {
	ZoneProvider
	done func(Call)
}

// Unwrap returns the provider that is observed.
func (o *observed) Unwrap() ZoneProvider { return o.ZoneProvider }

// Zones is that of the provider below, observed.
func (o *observed) Zones(ctx context.Context) ([]ZoneInfo, error) {
	begin := time.Now()
	zones, err := o.ZoneProvider.Zones(ctx)
	o.done(Call{Operation: OperationZones, Took: time.Since(begin), Err: err})
	return zones, err
}

// Fetch is that of the provider below, observed.
func (o *observed) Fetch(ctx context.Context, origin zonefile.Name) (*Snapshot, error) {
	begin := time.Now()
	snapshot, err := o.ZoneProvider.Fetch(ctx, origin)
	o.done(Call{Operation: OperationFetch, Zone: origin, Took: time.Since(begin), Err: err})
	return snapshot, err
}

// Apply is that of the provider below, observed.
func (o *observed) Apply(ctx context.Context, origin zonefile.Name, batch Batch) (Result, error) {
	begin := time.Now()
	result, err := o.ZoneProvider.Apply(ctx, origin, batch)
	o.done(Call{Operation: OperationApply, Zone: origin, Ops: len(batch.Ops), Took: time.Since(begin), Err: err})
	return result, err
}

// observedCreator is observed above a provider that can create zones.
type observedCreator struct {
	*observed
	creator ZoneCreator
}

// CreateZone is that of the provider below, observed.
func (o *observedCreator) CreateZone(ctx context.Context, spec ZoneSpec) error {
	begin := time.Now()
	err := o.creator.CreateZone(ctx, spec)
	o.done(Call{Operation: OperationCreateZone, Zone: spec.Origin, Took: time.Since(begin), Err: err})
	return err
}
