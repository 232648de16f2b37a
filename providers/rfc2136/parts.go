package rfc2136

import (
	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// Parts implements [providers.Splitter].
func (p *Provider) Parts(origin zonefile.Name, batch providers.Batch) (int, error) {
	parts, err := p.compose(origin, batch, 0)
	return max(len(parts), 1), err
}

// compose returns the parts of a batch, each as large as one message may be. serial is that of the zone.
func (p *Provider) compose(origin zonefile.Name, batch providers.Batch, serial uint32) ([]part, error) {
	soa, _ := batch.Base.Zone.Get(zonefile.Key{Name: origin, Type: zonefile.TypeSOA})
	limit := p.maxMessage - len(newUpdate(0, origin, thisSOA(soa), nil))
	return compose(origin, batch, p.profile, serial, limit)
}
