package rfc2136

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// firstPause is how long it takes until a server is asked again that may serve what it has acknowledged a little later. Each further
// pause is twice as long, up to lastPause.
const (
	firstPause = 20 * time.Millisecond
	lastPause  = time.Second
)

// unstick is what to do about a zone that BIND (9.18) signs inline and does not serve as it is: it does with the next update. That is not
// sent from here: with the served SOA it would undo a change of the SOA that is not served yet, and anything else is seen.
const unstick = "BIND signing inline can do so until the next update of the zone: if it stays so, make one with nsupdate, " +
	"such as an SOA whose serial is 100 higher, and plan again"

// outcome is what a server has made of operations that it acknowledged.
type outcome struct {
	serial  uint32
	applied []providers.Op
	left    []finding // what is as it was before
	mixed   []finding // what is neither as it was nor as it should be, without anything that is in neither
	other   []finding // what somebody else has written since
}

func (o outcome) complete() bool { return len(o.left)+len(o.mixed)+len(o.other) == 0 }

// finding is an operation that was not carried out, and what is there.
type finding struct {
	op   providers.Op
	live *zonefile.RRset
}

// String returns the key, and the TTL if it is that which is wrong.
func (f finding) String() string {
	text := f.op.Change.Key().String()
	if want := f.op.Change.New; want != nil && f.live != nil && f.live.SameData(*want) && f.live.TTL != want.TTL {
		text += fmt.Sprintf(" (its TTL is %s and not %s: the server may limit TTLs)", f.live.TTL, want.TTL)
	}
	return text
}

// verify reads back what was acknowledged, and returns the result of it.
func (p *Provider) verify(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
	// Waiting does not help what aliases returns.
	o, err := p.settled(ctx, origin, batch, batch.Ops, func(o outcome) bool { return o.complete() || len(o.aliases()) > 0 })
	if err == nil {
		if again := o.aliases(); len(again) > 0 {
			o, err = p.again(ctx, origin, batch, again)
		}
	}
	if err != nil {
		// It was written, as far as anybody knows: the error must not have a kind that says otherwise.
		return providers.Result{}, fmt.Errorf("acknowledged, and not seen afterwards: %w", withoutKind(ctx, err))
	}
	result := providers.Result{Serial: o.serial, Applied: o.applied}
	switch {
	case o.complete():
		return result, nil
	case len(o.other) > 0:
		return result, fmt.Errorf("%w, right after the update: %s", providers.ErrConflict, list(o.other))
	case len(o.mixed) > 0, len(o.applied) > 0:
		return result, fmt.Errorf("%w: the server acknowledged the update and did not make all of it: %s",
			providers.ErrPartial, list(slices.Concat(o.left, o.mixed)))
	case p.lags(origin, batch.Base):
		return result, fmt.Errorf("the server acknowledged the update and serves nothing of it after %s: %s: %s",
			p.settle, list(o.left), unstick)
	}
	return result, fmt.Errorf("%w: the server acknowledged the update and made nothing of it: %s", providers.ErrInvalid, list(o.left))
}

// aliases returns the operations that create a CNAME, if they are all that was left out.
func (o outcome) aliases() []providers.Op {
	if len(o.mixed)+len(o.other) > 0 || len(o.applied) == 0 {
		return nil
	}
	var ops []providers.Op
	for _, f := range o.left {
		if f.op.Change.Key().Type != zonefile.TypeCNAME || f.op.Change.Old != nil {
			return nil
		}
		ops = append(ops, f.op)
	}
	return ops
}

// again sends CNAMEs in a message of their own. In a zone that Knot signs, the NSEC record of a name is there until a message is
// carried out, so that no CNAME can take the place of what the same message deletes.
func (p *Provider) again(ctx context.Context, origin zonefile.Name, batch providers.Batch, ops []providers.Op) (outcome, error) {
	// The base still has what was at these names.
	changes := make([]zonefile.Change, 0, len(batch.Ops))
	for _, op := range batch.Ops {
		if !slices.Contains(ops, op) {
			changes = append(changes, op.Change)
		}
	}
	base := &providers.Snapshot{Zone: batch.Base.Zone.With(changes)}
	parts, err := compose(origin, providers.Batch{Base: base, Ops: ops}, p.profile, 0, p.maxMessage-len(newUpdate(0, origin, nil, nil)))
	if err != nil {
		return outcome{}, err
	}
	for _, part := range parts {
		err := p.send(ctx, origin, part.prerequisites, part.updates())
		if _, refused := errors.AsType[*refusal](err); err != nil && !refused {
			return outcome{}, err
		}
	}
	return p.settled(ctx, origin, batch, batch.Ops, outcome.complete)
}

// pause waits until a server that lags serves what it has acknowledged, before it is sent more. BIND (9.18) signing inline loses sight of the
// second of two updates in quick succession, and serves it with the next one only.
func (p *Provider) pause(ctx context.Context, origin zonefile.Name, batch providers.Batch, ops []providers.Op) error {
	if p.soaPrerequisite(origin) != soaNever && !signed(batch.Base) {
		return nil
	}
	_, err := p.settled(ctx, origin, batch, ops, func(o outcome) bool { return o.complete() || len(o.applied) > 0 })
	return err
}

// broken returns the result of a batch of which the part i failed, and those before it did not.
func (p *Provider) broken(ctx context.Context, origin zonefile.Name, ops []providers.Op, parts []part, i int, cause error) (providers.Result, error) {
	if r, ok := errors.AsType[*refusal](cause); ok && !conflicts(r.rcode) {
		cause = p.classify(ctx, origin, r, parts[i].ops)
	}
	var result providers.Result
	if o, err := p.outcome(ctx, origin, ops); err == nil {
		result = providers.Result{Serial: o.serial, Applied: o.applied}
	} else {
		for _, done := range parts[:i] {
			result.Applied = append(result.Applied, done.ops...)
		}
	}
	return result, fmt.Errorf("%w: message %d of %d: %w", providers.ErrPartial, i+1, len(parts), withoutKind(ctx, cause))
}

// lags reports whether what is transferred may be older than what was acknowledged. Of a signed zone nobody can tell: the SOA that BIND
// serves for one that it signs inline holds as a prerequisite whenever both copies of the zone happen to have the same serial.
func (p *Provider) lags(origin zonefile.Name, base *providers.Snapshot) bool {
	return p.soaPrerequisite(origin) == soaNever || p.transfers.server != p.update.server || signed(base)
}

// signed reports whether a zone is signed by its server.
func signed(base *providers.Snapshot) bool {
	return base.Foreign != nil && base.Foreign.Has(zonefile.Key{Name: base.Zone.Origin(), Type: zonefile.TypeDNSKEY})
}

// settled returns the outcome of some operations of a batch: at once, or if the server lags, when it is enough, or it has had its time.
func (p *Provider) settled(ctx context.Context, origin zonefile.Name, batch providers.Batch, ops []providers.Op, enough func(outcome) bool) (outcome, error) {
	deadline := time.Now().Add(p.settle)
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		o, err := p.outcome(ctx, origin, ops)
		if err != nil || enough(o) || !p.lags(origin, batch.Base) || time.Until(deadline) <= 0 {
			return o, err
		}
		select {
		case <-time.After(min(pause, time.Until(deadline))):
		case <-ctx.Done():
			return o, ctx.Err()
		}
	}
}

// outcome transfers the zone and compares the RRsets of operations.
func (p *Provider) outcome(ctx context.Context, origin zonefile.Name, ops []providers.Op) (outcome, error) {
	wanted := map[zonefile.Key]bool{}
	for _, op := range ops {
		wanted[op.Change.Key()] = true
	}
	found := zonefile.NewBuilder(origin)
	soa, err := p.transfers.transfer(ctx, origin, func(key zonefile.Key, ttl zonefile.TTL, rdata []byte) error {
		if !wanted[key] {
			return nil
		}
		return found.Add(key, ttl, rdata)
	})
	if err != nil {
		return outcome{}, err
	}
	parsed, err := zonefile.ParseSOA(soa)
	if err != nil {
		return outcome{}, err
	}
	o := judge(ops, found.Zone())
	o.serial = parsed.Serial
	return o, nil
}

// judge compares the RRsets of operations as they are now with what they were and should be.
func judge(ops []providers.Op, now *zonefile.Zone) outcome {
	var o outcome
	for _, op := range ops {
		key := op.Change.Key()
		var live *zonefile.RRset
		if set, ok := now.Get(key); ok {
			live = &set
		}
		switch {
		case same(live, op.Change.New):
			o.applied = append(o.applied, op)
		case same(live, op.Change.Old):
			o.left = append(o.left, finding{op, live})
		case within(live, op.Change):
			o.mixed = append(o.mixed, finding{op, live})
		default:
			o.other = append(o.other, finding{op, live})
		}
	}
	return o
}

func same(a, b *zonefile.RRset) bool {
	if a == nil || b == nil {
		return a == b
	}
	return sameButSerial(*a, *b)
}

// within reports whether all records of live are in a change's Old or New. Then it may be the change itself, made in part.
func within(live *zonefile.RRset, c zonefile.Change) bool {
	if live == nil {
		return true
	}
	known := map[string]bool{}
	for _, set := range []*zonefile.RRset{c.Old, c.New} {
		if set != nil {
			for rdata := range set.RDATA() {
				known[rdata] = true
			}
		}
	}
	for rdata := range live.RDATA() {
		if !known[rdata] {
			return false
		}
	}
	return true
}
