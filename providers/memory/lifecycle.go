package memory

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// defaultReplication is the kind of a zone whose spec names none.
const defaultReplication = "Native"

// CreateZone creates a zone, and keeps the kind and the settings of spec for ZoneSettings. One whose spec has no SOA or NS gets those of a
// server that does not know better. One that was removed and is kept is brought back as it is kept, whatever spec says.
func (p *Provider) CreateZone(ctx context.Context, spec providers.ZoneSpec) error {
	_, err := call(&p.script, providers.OperationCreateZone, func(f Fault) (struct{}, error) { return struct{}{}, p.create(ctx, spec, f) })
	if err != nil {
		return fmt.Errorf("create zone %s: %w", spec.Origin, err)
	}
	return nil
}

func (p *Provider) create(ctx context.Context, spec providers.ZoneSpec, f Fault) error {
	if err := cmp.Or(ctx.Err(), f.Err); err != nil && f.Written == 0 {
		return err
	}
	if p.zones[spec.Origin] != nil {
		return fmt.Errorf("it is there: %w", providers.ErrConflict)
	}
	if z := p.kept[spec.Origin]; z != nil {
		delete(p.kept, spec.Origin)
		p.zones[spec.Origin] = z
		return f.Err
	}
	kind := cmp.Or(spec.Kind, defaultReplication)
	properties, err := p.beginning(kind, spec.Properties)
	if err != nil {
		return err
	}
	server := zonefile.MustParseName("ns.invalid.")
	served := zonefile.NewZone(spec.Origin)
	made := []zonefile.RRset{
		zonefile.SOA{MName: server, RName: server, Serial: 1, Refresh: 3600, Retry: 600, Expire: 604800, Minimum: 300}.RRset(spec.Origin, 3600),
		zonefile.MustParseRRset(spec.Origin.String()+" 3600 NS", server.String()),
	}
	for _, set := range slices.Concat(made, spec.Apex) {
		if err := served.Put(set); err != nil || set.Key != soaKey(spec.Origin) && set.Key != nsKey(spec.Origin) {
			return fmt.Errorf("%s is not its SOA or NS: %w", set.Key, providers.ErrInvalid)
		}
	}
	z := p.add(served, providers.Primary)
	z.replication, z.settings, z.blocked = kind, maps.Clone(spec.Settings), p.begins(spec.Origin)
	z.now.properties = properties
	if errors.Is(f.Err, providers.ErrPartial) {
		z.now.properties = p.initial(kind)
	}
	return f.Err
}

// ZoneSettings returns the kind and the settings that a zone was created with, or that SetSettings gave it. A zone that is signed is blocked, unless it
// would be kept.
func (p *Provider) ZoneSettings(ctx context.Context, origin zonefile.Name) (kind string, settings map[string]string, err error) {
	z, err := call(&p.script, providers.OperationZoneSettings, func(f Fault) (zone, error) {
		z, err := p.lookUp(ctx, origin)
		if err = cmp.Or(err, f.Err); err != nil {
			return zone{}, err
		}
		if algorithm := z.now.properties[providers.PropertyDNSSEC]; p.signs && !p.keeps && algorithm != unsigned {
			return zone{}, fmt.Errorf("signed with keys that could not be made again: %w", providers.ErrBlocked)
		}
		return zone{replication: z.replication, settings: maps.Clone(z.settings)}, nil
	})
	if err != nil {
		return "", nil, fmt.Errorf("settings of %s: %w", origin, err)
	}
	return z.replication, z.settings, nil
}

// RemoveZone removes a zone whose state is that of base: nobody has written to it since, or set a property.
func (p *Provider) RemoveZone(ctx context.Context, base *providers.Snapshot) error {
	if base == nil || base.Zone == nil {
		return fmt.Errorf("remove a zone without a base: %w", providers.ErrInvalid)
	}
	origin := base.Zone.Origin()
	_, err := call(&p.script, providers.OperationRemoveZone, func(f Fault) (struct{}, error) { return struct{}{}, p.remove(ctx, base, f) })
	if err != nil {
		return fmt.Errorf("remove zone %s: %w", origin, err)
	}
	return nil
}

func (p *Provider) remove(ctx context.Context, base *providers.Snapshot, f Fault) error {
	origin := base.Zone.Origin()
	z, err := p.lookUp(ctx, origin)
	switch {
	case err != nil:
		return err
	case f.Err != nil && f.Written == 0:
		return f.Err
	case editOf(z.now.version()) != editOf(base.Version), !maps.Equal(z.now.properties, base.Properties):
		return fmt.Errorf("%s was the base, and the zone is at %s: %w", base.Version, z.now.version(), providers.ErrConflict)
	}
	delete(p.zones, origin)
	if p.keeps {
		p.kept[origin] = z
	}
	return f.Err
}
