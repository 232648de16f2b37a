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

// RevisionsOf returns the revisions that p keeps, and no way to write, as [ReadOnly] does; nil if it keeps none.
func RevisionsOf(p ZoneReader) Revisions {
	below, ok := As[Revisions](p)
	if !ok {
		return nil
	}
	return &revisionsOnly{below}
}

// SignerOf returns how p signs zones, and no way to write, as [ReadOnly] does; nil if it does not say.
func SignerOf(p ZoneReader) Signer {
	below, ok := As[Signer](p)
	if !ok {
		return nil
	}
	return &signerOnly{below}
}

type signerOnly struct{ below Signer }

// Signing is that of the provider below.
func (s *signerOnly) Signing(ctx context.Context, origin zonefile.Name) (Signing, error) {
	return s.below.Signing(ctx, origin)
}

type revisionsOnly struct{ below Revisions }

// Revisions is that of the provider below.
func (r *revisionsOnly) Revisions(ctx context.Context, origin zonefile.Name) ([]Revision, error) {
	return r.below.Revisions(ctx, origin)
}

// Revision is that of the provider below.
func (r *revisionsOnly) Revision(ctx context.Context, origin zonefile.Name, id string) (*zonefile.Zone, error) {
	return r.below.Revision(ctx, origin, id)
}

// ReadOnlyResources returns an object that can read what p reads and has no way to write, nor to have anything looked at, as [ReadOnly] does for zones.
func ReadOnlyResources(p ResourceReader) ResourceReader { return &readOnlyResources{p} }

type readOnlyResources struct{ below ResourceReader }

// ResourceType is that of the provider below.
func (r *readOnlyResources) ResourceType() ResourceType { return r.below.ResourceType() }

// FetchResource is that of the provider below.
func (r *readOnlyResources) FetchResource(ctx context.Context, what Resource) (*ResourceSnapshot, error) {
	return r.below.FetchResource(ctx, what)
}

// Resources is that of the provider below.
func (r *readOnlyResources) Resources(ctx context.Context, like Resource) ([]*ResourceSnapshot, error) {
	return r.below.Resources(ctx, like)
}

// NormalizeResource is that of the provider below.
func (r *readOnlyResources) NormalizeResource(resource Resource) (Resource, error) {
	return r.below.NormalizeResource(resource)
}
