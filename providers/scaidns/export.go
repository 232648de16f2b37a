package scaidns

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// ZoneSettings implements [providers.ZoneRemover]. The kind is the domain_type; the settings are the default TTL, the description, the prefix of a reverse
// zone, and what ScaiDNS calls settings. How it is signed is not among them, see ExportZone.
func (p *Provider) ZoneSettings(ctx context.Context, origin zonefile.Name) (kind string, settings map[string]string, err error) {
	kind, settings, err = p.settingsOf(ctx, origin)
	if err != nil {
		return "", nil, fmt.Errorf("settings of %s: %w", origin, err)
	}
	return kind, settings, nil
}

func (p *Provider) settingsOf(ctx context.Context, origin zonefile.Name) (string, map[string]string, error) {
	d, err := p.writable(ctx, origin)
	if err != nil {
		return "", nil, err
	}
	if d, err = p.client.domain(ctx, d.ID); err != nil {
		return "", nil, err
	}
	all, err := propertiesOf(d, signing{})
	if err != nil {
		return "", nil, err
	}
	for _, name := range []string{propertyKind, providers.PropertyDNSSEC, providers.PropertyDS} {
		delete(all, name)
	}
	return d.Type, all, nil
}

// The names of what ExportZone returns.
const (
	exportID     = "id"
	exportFile   = "zone_file"
	exportDNSSEC = "dnssec"
)

// ExportZone implements [providers.ZoneExporter]: the id, the master file that ScaiDNS makes of the zone, and for a zone that is signed how, as JSON.
func (p *Provider) ExportZone(ctx context.Context, origin zonefile.Name) (map[string]string, error) {
	all, err := p.export(ctx, origin)
	if err != nil {
		return nil, fmt.Errorf("export %s: %w", origin, err)
	}
	return all, nil
}

func (p *Provider) export(ctx context.Context, origin zonefile.Name) (map[string]string, error) {
	d, err := p.writable(ctx, origin)
	if err != nil {
		return nil, err
	}
	file, err := p.client.export(ctx, d.ID)
	if err != nil {
		return nil, err
	}
	all := map[string]string{exportID: d.ID, exportFile: file}
	s, err := p.signing(ctx, d)
	if err != nil || !s.Enabled {
		return all, err
	}
	text, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	all[exportDNSSEC] = string(text)
	return all, nil
}
