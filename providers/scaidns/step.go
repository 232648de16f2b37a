package scaidns

import (
	"iter"
	"slices"

	"github.com/zoneward/zoneward/providers/internal/batch"
	"github.com/zoneward/zoneward/zonefile"
)

// step is what is done to one record: it is made if from is nil, removed if to is nil, and changed in its place otherwise.
type step struct {
	deed     *batch.Deed
	from, to *entry
}

// back returns the step that undoes s.
func (s step) back() step { return step{s.deed, s.to, s.from} }

// leaves reports whether something is not served any more when the step is done.
func (s step) leaves() bool {
	return s.from != nil && !s.from.disabled && (s.to == nil || s.to.disabled)
}

// schedule is the steps of a batch in the order in which they are taken, so that as little as can be is missing in the meantime.
type schedule struct {
	purges  []step   // first, so that nothing that is disabled is in the way
	creates []step   // then what is new
	changes []step   // and what takes the place of something
	swaps   [][]step // names that get a CNAME in the place of other data, or the reverse: what leaves has to go before the other can come
	leaves  []step   // at last what goes
}

// newSchedule returns what has to be done to a zone with that content. An error means that nothing of it must be done.
func newSchedule(c *content, deeds []*batch.Deed) (*schedule, error) {
	s := &schedule{}
	swaps := map[zonefile.Name]int{}
	after := typesAfter(c.snapshot, deeds)
	for _, d := range deeds {
		w, err := wantedOf(d, c)
		if err != nil {
			return nil, err
		}
		swapped := swaps[d.Key.Name] > 0 || swap(typesAt(c.snapshot, d.Key.Name), after[d.Key.Name])
		if swapped && swaps[d.Key.Name] == 0 {
			s.swaps = append(s.swaps, nil)
			swaps[d.Key.Name] = len(s.swaps)
		}
		for _, st := range stepsOf(d, c, w) {
			switch {
			case st.to == nil && st.from.disabled:
				s.purges = append(s.purges, st)
			case swapped:
				i := swaps[d.Key.Name] - 1
				s.swaps[i] = append(s.swaps[i], st)
			case st.leaves():
				s.leaves = append(s.leaves, st)
			case st.from == nil:
				s.creates = append(s.creates, st)
			default:
				s.changes = append(s.changes, st)
			}
		}
	}
	for _, group := range s.swaps {
		slices.SortStableFunc(group, func(a, b step) int { return order(a) - order(b) })
	}
	return s, nil
}

// all gives all steps.
func (s *schedule) all() iter.Seq[step] {
	return func(yield func(step) bool) {
		for _, steps := range slices.Concat([][]step{s.purges, s.creates, s.changes, s.leaves}, s.swaps) {
			for _, st := range steps {
				if !yield(st) {
					return
				}
			}
		}
	}
}

// order sorts the steps of a swap: what leaves, what is changed, and what is made, which is then made at once.
func order(s step) int {
	switch {
	case s.leaves():
		return 0
	case s.from != nil:
		return 1
	}
	return 2
}

// swap reports whether a name gets a CNAME in the place of other data, or the reverse.
func swap(before, after map[zonefile.Type]bool) bool {
	return len(before) > 0 && len(after) > 0 && before[zonefile.TypeCNAME] != after[zonefile.TypeCNAME]
}

// stepsOf returns what makes of the records of a key what is wanted. Each record that is there is in one step at most, so that its id is asked for once.
func stepsOf(d *batch.Deed, c *content, w wanted) []step {
	var steps []step
	left := slices.Collect(c.of(d.Key))
	// take finds a record that is there already, one that is disabled as wanted if there is one.
	take := func(rdata string, disabled bool) (entry, bool) {
		i := slices.IndexFunc(left, func(e entry) bool { return e.rdata == rdata && e.disabled == disabled })
		if i < 0 {
			i = slices.IndexFunc(left, func(e entry) bool { return e.rdata == rdata })
		}
		if i < 0 {
			return entry{}, false
		}
		e := left[i]
		left = slices.Delete(left, i, i+1)
		return e, true
	}
	keep := func(e entry, disabled bool) {
		to := e
		to.disabled = disabled
		if w.ttl != nil {
			to.ttl = *w.ttl
		}
		if to != e {
			steps = append(steps, step{d, &e, &to})
		}
	}
	var missing []string
	for _, rdata := range w.served {
		if e, ok := take(rdata, false); ok {
			keep(e, false)
		} else {
			missing = append(missing, rdata)
		}
	}
	for _, rdata := range w.kept {
		if e, ok := take(rdata, true); ok {
			keep(e, true)
		}
	}
	return append(steps, replace(d, left, missing, w)...)
}

// replace returns the steps by which records that are missing take the place of those that are not wanted any more.
func replace(d *batch.Deed, left []entry, missing []string, w wanted) []step {
	var steps []step
	for _, rdata := range missing {
		to := entry{key: d.Key, rdata: rdata, ttl: *w.ttl}
		st := step{deed: d, to: &to}
		if i := slices.IndexFunc(left, func(e entry) bool { return !e.disabled }); i >= 0 {
			st.from = new(left[i])
			left = slices.Delete(left, i, i+1)
		}
		steps = append(steps, st)
	}
	for _, e := range left {
		steps = append(steps, step{deed: d, from: &e})
	}
	return steps
}
