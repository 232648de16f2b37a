package scaidns

import (
	"context"
	"errors"
	"fmt"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// confirm reads a zone behind a write and returns its serial. The error wraps ErrConflict if the zone is not what the batch makes of its base. One that is read
// as it was before, by a server that lags behind, is read again.
func (p *Provider) confirm(ctx context.Context, id string, batch providers.Batch) (uint32, error) {
	want := batch.Base.Zone.With(batch.Changes())
	for n, pause := 1, firstWait; ; n, pause = n+1, 2*pause {
		serial, err := p.client.serial(ctx, id)
		if err != nil {
			return 0, unread(ctx, err)
		}
		c, err := p.content(ctx, id, want.Origin())
		if err != nil {
			return 0, unread(ctx, err)
		}
		err = differs(c, serial, want, batch)
		if err == nil || n == maxReads {
			return c.snapshot.Serial, err
		}
		if err := p.wait(ctx, pause); err != nil {
			return 0, unread(ctx, err)
		}
	}
}

// unread is the error for a zone that was written and not read again. It has no kind, because those promise that nothing was written.
func unread(ctx context.Context, err error) error {
	return errors.Join(fmt.Errorf("all is written, and the zone was not read again: %s", err.Error()), ctx.Err())
}

// differs returns an error if a zone is not what the batch makes of its base.
func differs(c *content, serial uint32, want *zonefile.Zone, batch providers.Batch) error {
	base := batch.Base
	soa := zonefile.Key{Name: want.Origin(), Type: zonefile.TypeSOA}
	for _, pair := range [][2]*zonefile.Zone{{c.snapshot.Zone, want}, {withoutSigning(c.snapshot.Foreign), withoutSigning(base.Foreign)}} {
		if key, differs := firstDifference(pair[0], pair[1], soa); differs {
			return fmt.Errorf("%w: seen after the write: %s is not what was written: another write was in between, or the zone is not read as it is", providers.ErrConflict, key)
		}
	}
	if key, differs := firstHidden(c, batch); differs {
		return fmt.Errorf("%w: seen after the write: what is disabled of %s is not what it should be: another write was in between, or the zone is not read as it is", providers.ErrConflict, key)
	}
	if after := c.snapshot.Serial; !zonefile.SerialAfter(after, base.Serial) || serial != after {
		return fmt.Errorf("all is written, and the serial is %d and %d, which should be one that is higher than %d: secondaries may not see it", serial, after, base.Serial)
	}
	return nil
}

// withoutSigning returns what is foreign in a zone, but for what the server changes by itself because it signs. It is nil if that is nothing.
func withoutSigning(z *zonefile.Zone) *zonefile.Zone {
	if z == nil {
		return nil
	}
	var signing []zonefile.Change
	for set := range z.All() {
		switch t := set.Key.Type; {
		case t.Signing(), t == zonefile.TypeCDS, t == zonefile.TypeCDNSKEY:
			signing = append(signing, zonefile.Change{Old: &set})
		}
	}
	return z.With(signing)
}

// hidden is a record that is kept and not served. Its TTL is that of what is served beside it.
type hidden struct {
	key   zonefile.Key
	rdata string
}

// firstHidden returns the key of a record that a batch should have left disabled and that is not, or the reverse, and whether there is one.
func firstHidden(c *content, batch providers.Batch) (zonefile.Key, bool) {
	want := map[hidden]bool{}
	note := func(set *zonefile.RRset, isHidden bool) {
		for rdata := range set.RDATA() {
			if h := (hidden{set.Key, rdata}); isHidden {
				want[h] = true
			} else {
				delete(want, h)
			}
		}
	}
	if z := batch.Base.Disabled; z != nil {
		for set := range z.All() {
			note(&set, true)
		}
	}
	for _, op := range batch.Ops { // the purges are first
		switch op.Verb {
		case providers.Purge:
			note(op.Change.Old, false)
		case providers.Disable:
			note(op.Change.Old, true)
		case providers.Put, providers.Enable: // what is served is not kept aside as well
			note(op.Change.New, false)
		case providers.Delete:
		}
	}
	for _, e := range c.entries {
		if h := (hidden{e.key, e.rdata}); e.disabled && !want[h] {
			return e.key, true
		} else if e.disabled {
			delete(want, h)
		}
	}
	for h := range want {
		return h.key, true
	}
	return zonefile.Key{}, false
}
