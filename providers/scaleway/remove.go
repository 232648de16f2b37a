package scaleway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/rest"
	"github.com/zoneward/zoneward/providers/internal/scw"
	"github.com/zoneward/zoneward/zonefile"
)

// ZoneSettings implements [providers.ZoneRemover]. The only setting is the project; zones have no kind.
//
// The error wraps ErrBlocked if the zone is the root zone of its domain, is linked to another product, or has records that could not be written
// again: those that are foreign, and those that Normalize refuses. Lost are the comments of records, the zone's
// versions, and the TSIG key for transfers, if there is one.
func (p *Provider) ZoneSettings(ctx context.Context, origin zonefile.Name) (kind string, all map[string]string, err error) {
	z, now, err := p.whole(ctx, origin)
	if err == nil {
		err = writableAgain(now)
	}
	if err != nil {
		return "", nil, fmt.Errorf("settings of %s: %w", origin, err)
	}
	return "", map[string]string{projectSetting: z.Project}, nil
}

// RemoveZone implements [providers.ZoneRemover]. It reads the whole zone and compares it with base. The API compares nothing while it removes: what
// somebody writes between that and the removal, a moment, is lost.
func (p *Provider) RemoveZone(ctx context.Context, base *providers.Snapshot) error {
	if err := p.remove(ctx, base); err != nil {
		return fmt.Errorf("remove %s: %w", base.Zone.Origin(), err)
	}
	return nil
}

func (p *Provider) remove(ctx context.Context, base *providers.Snapshot) error {
	origin := base.Zone.Origin()
	z, now, err := p.whole(ctx, origin)
	if err != nil {
		return rest.Untouched(ctx, err)
	}
	if err := cmp.Or(conflict(now, base), writableAgain(now)); err != nil {
		return err
	}
	if err := p.client.remove(ctx, origin, z.Project); err != nil {
		return p.notRemoved(ctx, origin, err)
	}
	return nil
}

// notRemoved gives the error of a removal its kind. Those that promise that the zone is as it was are only returned if it is there.
func (p *Provider) notRemoved(ctx context.Context, origin zonefile.Name, err error) error {
	switch {
	case !scw.Promises(err):
		return err
	case scw.AtTheDoor(err):
		return apiError(err)
	}
	_, gone := p.zone(ctx, origin)
	kind := apiError(err)
	switch {
	case errors.Is(gone, providers.ErrNoZone):
		return gone
	case gone != nil:
		return scw.Unsure(ctx, fmt.Sprintf("%s; and then the list of zones could not be read, which would say whether it is there: %s", err, gone))
	case scw.Forbidden(err) && !typed(err):
		// The zone could be read a moment ago, and a permission that is missing has a type of its own.
		return fmt.Errorf("%w: %s", providers.ErrBlocked, err.Error())
	case errors.Is(kind, providers.ErrNoZone):
		return err // of what it is not said
	}
	return kind
}

// whole returns what would go with a zone that can be removed.
func (p *Provider) whole(ctx context.Context, origin zonefile.Name) (dnsZone, state, error) {
	z, err := p.removable(ctx, origin)
	if err != nil {
		return dnsZone{}, state{}, err
	}
	now, err := p.look(ctx, origin)
	return z, now, err
}

// removable is writableZone, with an error that wraps ErrBlocked for a zone that cannot be removed.
func (p *Provider) removable(ctx context.Context, origin zonefile.Name) (dnsZone, error) {
	z, err := p.writableZone(ctx, origin)
	switch {
	case err != nil:
		return dnsZone{}, err
	case z.Subdomain == "":
		return dnsZone{}, fmt.Errorf("%w: it is the root zone of its domain, which Scaleway does not remove as long as there is the domain: set zone_removal: keep for it", providers.ErrBlocked)
	case len(z.Linked) > 0:
		return dnsZone{}, fmt.Errorf("%w: it is linked to other products of Scaleway, which write to it (%s): unlink it from them first", providers.ErrBlocked, strings.Join(z.Linked, ", "))
	}
	return z, nil
}

// writableAgain returns an error that wraps ErrBlocked if something of a zone could not be written again.
func writableAgain(now state) error {
	if now.foreign != nil {
		for set := range now.foreign.All() {
			return fmt.Errorf("%w: %s could not be written again: %s: remove it, or the zone, by hand", providers.ErrBlocked, set.Key, whyForeign(set.Key).Error())
		}
	}
	for set := range now.zone.All() {
		if _, err := normalize(set); err != nil {
			return fmt.Errorf("%w: %s could not be written again: %s: remove it, or the zone, by hand", providers.ErrBlocked, set.Key, err.Error())
		}
	}
	return nil
}

// ExportZone implements [providers.ZoneExporter]: "zone_file" is the zone as Scaleway exports it, a master file with its SOA, and "version" its
// newest version.
func (p *Provider) ExportZone(ctx context.Context, origin zonefile.Name) (map[string]string, error) {
	versions, err := p.versions(ctx, origin)
	if err != nil {
		return nil, fmt.Errorf("export %s: %w", origin, err)
	}
	file, err := p.client.export(ctx, origin)
	if err != nil {
		return nil, fmt.Errorf("export %s: %w", origin, p.zoneError(ctx, origin, err))
	}
	if file == "" {
		return nil, fmt.Errorf("export %s: %w", origin, errors.New("the zone file is empty"))
	}
	return map[string]string{"zone_file": file, "version": versions.newest()}, nil
}
