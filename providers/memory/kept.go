package memory

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// exportedID names a zone in an export: another zone of the same name has another.
const exportedID = "id"

// ExportZone returns the id of a zone, and what it serves as a zone file.
func (e exporter) ExportZone(ctx context.Context, origin zonefile.Name) (map[string]string, error) {
	export, err := call(&e.script, providers.OperationExportZone, func(f Fault) (map[string]string, error) { return e.export(ctx, origin, f) })
	if err != nil {
		return nil, fmt.Errorf("export %s: %w", origin, err)
	}
	return export, nil
}

func (p *Provider) export(ctx context.Context, origin zonefile.Name, f Fault) (map[string]string, error) {
	z, err := p.lookUp(ctx, origin)
	if err = cmp.Or(err, f.Err); err != nil {
		return nil, err
	}
	var file strings.Builder
	if err := zonefile.FormatBIND(&file, z.now.served, zonefile.FormatOptions{}); err != nil {
		return nil, err
	}
	export := map[string]string{exportedID: z.id, "zone_file": file.String()}
	if p.signs {
		export["dnssec"] = z.now.properties[providers.PropertyDNSSEC]
	}
	return export, nil
}

// PurgeZone removes for good what is kept of a zone, if it is the one that was exported.
func (x purger) PurgeZone(ctx context.Context, origin zonefile.Name, export map[string]string) error {
	_, err := call(&x.script, providers.OperationPurgeZone, func(f Fault) (struct{}, error) { return struct{}{}, x.purge(ctx, origin, export, f) })
	if err != nil {
		return fmt.Errorf("purge %s: %w", origin, err)
	}
	return nil
}

func (p *Provider) purge(ctx context.Context, origin zonefile.Name, export map[string]string, f Fault) error {
	z := p.kept[origin]
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case f.Err != nil && f.Written == 0:
		return f.Err
	case p.zones[origin] != nil:
		return fmt.Errorf("it is there: %w", providers.ErrConflict)
	case z != nil && z.id != export[exportedID]:
		return fmt.Errorf("the zone that is kept is %q, and %q was removed: %w", z.id, export[exportedID], providers.ErrConflict)
	}
	delete(p.kept, origin)
	return f.Err
}

// Kept returns a copy of what a zone had that was removed and is kept. It is nil if there is none.
func (p *Provider) Kept(origin zonefile.Name) *zonefile.Zone {
	p.mu.Lock()
	defer p.mu.Unlock()
	if z := p.kept[origin]; z != nil {
		return z.now.served.Clone()
	}
	return nil
}

// DropKept destroys what is kept of a zone that was removed, and reports whether there was something.
func (p *Provider) DropKept(origin zonefile.Name) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, ok := p.kept[origin]
	delete(p.kept, origin)
	return ok
}

// WriteKept changes what is kept of a zone that was removed, as Write does for one that is served.
func (p *Provider) WriteKept(origin zonefile.Name, changes ...zonefile.Change) {
	p.mu.Lock()
	defer p.mu.Unlock()
	z := p.kept[origin]
	if z == nil {
		panic(fmt.Sprintf("memory: no zone %s is kept", origin))
	}
	p.writeServed(z, changes)
}

// blocking returns a copy of a state that blocks a zone, nil of nil.
func blocking(s *providers.StateError) *providers.StateError {
	if s == nil {
		return nil
	}
	blocked := *s
	blocked.Kind = providers.ErrBlocked
	return &blocked
}
