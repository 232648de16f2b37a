package providers

import (
	"context"

	"github.com/zoneward/zoneward/zonefile"
)

// ReadOnly returns an object that can read what p reads and has no way to write: [As] finds nothing below it. It is what
// everything gets that must not change a zone, a dry run among it.
func ReadOnly(p ZoneReader) ZoneReader {
	return &readOnly{p}
}

// readOnly does not embed what is below it, which would show the methods of that.
type readOnly struct{ below ZoneReader }

// Zones is that of the provider below.
func (r *readOnly) Zones(ctx context.Context) ([]ZoneInfo, error) { return r.below.Zones(ctx) }

// Fetch is that of the provider below.
func (r *readOnly) Fetch(ctx context.Context, origin zonefile.Name) (*Snapshot, error) {
	return r.below.Fetch(ctx, origin)
}

// Normalize is that of the provider below.
func (r *readOnly) Normalize(set zonefile.RRset) (zonefile.RRset, error) {
	return r.below.Normalize(set)
}
