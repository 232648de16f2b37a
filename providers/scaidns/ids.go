package scaidns

import "slices"

// ids is what is known of the ids of records: whether that of one stays as it is when another is written, which is not documented. If it is the place in
// a list, that of a record is the id of another one after a write.
type ids struct {
	move bool // they do not stay
	// stay says by what kinds of writes they do, as far as it was seen.
	stay map[writeKind]bool
	// written is what was done since the zone was listed.
	written map[writeKind]bool
}

// writeKind is what is done to a record.
type writeKind int

const (
	made writeKind = iota
	changed
	removed
)

func newIDs() ids { return ids{stay: map[writeKind]bool{}, written: map[writeKind]bool{}} }

// wrote notes that a step was taken.
func (i *ids) wrote(st step) {
	kind := changed
	switch {
	case st.from == nil:
		kind = made
	case st.to == nil:
		kind = removed
	}
	i.written[kind] = true
}

// answered learns from the id that a record has after a change: one that another record has moves with the order of a list.
func (i *ids) answered(asked, now string, c *content) {
	if now != asked && slices.ContainsFunc(c.entries, func(e entry) bool { return e.id == now }) {
		i.move = true
	}
}

// doubtful reports whether the ids that were listed may be those of other records now.
func (i *ids) doubtful() bool {
	for kind := range i.written {
		if i.move || !i.stay[kind] {
			return true
		}
	}
	return false
}

// compare learns from a list and the one before. One that does not show what was written teaches nothing. Nor does a record that is made or removed at the
// end, or both at once, which leaves the places of others as they were; a change that moves them is seen by its answer, too.
func (i *ids) compare(before, now *content) {
	if before.snapshot.Serial == now.snapshot.Serial {
		return
	}
	i.move = i.move || moved(before, now)
	alone := len(i.written) == 1
	for kind := range i.written {
		switch kind {
		case made:
			i.stay[made] = i.stay[made] || alone && !onlyLast(now, before)
		case changed:
			i.stay[changed] = true
		case removed:
			i.stay[removed] = i.stay[removed] || alone && !onlyLast(before, now)
		}
	}
	clear(i.written)
}

// moved reports whether a record that is the same in two lists has another id.
func moved(before, now *content) bool {
	for _, e := range before.entries {
		for same := range now.of(e.key) {
			if id := same.id; id != e.id {
				if same.id = e.id; same == e {
					return true
				}
			}
		}
	}
	return false
}

// onlyLast reports whether what is in a list and not in another one is at its end.
func onlyLast(list, other *content) bool {
	missing := false
	for _, e := range list.entries {
		_, there := other.find(e)
		if missing && there {
			return false
		}
		missing = missing || !there
	}
	return true
}
