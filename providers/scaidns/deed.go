package scaidns

import (
	"fmt"
	"slices"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// deed is all that a batch does to the records of one key: at most one purge, and one other operation.
type deed struct {
	key   zonefile.Key
	purge *zonefile.RRset // nil if nothing is purged
	op    *providers.Op   // nil if nothing else is done
}

// deedsOf returns the deeds of a batch, in its order. An error means that it must not be carried out, whatever the server says.
func (p *Provider) deedsOf(origin zonefile.Name, batch providers.Batch) ([]*deed, error) {
	var all []*deed
	at := map[zonefile.Key]*deed{}
	for _, op := range batch.Ops {
		if op.Change.Old == nil && op.Change.New == nil {
			return nil, fmt.Errorf("%w: %s of nothing", providers.ErrInvalid, op.Verb)
		}
		key := op.Change.Key()
		if err := p.checkOp(origin, op); err != nil {
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
	}
	return all, checkTogether(batch.Base, all)
}

// checkOp returns an error for an operation that must not be carried out.
func (p *Provider) checkOp(origin zonefile.Name, op providers.Op) error {
	key := op.Change.Key()
	apexNS := key == zonefile.Key{Name: origin, Type: zonefile.TypeNS}
	switch {
	case !key.Name.In(origin):
		return fmt.Errorf("%w: it is outside the zone", providers.ErrInvalid)
	case op.Verb != providers.Purge && op.Change.New == nil && (apexNS || key == zonefile.Key{Name: origin, Type: zonefile.TypeSOA}):
		return fmt.Errorf("%w: a zone cannot be without it", providers.ErrInvalid)
	case !p.traits().Supports(key.Type):
		return fmt.Errorf("%w: records of this type are not written", providers.ErrUnsupported)
	case apexNS && !p.manageApexNS:
		return fmt.Errorf("%w: manage_apex_ns is not set", providers.ErrUnsupported)
	}
	switch op.Verb {
	case providers.Delete, providers.Disable, providers.Purge:
		if op.Change.Old == nil {
			return fmt.Errorf("%w: there is nothing that it could be done to", providers.ErrInvalid)
		}
		return nil
	case providers.Put, providers.Enable:
		if op.Change.New == nil {
			return fmt.Errorf("%w: there is nothing to be served", providers.ErrInvalid)
		}
		if err := holds(*op.Change.New); err != nil {
			return fmt.Errorf("%w: %w", providers.ErrUnsupported, err)
		}
		if _, err := nameText(key.Name, origin); err != nil {
			return fmt.Errorf("%w: %w", providers.ErrUnsupported, err)
		}
		return nil
	}
	return fmt.Errorf("%w: no such verb", providers.ErrUnsupported)
}

// checkTogether returns an error if the deeds leave a CNAME beside other data (RFC 1034 §3.6.2).
func checkTogether(base *providers.Snapshot, deeds []*deed) error {
	for name, types := range typesAfter(base, deeds) {
		if types[zonefile.TypeCNAME] && len(types) > 1 {
			return fmt.Errorf("%w: %s would have a CNAME and other data", providers.ErrInvalid, name)
		}
	}
	return nil
}

// typesAfter returns the types that are served at the names of the deeds when they are done, but for those that are made by signing.
func typesAfter(base *providers.Snapshot, deeds []*deed) map[zonefile.Name]map[zonefile.Type]bool {
	all := map[zonefile.Name]map[zonefile.Type]bool{}
	for _, d := range deeds {
		types := all[d.key.Name]
		if types == nil {
			types = typesAt(base, d.key.Name)
			all[d.key.Name] = types
		}
		switch {
		case d.op == nil:
		case d.op.Change.New != nil:
			types[d.key.Type] = true
		default:
			delete(types, d.key.Type)
		}
	}
	return all
}

// typesAt returns the types that are served at a name, but for those that are made by signing.
func typesAt(s *providers.Snapshot, name zonefile.Name) map[zonefile.Type]bool {
	types := map[zonefile.Type]bool{}
	for _, z := range []*zonefile.Zone{s.Zone, s.Foreign} {
		if z == nil {
			continue
		}
		for set := range z.At(name) {
			if !set.Key.Type.Signing() {
				types[set.Key.Type] = true
			}
		}
	}
	return types
}

// wanted is what is to be there of a key.
type wanted struct {
	served, kept []string // RDATA; nothing is in both
	// ttl is that of all of them, nil if they keep the one that they have. PowerDNS has one TTL for an RRset, the disabled records with it.
	ttl *zonefile.TTL
}

// of returns what a deed makes of the records of its key.
func (d *deed) of(c *content) (wanted, error) {
	var w wanted
	for e := range c.of(d.key) {
		if e.disabled {
			w.kept = append(w.kept, e.rdata)
		} else {
			w.served = append(w.served, e.rdata)
		}
	}
	if d.purge != nil {
		w.kept = minus(w.kept, slices.Collect(d.purge.RDATA()))
	}
	if d.op != nil {
		if err := w.apply(*d.op); err != nil {
			return wanted{}, fmt.Errorf("%s of %s: %w", d.op.Verb, d.key, err)
		}
	}
	w.kept = minus(w.kept, w.served)
	if single(d.key.Type) && len(w.served)+len(w.kept) > 1 {
		return wanted{}, fmt.Errorf("%w: %s is there disabled with another value, and PowerDNS keeps no more than one: purge or enable that first", providers.ErrBlocked, d.key)
	}
	return w, nil
}

// apply has an operation done to what is there.
func (w *wanted) apply(op providers.Op) error {
	switch op.Verb {
	case providers.Delete:
		w.served = nil
	case providers.Disable:
		old := slices.Collect(op.Change.Old.RDATA())
		w.served, w.kept = nil, append(minus(w.kept, old), old...)
	case providers.Enable:
		if len(minus(slices.Collect(op.Change.New.RDATA()), w.kept)) > 0 {
			return fmt.Errorf("%w: it is not among the disabled", providers.ErrConflict)
		}
		fallthrough
	case providers.Put:
		w.served, w.ttl = slices.Collect(op.Change.New.RDATA()), &op.Change.New.TTL
	case providers.Purge:
	}
	return nil
}

// minus returns what is in a and not in b.
func minus(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}
