package zonedir

import (
	"context"
	"fmt"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// Apply writes the file of a zone anew with the changes of the batch, and has the server load it. It waits, as long as ctx lets it, for others
// who write the zone. Before the new file takes the old one's place the zone is checked as one that is read, and by the check
// command: an error that wraps ErrInvalid has what that printed.
//
// If the reload command fails the error wraps ErrPartial: the file is written, and not served. Until a later Apply succeeds Fetch
// returns the zone as it was, so that the next plan has the same changes. From the renaming on ctx does not count.
func (p *Provider) Apply(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
	result, err := p.apply(ctx, origin, batch)
	if err != nil {
		return providers.Result{}, fmt.Errorf("apply to %s: %w", origin, err)
	}
	return result, nil
}

func (p *Provider) apply(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
	if err := ctx.Err(); err != nil {
		return providers.Result{}, err
	}
	if err := p.checkBatch(origin, batch); err != nil {
		return providers.Result{}, err
	}
	z, err := p.open(origin)
	if err != nil {
		return providers.Result{}, err
	}
	defer z.close()
	if _, err := z.stat(); err != nil { // before a lock file is made for nothing
		return providers.Result{}, err
	}
	unlock, err := lock(ctx, z.root, z.lock())
	if err != nil {
		return providers.Result{}, z.failure(err)
	}
	defer unlock()
	now, err := p.current(z)
	if err != nil {
		return providers.Result{}, err
	}
	if err := compare(z, now, batch); err != nil {
		return providers.Result{}, err
	}
	if len(batch.Ops) == 0 {
		return providers.Result{Serial: batch.Base.Serial}, nil
	}
	// The digest says that the base is what the file has, so the file is not read again.
	next := batch.Base.Zone.With(batch.Changes())
	last := before{}
	if last.serial, last.known = serialOf(batch.Base.Zone); now.unloaded != nil {
		last = before{now.unloaded.Serial, true}
	}
	next, serial, err := p.complete(next, last)
	if err != nil {
		return providers.Result{}, err
	}
	if err := loadable(next); err != nil {
		return providers.Result{}, err
	}
	if err := p.write(ctx, z, now, next, serial); err != nil {
		return providers.Result{}, err
	}
	return providers.Result{Serial: serial, Applied: batch.Ops}, nil
}

// is returns an error that wraps ErrConflict unless the zone is still as base has it.
func (z *zoneFile) is(now current, base *providers.Snapshot) error {
	switch {
	case now.info == nil:
		return z.missing()
	case now.version() != base.Version:
		return fmt.Errorf("%s is not the file that the plan was made from: %w", z.path(z.name), providers.ErrConflict)
	}
	return nil
}

// compare returns an error that wraps ErrConflict unless the zone is what the batch was made from.
func compare(z *zoneFile, now current, batch providers.Batch) error {
	if err := z.is(now, batch.Base); err != nil {
		return err
	}
	for _, op := range batch.Ops {
		old := op.Change.Old
		if live, ok := batch.Base.Zone.Get(op.Change.Key()); ok != (old != nil) || ok && live != *old {
			return fmt.Errorf("%s is not as it was: %w", op.Change.Key(), providers.ErrConflict)
		}
	}
	return nil
}

// checkBatch finds what is wrong with a batch by itself.
func (p *Provider) checkBatch(origin zonefile.Name, batch providers.Batch) error {
	if batch.Base == nil || batch.Base.Zone == nil || batch.Base.Zone.Origin() != origin {
		return fmt.Errorf("a batch without a base of this zone: %w", providers.ErrInvalid)
	}
	seen := make(map[zonefile.Key]bool, len(batch.Ops))
	for _, op := range batch.Ops {
		if op.Change.Old == nil && op.Change.New == nil {
			return fmt.Errorf("%s of nothing: %w", op.Verb, providers.ErrInvalid)
		}
		key := op.Change.Key()
		if err := p.checkOp(origin, op); err != nil {
			return fmt.Errorf("%s %s: %w", op.Verb, key, err)
		}
		if seen[key] {
			return fmt.Errorf("%s comes twice: %w", key, providers.ErrInvalid)
		}
		seen[key] = true
	}
	return nil
}

func (p *Provider) checkOp(origin zonefile.Name, op providers.Op) error {
	c, key := op.Change, op.Change.Key()
	if !key.Name.In(origin) {
		return fmt.Errorf("outside the zone: %w", providers.ErrInvalid)
	}
	switch op.Verb {
	case providers.Delete:
		switch {
		case c.Old == nil || c.New != nil:
			return fmt.Errorf("wants an Old and no New: %w", providers.ErrInvalid)
		case isApex(key, origin):
			return fmt.Errorf("no server loads a zone without it: %w", providers.ErrUnsupported)
		}
		return nil
	case providers.Put:
		if c.New == nil || c.Old != nil && c.Old.Key != key {
			return fmt.Errorf("wants a New, and an Old of the same key: %w", providers.ErrInvalid)
		}
		_, err := p.Normalize(*c.New)
		return err
	case providers.Disable, providers.Enable, providers.Purge:
		return fmt.Errorf("a file has no place for what is not served: %w", providers.ErrUnsupported)
	}
	return fmt.Errorf("not a verb: %w", providers.ErrInvalid)
}

// isApex reports whether the key is that of the SOA or the NS of the apex.
func isApex(key zonefile.Key, origin zonefile.Name) bool {
	return key.Name == origin && (key.Type == zonefile.TypeSOA || key.Type == zonefile.TypeNS)
}
