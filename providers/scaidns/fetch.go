package scaidns

import (
	"context"
	"fmt"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// How often a zone is read that changes while it is read, and the wait before the second time. The waits double.
const (
	maxReads  = 4
	firstWait = 250 * time.Millisecond
)

// Fetch implements [providers.ZoneReader] with five requests, and one for the DNSSEC of a zone that is signed. What the zone has is read between two
// looks at the serial, again if they differ.
func (p *Provider) Fetch(ctx context.Context, origin zonefile.Name) (*providers.Snapshot, error) {
	snapshot, err := p.fetch(ctx, origin)
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", origin, err)
	}
	return snapshot, nil
}

func (p *Provider) fetch(ctx context.Context, origin zonefile.Name) (*providers.Snapshot, error) {
	d, err := p.writable(ctx, origin)
	if err != nil {
		return nil, err
	}
	_, snapshot, err := p.read(ctx, d.ID, origin)
	return snapshot, err
}

// read reads all of a zone that can be written.
func (p *Provider) read(ctx context.Context, id string, origin zonefile.Name) (domain, *providers.Snapshot, error) {
	var d domain
	c, err := p.settled(ctx, id, origin, func() (err error) {
		d, err = p.client.domain(ctx, id)
		return err
	})
	if err != nil {
		return domain{}, nil, err
	}
	if err := p.usable(ctx, d, origin); err != nil {
		return domain{}, nil, err
	}
	if d.RecordCount != nil {
		if err := c.counted(*d.RecordCount); err != nil {
			return domain{}, nil, err
		}
	}
	signing, err := p.signing(ctx, d)
	if err != nil {
		return domain{}, nil, err
	}
	c.snapshot.Properties, err = propertiesOf(d, signing)
	return d, c.snapshot, err
}

// settled reads the records of a zone, and what also reads, between two looks at the serial, until both are the same and that of the SOA among the records.
func (p *Provider) settled(ctx context.Context, id string, origin zonefile.Name, also func() error) (*content, error) {
	before, err := p.client.serial(ctx, id)
	if err != nil {
		return nil, err
	}
	for n, pause := 1, firstWait; ; n, pause = n+1, 2*pause {
		if err := also(); err != nil {
			return nil, err
		}
		c, err := p.content(ctx, id, origin)
		if err != nil {
			return nil, err
		}
		after, err := p.client.serial(ctx, id)
		if err != nil {
			return nil, err
		}
		if before == after && c.snapshot.Serial == after {
			return c, nil
		}
		if n == maxReads {
			return nil, fmt.Errorf("the zone does not stay the same while it is read: its serial was %d before and %d behind, and %d among its records",
				before, after, c.snapshot.Serial)
		}
		if err := p.wait(ctx, pause); err != nil {
			return nil, err
		}
		before = after
	}
}

// content reads the records of a zone once. What cannot be read of them wraps ErrBlocked, as it is about this zone and will be the same until somebody
// changes that.
func (p *Provider) content(ctx context.Context, id string, origin zonefile.Name) (*content, error) {
	all, err := p.client.records(ctx, id)
	if err != nil {
		return nil, err
	}
	c, err := newContent(origin, all, p.traits())
	if err != nil {
		return nil, fmt.Errorf("%w: %s", providers.ErrBlocked, p.client.shown(err.Error()))
	}
	return c, nil
}
