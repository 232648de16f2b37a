// Package batch has what the contract of package providers says of every batch, whatever the system is that it is for.
package batch

import (
	"fmt"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// Deed is all that a batch does to the records of one key: at most one purge, and one other operation.
type Deed struct {
	Key   zonefile.Key
	Ops   []providers.Op  // as the batch has them
	Purge *zonefile.RRset // nil if nothing is purged
	Op    *providers.Op   // nil if nothing else is done
}

// Deeds returns the deeds of a batch, in its order. An error means that the batch must not be carried out, whatever the server says: it does something
// to nothing, or twice, or check refuses one of its operations.
func Deeds(b providers.Batch, check func(providers.Op) error) ([]*Deed, error) {
	var all []*Deed
	at := map[zonefile.Key]*Deed{}
	for _, op := range b.Ops {
		if op.Change.Old == nil && op.Change.New == nil {
			return nil, fmt.Errorf("%w: %s of nothing", providers.ErrInvalid, op.Verb)
		}
		key := op.Change.Key()
		if err := check(op); err != nil {
			return nil, fmt.Errorf("%s of %s: %w", op.Verb, key, err)
		}
		d := at[key]
		if d == nil {
			d = &Deed{Key: key}
			at[key] = d
			all = append(all, d)
		}
		switch {
		case op.Verb == providers.Purge && d.Purge == nil:
			d.Purge = op.Change.Old
		case op.Verb != providers.Purge && d.Op == nil:
			d.Op = &op
		default:
			return nil, fmt.Errorf("%w: %s of %s: it comes twice", providers.ErrInvalid, op.Verb, key)
		}
		d.Ops = append(d.Ops, op)
	}
	return all, nil
}

// Check returns an error for an operation that no zone may be changed by: outside of it, one that would leave it without its SOA or its NS, and one that
// lacks what its verb is about.
func Check(origin zonefile.Name, op providers.Op) error {
	key := op.Change.Key()
	if !key.Name.In(origin) {
		return fmt.Errorf("%w: it is outside the zone", providers.ErrInvalid)
	}
	switch op.Verb {
	case providers.Delete, providers.Disable:
		if key.Name == origin && (key.Type == zonefile.TypeSOA || key.Type == zonefile.TypeNS) {
			return fmt.Errorf("%w: a zone cannot be without it", providers.ErrInvalid)
		}
		fallthrough
	case providers.Purge:
		if op.Change.Old == nil {
			return fmt.Errorf("%w: there is nothing that it could be done to", providers.ErrInvalid)
		}
		return nil
	case providers.Put, providers.Enable:
		if op.Change.New == nil {
			return fmt.Errorf("%w: there is nothing to be served", providers.ErrInvalid)
		}
		return nil
	}
	return fmt.Errorf("%w: no such verb", providers.ErrUnsupported)
}
