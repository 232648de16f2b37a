package providers

import (
	"context"

	"github.com/zoneward/zoneward/zonefile"
)

// As returns p, or the first provider below its decorators, that is a T: how an optional interface is found.
//
//	creator, ok := providers.As[providers.ZoneCreator](p)
//
// It does not look below [ReadOnly].
func As[T any](p ZoneReader) (T, bool) {
	for {
		if t, ok := p.(T); ok {
			return t, true
		}
		w, ok := p.(Unwrapper)
		if !ok {
			var none T
			return none, false
		}
		p = w.Unwrap()
	}
}

// Unwrapper is a decorator that lets [As] look at the provider below it.
type Unwrapper interface {
	Unwrap() ZoneProvider
}

// Splitter is a provider that writes large batches in parts, and knows in how many.
type Splitter interface {
	// Parts returns in how many parts Apply would write the batch, 1 if it does at once. It asks nobody.
	Parts(origin zonefile.Name, batch Batch) (int, error)
}

// ZoneCreator is a provider that can create zones.
type ZoneCreator interface {
	// CreateZone creates a primary zone with the SOA and the apex NS of spec, or those that the provider makes where spec has none.
	// If the zone is there the error wraps ErrConflict.
	CreateZone(ctx context.Context, spec ZoneSpec) error
}

// ZoneRemover is a ZoneCreator that can also remove zones, so that they can be retired and restored.
type ZoneRemover interface {
	ZoneCreator

	// ZoneSettings returns what CreateZone needs, beside the RRsets, to make a zone as this one is: the kind and the settings of a ZoneSpec.
	// The error wraps ErrBlocked, and says why, if the zone has what could not be made again, such as the keys that it is signed with.
	ZoneSettings(ctx context.Context, origin zonefile.Name) (kind string, settings map[string]string, err error)

	// RemoveZone removes the zone of base, with all that is in it. If it is not as base says the error wraps ErrConflict, and nothing was done. A zone
	// that is not there is ErrNoZone.
	RemoveZone(ctx context.Context, base *Snapshot) error
}

// ZoneSpec says how a zone is created.
type ZoneSpec struct {
	Origin zonefile.Name
	// Apex are the RRsets of the apex that the zone is to have from the start: at most its SOA and its NS.
	Apex []zonefile.RRset
	// Kind is the provider's own word for how it is replicated ("Native", "Master"), empty for the provider's default.
	Kind string
	// Settings are what ZoneRemover.ZoneSettings returned of a zone that is made again. Only the provider looks into them.
	Settings map[string]string
}
