package scaidns

import (
	"fmt"
	"slices"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/batch"
	"github.com/zoneward/zoneward/zonefile"
)

// deedsOf returns the deeds of a batch, in its order. An error means that it must not be carried out, whatever the server says.
func (p *Provider) deedsOf(origin zonefile.Name, b providers.Batch) ([]*batch.Deed, error) {
	all, err := batch.Deeds(b, func(op providers.Op) error { return p.checkOp(origin, op) })
	if err != nil {
		return nil, err
	}
	return all, checkTogether(b.Base, all)
}

// checkOp returns an error for an operation that must not be carried out.
func (p *Provider) checkOp(origin zonefile.Name, op providers.Op) error {
	key := op.Change.Key()
	if err := batch.Check(origin, op); err != nil {
		return err
	}
	switch {
	case !p.traits().Supports(key.Type):
		return fmt.Errorf("%w: records of this type are not written", providers.ErrUnsupported)
	case key == zonefile.Key{Name: origin, Type: zonefile.TypeNS} && !p.manageApexNS:
		return fmt.Errorf("%w: manage_apex_ns is not set", providers.ErrUnsupported)
	case op.Verb != providers.Put && op.Verb != providers.Enable:
		return nil
	}
	if err := holds(*op.Change.New); err != nil {
		return fmt.Errorf("%w: %w", providers.ErrUnsupported, err)
	}
	if _, err := nameText(key.Name, origin); err != nil {
		return fmt.Errorf("%w: %w", providers.ErrUnsupported, err)
	}
	return nil
}

// checkTogether returns an error if the deeds leave a CNAME beside other data (RFC 1034 §3.6.2).
func checkTogether(base *providers.Snapshot, deeds []*batch.Deed) error {
	for name, types := range typesAfter(base, deeds) {
		if types[zonefile.TypeCNAME] && len(types) > 1 {
			return fmt.Errorf("%w: %s would have a CNAME and other data", providers.ErrInvalid, name)
		}
	}
	return nil
}

// typesAfter returns the types that are served at the names of the deeds when they are done, but for those that are made by signing.
func typesAfter(base *providers.Snapshot, deeds []*batch.Deed) map[zonefile.Name]map[zonefile.Type]bool {
	all := map[zonefile.Name]map[zonefile.Type]bool{}
	for _, d := range deeds {
		types := all[d.Key.Name]
		if types == nil {
			types = typesAt(base, d.Key.Name)
			all[d.Key.Name] = types
		}
		switch {
		case d.Op == nil:
		case d.Op.Change.New != nil:
			types[d.Key.Type] = true
		default:
			delete(types, d.Key.Type)
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

// wantedOf returns what a deed makes of the records of its key.
func wantedOf(d *batch.Deed, c *content) (wanted, error) {
	var w wanted
	for e := range c.of(d.Key) {
		if e.disabled {
			w.kept = append(w.kept, e.rdata)
		} else {
			w.served = append(w.served, e.rdata)
		}
	}
	if d.Purge != nil {
		w.kept = minus(w.kept, slices.Collect(d.Purge.RDATA()))
	}
	if d.Op != nil {
		if err := w.apply(*d.Op); err != nil {
			return wanted{}, fmt.Errorf("%s of %s: %w", d.Op.Verb, d.Key, err)
		}
	}
	w.kept = minus(w.kept, w.served)
	if single(d.Key.Type) && len(w.served)+len(w.kept) > 1 {
		return wanted{}, fmt.Errorf("%w: %s is there disabled with another value, and PowerDNS keeps no more than one: purge or enable that first", providers.ErrBlocked, d.Key)
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
