package zonedir

import (
	"context"
	"fmt"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// CreateZone writes the file of a zone with the SOA and NS of spec, or those of the options, and makes the directory if need be. The kind of spec says
// nothing here. A zone with name servers that are in it is neither checked nor loaded before Apply brings their addresses. If there is a file already the error wraps ErrConflict. If the reload command fails the file is there, and
// Fetch says ErrNoZone until CreateZone is called again and succeeds.
func (p *Provider) CreateZone(ctx context.Context, spec providers.ZoneSpec) error {
	if err := p.create(ctx, spec); err != nil {
		return fmt.Errorf("create zone %s: %w", spec.Origin, err)
	}
	return nil
}

func (p *Provider) create(ctx context.Context, spec providers.ZoneSpec) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	z, err := p.file(spec.Origin)
	if err != nil {
		return err
	}
	for _, set := range spec.Apex {
		if !isApex(set.Key, spec.Origin) {
			return fmt.Errorf("%s is not the SOA or NS of its apex: %w", set.Key, providers.ErrInvalid)
		}
	}
	zone, err := zonefile.ZoneOf(spec.Origin, spec.Apex...)
	if err != nil {
		return fmt.Errorf("%w: %w", providers.ErrInvalid, err)
	}
	// Before a directory is made for nothing.
	if whole, _, err := p.complete(zone, before{}); err != nil {
		return err
	} else if err := consistent(whole); err != nil {
		return fmt.Errorf("%w: %w", providers.ErrInvalid, err)
	}
	if err := makeDirectory(p.options.Directory); err != nil {
		return denied(err)
	}
	if err := z.openDirectory(); err != nil {
		return err
	}
	defer z.close()
	unlock, err := lock(ctx, z.root, z.lock())
	if err != nil {
		return z.failure(err)
	}
	defer unlock()
	now, err := p.current(z)
	if err != nil {
		return err
	}
	last := before{}
	switch u := now.unloaded; {
	case u != nil && u.New:
		last = before{u.Serial, true}
	case now.info != nil:
		return fmt.Errorf("there is a file %s: %w", z.path(z.name), providers.ErrConflict)
	}
	zone, serial, err := p.complete(zone, last)
	if err != nil {
		return err
	}
	if loadable(zone) != nil {
		// A name server in the zone: its address comes with the first batch, and until then the zone is none that a server loads.
		quiet := &Provider{p.options}
		quiet.options.Check, quiet.options.Reload = nil, nil
		return quiet.write(ctx, z, now, zone, serial)
	}
	return p.write(ctx, z, now, zone, serial)
}
