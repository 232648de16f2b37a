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

// ZoneCreator is a provider that can create zones.
type ZoneCreator interface {
	// CreateZone creates a primary zone with the SOA and the apex NS of spec, or those that the provider makes where spec has none.
	// If the zone is there the error wraps ErrConflict.
	CreateZone(ctx context.Context, spec ZoneSpec) error
}

// ZoneSpec says how a zone is created.
type ZoneSpec struct {
	Origin zonefile.Name
	// Apex are the RRsets of the apex that the zone is to have from the start: at most its SOA and its NS.
	Apex []zonefile.RRset
	// Kind is the provider's own word for how it is replicated ("Native", "Master"), empty for the provider's default.
	Kind string
}
