package scaidns

// ids is what is known of the ids of records: whether that of one stays as it is when another is written, which is not documented. If it is the place in
// a list, that of a record is the id of another one after a write.
type ids struct {
	move bool // they do not stay
	// stay says that they do when a record is removed, and when one is made or changed.
	stay map[deedKind]bool
	// written is what was done since the zone was listed.
	written map[deedKind]bool
}

// deedKind is whether a write removes a record. Those that do not leave all places as they are, unless a list is sorted.
type deedKind bool

const (
	keeps   deedKind = false
	removes deedKind = true
)

func newIDs() ids { return ids{stay: map[deedKind]bool{}, written: map[deedKind]bool{}} }

// wrote notes that a step was taken.
func (i *ids) wrote(st step) { i.written[deedKind(st.to == nil)] = true }

// doubtful reports whether the ids that were listed may be those of other records now.
func (i *ids) doubtful() bool {
	for kind := range i.written {
		if i.move || !i.stay[kind] {
			return true
		}
	}
	return false
}

// compare learns from a list and the one before. One that does not show what was written teaches nothing.
func (i *ids) compare(before, now *content) {
	if before.snapshot.Serial == now.snapshot.Serial {
		return
	}
	i.move = i.move || moved(before, now)
	for kind := range i.written {
		i.stay[kind] = i.stay[kind] || kind == keeps || !lastWent(before, now)
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

// lastWent reports whether only the last of the records in a list are missing from the next one, which leaves the places of all others as they were.
func lastWent(before, now *content) bool {
	missing := false
	for _, e := range before.entries {
		_, there := now.find(e)
		if missing && there {
			return false
		}
		missing = missing || !there
	}
	return true
}
