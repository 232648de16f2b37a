package scaidns

import (
	"context"
	"fmt"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// Apply implements [providers.ZoneProvider]. It asks for the serial and for all records, and compares them with the base: a zone that is not that of the
// base is a conflict, and nothing is written. What is new is made first, a hundred records in a request, then records are changed in their place, and at last
// those are hidden and deleted that go, one by one. Where a CNAME takes the place of other data, or the reverse, what was there is put back if the new cannot
// be made.
//
// Afterwards the zone is read again. If it is not what the batch makes of the base somebody else has written meanwhile, and the error wraps ErrConflict.
//
// What ScaiDNS refuses when some of the batch is written already wraps ErrPartial, and so does what was put back. An error of a request that may have been
// carried out has no kind if it was the first.
func (p *Provider) Apply(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
	if len(batch.Ops) == 0 {
		return providers.Result{Serial: batch.Base.Serial}, ctx.Err()
	}
	result, err := p.apply(ctx, origin, batch)
	if err != nil {
		err = fmt.Errorf("apply to %s: %w", origin, err)
	}
	return result, err
}

func (p *Provider) apply(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
	deeds, err := p.deedsOf(origin, batch)
	if err != nil {
		return providers.Result{}, err
	}
	d, err := p.writable(ctx, origin)
	if err != nil {
		return providers.Result{}, err
	}
	c, err := p.ready(ctx, d.ID, batch.Base)
	if err != nil {
		return providers.Result{}, err
	}
	s, err := newSchedule(c, deeds)
	if err != nil {
		return providers.Result{}, err
	}
	w := &writer{provider: p, id: d.ID, origin: origin, content: c, ids: newIDs(), taken: map[step]bool{}, bulk: maxBulk}
	if err := w.writeAll(ctx, s); err != nil && !w.wrote {
		return providers.Result{}, err
	} else if err != nil {
		result := providers.Result{Applied: w.applied(s, batch.Ops)}
		return result, partial(ctx, fmt.Sprintf("%d of %d operations", len(result.Applied), len(batch.Ops)), err)
	}
	result := providers.Result{Serial: batch.Base.Serial, Applied: batch.Ops}
	if !w.wrote { // purges of what is gone
		return result, ctx.Err()
	}
	result.Serial, err = p.confirm(ctx, d.ID, batch)
	return result, err
}

// ready returns the content of a zone that is what base says.
func (p *Provider) ready(ctx context.Context, id string, base *providers.Snapshot) (*content, error) {
	serial, err := p.client.serial(ctx, id)
	if err != nil {
		return nil, err
	}
	if serial != base.Serial {
		return nil, fmt.Errorf("%w: its serial is %d, and was %d when the change was planned", providers.ErrConflict, serial, base.Serial)
	}
	c, err := p.content(ctx, id, base.Zone.Origin())
	if err != nil {
		return nil, err
	}
	return c, conflict(c.snapshot, base)
}
