package powerdns

import (
	"fmt"
	"slices"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// deed is all that a batch does to the records of one key, since they are written as one: at most one purge, and one other operation.
type deed struct {
	key   zonefile.Key
	ops   []providers.Op
	purge *zonefile.RRset // nil if nothing is purged
	op    *providers.Op   // nil if nothing else is done
}

// records are those of one key: what is served, and what is kept beside it without being served. Either may be the zero RRset.
type records struct{ enabled, disabled zonefile.RRset }

// deedsOf returns the deeds of a batch, in its order. An error means that it must not be carried out, whatever the server says.
func deedsOf(origin zonefile.Name, batch providers.Batch) ([]*deed, error) {
	var all []*deed
	at := map[zonefile.Key]*deed{}
	for _, op := range batch.Ops {
		if op.Change.Old == nil && op.Change.New == nil {
			return nil, fmt.Errorf("%w: %s of nothing", providers.ErrInvalid, op.Verb)
		}
		key := op.Change.Key()
		if err := checkOp(origin, op); err != nil {
			return nil, fmt.Errorf("%s of %s: %w", op.Verb, key, err)
		}
		d := at[key]
		if d == nil {
			d = &deed{key: key}
			at[key] = d
			all = append(all, d)
		}
		switch {
		case op.Verb == providers.Purge && d.purge == nil:
			d.purge = op.Change.Old
		case op.Verb != providers.Purge && d.op == nil:
			d.op = &op
		default:
			return nil, fmt.Errorf("%w: %s of %s: it comes twice", providers.ErrInvalid, op.Verb, key)
		}
		d.ops = append(d.ops, op)
	}
	return all, nil
}

// checkOp returns an error for an operation that must not be carried out. PowerDNS lets itself be left without an SOA, and a zone without NS.
func checkOp(origin zonefile.Name, op providers.Op) error {
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
		return holds(*op.Change.New)
	}
	return fmt.Errorf("%w: no such verb", providers.ErrUnsupported)
}

// of returns the records that a deed makes of those of base, and whether there is anything to write.
func (d *deed) of(base *providers.Snapshot) (after records, changes bool, err error) {
	before := records{served(base, d.key), disabled(base, d.key)}
	after = before
	if d.purge != nil {
		if after.disabled, err = without(before.disabled, *d.purge); err != nil {
			return records{}, false, err
		}
	}
	if d.op == nil {
		return after, after.disabled != before.disabled, nil
	}
	after.enabled = zonefile.RRset{}
	switch d.op.Verb {
	case providers.Enable:
		if !among(*d.op.Change.New, after.disabled) {
			return records{}, false, fmt.Errorf("%w: %s of %s: it is not among the disabled", providers.ErrConflict, d.op.Verb, d.key)
		}
		after.enabled = *d.op.Change.New
	case providers.Put:
		after.enabled = *d.op.Change.New
	case providers.Disable:
		if after.disabled, err = union(*d.op.Change.Old, after.disabled); err != nil {
			return records{}, false, err
		}
	case providers.Delete, providers.Purge:
	}
	return after, true, nil
}

// served returns what base serves at a key, managed or not.
func served(base *providers.Snapshot, key zonefile.Key) zonefile.RRset {
	set, ok := base.Zone.Get(key)
	if !ok && base.Foreign != nil {
		set, _ = base.Foreign.Get(key)
	}
	return set
}

// disabled returns what base keeps at a key without serving it.
func disabled(base *providers.Snapshot, key zonefile.Key) zonefile.RRset {
	if base.Disabled == nil {
		return zonefile.RRset{}
	}
	set, _ := base.Disabled.Get(key)
	return set
}

// among reports whether b has all records of a.
func among(a, b zonefile.RRset) bool {
	for rdata := range a.RDATA() {
		if !slices.Contains(slices.Collect(b.RDATA()), rdata) {
			return false
		}
	}
	return true
}

// union returns the records of both, with the TTL of a.
func union(a, b zonefile.RRset) (zonefile.RRset, error) {
	var all [][]byte
	for _, set := range []zonefile.RRset{a, b} {
		for rdata := range set.RDATA() {
			all = append(all, []byte(rdata))
		}
	}
	return zonefile.NewRRset(a.Key, a.TTL, all...)
}

// without returns the records of a that are not in b, the zero RRset if there are none.
func without(a, b zonefile.RRset) (zonefile.RRset, error) {
	gone := slices.Collect(b.RDATA())
	var left [][]byte
	for rdata := range a.RDATA() {
		if !slices.Contains(gone, rdata) {
			left = append(left, []byte(rdata))
		}
	}
	if len(left) == 0 {
		return zonefile.RRset{}, nil
	}
	return zonefile.NewRRset(a.Key, a.TTL, left...)
}
