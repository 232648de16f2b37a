package powerdns

import (
	"fmt"
	"slices"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/batch"
	"github.com/zoneward/zoneward/zonefile"
)

// records are those of one key: what is served, and what is kept beside it without being served. Either may be the zero RRset.
type records struct{ enabled, disabled zonefile.RRset }

// deedsOf returns the deeds of a batch, since the records of a key are written as one. PowerDNS itself lets a zone be left without an SOA, and without NS.
func deedsOf(origin zonefile.Name, b providers.Batch) ([]*batch.Deed, error) {
	return batch.Deeds(b, func(op providers.Op) error {
		if err := batch.Check(origin, op); err != nil || op.Change.New == nil {
			return err
		}
		return holds(*op.Change.New)
	})
}

// recordsAfter returns the records that a deed makes of those of base, and whether there is anything to write.
func recordsAfter(d *batch.Deed, base *providers.Snapshot) (after records, changes bool, err error) {
	before := records{served(base, d.Key), disabled(base, d.Key)}
	after = before
	if d.Purge != nil {
		if after.disabled, err = without(before.disabled, *d.Purge); err != nil {
			return records{}, false, err
		}
	}
	if d.Op == nil {
		return after, after.disabled != before.disabled, nil
	}
	after.enabled = zonefile.RRset{}
	switch d.Op.Verb {
	case providers.Enable:
		if !among(*d.Op.Change.New, after.disabled) {
			return records{}, false, fmt.Errorf("%w: %s of %s: it is not among the disabled", providers.ErrConflict, d.Op.Verb, d.Key)
		}
		after.enabled = *d.Op.Change.New
	case providers.Put:
		after.enabled = *d.Op.Change.New
	case providers.Disable:
		if after.disabled, err = union(*d.Op.Change.Old, after.disabled); err != nil {
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
