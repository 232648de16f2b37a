package powerdns

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/rest"
	"github.com/zoneward/zoneward/zonefile"
)

// found is a zone with all that would go if it were removed.
type found struct {
	zone     zone
	snapshot *providers.Snapshot
	settings settings
	// blocks says why it could not be made again, one reason each.
	blocks []string
}

// ZoneSettings implements [providers.ZoneRemover]. The settings are soa_edit_api, soa_edit, api_rectify, account, catalog, masters, the TSIG keys, all
// other metadata, the disabled records and the comments of RRsets.
//
// The error wraps ErrBlocked if the zone has DNSSEC keys, active or not, because nobody could make those again; stored records of a
// signer; metadata that the API does not set, such as PRESIGNED, NSEC3PARAM, LUA-AXFR-SCRIPT and ENABLE-LUA-RECORDS; or RRsets that
// Normalize refuses. What the API does not show is lost, such as the group of a member of a catalog. The views of PowerDNS 5 are
// not looked at.
func (p *Provider) ZoneSettings(ctx context.Context, origin zonefile.Name) (kind string, all map[string]string, err error) {
	f, err := p.inspect(ctx, origin)
	if err == nil {
		err = f.removable()
	}
	if err != nil {
		return "", nil, fmt.Errorf("settings of %s: %w", origin, err)
	}
	return f.zone.Kind, f.settings.encode(), nil
}

// RemoveZone implements [providers.ZoneRemover]. It reads the whole zone and compares it with base, and looks for what ZoneSettings says must
// not be lost. The API compares nothing while it removes: what somebody writes between that and the removal, a moment, is lost.
//
// A 500 after which the zone is there as it was is a [*providers.BusyError].
func (p *Provider) RemoveZone(ctx context.Context, base *providers.Snapshot) error {
	if err := p.remove(ctx, base); err != nil {
		return fmt.Errorf("remove %s: %w", base.Zone.Origin(), err)
	}
	return nil
}

func (p *Provider) remove(ctx context.Context, base *providers.Snapshot) error {
	end, err := p.turn(ctx)
	if err != nil {
		return err
	}
	defer end()
	origin := base.Zone.Origin()
	f, err := p.inspect(ctx, origin)
	if err != nil {
		return err
	}
	if err := cmp.Or(conflict(f.snapshot, base), f.removable()); err != nil {
		return err
	}
	err = p.client.remove(ctx, origin)
	if e, ok := errors.AsType[*rest.Error](err); ok && e.Status == http.StatusInternalServerError {
		if now, readErr := p.client.zone(ctx, origin); readErr == nil && now.Serial == f.zone.Serial {
			return &providers.BusyError{Err: err}
		}
	}
	return p.zoneError(ctx, err)
}

// inspect reads all that there is of a zone, and the zone itself last: of all that it is what changes most.
func (p *Provider) inspect(ctx context.Context, origin zonefile.Name) (found, error) {
	meta, err := p.client.metadata(ctx, origin)
	if err != nil {
		return found{}, p.zoneError(ctx, err)
	}
	keys, err := p.client.keys(ctx, origin)
	if err != nil {
		return found{}, p.zoneError(ctx, err)
	}
	var extras []rrset
	z, snapshot, err := p.fetch(ctx, origin, func(r rrset) {
		if e, ok := extra(r); ok {
			extras = append(extras, e)
		}
	})
	if err != nil {
		return found{}, err
	}
	f := found{zone: z, snapshot: snapshot}
	var lost []string
	f.settings, lost = newSettings(z, meta, extras)
	f.blocks = blocks(snapshot, keys, lost)
	return f, nil
}

// blocks returns why a zone with so many keys, and metadata that would be lost, could not be made again.
func blocks(s *providers.Snapshot, keys int, lost []string) []string {
	var all []string
	name := strings.TrimSuffix(nameText(s.Zone.Origin()), ".")
	if keys > 0 {
		all = append(all, fmt.Sprintf("it has DNSSEC keys (%d), and nobody could make them again: take its DS out of the parent zone, wait until no resolver has it, and remove the keys", keys))
	}
	if s.Foreign != nil {
		for set := range s.Foreign.All() {
			all = append(all, fmt.Sprintf("%s is stored, which only a signer makes", set.Key))
			break
		}
	}
	for _, kind := range lost {
		all = append(all, fmt.Sprintf("its metadata %s could not be set again through the API: clear it (pdnsutil set-meta %s %s)", kind, name, kind))
	}
	for set := range s.Zone.All() {
		if err := holds(set); err != nil {
			all = append(all, fmt.Sprintf("%s could not be written again: %s", set.Key, err.Error()))
			break
		}
	}
	return all
}

// removable returns an error that wraps ErrBlocked if the zone could not be made again.
func (f found) removable() error {
	if len(f.blocks) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s; or remove the zone by hand, and lose that", providers.ErrBlocked, strings.Join(f.blocks, "; "))
}
