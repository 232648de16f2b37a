package scaleway

import (
	"context"
	"errors"
	"fmt"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// Revisions implements [providers.Revisions] with the versions of the zone, of which Scaleway keeps 100.
func (p *Provider) Revisions(ctx context.Context, origin zonefile.Name) ([]providers.Revision, error) {
	versions, err := p.versions(ctx, origin)
	if err != nil {
		return nil, fmt.Errorf("list the versions of %s: %w", origin, err)
	}
	all := make([]providers.Revision, 0, len(versions))
	for _, v := range versions {
		all = append(all, providers.Revision{ID: v.ID, At: v.Created})
	}
	return all, nil
}

// Revision implements [providers.Revisions]. What is foreign is left out. A version of another zone is none: the API itself would return it.
func (p *Provider) Revision(ctx context.Context, origin zonefile.Name, id string) (*zonefile.Zone, error) {
	versions, err := p.versions(ctx, origin)
	if err == nil && !versions.has(id) {
		err = fmt.Errorf("%w: the zone has no such version (any more: Scaleway keeps the newest 100)", providers.ErrInvalid)
	}
	var zone *zonefile.Zone
	if err == nil {
		zone, err = p.revision(ctx, origin, id)
	}
	if err != nil {
		return nil, fmt.Errorf("read the version %q of %s: %w", id, origin, err)
	}
	return zone, nil
}

// versions returns the versions of a zone, with the error that there is for a zone.
func (p *Provider) versions(ctx context.Context, origin zonefile.Name) (history, error) {
	if _, err := p.zone(ctx, origin); err != nil {
		return nil, err
	}
	versions, err := p.client.versions(ctx, origin)
	if err != nil {
		return nil, p.zoneError(ctx, origin, err)
	}
	return versions, nil
}

// revision returns what can be managed of a version that the zone has.
func (p *Provider) revision(ctx context.Context, origin zonefile.Name, id string) (*zonefile.Zone, error) {
	records, err := p.client.versionRecords(ctx, id)
	if err = apiError(err); errors.Is(err, providers.ErrNoZone) {
		return nil, fmt.Errorf("%w: there is no such version any more: %s", providers.ErrInvalid, err.Error())
	}
	if err != nil {
		return nil, err
	}
	c, err := newContent(origin, records)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", providers.ErrBlocked, err)
	}
	return c.zone, nil
}
