package providertest

import (
	"fmt"
	"maps"
	"slices"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// remainder is what is left of a batch.
type remainder struct {
	batch providers.Batch
	done  []providers.Op // of the batch that it was
	begun bool           // the zone is not as the batch found it
}

// remaining returns what is left of a batch in the zone as it is now, made from that. The error wraps ErrConflict if somebody else has changed what
// the batch is about, or anything in a zone whose provider compares all of it.
func remaining(batch providers.Batch, now *providers.Snapshot) (remainder, error) {
	left := remainder{batch: providers.Batch{Base: now}, begun: !untouched(batch.Ops, batch.Base, now)}
	if !left.begun {
		left.batch.Ops = batch.Ops
	} else if err := left.sort(batch.Ops, now); err != nil {
		return left, err
	}
	if now.Traits.Preconditions.Has(providers.ComparesZone) && !sameBeside(batch, now) {
		return left, fmt.Errorf("something beside what is written is not what it was: %w", providers.ErrConflict)
	}
	return left, nil
}

// asPlanned reports whether a zone is what a batch was made from, as far as a provider with its traits may mind. What is not hidden any more is as
// good as purged.
func asPlanned(batch providers.Batch, now *providers.Snapshot) bool {
	ops := slices.DeleteFunc(slices.Clone(batch.Ops), func(op providers.Op) bool { return op.Verb == providers.Purge })
	return untouched(ops, batch.Base, now) && (!now.Traits.Preconditions.Has(providers.ComparesZone) || sameBeside(batch, now))
}

// sort finds out which operations are done.
func (r *remainder) sort(ops []providers.Op, now *providers.Snapshot) error {
	for _, op := range ops {
		at := placeOf(now, op.Change.Key())
		switch is, more := at.after(op, now.Traits.Atomicity == providers.AtomicNone); is {
		case carriedOut:
			r.done = append(r.done, op)
		case outstanding:
			r.batch.Ops = append(r.batch.Ops, more)
		case changed:
			return fmt.Errorf("%s is neither what it was nor what it was to be: %w", op.Change.Key(), providers.ErrConflict)
		}
	}
	return nil
}

// has reports whether one of ops is left, which were said to be done. What is not hidden any more is as good as purged.
func (r remainder) has(ops []providers.Op) bool {
	return slices.ContainsFunc(ops, func(op providers.Op) bool {
		key := op.Change.Key()
		if op.Verb == providers.Purge {
			return placeOf(r.batch.Base, key).hides(op.Change.Old) > 0
		}
		return slices.ContainsFunc(r.batch.Ops, func(left providers.Op) bool { return left.Verb == op.Verb && left.Change.Key() == key })
	})
}

// sameBeside reports whether a zone serves what it did, but for what a batch is about.
func sameBeside(batch providers.Batch, now *providers.Snapshot) bool {
	beside := func(z *zonefile.Zone) *zonefile.Zone {
		rest := withoutSerial(z).Clone()
		for _, op := range batch.Ops {
			rest.Delete(op.Change.Key())
		}
		return rest
	}
	return beside(now.Zone).Equal(beside(batch.Base.Zone))
}

// untouched reports whether all that operations are about is as it was.
func untouched(ops []providers.Op, was, is *providers.Snapshot) bool {
	return !slices.ContainsFunc(ops, func(op providers.Op) bool {
		was, is := placeOf(was, op.Change.Key()), placeOf(is, op.Change.Key())
		return !sameServed(was.served, is.served) || !maps.Equal(was.hidden, is.hidden)
	})
}

// place is what there is at a key.
type place struct {
	served *zonefile.RRset
	hidden map[string]bool // RDATA
}

func placeOf(s *providers.Snapshot, key zonefile.Key) place {
	at := place{live(s.Zone, key), map[string]bool{}}
	if s.Disabled != nil {
		if set, ok := s.Disabled.Get(key); ok {
			for rdata := range set.RDATA() {
				at.hidden[rdata] = true
			}
		}
	}
	return at
}

// sameServed compares what is served, but for the serial of an SOA.
func sameServed(a, b *zonefile.RRset) bool {
	if a == nil || b == nil {
		return a == b
	}
	if a.Key.Type == zonefile.TypeSOA {
		return soaWithoutSerial(*a) == soaWithoutSerial(*b)
	}
	return *a == *b
}

// progress is how far an operation is.
type progress int

const (
	carriedOut progress = iota
	outstanding
	changed // by somebody else
)

// after returns how far an operation is that was begun, and what is to be done for it now. Halfway is possible where records are written one after
// the other.
func (at place) after(op providers.Op, halfway bool) (progress, providers.Op) {
	was, want := op.Change.Old, op.Change.New
	more := op
	switch op.Verb {
	case providers.Purge:
		if at.hides(was) == 0 {
			return carriedOut, op
		}
		return outstanding, op
	case providers.Delete, providers.Disable:
		hidden := op.Verb == providers.Delete || at.hides(was) == was.Len()
		switch {
		case at.served == nil && hidden:
			return carriedOut, op
		case sameServed(at.served, was):
			return outstanding, op
		case at.served != nil && halfway && at.serves(was):
			more.Change.Old = at.served
			return outstanding, more
		}
	case providers.Put:
		switch {
		case sameServed(at.served, want) && at.hides(want) == 0:
			return carriedOut, op
		case sameServed(at.served, was), sameServed(at.served, want), halfway && at.serves(was, want):
			more.Change.Old = at.served
			return outstanding, more
		}
	case providers.Enable:
		hidden := at.hides(want)
		switch {
		case sameServed(at.served, want) && hidden == 0:
			return carriedOut, op
		case sameServed(at.served, was) && hidden == want.Len():
			return outstanding, op
		case at.served != nil && halfway && at.serves(want) && at.served.Len()+hidden >= want.Len():
			more.Verb, more.Change.Old = providers.Put, at.served // what is put is not hidden any more
			return outstanding, more
		}
	}
	return changed, op
}

// hides returns how many of the records of a set are hidden.
func (at place) hides(set *zonefile.RRset) (n int) {
	if set == nil {
		return 0
	}
	for rdata := range set.RDATA() {
		if at.hidden[rdata] {
			n++
		}
	}
	return n
}

// serves reports whether no other records are served than those of sets, some of which may be nil.
func (at place) serves(sets ...*zonefile.RRset) bool {
	if at.served == nil {
		return true
	}
	for rdata := range at.served.RDATA() {
		known := slices.ContainsFunc(sets, func(set *zonefile.RRset) bool {
			return set != nil && slices.Contains(slices.Collect(set.RDATA()), rdata)
		})
		if !known {
			return false
		}
	}
	return true
}
