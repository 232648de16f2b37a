package scaidns

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// RemoveZone implements [providers.ZoneRemover] by ScaiDNS's soft delete, which keeps the zone for CreateZone. How long it does is not documented. It reads the
// whole zone and compares it with base. The API compares nothing while it removes: what somebody writes between that and the removal is kept with the zone.
func (p *Provider) RemoveZone(ctx context.Context, base *providers.Snapshot) error {
	if err := p.remove(ctx, base); err != nil {
		return fmt.Errorf("remove %s: %w", base.Zone.Origin(), err)
	}
	return nil
}

func (p *Provider) remove(ctx context.Context, base *providers.Snapshot) error {
	origin := base.Zone.Origin()
	d, err := p.writable(ctx, origin)
	if err != nil {
		return err
	}
	_, live, err := p.read(ctx, d.ID, origin)
	if err != nil {
		return err
	}
	if err := conflict(live, base); err != nil {
		return err
	}
	if err := conflicts(live.Properties, base.Properties, maps.Keys(live.Properties)); err != nil {
		return err
	}
	return p.client.remove(ctx, d.ID)
}

// PurgeZone implements [providers.ZonePurger] by ScaiDNS's hard delete, if the options allow it. The API compares nothing while it removes: a zone that somebody
// restores between the last look at it and the removal is removed.
func (p *Provider) PurgeZone(ctx context.Context, origin zonefile.Name, export map[string]string) error {
	if err := p.purge(ctx, origin, export[exportID]); err != nil {
		return fmt.Errorf("purge %s: %w", origin, err)
	}
	return nil
}

func (p *Provider) purge(ctx context.Context, origin zonefile.Name, id string) error {
	n, err := p.named(ctx, origin)
	switch {
	case err != nil:
		return err
	case len(n.live) > 0:
		return fmt.Errorf("%w: the zone is there (%s)", providers.ErrConflict, p.client.idsOf(n.live))
	case len(n.kept) == 0:
		return nil
	case !p.allowHardDelete:
		return fmt.Errorf("%w: allow_hard_delete is not set: ScaiDNS keeps the zone (%s)", providers.ErrUnsupported, p.client.idsOf(n.kept))
	case !slices.ContainsFunc(n.kept, func(d domain) bool { return d.ID == id }):
		return fmt.Errorf("%w: what ScaiDNS keeps is another zone of this name (%s) than the one that was removed (%q)", providers.ErrConflict, p.client.idsOf(n.kept), id)
	}
	// What is removed for good cannot be brought back, so it is looked at once more. It may be that only the list has it.
	d, err := p.client.kept(ctx, id)
	switch {
	case refusedWith(err, http.StatusNotFound):
	case err != nil:
		return err
	case d.Status != statusDeleted:
		return fmt.Errorf("%w: the zone is there again (%s)", providers.ErrConflict, p.client.idsOf([]domain{d}))
	}
	return p.client.removeForGood(ctx, id)
}
