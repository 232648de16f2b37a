package rfc2136

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// Apply writes the batch in one message, or in several if it is too large, and reads back what it wrote.
//
// What is compared as it is written: each RRset of the batch with the operation's Old, TTLs left out, since RFC 2136 compares data
// alone; and the SOA with the base's, which is the whole zone, in the first message, where the server can. If only a signer has raised the serial
// since, the message is sent again with the new one. ErrConflict says what has changed. Where the SOA cannot be compared, that of
// a batch which changes it is asked for just before.
//
// The error wraps ErrInvalid if the server answered NOERROR and did nothing of it, ErrPartial if it did a part, or refused
// one of several messages. If the connection breaks before there is an answer the error has no kind.
func (p *Provider) Apply(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
	result, err := p.apply(ctx, origin, batch)
	if err != nil {
		return result, fmt.Errorf("update %s at %s: %w", origin, p.update.server, err)
	}
	return result, nil
}

func (p *Provider) apply(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
	if len(batch.Ops) == 0 {
		return providers.Result{Serial: batch.Base.Serial}, ctx.Err()
	}
	if err := p.check(origin, batch); err != nil {
		return providers.Result{}, err
	}
	serial, err := p.serialBelow(ctx, origin, batch)
	if err != nil {
		return providers.Result{}, err
	}
	parts, err := p.compose(origin, batch, serial)
	if err != nil {
		return providers.Result{}, err
	}
	if p.requireAtomic && len(parts) > 1 {
		return providers.Result{}, fmt.Errorf("%w: the batch takes %d messages of at most %d octets, and is to be written at once",
			providers.ErrUnsupported, len(parts), p.maxMessage)
	}
	soa, _ := batch.Base.Zone.Get(zonefile.Key{Name: origin, Type: zonefile.TypeSOA})
	if err := p.first(ctx, origin, batch, parts[0], soa); err != nil {
		return providers.Result{}, err
	}
	for i := 1; i < len(parts); i++ {
		err := p.pause(ctx, origin, batch, parts[i-1].ops)
		if err == nil {
			err = p.send(ctx, origin, parts[i].prerequisites, parts[i].updates())
		}
		if err != nil {
			return p.broken(ctx, origin, batch.Ops, parts, i, err)
		}
	}
	return p.verify(ctx, origin, batch)
}

// check returns an error for a batch that the server cannot carry out, or would carry out in part without saying so.
func (p *Provider) check(origin zonefile.Name, batch providers.Batch) error {
	post := map[zonefile.Name][]zonefile.Key{} // what is at the names that something is put at, afterwards
	changed := map[zonefile.Key]bool{}
	for _, op := range batch.Ops {
		key := op.Change.Key()
		changed[key] = true
		apex := key.Name == origin
		removes := op.Verb == providers.Delete || op.Verb == providers.Disable
		switch {
		case removes && apex && (key.Type == zonefile.TypeSOA || key.Type == zonefile.TypeNS):
			return fmt.Errorf("%s %s: %w: a zone has an SOA and NS at its apex", op.Verb, key, providers.ErrInvalid)
		case op.Verb == providers.Put && op.Change.New != nil, op.Verb == providers.Delete && op.Change.Old != nil && op.Change.New == nil:
		case op.Verb == providers.Disable || op.Verb == providers.Enable || op.Verb == providers.Purge:
			return fmt.Errorf("%s %s: %w: DNS has no disabled records", op.Verb, key, providers.ErrUnsupported)
		default:
			return fmt.Errorf("%s %s: %w: the operation has not what it needs", op.Verb, key, providers.ErrInvalid)
		}
		switch {
		case !key.Name.In(origin):
			return fmt.Errorf("%s %s: %w: outside the zone", op.Verb, key, providers.ErrInvalid)
		case key.Type == zonefile.TypeSOA && !apex:
			return fmt.Errorf("%s %s: %w: an SOA is at the apex", op.Verb, key, providers.ErrInvalid)
		case batch.Base.Foreign != nil && batch.Base.Foreign.Has(key):
			return fmt.Errorf("%s %s: %w: it is not managed by updates", op.Verb, key, providers.ErrUnsupported)
		case unmanaged(key.Type) != "":
			return fmt.Errorf("%s %s: %w: %s", op.Verb, key, providers.ErrUnsupported, unmanaged(key.Type))
		}
		if op.Verb == providers.Put {
			if _, err := p.Normalize(*op.Change.New); err != nil {
				return err
			}
			post[key.Name] = append(post[key.Name], key)
		}
	}
	for name, keys := range post {
		for set := range batch.Base.Zone.At(name) {
			if !changed[set.Key] {
				keys = append(keys, set.Key)
			}
		}
		if err := coexist(keys); err != nil {
			return err
		}
	}
	return nil
}

// coexist returns an error if a CNAME is among several RRsets of one name, which have no signing types among them (RFC 1034 §3.6.2).
func coexist(keys []zonefile.Key) error {
	i := slices.IndexFunc(keys, func(k zonefile.Key) bool { return k.Type == zonefile.TypeCNAME })
	if i < 0 || len(keys) == 1 {
		return nil
	}
	return fmt.Errorf("%w: %s would be beside %s", providers.ErrInvalid, keys[i], list(slices.Delete(slices.Clone(keys), i, i+1)))
}

// shown is how many RRsets an error names.
const shown = 5

// list names RRsets for an error.
func list[T fmt.Stringer](all []T) string {
	var names []string
	for _, one := range all[:min(len(all), shown)] {
		names = append(names, one.String())
	}
	text := strings.Join(names, ", ")
	if more := len(all) - shown; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// serialBelow returns the serial that a new SOA has to be above: that which is served. A batch that does not change the SOA needs none.
func (p *Provider) serialBelow(ctx context.Context, origin zonefile.Name, batch providers.Batch) (uint32, error) {
	for _, op := range batch.Ops {
		if op.Change.Key().Type != zonefile.TypeSOA {
			continue
		}
		live, err := p.update.soa(ctx, origin)
		if errors.Is(err, errNotServed) {
			return 0, fmt.Errorf("%w: %w", providers.ErrNoZone, err)
		}
		if err != nil {
			return 0, err
		}
		if op.Change.Old == nil || !sameButSerial(live, *op.Change.Old) {
			return 0, fmt.Errorf("%w: the SOA is now %s", providers.ErrConflict, live.Text()[0])
		}
		soa, err := zonefile.ParseSOA(live)
		return soa.Serial, err
	}
	return 0, nil
}

// sameButSerial reports whether two RRsets are the same, the serials of SOAs left out.
func sameButSerial(a, b zonefile.RRset) bool {
	if a == b {
		return true
	}
	if a.Key != b.Key || a.TTL != b.TTL || a.Key.Type != zonefile.TypeSOA {
		return false
	}
	x, errX := zonefile.ParseSOA(a)
	y, errY := zonefile.ParseSOA(b)
	x.Serial = y.Serial
	return errX == nil && errY == nil && x == y
}

// send makes an update. The error is a *refusal, or it says whether the update may have been made.
func (p *Provider) send(ctx context.Context, origin zonefile.Name, prerequisites, updates []record) error {
	_, err := p.update.ask(ctx, newUpdate(newID(), origin, prerequisites, updates))
	if _, ok := errors.AsType[*unanswered](err); ok {
		return fmt.Errorf("sent, and perhaps carried out: %w", err)
	}
	return err
}

// probe asks whether prerequisites hold, and changes nothing (RFC 2136 §3.2).
func (p *Provider) probe(ctx context.Context, origin zonefile.Name, prerequisites []record) error {
	return p.send(ctx, origin, prerequisites, nil)
}

// tries is how often the first message is sent before the zone counts as one that does not rest.
const tries = 4

// first sends the first part, with the SOA as a prerequisite if it can be one.
func (p *Provider) first(ctx context.Context, origin zonefile.Name, batch providers.Batch, part part, soa zonefile.RRset) error {
	soaAlone := false
	for range tries {
		prerequisites := part.prerequisites
		withSOA := !soa.IsZero() && p.soaPrerequisite(origin) != soaNever
		switch {
		case withSOA && soaAlone:
			prerequisites = thisSOA(soa)
		case withSOA:
			prerequisites = append(thisSOA(soa), prerequisites...)
		}
		err := p.send(ctx, origin, prerequisites, part.updates())
		if err == nil {
			if withSOA {
				p.learn(origin, soaHolds)
			}
			return nil
		}
		r, refused := errors.AsType[*refusal](err)
		if !refused {
			return err
		}
		if !conflicts(r.rcode) || r.tsig != 0 {
			return p.updateError(ctx, origin, r, part.ops)
		}
		if withSOA && p.soaPrerequisite(origin) == soaUnknown && p.probeSOA(ctx, origin) == soaNever {
			continue
		}
		moved, err := p.moved(ctx, origin, batch, withSOA)
		switch {
		case err != nil:
			return fmt.Errorf("%w: %w; what has changed is not known: %w", providers.ErrConflict, r, withoutKind(ctx, err))
		case len(moved.keys) > 0:
			return fmt.Errorf("%w: %w: %s", providers.ErrConflict, r, list(moved.keys))
		case withSOA && !moved.soa.SameData(soa):
			soa = moved.soa // a signer's work, or somebody who wrote what was there
			part = part.above(soa)
		case withSOA && !soaAlone && p.probeSOA(ctx, origin) != soaUnknown:
			// Either the SOA can't be a prerequisite here, or it can and says that nothing has changed: PowerDNS is wrong about RRsets
			// with two records that differ in letter case alone.
			soaAlone = true
		case signed(batch.Base):
			return fmt.Errorf("%w: %w: the server says so, though a transfer does not show it yet: %s", providers.ErrConflict, r, unstick)
		default:
			return fmt.Errorf("%w: %w: the server says so, though a transfer does not show it yet", providers.ErrConflict, r)
		}
	}
	return fmt.Errorf("%w: its serial does not rest: it is being signed, or others write all the time", providers.ErrConflict)
}

// probeSOA finds out whether the SOA that the server serves can be a prerequisite, and remembers it for as long as there is the
// provider. It cannot be one if it was refused and is the same afterwards: if it has moved, whoever moved it may have been the
// reason, and nothing is known.
func (p *Provider) probeSOA(ctx context.Context, origin zonefile.Name) soaPrerequisite {
	before, err := p.update.soa(ctx, origin)
	for range tries {
		if err != nil {
			return soaUnknown
		}
		err = p.probe(ctx, origin, thisSOA(before))
		if err == nil {
			p.learn(origin, soaHolds)
			return soaHolds
		}
		if r, ok := errors.AsType[*refusal](err); !ok || !conflicts(r.rcode) {
			return soaUnknown
		}
		var after zonefile.RRset
		if after, err = p.update.soa(ctx, origin); err == nil && after.SameData(before) {
			p.learn(origin, soaNever)
			return soaNever
		}
		before = after
	}
	return soaUnknown
}

// moved is how a zone differs from the base of a batch.
type moved struct {
	keys []zonefile.Key // in canonical order
	soa  zonefile.RRset // as it is now
}

// moved transfers the zone and compares it with the base: all of it, or the RRsets of the batch alone. Neither what is foreign
// nor the serial counts.
func (p *Provider) moved(ctx context.Context, origin zonefile.Name, batch providers.Batch, all bool) (moved, error) {
	now, err := p.fetch(ctx, origin)
	if err != nil {
		return moved{}, err
	}
	changed := map[zonefile.Key]bool{}
	for _, op := range batch.Ops {
		changed[op.Change.Key()] = true
	}
	var m moved
	m.soa, _ = now.Zone.Get(zonefile.Key{Name: origin, Type: zonefile.TypeSOA})
	for c := range zonefile.Diff(batch.Base.Zone, now.Zone) {
		if c.Old != nil && c.New != nil && sameButSerial(*c.Old, *c.New) {
			continue
		}
		if all || changed[c.Key()] {
			m.keys = append(m.keys, c.Key())
		}
	}
	return m, nil
}
