package scaleway

import (
	"fmt"
	"slices"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// readyBatch returns a batch with what it puts normalized, or an error if it must not be carried out, whatever the server says.
func readyBatch(origin zonefile.Name, batch providers.Batch) (providers.Batch, error) {
	ready := providers.Batch{Base: batch.Base, Ops: slices.Clone(batch.Ops)}
	seen := map[zonefile.Key]bool{}
	for i, op := range ready.Ops {
		if op.Change.Old == nil && op.Change.New == nil {
			return providers.Batch{}, fmt.Errorf("%w: %s of nothing", providers.ErrInvalid, op.Verb)
		}
		key := op.Change.Key()
		err := checkOp(origin, op)
		switch {
		case err != nil:
		case seen[key]:
			err = fmt.Errorf("%w: it comes twice", providers.ErrInvalid)
		case batch.Base.Foreign != nil && batch.Base.Foreign.Has(key):
			err = fmt.Errorf("%w: %w", providers.ErrBlocked, whyForeign(key))
		case holdsName(key.Name) != nil:
			err = fmt.Errorf("%w: %w", providers.ErrUnsupported, holdsName(key.Name))
		case op.Change.New != nil:
			var normal zonefile.RRset
			if normal, err = normalize(*op.Change.New); err != nil {
				err = fmt.Errorf("%w: %w", providers.ErrUnsupported, err)
			}
			ready.Ops[i].Change.New = &normal
		}
		if err != nil {
			return providers.Batch{}, fmt.Errorf("%s of %s: %w", op.Verb, key, err)
		}
		seen[key] = true
	}
	return ready, checkAlone(ready)
}

// checkOp returns an error for an operation that Scaleway's zones do not have, or that would leave none.
func checkOp(origin zonefile.Name, op providers.Op) error {
	key := op.Change.Key()
	apex := key.Name == origin
	switch {
	case !key.Name.In(origin):
		return fmt.Errorf("%w: it is outside the zone", providers.ErrInvalid)
	case op.Verb != providers.Put && op.Verb != providers.Delete:
		return fmt.Errorf("%w: Scaleway keeps nothing that it does not serve", providers.ErrUnsupported)
	case op.Verb == providers.Delete && apex && (key.Type == zonefile.TypeSOA || key.Type == zonefile.TypeNS):
		return fmt.Errorf("%w: a zone cannot be without it", providers.ErrInvalid)
	case key.Type == zonefile.TypeSOA:
		return fmt.Errorf("%w: Scaleway makes the SOA itself", providers.ErrUnsupported)
	case op.Verb == providers.Delete && op.Change.Old == nil:
		return fmt.Errorf("%w: there is nothing that it could be done to", providers.ErrInvalid)
	case op.Verb == providers.Put && op.Change.New == nil:
		return fmt.Errorf("%w: there is nothing to be served", providers.ErrInvalid)
	}
	return nil
}

// checkAlone returns an error if a name would have a CNAME and other data. Whether Scaleway would refuse that is not known.
func checkAlone(batch providers.Batch) error {
	after := (&providers.Snapshot{Zone: batch.Base.Zone.With(batch.Changes()), Foreign: batch.Base.Foreign}).Served()
	for _, op := range batch.Ops {
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
