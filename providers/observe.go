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
	OperationPurgeZone    Operation = "purge zone"
	OperationExportZone   Operation = "export zone"
	OperationConfigure    Operation = "configure zone"
	OperationSigning      Operation = "signing"
	OperationRevisions    Operation = "revisions"
	OperationRevision     Operation = "revision"
	OperationProveZone    Operation = "prove zone"

	OperationResources      Operation = "resources"
	OperationFetchResource  Operation = "fetch resource"
	OperationCreateResource Operation = "create resource"
	OperationUpdateResource Operation = "update resource"
	OperationRemoveResource Operation = "remove resource"
	OperationCheckResource  Operation = "check resource"
)

// Writes reports whether the operation changes something.
func (o Operation) Writes() bool {
	switch o {
	case OperationApply, OperationCreateZone, OperationRemoveZone, OperationPurgeZone, OperationConfigure, OperationProveZone,
		OperationCreateResource, OperationUpdateResource, OperationRemoveResource, OperationCheckResource:
		return true
	case OperationZones, OperationFetch, OperationZoneSettings, OperationExportZone, OperationSigning, OperationRevisions, OperationRevision,
		OperationResources, OperationFetchResource:
	}
	return false
}

// Call is one call of a provider that has ended.
type Call struct {
	Operation Operation
	Zone      zonefile.Name // or the name of the resource; the zero Name for OperationZones and OperationResources
	Ops       int           // the operations of the batch for OperationApply; the properties or fields that are set
	Took      time.Duration
	Err       error
}

// Observe returns p with done called after each call of an [Operation] that p has, by the goroutine that called. Below [Account.Guard] it sees each
// attempt, without the time that it waits for its turn; above, what became of them.
func Observe(p ZoneProvider, done func(Call)) ZoneProvider { return decorate(p, observing(done)) }

// ObserveResources is [Observe] for resources.
func ObserveResources(p ResourceProvider, done func(Call)) ResourceProvider {
	return decorateResources(p, observing(done))
}

func observing(done func(Call)) around {
	return func(_ context.Context, call Call, do func() error) error {
		begin := time.Now()
		call.Err = do()
		call.Took = time.Since(begin)
		done(call)
		return call.Err
	}
}
