package memory

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// Apply carries out a batch. What is written at once is as the traits have it: all of it, no more operations than the limit of a
// batch, or one RRset.
func (p *Provider) Apply(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
	result, err := call(&p.script, providers.OperationApply, func(f Fault) (providers.Result, error) { return p.apply(ctx, origin, batch, f) })
	if err != nil {
		return result, fmt.Errorf("apply to %s: %w", origin, err)
	}
	return result, nil
}

func (p *Provider) apply(ctx context.Context, origin zonefile.Name, batch providers.Batch, f Fault) (providers.Result, error) {
	z, err := p.lookUp(ctx, origin)
	if err != nil {
		return providers.Result{}, err
	}
	if err := p.check(origin, batch); err != nil {
		return providers.Result{}, err
	}
	if f.Err != nil && f.Written == 0 {
		return providers.Result{}, f.Err
	}
	if err := p.compare(z.now, batch); err != nil {
		return providers.Result{}, err
	}
	if len(f.Race) > 0 {
		p.writeServed(z, f.Race)
	}
	ops := batch.Ops
	if f.Err != nil && f.Written != All {
		ops = ops[:min(f.Written, len(ops))]
	}
	moved := editOf(z.now.version()) != editOf(batch.Base.Version)
	result, err := p.write(z, ops)
	switch {
	case err != nil:
		return result, err
	case f.Err != nil && errors.Is(f.Err, providers.ErrPartial):
		return result, f.Err
	case f.Err != nil:
		return providers.Result{}, f.Err // the answer was lost: the caller knows nothing
	case moved && p.traits.Preconditions.Has(providers.NoticesAfterwards) && len(ops) > 0:
		return result, fmt.Errorf("%s was the base: %w", batch.Base.Version, providers.ErrConflict)
	}
	return result, nil
}

// check finds what is wrong with a batch by itself, before anything of it is written.
func (p *Provider) check(origin zonefile.Name, batch providers.Batch) error {
	if batch.Base == nil || batch.Base.Zone == nil {
		return fmt.Errorf("a batch without a base: %w", providers.ErrInvalid)
	}
	type place struct {
		key    zonefile.Key
		purges bool // a purge is of what is disabled at the key, the others of what is served
	}
	seen := map[place]bool{}
	for _, op := range batch.Ops {
		if op.Change.Old == nil && op.Change.New == nil {
			return fmt.Errorf("%s of nothing: %w", op.Verb, providers.ErrInvalid)
		}
		key := op.Change.Key()
		if err := p.checkOp(origin, op); err != nil {
			return fmt.Errorf("%s %s: %w", op.Verb, key, err)
		}
		at := place{key, op.Verb == providers.Purge}
		if seen[at] {
			return fmt.Errorf("%s comes twice: %w", key, providers.ErrInvalid)
		}
		seen[at] = true
	}
	return nil
}

func (p *Provider) checkOp(origin zonefile.Name, op providers.Op) error {
	c, key := op.Change, op.Change.Key()
	if !key.Name.In(origin) {
		return fmt.Errorf("outside the zone: %w", providers.ErrInvalid)
	}
	apexNS, soa := key == nsKey(origin), key == soaKey(origin)
	switch op.Verb {
	case providers.Purge:
		switch {
		case c.Old == nil || c.New != nil:
			return fmt.Errorf("wants an Old and no New: %w", providers.ErrInvalid)
		case !p.traits.CanDisable:
			return providers.ErrUnsupported
		}
		return nil
	case providers.Delete, providers.Disable:
		switch {
		case c.Old == nil || c.New != nil:
			return fmt.Errorf("wants an Old and no New: %w", providers.ErrInvalid)
		case soa || apexNS:
			return fmt.Errorf("a zone needs it: %w", providers.ErrInvalid)
		case op.Verb == providers.Disable && !p.traits.CanDisable:
			return providers.ErrUnsupported
		}
		return nil
	case providers.Put, providers.Enable:
		switch {
		case c.New == nil || c.Old != nil && c.Old.Key != key:
			return fmt.Errorf("wants a New, and an Old of the same key: %w", providers.ErrInvalid)
		case soa && !p.traits.SOAWritable, apexNS && !p.traits.ApexNSWritable, op.Verb == providers.Enable && !p.traits.CanDisable:
			return providers.ErrUnsupported
		}
		normal, err := p.Normalize(*c.New)
		if err == nil && normal != *c.New {
			err = fmt.Errorf("not as Normalize has it: %w", providers.ErrInvalid)
		}
		return err
	}
	return fmt.Errorf("not a verb: %w", providers.ErrInvalid)
}

// compare checks the preconditions that the traits name.
func (p *Provider) compare(now *state, batch providers.Batch) error {
	if p.traits.Preconditions.Has(providers.ComparesZone) && editOf(now.version()) != editOf(batch.Base.Version) {
		return fmt.Errorf("%s was the base, and the zone is at %s: %w", batch.Base.Version, now.version(), providers.ErrConflict)
	}
	if !p.traits.Preconditions.Has(providers.ComparesRRsets) {
		return nil
	}
	for _, op := range batch.Ops {
		if op.Verb == providers.Purge {
			continue // what is not disabled any more is as good as purged
		}
		live, there := now.served.Get(op.Change.Key())
		if old := op.Change.Old; there != (old != nil) || there && withoutSerial(live) != withoutSerial(*old) {
			return fmt.Errorf("%s is not as it was: %w", op.Change.Key(), providers.ErrConflict)
		}
	}
	return nil
}

// withoutSerial returns an SOA with the serial 0, which is no part of what is compared, and other RRsets as they are.
func withoutSerial(set zonefile.RRset) zonefile.RRset {
	soa, err := zonefile.ParseSOA(set)
	if err != nil {
		return set
	}
	soa.Serial = 0
	return soa.RRset(set.Key.Name, set.TTL)
}

// write carries out operations, as many at once as the traits say.
func (p *Provider) write(z *zone, ops []providers.Op) (providers.Result, error) {
	var applied []providers.Op
	for part := range slices.Chunk(ops, p.atOnce(len(ops))) {
		next, err := p.carryOut(z.now, part)
		if err != nil && len(applied) > 0 {
			// The kind is now ErrPartial, and an error has one kind only.
			err = fmt.Errorf("%d of %d operations: %w: %s", len(applied), len(ops), providers.ErrPartial, err.Error())
		}
		if err != nil {
			return providers.Result{Serial: p.serial(z.now), Applied: applied}, err
		}
		p.put(z, next)
		applied = append(applied, part...)
	}
	return providers.Result{Serial: p.serial(z.now), Applied: applied}, nil
}

// atOnce returns how many of n operations are written at once, at least 1.
func (p *Provider) atOnce(n int) int {
	switch p.traits.Atomicity {
	case providers.AtomicNone, providers.AtomicRRset:
		return 1
	case providers.AtomicBatch:
		if limit := p.traits.Limits.Ops; limit > 0 {
			return limit
		}
	case providers.AtomicZone:
	}
	return max(n, 1)
}

// carryOut returns the state that operations make of s, or why the server refuses them.
func (p *Provider) carryOut(s *state, ops []providers.Op) (*state, error) {
	next := *s
	hidden := s.disabled.Clone()
	for _, op := range ops {
		if op.Verb != providers.Purge && s.foreign.Has(op.Change.Key()) {
			return nil, fmt.Errorf("%s is the server's own: %w", op.Change.Key(), providers.ErrInvalid)
		}
		if op.Change.New != nil && p.refuses(*op.Change.New) {
			return nil, fmt.Errorf("%s: %w", op.Change.Key(), providers.ErrInvalid)
		}
		if err := hide(hidden, op); err != nil {
			return nil, err
		}
	}
	next.disabled = hidden
	next.served = s.served.With(providers.Batch{Ops: ops}.Changes())
	for _, op := range ops {
		if err := checkCNAME(next.served, op.Change.Key().Name); err != nil {
			return nil, err
		}
	}
	return &next, nil
}

// hide does what op does to the hidden RRsets of a zone: what is disabled comes to them, what is served or purged leaves them.
func hide(hidden *zonefile.Zone, op providers.Op) error {
	key := op.Change.Key()
	was, there := hidden.Get(key)
	var records []string
	if there {
		records = slices.Collect(was.RDATA())
	}
	ttl := was.TTL
	if op.Verb == providers.Disable {
		ttl = op.Change.Old.TTL
		records = slices.AppendSeq(records, op.Change.Old.RDATA())
	}
	if op.Verb == providers.Purge {
		purged := slices.Collect(op.Change.Old.RDATA())
		records = slices.DeleteFunc(records, func(rdata string) bool { return slices.Contains(purged, rdata) })
	}
	if op.Change.New != nil {
		served := slices.Collect(op.Change.New.RDATA())
		if op.Verb == providers.Enable {
			for _, rdata := range served {
				if !slices.Contains(records, rdata) {
					return fmt.Errorf("%s is not among the disabled: %w", key, providers.ErrConflict)
				}
			}
		}
		records = slices.DeleteFunc(records, func(rdata string) bool { return slices.Contains(served, rdata) })
	}
	if len(records) == 0 {
		hidden.Delete(key)
		return nil
	}
	rdata := make([][]byte, len(records))
	for i, r := range records {
		rdata[i] = []byte(r)
	}
	set, err := zonefile.NewRRset(key, ttl, rdata...)
	if err != nil {
		return fmt.Errorf("%w: %w", providers.ErrInvalid, err)
	}
	return hidden.Put(set)
}

// checkCNAME refuses other data beside a CNAME (RFC 1034 §3.6.2), but what signing puts there (RFC 4034 §2.5).
func checkCNAME(z *zonefile.Zone, name zonefile.Name) error {
	cname, ok := z.Get(zonefile.Key{Name: name, Type: zonefile.TypeCNAME})
	if !ok {
		return nil
	}
	if cname.Len() > 1 {
		return fmt.Errorf("%s: two CNAMEs: %w", name, providers.ErrInvalid)
	}
	for set := range z.At(name) {
		if t := set.Key.Type; t != zonefile.TypeCNAME && !t.Signing() && t != zonefile.TypeKEY {
			return fmt.Errorf("%s: a CNAME and other data: %w", name, providers.ErrInvalid)
		}
	}
	return nil
}
