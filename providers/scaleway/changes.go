package scaleway

import (
	"fmt"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/batch"
	"github.com/zoneward/zoneward/zonefile"
)

// readyBatch returns a batch with what it puts normalized, or an error if it must not be carried out, whatever the server says.
func readyBatch(origin zonefile.Name, b providers.Batch) (providers.Batch, error) {
	ready := providers.Batch{Base: b.Base}
	_, err := batch.Deeds(b, func(op providers.Op) error {
		if err := checkOp(origin, b.Base, op); err != nil {
			return err
		}
		if op.Change.New != nil {
			normal, err := normalize(*op.Change.New)
			if err != nil {
				return fmt.Errorf("%w: %w", providers.ErrUnsupported, err)
			}
			op.Change.New = &normal
		}
		ready.Ops = append(ready.Ops, op)
		return nil
	})
	if err != nil {
		return providers.Batch{}, err
	}
	return ready, checkAlone(ready)
}

// checkOp returns an error for an operation that Scaleway's zones do not have, that would leave none, or that is on what cannot be managed.
func checkOp(origin zonefile.Name, base *providers.Snapshot, op providers.Op) error {
	key := op.Change.Key()
	if key.Name.In(origin) && op.Verb != providers.Put && op.Verb != providers.Delete {
		return fmt.Errorf("%w: Scaleway keeps nothing that it does not serve", providers.ErrUnsupported)
	}
	if err := batch.Check(origin, op); err != nil {
		return err
	}
	switch {
	case key.Type == zonefile.TypeSOA:
		return fmt.Errorf("%w: Scaleway makes the SOA itself", providers.ErrUnsupported)
	case base.Foreign != nil && base.Foreign.Has(key):
		return fmt.Errorf("%w: %w", providers.ErrBlocked, whyForeign(key))
	case holdsName(key.Name) != nil:
		return fmt.Errorf("%w: %w", providers.ErrUnsupported, holdsName(key.Name))
	}
	return nil
}

// checkAlone returns an error if a name would have a CNAME and other data. Whether Scaleway would refuse that is not known.
func checkAlone(b providers.Batch) error {
	after := (&providers.Snapshot{Zone: b.Base.Zone.With(b.Changes()), Foreign: b.Base.Foreign}).Served()
	for _, op := range b.Ops {
		name := op.Change.Key().Name
		n := 0
		for range after.At(name) {
			n++
		}
		if n > 1 && after.Has(zonefile.Key{Name: name, Type: zonefile.TypeCNAME}) {
			return fmt.Errorf("%w: %s would have a CNAME and other data (RFC 1034 §3.6.2)", providers.ErrInvalid, name)
		}
	}
	return nil
}

// changesOf returns the changes that carry out operations on a zone that is as before says: deletions, then what takes the place of
// something, then what is new, so that a CNAME can take the place of other data.
func changesOf(origin zonefile.Name, ops []providers.Op, before state) []change {
	var deletions, replacements, additions []change
	for _, op := range ops {
		key := op.Change.Key()
		of := identifier{relative(key.Name, origin), key.Type.String()}
		switch {
		case op.Change.New == nil:
			deletions = append(deletions, change{Delete: &deletion{of}})
		case before.zone.Has(key):
			replacements = append(replacements, change{Set: &replacement{of, formatRecords(origin, *op.Change.New, before.comments)}})
		default:
			additions = append(additions, change{Add: &recordList{formatRecords(origin, *op.Change.New, nil)}})
		}
	}
	return append(append(deletions, replacements...), additions...)
}
